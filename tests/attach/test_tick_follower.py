"""Every tick once, over connections that are cut, to engines that die, lie or are somebody else."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence

import pytest
from websockets.asyncio.server import ServerConnection

from tests.attach.fake_broadcaster import FakeBroadcaster, always, raw_server, reset, say
from tests.attach.messages import NOW, hello, part, status
from tests.engine.viewers.gateway import Gateway, gateway
from tests.engine.viewers.market import SYMBOLS
from tests.ports import free_port
from tests.waiting import until
from tickterm.access import Access
from tickterm.attach import conversation, tick_follower
from tickterm.attach.address import Address
from tickterm.attach.tick_follower import TickFollower
from tickterm.engine.viewers.ring import Ring
from tickterm.errors import SettingsError, UnreachableError
from tickterm.market.contract import (
    MAX_MESSAGE,
    MAX_SYMBOLS,
    VERSION,
    EngineMessage,
    Error,
    Event,
    EventName,
    Goodbye,
    Position,
    SnapshotPart,
    Stream,
    Tick,
    Ticks,
    ViewerHello,
)
from tickterm.market.link_rules import LinkTimes
from tickterm.settings import Secret

TOKEN = "0123456789abcdef"
ATTACK = "\x1b]0;owned\x07\x9b31m\u202e"


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Try again soon, and not for long."""
    times = LinkTimes(first_retry=0.02, longest_retry=0.1)
    monkeypatch.setattr(tick_follower, "TIMES", times)
    monkeypatch.setattr(tick_follower, "FIRST_WITHIN", 0.3)
    monkeypatch.setattr(tick_follower, "AGAIN_WITHIN", 1.0)


class Following:
    """A follower at work: what it got and what it said."""

    def __init__(
        self,
        find: Callable[[], Awaitable[Address]],
        symbols: Sequence[str] = (),
        token: str = "",
    ) -> None:
        self.ticks: list[Tick] = []
        self.told: list[str] = []
        self.error: BaseException | None = None
        self.ended = False
        self._follower = TickFollower(
            find, self.ticks.extend, self.told.append, symbols=symbols, token=token
        )

    @property
    def numbers(self) -> list[int]:
        return [int(tick.price) for tick in self.ticks]

    def has_told(self, words: str) -> bool:
        return any(words in line for line in self.told)

    async def run(self) -> None:
        try:
            await self._follower.run()
        except (SettingsError, UnreachableError) as error:
            self.error = error
        self.ended = True


@contextlib.asynccontextmanager
async def following(
    address: Address, symbols: Sequence[str] = (), token: str = ""
) -> AsyncIterator[Following]:
    """Follow for the length of the block, or until the follower has ended by itself."""
    work = Following(always(address), symbols, token)
    async with asyncio.TaskGroup() as tasks:
        task = tasks.create_task(work.run())
        try:
            yield work
        finally:
            task.cancel()


def address_of(engine: Gateway) -> Address:
    return Address(f"ws://127.0.0.1:{engine.port}")


def cut(engine: Gateway) -> None:
    """Cut all connections, as a network does."""
    for connection in list(engine.broadcaster._connections):
        connection.transport.abort()


async def is_live(engine: Gateway) -> None:
    await until(lambda: any(v.live for v in engine.broadcaster._hub.attendance.viewers))


def tick(number: int, symbol: str = "A", source: str = "massive", event: str = "aggregate") -> Tick:
    price = float(number)
    return Tick(symbol, price, 1, number, event, source, price, price, price, price, 1)


def ticks(*numbers: int, **texts: str) -> Ticks:
    return Ticks(numbers[0], numbers[-1], 0.0, 0, [tick(n, **texts) for n in numbers])


async def begin(connection: ServerConnection, seq: int = 0, **changes: object) -> None:
    """Say what precedes the ticks after `seq`."""
    await say(connection, hello(**changes), SnapshotPart(seq, 1, 1, NOW, []), status())


def script(*messages: EngineMessage) -> Callable[[ServerConnection], Awaitable[None]]:
    """Return what greets, says these, and waits."""

    async def run(connection: ServerConnection) -> None:
        await begin(connection)
        await say(connection, *messages)
        await connection.wait_closed()

    return run


# -- the engine's own broadcaster -----------------------------------------------------------------


@pytest.mark.parametrize("symbols", [(), ("S1", "S7")])
async def test_every_tick_once_over_connections_that_are_cut(symbols: tuple[str, ...]) -> None:
    async with gateway(beats=True) as engine, following(address_of(engine), symbols) as work:
        await is_live(engine)
        for _ in range(3):
            engine.market.rounds(1_000)
            await until(lambda: work.numbers and work.numbers[-1] > engine.market.last - 10)
            cut(engine)
            engine.market.rounds(2_500)  # while nobody is there
            await until(lambda: work.numbers[-1] > engine.market.last - 10)
        wanted = [
            n
            for n in range(1, engine.market.last + 1)
            if not symbols or engine.market.symbol_of[n] in symbols
        ]
        assert work.numbers == wanted
        again = [line for line in work.told if line.startswith("attached again")]
        assert len(again) == 3
        assert all(line.endswith(", nothing was missed") for line in again)
        assert not work.has_told("left out")
        assert not work.has_told("ticks were missed")


async def test_it_begins_now() -> None:
    async with gateway() as engine:
        engine.market.rounds(100)
        engine.market.look()
        async with following(address_of(engine)) as work:
            await is_live(engine)
            engine.market.ticks("S3")
            await until(lambda: work.ticks)
            assert work.numbers == [101]
            assert work.told == []


async def test_what_the_engine_no_longer_has_is_told_to_the_tick() -> None:
    async with gateway(beats=True) as engine:
        engine.broadcaster._hub.ticks.ring = Ring(1_000)
        async with following(address_of(engine)) as work:
            await is_live(engine)
            engine.market.rounds(50)
            await until(lambda: work.numbers[-1:] == [50])
            cut(engine)
            engine.market.rounds(5_000)
            engine.market.look()
            await until(lambda: work.has_told("attached again"))
            engine.market.rounds(10)
            await until(lambda: work.numbers[-1] == engine.market.last)
            missed = engine.market.last - len(work.numbers)
            assert missed > 3_000
            assert len(set(work.numbers)) == len(work.numbers)
            assert work.has_told(f"{missed:,} ticks were missed: the engine has them no more")
            assert not work.has_told("nothing was missed")


async def test_an_engine_that_is_started_anew_is_followed_and_told_of() -> None:
    async with gateway() as engine, following(address_of(engine)) as work:
        await is_live(engine)
        engine.market.ticks(*SYMBOLS)
        await until(lambda: len(work.ticks) == 10)
        engine.market.look()
        engine.broadcaster._hub.epoch = "another"  # as of a new process on the same port
        cut(engine)
        await until(lambda: work.has_told("attached again"))
        engine.market.ticks("S1")
        await until(lambda: len(work.ticks) == 11)
        assert work.has_told("started anew: nobody knows how many ticks were missed")
        assert not work.has_told("nothing was missed")


async def test_the_end_of_an_engine_is_the_end() -> None:
    async with gateway() as engine:
        work = Following(always(address_of(engine)))
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(work.run())
            await is_live(engine)
            engine.broadcaster._say_goodbye()
    assert work.error is None
    assert work.told == [f"the engine at {address_of(engine).where} has ended: tickterm stops"]


@pytest.mark.parametrize("token", ["", "wrong"])
async def test_without_the_token_it_ends_at_once(token: str) -> None:
    async with (
        gateway(Access(token=TOKEN)) as engine,
        following(address_of(engine), token=token) as work,
    ):
        await until(lambda: work.ended)
    assert str(work.error) == "the token is missing or wrong: set TICKTERM_TOKEN"
    assert isinstance(work.error, UnreachableError)


async def test_a_token_that_hides_itself_is_sent_all_the_same() -> None:
    async with (
        gateway(Access(token=TOKEN)) as engine,
        following(address_of(engine), token=Secret(TOKEN)) as work,
    ):
        await is_live(engine)
        assert not work.ended


# -- symbols --------------------------------------------------------------------------------------


async def test_a_symbol_that_nobody_watches_is_told_once() -> None:
    async with gateway() as engine:
        where = address_of(engine).where
        async with following(address_of(engine), ["S1", "NOPE", "NO"]) as work:
            await is_live(engine)
            engine.market.ticks("S1", "S2")
            await until(lambda: work.ticks)
            cut(engine)
            await until(lambda: work.has_told("attached again"))
            told = f"not watched by the engine at {where}: NO, NOPE"
            assert [line for line in work.told if "watched" in line] == [told]
            assert work.numbers == [1]


async def test_nothing_but_unwatched_symbols_is_a_mistake() -> None:
    names = [f"X{n:02}" for n in range(14)]
    async with gateway() as engine:
        async with following(address_of(engine), names) as work:
            await until(lambda: work.ended)
        assert isinstance(work.error, SettingsError)
        where = address_of(engine).where
        told = f"not watched by the engine at {where}: {', '.join(names[:10])} and 4 more"
        assert str(work.error) == told
        assert work.told == []


async def test_an_engine_that_learns_its_symbols_later_says_so_later() -> None:
    unknown = [Error("unknown_symbol", "no", name) for name in ("X", "OTHER", "X", "Y")]

    async def run(connection: ServerConnection) -> None:
        await begin(connection, symbols=[])
        await say(connection, *unknown[:3], ticks(1), *unknown[3:])
        await connection.wait_closed()

    async with FakeBroadcaster(run).at_port() as address, following(address, ["X", "Y"]) as work:
        await until(lambda: work.ended)
    assert isinstance(work.error, SettingsError)
    assert work.told == [f"not watched by the engine at {address.where}: X"]
    assert work.numbers == [1]


async def test_the_filter_is_the_engine_s() -> None:
    broadcaster = FakeBroadcaster(script(ticks(1)))
    async with broadcaster.at_port() as address, following(address, ["B", "A"], TOKEN) as work:
        await until(lambda: work.ticks)
    assert broadcaster.heard == [
        ViewerHello(token=TOKEN, stream=Stream.TICKS, symbols=["B", "A"], name="tail")
    ]


@pytest.mark.parametrize("symbols", [["A" * 12] * (MAX_MESSAGE // 12), ["A"] * (MAX_SYMBOLS + 1)])
def test_too_many_symbols_are_a_mistake(symbols: list[str]) -> None:
    with pytest.raises(SettingsError, match=f"{len(symbols)} symbols are too many"):
        Following(always(Address()), symbols)


# -- engines that are lost ------------------------------------------------------------------------


async def test_it_goes_on_after_the_newest_tick_that_it_has() -> None:
    async def first(connection: ServerConnection) -> None:
        await begin(connection, 4)
        await say(connection, ticks(5, 6), Ticks(7, 9, 0.0, 0, []))
        await connection.wait_closed()

    async def second(connection: ServerConnection) -> None:
        await say(connection, hello(recovered=True), ticks(10, 11))
        await connection.wait_closed()

    broadcaster = FakeBroadcaster(first, second)
    async with broadcaster.at_port() as address, following(address) as work:
        await until(lambda: work._follower._progress.position == Position("first", 9))
        reset(broadcaster.connections[0])
        await until(lambda: work.numbers == [5, 6, 10, 11])
        assert work.told == [
            f"the engine at {address.where} is lost: the connection was cut; trying again",
            f"attached again to the engine at {address.where}, nothing was missed",
        ]
    hellos = [m for m in broadcaster.heard if isinstance(m, ViewerHello)]
    assert [h.resume for h in hellos] == [None, Position("first", 9)]


async def test_a_reader_that_the_ring_has_overtaken_is_told_within_one_connection() -> None:
    messages: list[EngineMessage] = [
        ticks(1),
        hello(recovered=False),
        SnapshotPart(100, 1, 2, NOW, []),
        SnapshotPart(100, 2, 2, NOW, []),
        ticks(101),
    ]
    async with FakeBroadcaster(script(*messages)).at_port() as address, following(address) as work:
        await until(lambda: work.numbers == [1, 101])
        assert work.told == ["99 ticks were missed: the engine has them no more"]


async def test_it_gives_up_an_engine_that_was_never_there() -> None:
    address = Address(f"ws://127.0.0.1:{free_port()}")
    async with following(address) as work:
        await until(lambda: work.ended)
    told = f"the engine at {address.where} cannot be reached: nobody listens there"
    assert str(work.error) == told
    assert isinstance(work.error, UnreachableError)
    assert work.told == []


async def test_it_gives_up_an_engine_that_does_not_come_back() -> None:
    broadcaster = FakeBroadcaster(script(ticks(1)), _refuse)
    async with broadcaster.at_port() as address, following(address) as work:
        await until(lambda: work.ticks)
        reset(broadcaster.connections[0])
        await until(lambda: work.ended)
    assert str(work.error).startswith(f"the engine at {address.where} has not come back: ")
    assert len([line for line in work.told if "is lost" in line]) == 1


async def _refuse(connection: ServerConnection) -> None:
    await connection.close(1011, "of no use")


async def test_what_find_cannot_reach_is_tried_again_and_what_it_refuses_is_final() -> None:
    found = iter([UnreachableError("not yet"), UnreachableError("not yet"), SettingsError("never")])

    async def find() -> Address:
        raise next(found)

    work = Following(find)
    await work.run()
    assert isinstance(work.error, SettingsError)


# -- engines that lie, or are none ----------------------------------------------------------------


async def _stranger(connection: ServerConnection) -> None:
    await say(connection, hello(server="nginx"))
    await connection.wait_closed()


async def _other_version(connection: ServerConnection) -> None:
    await say(connection, hello(version=VERSION + 1))
    await connection.wait_closed()


async def _no_hello(connection: ServerConnection) -> None:
    await say(connection, status())
    await connection.wait_closed()


async def _silent(connection: ServerConnection) -> None:
    await connection.wait_closed()


async def _no_snapshot(connection: ServerConnection) -> None:
    await say(connection, hello())
    for _ in range(1_000):
        await say(connection, status())
        await asyncio.sleep(0.01)


async def _silent_later(connection: ServerConnection) -> None:
    await say(connection, hello())
    await connection.wait_closed()


async def _junk(connection: ServerConnection) -> None:
    await connection.send(b"\xff\x00junk")
    await connection.wait_closed()


async def _never_had(connection: ServerConnection) -> None:
    await say(connection, hello(recovered=True), ticks(1))
    await connection.wait_closed()


@pytest.mark.parametrize(
    ("behave", "reason"),
    [
        (_stranger, "what answers there is no tickterm"),
        (_no_hello, "what answers there is no tickterm"),
        (_other_version, f"it speaks version {VERSION + 1} of the contract"),
        (_silent, "no hello within 0.1 s"),
        (_silent_later, "it has said nothing for 0.2 s"),
        (_no_snapshot, "no whole snapshot within 0.25 s"),
        (_junk, "it said what no tickterm says"),
        (_never_had, "it said what no tickterm says: a resumed stream that we never had"),
    ],
)
async def test_what_is_no_engine_is_given_up(
    behave: Callable[[ServerConnection], Awaitable[None]],
    reason: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(conversation, "HELLO_WITHIN", 0.1)
    monkeypatch.setattr(conversation, "DEAD_AFTER", 0.2)
    monkeypatch.setattr(tick_follower, "SETTLED_WITHIN", 0.25)
    async with FakeBroadcaster(behave).at_port() as address, following(address) as work:
        await until(lambda: work.ended)
    assert reason in str(work.error)
    assert work.ticks == []


async def test_an_engine_that_has_sent_its_snapshot_has_all_the_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(tick_follower, "SETTLED_WITHIN", 0.1)

    async def run(connection: ServerConnection) -> None:
        await begin(connection)
        for number in range(1, 11):
            await asyncio.sleep(0.03)
            await say(connection, ticks(number))
        await connection.wait_closed()

    async with FakeBroadcaster(run).at_port() as address, following(address) as work:
        await until(lambda: len(work.ticks) == 10)
        assert work.told == []


async def test_a_server_that_answers_nothing_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conversation, "HELLO_WITHIN", 0.1)

    async def wait(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    async with raw_server(wait) as address, following(address) as work:
        await until(lambda: work.ended)
    assert "no connection within 0.1 s" in str(work.error)


@pytest.mark.parametrize(
    "lie",
    [
        ticks(1),
        Ticks(9, 3, 0.0, 0, []),
        ticks(3, symbol="A\nB"),
        ticks(3, source=ATTACK),
        ticks(3, event=ATTACK),
        SnapshotPart(1, 1, 1, NOW, []),
    ],
)
async def test_a_lie_ends_the_connection_and_is_handed_to_nobody(lie: EngineMessage) -> None:
    async with (
        FakeBroadcaster(script(ticks(1, 2), lie)).at_port() as address,
        following(address) as work,
    ):
        await until(lambda: work.has_told("is lost: it said what no tickterm says"))
        assert work.numbers[:2] == [1, 2]
        assert set(work.numbers) == {1, 2}


async def test_what_an_engine_says_is_harmless_and_bounded() -> None:
    messages: list[EngineMessage] = [
        Error("bad", ATTACK * 500),
        Error("unknown_symbol", "no", ATTACK),
        Event(EventName.LINK_DOWN, 1, ATTACK * 500),
        Event(EventName.LINK_UP, 1, "", 1e300),
        Event(EventName.LINK_UP, 1, "", None),
        Goodbye(ATTACK * 500, 1e300),
    ]
    async with FakeBroadcaster(script(*messages)).at_port() as address, following(address) as work:
        await until(lambda: work.ended)
    assert work.error is None
    assert [line.split(":")[0] for line in work.told] == [
        "the engine says",
        "the engine has lost the feed",
        "the feed is back",
        f"the engine at {address.where.partition(':')[0]}",
    ]
    assert all(line.isprintable() and len(line) < 300 for line in work.told)


async def test_the_feed_s_own_gaps_are_told() -> None:
    messages: list[EngineMessage] = [
        Event(EventName.LINK_DOWN, 1, "the feed closed the connection"),
        Event(EventName.LINK_UP, 2, "socket.massive.com", 2.25),
    ]
    async with FakeBroadcaster(script(*messages)).at_port() as address, following(address) as work:
        await until(lambda: len(work.told) == 2)
        assert work.told == [
            "the engine has lost the feed: the feed closed the connection",
            "the feed is back: ticks of 2.2 s never came",
        ]


async def test_what_a_later_engine_says_is_left_to_later_viewers() -> None:
    async def run(connection: ServerConnection) -> None:
        await begin(connection)
        await connection.send('{"type":"weather","text":"fine"}')
        await say(connection, ticks(1), part())
        await connection.wait_closed()

    async with FakeBroadcaster(run).at_port() as address, following(address) as work:
        await until(lambda: work.numbers == [1])
