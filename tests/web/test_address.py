"""What the page's address keeps: how a person looks, bounded and only as text."""

from __future__ import annotations

import re
from urllib.parse import quote

import pytest
from playwright.async_api import Page, expect

from tests.ui.fake_engine import make_snapshot
from tests.waiting import until
from tests.web.fake_engine import FakeEngine
from tests.web.market_events import make_candles, make_events
from tests.web.tabs import Tabs
from tests.web.tiles import drawn, symbols, tile
from tickterm.market.contract import ChartOf
from tickterm.market.timeframe import Timeframe

pytestmark = pytest.mark.asyncio(loop_scope="session")

LINES = "#events-list li"


async def follow(page: Page, fragment: str) -> None:
    """Change the end of the page's address as a person does."""
    await page.evaluate("(fragment) => { location.hash = fragment; }", fragment)


async def test_a_reload_shows_the_same_events_and_chart(engine: FakeEngine, tabs: Tabs) -> None:
    engine.change(patterns=make_events(60))
    engine.candles["MSFT"] = make_candles(30)
    page = await tabs.open(engine.url)
    await symbols(page, "AAPL")
    await page.keyboard.press("e")
    await page.locator("#events-words").fill("bullish _star")
    await page.locator("#events-words").fill("Three_Black >=0.4")
    await page.locator("#events-confidence").select_option("0.5")
    shown = await page.locator(LINES).all_text_contents()
    await tile(page, "MSFT").click()
    await page.keyboard.press("t")
    await expect(page).to_have_url(re.compile("#open=events&events=.*&chart=MSFT&timeframe=5min$"))
    await page.reload()
    await expect(page.locator("#chart-symbol")).to_have_text("MSFT")
    await expect(page.locator("#timeframes :checked")).to_have_value("5min")
    await until(lambda: engine.heard[-1] == ChartOf("MSFT", Timeframe.M5))
    await expect(page.locator("#chart-empty")).to_be_empty()
    await expect(page.locator(LINES)).to_have_count(len(shown))
    assert 0 < len(shown) < 10
    assert await page.locator(LINES).all_text_contents() == shown
    await page.keyboard.press("Escape")
    await expect(page.locator("dialog[open]")).to_have_count(0)
    await page.keyboard.press("e")
    await expect(page).to_have_url(re.compile(r"#events=[^&]*&confidence=0\.5$"))


async def test_a_key_in_the_frame_in_which_the_chart_closes_is_heard(
    engine: FakeEngine, tabs: Tabs
) -> None:
    engine.candles["MSFT"] = make_candles(30)
    page = await tabs.open(f"{engine.url}#chart=MSFT")
    await expect(page.locator("#chart-symbol")).to_have_text("MSFT")
    await page.evaluate(
        """() => {
            document.getElementById("chart").close();
            const key = new KeyboardEvent("keydown", { key: "e", bubbles: true });
            document.activeElement.dispatchEvent(key);
        }"""
    )
    await expect(page.locator("#events")).to_be_visible()


async def test_an_address_that_changes_is_followed(engine: FakeEngine, tabs: Tabs) -> None:
    engine.change(patterns=make_events(60))
    page = await tabs.open(engine.url)
    await symbols(page, "AAPL")
    await follow(page, "open=events log&events=doji&chart=TSLA&timeframe=1s")
    await expect(page.locator("#chart-symbol")).to_have_text("TSLA")
    await expect(page.locator("#log")).to_be_visible()
    await expect(page.locator(LINES)).to_have_count(10)
    await until(lambda: engine.heard == [ChartOf("TSLA", Timeframe.S1)])
    await follow(page, "open=log")
    await expect(page.locator("#chart")).to_be_hidden()
    await expect(page.locator("#events")).to_be_hidden()
    await expect(page.locator("#log")).to_be_visible()
    await expect(page.locator("#events-words")).to_have_value("")


HOSTILE = (
    f"open=chart __proto__ banner&confidence=99&timeframe=2y&chart={'x' * 33}&more=1",
    f"events={quote('<img src=x onerror=alert(1)>' + chr(0x202E))}&open=events&chart={'y' * 9_000}",
    f"chart={quote('<b>' + chr(0x202E))}&timeframe=constructor&sort=__proto__",
    "chart=%F0%9F&events=%ff%00&open=events,log&sort=%zz",
    "&".join(f"n{number}=1" for number in range(3_000)),
)


@pytest.mark.parametrize("fragment", HOSTILE)
async def test_a_hostile_address_is_bounded_and_only_text(tabs: Tabs, fragment: str) -> None:
    async with FakeEngine(make_snapshot(patterns=make_events(5))).running() as engine:
        page = await tabs.open(f"{engine.url}#{fragment}", 360, 740)
        await symbols(page, "AAPL")
        await page.wait_for_function(
            "location.hash.length < 400 && !location.hash.includes('more')"
        )
        assert await page.locator("img").count() == 0
        assert "\u202e" not in await page.locator("body").inner_text()
        assert len(await page.locator("#events-words").input_value()) <= 80
        assert "\u202e" not in await page.locator("#events-words").input_value()
        await expect(page.locator("#events-confidence")).to_have_value("0")
        asked = [said for said in engine.heard if isinstance(said, ChartOf)]
        assert all(said.timeframe is Timeframe.M1 for said in asked)
        assert await page.evaluate("document.documentElement.scrollWidth") <= 360


async def test_a_key_held_down_does_not_wear_out_the_address(
    engine: FakeEngine, tabs: Tabs
) -> None:
    count = """const replace = history.replaceState.bind(history);
        window.written = 0;
        history.replaceState = (...all) => { window.written += 1; replace(...all); };"""
    page = await tabs.open(engine.url, script=count)
    await symbols(page, "AAPL")
    start = engine.now
    await tile(page, "AAPL").click()
    for _ in range(60):
        await page.keyboard.press("]")
    await drawn(page)
    last = await page.locator("#chart-symbol").text_content()
    await expect(page).to_have_url(re.compile(f"chart={last}$"))
    assert await page.evaluate("window.written") <= 3 + (engine.now - start) / 0.35


async def test_a_chart_does_not_cover_the_question_for_the_token(tabs: Tabs) -> None:
    async with FakeEngine(token="sesame").running() as engine:
        page = await tabs.open(f"{engine.url}#chart=AAPL&timeframe=1h")
        await page.locator("#token-input").fill("sesame")
        await page.keyboard.press("Enter")
        await until(lambda: engine.heard == [ChartOf("AAPL", Timeframe.H1)])
        await expect(page.locator("#chart-symbol")).to_have_text("AAPL")
