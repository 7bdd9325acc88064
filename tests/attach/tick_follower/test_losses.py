"""Engines that are lost, for a while or for good."""

from __future__ import annotations

from websockets.asyncio.server import ServerConnection

from tests.attach.fake_broadcaster import FakeBroadcaster, reset, say
from tests.attach.messages import NOW, hello
from tests.attach.tick_follower.following import Following, begin, following, script, ticks
from tests.ports import free_port
from tests.waiting import until
from tickterm.attach.address import Address
from tickterm.errors import SettingsError, UnreachableError
from tickterm.market.contract import EngineMessage, Position, SnapshotPart, Ticks, ViewerHello


async def test_it_goes_on_after_the_newest_tick_that_it_has() -> None:
    async def first(connection: ServerConnection) -> None:
        await begin(connection, 4)
        await say(connection, ticks(5, 6), Ticks(7, 9, 0.0, 0, []))
        await connection.wait_closed()

    async def second(connection: ServerConnection) -> None:
        await say(connection, hello(recovered=True), ticks(10, 11))
        await connection.wait_closed()

    broadcaster = FakeBroadcaster(first, second)
    async with broadcaster.at_port() as address, following(address) as work:
        await until(lambda: work._follower._progress.position == Position("first", 9))
        reset(broadcaster.connections[0])
        await until(lambda: work.numbers == [5, 6, 10, 11])
        assert work.told == [
            f"the engine at {address.where} is lost: the connection was cut; trying again",
            f"attached again to the engine at {address.where}, nothing was missed",
        ]
    hellos = [m for m in broadcaster.heard if isinstance(m, ViewerHello)]
    assert [h.resume for h in hellos] == [None, Position("first", 9)]


async def test_a_reader_that_the_ring_has_overtaken_is_told_within_one_connection() -> None:
    messages: list[EngineMessage] = [
        ticks(1),
        hello(recovered=False),
        SnapshotPart(100, 1, 2, NOW, []),
        SnapshotPart(100, 2, 2, NOW, []),
        ticks(101),
    ]
    async with FakeBroadcaster(script(*messages)).at_port() as address, following(address) as work:
        await until(lambda: work.numbers == [1, 101])
        assert work.told == ["99 ticks were missed: the engine has them no more"]


async def test_it_gives_up_an_engine_that_was_never_there() -> None:
    address = Address(f"ws://127.0.0.1:{free_port()}")
    async with following(address) as work:
        await until(lambda: work.ended)
    told = f"the engine at {address.where} cannot be reached: nobody listens there"
    assert str(work.error) == told
    assert isinstance(work.error, UnreachableError)
    assert work.told == []


async def test_it_gives_up_an_engine_that_does_not_come_back() -> None:
    broadcaster = FakeBroadcaster(script(ticks(1)), _refuse)
    async with broadcaster.at_port() as address, following(address) as work:
        await until(lambda: work.ticks)
        reset(broadcaster.connections[0])
        await until(lambda: work.ended)
    assert str(work.error).startswith(f"the engine at {address.where} has not come back: ")
    assert len([line for line in work.told if "is lost" in line]) == 1


async def _refuse(connection: ServerConnection) -> None:
    await connection.close(1011, "of no use")


async def test_what_find_cannot_reach_is_tried_again_and_what_it_refuses_is_final() -> None:
    found = iter([UnreachableError("not yet"), UnreachableError("not yet"), SettingsError("never")])

    async def find() -> Address:
        raise next(found)

    work = Following(find)
    await work.run()
    assert isinstance(work.error, SettingsError)
