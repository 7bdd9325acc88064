"""Tiles in words: content, widths, dimming."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from tests.ui.fake_engine import make_row
from tickterm.market.freshness import Freshness
from tickterm.market.redis_events import Direction
from tickterm.market.snapshot import Row
from tickterm.ui.board.flashes import Flash
from tickterm.ui.board.marks import Mark
from tickterm.ui.board.tile import TALL, draw_tile, sparkline
from tickterm.ui.draw.fading import quietness
from tickterm.ui.draw.spans import Line, line_text, line_width


def texts(row: Row, width: int = 19, age: float = 1.0) -> list[str]:
    return [line_text(line) for line in draw_tile(row, width, age)]


def roles(line: Line) -> dict[str, str]:
    return {text.strip(): role for text, role in line if text.strip()}


def test_a_tile_says_symbol_price_change_percent_volume_and_age() -> None:
    row = make_row("AAPL", 227.52, reference=226.28, volume=12_540, direction=1)
    head, middle, foot = texts(row)
    assert head.split() == ["AAPL", "▲", "227.52"]
    assert middle.split() == ["+1.24", "+0.55%"]
    assert foot.split()[-2:] == ["12.5K", "1s"]


def test_direction_shows_by_arrow_and_role_change_by_sign_and_role() -> None:
    head, middle, _ = draw_tile(make_row("A", 9.0, reference=10.0, direction=1), 20)
    assert roles(head)["▲"] == "up"
    assert roles(middle) == {"-1.00": "down", "-10.00%": "down"}
    head, middle, _ = draw_tile(make_row("A", 10.0, reference=10.0, direction=0), 20)
    assert roles(head)["·"] == "flat"
    assert roles(middle) == {"0.00": "flat", "0.00%": "flat"}


@pytest.mark.parametrize(
    ("direction", "shape", "role"),
    [
        (Direction.BULLISH, "△", "up"),
        (Direction.BEARISH, "▽", "down"),
        (Direction.NEUTRAL, "◇", "amber"),
    ],
)
def test_a_mark_has_the_cell_before_the_symbol_to_itself(
    direction: Direction, shape: str, role: str
) -> None:
    row = make_row("AAPL", 227.52)
    plain = draw_tile(row, 19)
    fresh = draw_tile(row, 19, mark=Mark("Doji", direction))
    past = draw_tile(row, 19, mark=Mark("Doji", direction, fresh=False))
    assert fresh[0][0] == (shape, f"mark-{role}")
    assert past[0][0] == (shape, f"past-{role}")
    assert " " + line_text(fresh[0])[1:] == line_text(plain[0])
    assert fresh[1:] == plain[1:]


@pytest.mark.parametrize(
    ("change", "name"),
    [(0.5, "Engulf…"), (12.5, "Engulf…"), (-99.99, "Engulf…"), (1234.5, "Eng…")],
)
def test_the_patterns_name_stands_still_beside_the_changes(change: float, name: str) -> None:
    row = make_row("AAPL", 20_000.0, reference=20_000.0 - change, reference_is_open=True)
    plain = line_text(draw_tile(row, 25)[1])
    marked = line_text(draw_tile(row, 25, mark=Mark("Engulfing", Direction.BULLISH))[1])
    assert name in marked
    assert marked.replace(name, " " * len(name)) == plain
    if abs(change) < 100:
        assert marked.index("E") == 8


def test_a_symbol_never_seen_waits_with_its_mark() -> None:
    head, middle, _ = draw_tile(Row("XOM"), 25, mark=Mark("Hammer", Direction.BULLISH))
    assert line_text(head).split() == ["△XOM", "—"]
    assert line_text(middle).split() == ["waiting"]


def test_a_reference_that_is_not_the_open_is_marked() -> None:
    row = make_row("A", 9.0, reference=10.0)
    assert "~" not in "".join(texts(row))
    assert texts(row._replace(reference_is_open=False))[1].split() == ["-1.00", "~", "-10.00%"]
    other_day = row._replace(reference=None, reference_is_open=False)
    assert texts(other_day)[1].split() == ["—", "—"]


def test_a_symbol_never_seen_waits() -> None:
    assert [line.split() for line in texts(Row("XOM"))] == [["XOM", "—"], ["waiting"], []]


def test_the_dearest_share_fits_the_narrowest_tile() -> None:
    row = make_row("BRK.A", 755_123.0, reference=752_000.0, direction=1)
    head, middle, _ = texts(row, 19)
    assert head.split() == ["BRK.A", "▲755,123.00"]
    assert middle.split() == ["+3,123.00", "+0.42%"]


def test_a_flash_lights_the_arrow_and_the_digits_that_changed() -> None:
    row = make_row("A", 9.27, direction=-1)
    plain, flashing = draw_tile(row, 20), draw_tile(row, 20, flash=Flash(-2, 9.31))
    assert roles(flashing[0]) == {
        "A": "symbol",
        "▼": "flash-down",
        "9.": "price",
        "27": "flash-down",
    }
    assert roles(draw_tile(row, 20, flash=Flash(-1, 9.31))[0])["27"] == "fading-down"
    assert line_text(flashing[0]) == line_text(plain[0])
    assert flashing[1:] == plain[1:]


def test_a_tall_tile_has_the_name_below_the_symbol() -> None:
    row = make_row("AAPL", 227.52, name="Apple Incorporated of California")
    plain, tall = draw_tile(row, 20), draw_tile(row, 20, lines=TALL)
    assert line_text(tall[1]) == " Apple Incorporate… "
    assert (tall[0], *tall[2:]) == plain


@pytest.mark.parametrize("width", [19, 24])
def test_what_is_stale_says_so_in_the_place_of_the_volume(width: int) -> None:
    row = make_row("AAPL", 227.52)
    live, stale = (
        line_text(draw_tile(row, width, 12.0, state)[2])
        for state in (Freshness.LIVE, Freshness.STALE)
    )
    assert stale.endswith(" STALE 12s ")
    assert stale[:-11] == live[:-11], "the sparkline stays as it is"


def test_found_text_is_highlighted_whatever_its_case() -> None:
    head = draw_tile(make_row("GOOGL", 9.0), 20, found="oo")[0]
    assert [(text, role) for text, role in head if role in {"symbol", "match"}] == [
        ("G", "symbol"),
        ("OO", "match"),
        ("GL", "symbol"),
    ]


@pytest.mark.parametrize(
    ("age", "quiet"), [(0, 0), (10, 0), (10.1, 1), (21, 2), (41, 3), (60, 3), (61, 4), (1e9, 4)]
)
def test_quietness(age: float, quiet: int) -> None:
    assert quietness(age) == quiet


@pytest.mark.parametrize("points", [(0.0, 5e-324), (1.0, 1.0 + 1e-12), (3.0, 3.0)])
def test_a_line_too_flat_to_be_scaled_is_drawn_flat(points: tuple[float, ...]) -> None:
    assert set(sparkline(points, 30)) == {"▁"}


def test_a_sparkline_is_scaled_to_its_own_extremes() -> None:
    assert sparkline((1.0, 2.0, 3.0), 60, 2) == "▁▅█"
    assert sparkline((5.0, 5.0), 60, 1) == "▁▁"
    assert sparkline((), 10) == ""
    assert sparkline((1.0,), 0) == ""


@pytest.mark.parametrize("width", [1, 5, 7, 8, 11, 13, 25, 60, 90])
def test_no_bar_is_taken_back_while_the_minute_fills_nor_later(width: int) -> None:
    points = [1.0, 8.0] * 70
    lengths = [
        len(sparkline(tuple(points[max(0, n - 60) : n]), width, 1_000 + n)) for n in range(1, 140)
    ]
    assert lengths == sorted(lengths)
    assert width * 0.66 < lengths[-1] <= width or lengths[-1] == 60


def test_bars_keep_their_seconds_while_the_minute_fills() -> None:
    points = (*[0.0] * 9, *[8.0] * 9, *(float(i * 5 % 9) for i in range(42)))
    bars = [sparkline(points[:count], 7, count - 1) for count in range(1, 61)]
    assert {line[:2] for line in bars[17:]} == {"▁█"}
    assert [len(line) for line in bars] == [-(-count // 9) for count in range(1, 61)]


def test_past_bars_stay_as_they_are_while_the_newest_fills() -> None:
    """Bars are cut at whole seconds of the clock, so that a new second moves none of them."""
    points = tuple(float(i % 7) for i in range(60))
    width, seconds = 12, 5
    before = sparkline(points, width, 1_000)
    after = sparkline((*points[1:], 3.0), width, 1_001)
    assert len(before) == width
    assert after[1:-1] == before[1:-1]
    moved = sparkline((*points[seconds:], *[3.0] * seconds), width, 1_000 + seconds)
    assert moved[1 : width - 2] == before[2 : width - 1]


PRICES = st.one_of(st.none(), st.floats(allow_nan=True), st.floats(0.0001, 1e6))


@given(
    st.text(max_size=40),
    PRICES,
    PRICES,
    st.floats(min_value=0, allow_infinity=True),
    st.integers(0, 40),
    st.lists(st.floats(), max_size=60),
)
def test_every_line_is_exactly_as_wide_as_the_tile(
    symbol: str,
    price: float | None,
    reference: float | None,
    volume: float,
    width: int,
    points: list[float],
) -> None:
    row = Row(symbol, price, reference, volume=volume, sparkline=tuple(points), ticks=1)
    mark = Mark(symbol, Direction.NEUTRAL)
    for line in (*draw_tile(row, width, 3.0), *draw_tile(row, width, 3.0, mark=mark)):
        assert line_width(line) == width
        assert cell_len(line_text(line)) == width
        assert not any(unicodedata.category(char).startswith("C") for char in line_text(line))
