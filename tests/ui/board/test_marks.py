"""Marks: which, how long, and how many."""

from __future__ import annotations

from rich.cells import cell_len

from tests.ui.fake_engine import WALL_MS, make_event
from tickterm.market.redis_events import Direction
from tickterm.ui.board.marks import LIMIT, Mark, Marks
from tickterm.ui.draw.directions import ARROWS, SHAPES

MINUTE = 60_000


def test_shapes_are_not_those_of_a_move_and_take_one_cell() -> None:
    shapes = {shape for shape, _ in SHAPES.values()}
    assert len(shapes) == len(Direction)
    assert shapes.isdisjoint(arrow for arrow, _ in ARROWS.values())
    assert {cell_len(shape) for shape in shapes} == {1}


def test_a_mark_is_fresh_for_a_minute_and_gone_after_five() -> None:
    marks = Marks()
    marks.take([make_event(1, "A", pattern="Hammer", direction=Direction.BULLISH)])
    assert marks.at(WALL_MS) == {"A": Mark("Hammer", Direction.BULLISH)}
    assert marks.at(WALL_MS + MINUTE - 1)["A"].fresh
    assert not marks.at(WALL_MS + MINUTE)["A"].fresh
    assert "A" in marks.at(WALL_MS + 5 * MINUTE - 1)
    assert marks.at(WALL_MS + 5 * MINUTE) == {}
    assert marks.at(WALL_MS) == {}


def test_the_newest_event_of_a_symbol_counts() -> None:
    marks = Marks()
    marks.take([make_event(1, "A", pattern="Doji"), make_event(2, "A", pattern="Hammer")])
    assert marks.at(WALL_MS)["A"].pattern == "Hammer"
    marks.take([make_event(3, "A", pattern="Engulfing")])
    assert marks.at(WALL_MS)["A"].pattern == "Engulfing"


def test_an_engine_whose_clock_is_ahead_marks_nothing_for_ever() -> None:
    marks = Marks()
    marks.take([make_event(1, "A", wall_ms=WALL_MS + 6 * MINUTE)])
    assert marks.at(WALL_MS) == {}


def test_between_two_seconds_the_marks_are_the_same_object() -> None:
    marks = Marks()
    marks.take([make_event(1)])
    assert marks.at(WALL_MS) is marks.at(WALL_MS + 100)


def test_symbols_without_end_do_not_grow_it() -> None:
    marks = Marks()
    marks.take(make_event(number, f"S{number}") for number in range(LIMIT + 50))
    assert len(marks.at(WALL_MS)) == LIMIT
    assert "S49" not in marks.at(WALL_MS)
    assert "S50" in marks.at(WALL_MS)
