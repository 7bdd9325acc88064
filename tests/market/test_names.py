"""Names: taken from lists that have them, sanitised; those of the best-known symbols are known."""

from __future__ import annotations

import pytest

from tickterm.market.names import KNOWN, LONGEST, names_in
from tickterm.market.seeds import SEEDS
from tickterm.market.symbols import is_symbol
from tickterm.market.text import clean
from tickterm.market.universe import names_of, tickers_of


def test_what_a_fresh_installation_watches_has_names() -> None:
    for seed in SEEDS.values():
        assert set(tickers_of(seed.value)[0]) <= KNOWN.keys()


def test_known_names_are_short_and_clean() -> None:
    for symbol, name in KNOWN.items():
        assert is_symbol(symbol)
        assert name == clean(name, 32).strip()


@pytest.mark.parametrize("shape", ["stocks", "etfs", "symbols", "tickers"])
def test_a_list_of_objects_may_name_its_symbols(shape: str) -> None:
    value = {shape: [{"ticker": "AAPL", "name": "Apple Inc."}, {"symbol": "SPY", "name": "S&P"}]}
    assert names_of(value) == {"AAPL": "Apple Inc.", "SPY": "S&P"}


def test_a_list_of_symbols_names_none() -> None:
    assert names_of(["AAPL", "SPY"]) == {}


@pytest.mark.parametrize("name", [None, "", "  ", 5, ["Apple"], {"en": "Apple"}])
def test_what_is_no_name_is_left_out(name: object) -> None:
    assert names_in([{"ticker": "AAPL", "name": name}, {"name": "nobody"}, "SPY", None]) == {}


def test_names_are_sanitised_and_bounded() -> None:
    [name] = names_in([{"ticker": "A", "name": "\x1b]0;owned\x07\u202e" + "x" * 1_000}]).values()
    assert name == clean(name, LONGEST)
    assert len(name) <= LONGEST
