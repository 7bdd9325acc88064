"""Where the keys go when what had them is hidden: by a resize, a command, or the figures."""

from __future__ import annotations

import pytest
from textual import events

from tests.ui.driving import Driver, on_screen
from tests.ui.key_cases import make_engine

WIDE, USUAL, LOW = (200, 50), (100, 30), (60, 12)


def focused(driver: Driver) -> str:
    return type(driver.app.focused).__name__


async def resized(driver: Driver, size: tuple[int, int]) -> None:
    await driver.pilot.resize_terminal(*size)
    await driver.look()


async def moves_the_board(driver: Driver) -> bool:
    before = driver.board.cursor_symbol
    await driver.press("down")
    return driver.board.cursor_symbol != before


@pytest.mark.parametrize("keys", ["tab", "e tab", "tab tab"])
async def test_the_board_has_them_when_a_resize_hides_the_list(keys: str) -> None:
    async with on_screen(make_engine(), USUAL) as driver:
        await driver.press(*keys.split())
        await resized(driver, LOW)
        assert focused(driver) == "Board"
        assert await moves_the_board(driver)


@pytest.mark.parametrize("keys", ["tab slash", "tab F", "e tab F", "slash"])
@pytest.mark.parametrize("end", ["escape", "enter"])
async def test_so_it_has_after_a_question_that_was_asked_from_there(keys: str, end: str) -> None:
    async with on_screen(make_engine(), USUAL) as driver:
        await driver.press(*keys.split())
        await resized(driver, LOW)
        assert focused(driver) == "TypedLine", "nobody's typing is interrupted"
        await driver.press(end)
        assert focused(driver) == "Board"
        assert await moves_the_board(driver)


async def test_a_chart_has_them_where_it_stands_in_the_boards_place() -> None:
    async with on_screen(make_engine(), USUAL) as driver:
        await driver.press("enter", "tab")
        await resized(driver, LOW)
        assert focused(driver) == "DetailView"


async def test_a_list_that_stays_in_sight_keeps_them() -> None:
    async with on_screen(make_engine(), WIDE) as driver:
        await driver.press("tab", "tab")
        await resized(driver, USUAL)
        assert focused(driver) == "EventView"
        await driver.press("slash", "escape")
        assert focused(driver) == "EventView"


async def test_a_resize_while_the_terminal_is_in_the_background_takes_them_from_nobody() -> None:
    async with on_screen(make_engine(), USUAL) as driver:
        await driver.press("tab")
        driver.app.post_message(events.AppBlur())
        await driver.settle()
        await resized(driver, (120, 40))
        driver.app.post_message(events.AppFocus())
        await driver.settle()
        assert focused(driver) == "LogView"


@pytest.mark.parametrize("key", ["l", "e", "i", "escape"])
async def test_figures_in_the_place_of_the_board_give_them_back(key: str) -> None:
    async with on_screen(make_engine(), (80, 24)) as driver:
        await driver.press("i")
        assert focused(driver) == "LatencyPanel"
        assert not await moves_the_board(driver)
        await driver.press(key)
        assert focused(driver) == "Board"
        assert await moves_the_board(driver)


async def test_figures_give_them_back_to_the_board_that_a_resize_uncovers() -> None:
    async with on_screen(make_engine(), (80, 24)) as driver:
        await driver.press("i")
        await resized(driver, WIDE)
        assert focused(driver) == "Board"
        await resized(driver, (80, 24))
        assert focused(driver) == "LatencyPanel"
        await driver.press("enter")
        assert focused(driver) == "DetailView"


@pytest.mark.parametrize("key", ["2", "v", "s", "S", "f"])
async def test_keys_of_a_board_that_is_not_seen_do_nothing(key: str) -> None:
    async with on_screen(make_engine(), (80, 24)) as driver:
        before = driver.text()
        await driver.press("i", key)
        assert "exchange to us" in driver.text()
        await driver.press("i")
        await driver.look()
        assert driver.text() == before
