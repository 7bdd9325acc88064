"""What `/metrics` says is what the snapshot says, in words that Prometheus takes."""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import fields, replace
from pathlib import Path
from typing import Any, TypeVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from prometheus_client import REGISTRY
from prometheus_client.core import Metric
from prometheus_client.parser import text_string_to_metric_families

from tickterm import __version__
from tickterm.engine.viewers.metrics import CUT, MAX_LABEL, MAX_SERIES, TURNED_AWAY, exposition
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

RAW, TICKS = "tickstock.data.raw", "tickstock:market:ticks"
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
EXPECTED: dict[tuple[str, tuple[str, ...]], float] = {
    ("tickterm_build_info", (__version__,)): 1,
    ("tickterm_frames_total", ()): 11,
    ("tickterm_elements_total", ()): 35,
    ("tickterm_ticks_total", ()): 20,
    ("tickterm_statuses_total", ()): 5,
    ("tickterm_unknown_total", ()): 3,
    ("tickterm_rejected_total", ("no event",)): 4,
    ("tickterm_rejected_total", ("price",)): 3,
    ("tickterm_unpublished_total", ()): 6,
    ("tickterm_ticks_per_second", ()): 64.25,
    ("tickterm_loop_lag_p99_seconds", ()): 0.0005,
    ("tickterm_link_up", ()): 1,
    ("tickterm_link_phase", ("waiting_for_universe",)): 0,
    ("tickterm_link_phase", ("connecting",)): 0,
    ("tickterm_link_phase", ("authenticating",)): 0,
    ("tickterm_link_phase", ("up",)): 1,
    ("tickterm_link_phase", ("retrying",)): 0,
    ("tickterm_link_phase", ("refused",)): 0,
    ("tickterm_link_phase", ("ended",)): 0,
    ("tickterm_link_connections_total", ()): 4,
    ("tickterm_link_losses_total", ()): 3,
    ("tickterm_link_attempts", ()): 2,
    ("tickterm_subscriptions_asked", ()): 70,
    ("tickterm_subscriptions_acknowledged", ()): 68,
    ("tickterm_subscriptions_refused", ()): 1,
    ("tickterm_redis_up", ()): 1,
    ("tickterm_redis_offered_total", (RAW,)): 21,
    ("tickterm_redis_offered_total", (TICKS,)): 20,
    ("tickterm_redis_accepted_total", (RAW,)): 10,
    ("tickterm_redis_accepted_total", (TICKS,)): 20,
    ("tickterm_redis_ambiguous_total", (RAW,)): 2,
    ("tickterm_redis_ambiguous_total", (TICKS,)): 0,
    ("tickterm_redis_buffered", (RAW,)): 4,
    ("tickterm_redis_buffered", (TICKS,)): 0,
    ("tickterm_redis_in_flight", (RAW,)): 2,
    ("tickterm_redis_in_flight", (TICKS,)): 0,
    ("tickterm_redis_dropped_total", (RAW, "age")): 1,
    ("tickterm_redis_dropped_total", (RAW, "bytes")): 2,
    ("tickterm_redis_buffered_bytes", ()): 1_880,
    ("tickterm_redis_latency_p99_seconds", ()): 0.002,
    ("tickterm_patterns_listening", ()): 1,
    ("tickterm_patterns_fallback", ()): 1,
    ("tickterm_patterns_heartbeat_age_seconds", ()): 75,
    ("tickterm_patterns_received_total", ()): 40,
    ("tickterm_patterns_shown_total", ()): 22,
    ("tickterm_patterns_flooded_total", ()): 3,
    ("tickterm_patterns_repeated_total", ()): 9,
    ("tickterm_patterns_malformed_total", ()): 1,
    ("tickterm_patterns_others_total", ()): 5,
    ("tickterm_patterns_detected_total", ()): 12,
    ("tickterm_patterns_unpublished_total", ()): 8,
    ("tickterm_patterns_gaps_total", ()): 13,
    ("tickterm_alerts_fired_total", ()): 14,
    ("tickterm_alerts_unpublished_total", ()): 15,
    ("tickterm_alerts_failed_commands_total", ()): 16,
    ("tickterm_viewers_connected", ()): 9,
    ("tickterm_viewers_conflated_total", ()): 120,
    **{("tickterm_viewers_cut_total", (reason,)): 0 for reason in CUT},
    ("tickterm_viewers_cut_total", ("stuck",)): 2,
    **{("tickterm_viewers_turned_away_total", (reason,)): 0 for reason in TURNED_AWAY},
    ("tickterm_viewers_turned_away_total", ("token",)): 5,
    ("tickterm_viewers_turned_away_total", ("too many",)): 1,
    ("tickterm_viewers_deepest_bytes", ()): 12_288,
    ("tickterm_viewers_kept_ticks", ()): 100_000,
    **{
        ("tickterm_latency_seconds", (quantile, stage, window)): value
        for stage, window, *values in (
            ("exchange_to_receive", "minute", -0.5, 2.25, 2.5, 2.75),
            ("exchange_to_receive", "start", 2.0, 2.25, 2.5, 903.5),
            ("loop_lag", "start", 0.001, 0.002, 0.003, 0.004),
        )
        for quantile, value in zip(("0.5", "0.95", "0.99", "1"), values, strict=True)
    },
    ("tickterm_latency_measured_total", ("exchange_to_receive",)): 20,
    ("tickterm_latency_measured_total", ("receive_to_redis",)): 0,
    ("tickterm_latency_measured_total", ("receive_to_viewers",)): 0,
    ("tickterm_latency_measured_total", ("receive_to_screens",)): 0,
    ("tickterm_latency_measured_total", ("loop_lag",)): 600,
    ("tickterm_early_total", ()): 3,
    ("tickterm_feed_bytes_total", ()): 81_920,
    ("tickterm_feed_bytes_per_second", ()): 2_048.5,
    ("tickterm_ticks_per_second_peak", ()): 812.5,
    ("tickterm_symbols_watched", ()): 70,
    ("tickterm_newest_tick_age_seconds", ()): 1.5,
}

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


def test_every_number_is_that_of_the_snapshot() -> None:
    assert values(SNAPSHOT) == EXPECTED


def test_the_accounts_add_up() -> None:
    told = values(SNAPSHOT)

    def total(name: str, label: str = "") -> float:
        wanted = f"tickterm_{name}"
        return sum(v for (n, labels), v in told.items() if n == wanted and label in ("", *labels))

    parts = ("ticks", "statuses", "unknown", "rejected")
    assert total("elements_total") == sum(total(f"{part}_total") for part in parts)
    heard = ("shown", "flooded", "repeated", "malformed", "others")
    assert total("patterns_received_total") == sum(total(f"patterns_{x}_total") for x in heard)
    carriers = ("accepted_total", "buffered", "in_flight", "dropped_total", "ambiguous_total")
    for channel in (RAW, TICKS):
        carried = sum(total(f"redis_{part}", channel) for part in carriers)
        assert total("redis_offered_total", channel) == carried


def test_before_anything_happened_there_are_zeros_and_no_inventions() -> None:
    told = values(Snapshot())
    assert told[("tickterm_link_phase", ("waiting_for_universe",))] == 1
    assert told[("tickterm_ticks_total", ())] == 0
    for unknown in (
        "loop_lag_p99_seconds",
        "redis_latency_p99_seconds",
        "newest_tick_age_seconds",
        "patterns_heartbeat_age_seconds",
    ):
        assert (f"tickterm_{unknown}", ()) not in told
    assert not [value for value in told.values() if value not in (0, 1)]


@pytest.mark.parametrize("phase", LinkPhase)
def test_the_link_is_in_exactly_one_phase(phase: LinkPhase) -> None:
    told = values(replace(SNAPSHOT, link=LinkView(phase=phase)))
    phases = {labels[0]: v for (name, labels), v in told.items() if name == "tickterm_link_phase"}
    assert [name for name, value in phases.items() if value] == [phase.name.lower()]
    assert told[("tickterm_link_up", ())] == (phase is LinkPhase.UP)


# --- counters rise, names follow the rules


count = st.integers(0, 10**12)
reasons = st.dictionaries(st.text(max_size=3), count, max_size=2 * MAX_SERIES)
links = st.builds(LinkView, connections=count, losses=count, attempt=count, asked=count)
feeds = st.builds(
    TickCounts,
    frames=count,
    elements=count,
    ticks=count,
    statuses=count,
    unknown=count,
    rejected_by=reasons,
    unpublished=count,
)
channels = st.builds(
    ChannelCounts,
    offered=count,
    accepted=count,
    buffered=count,
    dropped=reasons,
    ambiguous=count,
)
viewers = st.builds(ViewersView, conflated=count, cut_by=reasons, turned_away_by=reasons)

View = TypeVar("View", LinkView, TickCounts, ChannelCounts, ViewersView)


def grown(before: View, more: View) -> View:
    """Return `before` with `more` added to each of its numbers, as an engine counts on."""
    sums: dict[str, Any] = {}
    for field in fields(before):
        old, new = getattr(before, field.name), getattr(more, field.name)
        if isinstance(old, dict):
            sums[field.name] = {k: old.get(k, 0) + new.get(k, 0) for k in {**old, **new}}
        elif isinstance(old, int) and not isinstance(old, bool):
            sums[field.name] = old + new
    return replace(before, **sums)


@settings(max_examples=40, deadline=None)
@given(st.tuples(links, links), st.tuples(feeds, feeds), st.tuples(channels, channels), st.data())
def test_counters_only_rise_whatever_the_reasons_are_called(
    link: tuple[LinkView, LinkView],
    feed: tuple[TickCounts, TickCounts],
    channel: tuple[ChannelCounts, ChannelCounts],
    data: st.DataObject,
) -> None:
    seen, more = data.draw(viewers), data.draw(viewers)
    before = Snapshot(
        link=link[0], counts=feed[0], redis=RedisView(channels={RAW: channel[0]}), viewers=seen
    )
    after = Snapshot(
        link=grown(*link),
        counts=grown(*feed),
        redis=RedisView(channels={RAW: grown(*channel)}),
        viewers=grown(seen, more),
    )
    earlier, later = values(before, "counter"), values(after, "counter")
    assert set(earlier) <= set(later)
    assert all(later[series] >= value for series, value in earlier.items())


def test_no_count_is_lost_where_there_are_too_many_reasons() -> None:
    many = {f"reason {number}": 1 for number in range(3 * MAX_SERIES)}
    told = values(replace(SNAPSHOT, counts=TickCounts(rejected_by=many)))
    rejected = {k: v for k, v in told.items() if k[0] == "tickterm_rejected_total"}
    assert len(rejected) == MAX_SERIES + 1
    assert rejected[("tickterm_rejected_total", ("other",))] == 2 * MAX_SERIES
    assert sum(rejected.values()) == 3 * MAX_SERIES


HOSTILE = [
    'a"} 1\ntickterm_link_up 0\n#',
    "a\\",
    "\x1b]0;title\x07",
    "\u202egnp.exe",
    "\ud800",
    "x" * 100_000,
    "",
]


def test_labels_from_outside_are_cleaned_and_short() -> None:
    channels = {name: ChannelCounts(offered=1, dropped={name: 1}) for name in HOSTILE}
    hostile = replace(
        SNAPSHOT,
        counts=TickCounts(rejected_by=dict.fromkeys(HOSTILE, 1)),
        redis=RedisView(channels=channels),
        viewers=ViewersView(cut_by=dict.fromkeys(HOSTILE, 1)),
    )
    told = values(hostile)
    assert told[("tickterm_link_up", ())] == 1
    for name in ("rejected", "viewers_cut", "redis_offered", "redis_dropped"):
        counted = {k: v for k, v in told.items() if k[0] == f"tickterm_{name}_total"}
        assert sum(counted.values()) == len(HOSTILE), name
    for _, labels in told:
        assert all(len(label) <= MAX_LABEL and label.isprintable() for label in labels)


def test_names_that_are_the_same_once_cleaned_are_one_series() -> None:
    alike = {"a\x1b": 1, "a\x07": 2, "a\u202e": 4}
    told = values(replace(SNAPSHOT, viewers=ViewersView(cut_by=alike)))
    assert told[("tickterm_viewers_cut_total", ("a·",))] == 7


def test_names_follow_the_rules_of_prometheus() -> None:
    for family in families(SNAPSHOT):
        name = family.name
        assert re.fullmatch(r"(tickterm|process)_[a-z0-9]+(_[a-z0-9]+)*", name), name
        assert re.fullmatch(r"[A-Z1].+\.", family.documentation), name
        assert family.type in ("counter", "gauge"), name
        words = set(name.split("_"))
        assert not words & {"counter", "gauge", "sum", "count", "bucket", "milliseconds", "ms"}
        assert not words & {"minutes", "kilobytes", "kb", "percent", "total"}, name
        for sample in family.samples:
            assert sample.name.endswith("_total") == (family.type == "counter"), sample.name
            assert sample.name.endswith("_info") == (sample.name == "tickterm_build_info")
            assert all(re.fullmatch(r"[a-z]+", label) for label in sample.labels)


def test_the_process_tells_of_itself() -> None:
    told = {sample.name: sample.value for family in families(SNAPSHOT) for sample in family.samples}
    process = {name: value for name, value in told.items() if name.startswith("process_")}
    if not Path("/proc/self/stat").exists():
        assert process == {}
        return
    assert process["process_resident_memory_bytes"] > 2**20
    assert process["process_cpu_seconds_total"] > 0
    assert 3 <= process["process_open_fds"] <= process["process_max_fds"]


def test_nothing_is_left_behind_in_the_registry_of_the_library() -> None:
    before = {metric.name for metric in REGISTRY.collect()}
    exposition(SNAPSHOT)
    assert {metric.name for metric in REGISTRY.collect()} == before
    assert not {name for name in before if name.startswith("tickterm")}


def test_the_library_is_loaded_when_metrics_are_asked_for() -> None:
    code = (
        "import sys; from tickterm.engine.viewers.pages import page\n"
        "from tickterm.market.snapshot import Snapshot\n"
        "page('/healthz', Snapshot(), authorized=True)\n"
        "assert 'prometheus_client' not in sys.modules\n"
        "page('/metrics', Snapshot(), authorized=True)\n"
        "assert 'prometheus_client' in sys.modules\n"
    )
    root = Path(__file__).parents[3]
    done = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_all_latencies_at_once_are_not_too_many_series() -> None:
    known = Timing(Quantiles(1, 0, 1.0, 1.0, 1.0, 1.0), Quantiles(1, 0, 2.0, 2.0, 2.0, 2.0))
    performance = PerformanceView(known, known, known, known, known)
    told = values(replace(SNAPSHOT, performance=performance))
    latencies = {labels: v for (name, labels), v in told.items() if name.endswith("y_seconds")}
    assert len(latencies) == 40
    assert all(value == (1 if labels[-1] == "minute" else 2) for labels, value in latencies.items())
