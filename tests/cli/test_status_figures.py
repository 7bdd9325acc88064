"""What `tickterm status` prints of latencies and load."""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import TypeAlias

import msgspec
import pytest

from tickterm.attach.remote_engine import RemoteEngine
from tickterm.cli.main import main
from tickterm.market.snapshot import (
    Attachment,
    PerformanceView,
    Quantiles,
    Snapshot,
    Timing,
)

MEASURED = PerformanceView(
    exchange_to_receive=Timing(
        Quantiles(9, 0, 2.03, 2.2, 2.53, 2.61), Quantiles(99, 0, 2.0, 2.2, 2.5, 903)
    ),
    receive_to_redis=Timing(since_start=Quantiles(9, 0, 1.0, 1.0, 1.0, 1.0)),
    loop_lag=Timing(Quantiles(9, 0, 0.0001, 0.0002, 0.00031, 0.0012)),
    rate_peak=4812.4,
    bytes_rate=13_005.2,
    memory=97_517_568,
)
Patch: TypeAlias = pytest.MonkeyPatch
Captured: TypeAlias = pytest.CaptureFixture[str]


def printed(
    performance: PerformanceView, monkeypatch: Patch, capfd: Captured, *options: str
) -> list[str]:
    attachment = Attachment(connected=True)
    snapshot = Snapshot(now=9.0, started=1.0, attachment=attachment, performance=performance)
    monkeypatch.setattr(RemoteEngine, "run", lambda _: None)
    monkeypatch.setattr(RemoteEngine, "stop", lambda _: None)
    monkeypatch.setattr(RemoteEngine, "snapshot", lambda _: snapshot)
    monkeypatch.setattr(sys, "argv", ["tickterm", "status", "127.0.0.1:1", *options])
    with pytest.raises(SystemExit):
        main()
    return capfd.readouterr().out.splitlines()


def test_it_says_what_was_measured_in_the_last_minute(monkeypatch: Patch, capfd: Captured) -> None:
    assert printed(MEASURED, monkeypatch, capfd)[-3:] == [
        "latency   exchange to us: p50 2.03 s, p99 2.53 s, max 2.61 s in the last minute",
        "          engine's lag: p50 0.10 ms, p99 0.31 ms, max 1.20 ms in the last minute",
        "load      13.0 kB/s of feed, peak 4,812 ticks/s, memory 97.5 MB",
    ]


def test_memory_that_is_a_peak_is_called_one(monkeypatch: Patch, capfd: Captured) -> None:
    lines = printed(replace(MEASURED, memory_is_peak=True), monkeypatch, capfd)
    assert lines[-1].endswith("memory 97.5 MB at most")


def test_an_engine_that_measures_nothing_gets_no_lines_of_it(
    monkeypatch: Patch, capfd: Captured
) -> None:
    assert printed(PerformanceView(), monkeypatch, capfd)[-1].startswith("viewers ")


def test_as_json_it_is_the_whole(monkeypatch: Patch, capfd: Captured) -> None:
    (line,) = printed(MEASURED, monkeypatch, capfd, "--json")
    told = msgspec.json.decode(line)["performance"]
    assert msgspec.convert(told, PerformanceView) == MEASURED
