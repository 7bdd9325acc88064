"""The table on a screen, and what tiles and table share: freezing, filtering, staying in place."""

from __future__ import annotations

import pytest
from textual.events import MouseScrollDown

from tests.ui.board.test_board import is_grey, refreshed, style_of
from tests.ui.driving import Driver, on_screen, until
from tests.ui.fake_engine import NOW, SYMBOLS, FakeEngine, make_row, make_rows, make_snapshot, tick
from tickterm.market.snapshot import LinkPhase, LinkView, Row
from tickterm.ui.board.board import Board
from tickterm.ui.board.order import Sort
from tickterm.ui.chart.detail import DetailView

HEAD = 1
"""The table's titles, on the screen; the first symbol is below."""
FIRST = HEAD + 1


def many(count: int, **changes: object) -> FakeEngine:
    """Return an engine with so many symbols."""
    rows = tuple(make_row(f"S{i:05}", 10.0 + i, **changes) for i in range(count))
    return FakeEngine(make_snapshot(rows=rows))


async def tick_all(driver: Driver, percents: dict[str, float], seconds: float) -> None:
    """Let symbols go to so many per cent, and time go on."""
    now = driver.engine.current.now + seconds
    rows = tuple(
        row._replace(price=row.reference * (1 + percents[row.symbol] / 100), updated=now)
        if row.symbol in percents and row.reference
        else row
        for row in driver.engine.current.rows
    )
    driver.engine.change(rows=rows, now=now)
    await driver.look()


def marked_line(driver: Driver) -> int:
    """Return the line of the screen on which the mark stands."""
    lines = driver.lines()
    return next(y for y, line in enumerate(lines) if line.startswith("▌"))


async def test_v_changes_the_view_and_back() -> None:
    async with on_screen() as driver:
        tiles = driver.lines()[1:16]
        await driver.press("v")
        lines = driver.lines()
        assert driver.board.is_table
        assert lines[HEAD].split()[:4] == ["symbol", "last", "change", "%"]
        assert [line.split()[0] for line in lines[FIRST : FIRST + 3]] == ["▌AAPL", "MSFT", "NVDA"]
        assert "227.52" in lines[FIRST]
        await driver.press("v")
        assert driver.lines()[1:16] == tiles


@pytest.mark.parametrize("size", [(40, 12), (80, 24), (120, 30), (200, 50), (300, 100)])
async def test_every_line_of_the_table_fills_the_screen(size: tuple[int, int]) -> None:
    async with on_screen(size=size) as driver:
        await driver.press("v")
        lines = driver.lines()
        assert lines[HEAD].split()[0] == "symbol"
        assert all(len(line) == size[0] for line in lines[HEAD : HEAD + 5])
        assert "▌AAPL" in lines[FIRST]


async def test_mark_and_place_are_kept_when_the_view_changes() -> None:
    async with on_screen(many(500)) as driver:
        await driver.press("end", *["up"] * 30, "v")
        symbol = driver.board.cursor_symbol
        assert f"▌{symbol} " in driver.text()
        await driver.press("v")
        assert driver.board.cursor_symbol == symbol
        assert f"▌{symbol} " in driver.text()


async def test_what_is_on_top_stays_in_sight_when_the_mark_is_not() -> None:
    async with on_screen(many(500)) as driver:
        driver.board.scroll_to(y=200, animate=False, force=True)
        await driver.settle()
        top = driver.lines()[1].split()[0]
        await driver.press("v")
        assert driver.lines()[FIRST].split()[0] == top
        assert driver.board.cursor_symbol == "S00000"


async def test_the_mark_moves_in_the_table_by_keys() -> None:
    async with on_screen(many(500)) as driver:
        await driver.press("v")
        page = driver.board.size.height - 1
        for key, index in [
            *(("down", 1), ("j", 2), ("up", 1), ("k", 0), ("k", 0), ("ctrl+d", page // 2)),
            *(("pagedown", page // 2 + page), ("ctrl+u", page), ("pageup", 0)),
            *(("G", 499), ("down", 499), ("g", 0), ("end", 499), ("home", 0)),
        ]:
            await driver.press(key)
            assert driver.board.cursor_symbol == f"S{index:05}", key
            assert f"▌S{index:05} " in driver.text(), key
        assert driver.lines()[HEAD].split()[0] == "symbol"


async def test_the_titles_stay_while_the_table_scrolls() -> None:
    async with on_screen(many(500)) as driver:
        await driver.press("v")
        head = driver.lines()[HEAD]
        await driver.press("end")
        assert driver.lines()[HEAD] == head
        assert "S00499" in driver.lines()[HEAD + driver.board.size.height - 1]


async def test_a_click_marks_and_the_second_one_opens_the_chart() -> None:
    async with on_screen() as driver:
        await driver.press("v")
        await driver.pilot.click(Board, offset=(10, 3))
        assert driver.board.cursor_symbol == SYMBOLS[2]
        await driver.pilot.click(Board, offset=(10, 5), times=2)
        await until(lambda: driver.app.dashboard.detail.symbol == SYMBOLS[4])
        assert driver.app.query_one(DetailView).display


async def test_a_double_click_opens_a_tiles_chart() -> None:
    async with on_screen() as driver:
        await driver.pilot.click(Board, offset=(25, 5), times=2)
        await until(lambda: driver.app.dashboard.detail.symbol == "META")


async def test_a_click_on_a_title_sorts_and_the_next_one_reverses() -> None:
    async with on_screen() as driver:
        await driver.press("v")
        x = driver.lines()[HEAD].index("change")
        await driver.pilot.click(Board, offset=(x, 0))
        await driver.look()
        assert (driver.board.sort, driver.board.reverse) == (Sort.CHANGE, False)
        assert "change▼" in driver.lines()[HEAD]
        assert driver.board.cursor_symbol == "AAPL"
        await driver.pilot.click(Board, offset=(x, 0))
        await driver.look()
        assert (driver.board.sort, driver.board.reverse) == (Sort.CHANGE, True)
        assert "change▲" in driver.lines()[HEAD]


async def test_keys_sort_by_the_column_beside() -> None:
    async with on_screen() as driver:
        await driver.press("v")
        seen = []
        for _ in range(4):
            await driver.press("greater_than_sign")
            seen.append(driver.board.sort)
        assert seen == [Sort.SYMBOL, Sort.LAST, Sort.CHANGE, Sort.PERCENT]
        await driver.press("less_than_sign")
        assert driver.board.sort is Sort.CHANGE
        assert "sort change ▼" in driver.lines()[0]
        assert "change▼" in driver.lines()[HEAD]


async def test_only_the_lines_that_changed_are_redrawn() -> None:
    async with on_screen() as driver:
        await driver.press("v")
        with refreshed(driver.board) as regions:
            driver.engine.replace_row(5, tick(driver.engine.current.rows[5], 0.5))
            driver.engine.replace_row(60, tick(driver.engine.current.rows[60], 0.5))
            await driver.look()
            assert [(r.y, r.height) for r in regions] == [(6, 1)]


async def test_an_order_that_stays_redraws_nothing_else() -> None:
    async with on_screen() as driver:
        await driver.press("v", "s", "s")
        with refreshed(driver.board) as regions:
            driver.engine.change(now=NOW + 6, rows=driver.engine.current.rows)
            await driver.look()
            assert all(region.height == 1 for region in regions)


async def test_twelve_thousand_symbols_draw_only_what_is_seen() -> None:
    async with on_screen(many(12_000)) as driver:
        await driver.press("v")
        assert len(driver.board._drawn) == driver.board.size.height - 1
        await driver.press("end")
        assert "▌S11999 " in driver.text()
        assert len(driver.board._drawn) <= driver.board.size.height


async def test_columns_widen_once_for_a_dear_share_and_stay() -> None:
    rows = (*(make_row(f"S{i}", 50.0 + i) for i in range(40)), make_row("BRK.A", 711_020.0))
    async with on_screen(FakeEngine(make_snapshot(rows=rows)), size=(60, 24)) as driver:
        await driver.press("v")
        narrow = driver.lines()[HEAD]
        await driver.press("end")
        assert "711,020.00" in driver.text()
        wide = driver.lines()[HEAD]
        assert wide != narrow
        await driver.press("home")
        assert driver.lines()[HEAD] == wide


async def test_nothing_is_coloured_in_the_table_while_the_link_is_not_up() -> None:
    async with on_screen() as driver:
        await driver.press("v")
        assert not is_grey(style_of(driver, "+1.24"))
        driver.engine.change(link=LinkView(phase=LinkPhase.RETRYING))
        await driver.look()
        assert is_grey(style_of(driver, "+1.24"))
        assert driver.lines()[FIRST].split()[-1] == "STALE"


async def test_a_frozen_order_says_so_and_stays() -> None:
    async with on_screen() as driver:
        await driver.press("s", "s", "f")
        assert "FROZEN" in driver.lines()[0]
        before = driver.board.symbols
        await tick_all(driver, {before[-3]: 50.0}, 6)
        assert driver.board.symbols == before
        await driver.press("f")
        await tick_all(driver, {}, 0.1)
        assert "FROZEN" not in driver.lines()[0]
        assert driver.board.symbols[0] == before[-3]


@pytest.mark.parametrize("view", ["tiles", "table"])
async def test_the_marked_symbol_stays_where_it_is_when_the_order_moves(view: str) -> None:
    rows = tuple(make_row(f"S{i:03}", 100.0, reference=100.0 + i) for i in range(200))
    async with on_screen(FakeEngine(make_snapshot(rows=rows))) as driver:
        await driver.press(*["v"] * (view == "table"), "s", "s", "pagedown", "pagedown", "down")
        symbol, line = driver.board.cursor_symbol, marked_line(driver)
        position = driver.board.symbols.index(symbol)
        await tick_all(driver, {"S150": 50.0, "S151": 51.0, "S152": 52.0, "S153": 53.0}, 6)
        assert driver.board.symbols.index(symbol) == position + 4
        assert driver.board.cursor_symbol == symbol
        assert marked_line(driver) == line


async def test_the_wheel_holds_the_order() -> None:
    async with on_screen() as driver:
        await driver.press("s", "s")
        before = driver.board.symbols
        await tick_all(driver, {}, 4)
        await driver.pilot._post_mouse_events([MouseScrollDown], Board, button=0, offset=(5, 5))
        await tick_all(driver, {before[-3]: 50.0}, 2)
        assert driver.board.symbols == before
        await tick_all(driver, {}, 2)
        assert driver.board.symbols[0] == before[-3]


async def test_the_filter_is_applied_while_it_is_typed() -> None:
    async with on_screen() as driver:
        await driver.press("F", *"aa")
        assert driver.board.symbols == ["AAPL"]
        await driver.look()
        assert "filter 1 of 70" in driver.lines()[0]
        assert "1 of 70" in driver.lines()[-1]
        await driver.press("enter")
        assert driver.board.symbols == ["AAPL"]
        assert driver.board.filter_text == "aa"


async def test_a_mistake_is_shown_in_place_and_the_last_filter_stays() -> None:
    async with on_screen() as driver:
        await driver.press("F", *"last > 700 volume >")
        assert 'a number, after "…t > 700 volume >"' in driver.lines()[-1]
        dear = {row.symbol for row in make_rows() if (row.price or 0) > 700}
        assert set(driver.board.symbols) == dear
        await driver.press("enter")
        assert driver.app.focused is not driver.board
        await driver.press(*"1", "enter")
        assert driver.app.focused is driver.board
        assert driver.board.filter_text == "last > 700 volume >1"


async def test_escape_goes_back_to_the_filter_before_and_then_clears_it() -> None:
    async with on_screen() as driver:
        await driver.press("F", *"aapl", "enter", "F", "end", *" or msft")
        assert len(driver.board.symbols) == 2
        await driver.press("escape")
        assert driver.board.symbols == ["AAPL"]
        await driver.press("escape")
        assert len(driver.board.symbols) == len(SYMBOLS)
        assert "filter" not in driver.lines()[0]


async def test_escape_clears_what_was_found_before_the_filter() -> None:
    async with on_screen() as driver:
        await driver.press("F", *"last > 100", "enter", "slash", *"aa", "enter", "escape")
        assert driver.board.found == ""
        assert driver.board.filter_text == "last > 100"
        await driver.press("escape")
        assert driver.board.filter_text == ""


async def test_a_filter_that_nothing_passes_says_so() -> None:
    async with on_screen() as driver:
        await driver.press("F", *"zzzz", "enter", "down", "end", "v", "home", "enter", "y")
        assert "nothing passes the filter" in driver.text()
        assert driver.board.cursor_symbol == ""
        assert driver.board.copied() == ("", "")
        await driver.press("escape")
        assert driver.board.cursor_symbol == "AAPL"


async def test_the_filter_lives_with_the_values() -> None:
    rows = tuple(make_row(s, 100.0, reference=100.0) for s in ("A", "B", "C"))
    async with on_screen(FakeEngine(make_snapshot(rows=rows))) as driver:
        await driver.press("F", *"chg_pct > 2", "enter")
        assert driver.board.symbols == []
        await tick_all(driver, {"B": 3.0}, 1)
        assert driver.board.symbols == ["B"]
        assert "▌B " in driver.text()
        await tick_all(driver, {"B": 1.0}, 1)
        assert driver.board.symbols == []
        assert "▌B " not in driver.text()


async def test_rows_that_go_leave_nothing_behind() -> None:
    rows = tuple(make_row(s, 100.0, reference=100.0) for s in "ABCDEF")
    async with on_screen(FakeEngine(make_snapshot(rows=rows))) as driver:
        await driver.press("v", "F", *"chg_pct >= 0", "enter")
        assert len(driver.board.symbols) == 6
        await tick_all(driver, {"B": -3.0, "E": -1.0}, 4)
        assert driver.board.symbols == ["A", "C", "D", "F"]
        words = [line.split()[0] for line in driver.lines()[FIRST : FIRST + 5] if line.split()]
        assert words == ["▌A", "C", "D", "F"]


async def test_the_marked_symbol_can_be_copied() -> None:
    row = make_row("AAPL", 227.52, reference=228.65)
    async with on_screen(FakeEngine(make_snapshot(rows=(row,)))) as driver:
        assert driver.board.copied() == ("AAPL 227.52 -1.13 -0.49%", "AAPL")


@pytest.mark.parametrize(("count", "named", "lines"), [(9, True, 5), (9, False, 4), (80, True, 4)])
async def test_tiles_have_names_where_all_of_them_fit(count: int, named: bool, lines: int) -> None:
    engine = many(count, name="Apple Inc." if named else "")
    async with on_screen(engine, size=(120, 30)) as driver:
        shown = driver.lines()
        assert ("Apple Inc." in shown[2]) == (lines == 5)
        assert shown[1 + lines].split()[0] == "S00005"


async def test_a_board_of_one_line_or_none_does_not_fall() -> None:
    async with on_screen(size=(10, 3)) as driver:
        await driver.press("v", "down", "end", "pagedown", "v", "f", "s", "home")
        driver.engine.change(rows=(Row("A"),))
        await driver.look()
        assert driver.app.is_running
