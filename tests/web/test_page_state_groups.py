"""Groups on the page: one of them instead of all that is watched."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import expect

from tests.ui.fake_engine import HOSTILE
from tests.web.fake_engine import FakeEngine
from tests.web.page_state import telling
from tests.web.tabs import Tabs
from tests.web.tiles import symbols
from tickterm.market.contract import Groups, Watched
from tickterm.market.groups import Group
from tickterm.market.text import clean

pytestmark = pytest.mark.asyncio(loop_scope="session")

TECH = Group(2, "tech", ("NVDA", "ZZZZ", "AAPL"), own=True)
FUNDS = Group(7, "etf:funds", ("SPY", "QQQ"))


async def test_a_group_is_shown_in_its_own_order(engine: FakeEngine, tabs: Tabs) -> None:
    page = await tabs.open(engine.url)
    group = page.get_by_role("combobox", name="Group")
    async with telling(engine):
        await symbols(page, "AAPL")
        await expect(group).to_be_hidden()
        await engine.say(Groups([TECH, FUNDS]))
        await expect(group.locator("option")).to_have_text(["1 all", "2 tech", "7 etf:funds"])
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


async def test_hostile_groups_are_only_text(engine: FakeEngine, tabs: Tabs) -> None:
    page = await tabs.open(engine.url)
    async with telling(engine):
        await symbols(page, "AAPL")
        named = [Group(2, HOSTILE, ("AAPL",)), Group(3, "<b>x</b>", ("AAPL",)), Group(99, "no", ())]
        await engine.say(Groups(named))
        wanted = ["1 all", f"2 {clean(HOSTILE, 40)}", "3 <b>x</b>"]
        await expect(page.locator("#group option")).to_have_count(3)
        assert await page.locator("#group option").all_text_contents() == wanted
        await engine.say('{"type":"groups","groups":[{"key":2}]}')
        await expect(page.locator("#statistics")).to_contain_text("ignored 1")
    tabs.faults.clear()  # it said in the console that it ignored one
