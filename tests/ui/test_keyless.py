"""Commands without a key: each can be given one, and until then nothing tells of it."""

from __future__ import annotations

import pytest
from textual.command import CommandPalette

from tests.ui.driving import on_screen, until
from tickterm.ui.alerts.dialog import AlertScreen
from tickterm.ui.board.order import Sort
from tickterm.ui.commands.command import Command
from tickterm.ui.commands.everything import COMMANDS
from tickterm.ui.keymap import parse_keys
from tickterm.ui.preferences import Preferences


def with_keys(text: str) -> Preferences:
    return Preferences(keys=parse_keys(text))


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.id)
def test_every_command_can_be_given_a_key(command: Command) -> None:
    assert parse_keys(f"{command.id}=ctrl+y") == {command.id: "ctrl+y"}


async def test_a_key_for_what_only_the_palette_had_acts_and_is_in_the_help() -> None:
    keys = "alerts.add=ctrl+y;board.sort-percent=P;groups.new=f9"
    async with on_screen(size=(100, 100), preferences=with_keys(keys)) as driver:
        await driver.press("P")
        assert driver.board.sort is Sort.PERCENT
        await driver.press("ctrl+y")
        assert driver.lines()[-1].startswith(" alert AAPL ")
        await driver.press("escape", "f9")
        assert driver.lines()[-1].startswith(" list 2 ")
        await driver.press("escape", "question_mark")
        assert "f9" in driver.text()
        assert "Put the symbols shown, or those you type, on a digit" in driver.text()


async def test_what_has_no_key_is_in_no_help_and_no_hint() -> None:
    async with on_screen(size=(100, 100)) as driver:
        await driver.press("question_mark")
        assert "no-key" not in driver.text()
        assert "Put the symbols shown" not in driver.text()


async def test_a_dialog_and_the_app_have_ids_of_their_own() -> None:
    async with on_screen(preferences=with_keys("alerts.add=ctrl+y;alerts.new=m")) as driver:
        await driver.press("A", "ctrl+y")
        assert isinstance(driver.app.screen, AlertScreen)
        await driver.press("m")
        assert driver.app.dashboard.has_class("-asking")


async def test_themes_and_pictures_can_be_on_a_key_too(monkeypatch: pytest.MonkeyPatch) -> None:
    preferences = with_keys("view.theme=f7;view.picture=f8")
    async with on_screen(preferences=preferences) as driver:
        saved: list[str] = []
        monkeypatch.setattr(driver.app, "deliver_screenshot", lambda: saved.append("svg"))
        await driver.press("f8")
        await until(lambda: saved == ["svg"])
        await driver.press("f7")
        await until(lambda: isinstance(driver.app.screen, CommandPalette))
