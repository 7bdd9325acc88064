"""The orders of the board."""

from __future__ import annotations

import pytest

from tickterm.market.snapshot import Row
from tickterm.ui.order import Sort, arrange

ROWS = (
    Row("MSFT", 110.0, 100.0, volume=5, updated=3.0, ticks=1),
    Row("XOM"),
    Row("AAPL", 90.0, 100.0, volume=50, updated=1.0, ticks=1),
    Row("NVDA", 110.0, 100.0, volume=20, updated=2.0, ticks=1),
)


@pytest.mark.parametrize(
    ("sort", "reverse", "symbols"),
    [
        (Sort.UNIVERSE, False, "MSFT XOM AAPL NVDA"),
        (Sort.UNIVERSE, True, "NVDA AAPL XOM MSFT"),
        (Sort.SYMBOL, False, "AAPL MSFT NVDA XOM"),
        (Sort.SYMBOL, True, "XOM NVDA MSFT AAPL"),
        (Sort.PERCENT, False, "MSFT NVDA AAPL XOM"),
        (Sort.PERCENT, True, "AAPL MSFT NVDA XOM"),
        (Sort.VOLUME, False, "AAPL NVDA MSFT XOM"),
        (Sort.VOLUME, True, "MSFT NVDA AAPL XOM"),
        (Sort.NEWEST, False, "MSFT NVDA AAPL XOM"),
        (Sort.NEWEST, True, "AAPL NVDA MSFT XOM"),
    ],
)
def test_arrange(sort: Sort, reverse: bool, symbols: str) -> None:
    order = arrange(ROWS, sort, reverse=reverse)
    assert " ".join(ROWS[index].symbol for index in order) == symbols


def test_the_orders_come_round() -> None:
    seen = [Sort.UNIVERSE]
    while (following := seen[-1].following) is not Sort.UNIVERSE:
        seen.append(following)
    assert seen == list(Sort)
    assert [sort for sort in Sort if sort.moves] == [Sort.PERCENT, Sort.VOLUME, Sort.NEWEST]
