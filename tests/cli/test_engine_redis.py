"""Which Redis analytics works on, by what the engine of the port says."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from socket import AF_UNIX, socket

import pytest

from tests.ports import free_port
from tickterm import settings
from tickterm.attach.remote_engine import RemoteEngine
from tickterm.cli.engine_process import lock_path
from tickterm.cli.engine_redis import redis_url_beside_engine
from tickterm.engine.lock import EngineLock, Holder
from tickterm.errors import UnreachableError
from tickterm.market.snapshot import RedisView, Snapshot
from tickterm.settings import Settings

DEFAULT = "redis://localhost:6379/0"
DEMO = ("--demo", "--symbols", "SPY")
OWN = RedisView(up=True, where="127.0.0.1:34579", embedded=True)


@pytest.fixture
def ours(tmp_path: Path) -> Settings:
    port = str(free_port())
    return settings.load({"TICKTERM_DATA_DIR": str(tmp_path), "TICKTERM_PORT": port}, tmp_path)


def explicit(ours: Settings, url: str) -> Settings:
    return replace(ours, redis_url=url, redis_is_default=False)


@contextmanager
def listening(ours: Settings) -> Iterator[None]:
    with socket(AF_UNIX) as server:
        server.bind(str(lock_path(ours).with_suffix(".sock")))
        server.listen()
        yield


@contextmanager
def engine(ours: Settings, *flags: str) -> Iterator[None]:
    """Hold the lock of an engine with these flags, and its socket."""
    path = lock_path(ours)
    holder = Holder(77, ours.port, str(path.with_suffix(".sock")), flags)
    with EngineLock(path, holder), listening(ours):
        yield


Says = Callable[[RedisView | Exception], None]


@pytest.fixture
def says(monkeypatch: pytest.MonkeyPatch) -> Says:
    """Let the engine say this of its Redis."""

    def say(answer: RedisView | Exception) -> None:
        def look(_engine: RemoteEngine) -> Snapshot:
            if isinstance(answer, Exception):
                raise answer
            return Snapshot(redis=answer)

        monkeypatch.setattr("tickterm.cli.status.look", look)

    return say


def told(caplog: pytest.LogCaptureFixture) -> list[tuple[int, str]]:
    return [(r.levelno, r.getMessage()) for r in caplog.records if r.name == "tickterm.analytics"]


@pytest.fixture(autouse=True)
def _logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)


@pytest.mark.parametrize("embedded", [True, False])
def test_a_demo_is_followed_to_its_own_redis(
    ours: Settings, says: Says, caplog: pytest.LogCaptureFixture, embedded: bool
) -> None:
    says(replace(OWN, embedded=embedded))  # it may be starting
    with engine(ours, *DEMO):
        assert redis_url_beside_engine(ours) == "redis://127.0.0.1:34579/0"
    words = f"ticks of the engine on port {ours.port} are on its own Redis, 127.0.0.1:34579"
    assert told(caplog) == [(logging.INFO, words)]


def test_without_an_engine_all_is_as_set(ours: Settings, caplog: pytest.LogCaptureFixture) -> None:
    assert redis_url_beside_engine(ours) == DEFAULT
    theirs = "redis://:s3cret@redis.lan:6379/0"
    assert redis_url_beside_engine(explicit(ours, theirs)) == theirs
    assert told(caplog) == []


def test_what_is_set_wins_and_the_demo_is_named(
    ours: Settings, says: Says, caplog: pytest.LogCaptureFixture
) -> None:
    says(OWN)
    theirs = "redis://user:s3cret@redis.lan:6379/0"
    with engine(ours, *DEMO):
        assert redis_url_beside_engine(explicit(ours, theirs)) == theirs
    ((level, words),) = told(caplog)
    assert level == logging.WARNING
    assert words == (
        f"ticks of the engine on port {ours.port} are on another Redis, 127.0.0.1:34579, and "
        "analytics works on redis.lan:6379: to follow the engine, leave REDIS_URL empty"
    )


def test_what_is_set_to_the_demos_own_redis_needs_no_word(
    ours: Settings, says: Says, caplog: pytest.LogCaptureFixture
) -> None:
    says(OWN)
    with engine(ours, *DEMO):
        same = explicit(ours, "redis://localhost:34579/3")
        assert redis_url_beside_engine(same) == same.redis_url
    assert told(caplog) == []


def test_an_engine_with_another_servers_redis_is_not_followed(
    ours: Settings, says: Says, caplog: pytest.LogCaptureFixture
) -> None:
    says(RedisView(up=True, where="redis.lan:6379"))  # which may want a password
    with engine(ours):
        assert redis_url_beside_engine(ours) == DEFAULT
    ((level, words),) = told(caplog)
    assert level == logging.WARNING
    assert "another Redis, redis.lan:6379, and analytics works on localhost:6379" in words
    assert words.endswith("to follow the engine, set REDIS_URL")


def test_an_engine_that_has_the_same_settings_is_not_asked(
    ours: Settings, says: Says, caplog: pytest.LogCaptureFixture
) -> None:
    says(UnreachableError("asked"))
    theirs = "redis://redis.lan:6379/0"
    with engine(ours):
        assert redis_url_beside_engine(explicit(ours, theirs)) == theirs
    assert told(caplog) == []


@pytest.mark.parametrize("where", ["redis.lan:6379", "", "\x1b[31m:1", "/run/redis.sock"])
def test_only_a_redis_of_this_machine_is_followed(
    where: str, ours: Settings, says: Says, caplog: pytest.LogCaptureFixture
) -> None:
    says(replace(OWN, where=where))
    with engine(ours, *DEMO):
        assert redis_url_beside_engine(ours) == DEFAULT
    assert all(words.isprintable() for _, words in told(caplog))


def test_an_engine_that_says_nothing_is_not_followed(
    ours: Settings, says: Says, caplog: pytest.LogCaptureFixture
) -> None:
    says(UnreachableError("no engine at localhost: it says nothing"))
    with engine(ours, *DEMO):
        assert redis_url_beside_engine(ours) == DEFAULT
    ((level, words),) = told(caplog)
    assert level == logging.WARNING
    assert words.endswith(
        "does not say where its Redis is: no engine at localhost: it says nothing"
    )


def test_an_engine_that_is_starting_is_waited_for(
    ours: Settings, says: Says, monkeypatch: pytest.MonkeyPatch
) -> None:
    says(OWN)
    late = ExitStack()
    waits = threading.Event()
    path = lock_path(ours)
    holder = Holder(77, ours.port, str(path.with_suffix(".sock")), DEMO)

    def sleep(_seconds: float) -> None:
        if not waits.is_set():
            late.enter_context(listening(ours))
        waits.set()

    monkeypatch.setattr("tickterm.cli.engine_redis.time.sleep", sleep)
    with EngineLock(path, holder), late:
        assert redis_url_beside_engine(ours) == "redis://127.0.0.1:34579/0"
    assert waits.is_set()


def test_an_engine_that_never_starts_is_not_waited_for_long(
    ours: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tickterm.cli.engine_redis.START_WITHIN", 0.05)
    with EngineLock(lock_path(ours), Holder(77, ours.port, "", DEMO)):
        assert redis_url_beside_engine(ours) == DEFAULT


@pytest.mark.parametrize("mode", [0o777, 0o722])
def test_a_directory_that_no_engine_would_take_is_no_reason_to_end(
    mode: int, ours: Settings, tmp_path: Path
) -> None:
    tmp_path.chmod(mode)
    assert redis_url_beside_engine(ours) == DEFAULT
