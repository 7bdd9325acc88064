"""What `/metrics` answers: a snapshot in the Prometheus text format.

Loaded when it is first asked for: `prometheus_client` takes 50 ms to import.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from prometheus_client import CollectorRegistry, ProcessCollector
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    InfoMetricFamily,
    Metric,
)
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest
from prometheus_client.registry import Collector

from tickterm import __version__
from tickterm.market.snapshot import (
    AlertCounts,
    ChannelCounts,
    DetectionView,
    LinkPhase,
    LinkView,
    PerformanceView,
    Quantiles,
    RedisView,
    Snapshot,
    TickCounts,
    Timing,
    ViewersView,
)
from tickterm.market.text import clean

__all__ = ["exposition"]

MAX_SERIES = 50
"""Of one family; what would make more is counted as `other`."""
MAX_LABEL = 64
"""Characters of a label's value."""


def exposition(snapshot: Snapshot) -> tuple[str, bytes]:
    """Return content type and body; counters are since the engine started.

    The process's own figures have their standard names (`process_cpu_seconds_total` and so on)
    and are there where `/proc` is.
    """
    registry = CollectorRegistry()
    registry.register(_SnapshotCollector(snapshot))
    ProcessCollector(registry=registry)
    return CONTENT_TYPE_PLAIN_0_0_4, generate_latest(registry)


class _SnapshotCollector(Collector):
    """Gives the numbers of one snapshot."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot

    def collect(self) -> Iterator[Metric]:
        """Yield every family."""
        yield InfoMetricFamily(
            "tickterm_build", "The program that answers.", {"version": __version__}
        )
        yield from _ticks(self._snapshot.counts)
        yield from _link(self._snapshot.link)
        yield from _redis(self._snapshot.redis)
        yield from _patterns(self._snapshot.detection, self._snapshot.now)
        yield from _alerts(self._snapshot.alert_counts)
        yield from _viewers(self._snapshot.viewers)
        yield from _performance(self._snapshot.performance)
        yield from _watched(self._snapshot)


def _ticks(counts: TickCounts) -> Iterator[Metric]:
    yield _counter("frames", "Messages of the feed.", counts.frames)
    yield _counter(
        "elements", "Their elements: ticks, statuses, unknown and rejected.", counts.elements
    )
    yield _counter("ticks", "Valid ticks.", counts.ticks)
    yield _counter("statuses", "Status messages of the feed.", counts.statuses)
    yield _counter("unknown", "Elements of a kind that nobody knows.", counts.unknown)
    rejected = _by_one(counts.rejected_by)
    yield _counters("rejected", "Elements that are no valid tick.", ("reason",), rejected)
    yield _counter("unpublished", "Ticks that a defect kept from a sink.", counts.unpublished)
    yield _gauge("ticks_per_second", "Valid ticks, over the last seconds.", counts.rate)
    yield _gauge(
        "loop_lag_p99_seconds",
        "How late the engine's loop was, 99 of 100 times less.",
        counts.loop_lag_p99,
    )


def _link(link: LinkView) -> Iterator[Metric]:
    yield _gauge("link_up", "1 while ticks can arrive.", link.phase is LinkPhase.UP)
    phases = _by_one({phase.name.lower(): phase is link.phase for phase in LinkPhase})
    yield _gauges("link_phase", "1 for the phase that the link is in.", ("phase",), phases)
    yield _counter("link_connections", "Links to the feed that came up.", link.connections)
    yield _counter("link_losses", "Links to the feed that were lost.", link.losses)
    yield _gauge("link_attempts", "Attempts since the link was last up.", link.attempt)
    yield _gauge("subscriptions_asked", "Symbols asked for on this link.", link.asked)
    yield _gauge("subscriptions_acknowledged", "Symbols that the feed granted.", link.acknowledged)
    yield _gauge("subscriptions_refused", "Symbols that the feed refused.", link.refused)


CUT = ("stuck", "loud", "bad message", "no hello", "token")
TURNED_AWAY = ("origin or host", "token", "too many", "too many from there")
"""The reasons that there are: a counter that is not there before its first event hides that one."""

_CHANNEL_COUNTERS = (
    ("offered", "Ticks for a channel; the sum of the other figures of the channel."),
    ("accepted", "Ticks that Redis took."),
    ("ambiguous", "Ticks sent whose reply was lost: delivered or not, nobody knows."),
)
_CHANNEL_GAUGES = (
    ("buffered", "Ticks that wait for Redis."),
    ("in_flight", "Ticks sent whose reply is awaited."),
)


def _redis(redis: RedisView) -> Iterator[Metric]:
    yield _gauge("redis_up", "1 while Redis takes ticks.", redis.up)
    yield from _channels(redis.channels)
    yield _gauge("redis_buffered_bytes", "Memory of what waits for Redis.", redis.buffered_bytes)
    yield _gauge(
        "redis_latency_p99_seconds",
        "From the feed to the reply of Redis, 99 of 100 times less.",
        redis.p99,
    )


def _channels(channels: Mapping[str, ChannelCounts]) -> Iterator[Metric]:
    for field, text in _CHANNEL_COUNTERS:
        counts = {name: getattr(channel, field) for name, channel in channels.items()}
        yield _counters(f"redis_{field}", text, ("channel",), _by_one(counts))
    for field, text in _CHANNEL_GAUGES:
        counts = {name: getattr(channel, field) for name, channel in channels.items()}
        yield _gauges(f"redis_{field}", text, ("channel",), _by_one(counts))
    dropped = [
        ((name, reason), count)
        for name, channel in channels.items()
        for reason, count in channel.dropped.items()
    ]
    yield _counters(
        "redis_dropped", "Ticks that Redis will never get.", ("channel", "reason"), dropped
    )


_PATTERN_COUNTERS = (
    (
        "received",
        "Messages of pattern events; the sum of shown, flooded, repeated, malformed and others.",
    ),
    ("shown", "Pattern events of others that were put among the newest."),
    ("flooded", "Pattern events of others that were only numbered: too many came at a time."),
    ("repeated", "Pattern events that were known already."),
    ("malformed", "Messages of pattern events that cannot be read."),
    ("others", "Messages that are no pattern events, such as health."),
    ("detected", "Patterns that the engine's own rules found."),
    ("unpublished", "Of these, those that Redis did not get."),
    ("gaps", "Times that pattern events may have been missed."),
)


def _alerts(counts: AlertCounts) -> Iterator[Metric]:
    yield _counter("alerts_fired", "Alerts that fired.", counts.fired)
    yield _counter("alerts_unpublished", "Of these, those that Redis lacks.", counts.unpublished)
    yield _counter(
        "alerts_failed_commands", "Commands of alerts that failed.", counts.failed_commands
    )


def _patterns(detection: DetectionView, now: float) -> Iterator[Metric]:
    yield _gauge("patterns_listening", "1 while pattern events are heard.", detection.listening)
    yield _gauge(
        "patterns_fallback", "1 while the engine's own rules are at work.", detection.fallback
    )
    beat = detection.heartbeat_at
    age = None if beat is None else now - beat
    yield _gauge(
        "patterns_heartbeat_age_seconds",
        "Since analytics last gave a sign of life; absent before it did.",
        age,
    )
    for field, text in _PATTERN_COUNTERS:
        yield _counter(f"patterns_{field}", text, getattr(detection, field))


def _viewers(viewers: ViewersView) -> Iterator[Metric]:
    yield _gauge("viewers_connected", "Viewers of this moment.", viewers.viewers)
    yield _counter(
        "viewers_conflated",
        "Ticks that slow viewers did not get because a newer one replaced them.",
        viewers.conflated,
    )
    yield _gauge("viewers_deepest_bytes", "Waiting for one viewer, at most.", viewers.deepest)
    yield _gauge("viewers_kept_ticks", "Kept for viewers that resume.", viewers.kept)
    cut = _by_one(dict.fromkeys(CUT, 0) | dict(viewers.cut_by))
    refused = _by_one(dict.fromkeys(TURNED_AWAY, 0) | dict(viewers.turned_away_by))
    yield _counters("viewers_cut", "Viewers that were cut off.", ("reason",), cut)
    yield _counters("viewers_turned_away", "Requests that were refused.", ("reason",), refused)


_STAGES = (
    "exchange_to_receive",
    "receive_to_redis",
    "receive_to_viewers",
    "receive_to_screens",
    "loop_lag",
)
_WINDOWS = (("minute", "minute"), ("since_start", "start"))
_QUANTILES = (("p50", "0.5"), ("p95", "0.95"), ("p99", "0.99"), ("max", "1"))


def _performance(performance: PerformanceView) -> Iterator[Metric]:
    timings: dict[str, Timing] = {stage: getattr(performance, stage) for stage in _STAGES}
    yield _gauges(
        "latency_seconds",
        "How long it took, of the last minute and since the start; 1: the longest.",
        ("stage", "window", "quantile"),
        [
            ((stage, window, *labels), value)
            for stage, timing in timings.items()
            for field, window in _WINDOWS
            for labels, value in _quantiles(getattr(timing, field))
        ],
    )
    measured = {stage: timing.since_start.count for stage, timing in timings.items()}
    yield _counters(
        "latency_measured", "Ticks, of the lag looks, measured.", ("stage",), _by_one(measured)
    )
    yield _counter(
        "early",
        "Ticks received before their time by this machine's clock.",
        performance.exchange_to_receive.since_start.early,
    )
    yield _counter("feed_bytes", "Of the feed's messages.", performance.bytes)
    yield _gauge("feed_bytes_per_second", "Over the last seconds.", performance.bytes_rate)
    yield _gauge("ticks_per_second_peak", "The highest so far.", performance.rate_peak)


def _quantiles(quantiles: Quantiles) -> Iterator[tuple[tuple[str], float]]:
    """Yield label and value of those that are known."""
    for field, label in _QUANTILES:
        value: float | None = getattr(quantiles, field)
        if value is not None:
            yield (label,), value


def _watched(snapshot: Snapshot) -> Iterator[Metric]:
    yield _gauge("symbols_watched", "Symbols of the universe.", snapshot.universe.size)
    newest = max((row.updated for row in snapshot.rows if row.ticks), default=None)
    age = None if newest is None else snapshot.now - newest
    yield _gauge("newest_tick_age_seconds", "Since a tick last came; absent before one did.", age)


def _counter(name: str, text: str, value: float) -> Metric:
    return CounterMetricFamily(f"tickterm_{name}", text, value)


def _gauge(name: str, text: str, value: float | None) -> Metric:
    return GaugeMetricFamily(f"tickterm_{name}", text, value)


Series = Iterable[tuple[tuple[str, ...], float]]
"""Values of the labels, and the value."""


def _by_one(values: Mapping[str, float]) -> Series:
    return [((label,), value) for label, value in values.items()]


def _counters(name: str, text: str, labels: tuple[str, ...], series: Series) -> Metric:
    return _filled(CounterMetricFamily(f"tickterm_{name}", text, labels=labels), series)


def _gauges(name: str, text: str, labels: tuple[str, ...], series: Series) -> Metric:
    return _filled(GaugeMetricFamily(f"tickterm_{name}", text, labels=labels), series)


def _filled(family: CounterMetricFamily | GaugeMetricFamily, series: Series) -> Metric:
    """Add the series: texts cleaned, too many of them as one, no two under the same labels."""
    bounded: dict[tuple[str, ...], float] = {}
    for labels, value in series:
        cleaned = tuple(clean(label, MAX_LABEL) for label in labels)
        if cleaned not in bounded and len(bounded) >= MAX_SERIES:
            cleaned = ("other",) * len(labels)
        bounded[cleaned] = bounded.get(cleaned, 0) + value
    for cleaned, value in bounded.items():
        family.add_metric(cleaned, value)
    return family
