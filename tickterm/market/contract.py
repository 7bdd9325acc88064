"""The contract with viewers: every message of the broadcaster's WebSocket, in both directions.

Messages are JSON objects in text frames; `type` names them. The viewer speaks first, with `hello`.
The engine answers with its own `hello`, then the newest of every symbol (`snapshot`, in parts) or,
for a viewer that resumes, what it missed; then it streams. Both sides ignore fields they do not
know, and a viewer ignores messages whose `type` it does not know.

There are two streams. `ticks` brings every tick, numbered without gaps: each message covers `first`
to `last`, and the next begins at `last` + 1, also where a filter or the viewer's own slowness left
ticks out. `rows` brings, ten times a second, the rows of a screen that changed since the last time.
Both bring the patterns that were found, and the candles of one symbol to a viewer that asks for
them.

Seconds named `now`, `since`, `updated`, `started` and `retry_at` are of the engine's steady clock:
subtract them from `now`.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable
from typing import Annotated, TypeAlias

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from tickterm.market.alerts import LONGEST_TEXT, AlertRule, FiredAlert
from tickterm.market.groups import A_MESSAGE, LONGEST_NAME, Group
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
from tickterm.market.text import clean
from tickterm.market.timeframe import Timeframe

__all__ = [
    "HEARTBEAT",
    "MAX_MESSAGE",
    "MAX_SYMBOLS",
    "VERSION",
    "AddAlert",
    "AlertWish",
    "Alerts",
    "Answer",
    "Candles",
    "ChangeList",
    "ChartOf",
    "CloseCode",
    "ContractError",
    "DropList",
    "EngineMessage",
    "Error",
    "Event",
    "EventName",
    "Filter",
    "Goodbye",
    "Groups",
    "Heartbeat",
    "Hello",
    "Leave",
    "Log",
    "LogLine",
    "Patterns",
    "Position",
    "PutList",
    "Reconnect",
    "RemoveAlert",
    "Rows",
    "SnapshotPart",
    "Status",
    "Stream",
    "Subscribe",
    "Tick",
    "Ticks",
    "Unsubscribe",
    "Unwatch",
    "UseUniverse",
    "ViewerHello",
    "ViewerMessage",
    "Watch",
    "WatchGroup",
    "Watched",
    "WireRow",
    "Wish",
    "encode",
    "encode_ticks",
    "from_engine",
    "from_viewer",
    "status_of",
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


class _Message(Struct, frozen=True, tag_field="type"):
    """A JSON object whose `type` names it."""


# -- the viewer says ------------------------------------------------------------------------------


class Position(Struct, frozen=True):
    """How far a viewer had come: `epoch` of the engine's hello, `last` of its newest ticks."""

    epoch: Annotated[str, Meta(max_length=64)]
    seq: Seq


class ViewerHello(_Message, frozen=True, tag="hello"):
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


class Subscribe(_Message, frozen=True, tag="subscribe"):
    """Add symbols to the filter, or all of them by `*`."""

    symbols: Annotated[list[Symbol], Meta(max_length=MAX_SYMBOLS)]


class Unsubscribe(_Message, frozen=True, tag="unsubscribe"):
    """Take symbols out of the filter, or all of them by `*`."""

    symbols: Annotated[list[Symbol], Meta(max_length=MAX_SYMBOLS)]


class ChartOf(_Message, frozen=True, tag="chart"):
    """Send the newest 500 candles and 200 ticks of one symbol, then what changes; null ends that.

    A viewer has one chart, whatever its filter: asking for another ends the one before.
    """

    symbol: Symbol | None
    timeframe: Timeframe = Timeframe.M1


class Reconnect(_Message, frozen=True, tag="reconnect"):
    """Try the link to the feed now; for viewers that may control the engine."""


Symbols: TypeAlias = Annotated[list[Symbol], Meta(max_length=A_MESSAGE)]
ListKey: TypeAlias = Annotated[int, Meta(ge=2, le=9, description="The digit of a group.")]


class Watch(_Message, frozen=True, tag="watch"):
    """Let the engine watch these symbols too; for viewers that may control the engine.

    What became of it is said in the log, as of all that changes symbols and groups.
    """

    symbols: Symbols


class Unwatch(_Message, frozen=True, tag="unwatch"):
    """Let the engine watch these symbols no more, for nobody; for viewers with control."""

    symbols: Symbols


class WatchGroup(_Message, frozen=True, tag="watch_group"):
    """Let the engine watch all symbols of a group; for viewers with control."""

    key: ListKey


class UseUniverse(_Message, frozen=True, tag="use_universe"):
    """Let the engine watch another universe of the table instead; for viewers with control."""

    key: Annotated[str, Meta(max_length=240, description="Its `name:key`.")]


class PutList(_Message, frozen=True, tag="put_list"):
    """Put an own list on a digit, in the place of one that is there; for viewers with control."""

    key: ListKey
    name: Annotated[str, Meta(max_length=LONGEST_NAME)]
    symbols: Symbols


class ChangeList(_Message, frozen=True, tag="change_list"):
    """Add symbols to the end of an own list, take others out; for viewers with control."""

    key: ListKey
    added: Symbols = []
    removed: Symbols = []


class DropList(_Message, frozen=True, tag="drop_list"):
    """Delete an own list; for viewers with control."""

    key: ListKey


Wish: TypeAlias = Watch | Unwatch | WatchGroup | UseUniverse | PutList | ChangeList | DropList
"""What changes the watched symbols and the groups."""


class AddAlert(_Message, frozen=True, tag="add_alert"):
    """Set an alert, such as `AAPL > 230`; for viewers that may control the engine.

    One with a `command` only a program of the engine's own user on its machine may set. The engine
    answers with `answer` or `error`.
    """

    text: Annotated[str, Meta(max_length=LONGEST_TEXT)]


class RemoveAlert(_Message, frozen=True, tag="remove_alert"):
    """Remove an alert rule; for viewers that may control the engine. Answered likewise."""

    id: Annotated[int, Meta(ge=1)]


AlertWish: TypeAlias = AddAlert | RemoveAlert
"""What changes the alerts."""


class Leave(_Message, frozen=True, tag="leave"):
    """The screen closes for good: an engine that lives for its screens need not wait for it."""


ViewerMessage: TypeAlias = (
    ViewerHello | Subscribe | Unsubscribe | ChartOf | Reconnect | Wish | AlertWish | Leave
)


# -- the engine says ------------------------------------------------------------------------------


class Hello(_Message, frozen=True, tag="hello"):
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


def _kept(description: str) -> Meta:
    return Meta(
        description=f"{description} Left out where it is as in the row sent before, at first where "
        "it is unknown."
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
    sparkline: (
        Annotated[
            list[float],
            Meta(
                max_length=60,
                description="Close of each of the last seconds, oldest first. Left out where "
                "exactly one tick came since the row was last sent: a `timestamp` as before "
                "replaces the last point, another appends `price`, and silent seconds between "
                "repeat the point before.",
            ),
        ]
        | UnsetType
    ) = UNSET
    minute_ticks: Annotated[
        int, Meta(description="Ticks in the minute that ended with the newest one.")
    ] = 0
    high: Annotated[float | None, _kept("Highest price of today's ticks.")] | UnsetType = UNSET
    low: Annotated[float | None, _kept("Lowest price of today's ticks.")] | UnsetType = UNSET
    vwap: Annotated[float | None, _kept("Today's volume-weighted average price.")] | UnsetType = (
        UNSET
    )
    name: Annotated[str, _kept("What the symbol stands for.")] | UnsetType = UNSET


class SnapshotPart(_Message, frozen=True, tag="snapshot"):
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


class Ticks(_Message, frozen=True, tag="ticks"):
    """The ticks `first` to `last`, in order, as far as the filter and `conflated` let them."""

    first: Seq
    last: Seq
    received: Annotated[Milliseconds, Meta(description="When the oldest came from the feed.")]
    conflated: Annotated[
        int,
        Meta(ge=0, description="Ticks left out because the viewer was slow: a newer one is here."),
    ]
    ticks: list[Tick]


class Rows(_Message, frozen=True, tag="rows"):
    """The rows of the filter that changed since the last message."""

    seq: Seq
    now: float
    rows: list[WireRow]


class Status(_Message, frozen=True, tag="status"):
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


class LogLine(Struct, frozen=True):
    """One line of the engine's log; numbers rise by one."""

    number: int
    time: Annotated[int, Meta(description="ms UTC.")]
    level: Annotated[int, Meta(description="10 debug, 20 info, 30 warning, 40 error.")]
    text: str


class Log(_Message, frozen=True, tag="log"):
    """New lines of the engine's log; after the hello, the newest of those before."""

    lines: list[LogLine]


class Patterns(_Message, frozen=True, tag="patterns"):
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


class Candles(_Message, frozen=True, tag="candles"):
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
    ] = []
    ticks: Annotated[
        list[TapeTick],
        Meta(
            description="The symbol's ticks, of the newest 200: one replaces that of the same "
            "number, whose second the feed has sent again. Numbers rise, but not by one."
        ),
    ] = []


class Alerts(_Message, frozen=True, tag="alerts"):
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
    fired: list[FiredAlert] = []


class Answer(_Message, frozen=True, tag="answer"):
    """What the viewer asked for with `add_alert` or `remove_alert` is done."""

    text: Annotated[str, Meta(description="In words, with what is worth knowing about it.")]
    alert: Annotated[int, Meta(description="The rule's id.")]


class Event(_Message, frozen=True, tag="event"):
    """Something happened that a program may want to act on."""

    name: EventName
    time: Annotated[int, Meta(description="ms UTC.")]
    text: str
    gap: Annotated[
        float | None,
        Meta(description="Of `link_up`: seconds without the link, whose ticks never came."),
    ] = None


class Heartbeat(_Message, frozen=True, tag="heartbeat"):
    """Proof of life: two missed ones mean that the connection is dead."""

    seq: Seq
    time: Annotated[int, Meta(description="ms UTC.")]


class Filter(_Message, frozen=True, tag="filter"):
    """The viewer's filter as it is now; null: every symbol."""

    symbols: list[str] | None


class Watched(_Message, frozen=True, tag="watched"):
    """All that is watched from now on, in its order: rows of others are void.

    Viewers of the stream `rows` are sent the rows of new symbols next.
    """

    symbols: list[str]


class Groups(_Message, frozen=True, tag="groups"):
    """The groups on the digits 2 to 9, of the stream `rows`: after the hello and as they change."""

    groups: list[Group]


class Error(_Message, frozen=True, tag="error"):
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


class Goodbye(_Message, frozen=True, tag="goodbye"):
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


_viewer_decoder: msgspec.json.Decoder[ViewerMessage] = msgspec.json.Decoder(ViewerMessage)
_engine_decoder: msgspec.json.Decoder[EngineMessage] = msgspec.json.Decoder(EngineMessage)
_encoder = msgspec.json.Encoder()


def encode(message: EngineMessage | ViewerMessage) -> bytes:
    """Return the message as JSON."""
    return _encoder.encode(message)


def encode_ticks(
    first: int, last: int, received_ms: float, conflated: int, payloads: Iterable[bytes]
) -> bytes:
    """Return a `Ticks` message of ticks that are JSON already."""
    head = b'{"type":"ticks","first":%d,"last":%d,"received":%.3f,"conflated":%d,"ticks":['
    return head % (first, last, received_ms, conflated) + b",".join(payloads) + b"]}"


def from_viewer(data: bytes | str) -> ViewerMessage:
    """Return what a viewer said.

    Raises:
        ContractError: it is none of its messages.
    """
    try:
        return _viewer_decoder.decode(data)
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise ContractError(clean(error, 200)) from None


def from_engine(data: bytes | str) -> EngineMessage:
    """Return what an engine said.

    Raises:
        ContractError: it is none of its messages.
    """
    try:
        return _engine_decoder.decode(data)
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise ContractError(clean(error, 200)) from None


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
    )
