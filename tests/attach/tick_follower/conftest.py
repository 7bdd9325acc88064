"""Followers that do not wait long before they try again."""

from __future__ import annotations

import pytest

from tickterm.attach import tick_follower
from tickterm.market.link_rules import LinkTimes


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Try again soon, and not for long."""
    times = LinkTimes(first_retry=0.02, longest_retry=0.1)
    monkeypatch.setattr(tick_follower, "TIMES", times)
    monkeypatch.setattr(tick_follower, "FIRST_WITHIN", 0.3)
    monkeypatch.setattr(tick_follower, "AGAIN_WITHIN", 1.0)
