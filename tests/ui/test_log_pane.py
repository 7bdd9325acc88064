"""The log pane on a screen: following, pausing, filtering, bounds."""

from __future__ import annotations

import logging

import pytest

from tests.ui.driving import Driver, on_screen, until
from tests.ui.fake_engine import WALL_MS, FakeEngine, make_snapshot
from tickterm.market.snapshot import Notice
from tickterm.ui import numbers
from tickterm.ui.log_buffer import LIMIT


def notices(first: int, last: int, text: str = "line") -> tuple[Notice, ...]:
    return tuple(
        Notice(number, WALL_MS, logging.INFO, f"{text} {number};")
        for number in range(first, last + 1)
    )


def with_lines(last: int) -> FakeEngine:
    return FakeEngine(make_snapshot(notices=notices(1, last)))


async def add(driver: Driver, first: int, last: int, text: str = "line") -> None:
    driver.engine.change(notices=notices(first, last, text))
    await driver.look()


def title(driver: Driver) -> str:
    return " ".join(driver.log_pane.title.text.split())


async def test_lines_have_time_level_and_text() -> None:
    async with on_screen(with_lines(2)) as driver:
        assert f" {numbers.clock(WALL_MS)} I line 1;" in driver.text()
        assert title(driver) == "log 2 lines following"


async def test_the_newest_line_is_followed() -> None:
    async with on_screen(with_lines(50)) as driver:
        assert "line 50;" in driver.text()
        await add(driver, 51, 60)
        assert "line 60;" in driver.text()
        assert "line 50;" not in driver.text()


async def test_p_pauses_counts_what_is_new_and_follows_again() -> None:
    async with on_screen(with_lines(50)) as driver:
        await driver.press("p")
        assert title(driver) == "log 50 lines paused p follows"
        await add(driver, 51, 62)
        assert "line 50;" in driver.text()
        assert "line 51;" not in driver.text()
        assert title(driver) == "log 62 lines paused, 12 new p follows"
        await driver.press("p")
        assert "line 62;" in driver.text()
        assert title(driver) == "log 62 lines following"


async def test_scrolling_up_pauses_and_the_end_follows() -> None:
    async with on_screen(with_lines(50)) as driver:
        await driver.press("tab", "up")
        await driver.see("line 46;")
        await driver.press("up")
        await driver.see("line 45;")
        assert "line 49;" not in driver.text()
        await add(driver, 51, 53)
        assert "line 45;" in driver.text()
        assert "paused, 3 new" in title(driver)
        await driver.press("end")
        await driver.see("line 53;")
        await until(lambda: "following" in title(driver))


async def test_a_paused_view_stays_over_its_lines_while_old_ones_fall_out() -> None:
    async with on_screen(with_lines(LIMIT)) as driver:
        await driver.press("tab", "pageup")
        await driver.see("line 1993;")
        view = driver.log_pane.view
        seen = [line for line in driver.lines() if "line 19" in line]
        assert seen
        await add(driver, LIMIT + 1, LIMIT + 7)
        assert [line for line in driver.lines() if "line 19" in line] == seen
        assert len(view.buffer) == LIMIT
        assert len(view._lines) == LIMIT
        await driver.press("home")
        await driver.see("line 8;")


async def test_missed_notices_are_named_by_number() -> None:
    async with on_screen(with_lines(3)) as driver:
        await add(driver, 16, 17)
        assert "… 12 lines not shown" in driver.text()


async def test_the_filter_shows_parts_and_counts() -> None:
    async with on_screen() as driver:
        await driver.press("F", *"REDIS")
        assert title(driver) == "log filter: REDIS (3 of 12) following"
        assert "3 of 12 lines" in driver.lines()[-1]
        await driver.press("enter")
        assert "ticks wait" in driver.text()
        assert "authenticated" not in driver.text()
        driver.engine.change(
            notices=(
                *driver.engine.current.notices,
                Notice(13, WALL_MS, logging.INFO, "redis: new"),
                Notice(14, WALL_MS, logging.INFO, "feed: new"),
            )
        )
        await driver.look()
        assert "redis: new" in driver.text()
        assert "feed: new" not in driver.text()
        assert title(driver) == "log filter: REDIS (4 of 14) following"


async def test_the_filter_opens_with_its_text_and_escape_goes_back_to_it() -> None:
    async with on_screen() as driver:
        await driver.press("F", *"feed", "escape")
        assert title(driver) == "log 12 lines following"
        assert "status success" in driver.text()
        await driver.press("F", *"redis", "enter", "F")
        assert "redis" in driver.lines()[-1]
        await driver.press(*"xyz")
        assert title(driver) == "log filter: xyz (0 of 12) following"
        await driver.press("escape")
        assert title(driver) == "log filter: redis (3 of 12) following"


@pytest.mark.parametrize("size", [(80, 24), (200, 50)])
async def test_the_title_shows_that_tab_has_gone_to_the_log(size: tuple[int, int]) -> None:
    async with on_screen(size=size) as driver:
        plain = driver.log_pane.title.text
        assert plain.startswith(" log ")
        await driver.press("tab")
        assert driver.log_pane.view.has_focus
        assert driver.log_pane.title.text.startswith("▌log ")
        assert "▌log " in driver.text()
        await driver.press(*["tab"] * (1 if size[0] < 150 else 2))
        assert driver.board.has_focus
        assert driver.log_pane.title.text == plain


async def test_long_lines_wrap_and_rewrap() -> None:
    text = "word " * 27
    engine = FakeEngine(make_snapshot(notices=(Notice(1, WALL_MS, logging.INFO, text),)))
    async with on_screen(engine) as driver:
        assert len(driver.log_pane.view._lines) == 3
        await driver.pilot.resize_terminal(149, 50)
        await driver.look()
        assert len(driver.log_pane.view._lines) == 1


async def test_l_hides_the_log_and_f_brings_it_back() -> None:
    async with on_screen() as driver:
        await driver.press("tab", "l")
        assert " log " not in driver.text()
        assert driver.app.focused is driver.board
        assert driver.board.size.height == 20
        await driver.press("l")
        await driver.see(" log ")
        await driver.press("l", "F")
        await driver.see(" log ")
