"""The line at the top: what this is, where its ticks come from, and how one looks at them."""

from __future__ import annotations

from typing import NamedTuple

from tickterm.market.snapshot import Attachment, Feed, Snapshot
from tickterm.market.text import clean
from tickterm.ui import numbers
from tickterm.ui.line_widget import LineWidget
from tickterm.ui.order import Sort
from tickterm.ui.spans import Line, Span, fit, justify, line_width

__all__ = ["ROOM_FOR_HOST", "Header", "View", "header_line", "shown_time"]

_BADGES = {
    Feed.LIVE: "badge-live",
    Feed.SIMULATED: "badge-simulated",
    Feed.REPLAY: "badge-replay",
}
TIME_MS = 500
"""How long a time stays on show before it is looked up again."""

BEHIND_SECONDS = 0.5
"""What is later than this is worth a warning: what is on show is no longer now."""
ROOM_FOR_HOST = 120
"""Cells from which the header says what the screen is attached to; below, the statistics do."""

_ROOM_FOR_NAME = 12
_LONGEST_HOST = 32
_SHORTEST_NAME = 8
"""Of a longer name, less than this is not worth showing."""


class View(NamedTuple):
    """How the person looks at the board."""

    sort: Sort = Sort.UNIVERSE
    reverse: bool = False
    found: str = ""
    paused: bool = False
    stale: bool = False
    """Whether the link is down, so that nothing on the board is fresh."""
    behind: float = 0.0
    """Seconds by which what comes from an engine elsewhere is late."""


def shown_time(snapshot: Snapshot, wall_ms: int) -> str:
    """Return the time of day, or how far a recording has come.

    Empty before its first bar, and while nothing is known of the engine, its clock included.
    """
    if not snapshot.started:
        return ""
    if snapshot.link.feed is not Feed.REPLAY:
        return numbers.clock(wall_ms)
    newest = max((row.timestamp for row in snapshot.rows), default=0)
    return numbers.exchange_time(newest) if newest else ""


def header_line(snapshot: Snapshot, view: View, time: str, width: int) -> Line:
    """Return the header; at small widths the time, the sort and the name go, in this order."""
    feed = snapshot.link.feed
    badge = (f" {feed.value} ", "badge-bad" if view.stale else _BADGES[feed])
    if not snapshot.started:  # the engine has not yet said what its feed is
        badge = ("", "blank")
    left: list[Span] = [(" tickterm ", "brand"), badge, ("  ", "blank")]
    right = _right(snapshot.attachment, view, time, width)
    while len(right) > 1 and line_width([*left, *_flat(right)]) + _ROOM_FOR_NAME > width:
        right.pop()
    room = width - line_width([*left, *_flat(right)]) - 2
    return justify([*left, *_universe(snapshot, room)], _flat(right), width)


def _right(attachment: Attachment, view: View, time: str, width: int) -> list[list[Span]]:
    """Return the groups at the right end, most important first."""
    groups: list[list[Span]] = [_behind(view.behind)]
    if view.paused:
        groups.append([(" PAUSED ", "badge-plain"), ("  ", "blank")])
    if view.found:
        groups.append([("find ", "label"), (fit(clean(view.found), 16), "match"), ("  ", "blank")])
    usual = view.sort is Sort.UNIVERSE and not view.reverse
    arrow = "↑" if view.reverse else "↓"
    text = view.sort.value if usual else f"{view.sort.value} {arrow}"
    groups.append([("sort ", "label"), (text, "muted" if usual else "value"), ("  ", "blank")])
    if width >= ROOM_FOR_HOST:
        groups.append(_host(attachment))
    groups.append([(time, "value"), (" ", "blank")])
    return groups


def _behind(seconds: float) -> list[Span]:
    if seconds <= BEHIND_SECONDS:
        return []
    shown = f"{seconds:.1f}" if seconds < 99.95 else f"{min(seconds, 9_999):.0f}"
    return [(f"{shown} s behind", "amber"), ("  ", "blank")]


def _host(attachment: Attachment) -> list[Span]:
    if not attachment.where or not attachment.connected:
        return []
    host = fit(clean(attachment.where), _LONGEST_HOST)
    may = [] if attachment.control else [(" read-only", "muted")]
    return [("attached ", "label"), (host, "value"), *may, ("  ", "blank")]


def _flat(groups: list[list[Span]]) -> list[Span]:
    return [span for group in groups for span in group]


def _universe(snapshot: Snapshot, room: int) -> list[Span]:
    universe = snapshot.universe
    if not universe.name:
        return []
    full = clean(universe.name)
    size = f"{numbers.count(universe.size)} symbol{'' if universe.size == 1 else 's'}"
    if len(full) + 1 + len(size) > room:
        size = numbers.count(universe.size)
    name = fit(full, room - len(size) - 1)
    if name != full and len(name) < _SHORTEST_NAME:
        return [(size, "muted")] if len(size) <= room else []
    return [(name, "value"), (" ", "blank"), (size, "muted")]


class Header(LineWidget):
    """Draws `header_line`; asks for times twice a second: one may look at every row, and a delay
    that changes ten times a second cannot be read."""

    def __init__(self) -> None:
        super().__init__()
        self._time = ""
        self._behind = 0.0
        self._timed: tuple[Feed, int] | None = None

    def show(self, snapshot: Snapshot, view: View, wall_ms: int) -> None:
        """Show the header of this moment; `wall_ms` is the engine's wall clock now."""
        timed = (snapshot.link.feed, wall_ms // TIME_MS)
        if timed != self._timed:
            self._timed, self._time = timed, shown_time(snapshot, wall_ms)
            self._behind = snapshot.attachment.behind
        view = view._replace(behind=self._behind)
        self.set_lines([header_line(snapshot, view, self._time, self.size.width)])
