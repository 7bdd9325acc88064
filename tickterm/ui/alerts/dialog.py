"""The list of alerts: what is waited for, and below it what has fired, newest first."""

from __future__ import annotations

import enum
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, ClassVar, NamedTuple

from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen

from tickterm.market.alerts import AlertRule, FiredAlert
from tickterm.ui.alerts.lines import counted, fired_line, heading_line, rule_line
from tickterm.ui.draw import numbers
from tickterm.ui.draw.spans import Line, crop
from tickterm.ui.widgets.line_widget import LineWidget

if TYPE_CHECKING:
    from textual import events
    from textual.app import ComposeResult

__all__ = ["AlertChoice", "AlertDeed", "AlertScreen", "AlertsNow", "alert_lines"]

WIDEST, HIGHEST = 96, 36
"""Cells and lines of the list, frame included, where there is room for more."""
_FRAME_WIDTH, _FRAME_HEIGHT = 4, 2
_HEADINGS = 3
"""Lines that are no entries: two headings, and a blank one between the lists."""
_SPARE = 8
"""Lines for what fires while the list is open: it does not grow."""
_LOOK_AGAIN = 0.2
"""Seconds between looks: alerts fire, and another screen may change them."""


class AlertDeed(enum.Enum):
    """What is to be done."""

    ADD = "add"
    REMOVE = "remove"
    CHART = "chart"


class AlertChoice(NamedTuple):
    """What was chosen, and of which entry."""

    deed: AlertDeed
    entry: AlertRule | FiredAlert | None


class AlertsNow(NamedTuple):
    """What there is at a moment."""

    rules: Sequence[AlertRule]
    fired: Sequence[FiredAlert]
    """Newest first."""
    today: str
    """As `numbers.local_day` has it."""

    @property
    def entries(self) -> list[AlertRule | FiredAlert]:
        """All that can be marked, as they stand below each other."""
        return [*self.rules, *self.fired]


def alert_lines(alerts: AlertsNow, marked: int, width: int, height: int) -> list[Line]:
    """Return both lists in `height` lines; of the longer ones what is around the mark."""
    room = max(2, height - _HEADINGS)
    above = min(len(alerts.rules), max(room - max(1, len(alerts.fired)), room // 2), room - 1)
    above = max(1, above)
    counts = counted(alerts.fired)
    rules = [
        rule_line(rule, width, counts.get(rule.id, 0), marked=place == marked)
        for place, rule in enumerate(alerts.rules)
    ]
    fired = [
        fired_line(alert, width, alerts.today, marked=place == marked)
        for place, alert in enumerate(alerts.fired, len(alerts.rules))
    ]
    lines = [
        heading_line("waiting for", _told(alerts.rules, "alert"), width),
        *_window(rules or [_hint("no alerts: n sets one", width)], marked, above, width),
        crop((), width),
        heading_line("fired", f"{_told(alerts.fired, 'time')}, newest first", width),
        *_window(
            fired or [_hint("none yet", width)], marked - len(alerts.rules), room - above, width
        ),
    ]
    return lines[:height]


def _window(lines: Sequence[Line], marked: int, room: int, width: int) -> list[Line]:
    """Return `room` lines of a list with the marked one among them."""
    first = max(0, min(marked - room // 2, len(lines) - room))
    shown = list(lines[first : first + room])
    return shown + [crop((), width)] * (room - len(shown))


def _told(entries: Sequence[object], noun: str) -> str:
    return f"{numbers.count(len(entries))} {noun}{'' if len(entries) == 1 else 's'}"


def _hint(text: str, width: int) -> Line:
    return crop(((f"   {text}", "muted"),), width)


class AlertScreen(ModalScreen[AlertChoice | None]):
    """Rules and what fired; what is chosen is done after the list has closed."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "move(-1)", "up", id="alerts.up", tooltip="Mark the entry above"),
        Binding("down,j", "move(1)", "down", id="alerts.down", tooltip="Mark the entry below"),
        Binding("home,g", "move(-1000000)", "first", id="alerts.first", tooltip="Mark the first"),
        Binding("end,G,shift+g", "move(1000000)", "last", id="alerts.last", tooltip="The last"),
        Binding("n,a", "choose('ADD')", "new", id="alerts.add", tooltip="Set an alert"),
        Binding(
            "x,d", "choose('REMOVE')", "remove", id="alerts.remove", tooltip="Remove the alert"
        ),
        Binding("enter", "choose('CHART')", "chart", id="alerts.chart", tooltip="Show its chart"),
        Binding("escape,q,A,shift+a", "dismiss", "Close", id="alerts.close", tooltip="Close"),
    ]

    def __init__(self, alerts: Callable[[], AlertsNow]) -> None:
        """Take what gives the alerts of the moment."""
        super().__init__()
        self._alerts = alerts
        self._marked = 0
        self._height = 0
        """Lines of both lists."""
        self._lines = LineWidget()
        self._box = Vertical(self._lines, id="alerts")

    def compose(self) -> ComposeResult:
        """Put the lists into their frame."""
        self._box.border_title = Content("alerts")
        yield self._box

    def on_mount(self) -> None:
        """Follow what fires."""
        self.set_interval(_LOOK_AGAIN, self._draw)

    def on_resize(self, event: events.Resize) -> None:
        """Fit the lines."""
        needed = len(self._alerts().entries) + _HEADINGS + _FRAME_HEIGHT + _SPARE
        width, height = min(event.size.width, WIDEST), min(event.size.height, HIGHEST, needed)
        self._height = height - _FRAME_HEIGHT
        self._box.styles.width, self._box.styles.height = width, height
        self._lines.styles.height = self._height
        keys = "n new  x removes  enter chart  esc closes"
        self._box.border_subtitle = Content(
            keys if width > len(keys) + _FRAME_WIDTH else "esc closes"
        )
        self._draw()

    def action_move(self, lines: int) -> None:
        """Mark another entry."""
        self._marked += lines
        self._draw()

    def action_choose(self, deed: str) -> None:
        """Close, and do this with the marked entry."""
        entries = self._alerts().entries
        entry = entries[self._marked] if self._marked < len(entries) else None
        chosen = AlertDeed[deed]
        if entry is not None or chosen is AlertDeed.ADD:
            self.dismiss(AlertChoice(chosen, entry))

    def _draw(self) -> None:
        alerts = self._alerts()
        self._marked = max(0, min(self._marked, len(alerts.entries) - 1))
        width = min(self.size.width, WIDEST) - _FRAME_WIDTH
        self._lines.set_lines(alert_lines(alerts, self._marked, width, self._height))
