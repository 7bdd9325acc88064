"""The board on a screen: looks, redrawing, the mark, finding and sorting."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING
from unittest.mock import patch

import pytest

from tests.ui.driving import Driver, on_screen, until
from tests.ui.fake_engine import NOW, FakeEngine, make_event, make_row, make_snapshot, tick
from tickterm.market.redis_events import Direction
from tickterm.market.snapshot import LinkPhase, LinkView, Row
from tickterm.ui.board.board import Board
from tickterm.ui.board.order import Sort

if TYPE_CHECKING:
    from rich.style import Style
    from textual.geometry import Region

TOP = 1
"""The board's first line on the screen."""


def style_of(driver: Driver, text: str, line: int | None = None) -> Style:
    """Return the style of the first segment that shows `text`."""
    strips = driver.strips()
    for strip in strips if line is None else strips[line : line + 1]:
        for segment in strip:
            if text in segment.text and segment.style is not None:
                return segment.style
    raise AssertionError(f"{text!r} is not on the screen")


def brightness(style: Style) -> int:
    assert style.color is not None
    return sum(style.color.get_truecolor())


def is_grey(style: Style) -> bool:
    assert style.color is not None
    triplet = style.color.get_truecolor()
    return max(triplet) - min(triplet) < 25


@contextmanager
def refreshed(board: Board) -> Iterator[list[Region]]:
    """Collect the regions that the board asks to redraw; a whole redraw is the whole region."""
    regions: list[Region] = []
    original = board.refresh

    def refresh(*wanted: Region, **options: bool) -> Board:
        regions.extend(wanted or [board.size.region])
        return original(*wanted, **options)

    with patch.object(board, "refresh", refresh):
        yield regions


async def pass_engine_time(driver: Driver, seconds: int) -> None:
    """Let the engine's clocks go on, and its rows with them."""
    now = driver.engine.current
    rows = tuple(row._replace(updated=row.updated + seconds) for row in now.rows)
    driver.engine.change(now=now.now + seconds, wall_ms=now.wall_ms + 1_000 * seconds, rows=rows)
    await driver.look()


async def test_four_columns_at_80_cells_eight_at_200() -> None:
    async with on_screen() as driver:
        assert driver.lines()[TOP].split()[0:8:3] == ["▌AAPL", "MSFT", "NVDA"]
        assert driver.lines()[TOP + 4].split()[0] == "GOOGL"
    async with on_screen(size=(200, 50)) as driver:
        assert driver.lines()[TOP + 4].split()[0] == "AVGO"
        assert all(row.symbol in driver.text() for row in driver.engine.current.rows)


async def test_only_the_changed_lines_are_redrawn() -> None:
    async with on_screen() as driver:
        row = driver.engine.current.rows[5]
        with refreshed(driver.board) as regions:
            driver.engine.replace_row(5, tick(row, 0.5))
            await driver.look()
            assert {(r.x, r.y, r.width, r.height) for r in regions} == {
                (20, y, 19, 1) for y in (4, 5, 6)
            }


async def test_one_region_a_line_whatever_changed() -> None:
    async with on_screen() as driver:
        rows = tuple(tick(r, 0.5) if r.ticks else r for r in driver.engine.current.rows)
        with refreshed(driver.board) as regions:
            driver.engine.change(rows=rows)
            await driver.look()
            assert len({r.y for r in regions}) == len(regions) <= 12


async def test_nothing_is_redrawn_when_nothing_changed() -> None:
    async with on_screen() as driver:
        with refreshed(driver.board) as regions:
            driver.engine.change()
            await driver.look()
            assert regions == []


async def test_a_change_far_below_draws_nothing() -> None:
    async with on_screen() as driver:
        with refreshed(driver.board) as regions:
            driver.engine.replace_row(60, tick(driver.engine.current.rows[60], 0.5))
            await driver.look()
            assert regions == []


async def test_only_the_age_of_a_quiet_tile_is_redrawn() -> None:
    rows = (make_row("AAPL", 227.52, updated=NOW - 4.5),)
    async with on_screen(FakeEngine(make_snapshot(rows=rows))) as driver:
        with refreshed(driver.board) as regions:
            await driver.pass_time(1.0)
            assert [(r.y, r.height) for r in regions] == [(2, 1)]
        assert driver.lines()[TOP + 2].split()[-1] == "6s"


async def test_a_pattern_marks_its_tile_and_moves_nothing() -> None:
    async with on_screen() as driver:
        before = driver.lines()[TOP : TOP + 15]
        with refreshed(driver.board) as regions:
            driver.engine.change(patterns=(make_event(1, "MSFT", direction=Direction.BEARISH),))
            await driver.look()
            assert [(r.x, r.y, r.width, r.height) for r in regions] == [(20, 0, 19, 1)]
        after = driver.lines()[TOP : TOP + 15]
        assert after[0] == before[0].replace(" MSFT", "▽MSFT")
        assert after[1:] == before[1:]


async def test_a_mark_on_the_marked_tile_stays_in_sight() -> None:
    event = make_event(1, direction=Direction.BULLISH)
    async with on_screen(FakeEngine(make_snapshot(patterns=(event,)))) as driver:
        assert driver.board.cursor_symbol == "AAPL"
        assert [line[0] for line in driver.lines()[TOP : TOP + 3]] == ["△", "▌", "▌"]


async def test_a_mark_fades_and_goes_by_itself() -> None:
    event = make_event(1, "MSFT", direction=Direction.NEUTRAL)
    async with on_screen(FakeEngine(make_snapshot(patterns=(event,)))) as driver:
        fresh = style_of(driver, "◇", TOP).bgcolor
        await pass_engine_time(driver, 59)
        assert style_of(driver, "◇", TOP).bgcolor == fresh
        await pass_engine_time(driver, 1)
        assert style_of(driver, "◇", TOP).bgcolor != fresh
        await pass_engine_time(driver, 239)
        assert "◇" in driver.lines()[TOP]
        await pass_engine_time(driver, 1)
        assert "◇" not in driver.text()


async def test_a_paused_board_keeps_its_marks_and_gets_no_new_ones() -> None:
    event = make_event(1, "MSFT", direction=Direction.NEUTRAL)
    async with on_screen(FakeEngine(make_snapshot(patterns=(event,)))) as driver:
        await driver.press("space")
        driver.engine.change(patterns=(event, make_event(5, "NVDA")))
        await pass_engine_time(driver, 400)
        assert driver.lines()[TOP].count("◇") == 1
        await driver.press("space")
        assert "◇" not in driver.lines()[TOP]


async def test_digits_that_changed_light_up_briefly_in_the_colour_of_their_way() -> None:
    async with on_screen() as driver:
        engine = driver.engine
        calm = style_of(driver, "468.13")
        engine.replace_row(1, tick(engine.current.rows[1], +0.37))
        engine.replace_row(2, tick(engine.current.rows[2], -0.37))
        await driver.pass_time(0.1)
        up, down = style_of(driver, "50", TOP), style_of(driver, "61", TOP)
        assert style_of(driver, "468.", TOP) == calm
        assert len({calm.color, up.color, down.color}) == 3
        assert {calm.bgcolor, up.bgcolor, down.bgcolor} == {calm.bgcolor}
        assert style_of(driver, "▲", TOP) == up
        await driver.pass_time(0.5)
        assert style_of(driver, "50", TOP) not in {up, calm}
        await driver.pass_time(0.3)
        assert style_of(driver, "468.50") == calm
        assert style_of(driver, "141.61") == calm


async def test_a_tick_at_the_same_price_does_not_flash() -> None:
    async with on_screen() as driver:
        calm = style_of(driver, "468.13")
        driver.engine.replace_row(1, tick(driver.engine.current.rows[1], 0.0))
        await driver.look()
        assert style_of(driver, "468.13") == calm


async def test_a_quiet_tile_fades_step_by_step() -> None:
    ages = (1, 15, 30, 50, 70)
    rows = tuple(make_row(f"Q{age}", 100.0 + age, updated=NOW - age) for age in ages)
    async with on_screen(FakeEngine(make_snapshot(rows=rows)), size=(120, 24)) as driver:
        lights = [brightness(style_of(driver, f"Q{age}")) for age in ages]
        assert lights == sorted(lights, reverse=True)
        assert len(set(lights)) == len(ages)
        assert "1m" in driver.lines()[TOP + 2]


@pytest.mark.parametrize(
    "phase", [phase for phase in LinkPhase if phase is not LinkPhase.UP], ids=lambda p: p.name
)
async def test_nothing_is_coloured_while_the_link_is_not_up(phase: LinkPhase) -> None:
    async with on_screen() as driver:
        assert not is_grey(style_of(driver, "+1.24"))
        driver.engine.change(link=LinkView(phase=phase))
        await driver.look()
        for strip in driver.strips()[TOP : TOP + 15]:
            for segment in strip.crop(0, 79):
                if segment.text.strip() and segment.style is not None:
                    assert is_grey(segment.style), segment


async def test_a_frozen_engine_ages_and_greys_visibly() -> None:
    async with on_screen() as driver:
        await driver.pass_time(1.5)
        assert not is_grey(style_of(driver, "+1.24"))
        await driver.pass_time(1.5)
        assert is_grey(style_of(driver, "+1.24"))
        assert "STALE" in driver.lines()[TOP + 2]
        assert "NO ANSWER" in driver.text()


async def test_the_mark_moves_by_keys() -> None:
    async with on_screen() as driver:
        symbols = driver.board.symbols
        for key, index in [
            *(("right", 1), ("down", 5), ("h", 4), ("k", 0), ("up", 0), ("left", 0)),
            *(("end", 69), ("down", 69), ("home", 0), ("pagedown", 16), ("j", 20), ("pageup", 4)),
        ]:
            await driver.press(key)
            assert driver.board.cursor_symbol == symbols[index], key
            assert f"▌{symbols[index]} " in driver.text(), key


async def test_the_mark_moves_by_mouse() -> None:
    async with on_screen() as driver:
        await driver.pilot.click(Board, offset=(25, 5))
        assert driver.board.cursor_symbol == "META"
        await driver.pilot.click(Board, offset=(25, 7))
        assert driver.board.cursor_symbol == "META"


async def test_twelve_thousand_symbols_draw_only_what_is_seen() -> None:
    rows = tuple(make_row(f"S{i}", 10.0 + i) for i in range(12_000))
    async with on_screen(FakeEngine(make_snapshot(rows=rows))) as driver:
        assert len(driver.board._drawn) == 16
        await driver.press("end")
        assert "▌S11999 " in driver.text()
        assert len(driver.board._drawn) <= 20


async def test_sorting_cycles_and_reverses() -> None:
    async with on_screen() as driver:
        for sort in (Sort.SYMBOL, Sort.PERCENT, Sort.VOLUME, Sort.NEWEST, Sort.UNIVERSE):
            await driver.press("s")
            assert driver.board.sort is sort
            assert f"sort {sort.value}" in driver.lines()[0]
        await driver.press("S")
        assert "sort universe ▼" in driver.lines()[0]
        assert driver.board.symbols[-1] == "AAPL"


async def test_a_moving_order_waits_before_it_moves() -> None:
    async with on_screen() as driver:
        await driver.press("s", "s")
        first, last = driver.board.symbols[0], driver.board.symbols[-3]
        index = [row.symbol for row in driver.engine.current.rows].index(last)
        row = driver.engine.current.rows[index]
        driver.engine.replace_row(index, tick(row, 400.0))
        await driver.pass_time(1.0)
        assert driver.board.symbols[0] == first
        driver.engine.change(now=NOW + 6)
        await driver.look()
        assert driver.board.symbols[0] == last


async def test_the_mark_stays_on_its_symbol_when_the_order_changes() -> None:
    async with on_screen() as driver:
        await driver.press("right", "right")
        assert driver.board.cursor_symbol == "NVDA"
        await driver.press("s")
        assert driver.board.cursor_symbol == "NVDA"
        position = driver.board.symbols.index("NVDA")
        await driver.press("right")
        assert driver.board.cursor_symbol == driver.board.symbols[position + 1]


async def test_a_new_order_shows_its_top_and_not_the_mark() -> None:
    async with on_screen() as driver:
        await driver.press("end", "s")
        assert driver.board.cursor_symbol == "ARKK"
        await until(lambda: driver.board.scroll_offset.y == 0)
        await driver.press("home", "s")
        top = driver.board.symbols[0]
        assert driver.board.cursor_symbol != top
        assert top in driver.lines()[TOP]
        await driver.press("l")
        assert top in driver.lines()[TOP]
        await driver.press("right")
        await driver.see(f"▌{driver.board.cursor_symbol}")


async def test_another_universe_takes_the_place_of_the_first() -> None:
    async with on_screen() as driver:
        await driver.press("right")
        driver.engine.change(rows=(make_row("IBM", 222.0), make_row("MSFT", 468.0), Row("GE")))
        await driver.look()
        assert driver.board.symbols == ["IBM", "MSFT", "GE"]
        assert driver.board.cursor_symbol == "MSFT"
        driver.engine.change(rows=())
        await driver.look()
        assert "no symbols yet" in driver.text()
        await driver.press("down", "end", "home", "pagedown")
        assert driver.board.cursor_symbol == ""


async def test_finding_marks_the_best_match_while_typing() -> None:
    async with on_screen() as driver:
        await driver.press("slash", "m")
        assert driver.board.cursor_symbol == "MSFT"
        await driver.press("a")
        assert driver.board.cursor_symbol == "MA"
        assert style_of(driver, "MA", TOP + 12).bold
        assert "1 symbol" in driver.lines()[-1]
        await driver.press("enter")
        assert driver.board.cursor_symbol == "MA"
        assert "find MA" in driver.lines()[0]
        await driver.press("escape")
        assert "find" not in driver.lines()[0]
        assert driver.board.cursor_symbol == "MA"


async def test_finding_far_below_scrolls_there_and_escape_comes_back() -> None:
    async with on_screen() as driver:
        await driver.press("right", "slash", *"spy")
        assert driver.board.cursor_symbol == "SPY"
        assert "▌SPY" in driver.text()
        await driver.press("escape")
        assert driver.board.cursor_symbol == "MSFT"
        assert driver.board.found == ""
        assert "▌MSFT" in driver.text()


async def test_finding_nothing_leaves_the_mark() -> None:
    async with on_screen() as driver:
        await driver.press("right", "slash", "n")
        assert driver.board.cursor_symbol != "MSFT"
        await driver.press(*"123")
        assert driver.board.cursor_symbol == "MSFT"
        assert "0 symbols" in driver.lines()[-1]
