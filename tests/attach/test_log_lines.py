"""One numbering over lines of several engines and of the viewer itself."""

from __future__ import annotations

from tests.attach.messages import lines
from tickterm.attach.log_lines import KEPT, LogLines
from tickterm.market.contract import Log
from tickterm.ui.log.buffer import LogBuffer


def take(log: LogLines, message: Log) -> None:
    for line in message.lines:
        log.take(line)


def shown(*logs: Log, again: tuple[Log, ...] = ()) -> list[str]:
    """Return what the log pane shows of some lines, and of others of another engine."""
    log, buffer = LogLines(), LogBuffer()
    for message in logs:
        take(log, message)
        buffer.take(log.freeze())
    log.begin()
    for message in again:
        take(log, message)
        buffer.take(log.freeze())
    return [entry.text for entry in buffer.since(0)]


def test_the_first_line_begins_the_log() -> None:
    assert shown(lines(301, 302)) == ["line 301", "line 302"]


def test_a_line_that_comes_again_is_not_shown_again() -> None:
    assert shown(lines(1, 2, 3), lines(2, 3, 4)) == ["line 1", "line 2", "line 3", "line 4"]


def test_lines_that_never_came_are_counted() -> None:
    assert shown(lines(1, 2), lines(7)) == ["line 1", "line 2", "… 4 lines not shown", "line 7"]


def test_another_engine_goes_on_after_the_first() -> None:
    assert shown(lines(7, 8), again=(lines(1, 2),)) == ["line 7", "line 8", "line 1", "line 2"]


def test_lines_of_the_viewer_stand_between() -> None:
    log, buffer = LogLines(), LogBuffer()
    log.say(30, "ours", 5)
    take(log, lines(9, 10))
    log.say(30, "ours again", 6)
    take(log, lines(10, 11))
    buffer.take(log.freeze())
    texts = [entry.text for entry in buffer.since(0)]
    assert texts == ["ours", "line 9", "line 10", "ours again", "line 11"]
    assert [notice.number for notice in log.freeze()] == [1, 2, 3, 4, 5]


def test_the_same_object_until_there_is_a_new_line() -> None:
    log = LogLines()
    take(log, lines(1))
    before = log.freeze()
    take(log, lines(1))
    assert log.freeze() is before


def test_it_is_bounded_and_clean_whatever_comes() -> None:
    log = LogLines()
    take(log, lines(*range(1, 3 * KEPT), text="\x1b[2J{}" + "x" * 5000))
    take(log, lines(10**4000, 10**4001))
    take(log, lines(-(10**400)))
    buffer = LogBuffer()
    buffer.take(log.freeze())
    assert len(log.freeze()) == KEPT
    assert all(n.text.isprintable() and len(n.text) <= 1000 for n in log.freeze())
    assert all(entry.text.isprintable() for entry in buffer.since(0))
