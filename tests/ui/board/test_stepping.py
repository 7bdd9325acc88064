"""From one symbol's chart to the next, by the board's order, whatever the board shows."""

from __future__ import annotations

from tests.ui.driving import Driver, on_screen
from tests.ui.fake_engine import NOW, SYMBOLS, FakeEngine, make_event, make_row, make_snapshot
from tickterm.market.groups import Group
from tickterm.market.snapshot import Snapshot

ALL = Group(1, "all", SYMBOLS)
OWN = Group(2, "mine", ("TSLA", "NVDA", "KO"), own=True)


def four(**volumes: int) -> Snapshot:
    rows = tuple(make_row(name, 10.0, volume=volumes.get(name, 9)) for name in "ABCD")
    return make_snapshot(rows=rows)


def viewed(driver: Driver) -> str:
    return driver.app.dashboard.detail.symbol


async def test_no_symbol_is_skipped_after_one_that_the_filter_has_taken_away() -> None:
    for key, symbol in (("]", "C"), ("[", "A")):
        async with on_screen(FakeEngine(four())) as driver:
            await driver.press("F", *"volume > 1", "enter", "home", "right", "enter")
            assert viewed(driver) == "B"
            driver.engine.change(rows=four(B=0).rows, now=NOW + 10)
            await driver.pass_time(10)
            assert driver.board.symbols == ["A", "C", "D"]
            await driver.press(key)
            assert viewed(driver) == symbol


async def test_the_chart_stays_when_nothing_passes_the_filter() -> None:
    async with on_screen(FakeEngine(four())) as driver:
        await driver.press("F", *"volume > 1", "enter", "enter")
        driver.engine.change(rows=four(A=0, B=0, C=0, D=0).rows, now=NOW + 10)
        await driver.pass_time(10)
        assert driver.board.symbols == []
        await driver.press("]", "[")
        assert viewed(driver) == "A"


async def test_after_a_symbol_of_another_group_comes_the_marked_one() -> None:
    events = (make_event(1, "HON"),)
    snapshot = make_snapshot(groups=(ALL, OWN), patterns=events)
    async with on_screen(FakeEngine(snapshot), size=(200, 50)) as driver:
        await driver.press("2", "tab", "tab", "down", "enter")
        assert viewed(driver) == "HON"
        await driver.press("]")
        assert viewed(driver) == "TSLA"
        await driver.press("]")
        assert viewed(driver) == "NVDA"


async def test_a_frozen_order_outlives_a_look_at_another_group() -> None:
    async with on_screen(FakeEngine(make_snapshot(groups=(ALL, OWN)))) as driver:
        await driver.press("s", "s", "f")
        before = driver.board.symbols
        await driver.press("2")
        assert driver.board.symbols == [s for s in before if s in OWN.symbols]
        await driver.press("1")
        assert driver.board.symbols == before
        driver.engine.change(rows=())
        await driver.look()
        driver.engine.change(rows=make_snapshot().rows)
        await driver.look()
        assert driver.board.symbols == before


async def test_a_group_comes_sorted_also_right_after_a_move() -> None:
    async with on_screen(FakeEngine(make_snapshot(groups=(ALL, OWN)))) as driver:
        await driver.press("s", "s", "2", "right", "1")
        percents = [row.percent for row in driver.engine.current.rows if row.percent is not None]
        shown = {row.symbol: row.percent for row in driver.engine.current.rows}
        assert [shown[symbol] for symbol in driver.board.symbols[: len(percents)]] == sorted(
            percents, reverse=True
        )
