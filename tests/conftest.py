"""What all tests share: how many run at a time, and a heap that is not searched again and again."""

from __future__ import annotations

import gc
import os

import pytest


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """Return half as many again as there are processors: many tests wait for a clock."""
    return 3 * (os.cpu_count() or 1) // 2


def pytest_collection_finish(session: pytest.Session) -> None:
    """Leave the thousands of tests to themselves: garbage is looked for among what they make."""
    gc.collect()
    gc.freeze()
