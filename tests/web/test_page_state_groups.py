"""Groups on the page: one of them instead of all that is watched."""

from __future__ import annotations

import json
import re

import pytest
from playwright.async_api import expect

from tests.ui.fake_engine import HOSTILE, make_row, make_snapshot
from tests.web.fake_engine import FakeEngine
from tests.web.page_state import telling
from tests.web.tabs import Tabs
from tests.web.tiles import drawn, symbols
from tickterm.market.contract import Groups, Watched
from tickterm.market.groups import Group
from tickterm.market.snapshot import UniverseView
from tickterm.market.text import clean

pytestmark = pytest.mark.asyncio(loop_scope="session")

TECH = Group(2, "tech", ("NVDA", "ZZZZ", "AAPL"), own=True)
ALL = "1 stock_etf_test:combo_test"
FUNDS = Group(7, "etf:funds", ("SPY", "QQQ"))
CUT = "(e) => e.scrollWidth - e.clientWidth"
MIDDLE = "(e) => { const { top, height } = e.getBoundingClientRect(); return top + height / 2; }"


async def test_a_group_is_shown_in_its_own_order(engine: FakeEngine, tabs: Tabs) -> None:
    page = await tabs.open(engine.url)
    group = page.get_by_role("combobox", name="Group")
    async with telling(engine):
        await symbols(page, "AAPL")
        await expect(group).to_be_hidden()
        await engine.say(Groups([TECH, FUNDS]))
        await expect(group.locator("option")).to_have_text([ALL, "2 tech", "7 etf:funds"])
        await group.select_option("2")
        assert await symbols(page, "NVDA") == ["NVDA", "AAPL"]
        await expect(page.locator("#universe-size")).to_have_text("2, 1 not watched")
        await expect(page).to_have_url(re.compile("#group=2$"))
        await page.locator("#filter").fill("aa")
        assert await symbols(page, "AAPL") == ["AAPL"]


async def test_digits_choose_a_group(engine: FakeEngine, tabs: Tabs) -> None:
    page = await tabs.open(engine.url)
    async with telling(engine):
        await symbols(page, "AAPL")
        await engine.say(Groups([TECH, FUNDS]))
        await expect(page.locator("#group")).to_be_visible()
        await page.keyboard.press("7")
        assert await symbols(page, "SPY") == ["SPY", "QQQ"]
        await expect(page.locator("#group")).to_have_value("7")
        await page.keyboard.press("3")
        assert await symbols(page, "SPY") == ["SPY", "QQQ"]
        await page.keyboard.press("1")
        assert len(await symbols(page, "AAPL")) == 70
        await expect(page.locator("#universe-size")).to_have_text("70 symbols")


async def test_a_group_of_the_address_waits_until_it_is_there(
    engine: FakeEngine, tabs: Tabs
) -> None:
    page = await tabs.open(f"{engine.url}#group=7")
    async with telling(engine):
        assert len(await symbols(page, "AAPL")) == 70
        await engine.say(Groups([TECH, FUNDS]))
        assert await symbols(page, "SPY") == ["SPY", "QQQ"]
        await engine.say(Groups([TECH]))
        assert len(await symbols(page, "AAPL")) == 70
        await expect(page.locator("#group")).to_have_value("1")
        await engine.say(Groups([FUNDS]))
        assert await symbols(page, "SPY") == ["SPY", "QQQ"]
        await engine.say(Watched(["QQQ", "ARM"]))
        assert await symbols(page, "QQQ") == ["QQQ"]
        await engine.say(Groups([]))
        await expect(page.locator("#group")).to_be_hidden()
        await expect(page.locator(".tile:not([hidden]) .symbol")).to_have_text(["QQQ", "ARM"])


async def test_what_is_watched_is_called_by_its_name(engine: FakeEngine, tabs: Tabs) -> None:
    page = await tabs.open(engine.url)
    first = page.locator("#group option").first
    async with telling(engine):
        await engine.say(Groups([TECH]))
        await expect(first).to_have_text(ALL)
        await page.keyboard.press("2")
        await expect(page.locator("#group")).to_have_value("2")
        engine.change(universe=UniverseView(HOSTILE, 70))
        await expect(first).to_have_text(f"1 {clean(HOSTILE, 40)}")
        await expect(page.locator("#group")).to_have_value("2")


async def test_a_board_stays_where_it_is_when_groups_change(tabs: Tabs) -> None:
    rows = tuple(make_row(f"S{i:03}", 10.0 + i) for i in range(400))
    names = tuple(row.symbol for row in rows)
    async with FakeEngine(make_snapshot(rows=rows)).running() as engine:
        page = await tabs.open(f"{engine.url}#group=2")
        options, size = page.locator("#group option"), page.locator("#universe-size")
        async with telling(engine):
            await engine.say(Groups([Group(2, "mine", names[::-1])]))
            await symbols(page, "S399")
            await page.evaluate("board.scrollTop = 900")
            await engine.say(Groups([Group(2, "mine", names[::-1]), FUNDS]))
            await expect(options).to_have_count(3)
            await engine.say(Groups([Group(2, "mine", (*names[::-1], "NEW"))]))
            await expect(size).to_have_text("400, 1 not watched")
            await drawn(page)
            assert await page.evaluate("board.scrollTop") == 900
            await page.keyboard.press("1")
            await symbols(page, "S000")
            assert await page.evaluate("board.scrollTop") == 0


async def test_groups_of_another_engine_are_gone(engine: FakeEngine, tabs: Tabs) -> None:
    page = await tabs.open(f"{engine.url}#group=7")
    async with telling(engine):
        await engine.say(Groups([TECH, FUNDS]))
        assert await symbols(page, "SPY") == ["SPY", "QQQ"]
    await engine.stop()
    await expect(page.locator("#banner")).to_contain_text("NO CONNECTION")
    assert await symbols(page, "SPY") == ["SPY", "QQQ"]
    engine.epoch = "second"
    await engine.start()
    async with telling(engine):
        assert len(await symbols(page, "AAPL")) == 70
        await expect(page.locator("#group")).to_be_hidden()
        await engine.say(Groups([FUNDS]))
        assert await symbols(page, "SPY") == ["SPY", "QQQ"]


@pytest.mark.parametrize("width", [320, 800, 1000, 1210, 1280])
async def test_a_group_can_be_chosen_at_every_width(
    engine: FakeEngine, tabs: Tabs, width: int
) -> None:
    page = await tabs.open(engine.url, width, 700)
    async with telling(engine):
        missing = [f"Z{number}" for number in range(59)]
        await engine.say(Groups([Group(2, "of so very many letters", ("AAPL", *missing))]))
        await page.locator("#group").select_option("2")
        await expect(page.locator("#universe-size")).to_have_text("1, 59 not watched")
        await expect(page.locator("#group")).to_be_in_viewport(ratio=1)
        assert await page.locator("#universe-size").evaluate(CUT) == 0
        middles = [await page.locator(each).evaluate(MIDDLE) for each in ("#filter", "#density")]
        assert middles[0] == middles[1]


async def test_odd_keys_and_symbols_named_twice(engine: FakeEngine, tabs: Tabs) -> None:
    page = await tabs.open(f"{engine.url}#group=2")
    async with telling(engine):
        await symbols(page, "AAPL")
        groups = [
            {"key": 2, "name": "twice", "symbols": ["MSFT", "AAPL", "MSFT"]},
            {"key": 2.5, "name": "between", "symbols": []},
            {"key": -3, "name": "below", "symbols": []},
            {"key": 1, "name": "all", "symbols": []},
        ]
        await engine.say(json.dumps({"type": "groups", "groups": groups}))
        assert await symbols(page, "MSFT") == ["MSFT", "AAPL"]
        await expect(page.locator("#group option")).to_have_count(2)
        await expect(page.locator("#universe-size")).to_have_text("2")


async def test_hostile_groups_are_only_text(engine: FakeEngine, tabs: Tabs) -> None:
    page = await tabs.open(engine.url)
    async with telling(engine):
        await symbols(page, "AAPL")
        named = [Group(2, HOSTILE, ("AAPL",)), Group(3, "<b>x</b>", ("AAPL",)), Group(99, "no", ())]
        await engine.say(Groups(named))
        wanted = [ALL, f"2 {clean(HOSTILE, 40)}", "3 <b>x</b>"]
        await expect(page.locator("#group option")).to_have_count(3)
        assert await page.locator("#group option").all_text_contents() == wanted
        await engine.say('{"type":"groups","groups":[{"key":2}]}')
        await expect(page.locator("#statistics")).to_contain_text("ignored 1")
    tabs.faults.clear()  # it said in the console that it ignored one
