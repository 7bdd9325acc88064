"""Redis for commands: redis-py, without any retry of its own."""

from __future__ import annotations

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from tickterm.backends.redis_link import new_connection

__all__ = ["connect"]

TIMEOUT = 5.0
"""Seconds that a command may take."""
MOST_CONNECTIONS = 1_024


def connect(url: str) -> Redis:
    """Return a client that connects when it is first used.

    Raises:
        SettingsError: the URL is no Redis URL.
    """
    new_connection(url)  # which says in words what is wrong with it
    client: Redis = Redis.from_url(
        url,
        protocol=2,
        retry=Retry(NoBackoff(), 0),  # a transaction whose reply was lost may have happened
        socket_timeout=TIMEOUT,
        socket_connect_timeout=TIMEOUT,
        health_check_interval=0,
        max_connections=MOST_CONNECTIONS,
        client_name="tickterm-analytics",
    )
    client.response_callbacks.pop("XREADGROUP", None)  # costs as much as all the rest of a read
    return client
