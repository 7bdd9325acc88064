"""What a viewer says."""

from __future__ import annotations

from typing import Annotated, TypeAlias

from msgspec import Meta, Struct

from tickterm.market.contract.terms import MAX_SYMBOLS, VERSION, Message, Seq, Stream, Symbol
from tickterm.market.contract.wishes import AlertWish, Wish
from tickterm.market.timeframe import Timeframe

__all__ = [
    "ChartOf",
    "Leave",
    "Position",
    "Reconnect",
    "Subscribe",
    "Unsubscribe",
    "ViewerHello",
    "ViewerMessage",
]


class Position(Struct, frozen=True):
    """How far a viewer had come: `epoch` of the engine's hello, `last` of its newest ticks."""

    epoch: Annotated[str, Meta(max_length=64)]
    seq: Seq


class ViewerHello(Message, frozen=True, tag="hello"):
    """The first message of a viewer, within five seconds."""

    version: int = VERSION
    token: Annotated[str, Meta(max_length=1024, description="Where the engine asks for one.")] = ""
    stream: Stream = Stream.TICKS
    symbols: Annotated[list[Symbol], Meta(max_length=MAX_SYMBOLS)] | None = None
    """None: every symbol."""
    resume: Annotated[
        Position | None, Meta(description="Continue after this tick; of the stream `ticks`.")
    ] = None
    name: Annotated[
        str, Meta(max_length=80, description="What the viewer is, for the engine's log.")
    ] = ""

    def __repr__(self) -> str:
        return "ViewerHello(…)"  # it holds the token


class Subscribe(Message, frozen=True, tag="subscribe"):
    """Add symbols to the filter, or all of them by `*`."""

    symbols: Annotated[list[Symbol], Meta(max_length=MAX_SYMBOLS)]


class Unsubscribe(Message, frozen=True, tag="unsubscribe"):
    """Take symbols out of the filter, or all of them by `*`."""

    symbols: Annotated[list[Symbol], Meta(max_length=MAX_SYMBOLS)]


class ChartOf(Message, frozen=True, tag="chart"):
    """Send the newest 500 candles and 200 ticks of one symbol, then what changes; null ends that.

    A viewer has one chart, whatever its filter: asking for another ends the one before.
    """

    symbol: Symbol | None
    timeframe: Timeframe = Timeframe.M1


class Reconnect(Message, frozen=True, tag="reconnect"):
    """Try the link to the feed now; for viewers that may control the engine."""


class Leave(Message, frozen=True, tag="leave"):
    """The screen closes for good: an engine that lives for its screens need not wait for it."""


ViewerMessage: TypeAlias = (
    ViewerHello | Subscribe | Unsubscribe | ChartOf | Reconnect | Wish | AlertWish | Leave
)
