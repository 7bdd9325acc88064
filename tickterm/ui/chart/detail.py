"""One symbol closely: its day, candles, tape, and what is told of it; with a crosshair."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tickterm.market.freshness import NEVER, Freshness, state_of
from tickterm.market.row_fields import tick_rate
from tickterm.market.timeframe import Timeframe
from tickterm.ui.chart.chart import columns, drawable, pointed_candle
from tickterm.ui.chart.crosshair import NEWEST, Sight, values_text
from tickterm.ui.chart.day_statistics import statistics_text
from tickterm.ui.chart.lines import TIMEFRAMES, Look, detail_lines
from tickterm.ui.chart.places import Places, places_for
from tickterm.ui.events.symbol_events import SymbolNotices
from tickterm.ui.widgets.line_widget import LineWidget

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual import events
    from textual.geometry import Size

    from tickterm.market.snapshot import Chart, Row, Snapshot
    from tickterm.ui.events.buffer import EventBuffer

__all__ = ["DetailView"]


class DetailView(LineWidget, can_focus=True):
    """Draws `detail_lines` of one symbol whenever something in them has changed."""

    def __init__(self, buffer: EventBuffer) -> None:
        super().__init__()
        self.symbol = ""
        """Empty while no symbol is looked at closely."""
        self.timeframe = Timeframe.M1
        self._buffer = buffer
        self._notices = SymbolNotices()
        self._sight = NEWEST
        self._look = Look("")
        self._said: Chart | None = None
        self._chart: Chart | None = None
        """What was said last of the chart, and what of it is drawable."""
        self._drawn: tuple[Look, Size] | None = None
        self._place = 0
        """Where the symbol's row was last."""

    @property
    def wanted(self) -> tuple[str | None, Timeframe]:
        """The symbol whose candles are needed, if any, and their timeframe."""
        return self.symbol or None, self.timeframe

    @property
    def has_crosshair(self) -> bool:
        """Whether the crosshair is on a candle, or the newest one out of sight."""
        return self._sight != NEWEST

    def choose_timeframe(self, name: str) -> None:
        """Choose the timeframe of this name, if it is one."""
        if name in TIMEFRAMES:
            self.timeframe = Timeframe(name)

    def step_timeframe(self, steps: int) -> None:
        """Choose a longer timeframe, or a shorter one, as far as there are any."""
        place = TIMEFRAMES.index(self.timeframe) + steps
        self.timeframe = TIMEFRAMES[max(0, min(place, len(TIMEFRAMES) - 1))]

    def show(self, snapshot: Snapshot, now: float, *, since: float, frozen: bool = False) -> None:
        """Show the symbol as it is at engine time `now`; frozen, once it has a chart.

        `since` is what `known_since` returned.
        """
        before = self._look
        if before.symbol != self.symbol:
            self._sight = NEWEST
        notices = self._notices.of(self.symbol, snapshot.notices)
        if frozen and before.has_chart and (before.symbol, before.timeframe) == self.wanted:
            self._look = before._replace(state=_state(before.row, now, since))
        else:
            look = self._looked_at(snapshot, now)
            self._look = look._replace(state=_state(look.row, now, since), notices=notices)
        self._draw()

    def move_crosshair(self, steps: int) -> None:
        """Move the crosshair to the right, or to the left, as far as there are candles."""
        sight = self._sight.moved(self._starts, steps, self._columns)
        self._see(sight)

    def drop_crosshair(self) -> None:
        """Take the crosshair away and go back to the newest candle."""
        self._see(NEWEST)

    def copied(self) -> tuple[str, str]:
        """Return what is worth copying and what it is: the crosshair's candle, else the day."""
        candles = self._look.shown.candles
        place = self._sight.marked(self._starts, self._columns)
        if place is not None:
            before = candles[place - 1] if place else None
            values = values_text(candles[place], before, self._look.timeframe)
            return f"{self.symbol}  {values}", f"candle of {self.symbol}"
        if self._look.row is None:
            return self.symbol, self.symbol
        return statistics_text(self._look.row, self._look.age), f"day of {self.symbol}"

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """Let the crosshair go with the mouse."""
        self._see(self._sight._replace(pointed=self._pointed(event)))

    def on_click(self, event: events.Click) -> None:
        """Leave the crosshair here."""
        pointed = self._pointed(event)
        if pointed is not None:
            sight = self._sight._replace(pointed=pointed)
            self._see(sight.moved(self._starts, 0, self._columns))

    def on_leave(self) -> None:
        """Take the crosshair back to where it was left."""
        self._see(self._sight._replace(pointed=None))

    def on_resize(self) -> None:
        """Fit the chart."""
        self._draw()

    @property
    def _starts(self) -> list[int]:
        return [candle.start for candle in self._look.shown.candles]

    @property
    def _columns(self) -> int:
        return columns(self._places.chart.width)

    @property
    def _places(self) -> Places:
        return places_for(self.size.width, max(0, self.size.height - 1))

    def _pointed(self, event: events.MouseEvent) -> int | None:
        """Return which candle, from the right end, the mouse is over."""
        places = self._places
        top = 1 + places.statistics + places.values
        inside = top <= event.y < top + places.chart.height
        return pointed_candle(event.x, places.chart.width) if inside else None

    def _looked_at(self, snapshot: Snapshot, now: float) -> Look:
        row = self._row_of(snapshot.rows)
        age = 0
        if row is not None:
            age = int(max(0.0, now - row.updated))
            row = row._replace(minute_ticks=tick_rate(row, now))
        if snapshot.chart is not self._said:
            self._said = snapshot.chart
            self._chart = None if self._said is None else drawable(self._said)
        look = Look(self.symbol, self.timeframe, row, self._chart, age=age)
        return look if look.has_chart else look._replace(recent=self._buffer.of(self.symbol))

    def _row_of(self, rows: Sequence[Row]) -> Row | None:
        """Return the symbol's row: there are thousands, and it is where it was."""
        if self._place >= len(rows) or rows[self._place].symbol != self.symbol:
            places = (place for place, row in enumerate(rows) if row.symbol == self.symbol)
            self._place = next(places, len(rows))
        return rows[self._place] if self._place < len(rows) else None

    def _see(self, sight: Sight) -> None:
        if sight != self._sight:
            self._sight = sight
            self._draw()

    def _draw(self) -> None:
        self._look = self._look._replace(sight=self._sight)
        drawn = (self._look, self.size)
        if drawn != self._drawn:
            self._drawn = drawn
            self.set_lines(detail_lines(self._look, self.size.width, self.size.height))


def _state(row: Row | None, now: float, since: float) -> Freshness:
    if row is None:
        return Freshness.STALE if since == NEVER else Freshness.LIVE
    return state_of(row, now, since)
