"""The link to the feed against a feed that drops, stalls, lies and shouts."""

from __future__ import annotations

import asyncio
import gc
import itertools
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import pytest

from tests.engine.fake_massive import (
    KEY,
    Command,
    FakeMassive,
    Peer,
    Script,
    acknowledge_forever,
    bar,
    raw_server,
    serve_faithfully,
    sign_in,
    stays,
    until,
)
from tickterm.engine.client import MassiveWebSocketClient
from tickterm.engine.dial import key_refused
from tickterm.market import calendar
from tickterm.market.hours import NEW_YORK
from tickterm.market.link_rules import LinkTimes
from tickterm.market.protocol import Received
from tickterm.market.snapshot import Feed, LinkPhase, LinkView
from tickterm.market.ticks import TickData

FAST = LinkTimes(
    handshake=1.0,
    first_retry=0.01,
    longest_retry=0.04,
    earned_after=0.2,
    capped_retry=0.25,
    ping_every=0.1,
    dead_after=0.3,
    mute_after=0.4,
)


@dataclass
class Link:
    """A running client and what it handed over."""

    client: MassiveWebSocketClient
    received: list[Received] = field(default_factory=list)
    ticks: list[TickData] = field(default_factory=list)
    task: asyncio.Task[None] | None = None

    def handle(self, received: Received, now: float) -> None:
        assert abs(time.monotonic() - now) < 1.0
        self.received.append(received)
        self.ticks += received.ticks

    @property
    def view(self) -> LinkView:
        return self.client.view()

    @property
    def volumes(self) -> list[int | float]:
        return [tick.volume for tick in self.ticks]

    async def up(self, connections: int = 1) -> None:
        await until(
            lambda: self.view.phase is LinkPhase.UP and self.view.connections >= connections
        )

    async def refused(self) -> None:
        await until(lambda: self.view.phase is LinkPhase.REFUSED)


@asynccontextmanager
async def linked(
    url: str, symbols: tuple[str, ...] = ("AAPL", "BRK.B"), times: LinkTimes = FAST, **more: Any
) -> AsyncIterator[Link]:
    """Run a client for the length of the block, then cancel it."""
    link: Link

    def handle(received: Received, now: float) -> None:
        link.handle(received, now)

    client = MassiveWebSocketClient(url, KEY, Feed.LIVE, "massive", handle, times=times, **more)
    link = Link(client)
    client.want(symbols)
    link.task = asyncio.create_task(client.run())
    try:
        yield link
    finally:
        link.task.cancel()
        with suppress(asyncio.CancelledError):
            await link.task


@pytest.fixture(autouse=True)
async def leaves_nothing() -> AsyncIterator[None]:
    """Nothing may be left running, nor any exception that nobody looked at."""
    complaints: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: complaints.append(context))
    yield
    gc.collect()
    await until(lambda: len(asyncio.all_tasks()) == 1)
    assert not complaints


# -- the good case --------------------------------------------------------------------------------


async def test_it_signs_in_subscribes_and_hands_over() -> None:
    async with FakeMassive() as feed, linked(feed.url) as link:
        await until(lambda: len(link.ticks) == 2 and link.view.acknowledged == 2)
        assert feed.peer.commands == [
            Command("auth", KEY),
            Command("subscribe", "A.AAPL,A.BRK.B"),
        ]
        view = link.view
        assert (view.phase, view.asked, view.refused, view.attempt) == (LinkPhase.UP, 2, 0, 0)
        assert (view.connections, view.losses, view.reason) == (1, 0, "")
        assert view.host == feed.url.removeprefix("ws://")
        assert [tick.ticker for tick in link.ticks] == ["AAPL", "BRK.B"]


async def test_many_symbols_go_in_chunks_and_the_missing_are_named(
    caplog: pytest.LogCaptureFixture,
) -> None:
    symbols = tuple(f"S{i}" for i in range(1_200))

    async def all_but_three(peer: Peer) -> None:
        await sign_in(peer)
        while True:
            action, params = await peer.command()
            tokens = [t for t in params.split(",") if t not in ("A.S3", "A.S700", "A.S1199")]
            await peer.send({"ev": "status", "status": "error", "message": "not authorized"})
            await peer.acknowledge(Command(action, ",".join(tokens)))

    caplog.set_level(logging.INFO, "tickterm.link")
    async with FakeMassive(all_but_three) as feed, linked(feed.url, symbols) as link:
        await until(lambda: "no answer for" in caplog.text)
        assert [len(c.params.split(",")) for c in feed.peer.commands[1:]] == [500, 500, 200]
        assert feed.peer.subscribed() == [f"A.{s}" for s in symbols]
        assert (link.view.asked, link.view.acknowledged, link.view.refused) == (1_200, 1_197, 3)
    assert (
        "subscribed to 1197 of 1200 symbols, 3 not authorized; no answer for S3, S700, S1199"
        in (caplog.text)
    )


async def test_a_changed_wish_sends_only_the_difference_at_once() -> None:
    async with FakeMassive() as feed, linked(feed.url, ("A", "B", "C")) as link:
        await until(lambda: link.view.acknowledged == 3)
        asked = time.monotonic()
        link.client.want(("C", "D", "A"))
        await until(lambda: len(feed.peer.commands) == 4)
        assert time.monotonic() - asked < FAST.handshake / 2
        assert feed.peer.commands[2:] == [
            Command("subscribe", "A.D"),
            Command("unsubscribe", "A.B"),
        ]
        await until(lambda: link.view.acknowledged == 3)
        link.client.want(("C", "D", "A"))
        feed.peer.drop()
        await link.up(2)
        await until(lambda: len(feed.peer.subscribed()) == 3)
        assert feed.peer.commands[1:] == [Command("subscribe", "A.C,A.D,A.A")]


async def test_a_wish_that_is_no_symbol_is_refused_and_changes_nothing() -> None:
    async with FakeMassive() as feed:
        client = MassiveWebSocketClient(feed.url, KEY, Feed.LIVE, "massive", lambda *_: None)
        with pytest.raises(ValueError, match="not a symbol"):
            client.want(("A", "B,T.*"))
    async with FakeMassive() as feed, linked(feed.url) as link:
        await link.up()
        with pytest.raises(ValueError, match="not a symbol"):
            link.client.want(("A", "B,T.*"))
        feed.peer.drop()
        await link.up(2)
        await until(lambda: feed.peer.subscribed() == ["A.AAPL", "A.BRK.B"])


async def test_pings_of_the_server_are_answered() -> None:
    answered: list[float] = []

    async def pings(peer: Peer) -> None:
        await sign_in(peer)
        answered.append(await (await peer.connection.ping(b"are you there")))
        await acknowledge_forever(peer)

    async with FakeMassive(pings) as feed, linked(feed.url):
        await until(lambda: answered)


# -- losses ---------------------------------------------------------------------------------------


async def at_once(peer: Peer) -> None:
    """Before the greeting."""


async def during_auth(peer: Peer) -> None:
    await peer.say("connected", "Connected Successfully")
    await peer.command()


async def after_subscribe(peer: Peer) -> None:
    await sign_in(peer)
    await peer.acknowledge(await peer.command())


async def with_data(peer: Peer) -> None:
    await after_subscribe(peer)
    await peer.send(bar("AAPL", 77))


STAGES = (at_once, during_auth, sign_in, after_subscribe, with_data)
CODES = (1000, 1001, 1008, 1011, None, "abort")


def then_end(stage: Script, code: Any) -> Script:
    async def script(peer: Peer) -> None:
        await stage(peer)
        if code == "abort":
            peer.drop()
        else:
            await peer.close(code, "so it goes")

    return script


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("stage", STAGES)
async def test_every_loss_is_followed_by_a_whole_new_sign_in(stage: Script, code: Any) -> None:
    async with (
        FakeMassive(then_end(stage, code), serve_faithfully) as feed,
        linked(feed.url) as link,
    ):
        await until(lambda: len(feed.peers) == 2 and link.view.acknowledged == 2)
        assert feed.peer.commands == [
            Command("auth", KEY),
            Command("subscribe", "A.AAPL,A.BRK.B"),
        ]
        was_up = stage not in (at_once, during_auth)
        assert (link.view.connections, link.view.losses) == (1 + was_up, was_up)
        assert link.volumes[:1] == [77 if stage is with_data else 1]


@pytest.mark.parametrize(
    ("code", "words"),
    [(1000, "1000 so it goes"), (1011, "1011 so it goes"), (None, "1005"), ("abort", "without")],
)
async def test_the_reason_of_a_loss_is_told(code: Any, words: str) -> None:
    slow = replace(FAST, first_retry=30.0, longest_retry=30.0)
    async with (
        FakeMassive(then_end(with_data, code)) as feed,
        linked(feed.url, times=slow) as link,
    ):
        await until(lambda: link.view.phase is LinkPhase.RETRYING)
        assert words in link.view.reason
        assert link.view.retry_at is not None
        link.client.reconnect()
        await until(lambda: len(feed.peers) == 2)


async def test_a_close_that_was_announced_is_told_in_the_servers_words() -> None:
    async def slow_consumer(peer: Peer) -> None:
        await with_data(peer)
        await peer.say("slow_consumer", "you read too slowly")
        peer.drop()

    slow = replace(FAST, first_retry=30.0, longest_retry=30.0)
    async with FakeMassive(slow_consumer) as feed, linked(feed.url, times=slow) as link:
        await until(lambda: link.view.phase is LinkPhase.RETRYING)
        assert link.view.reason == "closed by the server, slow_consumer: you read too slowly"


async def test_ten_kills_mid_stream_lose_nothing_that_was_received() -> None:
    numbers = itertools.count(1)
    sent: list[int] = []

    async def stream(peer: Peer) -> None:
        await sign_in(peer)
        await peer.acknowledge(await peer.command())
        while True:
            sent.append(next(numbers))
            await peer.send(bar("AAPL", sent[-1]))
            await asyncio.sleep(0.001)

    async with FakeMassive(stream) as feed, linked(feed.url) as link:
        for kill in range(1, 11):
            before = len(link.ticks)
            await until(lambda b=before: len(link.ticks) > b + 5)  # type: ignore[misc]  # default
            feed.peer.drop()
            await link.up(kill + 1)
            assert link.view.losses == kill
        await until(lambda: link.view.acknowledged == 2)
        assert all(peer.subscribed() == ["A.AAPL", "A.BRK.B"] for peer in feed.peers)
        assert len(feed.peers) == 11
        assert link.volumes == sorted(set(link.volumes))
        assert set(link.volumes) <= set(sent)


@pytest.mark.parametrize("stage", STAGES)
async def test_a_server_that_drops_everybody_is_not_hammered(stage: Script) -> None:
    """Thirty seconds of the real times, a hundred times as fast."""
    real = LinkTimes()
    scaled = replace(
        FAST,
        first_retry=real.first_retry / 100,
        longest_retry=real.longest_retry / 100,
        earned_after=real.earned_after / 100,
    )
    async with FakeMassive(then_end(stage, "abort")) as feed, linked(feed.url, times=scaled):
        await until(lambda: feed.peers)
        await stays(lambda: len(feed.peers) <= 8, 0.3)
        assert len(feed.peers) >= 3


async def test_nobody_there_is_tried_again() -> None:
    async with raw_server(lambda *_: asyncio.sleep(0)) as gone:
        url = gone.url
    async with linked(url) as link:
        await until(lambda: link.view.attempt >= 4)
        assert link.view.reason.startswith(f"no connection to {url.removeprefix('ws://')}: ")


# -- back-off -------------------------------------------------------------------------------------


def last_gap(feed: FakeMassive) -> float:
    ended = feed.peers[-2].ended
    assert ended is not None
    return feed.dials[-1] - ended


SLOWING = replace(FAST, first_retry=0.01, longest_retry=60.0, earned_after=0.1)


def lives(seconds: float, *, data: bool) -> Script:
    async def script(peer: Peer) -> None:
        await after_subscribe(peer)
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            await asyncio.sleep(0.01)
            if data:
                await peer.send(bar())
        peer.drop()

    return script


@pytest.mark.parametrize("data", [True, False])
async def test_only_data_earns_the_first_delay_back(data: bool) -> None:
    dropping = then_end(after_subscribe, "abort")
    scripts = (*[dropping] * 4, lives(0.2, data=data), serve_faithfully)
    async with FakeMassive(*scripts) as feed, linked(feed.url, times=SLOWING) as link:
        await until(lambda: len(feed.peers) == 6)
        await link.up(6)
        if data:
            assert last_gap(feed) < 0.1
        else:
            assert last_gap(feed) >= 0.16


async def test_asking_for_a_reconnect_does_not_wait_and_costs_no_patience() -> None:
    async with FakeMassive() as feed, linked(feed.url, times=SLOWING) as link:
        for connections in range(1, 8):
            await link.up(connections)
            link.client.reconnect()
        await link.up(8)
        feed.peer.drop()
        await link.up(9)
        assert last_gap(feed) < 0.1


async def test_a_reconnect_asked_for_while_dialling_does_not_outlive_the_dial() -> None:
    slow = replace(FAST, first_retry=30.0, longest_retry=30.0)
    async with FakeMassive() as feed, linked(feed.url, times=slow) as link:
        await asyncio.sleep(0)
        assert (link.view.phase, link.view.attempt) == (LinkPhase.CONNECTING, 1)
        link.client.reconnect()
        await link.up()
        feed.peer.drop()
        await until(lambda: link.view.phase is LinkPhase.RETRYING)
        assert link.view.retry_at is not None
        assert link.view.retry_at - time.monotonic() > 10


# -- silence --------------------------------------------------------------------------------------


async def test_a_half_open_connection_is_noticed() -> None:
    silent: list[float] = []

    async def freeze(peer: Peer) -> None:
        await with_data(peer)
        silent.append(time.monotonic())
        peer.stop_reading()
        await peer.gone()

    async with FakeMassive(freeze, serve_faithfully) as feed, linked(feed.url) as link:
        await link.up(2)
        noticed = feed.dials[1] - silent[0]
        assert FAST.dead_after * 0.9 < noticed < FAST.dead_after + 0.25
        assert link.view.losses == 1


async def test_a_peer_that_only_talks_is_alive() -> None:
    """It reads nothing and answers no ping, but every frame of it is a sign of life."""

    async def talk(peer: Peer) -> None:
        await with_data(peer)
        peer.stop_reading()
        while True:
            await peer.send(bar())
            await asyncio.sleep(0.02)

    async with FakeMassive(talk) as feed, linked(feed.url) as link:
        await link.up()
        await stays(lambda: len(feed.peers) == 1, 4 * FAST.dead_after)
        assert link.view.losses == 0


async def test_a_sparse_feed_that_answers_pings_is_alive() -> None:
    times = replace(FAST, mute_after=30.0)
    async with FakeMassive() as feed, linked(feed.url, times=times) as link:
        await link.up()
        await stays(lambda: len(feed.peers) == 1, 4 * FAST.dead_after)


async def test_a_peer_that_takes_no_commands_is_given_up() -> None:
    async def deaf(peer: Peer) -> None:
        await sign_in(peer)
        peer.stop_reading()
        while True:
            await peer.send(bar())
            await asyncio.sleep(0.02)

    many = tuple(f"{'S' * 6}{i:06d}.{'X' * 6}.{'Y' * 6}" for i in range(300_000))
    slow = replace(FAST, first_retry=30.0, longest_retry=30.0)
    async with FakeMassive(deaf) as feed, linked(feed.url, many, slow) as link:
        await until(lambda: link.view.phase is LinkPhase.RETRYING, 10)
        assert link.view.reason == "the feed server takes no commands"
        assert len(feed.peers) == 1


async def test_an_open_but_mute_link_is_noticed_and_then_given_more_time() -> None:
    async def mute(peer: Peer) -> None:
        await after_subscribe(peer)
        if len(feed.peers) == 1:
            for number in range(30):
                await peer.send(bar("AAPL", number + 1))
                await asyncio.sleep(0.002)
        await acknowledge_forever(peer)

    times = replace(FAST, mute_after=0.2)
    async with FakeMassive(mute) as feed, linked(feed.url, times=times) as link:
        await until(lambda: len(feed.peers) == 4, 10)
        lives_of = [peer.ended - peer.dialled for peer in feed.peers[:3] if peer.ended is not None]
        assert 0.2 < lives_of[0] < 5
        assert lives_of[1] > 0.4
        assert lives_of[2] > 0.8
        assert link.view.losses == 3


async def test_what_is_mute_from_the_start_is_tried_anew_ever_more_rarely() -> None:
    """It acknowledges and answers pings, but sends no data: a fault, or a closed market."""
    times = replace(FAST, mute_after=0.1)
    async with FakeMassive() as feed, linked(feed.url, times=times) as link:
        await until(lambda: len(feed.peers) == 4)
        assert link.view.losses == 3
        lives = [later - sooner for sooner, later in itertools.pairwise(feed.dials)]
        assert lives == sorted(lives)


# -- the key --------------------------------------------------------------------------------------


def refuses(*, first: tuple[object, ...] = (), end: str = "abort") -> Script:
    async def script(peer: Peer) -> None:
        await peer.say("connected", "Connected Successfully")
        await peer.command()
        words = "authentication failed"
        await peer.send(*first, {"ev": "status", "status": "auth_failed", "message": words})
        if end == "abort":
            peer.drop()
        elif end == "close":
            await peer.close(1008)
        else:
            await peer.gone()

    return script


@pytest.mark.parametrize("end", ["abort", "close", "stay"])
@pytest.mark.parametrize("first", [(), (bar(), {"ev": "status", "status": "hm", "message": "?"})])
async def test_a_refused_key_is_tried_once(first: tuple[object, ...], end: str) -> None:
    async with FakeMassive(refuses(first=first, end=end)) as feed, linked(feed.url) as link:
        await link.refused()
        assert link.view.reason == key_refused("")
        await until(lambda: feed.open == 0)
        await stays(lambda: len(feed.peers) == 1, 0.2)
        link.client.reconnect()
        await until(lambda: len(feed.peers) == 2)
        await link.refused()
        await stays(lambda: len(feed.peers) == 2, 0.2)
        assert (link.view.connections, link.view.losses) == (0, 0)


async def test_a_key_that_works_again_after_a_reconnect() -> None:
    async with FakeMassive(refuses(), serve_faithfully) as feed, linked(feed.url) as link:
        await link.refused()
        link.client.reconnect()
        await link.up()
        assert link.view.reason == ""


async def evicts(peer: Peer) -> None:
    await after_subscribe(peer)
    await peer.say("max_connections", "Maximum number of websocket connections exceeded. ")
    await peer.close(1008)


def assert_no_two_within(feed: FakeMassive, seconds: float) -> None:
    gaps = [b - a for a, b in itertools.pairwise(feed.dials)]
    assert all(gap > seconds * 0.95 for gap in gaps), gaps


async def test_evictions_are_answered_once_a_minute_and_three_times_at_most() -> None:
    async with FakeMassive(evicts) as feed, linked(feed.url) as link:
        await until(lambda: link.view.phase is LinkPhase.RETRYING)
        assert "another program uses this key" in link.view.reason
        for _ in range(5):
            link.client.reconnect()
        await link.refused()
        assert "another program uses this key" in link.view.reason
        assert "Maximum number of websocket connections exceeded." in link.view.reason
        assert len(feed.peers) == 3
        for _ in range(5):
            link.client.reconnect()
        await until(lambda: len(feed.peers) == 5)
        assert_no_two_within(feed, FAST.capped_retry)
        await link.refused()
        await stays(lambda: len(feed.peers) == 6, 2 * FAST.capped_retry)


@pytest.mark.parametrize("stage", [at_once, during_auth, sign_in])
@pytest.mark.parametrize("code", [1008, "abort"])
async def test_an_eviction_is_heard_wherever_it_comes(stage: Script, code: Any) -> None:
    """Also right behind the greeting or the sign-in, closed before our answer can be sent."""

    async def capped_early(peer: Peer) -> None:
        if stage is at_once:
            await peer.say("connected", "Connected Successfully")
        await stage(peer)
        await peer.say("max_connections", "Maximum number of connections exceeded.")

    async with FakeMassive(then_end(capped_early, code)) as feed, linked(feed.url) as link:
        await link.refused()
        assert len(feed.peers) == 3
        assert_no_two_within(feed, FAST.capped_retry)


async def test_a_reconnect_on_a_link_that_was_evicted_keeps_the_minute() -> None:
    async with FakeMassive(evicts, serve_faithfully) as feed, linked(feed.url) as link:
        await link.up(2)
        link.client.reconnect()
        await link.up(3)
        assert_no_two_within(feed, FAST.capped_retry)


async def test_a_minute_of_data_forgives_evictions() -> None:
    async def data_then_evicted(peer: Peer) -> None:
        await lives_with_data(peer)
        await peer.say("max_connections", "Maximum number of websocket connections exceeded. ")
        await peer.close(1008)

    async def lives_with_data(peer: Peer) -> None:
        await after_subscribe(peer)
        for _ in range(30):
            await peer.send(bar())
            await asyncio.sleep(0.01)

    async with FakeMassive(evicts, evicts, data_then_evicted) as feed, linked(feed.url) as link:
        await until(lambda: len(feed.peers) == 5)
        assert link.view.phase is not LinkPhase.REFUSED


# -- what frames may hold -------------------------------------------------------------------------

HOSTILE: tuple[tuple[bytes, bool], ...] = (
    (b'[{"ev":"A","sym":"\xff\xfe"}]', True),
    (b"\xc3\x28", True),
    (b"\x00\x01\x02", False),
    (b"", True),
    (b"null", True),
    (b"[", True),
    (b'{"ev":', True),
    (b"[" * 100_000, True),
    (b'[{"ev":"status","status":{"a":1},"message":[1]}]', True),
    (b'[{"ev":"status"}]', True),
    (b'[{"ev":["A"]}, 1, null, "x", {"ev":{}}]', True),
    (b'[{"ev":"status","status":"success","message":"subscribed to: "}]', True),
    (b'[{"ev":"status","status":"connected","message":"again"}]', True),
    (b'[{"ev":"status","status":"auth_success","message":"again"}]', True),
)


async def test_no_frame_breaks_the_link() -> None:
    async def shout(peer: Peer) -> None:
        await after_subscribe(peer)
        for frame, text in HOSTILE:
            await peer.send_raw(frame, text=text)
        await peer.send_raw(b"[" + b",".join([b'{"ev":"X"}'] * 3) + b"]", text=False)
        await peer.send(bar("AAPL", 9))
        await acknowledge_forever(peer)

    async with FakeMassive(shout) as feed, linked(feed.url) as link:
        await until(lambda: link.ticks)
        assert link.volumes == [9]
        assert [r.unknown for r in link.received if r.unknown] == [["X"] * 3]
        assert link.view.losses == 0
        assert len(feed.peer.commands) == 2


PATIENT = replace(FAST, ping_every=5.0, dead_after=10.0, mute_after=10.0, handshake=10.0)


async def test_large_frames_are_taken_and_too_large_ones_once_retried() -> None:
    def padded(size: int, number: int) -> dict[str, Any]:
        return bar("AAPL", number) | {"pad": "x" * size}

    async def large(peer: Peer) -> None:
        await after_subscribe(peer)
        await peer.send(padded(2 * 2**20, 2))
        await peer.send(padded(17 * 2**20, 17))
        await acknowledge_forever(peer)

    async with FakeMassive(large) as feed, linked(feed.url, times=PATIENT) as link:
        await until(lambda: link.view.phase is LinkPhase.RETRYING or len(feed.peers) == 2)
        assert link.view.reason == "a frame above 16 MiB"
        await until(lambda: len(link.ticks) == 3, 20)
        assert link.volumes == [2, 2, 17]
        assert len(feed.peers) == 2


async def test_ten_megabytes_of_status_text_are_one_short_line() -> None:
    async def verbose(peer: Peer) -> None:
        await after_subscribe(peer)
        await peer.say("error", "\x1b]0;owned\x07[/red]\n" * 600_000)
        await peer.send(bar())
        await acknowledge_forever(peer)

    async with FakeMassive(verbose) as feed, linked(feed.url, times=PATIENT) as link:
        await until(lambda: link.ticks)
        (text,) = [s.message for r in link.received for s in r.statuses if s.status == "error"]
        assert len(text) < 600
        assert text.isprintable()


# -- feeds that wait, feeds that end --------------------------------------------------------------


async def test_a_feed_that_can_wait_is_read_at_our_pace_and_never_declared_dead() -> None:
    room = asyncio.Event()
    room.set()
    total = 3_000
    sent = 0

    async def pace() -> None:
        await room.wait()

    async def stream(peer: Peer) -> None:
        nonlocal sent
        await after_subscribe(peer)
        for sent in range(1, total + 1):
            await peer.send(bar("AAPL", sent) | {"pad": "x" * 5_000})
        await acknowledge_forever(peer)

    times = replace(FAST, mute_after=0.1)
    async with (
        FakeMassive(stream) as feed,
        linked(feed.url, times=times, pace=pace, patient=True) as link,
    ):
        await until(lambda: len(link.ticks) > 100)
        room.clear()
        await asyncio.sleep(0)
        seen = len(link.ticks)
        await stays(lambda: len(link.ticks) <= seen + 1, 3 * FAST.dead_after)
        assert sent < total
        room.set()
        await until(lambda: len(link.ticks) == total, 20)
        assert link.volumes == list(range(1, total + 1))
        assert (link.view.losses, len(feed.peers)) == (0, 1)


async def test_a_full_house_does_not_fail_the_sign_in() -> None:
    room = asyncio.Event()

    async def pace() -> None:
        await room.wait()

    times = replace(FAST, handshake=0.2)
    async with (
        FakeMassive() as feed,
        linked(feed.url, times=times, pace=pace, patient=True) as link,
    ):
        await link.up()
        await stays(lambda: len(feed.peers) == 1, 3 * times.handshake)
        room.set()
        await until(lambda: len(link.ticks) == 2)


async def recording(peer: Peer) -> None:
    await after_subscribe(peer)
    await peer.send(*(bar("AAPL", i + 1) for i in range(500)))
    await peer.say("end_of_recording", "The recording has ended.")


async def test_the_end_of_a_patient_feed_ends_the_link() -> None:
    async with FakeMassive(recording) as feed, linked(feed.url, patient=True) as link:
        assert link.task is not None
        await asyncio.wait_for(link.task, 5)
        assert link.view.phase is LinkPhase.ENDED
        assert link.view.reason == "The recording has ended."
        assert len(link.ticks) == 500
        assert len(feed.peers) == 1


async def test_the_end_of_a_recording_elsewhere_is_no_loss_and_can_be_seen_again() -> None:
    async with FakeMassive(recording, recording) as feed, linked(feed.url) as link:
        await until(lambda: link.view.phase is LinkPhase.ENDED)
        await stays(lambda: len(feed.peers) == 1, 3 * FAST.longest_retry)
        link.client.reconnect()
        await until(lambda: len(link.ticks) == 1000 and link.view.phase is LinkPhase.ENDED)
        assert len(feed.peers) == 2


async def test_a_feed_that_floods_us_with_pings_is_hung_up_on() -> None:
    async def floods(peer: Peer) -> None:
        await after_subscribe(peer)
        peer.connection.transport.write(bytes([0x89, 0x00]) * 100_000)
        await peer.gone()

    async with FakeMassive(floods, serve_faithfully) as feed, linked(feed.url) as link:
        await until(lambda: len(feed.peers) == 2 and link.view.phase is LinkPhase.UP)
        assert link.view.losses == 1


# -- leaving --------------------------------------------------------------------------------------


async def silence(peer: Peer) -> None:
    await peer.gone()


async def greets_only(peer: Peer) -> None:
    await peer.say("connected", "Connected Successfully")
    await peer.gone()


async def frozen(peer: Peer) -> None:
    await with_data(peer)
    peer.stop_reading()
    await peer.gone()


@pytest.mark.parametrize(
    "script", [silence, greets_only, serve_faithfully, frozen, at_once, evicts, refuses()]
)
async def test_cancelled_at_any_moment_it_leaves_nothing(script: Script) -> None:
    before = asyncio.all_tasks()
    async with FakeMassive(script) as feed:
        server_tasks = asyncio.all_tasks() - before
        for moment in range(12):
            async with linked(feed.url) as link:
                await until(lambda: feed.peers)
                for _ in range(moment * 3):
                    await asyncio.sleep(0)
                if moment > 8:
                    await asyncio.sleep(0.02 * (moment - 8))
                assert link.task is not None
                asked = time.monotonic()
                link.task.cancel()
                with suppress(asyncio.CancelledError):
                    await link.task
                assert time.monotonic() - asked < 1
            for peer in feed.peers:
                peer.read_again()
            await until(lambda: feed.open == 0)
        await until(lambda: asyncio.all_tasks() <= before | server_tasks)


async def test_cancelled_while_the_server_says_nothing_at_all() -> None:
    async def mute(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        await reader.read()

    async with raw_server(mute) as server:
        async with linked(server.url):
            await until(lambda: server.open == 1)
        await until(lambda: server.open == 0)


async def test_an_outage_begins_with_the_loss_whatever_attempts_follow() -> None:
    async def hang_up(peer: Peer) -> None:
        peer.drop()

    scripts = [serve_faithfully, hang_up, hang_up, hang_up, serve_faithfully]
    async with FakeMassive(*scripts) as feed, linked(feed.url) as link:
        await link.up()
        up_since = link.view.since
        feed.peer.drop()
        dropped = time.monotonic()
        seen: set[tuple[LinkPhase, int, float]] = set()

        def is_back() -> bool:
            view = link.view
            if view.phase is not LinkPhase.UP:
                seen.add((view.phase, view.attempt, view.since))
            return view.connections == 2

        await until(is_back)
        outages = {since for _, _, since in seen if since > up_since}
        assert max(attempt for _, attempt, _ in seen) >= 3
        assert len({since for _, _, since in seen}) == len(outages) == 1
        assert outages.pop() == pytest.approx(dropped, abs=0.5)
        assert link.view.since >= feed.dials[-1]


async def test_before_it_was_ever_up_it_is_down_since_the_first_attempt() -> None:
    async def hang_up(peer: Peer) -> None:
        peer.drop()

    async with FakeMassive(hang_up) as feed, linked(feed.url) as link:
        await until(lambda: link.view.attempt == 1)
        first = link.view.since
        assert first <= time.monotonic()
        await until(lambda: link.view.attempt >= 4)
        assert link.view.since == first


# -- clocks and secrets ---------------------------------------------------------------------------


async def test_the_wall_clock_may_jump(monkeypatch: pytest.MonkeyPatch) -> None:
    jumps = itertools.cycle((0.0, 4e9, 1.0, 1.8e9))
    monkeypatch.setattr(time, "time", lambda: next(jumps))
    monkeypatch.setattr(time, "time_ns", lambda: int(next(jumps)) * 10**9)
    times = replace(FAST, mute_after=30.0)
    async with FakeMassive() as feed, linked(feed.url, times=times) as link:
        await link.up()
        await stays(lambda: len(feed.peers) == 1, 2 * FAST.dead_after)
        feed.peer.drop()
        await link.up(2)
        assert len(feed.peers) == 2


@pytest.mark.parametrize(
    ("lost_at", "kept"), [("2026-06-02T01:00", True), ("2026-06-01T19:30", False)]
)
async def test_a_gap_counts_unless_no_market_was_open(
    monkeypatch: pytest.MonkeyPatch, lost_at: str, kept: bool
) -> None:
    def at(text: str) -> None:
        then = datetime.fromisoformat(text).replace(tzinfo=NEW_YORK).timestamp()
        monkeypatch.setattr(time, "time", lambda: then)

    calendar.load()
    at(lost_at)
    async with FakeMassive() as feed, linked(feed.url) as link:
        await link.up()
        first = link.view.known_since
        assert first is not None
        assert first <= link.view.since < first + 1
        feed.peer.drop()
        await until(lambda: link.view.phase is not LinkPhase.UP)
        at("2026-06-02T02:00")
        await link.up(2)
        assert link.view.known_since is not None
        assert (link.view.known_since == first) is kept


class Everything(logging.Handler):
    """Every record of every logger, rendered with its traceback."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(f"{record.name} {logging.Formatter().format(record)} {record.__dict__!r}")


@pytest.fixture
def everything() -> Everything:
    return Everything()


@pytest.fixture
async def debug_everywhere(everything: Everything) -> AsyncIterator[None]:
    loggers = [logging.getLogger(), *map(logging.getLogger, logging.root.manager.loggerDict)]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        if logger.name not in ("tickterm.wire", "tickterm.viewers.wire"):
            logger.setLevel(logging.DEBUG)
    logging.getLogger().addHandler(everything)
    loop = asyncio.get_running_loop()
    loop.set_debug(True)
    yield
    loop.set_debug(False)
    logging.getLogger().removeHandler(everything)
    for logger, level in zip(loggers, levels, strict=True):
        logger.setLevel(level)


def says_the_key(action: Callable[[Peer], Awaitable[None]]) -> Script:
    async def script(peer: Peer) -> None:
        await during_auth(peer)
        await action(peer)

    return script


LEAKS: tuple[Callable[[Peer], Awaitable[None]], ...] = (
    lambda peer: peer.close(1008, f"bad key {KEY}"),
    lambda peer: peer.say("auth_failed", f"the key {KEY} is no good"),
    lambda peer: peer.say("auth_timeout", f"{KEY}"),
    lambda peer: peer.say(KEY, KEY),
    lambda peer: peer.say("max_connections", f"{KEY} {KEY}"),
    lambda peer: peer.send({"ev": KEY}, {"ev": "A", "sym": KEY}, KEY, [KEY]),
    lambda peer: peer.send_raw(f"{{{KEY}"),
)


@pytest.mark.parametrize("leak", LEAKS)
@pytest.mark.usefixtures("debug_everywhere")
async def test_the_key_is_nowhere(
    leak: Callable[[Peer], Awaitable[None]], everything: Everything
) -> None:
    async with FakeMassive(says_the_key(leak), serve_faithfully) as feed, linked(feed.url) as link:
        await until(lambda: link.view.phase in (LinkPhase.RETRYING, LinkPhase.REFUSED))
        assert KEY not in repr((link.view, link.received, link.client))
        assert feed.peer.commands[0].params == KEY
    assert everything.lines
    assert not [line for line in everything.lines if KEY in line]
