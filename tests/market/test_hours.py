"""The sessions of a trading day, in New York time, and when the next ones begin."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tickterm.market.hours import (
    NEW_YORK,
    SETTLED_AFTER,
    Opening,
    Session,
    next_open,
    session_at,
    was_closed,
)

_HOUR = 3_600_000
INSTANTS = st.integers(0, int(datetime(2100, 1, 1, tzinfo=UTC).timestamp()) * 1000)


def _ms(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=NEW_YORK).timestamp() * 1000)


@pytest.mark.parametrize("day", ["2024-01-05", "2024-07-05"])  # winter and summer time
@pytest.mark.parametrize(
    ("clock", "session"),
    [
        ("00:00:00", Session.CLOSED),
        ("03:59:59.999", Session.CLOSED),
        ("04:00:00", Session.PRE),
        ("09:29:59.999", Session.PRE),
        ("09:30:00", Session.REGULAR),
        ("15:59:59.999", Session.REGULAR),
        ("16:00:00", Session.POST),
        ("19:59:59.999", Session.POST),
        ("20:00:00", Session.CLOSED),
    ],
)
def test_a_session_begins_at_its_first_instant(day: str, clock: str, session: Session) -> None:
    assert session_at(_ms(f"{day}T{clock}")) is session


@pytest.mark.parametrize("day", ["2026-11-27", "2026-12-24"])
@pytest.mark.parametrize(
    ("clock", "session"),
    [
        ("04:00:00", Session.PRE),
        ("09:30:00", Session.REGULAR),
        ("12:59:59.999", Session.REGULAR),
        ("13:00:00", Session.POST),
        ("16:59:59.999", Session.POST),
        ("17:00:00", Session.CLOSED),
    ],
)
def test_a_short_day_ends_three_hours_early(day: str, clock: str, session: Session) -> None:
    assert session_at(_ms(f"{day}T{clock}")) is session


@pytest.mark.parametrize("day", ["2024-01-06", "2024-01-07"])
def test_weekends_are_closed(day: str) -> None:
    assert session_at(_ms(f"{day}T12:00:00")) is Session.CLOSED


@pytest.mark.parametrize(
    "day", ["2026-01-01", "2026-01-19", "2026-04-03", "2026-06-19", "2026-07-03", "2026-11-26"]
)
def test_holidays_are_closed_all_day(day: str) -> None:
    for clock in ("04:00:00", "09:30:00", "12:00:00", "19:59:59"):
        assert session_at(_ms(f"{day}T{clock}")) is Session.CLOSED


@pytest.mark.parametrize(
    "opening",
    [
        1_709_908_200_000,  # Friday 2024-03-08, 14:30 UTC
        1_710_163_800_000,  # Monday 2024-03-11, 13:30 UTC: summer time began on the Sunday
    ],
)
def test_summer_time_moves_the_opening_in_utc(opening: int) -> None:
    assert session_at(opening - 1) is Session.PRE
    assert session_at(opening) is Session.REGULAR


@pytest.mark.parametrize(
    ("now", "pre", "regular"),
    [
        ("2026-06-01T02:00:00", "2026-06-01", "2026-06-01"),
        ("2026-06-01T03:59:59.999", "2026-06-01", "2026-06-01"),
        ("2026-06-01T04:00:00", "2026-06-02", "2026-06-01"),
        ("2026-06-01T09:29:59.999", "2026-06-02", "2026-06-01"),
        ("2026-06-01T09:30:00", "2026-06-02", "2026-06-02"),
        ("2026-06-05T20:00:00", "2026-06-08", "2026-06-08"),  # a Friday
        ("2026-04-02T20:00:00", "2026-04-06", "2026-04-06"),  # before Good Friday
        ("2026-07-02T20:00:00", "2026-07-06", "2026-07-06"),  # before Independence Day
        ("2026-11-25T20:00:00", "2026-11-27", "2026-11-27"),  # before Thanksgiving
        ("2026-11-27T17:00:00", "2026-11-30", "2026-11-30"),  # the short day after it
        ("2026-12-24T17:00:00", "2026-12-28", "2026-12-28"),  # before Christmas
        ("2026-12-31T20:00:00", "2027-01-04", "2027-01-04"),  # over the year's end
        ("2026-03-07T12:00:00", "2026-03-09", "2026-03-09"),  # summer time begins
        ("2026-10-31T12:00:00", "2026-11-02", "2026-11-02"),  # summer time ends
    ],
)
def test_the_next_sessions(now: str, pre: str, regular: str) -> None:
    wanted = Opening(_ms(f"{pre}T04:00:00"), _ms(f"{regular}T09:30:00"))
    assert next_open(_ms(now)) == wanted


@pytest.mark.parametrize(
    ("saturday", "hours"), [("2026-03-07T12:00:00", 44.5), ("2026-10-31T12:00:00", 46.5)]
)
def test_the_wait_over_a_change_of_the_clocks_is_real_hours(saturday: str, hours: float) -> None:
    now = _ms(saturday)
    assert (next_open(now).regular - now) / _HOUR == hours


@given(INSTANTS)
def test_the_next_open_is_ahead_and_begins_its_session(ms: int) -> None:
    opening = next_open(ms)
    assert ms < min(opening)
    assert session_at(opening.pre) is Session.PRE
    assert session_at(opening.pre - 1) is Session.CLOSED
    assert session_at(opening.regular) is Session.REGULAR
    assert session_at(opening.regular - 1) is Session.PRE
    assert max(opening) - ms <= timedelta(days=7) / timedelta(milliseconds=1)


@given(INSTANTS, st.floats(0, 1, exclude_max=True))
def test_nothing_opens_before_the_next_open(ms: int, part: float) -> None:
    opening = next_open(ms)
    if session_at(ms) is Session.CLOSED:
        between = ms + int((opening.pre - ms) * part)
        assert session_at(between) is Session.CLOSED
        assert opening.pre < opening.regular


@pytest.mark.parametrize("ms", [10**15, 10**18, -(10**18)])
def test_a_time_beyond_every_calendar_raises(ms: int) -> None:
    with pytest.raises((ValueError, OverflowError)):
        session_at(ms)
    with pytest.raises((ValueError, OverflowError)):
        next_open(ms)


@pytest.mark.parametrize(
    ("since", "until", "closed"),
    [
        ("2026-06-02T02:00:00", "2026-06-02T02:30:00", True),
        ("2026-06-02T02:00:00", "2026-06-02T03:59:59.999", True),
        ("2026-06-02T02:00:00", "2026-06-02T04:00:00", False),
        ("2026-06-01T20:20:00", "2026-06-02T03:00:00", True),  # over midnight
        ("2026-06-01T20:19:59", "2026-06-02T03:00:00", False),  # the last ticks may be on their way
        ("2026-06-01T19:00:00", "2026-06-01T21:00:00", False),
        ("2026-06-01T21:00:00", "2026-06-03T02:00:00", False),  # a whole day in between
        ("2026-06-05T21:00:00", "2026-06-08T03:00:00", True),  # a weekend
        ("2026-07-03T12:00:00", "2026-07-03T13:00:00", True),  # a holiday
        ("2026-11-27T17:30:00", "2026-11-27T19:00:00", True),  # after an early close
        ("2026-06-02T03:00:00", "2026-06-02T02:00:00", False),  # a clock that was set back
    ],
)
def test_a_gap_is_closed_only_where_no_tick_can_have_come(
    since: str, until: str, closed: bool
) -> None:
    assert was_closed(_ms(since), _ms(until)) is closed


@given(INSTANTS, st.integers(0, 5 * 24 * 3_600_000))
def test_in_a_closed_gap_every_instant_is_closed(since: int, length: int) -> None:
    if was_closed(since, since + length):
        for part in range(11):
            assert session_at(since + length * part // 10) is Session.CLOSED
        assert session_at(since - SETTLED_AFTER) is Session.CLOSED


def test_of_a_time_beyond_the_calendar_nothing_is_known() -> None:
    assert not was_closed(10**17, 10**17 + 1)
    assert not was_closed(-(10**17), 10**17)
