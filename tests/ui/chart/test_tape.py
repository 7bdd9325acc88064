"""The tape in words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.ui.fake_engine import THIS_MINUTE
from tickterm.market.snapshot import TapeTick
from tickterm.ui.chart.tape import tape_lines
from tickterm.ui.draw.spans import Line, line_text, line_width


def tick(number: int, price: float, *, revised: bool = False, spread: float = 0.0) -> TapeTick:
    time = THIS_MINUTE + 1_000 * number
    return TapeTick(number, time, price, price - spread, price + spread, 1_250, revised)


def words(lines: list[Line]) -> list[str]:
    return [" ".join(line_text(line).split()) for line in lines]


def test_the_newest_first_with_time_price_way_volume_and_range() -> None:
    ticks = [tick(1, 10.0), tick(2, 10.5, spread=0.25), tick(3, 10.25), tick(4, 10.25)]
    assert words(tape_lines(ticks, 44, 5)) == [
        "09:31:04 10.25 · 1.25K ·",
        "09:31:03 10.25 ▼ 1.25K ·",
        "09:31:02 10.50 ▲ 1.25K 10.25–10.75",
        "09:31:01 10.00 · 1.25K ·",
        "",
    ]


def test_the_way_of_the_oldest_line_in_sight_is_from_the_one_before() -> None:
    assert "▲" in words(tape_lines([tick(1, 10.0), tick(2, 10.5)], 44, 1))[0]


def test_a_narrow_tape_says_how_wide_a_range_is() -> None:
    assert words(tape_lines([tick(1, 10.0, spread=0.05)], 36, 1)) == [
        "09:31:01 10.00 · 1.25K H-L 0.10"
    ]
    assert words(tape_lines([tick(1, 10.0, spread=0.05)], 28, 1)) == ["09:31:01 10.00 · 1.25K"]


def test_a_second_that_was_sent_again_has_a_star_and_the_heading_says_what_it_is() -> None:
    ticks = [tick(1, 10.0), tick(2, 10.5, revised=True)]
    lines = words(tape_lines(ticks, 44, 3, heading=True))
    assert lines[0] == "tape * sent again"
    assert lines[1].startswith("09:31:02* 10.50")
    assert words(tape_lines(ticks[:1], 44, 3, heading=True))[0] == "tape"


def test_without_ticks_it_says_so() -> None:
    assert words(tape_lines([], 30, 2)) == ["no ticks yet", ""]


ANY = st.floats()
TICKS = st.builds(
    TapeTick,
    number=st.integers(),
    time=st.integers(-(10**18), 10**18),
    price=ANY,
    low=ANY,
    high=ANY,
    volume=ANY,
    revised=st.booleans(),
)


@given(st.lists(TICKS, max_size=6), st.integers(0, 60), st.integers(0, 8), st.booleans())
def test_any_ticks_fill_any_size(
    ticks: list[TapeTick], width: int, height: int, heading: bool
) -> None:
    lines = tape_lines(ticks, width, height, heading=heading)
    assert len(lines) == height
    assert all(line_width(line) == width for line in lines)


@pytest.mark.parametrize("price", [1e15, -1e15, 0.0001, 711_020.0])
def test_prices_of_any_size_stand_in_their_column(price: float) -> None:
    lines = tape_lines([tick(1, 10.0), tick(2, price)], 44, 2)
    places = {line_text(line).index("1.25K") for line in lines}
    assert len(places) == 1
