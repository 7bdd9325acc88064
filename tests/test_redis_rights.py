"""The README's Redis users have the rights that the program needs: Redis refuses them nothing."""

from __future__ import annotations

import re
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.analytics.listening import listening
from tests.program import ROOT, headless
from tests.recordings import write_recording
from tests.redis_server import RedisServer, redis_server
from tests.waiting import eventually

README = (ROOT / "README.md").read_text(encoding="utf-8")
LINES = dict(re.findall(r"^(ACL SETUSER (?:tickterm|analytics)) (.*)$", README, re.MULTILINE))
STREAM = "tickstock:ticks"
GROUP = "tickterm:analytics:tickterm"
RARE = {"unwatch", "zrem"}
"""Used when a partition is lost to another process, and at the end."""

pytestmark = pytest.mark.timeout(120)


@pytest.fixture(name="redis")
def guarded() -> Iterator[RedisServer]:
    """A server that knows the two users and logs what it refuses them."""
    with redis_server("--protected-mode", "no") as server:
        for words, rights in LINES.items():
            server.command(*words.split(), *rights.split())
        yield server
        assert server.command("ACL", "LOG") == []


def settings_of(user: str, server: RedisServer, tmp_path: Path) -> dict[str, object]:
    return {
        "REDIS_URL": server.url.replace("redis://", f"redis://{user}:password@"),
        "TICKTERM_STREAM": STREAM,
        "TICKTERM_STREAM_PARTITIONS": 2,
        "TICKTERM_BARS_URL": f"sqlite:///{tmp_path / 'bars.db'}",
    }


def unread(server: RedisServer) -> int:
    """Return how many ticks were not yet given to the group; any where it is not there."""
    found = 0
    for number in range(2):
        reply = server.command("XINFO", "GROUPS", f"{STREAM}:{number}")
        assert isinstance(reply, list)
        if not reply:
            return 1
        about = dict(zip(reply[0][::2], reply[0][1::2], strict=True))
        found += about[b"lag"] or 0
    return found


def unused(server: RedisServer) -> set[str]:
    """Return the rights of the README that nobody has made use of."""
    stats = str(server.command("INFO", "commandstats"))
    return {right for rights in LINES.values() for right in re.findall(r"\+(\S+)", rights)} - set(
        re.findall(r"cmdstat_(\S+?):", stats)
    )


def ledger(server: RedisServer, field: str) -> list[object]:
    """Return a field of what is noted of each partition."""
    return [server.command("HGET", f"{GROUP}:{STREAM}:{number}", field) for number in range(2)]


def play(tmp_path: Path, recording: Path, settings: dict[str, object]) -> None:
    """Let an engine play a recording into Redis."""
    flags = ("--headless", "--replay", str(recording), "--speed", "0")
    with headless(tmp_path, *flags, **settings) as program:
        assert program.process.wait(30) == 0
        assert not [line for line in program.lines if "NOPERM" in line or "ACL" in line]


def test_both_work_with_the_rights_of_the_readme(redis: RedisServer, tmp_path: Path) -> None:
    recording = tmp_path / "made-up.jsonl"
    write_recording(recording, ("AAPL", "IBM", "SPY"), seconds=4_500)
    engine = settings_of("tickterm", redis, tmp_path)
    ours = settings_of("analytics", redis, tmp_path)
    with listening(redis.port) as ear:
        play(tmp_path, recording, engine)
        with headless(tmp_path, "analytics", "--from-start", **ours) as program:
            eventually(lambda: ear.count() > 50 and all(ledger(redis, "settled")), 60)
            program.stop(signal.SIGKILL)
        before = ledger(redis, "owner")
        redis.command("ZADD", "tickterm:analytics:nightly:members", "1e12", "another")
        redis.command("DEL", f"{GROUP}:members")  # nobody waits for what is of one that was killed
        for number in range(2):
            redis.command("DEL", f"{GROUP}:{STREAM}:{number}:lease")
        with headless(tmp_path, "analytics", **ours) as program:
            program.wait_for("working on 2 of 2")
            program.wait_for("group nightly works on this Redis too")
            eventually(lambda: not set(before) & set(ledger(redis, "owner")), 10)
            for number in range(2):  # as after the loss of all data: it is noted again
                redis.command("DEL", f"{GROUP}:{STREAM}:{number}")
            play(tmp_path, recording, engine)  # time begins anew
            program.wait_for("time begins anew", 30)
            eventually(lambda: unread(redis) == 0, 60)
            assert not [line for line in program.lines if "NOPERM" in line or "ACL" in line]
            for settings in (engine, ours):
                assert check(tmp_path, settings) == ["ok", "ok"]
            eventually(lambda: unused(redis) <= RARE, 10)
            assert program.stop() == 0


def check(tmp_path: Path, settings: dict[str, object]) -> list[str]:
    """Return what `tickterm check` finds of Redis and of the stream."""
    with headless(tmp_path, "check", **settings) as program:
        program.process.wait(30)
        assert program.process.stdout is not None
        lines = [line.split() for line in program.process.stdout.read().splitlines()]
        return [line[0] for line in lines if line[1] in ("redis", "stream")]


def test_both_work_on_the_channels_with_the_rights_of_the_readme(
    redis: RedisServer, tmp_path: Path
) -> None:
    channels = {"TICKTERM_STREAM": "", "TICKTERM_STREAM_PARTITIONS": 1}
    ours = settings_of("analytics", redis, tmp_path) | channels
    engine = settings_of("tickterm", redis, tmp_path) | channels
    recording = tmp_path / "made-up.jsonl"
    write_recording(recording, ("AAPL", "SPY"), seconds=900)
    with (
        listening(redis.port) as ear,
        headless(tmp_path, "analytics", **ours) as program,
    ):
        program.wait_for("listening to")
        program.wait_for("working on 1 of 1")
        play(tmp_path, recording, engine)
        eventually(lambda: ear.count() > 10, 30)
        assert program.stop() == 0


def test_what_neither_needs_is_refused() -> None:
    with redis_server("--protected-mode", "no") as server:
        for words, rights in LINES.items():
            server.command(*words.split(), *rights.split())
            user = words.split()[-1]
            for command in (["FLUSHALL"], ["GET", "mine"], ["PUBLISH", "mine", "x"], ["KEYS", "*"]):
                answer = server.command("ACL", "DRYRUN", user, *command)
                assert "no permissions" in str(answer)
