"""The lines at the bottom: the engine's state in numbers that do not jump about."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from tickterm.market.freshness import FeedState, feed_view
from tickterm.market.snapshot import (
    Attachment,
    DetectionView,
    LinkPhase,
    PerformanceView,
    RedisView,
    Snapshot,
)
from tickterm.market.text import clean
from tickterm.ui.draw import numbers
from tickterm.ui.draw.spans import Line, Span, fit, line_width
from tickterm.ui.edges.header import ROOM_FOR_HOST
from tickterm.ui.edges.status import waiting
from tickterm.ui.events.detection import detection_word
from tickterm.ui.widgets.line_widget import LineWidget

__all__ = ["REFRESH_SECONDS", "WORDS", "StatsFooter", "next_refresh", "stats_lines"]

WORDS = (
    ("p99", "from the feed to Redis, 99 of 100 ticks take less"),
    ("rejects", "ticks of the feed that make no sense, not passed on"),
    ("drops", "ticks that will never reach Redis"),
    ("unsure", "sent, but Redis died before it answered"),
    ("not allowed", "symbols that the feed does not let your key see"),
    ("patterns", "who looks for them: analytics, or its FALLBACK here"),
    ("peak", "the most ticks/s since the engine's start"),
    ("feed", "bytes a second that come from it"),
    ("lag", "how late the engine is at its own work, mostly less"),
    ("attached", "to an engine elsewhere; read-only: may only look"),
    ("behind", "how much later than at its quickest the news comes here"),
    ("ET", "New York time, of bars and charts; all else is local"),
)
"""What labels mean, for the help."""

REFRESH_SECONDS = 0.5
"""Counters that change ten times a second cannot be read."""

_MANY = 1_000
"""Fewer ticks than this come and go in normal work, and would only shift the line."""

_ROOMY = 150
_LONGEST_HOST = 24
_TROUBLE = {"down", "amber"}
_BAD = {LinkPhase.REFUSED, LinkPhase.WAITING_FOR_UNIVERSE}


class _Field(NamedTuple):
    label: str
    value: str
    role: str = "value"
    width: int = 0

    def spans(self) -> tuple[Span, ...]:
        label = (f"{self.label} ", "label") if self.label else ("", "label")
        return (label, (f"{self.value:>{self.width}}", self.role))


def stats_lines(
    snapshot: Snapshot, now: float, width: int, rows: int = 2, trouble: str = ""
) -> list[Line]:
    """Return the statistics at engine time `now` as at most `rows` lines of `width` cells.

    `trouble` names what is wrong with the engine itself; then nothing else here is fresh, and it is
    all grey. Whole fields move to the next line. Where they are too many the reasons go first (the
    log has them), then fields that report no trouble.
    """
    state = _state(snapshot, now, trouble)
    if not snapshot.started:  # whatever else it could say is not yet known
        return _packed([state], width, rows)[0]
    host = _host(snapshot.attachment) if width < ROOM_FOR_HOST else []
    fields = [state, *_fields(snapshot, host, brief=False)]
    if not _packed(fields, width, rows)[1]:
        head, *rest = _fields(snapshot, host, brief=True)
        fields = [state, head, *sorted(rest, key=lambda field: field.role not in _TROUBLE)]
    patterns = _detection(snapshot.detection)
    fields += [field for field in patterns if field.role not in _TROUBLE]
    fields += _spare(snapshot.performance)
    if trouble:
        fields[1:] = [field._replace(role="muted") for field in fields[1:]]
    return _packed(fields, width, rows)[0]


def _packed(fields: Sequence[_Field], width: int, rows: int) -> tuple[list[Line], bool]:
    """Return the lines, and whether all fields found room."""
    between: Span = ("   " if width >= _ROOMY else "  ", "blank")
    lines: list[list[Span]] = [[(" ", "blank")]]
    complete = True
    for number, field in enumerate(fields):
        spans = field.spans()
        gap = [between] if len(lines[-1]) > 1 else []
        if line_width([*lines[-1], *gap, *spans]) > width and number:
            if len(lines) == rows:
                complete = False
                continue
            lines.append([(" ", "blank")])
            gap = []
        lines[-1] += [*gap, *spans]
    return [tuple(line) for line in lines], complete


def _fields(snapshot: Snapshot, host: list[_Field], *, brief: bool) -> list[_Field]:
    counts = snapshot.counts
    return [
        _Field("ticks/s", f"{counts.rate:,.0f}", width=6),
        _Field("ticks", numbers.count(counts.ticks), width=11),
        *_redis(snapshot.redis, brief=brief),
        *_losses(snapshot),
        *_viewers(snapshot, brief=brief),
        *host,
        _Field("lag", numbers.milliseconds(snapshot.counts.loop_lag_p99), width=7),
        *(field for field in _detection(snapshot.detection) if field.role in _TROUBLE),
    ]


def _spare(performance: PerformanceView) -> list[_Field]:
    """Return what there is room for at most: it comes last, so that it moves nothing."""
    if performance.rate_peak_at is None:
        return []
    return [
        _Field("peak", f"{performance.rate_peak:,.0f}", width=6),
        _Field("feed", f"{numbers.size(performance.bytes_rate)}/s", width=9),
    ]


def _host(attachment: Attachment) -> list[_Field]:
    """Return what the screen is attached to, where the header has no room for it."""
    if not attachment.where or not attachment.connected:
        return []
    label = "attached" if attachment.control else "read-only"
    return [_Field(label, fit(clean(attachment.where), _LONGEST_HOST))]


def _state(snapshot: Snapshot, now: float, trouble: str) -> _Field:
    link = snapshot.link
    if not snapshot.started:
        return _Field("", f"○ {trouble or 'STARTING'}", "amber")
    if trouble:
        return _Field("", f"○ {link.feed.value} {trouble}", "down")
    up = link.phase is LinkPhase.UP
    role = "up" if up else "down" if link.phase in _BAD else "amber"
    since = numbers.duration(now - link.since)
    feed = feed_view(snapshot, now)
    word = feed.state.value if feed.is_fresh else link.feed.value
    if feed.state is FeedState.CLOSED:
        word += ", LINK"  # the market is closed, and the link is up
    return _Field("", f"{'●' if up else '○'} {word} {link.phase.value} {since}", role)


def _redis(redis: RedisView, *, brief: bool) -> list[_Field]:
    buffered = waiting(redis)
    shown = buffered > (_MANY if redis.up else 0)
    queue = f" {numbers.count(buffered)} waiting" if shown else ""
    reason = "" if brief else clean(redis.reason, 60)
    if not redis.up:
        return [_Field("redis", f"DOWN{queue} {reason}".rstrip(), "down")]
    state = f"up{' embedded' if redis.embedded else ''}{queue} {reason}".rstrip()
    return [
        _Field("redis", state, "amber" if queue or reason else "up"),
        _Field("p99", numbers.milliseconds(redis.p99), width=7),
    ]


def _viewers(snapshot: Snapshot, *, brief: bool) -> list[_Field]:
    viewers = snapshot.viewers
    if not viewers.listening and viewers.reason:
        reason = "" if brief else clean(viewers.reason, 60)
        return [_Field("viewers", f"OFF {reason}".rstrip(), "down")]
    fields = [_Field("viewers", numbers.count(viewers.viewers), width=2)]
    if viewers.cut:
        fields.append(_Field("cut", numbers.count(viewers.cut), "amber"))
    return fields


def _detection(detection: DetectionView) -> list[_Field]:
    word = detection_word(detection)
    return [_Field("patterns", *word)] if word else []


def _losses(snapshot: Snapshot) -> list[_Field]:
    channels = snapshot.redis.channels.values()
    # Each tick goes to both channels: the worse one says how many ticks somebody misses.
    dropped = max((channel.dropped_total for channel in channels), default=0)
    dropped += snapshot.counts.unpublished
    ambiguous = max((channel.ambiguous for channel in channels), default=0)
    rejected, refused = snapshot.counts.rejected, snapshot.link.refused
    fields = [
        _Field("rejects", numbers.count(rejected), "amber" if rejected else "value", 2),
        _Field("drops", numbers.count(dropped), "down" if dropped else "value", 2),
    ]
    if ambiguous:
        fields.append(_Field("unsure", numbers.count(ambiguous), "amber"))
    if refused:
        fields.append(_Field("not allowed", f"{numbers.count(refused)} symbols", "amber"))
    return fields


def next_refresh(now: float) -> float:
    """Return when to show numbers anew: the same moment for all that show some."""
    return (now // REFRESH_SECONDS + 1) * REFRESH_SECONDS


class StatsFooter(LineWidget):
    """Draws `stats_lines`, twice a second and at once when a state changes."""

    def __init__(self) -> None:
        super().__init__()
        self._shown: tuple[object, ...] = ()
        self._next = float("-inf")

    def show(self, snapshot: Snapshot, now: float, trouble: str = "") -> None:
        """Show the statistics at engine time `now`; `trouble` is the engine's own."""
        states = (
            trouble,
            snapshot.link.phase,
            snapshot.redis.up,
            snapshot.viewers.listening,
            detection_word(snapshot.detection),
            self.size,
        )
        if states == self._shown and self._next - REFRESH_SECONDS <= now < self._next:
            return
        self._shown, self._next = states, next_refresh(now)
        width, rows = self.size.width, max(1, self.size.height)
        self.set_lines(stats_lines(snapshot, now, width, rows, trouble))
