"""Measure the viewers' side: `python scripts/bench_viewers.py stuck` or `latency`.

Linux only: the kernel tells the time of arrivals, `/proc` the engine's memory.
"""

from __future__ import annotations

import sys
from pathlib import Path

import click

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from scripts.bench.latency import measure_latency
from scripts.bench.stuck import measure_stuck


@click.group()
def main() -> None:
    """Measure how ticks reach viewers; exit code 1 where a promise is not kept."""


@main.command()
@click.option("--rounds", default=2, show_default=True, help="Runs of each crowd, in turn.")
@click.option("--frames", default=10, show_default=True, help="Frames of the feed a second.")
def stuck(rounds: int, frames: int) -> None:
    """1,000 viewers at 1,000 ticks/s; 100 stuck and 100 at half speed among them."""
    raise SystemExit(not measure_stuck(rounds, frames))


@main.command()
@click.option("--rounds", default=3, show_default=True, help="Runs at each rate, in turn.")
def latency(rounds: int) -> None:
    """10 viewers at 100 and at 10,000 ticks/s."""
    raise SystemExit(not measure_latency(rounds))


if __name__ == "__main__":
    main()
