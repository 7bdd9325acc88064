"""Pattern events on their way to viewers: each once, none lost without a word."""

from __future__ import annotations

from typing import Any

from tests.engine.viewers.fake_connection import FakeConnection
from tests.engine.viewers.gateway import gateway
from tests.engine.viewers.market import DAY
from tickterm.engine.viewers.pattern_news import BACKLOG, PatternNews
from tickterm.engine.viewers.viewer import SLOW_ABOVE, Viewer
from tickterm.market.contract import Patterns, Status, Stream, Subscribe, ViewerHello, encode
from tickterm.market.redis_events import Direction
from tickterm.market.snapshot import PatternEvent


def event(number: int, symbol: str = "S0", pattern: str = "Doji") -> PatternEvent:
    return PatternEvent(
        number, DAY, symbol, pattern, 1.0, Direction.NEUTRAL, DAY, "1min", "analytics", 10.0
    )


def events(first: int, last: int, *symbols: str) -> tuple[PatternEvent, ...]:
    symbols = symbols or ("S0",)
    return tuple(event(n, symbols[n % len(symbols)]) for n in range(first, last + 1))


class Seat:
    """A viewer without a socket."""

    def __init__(self, *symbols: str) -> None:
        self.connection = FakeConnection()
        self.viewer = Viewer(self.connection, local=False)  # type: ignore[arg-type]  # all of it that is used
        self.viewer.symbols = frozenset(symbols) or None

    def take(self) -> list[Patterns]:
        messages = self.connection.take()
        assert all(isinstance(message, Patterns) for message in messages)
        return [message for message in messages if isinstance(message, Patterns)]

    def numbers(self) -> list[int]:
        return [event.number for message in self.take() for event in message.events]


async def test_each_event_comes_once() -> None:
    news, seat = PatternNews(), Seat()
    news.show((), [seat.viewer])
    assert seat.take() == []
    for newest in (3, 3, 10, 600):
        news.show(events(max(1, newest - 499), newest), [seat.viewer, seat.viewer])
    messages = seat.take()
    assert [e.number for m in messages for e in m.events] == [*range(1, 11), *range(101, 601)]
    assert [m.missed for m in messages if m.missed] == [90]


async def test_a_filter_lets_only_its_symbols_through() -> None:
    news, seat, other = PatternNews(), Seat("S1", "S2"), Seat("S9")
    for newest in (10, 20):
        news.show(events(1, newest, "S0", "S1", "S2", "S3"), [seat.viewer, other.viewer])
    assert seat.numbers() == [n for n in range(1, 21) if n % 4 in (1, 2)]
    assert other.take() == []
    news.show(events(31, 40), [other.viewer])
    assert other.take() == [Patterns([], missed=10)]


async def test_who_comes_later_gets_the_newest_of_its_filter() -> None:
    news, seat, other = PatternNews(), Seat(), Seat("S1")
    news.show(events(501, 1_000, "S0", "S1"), [])
    news.greet(seat.viewer)
    news.greet(other.viewer)
    messages = seat.take()
    assert [e.number for m in messages for e in m.events] == list(range(801, 1_001))
    assert not [m for m in messages if m.missed]
    assert other.numbers() == list(range(601, 1_001, 2))
    assert BACKLOG == 200
    news.show(events(501, 1_000, "S0", "S1"), [seat.viewer])
    assert seat.take() == []


async def test_a_slow_viewer_gets_them_later() -> None:
    news, seat, fast = PatternNews(), Seat(), Seat()
    waiting = bytes(SLOW_ABOVE + 1)
    seat.connection._waiting[:] = waiting
    for newest in (100, 200):
        news.show(events(1, newest), [seat.viewer, fast.viewer])
    assert bytes(seat.connection._waiting) == waiting
    seat.connection._waiting.clear()
    news.show(events(101, 600), [seat.viewer, fast.viewer])
    [first, *others] = seat.take()
    assert first.missed == 100
    assert [e.number for m in (first, *others) for e in m.events] == list(range(101, 601))
    assert fast.numbers() == list(range(1, 601))


async def test_events_that_were_not_kept_are_told() -> None:
    """The board numbers what a flood makes it drop as well."""
    news, seat = PatternNews(), Seat()
    news.show(events(1, 2), [seat.viewer])
    news.show((*events(1, 3), *events(9, 9)), [seat.viewer])
    assert [(m.missed, [e.number for e in m.events]) for m in seat.take()] == [
        (0, [1, 2]),
        (5, [3, 9]),
    ]


async def test_messages_are_small_enough_for_every_viewer() -> None:
    news, seat = PatternNews(), Seat()
    worst = tuple(event(n, "🙂" * 32, "🙂" * 64) for n in range(1, 501))
    news.show(worst, [seat.viewer])
    messages = seat.take()
    assert max(len(encode(message)) for message in messages) < 2**20
    assert sum(len(message.events) for message in messages) == 500


async def test_they_come_to_viewers_of_both_streams() -> None:
    async with gateway() as engine:
        before = events(1, 3, "S0", "S1")
        engine.market.look(patterns=before)
        hellos: dict[str, Any] = {
            "ticks": ViewerHello(),
            "rows": ViewerHello(stream=Stream.ROWS),
            "filter": ViewerHello(symbols=["S1"]),
        }
        peers = {name: await engine.join(hello) for name, hello in hellos.items()}
        for peer in peers.values():
            told = [type(message) for message in peer.heard]
            assert told.index(Patterns) < told.index(Status), "the status makes it complete"
        await peers["filter"].say(Subscribe(["S2"]))
        await peers["filter"].hear()
        engine.market.look(patterns=(*before, *events(4, 6, "S1", "S2", "S3")))
        for peer in peers.values():
            await peer.hear_a(Patterns)
        got = {
            name: [e.number for m in peer.all_of(Patterns) for e in m.events]
            for name, peer in peers.items()
        }
        assert got == {"ticks": [*range(1, 7)], "rows": [*range(1, 7)], "filter": [1, 3, 4, 6]}
