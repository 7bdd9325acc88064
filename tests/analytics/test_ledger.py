"""What is published and what is noted are one: whatever becomes of the reply."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from typing import Any

import pytest
import redis.exceptions
from redis.asyncio import Redis

from tests.analytics.listening import EventListener, listening
from tests.redis_server import RedisServer, redis_server
from tests.waiting import until
from tickterm.analytics import ledger as module
from tickterm.analytics.ledger import Ledger, Marker, NotOurs, Position
from tickterm.analytics.redis_client import connect
from tickterm.market.bars import Bar
from tickterm.market.timeframe import Timeframe

CHANNEL = "tickstock.events.patterns"
EVENT = b'{"data":{"symbol":"SPY","pattern":"Doji","timeframe":"1min","timestamp":60000}}'
BAR = Bar("SPY", Timeframe.M1, 60_000, 1.0, 1.0, 1.0, 1.0, 1, 1.0, 1)


@pytest.fixture(name="server")
def one_server(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr(module, "FIRST_RETRY", 0.01)
    with redis_server() as server:
        yield server


@pytest.fixture(name="client")
async def one_client(server: RedisServer) -> AsyncIterator[Redis]:
    client = connect(server.url)
    yield client
    await client.aclose()


@pytest.fixture(name="ear")
def one_ear(server: RedisServer) -> Any:
    with listening(server.port) as ear:
        yield ear


def lose_once(client: Redis, word: bytes, *, sent: bool) -> None:
    """Cut the connection once, when `word` is to be sent: after it was, or before."""
    pool: Any = client.connection_pool
    base = pool.connection_class

    class Cut(base):  # type: ignore[misc, valid-type] # whichever redis-py chose
        done = False

        async def send_packed_command(self, command: Any, *args: Any, **kwargs: Any) -> None:
            whole = b"".join(command) if isinstance(command, list) else command
            if Cut.done or word not in bytes(whole):
                await super().send_packed_command(command, *args, **kwargs)
                return
            Cut.done = True
            if sent:
                await super().send_packed_command(command, *args, **kwargs)
                await super().read_response()  # of MULTI: then Redis has it all
            await self.disconnect(nowait=True)
            raise redis.exceptions.ConnectionError("cut")

    pool.connection_class = Cut


async def all_heard(client: Redis, ear: EventListener) -> None:
    """Publish one more, and wait until it has come: then so has everything before."""
    await client.publish(CHANNEL, EVENT.replace(b"Doji", b"Last"))
    await until(lambda: any(event[1] == "Last" for event in ear.patterns()))


@pytest.mark.parametrize("sent", [True, False])
async def test_a_lost_reply_repeats_nothing(
    client: Redis, ear: EventListener, sent: bool, caplog: pytest.LogCaptureFixture
) -> None:
    ledger = Ledger(client, "key", "me")
    lose_once(client, b"PUBLISH", sent=sent)
    await ledger.claim()
    await ledger.publish([(CHANNEL, EVENT)], [BAR])
    assert ledger.marker.has(BAR)
    assert ledger.reason == ""
    again = Ledger(client, "key", "me")
    assert (await again.claim()).published == {Timeframe.M1: Position(120_000, "SPY")}
    await all_heard(client, ear)
    assert ear.patterns().total() == 2
    assert [record.levelno for record in caplog.records] == [logging.WARNING]


async def test_another_owner_is_noticed_at_every_step(client: Redis) -> None:
    ours, theirs = Ledger(client, "key", "us"), Ledger(client, "key", "them")
    await ours.claim()
    await ours.check()
    await theirs.claim()
    for verb in (ours.check(), ours.publish([], [BAR]), ours.settle(5), ours.reset()):
        with pytest.raises(NotOurs):
            await verb
    assert (await theirs.claim()).is_empty


async def test_a_takeover_in_the_middle_of_a_transaction_undoes_it(
    client: Redis, ear: EventListener, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours, theirs = Ledger(client, "key", "us"), Ledger(client, "key", "them")
    await ours.claim()
    hget = type(client.pipeline()).hget

    async def slow(pipe: Any, *args: Any) -> Any:
        found = await hget(pipe, *args)
        await theirs.claim()
        return found

    monkeypatch.setattr(type(client.pipeline()), "hget", slow)
    with pytest.raises(NotOurs):
        await ours.publish([(CHANNEL, EVENT)], [BAR])
    monkeypatch.undo()
    await theirs.publish([(CHANNEL, EVENT)], [BAR])
    await all_heard(client, ear)
    assert ear.patterns().total() == 2


async def test_what_redis_has_lost_we_still_know(client: Redis) -> None:
    ledger = Ledger(client, "key", "me")
    await ledger.claim()
    await ledger.publish([], [BAR])
    await ledger.settle(120_000)
    await client.flushall()
    marker = await ledger.claim()
    assert marker.has(BAR)
    assert marker.settled == 120_000


async def test_a_redis_that_came_back_empty_is_told_again(
    client: Redis, ear: EventListener
) -> None:
    ledger = Ledger(client, "key", "me")
    await ledger.claim()
    await client.flushall()
    await ledger.check()
    await ledger.publish([(CHANNEL, EVENT)], [BAR])
    await ledger.settle(120_000)
    await client.flushall()
    await ledger.publish([], [BAR._replace(timeframe=Timeframe.M5)])
    marker = await Ledger(client, "key", "other").claim()
    assert marker.settled == 120_000
    assert set(marker.published) == {Timeframe.M1, Timeframe.M5}
    await all_heard(client, ear)
    assert ear.patterns().total() == 2


async def test_it_is_reset_as_a_whole(client: Redis) -> None:
    ledger = Ledger(client, "key", "me")
    await ledger.claim()
    await ledger.publish([], [BAR, BAR._replace(timeframe=Timeframe.D1)])
    await ledger.settle(120_000)
    await ledger.settle(60_000)
    assert ledger.marker.settled == 120_000
    await ledger.remember(["SPY"])
    await ledger.reset()
    assert ledger.marker.is_empty
    assert await ledger.symbols() == []
    assert (await Ledger(client, "key", "other").claim()) == Marker()


async def test_symbols_are_remembered_and_junk_is_not(client: Redis) -> None:
    ledger = Ledger(client, "key", "me")
    await ledger.remember(["SPY", "BRK.B"])
    await client.sadd("key:symbols", "a b", b"\xff\xfe")
    assert await ledger.symbols() == ["BRK.B", "SPY"]


async def test_junk_in_the_ledger_is_ignored(client: Redis) -> None:
    junk: dict[Any, Any] = {"settled": "soon", "1min": "never SPY", "5min": "", b"\xff": b"\xfe"}
    await client.hset("key", mapping=junk)
    assert (await Ledger(client, "key", "me").claim()).is_empty


def test_positions_are_in_the_order_of_publishing() -> None:
    marker = Marker(published={Timeframe.M1: Position(120_000, "M")})
    assert marker.has(BAR._replace(symbol="A"))
    assert marker.has(BAR._replace(symbol="M"))
    assert not marker.has(BAR._replace(symbol="N"))
    assert marker.has(BAR._replace(symbol="Z", start=0))
    assert not marker.has(BAR._replace(timeframe=Timeframe.M5))
