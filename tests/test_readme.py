"""The README's consumers, run as they stand there."""

from __future__ import annotations

import asyncio
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.browser import chromium
from tests.ports import free_port
from tests.program import ROOT, Headless, headless
from tests.waiting import until

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


@pytest.mark.xdist_group("chromium")
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
