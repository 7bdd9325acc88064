"""Histories of symbols that are new, and the parts of longer bars that were open at a crash."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tickterm.analytics.bar_store import BarStore
from tickterm.analytics.study_book import StudyBook, open_parts
from tickterm.analytics.talib_patterns import chosen
from tickterm.errors import UnreachableError
from tickterm.market.bars import Bar, BarMaker
from tickterm.market.timeframe import Timeframe

OPENS = 1_704_445_200_000
"""2024-01-05 04:00 New York."""
LONGER = (Timeframe.M5, Timeframe.M15, Timeframe.H1, Timeframe.D1)


def minute(number: int, symbol: str = "SPY") -> Bar:
    close = 100.0 + number % 7
    start = OPENS + 60_000 * number
    return Bar(symbol, Timeframe.M1, start, 100.0, close + 1, 99.0, close, 10, 1000.0, 5)


@pytest.fixture(name="store")
async def one_store(tmp_path: Path) -> AsyncIterator[BarStore]:
    store = BarStore(f"sqlite:///{tmp_path / 'bars.db'}")
    await store.prepare()
    yield store
    await store.close()


@pytest.mark.parametrize("minutes", [1, 5, 59, 60, 61, 137, 300, 959])
async def test_parts_make_the_longer_bars_as_if_nothing_had_happened(
    store: BarStore, minutes: int
) -> None:
    day = [minute(number, symbol) for number in range(959) for symbol in ("IBM", "SPY")]
    await store.write(day)
    instant = OPENS + 60_000 * minutes
    parts = await open_parts(store, LONGER, ["SPY", "IBM"], instant)
    resumed, whole = BarMaker(LONGER), BarMaker(LONGER)
    resumed.resume(parts)
    resumed.close(instant + 3_000)
    whole.resume([bar for bar in day if bar.start < instant])
    whole.close(instant + 3_000)
    wanted = whole.close(OPENS + 10**9)
    assert resumed.close(OPENS + 10**9) == wanted
    assert any(bar.timeframe is Timeframe.D1 for bar in wanted)
    assert len(parts) <= 8


async def test_no_symbols_have_no_parts(store: BarStore) -> None:
    assert await open_parts(store, LONGER, [], OPENS + 60_000) == []


async def test_who_is_new_gets_its_history(store: BarStore) -> None:
    await store.write([minute(number) for number in range(60)])
    warm = StudyBook((Timeframe.M1,), chosen(()), store)
    await warm.meet([minute(60), minute(61)])
    cold = StudyBook((Timeframe.M1,), chosen(()), store)
    await cold.meet([minute(0)])
    for number in range(60):
        cold.study(minute(number))
    assert warm.study(minute(60)).detections == cold.study(minute(60)).detections
    assert len(warm.study(minute(61)).calculations) == 10


async def test_without_a_table_nothing_is_found_until_it_is_there(store: BarStore) -> None:
    class Absent(BarStore):
        is_away = True

        async def before(self, *args: object) -> dict[str, list[Bar]]:
            if self.is_away:
                raise UnreachableError("away")
            return await store.before(*args)  # type: ignore[arg-type] # as it comes

    absent = Absent("sqlite:////nowhere/at/all.db")
    absent.merged = store.merged  # type: ignore[method-assign] # of the one that is there
    book = StudyBook((Timeframe.M1,), chosen(()), absent)
    await book.meet([minute(0)])
    assert book.reason == "away"
    assert book.study(minute(0)) == ([], [])
    absent.is_away = False
    await book.meet([minute(1)])
    assert book.reason == ""
    assert book.study(minute(1)).calculations
    await absent.close()


async def test_what_is_not_asked_for_is_not_studied(store: BarStore) -> None:
    book = StudyBook((Timeframe.M5,), chosen(()), store)
    await book.meet([minute(0)])
    assert book.study(minute(0)) == ([], [])


async def test_forgotten_is_new_again(store: BarStore) -> None:
    book = StudyBook((Timeframe.M1,), chosen(()), store)
    await book.meet([minute(0)])
    assert book.study(minute(0)).calculations
    book.forget()
    assert book.study(minute(1)) == ([], [])
