"""A broadcaster that may open few files, as a program: prints what it sees of itself.

Its arguments: the name of the loop, and how many files it may open.
"""

import asyncio
import contextlib
import json
import os
import resource
import sys

import uvloop

from tests.engine.viewers.market import Market
from tickterm.access import Access
from tickterm.engine.viewers.broadcaster import Broadcaster

LOOPS = {"uvloop": uvloop.new_event_loop, "asyncio": asyncio.new_event_loop}


async def main() -> None:
    broadcaster = Broadcaster(Access())
    market = Market(broadcaster, broadcaster.watch)
    least = 10_000
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(broadcaster.run())
        while True:
            least = min(least, spare())
            market.ticks("S0")
            market.look()
            view = broadcaster.view()
            told = {
                "where": view.where,
                "listening": view.listening,
                "viewers": view.viewers,
                "refused": view.turned_away_by.get("too many", 0),
                "most": broadcaster._places.most,
                "spare": least,
            }
            print(json.dumps(told), flush=True)
            await asyncio.sleep(0.005)


def spare() -> int:
    """Return how many files can still be opened, 40 at most."""
    opened: list[int] = []
    with contextlib.suppress(OSError):
        while len(opened) < 40:
            opened.append(os.open(os.devnull, os.O_RDONLY))
    for one in opened:
        os.close(one)
    return len(opened)


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_NOFILE, (int(sys.argv[2]), int(sys.argv[2])))
    with asyncio.Runner(loop_factory=LOOPS[sys.argv[1]]) as runner:
        runner.run(main())
