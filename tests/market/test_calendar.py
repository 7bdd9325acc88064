"""The NYSE's trading days of 2026 and 2027, as the exchange has published them."""

from __future__ import annotations

import subprocess
import sys
from datetime import date, timedelta

import pytest

from tickterm.market.calendar import DayKind, day_kind, holiday

HOLIDAYS = {
    "2026-01-01": "New Year's Day",
    "2026-01-19": "Martin Luther King Jr. Day",
    "2026-02-16": "Washington's Birthday",
    "2026-04-03": "Good Friday",
    "2026-05-25": "Memorial Day",
    "2026-06-19": "Juneteenth National Independence Day",
    "2026-07-03": "Independence Day (observed)",
    "2026-09-07": "Labor Day",
    "2026-11-26": "Thanksgiving Day",
    "2026-12-25": "Christmas Day",
    "2027-01-01": "New Year's Day",
    "2027-01-18": "Martin Luther King Jr. Day",
    "2027-02-15": "Washington's Birthday",
    "2027-03-26": "Good Friday",
    "2027-05-31": "Memorial Day",
    "2027-06-18": "Juneteenth National Independence Day (observed)",
    "2027-07-05": "Independence Day (observed)",
    "2027-09-06": "Labor Day",
    "2027-11-25": "Thanksgiving Day",
    "2027-12-24": "Christmas Day (observed)",
}
EARLY = {"2026-11-27", "2026-12-24", "2027-11-26"}


def days(year: int) -> list[date]:
    first = date(year, 1, 1)
    return [first + timedelta(days=n) for n in range((date(year + 1, 1, 1) - first).days)]


@pytest.mark.parametrize("year", [2026, 2027])
def test_holidays_and_early_closes_are_these_and_no_others(year: int) -> None:
    weekdays = [day for day in days(year) if day.weekday() < 5]
    shut = {str(day): holiday(day) for day in weekdays if day_kind(day) is DayKind.SHUT}
    assert shut == {day: name for day, name in HOLIDAYS.items() if day.startswith(str(year))}
    early = {str(day) for day in weekdays if day_kind(day) is DayKind.EARLY}
    assert early == {day for day in EARLY if day.startswith(str(year))}


def test_weekends_are_shut_and_no_holidays() -> None:
    weekends = [day for day in days(2026) if day.weekday() >= 5]
    assert {day_kind(day) for day in weekends} == {DayKind.SHUT}
    assert holiday(date(2026, 5, 24)) == ""


def test_new_years_day_on_a_saturday_closes_no_friday() -> None:
    assert day_kind(date(2021, 12, 31)) is DayKind.WHOLE
    assert day_kind(date(2022, 1, 3)) is DayKind.WHOLE


@pytest.mark.parametrize("day", [date(1, 1, 1), date(2_900, 12, 25), date(9_999, 12, 31)])
def test_years_that_nobody_knows_have_weekends_only(day: date) -> None:
    wanted = DayKind.SHUT if day.weekday() >= 5 else DayKind.WHOLE
    assert day_kind(day) is wanted


def test_a_start_does_not_pay_for_the_calendar() -> None:
    """The library takes a fifth of a second to load: only a closed market needs it."""
    code = "import sys, tickterm.ui.app, tickterm.cli.main; sys.exit('holidays' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True, timeout=30)
