"""Events on the board: each once, numbered, bounded, and nobody pushes the others out unseen."""

from __future__ import annotations

import tracemalloc

import pytest

from tickterm.engine.patterns import board as pattern_board
from tickterm.engine.patterns.board import KEPT, OTHERS, WATCHED, PatternBoard
from tickterm.market.pattern_reader import PatternReport
from tickterm.market.redis_events import Direction
from tickterm.market.snapshot import PatternEvent

MINUTE = 60_000


def report(symbol: str = "A", pattern: str = "Doji", bar: int = 0) -> PatternReport:
    return PatternReport(
        symbol, pattern, 0.5, Direction.BULLISH, bar * MINUTE, "1min", "analytics", 9.5
    )


def test_an_event_says_what_was_reported() -> None:
    board = PatternBoard()
    assert board.newest() == ()
    assert board.add(report("BRK.B", bar=7), 1.5, 1234)
    assert board.newest() == (
        PatternEvent(
            number=1,
            wall_ms=1234,
            symbol="BRK.B",
            pattern="Doji",
            confidence=0.5,
            direction=Direction.BULLISH,
            timestamp=7 * MINUTE,
            timeframe="1min",
            source="analytics",
            price=9.5,
        ),
    )


def test_events_are_numbered_from_one_and_the_newest_are_kept() -> None:
    board = PatternBoard()
    for bar in range(WATCHED.kept + 100):
        assert board.add(report(bar=bar), float(bar), bar)
    events = board.newest()
    assert [event.number for event in events] == list(range(101, WATCHED.kept + 101))
    assert events[-1].timestamp == (WATCHED.kept + 99) * MINUTE


def test_an_event_that_is_told_again_is_known() -> None:
    board = PatternBoard()
    assert board.add(report(), 0.0, 0)
    told_again = report()._replace(source="fallback", confidence=0.9, price=None)
    assert not board.add(told_again, 1.0, 0)
    assert [event.source for event in board.newest()] == ["analytics"]
    others = [report("B"), report(pattern="Hammer"), report(bar=1)]
    others.append(report()._replace(timeframe="5min"))
    assert all(board.add(other, 2.0, 0) for other in others)
    assert [event.number for event in board.newest()] == [1, 2, 3, 4, 5]


def test_an_unchanged_board_is_the_same_object() -> None:
    board = PatternBoard()
    assert board.newest() is board.newest()
    board.add(report(), 0.0, 0)
    first = board.newest()
    assert board.newest() is first
    board.add(report(), 0.0, 0)
    assert board.newest() is first
    board.add(report("B"), 0.0, 0)
    assert board.newest() is not first


def test_the_memory_of_events_is_bounded_and_forgets_the_oldest(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(pattern_board, "WATCHED", WATCHED._replace(remembered=10))
    board = PatternBoard()
    for bar in range(11):
        board.add(report(bar=bar), 0.0, 0)
    assert not board.add(report(bar=1), 0.0, 0)
    assert board.add(report(bar=0), 0.0, 0)
    assert not board.add(report(bar=10), 0.0, 0)


def test_a_symbol_that_floods_does_not_push_the_others_out() -> None:
    board = PatternBoard()
    for number in range(20):
        board.add(report(f"S{number}"), 5.0, 0)
    for bar in range(10_000):
        board.add(report("LOUD", bar=bar), 5.5, 0)
    events = board.newest()
    assert [event.symbol for event in events[:20]] == [f"S{number}" for number in range(20)]
    assert len(events) == 20 + WATCHED.of_a_symbol
    assert board.flooded == 10_000 - WATCHED.of_a_symbol


def test_twenty_loud_symbols_of_the_universe_do_not_empty_the_list_at_once() -> None:
    board = PatternBoard()
    board.watch([*(f"S{number}" for number in range(20)), "QUIET"])
    board.add(report("QUIET"), 5.0, 0)
    for bar in range(100):
        for number in range(20):
            board.add(report(f"S{number}", bar=bar), 5.5, 0)
    assert board.newest()[0].symbol == "QUIET"


def test_invented_symbols_push_out_nothing_however_long_they_flood() -> None:
    board = PatternBoard()
    board.watch(["A", "B"])
    ours = [report(symbol, bar=bar) for bar in range(WATCHED.kept // 2) for symbol in "AB"]
    assert all(board.add(each, float(number), 0) for number, each in enumerate(ours))
    for second in range(1_000, 1_100):
        for number in range(20):
            for bar in range(20):
                assert board.add(report(f"X{second}N{number}", bar=bar), float(second), 0)
    events = board.newest()
    assert [(e.symbol, e.timestamp) for e in events[: len(ours)]] == [
        (each.symbol, each.timestamp) for each in ours
    ]
    assert len(events) == KEPT
    assert [e.number for e in events] == sorted(e.number for e in events)
    assert board.flooded == 100 * (400 - OTHERS.a_second)
    assert not any(board.add(each, 2_000.0, 0) for each in ours), "what is known stays known"
    board.add(report("A", bar=WATCHED.kept), 2_000.0, 0)
    assert board.newest()[-1].number == len(ours) + 100 * 400 + 1, "all have their number"


def test_few_events_of_a_symbol_that_nobody_watches_are_shown_in_order() -> None:
    board = PatternBoard()
    board.watch(["A"])
    for bar, symbol in enumerate("XAXA"):
        board.add(report(symbol, bar=bar), 5.0, 0)
    assert [(event.number, event.symbol) for event in board.newest()] == [
        (1, "X"),
        (2, "A"),
        (3, "X"),
        (4, "A"),
    ]
    assert board.flooded == 0


def test_what_is_not_kept_has_its_number() -> None:
    board = PatternBoard()
    for number in range(WATCHED.a_second + 300):
        assert board.add(report(f"S{number}"), 5.0, 0)
    board.skip(7)
    assert board.flooded == 307
    assert not board.add(report(f"S{WATCHED.a_second + 200}"), 6.0, 0)
    assert board.add(report("NEXT"), 6.0, 0)
    last, newest = board.newest()[-2:]
    assert (last.number, newest.number) == (2_000, 2_308)


# -- the events of one symbol, for its charts ------------------------------------------------------


def test_a_symbol_s_events_outlast_those_of_a_busy_market() -> None:
    board = PatternBoard()
    board.watch(["QUIET", *(f"S{number}" for number in range(500))])
    board.add(report("QUIET"), 0.0, 77)
    quiet = board.newest()
    for number in range(5_000):
        board.add(report(f"S{number % 500}", bar=number), number / 1_000, 0)
    assert quiet[0] not in board.newest()
    assert board.of("QUIET") == quiet
    assert board.of("QUIET") is board.of("QUIET")
    assert [e.timestamp for e in board.of("S7")] == [n * MINUTE for n in range(7, 5_000, 500)]


def test_events_that_are_too_many_for_the_newest_are_on_charts() -> None:
    board = PatternBoard()
    symbols = [f"S{number}" for number in range(WATCHED.a_second + 300)]
    board.watch(symbols)
    for symbol in symbols:
        board.add(report(symbol), 5.0, 0)
    assert len(board.newest()) == WATCHED.a_second
    assert board.flooded == 300
    assert [event.number for event in board.of(symbols[-1])] == [len(symbols)]


def test_a_symbol_has_only_so_many_events_a_second_on_its_chart() -> None:
    board = PatternBoard()
    board.watch(["LOUD"])
    for bar in range(300):
        board.add(report("LOUD", bar=bar), 5.0 + bar // 100, 0)
    most = WATCHED.of_a_symbol
    numbers = [first + n for first in (1, 101, 201) for n in range(most)]
    assert [event.number for event in board.of("LOUD")] == numbers
    assert board.flooded == 300 - 3 * most


def test_a_chart_has_events_of_watched_symbols_and_each_once() -> None:
    board = PatternBoard()
    board.watch(["A", "B"])
    for symbol in "ABX":
        assert board.add(report(symbol), 1.0, 0)
        assert not board.add(report(symbol), 1.0, 0)
    assert [len(board.of(symbol)) for symbol in "ABX"] == [1, 1, 0]
    kept = board.of("B")
    board.watch(["B", "X"])
    assert [len(board.of(symbol)) for symbol in "ABX"] == [0, 1, 0]
    assert board.of("B") is kept


def test_when_time_begins_anew_charts_do_and_what_is_told_again_is_new() -> None:
    board = PatternBoard()
    board.watch(["A", "B"])
    for symbol in "ABX":
        board.add(report(symbol), 1.0, 0)
    board.begin_anew()
    assert [board.of(symbol) for symbol in "ABX"] == [(), (), ()]
    assert [event.number for event in board.newest()] == [1, 2, 3], "they were told"
    assert board.add(report("A"), 2.0, 0)
    assert not board.add(report("A"), 2.0, 0), "by another channel"
    assert not board.add(report("X"), 2.0, 0), "nobody knows its time"
    assert [event.number for event in board.of("A")] == [4]
    assert [event.number for event in board.newest()] == [1, 2, 3, 4]


def test_texts_that_repeat_are_one_object() -> None:
    board = PatternBoard()
    board.watch(["AAPL"])
    for bar in range(2):
        texts = ("".join(list(text)) for text in ("AAPL", "Three_Crows", "my own", "Someone"))
        symbol, pattern, timeframe, source = texts
        said = report(symbol, pattern, bar)._replace(timeframe=timeframe, source=source)
        board.add(said, 1.0, 0)
    one, other = board.of("AAPL")
    for name in ("symbol", "pattern", "timeframe", "source"):
        assert getattr(one, name) is getattr(other, name)


@pytest.mark.parametrize("watched", [None, ["A"]])
def test_a_flood_of_new_symbols_costs_no_memory(watched: list[str] | None) -> None:
    board = PatternBoard()
    if watched is not None:
        board.watch(watched)

    def flood(first: int) -> None:
        for number in range(first, first + 30_000):
            board.add(report(f"S{number}"), number / 3_000, 0)

    flood(0)
    tracemalloc.start()
    flood(30_000)
    before = tracemalloc.get_traced_memory()[0]
    flood(60_000)
    grown = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()
    assert grown < 1_000_000
