"""What the log says of alerts: whole where they are few, exact counts where they are many."""

from __future__ import annotations

import re

import pytest

from tickterm.engine.alerts.few_lines import LINES
from tickterm.engine.alerts.fired_log import EACH, FiredLog


def lines(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records]


@pytest.mark.parametrize("count", range(1, EACH + 1))
def test_a_few_have_a_line_each(caplog: pytest.LogCaptureFixture, count: int) -> None:
    FiredLog().tell_all([f"A {number}" for number in range(count)], 5.0)
    assert lines(caplog) == [f"alert: A {number}" for number in range(count)]


def test_many_at_one_moment_are_one_line(caplog: pytest.LogCaptureFixture) -> None:
    FiredLog().tell_all([f"A {number}" for number in range(1_038)], 5.0)
    assert lines(caplog) == ["alert: A 0; and 1,037 others: see the list of alerts"]


def test_no_alert_is_neither_told_nor_counted(caplog: pytest.LogCaptureFixture) -> None:
    fired = FiredLog()
    sizes = [1, 3, 40, 2, 1, 7, 1, 1, 1, 1, 100, 1, 2, 1]
    for moment, size in enumerate(sizes):
        fired.tell_all(["A"] * size, 5.0 + moment / 100)
    assert len(lines(caplog)) == LINES
    fired.catch_up(5.99)
    assert len(lines(caplog)) == LINES
    fired.close()
    fired.catch_up(6.0)
    told = lines(caplog)
    assert len(told) == LINES + 1
    assert "more fired" in told[-1]
    more = [re.search(r"(\d+) (?:others|more fired)", line) for line in told]
    assert LINES + sum(int(found[1]) for found in more if found) == sum(sizes)
    fired.catch_up(7.0)
    assert lines(caplog) == told


def test_the_next_second_has_lines_again(caplog: pytest.LogCaptureFixture) -> None:
    fired = FiredLog()
    for second in (5.0, 6.0):
        for _ in range(LINES):
            fired.tell_all(["A"], second)
    assert lines(caplog) == ["alert: A"] * (2 * LINES)
