"""How late is late, with clocks that nobody has set."""

from __future__ import annotations

import pytest

from tickterm.attach.lateness import WINDOW, Lateness


def test_the_first_message_is_on_time_whatever_the_clocks_say() -> None:
    assert Lateness().of(9_000.0, 5.0) == 0.0
    assert Lateness().of(5.0, 9_000.0) == 0.0


def test_a_message_that_took_longer_is_late_by_that() -> None:
    lateness = Lateness()
    lateness.of(100.0, 5.0)
    assert lateness.of(101.0, 7.5) == pytest.approx(1.5)
    assert lateness.of(103.0, 8.0) == pytest.approx(0.0)


def test_a_quicker_one_sets_the_measure() -> None:
    lateness = Lateness()
    lateness.of(100.0, 5.0)
    assert lateness.of(101.0, 5.8) == 0.0
    assert lateness.of(102.0, 7.0) == pytest.approx(0.2)


def test_clocks_that_drift_do_not_add_up() -> None:
    lateness = Lateness()
    late = [lateness.of(second, second * 1.0001) for second in range(86_400)]
    assert max(late) < 2.01 * WINDOW * 1.0001e-4


def test_a_lasting_delay_is_not_forgotten_at_the_window_s_end() -> None:
    lateness = Lateness()
    for second in range(int(WINDOW) - 2):
        lateness.of(float(second), float(second))
    late = [lateness.of(second - 2.0, float(second)) for second in range(118, 118 + int(WINDOW))]
    assert min(late) == pytest.approx(2.0)
