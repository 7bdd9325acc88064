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
    assert [name for name, found in keys.items() if found and all(map(is_taken, found))] == []


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
        ("board.left=q", "board.left and app.quit would both be on q; give one of them another"),
        ("board.up=f", "board.up and board.freeze would both be on f"),
        ("log.up=q", "log.up and app.quit would both be on q"),
        ("events.down=x,e", "events.down and events.toggle would both be on e"),
        ("board.left=ctrl+c", "board.left and app.quit-always would both be on ctrl+c"),
        ("help.close=ctrl+c", "help.close and app.quit-always would both be on ctrl+c"),
        ("latency.up=escape", "latency.up and"),
        ("board.up=Q;app.quit=Q", "would both be on Q"),
        ("prompt.cancel=x", "prompt.cancel: x is needed for typing; take another key"),
        ("prompt.cancel=X", "X is needed for typing"),
        ("prompt.cancel=shift+a", "shift+a is needed for typing"),
        ("prompt.cancel=ö", "ö is needed for typing"),
        ("prompt.cancel=/", "slash is needed for typing"),
        ("prompt.cancel=space", "space is needed for typing"),
        ("prompt.cancel=escape,enter", "enter is needed for typing"),
        ("prompt.cancel=left", "left is needed for typing"),
        ("prompt.cancel=ctrl+c", "ctrl+c is needed for typing"),
        ("board.find=ctrl+i", "ctrl+i: most terminals send tab for it; take tab or another"),
        ("board.find=ctrl+M", "ctrl+M: most terminals send enter for it"),
        ("board.find=ctrl+[", "ctrl+[: most terminals send escape for it"),
        ("board.find=ctrl+h", "ctrl+h: most terminals send backspace for it"),
        ("board.find=ctrl+Q", "board.find and app.quit would both be on ctrl+q"),
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
    assert parse_keys("app.quit=ctrl+X") == {"app.quit": "ctrl+x"}, "ctrl knows no capital letters"
    assert parse_keys("board.find=ctrl+]") == {"board.find": "ctrl+right_square_bracket"}
    assert parse_keys("board.find=ctrl+@") == {"board.find": "ctrl+@"}, "the blank, with ctrl"
    assert parse_keys("board.find=ctrl+5") == {"board.find": "ctrl+5"}


def test_keys_of_places_that_never_meet_may_be_the_same() -> None:
    text = (
        "log.up=w,x;events.up=x;groups.list=f2;help.close=q;prompt.cancel=f5,ctrl+g;board.find=f5"
    )
    assert parse_keys(text)["help.close"] == "q"
    assert parse_keys("alerts.up=w")["alerts.up"] == "w"


def test_keys_that_are_shared_from_the_start_can_be_named() -> None:
    for text in ("log.forget=escape", "chart.close=escape,b", "board.right=right"):
        assert parse_keys(text)


def test_what_everybody_has_is_no_fault() -> None:
    usual = {b.id: ",".join(b.keys) for b in all_bindings() if b.keys}
    usual.pop("app.quit-always")
    assert parse_keys(";".join(f"{name}={keys}" for name, keys in usual.items()))


def test_two_actions_may_change_places() -> None:
    assert parse_keys("board.find=q;app.quit=slash") == {"board.find": "q", "app.quit": "slash"}


def test_an_action_that_shares_a_key_keeps_it() -> None:
    assert keymap({}) == {}
    whole = keymap({"board.clear": "x"})
    assert whole.pop("board.clear") == "x"
    assert "chart.close" in whole
    assert set(whole.values()) == {"escape"}


async def test_a_new_key_acts_and_the_usual_one_no_more() -> None:
    async with on_screen(preferences=with_keys("board.find=x;board.down=z,down")) as driver:
        await driver.press("/")
        assert not driver.app.dashboard.has_class("-asking")
        first = driver.board.cursor_symbol
        await driver.press("j")
        assert driver.board.cursor_symbol == first
        await driver.press("z")
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
