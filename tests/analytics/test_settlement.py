"""Settlement: first the note that makes a repeat harmless, then the acknowledgement."""

from __future__ import annotations

from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import pytest

from tickterm.analytics.bar_queue import Parcel
from tickterm.analytics.intake import Closing
from tickterm.analytics.settlement import ReadAgain, Settlement


class Journal:
    """Stands for the ledger and for the source: says in what order they were asked."""

    def __init__(self) -> None:
        self.lines: list[object] = []

    async def settle(self, until: int) -> None:
        self.lines.append(until)

    async def acknowledge(self, entries: Sequence[bytes]) -> None:
        self.lines.append(list(entries))


def settlement(journal: Journal) -> Settlement:
    anything: Any = journal
    bars: Any = SimpleNamespace(reason="")
    return Settlement(anything, anything, bars)


async def test_the_note_is_written_before_anything_is_acknowledged() -> None:
    journal = Journal()
    waits = settlement(journal)
    parcels = [Parcel([]), Parcel([])]
    waits.add(parcels[0], Closing([], 60, [b"1-1"]))
    waits.add(parcels[1], Closing([], 120, [b"1-2", b"9-9"]))
    parcels[1].done.set()
    await waits.let_go()
    assert journal.lines == [], "the bars of the first are not in the database"
    parcels[0].done.set()
    await waits.let_go()
    assert journal.lines == [60, [b"1-1"], 120, [b"1-2", b"9-9"]]


async def test_nothing_is_noted_or_acknowledged_of_bars_that_were_dropped() -> None:
    journal = Journal()
    waits = settlement(journal)
    parcel = Parcel([])
    parcel.dropped = True
    parcel.done.set()
    waits.add(parcel, Closing([], 60, [b"1-1"]))
    with pytest.raises(ReadAgain):
        await waits.let_go()
    assert journal.lines == []
