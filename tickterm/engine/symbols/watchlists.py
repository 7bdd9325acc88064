"""A person's own lists of symbols, in one small JSON file that several engines may share."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from tickterm.engine import kept_file
from tickterm.engine.kept_file import LOCK_WITHIN, KeptFileError, read
from tickterm.market.groups import LONGEST_NAME, MOST_LISTED, OWN_KEYS, Group
from tickterm.market.symbols import split_symbols
from tickterm.market.text import clean

__all__ = ["Changes", "Kept", "merge"]

FORM = 1
"""Of the file; one of another form is of another version of tickterm."""
LARGEST = 2**20
"""Bytes."""

Changes = Mapping[int, Group | None]
"""Digit -> the list that is to be there; None: none."""


class Kept(NamedTuple):
    """What the file holds."""

    lists: dict[int, Group]
    faults: tuple[str, ...] = ()
    """What in it cannot be read, sanitised."""


def merge(path: Path, changes: Changes, within: float = LOCK_WITHIN) -> Kept:
    """Put `changes` into the file, and return what it then holds.

    `within`: seconds that another program may keep it.

    Raises:
        KeptFileError: the file cannot be read at all, or not be written.
    """

    def changed(kept: Kept) -> Kept:
        wanted = {**kept.lists, **changes}
        return Kept({key: group for key, group in wanted.items() if group is not None})

    return kept_file.merge(path, _read, changed if changes else None, _form, within)


def _read(path: Path) -> Kept:
    told = read(path, LARGEST)
    if told is None:
        return Kept({})
    if not isinstance(told, dict) or told.get("tickterm_lists") != FORM:
        raise KeptFileError(f"{clean(path)} holds no lists of this version of tickterm")
    return _lists(path.name, told.get("lists"))


def _lists(name: str, entries: Any) -> Kept:
    lists: dict[int, Group] = {}
    faults = []
    if not isinstance(entries, list):
        return Kept({}, (f"{clean(name)}: no lists",))
    for number, entry in enumerate(entries, 1):
        try:
            group = _group(entry)
            if group.key in lists:
                raise ValueError(f"its digit {group.key} is taken")
        except ValueError as error:
            faults.append(f"{clean(name)}: list {number}: {error}")
        else:
            lists[group.key] = group
    return Kept(lists, tuple(faults))


def _group(entry: Any) -> Group:
    """Return one list; raises ValueError, which says what is wrong with it."""
    if not isinstance(entry, dict):
        raise ValueError("no object")
    key, name, told = entry.get("key"), entry.get("name"), entry.get("symbols")
    if type(key) is not int or key not in OWN_KEYS:
        raise ValueError("its key is no digit from 2 to 9")
    if not isinstance(name, str) or not name.strip() or clean(name, LONGEST_NAME) != name:
        raise ValueError(f"its name is no text of at most {LONGEST_NAME} characters")
    if not isinstance(told, list) or len(told) > MOST_LISTED:
        raise ValueError(f"its symbols are no list of at most {MOST_LISTED:,}")
    symbols, rejected = split_symbols(told)
    if rejected:
        raise ValueError(f"{clean(rejected[0], 40)!r} is no symbol")
    return Group(key, name, symbols, own=True)


def _form(kept: Kept) -> Any:
    return {
        "tickterm_lists": FORM,
        "lists": [
            {"key": key, "name": group.name, "symbols": list(group.symbols)}
            for key, group in sorted(kept.lists.items())
        ],
    }
