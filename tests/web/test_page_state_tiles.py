"""Names of symbols and the range of their day, on the page's tiles."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import expect

from tests.ui.fake_engine import HOSTILE, make_row, make_rows, make_snapshot, tick
from tests.web.fake_engine import FakeEngine
from tests.web.page_state import telling
from tests.web.tabs import Tabs
from tests.web.tiles import symbols, tile
from tickterm.market.contract import Rows
from tickterm.market.row_stream import change_of
from tickterm.market.snapshot import Row
from tickterm.market.text import clean

pytestmark = pytest.mark.asyncio(loop_scope="session")

DAY = {"name": "Apple Inc.", "high": 231.5, "low": 225.25, "vwap": 228.123}
PLACES = """[...document.querySelectorAll(".tile:not([hidden])")]
    .map((tile) => JSON.stringify(tile.getBoundingClientRect()))"""


def named_rows(count: int) -> tuple[Row, ...]:
    """Return rows with names."""
    return tuple(row._replace(name=f"{row.symbol} Corporation") for row in make_rows()[:count])


async def test_a_tile_tells_name_and_day(tabs: Tabs) -> None:
    rows = (make_row("AAPL", 227.5, **DAY), make_row("MSFT", 400.0))
    async with FakeEngine(make_snapshot(rows=rows)).running() as engine:
        page = await tabs.open(engine.url)
        apple = tile(page, "AAPL")
        await expect(apple.locator(".company")).to_be_visible()
        await expect(apple.locator(".company")).to_have_text("Apple Inc.")
        title = "Apple Inc.\nday 225.25 to 231.50 · VWAP 228.12"
        await expect(apple).to_have_attribute("title", title)
        await expect(tile(page, "MSFT")).not_to_have_attribute("title", re.compile("."))
        async with telling(engine):
            before = await page.evaluate(PLACES)
            higher = tick(rows[0], 5.0, engine.now)._replace(high=232.5, vwap=228.5)
            await engine.show([higher, rows[1]])
            title = "Apple Inc.\nday 225.25 to 232.50 · VWAP 228.50"
            await expect(apple).to_have_attribute("title", title)
            await expect(apple.locator(".company")).to_have_text("Apple Inc.")
            assert await page.evaluate(PLACES) == before
            await engine.show([higher._replace(vwap=None, ticks=9), rows[1]])
            await expect(apple).to_have_attribute("title", "Apple Inc.\nday 225.25 to 232.50")


async def test_names_have_a_line_only_where_all_tiles_have_room(tabs: Tabs) -> None:
    async with FakeEngine(make_snapshot(rows=named_rows(70))).running() as engine:
        page = await tabs.open(engine.url, 1920, 1080)
        name = tile(page, "MSFT").locator(".company")
        await expect(name).to_be_visible()
        await expect(tile(page, "ARKK")).to_be_in_viewport()
        await page.set_viewport_size({"width": 500, "height": 700})
        await expect(name).to_be_hidden()
        await page.set_viewport_size({"width": 1920, "height": 1080})
        await expect(name).to_be_visible()
        await page.locator("#density").select_option("small")
        await expect(name).to_be_hidden()


async def test_no_line_is_kept_for_names_that_nobody_knows(tabs: Tabs) -> None:
    async with FakeEngine(make_snapshot(rows=make_rows()[:4])).running() as engine:
        page = await tabs.open(engine.url)
        await symbols(page, "AAPL")
        await expect(page.locator("#board")).not_to_have_class("named")
        async with telling(engine):
            new = make_row("ARM", 12.5, name="Arm Holdings")
            await engine.say(Rows(1, engine.now, [change_of(None, new)]))
            await expect(tile(page, "ARM").locator(".company")).to_have_text("Arm Holdings")
            await expect(page.locator("#board")).to_have_class("named")


async def test_hostile_names_are_only_text(tabs: Tabs) -> None:
    names = (HOSTILE, "<b>x</b>", "w" * 5_000)
    rows = tuple(make_row(f"S{i}", 10.0, name=name) for i, name in enumerate(names))
    async with FakeEngine(make_snapshot(rows=rows)).running() as engine:
        page = await tabs.open(engine.url, 360, 740)
        for row in rows:
            cleaned = clean(row.name, 60)
            await expect(tile(page, row.symbol).locator(".company")).to_have_text(cleaned)
            await expect(tile(page, row.symbol)).to_have_attribute("title", cleaned)
