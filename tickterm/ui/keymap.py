"""Other keys for actions: what can be bound anew, and words for what cannot."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from textual._ansi_sequences import ANSI_SEQUENCES_KEYS
from textual.app import App
from textual.binding import Binding
from textual.containers import Horizontal
from textual.dom import DOMNode
from textual.keys import KEY_NAME_REPLACEMENTS, Keys, _character_to_key, key_to_character
from textual.screen import ModalScreen
from textual.widgets import Input

from tickterm.errors import SettingsError
from tickterm.market.text import clean

__all__ = [
    "KeyBinding",
    "all_bindings",
    "is_no_key",
    "is_other_name",
    "keymap",
    "no_key",
    "parse_keys",
]

FORM = "the form is board.find=ctrl+f;app.quit=Q"
_MODIFIERS = {"ctrl", "shift", "alt", "super"}
_NAMED = {*(str(key.value) for key in Keys), *KEY_NAME_REPLACEMENTS.values()}
_LONGEST = 40
_TYPED = {_character_to_key(chr(code)) for code in range(ord(" "), 0x7F)}
"""Names of keys that write a character."""
_EDITING = {binding.key for binding in Binding.make_bindings(Input.BINDINGS)}
"""Keys that change a line, or end it."""
_SENT = {
    chr(code + 0x40): str(keys[0].value)
    for code in range(0x20)
    if isinstance(keys := ANSI_SEQUENCES_KEYS.get(chr(code)), tuple)
}
"""Names of what terminals send for a character together with ctrl."""
_PROMPT = "prompt."
"""How the names of actions begin that are for a line that is typed on."""
_NO_KEY = "no-key-of-"
"""No terminal tells of a key with such a name; Textual binds nothing without a key."""


class KeyBinding(NamedTuple):
    """One action of one place on the screen, and its keys."""

    id: str
    place: type[DOMNode]
    """The widget or the app that has the binding."""
    keys: tuple[str, ...]
    action: str
    tooltip: str
    first: bool = False
    """Whether it has its keys before all others, wherever they are pressed."""


def all_bindings() -> list[KeyBinding]:
    """Return the bindings of all classes of ours that have been imported, each id once a place."""
    found: dict[tuple[type[DOMNode], str], KeyBinding] = {}
    for node in dict.fromkeys(_ours(DOMNode)):
        for binding in Binding.make_bindings(node.__dict__.get("BINDINGS", ())):
            name = binding.id or ""
            known = found.get((node, name))
            own = () if is_no_key(binding.key) else (binding.key,)
            keys = (*(known.keys if known else ()), *own)
            action, tooltip, first = binding.action, binding.tooltip, binding.priority
            found[node, name] = KeyBinding(name, node, keys, action, tooltip, first)
    return list(found.values())


def no_key(name: str) -> str:
    """Return what stands for the key of an action that has none until a person gives it one."""
    return f"{_NO_KEY}{name}"


def is_no_key(key: str) -> bool:
    """Say whether a key stands for none."""
    return key.startswith(_NO_KEY)


def is_other_name(key: str) -> bool:
    """Say whether a key is the second name of a capital letter, as some terminals have it."""
    return key.startswith("shift+") and len(key) == len("shift+x")


def _ours(base: type[DOMNode]) -> Iterator[type[DOMNode]]:
    for node in base.__subclasses__():
        if node.__module__.startswith("tickterm."):
            yield node
        yield from _ours(node)


def parse_keys(text: str) -> dict[str, str]:
    """Return keys, with commas between them, by ids of bindings.

    Raises:
        SettingsError: the text has another form, an id or a key is unknown, no terminal sends the
            key, it is needed for typing, or two actions that can both be meant would have it; says
            what is wrong and what to do.
    """
    known = all_bindings()
    ids = {binding.id for binding in known}
    keys: dict[str, str] = {}
    for part in filter(None, (part.strip() for part in text.split(";"))):
        name, equals, wanted = (piece.strip() for piece in part.partition("="))
        if not (name and equals and wanted):
            raise _refused(part, FORM)
        if name not in ids:
            raise _refused(name, f"there is no such action; {_nearest(name, sorted(ids))}")
        if name in keys:
            raise _refused(name, "is there twice")
        keys[name] = ",".join(_key(key.strip()) for key in wanted.split(","))
        if name.startswith(_PROMPT):
            _must_not_be_typed(name, keys[name])
    _must_be_apart(known, keys)
    return keys


def keymap(keys: Mapping[str, str]) -> dict[str, str]:
    """Return what `App.set_keymap` needs, so that no action loses a key which it shares.

    Textual takes a key from every action of a place when one of them gets another; those that have
    not been bound anew get theirs again here.
    """
    whole = dict(keys)
    known = all_bindings()
    lost = {(b.place, key) for b in known if b.id in keys for key in b.keys}
    for binding in known:
        if binding.id not in keys and any((binding.place, key) in lost for key in binding.keys):
            whole[binding.id] = ",".join(binding.keys)
    return whole


def _key(text: str) -> str:
    """Return the name that Textual has for a key; both names of a capital letter."""
    *modifiers, last = text.split("+") if len(text) > 1 else (text,)
    name = _character_to_key(last) if len(last) == 1 else last.lower()
    if not _is_key(last, name) or not set(modifiers) <= _MODIFIERS:
        raise _refused(text, "there is no such key; keys are such as f, F, ctrl+f, f5, slash")
    if modifiers == ["ctrl"] and len(last) == 1:
        return _control(text, last.upper(), name)
    if name.isupper() and not modifiers:  # terminals tell of it in the one way or the other
        return f"{name},shift+{name.lower()}"
    return "+".join([*modifiers, name])


def _control(text: str, char: str, name: str) -> str:
    """Return the name of a character with ctrl: many are the same to a terminal as another key."""
    sent = _SENT.get(char, f"ctrl+{name}")
    if not sent.startswith("ctrl+"):
        raise _refused(text, f"most terminals send {sent} for it; take {sent} or another key")
    return sent


def _must_not_be_typed(name: str, keys: str) -> None:
    """Refuse keys that the line itself needs."""
    for key in keys.split(","):
        char = key.removeprefix("shift+")
        if len(char) == 1 or char in _TYPED or key in _EDITING:
            raise _refused(name, f"{key} is needed for typing; take another key, such as ctrl+g")


def _is_key(text: str, name: str) -> bool:
    """Say whether a key is one; Textual would take any name that Unicode has for a character."""
    if len(text) == 1 or name in _NAMED:
        return name.replace("_", "").isalnum()
    return (key_to_character(name) or "…").isascii()


def _must_be_apart(known: list[KeyBinding], keys: Mapping[str, str]) -> None:
    """Refuse a new key that would lead to two actions, or that a pane keeps from the app.

    Those that share a key from the start know which of them is meant.
    """
    for binding in known:
        for other in known:
            if binding.id not in keys or not _meet(binding, other):
                continue
            theirs = keys[other.id].split(",") if other.id in keys else other.keys
            shared = set(keys[binding.id].split(",")) & set(theirs)
            if shared := shared - (set(binding.keys) & set(other.keys)):
                told = f"{binding.id} and {other.id} would both be on {min(shared)}"
                raise SettingsError(f"TICKTERM_KEYS: {told}; give one of them another key")


def _meet(binding: KeyBinding, other: KeyBinding) -> bool:
    """Say whether one of two takes a key away that both have."""
    if other.id == binding.id:
        return False
    if other.place is binding.place or binding.first or other.first:
        return True
    app, pane = sorted((binding.place, other.place), key=lambda place: not issubclass(place, App))
    return issubclass(app, App) and not issubclass(pane, (ModalScreen, Horizontal))


def _nearest(name: str, ids: list[str]) -> str:
    near = difflib.get_close_matches(name.lower(), ids, n=3, cutoff=0.4)
    return f"did you mean {' or '.join(near)}?" if near else f"such as {', '.join(ids[:3])}"


def _refused(what: str, told: str) -> SettingsError:
    return SettingsError(f"TICKTERM_KEYS: {clean(what, _LONGEST)}: {told}")
