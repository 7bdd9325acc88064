"""The log's title: what it says, and that it says less where there is less room."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tickterm.ui.draw.spans import line_text, line_width
from tickterm.ui.log.title import Facts, Found, title_spans

FULL = Facts(2_000, 312, 12_345, ">=warning AAPL", Found(r"time(out|s)", 17, 3, 1), 1_234)


def title(facts: Facts, room: int = 200) -> str:
    return line_text(title_spans(facts, room))


def test_all_that_there_is_to_say() -> None:
    assert title(FULL) == (
        "filter: >=warning AAPL (312 of the newest 2,000 of 12,345)  "
        "find: time(out|s) 3 of 17, from the top  1,234 hidden by rate limiting"
    )


def test_without_a_filter_the_lines_are_counted() -> None:
    assert title(Facts(12, 12, 12, "", None, 0)) == "12 lines"
    assert title(Facts(1, 1, 1, "", None, 0)) == "1 line"
    assert title(Facts(2_000, 2_000, 2_001, "", None, 1)) == (
        "the newest 2,000 of 2,001 lines  1 hidden by rate limiting"
    )


def test_what_was_missed_is_told_before_what_was_hidden() -> None:
    assert title(Facts(500, 500, 2_000, "", None, 10, 1_500)) == (
        "the newest 500 of 2,000 lines  1,500 missed  10 hidden by rate limiting"
    )
    assert title(FULL._replace(missed=7), 30).endswith("  7 missed  1,234 hidden")


def test_what_is_longer_than_the_line_is_said_shorter() -> None:
    assert title(FULL, 100) == (
        "filter: >=warning AAPL (312 of 2,000)  /time(out|s) 3 of 17, from the top  1,234 hidden"
    )
    assert title(Facts(2_000, 2_000, 12_345, "", None, 1_234), 55) == (
        "the newest 2,000 of 12,345 lines  1,234 hidden"
    )


def test_where_the_reader_is_among_the_matches() -> None:
    def said(matches: int, position: int | None, wrapped: int = 0) -> str:
        found = Found("x", matches, position, wrapped)
        return title(Facts(9, 9, 9, "", found, 0)).removeprefix("9 lines  find: x ")

    assert said(0, None) == "no match"
    assert said(1, None) == "1 match"
    assert said(1_700, None) == "1,700 matches"
    assert said(17, 3) == "3 of 17"
    assert said(17, 17, -1) == "17 of 17, from the bottom"


count = st.integers(0, 10**15)
founds = st.builds(Found, st.text(max_size=60), count, st.none() | count, st.integers(-1, 1))
all_facts = st.builds(Facts, count, count, count, st.text(max_size=60), st.none() | founds, count)


@given(all_facts, st.integers(0, 300))
def test_less_room_never_means_more_words(facts: Facts, room: int) -> None:
    width = line_width(title_spans(facts, room))
    assert width <= max(room, line_width(title_spans(facts, 0)))
    assert title(facts, room).isprintable()
