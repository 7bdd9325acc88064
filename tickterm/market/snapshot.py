"""What every way of looking reads: one frozen `Snapshot` of the engine.

All instants named `since`, `until`, `now` or `updated` are seconds of the engine's monotonic
clock: subtract them from `Snapshot.now` to get ages. `wall_ms` is for labels only.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from operator import itemgetter
from typing import NamedTuple

from msgspec import Struct

from tickterm.market.alerts import AlertRule, FiredAlert
from tickterm.market.groups import Group
from tickterm.market.redis_events import Direction
from tickterm.market.timeframe import Timeframe

__all__ = [
    "SPARKLINE_SECONDS",
    "AlertCounts",
    "Attachment",
    "Candle",
    "ChannelCounts",
    "Chart",
    "DetectionView",
    "Feed",
    "LinkPhase",
    "LinkView",
    "Notice",
    "PatternEvent",
    "PerformanceView",
    "Quantiles",
    "RedisView",
    "Row",
    "Snapshot",
    "TapeTick",
    "TickCounts",
    "Timing",
    "UniverseView",
    "ViewersView",
    "symbols_of",
]

SPARKLINE_SECONDS = 60
"""Points of a row's sparkline at most."""


class Feed(enum.StrEnum):
    """Where the ticks come from; the value is what a person reads."""

    LIVE = "LIVE"
    SIMULATED = "SIMULATED"
    REPLAY = "REPLAY"


class LinkPhase(enum.StrEnum):
    """How far the link to the feed is; the value is what a person reads."""

    WAITING_FOR_UNIVERSE = "NO UNIVERSE"
    CONNECTING = "CONNECTING"
    AUTHENTICATING = "SIGNING IN"
    UP = "UP"
    RETRYING = "RECONNECTING"
    REFUSED = "REFUSED"
    ENDED = "ENDED"


class Row(NamedTuple):
    """One symbol. An unchanged symbol is the same object in the next snapshot."""

    symbol: str
    price: float | None = None
    """Newest price, dollars; None until the first tick."""
    reference: float | None = None
    """What change is measured from: today's official open, else the first price seen; None until
    the first tick, and on a day on which others have ticked and this one has not."""
    reference_is_open: bool = False
    volume: int | float = 0
    """Shares today where the feed says so, else since the first tick."""
    direction: int = 0
    """-1, 0, +1: the newest price against the one before, at first against its own bar's open."""
    sparkline: tuple[float, ...] = ()
    """Closing price of each of the last seconds, oldest first; a silent second repeats."""
    timestamp: int = 0
    """Start of the newest bar, ms UTC."""
    updated: float = 0.0
    """When the newest tick was received; one that revises the past is not new."""
    ticks: int = 0
    high: float | None = None
    """Highest price of the day's ticks, its official open included, dollars."""
    low: float | None = None
    """Lowest price, likewise."""
    vwap: float | None = None
    """The day's volume-weighted average price, dollars; None where the feed does not say."""
    minute_ticks: int = 0
    """Ticks in the minute that ended with the newest one."""
    name: str = ""
    """What the symbol stands for, where the universe says so; sanitised."""

    @property
    def open(self) -> float | None:
        """Today's official open, dollars, once the feed has said it."""
        return self.reference if self.reference_is_open else None

    @property
    def change(self) -> float | None:
        """Dollars since the reference, or None before the day's first tick."""
        if self.price is None or self.reference is None:
            return None
        return self.price - self.reference

    @property
    def percent(self) -> float | None:
        """Per cent since the reference, or None before the day's first tick."""
        if self.price is None or not self.reference:
            return None
        return (self.price / self.reference - 1.0) * 100.0


_symbol = itemgetter(Row._fields.index("symbol"))  # a third of the time that the name takes


def symbols_of(rows: Iterable[Row]) -> tuple[str, ...]:
    """Return the symbols of rows, in their order."""
    return tuple(map(_symbol, rows))


class Notice(NamedTuple):
    """One line of the log pane; numbers rise by one, so a reader sees what it missed."""

    number: int
    wall_ms: int
    level: int
    """A level of the `logging` module."""
    text: str
    """Already sanitised, one line."""


class PatternEvent(Struct, frozen=True, gc=False):
    """A pattern that somebody found; numbers rise by one, so a reader sees what it missed."""

    # No garbage collection: an engine keeps up to 200,000 of them, which refer to nothing.

    number: int
    wall_ms: int
    """When the engine heard of it, ms UTC."""
    symbol: str
    pattern: str
    """Such as `Shooting_Star`; sanitised."""
    confidence: float
    """From 0 to 1."""
    direction: Direction
    timestamp: int
    """Start of the bar, ms UTC; where the sender did not say, when the engine heard of it."""
    timeframe: str
    """A `Timeframe`, or what the sender called it; empty where it did not say."""
    source: str
    """`analytics`, `fallback`, or what the sender calls itself; sanitised."""
    price: float | None = None
    """The bar's close, dollars, where the sender said."""


@dataclass(frozen=True, slots=True)
class DetectionView:
    """Who looks for patterns, and what became of the events."""

    listening: bool = False
    """Whether the engine hears what others publish."""
    since: float = 0.0
    """Since when it does, or does not."""
    reason: str = ""
    """Why it does not; sanitised."""
    fallback: bool = False
    """Whether the engine's own rules are at work, because nobody else is."""
    fallback_since: float = 0.0
    heartbeat_at: float | None = None
    """When analytics last gave a sign of life; None: never."""
    health: str = ""
    """What analytics last said of itself, in words; sanitised."""
    health_at: float | None = None
    """When it said so; None: never."""
    received: int = 0
    """Messages on the event channels. received = shown + flooded + repeated + malformed + others.
    """
    shown: int = 0
    """Pattern events of others that were put among the newest."""
    flooded: int = 0
    """Those that were only numbered, because too many came at a time."""
    repeated: int = 0
    """Events that were known already, such as our own."""
    malformed: int = 0
    others: int = 0
    """Messages that are no pattern events."""
    detected: int = 0
    """Patterns that the engine's own rules found."""
    unpublished: int = 0
    """Of these, how many Redis did not get."""
    gaps: int = 0
    """Times that events may have been missed."""


@dataclass(frozen=True, slots=True)
class Candle:
    """One bar of a chart; prices are dollars, volume shares."""

    start: int
    """First instant of the period, ms UTC."""
    open: float
    high: float
    low: float
    close: float
    volume: int | float


class TapeTick(Struct, frozen=True, gc=False):
    """One line of a symbol's tape: a tick as it came in; prices are dollars, volume shares."""

    number: int
    """Rises with each new line; it stays when the feed sends the tick's second again."""
    time: int
    """Start of the bar, or time of the trade, ms UTC."""
    price: float
    low: float
    high: float
    volume: int | float
    revised: bool = False
    """Whether the feed has sent this second again; these are the newest values."""


@dataclass(frozen=True, slots=True)
class Chart:
    """One symbol closely."""

    symbol: str
    timeframe: Timeframe
    candles: tuple[Candle, ...] = ()
    """The newest bars, oldest first; the newest is still open."""
    events: tuple[PatternEvent, ...] = ()
    """The symbol's newest pattern events, of every timeframe, oldest first."""
    ticks: tuple[TapeTick, ...] = ()
    """The symbol's newest ticks, oldest first."""


@dataclass(frozen=True, slots=True)
class AlertCounts:
    """What became of alerts, since the engine started."""

    fired: int = 0
    unpublished: int = 0
    """Of these, how many Redis did not get."""
    failed_commands: int = 0
    """Commands that could not start, took too long, or ended with an error."""


@dataclass(frozen=True, slots=True)
class LinkView:
    """The link to the feed."""

    phase: LinkPhase = LinkPhase.WAITING_FOR_UNIVERSE
    since: float = 0.0
    """Since when it is up, or is not, whatever attempts there were meanwhile; before it was first
    up: since the first attempt."""
    feed: Feed = Feed.LIVE
    host: str = ""
    """The feed server, without credentials."""
    reason: str = ""
    """Why the link is not up, in words; sanitised."""
    attempt: int = 0
    """Attempts since the link was last up."""
    retry_at: float | None = None
    connections: int = 0
    """Times the handshake succeeded since the start."""
    losses: int = 0
    """Times a link that was up was lost."""
    asked: int = 0
    acknowledged: int = 0
    refused: int = 0
    """Subscriptions answered `not authorized`; the feed does not name them."""
    known_since: float | None = None
    """From when on no tick of an open market was missed while the link is up: its beginning, or
    that of one before where no market was open in between; None: `since`."""


@dataclass(frozen=True, slots=True)
class TickCounts:
    """The engine's counters. elements = ticks + statuses + unknown + rejected."""

    frames: int = 0
    elements: int = 0
    ticks: int = 0
    statuses: int = 0
    unknown: int = 0
    rejected: int = 0
    rejected_by: Mapping[str, int] = field(default_factory=dict)
    """Reason -> count."""
    rate: float = 0.0
    """Ticks per second over the last seconds."""
    unpublished: int = 0
    """Ticks that a sink failed to take because of a defect in it."""
    loop_lag_p99: float | None = None
    """Seconds by which the engine's loop was late, 99 of 100 times less."""
    hidden: Mapping[str, int] = field(default_factory=dict)
    """Kind -> lines that rate limiting has kept out of the log."""


@dataclass(frozen=True, slots=True)
class ChannelCounts:
    """One Redis channel. offered = accepted + buffered + in_flight + dropped + ambiguous."""

    offered: int = 0
    accepted: int = 0
    buffered: int = 0
    in_flight: int = 0
    dropped: Mapping[str, int] = field(default_factory=dict)
    """Reason -> count: `bytes`, `age`, `shutdown`, `refused`."""
    ambiguous: int = 0
    """Sent, but the connection died before the reply: delivered or not, nobody knows."""

    @property
    def dropped_total(self) -> int:
        """Ticks that this channel will never carry."""
        return sum(self.dropped.values())


@dataclass(frozen=True, slots=True)
class RedisView:
    """The road to Redis."""

    up: bool = False
    since: float = 0.0
    where: str = ""
    """Host and port, never credentials."""
    embedded: bool = False
    reason: str = ""
    """Why it is not up, or why a channel refuses; sanitised."""
    channels: Mapping[str, ChannelCounts] = field(default_factory=dict)
    buffered_bytes: int = 0
    p99: float | None = None
    """Seconds from feed receive to Redis reply, of ticks of the last minute that found it up."""


@dataclass(frozen=True, slots=True)
class ViewersView:
    """The broadcaster's side."""

    listening: bool = False
    where: str = ""
    reason: str = ""
    viewers: int = 0
    conflated: int = 0
    """Ticks that slow viewers did not get because a newer one of the symbol replaced them."""
    cut_by: Mapping[str, int] = field(default_factory=dict)
    """Reason -> viewers cut off: `stuck`, `loud`, `bad message`, `no hello`, `token`."""
    turned_away_by: Mapping[str, int] = field(default_factory=dict)
    """Reason -> requests refused: `origin or host`, `token`, `too many`, `too many from there`."""
    deepest: int = 0
    """Bytes that wait for the viewer for whom most wait."""
    kept: int = 0
    """The newest ticks, kept for viewers that resume."""

    @property
    def cut(self) -> int:
        """Viewers cut off."""
        return sum(self.cut_by.values())

    @property
    def turned_away(self) -> int:
        """Requests refused before they became viewers."""
        return sum(self.turned_away_by.values())


@dataclass(frozen=True, slots=True)
class UniverseView:
    """What is watched."""

    name: str = ""
    size: int = 0
    error: str = ""
    """Why there is none, with what to do; sanitised."""


@dataclass(frozen=True, slots=True)
class Quantiles:
    """How long something took, seconds; None where nothing was measured.

    `p50`, `p95` and `p99` are at most 1.6 % too long, `max` is exact.
    """

    count: int = 0
    early: int = 0
    """Of these, those that took less than nothing: the two clocks disagree."""
    p50: float | None = None
    p95: float | None = None
    p99: float | None = None
    max: float | None = None


@dataclass(frozen=True, slots=True)
class Timing:
    """How long something took lately, and all along."""

    minute: Quantiles = Quantiles()
    since_start: Quantiles = Quantiles()


@dataclass(frozen=True, slots=True)
class PerformanceView:
    """What the engine measures of itself; made anew at most twice a second."""

    exchange_to_receive: Timing = Timing()
    """From the end of a tick's bar, or its own time, until it was received; not of a replay."""
    receive_to_redis: Timing = Timing()
    """Until Redis had answered for it on both channels; of ticks that found it up."""
    receive_to_viewers: Timing = Timing()
    """Until it was handed to the last viewer of the stream `ticks` that keeps up."""
    receive_to_screens: Timing = Timing()
    """The same of the stream `rows`, which goes out ten times a second."""
    loop_lag: Timing = Timing()
    """How late the engine's loop was at its own work."""
    rate_peak: float = 0.0
    """The highest `TickCounts.rate` so far."""
    rate_peak_at: float | None = None
    """When; None: never any tick."""
    bytes: int = 0
    """Of the feed's messages, without what the transport adds."""
    bytes_rate: float = 0.0
    """Bytes per second over the last seconds."""
    memory: int | None = None
    """Bytes that the engine's process has in memory; None: the system does not say."""
    memory_is_peak: bool = False
    """Whether that is the most that it ever had."""


@dataclass(frozen=True, slots=True)
class Attachment:
    """How a screen hangs on an engine in another process."""

    where: str = ""
    """The engine's address, sanitised."""
    connected: bool = False
    pid: int = 0
    """Of the engine; 0 until it is known."""
    control: bool = False
    """Whether the screen may tell the engine to do something."""
    behind: float = 0.0
    """Seconds by which what arrives is later than the quickest of it was."""
    reason: str = ""
    """Why it is not connected, in words; sanitised."""
    attempt: int = 0
    """Attempts since it was last connected."""
    retry_at: float | None = None


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The whole engine at one instant, in the universe's order."""

    now: float = 0.0
    wall_ms: int = 0
    started: float = 0.0
    rows: tuple[Row, ...] = ()
    link: LinkView = LinkView()
    counts: TickCounts = TickCounts()
    redis: RedisView = RedisView()
    viewers: ViewersView = ViewersView()
    universe: UniverseView = UniverseView()
    notices: tuple[Notice, ...] = ()
    """The newest lines, oldest first."""
    patterns: tuple[PatternEvent, ...] = ()
    """The newest pattern events, oldest first."""
    detection: DetectionView = DetectionView()
    performance: PerformanceView = PerformanceView()
    groups: tuple[Group, ...] = ()
    """By digit; the first one is all that is watched."""
    chart: Chart | None = None
    """What a screen asked for."""
    alerts: tuple[FiredAlert, ...] = ()
    """The newest that fired, oldest first. Those that are there when a screen is first connected
    fired before it came, some of them in runs before."""
    alert_counts: AlertCounts = AlertCounts()
    alert_rules: tuple[AlertRule, ...] = ()
    """What is waited for, in the order of the ids; the same object until it changes."""
    attachment: Attachment = Attachment()
    """Filled in by whoever looks at an engine from another process."""
