"""The key hints: whole or absent, help and quit always there."""

from __future__ import annotations

import pytest

from tests.ui.driving import Driver, on_screen, until
from tests.ui.fake_engine import FakeEngine, make_chart, make_events, make_snapshot
from tickterm.ui.commands.everything import COMMANDS

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
