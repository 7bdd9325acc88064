"""Ticks to a real Redis Stream, through everything that could lose or repeat one."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import re
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.ports import free_port
from tests.redis_server import RedisServer, redis_server
from tests.waiting import until
from tickterm.engine.batch import Batch
from tickterm.engine.redis import stream_mirror
from tickterm.engine.redis.mailbox import Mailbox
from tickterm.engine.redis.stream_mirror import StreamMirror
from tickterm.market.tick_stream import partition_of

NAME = "tickstock:ticks"
EPOCH = 1_788_885_376_000
SYMBOLS = ("AAPL", "BRK.B", "SPY", "TSLA", "IWM")

Entries = list[tuple[str, bytes]]


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream_mirror, "FIRST_PAUSE", 0.01)
    monkeypatch.setattr(stream_mirror, "LONGEST_PAUSE", 0.02)


@pytest.fixture
def server() -> Iterator[RedisServer]:
    with redis_server() as running:
        yield running


@contextlib.asynccontextmanager
async def running(
    url: str,
    *,
    length: int = 1_000_000,
    partitions: int = 1,
    epoch: int = EPOCH,
    max_bytes: int = 64 * 2**20,
) -> AsyncIterator[StreamMirror]:
    mailbox = Mailbox(max_bytes=max_bytes, max_age=None)
    mirror = StreamMirror(
        url, NAME, length=length, partitions=partitions, epoch=epoch, mailbox=mailbox
    )
    async with asyncio.TaskGroup() as tasks:
        task = tasks.create_task(mirror.run())
        try:
            yield mirror
        finally:
            task.cancel()


def ticks(first: int, count: int) -> Batch:
    numbers = range(first, first + count)
    symbols = [SYMBOLS[number % len(SYMBOLS)] for number in numbers]
    return Batch(symbols, [payload(number) for number in numbers], time.monotonic())


def payload(number: int) -> bytes:
    return b'{"n":%d}' % number


def entries(server: RedisServer, name: str = NAME) -> Entries:
    """Return id and tick of every entry, oldest first."""
    answer = server.command("XRANGE", name, "-", "+")
    assert isinstance(answer, list)
    found = []
    for entry_id, fields in answer:
        assert fields[0] == b"tick"
        assert len(fields) == 2
        found.append((entry_id.decode(), fields[1]))
    return found


def expected(first: int, last: int, epoch: int = EPOCH) -> Entries:
    """Return the entries of the ticks number `first` to `last`; the first tick of a run is 1."""
    return [(f"{epoch}-{number}", payload(number)) for number in range(first, last + 1)]


def adds_up(mirror: StreamMirror) -> bool:
    counts = mirror.counts()
    accounted = counts.accepted + counts.buffered + counts.in_flight + counts.dropped_total
    return counts.offered == accounted and counts.ambiguous == 0


def has_all(mirror: StreamMirror) -> bool:
    counts = mirror.counts()
    return counts.accepted + counts.dropped_total == counts.offered


async def test_every_tick_is_there_once_in_order_under_its_number(server: RedisServer) -> None:
    async with running(server.url) as mirror:
        for first in range(1, 5_001, 70):
            mirror.offer(ticks(first, min(70, 5_001 - first)))
            assert adds_up(mirror)
            await asyncio.sleep(0)
        await mirror.settled()
        counts = mirror.counts()
        assert (counts.offered, counts.accepted, counts.buffered) == (5_000, 5_000, 0)
        assert mirror.reason == ""
    assert entries(server) == expected(1, 5_000)


async def test_a_killed_redis_costs_nothing_and_repeats_nothing(tmp_path: Path) -> None:
    """At 2,000 ticks/s, with a Redis that keeps what it has acknowledged."""
    kept = ("--appendonly", "yes", "--appendfsync", "always", "--dir", str(tmp_path))
    sent = 0
    with redis_server(*kept) as server:
        async with running(server.url) as mirror:
            ended = asyncio.Event()

            async def feed() -> None:
                nonlocal sent
                while not ended.is_set():
                    mirror.offer(ticks(sent + 1, 20))
                    sent += 20
                    await asyncio.sleep(0.01)
                    assert adds_up(mirror)

            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(feed())
                for more in (400, 800, 1_200):
                    await until(lambda more=more: mirror.counts().accepted >= more)  # type: ignore[misc] # a default value for the loop's variable
                    server.kill()
                    await until(lambda: mirror.counts().buffered >= 300)
                    server.start()
                await until(lambda: mirror.counts().buffered < 100)
                ended.set()
            await mirror.settled()
            assert mirror.counts().dropped_total == 0
        assert entries(server) == expected(1, sent)


class Proxy:
    """Stands before the server; can swallow its answers to appends, and then hang up."""

    def __init__(self, port: int) -> None:
        self._port = port
        self.url = ""
        self.swallows = False
        self.swallowed = 0
        self.let_through = 0
        """Bytes of a swallowed answer that arrive all the same."""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        behind, before = await asyncio.open_connection("127.0.0.1", self._port)
        asked = False
        with contextlib.suppress(ConnectionError):
            while chunk := await reader.read(1 << 20):
                asked |= b"XADD" in chunk
                before.write(chunk)
                if asked and self.swallows:
                    answer = await behind.read(1 << 16)
                    self.swallowed += 1
                    writer.write(answer[: self.let_through])
                    break
                if not asked or chunk.endswith(b"}\r\n"):
                    writer.write(await behind.read(1 << 16))
        writer.close()
        before.close()


@contextlib.asynccontextmanager
async def deaf_proxy(server: RedisServer) -> AsyncIterator[Proxy]:
    proxy = Proxy(server.port)
    async with await asyncio.start_server(proxy.serve, "127.0.0.1", 0) as listening:
        proxy.url = f"redis://127.0.0.1:{listening.sockets[0].getsockname()[1]}"
        yield proxy


async def test_what_was_taken_before_a_reply_was_lost_is_not_repeated(server: RedisServer) -> None:
    async with deaf_proxy(server) as proxy, running(proxy.url) as mirror:
        mirror.offer(ticks(1, 50))
        await mirror.settled()
        proxy.swallows = True
        mirror.offer(ticks(51, 50))
        mirror.offer(ticks(101, 50))
        await until(lambda: proxy.swallowed >= 3)
        assert mirror.counts().accepted == 50
        assert adds_up(mirror)
        proxy.swallows = False
        await mirror.settled()
        assert mirror.counts().accepted == 150
    assert entries(server) == expected(1, 150)


async def test_half_of_the_answers_is_enough_for_half_of_the_streams(server: RedisServer) -> None:
    async with deaf_proxy(server) as proxy, running(proxy.url, partitions=4) as mirror:
        await until(lambda: mirror.reason == "")
        proxy.swallows = True
        proxy.let_through = len(b":10\r\n") + 2
        mirror.offer(ticks(1, 50))
        await until(lambda: proxy.swallowed >= 1)
        await until(lambda: mirror.counts().accepted > 0)
        assert mirror.counts().accepted < 50
        assert adds_up(mirror)
        proxy.swallows = False
        await mirror.settled()
    assert sorted(tick for n in range(4) for tick in in_partition(server, n)) == sorted(
        expected(1, 50)
    )


async def test_a_lost_reply_and_then_no_memory_repeat_nothing(server: RedisServer) -> None:
    async with deaf_proxy(server) as proxy, running(proxy.url) as mirror:
        proxy.swallows = True
        mirror.offer(ticks(1, 50))
        await until(lambda: proxy.swallowed >= 1)
        server.command("CONFIG", "SET", "maxmemory", "1")
        proxy.swallows = False
        await until(lambda: "OOM" in mirror.reason)
        server.command("CONFIG", "SET", "maxmemory", "0")
        await mirror.settled()
    assert entries(server) == expected(1, 50)


async def test_a_server_that_lost_what_it_had_is_no_repeat(server: RedisServer) -> None:
    async with running(server.url) as mirror:
        mirror.offer(ticks(1, 50))
        await mirror.settled()
        server.command("FLUSHALL")
        mirror.offer(ticks(51, 50))
        await mirror.settled()
    assert entries(server) == expected(51, 100)


def refusals(server: RedisServer, code: str) -> int:
    """Return how often the server has answered with an error of that code."""
    told = server.command("INFO", "errorstats")
    assert isinstance(told, bytes)
    found = re.search(rf"errorstat_{code}:count=(\d+)", told.decode())
    return int(found[1]) if found else 0


async def test_without_memory_the_ticks_wait_and_are_all_there_afterwards(
    server: RedisServer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    async with running(server.url) as mirror:
        mirror.offer(ticks(1, 1_000))
        await mirror.settled()
        server.command("CONFIG", "SET", "maxmemory", "1")
        mirror.offer(ticks(1_001, 1_500))
        await until(lambda: "OOM" in mirror.reason and refusals(server, "OOM") >= 4)
        assert mirror.counts().buffered + mirror.counts().in_flight == 1_500
        assert adds_up(mirror)
        server.command("CONFIG", "SET", "maxmemory", "0")
        await mirror.settled()
        await until(lambda: mirror.reason == "")
    assert entries(server) == expected(1, 2_500)
    said = [record.message for record in caplog.records if "tick" in record.message]
    assert sum("refuses ticks" in line for line in said) == 1
    assert sum("takes ticks again" in line for line in said) == 1


async def test_memory_that_comes_and_goes_makes_no_hole(server: RedisServer) -> None:
    """Trimming and other clients free memory in the middle of our ticks."""
    async with running(server.url) as mirror:
        for round_number in range(40):
            server.command("CONFIG", "SET", "maxmemory", "1" if round_number % 2 else "0")
            mirror.offer(ticks(1 + 100 * round_number, 100))
            await asyncio.sleep(0)
            assert adds_up(mirror)
        server.command("CONFIG", "SET", "maxmemory", "0")
        await mirror.settled()
    assert entries(server) == expected(1, 4_000)


async def test_beyond_its_bound_the_oldest_are_dropped_and_counted(server: RedisServer) -> None:
    async with running(server.url, max_bytes=100_000) as mirror:
        server.command("CONFIG", "SET", "maxmemory", "1")
        mirror.offer(ticks(1, 10))
        await until(lambda: "OOM" in mirror.reason)
        for first in range(11, 5_011, 50):
            mirror.offer(ticks(first, 50))
            assert mirror.buffered_bytes <= 100_000
            assert adds_up(mirror)
        server.command("CONFIG", "SET", "maxmemory", "0")
        await mirror.settled()
        counts = mirror.counts()
        dropped = counts.dropped["bytes"]
        assert 0 < dropped < 5_000
        assert counts.accepted == 5_010 - dropped
    assert entries(server) == expected(1, 10) + expected(11 + dropped, 5_010)


@pytest.mark.parametrize("gone", [False, True])
async def test_ids_of_a_later_clock_are_outbid(server: RedisServer, gone: bool) -> None:
    """Also where the entry itself was deleted: the stream remembers its newest id."""
    server.command("XADD", NAME, f"{EPOCH + 500}-77", "tick", "old")
    if gone:
        server.command("XDEL", NAME, f"{EPOCH + 500}-77")
    async with running(server.url) as mirror:
        mirror.offer(ticks(1, 20))
        await mirror.settled()
        mirror.offer(ticks(21, 5))
        await mirror.settled()
        assert adds_up(mirror)
    assert entries(server)[0 if gone else 1 :] == expected(1, 25, EPOCH + 501)


@pytest.mark.parametrize("later", [0, 1, 60_000])
async def test_the_next_run_goes_on_after_the_last(server: RedisServer, later: int) -> None:
    for epoch in (EPOCH, EPOCH + later):
        async with running(server.url, epoch=epoch) as mirror:
            mirror.offer(ticks(1, 20))
            await mirror.settled()
    assert entries(server) == expected(1, 20) + expected(1, 20, EPOCH + max(later, 1))


async def test_two_engines_on_one_stream_lose_nothing(server: RedisServer) -> None:
    async with running(server.url) as one, running(server.url, epoch=EPOCH + 5) as other:
        for first in range(1, 1_001, 20):
            one.offer(ticks(first, 20))
            other.offer(ticks(first, 20))
            await asyncio.sleep(0.001)
        await one.settled()
        await other.settled()
    found = [tick for _, tick in entries(server)]
    assert sorted(found) == sorted(2 * [payload(number) for number in range(1, 1_001)])


async def test_the_last_of_all_ids_is_said(server: RedisServer) -> None:
    server.command("XADD", NAME, f"{2**64 - 1}-5", "tick", "x")
    async with running(server.url) as mirror:
        mirror.offer(ticks(1, 5))
        await until(lambda: "delete the stream" in mirror.reason)
        server.command("DEL", NAME)
        await mirror.settled()
    assert entries(server) == expected(1, 5)


async def test_a_key_of_another_kind_is_said_and_left_alone(server: RedisServer) -> None:
    server.command("SET", NAME, "precious")
    async with running(server.url) as mirror:
        mirror.offer(ticks(1, 20))
        await until(lambda: "WRONGTYPE" in mirror.reason)
        assert "TICKTERM_STREAM" in mirror.reason
        assert server.command("GET", NAME) == b"precious"
        server.command("DEL", NAME)
        await mirror.settled()
    assert entries(server) == expected(1, 20)


async def test_a_user_without_the_right_is_said(server: RedisServer) -> None:
    server.command("ACL", "SETUSER", "half", "on", ">pw", "~*", "&*", "+@all", "-xadd")
    async with running(f"redis://half:pw@127.0.0.1:{server.port}/0") as mirror:
        mirror.offer(ticks(1, 20))
        await until(lambda: "+xadd" in mirror.reason)
        server.command("ACL", "SETUSER", "half", "+xadd")
        await mirror.settled()
    assert entries(server) == expected(1, 20)


async def test_the_smallest_rights_are_enough(server: RedisServer) -> None:
    server.command("XADD", NAME, f"{EPOCH + 5}-1", "tick", "ahead")
    rights = ["resetkeys", f"~{NAME}", "resetchannels", "-@all", "+ping", "+auth", "+hello"]
    rights += ["+client|setname", "+client|setinfo", "+select", "+eval", "+xadd", "+xinfo|stream"]
    server.command("ACL", "SETUSER", "least", "on", ">pw", *rights)
    async with running(f"redis://least:pw@127.0.0.1:{server.port}/0") as mirror:
        mirror.offer(ticks(1, 20))
        await mirror.settled()
    assert entries(server)[1:] == expected(1, 20, EPOCH + 6)


def in_partition(server: RedisServer, partition: int) -> Entries:
    return entries(server, f"{NAME}:{partition}")


async def test_partitions_share_out_symbols_under_one_numbering(server: RedisServer) -> None:
    async with running(server.url, partitions=3) as mirror:
        for first in range(1, 2_001, 100):
            mirror.offer(ticks(first, 100))
        await mirror.settled()
        assert mirror.counts().accepted == 2_000
    for partition in range(3):
        numbers = [
            number
            for number in range(1, 2_001)
            if partition_of(SYMBOLS[number % len(SYMBOLS)], 3) == partition
        ]
        assert numbers
        assert in_partition(server, partition) == [
            (f"{EPOCH}-{number}", payload(number)) for number in numbers
        ]


async def test_one_partition_that_refuses_repeats_nothing_in_the_others(
    server: RedisServer,
) -> None:
    wrong = partition_of("AAPL", 3)
    server.command("SET", f"{NAME}:{wrong}", "precious")
    async with running(server.url, partitions=3) as mirror:
        mirror.offer(ticks(1, 100))
        await until(lambda: f"{NAME}:{wrong}: WRONGTYPE" in mirror.reason)
        assert 0 < mirror.counts().accepted < 100
        assert adds_up(mirror)
        server.command("DEL", f"{NAME}:{wrong}")
        await mirror.settled()
    assert sorted(tick for n in range(3) for tick in in_partition(server, n)) == sorted(
        expected(1, 100)
    )


@pytest.mark.parametrize("partitions", [1, 4])
async def test_old_ticks_are_trimmed(server: RedisServer, partitions: int) -> None:
    async with running(server.url, length=1_000, partitions=partitions) as mirror:
        for first in range(1, 10_001, 250):
            mirror.offer(ticks(first, 250))
            await mirror.settled()
    names = [NAME] if partitions == 1 else [f"{NAME}:{number}" for number in range(partitions)]
    for name in names:
        kept = entries(server, name)
        assert len(kept) <= 1_000 // partitions + 100  # Redis trims nodes of 100 entries
    assert any((f"{EPOCH}-10000", payload(10_000)) in entries(server, name) for name in names)


async def test_a_repeat_that_was_trimmed_already_is_not_appended_anew(server: RedisServer) -> None:
    async with deaf_proxy(server) as proxy, running(proxy.url, length=1) as mirror:
        proxy.swallows = True
        mirror.offer(ticks(1, 500))
        await until(lambda: proxy.swallowed >= 2)
        proxy.swallows = False
        await mirror.settled()
        assert mirror.counts().accepted == 500
    kept = entries(server)
    assert kept == expected(501 - len(kept), 500)


async def test_drain_waits_for_what_waits(server: RedisServer) -> None:
    async with running(server.url) as mirror:
        await until(lambda: mirror.reason == "")
        mirror.offer(ticks(1, 5_000))
        await mirror.drain()
        assert mirror.counts().accepted == 5_000


@pytest.mark.parametrize("dies", [False, True])
async def test_what_redis_does_not_take_until_the_end_is_dropped(
    server: RedisServer, monkeypatch: pytest.MonkeyPatch, dies: bool
) -> None:
    monkeypatch.setattr(stream_mirror, "FIRST_PAUSE", 0.5)
    monkeypatch.setattr(stream_mirror, "LONGEST_PAUSE", 60.0)
    server.command("SET", NAME, "precious")
    async with running(server.url) as mirror:
        mirror.offer(ticks(1, 700))
        await until(lambda: "WRONGTYPE" in mirror.reason)
        if dies:
            server.kill()
            await until(lambda: "connection" in mirror.reason)
        began = time.monotonic()
        await mirror.drain()
        assert time.monotonic() - began < 10
    assert mirror.counts().dropped == {"shutdown": 700}
    assert mirror.counts().buffered == 0


async def test_at_the_end_only_what_has_no_reply_is_ambiguous(server: RedisServer) -> None:
    async with deaf_proxy(server) as proxy, running(proxy.url) as mirror:
        proxy.swallows = True
        mirror.offer(ticks(1, 700))
        await until(lambda: proxy.swallowed >= 1)
    counts = mirror.counts()
    assert (counts.ambiguous, dict(counts.dropped), counts.accepted) == (500, {"shutdown": 200}, 0)
    assert len(entries(server)) == 500


async def test_ticks_wait_for_a_redis_that_is_not_there_yet() -> None:
    late = RedisServer()
    async with running(late.url) as mirror:
        mirror.offer(ticks(1, 100))
        await until(lambda: "refused" in mirror.reason)
        late.start()
        try:
            await mirror.settled()
            assert entries(late) == expected(1, 100)
        finally:
            late.kill()


async def test_a_patient_feed_waits_for_the_stream(server: RedisServer) -> None:
    server.command("SET", NAME, "precious")
    async with running(server.url, max_bytes=100_000) as mirror:
        mirror.offer(ticks(1, 1_500))
        await until(lambda: "WRONGTYPE" in mirror.reason)
        async with asyncio.TaskGroup() as tasks:
            waiting = tasks.create_task(mirror.room())
            await asyncio.sleep(0)
            assert not waiting.done()
            server.command("DEL", NAME)
        assert mirror.buffered_bytes <= 50_000


async def test_nobody_there_is_no_hurry_at_the_end() -> None:
    async with running(f"redis://127.0.0.1:{free_port()}") as mirror:
        mirror.offer(ticks(1, 7))
        await until(lambda: "refused" in mirror.reason)
        began = time.monotonic()
        await mirror.drain()
        assert time.monotonic() - began < 5
    assert mirror.counts().dropped == {"shutdown": 7}


@pytest.mark.parametrize(
    ("answer", "accepted"),
    [
        (b":10\r\n:10\r\n", 10),  # more answers than questions
        (b":4\r\n", 10),  # the rest is asked for again, and its answer is 4, then 2
        (b":11\r\n", 0),
        (b":0\r\n", 0),
        (b":-5\r\n", 0),
        (b"+OK\r\n", 0),
        (b"$-1\r\n", 0),
        (b"-AHEAD 9999999999999999999-1\r\n", 0),
        (b"-AHEAD 99999999999999999999999-1\r\n", 0),
        (b"-\x1b]0;owned\x07\r\n", 0),
        (b"*2147483647\r\n", 0),
        (b"\x00\xff", 0),
    ],
)
async def test_a_lying_redis_makes_no_nonsense_of_the_account(answer: bytes, accepted: int) -> None:
    asked = 0

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal asked
        with contextlib.suppress(ConnectionError):
            while chunk := await reader.read(1 << 16):
                greetings = chunk.count(b"SETNAME") + chunk.count(b"SETINFO")
                if b"XADD" in chunk:
                    asked += 1
                    writer.write(b":2\r\n" if accepted and asked == 3 else answer)
                else:
                    writer.write(b"+OK\r\n" * greetings + b"+PONG\r\n" * chunk.count(b"PING"))
                await writer.drain()
        writer.close()

    async with (
        await asyncio.start_server(serve, "127.0.0.1", 0) as peer,
        running(f"redis://127.0.0.1:{peer.sockets[0].getsockname()[1]}") as mirror,
    ):
        mirror.offer(ticks(1, 10))
        await until(lambda: asked >= 3 or mirror.counts().accepted == 10)
        await until(lambda: adds_up(mirror) and mirror.counts().accepted == accepted)
        assert asked < 20
        assert "\x1b" not in mirror.reason
