"""PatternNews: the pattern events that each viewer has not been sent yet."""

from __future__ import annotations

from collections.abc import Iterable

from tickterm.engine.viewers.viewer import Viewer, framed
from tickterm.market.contract import Patterns, encode
from tickterm.market.snapshot import PatternEvent

__all__ = ["PatternNews"]

BACKLOG = 200
"""Events that a viewer gets of the time before it came."""
EVENTS_A_MESSAGE = 100
"""At most: viewers limit the size of what they take."""


class PatternNews:
    """Knows the newest events; a slow viewer gets them later, as long as they are kept."""

    def __init__(self) -> None:
        self._events: tuple[PatternEvent, ...] = ()
        self._frames: dict[int, list[bytes]] = {}
        """Number of the newest event that a viewer without a filter knows -> what it gets."""

    def show(self, events: tuple[PatternEvent, ...], viewers: Iterable[Viewer]) -> None:
        """Take the newest events, oldest first; send viewers what they have not been sent."""
        if events is not self._events:
            self._events = events
            self._frames.clear()
        for viewer in viewers:
            self._send(viewer)

    def greet(self, viewer: Viewer) -> None:
        """Send the newest of the events before the viewer came."""
        if self._events:
            wanted = _of_filter(self._events, viewer)[-BACKLOG:]
            viewer.write(*_messages(wanted, 0))
            viewer.pattern = self._events[-1].number

    def _send(self, viewer: Viewer) -> None:
        if not self._events or viewer.pattern >= self._events[-1].number or viewer.is_slow():
            return
        if viewer.symbols is not None:
            viewer.write(*self._after(viewer))
        else:
            if viewer.pattern not in self._frames:
                self._frames[viewer.pattern] = self._after(viewer)
            viewer.write(*self._frames[viewer.pattern])
        viewer.pattern = self._events[-1].number

    def _after(self, viewer: Viewer) -> list[bytes]:
        new = tuple(event for event in self._events if event.number > viewer.pattern)
        missed = new[-1].number - viewer.pattern - len(new)
        return _messages(_of_filter(new, viewer), missed)


def _of_filter(events: tuple[PatternEvent, ...], viewer: Viewer) -> list[PatternEvent]:
    symbols = viewer.symbols
    return [event for event in events if symbols is None or event.symbol in symbols]


def _messages(events: list[PatternEvent], missed: int) -> list[bytes]:
    size = EVENTS_A_MESSAGE
    pieces = [events[n : n + size] for n in range(0, len(events), size)] or [[]] * bool(missed)
    messages = [Patterns(piece, 0 if n else missed) for n, piece in enumerate(pieces)]
    return [framed(encode(message)) for message in messages]
