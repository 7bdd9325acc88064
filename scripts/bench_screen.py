"""Measure the screen: `python scripts/bench_screen.py cost` or `stuck`. Linux only."""

from __future__ import annotations

import sys
from pathlib import Path

import click

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from scripts.bench.screen import measure_screen
from scripts.bench.stuck_terminal import measure_stuck_terminal


@click.group()
def main() -> None:
    """Measure what a screen costs, and what it does to the rest; exit code 1 where a promise is
    not kept."""


@main.command()
@click.option("--rounds", default=3, show_default=True, help="Runs of each load, in turn.")
@click.option("--seconds", default=15.0, show_default=True, help="Of each run.")
def cost(rounds: int, seconds: float) -> None:
    """500 and 12,000 symbols at 10,000 ticks/s, in a terminal of 200x50 and without one."""
    raise SystemExit(not measure_screen(rounds, seconds))


@main.command()
@click.option("--seconds", default=30.0, show_default=True, help="That the terminal is stuck.")
def stuck(seconds: float) -> None:
    """A terminal that stops reading, at 2,000 ticks/s."""
    raise SystemExit(not measure_stuck_terminal(seconds))


if __name__ == "__main__":
    main()
