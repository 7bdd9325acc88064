"""What `/metrics` says is what the snapshot says, in words that Prometheus takes."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from prometheus_client import REGISTRY

from tests.engine.viewers.exposed import RAW, SNAPSHOT, TICKS, families, values
from tickterm import __version__
from tickterm.engine.viewers.metrics import CUT, TURNED_AWAY, exposition
from tickterm.market.snapshot import LinkPhase, LinkView, Snapshot

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
