"""The line at the top: what this is, where its ticks come from, and how one looks at them."""

from __future__ import annotations

from typing import NamedTuple

from tickterm.market.freshness import FeedState, FeedView
from tickterm.market.snapshot import Attachment, Feed, Snapshot
from tickterm.market.text import clean
from tickterm.ui.board.order import Sort
from tickterm.ui.draw import numbers
from tickterm.ui.draw.spans import Line, Span, fit, justify, line_width
from tickterm.ui.edges.status import feed_words
from tickterm.ui.widgets.line_widget import LineWidget

__all__ = ["ROOM_FOR_HOST", "Header", "View", "feed_badge", "header_line", "shown_time"]

_BADGES = {
    FeedState.LIVE: "badge-live",
    FeedState.DELAYED: "badge-delayed",
    FeedState.SIMULATED: "badge-simulated",
    FeedState.REPLAY: "badge-replay",
    FeedState.CLOSED: "badge-closed",
    FeedState.REFUSED: "badge-error",
    FeedState.NO_UNIVERSE: "badge-error",
    FeedState.NO_ANSWER: "badge-error",
    FeedState.NO_ENGINE: "badge-error",
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
    frozen: bool = False
    """Whether the order stays as it is."""
    passing: str = ""
    """How many symbols pass the filter; empty without one."""
    badge: Span = ("", "blank")
    """What the feed is."""
    behind: float = 0.0
    """Seconds by which what comes from an engine elsewhere is late."""
    fps: float = 0.0
    """Looks a second, where the terminal does not bear as many as it should; else 0."""
    group: str = ""
    """Digit and name of the group that is shown; empty while all symbols are."""
    size: str = ""
    """How many symbols it has."""


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


def feed_badge(snapshot: Snapshot, feed: FeedView, trouble: str = "") -> Span:
    """Return the feed's state as a badge; `trouble` names what is wrong with the engine itself.

    What is no real market keeps its name in every state.
    """
    if trouble and trouble != feed.state:
        return (f" {trouble} ", "badge-error")
    words = feed_words(feed)
    if not feed.is_fresh and snapshot.started and snapshot.link.feed is not Feed.LIVE:
        words = f"{snapshot.link.feed.value} {words}"
    return (f" {words} ", _BADGES.get(feed.state, "badge-bad"))


def header_line(snapshot: Snapshot, view: View, time: str, width: int) -> Line:
    """Return the header; at small widths the time, the sort and the name go, in this order."""
    left: list[Span] = [(" tickterm ", "brand"), view.badge, ("  ", "blank")]
    right = _right(snapshot.attachment, view, time, width)
    while len(right) > 1 and line_width([*left, *_flat(right)]) + _ROOM_FOR_NAME > width:
        right.pop()
    room = width - line_width([*left, *_flat(right)]) - 2
    return justify([*left, *_shown(snapshot, view, room)], _flat(right), width)


def _right(attachment: Attachment, view: View, time: str, width: int) -> list[list[Span]]:
    """Return the groups at the right end, most important first."""
    groups: list[list[Span]] = [_behind(view.behind)]
    if view.paused:
        groups.append([(" PAUSED ", "badge-plain"), ("  ", "blank")])
    if view.fps:
        groups.append([(f"{view.fps:g} fps", "amber"), ("  ", "blank")])
    if view.frozen:
        groups.append([(" FROZEN ", "badge-plain"), ("  ", "blank")])
    if view.passing:
        groups.append([("filter ", "label"), (view.passing, "amber"), ("  ", "blank")])
    if view.found:
        groups.append([("find ", "label"), (fit(clean(view.found), 16), "match"), ("  ", "blank")])
    usual = view.sort is Sort.UNIVERSE and not view.reverse
    arrow = view.sort.arrow(reverse=view.reverse)
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


def _shown(snapshot: Snapshot, view: View, room: int) -> list[Span]:
    """Return what is on the board: a group, or the universe."""
    universe = snapshot.universe
    if view.group:
        return _named(view.group, view.size, room)
    if not universe.name:
        return []
    full = clean(universe.name)
    size = f"{numbers.count(universe.size)} symbol{'' if universe.size == 1 else 's'}"
    if len(full) + 1 + len(size) > room:
        size = numbers.count(universe.size)
    return _named(full, size, room)


def _named(full: str, size: str, room: int) -> list[Span]:
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
