"""Help: the pane in use first, readable on the smallest terminal, and left by any usual key."""

from __future__ import annotations

from itertools import pairwise

import pytest
from textual.containers import Horizontal, VerticalScroll
from textual.screen import ModalScreen

from tests.ui.driving import Driver, on_screen, until
from tests.ui.fake_engine import FakeEngine, make_chart, make_events, make_snapshot
from tickterm.ui.dialogs import HelpScreen
from tickterm.ui.keymap import KeyBinding, all_bindings


def engine() -> FakeEngine:
    return FakeEngine(make_snapshot(chart=make_chart("AAPL"), patterns=make_events(200)))


def is_open(driver: Driver) -> bool:
    return isinstance(driver.app.screen, HelpScreen)


def is_modal(binding: KeyBinding) -> bool:
    return issubclass(binding.place, ModalScreen | Horizontal)


def titles(driver: Driver) -> list[str]:
    return [str(title.render()) for title in driver.app.screen.query(".help-title")]


@pytest.mark.parametrize(
    ("keys", "first"),
    [
        ((), "board"),
        (("enter",), "chart"),
        (("tab",), "log"),
        (("e", "tab"), "events"),
    ],
)
async def test_the_pane_in_use_comes_first(keys: tuple[str, ...], first: str) -> None:
    async with on_screen(engine(), size=(120, 30)) as driver:
        await driver.press(*keys, "question_mark")
        found = titles(driver)
        assert found[:2] == [first, "everywhere"]
        assert set(found) == {
            "board",
            "chart",
            "log",
            "events",
            "figures",
            "everywhere",
            "words on the screen",
        }


@pytest.mark.parametrize("key", ["escape", "q", "question_mark", "enter"])
async def test_it_closes(key: str) -> None:
    async with on_screen(engine()) as driver:
        await driver.press("question_mark")
        assert is_open(driver)
        await driver.press(key)
        assert not is_open(driver)
        assert driver.app.is_running


@pytest.mark.parametrize("width", [40, 60, 80, 200])
async def test_it_fits_and_is_read_to_its_end(width: int) -> None:
    async with on_screen(engine(), size=(width, 12)) as driver:
        box = await open_help(driver)
        seen: list[str] = []
        while not box.is_vertical_scroll_end:
            seen += driver.lines()
            await scroll(driver, "pagedown")
        seen += driver.lines()
        assert "board" in seen[1]
        assert "local" in driver.text()
        words = set(" ".join(seen).replace("│", " ").split())
        shown = (each for each in all_bindings() if each.keys and not is_modal(each))
        tips = " ".join(binding.tooltip for binding in shown)
        assert set(tips.split()) <= words
        assert all(len(line.rstrip()) <= width for line in seen)


BARS = str.maketrans("▁▂▃▄▅▆▇█", " " * 8)


async def open_help(driver: Driver) -> VerticalScroll:
    """Open the help, which has more lines than the terminal; return its box once that is known."""
    await driver.press("question_mark")
    box = driver.app.screen.query_one(VerticalScroll)
    await until(lambda: box.max_scroll_y > 0)
    await driver.settle()
    return box


async def scroll(driver: Driver, key: str) -> None:
    """Press a key that scrolls; the lines follow a little later than the scrollbar."""
    before = lines(driver)
    await driver.press(key)
    await until(lambda: lines(driver) != before)


def lines(driver: Driver) -> list[str]:
    """Return the lines of the box, and nothing of what goes on behind it or in its scrollbar."""
    box = driver.app.screen.query_one(VerticalScroll).content_region
    return [line[box.x : box.right].translate(BARS) for line in driver.lines()[box.y : box.bottom]]


async def test_keys_scroll_it() -> None:
    async with on_screen(engine(), size=(80, 24)) as driver:
        await open_help(driver)
        first, before = driver.lines(), lines(driver)
        places = [first]
        for key in ("j", "ctrl+d", "pagedown", "G"):
            await scroll(driver, key)
            places.append(driver.lines())
        assert all(one != other for one, other in pairwise(places))
        for key in ("k", "ctrl+u", "pageup"):
            await scroll(driver, key)
        assert driver.lines() != first
        await driver.press("g")
        await until(lambda: lines(driver) == before)
