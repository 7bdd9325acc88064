"""What a viewer that may control the engine wishes: other symbols, groups and alerts."""

from __future__ import annotations

from typing import Annotated, TypeAlias

from msgspec import Meta, field

from tickterm.market.alerts import LONGEST_TEXT
from tickterm.market.contract.terms import Message, Symbol
from tickterm.market.groups import A_MESSAGE, LONGEST_NAME

__all__ = [
    "AddAlert",
    "AlertWish",
    "ChangeList",
    "DropList",
    "ListKey",
    "PutList",
    "RemoveAlert",
    "Symbols",
    "Unwatch",
    "UseUniverse",
    "Watch",
    "WatchGroup",
    "Wish",
]


Symbols: TypeAlias = Annotated[list[Symbol], Meta(max_length=A_MESSAGE)]
ListKey: TypeAlias = Annotated[int, Meta(ge=2, le=9, description="The digit of a group.")]


class Watch(Message, frozen=True, tag="watch"):
    """Let the engine watch these symbols too; for viewers that may control the engine.

    What became of it is said in the log, as of all that changes symbols and groups.
    """

    symbols: Symbols


class Unwatch(Message, frozen=True, tag="unwatch"):
    """Let the engine watch these symbols no more, for nobody; for viewers with control."""

    symbols: Symbols


class WatchGroup(Message, frozen=True, tag="watch_group"):
    """Let the engine watch all symbols of a group; for viewers with control."""

    key: ListKey


class UseUniverse(Message, frozen=True, tag="use_universe"):
    """Let the engine watch another universe of the table instead; for viewers with control."""

    key: Annotated[str, Meta(max_length=240, description="Its `name:key`.")]


class PutList(Message, frozen=True, tag="put_list"):
    """Put an own list on a digit, in the place of one that is there; for viewers with control."""

    key: ListKey
    name: Annotated[str, Meta(max_length=LONGEST_NAME)]
    symbols: Symbols


class ChangeList(Message, frozen=True, tag="change_list"):
    """Add symbols to the end of an own list, take others out; for viewers with control."""

    key: ListKey
    added: Symbols = field(default_factory=list)
    removed: Symbols = field(default_factory=list)


class DropList(Message, frozen=True, tag="drop_list"):
    """Delete an own list; for viewers with control."""

    key: ListKey


Wish: TypeAlias = Watch | Unwatch | WatchGroup | UseUniverse | PutList | ChangeList | DropList
"""What changes the watched symbols and the groups."""


class AddAlert(Message, frozen=True, tag="add_alert"):
    """Set an alert, such as `AAPL > 230`; for viewers that may control the engine.

    One with a `command` only a program of the engine's own user on its machine may set. The engine
    answers with `answer` or `error`.
    """

    text: Annotated[str, Meta(max_length=LONGEST_TEXT)]


class RemoveAlert(Message, frozen=True, tag="remove_alert"):
    """Remove an alert rule; for viewers that may control the engine. Answered likewise."""

    id: Annotated[int, Meta(ge=1)]


AlertWish: TypeAlias = AddAlert | RemoveAlert
"""What changes the alerts."""
