"""An engine's figures as a screen elsewhere has them."""

from __future__ import annotations

import pytest

from tests.attach.messages import hello, part, status, wire
from tickterm.attach.address import Address
from tickterm.attach.bounds import LARGEST
from tickterm.attach.session import Session
from tickterm.market.contract import ContractError, Status, encode, from_engine
from tickterm.market.snapshot import PerformanceView, Quantiles, Timing

MEASURED = PerformanceView(
    exchange_to_receive=Timing(
        Quantiles(9, 1, -0.5, 2.2, 2.5, 2.6), Quantiles(99, 4, 2.0, 2.2, 2.5, 903.0)
    ),
    rate_peak=4_812.4,
    rate_peak_at=700.0,
    bytes=312_880_112,
    memory=97_517_568,
)


def attached(performance: PerformanceView) -> Session:
    session = Session("localhost", control=False, clock=lambda: 1.0, wall=lambda: 1_000.0)
    attach(session, performance, "one")
    return session


def attach(session: Session, performance: PerformanceView, epoch: str) -> None:
    session.seek()
    session.find(Address("ws://gw:8765"))
    session.greet(hello(epoch=epoch))
    session.take(part(wire("A")))
    told = from_engine(encode(status(performance=performance)))
    assert isinstance(told, Status)
    session.take(told)


def test_every_figure_arrives() -> None:
    assert attached(MEASURED).snapshot().performance == MEASURED


def test_of_a_lost_engine_the_last_ones_stay() -> None:
    session = attached(MEASURED)
    session.lose("gone", 1.0)
    assert session.snapshot().performance == MEASURED


def test_an_engine_started_anew_has_only_its_own() -> None:
    session = attached(MEASURED)
    session.lose("gone", 1.0)
    attach(session, PerformanceView(bytes=5), "two")
    assert session.snapshot().performance == PerformanceView(bytes=5)


def test_an_engine_of_before_there_were_figures_has_none() -> None:
    told = from_engine(encode(status()).replace(b'"performance"', b'"unknown"'))
    assert isinstance(told, Status)
    assert told.performance == PerformanceView()


def test_a_liar_is_within_bounds() -> None:
    wild = Quantiles(10**18, -(10**18), -1e300, 1e300, 1e300, 1e300)
    lies = PerformanceView(
        Timing(wild, wild), rate_peak=1e300, rate_peak_at=-1e300, bytes=10**18, memory=-(10**18)
    )
    got = attached(lies).snapshot().performance
    assert got.exchange_to_receive.minute == Quantiles(LARGEST, -LARGEST, -LARGEST, *[LARGEST] * 3)
    assert (got.rate_peak, got.rate_peak_at) == (LARGEST, -LARGEST)
    assert (got.bytes, got.memory) == (LARGEST, -LARGEST)


@pytest.mark.parametrize("number", [b"NaN", b"Infinity", b"1e999", b'"1"', b"[]"])
def test_what_is_no_number_is_no_status(number: bytes) -> None:
    told = encode(status(performance=MEASURED)).replace(b"4812.4", number)
    assert number in told
    with pytest.raises(ContractError):
        from_engine(told)


def test_a_status_stays_small() -> None:
    """It goes to every viewer twice a second."""
    one = Quantiles(10**9, 10**9, *[1 / 3] * 4)
    timing = Timing(one, one)
    full = PerformanceView(timing, timing, timing, timing, timing)
    assert len(encode(status(performance=full))) < 3_500
