"""One Chromium for all tests of the page, and tabs that notice whatever goes wrong in them."""

from __future__ import annotations

import os
import shutil
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser, async_playwright

from tests.web.fake_engine import FakeEngine
from tests.web.tabs import Tabs

CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
SWITCHES = """
--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking
--disable-component-update --disable-sync
""".split()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    """A running Chromium; without one in CI a failure, elsewhere a skip."""
    if shutil.which(CHROMIUM) is None:
        assert not os.environ.get("CI"), f"CI needs Chromium at {CHROMIUM}"
        pytest.skip(f"no Chromium at {CHROMIUM}: set CHROMIUM to where it is")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=SWITCHES)
        yield browser
        await browser.close()


@pytest_asyncio.fixture(loop_scope="session")
async def tabs(browser: Browser) -> AsyncIterator[Tabs]:
    """Opens pages; fails if any of them reported a fault."""
    opened = Tabs(browser)
    yield opened
    await opened.close()
    assert opened.faults == []


@pytest_asyncio.fixture(loop_scope="session")
async def engine() -> AsyncIterator[FakeEngine]:
    """An engine with 70 symbols that says only what it is told."""
    async with FakeEngine().running() as engine:
        yield engine
