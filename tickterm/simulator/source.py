"""Where the simulated feed's data comes from."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing, closing
from itertools import islice
from pathlib import Path
from typing import Any, Protocol

import orjson

from tickterm.errors import RecordingError
from tickterm.market.text import clean
from tickterm.simulator.control import Subscriptions
from tickterm.simulator.recording import Frame, frame_time, read_frames

__all__ = ["FrameSource", "RecordedSource"]

log = logging.getLogger(__name__)

_SETTLE = 0.05
"""Seconds without a new subscription after which a recording starts: clients subscribe to a large
universe in several messages, and what they name last must not miss the beginning."""

_PEEK = 200
"""Frames looked at to learn which channels a recording has."""

_TURN = 64
"""Frames passed over before the loop gets a turn."""


class FrameSource(Protocol):
    """Makes the data frames of one connection after another."""

    @property
    def prefixes(self) -> frozenset[str]:
        """The channels on offer; the others are answered `not authorized`."""

    @property
    def waits(self) -> bool:
        """Whether a slow client is waited for; else it is a slow consumer and cut off."""

    def frames(self, wanted: Subscriptions) -> AsyncGenerator[bytes, None]:
        """Yield data frames that hold only what is `wanted`; returning ends the connection."""


class RecordedSource:
    """A recording, from its start for every connection, paced by its own `e` (else `t`) times.

    `speed` 1 is real time, 10 is ten times faster, 0 is as fast as the client reads. The time
    before the first frame that matches a subscription is passed over. A frame that is wanted whole
    keeps its bytes. With `loop` it begins again at its end. Raises RecordingError, at once where
    the first frames are unreadable.
    """

    waits = True

    def __init__(self, path: str | Path, speed: float = 1.0, *, loop: bool = False) -> None:
        self._path = path
        self._speed = speed
        self._loop = loop
        self.prefixes = _channels(path)

    async def frames(self, wanted: Subscriptions) -> AsyncGenerator[bytes, None]:
        """Yield the recording's frames, cut down to what is wanted."""
        complained = False
        while True:
            await _settled(wanted)
            matched = False
            async with aclosing(self._once(wanted)) as frames:
                async for frame in frames:
                    matched = True
                    yield frame
            if matched and not self._loop:
                return
            if not matched:
                if not complained and not wanted.changed.is_set():
                    name = clean(str(self._path), 200)
                    log.warning("recording %s has nothing of what is subscribed", name)
                    complained = True
                await wanted.changed.wait()

    async def _once(self, wanted: Subscriptions) -> AsyncGenerator[bytes, None]:
        pace = _Pace(self._speed)
        begun = False
        with closing(read_frames(self._path)) as frames:
            for number, frame in enumerate(frames):
                if number % _TURN == 0:
                    await asyncio.sleep(0)
                    if not begun and wanted.changed.is_set():
                        return  # nothing matched yet: the new subscription starts at the top
                payload = _selected(frame, wanted)
                if payload is None:
                    continue
                begun = True
                if await pace.wait(frame_time(frame.elements)):
                    payload = _selected(frame, wanted)
                if payload is not None:
                    yield payload


class _Pace:
    """Turns the recording's clock into the loop's."""

    def __init__(self, speed: float) -> None:
        self._speed = speed
        self._origin: float | None = None

    async def wait(self, ms: float | None) -> bool:
        """Wait until the time `ms` has come; say whether that took any waiting."""
        if not self._speed or ms is None:
            return False
        now = asyncio.get_running_loop().time()
        at = ms / 1000 / self._speed
        if self._origin is None:
            self._origin = now - at
        left = self._origin + at - now
        if left <= 0:
            return False
        await asyncio.sleep(left)
        return True


async def _settled(wanted: Subscriptions) -> None:
    while not wanted:
        wanted.changed.clear()
        await wanted.changed.wait()
    while True:
        wanted.changed.clear()
        try:
            async with asyncio.timeout(_SETTLE):
                await wanted.changed.wait()
        except TimeoutError:
            return


def _selected(frame: Frame, wanted: Subscriptions) -> bytes | None:
    kept = [element for element in frame.elements if _is_wanted(element, wanted)]
    if not kept:
        return None
    return frame.line if len(kept) == len(frame.elements) else orjson.dumps(kept)


def _is_wanted(element: Any, wanted: Subscriptions) -> bool:
    if not isinstance(element, dict):
        return False
    ticker = element.get("sym") or element.get("pair") or element.get("T")
    return wanted.wants(element.get("ev"), ticker)


def _channels(path: str | Path) -> frozenset[str]:
    seen, empty = {"A"}, True
    with closing(read_frames(path)) as frames:
        for frame in islice(frames, _PEEK):
            empty = False
            seen.update(_prefixes(frame))
    if empty:
        raise RecordingError(f"recording {clean(str(path), 200)} has no frames")
    return frozenset(seen)


def _prefixes(frame: Frame) -> Iterator[str]:
    for element in frame.elements:
        if isinstance(element, dict) and isinstance(element.get("ev"), str):
            yield element["ev"]
