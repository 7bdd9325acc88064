"""The stream beside the channels, in the whole program; and what `tickterm check` says of it."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from tests.ports import free_port
from tests.program import headless
from tests.recordings import write_recording
from tests.redis_server import RedisServer, redis_server, subscriber
from tickterm.backends.redis_link import CHANNELS

STREAM = "tickstock:ticks"
SYMBOLS = ("AAPL", "BRK.B", "SPY")


def payloads(server: RedisServer, name: str) -> list[bytes]:
    entries = server.command("XRANGE", name, "-", "+")
    assert isinstance(entries, list)
    return [fields[1] for _, fields in entries]


@pytest.mark.parametrize("partitions", [1, 3])
def test_a_recording_is_in_the_stream_as_it_is_on_the_channels(
    tmp_path: Path, partitions: int
) -> None:
    recording = tmp_path / "made-up.jsonl"
    count = write_recording(recording, SYMBOLS, seconds=600)
    with redis_server() as redis, subscriber(redis.port) as seen:
        settings = {
            "REDIS_URL": redis.url,
            "TICKTERM_STREAM": STREAM,
            "TICKTERM_STREAM_PARTITIONS": partitions,
        }
        flags = ("--headless", "--replay", str(recording), "--speed", "0")
        with headless(tmp_path, *flags, **settings) as program:
            assert program.process.wait(30) == 0
            said = [line["message"] for line in program.messages()]
        assert seen.wait_for(count)
        heard = seen.messages[CHANNELS[1]]
        if partitions == 1:
            assert payloads(redis, STREAM) == heard
        else:
            found = [payloads(redis, f"{STREAM}:{number}") for number in range(partitions)]
            assert Counter(tick for part in found for tick in part) == Counter(heard)
            assert sum(map(bool, found)) >= 2
    assert any(f"stream {STREAM}: {count} accepted, 0 dropped" in line for line in said)


def check(directory: Path, **settings: object) -> tuple[int, list[str]]:
    """Return the exit code of `tickterm check` and the line about the stream, if there is one."""
    with headless(directory, "check", **settings) as program:
        code = program.process.wait(30)
        assert program.process.stdout is not None
        lines = program.process.stdout.read().splitlines()
        return code, [line for line in lines if line.split()[1] == "stream"]


def test_check_says_whether_the_stream_takes_ticks(tmp_path: Path) -> None:
    with redis_server() as redis:
        settings: dict[str, object] = {"REDIS_URL": redis.url}
        assert check(tmp_path, **settings) == (0, [])
        settings["TICKTERM_STREAM"] = STREAM
        assert check(tmp_path, **settings) == (0, [f"ok    stream    {STREAM} takes ticks"])
        assert redis.command("EXISTS", STREAM) == 0
        redis.command("XADD", STREAM, "5-5", "tick", "x")
        assert check(tmp_path, **settings)[0] == 0
        assert redis.command("XLEN", STREAM) == 1
        redis.command("CONFIG", "SET", "maxmemory", "1")
        code, [line] = check(tmp_path, **settings)
        assert (code, "OOM" in line) == (3, True)
        redis.command("CONFIG", "SET", "maxmemory", "0")
        redis.command("SET", f"{STREAM}:2", "precious")
        code, [line] = check(tmp_path, **settings, TICKTERM_STREAM_PARTITIONS=3)
        assert code == 3
        assert line.startswith(f"FAIL  stream    {STREAM}:2: WRONGTYPE")


def test_check_does_not_try_a_stream_without_its_redis(tmp_path: Path) -> None:
    url = f"redis://127.0.0.1:{free_port()}/0"
    code, [line] = check(tmp_path, REDIS_URL=url, TICKTERM_STREAM=STREAM)
    assert (code, line) == (3, f"FAIL  stream    {STREAM}: not tried: connection refused")
