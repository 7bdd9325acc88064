"""An engine that goes on saying its status, as a real one does, with what a test adds to it."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any

from tests.waiting import until
from tests.web.fake_engine import FakeEngine
from tickterm.market.calendar import holiday
from tickterm.market.contract import encode, status_of
from tickterm.market.hours import NEW_YORK, Session, next_open, session_at
from tickterm.market.snapshot import Snapshot

__all__ = ["opening_of", "status_json", "telling"]

PACE = 0.3
"""Seconds between two of its statuses."""


def opening_of(wall_ms: int) -> dict[str, Any] | None:
    """Return what the status says of a market that is closed at `wall_ms` (ms UTC), else None."""
    if session_at(wall_ms) is not Session.CLOSED:
        return None
    today = datetime.fromtimestamp(wall_ms / 1000, NEW_YORK).date()
    return {**next_open(wall_ms)._asdict(), "holiday": holiday(today)}


def status_json(snapshot: Snapshot) -> dict[str, Any]:
    """Return the status of a snapshot as JSON, with when the market opens."""
    status: dict[str, Any] = json.loads(encode(status_of(snapshot)))
    return {**status, "opening": opening_of(snapshot.wall_ms)}


@contextlib.asynccontextmanager
async def telling(engine: FakeEngine) -> AsyncIterator[FakeEngine]:
    """Let an engine say its status again and again while inside: a silent one is not believed.

    It begins as soon as a page is there, so that nothing that is said inside goes unheard.
    """

    async def tell() -> None:
        while True:
            engine.change()
            await engine.say(json.dumps(status_json(engine.current)))
            await asyncio.sleep(PACE)

    await until(lambda: engine.viewers)
    async with asyncio.TaskGroup() as group:
        task = group.create_task(tell())
        yield engine
        task.cancel()
