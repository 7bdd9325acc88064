"""Ticks to a real Redis that dies, freezes, refuses and comes back."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import time
import tracemalloc
from collections.abc import AsyncIterator, Iterator, Sequence
from functools import partial

import pytest

from tests.ports import free_port
from tests.redis_server import RedisServer, redis_server, subscriber
from tests.waiting import until
from tickterm.backends.redis_link import CHANNELS, new_connection
from tickterm.engine.batch import Batch
from tickterm.engine.redis.forwarder import RedisForwarder
from tickterm.engine.redis.mailbox import Mailbox
from tickterm.errors import SettingsError
from tickterm.market.snapshot import ChannelCounts
from tickterm.market.ticks import TickData, encode


@pytest.fixture
def server() -> Iterator[RedisServer]:
    with redis_server() as running:
        yield running


@contextlib.asynccontextmanager
async def running(url: str, mailbox: Mailbox | None = None) -> AsyncIterator[RedisForwarder]:
    forwarder = RedisForwarder(url, mailbox or Mailbox())
    async with asyncio.TaskGroup() as tasks:
        task = tasks.create_task(forwarder.run())
        try:
            yield forwarder
        finally:
            task.cancel()


def at(peer: asyncio.Server) -> contextlib.AbstractAsyncContextManager[RedisForwarder]:
    return running(f"redis://127.0.0.1:{peer.sockets[0].getsockname()[1]}")


def ticks(first: int, count: int) -> Batch:
    numbers = range(first, first + count)
    return Batch(["X"] * count, [b'{"n":%d}' % n for n in numbers], time.monotonic())


def expected(count: int) -> list[bytes]:
    return [b'{"n":%d}' % n for n in range(count)]


def came_back_after(forwarder: RedisForwarder, since: float) -> bool:
    return forwarder.view().up and forwarder.view().since > since


def has_accepted(forwarder: RedisForwarder, count: int) -> bool:
    return forwarder.view().channels[CHANNELS[0]].accepted == count


def adds_up(counts: ChannelCounts) -> bool:
    accounted = counts.accepted + counts.buffered + counts.in_flight
    return counts.offered == accounted + counts.dropped_total + counts.ambiguous


async def test_every_tick_reaches_both_channels_in_order(server: RedisServer) -> None:
    with subscriber(server.port) as seen:
        async with running(server.url) as forwarder:
            await until(lambda: forwarder.view().up)
            for first in range(0, 20_000, 70):
                forwarder.offer(ticks(first, min(70, 20_000 - first)))
                await asyncio.sleep(0)
            assert await asyncio.to_thread(seen.wait_for, 20_000)
            await forwarder.drain()
            view = forwarder.view()
        for channel in CHANNELS:
            assert seen.messages[channel] == expected(20_000)
            assert view.channels[channel] == ChannelCounts(offered=20_000, accepted=20_000)
        assert view.up
        assert view.p99 is not None


async def test_latency_is_of_ticks_that_found_redis_up(server: RedisServer) -> None:
    async with running(server.url) as forwarder:
        forwarder.offer(ticks(0, 5))
        await until(lambda: forwarder.view().channels[CHANNELS[0]].accepted == 5)
        assert forwarder.view().p99 is None
        forwarder.offer(ticks(5, 5))
        await until(lambda: forwarder.view().p99 is not None)


async def test_ticks_wait_for_a_redis_that_is_not_there_yet() -> None:
    late = RedisServer()
    async with running(late.url) as forwarder:
        forwarder.offer(ticks(0, 100))
        await until(lambda: "refused" in forwarder.view().reason)
        assert forwarder.view().channels[CHANNELS[0]].buffered == 100
        late.start()
        try:
            await until(lambda: forwarder.view().channels[CHANNELS[1]].accepted == 100)
        finally:
            late.kill()


async def test_a_killed_redis_costs_only_what_was_in_flight(server: RedisServer) -> None:
    """At 2,000 ticks/s, dead for a while; the counters add up at every moment."""
    sent = 0
    async with running(server.url) as forwarder:
        ended = asyncio.Event()

        async def feed() -> None:
            nonlocal sent
            while not ended.is_set():
                forwarder.offer(ticks(sent, 20))
                sent += 20
                await asyncio.sleep(0.01)
                assert all(map(adds_up, forwarder.view().channels.values()))

        with subscriber(server.port) as before:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(feed())
                await until(lambda: before.counts_at_least(200))
                server.kill()
                died = time.monotonic()
                await until(lambda: not forwarder.view().up)
                assert time.monotonic() - died < 5
                await until(lambda: forwarder.view().channels[CHANNELS[0]].buffered >= 1000)
                server.start()
                await until(lambda: forwarder.view().up)
                await until(lambda: forwarder.view().channels[CHANNELS[0]].buffered == 0)
                ended.set()
        await forwarder.drain()
        for counts in forwarder.view().channels.values():
            assert adds_up(counts)
            assert counts.offered == sent
            assert counts.dropped_total == 0
            assert counts.ambiguous <= 500
            assert counts.accepted + counts.ambiguous == sent


async def test_a_backlog_arrives_in_order_before_what_is_new(server: RedisServer) -> None:
    server.kill()
    async with running(server.url) as forwarder:
        forwarder.offer(ticks(0, 700))
        forwarder.offer(ticks(700, 1))
        server.start()
        await until(lambda: forwarder.view().channels[CHANNELS[0]].accepted == 701)
        with subscriber(server.port) as seen:
            forwarder.offer(ticks(0, 1200))
            forwarder.offer(ticks(1200, 3))
            assert await asyncio.to_thread(seen.wait_for, 1203)
            assert seen.messages[CHANNELS[0]] == expected(1203)


async def test_a_frozen_redis_is_noticed_and_what_it_held_is_ambiguous(server: RedisServer) -> None:
    async with running(server.url) as forwarder:
        forwarder.offer(ticks(0, 5))
        await until(lambda: forwarder.view().channels[CHANNELS[0]].accepted == 5)
        server.signal(signal.SIGSTOP)
        forwarder.offer(ticks(5, 5))
        frozen = time.monotonic()
        await until(lambda: not forwarder.view().up)
        assert time.monotonic() - frozen < 5
        forwarder.offer(ticks(10, 5))
        counts = forwarder.view().channels[CHANNELS[0]]
        assert (counts.ambiguous, counts.buffered) == (5, 5)
        server.signal(signal.SIGCONT)
        await until(lambda: forwarder.view().channels[CHANNELS[0]].accepted == 10)


async def test_an_idle_connection_that_dies_is_noticed_in_seconds(
    server: RedisServer,
) -> None:
    async with running(server.url) as forwarder:
        await until(lambda: forwarder.view().up)
        server.signal(signal.SIGSTOP)
        frozen = time.monotonic()
        await until(lambda: not forwarder.view().up)
        assert time.monotonic() - frozen < 5
        server.signal(signal.SIGCONT)
        await until(lambda: forwarder.view().up)


async def test_a_client_that_is_killed_comes_back_and_loses_nothing_unsent(
    server: RedisServer,
) -> None:
    async with running(server.url) as forwarder:
        await until(lambda: forwarder.view().up)
        for number in range(10):
            since = forwarder.view().since
            server.command("CLIENT", "KILL", "TYPE", "normal")
            await until(partial(came_back_after, forwarder, since))
            forwarder.offer(ticks(number, 1))
            await until(partial(has_accepted, forwarder, number + 1))
        assert forwarder.view().channels[CHANNELS[0]].ambiguous == 0


async def test_a_channel_that_is_forbidden_harms_the_other_not() -> None:
    with redis_server() as server:
        server.command(
            "ACL", "SETUSER", "half", "on", ">pw", "resetchannels", f"&{CHANNELS[0]}", "+@all"
        )
        url = f"redis://half:pw@127.0.0.1:{server.port}/0"
        async with running(url) as forwarder:
            forwarder.offer(ticks(0, 10))
            await until(lambda: forwarder.view().channels[CHANNELS[1]].dropped_total == 10)
            view = forwarder.view()
    assert view.channels[CHANNELS[0]].accepted == 10
    assert view.channels[CHANNELS[1]].dropped == {"refused": 10}
    assert CHANNELS[1] in view.reason
    assert all(map(adds_up, view.channels.values()))


async def test_the_smallest_rights_are_enough() -> None:
    with redis_server() as server:
        rights = ["resetkeys", "resetchannels", *(f"&{c}" for c in CHANNELS)]
        rights += ["-@all", "+publish", "+ping", "+auth", "+hello", "+client|setname"]
        server.command(
            "ACL", "SETUSER", "least", "on", ">pw", *rights, "+client|setinfo", "+select"
        )
        async with running(f"redis://least:pw@127.0.0.1:{server.port}/0") as forwarder:
            forwarder.offer(ticks(0, 10))
            await until(lambda: forwarder.view().channels[CHANNELS[1]].accepted == 10)


async def test_a_wrong_password_is_said_and_never_shown() -> None:
    with redis_server("--requirepass", "right") as server:
        async with running(f"redis://:wrongsecret@127.0.0.1:{server.port}/0") as forwarder:
            await until(lambda: "password" in forwarder.view().reason.lower())
            assert "wrongsecret" not in repr(forwarder.view())


async def test_a_peer_that_is_no_redis_never_counts_as_up() -> None:
    async def shout(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 400 \x1b]0;owned\x07[/red]\r\n\r\n")
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(shout, "127.0.0.1", 0) as peer, at(peer) as forwarder:
        await until(lambda: forwarder.view().reason != "connecting")
        assert not forwarder.view().up
        assert "\x1b" not in forwarder.view().reason


async def test_a_peer_that_accepts_and_is_silent_is_given_up() -> None:
    connections = 0

    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal connections
        connections += 1
        await reader.read()
        writer.close()

    async with await asyncio.start_server(silent, "127.0.0.1", 0) as peer, at(peer) as forwarder:
        await until(lambda: connections >= 2)
        assert "no answer" in forwarder.view().reason


async def test_what_still_waits_at_the_end_is_counted_as_dropped() -> None:
    forwarder = RedisForwarder(f"redis://127.0.0.1:{free_port()}", Mailbox())
    async with asyncio.TaskGroup() as tasks:
        task = tasks.create_task(forwarder.run())
        forwarder.offer(ticks(0, 7))
        await until(lambda: "refused" in forwarder.view().reason)
        task.cancel()
    assert forwarder.view().channels[CHANNELS[0]].dropped == {"shutdown": 7}


async def test_drain_does_not_wait_for_a_redis_that_is_down() -> None:
    async with running(f"redis://127.0.0.1:{free_port()}") as forwarder:
        forwarder.offer(ticks(0, 7))
        began = time.monotonic()
        await forwarder.drain()
        assert time.monotonic() - began < 5


@pytest.mark.parametrize(
    "url",
    [
        "redis://127.0.0.1:notaport",
        "redis://127.0.0.1/abc",
        "redis://127.0.0.1/0?foo=1",
        "redis://127.0.0.1/0?socket_timeout=soon",
        "redis://127.0.0.1/0?protocol=9",
        "redis://127.0.0.1/0?ssl_cert_reqs=none",
        "redis://127.0.0.1/0?socket_timeout=nan",
        "redis://127.0.0.1/0?encoding=bogus",
        "redis://:12/CANARY@127.0.0.1:6379",
        "redis://u:1/CANARY@127.0.0.1",
        "rediss://127.0.0.1/0?ssl_cert_reqs=CANARY",
    ],
)
def test_a_url_that_cannot_be_used_is_one_line_without_its_password(url: str) -> None:
    with pytest.raises(SettingsError, match="REDIS_URL cannot be used") as caught:
        new_connection(url)
    assert "CANARY" not in str(caught.value)


@pytest.mark.parametrize("url", ["redis://u:p%2Fw@127.0.0.1:1/3", "unix:///tmp/x?db=2"])
def test_a_url_that_is_one_is_taken(url: str) -> None:
    new_connection(url)


@pytest.mark.parametrize("greeting", [b"-MOVED\r\n", b"-ASK x\r\n", b"*1000000\r\n", b"\x00\r\n"])
async def test_a_strange_greeting_is_a_redis_that_is_down(greeting: bytes) -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError):
            while await reader.read(1 << 16):
                writer.write(greeting)
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as peer, at(peer) as forwarder:
        forwarder.offer(ticks(0, 3))
        await until(lambda: forwarder.view().reason not in ("connecting", ""))
        assert not forwarder.view().up
        assert forwarder.view().channels[CHANNELS[0]].buffered == 3


async def _lying(answers: bytes) -> asyncio.Server:
    """Serve a Redis that greets well and answers everything after that with `answers`."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError):
            while chunk := await reader.read(1 << 16):
                greetings = chunk.count(b"SETNAME") + chunk.count(b"SETINFO")
                if b"PUBLISH" in chunk:
                    writer.write(answers)
                else:
                    writer.write(b"+OK\r\n" * greetings + b"+PONG\r\n" * chunk.count(b"PING"))
                await writer.drain()
        writer.close()

    return await asyncio.start_server(serve, "127.0.0.1", 0)


@pytest.mark.parametrize(
    ("answers", "accepted", "refused"),
    [
        (b":1\r\n" * 40, 10, 0),  # more answers than questions
        (b"+OK\r\n" * 20, 0, 10),
        (b"$-1\r\n" * 20, 0, 10),
        (b":-5\r\n" * 20, 0, 10),
        (b":1\r\n" * 7, 3, 0),
        (b"$536870000\r\n", 0, 0),
        (b"\x00\xff", 0, 0),
        (b"*2147483647\r\n", 0, 0),
    ],
)
async def test_a_lying_redis_makes_no_nonsense_of_the_account(
    answers: bytes, accepted: int, refused: int
) -> None:
    async with await _lying(answers) as peer, at(peer) as forwarder:
        await until(lambda: forwarder.view().up)
        forwarder.offer(ticks(0, 10))
        await until(
            lambda: all(c.buffered == c.in_flight == 0 for c in forwarder.view().channels.values())
        )
        counts = forwarder.view().channels[CHANNELS[1]]
        assert adds_up(counts)
        assert counts.ambiguous >= 0
        assert (counts.accepted, counts.dropped_total) == (accepted, refused)


async def test_a_cancellation_at_any_moment_of_connecting_is_obeyed() -> None:
    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    async with await asyncio.start_server(silent, "127.0.0.1", 0) as peer:
        url = f"redis://127.0.0.1:{peer.sockets[0].getsockname()[1]}"
        forwarders = [RedisForwarder(url, Mailbox()) for _ in range(60)]
        moments = [1.1 + 0.0025 * n for n in range(60)]
        async with asyncio.TaskGroup() as tasks:
            running = [tasks.create_task(forwarder.run()) for forwarder in forwarders]
            for moment, task in zip(moments, running, strict=True):
                asyncio.get_running_loop().call_later(moment, task.cancel)
            async with asyncio.timeout(10):
                await asyncio.wait(running)
        assert all(task.cancelled() for task in running)


async def test_what_waits_takes_about_as_much_memory_as_it_says() -> None:
    mailbox = Mailbox()
    tracemalloc.start()
    try:
        tick = TickData("AAPL", 1.5, 1, 1, "aggregate", "massive", 1.5, 1.5, 1.5, 1.5, 1)
        for _ in range(200):
            mailbox.put(Batch(["AAPL"] * 100, [encode(tick) for _ in range(100)], 0.0))
        used, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert used < 1.3 * mailbox.buffered_bytes


class AnswersLater:
    """A link that answers everything, a while after it was asked."""

    def __init__(self, clock: list[float], seconds: float) -> None:
        self.answered: list[object] = []
        self._clock = clock
        self._seconds = seconds

    async def exchange(self, _: Sequence[bytes], count: int) -> None:
        self.answered = [1] * count
        self._clock[0] += self._seconds


async def test_latency_is_from_receive_to_reply_and_weighs_ticks() -> None:
    clock = [50.0]
    forwarder = RedisForwarder("redis://localhost", Mailbox(), clock=lambda: clock[0])
    forwarder._since = 49.0
    symbols = ["A"] * 95
    taken = [
        Batch(["A"] * 2, [b"{}"] * 2, 48.9),
        Batch(symbols, [b"{}"] * 95, 49.97),
        Batch(["A"] * 5, [b"{}"] * 5, 49.5),
    ]
    await forwarder._send(AnswersLater(clock, 0.03), taken)  # type: ignore[arg-type]  # a fake
    found = forwarder.timing(clock[0]).minute
    assert (found.count, found.early) == (100, 0), "two waited for Redis to come up"
    assert found.p95 == pytest.approx(0.06, rel=0.02)
    assert found.max == pytest.approx(0.53)
    assert forwarder.view().p99 == found.p99
    clock[0] += 61
    assert forwarder.view().p99 is None
    assert forwarder.timing(clock[0]).since_start.count == 100
