"""The page's badge against the terminal's, in every state; and when a closed market opens."""

from __future__ import annotations

import dataclasses
import random
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from playwright.async_api import Page

from tests.ui.fake_engine import NOW, make_row, make_snapshot
from tests.web.calls import called
from tests.web.page_state import opening_of, status_json
from tickterm.market.freshness import FeedView, feed_view
from tickterm.market.hours import NEW_YORK, Opening
from tickterm.market.snapshot import (
    Feed,
    LinkPhase,
    LinkView,
    Row,
    Snapshot,
    TickCounts,
    UniverseView,
)
from tickterm.ui.edges.header import feed_badge
from tickterm.ui.edges.opening import opening_words

pytestmark = pytest.mark.asyncio(loop_scope="session")


def at(text: str) -> int:
    """Return a time of day in New York, ms UTC."""
    return int(datetime.fromisoformat(text).replace(tzinfo=NEW_YORK).timestamp() * 1000)


DAY_MS = 86_400_000
INSTANTS = [
    at(text)
    for text in (
        "2026-06-01T09:31:07",  # a Monday like others
        "2026-06-01T20:00:00",
        "2026-06-02T03:59:59",
        "2026-06-06T12:00:00",  # a Saturday
        "2026-11-26T11:00:00",  # Thanksgiving
        "2026-11-27T16:59:59",  # a short day
        "2026-11-27T17:00:01",
        "2026-05-23T23:59:00",  # before Memorial Day
        "2026-03-07T21:00:00",  # the clocks change that night
    )
]


def rows_late(wall_ms: int, seconds: float, age: float, count: int = 20) -> tuple[Row, ...]:
    """Return rows whose ticks came about `seconds` late, the newest of them `age` seconds ago."""
    dice = random.Random(seconds)
    start = wall_ms - int((age + seconds + 1) * 1000)
    rows = [
        make_row(
            f"S{i}", 10.0 + i, updated=NOW - age - i % 7, timestamp=start - i % 7 * 1000 - i * 90
        )
        for i in range(count)
    ]
    dice.shuffle(rows)
    return (Row("NONE"), make_row("OLD", 1.0, updated=1.0, timestamp=wall_ms - 10**9), *rows)


def states() -> list[Snapshot]:
    """Return a snapshot for each thing that a feed can be."""
    snapshots = []
    for phase in LinkPhase:
        for feed in Feed:
            link = LinkView(phase, NOW - 700, feed, "socket.massive.com")
            error = (
                UniverseView(error="no such universe") if feed is Feed.REPLAY else UniverseView()
            )
            snapshots.append(make_snapshot(link=link, universe=error))
    up = make_snapshot()
    new = dataclasses.replace(up.link, since=NOW - 4)
    snapshots += [make_snapshot(link=new, rows=rows_late(up.wall_ms, 900.0, s)) for s in (1, 5)]
    delayed = dataclasses.replace(up.link, host="delayed.massive.com")
    for wall_ms in INSTANTS:
        for late in (0.2, 119.0, 121.0, 150.0, 900.0, 100_000.0):
            for age in (0.5, 59.0, 300.0):
                changes = {"wall_ms": wall_ms, "rows": rows_late(wall_ms, late, age)}
                rate = 5.0 if age < 1 else 0.0
                snapshots.append(make_snapshot(**changes, counts=TickCounts(rate=rate)))
        snapshots.append(make_snapshot(wall_ms=wall_ms, rows=(), link=delayed))
        snapshots.append(make_snapshot(wall_ms=wall_ms, rows=rows_late(wall_ms, 600.0, 1.0, 450)))
        snapshots.append(make_snapshot(wall_ms=wall_ms, rows=(), counts=TickCounts()))
    return snapshots


async def test_the_badge_says_what_the_terminals_says(page: Page) -> None:
    snapshots = states()
    given = [[status_json(s), [brief(row) for row in s.rows]] for s in snapshots]
    views = await called(page, "freshness", "feedOf", given)
    named = [[view, s.link.feed.value, ""] for view, s in zip(views, snapshots, strict=True)]
    badges = await called(page, "freshness", "badgeOf", named)
    for snapshot, got, badge in zip(snapshots, views, badges, strict=True):
        view = feed_view(snapshot, snapshot.now)
        assert got["state"] == view.state.value
        assert got["late"] == (None if view.late is None else pytest.approx(view.late))
        assert as_opening(got["opening"]) == view.opening
        words, role = feed_badge(snapshot, view)
        assert (f" {badge['words']} ", f"badge-{badge['role']}") == (words, role)
    seen = {badge["words"] for badge in badges}
    wanted = {"LIVE", "DELAYED", "DELAYED 15 min", "CLOSED", "SIMULATED RECONNECTING", "REFUSED"}
    assert wanted <= seen


def brief(row: Row) -> dict[str, float]:
    """Return what a row tells of freshness."""
    return {"ticks": row.ticks, "updated": row.updated, "timestamp": row.timestamp}


def as_opening(told: dict[str, int] | None) -> Opening | None:
    """Return what the page made of a status' opening."""
    return None if told is None else Opening(told["pre"], told["regular"])


async def test_an_engine_that_does_not_tell_of_openings_is_believed_to_be_live(page: Page) -> None:
    snapshot = make_snapshot(rows=(), counts=TickCounts())
    status = status_json(snapshot)
    del status["opening"]
    [got] = await called(page, "freshness", "feedOf", [[status, []]])
    assert got == {"state": "LIVE", "late": None, "opening": None}
    assert feed_view(snapshot, snapshot.now) == FeedView(got["state"])


async def test_trouble_of_the_page_itself_is_an_error_of_that_feed(page: Page) -> None:
    inputs = [[None, "", "TOKEN NEEDED"], [None, "SIMULATED", "NO CONNECTION"]]
    assert await called(page, "freshness", "badgeOf", inputs) == [
        {"words": "TOKEN NEEDED", "role": "error"},
        {"words": "SIMULATED NO CONNECTION", "role": "error"},
    ]


async def test_before_the_first_status_nothing_is_said_to_be_live(page: Page) -> None:
    inputs = [[None, "", ""], [None, "LIVE", ""], [None, "SIMULATED", ""]]
    assert await called(page, "freshness", "badgeOf", inputs) == [
        {"words": "CONNECTING", "role": "bad"},
        {"words": "CONNECTING", "role": "bad"},
        {"words": "SIMULATED CONNECTING", "role": "bad"},
    ]


@pytest.mark.parametrize("zone", ["America/New_York", "Europe/Berlin", "Asia/Tokyo", "UTC"])
async def test_the_next_opening_reads_as_in_the_terminal(page: Page, zone: str) -> None:
    told = [(wall_ms, opening) for wall_ms in INSTANTS if (opening := opening_of(wall_ms))]
    told += [(wall_ms, {**each, "pre": each["pre"] + DAY_MS}) for wall_ms, each in told]
    got = await called(
        page, "opening", "openingWords", [[opening, wall_ms, zone] for wall_ms, opening in told]
    )
    wanted = []
    for wall_ms, opening in told:
        then = Opening(opening["pre"], opening["regular"])
        wanted.append(opening_words(then, wall_ms, ZoneInfo(zone)))
    assert got == wanted
    assert any("Thanksgiving" in words for words in got)
