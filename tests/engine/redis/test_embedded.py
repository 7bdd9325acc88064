"""The embedded Redis: a real child process that outlives nobody."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import textwrap
from functools import partial

import pytest

from tests.ports import free_port
from tests.waiting import until
from tickterm.engine.ports import somebody_listens
from tickterm.engine.redis import embedded
from tickterm.engine.redis.embedded import EmbeddedRedis, embedded_redis
from tickterm.errors import EmbeddedServerError


async def test_it_answers_inside_the_block_and_is_gone_after_it() -> None:
    port = free_port()
    async with embedded_redis(port):
        assert await somebody_listens("127.0.0.1", port)
    assert not await somebody_listens("127.0.0.1", port)


async def test_a_port_that_is_taken_is_said_in_one_line() -> None:
    async with await asyncio.start_server(lambda _r, w: w.close(), "127.0.0.1", 0) as taken:
        port = taken.sockets[0].getsockname()[1]
        with pytest.raises(EmbeddedServerError, match="REDIS_URL"):
            async with embedded_redis(port):
                pytest.fail("it cannot have started")


async def test_one_that_dies_is_started_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedded, "LOOK_AGAIN", 0.05)
    port = free_port()
    async with asyncio.TaskGroup() as tasks:
        server = EmbeddedRedis(port)
        keeper = tasks.create_task(server.keep())
        pids = set()
        for _ in range(3):
            pid = await _server_pid(port)
            pids.add(pid)
            os.kill(pid, signal.SIGKILL)
            await until(partial(_is_gone, pid))
        assert len(pids) == 3
        keeper.cancel()


async def test_somebody_elses_server_is_used_and_replaced_when_it_goes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(embedded, "LOOK_AGAIN", 0.05)
    monkeypatch.setattr(embedded, "COME_BACK", 0.2)
    port = free_port()
    server = EmbeddedRedis(port)
    async with asyncio.TaskGroup() as tasks:
        async with embedded_redis(port):
            theirs = await _server_pid(port)
            keeper = tasks.create_task(server.keep())
            await asyncio.sleep(0)
            assert not server.running
        await until(lambda: server.running)
        assert await _server_pid(port) != theirs
        keeper.cancel()


async def test_somebody_elses_server_that_restarts_keeps_its_port(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(embedded, "LOOK_AGAIN", 0.02)
    looks = 0

    async def look(host: str, port: int) -> bool:
        nonlocal looks
        looks += 1
        return looks == 1 or await somebody_listens(host, port)

    monkeypatch.setattr(embedded, "somebody_listens", look)
    server = EmbeddedRedis(free_port())
    async with asyncio.TaskGroup() as tasks:
        keeper = tasks.create_task(server.keep())
        await until(lambda: looks >= 10)
        assert not server.running
        keeper.cancel()


async def test_an_impatient_stop_leaves_no_frozen_server_either() -> None:
    port = free_port()
    server = EmbeddedRedis(port)
    async with asyncio.TaskGroup() as tasks:
        keeper = tasks.create_task(server.keep())
        await until(lambda: server.running)
        pid = await _server_pid(port)
        os.kill(pid, signal.SIGSTOP)
        keeper.cancel()
        await asyncio.wait([keeper], timeout=0.1)
        keeper.cancel()
    await until(partial(_is_gone, pid))


async def test_a_frozen_server_is_not_left_behind() -> None:
    port = free_port()
    async with embedded_redis(port):
        pid = await _server_pid(port)
        os.kill(pid, signal.SIGSTOP)
    await until(partial(_is_gone, pid))


async def test_the_server_does_not_inherit_our_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MASSIVE_API_KEY", "CANARY")
    port = free_port()
    async with embedded_redis(port):
        pid = await _server_pid(port)
        process = await asyncio.create_subprocess_exec(
            "ps", "eww", "-p", str(pid), stdout=asyncio.subprocess.PIPE
        )
        told, _ = await process.communicate()
        assert b"valkey-server" in told
        assert b"CANARY" not in told


async def test_it_dies_with_a_program_that_is_killed() -> None:
    port = free_port()
    program = textwrap.dedent(
        f"""
        import asyncio
        from tickterm.engine.redis.embedded import embedded_redis
        async def main():
            async with embedded_redis({port}):
                print("up", flush=True)
                await asyncio.Event().wait()
        asyncio.run(main())
        """
    )
    owner = await asyncio.create_subprocess_exec(
        sys.executable, "-c", program, stdout=asyncio.subprocess.PIPE
    )
    assert owner.stdout is not None
    assert await owner.stdout.readline() == b"up\n"
    pid = await _server_pid(port)
    owner.kill()
    await owner.wait()
    await until(partial(_is_gone, pid))


async def _server_pid(port: int) -> int:
    """Ask the server itself, as soon as it answers."""
    async with asyncio.timeout(10):
        while True:
            try:
                reader, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                await asyncio.sleep(0.01)
                continue
            writer.write(b"INFO server\r\n")
            await reader.readuntil(b"process_id:")
            text = await reader.readline()
            writer.close()
            return int(text)


def _is_gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False
