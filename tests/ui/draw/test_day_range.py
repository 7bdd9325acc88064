"""The day's range as a bar."""

from __future__ import annotations

import pytest

from tickterm.market.snapshot import Row
from tickterm.ui.draw.day_range import day_range
from tickterm.ui.draw.spans import line_text


@pytest.mark.parametrize(
    ("price", "reference", "bar"),
    [
        (100.0, 110.0, "├●━━━○─────┤"),
        (120.0, 110.0, "├────○━━━━●┤"),
        (110.0, 110.0, "├────●─────┤"),
        (111.0, 108.0, "├────○●────┤"),
        (112.0, 106.0, "├───○━●────┤"),
        (500.0, 100.0, "├○━━━━━━━━●┤"),
    ],
)
def test_the_range_shows_open_and_last(price: float, reference: float, bar: str) -> None:
    row = Row("A", price, reference, True, ticks=1, high=120.0, low=100.0)
    assert line_text(day_range(row, 12)) == bar


def test_the_way_from_open_to_last_has_the_colour_of_its_direction() -> None:
    row = Row("A", 100.0, 120.0, True, ticks=1, high=120.0, low=100.0)
    assert day_range(row, 7) == (
        ("├", "range"), ("●━━━", "down"), ("○", "muted"), ("┤", "range"),
    )  # fmt: skip
    up = row._replace(price=120.0, reference=100.0)
    assert day_range(up, 7)[1:3] == (("○", "muted"), ("━━━●", "up"))


def test_a_range_without_an_open_shows_the_price_alone() -> None:
    row = Row("A", 110.0, 100.0, ticks=1, high=120.0, low=100.0)
    assert day_range(row, 7) == (
        ("├──", "range"), ("●", "price"), ("──┤", "range"),
    )  # fmt: skip
    flat = row._replace(high=110.0, low=110.0)
    assert line_text(day_range(flat, 7)) == "├──●──┤"
    assert line_text(day_range(Row("A"), 7)) == " " * 7
