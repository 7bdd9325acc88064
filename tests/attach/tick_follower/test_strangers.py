"""Engines that lie, or are none."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from websockets.asyncio.server import ServerConnection

from tests.attach.fake_broadcaster import FakeBroadcaster, raw_server, say
from tests.attach.messages import NOW, hello, part, status
from tests.attach.tick_follower.following import begin, following, script, ticks
from tests.attach.web_server import silent
from tests.waiting import until
from tickterm.attach import conversation, tick_follower
from tickterm.market.contract import (
    VERSION,
    EngineMessage,
    Error,
    Event,
    EventName,
    Goodbye,
    SnapshotPart,
    Ticks,
)

ATTACK = "\x1b]0;owned\x07\x9b31m\u202e"


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

    async with raw_server(silent) as address, following(address) as work:
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
