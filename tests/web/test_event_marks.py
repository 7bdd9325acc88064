"""The marks that pattern events leave on tiles, and the word that says who looks for them."""

from __future__ import annotations

import dataclasses

import pytest
from playwright.async_api import Page, expect

from tests.ui.fake_engine import HOSTILE, NOW, WALL_MS, make_row
from tests.web.calls import called
from tests.web.fake_engine import FakeEngine
from tests.web.market_events import make_event
from tests.web.tabs import Tabs
from tests.web.tiles import symbols, tile
from tickterm.market.redis_events import Direction
from tickterm.market.snapshot import DetectionView, LinkPhase, LinkView

pytestmark = pytest.mark.asyncio(loop_scope="session")

PLACES = """() => [...document.querySelectorAll(".tile:not([hidden]) :is(.symbol, .arrow, .price)")]
    .map((e) => JSON.stringify(e.getBoundingClientRect()))"""


# -- marks on tiles -------------------------------------------------------------------------------


@pytest.mark.parametrize("density", ["small", "normal", "fill"])
async def test_a_mark_comes_and_goes_and_moves_nothing(
    engine: FakeEngine, tabs: Tabs, density: str
) -> None:
    rows = list(engine.current.rows)
    rows[4] = make_row("BRK.PRA", 711_020.0)
    engine.change(rows=tuple(rows))
    page = await tabs.open(f"{engine.url}#tiles={density}", 360, 800)
    await symbols(page, "AAPL")
    before = await page.evaluate(PLACES)
    shapes = {"AAPL": "▽", "BRK.PRA": "△", "MSFT": "◇"}
    directions = {"▽": Direction.BEARISH, "△": Direction.BULLISH, "◇": Direction.NEUTRAL}
    for number, (symbol, shape) in enumerate(shapes.items(), 1):
        await engine.find(make_event(number, symbol=symbol, direction=directions[shape]))
        await expect(tile(page, symbol).locator(".sign")).to_have_text(shape)
    assert await page.evaluate(PLACES) == before
    sign = await tile(page, "BRK.PRA").locator(".sign").evaluate(RIGHT_OF_TEXT)
    arrow = await tile(page, "BRK.PRA").locator(".arrow").bounding_box()
    assert arrow is not None
    assert sign <= arrow["x"]
    await expect(tile(page, "AAPL")).to_have_attribute("title", TITLE)
    await expect(tile(page, "NVDA").locator(".sign")).to_be_empty()
    await engine.report(wall_ms=WALL_MS + 400_000)
    for symbol in ("AAPL", "MSFT"):
        await expect(tile(page, symbol).locator(".sign")).to_be_empty()
        await expect(tile(page, symbol)).to_have_attribute("title", "")


TITLE = "Shooting Star 0.82 · bearish · 1min bar of 2026-06-01 09:30:00 ET · analytics"
RIGHT_OF_TEXT = """(element) => {
    const range = document.createRange();
    range.selectNodeContents(element);
    return range.getBoundingClientRect().right;
}"""


async def test_the_newest_event_of_a_symbol_marks_it(engine: FakeEngine, tabs: Tabs) -> None:
    page = await tabs.open(engine.url)
    await symbols(page, "AAPL")
    old = make_event(1, wall_ms=WALL_MS - 301_000)
    await engine.find(old, make_event(2, symbol="MSFT", wall_ms=10**18))
    await engine.find(make_event(3, symbol="NVDA"), make_event(4, symbol="NOBODY"))
    await expect(tile(page, "NVDA").locator(".sign")).to_have_text("▽")
    await expect(tile(page, "AAPL").locator(".sign")).to_be_empty()
    await expect(tile(page, "MSFT").locator(".sign")).to_be_empty()
    await engine.find(make_event(5, symbol="NVDA", direction=Direction.BULLISH))
    await expect(tile(page, "NVDA")).to_have_attribute("data-event", "bullish")


async def test_marks_have_no_colour_where_nothing_is_fresh(engine: FakeEngine, tabs: Tabs) -> None:
    engine.change(patterns=(make_event(1), make_event(2, symbol="NVDA", direction="bullish")))
    page = await tabs.open(engine.url)
    await expect(tile(page, "NVDA").locator(".sign")).to_have_text("△")
    colour = "(element) => getComputedStyle(element).color"
    signs = [tile(page, symbol).locator(".sign") for symbol in ("AAPL", "NVDA")]
    assert len({await sign.evaluate(colour) for sign in signs}) == 2
    await engine.report(link=LinkView(LinkPhase.RETRYING))
    await expect(page.locator("body")).to_have_class("stale")
    assert len({await sign.evaluate(colour) for sign in signs}) == 1


# -- who looks for patterns -----------------------------------------------------------------------

ALIVE = DetectionView(listening=True, heartbeat_at=NOW - 3)


@pytest.mark.parametrize(
    ("detection", "text", "role"),
    [
        (DetectionView(listening=True), "nobody", ""),
        (DetectionView(reason="refused"), "nobody · not listening · refused", "error"),
        (ALIVE, "analytics", "up"),
        (dataclasses.replace(ALIVE, health="healthy"), "analytics", "up"),
        (
            dataclasses.replace(ALIVE, health="degraded: it lags"),
            "analytics · degraded: it lags",
            "warning",
        ),
        (
            DetectionView(heartbeat_at=NOW - 3, reason=HOSTILE[:8]),
            "analytics · not listening · ·]0;owne",
            "error",
        ),
        (
            DetectionView(listening=True, heartbeat_at=NOW - 400),
            "nobody · analytics silent 6m",
            "",
        ),
        (
            DetectionView(listening=True, fallback=True, fallback_since=NOW - 62),
            "fallback 1m",
            "warning",
        ),
        (
            DetectionView(
                listening=True,
                fallback=True,
                fallback_since=NOW - 62,
                health="starting: waiting for the first whole 1min bar",
                health_at=NOW - 8,
            ),
            "fallback 1m · analytics starting",
            "warning",
        ),
        (
            DetectionView(fallback=True, fallback_since=NOW - 62),
            "fallback 1m · not listening",
            "warning",
        ),
    ],
)  # fmt: skip
async def test_it_is_said_who_looks_for_patterns(
    page: Page, detection: DetectionView, text: str, role: str
) -> None:
    fields = {name: getattr(detection, name) for name in DetectionView.__dataclass_fields__}
    (got,) = await called(page, "detection", "whoLooks", [[fields, NOW]])
    assert (got["text"], got["role"]) == (text, role)
    assert ("heartbeat" in got["title"]) == (detection.heartbeat_at is not None)


async def test_a_heartbeat_is_no_lag_until_it_is_late(page: Page) -> None:
    fields = {name: getattr(ALIVE, name) for name in DetectionView.__dataclass_fields__}
    late = [[{**fields, "heartbeat_at": NOW - age}, NOW] for age in (0, 9, 25, 26, 45, 180, 181)]
    got = await called(page, "detection", "whoLooks", late)
    assert [each["text"] for each in got] == [
        *["analytics"] * 3,
        "analytics, silent 26s",
        "analytics, silent 45s",
        "analytics, silent 3m",
        "nobody · analytics silent 3m",
    ]
    assert [each["role"] for each in got] == [*["up"] * 3, *["warning"] * 3, ""]
    assert got[1]["title"] == "the newest heartbeat of analytics is 9s old"


async def test_the_statistics_say_who_looks(engine: FakeEngine, tabs: Tabs) -> None:
    engine.change(detection=DetectionView())
    page = await tabs.open(engine.url)
    statistics = page.locator("#statistics")
    await expect(statistics).to_contain_text("patterns nobody · not listening")
    await engine.report(detection=DetectionView(listening=True, heartbeat_at=engine.now - 1))
    field = statistics.locator(".field").last
    await expect(field).to_have_text("patterns analytics")
    await expect(field).to_have_attribute("title", "the newest heartbeat of analytics is 3s old")
    since = engine.now
    await engine.report(
        detection=DetectionView(listening=True, fallback=True, fallback_since=since)
    )
    await expect(field).to_have_text("patterns fallback 2s")
    await expect(field).to_have_attribute("title", "")
