"""What is told of one symbol: its pattern events, and the lines of the log that name it."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Sequence

from tickterm.market.snapshot import Notice, PatternEvent
from tickterm.market.symbols import mention_of
from tickterm.market.text import clean
from tickterm.market.timeframe import Timeframe
from tickterm.ui.draw import numbers
from tickterm.ui.draw.levels import level_look
from tickterm.ui.draw.spans import Line, crop, fit
from tickterm.ui.events.lines import bar_line

__all__ = ["SymbolNotices", "event_list"]

_KEPT = 200
_TIME = 11
_LONGEST = 300


class SymbolNotices:
    """The newest lines of the log that name one symbol, but for those that only debugging needs."""

    def __init__(self) -> None:
        self._symbol = ""
        self._seen = 0
        """Number of the newest line that was looked at."""
        self._kept: deque[Notice] = deque(maxlen=_KEPT)
        self._shown: tuple[Notice, ...] = ()

    def of(self, symbol: str, notices: Sequence[Notice]) -> tuple[Notice, ...]:
        """Return the lines about a symbol, oldest first, with those of `notices` that are new.

        The same object until there is another one.
        """
        if symbol != self._symbol or (notices and notices[-1].number < self._seen):
            self._symbol, self._seen, self._shown = symbol, 0, ()
            self._kept.clear()
        if notices and notices[-1].number > self._seen:
            named = mention_of(symbol)
            new = (n for n in notices if n.number > self._seen and n.level >= logging.INFO)
            fresh = [notice for notice in new if named.search(notice.text)]
            self._seen = notices[-1].number
            if fresh:
                self._kept.extend(fresh)
                self._shown = tuple(self._kept)
        return self._shown


def event_list(
    events: Sequence[PatternEvent],
    notices: Sequence[Notice],
    timeframe: Timeframe,
    newest: int,
    width: int,
    height: int,
    *,
    heading: bool = False,
) -> list[Line]:
    """Return the newest of both by time, of events that of their bar, as `height` lines.

    Events of other timeframes come after all others. What is not of the New York day of `newest`,
    ms UTC, shows its date.
    """
    day = numbers.exchange_time(newest)[: len("2026-06-01")]
    told: list[tuple[bool, int, Notice | PatternEvent]] = [
        *((event.timeframe == timeframe, event.timestamp, event) for event in events),
        *((True, notice.wall_ms, notice) for notice in notices),
    ]
    told.sort(key=lambda one: one[:2], reverse=True)
    head = [crop(((" events", "brand"),), width)] if heading else []
    none = [] if told else [crop(((" no patterns yet", "muted"),), width)]
    shown = [_line(one, width, day) for _, _, one in told[: max(0, height)]]
    lines = [*head, *none, *shown][:height]
    return lines + [crop((), width)] * (height - len(lines))


def _line(one: Notice | PatternEvent, width: int, day: str) -> Line:
    return bar_line(one, width, day) if isinstance(one, PatternEvent) else _log_line(one, width)


def _log_line(notice: Notice, width: int) -> Line:
    letter, role = level_look(notice.level)
    time = numbers.exchange_time(notice.wall_ms)[-_TIME:]
    head = ((" ", "edge"), (f"{time:<{_TIME}}  ", "muted"), (f"{'log':>5}  ", "muted"))
    room = max(0, width - 1 - _TIME - 2 - 7 - 2)
    return crop(
        (*head, (f"{letter} ", role), (fit(clean(notice.text, _LONGEST), room), role)), width
    )
