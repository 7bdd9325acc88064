"""Where time is missing between candles: what counts as a gap, and how it is drawn."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import pytest

from tests.ui.fake_engine import THIS_MINUTE
from tickterm.market.hours import NEW_YORK
from tickterm.market.snapshot import Candle, Chart
from tickterm.market.timeframe import Timeframe
from tickterm.ui.chart.chart import chart_lines
from tickterm.ui.chart.crosshair import values_line, values_text
from tickterm.ui.chart.gaps import GAP, is_gap
from tickterm.ui.draw.ascii import to_ascii
from tickterm.ui.draw.spans import line_text

M1, D1 = Timeframe.M1, Timeframe.D1
MINUTE = 60_000


def candle(start: int) -> Candle:
    return Candle(start, 100.0, 101.0, 99.0, 100.5, 1_000)


def day(text: str, hour: int = 4) -> Candle:
    """Return the candle that begins on a day in New York."""
    begins = datetime.fromisoformat(text).replace(hour=hour, tzinfo=NEW_YORK)
    return candle(int(begins.timestamp()) * 1000)


def drawn(*minutes_ago: int, width: int = 60, height: int = 12) -> list[str]:
    candles = tuple(candle(THIS_MINUTE - ago * MINUTE) for ago in minutes_ago)
    return [line_text(line) for line in chart_lines(Chart("A", M1, candles), width, height)]


@pytest.mark.parametrize("timeframe", [frame for frame in Timeframe if frame is not D1])
def test_a_bar_that_is_missing_makes_a_gap(timeframe: Timeframe) -> None:
    length = timeframe.ms
    before, after = candle(0), candle(length)
    assert not is_gap(before, after, timeframe)
    assert is_gap(before, candle(2 * length), timeframe)


@pytest.mark.parametrize(
    ("before", "after", "gap"),
    [
        ("2026-06-01", "2026-06-02", False),
        ("2026-06-01", "2026-06-03", True),
        ("2026-06-05", "2026-06-08", False),  # a weekend
        ("2026-06-05", "2026-06-09", True),
        ("2026-05-22", "2026-05-26", False),  # Memorial Day after a weekend
        ("2026-03-06", "2026-03-09", False),  # the clocks go forward
        ("2026-10-30", "2026-11-02", False),  # and back
        ("2025-12-24", "2025-12-26", False),
        ("2020-01-02", "2026-01-02", True),
    ],
)
def test_a_day_on_which_nobody_trades_makes_none(before: str, after: str, gap: bool) -> None:
    assert is_gap(day(before), day(after), D1) is gap


def test_days_beyond_the_calendar_are_harmless() -> None:
    assert not is_gap(candle(2**62), candle(2**62), D1)
    assert is_gap(candle(-(10**12)), candle(10**12), D1)


def test_a_gap_has_a_sign_between_its_candles_and_moves_none() -> None:
    whole, broken = drawn(3, 2, 1, 0), drawn(303, 302, 1, 0)
    assert {line.index(GAP) for line in broken if GAP in line} == {43}
    assert GAP not in "".join(whole)
    assert [line.replace(GAP, " ") for line in broken][:-1] == whole[:-1]


def test_the_sign_stands_from_the_times_up_to_the_prices() -> None:
    lines = drawn(5, 0, height=20)
    signed = [number for number, line in enumerate(lines) if GAP in line]
    assert signed == [15, 16, 17, 18], "times stand in the last one"
    assert len([line for line in drawn(5, 0, height=6) if GAP in line]) == 1


def test_in_ascii_it_is_no_wick() -> None:
    assert to_ascii(GAP) != to_ascii("│")
    assert to_ascii(GAP).strip()


def test_what_changed_over_a_gap_says_so() -> None:
    candles = [candle(THIS_MINUTE - ago * MINUTE) for ago in (303, 2, 1)]
    lines = [line_text(values_line(candles, n, (), M1, 78, marked=True)) for n in range(3)]
    assert [GAP in line for line in lines] == [False, True, False]
    assert lines[1].startswith(f"{GAP}09:29  O "), "the sign stands before the time"
    assert lines[1][6:] == lines[2][6:], "nothing moves"
    assert line_text(values_line(candles, 1, (), M1, 20, marked=True)).startswith(GAP)


def test_a_copy_of_it_says_since_when() -> None:
    first, last = candle(THIS_MINUTE - 303 * MINUTE), candle(THIS_MINUTE)
    assert "0.00% since 2026-06-01 04:28:00 ET  volume" in values_text(last, first, M1)
    neighbour = replace(first, start=THIS_MINUTE - MINUTE)
    assert "since" not in values_text(last, neighbour, M1)
