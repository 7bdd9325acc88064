"""Alerts that fired, on the page: a line that stays until it is dismissed, and a list."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

from tests.ui.fake_engine import HOSTILE, WALL_MS
from tests.waiting import until
from tests.web.fake_engine import FakeEngine
from tests.web.looks import CONTRASTS, STICKING_OUT
from tests.web.market_events import make_candles
from tests.web.page_state import telling
from tests.web.tabs import Tabs
from tests.web.tiles import drawn, symbols
from tickterm.market.alerts import AlertKind, AlertRule, FiredAlert
from tickterm.market.contract import Alerts
from tickterm.market.text import clean

pytestmark = pytest.mark.asyncio(loop_scope="session")

MARKUP = "<img src=x onerror=alert(1)>"
TOP = "(line) => line.getBoundingClientRect().top"
PLACE = "document.querySelector('.tile').getBoundingClientRect().toJSON()"


def fired(number: int, text: str = "", *, symbol: str = "MSFT", after: int = 60_000) -> FiredAlert:
    """Return an alert, `after` ms behind the engine's first status."""
    text = text or f"{symbol} above 400.00: number {number}"
    return FiredAlert(number, WALL_MS + after, 1, symbol, AlertKind.ABOVE, text, 400.0)


async def test_an_alert_is_told_until_it_is_dismissed(engine: FakeEngine, tabs: Tabs) -> None:
    page = await tabs.open(engine.url)
    line, text = page.locator("#alert"), page.get_by_role("alert").filter(has_text="above")
    async with telling(engine):
        await symbols(page, "AAPL")
        await expect(page).to_have_title("LIVE · tickterm")
        await expect(line).to_be_hidden()
        await engine.say(Alerts([AlertRule("MSFT", AlertKind.ABOVE, 400.0, 1)], [fired(1)]))
        await expect(text).to_have_text("MSFT above 400.00: number 1")
        await expect(page).to_have_title("(1) LIVE · tickterm")
        await engine.say(Alerts(None, [fired(2), fired(3)]))
        await expect(text).to_have_text("MSFT above 400.00: number 3")
        await expect(page.locator("#alert-more")).to_have_text("and 2 more")
        await page.get_by_role("button", name="Dismiss").click()
        await expect(line).to_be_hidden()
        await expect(page.locator("#board")).to_be_focused()
        await expect(page).to_have_title("LIVE · tickterm")
        await expect(page.locator("#statistics")).not_to_contain_text("ignored")


async def test_what_fired_before_is_listed_but_no_news(engine: FakeEngine, tabs: Tabs) -> None:
    page = await tabs.open(f"{engine.url}#open=alerts")
    lines = page.locator("#alerts-list li .text")
    await expect(page.locator("#alerts-list")).to_be_visible()
    async with telling(engine):
        await expect(page).to_have_title("LIVE · tickterm")
        rules = [AlertRule("MSFT", AlertKind.ABOVE, 400.0, number) for number in (1, 2)]
        await engine.say(Alerts(rules, [fired(7, after=-1), fired(8, after=-1)]))
        await expect(lines).to_have_text([f"MSFT above 400.00: number {n}" for n in (8, 7)])
        await expect(page.locator("#alerts-count")).to_have_text("2 fired · 2 set")
        await expect(page.locator("#alert")).to_be_hidden()


async def test_the_newest_hundred_are_kept(engine: FakeEngine, tabs: Tabs) -> None:
    page = await tabs.open(engine.url)
    async with telling(engine):
        await symbols(page, "AAPL")
        await page.keyboard.press("a")
        await expect(page.locator("#alerts-button")).to_have_attribute("aria-expanded", "true")
        await engine.say(Alerts(None, [fired(number) for number in range(1, 61)]))
        await engine.say(Alerts(None, [fired(number) for number in range(61, 251)]))
        lines = page.get_by_role("listbox", name="Alerts that fired").get_by_role("option")
        await expect(lines).to_have_count(100)
        await expect(lines.first).to_contain_text("number 250")
        await expect(lines.last).to_contain_text("number 151")
        await expect(page.locator("#alerts-count")).to_have_text("100+ fired · 0 set")
        await expect(page.locator("#alert-more")).to_have_text("and 249 more")


async def test_who_has_scrolled_down_goes_on_reading(engine: FakeEngine, tabs: Tabs) -> None:
    page = await tabs.open(f"{engine.url}#open=alerts")
    async with telling(engine):
        await expect(page).to_have_title("LIVE · tickterm")
        await engine.say(Alerts(None, [fired(number) for number in range(1, 81)]))
        lines = page.locator("#alerts-list li")
        await expect(lines).to_have_count(80)
        read = lines.filter(has_text="number 50")
        await read.scroll_into_view_if_needed()
        await drawn(page)
        before = await read.evaluate(TOP)
        await engine.say(Alerts(None, [fired(81), fired(82, "long " * 39), fired(83)]))
        await expect(lines).to_have_count(83)
        assert abs(await read.evaluate(TOP) - before) < 1


async def test_an_alert_of_the_list_opens_the_chart(engine: FakeEngine, tabs: Tabs) -> None:
    engine.candles["NVDA"] = make_candles(30)
    page = await tabs.open(f"{engine.url}#open=alerts")
    async with telling(engine):
        await symbols(page, "AAPL")
        await engine.say(Alerts(None, [fired(1), fired(2, symbol="NVDA"), fired(3)]))
        await expect(page.locator("#alerts-list li")).to_have_count(3)
        await page.locator("#alerts-list").focus()
        for key in ("ArrowDown", "ArrowDown", "Enter"):
            await page.keyboard.press(key)
        await expect(page.locator("#chart-symbol")).to_have_text("NVDA")


async def test_what_fired_while_the_connection_was_lost_is_news(
    engine: FakeEngine, tabs: Tabs
) -> None:
    page = await tabs.open(engine.url)
    async with telling(engine):
        await symbols(page, "AAPL")
        await expect(page).to_have_title("LIVE · tickterm")
        await engine.say(Alerts(None, [fired(1)]))
        await expect(page).to_have_title("(1) LIVE · tickterm")
    await page.get_by_role("button", name="Dismiss").click()
    await engine.stop()
    await expect(page.locator("#banner")).to_contain_text("NO CONNECTION")
    await engine.start()
    await until(lambda: len(engine.hellos) == 2)
    async with telling(engine):
        await engine.say(Alerts([], [fired(1), fired(2)]))
        await expect(page.locator("#alert-text")).to_have_text("MSFT above 400.00: number 2")
        await expect(page.locator("#alert-more")).to_be_empty()
        await expect(page.locator("#alerts-list li")).to_have_count(2)


async def test_another_engines_alerts_are_its_past(engine: FakeEngine, tabs: Tabs) -> None:
    page = await tabs.open(f"{engine.url}#open=alerts")
    lines = page.locator("#alerts-list li")
    async with telling(engine):
        await expect(page).to_have_title("LIVE · tickterm")
        await engine.say(Alerts([], [fired(50)]))
        await expect(lines).to_have_count(1)
    await page.get_by_role("button", name="Dismiss").click()
    await engine.stop()
    await expect(page.locator("#banner")).to_contain_text("NO CONNECTION")
    engine.epoch = "second"
    await engine.start()
    await until(lambda: len(engine.hellos) == 2)
    async with telling(engine):
        await expect(lines).to_have_count(0)
        await engine.say(Alerts([], [fired(3), fired(4)]))
        await expect(lines).to_have_count(2)
        await expect(page.locator("#alert")).to_be_hidden()
        await engine.say(Alerts(None, [fired(5, after=61_000)]))
        await expect(page.locator("#alert-text")).to_have_text("MSFT above 400.00: number 5")


async def test_the_first_alert_of_another_engine_is_news(engine: FakeEngine, tabs: Tabs) -> None:
    page = await tabs.open(engine.url)
    async with telling(engine):
        await expect(page).to_have_title("LIVE · tickterm")
        await engine.say(Alerts([], [fired(50)]))
        await expect(page).to_have_title("(1) LIVE · tickterm")
        await engine.say(Alerts(None, [fired(1, after=61_000)]))
        await expect(page).to_have_title("(2) LIVE · tickterm")


async def test_hostile_alerts_are_only_text(engine: FakeEngine, tabs: Tabs) -> None:
    page = await tabs.open(f"{engine.url}#open=alerts")
    async with telling(engine):
        await expect(page).to_have_title("LIVE · tickterm")
        await engine.say(Alerts(None, [fired(1, MARKUP), fired(2, HOSTILE), fired(3, "x" * 9_999)]))
        texts = page.locator("#alerts-list li .text")
        await expect(texts).to_have_count(3)
        shown = await texts.all_text_contents()
        assert shown == ["x" * 199 + "…", clean(HOSTILE), MARKUP]
        await engine.say('{"type":"alerts","fired":[{"number":1}]}')
        await expect(page.locator("#statistics")).to_contain_text("ignored 1")
    assert await page.evaluate(STICKING_OUT) == []
    tabs.faults.clear()  # it said in the console that it ignored one


@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("scheme", ["dark", "light"])
async def test_an_alert_moves_no_tile_and_can_be_read(
    engine: FakeEngine, tabs: Tabs, width: int, scheme: str
) -> None:
    engine.change(rows=engine.current.rows[:24])
    page = await tabs.open(f"{engine.url}#tiles=fill", width, 560, color_scheme=scheme)
    async with telling(engine):
        await symbols(page, "AAPL")
        await expect(page).to_have_title("LIVE · tickterm")
        await drawn(page)
        before = await page.evaluate(PLACE)
        await engine.say(Alerts(None, [fired(1), fired(2, "MSFT " + "moved " * 20)]))
        await expect(page.locator("#alert")).to_be_visible()
        await drawn(page)
        assert await page.evaluate(PLACE) == before
        assert await page.evaluate(CONTRASTS) == []
        button = await page.get_by_role("button", name="Dismiss").bounding_box()
        assert button is not None
        assert button["x"] + button["width"] <= width
