"""An engine that has been through everything, and what `/metrics` says of one."""

from __future__ import annotations

from prometheus_client.core import Metric
from prometheus_client.parser import text_string_to_metric_families

from tickterm.engine.viewers.metrics import exposition
from tickterm.market.snapshot import (
    AlertCounts,
    ChannelCounts,
    DetectionView,
    LinkPhase,
    LinkView,
    PerformanceView,
    Quantiles,
    RedisView,
    Row,
    Snapshot,
    TickCounts,
    Timing,
    UniverseView,
    ViewersView,
)

__all__ = ["RAW", "SNAPSHOT", "TICKS", "Values", "families", "values"]

RAW = "tickstock.data.raw"
TICKS = "tickstock:market:ticks"
SNAPSHOT = Snapshot(
    now=1000.0,
    rows=(Row("A", ticks=2, updated=990.0), Row("B", ticks=1, updated=998.5), Row("C")),
    link=LinkView(
        phase=LinkPhase.UP,
        connections=4,
        losses=3,
        attempt=2,
        asked=70,
        acknowledged=68,
        refused=1,
    ),
    counts=TickCounts(
        frames=11,
        elements=35,
        ticks=20,
        statuses=5,
        unknown=3,
        rejected=7,
        rejected_by={"no event": 4, "price": 3},
        rate=64.25,
        unpublished=6,
        loop_lag_p99=0.0005,
    ),
    redis=RedisView(
        up=True,
        channels={
            RAW: ChannelCounts(21, 10, 4, 2, {"age": 1, "bytes": 2}, 2),
            TICKS: ChannelCounts(20, 20),
        },
        buffered_bytes=1_880,
        p99=0.002,
    ),
    viewers=ViewersView(
        viewers=9,
        conflated=120,
        cut_by={"stuck": 2},
        turned_away_by={"token": 5, "too many": 1},
        deepest=12_288,
        kept=100_000,
    ),
    performance=PerformanceView(
        exchange_to_receive=Timing(
            Quantiles(10, 1, -0.5, 2.25, 2.5, 2.75), Quantiles(20, 3, 2.0, 2.25, 2.5, 903.5)
        ),
        loop_lag=Timing(since_start=Quantiles(600, 0, 0.001, 0.002, 0.003, 0.004)),
        rate_peak=812.5,
        rate_peak_at=900.0,
        bytes=81_920,
        bytes_rate=2_048.5,
        memory=95_000_000,
    ),
    alert_counts=AlertCounts(14, 15, 16),
    detection=DetectionView(
        listening=True,
        fallback=True,
        heartbeat_at=925.0,
        received=40,
        shown=22,
        flooded=3,
        repeated=9,
        malformed=1,
        others=5,
        detected=12,
        unpublished=8,
        gaps=13,
    ),
    universe=UniverseView(size=70),
)
Values = dict[tuple[str, tuple[str, ...]], float]


def families(snapshot: Snapshot) -> list[Metric]:
    content_type, body = exposition(snapshot)
    assert content_type == "text/plain; version=0.0.4; charset=utf-8"
    return list(text_string_to_metric_families(body.decode()))


def values(snapshot: Snapshot, kind: str = "") -> Values:
    """Return name and labels -> value, of our own families."""
    found: Values = {}
    for family in families(snapshot):
        for sample in family.samples:
            key = (sample.name, tuple(sample.labels.values()))
            assert key not in found, "a series came twice: Prometheus would refuse them all"
            if sample.name.startswith("tickterm_") and kind in ("", family.type):
                found[key] = sample.value
    return found
