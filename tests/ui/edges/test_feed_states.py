"""Every state of the feed, in the header, the banner and the statistics, at three widths."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any, NamedTuple

import pytest

from tests.ui.fake_engine import ATTACHED, NOW, WALL_MS, make_row, make_snapshot
from tickterm.market.freshness import FeedState, feed_view
from tickterm.market.hours import NEW_YORK
from tickterm.market.snapshot import Feed, LinkPhase, Snapshot, TickCounts, UniverseView
from tickterm.ui.draw.spans import line_text, line_width
from tickterm.ui.edges.header import View, feed_badge, header_line
from tickterm.ui.edges.status import link_status
from tickterm.ui.figures.stats_footer import stats_lines

SATURDAY = int(datetime(2026, 6, 6, 6, 30, tzinfo=NEW_YORK).timestamp() * 1000)
LATE = tuple(make_row(symbol, 10.0, timestamp=WALL_MS - 903_000) for symbol in "ABC")


def look(wall_ms: int = WALL_MS, **link: Any) -> Snapshot:
    snapshot = make_snapshot(wall_ms=wall_ms)
    return replace(snapshot, link=replace(snapshot.link, **link))


class Case(NamedTuple):
    """A state and what is to be said in it."""

    snapshot: Snapshot
    badge: tuple[str, str]
    level: str = ""
    """Empty: no banner."""
    text: str = ""
    later: float = 0.0
    """Seconds after the snapshot."""


RETRY: dict[str, Any] = {"attempt": 3, "reason": "no data for 15 s", "retry_at": NOW + 3.2}
GONE = replace(ATTACHED, connected=False, attempt=4, reason="refused", retry_at=NOW + 9)
CASES = {
    FeedState.LIVE: Case(make_snapshot(), ("LIVE", "badge-live")),
    FeedState.DELAYED: Case(
        replace(look(host="delayed.massive.com"), rows=LATE), ("DELAYED 15 min", "badge-delayed")
    ),
    FeedState.SIMULATED: Case(look(feed=Feed.SIMULATED), ("SIMULATED", "badge-simulated")),
    FeedState.REPLAY: Case(look(feed=Feed.REPLAY), ("REPLAY", "badge-replay")),
    FeedState.CLOSED: Case(
        replace(look(SATURDAY), rows=(), counts=TickCounts()),
        ("CLOSED", "badge-closed"),
        "calm",
        "opens Mon 09:30 ET",
    ),
    FeedState.RECONNECTING: Case(
        look(phase=LinkPhase.RETRYING, **RETRY),
        ("RECONNECTING", "badge-bad"),
        "warning",
        "attempt 3 · next try in 3 s · no data for 15 s",
    ),
    FeedState.REFUSED: Case(
        look(phase=LinkPhase.REFUSED, reason="wrong key; check MASSIVE_API_KEY"),
        ("REFUSED", "badge-error"),
        "error",
        "wrong key; check MASSIVE_API_KEY · r tries again",
    ),
    FeedState.CONNECTING: Case(
        look(phase=LinkPhase.CONNECTING),
        ("CONNECTING", "badge-bad"),
        "calm",
        "to socket.massive.com",
    ),
    FeedState.SIGNING_IN: Case(
        look(phase=LinkPhase.AUTHENTICATING),
        ("SIGNING IN", "badge-bad"),
        "calm",
        "to socket.massive.com",
    ),
    FeedState.ENDED: Case(
        look(phase=LinkPhase.ENDED, feed=Feed.REPLAY),
        ("REPLAY ENDED", "badge-bad"),
        "calm",
        "the recording has ended",
    ),
    FeedState.STARTING: Case(
        Snapshot(now=NOW), ("STARTING", "badge-bad"), "calm", "reading the universe"
    ),
    FeedState.NO_UNIVERSE: Case(
        replace(
            look(phase=LinkPhase.WAITING_FOR_UNIVERSE), universe=UniverseView(error="no 'x:y'")
        ),
        ("NO UNIVERSE", "badge-error"),
        "error",
        "no 'x:y' · see: tickterm universe list",
    ),
    FeedState.NO_ANSWER: Case(
        make_snapshot(),
        ("NO ANSWER", "badge-error"),
        "error",
        "the engine has said nothing for 7 s",
        later=7,
    ),
    FeedState.ATTACHING: Case(
        Snapshot(now=NOW, attachment=replace(ATTACHED, connected=False)),
        ("ATTACHING", "badge-bad"),
        "calm",
        "to tickterm at gw.example.com:8765",
    ),
    FeedState.NO_ENGINE: Case(
        make_snapshot(attachment=GONE),
        ("NO ENGINE", "badge-error"),
        "error",
        "tickterm at gw.example.com:8765 · attempt 4 · next try in 9 s · refused",
    ),
}


def test_there_is_a_case_for_every_state() -> None:
    assert set(CASES) == set(FeedState)


@pytest.mark.parametrize("state", list(FeedState))
@pytest.mark.parametrize("width", [40, 80, 200])
def test_the_header_names_the_state(state: FeedState, width: int) -> None:
    case = CASES[state]
    feed = feed_view(case.snapshot, NOW + case.later)
    assert feed.state is state
    badge = feed_badge(case.snapshot, feed)
    assert badge == (f" {case.badge[0]} ", case.badge[1])
    line = header_line(case.snapshot, View(badge=badge), "09:31:07", width)
    assert badge in line  # whole
    assert line_width(line) == width


@pytest.mark.parametrize("state", list(FeedState))
def test_the_banner_says_what_there_is_to_say(state: FeedState) -> None:
    case = CASES[state]
    status = link_status(case.snapshot, NOW + case.later)
    if not case.level:
        assert status is None
        return
    assert status is not None
    assert (status.level, status.title) == (case.level, state.value)
    assert status.text.startswith(case.text)


@pytest.mark.parametrize("state", list(FeedState))
@pytest.mark.parametrize("width", [40, 80, 200])
def test_the_statistics_call_it_by_the_same_name(state: FeedState, width: int) -> None:
    case = CASES[state]
    status = link_status(case.snapshot, NOW + case.later)
    trouble = status.title if status is not None and status.engine else ""
    text = line_text(stats_lines(case.snapshot, NOW + case.later, width, 2, trouble)[0])
    assert state.value in text or state in (FeedState.STARTING, FeedState.NO_UNIVERSE)


@pytest.mark.parametrize("seconds", range(5))
def test_the_wait_for_the_next_try_counts_down(seconds: int) -> None:
    status = link_status(CASES[FeedState.RECONNECTING].snapshot, NOW + seconds * 0.4)
    assert status is not None
    assert f"next try in {3.2 - seconds * 0.4:.0f} s" in status.text


def test_a_recording_that_is_lost_is_still_called_one() -> None:
    lost = look(feed=Feed.SIMULATED, phase=LinkPhase.RETRYING)
    assert feed_badge(lost, feed_view(lost, NOW)) == (" SIMULATED RECONNECTING ", "badge-bad")


def test_trouble_with_the_engine_itself_stands_in_for_the_feed() -> None:
    snapshot = make_snapshot()
    badge = feed_badge(snapshot, feed_view(snapshot, NOW), "ENGINE STOPPED")
    assert badge == (" ENGINE STOPPED ", "badge-error")


def test_a_delay_that_nobody_promised_is_a_warning() -> None:
    status = link_status(make_snapshot(rows=LATE), NOW)
    assert status is not None
    assert (status.level, status.title) == ("warning", "DELAYED")
    assert status.text == "ticks come 15 min late, or this machine's clock is wrong"


def test_a_universe_that_is_gone_is_said_while_the_market_is_closed() -> None:
    closed = replace(CASES[FeedState.CLOSED].snapshot, universe=UniverseView(error="no table"))
    status = link_status(closed, NOW)
    assert status is not None
    assert (status.level, status.title) == ("warning", "UNIVERSE")
