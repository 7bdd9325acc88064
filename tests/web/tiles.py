"""How tests find tiles on the page's board."""

from __future__ import annotations

from playwright.async_api import Locator, Page, expect

__all__ = ["drawn", "symbols", "texts", "tile"]

TWO_FRAMES = "new Promise((go) => requestAnimationFrame(() => requestAnimationFrame(go)))"


def tile(page: Page, symbol: str) -> Locator:
    """Return the tile of a symbol."""
    return page.locator(".tile:not([hidden])").filter(has=page.get_by_text(symbol, exact=True))


async def texts(page: Page, part: str) -> list[str]:
    """Return the texts of a part of each tile in sight, in order."""
    return await page.locator(f".tile:not([hidden]) .{part}").all_text_contents()


async def drawn(page: Page) -> None:
    """Wait until the page has drawn what it knows by now."""
    await page.evaluate(TWO_FRAMES)


async def symbols(page: Page, first: str) -> list[str]:
    """Return the symbols on the board once `first` stands first."""
    await expect(page.locator(".tile .symbol").first).to_have_text(first)
    await drawn(page)
    return await texts(page, "symbol")
