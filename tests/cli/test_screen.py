"""From settings to what the screen prefers; what is wrong is told before anything starts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.ui.fake_engine import FakeEngine
from tickterm import settings
from tickterm.cli.first_runs import FirstRuns
from tickterm.cli.screen import preferred, show
from tickterm.errors import SettingsError
from tickterm.settings_screen import ScreenSettings
from tickterm.ui.app import TickTermApp
from tickterm.ui.draw.theme import Colours
from tickterm.ui.preferences import Preferences


def test_every_setting_comes_to_the_screen() -> None:
    wanted = preferred(ScreenSettings("nord", "safe", True, "reduced", 30, "app.quit=x"))
    assert (wanted.theme, wanted.colours, wanted.ascii) == ("nord", Colours.SAFE, True)
    assert (wanted.reduced_motion, wanted.fps, wanted.keys) == (True, 30, {"app.quit": "x"})


@pytest.mark.parametrize("poor", [True, False])
def test_auto_asks_the_terminal(poor: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "is_ascii_terminal", lambda: poor)
    assert preferred(ScreenSettings()).ascii is poor
    assert preferred(ScreenSettings(ascii=not poor)).ascii is not poor


@pytest.mark.parametrize(
    ("terminal", "few"), [("xterm", True), ("xterm-256color", False), ("dumb", True)]
)
def test_few_colours_are_noticed(terminal: str, few: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", terminal)
    monkeypatch.delenv("COLORTERM", raising=False)
    assert preferred(ScreenSettings()).few_colours is few


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        (ScreenSettings(theme="nrod"), "TICKTERM_THEME=nrod: there is no such theme; did you mean"),
        (ScreenSettings(keys="app.qiut=x"), "TICKTERM_KEYS: app.qiut: there is no such action"),
    ],
)
def test_what_only_the_screen_knows_is_checked(wrong: ScreenSettings, told: str) -> None:
    with pytest.raises(SettingsError) as caught:
        preferred(wrong)
    assert str(caught.value).startswith(told)
    assert caught.value.exit_code == 2


@pytest.mark.parametrize(("left_with", "code"), [(None, 1), (0, 0), (3, 3)])
def test_a_screen_that_did_not_leave_in_order_ends_with_1(
    left_with: int | None, code: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def run(app: TickTermApp) -> None:
        if left_with is not None:
            app.exit(return_code=left_with)

    monkeypatch.setattr(TickTermApp, "run", run)
    engine: Any = FakeEngine()
    assert show(engine, Preferences(), FirstRuns(tmp_path)) == code
