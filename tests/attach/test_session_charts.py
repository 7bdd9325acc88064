"""What a session keeps of patterns and of the chart."""

from __future__ import annotations

import pytest

from tests.attach.messages import NOW, candle, candles, hello, pattern, rows, status, wire
from tests.attach.sessions import REMOTE, attach, new_session
from tickterm.market.contract import Patterns
from tickterm.market.snapshot import Chart, DetectionView
from tickterm.market.timeframe import Timeframe


def test_patterns_and_who_looks_for_them() -> None:
    session = new_session()
    attach(session)
    session.take(Patterns([pattern(41, "A"), pattern(42, "B\x1b", source="f\nx")]))
    detection = DetectionView(fallback=True, fallback_since=NOW - 5, health="bad\x07", gaps=10**30)
    session.take(status(detection=detection))
    snapshot = session.snapshot()
    assert [(e.number, e.symbol, e.source) for e in snapshot.patterns] == [
        (1, "A", "analytics"),
        (2, "B·", "f x"),
    ]
    assert (snapshot.detection.fallback, snapshot.detection.fallback_since) == (True, NOW - 5)
    assert (snapshot.detection.health, snapshot.detection.gaps) == ("bad·", 10**15)
    session.take(rows(wire("B", 21.0), now=NOW + 0.1))
    assert session.snapshot().patterns is snapshot.patterns


def test_patterns_of_the_same_engine_come_once_and_those_of_another_are_new() -> None:
    session = new_session()
    attach(session)
    session.take(Patterns([pattern(1, "A"), pattern(2, "B")]))
    session.lose("gone", 1.0)
    attach(session)
    session.take(Patterns([pattern(1, "A"), pattern(2, "B"), pattern(3, "C")]))
    attach(session, epoch="second")
    session.take(Patterns([pattern(1, "D")]))
    assert [(e.number, e.symbol) for e in session.snapshot().patterns] == [
        (1, "A"),
        (2, "B"),
        (3, "C"),
        (4, "D"),
    ]


def test_the_chart_that_was_asked_for() -> None:
    session = new_session()
    attach(session)
    session.take(candles("A", 1))
    assert session.snapshot().chart is None
    session.watch_chart("A", Timeframe.M1)
    session.take(candles("A", 1, 2))
    session.take(candles("A", 3, whole=False))
    chart = session.snapshot().chart
    assert chart == Chart("A", Timeframe.M1, (candle(1), candle(2), candle(3)))
    session.take(rows(wire("B", 21.0), now=NOW + 0.1))
    assert session.snapshot().chart is chart
    session.watch_chart("A", Timeframe.M5)
    assert session.snapshot().chart is None
    session.watch_chart(None, Timeframe.M5)
    session.take(candles("A", 1, timeframe=Timeframe.M5))
    assert session.snapshot().chart is None


@pytest.mark.parametrize("epoch", ["first", "second"])
def test_after_a_loss_the_chart_stays_until_there_is_an_engine_again(epoch: str) -> None:
    session = new_session()
    attach(session)
    session.watch_chart("A", Timeframe.M1)
    session.take(candles("A", 1, 2))
    session.lose("gone", 1.0)
    session.seek()
    session.find(REMOTE)
    assert session.snapshot().chart is not None
    session.greet(hello(epoch=epoch))
    assert session.snapshot().chart is None
    session.take(candles("A", 3, whole=False))
    assert session.snapshot().chart is None
    session.take(candles("A", 3))
    assert session.snapshot().chart == Chart("A", Timeframe.M1, (candle(3),))
