"""What a process tells of itself: on Redis every ten seconds, in the log at every change."""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from typing import Any, cast

import pytest

from tests.analytics.listening import listening
from tests.analytics.test_assessment import Part
from tests.redis_server import redis_server
from tests.waiting import until
from tickterm.analytics.assessment import Share
from tickterm.analytics.bar_queue import BarQueue
from tickterm.analytics.counts import Counts
from tickterm.analytics.redis_client import connect
from tickterm.analytics.reporter import Reporter
from tickterm.market.bars import BarCounts
from tickterm.market.redis_events import HEARTBEAT_KEY, HealthStatus


class Whole(Part):
    """A partition with all that is told of it."""

    def __init__(self) -> None:
        super().__init__()
        self.symbols, self.missed, self.dropped = 3, 0, 4
        self.unread: int | None = 6
        self.vitals.begin()
        self.told = Counts(100, Counter({"json": 7}), BarCounts(93, 5, 2, 1))

    def counts(self) -> Counts:
        return self.told


async def test_what_became_of_the_ticks_is_told(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    part: Any = Whole()
    with redis_server() as server, listening(server.port) as ear:
        client = connect(server.url)
        reporter = Reporter(client, "me", {"ticks": part}, BarQueue(part))
        reporter.share = Share((0,), HealthStatus.HEALTHY, "")
        await reporter.say_goodbye()
        await until(lambda: ear.health())
        (health,) = ear.health()
        await client.aclose()
    told = {name: health[f"ticks_{name}"] for name in ("rejected", "dropped", "stray", "revised")}
    assert told == {"rejected": 7, "dropped": 4, "stray": 1, "revised": 5}
    assert (health["ticks_unread"], health["bars_late"]) == (6, 2)
    words = reporter._in_words(reporter._health())
    assert words.endswith(
        "0 patterns; 6 unread; 2 late; 4 dropped; 1 stray; 5 revised; 7 rejected: json"
    )
    part.told, part.dropped, part.unread = Counts(), 0, None
    assert reporter._health().ticks_unread is None
    assert reporter._in_words(reporter._health()).endswith("0 bars; 0 patterns")


async def test_it_beats_only_while_it_hears_and_takes_the_beat_away() -> None:
    part: Any = Whole()
    with redis_server() as server:
        client = connect(server.url)
        reporter = Reporter(client, "me", {"ticks": part}, BarQueue(part))
        reporter.share = Share((0,), HealthStatus.HEALTHY, "")
        part.vitals.is_ready = True
        await reporter._publish(reporter._health())
        assert server.command("GET", HEARTBEAT_KEY)
        await reporter.stop_beating()
        part.vitals.heard_at = part.vitals.began_at - 60
        await reporter._publish(reporter._health())
        assert server.command("GET", HEARTBEAT_KEY) is None
        await client.aclose()


async def test_it_ends_although_the_client_swallows_the_cancellation() -> None:
    class Swallowing:
        """As redis-py does at some moments of connecting."""

        def __init__(self) -> None:
            self.asked = 0

        async def publish(self, *_: object) -> None:
            self.asked += 1
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.Event().wait()

    part, client = Whole(), Swallowing()
    reporter = Reporter(
        cast(Any, client), "me", {"ticks": cast(Any, part)}, BarQueue(cast(Any, part))
    )
    task = asyncio.create_task(reporter.run())
    await until(lambda: client.asked == 1)
    task.cancel()
    done, _ = await asyncio.wait([task], timeout=20)
    assert done
    assert task.cancelled()
