"""Calls of the page's functions with the test's arguments."""

from __future__ import annotations

from typing import Any

from playwright.async_api import Page

__all__ = ["called"]

CALL = """async ([module, name, inputs]) => {
    const functions = await import(`./${module}.js`);
    return inputs.map((args) => functions[name](...args));
}"""


async def called(page: Page, module: str, name: str, inputs: list[list[Any]]) -> list[Any]:
    """Return what a function of the page makes of each list of arguments."""
    result: list[Any] = await page.evaluate(CALL, [module, name, inputs])
    return result
