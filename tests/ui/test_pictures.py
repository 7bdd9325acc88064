"""Pictures of every view, in three sizes and three states of the feed, under a clock that stands.

What has changed on purpose is drawn anew by `make pictures`: look at the difference before it is
kept.
"""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import os
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from tests.ui.driving import Driver, on_screen
from tests.ui.fake_engine import (
    NOW,
    WALL_MS,
    FakeEngine,
    make_events,
    make_marked_chart,
    make_notices,
    make_rows,
    make_snapshot,
)
from tests.ui.pictures import picture
from tickterm.market.alerts import AlertKind, AlertRule, FiredAlert
from tickterm.market.groups import Group
from tickterm.market.names import KNOWN
from tickterm.market.snapshot import LinkPhase, Row, Snapshot, Timing
from tickterm.memory import Memory
from tickterm.ui.figures import panel as latency_panel
from tickterm.ui.figures.loop_lag import LoopLag

PICTURES = Path(__file__).parent / "kept_pictures"
DRAWN_ANEW = bool(os.environ.get("DRAW_PICTURES"))
BREAK = "\n================ smaller ================\n"
PATIENCE, AS_LONG_AS = 5.0, 0.5
"""Seconds that a picture has to come to be the one kept; and to settle where there is none."""

SIZES = ((200, 50), (80, 24), (40, 12))
VIEWS = {
    "tiles": "",
    "table": "v",
    "table-sorted-frozen": "v s s s f down",
    "table-filtered": "v F c h g > 0 enter",
    "filter-wrong": "F c h g >",
    "find": "/ M S",
    "chart": "enter",
    "chart-crosshair": "enter left left left",
    "log": "tab up up",
    "log-found": "tab / r e d i s enter",
    "events": "e tab tab down",
    "latency": "i",
    "alerts": "A down",
    "alert-asked": "A n > 2 3 0",
    "groups": "w down",
    "group-shown": "2",
    "help": "question_mark",
}
STATES = ("live", "reconnecting", "closed")
SUNDAY_MS = 1_780_243_200_000
"""2026-05-31 12:00 in New York."""
RULES = tuple(
    msgspec.structs.replace(AlertRule.parse(text), id=number)
    for number, text in enumerate(("AAPL > 230", "NVDA < 120 once", "TSLA move -2% 5m"), 1)
)
FIRED = tuple(
    FiredAlert(n, WALL_MS - n * 60_000, 2, "NVDA", AlertKind.BELOW, f"NVDA passed 120: 119.{n}", 1)
    for n in range(5, 0, -1)
)


@pytest.fixture(autouse=True)
def new_york(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "America/New_York")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.fixture(autouse=True)
def same_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let this process always have the same memory, and its loop be on time."""
    monkeypatch.setattr(latency_panel, "resident_memory", lambda: Memory(71_400_000, is_peak=False))
    monkeypatch.setattr(LoopLag, "timing", lambda _: Timing())


def known(row: Row) -> Row:
    """Return the row with all that a feed may say."""
    if row.price is None:
        return row
    prices = (row.price, row.reference or row.price)
    return row._replace(
        high=max(prices) * 1.004,
        low=min(prices) * 0.997,
        vwap=sum(prices) / 2,
        minute_ticks=57,
        name=KNOWN.get(row.symbol, ""),
    )


def seen(state: str) -> Snapshot:
    """Return what the screen is shown."""
    groups = (
        Group(1, "stock_etf_test:combo_test", ("AAPL", "MSFT", "NVDA"), own=False),
        Group(2, "chips", ("NVDA", "AVGO", "TXN", "QCOM"), own=True),
        Group(3, "market_leaders:top_100", ("AAPL", "NVDA"), own=False),
    )
    snapshot = make_snapshot(
        rows=tuple(map(known, make_rows())),
        chart=make_marked_chart("AAPL"),
        patterns=make_events(40),
        notices=make_notices(60),
        groups=groups,
        alert_rules=RULES,
        alerts=FIRED,
    )
    if state == "reconnecting":
        link = dataclasses.replace(
            snapshot.link,
            phase=LinkPhase.RETRYING,
            since=NOW - 12,
            reason="1006: the connection was closed without a word",
            attempt=3,
            losses=1,
            retry_at=NOW + 4,
        )
        return dataclasses.replace(snapshot, link=link)
    if state == "closed":
        rows = tuple(row._replace(updated=row.updated - 3_600) for row in snapshot.rows)
        link = dataclasses.replace(snapshot.link, since=0.0)
        return dataclasses.replace(snapshot, rows=rows, link=link, wall_ms=SUNDAY_MS)
    return snapshot


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("view", VIEWS)
async def test_every_view_looks_as_it_did(view: str, state: str) -> None:
    """One file a view and state: its three sizes below each other."""
    path = PICTURES / f"{view}-{state}.txt"
    kept = [] if DRAWN_ANEW else path.read_text(encoding="utf-8").split(BREAK)
    drawn = []
    async with on_screen(FakeEngine(seen(state)), size=SIZES[0]) as driver:
        await driver.press(*VIEWS[view].split())
        for place, size in enumerate(SIZES):
            await driver.pilot.resize_terminal(*size)
            await driver.look()
            drawn.append(await settled(driver, kept[place] if kept else None))
    if DRAWN_ANEW:
        path.parent.mkdir(exist_ok=True)
        path.write_text(BREAK.join(drawn), encoding="utf-8")
    else:
        assert drawn == kept


async def settled(driver: Driver, wanted: str | None) -> str:
    """Return the picture once it is the one wanted, or as it is in the end.

    Hints and scrollbars come a little after what they belong to, and lines are fitted into a new
    size with the next look.
    """
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(AS_LONG_AS if wanted is None else PATIENCE):
            while picture(driver.strips()) != wanted:
                await asyncio.sleep(0.02)
                await driver.look()
    return picture(driver.strips())


@pytest.mark.skipif(DRAWN_ANEW, reason="the pictures are just being drawn")
def test_no_picture_is_left_over() -> None:
    wanted = {f"{view}-{state}.txt" for view in VIEWS for state in STATES}
    assert {path.name for path in PICTURES.glob("*")} == wanted


@pytest.mark.skipif(DRAWN_ANEW, reason="the pictures are just being drawn")
def test_every_kind_of_mark_is_on_a_kept_chart() -> None:
    chart = (PICTURES / "chart-live.txt").read_text().split(BREAK)[0]
    plot = [line[:80] for line in chart.splitlines()[3:30]]
    assert set("△▽◇") <= set("".join(plot))


@pytest.mark.skipif(DRAWN_ANEW, reason="the pictures are just being drawn")
def test_no_two_states_look_alike() -> None:
    for view in VIEWS:
        texts = {(PICTURES / f"{view}-{state}.txt").read_text() for state in STATES}
        assert len(texts) == len(STATES), view
