"""What `tickterm check` says of analytics."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from unittest import mock

import pytest
from click.testing import CliRunner

from tests.postgres import PASSWORD, PostgresServer, start_postgres
from tests.program import environment
from tests.redis_server import RedisServer, redis_server
from tickterm.analytics.bar_store import BarStore
from tickterm.cli.main import cli
from tickterm.market.redis_events import HEARTBEAT_KEY

__all__ = ["start_postgres"]

NOBODY = "none is at work, the engine's own rules look for patterns"


@pytest.fixture(scope="module", name="redis")
def start_redis() -> Iterator[RedisServer]:
    with redis_server() as server:
        yield server


def check(directory: Path, redis: RedisServer, **settings: object) -> tuple[int, str]:
    """Return the exit code of `tickterm check` and what it says of analytics."""
    return told(directory, REDIS_URL=redis.url, **settings)


def told(directory: Path, **settings: object) -> tuple[int, str]:
    """Run `tickterm check` in this process: to start one a look would take most of the time."""
    own = mock.patch.dict(os.environ, environment(directory, **settings), clear=True)
    with contextlib.chdir(directory), own:
        done = CliRunner().invoke(cli, ["check"], catch_exceptions=False)
    return done.exit_code, about_analytics(done.stdout, done.stderr)


def told_by_a_process(script: str, directory: Path, **settings: object) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, "-c", script],
        env=environment(directory, **settings),
        cwd=directory,
        capture_output=True,
        text=True,
        timeout=30,
    )
    return done.returncode, about_analytics(done.stdout, done.stderr)


def about_analytics(stdout: str, stderr: str) -> str:
    assert stderr == ""
    (line,) = [each for each in stdout.splitlines() if each.split()[1] == "analytics"]
    assert PASSWORD not in stdout
    return " ".join(line.split())


def make_table(url: str) -> None:
    """Make the table of bars in a database."""

    async def make() -> None:
        store = BarStore(url)
        await store.prepare()
        await store.close()

    asyncio.run(make())


def test_a_process_says_the_same(tmp_path: Path, redis: RedisServer) -> None:
    script = "import sys; sys.argv = ['tickterm', 'check']; "
    script += "from tickterm.cli.main import main; main()"
    code, line = told_by_a_process(script, tmp_path, REDIS_URL=redis.url)
    assert (code, line) == check(tmp_path, redis)


def test_what_is_not_there_yet_will_be_made_but_not_by_looking(
    tmp_path: Path, redis: RedisServer
) -> None:
    bars = tmp_path / "bars.db"
    said = f"ok analytics TA-Lib for 61 patterns; bars: the database {bars} will be made; {NOBODY}"
    assert check(tmp_path, redis) == (0, said)
    assert not bars.exists()
    deep = tmp_path / "not" / "there" / "b.db"
    assert check(tmp_path, redis, TICKTERM_BARS_URL=f"sqlite:///{deep}")[0] == 0
    assert not (tmp_path / "not").exists()


def test_what_is_there_is_looked_at_and_stays_as_it_is(tmp_path: Path, redis: RedisServer) -> None:
    bars = tmp_path / "bars.db"
    sqlite3.connect(bars).close()
    code, line = check(tmp_path, redis, TICKTERM_PATTERNS="doji, Hammer")
    assert (code, "for 2 patterns" in line) == (0, True)
    assert f"the database {bars}, whose table tickterm_bars will be made;" in line
    assert bars.stat().st_size == 0
    make_table(f"sqlite:///{bars}")
    before = bars.read_bytes()
    assert f"bars: the database {bars}; " in check(tmp_path, redis)[1]
    assert bars.read_bytes() == before


def test_a_wrong_pattern_is_a_failure_with_its_one_line(tmp_path: Path, redis: RedisServer) -> None:
    code, line = check(tmp_path, redis, TICKTERM_PATTERNS="Dojo")
    assert code == 2
    assert line.startswith("FAIL analytics there is no pattern Dojo (TICKTERM_PATTERNS")
    assert line.endswith("nearest is Doji")


def test_bars_that_cannot_be_kept_are_a_failure_with_its_one_line(
    tmp_path: Path, redis: RedisServer
) -> None:
    (tmp_path / "file").write_text("no database at all, but quite some text" * 50)
    for url, code, words in (
        ("oracle://tester:s3cret@host/db", 2, "TICKTERM_BARS_URL names no database"),
        (f"sqlite:///{tmp_path}/file/bars.db", 3, "set TICKTERM_BARS_URL to a file"),
        ("sqlite:////proc/bars.db", 3, "set TICKTERM_BARS_URL to a file"),
        (f"sqlite:///{tmp_path}", 3, "is a directory: add the name of the file"),
        (f"sqlite:///{tmp_path}/file", 3, "is no SQLite database"),
        ("postgresql://tester:s3cret@127.0.0.1:1/bars", 3, "cannot be reached"),
    ):
        found, line = check(tmp_path, redis, TICKTERM_BARS_URL=url)
        assert (found, line.startswith("FAIL analytics")) == (code, True), line
        assert words in line
        assert "s3cret" not in line


def test_a_table_of_another_program_is_a_failure(tmp_path: Path, redis: RedisServer) -> None:
    with sqlite3.connect(tmp_path / "bars.db") as database:
        database.execute("CREATE TABLE tickterm_bars (x)")
    database.close()
    code, line = check(tmp_path, redis)
    assert code == 3
    assert "has a table tickterm_bars of another program: check TICKTERM_BARS_URL" in line


def test_postgresql_is_asked_for_the_table(
    tmp_path: Path, redis: RedisServer, postgres_server: PostgresServer
) -> None:
    url = postgres_server.url()
    code, line = check(tmp_path, redis, TICKTERM_BARS_URL=url)
    assert (code, "whose table tickterm_bars will be made" in line) == (0, True), line
    make_table(url)
    code, line = check(tmp_path, redis, TICKTERM_BARS_URL=url)
    assert (code, "will be made" in line) == (0, False), line
    code, line = check(tmp_path, redis, TICKTERM_BARS_URL=postgres_server.url("wrong"))
    assert (code, "refuses the password: check TICKTERM_BARS_URL" in line) == (3, True), line


def test_a_sign_of_life_is_told_and_an_old_one_is_none(tmp_path: Path, redis: RedisServer) -> None:
    try:
        redis.command("SET", HEARTBEAT_KEY, str(int(time.time()) - 20))
        age = int(check(tmp_path, redis)[1].partition("one is at work, heartbeat ")[2].split()[0])
        assert 19 <= age <= 40
        for lie in ("0", "x" * 9_999, str(int(time.time()) - 400)):
            redis.command("SET", HEARTBEAT_KEY, lie)
            assert check(tmp_path, redis)[1].endswith(NOBODY)
        redis.command("DEL", HEARTBEAT_KEY)
        redis.command("LPUSH", HEARTBEAT_KEY, "x")
        code, line = check(tmp_path, redis)
        assert (code, "is not known: WRONGTYPE" in line) == (0, True)
    finally:
        redis.command("DEL", HEARTBEAT_KEY)


def test_without_redis_the_rest_is_told(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"redis://127.0.0.1:{silent.getsockname()[1]}/0"
        code, line = told(tmp_path, REDIS_URL=url)
    assert code == 3
    assert line.startswith("ok analytics TA-Lib for 61 patterns")
    assert line.endswith("is not known: Redis was not reached")


@pytest.mark.parametrize(
    ("prelude", "code", "words"),
    [
        (
            "sys.modules['talib'] = None",
            0,
            "ok analytics not installed: pip install 'tickterm[analytics]' if you want it; ",
        ),
        (
            "sys.path.insert(0, 'stale')",
            3,
            "FAIL analytics TA-Lib is installed but cannot be loaded, No module named 'gone'",
        ),
        (
            "sys.path.insert(0, 'broken')",
            3,
            "FAIL analytics TA-Lib is installed but cannot be loaded, libta-lib.so: no such file",
        ),
    ],
)
def test_without_talib_it_says_what_to_install(
    prelude: str, code: int, words: str, tmp_path: Path, redis: RedisServer
) -> None:
    for kind, content in (
        ("stale", "import gone"),
        ("broken", "raise ImportError('libta-lib.so: no such file', name='numpy')"),
    ):
        (tmp_path / kind).mkdir()
        (tmp_path / kind / "talib.py").write_text(content)
    script = f"import sys; {prelude}; sys.argv = ['tickterm', 'check'];"
    script += "from tickterm.cli.main import main; main()"
    found, line = told_by_a_process(script, tmp_path, REDIS_URL=redis.url)
    assert (found, line.startswith(words)) == (code, True), line


@pytest.mark.skipif(os.getuid() == 0, reason="root may write everything")
def test_a_file_that_cannot_be_written_is_a_failure(tmp_path: Path, redis: RedisServer) -> None:
    bars = tmp_path / "bars.db"
    bars.touch(mode=0o400)
    code, line = check(tmp_path, redis)
    assert (code, "check the permissions of the file" in line) == (3, True), line
