"""The log pane on a screen: following, pausing, the mark, filtering, bounds."""

from __future__ import annotations

import dataclasses
import logging

import pytest

from tests.ui.driving import Driver, on_screen, until
from tests.ui.fake_engine import HOSTILE, WALL_MS, FakeEngine, make_snapshot
from tickterm.market.snapshot import Notice
from tickterm.ui.draw import numbers
from tickterm.ui.log.buffer import LIMIT


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
    return " ".join(driver.log_pane.title.text.lstrip("▌").split())


def marked(driver: Driver) -> str:
    """Return the text of the marked line, which must be in sight with its mark."""
    entry = driver.log_pane.view.marked
    if entry is None:
        assert "▌" not in "".join(log_lines(driver))
        return ""
    (line,) = (line for line in log_lines(driver) if line.startswith("▌"))
    assert entry.text in line
    return entry.text


def log_lines(driver: Driver) -> list[str]:
    """Return the lines of the log that are in sight."""
    view = driver.log_pane.view
    return [view.render_line(y).text for y in range(view.size.height)]


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


async def test_the_first_step_up_marks_the_newest_line_and_stays_there() -> None:
    async with on_screen(with_lines(50)) as driver:
        await driver.press("tab")
        assert marked(driver) == ""
        before = log_lines(driver)
        await driver.press("up")
        assert marked(driver) == "line 50;"
        assert [line[1:] for line in log_lines(driver)] == [line[1:] for line in before]
        await add(driver, 51, 53)
        assert marked(driver) == "line 50;"
        assert "paused, 3 new" in title(driver)


@pytest.mark.parametrize("keys", [("up", "down"), ("k", "j")])
async def test_the_mark_moves_and_takes_the_view_along(keys: tuple[str, str]) -> None:
    up, down = keys
    async with on_screen(with_lines(50)) as driver:
        height = driver.log_pane.view.size.height
        await driver.press("tab", *[up] * (height + 1))
        assert marked(driver) == f"line {50 - height};"
        assert marked(driver) in log_lines(driver)[0]
        await driver.press(down)
        assert marked(driver) == f"line {51 - height};"
        await driver.press(*[down] * (height - 1))
        assert marked(driver) == "line 50;"
        assert "paused" in title(driver)
        await driver.press(down)
        assert marked(driver) == ""
        assert title(driver) == "log 50 lines following"


@pytest.mark.parametrize(("first", "last"), [("home", "end"), ("g", "G")])
async def test_the_oldest_and_the_newest_line(first: str, last: str) -> None:
    async with on_screen(with_lines(50)) as driver:
        await driver.press("tab", first)
        assert marked(driver) == "line 1;"
        assert "paused" in title(driver)
        await driver.press("up", "pageup")
        assert marked(driver) == "line 1;"
        await driver.press(last)
        assert marked(driver) == ""
        assert "line 50;" in driver.text()
        assert title(driver) == "log 50 lines following"


async def test_pages() -> None:
    async with on_screen(with_lines(50)) as driver:
        height = driver.log_pane.view.size.height
        await driver.press("tab", "pagedown")
        assert title(driver) == "log 50 lines following"
        await driver.press("pageup")
        assert marked(driver) == f"line {50 - height};"
        await driver.press("pageup")
        assert marked(driver) == f"line {50 - 2 * height};"
        await driver.press("pagedown", "ctrl+d", "ctrl+u")
        assert marked(driver) == f"line {50 - height};"
        await driver.press("pagedown", "pagedown")
        assert title(driver) == "log 50 lines following"


async def test_a_click_marks_a_line_and_the_wheel_moves_none() -> None:
    async with on_screen(with_lines(50)) as driver:
        view = driver.log_pane.view
        await driver.pilot.click(view, offset=(20, 1))
        await driver.settle()
        text = marked(driver)
        assert text in log_lines(driver)[1]
        await add(driver, 51, 51)
        assert marked(driver) == text
        view.scroll_to(y=0, animate=False)
        await driver.settle()
        assert view.marked is not None
        assert view.marked.text == text
        view.scroll_end(animate=False)
        await until(lambda: "following" in title(driver))
        assert marked(driver) == ""


async def test_a_click_below_the_lines_marks_nothing() -> None:
    async with on_screen(with_lines(1)) as driver:
        await driver.pilot.click(driver.log_pane.view, offset=(20, 3))
        assert marked(driver) == ""
        await driver.press("tab", "down", "pagedown")
        assert title(driver) == "log 1 line following"


async def test_keys_on_an_empty_log_do_nothing() -> None:
    async with on_screen(with_lines(0)) as driver:
        keys = ["up", "down", "pageup", "pagedown", "home", "n", "N", "escape", "end", "L", "y"]
        await driver.press("tab", *keys)
        assert marked(driver) == ""
        assert driver.app.is_running


async def test_escape_takes_the_mark_away_and_then_is_for_others() -> None:
    async with on_screen(with_lines(50)) as driver:
        await driver.press("/", *"AA", "enter", "tab", "up", "escape")
        assert marked(driver) == ""
        assert "paused" in title(driver)
        assert driver.board.found == "AA"
        await driver.press("escape")
        assert driver.board.found == ""


async def test_a_paused_view_stays_over_its_lines_while_old_ones_fall_out() -> None:
    async with on_screen(with_lines(LIMIT)) as driver:
        await driver.press("tab", "pageup", "up", "up", "up")
        text = marked(driver)
        seen = log_lines(driver)
        await add(driver, LIMIT + 1, LIMIT + 7)
        assert log_lines(driver) == seen
        assert marked(driver) == text
        view = driver.log_pane.view
        assert len(view.buffer) == len(view._lines) == LIMIT
        await driver.press("home")
        assert marked(driver) == "line 8;"
        await add(driver, LIMIT + 8, LIMIT + 8)
        assert marked(driver) == ""
        assert "line 9;" in log_lines(driver)[0]


async def test_a_mark_that_fell_out_is_no_more() -> None:
    async with on_screen(with_lines(LIMIT)) as driver:
        await driver.press("tab", "home")
        await add(driver, LIMIT + 1, LIMIT + 7)
        assert marked(driver) == ""
        await driver.press("slash", *"AA", "enter")
        bottom = log_lines(driver)[-1]
        await driver.press("down")
        assert marked(driver) in bottom, "a new mark comes to the last line in sight"


async def test_what_fell_out_is_counted() -> None:
    async with on_screen(with_lines(LIMIT)) as driver:
        assert title(driver) == "log 2,000 lines following"
        await add(driver, LIMIT + 1, LIMIT + 345)
        assert title(driver) == "log the newest 2,000 of 2,345 lines following"


async def test_missed_notices_are_named_by_number() -> None:
    async with on_screen(with_lines(3)) as driver:
        await add(driver, 16, 17)
        assert "… 12 lines not shown" in driver.text()
        assert title(driver) == "log the newest 5 of 17 lines 12 missed following"


async def test_missed_lines_are_told_when_their_place_has_fallen_out_too() -> None:
    async with on_screen(with_lines(500), size=(120, 30)) as driver:
        await add(driver, 2_001, 2_500)
        assert title(driver) == "log the newest 1,000 of 2,500 lines 1,500 missed following"
        await driver.press("tab", "F", *"1", "enter")
        shown = [entry for entry in driver.log_pane.view.shown if not entry.is_gap]
        assert f"({len(shown):,} of the newest 1,000 of 2,500) 1,500 missed" in title(driver)
        await driver.press("F", "backspace", "enter")
        await add(driver, 2_501, 2_501 + LIMIT)
        assert "not shown" not in "".join(entry.text for entry in driver.log_pane.view.shown)
        assert title(driver) == "log the newest 2,000 of 4,501 lines 1,500 missed following"


async def test_new_lines_are_those_that_pass_the_filter() -> None:
    async with on_screen(with_lines(50), size=(120, 30)) as driver:
        await driver.press("tab", "end", "up", "F", *"7;", "enter")
        await add(driver, 51, 68)
        assert "paused, 2 new" in title(driver)
        await driver.press("F", "backspace", "backspace", *"8;", "enter")
        assert "paused, 2 new" in title(driver)
        await driver.press("F", "backspace", "backspace", "enter")
        assert "paused, 18 new" in title(driver)
        await add(driver, 90, 90)
        assert "paused, 19 new" in title(driver), "not those that nobody saw"
        await driver.press("p")
        assert "new" not in title(driver).replace("newest", "")


async def test_what_rate_limiting_hid_is_told_exactly() -> None:
    async with on_screen(with_lines(3)) as driver:
        counts = driver.engine.current.counts
        hidden = {"unknown events": 1_200, "rejected elements": 34}
        driver.engine.change(counts=dataclasses.replace(counts, hidden=hidden))
        await driver.look()
        assert title(driver) == "log 3 lines 1,234 hidden by rate limiting following"


async def test_the_filter_shows_parts_and_counts() -> None:
    async with on_screen() as driver:
        await driver.press("tab", "F", *"Redis")
        assert title(driver) == "log filter: Redis (3 of 12) following"
        assert "3 of 12 lines" in driver.lines()[-1]
        await driver.press("enter")
        assert driver.log_pane.view.has_focus
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
        assert title(driver) == "log filter: Redis (4 of 14) following"


async def test_the_filter_opens_with_its_text_and_escape_goes_back_to_it() -> None:
    async with on_screen() as driver:
        await driver.press("tab", "F")
        assert "AAPL (in capitals: the symbol)" in driver.lines()[-1]
        await driver.press(*"feed", "escape")
        assert title(driver) == "log 12 lines following"
        assert "status success" in driver.text()
        await driver.press("F", *"redis", "enter", "F")
        assert "redis" in driver.lines()[-1]
        await driver.press(*"xyz")
        assert title(driver) == "log filter: xyz (0 of 12) following"
        await driver.press("escape")
        assert title(driver) == "log filter: redis (3 of 12) following"


async def test_levels_and_symbols_filter_and_a_wrong_one_is_told() -> None:
    async with on_screen() as driver:
        await driver.press("tab", "F", *"warning")
        assert title(driver) == "log filter: warning (2 of 12) following"
        await driver.press(*" FMV")
        assert title(driver) == "log filter: warning FMV (1 of 12) following"
        await driver.press(*" level:bad")
        assert "a level is all, info, warning or error" in driver.lines()[-1]
        await driver.press("enter")
        assert "log filter" in driver.lines()[-1]
        await driver.press("escape")
        assert title(driver) == "log 12 lines following"


async def test_capital_l_steps_through_the_levels() -> None:
    async with on_screen() as driver:
        seen = []
        for _ in range(4):
            await driver.press("L")
            seen.append(title(driver))
        assert seen == [
            "log filter: >=info (11 of 12) following",
            "log filter: >=warning (2 of 12) following",
            "log filter: >=error (1 of 12) following",
            "log 12 lines following",
        ]
        await driver.press("l", "L")
        await driver.see("filter: >=info")


async def test_a_mark_that_the_filter_hides_comes_back_with_it() -> None:
    async with on_screen(with_lines(50)) as driver:
        await driver.press("tab", "home", *["down"] * 6)
        assert marked(driver) == "line 7;"
        await driver.press("F", *"50;", "enter")
        assert driver.log_pane.view.marked is None
        await driver.press("F", *["backspace"] * 3, "enter")
        assert marked(driver) == "line 7;"
        await driver.press("F", *"7;", "enter", "down")
        assert marked(driver) == "line 17;"


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


async def test_long_lines_wrap_and_rewrap_around_the_mark() -> None:
    lines = tuple(Notice(n, WALL_MS, logging.INFO, f"{n} " + "word " * 26) for n in range(1, 31))
    async with on_screen(FakeEngine(make_snapshot(notices=lines))) as driver:
        view = driver.log_pane.view
        assert len(view._lines) > 60
        await driver.press("tab", *["up"] * 10)
        assert view.marked is not None
        assert view.marked.text.startswith("21 ")
        await driver.pilot.resize_terminal(149, 50)
        await driver.look()
        assert len(view._lines) == 30
        assert marked(driver).startswith("21 ")
        await driver.pilot.resize_terminal(80, 24)
        await driver.look()
        assert any(line.startswith("▌") for line in log_lines(driver))


async def test_l_hides_the_log_and_f_brings_it_back() -> None:
    async with on_screen() as driver:
        await driver.press("tab", "l")
        assert " log " not in driver.text()
        assert driver.app.focused is driver.board
        assert driver.board.size.height == 20
        await driver.press("l")
        await driver.see(" log ")


async def test_hostile_lines_are_drawn_marked_and_found_as_plain_text() -> None:
    lines = tuple(Notice(n, WALL_MS, logging.ERROR, HOSTILE) for n in range(1, 4))
    async with on_screen(FakeEngine(make_snapshot(notices=lines))) as driver:
        await driver.press("tab", "/", *"[/red", "enter")
        assert "missing ]" in driver.lines()[-1]
        await driver.press("escape", "/", *r"\[/red", "enter")
        assert marked(driver).startswith("·]0;owned·[/red][@click=app.quit]x")
        assert "3 of 3" in title(driver)
