"""The key and the passwords appear nowhere, with everything set to talk as much as it can."""

from __future__ import annotations

from pathlib import Path

from tests.program import headless, simulator, terminal
from tests.redis_server import redis_server, subscriber

KEY = "CANARYkey0123456789"
PASSWORD = "CANARYpassword"
TOKEN = "CANARYtoken"
CANARY = b"CANARY"


def _settings(url: str, redis_port: int, log: Path) -> dict[str, object]:
    return {
        "MASSIVE_API_KEY": KEY,
        "MASSIVE_WEBSOCKET_URL": url,
        "REDIS_URL": f"redis://:{PASSWORD}@127.0.0.1:{redis_port}/0",
        "DATABASE_URL": f"postgresql://user:{PASSWORD}@127.0.0.1:1/none",
        "TICKTERM_TOKEN": TOKEN,
        "TICKTERM_LOG_LEVEL": "DEBUG",
        "TICKTERM_LOG_FILE": log,
        "PYTHONASYNCIODEBUG": "1",
        "WEBSOCKETS_LOG_LEVEL": "DEBUG",
    }


def _assert_clean(directory: Path) -> None:
    for path in directory.rglob("*"):
        if path.is_file():
            assert CANARY not in path.read_bytes(), path


def test_a_working_key_is_never_seen(tmp_path: Path) -> None:
    log = tmp_path / "debug.log"
    with (
        redis_server("--requirepass", PASSWORD) as redis,
        simulator(tmp_path, "--key", KEY, "--fault", "drop=0.5") as url,
    ):
        settings = _settings(url, redis.port, log)
        with headless(tmp_path, "--headless", "--symbols", "SPY,QQQ", **settings) as program:
            program.wait_for("link lost", count=1)
            program.wait_for("redis up")
            program.stop()
            assert CANARY.decode() not in "\n".join(program.lines)
        with terminal(
            tmp_path, "--symbols", "SPY,QQQ", size=(200, 50), settings=settings
        ) as screen:
            screen.wait_until(lambda shown: "link up" in shown and "RECONNECTING" in shown)
            screen.type("q")
            assert screen.end() == 0
            assert CANARY not in screen.output
    assert log.stat().st_size > 500
    _assert_clean(tmp_path)


def test_a_refused_key_is_never_seen(tmp_path: Path) -> None:
    log = tmp_path / "debug.log"
    with redis_server() as redis, simulator(tmp_path, "--key", "another") as url:
        settings = _settings(url, redis.port, log)
        with headless(tmp_path, "--headless", "--symbols", "SPY", **settings) as program:
            program.wait_for("link refused")
            program.wait_for("redis down")
            program.stop()
            assert CANARY.decode() not in "\n".join(program.lines)
        with headless(tmp_path, "--headless", **settings) as program:
            assert program.process.wait(20) == 3
            assert CANARY.decode() not in "\n".join(program.lines)
        with headless(tmp_path, "check", **settings) as program:
            assert program.process.wait(40) == 3
            assert program.process.stdout is not None
            said = program.process.stdout.read()
            assert "authentication failed" in said
            assert CANARY.decode() not in said + "\n".join(program.lines)
    _assert_clean(tmp_path)


def test_redis_messages_do_not_carry_it(tmp_path: Path) -> None:
    with (
        redis_server() as redis,
        subscriber(redis.port) as seen,
        simulator(tmp_path, "--key", KEY, "--fault", "hostile") as url,
    ):
        settings = _settings(url, redis.port, tmp_path / "log") | {"REDIS_URL": redis.url}
        with headless(tmp_path, "--headless", "--symbols", "SPY,QQQ", **settings) as program:
            assert seen.wait_for(4), program.lines
        for messages in seen.messages.values():
            assert all(CANARY not in message for message in messages)
    _assert_clean(tmp_path)
