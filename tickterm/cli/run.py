"""Running an engine: its locks, its signals, its exit code."""

from __future__ import annotations

import hashlib
import logging
import os
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from tickterm import settings
from tickterm.cli.engine_process import lock_path
from tickterm.cli.logs import JsonLines, configure, on_stderr
from tickterm.cli.options import RunOptions
from tickterm.cli.stop_signals import StopSignals
from tickterm.cli.wiring import plan
from tickterm.engine.lock import EngineLock, Holder, LockHeld
from tickterm.engine.notices import NoticeBoard
from tickterm.engine.ports import place, tickterm_answers
from tickterm.engine.thread import Engine
from tickterm.errors import SettingsError, UnreachableError
from tickterm.memory import look_for_cycles_rarely
from tickterm.settings import Settings

__all__ = ["run_engine"]

log = logging.getLogger("tickterm")

LOOK_EVERY = 2.0
"""Seconds between looks at the lock's file."""


def run_engine(options: RunOptions) -> int:
    """Run the engine alone until a signal, the end of a recording or an error.

    Returns the exit code: 130 on ctrl+c. One that was started for screens ends with the last of
    them, writes no log to stderr, and is content to find that another was quicker.

    Raises:
        UnreachableError: another engine runs here, or holds the connection of this key.
    """
    configured = settings.load()
    notices = NoticeBoard()
    handlers: list[logging.Handler] = [notices]
    if not options.for_screens:
        handlers.append(on_stderr(JsonLines()))
    configure(configured, *handlers)
    for warning in configured.warnings:
        log.warning("%s", warning)
    socket = lock_path(configured).with_suffix(".sock")
    build = plan(configured, options, notices, socket)
    us = Holder(os.getpid(), configured.port, str(socket), options.flags, options.for_screens)
    with ExitStack() as locks:
        try:
            lock = _lock(locks, configured, us)
        except _Slower:
            if options.for_screens:
                return 0
            raise
        engine = Engine(build)
        locks.enter_context(_guarding(lock, engine))
        try:
            return _until_the_end(engine)
        finally:
            if lock.renew():
                socket.unlink(missing_ok=True)


@contextmanager
def _guarding(lock: EngineLock, engine: Engine) -> Iterator[None]:
    """Look after the lock's file, which programs that clean up may remove, while the block runs.

    Should another engine have taken its place meanwhile, ours ends: two would fight for the feed.
    """
    ended = threading.Event()

    def guard() -> None:
        while not ended.wait(LOOK_EVERY):
            try:
                ours = lock.renew()
            except SettingsError as error:
                log.error("%s", error)
                continue
            if not ours:
                log.error("another engine has taken the place of this one, which ends")
                engine.stop()
                return

    thread = threading.Thread(target=guard, name="tickterm-lock", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


class _Slower(UnreachableError):
    """Another engine of this port was quicker."""


def _lock(locks: ExitStack, configured: Settings, holder: Holder) -> EngineLock:
    """Make sure that this is the only engine of its port, and of its key."""
    path = lock_path(configured)
    try:
        lock = locks.enter_context(EngineLock(path, holder))
    except LockHeld as held:
        raise _Slower(
            f"an engine runs here already (process {held.holder.pid}, port {configured.port}): "
            "see it with tickterm attach, stop it, or set another TICKTERM_PORT"
        ) from None
    if tickterm_answers(configured.host, configured.port):
        raise UnreachableError(
            f"an engine of another user or data directory has port {configured.port}: see it with "
            "tickterm attach, or set another TICKTERM_PORT"
        )
    if not configured.use_massive_api:
        return lock
    feed = f"{configured.massive_websocket_url} {configured.massive_api_key}".encode()
    name = hashlib.blake2b(feed, digest_size=8).hexdigest()
    try:
        locks.enter_context(EngineLock(path.with_name(f"feed-{name}.lock"), holder))
    except LockHeld as held:
        raise UnreachableError(
            f"process {held.holder.pid} holds the connection of this key already: see it with "
            f"tickterm attach ws://{place('127.0.0.1', held.holder.port)}, or stop it"
        ) from None
    return lock


def _until_the_end(engine: Engine) -> int:
    signals = StopSignals()
    signals.heed(engine.stop)
    look_for_cycles_rarely()
    engine.run()
    return signals.exit_code
