"""Charts on their way to viewers: all candles at first, then what has changed."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.engine.viewers.fake_charts import (
    FakeCharts,
    Key,
    Seat,
    candle,
    candles,
    desk_of,
    seated,
    show_to,
    told,
)
from tests.engine.viewers.gateway import Peer, gateway
from tests.waiting import until
from tickterm.engine.viewers import chart_desk as module
from tickterm.engine.viewers.chart_desk import ChartDesk
from tickterm.market.contract import Candles, ChartOf, Error, Stream, Subscribe, ViewerHello, encode
from tickterm.market.snapshot import Candle
from tickterm.market.timeframe import Timeframe


async def test_all_at_once_and_then_what_changes() -> None:
    desk, source = desk_of(A=candles(1, 2, 3))
    seat = seated(desk, Timeframe.S5)
    desk.show()
    [whole] = seat.take()
    assert whole == Candles("A", Timeframe.S5, whole=True, candles=list(candles(1, 2, 3)))
    desk.show()
    assert seat.take() == []
    source.charts["A"] = (*candles(1, 2), candle(3, 11.0), candle(4))
    desk.show()
    desk.show()
    assert told(seat.take()) == [(False, [3, 4])]
    source.charts["A"] = (*candles(2), candle(2), candle(3, 11.0), candle(4))
    desk.show()
    assert seat.take() == [], "equal candles and those that are too old are no change"
    assert source.kept == {("A", Timeframe.S5)}


async def test_another_chart_ends_the_one_before() -> None:
    desk, source = desk_of(A=candles(1), B=candles(7))
    seat = Seat()
    for symbol, timeframe in (("A", Timeframe.M1), ("B", Timeframe.H1), ("B", Timeframe.M1)):
        desk.seat(seat.viewer, symbol, timeframe)
        desk.show()
    assert [(m.symbol, m.timeframe, m.whole) for m in seat.take()] == [
        ("A", Timeframe.M1, True),
        ("B", Timeframe.H1, True),
        ("B", Timeframe.M1, True),
    ]
    desk.seat(seat.viewer, "A", Timeframe.M1)
    desk.seat(seat.viewer, "B", Timeframe.M1)
    source.charts |= {"A": candles(2), "B": candles(8)}
    desk.show()
    assert [(m.symbol, m.timeframe) for m in seat.take()] == [("B", Timeframe.M1)]
    assert source.kept == {("B", Timeframe.M1)}
    desk.leave(seat.viewer)
    desk.leave(seat.viewer)
    source.charts["B"] = candles(9)
    desk.show()
    assert seat.take() == []
    assert source.kept == set()


@pytest.mark.parametrize("after", [(), candles(1), candles(1, 2, 4), candles(5, 7)])
async def test_candles_that_are_gone_make_all_void(after: tuple[Candle, ...]) -> None:
    desk, source = desk_of(A=candles(3, 5, 6))
    seat = seated(desk)
    desk.show()
    source.charts["A"] = after
    desk.show()
    messages = seat.take()
    assert messages[-1].whole
    assert tuple(seat.chart.values()) == after


async def test_a_slow_viewer_gets_each_candle_once_and_later() -> None:
    desk, source = desk_of(A=candles(1))
    slow, late = Seat(), Seat()
    desk.seat(slow.viewer, "A", Timeframe.M1)
    desk.show()
    slow.take()
    slow.make_slow()
    late.make_slow()
    desk.seat(late.viewer, "A", Timeframe.M1)
    for number in range(2, 50):
        source.charts["A"] = (*candles(*range(1, number)), candle(number, number))
        desk.show()
    slow.catch_up()
    late.catch_up()
    desk.show()
    assert told(slow.take()) == [(False, list(range(2, 50)))]
    assert told(late.take()) == [(True, list(range(1, 50)))]
    assert tuple(slow.chart.values()) == source.charts["A"]


async def test_a_chart_that_cannot_be_opened_yet_comes_later_and_in_order() -> None:
    desk, source = desk_of(A=None, B=None)
    seats = [Seat() for _ in range(3)]
    for seat, symbol in zip(seats, "ABA", strict=True):
        desk.seat(seat.viewer, symbol, Timeframe.M1)
    desk.seat(seats[0].viewer, "B", Timeframe.M5)  # asks again, and so goes behind the others
    assert source.asked == []
    desk.show()
    assert source.asked == [("B", Timeframe.M1), ("A", Timeframe.M1), ("B", Timeframe.M5)]
    assert not any(seat.take() for seat in seats)
    source.charts = {"A": candles(1), "B": candles(2)}
    desk.show()
    assert [told(seat.take()) for seat in seats] == [[(True, [2])], [(True, [2])], [(True, [1])]]


async def test_a_thousand_viewers_of_one_chart_cost_one_encoding(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    encoded = 0

    def counted(message: Any) -> bytes:
        nonlocal encoded
        encoded += 1
        return encode(message)

    monkeypatch.setattr(module, "encode", counted)
    desk, source = desk_of(A=candles(1))
    seats = [Seat() for _ in range(1_000)]
    for seat in seats:
        desk.seat(seat.viewer, "A", Timeframe.M1)
    for number in range(1, 5):
        source.charts["A"] = candles(*range(1, number + 1))
        desk.show()
    assert encoded == 4
    assert len(desk._frames) == 1, "what was made for one look is of no use in the next"
    assert {tuple(told(seat.take())[-1][1]) for seat in seats} == {(4,)}


class SlowlyOpened(FakeCharts):
    """Opens one chart a round, as `Charts` does where opening one takes all the time there is."""

    def __init__(self) -> None:
        super().__init__()
        self.opened: set[Key] = set()
        self.may_open = True

    def candles(self, symbol: str, timeframe: Timeframe) -> tuple[Candle, ...] | None:
        if (symbol, timeframe) not in self.opened:
            if not self.may_open:
                return None
            self.may_open = False
            self.opened.add((symbol, timeframe))
        return candles(1, 2)

    def keep(self, wanted: Collection[Key]) -> None:
        self.opened &= set(wanted)
        self.may_open = True


async def test_who_always_wants_another_chart_keeps_nobody_waiting() -> None:
    desk = ChartDesk()
    desk.source = SlowlyOpened()
    restless, patient = [Seat() for _ in range(20)], [Seat() for _ in range(3)]
    for seat in restless:
        desk.seat(seat.viewer, "S", Timeframe.S1)
    for number, seat in enumerate(patient):
        desk.seat(seat.viewer, f"P{number}", Timeframe.M1)
    for look in range(len(patient)):
        for number, seat in enumerate(restless):
            desk.seat(seat.viewer, f"S{look}X{number}", Timeframe.S15)
        desk.show()
    assert [told(seat.take()) for seat in patient] == [[(True, [1, 2])]] * 3
    desk.show()
    assert [told(seat.take()) for seat in restless] == [[(True, [1, 2])]] + [[]] * 19


@given(
    st.lists(
        st.tuples(
            st.dictionaries(st.integers(0, 9), st.floats(1, 20), max_size=6),
            st.booleans(),
            st.booleans(),
        ),
        max_size=12,
    )
)
def test_whatever_happens_a_viewer_sees_the_newest(
    looks: Sequence[tuple[dict[int, float], bool, bool]],
) -> None:
    """Charts that grow, shrink and begin anew; viewers that are slow now and then."""
    desk, source = desk_of(A=())
    seat = seated(desk)
    for chart, is_slow, asks_again in looks:
        newest = tuple(candle(start, chart[start]) for start in sorted(chart))
        source.charts["A"] = newest
        if asks_again:
            desk.seat(seat.viewer, "A", Timeframe.M1)
        show_to(desk, seat, slow=is_slow)
        if not is_slow:
            assert tuple(seat.chart.values())[-len(newest) or 500 :] == newest


# -- in conversation ------------------------------------------------------------------------------


async def hear_candles(peer: Peer) -> Candles:
    return await peer.hear_a(Candles)


@pytest.mark.parametrize("stream", Stream)
async def test_a_viewer_asks_and_is_answered(stream: Stream) -> None:
    async with gateway(beats=True) as engine:
        source = FakeCharts()
        engine.broadcaster.serve_charts(source)
        source.charts["S1"] = candles(1, 2)
        # A chart has nothing to do with the filter.
        peer = await engine.join(ViewerHello(stream=stream, symbols=["S0"]))
        await peer.say(ChartOf("S1", Timeframe.S15))
        answer = await hear_candles(peer)
        assert answer == Candles("S1", Timeframe.S15, whole=True, candles=list(candles(1, 2)))
        source.charts["S1"] = candles(1, 2, 3)
        assert told([await hear_candles(peer)]) == [(False, [3])]
        await peer.say(ChartOf("NOPE"))
        error = await peer.hear_a(Error)
        assert (error.code, error.symbol) == ("unknown_symbol", "NOPE")
        source.charts["S1"] = candles(1, 2, 3, 4)
        await until(lambda: source.kept == set())  # who asks for what is not there has no chart
        await peer.say(ChartOf("S2"))
        await hear_candles(peer)
        await peer.say(ChartOf(None))
        await peer.say(Subscribe(["NOPE"]))
        await peer.hear_a(Error)
        await until(lambda: source.kept == set())
        assert [m.symbol for m in peer.all_of(Candles)] == ["S1", "S1", "S2"]


async def test_an_engine_without_charts_answers_nothing() -> None:
    async with gateway() as engine:
        peer = await engine.join()
        await peer.say(ChartOf("S1"))
        await peer.say(ChartOf("NOPE"))
        await peer.hear_a(Error)
        engine.market.look()
        assert peer.all_of(Candles) == []


async def test_a_viewer_that_goes_takes_its_chart_along() -> None:
    async with gateway(beats=True) as engine:
        source = FakeCharts()
        engine.broadcaster.serve_charts(source)
        peer = await engine.join()
        await peer.say(ChartOf("S1"))
        await hear_candles(peer)
        await until(lambda: source.kept == {("S1", Timeframe.M1)})
        peer.drop()
        await until(lambda: source.kept == set())


async def test_a_symbol_that_is_no_longer_watched_ends_its_chart() -> None:
    async with gateway(beats=True) as engine:
        source = FakeCharts()
        engine.broadcaster.serve_charts(source)
        peers = [await engine.join() for _ in range(2)]
        for peer, symbol in zip(peers, ("S1", "S2"), strict=True):
            await peer.say(ChartOf(symbol))
            await hear_candles(peer)
        engine.market.watch("S0", "S1")
        error = await peers[1].hear_a(Error)
        assert (error.code, error.symbol) == ("unknown_symbol", "S2")
        await until(lambda: source.kept == {("S1", Timeframe.M1)})
        assert not peers[0].all_of(Error)
