"""Other keys for actions: what is typed wrong is told, what is typed right works everywhere."""

from __future__ import annotations

import pytest

from tests.ui.driving import on_screen
from tickterm.errors import SettingsError
from tickterm.ui.dialogs import HelpScreen
from tickterm.ui.keymap import all_bindings, keymap, parse_keys
from tickterm.ui.preferences import Preferences, known_theme

BROWSERS_TAKE = {"ctrl+w", "ctrl+t", "ctrl+n", "ctrl+q", "ctrl+shift+w", "ctrl+shift+t"}
EDITORS_TAKE = {"ctrl+p", "ctrl+q", "ctrl+e", "ctrl+f", "ctrl+k", "ctrl+j", "ctrl+b", "ctrl+g"}


def with_keys(text: str) -> Preferences:
    return Preferences(keys=parse_keys(text))


def is_taken(key: str) -> bool:
    function = key.rpartition("+")[2]
    is_function = function[0] == "f" and function[1:].isdigit()
    return key in BROWSERS_TAKE | EDITORS_TAKE or is_function or key.startswith("alt+")


def test_every_binding_has_an_id_of_its_own_and_says_what_it_does() -> None:
    bindings = all_bindings()
    assert len(bindings) > 40
    assert [b for b in bindings if not (b.id and b.tooltip)] == []
    ids = [binding.id for binding in bindings]
    assert sorted(ids) == sorted(set(ids))


def test_no_action_needs_a_key_that_browsers_or_editors_take() -> None:
    assert is_taken("f5")
    assert is_taken("alt+left")
    keys: dict[tuple[type, str], list[str]] = {}
    for binding in all_bindings():
        keys.setdefault((binding.place, binding.action), []).extend(binding.keys)
    assert [name for name, found in keys.items() if all(map(is_taken, found))] == []


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("board.fnd=x", "board.fnd: there is no such action; did you mean board.find"),
        ("zzzzz=x", "zzzzz: there is no such action; such as"),
        ("board.find", "the form is board.find=ctrl+f;app.quit=Q"),
        ("=x", "the form is"),
        ("board.find=", "the form is"),
        ("board.find=ctlr+f", "ctlr+f: there is no such key"),
        ("board.find=banana", "banana: there is no such key"),
        ("board.find=ctrl+", "ctrl+: there is no such key"),
        ("board.find=x,,y", "there is no such key"),
        ("board.find=x;board.find=y", "board.find: is there twice"),
        ("board.find=q", "board.find and app.quit would both be on q"),
        ("board.find=x;app.quit=x", "would both be on x"),
        ("app.quit=j", "app.quit and board.down would both be on j"),
        ("board.find=\x1b[31m", "there is no such key"),
    ],
)
def test_what_is_wrong_is_told_in_one_line(text: str, told: str) -> None:
    with pytest.raises(SettingsError) as caught:
        parse_keys(text)
    message = str(caught.value)
    assert message.startswith("TICKTERM_KEYS: ")
    assert told in message
    assert message.isprintable()
    assert len(message) < 200


def test_names_of_keys() -> None:
    assert parse_keys("") == {}
    assert parse_keys(" board.find = ctrl+f , ! ; ") == {"board.find": "ctrl+f,exclamation_mark"}
    assert parse_keys("app.quit=Q") == {"app.quit": "Q,shift+q"}
    assert parse_keys("app.quit=F10") == {"app.quit": "f10"}


def test_two_actions_may_change_places() -> None:
    assert parse_keys("board.find=q;app.quit=slash") == {"board.find": "q", "app.quit": "slash"}


def test_an_action_that_shares_a_key_keeps_it() -> None:
    assert keymap({}) == {}
    whole = keymap({"board.clear": "x"})
    assert whole.pop("board.clear") == "x"
    assert "chart.close" in whole
    assert set(whole.values()) == {"escape"}


async def test_a_new_key_acts_and_the_usual_one_no_more() -> None:
    async with on_screen(preferences=with_keys("board.find=x;board.down=n,down")) as driver:
        await driver.press("/")
        assert not driver.app.dashboard.has_class("-asking")
        first = driver.board.cursor_symbol
        await driver.press("j")
        assert driver.board.cursor_symbol == first
        await driver.press("n")
        assert driver.board.cursor_symbol != first
        await driver.press("x")
        assert driver.app.dashboard.has_class("-asking")


async def test_a_shared_key_still_works() -> None:
    async with on_screen(preferences=with_keys("board.clear=x")) as driver:
        await driver.press("enter")
        assert driver.app.dashboard.closely
        await driver.press("escape")
        assert not driver.app.dashboard.closely


async def test_hints_and_help_show_the_new_keys() -> None:
    preferences = with_keys("app.quit=Q;board.find=x;app.help=f1,H")
    async with on_screen(size=(120, 100), preferences=preferences) as driver:
        await driver.pilot.pause()
        words = driver.lines()[-1].replace("▏", " ").split()
        assert words[words.index("Quit") - 1] == "Q"
        assert words[words.index("Find") - 1] == "x"
        await driver.press("H")
        assert isinstance(driver.app.screen, HelpScreen)
        (line,) = [line for line in driver.lines() if "Find a symbol, in the log" in line]
        assert " x " in line
        assert " / " not in line


def test_an_unknown_theme_names_the_nearest() -> None:
    assert known_theme("") == ""
    assert known_theme("nord") == "nord"
    with pytest.raises(SettingsError, match="did you mean tickterm-light"):
        known_theme("ticktermlight")
    with pytest.raises(SettingsError, match=r"TICKTERM_THEME=#+: .* such as tickterm, "):
        known_theme("#####")
