"""What all tests share: a heap that is not searched again and again."""

from __future__ import annotations

import gc

import pytest


def pytest_collection_finish(session: pytest.Session) -> None:
    """Leave the thousands of tests to themselves: garbage is looked for among what they make."""
    gc.collect()
    gc.freeze()
