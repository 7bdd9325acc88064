"""Entries as lines: wrapping, and what is highlighted."""

from __future__ import annotations

import logging

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.ui.fake_engine import WALL_MS
from tickterm.market.snapshot import Notice
from tickterm.ui.draw import numbers
from tickterm.ui.draw.spans import line_text, line_width
from tickterm.ui.log.buffer import Entry, LogBuffer
from tickterm.ui.log.lines import draw, plain, wrap_entry

TIME = numbers.clock(WALL_MS)


def entry(text: str, level: int = logging.ERROR) -> Entry:
    return Entry(0, WALL_MS, level, text)


def highlighted(text: str, width: int, *found: tuple[int, int]) -> list[str]:
    """Return what is highlighted on each line."""
    lines = [draw(piece, found) for piece in wrap_entry(entry(text), width)]
    return ["|".join(part for part, role in line if role == "match") for line in lines]


def test_a_long_entry_continues_under_its_text() -> None:
    pieces = wrap_entry(entry("the quick brown fox jumps over the lazy dog"), 40)
    assert [line_text(draw(piece)) for piece in pieces] == [
        f" {TIME} E the quick brown fox jumps",
        "            over the lazy dog",
    ]


def test_what_was_found_is_highlighted_also_across_the_end_of_a_line() -> None:
    text = "the quick brown fox jumps over the lazy dog"
    assert highlighted(text, 80) == [""]
    assert highlighted(text, 80, (4, 9), (10, 15)) == ["quick|brown"]
    assert highlighted(text, 40, (20, 34)) == ["jumps", "over the"]
    assert highlighted(text, 40, (0, 3), (40, 43)) == ["the", "dog"]


def test_the_mark_takes_no_room() -> None:
    (piece,) = wrap_entry(entry("text"), 40)
    assert line_text(draw(piece, marked=True)) == f"▌{TIME} E text"


def test_copied_lines_have_no_margin() -> None:
    assert plain(entry("text", logging.INFO)) == f"{TIME} I text"
    assert plain(Entry(0, None, logging.CRITICAL, "… 3 lines not shown")) == "… 3 lines not shown"


words = st.text(st.sampled_from("ab c-é名·"), max_size=300) | st.text(max_size=300)


@given(words, st.integers(0, 120))
def test_wrapped_lines_fit_and_lose_only_blanks(text: str, width: int) -> None:
    buffer = LogBuffer()
    buffer.take([Notice(1, WALL_MS, logging.INFO, text)])
    (whole,) = buffer.since(0)
    pieces = wrap_entry(whole, width)
    for piece in pieces:
        assert line_width(draw(piece)) <= max(width, 21)
        assert whole.text[piece.start : piece.start + len(piece.text)] == piece.text
    assert "".join(p.text for p in pieces).replace(" ", "") == whole.text.replace(" ", "")
    assert [piece.first for piece in pieces] == [True] + [False] * (len(pieces) - 1)


@given(words, st.integers(0, 60), st.lists(st.tuples(st.integers(0, 99), st.integers(0, 99))))
def test_highlights_never_change_the_text(
    text: str, width: int, found: list[tuple[int, int]]
) -> None:
    for piece in wrap_entry(entry(text.replace("\n", " ")), width):
        assert line_text(draw(piece, sorted(found))) == line_text(draw(piece))


@pytest.mark.parametrize("text", ["", " ", "   " * 30])
def test_an_entry_of_nothing_is_one_line(text: str) -> None:
    assert len(wrap_entry(entry(text), 40)) >= 1
