"""What `tickterm status` prints of patterns."""

from __future__ import annotations

import sys
from dataclasses import replace

import pytest

from tickterm.attach.remote_engine import RemoteEngine
from tickterm.cli.main import main
from tickterm.market.snapshot import Attachment, DetectionView, Snapshot

WELL = DetectionView(
    listening=True,
    heartbeat_at=996.5,
    health="healthy, 70 symbols, 64 ticks/s, lag 3 ms",
    received=1_300,
    shown=1_214,
    repeated=2,
    flooded=7,
    malformed=3,
    gaps=4,
    detected=5,
    unpublished=6,
)
FALLBACK = replace(WELL, fallback=True, fallback_since=970.0, heartbeat_at=880.0)
COUNTS = [
    "          events: 1,214 shown, 2 repeated, 7 too many at a time, 3 unreadable, 4 gaps",
    "          own rules: 5 found, 6 not published",
]


def printed(
    detection: DetectionView, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> list[str]:
    """Return the lines from `patterns` to `viewers`."""
    snapshot = Snapshot(
        now=1000.0, started=1.0, attachment=Attachment(connected=True), detection=detection
    )
    monkeypatch.setattr(RemoteEngine, "run", lambda _: None)
    monkeypatch.setattr(RemoteEngine, "stop", lambda _: None)
    monkeypatch.setattr(RemoteEngine, "snapshot", lambda _: snapshot)
    monkeypatch.setattr(sys, "argv", ["tickterm", "status", "127.0.0.1:1"])
    with pytest.raises(SystemExit):
        main()
    lines = capsys.readouterr().out.splitlines()
    (first,) = [n for n, line in enumerate(lines) if line.startswith("patterns ")]
    (last,) = [n for n, line in enumerate(lines) if line.startswith("viewers ")]
    return lines[first:last]


@pytest.mark.parametrize(
    ("detection", "line"),
    [
        (WELL, "analytics healthy, 70 symbols, 64 ticks/s, lag 3 ms, heartbeat 4s ago"),
        (FALLBACK, "FALLBACK for 30s, analytics silent 2m"),
        (replace(FALLBACK, heartbeat_at=None), "FALLBACK for 30s, no sign of analytics"),
        (
            replace(WELL, listening=False, reason="connection refused"),
            "OFF not listening: connection refused",
        ),
    ],
)
def test_it_says_who_looks_for_patterns(
    detection: DetectionView,
    line: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert printed(detection, monkeypatch, capsys) == [f"patterns  {line}", *COUNTS]


def test_an_engine_that_says_nothing_of_patterns_gets_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = printed(DetectionView(), monkeypatch, capsys)
    assert lines == ["patterns  nobody looks for patterns"]
