"""What the board shows: order, freezing, filter and mark, without a screen."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest

from tests.ui.fake_engine import NOW, make_row, tick
from tickterm.market.row_filter import parse
from tickterm.market.snapshot import Row
from tickterm.ui.board.model import BoardModel
from tickterm.ui.board.order import Sort
from tickterm.ui.board.passing import changed

Rows = tuple[Row, ...]


def rows_of(**percents: float) -> Rows:
    """Return rows at 100 dollars and so many per cent."""
    return tuple(
        make_row(symbol, 100.0 + percent, reference=100.0) for symbol, percent in percents.items()
    )


ABC = rows_of(A=1, B=2, C=3)
CBA = rows_of(A=3, B=2, C=1)


def model_of(rows: Rows, sort: Sort = Sort.UNIVERSE) -> BoardModel:
    model = BoardModel()
    model.take(rows, NOW)
    model.sort_by(sort)
    return model


def shown(model: BoardModel) -> str:
    return " ".join(model.symbols)


def test_a_moving_order_is_renewed_every_five_seconds() -> None:
    model = model_of(ABC, Sort.PERCENT)
    assert shown(model) == "C B A"
    assert not model.take(CBA, NOW + 4.9)
    assert shown(model) == "C B A"
    assert model.take(CBA, NOW + 5)
    assert shown(model) == "A B C"


def test_nothing_moves_while_the_person_does_nor_shortly_after() -> None:
    model = model_of(ABC, Sort.PERCENT)
    model.take(ABC, NOW + 4)
    model.hold()
    assert not model.take(CBA, NOW + 6.9)
    assert model.take(CBA, NOW + 7)
    assert shown(model) == "A B C"


def test_rows_do_not_come_and_go_either_while_the_person_moves() -> None:
    model = model_of(ABC)
    model.choose_filter(parse("chg_pct >= 2"))
    model.take(ABC, NOW + 1)
    model.hold()
    model.take(CBA, NOW + 3.9)
    assert shown(model) == "B C"
    model.take(CBA, NOW + 4)
    assert shown(model) == "A B"


def test_a_frozen_order_stays_until_it_is_let_go() -> None:
    model = model_of(ABC, Sort.PERCENT)
    model.freeze(frozen=True)
    model.take(CBA, NOW + 60)
    assert shown(model) == "C B A"
    model.freeze(frozen=False)
    model.take(CBA, NOW + 60.1)
    assert shown(model) == "A B C"


def test_a_frozen_order_takes_new_symbols_at_the_end_and_loses_old_ones() -> None:
    model = model_of(ABC, Sort.PERCENT)
    model.freeze(frozen=True)
    model.mark(1)
    model.take(rows_of(X=9, A=1, C=0, Y=8), NOW + 1)
    assert shown(model) == "C A X Y"
    model.take(rows_of(A=1, B=2, C=3), NOW + 2)
    assert shown(model) == "C B A"
    assert model.cursor_symbol == "B"


@pytest.mark.parametrize("gone", [(), rows_of(A=1), rows_of(B=5, X=7), rows_of(A=9, C=0)])
def test_a_frozen_order_is_the_same_when_its_symbols_come_back(gone: Rows) -> None:
    model = model_of(ABC, Sort.PERCENT)
    model.freeze(frozen=True)
    model.take(gone, NOW + 1, group=2)
    model.take(CBA, NOW + 2)
    assert shown(model) == "C B A"


def test_what_the_filter_hid_while_the_order_was_frozen_keeps_its_place() -> None:
    model = model_of(ABC, Sort.PERCENT)
    model.choose_filter(parse("A"))
    model.freeze(frozen=True)
    model.take(ABC[:1], NOW + 1)
    model.take(CBA, NOW + 2)
    model.choose_filter(None)
    assert shown(model) == "C B A"


def test_what_is_new_to_a_frozen_order_comes_last_as_sorted_and_stays_there() -> None:
    model = model_of(ABC, Sort.PERCENT)
    model.freeze(frozen=True)
    model.take((*ABC, *rows_of(X=7, Y=8)), NOW + 1)
    assert shown(model) == "C B A Y X"
    model.take((), NOW + 2)
    model.take((*rows_of(X=9, Y=8, Z=9), *ABC), NOW + 3)
    assert shown(model) == "C B A Y X Z"


def test_an_order_that_is_let_go_has_everything_in_its_place_again() -> None:
    model = model_of(rows_of(B=1, D=1), Sort.SYMBOL)
    model.freeze(frozen=True)
    model.take(rows_of(B=1, D=1, A=1), NOW + 1)
    assert shown(model) == "B D A"
    model.freeze(frozen=False)
    model.take(rows_of(B=1, D=1, A=1), NOW + 1.1)
    assert shown(model) == "A B D"


def test_a_symbol_that_somebody_adds_moves_no_other() -> None:
    model = model_of(ABC, Sort.PERCENT)
    model.take(ABC, NOW + 4)
    model.hold()
    added = (*CBA, *rows_of(X=2.5))
    model.take(added, NOW + 4.1)
    assert shown(model) == "C B A X"
    model.take(added[1:], NOW + 6.9)
    assert shown(model) == "C B X"
    model.take(added[1:], NOW + 7)
    assert shown(model) == "X B C"


def test_in_an_order_that_stands_still_a_new_symbol_has_its_place_at_once() -> None:
    model = model_of(rows_of(B=1, D=1), Sort.SYMBOL)
    model.hold()
    model.take(rows_of(B=1, D=1, C=1), NOW + 1)
    assert shown(model) == "B C D"


def test_symbols_that_keep_coming_do_not_put_sorting_off() -> None:
    model, rows = model_of(ABC, Sort.PERCENT), CBA
    for second in range(1, 7):
        rows = (*rows, make_row(f"N{second}", 1.0, reference=1.0))
        model.take(rows, NOW + second)
        model.take(rows, NOW + second + 0.1)
    assert shown(model).startswith("A B C N1")


def test_another_group_is_sorted_at_once() -> None:
    model = model_of(ABC, Sort.PERCENT)
    model.hold()
    assert model.take((*CBA, *rows_of(X=2.5)), NOW + 1, group=2)
    assert shown(model) == "A X B C"
    assert model.take(ABC, NOW + 1.1, group=3)
    assert shown(model) == "C B A"


def test_another_group_of_the_same_symbols_is_sorted_at_once() -> None:
    model = model_of(ABC, Sort.PERCENT)
    assert model.take(CBA, NOW + 1, group=2)
    assert shown(model) == "A B C"


def test_symbols_listed_twice_are_shown_twice() -> None:
    model = model_of((*ABC, ABC[0]), Sort.PERCENT)
    model.freeze(frozen=True)
    model.take((*ABC, ABC[0], ABC[1]), NOW + 1)
    assert sorted(model.symbols) == ["A", "A", "B", "B", "C"]


@pytest.mark.parametrize(
    ("symbol", "steps", "target"),
    [
        ("C", 1, "D"),
        ("C", -1, "A"),
        ("A", -1, "A"),
        ("E", 1, "E"),
        ("B", 1, "C"),
        ("B", -1, "A"),
        ("B", 2, "D"),
        ("F", 1, "E"),
        ("F", -1, "E"),
        ("ELSEWHERE", 1, "D"),
        ("ELSEWHERE", -1, "C"),
        ("", 1, "D"),
    ],
)
def test_the_symbol_beside_another_that_need_not_be_shown(
    symbol: str, steps: int, target: str
) -> None:
    model = model_of(rows_of(A=1, B=-1, C=1, D=1, E=1, F=-1))
    model.choose_filter(parse("chg_pct > 0"))
    model.mark(2)
    beside = model.beside(symbol, steps)
    assert beside is not None
    assert model[beside].symbol == target


def test_beside_what_nothing_is_shown_there_is_nothing() -> None:
    model = model_of(ABC)
    model.choose_filter(parse("chg_pct > 50"))
    assert model.beside("A", 1) is None


def test_a_frozen_order_can_be_sorted_otherwise_and_stays_frozen() -> None:
    model = model_of(ABC, Sort.PERCENT)
    model.freeze(frozen=True)
    model.take(CBA, NOW + 1)
    model.sort_by(Sort.PERCENT)
    assert shown(model) == "A B C"
    model.take(ABC, NOW + 60)
    assert shown(model) == "A B C"
    assert model.is_frozen
    model.take((), NOW + 61)
    model.take(ABC, NOW + 62)
    assert shown(model) == "A B C"


def test_the_filter_is_renewed_twice_a_second() -> None:
    model = model_of(ABC)
    model.choose_filter(parse("chg_pct > 2.5"))
    assert shown(model) == "C"
    assert not model.take(CBA, NOW + 0.4)
    assert shown(model) == "C"
    assert model.take(CBA, NOW + 0.5)
    assert shown(model) == "A"
    model.choose_filter(None)
    assert shown(model) == "A B C"


def test_time_alone_lets_rows_go() -> None:
    model = model_of(ABC)
    model.choose_filter(parse("age < 5"))
    assert shown(model) == "A B C"
    assert model.take(ABC, NOW + 6)
    assert shown(model) == ""
    assert model.cursor_symbol == ""


def test_a_filter_changes_no_order() -> None:
    model = model_of(ABC, Sort.PERCENT)
    model.choose_filter(parse("A or B"))
    assert shown(model) == "B A"
    model.take(CBA, NOW + 5)
    assert shown(model) == "A B"


def test_the_mark_comes_back_with_its_symbol() -> None:
    model = model_of(ABC)
    model.mark(1)
    model.choose_filter(parse("C"))
    assert (model.cursor, model.cursor_symbol) == (0, "C")
    model.choose_filter(None)
    assert (model.cursor, model.cursor_symbol) == (1, "B")


def test_the_mark_takes_a_neighbour_when_its_symbol_goes() -> None:
    model = model_of(ABC)
    model.mark(2)
    model.take(rows_of(A=1, B=2), NOW + 1)
    assert (model.cursor, model.cursor_symbol) == (1, "B")


def test_an_empty_board_has_no_mark() -> None:
    model = model_of(())
    model.mark(5)
    assert (len(model), model.cursor, model.cursor_symbol) == (0, 0, "")
    assert model.best_match("A") == (0, None)


def test_another_engines_clock_does_not_hold_the_board_still() -> None:
    model = model_of(ABC, Sort.PERCENT)
    model.hold()
    assert model.take(CBA, 3.0)
    assert shown(model) == "A B C"


def test_which_rows_changed() -> None:
    other = tick(ABC[1], 0.5)
    assert changed(ABC, ABC) == []
    assert changed(ABC, (ABC[0], other, ABC[2])) == [1]
    assert changed(ABC, ABC[:2]) is None
    assert changed(ABC, (ABC[1], ABC[0], ABC[2])) is None


@pytest.mark.parametrize("seed", range(5))
def test_judged_step_by_step_or_all_at_once_is_the_same(seed: int) -> None:
    dice = random.Random(seed)
    rows = tuple(make_row(f"S{i}", 100.0 + i % 7, reference=103.0) for i in range(60))
    text = "chg_pct > 0.5 or not volume > 1e6"
    model, now = model_of(rows), NOW
    model.choose_filter(parse(text))
    for _ in range(30):
        now += 0.1
        news = {i: tick(rows[i], dice.uniform(-3, 3), now) for i in dice.sample(range(60), 9)}
        rows = tuple(news.get(i, row) for i, row in enumerate(rows))
        model.take(rows, now)
    model.take(rows, now + 1)
    matches = parse(text).matches
    assert model.symbols == [row.symbol for row in rows if matches(row, now + 1)]


def test_only_what_changed_is_judged_again() -> None:
    rows = tuple(make_row(f"S{i}", 100.0) for i in range(1_000))
    judged: list[str] = []

    def noting(matches: Callable[[Row, float], bool]) -> Callable[[Row, float], bool]:
        def test(row: Row, now: float) -> bool:
            judged.append(row.symbol)
            return matches(row, now)

        return test

    model = model_of(rows)
    chosen = parse("last > 5")
    model.choose_filter(chosen._replace(matches=noting(chosen.matches)))
    judged.clear()
    model.take((tick(rows[0], 1.0), *rows[1:-1], tick(rows[-1], 1.0)), NOW + 1)
    assert judged == ["S0", "S999"]
