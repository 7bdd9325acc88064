"""What is counted of the feed, and how little of it is told to the log."""

from __future__ import annotations

import logging

import orjson
import pytest

from tests.engine.fake_massive import bar
from tickterm.engine.statistics import Statistics
from tickterm.market.protocol import MassiveProtocol, Received


def received(*elements: object) -> Received:
    return MassiveProtocol("", (), "massive").receive(orjson.dumps(elements))


def status(name: str, message: str = "m") -> dict[str, str]:
    return {"ev": "status", "status": name, "message": message}


def test_every_element_is_counted_once() -> None:
    statistics = Statistics()
    statistics.count(received(bar(), status("success"), {"ev": "X"}, 1, bar()), 1.0)
    statistics.count(received(bar() | {"c": -1}, bar() | {"sym": "a,b"}, bar() | {"c": 0}), 1.0)
    statistics.count(received(), 1.0)
    counts = statistics.view()
    assert (counts.frames, counts.ticks, counts.statuses, counts.unknown) == (3, 2, 1, 1)
    assert counts.rejected_by == {"no event": 1, "price": 2, "symbol": 1}
    assert counts.rejected == 4
    assert counts.elements == counts.ticks + counts.statuses + counts.unknown + counts.rejected == 8


def test_a_flood_is_counted_exactly_and_told_in_a_few_lines(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG, "tickterm.feed")
    statistics = Statistics()
    for second in range(5):
        for frame in range(10):
            junk = [{"ev": "X"}] * 500 + [status("error", "no")] * 300 + [bar() | {"c": 0}] * 200
            statistics.count(received(*junk, bar()), 100.0 + second + frame / 20)
    statistics.beat(105.0, 0.0)
    counts = statistics.view()
    assert (counts.unknown, counts.statuses, counts.rejected, counts.ticks) == (
        25_000, 15_000, 10_000, 50,
    )  # fmt: skip
    lines = [record.getMessage() for record in caplog.records]
    assert sum("unknown event X" in line for line in lines) == 100
    assert set(lines[-3:]) == {
        "… and 24900 more unknown events",
        "… and 14900 more status messages",
        "… and 9900 more rejected elements",
    }
    assert len(lines) == 303


def test_what_is_usual_is_quiet(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "tickterm.feed")
    statistics = Statistics()
    statistics.count(received(bar(), *[status("success", "subscribed to: A.X")] * 10), 1.0)
    assert not caplog.records
    statistics.count(received(status("auth_success"), status("error", "not authorized")), 1.0)
    assert [r.levelno for r in caplog.records] == [logging.INFO, logging.WARNING]


def test_bursts_once_a_second_are_a_steady_rate() -> None:
    statistics = Statistics()
    frame = received(*[bar()] * 100)
    rates = []
    for tenth in range(200):
        now = 50.0 + tenth / 10
        if tenth % 10 == 0:
            statistics.count(frame, now)
        statistics.beat(now, 0.001)
        rates.append(statistics.view().rate)
    assert all(80 <= rate <= 120 for rate in rates[60:])


def test_the_rate_falls_when_the_feed_stops() -> None:
    statistics = Statistics()
    assert statistics.view().rate == 0.0
    for tenth in range(100):
        statistics.count(received(*[bar()] * 10), tenth / 10)
        statistics.beat(tenth / 10, 0.0)
    assert statistics.view().rate == pytest.approx(100, rel=0.05)
    for tenth in range(100, 200):
        statistics.beat(tenth / 10, 0.0)
    assert statistics.view().rate == 0.0


def test_the_lag_of_the_loop_is_measured() -> None:
    statistics = Statistics()
    assert statistics.view().loop_lag_p99 is None
    for tenth in range(100):
        statistics.beat(10 + tenth / 10, -0.001 if tenth % 2 else 0.050)
    lag = statistics.view().loop_lag_p99
    assert lag is not None
    assert 0.045 < lag < 0.056


def test_the_start_full_of_imports_says_nothing_of_the_lag() -> None:
    statistics = Statistics()
    for tenth in range(60):
        statistics.beat(5 + tenth / 10, 0.5 if tenth < 25 else 0.001)
    lag = statistics.view().loop_lag_p99
    assert lag is not None
    assert lag < 0.01
