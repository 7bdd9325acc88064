"""Browser tabs that write down every fault: errors, violations, dialogs, foreign requests."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from playwright.async_api import Browser, BrowserContext, ConsoleMessage, Dialog, Page

__all__ = ["Tabs"]

WATCH_POLICY = """
document.addEventListener("securitypolicyviolation",
    (event) => console.error("policy violated", event.violatedDirective, event.blockedURI));
"""
EXPECTED = (
    "WebSocket connection to",
    "Failed to load resource: net::ERR_CONNECTION_REFUSED",
    "Failed to load resource: net::ERR_CONNECTION_RESET",
)
"""What Chromium itself writes when an engine is not there, or ends while somebody comes."""


class Tabs:
    """Opens pages, each in a profile of its own."""

    def __init__(self, browser: Browser) -> None:
        self.faults: list[str] = []
        self.warnings: list[str] = []
        self._browser = browser
        self._contexts: list[BrowserContext] = []

    async def open(
        self, url: str, width: int = 1280, height: int = 800, script: str = "", **options: Any
    ) -> Page:
        """Open a page of so many CSS pixels; `script` runs before its own."""
        context = await self._browser.new_context(
            viewport={"width": width, "height": height}, **options
        )
        context.set_default_timeout(20_000)
        self._contexts.append(context)
        page = await context.new_page()
        self._watch(page, urlsplit(url).netloc)
        await page.add_init_script(WATCH_POLICY + script)
        await page.goto(url)
        return page

    async def close(self) -> None:
        """Close them all."""
        for context in self._contexts:
            await context.close()

    def _watch(self, page: Page, host: str) -> None:
        page.on("console", self._note)
        page.on("pageerror", lambda error: self.faults.append(f"exception: {error}"))
        page.on("dialog", self._dismiss)
        page.on("request", lambda request: self._check_host(request.url, host))
        page.on("websocket", lambda socket: self._check_host(socket.url, host))

    def _note(self, message: ConsoleMessage) -> None:
        if message.type == "error" and not message.text.startswith(EXPECTED):
            self.faults.append(message.text)
        elif message.type == "warning":
            self.warnings.append(message.text)

    async def _dismiss(self, dialog: Dialog) -> None:
        self.faults.append(f"dialog: {dialog.message}")
        await dialog.dismiss()

    def _check_host(self, url: str, host: str) -> None:
        if urlsplit(url).netloc != host:
            self.faults.append(f"request to {url}")
