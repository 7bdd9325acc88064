"""Nothing is drawn as if it were fresh that is not: link, engine and screen, board and chart."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
from rich.style import Style

from tests.ui.driving import Driver, on_screen
from tests.ui.fake_engine import (
    ATTACHED,
    NOW,
    FakeEngine,
    make_chart,
    make_row,
    make_snapshot,
    tick,
)
from tickterm.market.hours import NEW_YORK
from tickterm.market.snapshot import LinkPhase, Snapshot, TickCounts

DOWN = [phase for phase in LinkPhase if phase is not LinkPhase.UP]
LOST = replace(ATTACHED, connected=False, attempt=3, reason="refused", retry_at=NOW + 9)
SATURDAY = int(datetime(2026, 6, 6, 6, 30, tzinfo=NEW_YORK).timestamp() * 1000)


def two(**link: Any) -> Snapshot:
    """Return a board of two symbols, the first up by nine dollars a moment ago."""
    rows = tuple(
        make_row(symbol, 109.0, reference=100.0, direction=1, updated=NOW - 0.4)
        for symbol in ("AAPL", "MSFT")
    )
    snapshot = make_snapshot(rows=rows, chart=make_chart(), patterns=())
    return replace(snapshot, link=replace(snapshot.link, **link))


def drawn(driver: Driver) -> Iterator[tuple[str, Style]]:
    """Return the pieces of the board or the chart, the header left out."""
    height = driver.app.dashboard.board.size.height or driver.app.dashboard.detail.size.height
    for strip in driver.strips()[1 : 1 + height]:
        for segment in strip:
            if segment.text.strip() and segment.style is not None:
                yield segment.text, segment.style


def coloured(driver: Driver) -> list[str]:
    """Return what is drawn in colour: of a figure, or of its ground."""
    return [
        text
        for text, style in drawn(driver)
        if style.color is not None
        and max(rgb := style.color.get_truecolor()) - min(rgb) > 30
        and "▌" not in text  # the mark of the person, not of the market
    ]


def looks_fresh(driver: Driver) -> bool:
    return bool(coloured(driver))


async def lose_the_link(driver: Driver) -> None:
    retry = {"attempt": 2, "reason": "no data", "retry_at": NOW + 5, "since": NOW}
    driver.engine.current = two(phase=LinkPhase.RETRYING, **retry)
    await driver.look()


async def silence_the_engine(driver: Driver) -> None:
    await driver.pass_time(2.5)


async def detach(driver: Driver) -> None:
    driver.engine.change(attachment=LOST)
    await driver.look()


async def kill_the_engine(driver: Driver) -> None:
    driver.engine.finish()
    await driver.see("ENGINE STOPPED")


WAYS = {
    "RECONNECTING": lose_the_link,
    "NO ANSWER": silence_the_engine,
    "NO ENGINE": detach,
    "ENGINE STOPPED": kill_the_engine,
}


@pytest.mark.parametrize("word", WAYS)
@pytest.mark.parametrize("keys", ["", "v", "enter", "space", "v space", "enter space"])
async def test_whatever_dies_greys_tiles_table_and_chart(word: str, keys: str) -> None:
    async with on_screen(FakeEngine(two()), (100, 30)) as driver:
        await driver.press(*keys.split())
        await driver.look()
        assert looks_fresh(driver)
        assert "STALE" not in driver.text()
        await WAYS[word](driver)
        assert word in driver.lines()[0]
        assert "STALE" in driver.text()
        assert coloured(driver) == []


@pytest.mark.parametrize("phase", DOWN)
async def test_every_other_state_of_the_link_greys_the_board(phase: LinkPhase) -> None:
    async with on_screen(FakeEngine(two(phase=phase))) as driver:
        assert coloured(driver) == []
        assert driver.text().count("STALE") == 2


async def test_after_a_reconnect_each_symbol_is_stale_until_its_next_tick() -> None:
    async with on_screen(FakeEngine(two())) as driver:
        await lose_the_link(driver)
        back = two(since=NOW + 3, losses=1)
        driver.engine.current = replace(back, now=NOW + 3)
        await driver.look()
        assert "LIVE" in driver.lines()[0]
        assert driver.text().count("STALE") == 2
        assert coloured(driver) == []
        ticked = tick(back.rows[1], 0.5, NOW + 4)
        driver.engine.change(now=NOW + 4, rows=(back.rows[0], ticked))
        await driver.look()
        assert driver.text().count("STALE") == 1
        assert "STALE" in next(line for line in driver.lines() if "5s" in line or "1s" in line)
        assert looks_fresh(driver)


async def test_after_a_reconnect_the_chart_is_stale_until_the_next_tick() -> None:
    back = two(since=NOW + 3, losses=1)
    async with on_screen(FakeEngine(replace(back, now=NOW + 3)), (100, 30)) as driver:
        await driver.press("enter")
        await driver.look()
        assert "STALE" in driver.lines()[1]
        assert coloured(driver) == []
        ticked = tick(back.rows[0], 0.5, NOW + 4)
        driver.engine.change(now=NOW + 4, rows=(ticked, back.rows[1]))
        await driver.look()
        assert "STALE" not in driver.text()
        assert looks_fresh(driver)


async def test_an_engine_that_answers_again_brings_the_colours_back() -> None:
    async with on_screen(FakeEngine(two())) as driver:
        await silence_the_engine(driver)
        assert coloured(driver) == []
        driver.engine.change(now=NOW + 2.5)
        await driver.look()
        assert looks_fresh(driver)


async def test_a_closed_market_is_quiet_and_not_stale() -> None:
    snapshot = two()
    rows = tuple(row._replace(updated=NOW - 300) for row in snapshot.rows)
    closed = replace(snapshot, rows=rows, wall_ms=SATURDAY, counts=TickCounts())
    async with on_screen(FakeEngine(closed), (200, 50)) as driver:
        assert " CLOSED " in driver.lines()[0]
        assert "opens Mon 09:30 ET" in driver.text()
        assert driver.text().count("QUIET 5m") == 2
        assert "STALE" not in driver.text()
        assert looks_fresh(driver)  # faded, but of its colour
        assert not driver.app.dashboard.banner.has_class("-warning", "-error")


async def test_a_quiet_symbol_says_so_where_there_is_room() -> None:
    rows = (make_row("AAPL", 109.0, updated=NOW - 130),)
    snapshot = replace(make_snapshot(rows=rows), patterns=())
    for size, word in (((80, 24), " 2m"), ((200, 50), "QUIET 2m")):
        async with on_screen(FakeEngine(snapshot), size) as driver:
            assert word in driver.text()
            assert "STALE" not in driver.text()
