"""Measure the board with 12,000 symbols: `python scripts/bench_board.py`.

2,000 rows change from one look to the next. Each figure is the time in which the event loop does
nothing else: to take the rows, to find the order, to draw. Ends with 1 if one is too long.
"""

from __future__ import annotations

import asyncio
import gc
import random
import statistics
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import NamedTuple, cast

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from textual.pilot import Pilot

from tickterm.market.row_filter import parse
from tickterm.market.snapshot import Row, Snapshot
from tickterm.ui.app import TickTermApp
from tickterm.ui.board.board import Board
from tickterm.ui.board.model import BoardModel
from tickterm.ui.board.order import Sort
from tickterm.ui.engine import Engine
from tickterm.ui.preferences import Preferences

SYMBOLS, CHANGED, LOOKS = 12_000, 2_000, 60
SIZE = (200, 50)
LOOK_MS, ACTION_MS, FILTER_MS = 15.0, 50.0, 5.0
FILTER = "chg_pct > 0.5 and volume > 1e6 and not range < 20"


class StillEngine:
    """An engine that has nothing of its own to show."""

    def run(self) -> None:
        """There is nothing to do."""

    def stop(self) -> None:
        """There is nothing to end."""

    def snapshot(self) -> Snapshot:
        """Return nothing."""
        return Snapshot()


class Market:
    """Rows of which some change with every look; always the same ones."""

    def __init__(self) -> None:
        self._dice = random.Random(5)  # noqa: S311  no secret is made of it
        self.now = 100.0
        self.rows = tuple(self._row(index) for index in range(SYMBOLS))

    def tick(self) -> None:
        """Let a tenth of a second pass."""
        self.now += 0.1
        rows = list(self.rows)
        for index in self._dice.sample(range(SYMBOLS), CHANGED):
            row = rows[index]
            price = round((row.price or 0.0) * self._dice.uniform(0.999, 1.001), 2)
            points = (*row.sparkline[1:], price)
            high, low = max(row.high or price, price), min(row.low or price, price)
            rows[index] = row._replace(
                price=price, sparkline=points, high=high, low=low, updated=self.now
            )
        self.rows = tuple(rows)

    def _row(self, index: int) -> Row:
        price = round(self._dice.uniform(2, 900), 2)
        return Row(
            symbol=f"S{index:05}",
            price=price,
            reference=round(price * self._dice.uniform(0.97, 1.03), 2),
            reference_is_open=True,
            volume=int(10 ** self._dice.uniform(4, 8)),
            direction=1,
            sparkline=tuple(price * self._dice.uniform(0.999, 1.001) for _ in range(60)),
            updated=self.now,
            ticks=100,
            high=price * 1.02,
            low=price * 0.98,
            vwap=price,
            minute_ticks=50,
            name=f"Company {index} Inc.",
        )


class Bench(NamedTuple):
    """A board on a screen that nobody sees."""

    app: TickTermApp
    pilot: Pilot[None]
    market: Market

    @property
    def board(self) -> Board:
        """The board."""
        return self.app.dashboard.board

    async def timed(self, act: Callable[[], object]) -> float:
        """Return the milliseconds of an action and of all that it has to draw."""
        began = time.process_time()
        act()
        await self.pilot.pause(0)
        self.app.screen._on_timer_update()  # noqa: SLF001  what is asked for is drawn at once
        return (time.process_time() - began) * 1e3

    async def looks(self) -> list[float]:
        """Return the times of a number of looks."""
        times = []
        for _ in range(LOOKS):
            self.market.tick()
            times.append(await self.timed(self.look))
        return times

    def look(self) -> None:
        """Show what is new."""
        self.board.show(self.market.rows, self.market.now, since=0.0)


def say(what: str, times: list[float], limit: float, *, typical: bool = False) -> bool:
    """Print figures and a verdict: on the mean if `typical`, else on the worst of twenty."""
    mean, high = statistics.fmean(times), sorted(times)[int(len(times) * 0.95)]
    good = (mean if typical else high) < limit
    verdict = "PASS" if good else "FAIL"
    named = "mean" if typical else "p95"
    print(f"{verdict}  {what:<46} mean {mean:6.2f} ms  p95 {high:6.2f} ms  ({named} < {limit:.0f})")
    return good


async def measure(bench: Bench) -> bool:
    """Measure everything; say whether all is well."""
    board, good = bench.board, True
    for view in ("tiles", "table"):
        if board.is_table != (view == "table"):
            board.toggle_table()
        for sort in (Sort.UNIVERSE, Sort.PERCENT):
            await bench.timed(partial(board.sort_by, sort))
            times = await bench.looks()
            good &= say(f"{view}: a look, by {sort.value}", times, LOOK_MS, typical=True)
        await bench.timed(lambda: board.filter(FILTER))
        good &= say(f"{view}: a look, filtered", await bench.looks(), LOOK_MS, typical=True)
        board.filter("")
        good &= await measure_actions(bench, view)
    return good & measure_filter(bench.market)


async def measure_actions(bench: Bench, view: str) -> bool:
    """Measure what a person does."""
    board, good = bench.board, True
    sorts = iter(list(Sort) * 2)
    actions: dict[str, Callable[[], object]] = {
        "sort by the next column": lambda: board.sort_by(next(sorts)),
        "move the mark by a line": lambda: board.action_move_rows(1),
        "go down a screenful": lambda: board.action_move_pages(1),
        "go to the end": board.action_last,
        "go to the beginning": board.action_first,
        "find": lambda: board.find("S0042"),
        "filter": lambda: board.filter(FILTER),
        "clear the filter": lambda: board.filter(""),
        "change the view and back": partial(change_and_back, board),
    }
    for name, act in actions.items():
        times = [await bench.timed(act) for _ in range(15)]
        good &= say(f"{view}: {name}", times, ACTION_MS)
    return good


def change_and_back(board: Board) -> None:
    """Change from tiles to the table and back, or the other way."""
    board.toggle_table()
    board.toggle_table()


def measure_filter(market: Market) -> bool:
    """Measure the filter and the order alone, without a screen."""
    model = BoardModel()
    model.sort_by(Sort.PERCENT)
    model.choose_filter(parse(FILTER))
    times = []
    for _ in range(LOOKS):
        market.tick()
        began = time.process_time()
        model.take(market.rows, market.now)
        times.append((time.process_time() - began) * 1e3)
    return say("filtered and sorted by % change, a look", times, FILTER_MS, typical=True)


async def main() -> int:
    """Return the exit code."""
    app = TickTermApp(cast("Engine", StillEngine()), Preferences(fps=0.001))
    async with app.run_test(size=SIZE) as pilot:
        market = Market()
        bench = Bench(app, pilot, market)
        await pilot.pause()
        app.dashboard.paused = True  # the app's own looks leave the board alone
        bench.board.show(market.rows, market.now, since=0.0)
        bench.board.focus()
        gc.collect()
        gc.freeze()  # a full collection takes 30 ms, in a running program once in many minutes
        return 0 if await measure(bench) else 1


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
