"""The README's consumers, run as they stand there."""

from __future__ import annotations

import asyncio
import re
import subprocess
import sys
from pathlib import Path

from tests.browser import chromium
from tests.ports import free_port
from tests.program import ROOT, Headless, headless
from tests.redis_server import RedisServer, redis_server
from tests.waiting import eventually, until

README = (ROOT / "README.md").read_text(encoding="utf-8")
DEFAULT = "127.0.0.1:8765"


def example(language: str, marker: str) -> str:
    """Return the block of code in `language` that contains `marker`."""
    blocks = re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)
    (found,) = [block for block in blocks if marker in block]
    return str(found)


def test_they_are_no_longer_than_they_say() -> None:
    assert len(example("python", "resume").splitlines()) <= 42
    assert len(example("js", "WebSocket").splitlines()) <= 48


def test_the_python_consumer_prints_ticks_and_comes_back(tmp_path: Path) -> None:
    port = free_port()
    code = example("python", "resume").replace(DEFAULT, f"127.0.0.1:{port}")
    script = tmp_path / "consumer.py"
    script.write_text(code, encoding="utf-8")
    command = [sys.executable, "-u", str(script)]
    flags = ("--headless", "--demo", "--symbols", "SPY,QQQ")
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as consumer:
        try:
            assert consumer.stdout is not None
            with headless(tmp_path, *flags, TICKTERM_PORT=port):
                first = consumer.stdout.readline().split()
            with headless(tmp_path, *flags, TICKTERM_PORT=port):
                lines = iter(consumer.stdout)
                assert any("some ticks were missed" in line for line in lines)
                again = next(line for line in lines if line.startswith(("SPY", "QQQ"))).split()
        finally:
            consumer.kill()
    assert len(first) == len(again) == 3
    assert first[0] in ("SPY", "QQQ")
    assert float(again[1]) > 0


def payload_ids(entries: object) -> list[str]:
    """Return the ids of entries as XRANGE and XPENDING give them."""
    assert isinstance(entries, list)
    return [entry[0].decode() for entry in entries]


def test_the_stream_consumer_goes_on_after_what_it_acknowledged(tmp_path: Path) -> None:
    stream, group, me = "tickstock:ticks", "my-app", "worker-1"
    with redis_server() as redis:
        code = example("python", "xgroup_create")
        assert "redis://localhost:6379/0" in code
        script = tmp_path / "consumer.py"
        script.write_text(code.replace("redis://localhost:6379/0", redis.url), encoding="utf-8")
        command = [sys.executable, "-u", str(script)]
        settings = {"REDIS_URL": redis.url, "USE_MASSIVE_API": "false", "TICKTERM_STREAM": stream}

        def consumer() -> subprocess.Popen[str]:
            return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)

        with headless(tmp_path, "--headless", **settings):
            with consumer() as first:
                try:
                    assert first.stdout is not None
                    lines = [first.stdout.readline().split() for _ in range(100)]
                finally:
                    first.kill()
                lines += [line.split() for line in first.stdout]
            # as if it had died between reading and acknowledging
            read = ("XREADGROUP", "GROUP", group, me, "COUNT", "5", "STREAMS", stream, ">")
            eventually(lambda: redis.command(*read))
            pending = payload_ids(redis.command("XPENDING", stream, group, "-", "+", "9999", me))
            [about] = redis_groups(redis, stream)
            after = f"({about['last-delivered-id']}"
            eventually(lambda: len(payload_ids(redis.command("XRANGE", stream, after, "+"))) > 100)
            owed = pending + payload_ids(redis.command("XRANGE", stream, after, "+"))
            with consumer() as again:
                try:
                    assert again.stdout is not None
                    went_on = [again.stdout.readline().split()[0] for _ in owed]
                finally:
                    again.kill()
    assert all(len(line) == 3 and float(line[2]) > 0 for line in lines)
    assert len(pending) >= 5
    assert went_on == owed
    printed = {line[0] for line in lines}
    assert len(printed & set(went_on)) <= 1, "what it has done, it has acknowledged"


def redis_groups(redis: RedisServer, stream: str) -> list[dict[str, str]]:
    """Return what XINFO says of each group of a stream, as text."""
    groups = redis.command("XINFO", "GROUPS", stream)
    assert isinstance(groups, list)
    texts = [
        [part.decode() if isinstance(part, bytes) else str(part) for part in g] for g in groups
    ]
    return [dict(zip(flat[::2], flat[1::2], strict=True)) for flat in texts]


async def test_the_javascript_consumer_gets_its_symbols(tmp_path: Path) -> None:
    port = free_port()
    code = example("js", "WebSocket").replace(DEFAULT, f"127.0.0.1:{port}")
    seen: list[str] = []
    program = Headless(tmp_path, "--headless", "--demo", TICKTERM_PORT=port)
    try:
        await asyncio.to_thread(program.wait_for, "viewers: ws://")
        async with chromium() as browser:
            page = await browser.new_page()
            await page.goto(f"http://127.0.0.1:{port}/healthz")
            page.on("console", lambda told: seen.append(told.text) if told.type == "log" else None)
            await page.evaluate(f"() => {{ {code} }}")
            await until(lambda: len(seen) > 5, timeout=20)
    finally:
        await asyncio.to_thread(program.stop)
    assert {line.split()[0] for line in seen} == {"AAPL", "SPY"}
