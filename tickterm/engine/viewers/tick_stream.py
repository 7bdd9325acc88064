"""The stream `ticks`: every tick to the viewers that keep up, the newest of each symbol to others.

No viewer has a queue of its own. One that keeps up is where the stream is, and is sent what comes;
one that is slow stays behind and, when it has room again, gets the newest of each symbol since;
one that resumes gets everything since.
"""

from __future__ import annotations

import time
from collections.abc import Sequence

from tickterm.engine.batch import Batch
from tickterm.engine.viewers.receipts import Receipts
from tickterm.engine.viewers.ring import Ring, Span
from tickterm.engine.viewers.viewer import Viewer, framed
from tickterm.market.contract import encode_ticks

__all__ = ["TickStream"]

PIECE = 2000
"""Ticks of one message, at most: viewers limit the size of what they take."""


class TickStream:
    """Numbers the ticks and sends them. Messages of a viewer continue each other without a gap."""

    def __init__(self, ring: Ring | None = None, receipts: Receipts | None = None) -> None:
        self.ring = ring or Ring()
        self.receipts = receipts or Receipts()
        """How long ticks took to the viewers that keep up."""
        self.last = 0
        """Number of the newest tick that viewers who keep up have been sent."""
        self.conflated = 0
        """Ticks left out for viewers that were slow."""

    def append(self, batch: Batch) -> None:
        """Take the ticks of `batch`; `send_new` sends them."""
        self.ring.append(batch)
        self.receipts.add(batch)

    def send_new(self, viewers: Sequence[Viewer]) -> None:
        """Send what has come since the last time to those that keep up."""
        self.last = max(self.last, self.ring.oldest - 1)  # more has come than the ring holds
        sent = False
        while self.last < self.ring.last:
            span = self.ring.after(self.last, PIECE)
            before, self.last = self.last, span.last
            frame = b""
            for viewer in viewers:
                if viewer.position != before or viewer.is_slow():
                    continue
                if viewer.symbols is None:
                    frame = frame or _frame(span, before, span.last, 0, span.wanted(before, None))
                    viewer.write(frame)
                    viewer.position = viewer.told = span.last
                    sent = True
                else:
                    wanted = span.wanted(before, viewer.symbols)
                    self._send(viewer, span, wanted)
                    sent |= bool(wanted)
        self.receipts.settle(sent=sent)

    def send_piece(self, viewer: Viewer) -> None:
        """Send a viewer that resumes the next of what it missed; nothing is left out.

        Raises:
            LookupError: the ring no longer has it.
        """
        span = self.ring.after(viewer.position, min(PIECE, self.last - viewer.position))
        self._send(viewer, span, span.wanted(viewer.position, viewer.symbols))

    def catch_up(self, viewers: Sequence[Viewer]) -> list[Viewer]:
        """Bring viewers that are behind to where the stream is.

        Returns those that were behind for longer than the ring: they need a snapshot.
        """
        behind = [viewer for viewer in viewers if viewer.position < self.last]
        lost = [viewer for viewer in behind if viewer.position + 1 < self.ring.oldest]
        for viewer in lost:
            self._skip(viewer)
        behind = [viewer for viewer in behind if viewer.position < self.last]
        if behind:
            start = min(viewer.position for viewer in behind)
            span = self.ring.after(start, self.last - start)
            for viewer in behind:
                self._conflate(viewer, span)
        return lost

    def tell(self, viewer: Viewer) -> None:
        """Tell a viewer how far it has come, if its filter let nothing through since it knew."""
        if viewer.told < viewer.position:
            viewer.write(framed(encode_ticks(viewer.told + 1, viewer.position, _wall_ms(), 0, ())))
            viewer.told = viewer.position

    def _conflate(self, viewer: Viewer, span: Span) -> None:
        newest = span.newest(viewer.position, viewer.symbols)
        spared = span.count(viewer.position, viewer.symbols) - len(newest)
        self.conflated += spared
        self._send(viewer, span, newest, spared)

    def _skip(self, viewer: Viewer) -> None:
        """Leave out all that a viewer missed: of a filter nobody knows how many, so at most all."""
        lost = self.last - viewer.position
        self.conflated += lost
        viewer.write(framed(encode_ticks(viewer.told + 1, self.last, _wall_ms(), lost, ())))
        viewer.position = viewer.told = self.last

    def _send(self, viewer: Viewer, span: Span, numbers: list[int], conflated: int = 0) -> None:
        """Send the ticks of `numbers`; they are all that the viewer gets of the span."""
        for start in range(0, len(numbers), PIECE):
            piece = numbers[start : start + PIECE]
            end = span.last if start + PIECE >= len(numbers) else piece[-1]
            viewer.write(_frame(span, viewer.told, end, conflated, piece))
            viewer.told, conflated = end, 0
        viewer.position = span.last


def _frame(span: Span, after: int, last: int, conflated: int, numbers: list[int]) -> bytes:
    received = _wall_ms(span.received(numbers[0]))
    payloads = [span.payload(number) for number in numbers]
    return framed(encode_ticks(after + 1, last, received, conflated, payloads))


def _wall_ms(instant: float | None = None) -> float:
    """Return a monotonic instant, or this moment, as ms UTC."""
    age = 0.0 if instant is None else time.monotonic() - instant
    return (time.time() - age) * 1000.0
