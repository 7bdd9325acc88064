"""A terminal that stops reading costs no tick and no link, and is right again at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from scripts.bench.stuck_terminal import RATE, watch_stuck_terminal

STUCK = 30.0
"""Seconds."""


@pytest.mark.slow
@pytest.mark.timeout(180)
def test_a_stuck_terminal_costs_nothing_and_comes_back(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Within a second on a machine that does nothing else: `make bench` holds it to that."""
    found = watch_stuck_terminal(tmp_path, STUCK)
    with capsys.disabled():
        print(f"\nstuck for {STUCK:g} s: right again after {found.right_after:.2f} s")
    assert found.ticks >= RATE * STUCK
    assert (found.missing, found.losses) == (0, 0)
    assert found.right_after < 5
