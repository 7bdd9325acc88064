"""The page in a real browser."""

from __future__ import annotations

import dataclasses
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page

from tests.browser import chromium
from tests.ports import free_port
from tests.serve.proxy import Proxy, proxying
from tests.serve.served import TOKEN, Served, options, serving
from tests.waiting import until
from tickterm.serve import screen

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    """A running Chromium; its pages know nothing of each other."""
    async with chromium() as running:
        yield running


@pytest_asyncio.fixture(loop_scope="module")
async def page(browser: Browser) -> AsyncIterator[Page]:
    """An empty page."""
    page = await browser.new_page()
    yield page
    await page.close()


@dataclass
class Witness:
    """What a page asked for and complained about."""

    hosts: set[str] = field(default_factory=set)
    complaints: list[str] = field(default_factory=list)

    def watch(self, page: Page) -> None:
        page.on("request", lambda request: self.hosts.add(urlsplit(request.url).netloc))
        page.on("websocket", lambda socket: self.hosts.add(urlsplit(socket.url).netloc))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("console", lambda line: self.complaints.append(f"{line.type}: {line.text}"))


async def see(page: Page) -> None:
    """Wait until the terminal is drawn and has the keyboard."""
    await page.wait_for_selector("body.-first-byte:not(.-over)")
    await page.wait_for_function("document.activeElement.tagName === 'TEXTAREA'")


async def typing_reaches_the_screen(page: Page, served: Served, text: str) -> None:
    (served.notes / "typed").unlink(missing_ok=True)
    await page.keyboard.type(text)
    await until(lambda: served.note("typed").endswith(text), 20)


async def words(page: Page, text: str) -> None:
    """Wait until the notice says this."""
    await page.locator("#words", has_text=text).wait_for()


async def test_a_terminal_that_types_and_reloads(page: Page, tmp_path: Path) -> None:
    witness = Witness()
    async with serving(options(tmp_path)) as served:
        witness.watch(page)
        await page.goto(served.url)
        await see(page)
        assert await page.title() == "tickterm"
        await typing_reaches_the_screen(page, served, "hello")
        await page.reload()
        await see(page)
        await typing_reaches_the_screen(page, served, "again")
        assert witness.hosts == {urlsplit(served.url).netloc}
        assert witness.complaints == []
        await page.close()
        await served.gone()


@pytest.mark.parametrize(
    ("cuts", "keeps_host", "slash"),
    [(True, True, ""), (True, False, ""), (False, False, ""), (False, True, "/")],
)
async def test_below_a_path_of_a_gateway(
    page: Page, tmp_path: Path, cuts: bool, keeps_host: bool, slash: str
) -> None:
    port = free_port()
    public = f"http://127.0.0.1:{port}/ticks"
    witness = Witness()
    async with (
        serving(options(tmp_path, token=TOKEN, public_urls=[public])) as served,
        proxying(Proxy(served.url, cuts=cuts, keeps_host=keeps_host), port),
    ):
        await page.goto(public + slash)
        await page.fill("#token", "wrong")
        await page.click("button")
        await page.get_by_text("That is not the token.").wait_for()
        await page.locator("#token:focus").wait_for()  # before: a click in the way of the autofocus
        await page.fill("#token", TOKEN)
        witness.watch(page)
        await page.click("button")
        await see(page)
        assert page.url == f"{public}/"
        await typing_reaches_the_screen(page, served, "hello")
        async with page.expect_download() as started:
            await page.keyboard.type("#")
        download = await started.value
        assert download.suggested_filename == "té st.csv"
        await download.save_as(tmp_path / "saved")
        assert served.note("saved") == "a,b\n1,2\n" * 20_000
        assert witness.hosts == {f"127.0.0.1:{port}"}
        assert witness.complaints == []


async def test_a_gateway_that_was_not_told_of_is_named(page: Page, tmp_path: Path) -> None:
    async with (
        serving(options(tmp_path)) as served,
        proxying(Proxy(served.url, cuts=True, keeps_host=False), free_port()) as gateway,
    ):
        await page.goto(f"{gateway}/ticks/")
        await words(page, "set TICKTERM_PUBLIC_URL to the URL you use")


async def test_the_end_is_told_and_a_button_starts_again(page: Page, tmp_path: Path) -> None:
    async with serving(options(tmp_path)) as served:
        await page.goto(served.url)
        await see(page)
        await page.keyboard.type("!")
        await words(page, "The session has ended.")
        await page.get_by_role("button", name="Start again").click()
        await see(page)
        await typing_reaches_the_screen(page, served, "hello")


async def test_a_screen_that_cannot_start_says_why(page: Page, tmp_path: Path) -> None:
    async with serving(options(tmp_path, "broken")) as served:
        await page.goto(served.url)
        await words(page, "The screen cannot start: no engine was found on port 8765")
        await page.get_by_role("button", name="Try again").wait_for()


async def test_a_full_server_says_so(page: Page, tmp_path: Path) -> None:
    async with serving(options(tmp_path, max_sessions=0)) as served:
        await page.goto(served.url)
        await page.get_by_text("All screens are in use, 0 at most").wait_for()


async def test_after_a_restart_the_page_is_back_by_itself(page: Page, tmp_path: Path) -> None:
    chosen = options(tmp_path)
    fixed = dataclasses.replace(chosen, access=dataclasses.replace(chosen.access, port=free_port()))
    async with serving(fixed) as served:
        await page.goto(served.url)
        await see(page)
    await words(page, "Next try in")
    async with serving(fixed) as served:
        await see(page)
        await typing_reaches_the_screen(page, served, "hello")


Scheme = Literal["dark", "light"]


@pytest.mark.parametrize("scheme", ["dark", "light"])
async def test_it_fits_every_window(
    browser: Browser, tmp_path: Path, scheme: Scheme, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(screen, "PATIENCE", 0.5)
    async with serving(options(tmp_path, "quiet")) as served:
        for width, height in ((360, 640), (768, 1024), (1280, 720), (1920, 1080)):
            page = await browser.new_page(
                viewport={"width": width, "height": height}, color_scheme=scheme
            )
            await page.goto(served.url)
            await see(page)
            cells = await page.evaluate(
                "() => { const r = document.querySelector('.xterm-screen').getBoundingClientRect();"
                " return [r.width, r.height] }"
            )
            root = "document.documentElement"
            overflow = await page.evaluate(f"[{root}.scrollWidth, {root}.scrollHeight]")
            assert overflow == [width, height]
            assert width - 20 < cells[0] <= width
            assert height - 40 < cells[1] <= height
            await page.screenshot(path=tmp_path / f"{scheme}-{width}.png")
            await page.close()
