"""A mark that stays on its entry."""

from __future__ import annotations

from tickterm.ui.widgets.steady_mark import SteadyMark


def test_the_first_entry_is_marked_where_none_is_named() -> None:
    mark: SteadyMark[str] = SteadyMark()
    assert mark.place("") == 0
    assert not mark.is_gone("")
    assert mark.place("abc") == 0
    assert mark.place("xabc") == 1


def test_it_goes_where_its_entry_goes() -> None:
    mark = SteadyMark("b")
    assert mark.place("abc") == 1
    assert mark.place("xyabc") == 3
    assert mark.place("b") == 0


def test_of_an_entry_that_is_gone_it_stands_in_the_place_until_it_is_put_somewhere() -> None:
    mark = SteadyMark("c")
    assert mark.place("abcd") == 2
    assert mark.place("abd") == 2
    assert mark.is_gone("abd")
    assert mark.place("ab") == 1
    assert mark.place("abcd") == 2
    assert not mark.is_gone("abcd")
    mark.put("abd", 2)
    assert not mark.is_gone("abd")
    assert mark.place("dab") == 0


def test_it_is_put_within_the_list() -> None:
    mark = SteadyMark("a")
    mark.put("abc", 99)
    assert mark.place("abc") == 2
    mark.put("abc", -99)
    assert mark.place("abc") == 0
    mark.put("", 5)
    assert mark.place("") == 0
    assert not mark.is_gone("")
