"""What a symbol's price and the feed are worth, against frozen clocks."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tickterm.market.freshness import (
    NEVER,
    QUIET_AFTER,
    SILENT_AFTER,
    FeedState,
    FeedView,
    Freshness,
    feed_view,
    known_since,
    state_of,
)
from tickterm.market.hours import NEW_YORK, Opening
from tickterm.market.snapshot import (
    Attachment,
    Feed,
    LinkPhase,
    LinkView,
    Row,
    Snapshot,
    TickCounts,
    UniverseView,
)

NOW = 10_000.0
UP_SINCE = 9_000.0
DOWN = [phase for phase in LinkPhase if phase is not LinkPhase.UP]
LOST = Attachment(where="gw:8765", attempt=3, reason="refused")


def ms(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=NEW_YORK).timestamp() * 1000)


MONDAY = ms("2026-06-01T11:00:00")
SATURDAY = ms("2026-06-06T11:00:00")


def row(age: float = 0.4, late: float = 2.0, wall_ms: int = MONDAY, symbol: str = "A") -> Row:
    """Return a symbol that ticked `age` seconds ago, by a bar that came `late` seconds late."""
    received = wall_ms - age * 1000
    return Row(
        symbol, 10.0, ticks=7, updated=NOW - age, timestamp=int(received - late * 1000) - 1000
    )


def look(*rows: Row, wall_ms: int = MONDAY, **link: Any) -> Snapshot:
    view = LinkView(phase=LinkPhase.UP, since=UP_SINCE, host="socket.massive.com")
    return Snapshot(
        now=NOW, wall_ms=wall_ms, started=1.0, rows=rows or (row(),), link=replace(view, **link)
    )


# -- symbols ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("age", "state"),
    [
        (0.0, Freshness.LIVE),
        (QUIET_AFTER, Freshness.LIVE),
        (QUIET_AFTER + 0.1, Freshness.QUIET),
        (120.0, Freshness.QUIET),
        (999.9, Freshness.QUIET),
    ],
)
def test_a_symbol_without_ticks_is_quiet_and_never_stale_while_the_feed_is_heard(
    age: float, state: Freshness
) -> None:
    assert state_of(row(age), NOW, known_since(look(), NOW)) is state


def test_a_symbol_is_stale_after_a_gap_until_its_next_tick() -> None:
    since = known_since(look(), NOW)
    assert state_of(row(NOW - UP_SINCE + 0.1), NOW, since) is Freshness.STALE
    assert state_of(row(NOW - UP_SINCE), NOW, since) is Freshness.QUIET
    assert state_of(row(5), NOW, since) is Freshness.LIVE


def test_after_a_gap_in_which_no_market_was_open_a_symbol_is_only_quiet() -> None:
    since = known_since(look(known_since=UP_SINCE - 500), NOW)
    assert state_of(row(NOW - UP_SINCE + 499), NOW, since) is Freshness.QUIET
    assert state_of(row(NOW - UP_SINCE + 501), NOW, since) is Freshness.STALE
    assert known_since(look(known_since=UP_SINCE, phase=LinkPhase.RETRYING), NOW) == NEVER


def test_a_symbol_that_never_ticked_waits_and_is_stale_only_without_a_feed() -> None:
    assert state_of(Row("A"), NOW, UP_SINCE) is Freshness.QUIET
    assert state_of(Row("A"), NOW, NEVER) is Freshness.STALE


@pytest.mark.parametrize("phase", DOWN)
def test_without_a_link_everything_is_stale(phase: LinkPhase) -> None:
    since = known_since(look(phase=phase), NOW)
    assert {state_of(r, NOW, since) for r in (row(0), row(500), Row("B"))} == {Freshness.STALE}


def test_with_a_silent_engine_or_without_one_everything_is_stale() -> None:
    assert known_since(look(), NOW + SILENT_AFTER) == UP_SINCE
    assert known_since(look(), NOW + SILENT_AFTER + 0.1) == NEVER
    assert known_since(replace(look(), attachment=LOST), NOW) == NEVER
    hanging = Attachment(where="gw:8765", connected=True)
    assert known_since(replace(look(), attachment=hanging), NOW) == UP_SINCE


@given(st.floats(0, 1e6), st.floats(0, 1e6), st.booleans())
def test_no_symbol_is_live_whose_newest_tick_is_older_than_the_link(
    age: float, up: float, ticked: bool
) -> None:
    known = Row("A", 1.0, ticks=int(ticked), updated=NOW - age)
    state = state_of(known, NOW, NOW - up)
    if state is Freshness.LIVE:
        assert ticked
        assert age <= QUIET_AFTER
    assert (state is Freshness.STALE) == (ticked and known.updated < NOW - up)


# -- the feed -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("phase", "state"),
    [
        (LinkPhase.WAITING_FOR_UNIVERSE, FeedState.STARTING),
        (LinkPhase.CONNECTING, FeedState.CONNECTING),
        (LinkPhase.AUTHENTICATING, FeedState.SIGNING_IN),
        (LinkPhase.UP, FeedState.LIVE),
        (LinkPhase.RETRYING, FeedState.RECONNECTING),
        (LinkPhase.REFUSED, FeedState.REFUSED),
        (LinkPhase.ENDED, FeedState.ENDED),
    ],
)
def test_the_link_says_the_state(phase: LinkPhase, state: FeedState) -> None:
    view = feed_view(look(phase=phase), NOW)
    assert view == FeedView(state)
    assert view.is_fresh == (phase is LinkPhase.UP)


def test_a_universe_that_is_missing_is_said() -> None:
    waiting = look(phase=LinkPhase.WAITING_FOR_UNIVERSE)
    broken = replace(waiting, universe=UniverseView(error="no such table"))
    assert feed_view(broken, NOW).state is FeedState.NO_UNIVERSE


@pytest.mark.parametrize("feed", [Feed.SIMULATED, Feed.REPLAY])
@pytest.mark.parametrize("wall_ms", [MONDAY, SATURDAY])
def test_what_is_no_market_is_called_so_at_any_time(feed: Feed, wall_ms: int) -> None:
    snapshot = look(row(900, late=5e8), wall_ms=wall_ms, feed=feed)
    assert feed_view(snapshot, NOW) == FeedView(FeedState(feed.value))
    assert feed_view(replace(snapshot, link=replace(snapshot.link, phase=DOWN[-1])), NOW) == (
        FeedView(FeedState.ENDED)
    )


def test_a_silent_engine_and_a_lost_one_come_before_what_they_last_said() -> None:
    assert feed_view(look(), NOW + 2.1).state is FeedState.NO_ANSWER
    refused = look(phase=LinkPhase.REFUSED)
    lost = replace(refused, attachment=LOST)
    assert feed_view(lost, NOW + 99).state is FeedState.NO_ENGINE
    first = replace(refused, attachment=Attachment(where="gw:8765", attempt=1))
    assert feed_view(first, NOW + 99).state is FeedState.ATTACHING


def test_a_closed_market_says_when_it_opens() -> None:
    opening = Opening(ms("2026-06-08T04:00:00"), ms("2026-06-08T09:30:00"))
    quiet = look(row(QUIET_AFTER + 1, wall_ms=SATURDAY), Row("B"), wall_ms=SATURDAY)
    assert feed_view(quiet, NOW) == FeedView(FeedState.CLOSED, opening=opening)
    assert feed_view(quiet, NOW).is_fresh


@pytest.mark.parametrize(
    ("wall", "state"),
    [
        ("2026-06-05T19:59:59", FeedState.LIVE),
        ("2026-06-05T20:00:00", FeedState.CLOSED),
        ("2026-06-08T03:59:59", FeedState.CLOSED),
        ("2026-06-08T04:00:00", FeedState.LIVE),
        ("2026-11-26T12:00:00", FeedState.CLOSED),
        ("2026-11-27T17:00:00", FeedState.CLOSED),
        ("2026-12-31T23:59:59", FeedState.CLOSED),
        ("2026-03-08T02:30:00", FeedState.CLOSED),
    ],
)
def test_the_market_closes_by_the_calendar(wall: str, state: FeedState) -> None:
    assert feed_view(look(Row("A"), wall_ms=ms(wall)), NOW).state is state


def test_the_clock_goes_on_between_two_snapshots() -> None:
    closing = look(Row("A"), wall_ms=ms("2026-06-05T19:59:59"))
    assert feed_view(closing, NOW + 0.9).state is FeedState.LIVE
    assert feed_view(closing, NOW + 1.0).state is FeedState.CLOSED


def test_a_tick_in_a_closed_market_is_a_tick() -> None:
    ticking = look(row(QUIET_AFTER, wall_ms=SATURDAY), Row("B"), wall_ms=SATURDAY)
    assert feed_view(ticking, NOW).state is FeedState.LIVE


def test_ticks_of_this_moment_spare_a_look_at_every_symbol() -> None:
    silent = look(Row("A"), wall_ms=SATURDAY)
    ticking = replace(silent, counts=TickCounts(rate=0.2))
    assert feed_view(ticking, NOW).state is FeedState.LIVE


@pytest.mark.parametrize("phase", DOWN)
def test_a_closed_market_is_no_excuse_for_a_lost_link(phase: LinkPhase) -> None:
    assert feed_view(look(Row("A"), wall_ms=SATURDAY, phase=phase), NOW).state not in (
        FeedState.CLOSED,
        FeedState.LIVE,
    )


@pytest.mark.parametrize("wall_ms", [0, 10**15, 10**18, -(10**18)])
def test_a_clock_that_is_wrong_breaks_nothing(wall_ms: int) -> None:
    assert feed_view(look(Row("A"), wall_ms=wall_ms), NOW).state in set(FeedState)


# -- delayed feeds --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("late", "state"), [(2.0, FeedState.LIVE), (119.0, FeedState.LIVE), (900.0, FeedState.DELAYED)]
)
def test_ticks_that_come_minutes_late_are_delayed(late: float, state: FeedState) -> None:
    view = feed_view(look(row(0.4, late), row(30, late)), NOW)
    assert view.state is state
    assert (view.late is None) == (state is FeedState.LIVE)
    if view.late is not None:
        assert view.late == pytest.approx(late, abs=0.01)


@pytest.mark.parametrize("host", ["delayed.massive.com", "delayed-business.massive.com:443"])
def test_a_delayed_host_is_delayed_before_its_first_tick(host: str) -> None:
    assert feed_view(look(Row("A"), host=host), NOW) == FeedView(FeedState.DELAYED)


def test_a_host_is_not_delayed_for_the_domain_it_is_in() -> None:
    assert feed_view(look(host="socket.delayed.example"), NOW).state is FeedState.LIVE


def test_the_lateness_does_not_grow_in_a_pause() -> None:
    pausing = look(row(400, 2.0), row(410, 2.0))
    assert feed_view(pausing, NOW).state is FeedState.LIVE
    assert feed_view(pausing, NOW + 1.9).state is FeedState.LIVE


def test_a_few_symbols_that_lie_about_the_time_change_nothing() -> None:
    """A revision of a thinly traded symbol comes minutes late, and a clock may be wrong."""
    liars = (row(0.1, 880.0, symbol="X"), row(0.1, -4e6, symbol="Y"))
    honest = [row(0.4, 2.0, symbol=str(n)) for n in range(4)]
    assert feed_view(look(*liars, *honest), NOW).state is FeedState.LIVE
    delayed = [row(0.4, 902.0, symbol=str(n)) for n in range(4)]
    assert feed_view(look(*liars, *delayed), NOW).state is FeedState.DELAYED


def test_ticks_of_before_the_link_say_nothing_of_it() -> None:
    assert feed_view(look(row(NOW - UP_SINCE + 1, 900.0)), NOW).state is FeedState.LIVE


def test_only_the_newest_ticks_count() -> None:
    caught_up = look(row(0.4, 2.0), *(row(70, 700.0, symbol=str(n)) for n in range(5)))
    assert feed_view(caught_up, NOW).state is FeedState.LIVE


def test_a_delayed_feed_ticks_on_after_the_market_has_closed() -> None:
    wall_ms = ms("2026-06-05T20:10:00")
    ticking = look(row(3, 900.0, wall_ms), wall_ms=wall_ms)
    assert feed_view(ticking, NOW).state is FeedState.DELAYED


def test_of_very_many_symbols_a_sample_is_asked() -> None:
    rows = [row(0.4, 900.0, symbol=str(n)) for n in range(1_001)]
    assert feed_view(look(*rows), NOW).state is FeedState.DELAYED
