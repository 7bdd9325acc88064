"""A database or a Redis that goes, liars and sleepers: no event is repeated and none missing."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path

import pytest
from redis.asyncio import Redis

from tests.analytics.listening import EventListener, listening
from tests.analytics.lives import (
    SENTINELS,
    STREAM,
    Life,
    append,
    live_to_the_end,
    living,
    sentinels,
)
from tests.analytics.offline import assert_same, candles, events, frames, stored, ticks
from tests.recordings import write_recording
from tests.redis_server import RedisServer, redis_server
from tests.waiting import until
from tickterm.analytics import bar_queue, partition, stream_source
from tickterm.analytics.bar_store import BarStore
from tickterm.analytics.ledger import NotOurs
from tickterm.errors import UnreachableError
from tickterm.market.bars import Bar
from tickterm.market.ticks import TickData, encode
from tickterm.market.timeframe import Timeframe


class AbsentStore(BarStore):
    """A table whose database may be away."""

    is_away = False

    async def write(self, bars: Iterable[Bar]) -> None:
        self._look()
        await super().write(bars)

    async def before(
        self, timeframe: Timeframe, start_of: Mapping[str, int], newest: int
    ) -> dict[str, list[Bar]]:
        self._look()
        return await super().before(timeframe, start_of, newest)

    def _look(self) -> None:
        if self.is_away:
            raise UnreachableError("the database is away")


@pytest.fixture(name="recording")
def small_day(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(stream_source, "AT_ONCE", 90)
    monkeypatch.setattr(partition, "FIRST_RETRY", 0.001)
    monkeypatch.setattr(bar_queue, "FIRST_RETRY", 0.01)
    path = tmp_path / "hour.jsonl.gz"
    write_recording(path, ("SPY", "IBM"), seconds=3_600, seed=3)
    return path


def check(ear: EventListener, bars: Path, recording: Path) -> None:
    wanted = candles(frames(recording))
    assert_same(stored(bars), wanted)
    assert ear.patterns() == events(wanted)
    assert ear.streamed() == events(wanted)
    assert set(ear.calculations().values()) == {1}


async def feed(redis: RedisServer, some: list[TickData], first: int = 1, epoch: int = 1) -> None:
    async with Redis.from_url(redis.url) as client:
        await append(client, some, epoch, first)


async def test_a_database_that_is_away_delays_no_event(recording: Path, tmp_path: Path) -> None:
    day = ticks(recording)
    store = AbsentStore(f"sqlite:///{tmp_path / 'bars.db'}")
    with redis_server() as redis, listening(redis.port) as ear:
        life = Life(redis.url, "", store=store)
        async with living(life):
            await feed(redis, day[:2500])
            await until(lambda: any(event[2] == "15min" for event in ear.calculations()))
            store.is_away = True
            await feed(redis, day[2500:] + sentinels(day), first=2501)
            wanted = candles(frames(recording))
            await until(lambda: ear.patterns() == events(wanted), 20)
            assert life.bars.reason == "the database is away"
            assert life.bars.waiting > 50
            while (await life.unacknowledged() or 0) <= 1000:  # noqa: ASYNC110 - Redis sets no event
                await asyncio.sleep(0.02)
            store.is_away = False
            await until(lambda: life.bars.waiting == 0)
            assert life.bars.reason == ""
        check(ear, tmp_path / "bars.db", recording)
        assert life.bars.dropped == 0


async def test_without_any_history_it_is_blind(recording: Path, tmp_path: Path) -> None:
    day = ticks(recording)
    store = AbsentStore(f"sqlite:///{tmp_path / 'bars.db'}")
    with redis_server() as redis:
        life = Life(redis.url, "", store=store)
        async with living(life):
            store.is_away = True
            await feed(redis, day[:2500])
            await until(lambda: life.partition.vitals.is_blind)
            assert life.partition.history_reason == "the database is away"
            assert life.partition.vitals.is_ready
            store.is_away = False
            await feed(redis, day[2500:], first=2501)
            await until(lambda: not life.partition.vitals.is_blind, 20)
            assert life.partition.vitals.calculations > 0


async def test_who_goes_on_where_another_ended_is_ready_at_once(
    recording: Path, tmp_path: Path
) -> None:
    day = ticks(recording)
    with redis_server() as redis:
        first = Life(redis.url, tmp_path / "bars.db")
        async with living(first):
            await feed(redis, day[:50])
            await until(lambda: first.partition.counts().ticks == 50)
            assert not first.partition.vitals.is_ready
            await feed(redis, day[50:2500], first=51)
            await until(lambda: first.partition.vitals.is_ready)
            await until(lambda: first.partition.counts().ticks == 2500)
        second = Life(redis.url, tmp_path / "bars.db")
        async with living(second):
            await until(lambda: second.partition.vitals.heard_at is not None)
            assert second.partition.vitals.is_ready
            assert second.partition.vitals.bars_closed == 0


async def test_bars_that_were_dropped_are_made_again(
    recording: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bar_queue, "MOST_BARS", 20)
    day = ticks(recording)
    store = AbsentStore(f"sqlite:///{tmp_path / 'bars.db'}")
    with redis_server() as redis, listening(redis.port) as ear:
        life = Life(redis.url, "", store=store)
        async with living(life):
            await feed(redis, day[:2500])
            await until(lambda: any(event[2] == "15min" for event in ear.calculations()))
            store.is_away = True
            await feed(redis, day[2500:] + sentinels(day), first=2501)
            await until(lambda: life.bars.dropped > 50, 20)
            assert life.bars.waiting <= 20
            store.is_away = False
            async with asyncio.timeout(20):
                while await life.unacknowledged() != SENTINELS:  # noqa: ASYNC110 - Redis says it
                    await asyncio.sleep(0.02)
        check(ear, tmp_path / "bars.db", recording)


async def test_connections_that_are_cut_again_and_again(recording: Path, tmp_path: Path) -> None:
    day = ticks(recording)
    with redis_server() as redis, listening(redis.port) as ear:
        await feed(redis, day + sentinels(day))
        life = Life(redis.url, tmp_path / "bars.db")

        async def cut() -> None:
            while True:
                await asyncio.to_thread(redis.command, "CLIENT", "KILL", "TYPE", "normal")
                await asyncio.sleep(random.uniform(0.01, 0.1))

        async with living(life), asyncio.timeout(40):
            cutting = asyncio.ensure_future(cut())
            await until(lambda: ear.patterns().total() > 200, 30)
            cutting.cancel()
            while await life.unacknowledged() != SENTINELS:  # noqa: ASYNC110 - Redis says it
                await asyncio.sleep(0.02)
        check(ear, tmp_path / "bars.db", recording)


async def test_redis_that_comes_back_empty(recording: Path, tmp_path: Path) -> None:
    """What was in the stream is gone, which is said; what comes after is worked on."""
    day = ticks(recording)
    with redis_server() as redis:
        await feed(redis, day[:3000])
        life = Life(redis.url, tmp_path / "bars.db")
        async with living(life):
            await until(lambda: life.partition.counts().ticks == 3000)
            redis.kill()
            await until(lambda: life.partition.reason)
            redis.start()
            await feed(redis, day[3000:] + sentinels(day), first=3001)
            await until(lambda: life.partition.counts().ticks >= len(day) + SENTINELS, 20)
            async with asyncio.timeout(20):
                while await life.unacknowledged() != SENTINELS:  # noqa: ASYNC110 - Redis says it
                    await asyncio.sleep(0.02)
            assert life.partition.reason == ""
    store = BarStore(f"sqlite:///{tmp_path / 'bars.db'}")
    found = await store.between(Timeframe.M1, ["SPY"], 0, 2**62)
    await store.close()
    torn = [bar for bar in found["SPY"] if not bar.complete]
    gap = {day[3000].timestamp // 60_000 * 60_000}
    assert gap <= {bar.start for bar in torn}
    assert len(torn) <= 2
    assert len(found["SPY"]) >= 59


def hostile(rng: random.Random) -> bytes:
    return rng.choice([b"", b"{}", b"null", b"\xff" * 40, b"[" * 5000, b'{"ticker":"\x1b[2J"}'])


async def test_junk_among_the_ticks(recording: Path, tmp_path: Path) -> None:
    rng = random.Random(1)
    day = ticks(recording)
    with redis_server() as redis, listening(redis.port) as ear:
        async with Redis.from_url(redis.url) as client:
            pipe = client.pipeline(transaction=False)
            number = 0
            for tick in day + sentinels(day):
                for payload in ([hostile(rng)] if rng.random() < 0.2 else []) + [None]:
                    number += 1
                    data = encode(tick) if payload is None else payload
                    pipe.xadd(STREAM, {"tick": data}, id=f"1-{number}")
            pipe.xadd(STREAM, {"other": "field"}, id=f"1-{number + 1}")
            await pipe.execute()
        life = Life(redis.url, tmp_path / "bars.db")
        await live_to_the_end(life, left=SENTINELS)
        check(ear, tmp_path / "bars.db", recording)
        assert life.partition.counts().rejected.total() > 1000


@pytest.mark.parametrize("off", [-7_200_000, -30_000, 30_000, 7_200_000, 10**12])
async def test_single_wrong_times_change_no_other_bar(
    recording: Path, tmp_path: Path, off: int
) -> None:
    day = ticks(recording)
    liar = TickData("LIAR", 5.0, 1, 0, "aggregate", "replay", 5.0, 5.0, 5.0, 5.0, 1)
    fed = []
    for number, tick in enumerate(day):
        fed.append(tick)
        if number % 50 == 25:
            fed.append(liar._replace(timestamp=tick.timestamp + off))
    with redis_server() as redis, listening(redis.port) as ear:
        await feed(redis, fed + sentinels(day))
        life = Life(redis.url, tmp_path / "bars.db")
        async with living(life):
            await until(lambda: life.partition.counts().ticks == len(fed) + SENTINELS, 20)
        found = {event for event in ear.patterns() if event[0] != "LIAR"}
        assert found == set(events(candles(frames(recording))))
        assert max(ear.patterns().values()) == 1


async def test_the_same_day_played_twice_is_found_twice(tmp_path: Path) -> None:
    path = tmp_path / "day.jsonl.gz"
    write_recording(path, ("SPY", "IBM"), seconds=7_800, seed=3)
    day = ticks(path)
    with redis_server() as redis, listening(redis.port) as ear:
        await feed(redis, day, epoch=1)
        await feed(redis, day + sentinels(day), epoch=2)
        await live_to_the_end(Life(redis.url, tmp_path / "bars.db"), left=SENTINELS)
        wanted = candles(frames(path))
        assert_same(stored(tmp_path / "bars.db"), wanted)
        first = day[-1].timestamp // 60_000 * 60_000
        expected = events(wanted)
        late = {event for event in expected if event[3] >= first - 3_600_000 and expected[event]}
        early = Counter({event: 2 for event in expected if event not in late})
        found = ear.patterns()
        assert Counter({event: found[event] for event in early}) == early
        assert all(1 <= found[event] <= 2 for event in late)


async def test_a_sleeper_that_lost_its_partition_publishes_nothing(
    recording: Path, tmp_path: Path
) -> None:
    day = ticks(recording)
    with redis_server() as redis, listening(redis.port) as ear:
        await feed(redis, day[:3000])
        sleeper = Life(redis.url, tmp_path / "bars.db", owner="sleeper")
        async with living(sleeper):
            await until(lambda: sleeper.partition.counts().ticks == 3000)
            sleeper.is_ours = False
            newer = Life(redis.url, tmp_path / "bars.db", owner="new")
            await newer.ledger.claim()
            await newer.close()
            with pytest.raises(NotOurs):
                await sleeper.ledger.publish([("tickstock.events.patterns", b"{}")], [])
            with pytest.raises(NotOurs):
                await sleeper.ledger.settle(2**50)
        await feed(redis, day[3000:] + sentinels(day), first=3001)
        await live_to_the_end(Life(redis.url, tmp_path / "bars.db", owner="new"), left=SENTINELS)
        check(ear, tmp_path / "bars.db", recording)


@pytest.mark.parametrize("alone", [True, False])
async def test_what_a_sleeper_was_given_is_read_again(
    recording: Path, tmp_path: Path, alone: bool
) -> None:
    day = ticks(recording)
    with redis_server() as redis, listening(redis.port) as ear:
        life = Life(redis.url, tmp_path / "bars.db", alone=alone)
        await feed(redis, day[:3000])
        async with living(life):
            await until(lambda: life.partition.counts().ticks == 3000)
            life.source._may_read = lambda: False
            await feed(redis, day[3000:], first=3001)
            sleeper = Life(redis.url, tmp_path / "bars.db", owner="sleeper")
            sleeper.source._cursor = b">"
            assert len((await sleeper.source.read()).payloads) == 90
            await sleeper.close()
            life.source._may_read = lambda: True
            await feed(redis, sentinels(day), first=len(day) + 1)
            async with asyncio.timeout(20):
                while await life.unacknowledged() != SENTINELS:  # noqa: ASYNC110 - Redis says it
                    await asyncio.sleep(0.02)
        check(ear, tmp_path / "bars.db", recording)
