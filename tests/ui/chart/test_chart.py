"""The chart in words: what is drawn, where, and at which sizes."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.ui.fake_engine import THIS_MINUTE, make_chart, make_event
from tickterm.market.redis_events import Direction
from tickterm.market.snapshot import Candle, Chart, PatternEvent
from tickterm.market.timeframe import Timeframe
from tickterm.ui.chart.chart import chart_lines, columns, drawable, pointed_candle
from tickterm.ui.chart.crosshair import NEWEST, Sight
from tickterm.ui.draw.spans import Line, line_text, line_width

MINUTE = 60_000


def chart(*closes: float, timeframe: Timeframe = Timeframe.M1) -> Chart:
    """Return rising candles of a dollar each, the newest of this minute."""
    first = THIS_MINUTE - (len(closes) - 1) * timeframe.ms
    return Chart(
        "A",
        timeframe,
        tuple(
            Candle(first + i * timeframe.ms, close - 1, close, close - 1, close, 1_000 * (i + 1))
            for i, close in enumerate(closes)
        ),
    )


def texts(
    drawn: Chart,
    *events: PatternEvent,
    width: int = 60,
    height: int = 12,
    sight: Sight = NEWEST,
) -> list[str]:
    marked = drawable(replace(drawn, events=events))
    return [line_text(line) for line in chart_lines(marked, width, height, sight)]


def column(lines: list[str], x: int) -> str:
    return "".join(line[x] for line in lines)


def roles(lines: list[Line]) -> dict[str, str]:
    return {text.strip(): role for line in lines for text, role in line if text.strip()}


def test_the_newest_candle_is_at_the_right_and_the_oldest_are_cut() -> None:
    lines = texts(chart(*range(10, 210)), width=60)
    assert "─" in column(lines, 46)
    assert column(lines, 47).strip("┈ 0") == ""
    assert "209.00" in "".join(lines)
    assert "150.00" not in "".join(lines)


def test_few_candles_stand_at_the_right() -> None:
    lines = texts(chart(10, 11), width=60)
    for x in range(60 - 11 - 5):
        assert column(lines, x).strip("┈ 09:31") == ""
    assert set("╻┃╹") & set(column(lines, 44))
    assert set("╻┃╹") & set(column(lines, 46))


def test_the_last_price_has_a_line_and_a_label_in_its_colour() -> None:
    drawn = chart_lines(chart(10, 11), 60, 12)
    assert roles(drawn)["11.00"] == "mark-up"
    line = next(line for line in drawn if "11.00" in line_text(line))
    assert "┈" * 20 in line_text(line)
    candles = chart(10, 11).candles
    falling = Chart("A", Timeframe.M1, (replace(candles[-1], close=10.0, open=11.0),))
    assert roles(chart_lines(falling, 60, 12))["10.00"] == "mark-down"


def test_the_volume_is_drawn_from_eight_lines_on_and_labelled() -> None:
    lines = texts(chart(10, 11), width=60, height=8)
    assert [lines[-2][x] for x in (44, 46)] == ["▄", "█"]
    assert "2.00K" in lines[-2]
    lines = texts(chart(10, 11), width=60, height=10)
    assert [line[46] for line in lines[-3:-1]] == ["█", "█"]
    assert [line[44] for line in lines[-3:-1]] == [" ", "█"]
    assert "2.00K" in lines[-3]
    assert "2.00K" not in "".join(texts(chart(10, 11), width=60, height=7))


def test_times_stand_below_their_candles() -> None:
    lines = texts(make_chart(count=60), width=80, height=14)
    at = lines[-1].index("09:30") + 2
    assert at == 80 - 12 - 2 * 2


@pytest.mark.parametrize(
    ("direction", "shape", "above"),
    [
        (Direction.BULLISH, "△", False),
        (Direction.BEARISH, "▽", True),
        (Direction.NEUTRAL, "◇", True),
    ],
)
def test_an_event_marks_its_candle(direction: Direction, shape: str, above: bool) -> None:
    event = make_event(1, "A", direction=direction, timestamp=THIS_MINUTE - MINUTE)
    marked = column(texts(chart(10, 11, 12), event), 44)
    candle = max(marked.find("╻"), marked.find("┃"), marked.find("╹"))
    assert (marked.index(shape) < candle) is above
    assert shape not in "".join(column(texts(chart(10, 11, 12), event), x) for x in (42, 46))


@pytest.mark.parametrize("timeframe", list(Timeframe))
@pytest.mark.parametrize("width", range(24, 90))
def test_no_time_touches_another(width: int, timeframe: Timeframe) -> None:
    line = texts(chart(*range(10, 210), timeframe=timeframe), width=width)[-1]
    for word in line.replace(" ET", "").split():
        assert len(word) in (5, 8), line


@pytest.mark.parametrize("row", ["top", "bottom"])
def test_a_mark_at_the_edge_is_still_drawn(row: str) -> None:
    direction = Direction.BEARISH if row == "top" else Direction.BULLISH
    for height in range(4, 20):
        event = make_event(1, "A", direction=direction, timestamp=THIS_MINUTE)
        assert ("▽" if row == "top" else "△") in "".join(texts(chart(10), event, height=height))


@pytest.mark.parametrize(
    ("timeframe", "timestamp", "shown"),
    [
        ("1min", THIS_MINUTE, True),
        ("1min", THIS_MINUTE + 59_999, True),
        ("1min", THIS_MINUTE + MINUTE, False),
        ("1min", THIS_MINUTE - 3 * MINUTE, False),
        ("5s", THIS_MINUTE + 5_000, True),
        ("5min", THIS_MINUTE, False),
        ("", THIS_MINUTE + 7_000, True),
        ("daily", THIS_MINUTE, True),
    ],
)
def test_only_bars_within_a_candle_mark_it(timeframe: str, timestamp: int, shown: bool) -> None:
    event = make_event(1, "A", timeframe=timeframe, timestamp=timestamp)
    assert (set("△▽◇") & set("".join(texts(chart(10, 11), event))) != set()) is shown


def test_the_newest_of_two_events_on_a_candle_is_seen() -> None:
    events = [
        make_event(n, "A", timestamp=THIS_MINUTE, direction=direction)
        for n, direction in ((1, Direction.BEARISH), (2, Direction.NEUTRAL))
    ]
    lines = "".join(texts(chart(10), *events))
    assert "◇" in lines
    assert "▽" not in lines


def test_candles_that_are_none_are_left_out() -> None:
    wrong = (
        Candle(0, 1, 0.5, 2, 1, 1),
        Candle(0, float("nan"), 2, 1, 1, 1),
        Candle(0, 1, float("inf"), 1, 1, 1),
        Candle(0, -1, 1, -1, 1, 1),
        Candle(0, 1, 1, 1, 1, float("nan")),
    )
    assert texts(Chart("A", Timeframe.M1, wrong)) == [" " * 60] * 12
    good = chart(10)
    assert texts(Chart("A", Timeframe.M1, (*wrong, *good.candles))) == texts(good)


PRICE = st.floats(0, 1e11)
CANDLE = st.builds(
    lambda start, prices, volume, up: Candle(
        start * 1_000,
        *((p := sorted(prices))[1 if up else 2], p[3], p[0], p[2 if up else 1]),
        volume,
    ),
    st.integers(-(10**15), 10**15),
    st.lists(PRICE, min_size=4, max_size=4),
    st.one_of(st.integers(0, 10**11), st.floats()),
    st.booleans(),
)


@settings(max_examples=40)
@given(
    st.lists(CANDLE, max_size=12),
    st.sampled_from(Timeframe),
    st.integers(0, 130),
    st.integers(0, 40),
    st.integers(-20, 20),
)
def test_any_candles_fill_any_size_exactly(
    candles: list[Candle], timeframe: Timeframe, width: int, height: int, steps: int
) -> None:
    candles.sort(key=lambda candle: candle.start)
    events = tuple(make_event(1, timestamp=candle.start) for candle in candles)
    shown = drawable(Chart("A", timeframe, tuple(candles), events))
    starts = [candle.start for candle in shown.candles]
    sight = NEWEST.moved(starts, steps, columns(width))
    lines = chart_lines(shown, width, height, sight)
    assert len(lines) == height
    assert all(line_width(line) == width for line in lines)


@pytest.mark.parametrize(
    "closes", [(5.0,), (5.0,) * 50, (0.0002, 900_000.0), tuple(map(float, range(1, 200)))]
)
def test_the_smallest_chart_still_has_price_and_time(closes: tuple[float, ...]) -> None:
    lines = texts(chart(*(close + 1 for close in closes)), width=20, height=6)
    assert set("╻┃╹─") & set("".join(lines))
    assert ":" in lines[-1]
    assert any(line[11:].strip() for line in lines)


# -- what is in sight, and the crosshair ----------------------------------------------------------


def start(back: int) -> int:
    return THIS_MINUTE - back * MINUTE


def test_older_candles_are_seen_with_the_number_of_those_that_are_newer() -> None:
    drawn, sight = chart(*range(10, 210)), Sight(last=start(50))
    lines = texts(drawn, sight=sight)
    assert " 50 newer▸" in lines[-1]
    assert "newer" not in "".join(texts(drawn))


def test_the_last_price_is_shown_only_where_it_stands() -> None:
    rising = chart(*range(10, 210))
    assert "209.00" in "".join(texts(rising))
    assert "209.00" not in "".join(texts(rising, sight=Sight(last=start(50))))
    assert "┈" not in "".join(texts(rising, sight=Sight(last=start(50))))


def test_the_crosshair_stands_through_its_candle_with_close_and_time() -> None:
    drawn = chart(10, 11, 12, 13)
    marked = texts(drawn, sight=Sight(at=start(2)))
    plain = texts(drawn)
    x = 60 - 12 - 2 * 3 + 0
    assert column(marked, x)[:-1].count("│") >= 5
    assert set(column(plain, x)) & set("╻┃╹") <= set(column(marked, x)), "the candle stays"
    assert sum("◂11.00" in line for line in marked) == 1
    assert "09:29" in marked[-1]
    roles_ = {role for line in chart_lines(drawn, 60, 12, Sight(at=start(2))) for _, role in line}
    assert {"badge-plain", "edge"} <= roles_


def test_a_cell_is_of_the_candle_that_stands_there() -> None:
    assert columns(60) == 24
    assert [pointed_candle(x, 60) for x in (47, 46, 45, 44, 0)] == [0, 0, 1, 1, 23]
    assert pointed_candle(48, 60) is None
    assert pointed_candle(-1, 60) is None
    assert pointed_candle(0, 5) is None
