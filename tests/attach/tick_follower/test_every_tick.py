"""Every tick once, of the engine's own server: over cut connections, to engines that end."""

from __future__ import annotations

import asyncio

import pytest

from tests.attach.fake_broadcaster import always
from tests.attach.messages import TOKEN
from tests.attach.tick_follower.following import Following, address_of, cut, following, is_live
from tests.engine.viewers.gateway import gateway
from tests.engine.viewers.market import SYMBOLS
from tests.waiting import until
from tickterm.access import Access
from tickterm.engine.viewers.ring import Ring
from tickterm.errors import UnreachableError
from tickterm.settings import Secret


@pytest.mark.parametrize("symbols", [(), ("S1", "S7")])
async def test_every_tick_once_over_connections_that_are_cut(symbols: tuple[str, ...]) -> None:
    async with gateway(beats=True) as engine, following(address_of(engine), symbols) as work:
        await is_live(engine)
        for _ in range(3):
            engine.market.rounds(1_000)
            await until(lambda: work.numbers and work.numbers[-1] > engine.market.last - 10)
            cut(engine)
            engine.market.rounds(2_500)  # while nobody is there
            await until(lambda: work.numbers[-1] > engine.market.last - 10)
        wanted = [
            n
            for n in range(1, engine.market.last + 1)
            if not symbols or engine.market.symbol_of[n] in symbols
        ]
        assert work.numbers == wanted
        again = [line for line in work.told if line.startswith("attached again")]
        assert len(again) == 3
        assert all(line.endswith(", nothing was missed") for line in again)
        assert not work.has_told("left out")
        assert not work.has_told("ticks were missed")


async def test_it_begins_now() -> None:
    async with gateway() as engine:
        engine.market.rounds(100)
        engine.market.look()
        async with following(address_of(engine)) as work:
            await is_live(engine)
            engine.market.ticks("S3")
            await until(lambda: work.ticks)
            assert work.numbers == [101]
            assert work.told == []


async def test_what_the_engine_no_longer_has_is_told_to_the_tick() -> None:
    async with gateway(beats=True) as engine:
        engine.broadcaster._hub.ticks.ring = Ring(1_000)
        async with following(address_of(engine)) as work:
            await is_live(engine)
            engine.market.rounds(50)
            await until(lambda: work.numbers[-1:] == [50])
            cut(engine)
            engine.market.rounds(5_000)
            engine.market.look()
            await until(lambda: work.has_told("attached again"))
            engine.market.rounds(10)
            await until(lambda: work.numbers[-1] == engine.market.last)
            missed = engine.market.last - len(work.numbers)
            assert missed > 3_000
            assert len(set(work.numbers)) == len(work.numbers)
            assert work.has_told(f"{missed:,} ticks were missed: the engine has them no more")
            assert not work.has_told("nothing was missed")


async def test_an_engine_that_is_started_anew_is_followed_and_told_of() -> None:
    async with gateway() as engine, following(address_of(engine)) as work:
        await is_live(engine)
        engine.market.ticks(*SYMBOLS)
        await until(lambda: len(work.ticks) == 10)
        engine.market.look()
        engine.broadcaster._hub.epoch = "another"  # as of a new process on the same port
        cut(engine)
        await until(lambda: work.has_told("attached again"))
        engine.market.ticks("S1")
        await until(lambda: len(work.ticks) == 11)
        assert work.has_told("started anew: nobody knows how many ticks were missed")
        assert not work.has_told("nothing was missed")


async def test_the_end_of_an_engine_is_the_end() -> None:
    async with gateway() as engine:
        work = Following(always(address_of(engine)))
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(work.run())
            await is_live(engine)
            engine.broadcaster._say_goodbye()
    assert work.error is None
    assert work.told == [f"the engine at {address_of(engine).where} has ended: tickterm stops"]


@pytest.mark.parametrize("token", ["", "wrong"])
async def test_without_the_token_it_ends_at_once(token: str) -> None:
    async with (
        gateway(Access(token=TOKEN)) as engine,
        following(address_of(engine), token=token) as work,
    ):
        await until(lambda: work.ended)
    assert str(work.error) == "the token is missing or wrong: set TICKTERM_TOKEN"
    assert isinstance(work.error, UnreachableError)


async def test_a_token_that_hides_itself_is_sent_all_the_same() -> None:
    async with (
        gateway(Access(token=TOKEN)) as engine,
        following(address_of(engine), token=Secret(TOKEN)) as work,
    ):
        await is_live(engine)
        assert not work.ended
