"""The events on a screen: order, following, the mark, the filter, what the title says."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.ui.driving import Driver, on_screen, until
from tests.ui.fake_engine import (
    HOSTILE,
    NOW,
    WALL_MS,
    FakeEngine,
    make_event,
    make_events,
    make_snapshot,
)
from tickterm.market.snapshot import DetectionView, PatternEvent
from tickterm.ui.draw import numbers
from tickterm.ui.events.buffer import LIMIT
from tickterm.ui.events.pane import EventPane

FIRST = 17
"""The first line of the list on a screen of 80 x 24."""


def named(first: int, last: int) -> tuple[PatternEvent, ...]:
    """Return events whose pattern tells their number."""
    return tuple(make_event(n, "ZZ", pattern=f"P{n};") for n in range(first, last + 1))


def with_events(last: int) -> FakeEngine:
    return FakeEngine(make_snapshot(patterns=named(1, last)))


async def add(driver: Driver, first: int, last: int) -> None:
    driver.engine.change(patterns=named(first, last))
    await driver.look()


def pane(driver: Driver) -> EventPane:
    return driver.app.dashboard.panes.events


def title(driver: Driver) -> str:
    return " ".join(pane(driver).title.text.split())


async def show_events(driver: Driver, *keys: str) -> None:
    """Press `e`, wait for the pane to have its place, and press more keys."""
    await driver.press("e")
    await until(lambda: pane(driver).view.on_view)
    await driver.settle()
    await driver.press(*keys)


def listed(driver: Driver) -> list[str]:
    return [line.split(";")[0].split()[-1] for line in driver.lines() if ";" in line]


async def test_e_shows_the_events_newest_first_and_goes_back_to_the_log() -> None:
    async with on_screen(with_events(9)) as driver:
        assert " log " in driver.text()
        await show_events(driver)
        assert " log " not in driver.text()
        assert listed(driver) == ["P9", "P8", "P7", "P6"]
        assert driver.lines()[FIRST].startswith(f" {numbers.clock(WALL_MS)}  ZZ ")
        assert title(driver) == "events 9 analytics healthy, heartbeat 4s ago following"
        await driver.press("e")
        assert " log " in driver.text()
        assert listed(driver) == []


async def test_l_in_the_place_of_the_events_shows_the_log() -> None:
    async with on_screen(with_events(9)) as driver:
        await show_events(driver, "l")
        assert " log " in driver.text()
        await driver.press("l")
        assert " log " not in driver.text()
        assert listed(driver) == []
        assert driver.board.size.height == 20
        await driver.press("e")
        assert listed(driver)[0] == "P9"
        await driver.press("e")
        assert listed(driver) == []
        assert " log " not in driver.text()


async def test_side_by_side_from_150_cells() -> None:
    async with on_screen(with_events(30), size=(150, 42)) as driver:
        assert " log " in driver.text()
        assert listed(driver)[0] == "P30"
        await driver.press("e")
        assert listed(driver) == []
        assert " log " in driver.text()
        await driver.press("l")
        assert " log " not in driver.text()
        await driver.press("e")
        assert listed(driver)[0] == "P30"
        assert " log " not in driver.text()
        await driver.press("l")
        assert " log " in driver.text()
        await driver.pilot.resize_terminal(149, 42)
        await driver.look()
        assert listed(driver) == []


async def test_new_events_come_in_at_the_top() -> None:
    async with on_screen(with_events(3)) as driver:
        await show_events(driver)
        await add(driver, 1, 5)
        assert listed(driver) == ["P5", "P4", "P3", "P2"]


async def test_p_pauses_counts_what_is_new_and_follows_again() -> None:
    async with on_screen(with_events(9)) as driver:
        await show_events(driver, "p")
        assert title(driver).endswith("paused p follows")
        await add(driver, 1, 30)
        assert listed(driver) == ["P9", "P8", "P7", "P6"]
        assert title(driver).endswith("paused, 21 new p follows")
        await driver.press("p")
        assert listed(driver) == ["P30", "P29", "P28", "P27"]
        assert title(driver).endswith("following")


async def test_a_paused_list_stays_where_it_is_while_it_is_hidden() -> None:
    async with on_screen(with_events(9)) as driver:
        await show_events(driver, "p", "e")
        await add(driver, 1, 30)
        assert listed(driver) == []
        await show_events(driver)
        assert listed(driver) == ["P9", "P8", "P7", "P6"]


async def test_the_mark_stays_on_its_event_and_follows_again_at_the_top() -> None:
    async with on_screen(with_events(20)) as driver:
        await show_events(driver, "tab", "down", "down")
        assert "▌" in driver.lines()[FIRST + 2]
        assert title(driver).startswith("▌events 20")
        assert "paused" in title(driver)
        await add(driver, 1, 23)
        assert listed(driver) == ["P20", "P19", "P18", "P17"]
        assert pane(driver).view.marked == named(18, 18)[0]
        await driver.press("end")
        assert listed(driver) == ["P4", "P3", "P2", "P1"]
        await driver.press("pageup", "k")
        assert pane(driver).view.marked == named(6, 6)[0]
        assert listed(driver)[0] == "P6"
        await driver.press("home")
        assert listed(driver)[0] == "P23"
        assert title(driver).endswith("following")
        await driver.press("pagedown")
        assert pane(driver).view.marked == named(19, 19)[0]


async def test_scrolling_stops_following_and_scrolling_back_follows() -> None:
    async with on_screen(with_events(20)) as driver:
        await show_events(driver)
        view = pane(driver).view
        view.scroll_to(y=3, animate=False)
        await driver.settle()
        assert title(driver).endswith("paused p follows")
        await add(driver, 1, 25)
        assert listed(driver)[0] == "P17"
        view.scroll_to(y=0, animate=False)
        await driver.settle()
        assert title(driver).endswith("following")
        assert listed(driver)[0] == "P25"


async def test_a_double_click_looks_closely_at_an_event() -> None:
    async with on_screen(FakeEngine(make_snapshot(patterns=make_events(50)))) as driver:
        await driver.press("e")
        await driver.pilot.click(type(pane(driver).view), offset=(5, 2), times=2)
        await driver.settle()
        assert driver.app.dashboard.detail.symbol == make_events(50)[-3].symbol


async def test_a_click_marks_an_event() -> None:
    async with on_screen(with_events(20)) as driver:
        await show_events(driver)
        await driver.pilot.click(type(pane(driver).view), offset=(5, 2))
        await driver.settle()
        assert pane(driver).view.marked == named(18, 18)[0]


async def test_the_filter_is_typed_on_one_line_and_shown_in_the_title() -> None:
    async with on_screen(FakeEngine(make_snapshot(patterns=make_events(100)))) as driver:
        await show_events(driver, "tab", "F", *"doji >=0.6")
        assert driver.lines()[-1].startswith(" events filter doji >=0.6")
        assert "20 of 100 events" in driver.lines()[-1]
        await driver.press("enter")
        assert title(driver).lstrip("▌").startswith("events filter: doji >=0.6 (20 of 100)")
        assert "Doji" in driver.text()
        assert "Hammer" not in driver.text()
        driver.engine.change(patterns=make_events(105))
        await driver.look()
        assert "(21 of 105)" in title(driver)
        await driver.press("F", *"xyz", "escape")
        assert title(driver).lstrip("▌").startswith("events filter: doji >=0.6 (21 of 105)")


async def test_a_wrong_filter_is_named_in_place_and_not_kept() -> None:
    async with on_screen(FakeEngine(make_snapshot(patterns=make_events(10)))) as driver:
        await show_events(driver, "tab", "F", *"doji >=7")
        assert "confidence is from 0 to 1, as in >=0.8" in driver.lines()[-1]
        await driver.press("enter")
        assert "confidence is from 0 to 1" in driver.lines()[-1]
        await driver.press("backspace", *"0.5", "enter")
        assert title(driver).lstrip("▌").startswith("events filter: doji >=0.5 (2 of 10)")
        await driver.press("F", *" >", "escape")
        assert title(driver).lstrip("▌").startswith("events filter: doji >=0.5 (2 of 10)")


async def test_f_filters_the_pane_that_has_the_focus() -> None:
    async with on_screen(with_events(9), size=(160, 42)) as driver:
        await driver.press("tab", "F")
        assert "log filter" in driver.lines()[-1]
        await driver.press("escape", "tab", "F")
        assert "events filter" in driver.lines()[-1]
        await driver.press("escape", "tab", "F")
        assert driver.lines()[-1].startswith(" filter ")


async def test_missed_events_and_gaps_are_said() -> None:
    async with on_screen(with_events(3)) as driver:
        await show_events(driver)
        detection = replace(driver.engine.current.detection, gaps=2)
        driver.engine.change(patterns=named(10, 12), detection=detection)
        await driver.look()
        assert "6 missed cut off 2 times following" in title(driver)


@pytest.mark.parametrize(
    ("detection", "told"),
    [
        (DetectionView(), "events 0 nobody looks for patterns following"),
        (
            DetectionView(reason="redis is down"),
            "events 0 OFF not listening: redis is down following",
        ),
        (
            DetectionView(
                listening=True, fallback=True, fallback_since=NOW - 42, heartbeat_at=NOW - 75
            ),
            "events 0 FALLBACK for 42s, analytics silent 1m following",
        ),
    ],
)
async def test_the_title_says_who_looks(detection: DetectionView, told: str) -> None:
    async with on_screen(FakeEngine(make_snapshot(detection=detection))) as driver:
        await show_events(driver)
        assert title(driver) == told
        assert "no patterns yet" in driver.text()


async def test_the_age_of_the_heartbeat_goes_on() -> None:
    async with on_screen() as driver:
        await show_events(driver)
        await driver.pass_time(1.0)
        assert "heartbeat 5s ago" in title(driver)


async def test_only_the_newest_are_kept() -> None:
    async with on_screen(with_events(LIMIT + 7)) as driver:
        await show_events(driver, "tab", "end")
        assert title(driver).startswith(f"▌events {LIMIT:,}")
        assert listed(driver)[-1] == "P8"


async def test_what_is_shown_while_paused_stays_whatever_comes_in() -> None:
    async with on_screen(with_events(60)) as driver:
        await show_events(driver, "tab", "F", *"p5", "enter", "down")
        before = listed(driver)
        assert before == ["P59", "P58", "P57", "P56"]
        for last in (LIMIT, 2 * LIMIT, 3 * LIMIT):
            await add(driver, last - LIMIT + 1, last)
        assert listed(driver) == before
        assert pane(driver).view.marked == named(58, 58)[0]
        assert "(11 of 60)" in title(driver)
        assert "paused, 1,100 new" in title(driver)  # P500 to P599, P5000 to P5999
        await driver.press("down", "up", "up", "up")
        assert listed(driver)[0] == "P5999"
        assert title(driver).endswith("following")


async def test_two_thousand_events_in_one_go() -> None:
    async with on_screen(with_events(1)) as driver:
        await show_events(driver, "tab")
        await add(driver, 2, LIMIT + 1)
        assert listed(driver)[0] == f"P{LIMIT + 1}"
        assert "missed" not in title(driver)
        assert title(driver).startswith(f"▌events {LIMIT:,}")
        await driver.press("end")
        assert listed(driver)[-1] == "P2"


async def test_at_80_cells_the_title_says_how_analytics_is_and_when_it_last_said_so() -> None:
    detection = DetectionView(
        listening=True, heartbeat_at=NOW - 3.5, health="healthy, 70 symbols, 60 ticks/s, lag 0 ms"
    )
    snapshot = make_snapshot(detection=detection, patterns=named(1, LIMIT))
    async with on_screen(FakeEngine(snapshot)) as driver:
        await show_events(driver, "tab", "p")
        await add(driver, 1, LIMIT + 1_234)
        assert "analytics healthy, beat 4s ago" in title(driver)
        assert title(driver).endswith("paused, 1,234 new p follows")


@pytest.mark.parametrize(
    ("timeframe", "opened"),
    [("1s", "1s"), ("15s", "15s"), ("15min", "15min"), ("1d", "1d"), ("weekly", "1min")],
)
async def test_enter_opens_candles_of_the_events_timeframe(timeframe: str, opened: str) -> None:
    event = make_event(1, "TSLA", timeframe=timeframe)
    async with on_screen(FakeEngine(make_snapshot(patterns=(event,)))) as driver:
        await show_events(driver, "tab", "enter")
        assert driver.engine.charts == [("TSLA", opened)]


async def test_enter_on_an_event_opens_its_symbol() -> None:
    events = (make_event(1, "TSLA"), make_event(2, "GHOST"), make_event(3, "NVDA"))
    async with on_screen(FakeEngine(make_snapshot(patterns=events))) as driver:
        await show_events(driver, "tab", "down", "down", "enter")
        assert driver.engine.charts[-1][0] == "TSLA"
        assert driver.board.cursor_symbol == "TSLA"
        await driver.press("up", "enter")
        assert driver.engine.charts[-1][0] == "GHOST"
        assert "nobody watches this symbol" in driver.text()
        await driver.press("escape")
        assert driver.board.cursor_symbol == "TSLA"


async def test_enter_on_no_event_does_nothing() -> None:
    async with on_screen() as driver:
        await show_events(driver, "tab", "enter", "down", "end")
        assert driver.engine.charts == []


async def test_hiding_the_pane_gives_the_keys_back_to_the_board() -> None:
    async with on_screen(with_events(9)) as driver:
        await show_events(driver, "tab", "e")
        assert driver.app.focused is driver.board


async def test_a_terminal_too_low_says_so() -> None:
    async with on_screen(with_events(9), size=(40, 12)) as driver:
        for key in ("e", "l"):
            await driver.press(key)
        toasts = {toast.message for toast in driver.app._notifications}
        assert toasts == {"the terminal is too low for log and events"}
        assert not driver.app.dashboard.has_class("-asking")


async def test_hostile_events_do_no_harm() -> None:
    event = make_event(1, HOSTILE, pattern=HOSTILE, timeframe=HOSTILE, source=HOSTILE)
    async with on_screen(FakeEngine(make_snapshot(patterns=(event,)))) as driver:
        await show_events(driver, "tab", "enter")
        assert all(line.isprintable() for line in driver.lines())
        assert "[/red]" in driver.text()
