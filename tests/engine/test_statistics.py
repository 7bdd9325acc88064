"""What is counted of the feed, and how little of it is told to the log."""

from __future__ import annotations

import logging

import orjson
import pytest

from tests.engine.feed.fake_massive import bar
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
    before = statistics.view().hidden
    statistics.beat(105.0, 0.0)
    counts = statistics.view()
    assert counts.hidden == before
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
    assert counts.hidden == {
        "unknown events": 25_000 - 100,
        "status messages": 15_000 - 100,
        "rejected elements": 10_000 - 100,
    }


def test_what_was_hidden_and_what_was_told_are_all_that_was_odd(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG, "tickterm.feed")
    statistics = Statistics()
    now = 50.0
    for number in (1, 19, 25, 3, 700, 21, 1):
        odd = [{"ev": "X"}] * number + [status("error")] * number + [bar() | {"c": 0}] * number
        statistics.count(received(*odd, status("success")), now)
        statistics.beat(now, 0.0)
        now += 0.4
    lines = [record.getMessage() for record in caplog.records]
    counts = statistics.view()
    told = {
        "unknown events": sum(line.startswith("unknown event X") for line in lines),
        "status messages": sum(line.startswith("status error") for line in lines),
        "rejected elements": sum(line.startswith("rejected") for line in lines),
    }
    odd_ones = {
        "unknown events": counts.unknown,
        "status messages": counts.statuses - 7,
        "rejected elements": counts.rejected,
    }
    assert odd_ones == dict.fromkeys(odd_ones, 770)
    assert {kind: counts.hidden[kind] + told[kind] for kind in told} == odd_ones


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


def test_bytes_are_those_of_the_frames() -> None:
    statistics = Statistics()
    frame = orjson.dumps([bar(), status("success"), 5])
    for tenth in range(50):
        statistics.count(MassiveProtocol("", (), "massive").receive(frame), 9 + tenth / 10)
        statistics.beat(9 + tenth / 10, 0.0)
    assert statistics.bytes == 50 * len(frame)
    assert statistics.bytes_rate == pytest.approx(10 * len(frame), rel=0.05)
    for tenth in range(50, 110):
        statistics.beat(9 + tenth / 10, 0.0)
    assert (statistics.bytes, statistics.bytes_rate) == (50 * len(frame), 0.0)


def test_the_peak_is_the_highest_rate_that_was_shown_and_stays() -> None:
    statistics = Statistics()
    shown: list[tuple[float, float]] = []
    for tenth in range(400):
        now = 9 + tenth / 10
        per_frame = 50 if 100 <= tenth < 200 else 10
        statistics.count(received(*[bar()] * per_frame), now)
        statistics.beat(now, 0.0)
        shown.append((statistics.view().rate, now))
    assert statistics.rate_peak == max(rate for rate, _ in shown) == pytest.approx(500, rel=0.05)
    assert statistics.rate_peak_at == next(
        now for rate, now in shown if rate == statistics.rate_peak
    )
    assert statistics.view().rate == pytest.approx(100, rel=0.05)


def test_no_tick_is_no_peak() -> None:
    statistics = Statistics()
    for tenth in range(20):
        statistics.beat(tenth / 10, 0.0)
    assert (statistics.rate_peak, statistics.rate_peak_at) == (0.0, None)


def test_a_clock_set_back_makes_no_peak() -> None:
    statistics = Statistics()
    for tenth in range(100):
        statistics.count(received(bar()), 1000 + tenth / 10)
        statistics.beat(1000 + tenth / 10, 0.0)
    for tenth in range(100):
        statistics.count(received(bar()), 500 + tenth / 10)
        statistics.beat(500 + tenth / 10, 0.0)
    assert statistics.rate_peak == pytest.approx(10, rel=0.05)
    assert statistics.rate == pytest.approx(10, rel=0.05)


def test_lags_of_a_minute_ago_vanish() -> None:
    statistics = Statistics()
    for tenth in range(1_200):
        statistics.beat(5 + tenth / 10, 0.2 if tenth == 100 else 0.001)
        lag = statistics.lag(5 + tenth / 10)
        if tenth in (110, 600, 800):
            assert lag.minute.max == pytest.approx(0.2 if tenth <= 600 else 0.001), tenth
    assert lag.since_start.max == pytest.approx(0.2)
    assert lag.minute.count == pytest.approx(575, abs=25)
