"""From when on no tick of an open market was missed, against frozen clocks."""

from __future__ import annotations

from datetime import datetime

import pytest

from tickterm.engine.feed import known_since as module
from tickterm.engine.feed.known_since import KnownSince
from tickterm.market import calendar
from tickterm.market.hours import NEW_YORK
from tickterm.market.snapshot import Feed


def wall(text: str) -> float:
    """Return an instant of June 2026 in New York as seconds UTC."""
    return datetime.fromisoformat(f"2026-06-{text}").replace(tzinfo=NEW_YORK).timestamp()


@pytest.fixture(autouse=True)
def loaded() -> None:
    calendar.load()


def gap(heard: str, back: str, *, feed: Feed = Feed.LIVE, doubted: bool = False) -> float:
    """Return from when on it is known after a gap from `heard` until `back`, up before at 5.0."""
    known = KnownSince(feed)
    assert known.up(5.0, wall("01T15:00")) == 5.0
    known.heard(wall("01T18:00"), ticks=True)
    known.answered(wall(heard))
    if doubted:
        known.doubted()
    return known.up(9.0, wall(back))


def test_a_gap_at_night_misses_nothing() -> None:
    assert gap("02T01:00", "02T03:00") == 5.0


@pytest.mark.parametrize(
    ("heard", "back"),
    [
        ("01T19:00", "02T03:00"),  # the evening was missed
        ("02T01:00", "02T04:30"),  # the morning was
        ("02T01:00", "01T23:00"),  # the clock was set back
        ("02T01:00", "03T01:00"),
    ],
)
def test_a_gap_in_which_a_market_was_open_counts(heard: str, back: str) -> None:
    assert gap(heard, back) == 9.0


def test_answers_of_a_mute_feed_prove_nothing() -> None:
    assert gap("02T01:00", "02T03:00", doubted=True) == 9.0


@pytest.mark.parametrize("feed", [Feed.SIMULATED, Feed.REPLAY])
def test_a_feed_that_keeps_no_hours_misses_at_night_too(feed: Feed) -> None:
    assert gap("02T01:00", "02T03:00", feed=feed) == 9.0


def test_without_a_calendar_at_hand_nobody_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "is_loaded", lambda: False)
    assert gap("02T01:00", "02T03:00") == 9.0


def test_it_is_known_over_several_gaps() -> None:
    known = KnownSince(Feed.LIVE)
    assert known.up(1.0, wall("01T21:00")) == 1.0
    assert known.up(2.0, wall("01T22:00")) == 1.0
    assert known.up(3.0, wall("01T23:00")) == 1.0
    known.heard(wall("02T05:00"), ticks=False)
    assert known.up(4.0, wall("02T05:01")) == 4.0
    known.heard(wall("02T22:00"), ticks=True)
    assert known.up(5.0, wall("02T22:05")) == 4.0
