"""`tickterm tail` as its users run it: pipes that close or stall, engines that die or refuse."""

from __future__ import annotations

import asyncio
import contextlib
import json
import signal
import subprocess
import sys
import threading
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import IO

import pytest

from tests.engine.viewers.gateway import Gateway, gateway
from tests.engine.viewers.market import SYMBOLS
from tests.ports import free_port
from tests.program import Headless, environment, headless
from tests.redis_server import redis_server, subscriber
from tests.waiting import eventually, until
from tickterm.access import Access
from tickterm.engine.viewers.viewer import CAUGHT_UP_BELOW

KEYS = [
    *("ticker", "price", "volume", "timestamp", "event_type", "source"),
    *("tick_open", "tick_high", "tick_low", "tick_close", "tick_volume"),
]


def output(program: Headless) -> IO[str]:
    assert program.process.stdout is not None
    return program.process.stdout


def numbers(text: str) -> list[int]:
    """Return the numbers of a test market's ticks."""
    return [int(json.loads(line)["price"]) for line in text.splitlines()]


def url_of(engine: Gateway) -> str:
    return f"127.0.0.1:{engine.port}"


async def is_live(engine: Gateway) -> None:
    await until(lambda: any(v.live for v in engine.broadcaster._hub.attendance.viewers), timeout=20)


async def ended(program: Headless) -> int:
    """Return the exit code as soon as there is one, while servers on this loop go on."""
    await until(lambda: program.process.poll() is not None, timeout=20)
    return int(program.process.returncode)


async def read_line(program: Headless) -> str:
    """Return the next line, while servers on this loop go on."""
    return await asyncio.to_thread(output(program).readline)


@contextlib.asynccontextmanager
async def reading(program: Headless, kept: list[str]) -> AsyncIterator[None]:
    """Keep the lines of a program as they come, from here to its end."""

    def read() -> None:
        kept.extend(iter(output(program).readline, ""))

    reader = threading.Thread(target=read)
    reader.start()
    try:
        yield
    finally:
        program.process.terminate()
        await asyncio.to_thread(reader.join, 10)


async def congest(engine: Gateway) -> None:
    """Have ticks until all is full between the engine and a reader that is stuck, then many."""
    (viewer,) = engine.broadcaster._hub.attendance.viewers
    while viewer.unsent() < CAUGHT_UP_BELOW:  # in small steps: the kernel takes what it can
        engine.market.rounds(100)
        await asyncio.sleep(0.002)
    engine.market.rounds(20_000)


def left_out(tail: Headless) -> list[int]:
    """Return the numbers of ticks that it said were left out."""
    told = [line.split() for line in tail.lines if "ticks were left out" in line]
    return [int(words[1].replace(",", "")) for words in told]


# -- what it prints -------------------------------------------------------------------------------


def test_its_lines_are_what_redis_got(tmp_path: Path) -> None:
    port = free_port()
    with redis_server() as redis, subscriber(redis.port) as listener:
        settings = {"REDIS_URL": redis.url, "USE_MASSIVE_API": "false", "TICKTERM_PORT": port}
        with headless(tmp_path, "--headless", **settings) as engine:
            engine.wait_for("viewers: ws://")
            with headless(
                tmp_path, "tail", "--count", "150", "--jsonl", TICKTERM_PORT=port
            ) as tail:
                lines = output(tail).read().splitlines()
                assert tail.process.wait(20) == 0
            with headless(tmp_path, "tail", "SPY", "QQQ", TICKTERM_PORT=port) as some:
                chosen = [output(some).readline().rstrip("\n") for _ in range(4)]
                assert some.stop(signal.SIGINT) == 130
        assert tail.lines == []
        assert not any(some.lines), some.lines
    assert len(lines) == 150
    assert list(json.loads(lines[0])) == KEYS
    for payloads in listener.messages.values():
        published = [payload.decode() for payload in payloads]
        start = published.index(lines[0])
        assert published[start : start + 150] == lines
        of_both = [text for text in published if json.loads(text)["ticker"] in ("SPY", "QQQ")]
        start = of_both.index(chosen[0])
        assert of_both[start : start + 4] == chosen


async def test_every_tick_once_also_when_many_come(tmp_path: Path) -> None:
    async with gateway(beats=True) as engine:
        kept: list[str] = []
        with headless(tmp_path, "tail", url_of(engine), "--count", "29995") as tail:
            async with reading(tail, kept):
                await is_live(engine)
                (viewer,) = engine.broadcaster._hub.attendance.viewers
                for _ in range(60):
                    engine.market.rounds(500)
                    await until(lambda: viewer.position == engine.market.last)
                    await until(lambda: not viewer.unsent())
                assert await ended(tail) == 0
        assert numbers("".join(kept)) == list(range(1, 29_996))
    assert tail.lines == []


async def test_slow_data_comes_line_by_line(tmp_path: Path) -> None:
    async with gateway() as engine:
        with headless(tmp_path, "tail", url_of(engine), "S1", PYTHONUNBUFFERED="") as tail:
            await is_live(engine)
            for number in (1, 3):
                engine.market.ticks("S1", "S2")
                line = await read_line(tail)
                assert json.loads(line)["price"] == number


# -- readers --------------------------------------------------------------------------------------


async def test_a_reader_that_goes_ends_it_quietly(tmp_path: Path) -> None:
    async with gateway() as engine:
        with headless(tmp_path, "tail", url_of(engine)) as tail:
            await is_live(engine)
            output(tail).close()
            engine.market.ticks("S1")
            assert await ended(tail) == 141
    assert tail.lines == []


async def test_a_reader_that_goes_is_noticed_while_there_is_nothing_to_write(
    tmp_path: Path,
) -> None:
    async with gateway() as engine:
        with headless(tmp_path, "tail", url_of(engine)) as tail:
            await is_live(engine)
            began = time.monotonic()
            output(tail).close()
            assert await ended(tail) == 141
            assert time.monotonic() - began < 8
    assert tail.lines == []


def test_head_takes_what_it_wants(tmp_path: Path) -> None:
    port = free_port()
    with headless(tmp_path, "--headless", "--demo", TICKTERM_PORT=port) as engine:
        engine.wait_for("subscribed to")
        done = subprocess.run(
            ["bash", "-c", f"{sys.executable} -m tickterm tail | head -2; echo ${{PIPESTATUS[*]}}"],
            env=environment(tmp_path, TICKTERM_PORT=port),
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )
    first, second, codes = done.stdout.splitlines()
    assert list(json.loads(first)) == list(json.loads(second)) == KEYS
    assert codes == "141 0"
    assert done.stderr == ""


async def test_a_reader_that_is_slow_gets_the_newest_and_is_told_the_rest(tmp_path: Path) -> None:
    async with gateway(beats=True) as engine:
        with headless(tmp_path, "tail", url_of(engine)) as tail:
            await is_live(engine)
            await congest(engine)
            kept: list[str] = []
            async with reading(tail, kept):
                await until(lambda: engine.broadcaster.view().conflated > 0)
                engine.market.ticks("S5")
                await until(lambda: kept and numbers(kept[-1]) == [engine.market.last])
                tail.process.send_signal(signal.SIGINT)
                assert await ended(tail) == 130
        got = numbers("".join(kept))
        assert got == sorted(set(got)), "none twice, all in order"
        missing = engine.market.last - len(got)
        assert missing == engine.broadcaster.view().conflated > 0
        assert sum(left_out(tail)) == missing


async def test_a_reader_that_stalls_is_cut_off_and_goes_on_where_it_was(tmp_path: Path) -> None:
    async with gateway(beats=True) as engine:
        with headless(tmp_path, "tail", url_of(engine)) as tail:
            await is_live(engine)
            await congest(engine)
            await until(lambda: engine.broadcaster.view().cut_by.get("stuck") == 1, timeout=15)
            await until(lambda: engine.viewers == 0)
            kept: list[str] = []
            async with reading(tail, kept):
                await until(lambda: len(kept) == engine.market.last, timeout=20)
        assert numbers("".join(kept)) == list(range(1, engine.market.last + 1))
        held, lost, again = tail.lines
        assert held.startswith("tickterm: what reads this has held it up for ")
        assert " is lost: " in lost
        assert again.endswith(", nothing was missed")


async def test_ctrl_c_ends_it_though_its_reader_is_stuck(tmp_path: Path) -> None:
    async with gateway(beats=True) as engine:
        with headless(tmp_path, "tail", url_of(engine)) as tail:
            await is_live(engine)
            await congest(engine)
            tail.process.send_signal(signal.SIGINT)
            assert await ended(tail) == 130
    assert not any("Traceback" in line for line in tail.lines), tail.lines


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
def test_a_full_disk_is_one_line(tmp_path: Path) -> None:
    port = free_port()
    with headless(tmp_path, "--headless", "--demo", TICKTERM_PORT=port) as engine:
        engine.wait_for("viewers: ws://")
        done = subprocess.run(
            ["bash", "-c", f"{sys.executable} -m tickterm tail > /dev/full"],
            env=environment(tmp_path, TICKTERM_PORT=port),
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )
    assert (done.returncode, done.stderr) == (1, "tickterm: stdout: No space left on device\n")


# -- engines --------------------------------------------------------------------------------------


def test_an_engine_that_is_killed_and_comes_back(tmp_path: Path) -> None:
    port = free_port()
    flags = ("--headless", "--demo", "--symbols", "SPY")
    with headless(tmp_path, *flags, TICKTERM_PORT=port) as first:
        first.wait_for("subscribed to")
        with headless(tmp_path, "tail", TICKTERM_PORT=port) as tail:
            assert json.loads(output(tail).readline())["ticker"] == "SPY"
            first.stop(signal.SIGKILL)
            tail.wait_for("is lost: ")
            with headless(tmp_path, *flags, TICKTERM_PORT=port) as second:
                tail.wait_for("attached again to the engine at ")
                seen = json.loads(output(tail).readline())["timestamp"]
                assert seen
                assert second.stop() == 0
            assert tail.process.wait(10) == 0
    told = ["is lost: ", "started anew: nobody knows", "attached again", "has ended: "]
    assert len(tail.lines) == len(told), tail.lines
    assert all(words in line for words, line in zip(told, tail.lines, strict=True)), tail.lines


def test_without_an_engine_it_is_3(tmp_path: Path) -> None:
    with headless(tmp_path, "tail") as tail:
        assert tail.process.wait(20) == 3
        assert output(tail).read() == ""
        eventually(lambda: tail.lines)
    (line,) = tail.lines
    assert line.startswith("tickterm: no engine runs here on port ")


async def test_a_wrong_token_is_3(tmp_path: Path) -> None:
    async with gateway(Access(token="0123456789abcdef")) as engine:
        with headless(tmp_path, "tail", url_of(engine), TICKTERM_TOKEN="0123456789abcdeX") as tail:
            assert await ended(tail) == 3
    assert tail.lines == ["tickterm: the token is missing or wrong: set TICKTERM_TOKEN"]


@pytest.mark.parametrize("symbols", [("NOPE",), ("NOPE", "NO")])
async def test_nothing_but_unwatched_symbols_is_2(symbols: tuple[str, ...], tmp_path: Path) -> None:
    async with gateway() as engine:
        with headless(tmp_path, "tail", url_of(engine), *symbols) as tail:
            assert await ended(tail) == 2
            assert output(tail).read() == ""
        named = ", ".join(sorted(symbols))
        told = f"tickterm: not watched by the engine at {url_of(engine)}: {named}"
    assert tail.lines == [told]


async def test_an_unwatched_symbol_among_others_is_one_line(tmp_path: Path) -> None:
    async with gateway() as engine:
        with headless(tmp_path, "tail", url_of(engine), "NOPE", "S1", "--count", "1") as tail:
            await is_live(engine)
            engine.market.ticks(*SYMBOLS)
            assert await ended(tail) == 0
            assert numbers(output(tail).read()) == [2]
        told = f"tickterm: not watched by the engine at {url_of(engine)}: NOPE"
    assert tail.lines == [told]


@pytest.mark.parametrize("arguments", [["--count", "0"], ["A,B"], ["AAPL", "h:1"], ["ftp://h:1/"]])
def test_what_cannot_be_meant_is_2(arguments: list[str], tmp_path: Path) -> None:
    with headless(tmp_path, "tail", *arguments) as tail:
        assert tail.process.wait(20) == 2
        assert output(tail).read() == ""
