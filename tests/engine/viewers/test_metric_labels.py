"""Names and labels of `/metrics`: by the rules of Prometheus, clean, and not too many."""

from __future__ import annotations

import re
from dataclasses import replace

from tests.engine.viewers.exposed import SNAPSHOT, families, values
from tickterm.engine.viewers.metrics import MAX_LABEL, MAX_SERIES
from tickterm.market.snapshot import (
    ChannelCounts,
    PerformanceView,
    Quantiles,
    RedisView,
    TickCounts,
    Timing,
    ViewersView,
)


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


def test_all_latencies_at_once_are_not_too_many_series() -> None:
    known = Timing(Quantiles(1, 0, 1.0, 1.0, 1.0, 1.0), Quantiles(1, 0, 2.0, 2.0, 2.0, 2.0))
    performance = PerformanceView(known, known, known, known, known)
    told = values(replace(SNAPSHOT, performance=performance))
    latencies = {labels: v for (name, labels), v in told.items() if name.endswith("y_seconds")}
    assert len(latencies) == 40
    assert all(value == (1 if labels[-1] == "minute" else 2) for labels, value in latencies.items())
