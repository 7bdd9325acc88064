"""Symbols added and removed while ticks flow: the real engine, the simulated feed, real screens."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, closing, suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Thread
from typing import Any

import orjson
import pytest
from websockets.asyncio.client import connect, unix_connect
from websockets.exceptions import ConnectionClosed

from tests.waiting import until
from tickterm.access import Access
from tickterm.attach.address import Address
from tickterm.attach.remote_engine import RemoteEngine
from tickterm.cli import universe_table
from tickterm.engine.feed.adapters import FeedConfig
from tickterm.engine.notices import NoticeBoard
from tickterm.engine.patterns.watch import PatternWatch
from tickterm.engine.redis.forwarder import RedisForwarder
from tickterm.engine.redis.mailbox import Mailbox
from tickterm.engine.service import MarketDataService
from tickterm.engine.symbols import watch_desk
from tickterm.engine.symbols.entries import ensure_default_database
from tickterm.engine.symbols.watch_desk import UniverseTable
from tickterm.engine.viewers.broadcaster import Broadcaster
from tickterm.errors import UniverseError
from tickterm.market.contract import (
    ChangeList,
    CloseCode,
    DropList,
    Error,
    Heartbeat,
    Hello,
    Position,
    PutList,
    Reconnect,
    Rows,
    Status,
    Stream,
    Subscribe,
    Ticks,
    Unwatch,
    UseUniverse,
    ViewerHello,
    Watch,
    Watched,
    WatchGroup,
    encode,
    from_engine,
)
from tickterm.market.link_rules import LinkTimes
from tickterm.market.snapshot import Feed, LinkPhase, Snapshot
from tickterm.market.universe import Universe
from tickterm.settings import Settings
from tickterm.simulator.generated import GeneratedSource, numbered_symbols
from tickterm.simulator.market import Market
from tickterm.simulator.server import SimulatedFeed

NOWHERE = "redis://127.0.0.1:1/0"
SYMBOLS = ("AAPL", "MSFT", "NVDA")
FAST = LinkTimes(first_retry=0.01, longest_retry=0.02)


class Table:
    """A table of universes that a test writes."""

    def __init__(self, **universes: Sequence[str]) -> None:
        self.universes = {f"t:{name}": tuple(symbols) for name, symbols in universes.items()}
        self.broken = False
        self.asked = 0

    async def read(self, key: str) -> Universe:
        if self.broken or key not in self.universes:
            raise UniverseError(f"there is no universe {key}")
        return Universe(key, self.universes[key])

    async def first(self, count: int) -> list[Universe]:
        self.asked += 1
        if self.broken:
            raise UniverseError("the table cannot be read")
        return [Universe(key, symbols) for key, symbols in self.universes.items()][:count]


@dataclass
class Scene:
    """A feed, an engine, and any number of screens."""

    feed: SimulatedFeed
    service: MarketDataService
    broadcaster: Broadcaster
    socket: Path
    stack: AsyncExitStack

    def look(self) -> Snapshot:
        return self.service.snapshot()

    @property
    def symbols(self) -> list[str]:
        return [row.symbol for row in self.look().rows]

    @property
    def port(self) -> int:
        return int(self.broadcaster.view().where.rpartition(":")[2])

    @property
    def subscribed(self) -> tuple[str, ...]:
        """What the feed's server sends, to its only client."""
        (peers,) = self.feed._accounts.values()
        return peers[0]._conversation.subscriptions.tickers("A")

    def said(self) -> list[str]:
        return [notice.text for notice in self.look().notices]

    async def says(self, text: str) -> None:
        """Wait for a line of the engine's log."""
        try:
            await until(lambda: any(text in line for line in self.said()))
        except TimeoutError:
            raise AssertionError(f"{text!r} is not in {self.said()}") from None

    def has_ticks(self, *symbols: str) -> bool:
        return all(row.ticks for row in self.look().rows if row.symbol in symbols)

    async def screen(self, *, control: bool = True) -> RemoteEngine:
        """Attach a screen, on a thread of its own as always."""
        address = Address(f"ws://127.0.0.1:{self.port}", self.socket if control else None)

        async def find() -> Address:
            return address

        screen = RemoteEngine(find, control=control)
        thread = Thread(target=screen.run)
        thread.start()

        async def leave() -> None:
            screen.stop()
            await asyncio.to_thread(thread.join, 5)

        self.stack.push_async_callback(leave)
        await until(lambda: screen.snapshot().attachment.connected, 30)
        return screen


@asynccontextmanager
async def scene(
    tmp_path: Path,
    symbols: Sequence[str] = SYMBOLS,
    *,
    table: UniverseTable | None = None,
    source: GeneratedSource | None = None,
) -> AsyncIterator[Scene]:
    async def universe() -> Universe:
        return Universe("t:own", tuple(symbols))

    board = NoticeBoard()
    logger = logging.getLogger("tickterm")
    logger.addHandler(board)
    before = logger.level
    logger.setLevel(logging.INFO)
    async with AsyncExitStack() as stack:
        feed = await stack.enter_async_context(SimulatedFeed(source or GeneratedSource(), key="k"))
        socket = tmp_path / "engine.sock"
        broadcaster = Broadcaster(Access("127.0.0.1", 0), socket)
        service = MarketDataService(
            FeedConfig(Feed.LIVE, "massive", feed.url, "k", times=FAST),
            universe,
            RedisForwarder(NOWHERE, Mailbox()),
            broadcaster,
            PatternWatch(NOWHERE),
            board,
            lists=tmp_path / "watchlists.json",
            table=table,
        )
        task = asyncio.create_task(service.run())
        running = Scene(feed, service, broadcaster, socket, stack)
        try:
            await until(lambda: running.look().link.acknowledged == len(symbols), 30)
            await until(lambda: broadcaster.view().listening and socket.is_socket())
            yield running
            await stack.aclose()
            service.stop()
            await asyncio.wait_for(task, 30)
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
            logger.removeHandler(board)
            logger.setLevel(before)


def names(screen: RemoteEngine) -> list[str]:
    return [row.symbol for row in screen.snapshot().rows]


class Viewer:
    """A bare viewer: says what it likes, and keeps what it heard."""

    def __init__(self, connection: Any) -> None:
        self.connection = connection
        self.heard: list[Any] = []

    async def say(self, message: Any) -> None:
        await self.connection.send(encode(message), text=True)

    async def hear(self, kind: type, wanted: Callable[[Any], object] = bool) -> Any:
        async with asyncio.timeout(30):
            while True:
                message = from_engine(await self.connection.recv(decode=False))
                self.heard.append(message)
                if isinstance(message, kind) and (wanted is bool or wanted(message)):
                    return message


@asynccontextmanager
async def viewer(at: Scene, hello: ViewerHello, *, local: bool = False) -> AsyncIterator[Viewer]:
    options: dict[str, Any] = {"compression": None, "max_size": None}
    dialled = (
        unix_connect(str(at.socket), **options)
        if local
        else connect(f"ws://127.0.0.1:{at.port}/", proxy=None, **options)
    )
    async with dialled as connection:
        one = Viewer(connection)
        await one.say(hello)
        await one.hear(Status)
        yield one


async def test_a_symbol_is_added_and_removed_without_a_new_connection(tmp_path: Path) -> None:
    async with scene(tmp_path) as at, viewer(at, ViewerHello()) as program:
        ours, other = await at.screen(), await at.screen(control=False)
        ours.watch(["ARM", "BRK.B"])
        wanted = [*SYMBOLS, "ARM", "BRK.B"]
        await until(lambda: names(ours) == names(other) == wanted)
        await at.says("watching ARM, BRK.B: 5 symbols")
        assert at.subscribed == tuple(wanted)
        await until(lambda: at.has_ticks("ARM", "BRK.B"))
        await until(lambda: all(row.ticks for row in other.snapshot().rows))
        assert (await program.hear(Watched)).symbols == wanted
        ours.unwatch(["MSFT"])
        wanted.remove("MSFT")
        await until(lambda: names(ours) == names(other) == wanted)
        await until(lambda: at.subscribed == tuple(wanted))
        assert (await program.hear(Watched)).symbols == wanted
        await until(lambda: at.look().link.acknowledged == at.look().link.asked == 4)
        link = at.look().link
        assert (link.connections, link.losses, at.feed.connections) == (1, 0, 1)
        await until(lambda: at.look().universe.size == ours.snapshot().universe.size == 4)


async def test_the_others_lose_no_tick(tmp_path: Path) -> None:
    source = GeneratedSource(rate=2_000)
    first = source._next_second
    async with scene(tmp_path, source=source) as at:
        ours = await at.screen()
        async with viewer(at, ViewerHello()) as program:
            goal = [sys.maxsize]
            reading = asyncio.create_task(program.hear(Ticks, lambda m: m.last >= goal[0]))
            for number in range(6):
                ours.watch([f"X{number}"])
                await until(lambda: len(names(ours)) == 4)
                ours.unwatch([f"X{number}"])
                await until(lambda: tuple(names(ours)) == SYMBOLS)
            goal[0] = at.look().counts.ticks
            await reading
        assert not any(m.conflated for m in program.heard if isinstance(m, Ticks))
        heard = [t for m in program.heard if isinstance(m, Ticks) for t in m.ticks]
        began, ended = heard[0].timestamp, heard[-1].timestamp
        again = Market(0)  # the made-up market is the same each time
        wanted: list[tuple[str, int]] = []
        for second in range(first, ended // 1000):
            bars = again.bars(SYMBOLS, second)
            wanted += [(str(b["sym"]), int(b["s"])) for b in bars if int(b["s"]) > began]
        got = [(t.ticker, t.timestamp) for t in heard if began < t.timestamp < ended]
        assert len(wanted) > 500
        assert sorted(item for item in got if item[0] in SYMBOLS) == sorted(wanted)
        assert at.look().link.connections == 1


async def test_what_cannot_be_done_is_said_in_a_line(tmp_path: Path) -> None:
    async with scene(tmp_path) as at:
        ours = await at.screen()
        ours.watch(["XYZ!", "A,B", "AAPL"])
        await at.says("XYZ! is not a symbol")
        await at.says("A,B is not a symbol")
        await at.says("already watched: AAPL")
        ours.unwatch(["ZZZ"])
        await at.says("not watched: ZZZ")
        ours.unwatch(SYMBOLS)
        await at.says("still watching AAPL, MSFT, NVDA: nothing would be left")
        ours.use_universe("t:none")
        ours.drop_list(5)
        ours.change_list(6, ["AAPL"])
        ours.watch_group(4)
        await at.says("there is no list 5")
        await at.says("there is no list 6")
        await at.says("there is no group 4")
        assert at.symbols == list(SYMBOLS)
        assert at.subscribed == SYMBOLS


async def test_there_is_a_most_of_symbols_and_of_a_list(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watch_desk, "MOST_WATCHED", 4)
    async with scene(tmp_path) as at:
        ours = await at.screen()
        ours.watch(["A", "B"])
        await at.says("not watched: A, B: 4 symbols are the most")
        ours.watch(["A"])
        await at.says("watching A: 4 symbols")
        ours.put_list(2, "all", numbered_symbols(2_001))
        await at.says("2,000 symbols are the most of a list")
        assert len(at.look().groups[1].symbols) <= 2_000


async def test_another_universe_takes_the_place_of_the_first(tmp_path: Path) -> None:
    table = Table(one=["AAPL", "ARM", "SMCI"], two=["X"])
    async with scene(tmp_path, table=table) as at:
        ours = await at.screen()
        await until(lambda: [g.name for g in ours.snapshot().groups] == ["t:own", "t:one", "t:two"])
        ours.use_universe("t:one")
        await at.says("universe t:one: 3 symbols, +2 -2")
        await until(lambda: names(ours) == ["AAPL", "ARM", "SMCI"])
        await until(lambda: sorted(at.subscribed) == ["AAPL", "ARM", "SMCI"])
        await until(lambda: ours.snapshot().universe.name == "t:one")
        assert ours.snapshot().groups[0].symbols == ("AAPL", "ARM", "SMCI")
        assert [group.name for group in ours.snapshot().groups] == ["t:one", "t:two"]
        assert at.look().link.connections == 1
        ours.use_universe("t:none")
        await at.says("there is no universe t:none")
        assert at.symbols == ["AAPL", "ARM", "SMCI"]


async def test_names_go_from_the_table_to_an_attached_screen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(universe_table, "SETTLED", 0.0)
    database = tmp_path / "tickterm.db"
    await ensure_default_database(database)
    lists = {
        "named": [{"ticker": "AAPL", "name": "The \x1b[2JFruit"}, {"symbol": "QQX", "name": "Q"}],
        "other": [{"ticker": "QQX", "name": "Another"}, {"ticker": "QQY", "name": "Why"}],
    }
    with closing(sqlite3.connect(database)) as link, link:
        link.execute("DELETE FROM cache_entries")
        link.executemany(
            "INSERT INTO cache_entries (type, name, key, value, environment) "
            "VALUES ('stock_universe', 't', ?, ?, 'DEFAULT')",
            [(key, orjson.dumps(value).decode()) for key, value in lists.items()],
        )
    stored = Settings(data_dir=tmp_path, database_url=f"sqlite:///{database}")
    table = universe_table.Table(stored, demo=True)
    async with scene(tmp_path, ["AAPL", "QQX", "QQY", "MSFT"], table=table) as at:
        screen = await at.screen()

        def told() -> dict[str, str]:
            return {row.symbol: row.name for row in screen.snapshot().rows}

        fruit = "The ·[2JFruit"
        known = {"AAPL": fruit, "QQX": "Q", "QQY": "Why", "MSFT": "Microsoft"}
        await until(lambda: told() == known)
        screen.use_universe("t:other")
        await until(lambda: told() == {"QQX": "Another", "QQY": "Why"})
        screen.watch(["AAPL"])
        await until(lambda: told() == {"QQX": "Another", "QQY": "Why", "AAPL": fruit})


async def test_a_table_that_lists_nothing_still_gives_the_universes_that_are_asked_for(
    tmp_path: Path,
) -> None:
    class Unlisted(Table):
        async def first(self, count: int) -> list[Universe]:
            raise UniverseError(f"the table cannot list {count}")

    table = Unlisted(one=["ARM"], two=["IBM"])
    async with scene(tmp_path, table=table) as at:
        ours = await at.screen()
        ours.use_universe("t:one")
        await until(lambda: names(ours) == ["ARM"])
        ours.use_universe("t:two")
        await until(lambda: names(ours) == ["IBM"])


async def test_a_table_that_cannot_be_read_gives_no_groups_and_a_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watch_desk, "READ_AGAIN", 0.01)
    table = Table(one=["X"])
    table.broken = True
    async with scene(tmp_path, table=table) as at:
        await until(lambda: table.asked > 5)
        assert len(at.look().groups) == 1
        assert sum("no groups from the table" in line for line in at.said()) == 1
        table.broken = False
        await until(lambda: len(at.look().groups) == 2)


async def test_own_lists_outlive_the_engine_and_are_the_same_everywhere(tmp_path: Path) -> None:
    async with scene(tmp_path, table=Table(one=["X"])) as at:
        ours, other = await at.screen(), await at.screen(control=False)
        ours.put_list(3, "tech", ["NVDA", "ARM"])
        ours.change_list(3, ["SMCI"], ["NVDA"])
        await until(lambda: [g.key for g in other.snapshot().groups] == [1, 2, 3])
        await until(lambda: other.snapshot().groups[2].symbols == ("ARM", "SMCI"))
        assert other.snapshot().groups[2].own
        ours.watch_group(3)
        await until(lambda: names(other) == [*SYMBOLS, "ARM", "SMCI"])
    async with scene(tmp_path, table=Table(one=["X"])) as at:
        late = await at.screen()
        await until(lambda: [g.name for g in late.snapshot().groups] == ["t:own", "t:one", "tech"])
        late.drop_list(3)
        await until(lambda: [g.key for g in late.snapshot().groups] == [1, 2])
    assert orjson.loads((tmp_path / "watchlists.json").read_bytes())["lists"] == []
    assert (tmp_path / "watchlists.json").stat().st_mode & 0o777 == 0o600


async def test_two_screens_change_one_list_at_once(tmp_path: Path) -> None:
    async with scene(tmp_path) as at:
        one, two = await at.screen(), await at.screen()
        one.put_list(2, "both", ["AAPL"])
        await until(lambda: len(two.snapshot().groups) == 2)
        one.change_list(2, ["A", "B"])
        two.change_list(2, ["C", "D"])
        one.watch(["A"])
        two.watch(["C"])
        both = sorted(["A", "C", *SYMBOLS])
        await until(lambda: sorted(names(one)) == sorted(names(two)) == both)
        await until(lambda: set(at.look().groups[1].symbols) == {"AAPL", "A", "B", "C", "D"})
        assert names(one) == names(two)


async def test_a_long_list_comes_in_pieces_and_whole(tmp_path: Path) -> None:
    symbols = tuple(f"{name}.{'X' * 6}" for name in numbered_symbols(2_000))
    async with scene(tmp_path) as at:
        ours = await at.screen()
        ours.put_list(9, "long", symbols)
        await until(lambda: ours.snapshot().groups[-1].symbols == symbols, 20)
        assert ours.snapshot().attachment.connected
        assert ours.snapshot().viewers.cut_by == {}


async def test_twelve_thousand_symbols(tmp_path: Path) -> None:
    symbols = numbered_symbols(12_000)
    async with scene(tmp_path, symbols, source=GeneratedSource(sessions=False, delay=3600)) as at:
        ours = await at.screen()
        async with viewer(at, ViewerHello()) as program:
            ours.watch(["ARM"])
            await until(lambda: names(ours)[-1] == "ARM", 30)
            ours.unwatch(symbols[:500])
            await until(lambda: len(names(ours)) == 11_501, 30)
            await until(lambda: len(at.subscribed) == 11_501, 30)
            await program.hear(Watched, lambda message: len(message.symbols) == 11_501)
        assert at.look().link.connections == 1


# -- the link ------------------------------------------------------------------------------------


async def test_what_is_wished_while_the_link_is_down_counts_for_the_next(tmp_path: Path) -> None:
    async with scene(tmp_path) as at:
        ours = await at.screen()
        at.feed.auth_timeout = 0.0  # whoever comes now is sent away
        for client in at.feed.clients:
            client.transport.abort()
        await until(lambda: at.look().link.phase is not LinkPhase.UP)
        ours.watch(["ARM"])
        ours.unwatch(["AAPL"])
        await until(lambda: names(ours) == ["MSFT", "NVDA", "ARM"])
        at.feed.auth_timeout = 10.0
        await until(lambda: at.look().link.phase is LinkPhase.UP)
        await until(lambda: at.subscribed == ("MSFT", "NVDA", "ARM"))


# -- viewers that are up to something -------------------------------------------------------------


async def test_a_viewer_without_control_changes_nothing(tmp_path: Path) -> None:
    wishes = (
        Watch(["ARM"]),
        Unwatch(["AAPL"]),
        WatchGroup(2),
        UseUniverse("t:one"),
        PutList(2, "mine", ["ARM"]),
        ChangeList(2, ["ARM"]),
        DropList(2),
        Reconnect(),
    )
    async with scene(tmp_path, table=Table(one=["X"])) as at:
        await until(lambda: len(at.look().groups) == 2)
        async with viewer(at, ViewerHello()) as program:
            for wish in wishes:
                await program.say(wish)
                assert (await program.hear(Error)).code == "read_only"
        assert at.symbols == list(SYMBOLS)
        assert [group.own for group in at.look().groups] == [False, False]


@pytest.mark.parametrize(
    "message",
    [
        {"type": "watch", "symbols": ["A"] * 501},
        {"type": "watch", "symbols": ["A" * 33]},
        {"type": "watch", "symbols": "AAPL"},
        {"type": "put_list", "key": 1, "name": "x", "symbols": []},
        {"type": "put_list", "key": 10, "name": "x", "symbols": []},
        {"type": "put_list", "key": 2, "name": "x" * 41, "symbols": []},
        {"type": "use_universe", "key": "x" * 241},
    ],
)
async def test_what_is_no_message_ends_the_conversation(tmp_path: Path, message: Any) -> None:
    async with scene(tmp_path) as at, viewer(at, ViewerHello(), local=True) as program:
        await program.connection.send(orjson.dumps(message), text=True)
        with pytest.raises(ConnectionClosed):
            await program.hear(type(None))
        assert program.connection.close_code == CloseCode.BAD_MESSAGE
        assert at.symbols == list(SYMBOLS)


async def test_garbage_symbols_are_said_cleaned(tmp_path: Path) -> None:
    async with scene(tmp_path) as at, viewer(at, ViewerHello(), local=True) as program:
        await program.say(Watch(["\x1b[31mred", "*", "A.*", "", " ", "A\nB", "ARM"]))
        await program.say(PutList(2, "\x1b]0;x\x07", ["*"]))
        await until(lambda: at.symbols == [*SYMBOLS, "ARM"])
        await until(lambda: len(at.look().groups) == 2)
        assert at.look().groups[1].symbols == ()
        assert all(line.isprintable() for line in at.said())
        assert at.subscribed == (*SYMBOLS, "ARM")


async def test_who_changes_too_often_is_cut_off_and_nobody_else_suffers(tmp_path: Path) -> None:
    async with scene(tmp_path) as at:
        ours = await at.screen()
        async with viewer(at, ViewerHello(), local=True) as program:
            with suppress(ConnectionClosed):
                for number in range(200):
                    await program.say((Watch, Unwatch)[number % 2](["ARM"]))
            with pytest.raises(ConnectionClosed):
                await program.hear(type(None))
            assert program.connection.close_code == CloseCode.TOO_LOUD
        await until(lambda: tuple(at.subscribed) == tuple(at.symbols) == tuple(names(ours)))
        assert at.look().link.connections == 1
        assert ours.snapshot().attachment.connected


async def test_who_resumes_knows_what_is_watched_now(tmp_path: Path) -> None:
    async with scene(tmp_path) as at:
        ours = await at.screen()
        async with viewer(at, ViewerHello()) as program:
            ticks = await program.hear(Ticks)
            epoch = program.heard[0].epoch
        ours.watch(["ARM"])
        await until(lambda: at.symbols[-1] == "ARM")
        resumed = ViewerHello(resume=Position(epoch, ticks.last))
        async with viewer(at, resumed) as again:
            hello = next(m for m in again.heard if isinstance(m, Hello))
            assert hello.recovered
            assert hello.symbols == [*SYMBOLS, "ARM"]
            ours.unwatch(["AAPL"])
            assert (await again.hear(Watched)).symbols == ["MSFT", "NVDA", "ARM"]


async def test_rows_of_a_filter_come_for_a_symbol_that_is_added(tmp_path: Path) -> None:
    async with scene(tmp_path) as at:
        ours = await at.screen()
        hello = ViewerHello(stream=Stream.ROWS, symbols=["ARM", "AAPL"])
        async with viewer(at, hello) as program:
            ours.watch(["ARM", "SMCI"])
            await program.hear(Watched)
            rows = await program.hear(Rows, lambda m: any(r.symbol == "ARM" for r in m.rows))
            assert {row.symbol for row in rows.rows} <= {"ARM", "AAPL"}
            await program.say(Subscribe(["SMCI"]))
            await program.hear(Rows, lambda m: any(r.symbol == "SMCI" for r in m.rows))
            await program.hear(Heartbeat)
