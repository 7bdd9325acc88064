"""The chart of one symbol: how it opens and closes, what it asks for, and what it draws."""

from __future__ import annotations

import itertools
import json
import re

import pytest
from playwright.async_api import Locator, Page, expect

from tests.ui.fake_engine import make_row, make_snapshot, tick
from tests.waiting import until
from tests.web.fake_engine import FakeEngine
from tests.web.looks import CONTRASTS, STICKING_OUT
from tests.web.market_events import MINUTE, make_candles, make_days, make_event
from tests.web.tabs import Tabs
from tests.web.tiles import symbols, tile
from tickterm.market.contract import Candles, ChartOf, CloseCode, Patterns, encode
from tickterm.market.redis_events import Direction
from tickterm.market.snapshot import Candle, LinkPhase, LinkView
from tickterm.market.text import clean
from tickterm.market.timeframe import Timeframe

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def opened(tabs: Tabs, engine: FakeEngine, symbol: str = "AAPL", width: int = 1280) -> Page:
    """Return a page with the chart of a symbol."""
    engine.candles.setdefault("AAPL", make_candles(120))
    page = await tabs.open(engine.url, width, 800)
    await symbols(page, "AAPL")
    await tile(page, symbol).click()
    await expect(page.locator("#chart")).to_be_visible()
    return page


def layer(page: Page, name: str) -> Locator:
    """Return a layer of the drawing."""
    return page.locator(f"#chart-drawing [class='{name}']")


async def drawn(page: Page, name: str) -> int:
    """Return how many pieces a layer of the drawing has."""
    return (await layer(page, name).get_attribute("d") or "").count("M")


async def bodies(page: Page) -> int:
    """Return how many candles are drawn."""
    return await drawn(page, "body up") + await drawn(page, "body down")


# -- asking ---------------------------------------------------------------------------------------


async def test_a_click_opens_the_chart_and_escape_ends_it(engine: FakeEngine, tabs: Tabs) -> None:
    page = await opened(tabs, engine)
    await expect(page.locator("#chart-symbol")).to_have_text("AAPL")
    await expect(page.locator("#chart-price")).to_have_text("227.52")
    await until(lambda: engine.heard == [ChartOf("AAPL", Timeframe.M1)])
    await expect(layer(page, "body up")).to_have_attribute("d", re.compile("M"))
    assert await bodies(page) == 120
    await page.keyboard.press("Escape")
    await expect(page.locator("#chart")).to_be_hidden()
    await until(lambda: engine.heard[1:] == [ChartOf(None, Timeframe.M1)])


async def test_keys_walk_over_the_board_and_open_a_chart(engine: FakeEngine, tabs: Tabs) -> None:
    page = await tabs.open(engine.url, 360, 740)
    await symbols(page, "AAPL")
    await page.locator("#board").focus()
    await page.keyboard.press("Enter")
    for key in ("ArrowRight", "ArrowDown", "ArrowLeft", "ArrowLeft", "ArrowUp"):
        await page.keyboard.press(key)
    selected = page.locator("[aria-current=true] .symbol")
    await expect(selected).to_have_text("AAPL")
    for _ in range(34):
        await page.keyboard.press("ArrowDown")
    await expect(selected).to_have_text("TLT")
    await expect(tile(page, "TLT")).to_be_in_viewport(ratio=1)
    assert engine.heard == []
    await page.keyboard.press("Enter")
    await until(lambda: engine.heard == [ChartOf("TLT", Timeframe.M1)])
    await page.locator("#chart-close").focus()
    await page.keyboard.press("l")
    await expect(page.locator("#log")).to_be_hidden()
    await page.keyboard.press("Escape")
    await expect(page.locator("#board")).to_be_focused()


async def test_a_timeframe_is_chosen_by_mouse_and_by_key(engine: FakeEngine, tabs: Tabs) -> None:
    page = await opened(tabs, engine)
    names = await page.locator("#timeframes label").all_text_contents()
    assert names == list(Timeframe)
    await page.locator("#timeframes").get_by_text("15min", exact=True).click()
    await until(lambda: engine.heard[-1] == ChartOf("AAPL", Timeframe.M15))
    await expect(layer(page, "body up")).to_have_attribute("d", re.compile("M"))
    await page.keyboard.press("ArrowRight")
    await until(lambda: engine.heard[-1] == ChartOf("AAPL", Timeframe.H1))


async def test_the_terminals_keys_change_timeframe_and_symbol(
    engine: FakeEngine, tabs: Tabs
) -> None:
    page = await opened(tabs, engine)
    wanted = [
        ("t", "AAPL", Timeframe.M5),
        ("t", "AAPL", Timeframe.M15),
        ("]", "MSFT", Timeframe.M15),
        ("]", "NVDA", Timeframe.M15),
        ("T", "NVDA", Timeframe.M5),
        ("[", "MSFT", Timeframe.M5),
        ("[", "AAPL", Timeframe.M5),
    ]
    for key, symbol, timeframe in wanted:
        await page.keyboard.press(key)
        await until(lambda: engine.heard[-1] == ChartOf(symbol, timeframe))  # noqa: B023 - at once
        await expect(page.locator("#chart-symbol")).to_have_text(symbol)
        await expect(page.locator("[aria-current=true] .symbol")).to_have_text(symbol)
        await expect(page.locator("#timeframes :checked")).to_have_value(timeframe.value)
        await expect(page.locator("#timeframes :checked")).to_be_focused()
    said = len(engine.heard)
    await page.keyboard.press("[")
    await page.keyboard.press("Control+]")
    for _ in range(9):
        await page.keyboard.press("t")
    await until(lambda: engine.heard[-1] == ChartOf("AAPL", Timeframe.D1))
    assert [m.symbol for m in engine.heard[said:] if isinstance(m, ChartOf)] == ["AAPL"] * (
        len(engine.heard) - said
    )


async def test_a_key_held_down_does_not_make_it_too_loud(engine: FakeEngine, tabs: Tabs) -> None:
    page = await opened(tabs, engine)
    start = engine.now
    for _ in range(80):
        await page.keyboard.press("ArrowRight")
    await page.locator("#timeframes").get_by_text("5s", exact=True).click()
    await until(lambda: engine.heard[-1] == ChartOf("AAPL", Timeframe.S5))
    assert len(engine.heard) <= 3 + (engine.now - start) * 4


async def test_the_wish_is_said_again_to_an_engine_that_comes_back(
    engine: FakeEngine, tabs: Tabs
) -> None:
    page = await opened(tabs, engine)
    await until(lambda: len(engine.heard) == 1)
    await engine.close(CloseCode.GOING_AWAY)
    await expect(page.locator("#chart-trouble")).to_have_text("NO CONNECTION")
    engine.candles["AAPL"] = make_candles(7)
    await until(lambda: engine.heard == [ChartOf("AAPL", Timeframe.M1)] * 2)
    await expect(page.locator("#chart-trouble")).to_be_empty()
    await until_bodies(page, 7)
    await page.locator("#chart-close").click()
    await until(lambda: len(engine.heard) == 3)
    await engine.close(CloseCode.GOING_AWAY)
    await until(lambda: len(engine.hellos) == 3)
    await tile(page, "AAPL").click()
    await until(lambda: len(engine.heard) == 4)


async def until_drawn(page: Page, name: str, count: int) -> None:
    """Wait until a layer of the drawing has so many pieces."""
    await expect(layer(page, name)).to_have_attribute("d", re.compile(rf"^(?:M[^M]*){{{count}}}$"))


async def until_bodies(page: Page, count: int) -> None:
    """Wait until so many candles are drawn."""
    await page.wait_for_function(
        """(count) => [...document.querySelectorAll("#chart-drawing .body")]
            .map((path) => path.getAttribute("d").split("M").length - 1)
            .reduce((sum, candles) => sum + candles, 0) === count""",
        arg=count,
    )


async def test_what_the_engine_refuses_is_said(engine: FakeEngine, tabs: Tabs) -> None:
    page = await opened(tabs, engine, "MSFT")
    await expect(page.locator("#chart-empty")).to_have_text("nobody watches MSFT")
    engine.candles["NVDA"] = []
    await page.keyboard.press("Escape")
    await tile(page, "NVDA").click()
    await expect(page.locator("#chart-empty")).to_have_text("no candles of it yet")
    await engine.say(Candles("NVDA", Timeframe.M1, False, make_candles(2)))
    await engine.say('{"type":"error","code":"unknown_symbol","text":"no","symbol":"MSFT"}')
    await engine.say(Candles("NVDA", Timeframe.M1, False, make_candles(1)))
    await until_bodies(page, 2)
    await expect(page.locator("#chart-empty")).to_be_empty()


# -- candles --------------------------------------------------------------------------------------


async def test_candles_change_and_come_and_are_those_asked_for(
    engine: FakeEngine, tabs: Tabs
) -> None:
    page = await opened(tabs, engine)
    await until_bodies(page, 120)
    last = make_candles(120)[-1]
    bar = page.locator("#chart-bar")
    await expect(bar).to_contain_text("2026-06-01 09:31:00 ET")
    await engine.say(
        Candles("MSFT", Timeframe.M1, True, []),
        Candles("AAPL", Timeframe.M5, True, []),
        Candles("AAPL", Timeframe.M1, False, [Candle(last.start, 1, 300.25, 1, 299.5, 12_500)]),
    )
    await expect(bar).to_contain_text("O 1.00  H 300.25  L 1.00  C 299.50  V 12.5K")
    await expect(page.locator("#chart-drawing .last-price")).to_have_text("299.50")
    assert await bodies(page) == 120
    later = Candle(last.start + MINUTE, 300, 301, 299, 300, 7)
    await engine.say(Candles("AAPL", Timeframe.M1, False, [later]))
    await until_bodies(page, 121)
    await expect(bar).to_contain_text("09:32:00 ET  O 300.00")
    await engine.say(Candles("AAPL", Timeframe.M1, True, [later]))
    await until_bodies(page, 1)


async def test_more_candles_than_fit_show_the_newest_and_are_bounded(
    engine: FakeEngine, tabs: Tabs
) -> None:
    engine.candles["AAPL"] = make_candles(3_000)
    page = await opened(tabs, engine, width=360)
    await expect(page.locator("#chart-bar")).to_contain_text("09:31:00 ET")
    assert 40 < await bodies(page) < 80
    await page.set_viewport_size({"width": 3_840, "height": 800})
    await page.wait_for_function("document.querySelector('#chart-drawing').clientWidth > 1000")
    assert await bodies(page) <= 500


async def test_the_pointer_reads_a_candle(engine: FakeEngine, tabs: Tabs) -> None:
    page = await opened(tabs, engine)
    await until_bodies(page, 120)
    box = await page.locator("#chart-drawing").bounding_box()
    assert box is not None
    right = box["x"] + box["width"] - 72
    pitch = (box["width"] - 72) / 120
    await page.mouse.move(right - 10.5 * pitch, box["y"] + 50)
    await expect(page.locator("#chart-bar")).to_contain_text("09:21:00 ET")
    assert await drawn(page, "cross") == 1
    await page.mouse.move(box["x"] + box["width"] / 2, box["y"] - 40)
    await expect(page.locator("#chart-bar")).to_contain_text("09:31:00 ET")


async def test_the_price_in_the_head_follows_the_ticks(engine: FakeEngine, tabs: Tabs) -> None:
    page = await opened(tabs, engine)
    rows = list(engine.current.rows)
    rows[0] = tick(rows[0], 1.5, engine.now)
    await engine.show(rows)
    await expect(page.locator("#chart-price")).to_have_text("229.02")
    await engine.report(link=LinkView(LinkPhase.RETRYING))
    await expect(page.locator("#chart-trouble")).to_have_text("RECONNECTING")


async def test_the_head_says_what_the_symbol_stands_for(tabs: Tabs) -> None:
    names = {"AAPL": "Apple Inc.", "MSFT": "<b>x</b>\u202e" + "w" * 999, "QQQ": ""}
    rows = tuple(make_row(symbol, 9.0, name=name) for symbol, name in names.items())
    async with FakeEngine(make_snapshot(rows=rows)).running() as engine:
        page = await opened(tabs, engine)
        for symbol, name in names.items():
            await expect(page.locator("#chart-symbol")).to_have_text(symbol)
            await expect(page.locator("#chart-name")).to_have_text(clean(name, 60))
            assert await page.evaluate(STICKING_OUT) == []
            await page.keyboard.press("]")


async def test_a_symbol_that_may_have_ticked_unheard_is_not_fresh(
    engine: FakeEngine, tabs: Tabs
) -> None:
    page = await opened(tabs, engine)
    trouble, chart = page.locator("#chart-trouble"), page.locator("#chart")
    await expect(trouble).to_be_empty()
    await engine.report(link=LinkView(LinkPhase.UP, engine.now, losses=1))
    await expect(trouble).to_have_text("STALE")
    await expect(chart).to_have_attribute("data-quiet", "stale")
    first, *others = engine.current.rows
    await engine.show([tick(first, 1.0, engine.now), *others])
    await expect(trouble).to_be_empty()
    await expect(chart).to_have_attribute("data-quiet", "")


async def test_events_mark_their_candles(engine: FakeEngine, tabs: Tabs) -> None:
    last = make_candles(120)[-1].start
    engine.change(
        patterns=(
            make_event(1, timestamp=last - 10 * MINUTE),
            make_event(2, timestamp=last - 10 * MINUTE, pattern="Evening_Star", confidence=0.5),
            make_event(3, timestamp=last - MINUTE, direction=Direction.BULLISH, symbol="MSFT"),
            make_event(4, timestamp=last - MINUTE, timeframe="5min"),
            make_event(5, timestamp=last - 500 * MINUTE),
        )
    )
    page = await opened(tabs, engine)
    await until_bodies(page, 120)
    assert await drawn(page, "event bearish") == 2
    assert await drawn(page, "event bullish") == 0
    await engine.find(
        make_event(6, timestamp=last, direction=Direction.BULLISH, pattern="Hammer"),
        make_event(7, timestamp=last, direction=Direction.NEUTRAL, pattern="Doji", timeframe=""),
    )
    await expect(page.locator("#chart-events")).to_have_text("△ Hammer 0.82 ◇ Doji 0.82")
    assert [await drawn(page, f"event {d}") for d in Direction] == [1, 2, 1]
    box = await page.locator("#chart-drawing").bounding_box()
    assert box is not None
    pitch = (box["width"] - 72) / 120
    await page.mouse.move(box["x"] + box["width"] - 72 - 10.5 * pitch, box["y"] + 50)
    await expect(page.locator("#chart-events")).to_have_text(
        "▽ Shooting Star 0.82 ▽ Evening Star 0.50"
    )


async def test_another_engine_tells_of_its_events_anew(engine: FakeEngine, tabs: Tabs) -> None:
    engine.change(patterns=(make_event(1, timestamp=make_candles(120)[-1].start),))
    page = await opened(tabs, engine)
    await expect(page.locator("#chart-events")).to_have_text("▽ Shooting Star 0.82")
    engine.epoch = "second"
    await engine.close(CloseCode.GOING_AWAY)
    await until(lambda: len(engine.heard) == 2)
    await until_bodies(page, 120)
    await expect(page.locator("#chart-events")).to_have_text("▽ Shooting Star 0.82")


async def test_the_chart_tells_of_its_events_itself(engine: FakeEngine, tabs: Tabs) -> None:
    last = make_candles(120)[-1].start
    crowd = [make_event(n, symbol="MSFT") for n in range(2, 502)]
    engine.change(patterns=tuple(crowd))
    page = await opened(tabs, engine)
    old = make_event(1, timestamp=last - 10 * MINUTE)
    await engine.say(Candles("AAPL", Timeframe.M1, True, make_candles(120), [old]))
    await until_drawn(page, "event bearish", 1)
    await engine.say(Patterns([make_event(502, timestamp=last)]))
    again = make_event(1, timestamp=last, pattern="Engulfing")
    stray = make_event(503, symbol="MSFT", timestamp=last, pattern="Doji")
    await engine.say(Candles("AAPL", Timeframe.M1, False, [], [again, stray]))
    await expect(page.locator("#chart-events")).to_have_text("▽ Engulfing 0.82")
    assert await drawn(page, "event bearish") == 1
    await engine.say(Candles("AAPL", Timeframe.M1, True, make_candles(120)))
    await expect(page.locator("#chart-events")).to_be_empty()
    assert await drawn(page, "event bearish") == 0


async def test_an_engine_that_tells_of_no_events_still_has_candles(
    engine: FakeEngine, tabs: Tabs
) -> None:
    page = await opened(tabs, engine)
    await until_bodies(page, 120)
    (candle,) = json.loads(encode(Candles("", Timeframe.M1, True, make_candles(1))))["candles"]
    said = {"type": "candles", "symbol": "AAPL", "timeframe": "1min", "whole": True}
    await engine.say(json.dumps({**said, "candles": [candle]}))
    await until_bodies(page, 1)
    await expect(page.locator("#chart-events")).to_be_empty()


@pytest.mark.parametrize("width", [360, 1280])
async def test_a_days_candles_show_dates(engine: FakeEngine, tabs: Tabs, width: int) -> None:
    engine.candles["AAPL"] = make_days(60)
    opening = engine.candles["AAPL"][-1].start
    engine.change(
        patterns=(
            make_event(1, timestamp=opening, timeframe="1d", pattern="Hammer"),
            make_event(2, timestamp=opening + 15 * 60 * MINUTE, timeframe="5min", pattern="Doji"),
            make_event(3, timestamp=opening - 60 * MINUTE, timeframe="1min"),
        )
    )
    page = await opened(tabs, engine, width=width)
    await page.locator("#timeframes").get_by_text("1d", exact=True).click()
    await until(lambda: engine.heard[-1] == ChartOf("AAPL", Timeframe.D1))
    await expect(page.locator("#chart-bar")).to_contain_text("2026-06-01 ET  O ")
    await expect(page.locator("#chart-events")).to_have_text("▽ Hammer 0.82 ▽ Doji 0.82")
    assert await drawn(page, "event bearish") == 2
    times = await page.locator("#chart-drawing .times text").all_text_contents()
    assert len(times) >= 3
    assert all(re.fullmatch(r"\d\d-\d\d", time) for time in times)


MARKS = """() => [...document.querySelectorAll("#chart-drawing .event")].flatMap((layer) =>
    layer.getAttribute("d").split("M").slice(1).map((part) => {
        const mark = layer.cloneNode();
        mark.setAttribute("d", `M${part}`);
        layer.parentNode.append(mark);
        const { x, y, width, height } = mark.getBBox();
        mark.remove();
        return [x, y, width, height];
    }))"""


@pytest.mark.parametrize("count", [40, 400])
async def test_marks_do_not_cover_each_other(engine: FakeEngine, tabs: Tabs, count: int) -> None:
    candles = engine.candles["AAPL"] = make_candles(count)
    crowd = [(c, d, p) for c in candles[-30:] for d in Direction for p in ("Doji", "Hammer")]
    engine.change(
        patterns=tuple(
            make_event(n, timestamp=candle.start, direction=direction, pattern=pattern)
            for n, (candle, direction, pattern) in enumerate(crowd, 1)
        )
    )
    page = await opened(tabs, engine)
    await expect(page.locator("#chart-events")).to_contain_text("Hammer 0.82 +3")
    marks = await page.evaluate(MARKS)
    assert len(marks) == 30 * (2 + 3)
    for one, other in itertools.combinations(marks, 2):
        apart = max(abs(one[0] - other[0]) - one[2], abs(one[1] - other[1]) - one[3])
        assert apart > -0.15
    height = await page.locator("#chart-drawing").evaluate("(svg) => svg.clientHeight")
    assert min(y for _, y, _, _ in marks) >= 0
    assert max(y + h for _, y, _, h in marks) <= (height - 22) * 0.84


# -- hostile and broken ---------------------------------------------------------------------------

JUNK = (
    [Candle(0, 5.0, 5.0, 5.0, 5.0, 0)],
    [Candle(0, 1e308, 1e308, -1e308, -1e308, 1e308), Candle(60_000, 0, 0, 0, 0, -1e308)],
    [Candle(10**18, 1.0, 0.5, 2.0, 3.0, -5), Candle(-(10**18), 1e-300, 0, 0, 0, 0)],
    [Candle(n, 1e15, 1e15 + 0.25, 1e15, 1e15, 1) for n in (3, 2, 1, 1, 0)],
    [Candle(n * MINUTE, 0.0001, 0.0001, 0.0001, 0.0001, 0) for n in range(5)],
)


async def test_senseless_candles_are_drawn_within_the_chart(engine: FakeEngine, tabs: Tabs) -> None:
    page = await opened(tabs, engine)
    for candles in JUNK:
        await engine.say(Candles("AAPL", Timeframe.M1, True, candles))
        await until_bodies(page, len({candle.start for candle in candles}))
        markup = await page.locator("#chart-drawing").evaluate("(svg) => svg.outerHTML")
        assert not re.search(r"NaN|Infinity|undefined", markup)
        assert len(markup) < 20_000
        places = [abs(float(n)) for n in re.findall(r"[MVHL ](-?\d+(?:\.\d+)?)", markup)]
        assert max(places) < 2_000


async def test_a_hostile_symbol_and_refusal_are_only_text(tabs: Tabs) -> None:
    evil = "<img src=x onerror=alert(1)>\u202e"
    rows = (make_row(evil, 10.0), make_row("x" * 33, 10.0))
    async with FakeEngine(make_snapshot(rows=rows)).running() as engine:
        page = await tabs.open(engine.url, 360, 740)
        await expect(page.locator(".tile .price").first).to_have_text("10.00")
        await page.locator(".tile").nth(1).click()
        await expect(page.locator("#chart")).to_be_hidden()
        await page.locator(".tile").first.click()
        await expect(page.locator("#chart-empty")).to_contain_text("nobody watches <img")
        await expect(page.locator("#chart-symbol")).to_contain_text("<img")
        assert "\u202e" not in await page.locator("#chart").inner_text()
        assert await page.locator("img").count() == 0
        assert [said.symbol for said in engine.heard if isinstance(said, ChartOf)] == [evil]
        assert await page.evaluate("document.documentElement.scrollWidth") <= 360


WRONG: tuple[dict[str, object], ...] = (
    {"symbol": None}, {"timeframe": 1}, {"whole": 1}, {"candles": {}}, {"candles": [None]},
    {"candles": [{"start": 1, "open": 1, "high": 1, "low": 1, "close": "1", "volume": 1}]},
    {"events": None}, {"events": {}}, {"events": [None]}, {"events": [{"number": 1}]},
)  # fmt: skip


async def test_malformed_candles_are_counted(engine: FakeEngine, tabs: Tabs) -> None:
    page = await opened(tabs, engine)
    await until_bodies(page, 120)
    said = {"type": "candles", "symbol": "AAPL", "timeframe": "1min", "whole": True, "candles": []}
    for count, wrong in enumerate(WRONG, 1):
        await engine.say(json.dumps({**said, **wrong}))
        await expect(page.locator("#statistics")).to_contain_text(f"ignored {count}")
    assert await bodies(page) == 120


# -- where it is seen -----------------------------------------------------------------------------


CHOICES_TOO_NARROW = """() => {
    const labels = [...document.querySelectorAll("#timeframes label")];
    const isApart = (label) => label.offsetTop !== labels[0].offsetTop;
    return labels.filter((label) => label.scrollWidth > label.clientWidth || isApart(label))
        .map((label) => label.textContent);
}"""
"""Timeframes whose names stick out of their frames, or stand on another line than the first."""


@pytest.mark.parametrize("width", [320, 360, 768, 1280])
async def test_the_chart_fits_into_the_window(engine: FakeEngine, tabs: Tabs, width: int) -> None:
    engine.change(patterns=(make_event(1, timestamp=make_candles(120)[-1].start),))
    page = await opened(tabs, engine, width=width)
    await expect(page.locator("#chart-events")).to_have_text("▽ Shooting Star 0.82")
    assert await page.evaluate(STICKING_OUT) == []
    assert await page.evaluate(CHOICES_TOO_NARROW) == []
    box = await page.locator("#chart-drawing").bounding_box()
    assert box is not None
    assert box["height"] > 400
    assert box["y"] + box["height"] <= 800


@pytest.mark.parametrize("scheme", ["dark", "light"])
async def test_the_chart_can_be_read(engine: FakeEngine, tabs: Tabs, scheme: str) -> None:
    engine.candles["AAPL"] = make_candles(120)
    page = await tabs.open(engine.url, color_scheme=scheme)
    await symbols(page, "AAPL")
    await tile(page, "AAPL").click()
    await until_bodies(page, 120)
    assert await page.evaluate(CONTRASTS) == []
    await engine.report(link=LinkView(LinkPhase.RETRYING))
    await expect(page.locator("#chart-trouble")).to_have_text("RECONNECTING")
    assert await page.evaluate(CONTRASTS) == []
