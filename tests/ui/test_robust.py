"""Hostile text on every surface, and terminals of every size."""

from __future__ import annotations

import asyncio
import unicodedata

import pytest
from textual.events import Resize
from textual.geometry import Size

from tests.ui.driving import Driver, on_screen
from tests.ui.fake_engine import HOSTILE, FakeEngine, hostile_snapshot, make_chart
from tickterm.market.snapshot import LinkPhase
from tickterm.market.timeframe import Timeframe


def assert_harmless(driver: Driver) -> None:
    """No control character in any segment, no action behind any text from outside."""
    for strip in driver.strips():
        for segment in strip:
            controls = [c for c in segment.text if unicodedata.category(c) in {"Cc", "Cf"}]
            assert not controls, segment
            click = segment.style.meta.get("@click") if segment.style else None
            assert click is None, segment


@pytest.mark.parametrize("phase", list(LinkPhase), ids=lambda phase: phase.name)
async def test_hostile_text_does_no_harm(phase: LinkPhase) -> None:
    async with on_screen(FakeEngine(hostile_snapshot(phase)), size=(120, 40)) as driver:
        assert_harmless(driver)
        assert "[/red]" in driver.text()
        await driver.press("s", "S", "end", "home", "p", "slash", "x", "enter")
        assert_harmless(driver)
        await driver.press("e", "F", "x", "enter", "home", "enter")
        assert driver.app.dashboard.closely
        assert_harmless(driver)
        assert driver.app.is_running


@pytest.mark.parametrize("keys", [(), ("v",), ("enter",), ("i",), ("e", "tab"), ("F",)])
async def test_a_terminal_of_one_cell_is_survived(keys: tuple[str, ...]) -> None:
    async with on_screen() as driver:
        await driver.press(*keys)
        for size in ((1, 1), (2, 1), (1, 40), (80, 24)):
            await driver.pilot.resize_terminal(*size)
            await driver.look()
            assert len(driver.lines()) == size[1]
        assert driver.app.is_running


async def test_hostile_text_typed_or_pasted_stays_out() -> None:
    async with on_screen() as driver:
        for key in ("slash", "F"):
            await driver.press(key)
            driver.app.screen.query_one("Input").insert_text_at_cursor("\x1b]0;x\x07")  # type: ignore[attr-defined]  # it is an Input
            await driver.pilot.pause()
            assert_harmless(driver)
            await driver.press(*"[/red]", "enter")
            assert_harmless(driver)
            await driver.press("escape")


async def test_errors_of_the_engine_do_no_harm() -> None:
    async with on_screen(FakeEngine(error=RuntimeError(HOSTILE))) as driver:
        await driver.pilot.pause(0.05)
        await driver.look()
        assert "ENGINE STOPPED" in driver.text()
        assert_harmless(driver)


@pytest.mark.parametrize(
    "size", [(0, 0), (1, 1), (2, 1), (5, 3), (20, 5), (19, 8), (40, 12), (79, 23), (500, 200)]
)
async def test_any_size(size: tuple[int, int]) -> None:
    async with on_screen(FakeEngine(hostile_snapshot(LinkPhase.UP)), size=size) as driver:
        await driver.press(
            "down", "end", "s", "p", "l", "l", "question_mark", "escape", "slash", "a"
        )
        await driver.press("escape", "F", "a", "enter", "e", "tab", "down", "enter", "]", "t")
        driver.engine.change(chart=make_chart(driver.app.dashboard.detail.symbol, Timeframe.M5))
        await driver.look()
        assert all(strip.cell_length <= size[0] for strip in driver.strips())
        await driver.press("escape", "e", "F", "escape")


async def test_a_hundred_resizes() -> None:
    async with on_screen() as driver:
        for step in range(100):
            width, height = step * 37 % 230, step * 17 % 61
            driver.app.post_message(Resize(Size(width, height), Size(width, height)))
            driver.app.look()
            await asyncio.sleep(0)
        await driver.pilot.resize_terminal(80, 24)
        await driver.look()
        assert driver.lines()[1].split()[0] == "▌AAPL"
        assert driver.lines()[16].startswith(" log ")


async def test_a_tiny_terminal_still_shows_a_tile() -> None:
    async with on_screen(size=(20, 5)) as driver:
        assert driver.lines()[1].split() == ["▌AAPL", "▼", "227.52"]


async def test_without_colours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    async with on_screen() as driver:
        for strip in driver.strips():
            for segment in strip:
                if segment.style is not None and segment.style.color is not None:
                    red, green, blue = segment.style.color.get_truecolor()
                    assert red == green == blue
