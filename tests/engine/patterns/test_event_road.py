"""The way of pattern events to the board and to Redis, with a real server that comes and goes."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import re
import signal
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from functools import partial
from itertools import islice, product
from string import ascii_uppercase
from typing import Any

import msgspec
import pytest

from tests.redis_server import RedisServer, redis_server
from tests.waiting import until
from tickterm.backends.redis_subscriber import Message, RedisSubscriber
from tickterm.engine.patterns import flood_limits
from tickterm.engine.patterns import road as event_road
from tickterm.engine.patterns.board import WATCHED, PatternBoard
from tickterm.engine.patterns.fallback_pattern_detector import FallbackPatternDetector
from tickterm.engine.patterns.road import CHANNELS, EventRoad
from tickterm.engine.redis import outbox
from tickterm.market.redis_events import (
    HEALTH,
    HEARTBEAT_KEY,
    PATTERNS,
    PATTERNS_STREAMING,
    BarData,
    Detection,
    Direction,
    PatternDetected,
    StreamingPattern,
    encode,
)
from tickterm.market.snapshot import DetectionView
from tickterm.market.timeframe import Timeframe

MINUTE = 60_000
NOW = 1_760_580_000.0


@pytest.fixture
def server() -> Iterator[RedisServer]:
    with redis_server() as running:
        yield running


class Setup:
    """A road with its parts; time stands still unless the test moves it."""

    def __init__(self, url: str) -> None:
        self.board = PatternBoard()
        self.detector = FallbackPatternDetector()
        self.now = 1_000.0
        self.road = EventRoad(
            url, self.detector, self.board, clock=lambda: self.now, wall=lambda: NOW
        )

    @property
    def view(self) -> DetectionView:
        view = self.road.view(self.now)
        events = view.shown + view.flooded + view.repeated
        assert view.received == events + view.malformed + view.others
        return view

    def hear(self, payload: bytes | str | dict[str, object], channel: str = PATTERNS) -> None:
        text = json.dumps(payload) if isinstance(payload, dict) else payload
        self.road.hear([(channel, text.encode() if isinstance(text, str) else text)])

    @property
    def shown(self) -> list[tuple[int, str, str]]:
        return [(event.number, event.symbol, event.source) for event in self.board.newest()]


@pytest.fixture
def setup() -> Setup:
    return Setup("redis://127.0.0.1:1")


@contextlib.asynccontextmanager
async def running(url: str) -> AsyncIterator[Setup]:
    setup = Setup(url)
    async with asyncio.TaskGroup() as tasks:
        task = tasks.create_task(setup.road.run())
        try:
            yield setup
        finally:
            task.cancel()


@contextlib.asynccontextmanager
async def overheard(url: str) -> AsyncIterator[list[Message]]:
    """Collect what everybody else hears."""

    class Ear:
        def __init__(self) -> None:
            self.heard: list[Message] = []
            self.ready = asyncio.Event()
            self.hear = self.heard.extend

        def subscribed(self, gap: float | None) -> None:
            self.ready.set()

        def lost(self, reason: str) -> None:
            """Nobody asks."""

    ear = Ear()
    async with asyncio.TaskGroup() as tasks:
        task = tasks.create_task(RedisSubscriber(url, CHANNELS, ear).run())
        await ear.ready.wait()
        yield ear.heard
        task.cancel()


def found(symbol: str = "AAPL", bar: int = 0) -> Detection:
    return Detection(
        symbol,
        "Doji",
        0.5,
        Direction.NEUTRAL,
        bar * MINUTE,
        Timeframe.M1,
        BarData(10.0, 11.0, 9.0, 10.0, 700),
    )


def names(count: int) -> Iterator[str]:
    """Yield different symbols."""
    return ("".join(letters) for letters in islice(product(ascii_uppercase, repeat=4), count))


def lines(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.name == "tickterm.patterns"]


# --- what others say


def test_an_event_comes_on_two_channels_and_is_shown_once(setup: Setup) -> None:
    setup.hear(encode(PatternDetected("analytics", 5, found())))
    setup.hear(encode(StreamingPattern("analytics", found())), PATTERNS_STREAMING)
    assert setup.shown == [(1, "AAPL", "analytics")]
    assert setup.board.newest()[0].wall_ms == int(NOW * 1000)
    assert (setup.view.received, setup.view.shown, setup.view.repeated) == (2, 1, 1)


def test_every_event_of_a_batch_counts(setup: Setup) -> None:
    events: list[object] = [{"symbol": s, "pattern": "Doji", "timestamp": 5} for s in "ABBC,"]
    setup.hear({"patterns": [*events, {}, 7]})
    view = setup.view
    assert [symbol for _, symbol, _ in setup.shown] == ["A", "B", "C"]
    counts = view.received, view.shown, view.repeated, view.malformed, view.others
    assert counts == (7, 3, 1, 2, 1)


def test_junk_is_counted_and_said_once_a_minute(
    setup: Setup, caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(1_000):
        setup.hear(b"\x1b]0;owned\x07")
    setup.hear({"event_type": "backtest"})
    assert (setup.view.malformed, setup.view.others) == (1_000, 1)
    assert lines(caplog) == [f"{PATTERNS}: a message cannot be read: no JSON (1)"]
    setup.now += 61
    setup.hear({"pattern": "Doji", "symbol": "\x1b"}, PATTERNS_STREAMING)
    assert lines(caplog)[1:] == [
        f"{PATTERNS_STREAMING}: a message cannot be read: no symbol: · (1001)"
    ]


def test_health_is_kept_in_words(setup: Setup) -> None:
    setup.hear({"health": {"status": "degraded", "reason": "it lags"}}, HEALTH)
    assert setup.view.health == "degraded: it lags"
    setup.hear({"health": "?"}, HEALTH)
    assert setup.view.health == "degraded: it lags"
    assert (setup.view.others, setup.view.malformed) == (1, 1)


def test_a_flood_is_numbered_and_said_but_not_read(
    setup: Setup, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(flood_limits, "MOST_A_SECOND", 100)
    flood = [(PATTERNS, encode(PatternDetected("x", 5, found(name)))) for name in names(250)]
    setup.road.hear(flood[:90])
    assert lines(caplog) == []
    setup.road.hear(flood[90:])
    setup.road.hear([(PATTERNS, b"junk")])
    view = setup.view
    assert (view.received, view.shown, view.flooded) == (251, 100, 151)
    assert len(setup.shown) == 100
    assert lines(caplog) == ["pattern events come too fast: 150 are not shown"]
    setup.now += 1
    setup.hear(encode(PatternDetected("x", 5, found("B"))))
    assert setup.shown[-1] == (252, "B", "x")


def batch_of(symbols: Iterable[str]) -> bytes:
    events = [{"symbol": symbol, "pattern": "Doji", "timestamp": 5} for symbol in symbols]
    return json.dumps({"patterns": events}).encode()


class Read:
    """Counts what is read, without which nothing is known of the work that it was."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.events = self.messages = self.bytes = 0
        for name in ("read", "read_health"):
            monkeypatch.setattr(event_road, name, partial(self._note, getattr(event_road, name)))

    def _note(self, read: Callable[..., Any], payload: bytes, *more: int) -> Any:
        self.messages += 1
        self.bytes += len(payload)
        reports = read(payload, *more)
        self.events += len(reports) if isinstance(reports, list) else 1
        return reports


def test_a_flood_of_batches_is_no_more_work_than_one_of_events(
    setup: Setup, monkeypatch: pytest.MonkeyPatch
) -> None:
    reading = Read(monkeypatch)
    every, size = names(100_000), 500
    flood = [(PATTERNS, batch_of(islice(every, size))) for _ in range(200)]
    for start in range(0, 200, 10):
        setup.road.hear(flood[start : start + 10])
    assert reading.events == flood_limits.MOST_A_SECOND
    skipped = len(flood) - reading.messages
    assert setup.view.received == flood_limits.MOST_A_SECOND + skipped
    assert setup.view.shown == WATCHED.a_second
    assert setup.view.flooded == setup.board.flooded
    setup.now += 1
    setup.hear(encode(PatternDetected("x", 5, found("NEXT"))))
    assert setup.shown[-1] == (flood_limits.MOST_A_SECOND + skipped + 1, "NEXT", "x")


@pytest.mark.parametrize("channel", [PATTERNS, HEALTH])
def test_a_flood_of_long_messages_is_bounded_by_their_bytes(
    setup: Setup, monkeypatch: pytest.MonkeyPatch, channel: str
) -> None:
    reading = Read(monkeypatch)
    size = 2**19
    for _ in range(40):
        setup.road.hear([(channel, b'{"x":"' + bytes(b" " * size) + b'"}')] * 2)
    assert reading.bytes <= flood_limits.MOST_BYTES_A_SECOND + 2 * size
    assert setup.view.received == 80
    assert setup.board.flooded == 80 - reading.messages
    setup.now += 1
    setup.hear(encode(PatternDetected("x", 5, found("NEXT"))))
    assert [symbol for _, symbol, _ in setup.shown] == ["NEXT"]


def test_a_flood_of_empty_batches_is_bounded_too(
    setup: Setup, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(flood_limits, "MOST_A_SECOND", 100)
    reading = Read(monkeypatch)
    setup.road.hear([(PATTERNS, b'{"patterns": []}')] * 250)
    assert reading.messages == 100
    assert setup.board.flooded == 150


async def test_each_cut_is_counted_and_says_how_long_it_was(
    server: RedisServer, caplog: pytest.LogCaptureFixture
) -> None:
    async with running(server.url) as setup:
        await until(lambda: setup.view.listening)
        assert setup.view.gaps == 0
        assert lines(caplog) == []
        for cuts in (1, 2):
            setup.now += 5
            server.kill()
            await until(lambda: setup.view.reason == "connection refused")
            assert not setup.view.listening
            assert setup.view.since == setup.now
            server.start()
            await until(lambda: setup.view.listening)
            assert (setup.view.gaps, setup.view.reason) == (cuts, "")
            server.command("PUBLISH", PATTERNS, f'{{"symbol": "A{cuts}", "pattern": "Doji"}}')
            await until(partial(is_shown, setup, cuts))
    told = [re.sub(r"[\d.]+ s", "N s", line) for line in lines(caplog)]
    assert told == 2 * [
        "pattern events are not heard: connection refused",
        "pattern events of N s may be missing: redis was not heard",
    ]


def is_shown(setup: Setup, events: int) -> bool:
    return setup.view.shown == events


async def test_a_redis_that_comes_late_is_one_line_and_no_gap(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO)
    late = RedisServer()
    async with running(late.url) as setup:
        await until(lambda: setup.view.reason == "connection refused")
        assert lines(caplog) == ["pattern events are not heard: connection refused"]
        late.start()
        try:
            await until(lambda: setup.view.listening)
            assert setup.view.gaps == 0
            assert "pattern events are heard" in lines(caplog)
        finally:
            late.kill()


# --- what our own rules find


async def test_what_our_rules_find_is_shown_at_once_and_told_to_all_and_its_echo_is_known(
    server: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(event_road, "LOOK_EVERY", 60.0)  # it is not what telling waits for
    async with running(server.url) as setup, overheard(server.url) as heard:
        await until(lambda: setup.view.listening)
        setup.road.report([found("A"), found("B")])
        assert setup.shown == [(1, "A", "fallback"), (2, "B", "fallback")]
        await until(lambda: setup.view.repeated == 4)
        assert (setup.view.shown, setup.view.detected, setup.view.unpublished) == (0, 2, 0)
        assert setup.shown == [(1, "A", "fallback"), (2, "B", "fallback")]
        await until(lambda: len(heard) == 4)
    assert [channel for channel, _ in heard] == [PATTERNS, PATTERNS_STREAMING] * 2
    detected = msgspec.json.decode(heard[0][1], type=PatternDetected)
    streaming = msgspec.json.decode(heard[1][1], type=StreamingPattern)
    assert detected == PatternDetected("fallback", int(NOW * 1000), found("A"))
    assert streaming == StreamingPattern("fallback", found("A"))


def test_what_is_known_already_is_not_told_again(setup: Setup) -> None:
    setup.hear(encode(PatternDetected("analytics", 5, found())))
    setup.road.report([found()])
    assert setup.shown == [(1, "AAPL", "analytics")]
    assert setup.view.detected == 1
    assert not setup.road._outbox.filled.is_set()


async def test_findings_wait_for_redis_bounded_in_number_and_age(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(event_road, "LOOK_EVERY", 0.05)
    monkeypatch.setattr(outbox, "MOST_WAITING", 10)
    late = RedisServer()
    async with running(late.url) as setup:
        await until(lambda: setup.view.reason == "connection refused")
        setup.road.report([found(bar=bar) for bar in range(15)])
        assert setup.view.unpublished == 5
        setup.now += 61
        assert setup.view.unpublished == 15
        setup.road.report([found("B", bar=bar) for bar in range(3)])
        late.start()
        try:
            await until(lambda: setup.view.repeated or not setup.road._outbox.filled.is_set())
            assert setup.view.unpublished == 15
        finally:
            late.kill()


async def test_findings_without_an_answer_are_not_sent_again(server: RedisServer) -> None:
    async with running(server.url) as setup:
        await until(lambda: setup.view.listening)
        setup.road.report([found()])
        await until(lambda: setup.view.repeated == 2)
        server.signal(signal.SIGSTOP)
        setup.road.report([found("B"), found("C")])
        await until(lambda: setup.view.unpublished == 2)
        server.signal(signal.SIGCONT)
        setup.road.report([found("D")])
        await until(lambda: setup.view.repeated >= 4)
    assert setup.view.unpublished == 2


async def test_a_refusal_is_counted_and_said_once(caplog: pytest.LogCaptureFixture) -> None:
    with redis_server() as server:
        rights = ["on", ">pw", "+@all", "-publish", "allkeys", "allchannels"]
        server.command("ACL", "SETUSER", "reader", *rights)
        async with running(f"redis://reader:pw@127.0.0.1:{server.port}/0") as setup:
            await until(lambda: setup.view.listening)
            for bar in range(3):
                setup.road.report([found(bar=bar)])
                await until(lambda bar=bar: setup.view.unpublished == bar + 1)  # type: ignore[misc]
    assert len(lines(caplog)) == 1
    assert lines(caplog)[0].startswith("redis refuses patterns: NOPERM")


# --- the heartbeat


async def test_the_heartbeat_decides_about_the_fallback_and_each_change_is_said(
    server: RedisServer, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    caplog.set_level(logging.INFO)
    monkeypatch.setattr(event_road, "LOOK_EVERY", 0.02)
    server.command("SET", HEARTBEAT_KEY, str(NOW - 10))
    async with running(server.url) as setup:
        await until(lambda: setup.view.heartbeat_at is not None)
        assert setup.view.heartbeat_at == pytest.approx(setup.now - 10)
        assert not setup.view.fallback
        setup.now += 200
        await until(lambda: setup.view.fallback)
        assert setup.view.fallback_since == setup.now
        server.command("SET", HEARTBEAT_KEY, str(NOW))
        await until(lambda: not setup.view.fallback)
        assert setup.view.heartbeat_at == setup.now
    assert lines(caplog) == [
        "analytics silent for 210 s: the engine's own rules are at work",
        "analytics is there: the engine's own pattern rules rest",
    ]


async def test_without_analytics_the_fallback_works_from_the_first_look(
    server: RedisServer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    async with running(server.url) as setup:
        await until(lambda: setup.view.fallback)
    assert lines(caplog) == ["no analytics is there: the engine's own pattern rules are at work"]


async def test_a_redis_that_is_away_puts_the_fallback_to_work_after_a_while(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(event_road, "LOOK_EVERY", 0.02)
    async with running(RedisServer().url) as setup:
        await until(lambda: setup.view.reason == "connection refused")
        assert not setup.view.fallback
        setup.now += event_road.HEAD_START
        await until(lambda: setup.view.fallback)


async def test_a_heartbeat_that_cannot_be_read_is_said_once_and_is_none(
    server: RedisServer, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(event_road, "LOOK_EVERY", 0.01)
    server.command("LPUSH", HEARTBEAT_KEY, "x")
    looks = 0

    class Counting(FallbackPatternDetector):
        def heard(self, value: bytes | None, now: float, wall: float) -> None:
            nonlocal looks
            looks += 1
            assert value is None
            super().heard(value, now, wall)

    async with running(server.url) as setup:
        setup.road._detector = Counting()
        await until(lambda: looks > 3)
        assert setup.road.view(0).fallback
    [line] = [line for line in lines(caplog) if "heartbeat" in line]
    assert HEARTBEAT_KEY in line
    assert "WRONGTYPE" in line


@pytest.mark.parametrize("value", ["", "junk", "x" * 500_000, "\n*9\r\n", "1e999", "nan"])
async def test_a_heartbeat_of_junk_is_no_sign_of_life(
    server: RedisServer, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(event_road, "LOOK_EVERY", 0.01)
    server.command("SET", HEARTBEAT_KEY, value)
    async with running(server.url) as setup:
        setup.now += 10
        await until(lambda: setup.view.fallback)
        assert setup.view.heartbeat_at is None


async def test_a_cancelled_road_leaves_nothing_behind(server: RedisServer) -> None:
    async with running(server.url) as setup:
        await until(lambda: setup.view.listening and setup.view.fallback)
    assert asyncio.all_tasks() == {asyncio.current_task()}
    names = server.command("CLIENT", "LIST")
    assert isinstance(names, bytes)
    assert b"tickterm" not in names
