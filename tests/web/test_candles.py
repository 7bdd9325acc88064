"""The chart's arithmetic: axes, labels and where events stand."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.async_api import Page

from tests.ui.fake_engine import WALL_MS
from tests.web.calls import called
from tests.web.market_events import MINUTE, make_days
from tickterm.market.timeframe import Timeframe

pytestmark = pytest.mark.asyncio(loop_scope="session")


def flat(*starts: int) -> list[dict[str, Any]]:
    """Return candles without a move that begin at these times, ms UTC."""
    prices = {"open": 5, "high": 5, "low": 5, "close": 5, "volume": 0}
    return [{"start": start, **prices} for start in starts]


async def test_prices_of_the_axis_are_round_and_few(page: Page) -> None:
    inputs: list[list[Any]] = [
        [226.3, 233.9, 300],
        [0.8301, 0.8312, 150],
        [99.99, 100.01, 400],
        [-1e308, 1e308, 100],
        [1e15, 1e15 + 0.25, 300],
        [1, 1_000_000, 100],
    ]
    got = await called(page, "candles", "priceLines", inputs)
    assert got[0] == [227, 228, 229, 230, 231, 232, 233]
    assert got[1] == pytest.approx([0.8305, 0.831])
    assert got[2] == pytest.approx([99.99, 100, 100.01])
    assert got[5] == [500_000, 1_000_000]
    assert all(len(lines) <= 20 for lines in got)


async def test_a_range_holds_every_price_and_is_never_empty(page: Page) -> None:
    candle = {"start": 0, "open": 3, "high": 2, "low": 4, "close": 1, "volume": 0}
    got = await called(page, "candles", "range", [[[candle]], [flat(0)], [flat(0, 1)]])
    assert got[0] == [1, 4]
    assert got[1] == got[2] == [4.99, 5.01]


async def test_as_many_candles_as_fit_the_newest_of_them(page: Page) -> None:
    many = flat(*range(500))
    got = await called(page, "candles", "fitting", [[many, 1_000], [many[:10], 1_000], [[], 0]])
    assert [len(each["shown"]) for each in got] == [200, 10, 0]
    assert [each["pitch"] for each in got] == [5, 16, 5]
    assert got[0]["shown"][-1]["start"] == 499


async def test_times_stand_at_round_minutes_and_say_when_a_day_begins(page: Page) -> None:
    minutes = flat(*(WALL_MS - WALL_MS % MINUTE + n * MINUTE for n in range(60)))
    hours = flat(*(WALL_MS - WALL_MS % (60 * MINUTE) + n * 60 * MINUTE for n in range(40)))
    inputs = [
        [minutes, "1min", 10],
        [hours, "1h", 10],
        [flat(10**18, -(10**18)), "1s", 10],
        [[], "1s", 5],
    ]
    by_minute, by_hour, junk, none = await called(page, "candles", "timeLabels", inputs)
    assert [each["text"] for each in by_minute] == [
        "09:40",
        "09:50",
        "10:00",
        "10:10",
        "10:20",
        "10:30",
    ]
    assert [each["index"] for each in by_minute] == [9, 19, 29, 39, 49, 59]
    assert "06-02" in [each["text"] for each in by_hour]
    assert len(junk) <= 1
    assert none == []


async def test_days_are_labelled_with_their_dates(page: Page) -> None:
    starts = flat(*(candle.start for candle in make_days(12)))
    (labels,) = await called(page, "candles", "timeLabels", [[starts, "1d", 16]])
    assert [each["text"] for each in labels] == ["05-18", "05-22", "05-28"]


async def test_the_page_has_the_timeframes_of_the_engine(page: Page) -> None:
    got = await page.evaluate("""async () => [...(await import("./candles.js")).TIMEFRAMES]""")
    assert got == [[timeframe, timeframe.ms] for timeframe in Timeframe]


async def placed(page: Page, events: list[Any], candles: list[Any], timeframe: str) -> Any:
    """Return the events of each candle, with its index."""
    return await page.evaluate(
        """async (given) => {
            const { eventsByCandle } = await import("./candles.js");
            return [...eventsByCandle(...given)];
        }""",
        [events, candles, timeframe],
    )


async def test_an_event_stands_at_its_candle(page: Page) -> None:
    candles = flat(*(n * 5 * MINUTE for n in range(4)))
    events = [
        {"timestamp": 7 * MINUTE, "timeframe": "1min"},
        {"timestamp": 5 * MINUTE, "timeframe": "5min"},
        {"timestamp": 15 * MINUTE, "timeframe": "15min"},
        {"timestamp": 10 * MINUTE, "timeframe": "whatever"},
        {"timestamp": 60 * MINUTE, "timeframe": "1min"},
        {"timestamp": 1e300, "timeframe": ""},
        {"timestamp": -1, "timeframe": ""},
    ]
    assert await placed(page, events, candles, "5min") == [[1, events[:2]], [2, [events[3]]]]


async def test_an_event_of_the_night_stands_at_no_day(page: Page) -> None:
    candles = flat(*(candle.start for candle in make_days(3)))
    first, hour = candles[0]["start"], 60 * MINUTE
    events = [
        {"timestamp": first + after, "timeframe": "1s"}
        for after in (-1, 0, 16 * hour - 1, 16 * hour, 24 * hour - 1, 24 * hour)
    ]
    found = await placed(page, events, candles, "1d")
    assert found == [[0, events[1:3]], [1, events[5:]]]


KEPT = """async (messages) => {
    const { Candles } = await import("./candles.js");
    const candles = new Candles();
    for (const message of messages) candles.take({ symbol: "AAPL", candles: [], ...message });
    return [candles.all.map(({ start }) => start), candles.events.map(({ number }) => number)];
}"""


async def test_candles_and_events_are_kept_once_each_the_newest(page: Page) -> None:
    def event(number: int, symbol: str = "AAPL") -> dict[str, Any]:
        texts = dict.fromkeys(("pattern", "timeframe", "source"), "x")
        return {"number": number, "symbol": symbol, **texts}

    whole = {
        "whole": True,
        "candles": flat(*range(900)),
        "events": [event(number) for number in range(900)],
    }
    later = {"whole": False, "events": [event(900), event(899), event(901, "MSFT"), event(7)]}
    older_engine = {"whole": False, "candles": flat(900)}
    assert await page.evaluate(KEPT, [whole, later]) == [
        [*range(400, 900)],
        [*range(401, 901)],
    ]
    assert await page.evaluate(KEPT, [whole, older_engine]) == [
        [*range(401, 901)],
        [*range(400, 900)],
    ]
    void = {"whole": True, "candles": flat(3)}
    assert await page.evaluate(KEPT, [whole, void]) == [[3], []]


async def test_places_are_within_the_scale(page: Page) -> None:
    got = await page.evaluate(
        """async () => {
            const { scale } = await import("./candles.js");
            const [usual, level, wild] = [scale(0, 10, 100, 200), scale(5, 5, 100, 200),
                scale(-1e308, 1e308, 100, 200)];
            return [usual(10), usual(0), usual(7.5), usual(11), level(5), wild(3)];
        }"""
    )
    assert got == [100, 200, 125, 100, 150, 150]
