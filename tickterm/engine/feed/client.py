"""MassiveWebSocketClient: one live link to the feed, for as long as it runs."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import math
import random
import time
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import replace
from typing import NoReturn
from urllib.parse import urlsplit

from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed

from tickterm.engine.feed.dial import (
    LinkCapped,
    LinkEnded,
    LinkLost,
    LinkRefused,
    dial,
    key_refused,
)
from tickterm.engine.feed.known_since import KnownSince
from tickterm.engine.feed.link_listener import LinkListener
from tickterm.market.link_rules import Backoff, LinkTimes, QuietWatch
from tickterm.market.protocol import MassiveProtocol, Received, Stage
from tickterm.market.snapshot import Feed, LinkPhase, LinkView
from tickterm.market.text import clean, redact

__all__ = ["MassiveWebSocketClient"]

log = logging.getLogger("tickterm.link")

MAX_FRAME = 16 * 2**20
MAX_FRAME_AFTER_1009 = 64 * 2**20
MAX_UNSENT = 2**20
"""Bytes: commands and pongs that the server does not take."""
STRIKES = 3
"""Evictions by another program until the link stops fighting for the key."""


async def _at_once() -> None:
    """Pace a feed not at all."""


class MassiveWebSocketClient:
    """Holds the link: connect, authenticate, subscribe, read, notice loss, try again.

    `handle(received, now)` gets every frame synchronously, with the monotonic time of its arrival.
    `pace` is awaited between frames. A `patient` feed waits for us: silence is no fault of it, and
    when it has ended, so has the link. `listener` is told when the link was lost and came back, and
    of signs of life that are no ticks.
    """

    def __init__(
        self,
        url: str,
        key: str,
        feed: Feed,
        source: str,
        handle: Callable[[Received, float], None],
        *,
        times: LinkTimes | None = None,
        pace: Callable[[], Awaitable[None]] = _at_once,
        patient: bool = False,
        listener: LinkListener | None = None,
    ) -> None:
        self._url = url
        self._key = key
        self._source = source
        self._handle = handle
        self._times = times or LinkTimes()
        self._pace = pace
        self._patient = patient
        self._listener = listener
        self._backoff = Backoff(self._times)
        self._quiet = QuietWatch(self._times.mute_after)
        self._symbols: tuple[str, ...] = ()
        self._protocol = MassiveProtocol(key, (), source)
        self._connection: ClientConnection | None = None
        self._strikes = 0
        self._max_frame = MAX_FRAME
        self._last_dial = -self._times.capped_retry
        self._nudged = asyncio.Event()
        self._changed = asyncio.Event()
        self._told: MassiveProtocol | None = None
        self._wanted_at = 0.0
        self._sending = asyncio.Lock()
        """Commands leave in the order in which they were made."""
        self._heard = 0.0
        self._heard_ticks = 0.0
        self._given_up: str | None = None
        self._known = KnownSince(feed)
        self._view = LinkView(
            phase=LinkPhase.CONNECTING, feed=feed, host=urlsplit(url).netloc, since=time.monotonic()
        )

    def view(self) -> LinkView:
        """Return the link as everybody may see it."""
        protocol = self._protocol
        return replace(
            self._view,
            asked=protocol.asked,
            acknowledged=protocol.acknowledged,
            refused=protocol.refused,
        )

    def want(self, symbols: Iterable[str]) -> None:
        """Make `symbols` the subscription, now or as soon as the link is up.

        Raises:
            ValueError: one of them is no symbol; then nothing changes.
        """
        wanted = tuple(symbols)
        self._protocol.want(wanted)
        if wanted != self._symbols:
            self._told = None
            self._wanted_at = time.monotonic()
        self._symbols = wanted
        self._changed.set()

    def reconnect(self) -> None:
        """Drop the connection, if there is one, and try again now (after a cap: when allowed)."""
        self._nudged.set()
        if self._connection is not None:
            self._give_up("reconnect asked for")

    async def run(self) -> None:
        """Keep the link until the feed has ended or the task is cancelled."""
        async with asyncio.TaskGroup() as tasks:
            watch = tasks.create_task(self._watch(), name="link watch")
            await self._keep_link()
            watch.cancel()

    async def _keep_link(self) -> None:
        while True:
            self._nudged.clear()
            try:
                await self._connect_and_read()
            except LinkRefused as refusal:
                self._enter(LinkPhase.REFUSED, str(refusal))
                log.error("link refused: %s", refusal)
                await self._nudged.wait()
            except LinkCapped as eviction:
                await self._yield_the_key(eviction)
            except LinkEnded as end:
                self._enter(LinkPhase.ENDED, str(end))
                log.info("link ended: %s", end)
                if self._patient:
                    return
                await self._nudged.wait()
            except LinkLost as loss:
                await self._retry(str(loss), loss.retry_after)

    # -- one connection ---------------------------------------------------------------------

    async def _connect_and_read(self) -> NoReturn:
        self._last_dial = time.monotonic()
        self._enter(LinkPhase.CONNECTING, self._view.reason)
        self._backoff.connecting()
        self._given_up = None
        protocol = self._protocol = MassiveProtocol(self._key, self._symbols, self._source)
        try:
            async with asyncio.timeout(self._times.handshake):
                connection = await dial(self._url, self._max_frame)
        except TimeoutError:
            raise LinkLost(f"no connection within {self._times.handshake:g} s") from None
        self._connection = connection
        try:
            await self._converse(connection, protocol)
        except ConnectionClosed as closed:
            raise self._loss(closed) from None
        finally:
            self._connection = None
            connection.transport.abort()
            with contextlib.suppress(ConnectionClosed):
                await connection.wait_closed()

    async def _converse(self, connection: ClientConnection, protocol: MassiveProtocol) -> NoReturn:
        self._enter(LinkPhase.AUTHENTICATING, self._view.reason)
        left = self._last_dial + self._times.handshake - time.monotonic()
        try:
            async with asyncio.timeout(left):
                while protocol.stage is not Stage.READY:
                    await self._read_one(connection, protocol)
        except TimeoutError:
            waited_for = "greeting" if protocol.stage is Stage.GREETING else "answer to the key"
            raise LinkLost(f"no {waited_for} within {self._times.handshake:g} s") from None
        self._up()
        while True:
            await self._read_one(connection, protocol)
            await self._pace()

    async def _read_one(self, connection: ClientConnection, protocol: MassiveProtocol) -> None:
        frame = await connection.recv(decode=False)
        now = self._heard = time.monotonic()
        received = protocol.receive(frame)
        if received.ticks:
            self._heard_ticks = now
            self._quiet.data(now)
            if self._backoff.data(now):
                self._strikes = 0
        else:
            self._tell_of_life(now)
        if self._view.phase is LinkPhase.UP:  # before that it says nothing of any tick
            self._known.heard(time.time(), ticks=bool(received.ticks))
        self._handle(received, now)
        if protocol.stage is Stage.REFUSED:
            raise LinkRefused(key_refused(protocol.reason))
        if protocol.stage is Stage.CAPPED:
            raise LinkCapped(protocol.reason)
        if protocol.stage is Stage.ENDED:
            raise LinkEnded(protocol.reason)
        await self._send_commands(connection, protocol)

    async def _send_commands(self, connection: ClientConnection, protocol: MassiveProtocol) -> None:
        try:
            async with self._sending:
                for command in protocol.commands():
                    async with asyncio.timeout(self._times.dead_after):
                        await connection.send(command, text=True)
        except TimeoutError:
            self._give_up("the feed server takes no commands")
        except ConnectionClosed:
            return  # what the server said before it hung up, perhaps why, is still to be read

    # -- signs of life ------------------------------------------------------------------------

    async def _watch(self) -> None:
        """Send changed subscriptions; give up a connection that is dead or mute."""
        step = min(1.0, self._times.ping_every / 5, self._times.mute_after / 5)
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(step):
                    await self._changed.wait()
            self._changed.clear()
            connection, protocol = self._connection, self._protocol
            if connection is None or self._view.phase is not LinkPhase.UP:
                continue
            with contextlib.suppress(ConnectionClosed):
                self._tell_of_subscription(protocol)
                if connection.transport.get_write_buffer_size() > MAX_UNSENT:
                    self._give_up("the feed server reads nothing that we send")
                await self._send_commands(connection, protocol)
                if not self._patient:  # a feed that waits for us is silent whenever we are slow
                    await self._probe(connection)

    async def _probe(self, connection: ClientConnection) -> None:
        if (mute := self._quiet.overdue(time.monotonic())) is not None:
            self._quiet.alarmed()
            self._known.doubted()
            self._give_up(f"open, but no data for {mute:.0f} s")
            return
        asked, wall = time.monotonic(), time.time()
        if asked - self._heard < self._times.ping_every:
            return
        try:
            async with asyncio.timeout(self._times.dead_after - self._times.ping_every):
                await (await connection.ping())
            self._heard = time.monotonic()
            self._known.answered(wall)
            self._tell_of_life(asked)
        except TimeoutError:
            if self._heard < asked:
                self._give_up(f"no sign of life for {time.monotonic() - self._heard:.0f} s")

    def _tell_of_subscription(self, protocol: MassiveProtocol) -> None:
        """Say what the server made of the subscription: once, until it is another."""
        waited = time.monotonic() - max(self._view.since, self._wanted_at)
        if self._told is protocol or (protocol.unanswered and waited < self._times.ping_every):
            return
        self._told = protocol
        _log_subscription(protocol)

    def _give_up(self, reason: str) -> None:
        self._given_up = reason
        if self._connection is not None:
            self._connection.transport.abort()

    # -- after a connection -------------------------------------------------------------------

    async def _retry(self, reason: str, at_least: float = 0.0) -> None:
        if self._strikes:  # a quick return would evict the other program again
            await self._wait_out_the_cap(reason)
            return
        delay = 0.0
        if not self._nudged.is_set():
            delay = max(self._backoff.next_delay(random.random()), at_least)  # noqa: S311 - jitter
        self._announce_retry(reason, delay)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(delay):
                await self._nudged.wait()

    async def _yield_the_key(self, eviction: LinkCapped) -> None:
        """Try at most once a minute, and after three evictions only when a person says so."""
        self._strikes += 1
        reason = f"another program uses this key ({str(eviction).strip()})"
        if self._strikes >= STRIKES:
            self._enter(LinkPhase.REFUSED, f"{reason}: stop it, then reconnect")
            log.error("link given up after %d evictions: %s", self._strikes, reason)
            await self._nudged.wait()
            self._strikes = 0
        await self._wait_out_the_cap(reason)

    async def _wait_out_the_cap(self, reason: str) -> None:
        """Wait until a minute after the last dial, whatever a person asks for meanwhile."""
        wait = max(self._last_dial + self._times.capped_retry - time.monotonic(), 0.0)
        self._announce_retry(reason, wait)
        await asyncio.sleep(wait)

    def _announce_retry(self, reason: str, delay: float) -> None:
        log.warning("link lost: %s; next try in %.1f s", reason, delay)
        self._enter(LinkPhase.RETRYING, reason, retry_at=time.monotonic() + delay)

    def _loss(self, closed: ConnectionClosed) -> LinkLost:
        if self._given_up is not None:
            return LinkLost(self._given_up)
        if self._protocol.reason:
            return LinkLost(f"closed by the server, {self._protocol.reason}")
        if closed.rcvd is None and closed.sent is None:
            return LinkLost("dropped without a close frame")
        frame = closed.rcvd if closed.rcvd_then_sent else closed.sent
        assert frame is not None  # noqa: S101 - one of the two was just seen to be there
        if frame.code == 1009 and not closed.rcvd_then_sent:
            larger = f"a frame above {self._max_frame // 2**20} MiB"
            self._max_frame = MAX_FRAME_AFTER_1009
            return LinkLost(larger)
        words = clean(redact(frame.reason, self._key), 120)
        return LinkLost(f"closed by the server: {frame.code} {words}".rstrip())

    def _up(self) -> None:
        now, connections = time.monotonic(), self._view.connections + 1
        known_since = self._known.up(now, time.time())
        self._view = replace(self._view, connections=connections, known_since=known_since)
        self._nudged.clear()
        self._enter(LinkPhase.UP, "")
        self._quiet.connected(now)
        log.info("link up: %s, %d symbols asked for", self._view.host, len(self._symbols))

    def _enter(self, phase: LinkPhase, reason: str, retry_at: float | None = None) -> None:
        view = self._view
        is_up, was_up = phase is LinkPhase.UP, view.phase is LinkPhase.UP
        begins = is_up is not was_up or not (view.attempt or view.connections)
        attempt = 0 if is_up else view.attempt + (phase is LinkPhase.CONNECTING)
        self._view = replace(
            view,
            phase=phase,
            since=time.monotonic() if begins else view.since,
            reason=reason,
            attempt=attempt,
            retry_at=retry_at,
            losses=view.losses + (was_up and not is_up),
        )
        self._tell_listener(phase)

    def _tell_listener(self, phase: LinkPhase) -> None:
        """Say what the link's phase means for the ticks; a feed that has ended owes none."""
        if self._listener is None:
            return
        if phase is LinkPhase.UP:
            self._listener.link_up(time.monotonic())
        elif phase is not LinkPhase.ENDED and self._view.connections:
            self._listener.link_lost(self._heard_ticks)
        if phase is LinkPhase.ENDED or self._patient:
            self._listener.alive(math.inf)

    def _tell_of_life(self, at: float) -> None:
        if self._listener is not None:
            self._listener.alive(at)


def _log_subscription(protocol: MassiveProtocol) -> None:
    missing = protocol.unanswered
    if not missing:
        log.info("subscribed to %d symbols", protocol.acknowledged)
        return
    refused = f", {protocol.refused} not authorized" if protocol.refused else ""
    log.warning(
        "subscribed to %d of %d symbols%s; no answer for %s%s",
        protocol.acknowledged,
        protocol.asked,
        refused,
        ", ".join(missing[:10]),
        " …" if len(missing) > 10 else "",
    )
