"""The page follows the symbols that are added and removed while it is open."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

from tests.ui.fake_engine import make_row
from tests.web.fake_engine import FakeEngine
from tests.web.tabs import Tabs
from tests.web.tiles import symbols, texts, tile
from tickterm.market.contract import Groups, Rows, Watched
from tickterm.market.groups import Group
from tickterm.market.row_stream import change_of

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_tiles_come_and_go_with_what_is_watched(engine: FakeEngine, tabs: Tabs) -> None:
    page = await tabs.open(engine.url)
    await symbols(page, "AAPL")
    await engine.say(Groups([Group(2, "tech", ("NVDA",), own=True)]))
    await engine.say(Watched(["MSFT", "ARM", "NVDA"]))
    assert await symbols(page, "MSFT") == ["MSFT", "ARM", "NVDA"]
    await expect(tile(page, "MSFT").locator(".price")).to_have_text("468.13")
    await engine.say(Rows(1, engine.now, [change_of(None, make_row("ARM", 12.5))]))
    await expect(tile(page, "ARM").locator(".price")).to_have_text("12.50")
    await engine.say(Watched(["ARM", "AAPL"]))
    assert await symbols(page, "ARM") == ["ARM", "AAPL"]
    assert await texts(page, "price") != ["12.50", "227.52"], "what came back knows nothing yet"


async def test_what_is_no_list_of_symbols_is_ignored(engine: FakeEngine, tabs: Tabs) -> None:
    page = await tabs.open(engine.url)
    await symbols(page, "AAPL")
    await engine.say('{"type":"watched"}', '{"type":"watched","symbols":[1]}')
    await engine.say(Watched(["NVDA"]))
    assert await symbols(page, "NVDA") == ["NVDA"]
    tabs.faults.clear()  # it said in the console that it ignored them
