"""Timeframes: names, alignment, and the day of New York in summer and winter."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tickterm.market.timeframe import Timeframe

NEW_YORK = ZoneInfo("America/New_York")
INSTANTS = st.integers(0, 4_102_444_800_000)
"""1970 to 2100, ms UTC."""


def ms(text: str) -> int:
    """Return ms UTC of a time in New York."""
    return int(datetime.fromisoformat(text).replace(tzinfo=NEW_YORK).timestamp() * 1000)


@pytest.mark.parametrize(
    ("text", "timeframe"),
    [
        ("1s", Timeframe.S1),
        (" 5S ", Timeframe.S5),
        ("15s", Timeframe.S15),
        ("1m", Timeframe.M1),
        ("1min", Timeframe.M1),
        ("5m", Timeframe.M5),
        ("15MIN", Timeframe.M15),
        ("1h", Timeframe.H1),
        ("1d", Timeframe.D1),
    ],
)
def test_names_are_read(text: str, timeframe: Timeframe) -> None:
    assert Timeframe.parse(text) is timeframe


@pytest.mark.parametrize("text", ["", "m", "1", "2m", "1minute", "m1", "1w", "60s", "\x1b[31m"])
def test_other_names_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not a valid Timeframe"):
        Timeframe.parse(text)


def test_all_go_from_short_to_long() -> None:
    lengths = [timeframe.ms for timeframe in Timeframe]
    assert lengths == sorted(lengths)
    assert [timeframe.value for timeframe in Timeframe if timeframe.from_ticks] == [
        "1s",
        "5s",
        "15s",
        "1min",
    ]


@given(INSTANTS, st.sampled_from([frame for frame in Timeframe if frame is not Timeframe.D1]))
def test_an_instant_is_in_its_period(instant: int, timeframe: Timeframe) -> None:
    found = timeframe.period(instant)
    assert found is not None
    start, end = found
    assert start <= instant < end
    assert end - start == timeframe.ms
    assert end == timeframe.end(start)
    assert start % timeframe.ms == 0


@given(INSTANTS)
def test_a_day_is_its_session_in_new_york(instant: int) -> None:
    then = datetime.fromtimestamp(instant / 1000, NEW_YORK)
    found = Timeframe.D1.period(instant)
    if not 4 <= then.hour < 20:
        assert found is None
        return
    day = then.strftime("%Y-%m-%d")
    assert found == (ms(f"{day}T04:00"), ms(f"{day}T20:00"))
    assert found[1] == Timeframe.D1.end(found[0])


@pytest.mark.parametrize(
    "day",
    [
        pytest.param("2024-01-05", id="winter"),
        pytest.param("2024-07-05", id="summer"),
        pytest.param("2024-03-10", id="clocks go forward"),
        pytest.param("2024-03-11", id="the day after"),
        pytest.param("2024-11-03", id="clocks go back"),
        pytest.param("2024-11-04", id="the day after that"),
    ],
)
def test_a_day_is_04_00_to_20_00(day: str) -> None:
    opens, closes = ms(f"{day}T04:00"), ms(f"{day}T20:00")
    assert closes - opens == Timeframe.D1.ms
    period = Timeframe.D1.period
    assert period(opens) == period(closes - 1) == (opens, closes)
    assert period(opens - 1) is None
    assert period(closes) is None


def test_a_day_begins_in_another_hour_utc_in_summer() -> None:
    hours = []
    for day in ("2024-03-08", "2024-03-11"):
        found = Timeframe.D1.period(ms(f"{day}T12:00"))
        assert found is not None
        hours.append(timedelta(milliseconds=found[0] % 86_400_000))
    assert hours == [timedelta(hours=9), timedelta(hours=8)]
