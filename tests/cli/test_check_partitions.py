"""`tickterm check` sees ticks that nobody reads, from the engine's side and from analytics'."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.cli.test_stream import STREAM, check
from tests.redis_server import RedisServer, redis_server
from tickterm.analytics.leases import LIFETIME

MEMBERS = "tickterm:analytics:tickterm:members"


@contextmanager
def writing(server: RedisServer, *names: str) -> Iterator[None]:
    """Be an engine that writes to these streams."""
    done = threading.Event()

    def write() -> None:
        while not done.wait(0.05):
            for name in names:
                server.command("XADD", name, "*", "tick", "x")

    thread = threading.Thread(target=write)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


def streams(first: int, last: int) -> list[str]:
    return [f"{STREAM}:{number}" for number in range(first, last)]


@pytest.mark.parametrize(
    ("partitions", "names", "code", "said"),
    [
        (2, streams(0, 4), 3, f"{STREAM}:2 and 1 more are read by nobody"),
        (1, streams(0, 2), 3, "must be the same (at least 2) as for the engine, and is 1"),
        (4, streams(0, 4), 0, "in 4 partitions takes ticks"),
    ],
)
def test_an_engine_that_writes_more_is_seen(
    tmp_path: Path, partitions: int, names: list[str], code: int, said: str
) -> None:
    with redis_server() as redis, writing(redis, *names):
        settings: dict[str, object] = {"REDIS_URL": redis.url, "TICKTERM_STREAM": STREAM}
        found, [line] = check(tmp_path, **settings, TICKTERM_STREAM_PARTITIONS=partitions)
        assert found == code
        assert said in line


def test_what_is_left_of_an_earlier_setting_is_fine(tmp_path: Path) -> None:
    with redis_server() as redis:
        for name in streams(0, 4):
            redis.command("XADD", name, "*", "tick", "x")
        settings: dict[str, object] = {"REDIS_URL": redis.url, "TICKTERM_STREAM": STREAM}
        assert check(tmp_path, **settings)[0] == 0


def test_an_analytics_that_reads_fewer_is_seen(tmp_path: Path) -> None:
    with redis_server() as redis:
        for name in streams(0, 2):
            redis.command("XGROUP", "CREATE", name, "tickterm", "$", "MKSTREAM")
        settings: dict[str, object] = {
            "REDIS_URL": redis.url,
            "TICKTERM_STREAM": STREAM,
            "TICKTERM_STREAM_PARTITIONS": 4,
        }
        assert check(tmp_path, **settings)[0] == 0, "nobody is at work: it may be anybody's group"
        redis.command("ZADD", MEMBERS, str(time.time() - LIFETIME - 1), "killed")
        assert check(tmp_path, **settings)[0] == 0, "nobody is at work any more"
        redis.command("ZADD", MEMBERS, str(time.time()), "somebody")
        code, [line] = check(tmp_path, **settings)
        assert code == 3
        assert "analytics, group tickterm, reads 2 of 4 partitions" in line
        for name in streams(2, 4):
            redis.command("XGROUP", "CREATE", name, "tickterm", "$", "MKSTREAM")
        assert check(tmp_path, **settings)[0] == 0
