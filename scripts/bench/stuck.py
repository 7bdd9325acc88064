"""Whether viewers that do not keep up harm those that do."""

from __future__ import annotations

import statistics
import time
from contextlib import ExitStack
from dataclasses import dataclass

from scripts.bench.engine import measured, process, running_engine
from scripts.bench.figures import machine, quantiles, table, verdict
from scripts.bench.noise import QUIET
from scripts.bench.stuck_viewers import StuckFindings, stuck_viewers
from scripts.bench.swarm import Findings, swarm

__all__ = ["measure_stuck"]

RATE = 1000
WITHIN = 1.1
GONE_IN = 5.0
DISTURBED = "others used this machine too much, run it again"
SETTLE = 2.0
"""Seconds from the arrival of the last viewer to the measuring."""
WINDOW = 12.0
"""Seconds of measuring."""


@dataclass(frozen=True)
class Crowd:
    """The viewers of one run."""

    name: str
    healthy: int
    half: int = 0
    stuck: int = 0


ALONE = Crowd("800 alone", 800)
ALL_HEALTHY = Crowd("1,000, all healthy", 1000)
MIXED = Crowd("800, 100 half, 100 stuck", 800, 100, 100)


@dataclass(frozen=True)
class Run:
    """What one run showed."""

    crowd: Crowd
    healthy: Findings
    half: Findings
    stuck: StuckFindings
    cpu: float
    """Cores that the engine used."""
    others: float
    """Cores that others used."""
    memory: int
    """Bytes that the engine grew by."""
    cut: int
    """Viewers cut as stuck, says the engine."""

    @property
    def latency(self) -> list[float]:
        """Return the quantiles of the healthy, ms."""
        return quantiles(self.healthy.latency)


def measure_stuck(rounds: int, frames: int) -> bool:
    """Run the crowds in turn, print what was seen, and say whether it is as promised."""
    print(machine())
    print(
        f"{RATE:,} ticks/s in {frames} frames/s of {RATE // frames} ticks; "
        f"{WINDOW:g} s measured in each of {rounds} rounds\n"
    )
    runs = [_run(crowd, frames) for _ in range(rounds) for crowd in (ALL_HEALTHY, MIXED, ALONE)]
    print(table(HEALTHY, map(_healthy, runs)), end="\n\n")
    print(table(OTHERS, [_others(run) for run in runs if run.crowd is MIXED]), end="\n\n")
    return _judge(runs)


def _run(crowd: Crowd, frames: int) -> Run:
    with running_engine(RATE, frames) as engine, ExitStack() as stack:
        healthy = stack.enter_context(process(swarm, engine.port, crowd.healthy))
        half = stack.enter_context(process(swarm, engine.port, crowd.half))
        stuck = stack.enter_context(process(stuck_viewers, engine.port, crowd.stuck))
        healthy.recv()
        half.recv()
        half.send("half")
        stuck.recv()
        time.sleep(SETTLE)
        cpu, others = measured(engine, WINDOW, healthy, half)
        for viewers in (healthy, half, stuck):
            viewers.send("end")
        return Run(
            crowd,
            healthy.recv(),
            half.recv(),
            stuck.recv(),
            cpu,
            others,
            engine.memory - engine.memory_before,
            int(engine.metric('tickterm_viewers_cut_total{reason="stuck"}')),
        )


HEALTHY = (
    "viewers",
    "p50 ms",
    "p95",
    "p99",
    "max",
    "read p99",
    "messages/s",
    "missed",
    "conflated",
    "lost",
    "CPU %",
    "others' %",
    "memory MB",
)
OTHERS = (
    "viewers",
    "half: speed %",
    "late s",
    "conflated",
    "lost",
    "stuck: cut",
    "gone",
    "in s",
    "silent s",
)


def _healthy(run: Run) -> list[str]:
    found = run.healthy
    return [
        run.crowd.name,
        *(f"{value:.1f}" for value in run.latency),
        f"{quantiles(found.read)[2]:.1f}",
        f"{found.messages / run.crowd.healthy / WINDOW:.1f}",
        f"{found.missed}",
        f"{found.conflated}",
        f"{found.lost}",
        f"{run.cpu * 100:.0f}",
        f"{run.others * 100:.0f}",
        f"{run.memory / 2**20:.0f}",
    ]


def _others(run: Run) -> list[str]:
    crowd, half, stuck = run.crowd, run.half, run.stuck
    share = (half.bytes / crowd.half) / (run.healthy.bytes / crowd.healthy)
    return [
        crowd.name,
        f"{share * 100:.0f}",
        f"{quantiles(half.latency)[0] / 1000:.1f}",
        f"{half.conflated}",
        f"{half.lost}",
        f"{run.cut}",
        f"{len(stuck.borne)}",
        f"{stuck.slowest:.1f}",
        f"{stuck.silence:.1f}",
    ]


def _judge(runs: list[Run]) -> bool:
    mixed = [run for run in runs if run.crowd is MIXED]
    quiet = [run for run in runs if run.others <= QUIET]
    memory = max(run.memory for run in mixed) / 2**20
    harmed = sum(r.healthy.missed + r.healthy.conflated + r.healthy.lost for r in runs)
    lost = sum(run.half.lost for run in mixed)
    return all(
        [
            _judge_stuck([run for run in quiet if run.crowd is MIXED]),
            _judge_latency(quiet),
            verdict(memory < 100, f"memory rises by less than 100 MB: {memory:.0f} MB"),
            verdict(not harmed, f"healthy viewers missed nothing and stayed: {harmed} faults"),
            verdict(not lost, f"viewers at half speed stayed: {lost} lost"),
        ]
    )


def _judge_stuck(quiet: list[Run]) -> bool:
    promise = f"stuck viewers gone in {GONE_IN:g} s of their hello"
    if not quiet:
        return verdict(None, f"{promise}: {DISTURBED}")
    slowest = max(run.stuck.slowest for run in quiet)
    silent = max(run.stuck.silence for run in quiet)
    told = f"{slowest:.1f} s at most; {silent:.1f} s after the last byte that was taken"
    return verdict(slowest <= GONE_IN, f"{promise}: {told}")


def _judge_latency(quiet: list[Run]) -> bool:
    promise = "p99 of the others within 10 %"
    p99 = {
        crowd: [run.latency[2] for run in quiet if run.crowd is crowd]
        for crowd in (ALL_HEALTHY, MIXED, ALONE)
    }
    if not all(p99.values()):
        return verdict(None, f"{promise}: {DISTURBED}")
    without, together, alone = (statistics.median(found) for found in p99.values())
    spread = f"{min(p99[MIXED]):.1f} to {max(p99[MIXED]):.1f}"
    return verdict(
        together <= WITHIN * without,
        f"{promise}: {together:.1f} ms ({spread}) with them, {without:.1f} if "
        f"all are healthy ({together / without - 1:+.0%}); {alone:.1f} with 800 alone "
        f"({together / alone - 1:+.0%}); of {len(p99[MIXED])} quiet rounds",
    )
