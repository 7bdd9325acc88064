"""What can be seen of a screen after a key: checks for the table of cases."""

from __future__ import annotations

from collections.abc import Callable

from textual.containers import VerticalScroll
from textual.widgets import Input

from tests.ui.driving import Driver
from tests.ui.fake_engine import SYMBOLS
from tickterm.market.contract import AlertWish, Wish
from tickterm.market.timeframe import Timeframe

__all__ = [
    "Check",
    "asked_for",
    "asks",
    "both",
    "chart_of",
    "crosshair_at",
    "entry_marked",
    "event_marked",
    "heads",
    "help_at",
    "hides",
    "left",
    "line_marked",
    "log_follows",
    "log_is_unmarked",
    "marked",
    "marks_fired",
    "off",
    "on",
    "ordered",
    "shows",
    "told",
    "wished",
]

Check = Callable[[Driver], bool]


def shows(text: str) -> Check:
    """Say whether a text is on the screen."""
    return lambda d: text in d.text()


def hides(text: str) -> Check:
    return lambda d: text not in d.text()


def heads(text: str) -> Check:
    """Say whether a text is in the top line."""
    return lambda d: text in d.lines()[0]


def marked(place: int) -> Check:
    """Say whether the board marks the symbol at a place of the usual order."""
    return lambda d: d.board.cursor_symbol == SYMBOLS[place]


def line_marked(place: int) -> Check:
    """Say whether the log marks the line at a place."""
    return lambda d: d.log_pane.view.marked == d.log_pane.view.shown[place]


def event_marked(number: int) -> Check:
    def check(d: Driver) -> bool:
        event = d.app.dashboard.panes.events.view.marked
        return event is not None and event.number == number

    return check


def entry_marked(text: str) -> Check:
    """Say whether a dialog marks the line that begins with a text."""
    return lambda d: any(f"│ ▌ {text}" in line for line in d.lines())


def marks_fired(d: Driver) -> bool:
    """Say whether the dialog of alerts marks what has fired."""
    return any("│ ▌ " in line and "META passed 1" in line for line in d.lines())


def help_at(line: int) -> Check:
    """Say whether the help begins with a line, -1: ends with its last one."""

    def check(d: Driver) -> bool:
        box = d.app.screen.query_one(VerticalScroll)
        return box.scroll_offset.y == (line if line >= 0 else box.max_scroll_y)

    return check


def chart_of(symbol: str) -> Check:
    """Say whether the chart of a symbol is on the screen."""
    return lambda d: " tape " in d.text() and d.lines()[1].startswith(f" {symbol}  ")


def asked_for(timeframe: Timeframe) -> Check:
    """Say whether the engine was asked for such candles last."""
    return lambda d: d.engine.charts[-1] == ("AAPL", timeframe)


def crosshair_at(time: str) -> Check:
    def check(d: Driver) -> bool:
        return d.app.dashboard.detail.has_crosshair and d.lines()[3].startswith(f" {time} ")

    return check


def ordered(*symbols: str) -> Check:
    return lambda d: tuple(d.board.symbols) == symbols


def on(screen: type) -> Check:
    return lambda d: isinstance(d.app.screen, screen)


def off(screen: type) -> Check:
    """Say whether a dialog is gone, and the app is not."""
    return lambda d: not isinstance(d.app.screen, screen) and not d.engine.stops


def asks(title: str) -> Check:
    """Say whether there is the line for typing, with this question."""
    return lambda d: isinstance(d.app.focused, Input) and d.lines()[-1].startswith(f" {title} ")


def told(text: str) -> Check:
    """Say whether a message was shown."""
    return lambda d: any(text in each.message for each in d.app._notifications)


def wished(wish: Wish | AlertWish) -> Check:
    """Say whether this is all that was wished of the engine."""
    return lambda d: d.engine.wishes == [wish]


def both(one: Check, other: Check) -> Check:
    return lambda d: one(d) and other(d)


def left(d: Driver) -> bool:
    """Say whether the app has ended, and the engine with it."""
    return bool(d.engine.stops) and not d.app.is_running and d.app.return_code == 0


def log_follows(d: Driver) -> bool:
    return d.log_pane.view.following


def log_is_unmarked(d: Driver) -> bool:
    return d.log_pane.view.marked is None
