"""The log's entries: exact numbers, a bound, a filter."""

from __future__ import annotations

import logging

import pytest

from tests.ui.fake_engine import WALL_MS
from tickterm.market.snapshot import Notice
from tickterm.ui.log.buffer import LIMIT, LogBuffer
from tickterm.ui.log.filter import parse


def notice(number: int, text: str = "", level: int = logging.INFO) -> Notice:
    return Notice(number, WALL_MS, level, text or f"line {number}")


def taken(*numbers: int) -> LogBuffer:
    buffer = LogBuffer()
    buffer.take(notice(number) for number in numbers)
    return buffer


def texts(buffer: LogBuffer) -> list[str]:
    return [entry.text for entry in buffer.since(0)]


def test_a_notice_seen_before_is_not_taken_again() -> None:
    buffer = taken(1, 2)
    buffer.take([notice(1), notice(2), notice(3)])
    assert texts(buffer) == ["line 1", "line 2", "line 3"]


def test_missed_numbers_are_said_exactly() -> None:
    buffer = taken(1, 2)
    buffer.take([notice(15), notice(16), notice(18)])
    assert texts(buffer)[2:] == [
        "… 12 lines not shown",
        "line 15",
        "line 16",
        "… 1 line not shown",
        "line 18",
    ]


def test_what_was_missed_before_the_first_look_is_said_too() -> None:
    buffer = taken(4)
    assert texts(buffer) == ["… 3 lines not shown", "line 4"]
    assert (buffer.lines, buffer.ever, buffer.missed) == (1, 4, 0), "the screen was not there"


def test_lines_are_counted_without_the_words_for_those_that_were_missed() -> None:
    buffer = taken(1, 2)
    buffer.take([notice(15), notice(16), notice(18)])
    assert (len(buffer), buffer.lines, buffer.ever, buffer.missed) == (7, 5, 18, 13)
    buffer.take(notice(number) for number in range(19, 19 + LIMIT - 1))
    assert (buffer.lines, buffer.ever, buffer.missed) == (LIMIT, 17 + LIMIT, 13)
    assert list(buffer.gaps) == []


def test_the_oldest_lines_fall_out_at_the_bound() -> None:
    buffer = taken(*range(1, LIMIT + 11))
    assert len(buffer) == LIMIT == 2_000
    assert buffer.oldest == 10
    assert texts(buffer)[0] == "line 11"
    assert [entry.text for entry in buffer.since(LIMIT + 8)] == ["line 2009", "line 2010"]


def test_the_filter_looks_for_a_part_whatever_its_case() -> None:
    buffer = LogBuffer()
    buffer.take([notice(1, "Redis is down"), notice(2, "feed up"), notice(3, "REDIS is back")])
    buffer.filter = parse("redis")
    assert texts(buffer) == ["Redis is down", "REDIS is back"]


@pytest.mark.parametrize(
    ("level", "letter", "role"),
    [
        (logging.CRITICAL, "E", "log-error"),
        (logging.ERROR, "E", "log-error"),
        (logging.WARNING, "W", "log-warning"),
        (logging.INFO, "I", "log-info"),
        (logging.DEBUG, "D", "log-debug"),
        (0, "D", "log-debug"),
    ],
)
def test_levels(level: int, letter: str, role: str) -> None:
    buffer = LogBuffer()
    buffer.take([notice(1, level=level)])
    assert (buffer.since(0)[0].letter, buffer.since(0)[0].role) == (letter, role)


def test_hostile_text_is_cleaned_once_more() -> None:
    buffer = LogBuffer()
    buffer.take([notice(1, "\x1b]0;owned\x07[/red]")])
    assert texts(buffer) == ["·]0;owned·[/red]"]


def test_nobody_knows_of_what_level_missed_lines_were() -> None:
    buffer = LogBuffer()
    buffer.take([notice(1), notice(5, level=logging.ERROR)])
    buffer.filter = parse("error")
    assert texts(buffer) == ["… 3 lines not shown", "line 5"]
    assert buffer.since(0)[0].letter == ""


def test_an_entry_is_found_by_its_serial_while_it_is_here() -> None:
    buffer = taken(*range(1, LIMIT + 3))
    buffer.filter = parse("nothing")
    assert buffer.at(1) is None
    oldest, newest = buffer.at(2), buffer.at(LIMIT + 1)
    assert oldest is not None
    assert newest is not None
    assert (oldest.text, newest.text) == ("line 3", f"line {LIMIT + 2}")
    assert buffer.at(LIMIT + 2) is None
