"""What every key binding does: where it is pressed, and what holds only after it."""

from __future__ import annotations

from typing import NamedTuple

import msgspec
from textual.command import CommandPalette

from tests.ui.fake_engine import (
    SYMBOLS,
    WALL_MS,
    FakeEngine,
    make_chart,
    make_events,
    make_notices,
    make_snapshot,
)
from tests.ui.key_checks import (
    Check,
    asked_for,
    asks,
    both,
    chart_of,
    crosshair_at,
    entry_marked,
    event_marked,
    heads,
    help_at,
    hides,
    left,
    line_marked,
    log_follows,
    log_is_unmarked,
    marked,
    marks_fired,
    off,
    on,
    ordered,
    shows,
    told,
    wished,
)
from tickterm.market.alerts import AlertKind, AlertRule, FiredAlert
from tickterm.market.contract import ChangeList, RemoveAlert
from tickterm.market.groups import Group
from tickterm.market.timeframe import Timeframe
from tickterm.ui.alerts.dialog import AlertScreen
from tickterm.ui.dialogs import HelpScreen
from tickterm.ui.groups.dialog import GroupScreen

__all__ = ["ALONE", "PLACES", "SIZE", "Case", "Place", "make_engine"]

SIZE = (100, 30)
ACROSS, SCREENFUL, HALF = 5, 25, 10
"""Symbols beside each other at that size, on the board, and in half of its rows."""
LINES = 6
"""Lines of log and events at that size."""
HELP = 28
"""Lines of the help at that size."""


def make_engine() -> FakeEngine:
    """Return an engine with a chart, groups on all digits, and alerts of which one has fired."""
    lists = [Group(key, f"list {key}", ("NVDA", "TSLA"), own=True) for key in range(2, 9)]
    rules = [AlertRule.parse(text) for text in ("NVDA > 230", "TSLA < 120")]
    fired = FiredAlert(1, WALL_MS - 60_000, 1, "META", AlertKind.ABOVE, "META passed 1", 1.0)
    snapshot = make_snapshot(
        chart=make_chart("AAPL"),
        patterns=make_events(60),
        notices=make_notices(400),
        groups=(Group(1, "all", SYMBOLS), *lists, Group(9, "leaders:top_2", ("NVDA", "TSLA"))),
        alert_rules=tuple(msgspec.structs.replace(rule, id=n) for n, rule in enumerate(rules, 1)),
        alerts=(fired,),
    )
    return FakeEngine(snapshot)


class Case(NamedTuple):
    """A binding: each of its keys leads from where the check fails to where it holds."""

    binding: str
    before: str
    """Keys from the place to where it is pressed."""
    check: Check
    after: str = ""
    """Keys back to the place, as far as the other cases there need it."""


class Place(NamedTuple):
    """Cases that are tried one after the other on the same screen."""

    name: str
    keys: str
    """Keys that lead there from the board."""
    cases: tuple[Case, ...]
    size: tuple[int, int] = SIZE


FIND = "end slash n o b o d y enter"
"""Keys that find the last of 34 lines of the log."""

BOARD = (
    Case("board.left", "home right right", marked(1)),
    Case("board.right", "home", marked(1)),
    Case("board.up", "home down down", marked(ACROSS)),
    Case("board.down", "home", marked(ACROSS)),
    Case("board.page-up", "home pagedown right", marked(1)),
    Case("board.page-down", "home right", marked(1 + SCREENFUL)),
    Case("board.half-up", "home pagedown", marked(SCREENFUL - HALF)),
    Case("board.half-down", "home", marked(HALF)),
    Case("board.first", "end", marked(0)),
    Case("board.last", "home", marked(-1)),
    Case("board.find", "", asks("find"), "escape"),
    Case("board.clear", "slash N V D A enter", hides("find NVDA")),
    Case("board.sort", "", both(heads("sort symbol"), ordered(*sorted(SYMBOLS))), "s s s s"),
    Case("board.reverse", "", ordered(*reversed(SYMBOLS)), "S"),
    Case("board.view", "", shows(" symbol        last "), "v"),
    Case("board.freeze", "", heads(" FROZEN "), "f"),
    Case("board.sort-left", "v greater_than_sign", heads("sort universe"), "v"),
    Case("board.sort-right", "v", heads("sort symbol"), "less_than_sign v"),
    Case("board.pause", "", heads(" PAUSED "), "space"),
    Case("chart.open", "home right", chart_of("MSFT"), "escape"),
    Case("chart.close", "enter", hides(" tape ")),
    Case("prompt.cancel", "home slash N V D A", both(marked(0), hides(" find "))),
    Case("view.copy", "home", lambda d: d.app.clipboard.startswith("AAPL 227.52 ")),
    Case("view.focus", "", shows("▌log "), "tab"),
    Case("log.toggle", "", hides(" log   400 lines"), "l"),
    Case("events.toggle", "", shows(" events  60 "), "e"),
    Case("latency.toggle", "", shows(" LATENCY "), "i"),
    Case("latency.close", "i", hides(" LATENCY ")),
    Case("app.help", "", on(HelpScreen), "escape"),
    Case("app.palette", "", on(CommandPalette), "escape"),
)
CHART = (
    Case("chart.next", "", chart_of("MSFT"), "left_square_bracket"),
    Case("chart.previous", "right_square_bracket", chart_of("AAPL")),
    Case("chart.longer", "", asked_for(Timeframe.M5), "T"),
    Case("chart.shorter", "", asked_for(Timeframe.S15), "t"),
    Case("chart.left", "end", crosshair_at("09:30")),
    Case("chart.right", "end left left", crosshair_at("09:30")),
    Case("chart.left-ten", "end", crosshair_at("09:21")),
    Case("chart.right-ten", "home", crosshair_at("07:42")),
    Case("chart.oldest", "end", crosshair_at("07:32")),
    Case("chart.newest", "home", crosshair_at("09:31")),
)
LOG = (
    Case("log.up", "end up up", line_marked(-3)),
    Case("log.down", "end up up up", line_marked(-2)),
    Case("log.page-up", "end up", line_marked(-1 - LINES)),
    Case("log.page-down", "home", line_marked(LINES)),
    Case("log.half-up", "end up", line_marked(-1 - LINES // 2)),
    Case("log.half-down", "home", line_marked(LINES // 2)),
    Case("log.first", "end", line_marked(0)),
    Case("log.last", "home", both(log_follows, shows(" following "))),
    Case("log.next", f"{FIND} home", shows("find: nobody 1 of 34")),
    Case("log.previous", FIND, shows("find: nobody 33 of 34")),
    Case("log.forget", FIND, both(hides("find: nobody"), log_is_unmarked)),
    Case("log.level", "", shows("filter: >=info (367 of 400)"), "L L L"),
    Case("view.filter", "", asks("log filter"), "escape"),
    Case("view.follow", "end", shows(" paused ")),
)
EVENTS = (
    Case("events.up", "home down down", event_marked(59)),
    Case("events.down", "home", both(event_marked(59), shows(" paused "))),
    Case("events.page-up", "home pagedown down", event_marked(59)),
    Case("events.page-down", "home", event_marked(60 - LINES)),
    Case("events.half-up", "home pagedown", event_marked(60 - LINES // 2)),
    Case("events.half-down", "home", event_marked(60 - LINES // 2)),
    Case("events.newest", "end", both(event_marked(60), shows(" following "))),
    Case("events.oldest", "home", event_marked(1)),
)
GROUPS = (
    Case("groups.show-1", "2", heads("combo_test 70 symbols")),
    *(Case(f"groups.show-{n}", "1", heads(f" {n} list {n} ")) for n in range(2, 9)),
    Case("groups.show-9", "1", heads(" 9 leaders:top_2 ")),
    Case("groups.list", "1", on(GroupScreen), "escape"),
    Case("groups.up", "w j j", entry_marked("2"), "escape"),
    Case("groups.down", "w", entry_marked("2"), "escape"),
    Case("groups.page-up", "w j j", entry_marked("1"), "escape"),
    Case("groups.page-down", "w", entry_marked("9"), "escape"),
    Case("groups.first", "w j j", entry_marked("1"), "escape"),
    Case("groups.last", "w", entry_marked("9"), "escape"),
    Case("groups.help", "w", on(HelpScreen), "escape escape"),
    Case("groups.choose", "w j", heads(" 2 list 2 "), "1"),
    Case("groups.make", "w j", asks("list 2"), "escape"),
    Case("groups.delete", "w j", asks("delete list 2 list 2?"), "escape escape"),
    Case("groups.use", "9 w", asks("watch only leaders:top_2, for everybody?"), "escape"),
    Case("groups.close", "w", off(GroupScreen)),
    Case("groups.key-1", "2 w", heads("combo_test 70 symbols")),
    *(Case(f"groups.key-{n}", "1 w", heads(f" {n} list {n} ")) for n in range(2, 9)),
    Case("groups.key-9", "1 w", heads(" 9 leaders:top_2 ")),
    Case("symbols.add", "1", asks("add"), "escape"),
    Case("symbols.remove", "2", wished(ChangeList(2, removed=["NVDA"]))),
)
ALERTS = (
    Case("alerts.list", "", on(AlertScreen), "escape"),
    Case("alerts.up", "A j j", entry_marked("  2 TSLA"), "escape"),
    Case("alerts.down", "A", entry_marked("  2 TSLA"), "escape"),
    Case("alerts.first", "A end", entry_marked("  1 NVDA"), "escape"),
    Case("alerts.last", "A", marks_fired, "escape"),
    Case("alerts.page-up", "A j", entry_marked("  1 NVDA"), "escape"),
    Case("alerts.page-down", "A", marks_fired, "escape"),
    Case("alerts.help", "A", on(HelpScreen), "escape escape"),
    Case("alerts.new", "A", asks("alert"), "escape"),
    Case("alerts.chart", "A j", chart_of("TSLA"), "escape"),
    Case("alerts.close", "A", off(AlertScreen)),
)
HELP_SCREEN = (
    Case("help.up", "home down down", help_at(1)),
    Case("help.down", "home", help_at(1)),
    Case("help.half-up", "home pagedown", help_at(HELP // 2)),
    Case("help.half-down", "home", help_at(HELP // 2)),
    Case("help.page-up", "home pagedown down", help_at(1)),
    Case("help.page-down", "home", help_at(HELP)),
    Case("help.first", "end", help_at(0)),
    Case("help.last", "home", help_at(-1)),
    Case("help.close", "", off(HelpScreen), "question_mark"),
)
FIGURES = (
    Case("latency.up", "end", shows(" 2 more lines ")),
    Case("latency.down", "home", hides(" p50 ")),
    Case("latency.page-up", "end", shows(" p50 ")),
    Case("latency.page-down", "home", shows(" memory ")),
    Case("latency.first", "end", shows(" p50 ")),
    Case("latency.last", "home", shows(" memory ")),
)
PLACES = (
    Place("board", "", BOARD),
    Place("chart", "enter", CHART),
    Place("log", "tab", LOG),
    Place("events", "e tab", EVENTS),
    Place("groups", "", GROUPS),
    Place("alerts", "", ALERTS),
    Place("help", "question_mark", HELP_SCREEN),
    Place("figures", "i", FIGURES, (80, 15)),
)
ALONE = (
    Case("log.save", "", told("400 lines saved to ")),
    Case("alerts.remove", "A j", wished(RemoveAlert(2))),
    Case("feed.reconnect", "", lambda d: d.engine.reconnects == 1),
    Case("app.quit", "", left),
    Case("app.quit-always", "slash", left),
)
"""Cases of which each key needs a screen of its own, with a link that is down."""
