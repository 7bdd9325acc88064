"""Universes: keys, every shape of value in use, and what must never be taken for a list."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tickterm.errors import SettingsError, UniverseError
from tickterm.market.seeds import COMBO_TEST, SEEDS, TOP_100
from tickterm.market.symbols import is_symbol
from tickterm.market.text import clean
from tickterm.market.universe import UniverseKey, nearest, sift, tickers_of

PAIR = ("AAPL", "BRK.B")
STRINGS = ["AAPL", "BRK.B"]
TICKERS = [{"ticker": "AAPL", "rank": 1, "name": "Apple"}, {"ticker": "BRK.B", "rank": 2}]
SYMBOLS = [{"symbol": "AAPL", "name": "Apple"}, {"symbol": "BRK.B"}]

SHAPES: dict[str, object] = {
    "list of strings": STRINGS,
    "list of tickers": TICKERS,
    "list of symbols": SYMBOLS,
    "mixed list": ["AAPL", {"symbol": "BRK.B"}],
    "stocks": {"count": 2, "stocks": TICKERS},
    "stocks as strings": {"stocks": STRINGS},
    "symbols": {"symbols": SYMBOLS},
    "symbols as strings": {"symbols": STRINGS},
    "etfs": {"name": "Growth", "description": "…", "etfs": SYMBOLS},
    "tickers": {"tickers": STRINGS, "priority_level": 1},
    "stocks and tickers saying the same": {"stocks": TICKERS, "tickers": STRINGS},
    "stocks and etfs": {"etfs": ["BRK.B"], "stocks": ["AAPL"]},
    "an empty stocks beside symbols": {"stocks": [], "symbols": STRINGS},
    "value": {"value": STRINGS},
    "value as JSON": {"value": json.dumps(STRINGS)},
    "value of an object": {"value": {"stocks": TICKERS}},
    "ticker before symbol": [{"symbol": "APPLE", "ticker": "AAPL"}, "BRK.B"],
    "blanks and duplicates": [" AAPL ", "", None, "BRK.B", "AAPL", "  "],
}


@pytest.mark.parametrize("value", SHAPES.values(), ids=SHAPES.keys())
def test_every_shape_as_object_json_bytes_and_json_in_json(value: object) -> None:
    text = json.dumps(value)
    for form in (value, text, text.encode(), memoryview(text.encode()), json.dumps(text)):
        assert tickers_of(form) == (PAIR, ())


def test_order_and_case_are_kept() -> None:
    assert tickers_of(["ZM", "BACpB", "aapl", "AAPL"])[0] == ("ZM", "BACpB", "aapl", "AAPL")


def test_what_is_no_symbol_is_listed_and_sanitised() -> None:
    symbols, rejected = tickers_of(["AAPL", "T.*", "A\x1b[31m", "MSFT", {"name": "x"}, "NVDA"])
    assert symbols == ("AAPL", "MSFT", "NVDA")
    assert rejected == ("T.*", "A·[31m", "entry 5 without ticker or symbol")


def test_half_is_enough_and_less_is_not() -> None:
    assert tickers_of(["AAPL", "*"])[0] == ("AAPL",)
    with pytest.raises(UniverseError, match=r"4 entries are no symbols: \*, A,B, entry 4"):
        tickers_of(["AAPL", "*", "A,B", 5, [], "MSFT", "AAPL"])


HOPELESS: dict[str, object] = {
    "null": None, "number": 5, "true": True, "empty text": "", "words": "AAPL,MSFT",
    "cut": '["AAPL"',
    "empty list": [], "blanks": ["", None], "empty object": {}, "no list": {"stocks": "AAPL"},
    "stats": {"total": 5}, "JSON null": "null", "bad bytes": b"\xff\xfe", "surrogate": "\ud800",
    "deep text": json.dumps(json.dumps(json.dumps(json.dumps(json.dumps(STRINGS))))),
    "deep object": {"value": {"value": {"value": {"value": {"value": STRINGS}}}}},
    "deep JSON": "[" * 9_999,
    "lists in a list": [STRINGS], "huge number": [10**5000], "set": {"AAPL"},
}  # fmt: skip


@pytest.mark.parametrize("value", HOPELESS.values(), ids=HOPELESS.keys())
def test_hopeless_values_are_one_clear_line(value: object) -> None:
    with pytest.raises(UniverseError, match=r"no (usable )?list of symbols") as raised:
        tickers_of(value)
    told = str(raised.value)
    assert clean(told) == told


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary(),
    lambda inner: (
        st.lists(inner)
        | st.dictionaries(
            st.sampled_from(["stocks", "symbols", "etfs", "tickers", "value", "ticker", "symbol"]),
            inner,
        )
    ),
)


@given(JUNK)
def test_junk_raises_nothing_but_universe_error(value: object) -> None:
    symbols: tuple[str, ...] = ("A",)
    rejected: tuple[str, ...] = ()
    told = ""
    try:
        symbols, rejected = tickers_of(value)
    except UniverseError as error:
        told = str(error)
    assert clean(told) == told
    assert symbols
    assert all(is_symbol(symbol) for symbol in symbols)
    assert all(clean(text) == text for text in rejected)


@given(JUNK)
def test_json_of_junk_means_the_same(value: object) -> None:
    try:
        text = json.dumps(value, allow_nan=False)
        text.encode()
    except (TypeError, ValueError):
        return
    try:
        expected = tickers_of(json.loads(text))
    except UniverseError:
        return
    if not isinstance(value, str):  # a text is already JSON itself
        assert tickers_of(text) == expected


def test_sift_returns_even_what_tickers_of_refuses() -> None:
    assert sift(["*", "A B"]) == ((), ("*", "A B"))


@pytest.mark.parametrize(
    ("text", "name", "key"),
    [
        ("stock_etf_test:combo_test", "stock_etf_test", "combo_test"),
        ("Core ETFs:etf_core", "Core ETFs", "etf_core"),
        ("a:b:c", "a", "b:c"),
        ("';DROP TABLE x;--:b", "';DROP TABLE x;--", "b"),
        ("ü:é", "ü", "é"),
    ],
)
def test_a_key_splits_at_its_first_colon(text: str, name: str, key: str) -> None:
    parsed = UniverseKey.parse(text)
    assert parsed == (name, key)
    assert str(parsed) == text


@pytest.mark.parametrize(
    "text",
    ["", ":", "a", "a:", ":b", " : ", "a: ", "a\x00:b", "a:\x1b[2J", "a:\ud800", "a:" + "b" * 999],
)  # fmt: skip
def test_a_malformed_key_is_told_the_form(text: str) -> None:
    with pytest.raises(
        SettingsError, match="NAME:KEY, such as stock_etf_test:combo_test"
    ) as raised:
        UniverseKey.parse(text)
    assert clean(raised.value) == str(raised.value)


EXISTING = (
    "stock_etf_test:combo_test",
    "market_leaders:top_100",
    "market_leaders:top_50",
    "Core ETFs:etf_core",
    "Stock ETF Group:stock_etf_group",
    "AI:list",
)


@pytest.mark.parametrize(
    ("key", "first"),
    [
        ("market_leaders_top_100", "market_leaders:top_100"),
        ("MARKET_LEADERS:TOP_50", "market_leaders:top_50"),
        ("market-leaders:top-50", "market_leaders:top_50"),
        ("market_leaders:top_10", "market_leaders:top_100"),
        ("stock_universe:top_50", "market_leaders:top_50"),
        ("etf_universe:etf_core", "Core ETFs:etf_core"),
        ("stock_etf_combo:stock_etf_group", "Stock ETF Group:stock_etf_group"),
        ("combo_test", "stock_etf_test:combo_test"),
        ("stock_etf_test:comb_test", "stock_etf_test:combo_test"),
    ],
)
def test_the_key_that_was_meant_is_nearest(key: str, first: str) -> None:
    found = nearest(key, EXISTING)
    assert found[0] == first
    assert sorted(found) == sorted(EXISTING)


def test_nearest_of_nothing_is_nothing() -> None:
    assert nearest("a:b", []) == ()


def test_the_seeds_are_what_they_say() -> None:
    assert len(COMBO_TEST) == len(set(COMBO_TEST)) == 70
    assert len(TOP_100) == len(set(TOP_100)) == 100
    assert {"AAPL", "NVDA", "TSLA", "MSFT", "GOOG", "AMZN", "BRK.B", "VGT", "XLY"} < set(COMBO_TEST)
    for key, seed in SEEDS.items():
        assert key == f"{seed.name}:{seed.key}"
    assert tickers_of(SEEDS["stock_etf_test:combo_test"].value) == (COMBO_TEST, ())
    assert tickers_of(SEEDS["market_leaders:top_100"].value) == (TOP_100, ())
