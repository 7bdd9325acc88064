"""The sessions of a trading day, in New York time."""

from __future__ import annotations

from datetime import datetime

import pytest

from tickterm.market.hours import NEW_YORK, Session, session_at


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


@pytest.mark.parametrize("day", ["2024-01-06", "2024-01-07"])
def test_weekends_are_closed(day: str) -> None:
    assert session_at(_ms(f"{day}T12:00:00")) is Session.CLOSED


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
