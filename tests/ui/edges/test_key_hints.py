"""The key hints: whole or absent, help and quit always there."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.ui.driving import Driver, on_screen, until
from tests.ui.fake_engine import FakeEngine, make_chart, make_events, make_snapshot
from tickterm.ui.app import TickTermApp
from tickterm.ui.commands.everything import COMMANDS
from tickterm.ui.draw.spans import line_width
from tickterm.ui.edges.key_hints import Hint, KeyHints, hint_line, place

KEYS = "? / s v f F A i 1-9 space ⏎ esc [ ] t T l e r q ^p".split()
WORDS = {
    *KEYS,
    *(command.label for command in COMMANDS if command.hint and command.keys),
    "palette",
}


def engine() -> FakeEngine:
    return FakeEngine(make_snapshot(chart=make_chart("AAPL"), patterns=make_events(200)))


def hints(driver: Driver) -> str:
    """Return the line as it is; it is made anew a little after something in it has changed."""
    return " ".join(driver.lines()[-1].replace("▏", " ").split())


def hint_words(driver: Driver) -> set[str]:
    """Return the words of the line."""
    return set(hints(driver).split())


@pytest.mark.parametrize("width", [20, 45, 76, 80, 100, 127])
async def test_they_are_whole_whatever_is_on_the_screen(width: int) -> None:
    async with on_screen(engine(), size=(width, 30)) as driver:
        for keys in ((), ("enter",), ("e",), ("tab",), ("escape",), ("tab",)):
            await driver.press(*keys)
            await until(lambda: {"?", "Help", "q", "Quit"} <= hint_words(driver))
            assert hint_words(driver) <= WORDS


async def test_at_80_cells_a_chart_and_its_events_still_show_how_to_leave() -> None:
    async with on_screen(engine()) as driver:
        await driver.press("enter", "e", "tab")
        assert driver.app.focused is driver.app.dashboard.panes.events.view
        wanted = "⏎ Chart ? Help / Find esc Board [ ] Symbol t T Time l Log e Events q Quit"
        await until(lambda: hint_words(driver) == set(wanted.split()))


async def test_they_follow_the_width() -> None:
    async with on_screen(engine(), size=(40, 24)) as driver:
        await until(lambda: hints(driver) == "? Help ⏎ Chart / Find v Table q Quit")
        await driver.pilot.resize_terminal(80, 24)
        wanted = "? Help ⏎ Chart / Find v Table s Sort e Events l Log F Filter q Quit ^p palette"
        await until(lambda: hints(driver) == wanted)
        await driver.pilot.resize_terminal(200, 24)
        of_charts = set("esc Board [ ] Symbol t T Time".split())
        await until(lambda: hint_words(driver) == WORDS - of_charts)
        await driver.pilot.resize_terminal(20, 24)
        await until(lambda: hints(driver) == "? Help q Quit")


@pytest.mark.parametrize("size", [(80, 24), (200, 50)])
async def test_the_line_is_never_empty_while_the_keys_change(
    size: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    async with on_screen(engine(), size=size) as driver:
        await until(lambda: "q Quit" in hints(driver))
        await driver.press("e")
        drawn: list[str] = []
        display = TickTermApp._display

        def record(app: TickTermApp, *arguments: Any) -> None:
            drawn.append(driver.lines()[-1].strip())
            display(app, *arguments)

        monkeypatch.setattr(TickTermApp, "_display", record)
        for keys in ("tab", "tab", "tab", "enter", "escape"):
            await driver.press(keys)
            await driver.look()
            drawn.append(driver.lines()[-1].strip())
        assert drawn
        assert all("? Help" in line and "q Quit" in line for line in drawn)


async def test_no_widget_is_made_when_the_keys_change() -> None:
    async with on_screen(engine()) as driver:
        before = list(driver.app.screen.walk_children())
        await driver.press("tab", "enter", "escape")
        assert list(driver.app.screen.walk_children()) == before


async def test_a_click_does_what_the_key_does() -> None:
    async with on_screen(engine()) as driver:
        await until(lambda: "v Table" in hints(driver))
        x = driver.lines()[-1].index("v Table")
        await driver.pilot.click(KeyHints, offset=(x + 3, 0))
        await until(lambda: driver.board.is_table)
        await driver.pilot.click(KeyHints, offset=(x - 1, 0))
        await driver.look()
        assert driver.board.is_table, "between two hints is none"


async def test_the_pointer_is_told_what_a_key_does() -> None:
    async with on_screen(engine()) as driver:
        await until(lambda: "v Table" in hints(driver))
        line = driver.app.query_one(KeyHints)
        await driver.pilot.hover(KeyHints, offset=(driver.lines()[-1].index("v Table"), 0))
        assert line.tooltip == "Change between tiles and the table"
        await driver.pilot.hover(KeyHints, offset=(driver.lines()[-1].index(" v Table"), 0))
        assert line.tooltip is None


@given(st.integers(0, 250), st.integers(0, 19))
def test_hints_stand_beside_each_other_and_within_the_line(width: int, count: int) -> None:
    actions = [command.action for command in COMMANDS if command.hint and command.keys][:count]
    made = [Hint("x", "x", "Label", action.partition("(")[0]) for action in actions]
    placed = place([*made, Hint("p", "^p", "palette", "command_palette")], width)
    for (start, hint), (following, _) in pairwise(placed):
        assert start + hint.width < following
    if width >= 20:
        assert line_width(hint_line(placed)) <= width
