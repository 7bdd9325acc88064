"""What `tickterm status` prints of the feed, of patterns and of alerts."""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import Any

import pytest

from tickterm.attach.remote_engine import RemoteEngine
from tickterm.cli.main import main
from tickterm.market.alerts import AlertKind, AlertRule
from tickterm.market.snapshot import (
    AlertCounts,
    Attachment,
    DetectionView,
    Feed,
    LinkPhase,
    LinkView,
    Row,
    Snapshot,
)

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


def lines_of(
    snapshot: Snapshot, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> list[str]:
    """Return all lines."""
    monkeypatch.setattr(RemoteEngine, "run", lambda _: None)
    monkeypatch.setattr(RemoteEngine, "stop", lambda _: None)
    monkeypatch.setattr(RemoteEngine, "snapshot", lambda _: snapshot)
    monkeypatch.setattr(sys, "argv", ["tickterm", "status", "127.0.0.1:1"])
    with pytest.raises(SystemExit):
        main()
    return capfd.readouterr().out.splitlines()


def printed(
    detection: DetectionView, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> list[str]:
    """Return the lines from `patterns` to `viewers`."""
    snapshot = Snapshot(
        now=1000.0, started=1.0, attachment=Attachment(connected=True), detection=detection
    )
    lines = lines_of(snapshot, monkeypatch, capfd)
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
    capfd: pytest.CaptureFixture[str],
) -> None:
    assert printed(detection, monkeypatch, capfd) == [f"patterns  {line}", *COUNTS]


def test_an_engine_that_says_nothing_of_patterns_gets_one_line(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    lines = printed(DetectionView(), monkeypatch, capfd)
    assert lines == ["patterns  nobody looks for patterns"]


RULE = AlertRule("AAPL", AlertKind.ABOVE, 230.0, 1)


@pytest.mark.parametrize(
    ("rules", "counts", "line"),
    [
        ((RULE,), AlertCounts(), "1 set, 0 fired, 0 not published, 0 commands failed"),
        ((), AlertCounts(1_300, 20, 3), "0 set, 1,300 fired, 20 not published, 3 commands failed"),
    ],
)
def test_it_says_what_became_of_alerts(
    rules: tuple[AlertRule, ...],
    counts: AlertCounts,
    line: str,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    snapshot = replace(CLOSED, alert_rules=rules, alert_counts=counts)
    assert f"alerts    {line}" in lines_of(snapshot, monkeypatch, capfd)


def test_without_alerts_there_is_no_line_of_them(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    assert not any("alerts" in line for line in lines_of(CLOSED, monkeypatch, capfd))


CLOSED = Snapshot(
    now=1000.0,
    wall_ms=1_780_740_000_000,  # Saturday 2026-06-06, 06:00 in New York
    started=1.0,
    link=LinkView(phase=LinkPhase.UP, since=900.0, host="socket.massive.com"),
    attachment=Attachment(connected=True),
)


@pytest.mark.parametrize(
    ("link", "line"),
    [
        ({}, "CLOSED opens Mon 09:30 ET"),
        ({"feed": Feed.SIMULATED}, "SIMULATED"),
        ({"phase": LinkPhase.REFUSED, "reason": "wrong key"}, "REFUSED wrong key"),
        (
            {"phase": LinkPhase.RETRYING, "attempt": 3, "reason": "no data", "retry_at": 1003.0},
            "RECONNECTING attempt 3 · next try in 3 s · no data",
        ),
    ],
)
def test_it_says_the_feeds_state_in_the_screens_words(
    link: dict[str, Any],
    line: str,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    snapshot = replace(CLOSED, link=replace(CLOSED.link, **link))
    (feed,) = (text for text in lines_of(snapshot, monkeypatch, capfd) if text.startswith("feed "))
    assert feed.startswith(f"feed      {line}")
    assert "tries again" not in feed  # there is no key here


def test_it_says_how_late_a_delayed_feed_is(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    late = Row("A", 1.0, ticks=1, updated=1000.0, timestamp=CLOSED.wall_ms - 901_000)
    link = replace(CLOSED.link, host="delayed.massive.com")
    lines = lines_of(replace(CLOSED, rows=(late,), link=link), monkeypatch, capfd)
    assert "feed      DELAYED 15 min" in lines


@pytest.mark.parametrize("options", ["", "--json"])
def test_without_stdout_it_says_so(
    options: str, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    well = replace(CLOSED, redis=replace(CLOSED.redis, up=True))
    monkeypatch.setattr(RemoteEngine, "run", lambda _: None)
    monkeypatch.setattr(RemoteEngine, "stop", lambda _: None)
    monkeypatch.setattr(RemoteEngine, "snapshot", lambda _: well)
    monkeypatch.setattr(sys, "argv", ["tickterm", "status", "127.0.0.1:1", *options.split()])
    with monkeypatch.context() as patch:
        patch.setattr(sys, "stdout", None)
        with pytest.raises(SystemExit) as raised:
            main()
    assert raised.value.code == 1
    assert capfd.readouterr().err == "tickterm: stdout is closed\n"
