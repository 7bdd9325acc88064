"""What is told of one symbol: which lines of the log, and in which order."""

from __future__ import annotations

import logging

import pytest

from tests.ui.fake_engine import HOSTILE, THIS_MINUTE, make_event
from tickterm.market.redis_events import Direction
from tickterm.market.snapshot import Notice
from tickterm.market.timeframe import Timeframe
from tickterm.ui.draw.spans import Line, line_text, line_width
from tickterm.ui.events.symbol_events import SymbolNotices, event_list

M1, UP = Timeframe.M1, Direction.BULLISH


def notice(number: int, text: str, level: int = logging.INFO, wall_ms: int = THIS_MINUTE) -> Notice:
    return Notice(number, wall_ms, level, text)


def test_lines_are_kept_although_the_log_has_lost_them() -> None:
    said = SymbolNotices()
    first = said.of("A", (notice(1, "A comes"), notice(2, "B comes")))
    assert [one.number for one in first] == [1]
    assert said.of("A", (notice(2, "B comes"),)) is first
    assert [one.number for one in said.of("A", (notice(3, "A goes"),))] == [1, 3]
    assert [one.number for one in said.of("B", (notice(2, "B comes"), notice(3, "")))] == [2]
    assert said.of("C", ()) == ()
    assert said.of("C", (notice(4, "C", logging.DEBUG),)) == ()


def test_a_log_that_begins_anew_is_read_again() -> None:
    said = SymbolNotices()
    said.of("A", (notice(500, "A comes"),))
    assert [one.text for one in said.of("A", (notice(1, "A again"),))] == ["A again"]


def test_no_more_are_kept_than_can_be_seen() -> None:
    said = SymbolNotices()
    for first in range(1, 2_000, 100):
        said.of("A", tuple(notice(number, "A") for number in range(first, first + 100)))
    assert len(said.of("A", ())) == 200


def words(lines: list[Line]) -> list[str]:
    return [" ".join(line_text(line).split()) for line in lines]


def test_both_by_time_and_other_timeframes_last() -> None:
    events = (
        make_event(1, pattern="Old", timestamp=THIS_MINUTE - 120_000, direction=UP),
        make_event(2, pattern="New", timestamp=THIS_MINUTE, direction=UP),
        make_event(
            3, pattern="Second", timestamp=THIS_MINUTE + 5_000, timeframe="1s", direction=UP
        ),
    )
    notices = (
        notice(1, "AAPL refused", logging.ERROR, THIS_MINUTE - 60_000),
        notice(2, "AAPL fired", logging.WARNING, THIS_MINUTE + 1_000),
        notice(3, "AAPL told", logging.INFO, THIS_MINUTE - 180_000),
    )
    shown = words(event_list(events, notices, M1, THIS_MINUTE, 60, 7))
    assert [" ".join(line.split()[:-1]) for line in shown[:-1]] == [
        "09:31:01 ET log W AAPL",
        "09:31 ET 1min △ New",
        "09:30:00 ET log E AAPL",
        "09:29 ET 1min △ Old",
        "09:28:00 ET log I AAPL",
        "09:31:05 ET 1s △ Second",
    ]
    assert shown[-1] == ""


def test_nothing_told_is_said() -> None:
    assert words(event_list((), (), M1, 0, 40, 2, heading=True)) == ["events", "no patterns yet"]


@pytest.mark.parametrize("width", range(0, 100, 7))
def test_any_size_is_filled_whatever_is_told(width: int) -> None:
    events = [make_event(n, HOSTILE, pattern=HOSTILE) for n in range(5)]
    notices = [notice(n, HOSTILE * 20, n * 10, (-1) ** n * 10**15) for n in range(5)]
    for height in range(12):
        lines = event_list(events, notices, M1, 0, width, height, heading=height % 2 == 0)
        assert len(lines) == height
        assert all(line_width(line) == width for line in lines)
        assert all(line_text(line).isprintable() for line in lines)
