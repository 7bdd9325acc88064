"""What this process has in memory, as the system tells it."""

from __future__ import annotations

import gc
import resource
import sys
import weakref
from pathlib import Path

import pytest

from tickterm.memory import CYCLES_AFTER, STATM, Memory, look_for_cycles_rarely, resident_memory


def test_pages_are_bytes(tmp_path: Path) -> None:
    statm = tmp_path / "statm"
    statm.write_text("5000 1200 300 1 0 900 0\n")
    assert resident_memory(statm) == Memory(1200 * resource.getpagesize(), is_peak=False)


def test_where_linux_tells_it_is_of_this_moment() -> None:
    if not STATM.exists():
        pytest.skip("this system has no /proc/self/statm")
    before = resident_memory()
    ballast = bytearray(b"x") * 60_000_000
    during = resident_memory()
    del ballast
    assert not during.is_peak
    assert during.size - before.size > 50_000_000
    assert resident_memory().size - before.size < 30_000_000


@pytest.mark.parametrize("text", [None, "", "12", "many pages"])
def test_elsewhere_it_is_the_most_there_ever_was(tmp_path: Path, text: str | None) -> None:
    statm = tmp_path / "statm"
    if text is not None:
        statm.write_text(text)
    found = resident_memory(statm)
    assert found.is_peak
    assert 5_000_000 < found.size < 2**36


@pytest.mark.parametrize(("system", "size"), [("linux", 102_400_000), ("darwin", 100_000)])
def test_the_peak_has_another_unit_on_macos(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, system: str, size: int
) -> None:
    class Usage:
        ru_maxrss = 100_000

    monkeypatch.setattr(sys, "platform", system)
    monkeypatch.setattr(resource, "getrusage", lambda who: Usage)
    assert resident_memory(tmp_path / "none") == Memory(size, is_peak=True)


class Node:
    """Something that can be in a cycle with itself."""

    def __init__(self) -> None:
        self.me = self


def test_cycles_are_looked_for_rarely_but_they_are() -> None:
    before = gc.get_threshold()
    gc.collect()
    frozen = gc.get_freeze_count()
    try:
        look_for_cycles_rarely()
        assert gc.get_freeze_count() > frozen
        gone = weakref.WeakSet(Node() for _ in range(2_000))
        assert len(gone) == 2_000
        crowd = [Node() for _ in range(CYCLES_AFTER)]
        assert not gone
        assert crowd
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()
