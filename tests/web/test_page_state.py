"""What the page says of the feed and of an empty board, in a real browser."""

from __future__ import annotations

import dataclasses
import json
import re

import pytest
from playwright.async_api import expect

from tests.ui.fake_engine import NOW, WALL_MS, make_row, make_rows, make_snapshot, tick
from tests.waiting import until
from tests.web.fake_engine import FakeEngine
from tests.web.looks import CONTRASTS, STICKING_OUT
from tests.web.page_state import status_json, telling
from tests.web.tabs import Tabs
from tests.web.tiles import symbols, tile
from tickterm.market.alerts import AlertKind, FiredAlert
from tickterm.market.contract import Alerts, Groups
from tickterm.market.groups import Group
from tickterm.market.snapshot import Feed, LinkPhase, LinkView, TickCounts, UniverseView

pytestmark = pytest.mark.asyncio(loop_scope="session")

SATURDAY = WALL_MS + 5 * 86_400_000
QUARTER = 900_000
"""ms."""


async def test_a_closed_market_says_when_it_opens(engine: FakeEngine, tabs: Tabs) -> None:
    long_ago = SATURDAY - 102_000
    quiet = [row._replace(updated=NOW - 101, timestamp=long_ago) for row in make_rows()]
    engine.change(rows=tuple(quiet), wall_ms=SATURDAY, counts=TickCounts())
    page = await tabs.open(engine.url, timezone_id="Europe/Berlin")
    async with telling(engine):
        await expect(page.locator("#badge")).to_have_text("CLOSED")
        await expect(page).to_have_title("CLOSED · tickterm")
        banner = page.locator("#banner")
        await expect(banner).to_contain_text(
            re.compile(r"opens Mon 09:30 ET \(15:30 here\), in 1 d 23 h; pre-market 04:00 ET")
        )
        await expect(page.locator("#announcement")).to_have_text("closed: opens Mon 09:30 ET")
        await expect(page.locator("#statistics")).to_contain_text("● CLOSED, LINK UP")
        await expect(page.locator("body")).not_to_have_class(re.compile("stale"))
        await expect(tile(page, "MSFT").locator(".age")).to_have_text("1m")
        fresh = tick(quiet[0], 1.0, engine.now)._replace(timestamp=SATURDAY)
        await engine.show([fresh, *quiet[1:]])
        await expect(page.locator("#badge")).to_have_text("LIVE")
        await expect(banner).to_be_hidden()


async def test_a_delayed_feed_says_by_how_much(engine: FakeEngine, tabs: Tabs) -> None:
    late = [row._replace(timestamp=row.timestamp - QUARTER) for row in make_rows() if row.ticks]
    engine.change(rows=tuple(late))
    page = await tabs.open(engine.url)
    async with telling(engine):
        await expect(page.locator("#badge")).to_have_text("DELAYED 15 min")
        await expect(page.locator("#banner")).to_contain_text(
            "ticks come 15 min late, or the engine's clock is wrong"
        )
        await expect(page.locator("body")).not_to_have_class(re.compile("stale"))
        engine.change(link=dataclasses.replace(engine.current.link, host="delayed.massive.com"))
        await expect(page.locator("#banner")).to_be_hidden()
        await expect(page.locator("#badge")).to_have_text("DELAYED 15 min")


async def test_a_lost_feed_is_no_longer_live_anywhere(engine: FakeEngine, tabs: Tabs) -> None:
    page = await tabs.open(engine.url)
    badge = page.locator("#badge")
    async with telling(engine):
        await expect(badge).to_have_text("LIVE")
        engine.change(link=LinkView(LinkPhase.RETRYING, engine.now, losses=1))
        await expect(badge).to_have_text("RECONNECTING")
        await expect(tile(page, "AAPL").locator(".age")).to_have_text("STALE")
        engine.change(link=LinkView(LinkPhase.RETRYING, engine.now, Feed.SIMULATED, losses=1))
        await expect(badge).to_have_text("SIMULATED RECONNECTING")
        engine.change(link=LinkView(LinkPhase.REFUSED, engine.now))
        await expect(badge).to_have_text("REFUSED")
    await engine.stop()
    await expect(badge).to_have_text("NO CONNECTION")
    await expect(badge).to_have_attribute("data-state", "error")


HIDDEN = """
    Object.defineProperty(document, "hidden", { get: () => window.concealed ?? false });
    const draw = window.requestAnimationFrame;
    window.requestAnimationFrame = (frame) => (document.hidden ? 1 : draw(frame));
"""
"""Lets a test conceal the page, which is not drawn then."""


async def test_the_title_of_a_tab_in_the_background_is_true(engine: FakeEngine, tabs: Tabs) -> None:
    page = await tabs.open(engine.url, script=HIDDEN)
    async with telling(engine):
        await expect(page).to_have_title("LIVE · tickterm")
        await page.evaluate("window.concealed = true")
        engine.change(link=LinkView(LinkPhase.RETRYING, engine.now, losses=1))
        await expect(page).to_have_title("RECONNECTING · tickterm")
        alert = FiredAlert(1, WALL_MS + 60_000, 1, "MSFT", AlertKind.ABOVE, "MSFT above", 400.0)
        await engine.say(Alerts(None, [alert]))
        await expect(page).to_have_title("(1) RECONNECTING · tickterm")
    await page.evaluate("setInterval = () => {}; for (let i = 0; i < 99; i += 1) clearInterval(i)")
    await engine.stop()
    await expect(page).to_have_title("(1) NO CONNECTION · tickterm")


OPENINGS = ["[]", '{"pre":1}', '{"pre":"1","regular":2}', "7", '{"pre":1,"regular":1e300}']


@pytest.mark.parametrize("opening", OPENINGS)
async def test_an_opening_that_is_none_is_ignored(
    engine: FakeEngine, tabs: Tabs, opening: str
) -> None:
    page = await tabs.open(engine.url)
    await until(lambda: engine.viewers)
    await expect(page).to_have_title("LIVE · tickterm")
    status = {**status_json(engine.current), "opening": json.loads(opening)}
    await engine.say(json.dumps(status))
    await expect(page.locator("#statistics")).to_contain_text("ignored 1")
    tabs.faults.clear()  # it said in the console that it ignored it


# -- an empty board -------------------------------------------------------------------------------


async def test_an_empty_board_says_why(tabs: Tabs) -> None:
    async with FakeEngine(make_snapshot(rows=())).running() as engine:
        engine.change(link=LinkView(), universe=UniverseView())
        page = await tabs.open(engine.url)
        empty = page.locator("#empty")
        async with telling(engine):
            await expect(empty).to_have_text("waiting for the universe")
            engine.change(universe=UniverseView("gone", 0, "there is no gone"))
            await expect(empty).to_have_text("no symbols: there is no universe")
            await expect(page.locator("#badge")).to_have_text("NO UNIVERSE")
            engine.change(link=LinkView(LinkPhase.UP, engine.now), universe=UniverseView("mine"))
            await expect(empty).to_have_text("no symbols yet")
            await page.locator("#filter").fill("AAPL")
            await expect(empty).to_have_text("no symbols yet")
            await engine.show([make_row("MSFT", 400.0)])
            await expect(empty).to_have_text("no symbol contains “AAPL”")
            await page.locator("#filter").fill("")
            await expect(empty).to_be_empty()
            assert await symbols(page, "MSFT") == ["MSFT"]


async def test_a_page_without_an_engine_waits_for_it(engine: FakeEngine, tabs: Tabs) -> None:
    engine.mute = True
    page = await tabs.open(engine.url)
    await expect(page.locator("#empty")).to_have_text("waiting for the engine")


async def test_an_empty_group_says_so(engine: FakeEngine, tabs: Tabs) -> None:
    page = await tabs.open(f"{engine.url}#group=2")
    await symbols(page, "AAPL")
    async with telling(engine):
        await engine.say(Groups([Group(2, "new", (), own=True), Group(3, "else", ("ZZZ",))]))
        await expect(page.locator("#empty")).to_have_text("this list is empty")
        await page.keyboard.press("3")
        words = "none of the symbols of this list is watched"
        await expect(page.locator("#empty")).to_have_text(words)


# -- where it is seen -----------------------------------------------------------------------------


@pytest.mark.parametrize("width", [320, 360, 768, 1280, 1920])
async def test_nothing_sticks_out_with_the_longest_words(
    engine: FakeEngine, tabs: Tabs, width: int
) -> None:
    engine.change(link=LinkView(LinkPhase.RETRYING, engine.now, Feed.SIMULATED))
    page = await tabs.open(f"{engine.url}#open=events alerts log", width, 900)
    async with telling(engine):
        await engine.say(Groups([Group(2, "a name of so very many letters", ("AAPL",))]))
        await expect(page.locator("#group")).to_be_visible()
        await expect(page.locator("#badge")).to_have_text("SIMULATED RECONNECTING")
        assert await page.evaluate(STICKING_OUT) == []


@pytest.mark.parametrize("scheme", ["dark", "light"])
@pytest.mark.parametrize("phase", [LinkPhase.UP, LinkPhase.CONNECTING, LinkPhase.REFUSED])
async def test_every_badge_is_readable(
    engine: FakeEngine, tabs: Tabs, scheme: str, phase: LinkPhase
) -> None:
    quiet = [row._replace(updated=row.updated - 100) for row in make_rows()]
    link = LinkView(phase, engine.now)
    engine.change(rows=tuple(quiet), wall_ms=SATURDAY, counts=TickCounts(), link=link)
    page = await tabs.open(engine.url, color_scheme=scheme)
    async with telling(engine):
        await expect(page.locator("#banner")).to_be_visible()
        assert await page.evaluate(CONTRASTS) == []
