"""The viewer page in a real browser, over an engine that says what each test wants."""

from __future__ import annotations

import asyncio
import dataclasses
import itertools
import re
from typing import NamedTuple

import pytest
from playwright.async_api import CDPSession, Locator, expect

from tests.ui.fake_engine import HOSTILE, make_notices, make_row, make_rows, make_snapshot, tick
from tests.waiting import until
from tests.web.fake_engine import FakeEngine
from tests.web.looks import CONTRASTS, STICKING_OUT
from tests.web.market_events import make_events
from tests.web.page_state import telling
from tests.web.tabs import Tabs
from tests.web.tiles import symbols, texts, tile
from tickterm.market.contract import CloseCode, Goodbye, Groups, Log, LogLine, Rows, status_of
from tickterm.market.groups import Group
from tickterm.market.snapshot import Feed, LinkPhase, LinkView, RedisView, Row, UniverseView
from tickterm.ui.board.order import Sort, arrange
from tickterm.ui.draw import numbers

pytestmark = pytest.mark.asyncio(loop_scope="session")

MARKUP = '<img src=x onerror="alert(1)"><script>alert(2)</script>'


async def height(locator: Locator) -> float:
    """Return how high an element is, in CSS pixels."""
    result: float = await locator.evaluate("(element) => element.getBoundingClientRect().height")
    return result


# -- tiles ----------------------------------------------------------------------------------------


async def test_tiles_show_what_the_rows_say(engine: FakeEngine, tabs: Tabs) -> None:
    page = await tabs.open(engine.url)
    rows = make_rows()
    assert await symbols(page, rows[0].symbol) == [row.symbol for row in rows]
    assert await texts(page, "price") == [numbers.price(row.price, 11) for row in rows]
    seen = [row for row in rows if row.price is not None]
    changes = [numbers.change(row.change, row.price) for row in rows]
    assert await texts(page, "change") == ["waiting" if c == "—" else c for c in changes]
    assert [t for t in await texts(page, "percent") if t] == [
        numbers.percent(r.percent) for r in seen
    ]
    assert [t for t in await texts(page, "volume") if t] == [
        numbers.compact(r.volume) for r in seen
    ]
    guess = tile(page, rows[5].symbol).locator(".guess")
    await expect(guess).to_have_text("~")
    await expect(page).to_have_title("LIVE · tickterm")
    await expect(page.locator("#badge")).to_have_text("LIVE")
    await expect(page.locator("#universe-size")).to_have_text("70 symbols")
    await engine.show([*rows[:5], rows[5]._replace(reference=None), *rows[6:]])
    await expect(guess).to_have_text("")


FLASHES = """
    window.flashes = new Set();
    const note = (changes) => changes.forEach(({target}) =>
        target.dataset.flash && flashes.add(target.dataset.flash));
    new MutationObserver(note)
        .observe(document, {subtree: true, attributeFilter: ["data-flash"]});
"""
"""Keeps what is over before somebody outside has looked."""


async def test_a_tick_changes_its_tile_and_flashes(engine: FakeEngine, tabs: Tabs) -> None:
    page = await tabs.open(engine.url, script=FLASHES)
    msft = tile(page, "MSFT")
    await expect(msft.locator(".price")).to_have_text("468.13")
    before = await msft.locator("path").last.get_attribute("d")
    rows = list(engine.current.rows)
    rows[1] = tick(rows[1], -1.25, engine.now)
    await engine.show(rows)
    await expect(msft.locator(".price")).to_have_text("466.88")
    await expect(msft.locator(".arrow")).to_have_text("▼")
    await expect(msft).to_have_attribute("data-flash", "")
    assert "flash-down" in await page.evaluate("[...flashes]")
    assert await msft.locator("path").last.get_attribute("d") != before


@pytest.mark.parametrize("motion", ["reduce", "no-preference"])
async def test_whoever_wants_less_motion_sees_no_flash(
    engine: FakeEngine, tabs: Tabs, motion: str
) -> None:
    page = await tabs.open(engine.url, reduced_motion=motion)
    await symbols(page, "AAPL")
    colour = await tile(page, "MSFT").evaluate(
        """(tile) => {
            tile.dataset.flash = "flash-up";
            return getComputedStyle(tile.querySelector(".quote")).backgroundColor;
        }"""
    )
    assert (colour == "rgba(0, 0, 0, 0)") == (motion == "reduce")


async def test_quiet_symbols_fade(engine: FakeEngine, tabs: Tabs) -> None:
    page = await tabs.open(engine.url)
    for index, quiet in ((0, "0"), (9, "1"), (14, "2"), (21, "3"), (27, "4")):
        await expect(tile(page, engine.current.rows[index].symbol)).to_have_attribute(
            "data-quiet", quiet
        )


async def test_each_feed_has_its_badge(engine: FakeEngine, tabs: Tabs) -> None:
    page = await tabs.open(engine.url)
    for feed in Feed:
        await engine.report(link=dataclasses.replace(engine.current.link, feed=feed))
        await expect(page.locator("#badge")).to_have_text(feed.value)
    await expect(page.locator("#time")).to_have_text("2026-06-01 09:31:06 ET")


# -- steering -------------------------------------------------------------------------------------


async def test_the_filter_is_reached_and_left_by_keys(engine: FakeEngine, tabs: Tabs) -> None:
    page = await tabs.open(engine.url)
    await symbols(page, "AAPL")
    await page.keyboard.press("/")
    await page.keyboard.type("goog, brk")
    assert await symbols(page, "GOOGL") == ["GOOGL", "BRK.B", "BRK.A"]
    await page.locator("#filter").fill("<b>nothing")
    await expect(page.locator("#empty")).to_have_text("no symbol contains “<b>nothing”")
    await page.keyboard.press("Escape")
    assert len(await symbols(page, "AAPL")) == 70
    await expect(page.locator("#board")).to_be_focused()


async def test_tiles_are_sorted_by_keys_and_by_the_list(engine: FakeEngine, tabs: Tabs) -> None:
    page = await tabs.open(engine.url)
    rows = engine.current.rows
    await symbols(page, "AAPL")
    for sort in list(Sort)[1:3]:
        await page.keyboard.press("s")
        order = [rows[i].symbol for i in arrange(rows, sort)]
        await expect(page.locator(".tile:not([hidden]) .symbol")).to_have_text(order)
    await page.locator("#sort").select_option("volume")
    await page.locator("#board").focus()
    await page.keyboard.press("r")
    order = [rows[i].symbol for i in arrange(rows, Sort.VOLUME, reverse=True)]
    assert await symbols(page, order[0]) == order


async def test_the_log_opens_and_says_what_is_missing(engine: FakeEngine, tabs: Tabs) -> None:
    page = await tabs.open(engine.url)
    await symbols(page, "AAPL")
    log = page.locator("#log")
    await expect(log).to_be_hidden()
    await page.keyboard.press("l")
    await expect(log.locator("p")).to_have_count(12)
    await engine.say(Log([LogLine(*notice) for notice in make_notices(2, first=15)]))
    await expect(log.locator("p")).to_have_count(15)
    await expect(log).to_contain_text("… 2 lines not shown")
    await expect(log.locator("p").last).to_be_in_viewport()
    await expect(page.locator("#log-button")).to_have_attribute("aria-expanded", "true")


async def test_a_flood_of_log_lines_is_bounded(engine: FakeEngine, tabs: Tabs) -> None:
    page = await tabs.open(engine.url)
    await symbols(page, "AAPL")
    await engine.say(Log([LogLine(number, 0, 20, "x") for number in range(13, 5_013)]))
    await expect(page.locator("#log p")).to_have_count(500)


async def test_keys_scroll_the_board_from_the_start(engine: FakeEngine, tabs: Tabs) -> None:
    page = await tabs.open(engine.url, 360, 740)
    await symbols(page, "AAPL")
    await page.keyboard.press("End")
    await expect(tile(page, "ARKK")).to_be_in_viewport()
    await page.keyboard.press("Home")
    await expect(tile(page, "AAPL")).to_be_in_viewport()


async def test_tiles_grow_to_fill_the_board_but_not_beyond(engine: FakeEngine, tabs: Tabs) -> None:
    page = await tabs.open(engine.url, 1920, 1080)
    await symbols(page, "AAPL")
    first = page.locator(".tile").first
    normal = await height(first)
    await page.keyboard.press("d")
    await expect(page.locator("#board")).to_have_attribute("data-density", "fill")
    await expect(tile(page, "ARKK")).to_be_in_viewport()
    assert await height(first) > 1.2 * normal
    assert await page.evaluate("board.scrollHeight <= board.clientHeight")
    await page.keyboard.press("d")
    await expect(page.locator("#board")).to_have_attribute("data-density", "small")
    assert await height(first) < 0.8 * normal


# -- what is wrong --------------------------------------------------------------------------------


async def test_a_lost_link_greys_everything_and_says_why(engine: FakeEngine, tabs: Tabs) -> None:
    page = await tabs.open(engine.url)
    body, banner = page.locator("body"), page.locator("#banner")
    await expect(body).not_to_have_class(re.compile("stale"))
    await expect(banner).to_be_hidden()
    link = LinkView(LinkPhase.RETRYING, engine.now, reason="1008: too many", attempt=3, losses=1)
    await engine.report(link=dataclasses.replace(link, retry_at=engine.now + 8))
    await expect(banner).to_have_text(
        re.compile(r"RECONNECTING\s+1008: too many · attempt 3 · next try in [678] s")
    )
    await expect(body).to_have_class("stale")
    colours = {
        await tile(page, symbol).locator(".percent").evaluate("(e) => getComputedStyle(e).color")
        for symbol in ("AAPL", "BRK.B", "MSFT", "NVDA")
    }
    assert len(colours) == 1
    await engine.report(link=LinkView(LinkPhase.UP, engine.now))
    await expect(body).not_to_have_class(re.compile("stale"))
    await expect(banner).to_be_hidden()


async def test_after_a_gap_a_symbol_is_stale_until_its_next_tick(
    engine: FakeEngine, tabs: Tabs
) -> None:
    page = await tabs.open(engine.url)
    seconds = re.compile(r"^\ds$")
    first, second = engine.current.rows[:2]
    age = tile(page, first.symbol).locator(".age")
    await expect(age).to_have_text(seconds)
    await engine.report(link=LinkView(LinkPhase.RETRYING, engine.now, losses=1))
    await expect(age).to_have_text("STALE")
    await engine.report(link=LinkView(LinkPhase.UP, engine.now, losses=1))
    await expect(page.locator("body")).not_to_have_class(re.compile("stale"))
    await expect(age).to_have_text("STALE")
    await expect(tile(page, first.symbol)).to_have_attribute("data-quiet", "stale")
    await engine.show([tick(first, 1.0, engine.now)])
    await expect(age).to_have_text(seconds)
    await expect(tile(page, second.symbol).locator(".age")).to_have_text("STALE")


@pytest.mark.parametrize("width", [360, 768, 1280])
async def test_no_tile_moves_when_the_connection_is_lost(
    engine: FakeEngine, tabs: Tabs, width: int
) -> None:
    page = await tabs.open(engine.url, width, 800)
    await engine.report(link=dataclasses.replace(engine.current.link, feed=Feed.SIMULATED))
    await symbols(page, "AAPL")
    await expect(page.locator("#badge")).to_contain_text("SIMULATED")
    place = "document.querySelector('.tile').getBoundingClientRect().toJSON()"
    before = await page.evaluate(place)
    await engine.say(Goodbye("so long", 60.0))
    await expect(page.locator("#banner")).to_be_visible()
    assert await page.evaluate(place) == before


async def test_an_engine_that_vanishes_is_found_again(engine: FakeEngine, tabs: Tabs) -> None:
    page = await tabs.open(engine.url)
    await symbols(page, "AAPL")
    await engine.stop()
    banner = page.locator("#banner")
    await expect(banner).to_contain_text("NO CONNECTION")
    await expect(banner).to_contain_text(re.compile(r"next try in \d+ s"))
    await expect(page).to_have_title("NO CONNECTION · tickterm")
    await expect(page.locator("body")).to_have_class("stale")
    engine.epoch = "second"
    engine.change(rows=(make_row("NEW", 12.5, updated=engine.now),))
    await engine.start()
    assert await symbols(page, "NEW") == ["NEW"]
    await expect(page.locator("body")).not_to_have_class(re.compile("stale"))


async def test_a_goodbye_says_when_to_come_again(engine: FakeEngine, tabs: Tabs) -> None:
    page = await tabs.open(engine.url)
    await symbols(page, "AAPL")
    await engine.say(Goodbye("it is updated", 75.0))
    await expect(page.locator("#banner")).to_contain_text(
        re.compile(r"it is updated · attempt 1 · next try in 7\d s")
    )
    await page.locator("#try-now").click()
    await until(lambda: len(engine.hellos) == 2)
    await expect(page.locator("#banner")).to_be_hidden()


async def test_a_silent_connection_is_dialled_anew(engine: FakeEngine, tabs: Tabs) -> None:
    engine.heartbeat = 1.0
    page = await tabs.open(engine.url)
    await symbols(page, "AAPL")
    engine.mute = True
    await expect(page.locator("#banner")).to_contain_text("nothing came for 2 s")
    await until(lambda: len(engine.hellos) == 2)


async def test_an_engine_that_says_nothing_for_seconds_is_not_fresh(
    engine: FakeEngine, tabs: Tabs
) -> None:
    page = await tabs.open(engine.url)
    await symbols(page, "AAPL")
    await expect(page.locator("#banner")).to_contain_text("NO ANSWER")
    await expect(page.locator("body")).to_have_class("stale")


async def test_what_comes_late_is_not_fresh(engine: FakeEngine, tabs: Tabs) -> None:
    page = await tabs.open(engine.url)
    await symbols(page, "AAPL")
    await engine.say(Rows(1, engine.now - 8, []))
    await expect(page.locator("#banner")).to_contain_text("BEHIND")
    await expect(page.locator("body")).to_have_class("stale")
    await engine.say(Rows(1, engine.now, []))
    await expect(page.locator("#banner")).to_be_hidden()


async def test_an_engine_of_another_version_is_not_believed(engine: FakeEngine, tabs: Tabs) -> None:
    engine.version = 2
    page = await tabs.open(engine.url)
    await expect(page.locator("#banner")).to_contain_text("another version than this page: reload")
    assert await texts(page, "symbol") == []


async def test_redis_and_universe_troubles_are_said(engine: FakeEngine, tabs: Tabs) -> None:
    page = await tabs.open(engine.url)
    await engine.report(
        redis=RedisView(reason="Connection refused"),
        universe=UniverseView("gone", 0, "there is no gone"),
    )
    await expect(page.locator("#statistics")).to_contain_text("DOWN Connection refused")
    await expect(page.locator("#banner")).to_contain_text("there is no gone")
    await expect(page.locator("body")).not_to_have_class(re.compile("stale"))


async def test_only_the_state_is_announced_and_not_every_second(
    engine: FakeEngine, tabs: Tabs
) -> None:
    page = await tabs.open(engine.url)
    announced = page.locator("[role=status], [aria-live]")
    await expect(announced).to_have_count(1)
    await expect(announced).to_have_text("connected")
    await engine.say(Goodbye("so long", 60.0))
    await expect(announced).to_have_text("no connection: so long")


# -- token ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("kept", [False, True])
async def test_a_token_is_asked_for_and_kept_only_if_wanted(tabs: Tabs, kept: bool) -> None:
    async with FakeEngine(token="sesame").running() as engine:
        page = await tabs.open(engine.url)
        await expect(page.locator("#token-input")).to_be_focused()
        await page.keyboard.type("wrong")
        await page.keyboard.press("Enter")
        await expect(page.locator("#token-text")).to_contain_text("not accepted")
        assert await page.evaluate("sessionStorage.length") == 0
        await page.locator("#token-input").fill("sesame")
        await page.locator("#token-keep").set_checked(kept)
        await page.get_by_role("button", name="Connect").click()
        await symbols(page, "AAPL")
        await expect(page.locator("#token")).to_be_hidden()
        assert await page.locator("#token-input").input_value() == ""
        await page.reload()
        if kept:
            await symbols(page, "AAPL")
        await expect(page.locator("#token")).to_be_visible(visible=not kept)
        assert not any("sesame" in path or "?" in path for path in engine.requests)


async def test_a_token_in_memory_is_said_again(tabs: Tabs) -> None:
    async with FakeEngine(token="sesame").running() as engine:
        page = await tabs.open(engine.url)
        await page.locator("#token-input").fill("sesame")
        await page.keyboard.press("Enter")
        await symbols(page, "AAPL")
        await engine.close(CloseCode.GOING_AWAY)
        await until(lambda: len(engine.hellos) == 3)
        await expect(page.locator("#connection-word")).to_have_text("connected")


async def test_a_reload_keeps_how_one_looks(engine: FakeEngine, tabs: Tabs) -> None:
    page = await tabs.open(engine.url)
    await page.locator("#sort").select_option("symbol")
    await page.locator("#density").select_option("small")
    await page.locator("#reverse").click()
    await page.locator("#filter").fill("A")
    shown = await texts(page, "symbol")
    assert shown
    await expect(page).to_have_url(re.compile("filter=A"))
    await page.reload()
    await expect(page.locator("#connection-word")).to_have_text("connected")
    assert await symbols(page, shown[0]) == shown
    await expect(page.locator("#sort")).to_have_value("symbol")
    await expect(page.locator("#density")).to_have_value("small")
    await expect(page.locator("#filter")).to_have_value("A")


# -- hostile and broken ---------------------------------------------------------------------------


async def test_hostile_text_is_only_text(tabs: Tabs) -> None:
    evil = [MARKUP, HOSTILE, "x" * 10_000, "\u202eevil", "é\u0301" * 500, "__proto__"]
    rows = [make_row(symbol, 10.0 + i) for i, symbol in enumerate(evil)]
    snapshot = make_snapshot(rows=tuple(rows))
    async with FakeEngine(snapshot).running() as engine:
        page = await tabs.open(engine.url, 360, 740)
        await page.keyboard.press("l")
        elements = "document.querySelectorAll('body *:not(#log *, #statistics *, #tiles *)').length"
        await expect(page.locator(".tile .price").nth(5)).to_have_text("15.00")
        before = await page.evaluate(elements)
        await engine.report(
            universe=UniverseView(MARKUP * 50, 3, "x" * 10_000),
            link=LinkView(LinkPhase.RETRYING, reason=HOSTILE + MARKUP, host=MARKUP),
            redis=RedisView(reason=MARKUP * 40),
        )
        await engine.say(Log([LogLine(100 + i, 10**18, 40, text) for i, text in enumerate(evil)]))
        await expect(page.locator("#banner")).to_contain_text("<img")
        await expect(page.locator("#log p")).to_have_count(12 + 1 + len(evil))
        assert await page.evaluate(elements) == before
        assert await page.locator("img, script:not([src])").count() == 0
        assert await page.evaluate("document.documentElement.scrollWidth") <= 360
        heights = await page.locator(".tile:not([hidden])").evaluate_all(
            "(tiles) => tiles.map((tile) => tile.offsetHeight)"
        )
        assert len(set(heights)) == 1
        parts = await page.locator(".tile").evaluate_all(
            "(tiles) => tiles.map((tile) => tile.querySelectorAll('*').length)"
        )
        assert len(set(parts)) == 1
        assert "\u202e" not in await page.locator("body").inner_text()


BROKEN = (
    "",
    "no json",
    "null",
    "[]",
    "7",
    '{"type":"constructor"}',
    '{"type":"rows"}',
    '{"type":"rows","now":1,"rows":[null]}',
    '{"type":"rows","now":1e999,"rows":[]}',
    '{"type":"rows","now":1,"rows":[{"symbol":"AAPL"}]}',
    '{"type":"snapshot","part":"1","parts":1,"now":1,"rows":[]}',
    '{"type":"status","now":1}',
    '{"type":"log","lines":[{"number":1}]}',
    '{"type":"goodbye","reason":null,"retry_after":-1}',
    '{"type":"hello"}',
    "[" * 50_000,
)


async def test_what_is_no_message_is_counted_and_told_once(engine: FakeEngine, tabs: Tabs) -> None:
    page = await tabs.open(engine.url)
    await symbols(page, "AAPL")
    rows = list(engine.current.rows)
    for count, broken in enumerate(BROKEN, 1):
        await engine.say(broken)
        rows[0] = tick(rows[0], 1.0, engine.now)
        await engine.show(rows)
        await expect(tile(page, "AAPL").locator(".price")).to_have_text(f"{227.52 + count:.2f}")
    await expect(page.locator("#statistics")).to_contain_text(f"ignored {len(BROKEN)}")
    assert len(tabs.warnings) == 1


async def test_messages_of_newer_engines_are_harmless(engine: FakeEngine, tabs: Tabs) -> None:
    page = await tabs.open(engine.url)
    await symbols(page, "AAPL")
    await engine.say(
        '{"type":"event","name":"redis_up","time":1,"text":"x","gap":null,"more":1}',
        '{"type":"heartbeat","seq":1,"time":1}',
        '{"type":"filter","symbols":null}',
    )
    await engine.say(status_of(engine.current))
    await expect(page.locator("#statistics")).to_contain_text("UP")
    await expect(page.locator("#statistics")).not_to_contain_text("ignored")


# -- where it is seen -----------------------------------------------------------------------------


@pytest.mark.parametrize("width", [320, 360, 768, 1280, 3840])
async def test_nothing_sticks_out_at_any_width(engine: FakeEngine, tabs: Tabs, width: int) -> None:
    page = await tabs.open(engine.url, width, 900)
    await symbols(page, "AAPL")
    await expect(page.locator("#statistics")).to_contain_text("lag")
    assert await page.evaluate(STICKING_OUT) == []


CONTRASTS_OF_A_FLASH = f"""() => new Promise((tell) => {{
    const look = () => document.querySelector("[data-flash^=flash]")
        ? tell(({CONTRASTS})()) : requestAnimationFrame(look);
    look();
}})"""


async def flash(engine: FakeEngine) -> None:
    """Have nine tiles flash again and again, until cancelled."""
    rows = list(engine.current.rows)
    while True:
        for i in range(9):
            rows[i] = tick(rows[i], (-1) ** i, engine.now)
        await engine.show(rows)
        await asyncio.sleep(0.2)


@pytest.mark.parametrize("scheme", ["dark", "light"])
async def test_all_text_is_readable(engine: FakeEngine, tabs: Tabs, scheme: str) -> None:
    page = await tabs.open(engine.url, color_scheme=scheme)
    await symbols(page, "AAPL")
    await page.keyboard.press("l")
    async with asyncio.TaskGroup() as group:
        flashing = group.create_task(flash(engine))
        assert await page.evaluate(CONTRASTS_OF_A_FLASH) == []
        flashing.cancel()
    await engine.report(link=LinkView(LinkPhase.REFUSED, reason="no such key"))
    await expect(page.locator("#banner")).to_be_visible()
    assert await page.evaluate(CONTRASTS) == []
    await engine.say(Goodbye("so long", 60.0))
    await expect(page.locator("#try-now")).to_be_visible()
    assert await page.evaluate(CONTRASTS) == []


@pytest.mark.parametrize("width", [360, 1280, 1920])
async def test_every_choice_has_a_name(engine: FakeEngine, tabs: Tabs, width: int) -> None:
    page = await tabs.open(f"{engine.url}#open=events", width)
    async with telling(engine):
        await engine.say(Groups([Group(2, "mine", ("AAPL",))]))
        for name in ("Group", "Sort", "Tiles", "Confidence"):
            await expect(page.get_by_role("combobox", name=name)).to_be_visible()


async def test_tiles_are_a_list_for_those_who_do_not_see_it(engine: FakeEngine, tabs: Tabs) -> None:
    page = await tabs.open(engine.url)
    await symbols(page, "AAPL")
    items = page.get_by_role("list", name="Symbols").get_by_role("listitem")
    await expect(items).to_have_count(70)
    await expect(items.nth(1)).to_have_attribute("aria-posinset", "2")
    await expect(items.nth(1)).to_have_attribute("aria-setsize", "70")
    await expect(page.get_by_role("searchbox", name="Filter symbols")).to_be_visible()


async def test_focus_can_be_seen_on_its_way_through_the_page(
    engine: FakeEngine, tabs: Tabs
) -> None:
    page = await tabs.open(engine.url)
    await symbols(page, "AAPL")
    seen = []
    for _ in range(8):
        await page.keyboard.press("Tab")
        seen.append(
            await page.evaluate(
                "[document.activeElement.id, getComputedStyle(document.activeElement).outlineStyle]"
            )
        )
    buttons = ["events-button", "alerts-button", "log-button"]
    names = ["filter", "sort", "reverse", "density", *buttons, "board"]
    assert seen == [[name, "solid"] for name in names]


async def test_the_page_lives_behind_a_proxys_path(tabs: Tabs) -> None:
    async with FakeEngine(prefix="/feeds/one/").running() as engine:
        page = await tabs.open(engine.url)
        await symbols(page, "AAPL")
        assert all(path.startswith("/feeds/one/") for path in engine.requests)


# -- much -----------------------------------------------------------------------------------------


async def test_a_page_that_is_not_drawn_piles_up_nothing(engine: FakeEngine, tabs: Tabs) -> None:
    hidden = """
        window.frames_asked = [];
        window.drawn = window.requestAnimationFrame;
        window.requestAnimationFrame = (draw) => frames_asked.push(draw);
    """
    page = await tabs.open(engine.url, script=hidden)
    await until(lambda: engine.viewers)
    rows: list[Row] = list(engine.current.rows)
    for _ in range(50):
        rows[0] = tick(rows[0], 1.0, engine.now)
        await engine.show(rows)
    await engine.say(Log([LogLine(13, 0, 20, "the last")]))
    await expect(page.locator("#log")).to_contain_text("the last")
    assert await page.evaluate("frames_asked.length") == 1
    await page.evaluate("frames_asked.pop()()")
    await expect(tile(page, "AAPL").locator(".price")).to_have_text("277.52")


@pytest.mark.slow
async def test_twelve_thousand_symbols_scroll(tabs: Tabs) -> None:
    rows = tuple(make_row(f"S{i:05}", 10.0 + i) for i in range(12_000))
    async with FakeEngine(make_snapshot(rows=rows)).running() as engine:
        page = await tabs.open(engine.url)
        await symbols(page, "S00000")
        await expect(page.locator("#universe-size")).to_have_text("12,000 symbols")
        assert await page.locator(".tile").count() < 200
        for index, place in ((11_999, "scrollHeight"), (5_250, "scrollHeight / 16 * 7"), (0, "0")):
            await page.evaluate(
                f"board.scrollTop = board.{place}" if place != "0" else "board.scrollTop = 0"
            )
            await expect(tile(page, rows[index].symbol)).to_be_in_viewport()
            await expect(tile(page, rows[index].symbol).locator(".price")).to_have_text(
                numbers.price(rows[index].price)
            )
        changed = [tick(row, 0.5, engine.now) for row in rows[:1_000]]
        await engine.show([*changed, *rows[1_000:]])
        await expect(tile(page, "S00003").locator(".price")).to_have_text("13.50")


GAPS = """(ms) => new Promise((resolve) => {
    const gaps = [], end = performance.now() + ms;
    let last = performance.now();
    const frame = () => {
        const now = performance.now();
        gaps.push(now - last);
        last = now;
        if (now < end) requestAnimationFrame(frame);
        else resolve(gaps.slice(1).sort((a, b) => a - b));
    };
    requestAnimationFrame(frame);
})"""


async def stream(engine: FakeEngine, moments: list[list[Row]], events: int) -> None:
    """Say that all rows have changed and `events` came, ten times a second, until cancelled."""
    next_at = engine.now
    for number, moment in enumerate(itertools.cycle(moments), 1):
        now = engine.now
        await engine.show([row._replace(updated=now, ticks=1_200 + number) for row in moment])
        await engine.say(status_of(engine.current))
        if events:
            await engine.find(*make_events(events, first=number * events))
        next_at += 0.1
        await asyncio.sleep(max(0.0, next_at - engine.now))


@pytest.mark.slow
@pytest.mark.parametrize("events", [0, 5])
async def test_five_hundred_symbols_that_change_ten_times_a_second_do_not_jank(
    tabs: Tabs, capsys: pytest.CaptureFixture[str], events: int
) -> None:
    """Frames come late where others use the processor, so the page's own share of it is judged.

    Below half of one core it misses no frame by itself.
    """
    moments = [[make_row(f"S{i:03}", 10.0 + i) for i in range(500)]]
    for step in range(9):
        moments.append([tick(row, (-1) ** (step + i) * 0.01) for i, row in enumerate(moments[-1])])
    async with FakeEngine(make_snapshot(rows=tuple(moments[0]))).running() as engine:
        page = await tabs.open(engine.url)
        await symbols(page, "S000")
        await page.keyboard.press("e")
        devtools = await page.context.new_cdp_session(page)
        await devtools.send("Performance.enable", {"timeDomain": "threadTicks"})
        async with asyncio.TaskGroup() as group:
            streaming = group.create_task(stream(engine, moments, events))
            before = await busy_seconds(devtools)
            gaps = await page.evaluate(GAPS, 2_500)
            after = await busy_seconds(devtools)
            share = (after.busy - before.busy) / (after.at - before.at)
            streaming.cancel()
        p50, p95 = gaps[len(gaps) // 2], gaps[len(gaps) * 95 // 100]
        with capsys.disabled():
            print(
                f"\n500 symbols and {events} events at 10 Hz: frame gap p50 {p50:.1f} ms, "
                f"p95 {p95:.1f} ms, max {gaps[-1]:.1f} ms; the page's thread is busy {share:.0%}"
            )
        assert await tile(page, "S000").get_attribute("data-quiet") == "0"
        assert share < 0.5


class Busy(NamedTuple):
    """Seconds."""

    busy: float
    """Processor time that the page's main thread has taken."""
    at: float
    """When that was so: on a busy machine the answer comes late."""


async def busy_seconds(devtools: CDPSession) -> Busy:
    """Return how busy the page has been."""
    answer = await devtools.send("Performance.getMetrics")
    metrics = {metric["name"]: float(metric["value"]) for metric in answer["metrics"]}
    return Busy(metrics["TaskDuration"], metrics["Timestamp"])
