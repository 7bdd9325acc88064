"""Finding in the log on a screen: what is typed, where it leads, and that nothing hangs."""

from __future__ import annotations

import asyncio
import gc
import logging
import time
from collections.abc import Iterator

import pytest

from tests.ui.driving import Driver, on_screen
from tests.ui.fake_engine import WALL_MS, FakeEngine, make_snapshot
from tests.ui.log.test_log_find import HOSTILE
from tests.ui.log.test_log_pane import add, marked, notices, title
from tickterm.market.snapshot import Notice
from tickterm.ui.log import find as log_find
from tickterm.ui.log.buffer import LIMIT

LONGEST_STALL = 0.25
"""Seconds of work between two turns of the loop; on a machine that is not busy a fifth of it."""


def engine() -> FakeEngine:
    """Return one with 40 lines, of which 10, 20 and 30 say `feed`."""
    texts = (f"{'feed' if n in (10, 20, 30) else 'line'} {n};" for n in range(1, 41))
    lines = (Notice(n, WALL_MS, logging.INFO, text) for n, text in enumerate(texts, 1))
    return FakeEngine(make_snapshot(notices=tuple(lines)))


def highlighted(driver: Driver) -> list[str]:
    """Return what is highlighted in sight."""
    view = driver.log_pane.view
    look = view._looks.style("match")
    strips = [view.render_line(y) for y in range(view.size.height)]
    return [
        part.text
        for strip in strips
        for part in strip
        if part.style is not None and part.style.color == look.color
    ]


def toasts(driver: Driver) -> list[str]:
    return [toast.message for toast in driver.app._notifications]


async def test_the_nearest_match_above_is_marked_while_typing() -> None:
    async with on_screen(engine()) as driver:
        await driver.press("tab", "/")
        assert "log find" in driver.lines()[-1]
        assert "a regular expression; then n goes down, N up" in driver.lines()[-1]
        await driver.press(*r"feed \d0")
        assert "3 lines match" in driver.lines()[-1]
        await driver.press("enter")
        assert marked(driver) == "feed 30;"
        assert title(driver).startswith(r"log 40 lines find: feed \d0 3 of 3 paused")
        assert highlighted(driver) == ["feed 30"]


async def test_n_goes_down_and_capital_n_up_and_both_go_round() -> None:
    async with on_screen(engine()) as driver:
        await driver.press("tab", "/", *"feed", "enter")
        seen = []
        for key in ("N", "N", "N", "n", "n"):
            await driver.press(key)
            where = title(driver).removeprefix("log 40 lines find: feed ").split(" paused")[0]
            seen.append((marked(driver), where))
        assert seen == [
            ("feed 20;", "2 of 3"),
            ("feed 10;", "1 of 3"),
            ("feed 30;", "3 of 3, from the bottom"),
            ("feed 10;", "1 of 3, from the top"),
            ("feed 20;", "2 of 3"),
        ]
        await driver.press("down")
        assert "find: feed 3 matches" in title(driver)
        await driver.press("N")
        assert marked(driver) == "feed 20;"


async def test_a_marked_line_that_matches_is_the_nearest() -> None:
    async with on_screen(engine()) as driver:
        await driver.press("tab", "/", *"feed", "enter", "N", "/", *"20;", "enter")
        assert marked(driver) == "feed 20;"


async def test_escape_goes_back_to_where_the_reader_was() -> None:
    async with on_screen(engine()) as driver:
        await driver.press("tab", "/", *"feed", "escape")
        assert title(driver) == "log 40 lines following"
        assert marked(driver) == ""
        await driver.press("home", "/", *"feed", "enter", "home", "/", *"20;")
        assert "20; 1 of 1" in title(driver)
        await driver.press("escape")
        assert marked(driver) == "line 1;"
        assert "find: feed 3 matches" in title(driver)


async def test_escape_in_the_log_ends_the_find() -> None:
    async with on_screen(engine()) as driver:
        await driver.press("tab", "/", *"feed", "enter", "escape")
        assert "find" not in title(driver)
        assert highlighted(driver) == []


async def test_a_wrong_expression_is_told_in_place_and_not_kept() -> None:
    async with on_screen(engine()) as driver:
        await driver.press("tab", "/", *"feed(")
        assert "missing ): feed(" in driver.lines()[-1]
        assert driver.app.query_one("#answer").has_class("-error")
        await driver.press("enter")
        assert "log find" in driver.lines()[-1]
        await driver.press("backspace")
        assert "3 lines match" in driver.lines()[-1]


async def test_no_match_is_said_and_the_reader_stays() -> None:
    async with on_screen(engine()) as driver:
        await driver.press("tab", "/", *"xyz")
        assert "0 lines match" in driver.lines()[-1]
        await driver.press("enter", "n")
        assert title(driver) == "log 40 lines find: xyz no match following"
        assert toasts(driver) == ["no line matches"]


async def test_new_lines_are_searched_and_old_ones_forgotten() -> None:
    async with on_screen(engine()) as driver:
        await driver.press("tab", "/", *"feed", "enter", "end")
        await add(driver, 41, 43, "feed")
        assert title(driver) == "log 43 lines find: feed 6 matches following"
        assert highlighted(driver) == ["feed"] * 3
        await add(driver, 44, LIMIT + 15)
        assert title(driver).startswith("log the newest 2,000 of 2,015 lines find: feed 5 matches")


async def test_only_lines_that_pass_the_filter_are_found() -> None:
    async with on_screen(engine()) as driver:
        await driver.press("tab", "/", *"feed", "enter", "F", *"20;", "enter")
        assert title(driver).startswith("log filter: 20; (1 of 40) find: feed 1 match")
        await driver.press("n")
        assert marked(driver) == "feed 20;"


async def test_n_without_a_find_says_how() -> None:
    async with on_screen(engine()) as driver:
        await driver.press("n")
        assert toasts(driver) == ["nothing is looked for in the log yet: / there finds"]


async def test_on_the_board_slash_still_finds_a_symbol() -> None:
    async with on_screen(engine()) as driver:
        await driver.press("/", *"NVDA", "enter")
        assert driver.board.cursor_symbol == "NVDA"
        await driver.app.run_action("find_in_log")
        await driver.settle()
        assert "log find" in driver.lines()[-1]
        await driver.press(*"feed", "enter")
        assert driver.log_pane.view.has_focus


async def test_a_find_that_new_lines_make_slow_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    async with on_screen(engine()) as driver:
        await driver.press("tab", "/", *"feed", "enter")
        monkeypatch.setattr(log_find, "BUDGET", -1.0)
        await add(driver, 41, 41)
        assert toasts(driver) == ["find was ended: it takes too long"]
        assert "find" not in title(driver)


class Stalls:
    """Measures the longest time that the loop worked without a turn for others."""

    def __init__(self) -> None:
        self.longest = 0.0

    async def watch(self) -> None:
        before = time.thread_time()
        while True:
            await asyncio.sleep(0)
            now = time.thread_time()
            self.longest, before = max(self.longest, now - before), now


@pytest.fixture
def no_collection() -> Iterator[None]:
    """Keep the garbage collector, which walks all that the other tests have left, out of it."""
    gc.disable()
    yield
    gc.enable()


@pytest.mark.usefixtures("no_collection")
@pytest.mark.parametrize("text", HOSTILE)
async def test_a_hostile_expression_does_not_stall_the_screen(text: str) -> None:
    long = "a" * 480 + "!"
    lines = tuple(notice._replace(text=f"{long} {notice.number}") for notice in notices(1, LIMIT))
    async with on_screen(FakeEngine(make_snapshot(notices=lines))) as driver:
        await driver.press("tab", "/")
        async with asyncio.TaskGroup() as tasks:
            stalls = Stalls()
            watching = tasks.create_task(stalls.watch())
            await driver.press(*text, "enter")
            watching.cancel()
        assert stalls.longest < LONGEST_STALL
