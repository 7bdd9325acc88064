"""Who has shown the token: sessions of browsers, and a limit on guessing. In memory only."""

from __future__ import annotations

import secrets
import time
from collections import deque
from collections.abc import Callable

__all__ = ["LIFETIME", "Logins"]

LIFETIME = 12 * 3600
"""Seconds that a login lasts."""
MAX_LOGINS = 1000
"""The oldest goes first."""
MAX_FAILURES = 10
"""Wrong tokens in one `WINDOW`, of everybody together."""
WINDOW = 60.0


class Logins:
    """The random session ids that are good, and until when."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._expiry: dict[str, float] = {}
        self._failures: deque[float] = deque(maxlen=MAX_FAILURES)

    def open(self) -> str:
        """Return a new session id, for somebody who has shown the token."""
        if len(self._expiry) >= MAX_LOGINS:
            del self._expiry[next(iter(self._expiry))]
        session = secrets.token_urlsafe(32)
        self._expiry[session] = self._clock() + LIFETIME
        return session

    def is_open(self, session: str) -> bool:
        """Say whether this session id is good."""
        expiry = self._expiry.get(session)
        if expiry is not None and expiry <= self._clock():
            del self._expiry[session]
            return False
        return expiry is not None

    def may_try(self) -> bool:
        """Say whether another token may be tried now."""
        failures = self._failures
        return len(failures) < MAX_FAILURES or failures[0] + WINDOW <= self._clock()

    def failed(self) -> None:
        """Count a wrong token."""
        self._failures.append(self._clock())
