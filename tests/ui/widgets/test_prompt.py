"""The line for typing: what is pasted there."""

from __future__ import annotations

import pytest
from textual.events import Paste
from textual.widgets import Input

from tests.ui.driving import Driver, on_screen
from tests.ui.fake_engine import ATTACHED, SYMBOLS, FakeEngine, make_snapshot
from tickterm.market.alerts import LONGEST_TEXT
from tickterm.market.contract import Watch
from tickterm.market.groups import Group
from tickterm.ui.groups.questions import Confirm


def engine() -> FakeEngine:
    everything = Group(1, "stock_etf_test:combo_test", SYMBOLS)
    return FakeEngine(make_snapshot(groups=(everything,), attachment=ATTACHED))


async def paste(driver: Driver, text: str) -> str:
    """Paste a text where the keys go; return what the line then holds."""
    driver.app.post_message(Paste(text))
    await driver.settle()
    return driver.app.screen.query_one(Input).value


def last_line(driver: Driver) -> str:
    return driver.lines()[-1]


@pytest.mark.parametrize(
    ("keys", "fits"),
    [("slash", 200), ("F", 200), ("tab F", 200), ("tab slash", 200), ("A n", LONGEST_TEXT)],
)
async def test_of_a_paste_that_is_too_long_what_fits_is_kept_and_the_rest_told(
    keys: str, fits: int
) -> None:
    async with on_screen(engine(), size=(120, 30)) as driver:
        await driver.press(*keys.split())
        before = driver.app.screen.query_one(Input).value
        room = fits - len(before)
        assert await paste(driver, "x" * 512) == before + "x" * room
        assert f"{512 - room} of 512 pasted characters cut: {fits} fit" in last_line(driver)
        await driver.press("backspace")
        assert "pasted" not in last_line(driver)


async def test_what_fits_is_told_of_no_more() -> None:
    async with on_screen(engine(), size=(120, 30)) as driver:
        await driver.press("slash")
        assert await paste(driver, "A" * 200) == "A" * 200
        assert "pasted" not in last_line(driver)
        assert await paste(driver, "B") == "A" * 200
        assert "1 of 1 pasted characters cut: 200 fit" in last_line(driver)


async def test_no_symbol_is_cut_into_another() -> None:
    async with on_screen(engine()) as driver:
        await driver.press("F")
        kept = await paste(driver, "x" * 150 + " " + "y" * 100)
        assert kept == "x" * 150


async def test_a_column_of_symbols_becomes_one_line() -> None:
    symbols = [f"Z{number}" for number in range(900)]
    async with on_screen(engine()) as driver:
        await driver.press("a")
        await paste(driver, "\n".join(symbols) + "\r\n")
        assert "+900" in last_line(driver)
        await driver.press("enter")
        wishes = [wish for wish in driver.engine.wishes if isinstance(wish, Watch)]
        assert [symbol for wish in wishes for symbol in wish.symbols] == symbols


async def test_a_paste_takes_the_place_of_what_is_selected() -> None:
    async with on_screen(engine()) as driver:
        await driver.press("F", *"old", "enter", "F")
        assert await paste(driver, "new") == "new"


async def test_a_line_that_is_opened_again_says_nothing_of_the_paste_before() -> None:
    async with on_screen(engine(), size=(120, 30)) as driver:
        await driver.press("tab", "F")
        await paste(driver, "x" * 512)
        await driver.press("enter", "F")
        assert "xxx" in last_line(driver)
        assert "pasted" not in last_line(driver)


@pytest.mark.parametrize("width", [20, 40, 80])
async def test_it_is_told_on_any_terminal(width: int) -> None:
    async with on_screen(engine(), size=(width, 24)) as driver:
        await driver.press("slash")
        assert (await paste(driver, "\x1b[31m" + "x" * 512)).startswith("[31mxx")
        assert len(last_line(driver)) == width
        assert "\x1b" not in driver.text()
        assert "316 of 516 "[: width // 4] in last_line(driver)


# -- one question over another --------------------------------------------------------------------


async def test_a_question_over_another_takes_back_what_was_typed_there() -> None:
    async with on_screen(engine(), size=(100, 30)) as driver:
        await driver.press("F", *"NV")
        assert driver.board.filter_text == "NV"
        driver.app.action_remove_symbol()
        await driver.settle()
        assert driver.board.filter_text == ""
        assert last_line(driver).startswith(" stop watching ")
        await driver.press("escape")
        assert driver.board.filter_text == ""
        assert driver.board.has_focus
        assert not driver.engine.wishes


async def test_what_a_question_goes_back_to_is_what_was_before_the_first_one() -> None:
    async with on_screen(engine(), size=(100, 30)) as driver:
        before = driver.board.cursor_symbol
        await driver.press("slash", *"NVDA")
        assert driver.board.cursor_symbol == "NVDA"
        driver.app.action_find()
        await driver.settle()
        assert driver.board.cursor_symbol == before
        await driver.press(*"TSLA", "escape")
        assert (driver.board.cursor_symbol, driver.board.found) == (before, "")


async def test_a_filter_over_a_filter_begins_with_the_one_that_was_kept() -> None:
    async with on_screen(engine(), size=(100, 30)) as driver:
        await driver.press("F", *"NV", "enter", "F", *"DA")
        driver.app.action_filter()
        await driver.settle()
        assert driver.app.screen.query_one(Input).value == "NV"
        assert "filter NV" in last_line(driver)
        await driver.press("escape")
        assert driver.board.filter_text == "NV"


async def test_the_keys_go_back_to_where_the_first_question_was_asked_from() -> None:
    async with on_screen(engine(), size=(100, 30)) as driver:
        await driver.press("tab", "F", "x")
        driver.app.action_add_symbols()
        await driver.settle()
        await driver.press("escape")
        assert driver.log_pane.view.has_focus
        assert driver.log_pane.filter_text == ""


async def test_what_is_done_after_a_question_is_not_done_for_the_next_one() -> None:
    done: list[str] = []
    async with on_screen(engine()) as driver:
        dashboard = driver.app.dashboard
        dashboard.ask(Confirm("one?", lambda: done.append("one")), lambda: done.append("then"))
        await driver.settle()
        dashboard.ask(Confirm("two?", lambda: done.append("two")))
        await driver.settle()
        await driver.press("enter", "enter")
        assert done == ["two"]


# -- low and narrow terminals ---------------------------------------------------------------------


@pytest.mark.parametrize("height", [1, 2, 3, 5, 7, 8, 15])
async def test_however_low_the_terminal_is_the_question_can_be_read(height: int) -> None:
    async with on_screen(engine(), size=(80, height)) as driver:
        await driver.press("d")
        assert last_line(driver).startswith(" stop watching AAPL for everybody? ")
        await driver.press("escape")
        assert "stop watching" not in driver.text()
        assert len(driver.lines()) == height


async def test_a_question_stays_when_the_terminal_becomes_low() -> None:
    async with on_screen(engine(), size=(80, 24)) as driver:
        await driver.press("d")
        await driver.pilot.resize_terminal(80, 4)
        await driver.settle()
        assert last_line(driver).startswith(" stop watching AAPL for everybody? ")


async def test_of_a_mistake_the_reason_comes_first() -> None:
    async with on_screen(engine(), size=(60, 24)) as driver:
        await driver.press("F", *"chg_pct > 2 and volume > 1e6 and fo >")
        assert '"fo" is no field' in last_line(driver)
