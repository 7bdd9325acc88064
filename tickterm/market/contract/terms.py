"""The terms of the contract: its limits, its close codes, and the kinds of its values."""

from __future__ import annotations

import enum
from typing import Annotated, TypeAlias

from msgspec import Meta, Struct

__all__ = [
    "HEARTBEAT",
    "MAX_MESSAGE",
    "MAX_SYMBOLS",
    "VERSION",
    "CloseCode",
    "ContractError",
    "EventName",
    "Message",
    "Milliseconds",
    "Seq",
    "Stream",
    "Symbol",
]


VERSION = 1
HEARTBEAT = 5.0
"""Seconds between heartbeats."""
MAX_MESSAGE = 4096
"""Bytes of a viewer's message."""
MAX_SYMBOLS = 500
"""Of a viewer's filter."""


class CloseCode(enum.IntEnum):
    """Why the engine closed a viewer's connection."""

    GOING_AWAY = 1001
    """The engine stops; `goodbye` said when to come again."""
    SLOW = 4008
    """The viewer took nothing for seconds."""
    BAD_MESSAGE = 4400
    """It said something that is no message of this contract."""
    TOKEN = 4401
    """The token is missing or wrong."""
    NO_HELLO = 4408
    """It did not say hello in time."""
    TOO_LOUD = 4429
    """It sent more than ten messages a second."""


class Stream(enum.StrEnum):
    """What a viewer gets; both bring status, log, event and heartbeat messages as well."""

    TICKS = "ticks"
    ROWS = "rows"


class EventName(enum.StrEnum):
    """What happened."""

    LINK_UP = "link_up"
    LINK_DOWN = "link_down"
    REDIS_UP = "redis_up"
    REDIS_DOWN = "redis_down"


class ContractError(ValueError):
    """What was received is no message of this contract; the text says what is wrong with it."""


Seq: TypeAlias = Annotated[int, Meta(ge=0, description="Number of a tick, rising by one.")]
Symbol: TypeAlias = Annotated[str, Meta(max_length=32)]
Milliseconds: TypeAlias = Annotated[float, Meta(description="ms UTC.")]


class Message(Struct, frozen=True, tag_field="type"):
    """A JSON object whose `type` names it."""
