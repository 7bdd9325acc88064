"""Waiting for a condition, never for an amount of time."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable


async def until(condition: Callable[[], object], timeout: float = 20.0) -> None:
    """Return as soon as `condition()` is true; fail after `timeout` seconds."""
    async with asyncio.timeout(timeout):
        while not condition():  # noqa: ASYNC110 - what is waited for sets no event
            await asyncio.sleep(0.005)


def eventually(condition: Callable[[], object], timeout: float = 20.0) -> None:
    """Return as soon as `condition()` is true, blocking; fail after `timeout` seconds."""
    deadline = time.monotonic() + timeout
    while not condition():
        assert time.monotonic() < deadline, "never"
        time.sleep(0.02)
