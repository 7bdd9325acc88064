"""No test of the link may leave anything behind."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.engine.feed.fake_massive import until


@pytest.fixture(autouse=True)
async def leaves_nothing() -> AsyncIterator[None]:
    """Nothing may be left running, nor any exception that nobody looked at."""
    complaints: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: complaints.append(context))
    yield
    gc.collect()
    await until(lambda: len(asyncio.all_tasks()) == 1)
    assert not complaints
