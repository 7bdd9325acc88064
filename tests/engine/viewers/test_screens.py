"""Screens through the Unix socket: the engine that lives for them ends with the last of them."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from tests.engine.viewers.gateway import gateway
from tests.waiting import until
from tickterm.market.contract import Leave


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "engine.sock"


async def test_the_first_screen_has_time_to_come(path: Path) -> None:
    async with gateway(path=path) as engine:
        assert not engine.broadcaster.is_deserted(60)
        assert engine.broadcaster.is_deserted(0)
        await engine.join(path=path)
        assert not engine.broadcaster.is_deserted(0)


async def test_the_last_that_says_so_ends_it_at_once_and_sees_the_end(path: Path) -> None:
    async with gateway(path=path) as engine:
        screen = await engine.join(path=path)
        await engine.join()  # a viewer by TCP keeps nothing alive
        assert not engine.broadcaster.is_deserted(0)
        await screen.say(Leave())
        await until(lambda: engine.broadcaster.is_deserted(60))
        engine.market.rounds(10)
        await screen.hear_up_to(10)
    assert await screen.end() == 1001


async def test_one_of_several_is_let_go_at_once(path: Path) -> None:
    async with gateway(path=path) as engine:
        first, second, third = [await engine.join(path=path) for _ in range(3)]
        await first.say(Leave())
        assert await first.end() == 1000
        assert not engine.broadcaster.is_deserted(0)
        third.drop()
        await until(lambda: engine.viewers == 1)
        assert not engine.broadcaster.is_deserted(0)
        await second.say(Leave())
        await until(lambda: engine.broadcaster._hub.attendance._has_screens() is False)
        assert not engine.broadcaster.is_deserted(60), "the third may come again"
        assert engine.broadcaster.is_deserted(0)


async def test_one_that_was_cut_off_may_come_again(path: Path) -> None:
    async with gateway(path=path) as engine:
        (await engine.join(path=path)).drop()
        await until(lambda: engine.viewers == 0)
        assert not engine.broadcaster.is_deserted(60)
        gone_at = time.monotonic()
        await until(lambda: engine.broadcaster.is_deserted(0.3))
        assert time.monotonic() - gone_at < 3
        again = await engine.join(path=path)
        assert not engine.broadcaster.is_deserted(0)
        await again.say(Leave())
        await until(lambda: engine.broadcaster.is_deserted(60))


async def test_an_engine_of_its_own_lets_the_last_one_go_too(path: Path) -> None:
    async with gateway(path=path) as engine:
        engine.broadcaster.keep_last_screen(False)
        screen = await engine.join(path=path)
        await screen.say(Leave())
        assert await screen.end() == 1000


async def test_viewers_by_tcp_are_let_go_at_once(path: Path) -> None:
    async with gateway(path=path) as engine:
        screen, viewer = await engine.join(path=path), await engine.join()
        await viewer.say(Leave())
        assert await viewer.end() == 1000
        assert not engine.broadcaster.is_deserted(0)
        screen.drop()


async def test_a_connection_that_never_says_hello_is_no_screen(path: Path) -> None:
    async with gateway(path=path) as engine:
        screen = await engine.join(path=path)
        await screen.say(Leave())
        await until(lambda: engine.broadcaster.is_deserted(60))
