"""Restarting a part of the engine that fails, so that the other parts go on."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import deque
from collections.abc import Awaitable, Callable

from tickterm.errors import TickTermError

__all__ = ["supervise"]

log = logging.getLogger("tickterm.engine")

MAX_FAILURES = 5
WITHIN = 60.0
"""Seconds: more failures than `MAX_FAILURES` within them are not weathered but raised."""


async def supervise(name: str, run: Callable[[], Awaitable[None]]) -> None:
    """Await `run()`; should it fail, log that with its traceback and start it again.

    Returns when `run` returns. Raises its exception when it is a TickTermError, and when it fails
    again and again.
    """
    failures: deque[float] = deque(maxlen=MAX_FAILURES)
    while True:
        try:
            return await run()
        except TickTermError:
            raise  # said on purpose: another attempt would say the same
        except Exception:  # boundary: a defect in one part must not take the feed down
            now = time.monotonic()
            if len(failures) == MAX_FAILURES and now - failures[0] < WITHIN:
                raise
            failures.append(now)
            log.exception("%s failed and starts again", name)
        await asyncio.sleep(min(0.1 * 2 ** len(failures), 2.0))
