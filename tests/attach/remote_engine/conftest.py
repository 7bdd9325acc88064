"""Screens' engines that do not wait long before they try again."""

from __future__ import annotations

import pytest

from tickterm.attach import remote_engine as module
from tickterm.market.link_rules import LinkTimes


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Try again soon."""
    monkeypatch.setattr(module, "_TIMES", LinkTimes(first_retry=0.02, longest_retry=0.1))
