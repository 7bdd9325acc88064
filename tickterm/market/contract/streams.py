"""The two streams: every tick, or the rows of a screen."""

from __future__ import annotations

from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType

from tickterm.market.contract.terms import Message, Milliseconds, Seq

__all__ = ["Rows", "SnapshotPart", "Tick", "Ticks", "WireRow"]


def _kept(description: str) -> Meta:
    return Meta(
        description=f"{description} Left out where it is as in the row sent before, at first where "
        "it is unknown."
    )


_SPARKLINE = Meta(
    max_length=60,
    description="Close of each of the last seconds, oldest first. Left out where `sparkline_tail` "
    "says enough.",
)
_SPARKLINE_TAIL = Meta(
    max_length=60,
    description="The end of the sparkline, where the rest is as in the row sent before: these "
    "points take the place of its newest one, and its oldest make room for more than 60.",
)


class WireRow(Struct, frozen=True):
    """One symbol as a screen shows it."""

    symbol: str
    price: Annotated[float | None, Meta(description="Dollars; null before the first tick.")]
    reference: Annotated[float | None, Meta(description="What change is measured from, dollars.")]
    reference_is_open: Annotated[bool, Meta(description="Whether that is the official open.")]
    volume: Annotated[int | float, Meta(description="Shares today.")]
    direction: Annotated[int, Meta(ge=-1, le=1, description="Of the last move of the price.")]
    timestamp: Annotated[int, Meta(description="Start of the newest bar, ms UTC.")]
    updated: float
    ticks: int
    sparkline: Annotated[list[float], _SPARKLINE] | UnsetType = UNSET
    sparkline_tail: Annotated[list[float], _SPARKLINE_TAIL] | UnsetType = UNSET
    minute_ticks: Annotated[
        int, Meta(description="Ticks in the minute that ended with the newest one.")
    ] = 0
    high: Annotated[float | None, _kept("Highest price of today's ticks.")] | UnsetType = UNSET
    low: Annotated[float | None, _kept("Lowest price of today's ticks.")] | UnsetType = UNSET
    vwap: Annotated[float | None, _kept("Today's volume-weighted average price.")] | UnsetType = (
        UNSET
    )
    name: Annotated[str, _kept("What the symbol stands for.")] | UnsetType = UNSET


class SnapshotPart(Message, frozen=True, tag="snapshot"):
    """The newest of every symbol of the filter, as of tick `seq`. Part 1 replaces all before it."""

    seq: Seq
    part: Annotated[int, Meta(ge=1)]
    parts: Annotated[int, Meta(ge=1)]
    now: float
    rows: list[WireRow]


class Tick(Struct, frozen=True):
    """One event of the feed: the very object that goes to Redis."""

    ticker: str
    price: Annotated[float, Meta(description="Dollars.")]
    volume: Annotated[int | float, Meta(description="Shares.")]
    timestamp: Annotated[int, Meta(description="Start of the bar, ms UTC.")]
    event_type: str
    source: Annotated[str, Meta(description="`massive`, `simulated` or `replay`.")]
    tick_open: float
    tick_high: float
    tick_low: float
    tick_close: float
    tick_volume: int | float


class Ticks(Message, frozen=True, tag="ticks"):
    """The ticks `first` to `last`, in order, as far as the filter and `conflated` let them."""

    first: Seq
    last: Seq
    received: Annotated[Milliseconds, Meta(description="When the oldest came from the feed.")]
    conflated: Annotated[
        int,
        Meta(ge=0, description="Ticks left out because the viewer was slow: a newer one is here."),
    ]
    ticks: list[Tick]


class Rows(Message, frozen=True, tag="rows"):
    """The rows of the filter that changed since the last message."""

    seq: Seq
    now: float
    rows: list[WireRow]
