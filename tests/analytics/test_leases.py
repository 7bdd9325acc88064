"""Who works on what: fair shares, leases that run out, members that vanish."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from redis.asyncio import Redis

from tests.redis_server import redis_server
from tickterm.analytics import leases as module
from tickterm.analytics.leases import Leases, fair_share
from tickterm.analytics.redis_client import connect

FOUR = ("t:0", "t:1", "t:2", "t:3")


@given(st.integers(1, 20), st.integers(1, 300))
def test_shares_are_fair_and_complete(members: int, partitions: int) -> None:
    held = {f"m{number}": number % 3 for number in range(members)}
    shares = [fair_share(held, name, partitions) for name in held]
    assert sum(shares) == partitions
    assert max(shares) - min(shares) <= 1


@pytest.fixture(name="redis")
async def one_redis() -> AsyncIterator[Redis]:
    with redis_server() as server:
        client = connect(server.url)
        yield client
        await client.aclose()


async def test_two_share_four(redis: Redis) -> None:
    first, second = (Leases(redis, "g", FOUR, name) for name in ("a", "b"))
    assert await first.renew() == 4
    await first.take(4)
    assert await second.renew() == 2
    await second.take(2)
    assert second.held == set()
    assert await first.renew() == 2
    for name in sorted(first.held)[2:]:
        await first.release(name)
    await second.take(2)
    assert first.held | second.held == set(FOUR)
    assert len(second.held) == 2
    assert await first.holds("t:0")
    assert not await second.holds("t:0")


async def test_what_ran_out_is_free_and_the_sleeper_learns_it(
    redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "LIFETIME", 0.05)
    first, second = (Leases(redis, "g", FOUR[:1], name) for name in ("a", "b"))
    await first.take(1)
    async with asyncio.timeout(20):
        while not second.held:
            await second.take(1)
    monkeypatch.setattr(module, "LIFETIME", 10.0)
    await second.renew()
    await first.renew()
    assert first.held == set()
    await first.release("t:0")
    assert await second.holds("t:0")


async def test_a_lease_that_redis_has_lost_is_taken_again(redis: Redis) -> None:
    only = Leases(redis, "g", FOUR[:1], "a")
    await only.renew()
    await only.take(1)
    assert only.fresh
    await redis.flushall()
    assert not await only.holds("t:0")
    await only.renew()
    assert await only.holds("t:0")


async def test_who_leaves_is_no_member_and_holds_nothing(redis: Redis) -> None:
    first, second = (Leases(redis, "g", FOUR, name) for name in ("a", "b"))
    await first.renew()
    await first.take(4)
    await second.renew()
    await first.leave()
    assert await second.renew() == 4
    await second.take(4)
    assert second.held == set(FOUR)
    assert second.members == 1


def test_nothing_is_fresh_before_the_first_renewal() -> None:
    assert not Leases(Redis(), "g", FOUR, "a").fresh


async def round_of(*members: Leases) -> None:
    """Let each renew, give up what is too much, take what is due to it."""
    for leases in members:
        wanted = await leases.renew()
        for name in sorted(leases.held)[wanted:]:
            await leases.release(name)
        await leases.take(wanted)


@pytest.mark.parametrize("at_work", ["a", "b"])
async def test_a_standby_stays_one_until_a_death(redis: Redis, at_work: str) -> None:
    worker = Leases(redis, "g", FOUR[:1], at_work)
    standby = Leases(redis, "g", FOUR[:1], "ab".replace(at_work, ""))
    await round_of(worker)
    for _ in range(3):
        await round_of(standby, worker)
        assert (worker.held, standby.held) == ({"t:0"}, set())
    assert standby.others_work
    await worker.leave()
    await round_of(standby)
    assert standby.held == {"t:0"}


async def test_shares_become_fair_when_others_come(redis: Redis) -> None:
    five = (*FOUR, "t:4")
    members = [Leases(redis, "g", five, name) for name in "cba"]
    await round_of(members[0])
    for count, shares in ((2, [3, 2]), (3, [2, 2, 1])):
        for _ in range(3):
            await round_of(*members[:count])
        assert [len(member.held) for member in members[:count]] == shares
        kept = [set(member.held) for member in members]
        await round_of(*reversed(members[:count]))
        assert [member.held for member in members] == kept


async def test_the_lease_of_one_that_was_killed_is_no_sign_of_others(redis: Redis) -> None:
    killed, restarted = Leases(redis, "g", FOUR[:1], "a"), Leases(redis, "g", FOUR[:1], "b")
    await round_of(killed)
    await round_of(restarted, restarted)
    assert restarted.held == set()
    assert not restarted.others_work
    await round_of(killed, restarted)
    assert restarted.others_work


async def test_who_leaves_learns_whether_others_live(redis: Redis) -> None:
    first, second = (Leases(redis, "g", FOUR, name) for name in ("a", "b"))
    await round_of(first, second)
    assert await first.leave() == 1
    assert await second.leave() == 0
