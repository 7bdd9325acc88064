"""The frame rate: lowered under strain, given back after ease; an injected clock throughout."""

from __future__ import annotations

from tickterm.ui.terminal.frame_rate import EASE, QUEUED, FrameRate


class Screen:
    """A timer that ticks as often as the ceiling says, and what a frame costs."""

    def __init__(self, ceiling: float = 10) -> None:
        self.rate = FrameRate(ceiling)
        self.now = 100.0

    def run(
        self, seconds: float, *, took: float = 0.001, queued: int = 0, late: float = 0.0
    ) -> int:
        """Let time pass; return how many frames were drawn."""
        frames, end = 0, self.now + seconds - 1e-9
        while self.now < end:
            if self.rate.due(self.now, queued):
                self.rate.drawn(self.now, took)
                frames += 1
            self.now += 1 / self.rate.ceiling + late
        return frames


def test_with_ease_it_stays_as_set() -> None:
    for ceiling in (1, 10, 30):
        screen = Screen(ceiling)
        assert screen.run(10) == 10 * ceiling
        assert not screen.rate.lowered


def test_one_hiccup_is_not_answered() -> None:
    screen = Screen()
    screen.run(1)
    screen.run(0.2, took=3)
    screen.run(1)
    assert not screen.rate.lowered


def test_slow_frames_halve_it_and_slower_ones_halve_it_again() -> None:
    screen = Screen()
    screen.run(0.9, took=0.06)
    assert screen.rate.fps == 5
    screen.run(5, took=0.06)
    assert screen.rate.fps == 5, "0.06 s of 0.2 is no strain"
    screen.run(30, took=2)
    assert screen.rate.fps == 1


def test_a_late_timer_is_a_strain() -> None:
    screen = Screen()
    screen.run(0.9, late=0.08)
    assert screen.rate.fps == 5


def test_a_lowered_rate_draws_fewer_frames() -> None:
    screen = Screen()
    screen.run(0.9, took=0.06)
    assert 9 <= screen.run(2) <= 10
    assert screen.rate.fps == 5


def test_a_full_queue_gets_no_more_frames_and_one_as_soon_as_it_has_drained() -> None:
    screen = Screen()
    screen.run(1)
    assert screen.run(30, queued=QUEUED) == 0
    assert screen.rate.fps == 1
    assert screen.run(0.1) == 1
    assert screen.run(0.8) == 0, "and then the lowered rate"


def test_it_is_lowered_step_by_step() -> None:
    screen = Screen()
    screen.run(0.5, queued=QUEUED)
    assert screen.rate.fps == 5
    screen.run(1, queued=QUEUED)
    assert screen.rate.fps == 2.5


def test_ease_gives_it_back_step_by_step() -> None:
    screen = Screen()
    screen.run(10, queued=QUEUED)
    assert screen.rate.fps == 1
    seen = []
    for _ in range(5):
        screen.run(EASE + 1)
        seen.append(screen.rate.fps)
    assert seen == [2, 4, 8, 10, 10]
    assert not screen.rate.lowered


def test_strain_begins_the_wait_anew() -> None:
    screen = Screen()
    screen.run(0.9, took=0.06)
    screen.run(EASE - 2)
    screen.run(0.2, took=0.15)
    screen.run(EASE - 2)
    assert screen.rate.fps == 5
    screen.run(3)
    assert screen.rate.fps == 10


def test_a_ceiling_of_one_is_never_lowered() -> None:
    screen = Screen(1)
    screen.run(30, queued=QUEUED)
    screen.run(30, took=2)
    assert screen.rate.fps == 1
    assert not screen.rate.lowered
