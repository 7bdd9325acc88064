"""The log's lines: exact numbers, a bound, a filter, wrapping."""

from __future__ import annotations

import logging

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.ui.fake_engine import WALL_MS
from tickterm.market.snapshot import Notice
from tickterm.ui.log_buffer import LIMIT, Entry, LogBuffer, wrap_entry
from tickterm.ui.spans import line_text, line_width


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
    assert texts(taken(4)) == ["… 3 lines not shown", "line 4"]


def test_the_oldest_lines_fall_out_at_the_bound() -> None:
    buffer = taken(*range(1, LIMIT + 11))
    assert len(buffer) == LIMIT == 2_000
    assert buffer.oldest == 10
    assert texts(buffer)[0] == "line 11"
    assert [entry.text for entry in buffer.since(LIMIT + 8)] == ["line 2009", "line 2010"]


def test_the_filter_looks_for_a_part_whatever_its_case() -> None:
    buffer = LogBuffer()
    buffer.take([notice(1, "Redis is down"), notice(2, "feed up"), notice(3, "REDIS is back")])
    buffer.filter = "redis"
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


def test_a_long_entry_continues_under_its_text() -> None:
    entry = Entry(0, "09:31:07", "E", "log-error", "the quick brown fox jumps over the lazy dog")
    lines = [line_text(line) for line in wrap_entry(entry, 40)]
    assert lines == [
        " 09:31:07 E the quick brown fox jumps",
        "            over the lazy dog",
    ]


@given(st.text(max_size=300), st.integers(0, 120))
def test_wrapped_lines_fit(text: str, width: int) -> None:
    buffer = LogBuffer()
    buffer.take([notice(1, text)])
    for line in wrap_entry(buffer.since(0)[0], width):
        assert line_width(line) <= max(width, 21)
