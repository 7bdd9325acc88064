"""How long a tick takes from the feed to a viewer."""

from __future__ import annotations

import statistics
import time
from array import array
from dataclasses import dataclass
from multiprocessing.connection import Connection

from websockets.sync.client import connect

from scripts.bench.engine import measured, process, running_engine
from scripts.bench.figures import machine, quantiles, table, verdict
from scripts.bench.noise import QUIET
from scripts.bench.swarm import Findings, swarm
from tickterm.market.contract import Rows, Stream, ViewerHello, encode, from_engine

__all__ = ["measure_latency"]

VIEWERS = 10
FRAMES = 100
"""Of the feed, a second."""
SETTLE = 1.0
WINDOW = 8.0
"""Seconds of measuring."""
PROMISED = {100: 5.0, 10_000: 20.0}
"""Ticks a second -> ms that 99 of 100 messages take at most."""


@dataclass(frozen=True)
class Run:
    """What one run showed."""

    rate: int
    viewers: Findings
    rows: array[float]
    """Seconds from the feed's frame to a viewer of rows, of every row that it got."""
    cpu: float
    """Cores that the engine used."""
    others: float
    """Cores that others used."""


def measure_latency(rounds: int) -> bool:
    """Run both rates in turn, print what was seen, and say whether it is as promised."""
    print(machine())
    print(
        f"{VIEWERS} viewers of ticks and one of rows; {FRAMES} frames/s from the feed; "
        f"{WINDOW:g} s measured in each of {rounds} rounds\n"
    )
    runs = [_run(rate) for _ in range(rounds) for rate in PROMISED]
    print(table(HEAD, map(_row, runs)), end="\n\n")
    return all([_kept(rate, runs) for rate in PROMISED])  # noqa: C419  all verdicts are printed


def _run(rate: int) -> Run:
    with (
        running_engine(rate, FRAMES) as engine,
        process(swarm, engine.port, VIEWERS) as viewers,
        process(rows_viewer, engine.port) as rows,
    ):
        viewers.recv()
        rows.recv()
        time.sleep(SETTLE)
        cpu, others = measured(engine, WINDOW, viewers, rows)
        viewers.send("end")
        rows.send("end")
        return Run(rate, viewers.recv(), rows.recv(), cpu, others)


def rows_viewer(port: int, told: Connection) -> None:
    """Be one viewer of the stream `rows`; `ready`, `measure` and `end` as in a swarm."""
    ages: array[float] = array("d")
    order = ""
    with connect(f"ws://127.0.0.1:{port}/", compression=None, max_size=None) as viewer:
        viewer.send(encode(ViewerHello(stream=Stream.ROWS)), text=True)
        told.send("ready")
        while order != "end":
            data, now = viewer.recv(), time.monotonic()
            message = from_engine(data)
            if order and isinstance(message, Rows):
                ages.extend(now - row.updated for row in message.rows)
            if told.poll():
                order = told.recv()
    told.send(ages)


HEAD = (
    "ticks/s",
    "p50 ms",
    "p95",
    "p99",
    "max",
    "messages",
    "missed",
    "conflated",
    "CPU %",
    "others' %",
    "rows: p50 ms",
    "p95",
    "p99",
    "max",
)


def _row(run: Run) -> list[str]:
    return [
        f"{run.rate:,}",
        *(f"{value:.2f}" for value in quantiles(run.viewers.latency)),
        f"{run.viewers.messages:,}",
        f"{run.viewers.missed}",
        f"{run.viewers.conflated}",
        f"{run.cpu * 100:.0f}",
        f"{run.others * 100:.0f}",
        *(f"{value:.0f}" for value in quantiles(run.rows)),
    ]


def _kept(rate: int, runs: list[Run]) -> bool:
    promised = PROMISED[rate]
    quiet = [run for run in runs if run.rate == rate and run.others <= QUIET]
    if not quiet:
        return verdict(None, f"p99 at {rate:,} ticks/s: others used this machine in every round")
    found = [quantiles(run.viewers.latency)[2] for run in quiet]
    p99, spread = statistics.median(found), f"{min(found):.2f} to {max(found):.2f}"
    told = f"p99 at {rate:,} ticks/s: {p99:.2f} ms ({spread}), promised {promised:g} ms"
    return verdict(p99 <= promised, f"{told}; of {len(quiet)} quiet rounds")
