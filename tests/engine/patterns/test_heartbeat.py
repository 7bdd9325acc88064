"""Who is alive: whoever changes the key, by our own clock, whatever the other clock says."""

from __future__ import annotations

import random
from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tickterm.engine.patterns.heartbeat import LEAST_SILENCE, MOST_SILENCE, Heartbeat

WALL = 1_760_000_000.0
POLL = 2.0
"""Seconds between readings."""


def beats(interval: float, until: float, jitter: float = 0.0, seed: int = 0) -> list[float]:
    """Return the instants of beats from `interval` on."""
    chance = random.Random(seed)
    count = int(until / interval)
    return sorted(
        (number + 1) * interval + chance.uniform(-jitter, jitter) for number in range(count)
    )


def watched(
    instants: Iterable[float],
    *,
    until: float,
    skew: float = 0.0,
    heart: Heartbeat | None = None,
    first: float = 0.0,
) -> list[tuple[float, bool]]:
    """Read every two seconds what beats at `instants` write; return the changes of is_alive.

    `skew` is by how much the clock of the other machine is ahead; `first` is when reading begins.
    """
    heart = heart or Heartbeat()
    rest, value = sorted(instants), None
    now, changes = first, list[tuple[float, bool]]()
    while now <= until:
        while rest and rest[0] <= now:
            value = b"%.3f" % (WALL + skew + rest.pop(0))
        heart.read(value, now, WALL + now)
        if not changes or changes[-1][1] != heart.is_alive(now):
            changes.append((now, heart.is_alive(now)))
        now += POLL
    return changes


HOUR = 3600.0
REAL = [
    pytest.param(10.0, 0.0, id="10 s"),
    pytest.param(60.0, 0.0, id="60 s"),
    pytest.param(60.0, 20.0, id="60 s with jitter"),
    pytest.param(10.0, 4.0, id="10 s with jitter"),
]


@pytest.mark.parametrize(("interval", "jitter"), REAL)
@pytest.mark.parametrize("skew", [0.0, 400.0, -400.0])
@pytest.mark.parametrize("seed", range(5))
def test_it_does_not_flap_in_an_hour(
    interval: float, jitter: float, skew: float, seed: int
) -> None:
    instants = beats(interval, HOUR, jitter, seed)
    changes = watched(instants, until=HOUR, skew=skew)
    assert [alive for _, alive in changes] == [False, True]
    assert changes[1][0] <= 2 * (interval + jitter) + POLL


@pytest.mark.parametrize(("interval", "jitter"), REAL)
def test_who_stops_is_missed_and_who_comes_back_is_seen_at_once(
    interval: float, jitter: float
) -> None:
    back = [*beats(interval, HOUR, jitter), *(2 * HOUR + at for at in beats(interval, HOUR))]
    changes = watched(back, until=3 * HOUR)
    assert [alive for _, alive in changes] == [False, True, False, True]
    last = max(at for at in back if at < 2 * HOUR)
    assert LEAST_SILENCE <= changes[2][0] - last <= MOST_SILENCE + 2 * POLL
    assert changes[3][0] <= 2 * HOUR + interval + POLL


def test_a_quick_beat_is_missed_sooner() -> None:
    changes = watched(beats(10.0, HOUR), until=HOUR + 200)
    assert changes[-1][1] is False
    assert changes[-1][0] - HOUR <= 36 + POLL


def test_half_a_minute_is_no_silence() -> None:
    instants = [*beats(2.0, 100.0), *(128 + at for at in beats(2.0, 100.0))]
    assert [alive for _, alive in watched(instants, until=228.0)] == [False, True]


def test_another_beat_may_take_over() -> None:
    """One silence at the most: then the new interval is learnt."""
    change = [*beats(10.0, HOUR), *(HOUR + at for at in beats(60.0, HOUR))]
    changes = watched(change, until=2 * HOUR)
    assert [alive for _, alive in changes] == [False, True, False, True]


def test_a_restart_teaches_no_short_interval() -> None:
    instants = [60.0, 120.0, 125.0, 185.0, 187.0, *(187.0 + at for at in beats(60.0, HOUR))]
    changes = watched(instants, until=HOUR)
    assert [alive for _, alive in changes] == [False, True]


@pytest.mark.parametrize("skew", [0.0, 50.0, -50.0])
def test_a_reading_just_before_a_beat_teaches_nothing(skew: float) -> None:
    changes = watched(beats(60.0, HOUR), until=HOUR, skew=skew, first=299.0)
    assert changes == [(299.0, True)]


@pytest.mark.parametrize(
    ("value", "alive"),
    [
        pytest.param(b"%d" % WALL, True, id="now"),
        pytest.param(b"%.6f" % (WALL - 100), True, id="recent"),
        pytest.param(b"%d" % (WALL - 151), False, id="long ago"),
        pytest.param(b"%d" % (WALL + 100), True, id="of a clock that is ahead"),
        pytest.param(b"%d" % (WALL * 1000), False, id="milliseconds"),
        pytest.param(b"0", False, id="zero"),
        pytest.param(b"", False, id="empty"),
        pytest.param(b"nan", False, id="nan"),
        pytest.param(b"-inf", False, id="inf"),
        pytest.param(b"2025-10-16T02:02:00", False, id="a date"),
        pytest.param(b"\xff\x00", False, id="junk"),
        pytest.param(b"9" * 1_000_000, False, id="endless"),
    ],
)
def test_the_first_reading_is_as_old_as_it_says(value: bytes, alive: bool) -> None:
    heart = Heartbeat()
    heart.read(value, 1000.0, WALL)
    assert heart.is_alive(1000.0) is alive
    assert (heart.changed_at is None) is not alive
    assert heart.changed_at is None or heart.changed_at <= 1000.0


def test_of_the_first_reading_its_age_is_not_waited_for_again() -> None:
    heart = Heartbeat()
    heart.read(b"%d" % (WALL - 100), 1000.0, WALL)
    assert heart.changed_at == 900.0
    assert heart.is_alive(1049.0)
    assert not heart.is_alive(1051.0)


def test_whatever_changes_is_alive() -> None:
    heart = Heartbeat()
    for now, value in enumerate([b"junk", b"more junk", b"1", b"0", b""]):
        heart.read(value, float(now), WALL)
        assert heart.is_alive(float(now)) == (now > 0)
        assert heart.changed_at == (float(now) if now else None)


def test_an_old_value_that_stays_is_dead() -> None:
    heart = Heartbeat()
    for now in range(0, 1000, 10):
        heart.read(b"%d" % (WALL - 500), float(now), WALL + now)
        assert not heart.is_alive(float(now))


def test_the_same_value_after_an_absence_is_no_sign_of_life() -> None:
    heart = Heartbeat()
    heart.read(b"%d" % WALL, 0.0, WALL)
    heart.read(None, 100.0, WALL + 100)
    assert heart.changed_at == 0.0
    assert heart.is_alive(149.0)
    heart.read(b"%d" % WALL, 151.0, WALL + 151)
    assert not heart.is_alive(151.0)


def test_redis_away_for_a_moment_is_no_silence() -> None:
    heart = Heartbeat()
    watched(beats(60.0, 600.0), until=600.0, heart=heart)
    for now in range(602, 700, 2):
        heart.read(None, float(now), WALL + now)
        assert heart.is_alive(float(now))


def test_our_own_wall_clock_may_be_set() -> None:
    heart = Heartbeat()
    for beat in range(60):
        heart.read(b"%d" % (WALL + beat * 60), beat * 60.0, WALL + beat * 60 + beat * 10**6)
        assert heart.is_alive(beat * 60.0 + 59)


@given(
    st.lists(st.tuples(st.none() | st.binary(max_size=40), st.floats(0, 1000), st.floats(0, 4e9)))
)
def test_nothing_read_is_an_error(readings: list[tuple[bytes | None, float, float]]) -> None:
    heart, now = Heartbeat(), 0.0
    for value, gap, wall in readings:
        now += gap
        heart.read(value, now, wall)
        assert heart.changed_at is None or heart.changed_at <= now
        if heart.changed_at is None or now - heart.changed_at > MOST_SILENCE:
            assert not heart.is_alive(now)
        elif now - heart.changed_at <= LEAST_SILENCE:
            assert heart.is_alive(now)
