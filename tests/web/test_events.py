"""Pattern events on the page: the drawer, the marks on tiles, and who looks for them."""

from __future__ import annotations

import json
import re

import pytest
from msgspec import structs
from playwright.async_api import Page, expect

from tests.ui.fake_engine import HOSTILE, make_snapshot
from tests.waiting import until
from tests.web.calls import called
from tests.web.fake_engine import FakeEngine
from tests.web.looks import CONTRASTS, STICKING_OUT
from tests.web.market_events import make_event, make_events
from tests.web.tabs import Tabs
from tests.web.tiles import symbols, tile
from tickterm.market.contract import ChartOf, CloseCode
from tickterm.market.redis_events import Direction
from tickterm.market.snapshot import DetectionView
from tickterm.market.timeframe import Timeframe
from tickterm.ui.events import filter as event_filter

pytestmark = pytest.mark.asyncio(loop_scope="session")

MARKUP = '<img src=x onerror="alert(1)"><script>alert(2)</script>'
LINES = "#events-list li"


async def opened(tabs: Tabs, engine: FakeEngine, width: int = 1280) -> Page:
    """Return a page whose events are to be seen."""
    page = await tabs.open(engine.url, width, 800)
    await symbols(page, "AAPL")
    await page.locator("#events-button").click()
    return page


async def column(page: Page, name: str) -> list[str]:
    """Return the texts of a column of the drawer, newest event first."""
    return await page.locator(f"{LINES} .{name}").all_text_contents()


# -- the drawer -----------------------------------------------------------------------------------


async def test_events_stand_newest_first_and_new_ones_come_on_top(
    engine: FakeEngine, tabs: Tabs
) -> None:
    engine.change(patterns=make_events(5))
    page = await opened(tabs, engine)
    await expect(page.locator(LINES)).to_have_count(5)
    newest = make_event(6, symbol="TSLA", pattern="Hammer", direction=Direction.BULLISH)
    await engine.find(newest)
    await expect(page.locator(LINES)).to_have_count(6)
    first = await page.locator(LINES).first.locator("span").all_text_contents()
    assert first[1:] == ["△", "TSLA", "Hammer", "0.82", "1min", "227.50", "analytics"]
    assert (await column(page, "symbol"))[1:] == [e.symbol for e in make_events(5)[::-1]]
    title = await page.locator(LINES).first.get_attribute("title")
    assert title == "Hammer 0.82 · bullish · 1min bar of 2026-06-01 09:30:00 ET · analytics"


async def test_events_are_filtered_by_symbol_pattern_and_confidence(
    engine: FakeEngine, tabs: Tabs
) -> None:
    engine.change(patterns=make_events(120))
    page = await opened(tabs, engine)
    await expect(page.locator("#events-count")).to_have_text("120 of 120")
    await page.locator("#events-words").fill("bullish")
    wanted = {"Hammer", "Engulfing"}
    await expect(page.locator("#events-count")).to_have_text("40 of 120")
    assert set(await column(page, "pattern")) == wanted
    await page.locator("#events-confidence").select_option("0.7")
    named = [e for e in make_events(120)[::-1] if e.pattern.replace("_", " ") in wanted]
    sure = [e for e in named if e.confidence >= 0.7]
    await expect(page.locator(LINES)).to_have_count(len(sure))
    await page.locator("#filter").fill("A")
    left = [e.symbol for e in sure if "A" in e.symbol]
    await expect(page.locator(LINES)).to_have_count(len(left))
    assert 0 < len(left) < len(sure) < len(named)
    assert await column(page, "symbol") == left
    await engine.find(make_event(121), make_event(122, symbol="NVDA", direction="bullish"))
    await expect(page.locator("#events-count")).to_have_text(f"{len(left) + 1} of 122")


FOUND = [
    ("Shooting_Star", [1, 2]),
    ("shooting star", [1, 2]),
    ("shooting_star aapl", [1]),
    ("DOJI, msft", [3]),
    ("AAPL", [1, 4]),
    ("evening_star", [4]),
    ("5min", [4]),
    ("5mi", []),
    ("min", []),
    ("neutral", [3]),
    ("bearish >=0.8", [1, 4]),
    (">=0.9", [4]),
    (".9", [4]),
    ("1", [4]),
    ("star 0.5 sft", [2]),
    ("  ", [1, 2, 3, 4]),
]


@pytest.mark.parametrize(("text", "numbers"), FOUND)
async def test_words_find_events_as_in_the_terminal(
    page: Page, text: str, numbers: list[int]
) -> None:
    events = (
        make_event(1),
        make_event(2, symbol="MSFT", confidence=0.5),
        make_event(3, symbol="MSFT", pattern="Doji", direction=Direction.NEUTRAL, confidence=0.3),
        make_event(4, pattern="Evening Star", timeframe="5min", confidence=1.0),
    )
    (wanted,) = await called(page, "event_filter", "parse", [[text]])
    assert wanted["fault"] == ""
    given = [[wanted, structs.asdict(event)] for event in events]
    got = await called(page, "event_filter", "passes", given)
    assert [e.number for e, passes in zip(events, got, strict=True) if passes] == numbers


async def test_filters_are_right_and_wrong_as_in_the_terminal(page: Page) -> None:
    texts = [
        "",
        "doji",
        ">=0.8 x",
        "0.8",
        "1.",
        ">=1.5",
        "7203",
        ">= 0.8",
        "<0.5",
        "=1",
        ">=x",
        "-1",
    ]
    got = await called(page, "event_filter", "parse", [[text] for text in texts])
    for text, found in zip(texts, got, strict=True):
        if found["fault"]:
            with pytest.raises(ValueError, match=re.escape(found["fault"])):
                event_filter.parse(text)
        else:
            assert found["confidence"] == event_filter.parse(text).confidence


async def test_a_wrong_filter_is_said_in_its_place_and_changes_nothing(
    engine: FakeEngine, tabs: Tabs
) -> None:
    engine.change(patterns=make_events(12))
    page = await opened(tabs, engine, 360)
    words, fault = page.locator("#events-words"), page.locator("#events-fault")
    await words.fill("hammer")
    await expect(page.locator(LINES)).to_have_count(2)
    await words.fill("hammer >=8")
    await expect(fault).to_have_text("confidence is from 0 to 1, as in >=0.8")
    await expect(words).to_have_attribute("aria-invalid", "true")
    await expect(page.locator(LINES)).to_have_count(2)
    assert await page.evaluate(STICKING_OUT) == []
    assert await page.evaluate(CONTRASTS) == []
    await words.fill("hammer >=0")
    await expect(fault).to_be_empty()
    await expect(words).to_have_attribute("aria-invalid", "false")


async def test_confidences_do_not_read_as_probabilities(engine: FakeEngine, tabs: Tabs) -> None:
    engine.change(patterns=(make_event(1, confidence=1.0), make_event(2, confidence=0.125)))
    page = await opened(tabs, engine)
    await expect(page.locator(LINES)).to_have_count(2)
    assert await column(page, "confidence") == ["0.12", "1.00"]
    choices = await page.locator("#events-confidence option").all_text_contents()
    assert choices == ["any", "0.50", "0.70", "0.90"]


async def test_a_flood_of_events_is_bounded_and_what_was_missed_is_said(
    engine: FakeEngine, tabs: Tabs
) -> None:
    page = await opened(tabs, engine)
    await engine.find(*make_events(300))
    await expect(page.locator(LINES)).to_have_count(300)
    await engine.find(*make_events(400, first=301))
    await expect(page.locator(LINES)).to_have_count(500)
    await page.locator("#events-confidence").select_option("0.9")
    await engine.find(*make_events(500, first=710))
    await engine.report(detection=DetectionView(gaps=2))
    sure = [e for e in make_events(500, first=710) if e.confidence >= 0.9]
    await expect(page.locator("#events-count")).to_have_text(
        f"{len(sure)} of 500 · 9 not shown · 2 gaps"
    )
    await expect(page.locator(LINES)).to_have_count(len(sure))


async def test_whoever_has_scrolled_down_goes_on_reading(engine: FakeEngine, tabs: Tabs) -> None:
    engine.change(patterns=make_events(200))
    page = await opened(tabs, engine)
    await page.evaluate("document.querySelector('#events-list').scrollTop = 480")
    read = page.locator(LINES).nth(21)
    place = await read.bounding_box()
    number = await read.locator(".symbol").text_content()
    await engine.find(*make_events(30, first=201))
    await expect(page.locator(LINES)).to_have_count(230)
    moved = page.locator(LINES).nth(51)
    assert await moved.locator(".symbol").text_content() == number
    assert await moved.bounding_box() == pytest.approx(place, abs=1)


async def test_events_that_are_known_do_not_come_twice(engine: FakeEngine, tabs: Tabs) -> None:
    engine.change(patterns=make_events(5))
    page = await opened(tabs, engine)
    await engine.close(CloseCode.GOING_AWAY)
    await expect(page.locator("#banner")).to_be_visible()
    await expect(page.locator("#connection-word")).to_have_text("connected")
    await engine.find(make_event(6))
    await expect(page.locator(LINES)).to_have_count(6)
    engine.epoch = "second"
    engine.change(patterns=make_events(2))
    await engine.close(CloseCode.GOING_AWAY)
    await expect(page.locator(LINES)).to_have_count(2)


@pytest.mark.parametrize("by_key", [False, True])
async def test_an_event_leads_to_its_tile_and_its_candles(
    engine: FakeEngine, tabs: Tabs, by_key: bool
) -> None:
    old = make_event(1, symbol="ARKK", timeframe="1d")
    engine.change(patterns=(old, make_event(2, symbol="QQQ", timeframe="daily")))
    page = await opened(tabs, engine, 360)
    await expect(tile(page, "ARKK")).not_to_be_in_viewport()
    if by_key:
        await page.locator("#events-list").focus()
        for key in ("ArrowDown", "ArrowDown", "ArrowUp", "ArrowDown", "Enter"):
            await page.keyboard.press(key)
    else:
        await page.locator(LINES).nth(1).click()
    await expect(tile(page, "ARKK")).to_be_in_viewport(ratio=1)
    await expect(page.locator("[aria-current=true] .symbol")).to_have_text("ARKK")
    await until(lambda: engine.heard == [ChartOf("ARKK", Timeframe.D1)])
    await expect(page.locator("#chart-symbol")).to_have_text("ARKK")
    await expect(page.locator("#timeframes :checked")).to_have_value("1d")
    await page.keyboard.press("Escape")
    await page.locator(LINES).first.click()
    await until(lambda: engine.heard[-1] == ChartOf("QQQ", Timeframe.M1))


async def test_panes_stand_side_by_side_only_where_there_is_room(
    engine: FakeEngine, tabs: Tabs
) -> None:
    page = await opened(tabs, engine)
    await page.keyboard.press("l")
    log, events = page.locator("#log"), page.locator("#events")
    await expect(log).to_be_visible()
    await expect(events).to_be_visible()
    await page.set_viewport_size({"width": 768, "height": 800})
    await expect(events).to_be_hidden()
    await expect(page.locator("#events-button")).to_have_attribute("aria-expanded", "false")
    await page.keyboard.press("e")
    await expect(events).to_be_visible()
    await expect(log).to_be_hidden()
    await page.keyboard.press("e")
    await expect(events).to_be_hidden()


async def test_a_closed_drawer_costs_no_elements(engine: FakeEngine, tabs: Tabs) -> None:
    engine.change(patterns=make_events(300))
    page = await tabs.open(engine.url)
    await expect(tile(page, "AAPL").locator(".sign")).not_to_be_empty()
    assert await page.locator(LINES).count() == 0


# -- hostile --------------------------------------------------------------------------------------


async def test_hostile_events_are_only_text_and_stay_in_their_lines(tabs: Tabs) -> None:
    evil = [MARKUP, HOSTILE, "x" * 10_000, "\u202eevil", "__proto__", ""]
    events = tuple(
        make_event(
            number, symbol=text, pattern=text, timeframe=text, source=text, confidence=1e300,
            timestamp=10**18, wall_ms=-(10**18), price=-1e300,
        )
        for number, text in enumerate(evil, 1)
    )  # fmt: skip
    snapshot = make_snapshot(patterns=(*events, make_event(7, symbol="AAPL", pattern=MARKUP)))
    async with FakeEngine(snapshot).running() as engine:
        page = await opened(tabs, engine, 360)
        await expect(page.locator(LINES)).to_have_count(7)
        heights = await page.locator(LINES).evaluate_all("(all) => all.map((e) => e.offsetHeight)")
        assert len(set(heights)) == 1
        assert await page.locator("img, script:not([src])").count() == 0
        assert await page.evaluate("document.documentElement.scrollWidth") <= 360
        assert "\u202e" not in await page.locator("#events").inner_text()
        assert (await column(page, "confidence"))[1] == "1.00"
        await page.locator(LINES).last.click()
        await page.keyboard.press("Escape")
        await page.locator(LINES).nth(3).click()


WRONG: tuple[dict[str, object], ...] = (
    {"direction": "up"}, {"number": "1"}, {"confidence": None}, {"pattern": 7},
    {"symbol": None}, {"price": "1"}, {"wall_ms": None}, {"timestamp": []},
)  # fmt: skip


async def test_malformed_events_are_counted(engine: FakeEngine, tabs: Tabs) -> None:
    page = await opened(tabs, engine)
    fields = structs.asdict(make_event(1))
    for count, wrong in enumerate(WRONG, 1):
        await engine.say(json.dumps({"type": "patterns", "events": [{**fields, **wrong}]}))
        await expect(page.locator("#statistics")).to_contain_text(f"ignored {count}")
    await engine.find(make_event(2))
    await expect(page.locator(LINES)).to_have_count(1)


@pytest.mark.parametrize("scheme", ["dark", "light"])
async def test_events_and_their_marks_can_be_read(
    engine: FakeEngine, tabs: Tabs, scheme: str
) -> None:
    engine.change(patterns=make_events(12))
    page = await tabs.open(engine.url, color_scheme=scheme)
    await symbols(page, "AAPL")
    await page.keyboard.press("e")
    await page.locator(LINES).nth(2).hover()
    await expect(tile(page, "AMZN").locator(".sign")).to_have_text("◇")
    assert await page.evaluate(CONTRASTS) == []


@pytest.mark.parametrize("width", [320, 360, 768, 1280])
async def test_no_event_sticks_out_at_any_width(engine: FakeEngine, tabs: Tabs, width: int) -> None:
    engine.change(patterns=make_events(12, source="x" * 64, pattern="y" * 64, symbol="Z" * 32))
    page = await opened(tabs, engine, width)
    await expect(page.locator(LINES)).to_have_count(12)
    assert await page.evaluate(STICKING_OUT) == []
