"""The time in which the feed was not heard, in the sparklines."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.ui.driving import on_screen
from tests.ui.fake_engine import NOW, FakeEngine, make_row, make_snapshot
from tickterm.market.freshness import NEVER
from tickterm.market.snapshot import LinkPhase, Row
from tickterm.market.state import MarketState
from tickterm.market.ticks import TickData
from tickterm.ui.board.outages import Outage, Outages, heard
from tickterm.ui.board.tile import draw_tile, sparkline, trend
from tickterm.ui.draw.spans import line_text

SINCE = 900.0
"""Since when the link is up at first."""


def row_at(*seconds: int) -> Row:
    """Return a row of which a tick came in each of these seconds of the engine's clock."""
    state = MarketState(["AAPL"])
    for second in seconds:
        price = 100.0 + second % 7
        tick = TickData("AAPL", price, 5, 1_790_000_000_000 + second * 1000, "aggregate", "massive",
                        price, price, price, price, 5)  # fmt: skip
        state.apply(tick, second + 1.3)
    return state.freeze()[0]


def seen(*instants: float, row: Row) -> tuple[Outage, ...]:
    """Return the outages of a screen to which `known_since` said these, one after the other."""
    outages = Outages()
    for since in instants:
        outages.take([row], since)
    return outages.known


def drawn(row: Row, outages: tuple[Outage, ...], width: int = 60) -> str:
    return line_text(trend(row, width, outages))


def test_what_was_not_heard_is_blank_and_the_rest_as_ever() -> None:
    before, row = row_at(*range(940, 961)), row_at(*range(940, 961), *range(975, 1000))
    outages = seen(SINCE, row=before)
    assert outages == ()
    looked = Outages()
    for rows, since in (([before], SINCE), ([before], NEVER), ([row], 976.2)):
        looked.take(rows, since)
    assert looked.known == (Outage(961.3, 976.2),)
    level, line = drawn(row, ()), drawn(row, looked.known)
    gap = line[21:34]
    assert set(gap) == {" "}
    assert (line[:21], line[34:]) == (level[:21], level[34:])
    assert " " not in line[:21] + line[34:]


def test_a_symbol_that_is_merely_silent_is_level() -> None:
    row = row_at(*range(940, 961), *range(990, 1000))
    assert len(drawn(row, ())) == 60
    assert " " not in drawn(row, ())
    assert drawn(row, seen(SINCE, SINCE, row=row)) == drawn(row, ())


def test_silence_after_an_outage_is_level_again() -> None:
    row = row_at(*range(940, 951), *range(990, 1000))
    line = drawn(row, (Outage(951.3, 966.0),))
    assert line[11:24].strip() == ""
    assert " " not in line[26:]


@pytest.mark.parametrize("back", [NEVER, 1_005.0])
def test_without_a_tick_since_everything_stays(back: float) -> None:
    row = row_at(*range(940, 1000))
    assert heard(row, (Outage(1_000.3, back),)) == row.sparkline


def test_an_engine_that_only_kept_silent_has_missed_nothing() -> None:
    row = row_at(*range(940, 1000))
    assert seen(SINCE, NEVER, SINCE, NEVER, SINCE, row=row) == ()


def test_two_outages_in_one_minute_are_two_gaps() -> None:
    row = row_at(*range(940, 950), *range(960, 975), *range(985, 1000))
    line = drawn(row, (Outage(950.3, 961.0), Outage(975.3, 986.0)))
    assert len(line.split()) == 3


def test_the_way_there_does_not_matter() -> None:
    """A screen that draws seldom may see only what was before and what is after."""
    row = row_at(*range(940, 950), *range(960, 1000))
    both = (row_at(*range(940, 950)), row)
    outages = Outages()
    for each, since in zip(both, (SINCE, 961.0), strict=True):
        outages.take([each, *both[:1]], since)
    assert outages.known == (Outage(950.3, 961.0),)


def test_a_tick_at_the_very_beginning_of_a_link_is_not_one_before_it() -> None:
    outages = Outages()
    outages.take([], SINCE)
    outages.take([make_row("AAPL", 1.0, updated=950.0), make_row("MSFT", 1.0, updated=961.0)], 961)
    assert outages.known == (Outage(950.0, 961.0),)


def test_they_are_bounded() -> None:
    row = row_at(*range(940, 1000))
    assert len(seen(*range(1_000, 1_900), row=row)) == 20


def test_old_outages_cost_nothing() -> None:
    row = row_at(*range(940, 1000))
    assert heard(row, (Outage(900.0, 940.0),)) is row.sparkline


def test_a_tile_is_as_wide_as_ever() -> None:
    row = row_at(*range(940, 950), *range(960, 1000))
    lines = draw_tile(row, 24, 1.0, outages=(Outage(950.3, 961.0),))
    assert {len(line_text(line)) for line in lines} == {24}


def test_what_is_no_number_is_blank() -> None:
    nan = float("nan")
    assert sparkline((1.0, nan, 3.0), 60, 2) == "▁ █"
    assert sparkline((nan, nan), 60, 1) == "  "


@pytest.mark.parametrize("keys", ["", "v"])
async def test_the_board_shows_it(keys: str) -> None:
    old = make_row("AAPL", 227.5)
    new = old._replace(
        updated=NOW + 30.6, timestamp=old.timestamp + 31_000, ticks=old.ticks + 1,
        sparkline=(*old.sparkline[31:], *[227.5] * 30, 227.9),
    )  # fmt: skip
    link = make_snapshot().link
    async with on_screen(FakeEngine(make_snapshot(rows=(old,))), size=(200, 50)) as driver:
        await driver.press(*keys)
        lost = replace(link, phase=LinkPhase.RETRYING, since=NOW + 1)
        driver.engine.change(now=NOW + 1, link=lost)
        await driver.look()
        driver.engine.change(now=NOW + 31, rows=(new,), link=replace(link, since=NOW + 30))
        await driver.look()
        assert driver.board._outages.known == (Outage(NOW - 0.4, NOW + 30),)
        text = driver.text().replace("█", "▇")  # the table has no full blocks
        bars = [drawn(new, driver.board._outages.known, width).strip() for width in range(9, 31)]
        assert any("   " in gap and gap.replace("█", "▇") in text for gap in bars)
