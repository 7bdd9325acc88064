"""Restarting a part of the engine that fails, so that the other parts go on."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable

from tickterm.errors import TickTermError

__all__ = ["supervise"]

log = logging.getLogger("tickterm.engine")

FIRST_DELAY = 0.1
LONGEST_DELAY = 30.0
STEADY = 60.0
"""Seconds of work after which a part has earned its first delay back."""


async def supervise(name: str, run: Callable[[], Awaitable[None]]) -> None:
    """Await `run()`; should it fail, log that with its traceback and start it again.

    Returns when `run` returns. Raises only what `run` said on purpose, a TickTermError: another
    attempt would say the same.
    """
    delay = FIRST_DELAY
    while True:
        began = time.monotonic()
        try:
            return await run()
        except TickTermError:
            raise
        except Exception as error:  # boundary: a defect in one part must not take the feed down
            if isinstance(error, ExceptionGroup) and error.subgroup(TickTermError):
                raise
            if time.monotonic() - began > STEADY:
                delay = FIRST_DELAY
            log.exception("%s failed and starts again in %.1f s", name, delay)
        await asyncio.sleep(delay)
        delay = min(2 * delay, LONGEST_DELAY)
