"""What a screen costs: the program in a real terminal, against the engine alone."""

from __future__ import annotations

import contextlib
import os
import tempfile
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import NamedTuple

from scripts.bench.engine import process
from scripts.bench.feeder import KEY, names, wide_feeder
from scripts.bench.figures import machine, table, verdict
from tests.program import Terminal, headless, terminal
from tests.redis_server import redis_server

__all__ = ["measure_screen"]

SIZE = (200, 50)
RATE, FRAMES = 10_000, 10
FEW, MANY = 500, 12_000
SETTLE = 4.0
"""Seconds before a figure is taken."""
MOST_ABOVE = 20.0
"""Per cent of a core that the screen of a few symbols may cost."""
MOST_BYTES = 600 * 1024
"""Bytes a second that it may write."""
MOST_BEYOND = 5.0
"""Per cent of a core that the screen of many symbols may cost beyond that of a few."""


class Cost(NamedTuple):
    """What a program took."""

    percent: float
    """Of one core."""
    bytes: float = 0.0
    """Written to the terminal, a second."""


class _Reader:
    """Reads a terminal as fast as it is written, and counts."""

    def __init__(self, descriptor: int) -> None:
        self.total = 0
        self._descriptor = descriptor
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self) -> None:
        while True:
            try:
                data = os.read(self._descriptor, 1 << 16)
            except OSError:  # it is closed
                return
            self.total += len(data)


def measure_screen(rounds: int, seconds: float) -> bool:
    """Measure all loads in turn, `rounds` times `seconds` each; say whether all promises hold."""
    print(machine())
    print(f"{RATE:,} ticks/s; {SIZE[0]}x{SIZE[1]}; medians of {rounds} runs of {seconds:g} s\n")
    costs: dict[tuple[int, bool], list[Cost]] = {}
    for _ in range(rounds):
        for count in (FEW, MANY):
            for has_screen in (False, True):
                costs.setdefault((count, has_screen), []).append(_run(count, seconds, has_screen))
    found = {key: _middle(each) for key, each in costs.items()}
    _print_table(found)
    return _keeps_promises(found)


def _print_table(found: dict[tuple[int, bool], Cost]) -> None:
    rows = [
        [
            f"{count:,} symbols",
            f"{found[count, False].percent:.1f} %",
            f"{found[count, True].percent:.1f} %",
            f"{_above(found, count):.1f} points",
            f"{found[count, True].bytes / 1024:,.0f} KiB/s",
        ]
        for count in (FEW, MANY)
    ]
    print(table(["", "engine alone", "with screen", "above", "written"], rows), "\n")


def _keeps_promises(found: dict[tuple[int, bool], Cost]) -> bool:
    above, written = _above(found, FEW), found[FEW, True].bytes
    beyond = _above(found, MANY) - above
    return all(
        [
            verdict(
                above < MOST_ABOVE, f"{above:.1f} points above the engine alone, {FEW} symbols"
            ),
            verdict(written < MOST_BYTES, f"{written / 1024:,.0f} KiB/s written, {FEW} symbols"),
            verdict(
                beyond <= MOST_BEYOND,
                f"{beyond:+.1f} points more for {MANY:,} symbols, sorted by % change",
            ),
        ]
    )


def _above(found: dict[tuple[int, bool], Cost], count: int) -> float:
    return found[count, True].percent - found[count, False].percent


def _middle(costs: list[Cost]) -> Cost:
    return Cost(median(cost.percent for cost in costs), median(cost.bytes for cost in costs))


@contextmanager
def _settings(count: int) -> Iterator[dict[str, object]]:
    """Run a feed and a Redis for the block; gives what a program needs to use them."""
    with process(wide_feeder, RATE, FRAMES, count) as told, redis_server() as redis:
        yield {
            "MASSIVE_WEBSOCKET_URL": f"ws://127.0.0.1:{told.recv()}/stocks",
            "MASSIVE_API_KEY": KEY,
            "REDIS_URL": redis.url,
        }


def _run(count: int, seconds: float, has_screen: bool) -> Cost:
    arguments = ("--symbols", ",".join(names(count)))
    with _settings(count) as settings, tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        if has_screen:
            return _with_screen(directory, arguments, settings, seconds)
        with headless(directory, "--headless", *arguments, **settings) as program:
            program.wait_for("subscribed to")
            program.wait_for("redis up")
            time.sleep(SETTLE)
            return Cost(_percent(directory, seconds))


def _with_screen(
    directory: Path, arguments: tuple[str, ...], settings: dict[str, object], seconds: float
) -> Cost:
    with terminal(directory, *arguments, size=SIZE, settings=settings) as screen:
        screen.wait_until(lambda shown: "redis up" in shown and "S0001" in shown)
        for _ in range(30):
            if "sort % change" in screen.shown():
                break
            screen.type("s")
            _read_for(screen, 0.5)
        else:
            raise AssertionError(f"no order by % change:\n{screen.shown()}")
        reader = _Reader(screen.descriptor)
        time.sleep(SETTLE)
        before = reader.total
        percent = _percent(directory, seconds)
        return Cost(percent, (reader.total - before) / seconds)


def _read_for(screen: Terminal, seconds: float) -> None:
    """Take all that comes within so many seconds."""
    until = time.monotonic() + seconds
    while (left := until - time.monotonic()) > 0:
        screen.read(left)


def _percent(directory: Path, seconds: float) -> float:
    """Return what the programs of a data directory take of a core: a screen has its engine."""
    pids = _programs(directory)
    began, before = time.monotonic(), _used(pids)
    time.sleep(seconds)
    return (_used(pids) - before) / (time.monotonic() - began) * 100


def _programs(directory: Path) -> list[int]:
    wanted = f"TICKTERM_DATA_DIR={directory}\0".encode()
    found = []
    for path in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):  # it has ended, or belongs to somebody else
            if wanted in (path / "environ").read_bytes():
                found.append(int(path.name))
    return found


def _used(pids: Iterable[int]) -> float:
    """Return the seconds of processor time that programs have used."""
    total = 0
    for pid in pids:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        total += int(fields[11]) + int(fields[12])
    return total / os.sysconf("SC_CLK_TCK")
