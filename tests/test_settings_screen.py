"""What the terminal can draw, by its type and the locale."""

from __future__ import annotations

import locale
from pathlib import Path

import pytest

from tickterm import settings
from tickterm.settings import load
from tickterm.settings_screen import ScreenSettings, wants_ascii


def test_the_defaults_leave_all_to_the_terminal(tmp_path: Path) -> None:
    assert load({}, tmp_path).screen == ScreenSettings("", "default", None, "full", 10, "")
    assert load({"TICKTERM_ASCII": "Auto"}, tmp_path).screen.ascii is None
    assert load({"TICKTERM_ASCII": "false"}, tmp_path).screen.ascii is False


@pytest.mark.parametrize(
    ("terminal", "encoding", "poor"),
    [
        ("xterm-256color", "UTF-8", False),
        ("xterm-256color", "utf8", False),
        ("", "UTF-8", False),
        ("xterm-256color", "ISO-8859-1", True),
        ("xterm-256color", "ANSI_X3.4-1968", True),
        ("linux", "UTF-8", True),
        ("linux-16color", "UTF-8", True),
        ("dumb", "UTF-8", True),
        ("vt100", "UTF-8", True),
    ],
)
def test_ascii_is_for_poor_terminals(
    terminal: str, encoding: str, poor: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(locale, "getencoding", lambda: encoding)
    assert wants_ascii(terminal) is poor


@pytest.mark.parametrize(("driver", "ascii_only"), [("", True), ("a.web_driver:B", False)])
def test_a_browser_draws_everything(
    driver: str, ascii_only: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TERM", "dumb")
    monkeypatch.setenv("TEXTUAL_DRIVER", driver)
    assert settings.is_ascii_terminal() is ascii_only
