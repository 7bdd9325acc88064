"""A real Redis for the tests of the engine as a whole."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.redis_server import RedisServer, redis_server


@pytest.fixture
def redis() -> Iterator[RedisServer]:
    """A server process on loopback."""
    with redis_server() as server:
        yield server
