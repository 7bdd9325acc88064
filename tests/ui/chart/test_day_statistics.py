"""The statistics of a symbol's day: a panel, a line, or two."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tickterm.market.snapshot import Row
from tickterm.ui.chart.day_statistics import (
    PANEL_LINES,
    statistics_lines,
    statistics_panel,
    statistics_text,
)
from tickterm.ui.draw.spans import Line, line_text, line_width

ROW = Row(
    "AAPL",
    price=101.0,
    reference=100.0,
    reference_is_open=True,
    volume=1_250_000,
    ticks=4_811,
    high=104.0,
    low=96.0,
    vwap=100.5,
    minute_ticks=58,
)
BEFORE_OPEN = ROW._replace(reference_is_open=False)


def words(lines: list[Line]) -> list[str]:
    return [" ".join(line_text(line).split()) for line in lines]


def test_the_panel_has_them_all() -> None:
    *pairs, bar = words(statistics_panel(ROW, 0.4, 60))
    assert pairs == [
        "open 100.00 volume 1.25M",
        "high 104.00 VWAP 100.50",
        "low 96.00 ticks 4,811",
        "last 101.00 ticks/min 58",
        "change +1.00 +1.00% age 1s",
        "off high -3.00 -2.88% off low +5.00 +5.21%",
    ]
    assert bar.startswith("L 96.00 ├─")
    assert bar.endswith("─┤ 104.00 H")
    assert len(pairs) + 1 == PANEL_LINES


def test_without_an_official_open_change_is_from_the_first_price() -> None:
    assert words(statistics_panel(BEFORE_OPEN, 0.4, 60))[0].startswith("first 100.00")
    assert "first 100.00" in statistics_text(BEFORE_OPEN, 1)


@pytest.mark.parametrize(("price", "share"), [(96.0, 0.0), (100.0, 0.5), (104.0, 1.0)])
def test_the_last_price_stands_in_the_days_range(price: float, share: float) -> None:
    bar = line_text(statistics_panel(ROW._replace(price=price), 1, 60)[-1])
    inner = bar[bar.index("├") + 1 : bar.index("┤")]
    assert inner.index("●") == pytest.approx(share * (len(inner) - 1), abs=0.51)


@pytest.mark.parametrize(
    ("width", "expected"),
    [
        (100, "open 100.00 VWAP 100.50 vol 1.25M ticks/min 58 age 1s"),
        (80, "VWAP 100.50 vol 1.25M ticks/min 58 age 1s"),
        (58, "vol 1.25M age 1s"),
        (40, ""),
    ],
)
def test_one_line_keeps_the_most_important(width: int, expected: str) -> None:
    [line] = words(statistics_lines(ROW, 0.4, width, 1))
    head, _, rest = line.partition("104.00 H")
    assert head.startswith("L 96.00 ├")
    assert "●" in head
    assert rest.strip() == expected


def test_two_lines_have_more() -> None:
    first, second = words(statistics_lines(ROW, 0.4, 80, 2))
    assert "open 100.00 VWAP 100.50" in first
    assert second.startswith("vol 1.25M ticks/min 58 age 1s ticks 4,811 off high -3.00 -2.88%")


def test_what_is_not_known_is_a_dash() -> None:
    panel = words(statistics_panel(Row("X"), 0, 60))
    assert panel[:5] == [
        "first — volume 0",
        "high — VWAP —",
        "low — ticks 0",
        "last — ticks/min —",
        "change — — age —",
    ]
    assert "●" not in panel[-1]


def test_they_can_be_copied() -> None:
    assert statistics_text(ROW, 1) == (
        "AAPL  last 101.00  change +1.00  +1.00%  open 100.00  high 104.00  low 96.00  "
        "volume 1,250,000  VWAP 100.50  ticks 4,811  ticks/min 58  age 1s"
    )


ANY = st.none() | st.floats()
ROWS = st.builds(
    Row,
    symbol=st.just("A"),
    price=ANY,
    reference=ANY,
    reference_is_open=st.booleans(),
    volume=st.floats(),
    ticks=st.integers(),
    high=ANY,
    low=ANY,
    vwap=ANY,
    minute_ticks=st.integers(),
)


@given(ROWS, st.floats(), st.integers(0, 130), st.integers(0, 3))
def test_any_numbers_fill_any_size(row: Row, age: float, width: int, height: int) -> None:
    lines, panel = statistics_lines(row, age, width, height), statistics_panel(row, age, width)
    assert (len(lines), len(panel)) == (height, PANEL_LINES)
    assert all(line_width(line) == width for line in (*lines, *panel))
    statistics_text(row, age)
