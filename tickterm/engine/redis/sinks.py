"""RedisSinks: the channels and, where one is set, the stream; for the rest of the engine one."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from tickterm.engine.redis.forwarder import RedisForwarder
from tickterm.engine.redis.stream_mirror import StreamMirror
from tickterm.engine.redis.writer import RedisWriter
from tickterm.engine.supervisor import supervise
from tickterm.market.snapshot import RedisView, Timing

__all__ = ["RedisSinks"]


class RedisSinks:
    """Each has its own mailbox, task and connection, so that neither can harm the other."""

    def __init__(self, forwarder: RedisForwarder, mirror: StreamMirror | None) -> None:
        self._forwarder = forwarder
        self._mirror = mirror
        self.sinks: tuple[RedisWriter, ...] = (forwarder, mirror) if mirror else (forwarder,)
        """What takes batches."""

    async def breathe(self) -> None:
        """Let the writers have their turn when they are behind: for feeds that cannot wait."""
        for sink in self.sinks:
            await sink.breathe()

    async def room(self) -> None:
        """Wait until all that waits for Redis leaves room: for feeds that can wait."""
        for sink in self.sinks:
            await sink.room()

    async def run(self) -> None:
        """Write until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(supervise("redis", self._forwarder.run))
            if self._mirror is not None:
                tasks.create_task(supervise(self._mirror.name, self._mirror.run))

    async def drain(self) -> None:
        """Wait, a second at most, until nothing waits for a Redis that is up."""
        async with asyncio.TaskGroup() as tasks:
            for sink in self.sinks:
                tasks.create_task(sink.drain())

    async def settled(self) -> None:
        """Wait, as long as it takes, until Redis has answered for every tick."""
        for sink in self.sinks:
            await sink.settled()

    def timing(self, now: float) -> Timing:
        """Return how long ticks took to both channels, as of monotonic time `now`."""
        return self._forwarder.timing(now)

    def view(self) -> RedisView:
        """Return the state of the channels, the counts of all, and what is wrong with any."""
        view = self._forwarder.view()
        mirror = self._mirror
        if mirror is None:
            return view
        return replace(
            view,
            reason=view.reason or mirror.reason,
            channels={**view.channels, mirror.name: mirror.counts()},
            buffered_bytes=view.buffered_bytes + mirror.buffered_bytes,
        )
