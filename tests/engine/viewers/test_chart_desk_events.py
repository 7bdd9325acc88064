"""A chart's pattern events on their way to viewers: all with the chart, then each new one once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.engine.viewers.fake_charts import (
    FakeCharts,
    Seat,
    candle,
    candles,
    desk_of,
    event,
    events,
    seated,
    show_to,
    told,
)
from tests.engine.viewers.gateway import gateway
from tickterm.engine.viewers import chart_desk as module
from tickterm.market.contract import Candles, ChartOf, Stream, ViewerHello, encode
from tickterm.market.snapshot import PatternEvent, TapeTick
from tickterm.market.timeframe import Timeframe


def numbers(messages: Iterable[Candles]) -> list[list[int]]:
    return [[event.number for event in message.events] for message in messages]


async def test_all_with_the_chart_and_then_those_that_are_new() -> None:
    desk, source = desk_of(A=candles(1))
    source.patterns |= {"A": events(2, 5), "B": events(1, 3)}
    seat = seated(desk, Timeframe.M5)
    desk.show()
    desk.show()
    assert seat.take() == [Candles("A", Timeframe.M5, True, list(candles(1)), list(events(2, 5)))]
    source.charts["A"] = candles(1, 2)
    desk.show()
    source.patterns["A"] = events(2, 5, 9)
    desk.show()
    source.charts["A"], source.patterns["A"] = candles(1, 2, 3), events(5, 9, 11, 12)
    desk.show()
    source.patterns["A"] = events(12)
    desk.show()
    messages = seat.take()
    assert told(messages) == [(False, [2]), (False, []), (False, [3])]
    assert numbers(messages) == [[], [9], [11, 12]]


async def test_candles_that_are_gone_make_the_events_void_too() -> None:
    desk, source = desk_of(A=candles(3, 5, 6))
    source.patterns["A"] = events(1, 2)
    seat = seated(desk)
    desk.show()
    source.charts["A"], source.patterns["A"] = candles(1), events(2, 4)
    desk.show()
    messages = seat.take()
    assert told(messages) == [(True, [3, 5, 6]), (True, [1])]
    assert numbers(messages) == [[1, 2], [2, 4]]


@pytest.mark.parametrize("after", [(), events(8), events(8, 9)])
@pytest.mark.parametrize("starts", [(), (3,)])
async def test_events_that_are_gone_make_the_chart_void(
    after: tuple[PatternEvent, ...], starts: tuple[int, ...]
) -> None:
    """Also where no candle is gone: there was none yet, or it is the day's."""
    desk, source = desk_of(A=candles(*starts))
    source.patterns["A"] = events(1, 2)
    seat = seated(desk, Timeframe.D1)
    desk.show()
    source.charts["A"], source.patterns["A"] = candles(*starts), after
    desk.show()
    desk.show()
    assert told(seat.take()) == [(True, [*starts])] * 2
    assert seat.events == list(after)


async def test_another_chart_of_the_symbol_has_them_all_again() -> None:
    desk, source = desk_of(A=candles(1))
    source.patterns["A"] = events(1, 2)
    seat = Seat()
    for timeframe in (Timeframe.M1, Timeframe.S5, Timeframe.S5):
        desk.seat(seat.viewer, "A", timeframe)
        desk.show()
    assert numbers(seat.take()) == [[1, 2]] * 3


async def test_events_wait_for_their_chart() -> None:
    desk, source = desk_of(A=None)
    source.patterns["A"] = events(1)
    seat = seated(desk)
    desk.show()
    assert seat.take() == []
    source.charts["A"], source.patterns["A"] = (), events(1, 2)
    desk.show()
    assert numbers(seat.take()) == [[1, 2]]


async def test_a_slow_viewer_gets_each_event_once_and_later() -> None:
    desk, source = desk_of(A=candles(1))
    source.patterns["A"] = events(1)
    seat, quick = Seat(), Seat()
    for one in (seat, quick):
        desk.seat(one.viewer, "A", Timeframe.M1)
    desk.show()
    seat.take()
    seat.make_slow()
    for number in range(2, 30):
        source.patterns["A"] = events(*range(1, number + 1))
        desk.show()
    seat.catch_up()
    desk.show()
    desk.show()
    assert numbers(seat.take()) == [[*range(2, 30)]]
    assert numbers(quick.take()) == [[number] for number in range(1, 30)]


async def test_viewers_who_know_the_same_get_the_same_frame(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    encoded: list[Any] = []

    def counted(message: Any) -> bytes:
        encoded.append(message)
        return encode(message)

    monkeypatch.setattr(module, "encode", counted)
    desk, source = desk_of(A=candles(1))
    seats = [Seat() for _ in range(300)]
    for look in range(1, 4):
        for seat in seats[(look - 1) * 100 : look * 100]:
            desk.seat(seat.viewer, "A", Timeframe.M1)
        source.patterns["A"] = events(*range(1, look + 1))
        desk.show()
    assert len(encoded) == 1 + 2 + 2
    encoded.clear()
    source.patterns["A"] = events(1, 2, 3, 4)
    desk.show()
    assert numbers(encoded) == [[4]], "whoever came when, all know the same by now"
    for seat in seats:
        seat.take()
        assert seat.events == list(events(1, 2, 3, 4))


async def test_viewers_who_missed_different_events_get_different_frames() -> None:
    desk, source = desk_of(A=candles(1))
    slow, quick = Seat(), Seat()
    for seat in (slow, quick):
        desk.seat(seat.viewer, "A", Timeframe.M1)
    desk.show()
    slow.take()
    slow.make_slow()
    source.patterns["A"] = events(1)
    desk.show()
    slow.catch_up()
    source.patterns["A"] = events(1, 2)
    desk.show()
    assert [numbers(seat.take())[-1] for seat in (slow, quick)] == [[1, 2], [2]]


def test_the_largest_chart_is_a_message_that_viewers_take() -> None:
    """The default bound of the `websockets` client is 1 MiB."""
    name = "\N{BAR CHART}" * 64
    desk, source = desk_of(A=tuple(candle(10**13 + n, 123_456.789_012_3) for n in range(500)))
    source.patterns["A"] = tuple(
        PatternEvent(
            10**12 + n, 10**13, "A" * 32, name, 1 / 3, event(1).direction, 10**13, name, name, 1 / 3
        )
        for n in range(500)
    )
    price = 123_456.789_012_3
    source.tapes["A"] = tuple(
        TapeTick(10**12 + n, 10**13, price, price, price, price, revised=True) for n in range(200)
    )
    seat = seated(desk)
    desk.show()
    [message] = seat.take()
    assert len(message.ticks) == 200
    assert len(encode(message)) < 2**20


@given(
    st.lists(
        st.tuples(st.integers(0, 3), st.integers(0, 9), st.booleans(), st.booleans()), max_size=15
    )
)
def test_whatever_happens_a_viewer_has_every_event_once(
    looks: Sequence[tuple[int, int, bool, bool]],
) -> None:
    """Charts that grow and begin anew, events that come and leave, viewers slow now and then."""
    desk, source = desk_of(A=candles(5))
    seat, last = seated(desk), 0
    for new, start, is_slow, asks_again in looks:
        last += new
        source.patterns["A"] = events(*range(max(1, last - 50), last + 1))
        source.charts["A"] = candles(*range(start, start + 3))
        if asks_again:
            desk.seat(seat.viewer, "A", Timeframe.M1)
        show_to(desk, seat, slow=is_slow)
        if not is_slow:
            assert seat.events == list(source.patterns["A"])


# -- in conversation ------------------------------------------------------------------------------


@pytest.mark.parametrize("stream", Stream)
async def test_a_viewer_gets_them_and_has_them_again_after_a_loss(stream: Stream) -> None:
    async with gateway(beats=True) as engine:
        source = FakeCharts()
        engine.broadcaster.serve_charts(source)
        source.charts["S1"] = candles(1, 2)
        source.patterns["S1"] = events(1, 4)
        hello = ViewerHello(stream=stream, symbols=["S0"])  # a chart is no matter of the filter
        peer = await engine.join(hello)
        await peer.say(ChartOf("S1", Timeframe.S15))
        assert numbers([await peer.hear_a(Candles)]) == [[1, 4]]
        source.patterns["S1"] = events(1, 4, 6)
        change = await peer.hear_a(Candles)
        assert (change.whole, change.candles, numbers([change])) == (False, [], [[6]])
        peer.drop()
        again = await (engine.resume(peer) if stream is Stream.TICKS else engine.join(hello))
        await again.say(ChartOf("S1", Timeframe.S15))
        answer = await again.hear_a(Candles)
        assert (answer.whole, numbers([answer])) == (True, [[1, 4, 6]])
