"""What the engine says, beside the ticks and rows of the streams."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, TypeAlias

from msgspec import Meta, Struct, field

from tickterm.market.alerts import AlertRule, FiredAlert
from tickterm.market.calendar import holiday, is_loaded
from tickterm.market.contract.streams import Rows, SnapshotPart, Ticks
from tickterm.market.contract.terms import EventName, Message, Seq
from tickterm.market.groups import Group
from tickterm.market.hours import NEW_YORK, Session, next_open, session_at
from tickterm.market.snapshot import (
    AlertCounts,
    Candle,
    DetectionView,
    Feed,
    LinkView,
    PatternEvent,
    PerformanceView,
    RedisView,
    Snapshot,
    TapeTick,
    TickCounts,
    UniverseView,
    ViewersView,
)
from tickterm.market.timeframe import Timeframe

__all__ = [
    "Alerts",
    "Answer",
    "Candles",
    "EngineMessage",
    "Error",
    "Event",
    "Filter",
    "Goodbye",
    "Groups",
    "Heartbeat",
    "Hello",
    "Log",
    "LogLine",
    "Patterns",
    "Status",
    "Watched",
    "status_of",
]


class Hello(Message, frozen=True, tag="hello"):
    """The engine's answer to a hello."""

    version: int
    server: str
    pid: int
    epoch: Annotated[str, Meta(description="Names this run of the engine, and so its numbers.")]
    seq: Seq
    oldest: Annotated[Seq, Meta(description="The oldest tick that a viewer can still resume at.")]
    recovered: Annotated[
        bool | None,
        Meta(description="Resumed without loss, or not: then a snapshot follows. null: not asked."),
    ]
    feed: Feed
    symbols: Annotated[list[str], Meta(description="All that are watched, in their order.")]
    heartbeat: Annotated[float, Meta(description="Seconds between heartbeats.")]
    control: Annotated[bool, Meta(description="Whether this viewer may say `reconnect`.")]
    now: float


class ToldOpening(Struct, frozen=True):
    """When US equities' sessions begin next."""

    pre: Annotated[int, Meta(description="The pre-market, ms UTC.")]
    regular: Annotated[int, Meta(description="The regular session, ms UTC.")]
    holiday: Annotated[str, Meta(description="Why it is closed today, if for a holiday.")] = ""


class Status(Message, frozen=True, tag="status"):
    """The engine's state, twice a second and whenever the link or Redis comes or goes."""

    now: float
    wall_ms: Annotated[int, Meta(description="The engine's wall clock, ms UTC.")]
    started: float
    link: LinkView
    counts: TickCounts
    redis: RedisView
    viewers: ViewersView
    universe: UniverseView
    detection: DetectionView = DetectionView()
    performance: PerformanceView = PerformanceView()
    alert_counts: AlertCounts = AlertCounts()
    opening: Annotated[
        ToldOpening | None,
        Meta(description="null while a session of US equities is open, or where nobody knows."),
    ] = None


class LogLine(Struct, frozen=True):
    """One line of the engine's log; numbers rise by one."""

    number: int
    time: Annotated[int, Meta(description="ms UTC.")]
    level: Annotated[int, Meta(description="10 debug, 20 info, 30 warning, 40 error.")]
    text: str


class Log(Message, frozen=True, tag="log"):
    """New lines of the engine's log; after the hello, the newest of those before."""

    lines: list[LogLine]


class Patterns(Message, frozen=True, tag="patterns"):
    """New pattern events of the filter's symbols; after the hello, the newest of those before.

    Numbers rise, within one run of the engine, by one for each event of any symbol. What a slow
    viewer did not get comes later, so that `missed` tells of every loss. A filter that was changed
    counts for what comes after.
    """

    events: list[PatternEvent]
    missed: Annotated[
        int,
        Meta(
            ge=0,
            description="Events since the last message, of any symbol, that the engine does not "
            "keep: the viewer was too slow for them, or too many came at once.",
        ),
    ] = 0


class Candles(Message, frozen=True, tag="candles"):
    """What is new on a symbol's chart since the last message, oldest first.

    The newest candles are of bars that are still open. A candle replaces the one of the same start.
    """

    symbol: str
    timeframe: Timeframe
    whole: Annotated[bool, Meta(description="These are all: what came before is void.")]
    candles: list[Candle]
    events: Annotated[
        list[PatternEvent],
        Meta(
            description="The symbol's pattern events, of every timeframe: more of them than "
            "`patterns` tells of the time before a viewer came. Their numbers are the same."
        ),
    ] = field(default_factory=list)
    ticks: Annotated[
        list[TapeTick],
        Meta(
            description="The symbol's ticks, of the newest 200: one replaces that of the same "
            "number, whose second the feed has sent again. Numbers rise, but not by one."
        ),
    ] = field(default_factory=list)


class Alerts(Message, frozen=True, tag="alerts"):
    """Alerts that fired since the last message; and the rules, where they have changed.

    After the hello all rules, and the newest of what fired before. What a slow viewer did not get
    comes later.
    """

    rules: Annotated[
        list[AlertRule] | None,
        Meta(
            description="All of them, in the order of their ids; null: as before. Only a program "
            "of the engine's own user on its machine is told a rule's command, others only that "
            "there is one."
        ),
    ] = None
    fired: list[FiredAlert] = field(default_factory=list)


class Answer(Message, frozen=True, tag="answer"):
    """What the viewer asked for with `add_alert` or `remove_alert` is done."""

    text: Annotated[str, Meta(description="In words, with what is worth knowing about it.")]
    alert: Annotated[int, Meta(description="The rule's id.")]


class Event(Message, frozen=True, tag="event"):
    """Something happened that a program may want to act on."""

    name: EventName
    time: Annotated[int, Meta(description="ms UTC.")]
    text: str
    gap: Annotated[
        float | None,
        Meta(description="Of `link_up`: seconds without the link, whose ticks never came."),
    ] = None


class Heartbeat(Message, frozen=True, tag="heartbeat"):
    """Proof of life: two missed ones mean that the connection is dead."""

    seq: Seq
    time: Annotated[int, Meta(description="ms UTC.")]


class Filter(Message, frozen=True, tag="filter"):
    """The viewer's filter as it is now; null: every symbol."""

    symbols: list[str] | None


class Watched(Message, frozen=True, tag="watched"):
    """All that is watched from now on, in its order: rows of others are void.

    Viewers of the stream `rows` are sent the rows of new symbols next.
    """

    symbols: list[str]


class Groups(Message, frozen=True, tag="groups"):
    """The groups on the digits 2 to 9, of the stream `rows`: after the hello and as they change."""

    groups: list[Group]


class Error(Message, frozen=True, tag="error"):
    """What the viewer asked for cannot be done; the connection goes on unless a close follows."""

    code: Annotated[
        str,
        Meta(
            description="`unknown_symbol`, `too_many_symbols`, `everything`, `read_only`, `alert`, "
            "`bad`."
        ),
    ]
    text: str
    symbol: str | None = None


class Goodbye(Message, frozen=True, tag="goodbye"):
    """The engine stops. Another may be back after `retry_after` seconds, different for everyone."""

    reason: str
    retry_after: float


EngineMessage: TypeAlias = (
    Hello
    | SnapshotPart
    | Ticks
    | Rows
    | Status
    | Log
    | Patterns
    | Candles
    | Event
    | Heartbeat
    | Filter
    | Watched
    | Groups
    | Alerts
    | Answer
    | Error
    | Goodbye
)


def status_of(snapshot: Snapshot) -> Status:
    """Return the part of a snapshot that is neither rows nor log."""
    return Status(
        snapshot.now,
        snapshot.wall_ms,
        snapshot.started,
        snapshot.link,
        snapshot.counts,
        snapshot.redis,
        snapshot.viewers,
        snapshot.universe,
        snapshot.detection,
        snapshot.performance,
        snapshot.alert_counts,
        _opening(snapshot.wall_ms),
    )


def _opening(wall_ms: int) -> ToldOpening | None:
    """Return when a market opens that is closed; its calendar is not waited for."""
    try:
        if not is_loaded() or session_at(wall_ms) is not Session.CLOSED:
            return None
        opening = next_open(wall_ms)
    except (ValueError, OverflowError, OSError):  # the clock is beyond the calendar
        return None
    today = datetime.fromtimestamp(wall_ms / 1000, NEW_YORK).date()
    return ToldOpening(opening.pre, opening.regular, holiday(today))
