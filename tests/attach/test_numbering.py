"""Numbers that go on rising, whatever engine what they number comes from."""

from __future__ import annotations

from tickterm.attach.bounds import LARGEST
from tickterm.attach.numbering import Numbering


def test_what_an_engine_leaves_out_is_left_out_here() -> None:
    numbering = Numbering()
    assert [numbering.of(number) for number in (801, 802, 805, 806)] == [1, 2, 5, 6]


def test_what_is_here_already_gets_no_number() -> None:
    numbering = Numbering()
    assert [numbering.of(number) for number in (7, 7, 6, 8, -5)] == [1, None, None, 2, None]


def test_another_run_of_the_engine_begins_anew_and_our_numbers_go_on() -> None:
    numbering = Numbering()
    numbering.of(5)
    assert numbering.own() == 2
    numbering.begin()
    assert [numbering.of(number) for number in (1, 2)] == [3, 4]


def test_of_an_engine_that_has_numbered_nothing_even_the_first_can_be_missed() -> None:
    numbering = Numbering()
    numbering.start()
    assert numbering.of(101) == 101
    numbering.start()
    assert numbering.of(102) == 102


def test_what_is_here_under_a_number_of_another_run_is_not_missed() -> None:
    numbering = Numbering()
    numbering.of(5)
    numbering.begin()
    numbering.skip(3)
    assert [numbering.of(number) for number in (3, 2, 4, 6)] == [None, None, 2, 4]


def test_numbers_of_any_size_stay_within_bounds() -> None:
    numbering = Numbering()
    assert numbering.of(-(10**30)) == 1
    assert numbering.of(10**30) == 2 * LARGEST + 1
    assert numbering.of(10**40) is None
