"""One Chromium for all tests of the page, and tabs that notice whatever goes wrong in them."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from tests.browser import chromium
from tests.web.fake_engine import FakeEngine
from tests.web.tabs import Tabs

expect.set_options(timeout=15_000)  # milliseconds: others may keep the processors busy


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    """A running Chromium; without one in CI a failure, elsewhere a skip."""
    async with chromium() as running:
        yield running


@pytest_asyncio.fixture(loop_scope="session")
async def tabs(browser: Browser) -> AsyncIterator[Tabs]:
    """Opens pages; fails if any of them reported a fault."""
    opened = Tabs(browser)
    yield opened
    await opened.close()
    assert opened.faults == []


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def page(browser: Browser) -> AsyncIterator[Page]:
    """A page whose modules can be called."""
    async with FakeEngine().running() as engine:
        opened = Tabs(browser)
        yield await opened.open(engine.url)
        await opened.close()


@pytest_asyncio.fixture(loop_scope="session")
async def engine() -> AsyncIterator[FakeEngine]:
    """An engine with 70 symbols that says only what it is told."""
    async with FakeEngine().running() as engine:
        yield engine
