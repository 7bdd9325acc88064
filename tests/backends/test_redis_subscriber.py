"""A subscriber of a real Redis that dies, freezes, refuses, cuts it off and floods it."""

from __future__ import annotations

import asyncio
import contextlib
import re
import signal
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from functools import partial

import pytest

from tests.redis_server import RedisServer, redis_server
from tests.waiting import until
from tickterm.backends import redis_subscriber
from tickterm.backends.redis_link import RedisLost, open_redis
from tickterm.backends.redis_subscriber import Message, RedisSubscriber
from tickterm.errors import SettingsError

CHANNELS = ("one", "tickstock:two")
FLOOD = "for i = 1, 3000 do redis.call('PUBLISH', ARGV[1], string.rep('x', 10000)) end"


class Ear:
    """Remembers what it is told."""

    def __init__(self) -> None:
        self.gaps: list[float | None] = []
        self.losses: list[str] = []
        self.messages: list[Message] = []
        self.batches = 0
        self.listening = False

    def subscribed(self, gap: float | None) -> None:
        assert not self.listening
        self.listening = True
        self.gaps.append(gap)

    def lost(self, reason: str) -> None:
        self.listening = False
        self.losses.append(reason)

    def hear(self, messages: Sequence[Message]) -> None:
        assert self.listening
        self.batches += 1
        self.messages += messages


@contextlib.asynccontextmanager
async def listening(url: str, ear: Ear | None = None) -> AsyncIterator[Ear]:
    ear = ear or Ear()
    async with asyncio.TaskGroup() as tasks:
        task = tasks.create_task(RedisSubscriber(url, CHANNELS, ear).run())
        try:
            yield ear
        finally:
            task.cancel()


@pytest.fixture
def server() -> Iterator[RedisServer]:
    with redis_server() as running:
        yield running


def publish(server: RedisServer, channel: str, text: str) -> None:
    server.command("PUBLISH", channel, text)


def packed(channel: str, payload: bytes) -> bytes:
    return b"*3\r\n$7\r\nPUBLISH\r\n$%d\r\n%b\r\n$%d\r\n%b\r\n" % (
        len(channel),
        channel.encode(),
        len(payload),
        payload,
    )


def _pings(server: RedisServer) -> int:
    """Return how often the server has been pinged; the question itself is none."""
    answer = server.command("INFO", "commandstats")
    assert isinstance(answer, bytes)
    found = re.search(rb"cmdstat_ping:calls=(\d+)", answer)
    return int(found[1]) if found else 0


def is_back(ear: Ear, times: int) -> bool:
    """Say whether it listens again after so many losses."""
    return ear.listening and len(ear.gaps) == times + 1


# --- a server that is well


async def test_messages_of_all_channels_come_in_order(server: RedisServer) -> None:
    async with listening(server.url) as ear:
        await until(lambda: ear.listening)
        assert ear.gaps == [None]
        payloads = [b"", b"a", b"\r\n*3\r\n$7\r\nmessage\r\n", b"\x00\xff", b"x" * 300_000, b"end"]
        async with open_redis(server.url) as link:
            for number, payload in enumerate(payloads):
                await link.exchange([packed(CHANNELS[number % 2], payload)], 1)
        await until(lambda: len(ear.messages) == len(payloads))
    assert ear.messages == [(CHANNELS[n % 2], payload) for n, payload in enumerate(payloads)]


async def test_a_flood_is_heard_whole_and_cheaply(server: RedisServer) -> None:
    """The promise is 2.5 us a message at most; it is printed, as the machine may be busy."""
    payload = b'{"ticker":"AAPL","price":185.5,"volume":1234}' + b" " * 200
    count, batch = 200_000, 500
    async with listening(server.url) as ear:
        await until(lambda: ear.listening)
        commands = b"".join(packed(CHANNELS[1], payload) for _ in range(batch))
        async with open_redis(server.url) as link:
            began = time.process_time()
            for _ in range(count // batch):
                await link.exchange([commands], batch)
            await until(lambda: len(ear.messages) == count, 30)
        both = time.process_time() - began
    print(f"{count} messages in {ear.batches} batches: {both / count * 1e6:.2f} us")
    assert ear.messages == [(CHANNELS[1], payload)] * count


async def cost_of_one_message(size: int) -> float:
    """Return the seconds of CPU that a message of `size` bytes costs, in pieces of 64 KiB."""
    payload = b"x" * size
    whole = CONFIRMED + HEAD + b"$%d\r\n%b\r\n" % (size, payload)
    pushes = redis_subscriber._Pushes({channel.encode(): channel for channel in CHANNELS})
    reader = asyncio.StreamReader()
    messages: list[Message] = []
    began = time.process_time()
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(feed(reader, whole))
        while not messages:
            messages = await pushes.read(reader)
    cost = time.process_time() - began
    assert messages == [("one", payload)]
    return cost


async def feed(reader: asyncio.StreamReader, whole: bytes) -> None:
    for at in range(0, len(whole), 2**16):
        reader.feed_data(whole[at : at + 2**16])
        await asyncio.sleep(0)  # the piece is read before the next one comes


def cost_of_joining_at_each_piece(size: int) -> float:
    """Return the seconds of CPU that joining alone would cost then."""
    piece, joined = b"x" * 2**16, b""
    began = time.process_time()
    while len(joined) < size:
        joined = joined + piece
    return time.process_time() - began


async def test_the_longest_message_is_joined_once() -> None:
    assert redis_subscriber.MAX_PAYLOAD == 2**24
    once = min([await cost_of_one_message(2**24) for _ in range(3)])
    at_each = min(cost_of_joining_at_each_piece(2**24) for _ in range(3))
    print(f"16 MiB: {once * 1e3:.1f} ms, joined at each piece {at_each * 1e3:.1f} ms")
    assert once < at_each / 2


async def test_a_message_of_the_greatest_length_is_heard_between_others(
    server: RedisServer,
) -> None:
    longest = b"\r\n*3\r\n$7\r\nmessage\r\n" * (2**24 // 22)
    payloads = [b"before", longest, b"after"]
    async with listening(server.url) as ear:
        await until(lambda: ear.listening)
        async with open_redis(server.url) as link:
            for payload in payloads:
                await link.exchange([packed(CHANNELS[0], payload)], 1)
        await until(lambda: len(ear.messages) == 3)
    assert ear.messages == [(CHANNELS[0], payload) for payload in payloads]
    assert ear.losses == []


async def test_the_smallest_rights_are_enough() -> None:
    rights = ["resetkeys", "resetchannels", *(f"&{channel}" for channel in CHANNELS), "-@all"]
    rights += ["+subscribe", "+ping", "+auth", "+select", "+client|setname", "+client|setinfo"]
    with redis_server() as server:
        server.command("ACL", "SETUSER", "least", "on", ">pw", *rights)
        async with listening(f"redis://least:pw@127.0.0.1:{server.port}/2") as ear:
            await until(lambda: ear.listening)
            publish(server, CHANNELS[0], "x")
            await until(lambda: ear.messages)


# --- a server that is not


async def test_a_killed_server_is_noticed_and_the_gap_is_told(server: RedisServer) -> None:
    async with listening(server.url) as ear:
        await until(lambda: ear.listening)
        publish(server, CHANNELS[0], "before")
        await until(lambda: ear.messages)
        heard = time.monotonic()
        server.kill()
        await until(lambda: not ear.listening)
        assert "closed" in ear.losses[0]
        await until(lambda: "connection refused" in ear.losses)
        server.start()
        await until(lambda: ear.listening)
        gap = ear.gaps[1]
        assert gap is not None
        assert 0.1 < gap <= time.monotonic() - heard + 0.1
        publish(server, CHANNELS[1], "after")
        await until(lambda: len(ear.messages) == 2)
    assert [payload for _, payload in ear.messages] == [b"before", b"after"]


async def test_the_same_reason_is_said_once() -> None:
    connections = 0

    async def leave(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal connections
        connections += 1
        writer.write(b"-LOADING please wait\r\n")
        writer.close()

    async with await asyncio.start_server(leave, "127.0.0.1", 0) as peer:
        port = peer.sockets[0].getsockname()[1]
        async with listening(f"redis://127.0.0.1:{port}") as ear:
            await until(lambda: connections == 4)
    assert len(ear.losses) == 1


async def test_a_server_that_comes_late_is_heard_without_a_gap() -> None:
    late = RedisServer()
    async with listening(late.url) as ear:
        await until(lambda: ear.losses == ["connection refused"])
        late.start()
        try:
            await until(lambda: ear.listening)
            assert ear.gaps == [None]
        finally:
            late.kill()


async def test_a_client_that_is_killed_comes_back(server: RedisServer) -> None:
    async with listening(server.url) as ear:
        for losses in range(3):
            await until(partial(is_back, ear, losses))
            server.command("CLIENT", "KILL", "TYPE", "pubsub")
        await until(lambda: len(ear.gaps) == 4)
        publish(server, CHANNELS[0], "x")
        await until(lambda: ear.messages)
        assert server.command("PUBSUB", "NUMSUB", CHANNELS[0]) == [CHANNELS[0].encode(), 1]


async def test_a_frozen_server_is_noticed_and_was_silent_since_it_froze(
    server: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert redis_subscriber.PING_AFTER + redis_subscriber.PATIENCE < 10
    monkeypatch.setattr(redis_subscriber, "PING_AFTER", 0.2)
    monkeypatch.setattr(redis_subscriber, "PATIENCE", 0.4)
    async with listening(server.url) as ear:
        await until(lambda: ear.listening)
        server.signal(signal.SIGSTOP)
        await until(lambda: not ear.listening)
        assert ear.losses == ["no answer for 0.4 s"]
        server.signal(signal.SIGCONT)
        await until(lambda: ear.listening)
        gap = ear.gaps[1]
        assert gap is not None
        assert gap > 0.4


async def test_an_idle_server_that_lives_is_not_given_up(
    server: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(redis_subscriber, "PING_AFTER", 0.05)
    async with listening(server.url) as ear:
        await until(lambda: ear.listening)
        before = _pings(server)
        await until(lambda: _pings(server) > before + 5)
        assert ear.listening
        assert ear.losses == []


async def test_whoever_hears_too_slowly_is_cut_off_and_told(server: RedisServer) -> None:
    server.command("CONFIG", "SET", "client-output-buffer-limit", "pubsub 65536 0 0")

    class Slow(Ear):
        def hear(self, messages: Sequence[Message]) -> None:
            super().hear(messages)
            if self.batches == 1:  # what it does not read meanwhile is too much for the server
                server.command("EVAL", FLOOD, "0", CHANNELS[0])

    async with listening(server.url, Slow()) as ear:
        await until(lambda: ear.listening)
        publish(server, CHANNELS[0], "first")
        await until(lambda: ear.losses)
        await until(lambda: ear.listening)
        assert ear.gaps[1] is not None
        assert "closed" in ear.losses[0]
        heard = len(ear.messages)
        publish(server, CHANNELS[0], "last")
        await until(lambda: len(ear.messages) > heard)
        assert ear.messages[-1] == (CHANNELS[0], b"last")


async def test_a_wrong_password_is_said_and_never_shown() -> None:
    with redis_server("--requirepass", "right") as server:
        async with listening(f"redis://:wrongsecret@127.0.0.1:{server.port}/0") as ear:
            await until(lambda: ear.losses)
            assert "password" in ear.losses[0].lower()
            assert "wrongsecret" not in ear.losses[0]


async def test_a_forbidden_channel_is_said_in_words() -> None:
    with redis_server() as server:
        rights = ["on", ">pw", "resetchannels", f"&{CHANNELS[0]}", "+@all"]
        server.command("ACL", "SETUSER", "half", *rights)
        async with listening(f"redis://half:pw@127.0.0.1:{server.port}/0") as ear:
            await until(lambda: ear.losses)
            assert "may not subscribe to one, tickstock:two" in ear.losses[0]


async def test_a_wrong_url_is_an_error() -> None:
    with pytest.raises(SettingsError, match="REDIS_URL"):
        await RedisSubscriber("redis://127.0.0.1/abc", CHANNELS, Ear()).run()


async def test_back_off_is_earned_back_only_by_listening_for_a_while(
    server: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(redis_subscriber, "LONGEST_RETRY", 0.4)
    async with listening(server.url) as ear:
        for losses in range(3):
            await until(partial(is_back, ear, losses))
            server.command("CLIENT", "KILL", "TYPE", "pubsub")
        await until(lambda: len(ear.gaps) == 4)
        assert ear.gaps[3] is not None
        assert ear.gaps[3] >= 0.4
        monkeypatch.setattr(redis_subscriber, "STEADY", 0.0)
        server.command("CLIENT", "KILL", "TYPE", "pubsub")
        await until(lambda: len(ear.gaps) == 5)
        assert ear.gaps[4] is not None
        assert ear.gaps[4] < 0.4


async def test_a_run_after_one_that_broke_tells_the_gap(server: RedisServer) -> None:
    class Broken(Ear):
        def hear(self, messages: Sequence[Message]) -> None:
            self.listening = False
            raise ZeroDivisionError

    ear = Broken()
    subscriber = RedisSubscriber(server.url, CHANNELS, ear)
    for runs in range(1, 3):
        async with asyncio.TaskGroup() as tasks:
            run = tasks.create_task(_broken(subscriber))
            await until(partial(is_back, ear, runs - 1))
            publish(server, CHANNELS[0], "x")
            await run
    assert ear.gaps[0] is None
    assert ear.gaps[1] is not None


async def _broken(subscriber: RedisSubscriber) -> None:
    with pytest.raises(ZeroDivisionError):
        await subscriber.run()


async def test_a_cancelled_run_closes_its_socket(server: RedisServer) -> None:
    async with listening(server.url) as ear:
        await until(lambda: ear.listening)
    clients = server.command("CLIENT", "LIST", "TYPE", "pubsub")
    assert clients == b""
    assert asyncio.all_tasks() == {asyncio.current_task()}


# --- a peer that lies

CONFIRMED = b"".join(
    b"*3\r\n$9\r\nsubscribe\r\n$%d\r\n%b\r\n:%d\r\n" % (len(channel), channel.encode(), number)
    for number, channel in enumerate(CHANNELS, 1)
)
HEAD = b"*3\r\n$7\r\nmessage\r\n$3\r\none\r\n"


@contextlib.asynccontextmanager
async def lying(*said: bytes) -> AsyncIterator[str]:
    """Serve a Redis that greets well and says `said`, piece by piece, to whoever subscribes."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError):
            while chunk := await reader.read(1 << 16):
                writer.write(b"+OK\r\n" * (chunk.count(b"SETNAME") + chunk.count(b"SETINFO")))
                writer.write(b"+PONG\r\n" * chunk.count(b"PING"))
                for piece in said if b"SUBSCRIBE" in chunk else ():
                    writer.write(piece)
                    await writer.drain()
                    await asyncio.sleep(0)
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as peer:
        yield f"redis://127.0.0.1:{peer.sockets[0].getsockname()[1]}"


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ([b"HTTP/1.1 400 \x1b]0;owned\x07[/red]\r\n\r\n" * 200], "does not speak"),
        ([CONFIRMED, b"*4000000000\r\n" + b"$1\r\na\r\n" * 1000], "does not speak"),
        ([CONFIRMED, b"*1\r\n" * 2000], "does not speak"),
        ([CONFIRMED, b"$" + b"9" * 5000], "does not speak"),
        ([CONFIRMED, b"-" + b"x" * 5000], "does not speak"),
        ([CONFIRMED, HEAD + b"$99999999\r\n"], "99,999,999 bytes"),
        ([CONFIRMED, b"*3\r\n$7\r\nmessage\r\n$5\r\nother\r\n$1\r\nx\r\n"], "nobody asked for"),
        ([HEAD + b"$1\r\nx\r\n"], "nobody asked for"),
        ([CONFIRMED, b"-ERR \x1b]0;owned\x07\r\n"], "ERR ·]0;owned·"),
    ],
)
async def test_what_redis_would_not_say_is_a_loss(said: list[bytes], reason: str) -> None:
    async with lying(*said) as url, listening(url) as ear:
        await until(lambda: ear.losses)
        assert reason in ear.losses[0]
        assert ear.losses[0].isprintable()
        assert ear.messages == []


@pytest.mark.parametrize("confirmed", [b"", CONFIRMED[: len(CONFIRMED) // 2], CONFIRMED[:-1]])
async def test_a_subscription_that_is_not_confirmed_is_a_loss(
    confirmed: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(redis_subscriber, "PING_AFTER", 0.1)
    async with lying(confirmed) as url, listening(url) as ear:
        await until(lambda: ear.losses)
        assert ear.losses[0] == "no answer for 0.1 s"
        assert ear.gaps == []


async def test_a_message_that_never_ends_is_a_loss(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(redis_subscriber, "PING_AFTER", 0.2)
    monkeypatch.setattr(redis_subscriber, "PATIENCE", 0.2)
    parts = [CONFIRMED, HEAD + b"$16000000\r\n", *[b"x" * 100_000] * 10]
    async with lying(*parts) as url, listening(url) as ear:
        await until(lambda: ear.losses)
        assert "no answer" in ear.losses[0]


@pytest.mark.parametrize("part", [b"*3\r\n$7", HEAD, HEAD + b"$5\r\nabc"])
async def test_what_is_not_whole_is_no_sign_of_life(part: bytes) -> None:
    pushes = redis_subscriber._Pushes({channel.encode(): channel for channel in CHANNELS})
    reader = asyncio.StreamReader()
    reader.feed_data(CONFIRMED)
    assert await pushes.read(reader) == []
    reader.feed_data(part)
    reader.feed_eof()
    with pytest.raises(RedisLost, match="closed by the server"):
        await pushes.read(reader)


async def test_messages_come_in_whatever_pieces() -> None:
    message = HEAD + b"$5\r\n\r\n*9\n\r\n*2\r\n$4\r\npong\r\n$0\r\n\r\n"
    whole = CONFIRMED + 3 * message
    async with lying(*[whole[at : at + 1] for at in range(len(whole))]) as url, listening(url) as e:
        await until(lambda: len(e.messages) == 3)
        assert e.messages == [("one", b"\r\n*9\n")] * 3
        assert e.losses == []
