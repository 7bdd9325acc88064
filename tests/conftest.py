"""What all tests share: how many run at a time, patience, a heap that is seldom searched."""

from __future__ import annotations

import gc
from collections.abc import Generator

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile(
    "busy machine", settings(), deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("busy machine")


@pytest.hookimpl(wrapper=True)
def pytest_xdist_auto_num_workers() -> Generator[None, int, int]:
    """Run one more than there are processors: half of the time, tests wait for other processes."""
    return (yield) + 1


def pytest_collection_finish(session: pytest.Session) -> None:
    """Leave the thousands of tests to themselves: garbage is looked for among what they make."""
    gc.collect()
    gc.freeze()
