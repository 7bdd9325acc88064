"""`tickterm analytics` as its users run it."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.analytics.listening import listening
from tests.ports import free_port
from tests.program import environment, headless
from tests.redis_server import RedisServer, redis_server
from tests.waiting import eventually, until

CHANNEL = "tickstock:market:ticks"
WORKS = ("KEYS", "tickterm:analytics:*")


def refused(tmp_path: Path, *arguments: str, **settings: object) -> str:
    """Return the one line that says why it does not start."""
    done = subprocess.run(
        [sys.executable, "-m", "tickterm", "analytics", *arguments],
        env=environment(tmp_path, **settings),
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=30,
    )
    assert done.returncode == 2, done
    (line,) = done.stderr.splitlines()
    return line


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--patterns", "Dojo"), "Doji"),
        (("--timeframes", "2min"), "--timeframes 2min: allowed are 1s, 5s"),
        (("--timeframes", ""), "allowed are"),
        (
            ("--patterns", "Foo"),
            "Foo (TICKTERM_PATTERNS, --patterns): see them with tickterm analytics",
        ),
        (("--group", "a b"), "--group a b: letters, digits, . _ -, 64 at most"),
        (("--group", ""), "64 at most"),
        (("--group", "x" * 65), "64 at most"),
        (("--from-start",), "--from-start goes with TICKTERM_STREAM"),
    ],
)
def test_a_wrong_flag_is_named_in_one_line(
    arguments: tuple[str, ...], words: str, tmp_path: Path
) -> None:
    assert words in refused(tmp_path, *arguments)


def test_wrong_urls_are_named_and_not_shown(tmp_path: Path) -> None:
    line = refused(tmp_path, TICKTERM_BARS_URL="oracle://user:s3cret@host/db")
    assert "TICKTERM_BARS_URL" in line
    assert "s3cret" not in line
    line = refused(tmp_path, REDIS_URL="redis://user:s3cret@localhost:6379/zero")
    assert "REDIS_URL" in line
    assert "s3cret" not in line


def test_without_talib_it_says_what_to_install(tmp_path: Path) -> None:
    code = (
        "import sys; sys.modules['talib'] = None; sys.argv = ['tickterm', 'analytics'];"
        "from tickterm.cli.main import main; main()"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=environment(tmp_path),
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=30,
    )
    assert done.returncode == 2
    assert done.stderr.splitlines() == [
        "tickterm: tickterm analytics needs more: pip install 'tickterm[analytics]'"
    ]


def test_the_patterns_are_listed_without_talib_and_settings(tmp_path: Path) -> None:
    code = (
        "import sys; sys.modules['talib'] = sys.modules['numpy'] = None;"
        "sys.argv = ['tickterm', 'analytics', '--list-patterns', '--timeframes', '2min'];"
        "from tickterm.cli.main import main; main()"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=environment(tmp_path, TICKTERM_TIMEFRAMES="2min"),
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=30,
    )
    assert (done.returncode, done.stderr) == (0, "")
    lines = [line.split(maxsplit=2) for line in done.stdout.splitlines()]
    assert len(lines) == 61
    assert ["Doji", "CDLDOJI", "neutral"] in lines
    assert ["Engulfing", "CDLENGULFING", "bullish or bearish"] in lines


@pytest.mark.parametrize(
    ("words", "heavy"),
    [
        (("--help",), {"talib", "numpy"}),
        (("analytics", "--help"), {"talib", "numpy", "redis", "sqlalchemy", "websockets"}),
    ],
)
def test_help_imports_nothing_heavy(
    words: tuple[str, ...], heavy: set[str], tmp_path: Path
) -> None:
    code = (
        f"import sys; sys.argv = ['tickterm', *{list(words)}]\n"
        "from tickterm.cli.main import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        f"found = {heavy} & set(sys.modules)\n"
        "sys.exit(str(found) if found else 0)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment(tmp_path), cwd=tmp_path, timeout=30, text=True
    )
    assert done.returncode == 0


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 0), (signal.SIGINT, 130)])
def test_it_lives_tells_so_and_ends_in_order(
    number: signal.Signals, code: int, tmp_path: Path
) -> None:
    with redis_server() as redis, listening(redis.port) as ear:
        with headless(tmp_path, "analytics", REDIS_URL=redis.url) as program:
            program.wait_for("listening to")
            eventually(ear.health)
            assert redis.command("GET", "tickstock:producer:heartbeat") is None  # no tick came yet
            began = time.monotonic()
            assert program.stop(number) == code
            assert time.monotonic() - began < 6
            assert all(json.loads(line)["logger"] for line in program.lines)
        health = ear.health()
        assert health[0]["status"] == "starting"
        assert health[-1]["status"] == "stopping"
        assert redis.command("KEYS", "*:lease") == []


def test_without_redis_it_waits_and_ends_in_order(tmp_path: Path) -> None:
    with headless(tmp_path, "analytics", REDIS_URL="redis://127.0.0.1:1/0") as program:
        program.wait_for("redis is not to be had")
        began = time.monotonic()
        assert program.stop() == 0
        assert time.monotonic() - began < 6


def test_a_database_that_cannot_be_had_ends_it(tmp_path: Path) -> None:
    url = "postgresql://user:s3cret@127.0.0.1:1/bars"
    with headless(tmp_path, "analytics", TICKTERM_BARS_URL=url) as program:
        assert program.process.wait(20) == 3
        program.stop()
        assert "s3cret" not in "".join(program.lines)
        assert program.lines[-1].startswith("tickterm: PostgreSQL at 127.0.0.1:1/bars ")


def test_beside_a_demo_it_works_on_the_demos_own_redis(tmp_path: Path) -> None:
    port = free_port()
    with redis_server() as foreign:
        place = {"TICKTERM_PORT": port, "REDIS_URL": foreign.url}
        with headless(tmp_path, "--headless", "--demo", "--symbols", "SPY", **place) as demo:
            demo.wait_for("tickterm analytics finds it")
            demo.wait_for("embedded redis started on")
            (line,) = [line for line in demo.messages() if "embedded redis" in line["message"]]
            own = line["message"].rpartition(" ")[2]
            with headless(tmp_path, "analytics", TICKTERM_PORT=port) as program:
                said = f"ticks of the engine on port {port} are on its own Redis, {own}"
                program.wait_for(said)
                program.wait_for("working on 1 of 1")
                demos = RedisServer()
                demos.port = int(own.rpartition(":")[2])
                eventually(lambda: demos.command(*WORKS))
                assert foreign.command(*WORKS) == []
                assert program.stop() == 0
            with headless(tmp_path, "analytics", **place) as program:
                program.wait_for(f"are on another Redis, {own}")
                program.wait_for("leave REDIS_URL empty")
                eventually(lambda: foreign.command(*WORKS))
                assert program.stop() == 0


async def test_junk_on_the_channel_harms_nobody(tmp_path: Path) -> None:
    junk = [b"", b"{}", b"\xff" * 100, b"[" * 100_000, b'{"ticker":"\x1b]0;x\x07"}', b"x" * 10**6]
    with redis_server() as redis, listening(redis.port) as ear:
        with headless(tmp_path, "analytics", REDIS_URL=redis.url) as program:
            program.wait_for("listening to")
            program.wait_for("working on 1 of 1")

            def heard() -> bool:
                for payload in junk:
                    redis.command("PUBLISH", CHANNEL, payload.decode("latin-1"))
                return any(h["ticks"] > len(junk) for h in ear.health())

            await until(heard, 20)
            assert program.stop() == 0
        assert not any("x1b" in line for line in program.lines)
