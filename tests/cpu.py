"""How much of the processor something takes, whatever else the machine does meanwhile."""

from __future__ import annotations

import contextlib
import gc
import time
from collections.abc import Iterator

__all__ = ["Cost", "cpu_cost"]


class Cost:
    """Seconds of work of this thread; known when the block has ended."""

    seconds = 0.0


@contextlib.contextmanager
def cpu_cost() -> Iterator[Cost]:
    """Measure a block; the garbage collector, which walks what other tests left, is kept out."""
    cost = Cost()
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        began = time.thread_time()
        yield cost
        cost.seconds = time.thread_time() - began
    finally:
        if was_enabled:
            gc.enable()
