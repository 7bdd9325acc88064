"""The line at the top: what this is, where its ticks come from, and how one looks at them."""

from __future__ import annotations

from typing import NamedTuple

from tickterm.market.snapshot import Feed, Snapshot
from tickterm.market.text import clean
from tickterm.ui import numbers
from tickterm.ui.line_widget import LineWidget
from tickterm.ui.order import Sort
from tickterm.ui.spans import Line, Span, fit, justify, line_width

__all__ = ["Header", "View", "header_line"]

_BADGES = {
    Feed.LIVE: "badge-live",
    Feed.SIMULATED: "badge-simulated",
    Feed.REPLAY: "badge-replay",
}
_ROOM_FOR_NAME = 12
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


def header_line(snapshot: Snapshot, view: View, wall_ms: int, width: int) -> Line:
    """Return the header; at small widths the clock, the sort and the name go, in this order."""
    feed = snapshot.link.feed
    badge = (f" {feed.value} ", "badge-bad" if view.stale else _BADGES[feed])
    if not snapshot.started:  # the engine has not yet said what its feed is
        badge = ("", "blank")
    left: list[Span] = [(" tickterm ", "brand"), badge, ("  ", "blank")]
    right = _right(view, wall_ms)
    while len(right) > 1 and line_width([*left, *_flat(right)]) + _ROOM_FOR_NAME > width:
        right.pop()
    room = width - line_width([*left, *_flat(right)]) - 1
    return justify([*left, *_universe(snapshot, room)], _flat(right), width)


def _right(view: View, wall_ms: int) -> list[list[Span]]:
    """Return the groups at the right end, most important first."""
    groups: list[list[Span]] = [[]]
    if view.paused:
        groups.append([(" PAUSED ", "badge-plain"), ("  ", "blank")])
    if view.found:
        groups.append([("find ", "label"), (fit(clean(view.found), 16), "match"), ("  ", "blank")])
    usual = view.sort is Sort.UNIVERSE and not view.reverse
    arrow = "↑" if view.reverse else "↓"
    text = view.sort.value if usual else f"{view.sort.value} {arrow}"
    groups.append([("sort ", "label"), (text, "muted" if usual else "value"), ("  ", "blank")])
    groups.append([(numbers.clock(wall_ms), "value"), (" ", "blank")])
    return groups


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
    """Draws `header_line`."""

    def show(self, snapshot: Snapshot, view: View, wall_ms: int) -> None:
        """Show the header of this moment; `wall_ms` is the engine's wall clock now."""
        self.set_lines([header_line(snapshot, view, wall_ms, self.size.width)])
