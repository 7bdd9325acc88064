"""The symbols that are followed, and those that nobody watches."""

from __future__ import annotations

import pytest
from websockets.asyncio.server import ServerConnection

from tests.attach.fake_broadcaster import FakeBroadcaster, always, say
from tests.attach.messages import TOKEN
from tests.attach.tick_follower.following import (
    Following,
    address_of,
    begin,
    cut,
    following,
    is_live,
    script,
    ticks,
)
from tests.engine.viewers.gateway import gateway
from tests.waiting import until
from tickterm.attach.address import Address
from tickterm.errors import SettingsError
from tickterm.market.contract import MAX_MESSAGE, MAX_SYMBOLS, Error, Stream, ViewerHello


async def test_a_symbol_that_nobody_watches_is_told_once() -> None:
    async with gateway() as engine:
        where = address_of(engine).where
        async with following(address_of(engine), ["S1", "NOPE", "NO"]) as work:
            await is_live(engine)
            engine.market.ticks("S1", "S2")
            await until(lambda: work.ticks)
            cut(engine)
            await until(lambda: work.has_told("attached again"))
            told = f"not watched by the engine at {where}: NO, NOPE"
            assert [line for line in work.told if "watched" in line] == [told]
            assert work.numbers == [1]


async def test_nothing_but_unwatched_symbols_is_a_mistake() -> None:
    names = [f"X{n:02}" for n in range(14)]
    async with gateway() as engine:
        async with following(address_of(engine), names) as work:
            await until(lambda: work.ended)
        assert isinstance(work.error, SettingsError)
        where = address_of(engine).where
        told = f"not watched by the engine at {where}: {', '.join(names[:10])} and 4 more"
        assert str(work.error) == told
        assert work.told == []


async def test_an_engine_that_learns_its_symbols_later_says_so_later() -> None:
    unknown = [Error("unknown_symbol", "no", name) for name in ("X", "OTHER", "X", "Y")]

    async def run(connection: ServerConnection) -> None:
        await begin(connection, symbols=[])
        await say(connection, *unknown[:3], ticks(1), *unknown[3:])
        await connection.wait_closed()

    async with FakeBroadcaster(run).at_port() as address, following(address, ["X", "Y"]) as work:
        await until(lambda: work.ended)
    assert isinstance(work.error, SettingsError)
    assert work.told == [f"not watched by the engine at {address.where}: X"]
    assert work.numbers == [1]


async def test_the_filter_is_the_engine_s() -> None:
    broadcaster = FakeBroadcaster(script(ticks(1)))
    async with broadcaster.at_port() as address, following(address, ["B", "A"], TOKEN) as work:
        await until(lambda: work.ticks)
    assert broadcaster.heard == [
        ViewerHello(token=TOKEN, stream=Stream.TICKS, symbols=["B", "A"], name="tail")
    ]


@pytest.mark.parametrize("symbols", [["A" * 12] * (MAX_MESSAGE // 12), ["A"] * (MAX_SYMBOLS + 1)])
def test_too_many_symbols_are_a_mistake(symbols: list[str]) -> None:
    with pytest.raises(SettingsError, match=f"{len(symbols)} symbols are too many"):
        Following(always(Address()), symbols)
