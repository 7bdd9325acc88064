"""Running the service: on a thread of its own behind a screen, or as the whole program."""

from __future__ import annotations

import asyncio
import sys
import threading
from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any

from tickterm.engine.service import MarketDataService
from tickterm.errors import TickTermError, first_error
from tickterm.market.alert_verbs import AlertVerbs
from tickterm.market.contract import AlertWish, Wish
from tickterm.market.snapshot import Snapshot
from tickterm.market.watch_verbs import WatchVerbs

__all__ = ["Engine", "run_loop"]


def run_loop(main: Coroutine[Any, Any, None]) -> None:
    """Run `main` on a new event loop: uvloop where it exists."""
    with asyncio.Runner(loop_factory=_loop_factory()) as runner:
        runner.run(main)


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    if sys.platform == "win32":
        return None
    import uvloop

    return uvloop.new_event_loop


class Engine(WatchVerbs, AlertVerbs):
    """The service as a screen sees it: `run` on any thread, everything else from any other.

    `build` makes the service inside the engine's own loop.
    """

    def __init__(self, build: Callable[[], MarketDataService]) -> None:
        self._build = build
        self._lock = threading.RLock()  # a signal handler may interrupt its holder
        self._loop: asyncio.AbstractEventLoop | None = None
        self._service: MarketDataService | None = None
        self._stopped = False

    def run(self) -> None:
        """Do the whole work on the calling thread; return after `stop`.

        Raises:
            TickTermError: what was said on purpose, bare, as a screen or a command shows it.
            ExceptionGroup: anything else.
        """
        try:
            run_loop(self._main())
        except BaseExceptionGroup as group:
            said, defects = group.split(TickTermError)
            if said is None or defects is not None:
                raise
            raise first_error(said) from None

    def stop(self) -> None:
        """Ask `run` to end in order; returns at once."""
        self._stopped = True
        self._call(MarketDataService.stop)

    def reconnect(self) -> None:
        """Try the link to the feed now; returns at once."""
        self._call(MarketDataService.reconnect)

    def wish(self, *wishes: Wish | AlertWish) -> None:
        """Change what is watched, the groups or the alerts; returns at once."""
        for wish in wishes:
            self._call(partial(_obey, wish))

    def snapshot(self) -> Snapshot:
        """Return the newest state."""
        service = self._service
        return Snapshot() if service is None else service.snapshot()

    async def _main(self) -> None:
        service = self._build()
        with self._lock:
            self._loop = asyncio.get_running_loop()
            self._service = service
        if self._stopped:
            service.stop()
        try:
            await service.run()
        finally:
            with self._lock:
                self._loop = None

    def _call(self, verb: Callable[[MarketDataService], None]) -> None:
        with self._lock:
            if self._loop is not None and self._service is not None:
                self._loop.call_soon_threadsafe(verb, self._service)


def _obey(wish: Wish | AlertWish, service: MarketDataService) -> None:
    if isinstance(wish, AlertWish):
        service.obey_alert(wish)
    else:
        service.obey(wish)
