"""What log and events do alike."""

from __future__ import annotations

import logging
from collections.abc import Callable

import pytest

from tests.ui.driving import Driver, on_screen, until
from tests.ui.fake_engine import WALL_MS, FakeEngine, make_events, make_snapshot
from tickterm.market.snapshot import Notice
from tickterm.ui.events.pane import EventPane
from tickterm.ui.log.pane import LogPane

Pane = LogPane | EventPane
WIDE = (160, 42)
TABS = {"log": 1, "events": 2}
"""How often Tab is pressed to get from the board to a pane."""


def engine(last: int) -> FakeEngine:
    lines = tuple(Notice(n, WALL_MS, logging.INFO, "doji") for n in range(1, last + 1))
    return FakeEngine(make_snapshot(notices=lines, patterns=make_events(last)))


def log(driver: Driver) -> Pane:
    return driver.app.dashboard.panes.log_pane


def events(driver: Driver) -> Pane:
    return driver.app.dashboard.panes.events


both = pytest.mark.parametrize("pane_of", [log, events])
PaneOf = Callable[[Driver], Pane]


@both
async def test_focus_pause_and_what_came_in_are_in_the_title(pane_of: PaneOf) -> None:
    async with on_screen(engine(50), WIDE) as driver:
        pane = pane_of(driver)
        await until(lambda: "50" in pane.title.text)
        assert pane.title.text.startswith(f" {pane.heading} ")
        assert pane.title.text.endswith("  following ")
        await driver.press(*["tab"] * TABS[pane.heading])
        assert pane.title.text.startswith(f"▌{pane.heading} ")
        await driver.press("p")
        assert pane.title.text.endswith("   paused   p follows ")
        new = engine(57).current
        driver.engine.change(notices=new.notices, patterns=new.patterns)
        await driver.look()
        assert pane.view.counts.unseen == 7
        assert pane.title.text.endswith("   paused, 7 new   p follows ")
        await driver.press("p")
        assert pane.view.counts.unseen == 0
        assert pane.title.text.endswith("  following ")


@both
async def test_the_filter_is_named_by_its_pane_and_counted(pane_of: PaneOf) -> None:
    async with on_screen(engine(50), WIDE) as driver:
        pane = pane_of(driver)
        await driver.press(*["tab"] * TABS[pane.heading], "F", *"doji")
        assert driver.lines()[-1].startswith(f" {pane.heading} filter doji")
        await driver.press("enter")
        counts = pane.view.counts
        assert f"filter: doji ({counts.shown} of {counts.total})" in pane.title.text


@both
async def test_a_new_theme_changes_the_colours(pane_of: PaneOf) -> None:
    async with on_screen(engine(50), WIDE) as driver:
        view = pane_of(driver).view
        before = view.render_line(0)
        driver.app.theme = "textual-light"
        await until(lambda: view.render_line(0) != before)
        assert view.render_line(0).text == before.text


async def test_the_scrollbar_stands_where_the_list_is() -> None:
    async with on_screen(engine(60), size=WIDE) as driver:
        view = log(driver).view
        assert view.vertical_scrollbar.position == view.scroll_y == view.max_scroll_y > 0
