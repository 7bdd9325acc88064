"""The grammar of symbols: what may go into a subscription, and nothing else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tickterm.market.symbols import is_symbol, mention_of, split_symbols


@pytest.mark.parametrize(
    "symbol",
    ["A", "AAPL", "BRK.B", "BF/A", "BRK-B", "BACpB", "aapl", "TSLA1", "ABC.WS.A", "7203", "A" * 12],
)
def test_symbols(symbol: str) -> None:
    assert is_symbol(symbol)


@pytest.mark.parametrize(
    "text",
    [
        "", " ", "A B", " AAPL", "AAPL ", "AAPL\n", "AAPL,T", "AAPL,T.*", "*", "T.*", ".", "A.",
        ".A", "A..B", "A--B", "-A", "A*", "A;B", "A'B", 'A"', "A\x00", "A\x1b[31m", "[/red]",
        "ÄPL", "ＡＡＰＬ", "A\u202eB", "١٢", "A" * 13, "A.BBBBBBB", "A" + ".B" * 16, "=A", "+A",
        "@A", "A_B", "$A", "A:B",
    ],
)  # fmt: skip
def test_no_symbols(text: str) -> None:
    assert not is_symbol(text)


@pytest.mark.parametrize("thing", [None, 1, 1.5, True, b"AAPL", ["AAPL"], {"ticker": "AAPL"}])
def test_what_is_no_text_is_no_symbol(thing: object) -> None:
    assert not is_symbol(thing)


def test_split_keeps_order_and_case_and_drops_blanks_and_duplicates() -> None:
    symbols, rejected = split_symbols(
        [" TSLA ", "", None, "AAPL", "\t", "BACpB", "BACPB", "TSLA", "A,B", "A,B", 7]
    )
    assert symbols == ("TSLA", "AAPL", "BACpB", "BACPB")
    assert rejected == ("A,B", "7")


@given(st.lists(st.none() | st.text() | st.binary()))
def test_split_never_lets_a_separator_through(candidates: list[object]) -> None:
    symbols, rejected = split_symbols(candidates)
    assert all(is_symbol(symbol) for symbol in symbols)
    assert not any(is_symbol(text) for text in rejected)
    assert len(set(symbols)) == len(symbols)
    assert not set(",*; \t\r\n\x00\x1b:") & set("".join(symbols))


@given(st.lists(st.from_regex(r"\A[A-Za-z]{1,5}(\.[A-Z]{1,2})?\Z"), unique=True))
def test_split_returns_symbols_as_they_are(symbols: list[str]) -> None:
    assert split_symbols(symbols) == (tuple(symbols), ())


@pytest.mark.parametrize(
    ("symbol", "text", "named"),
    [
        ("AAPL", "AAPL is not watched", True),
        ("AAPL", "status success: subscribed to: A.AAPL", True),
        ("AAPL", "alert: AAPL, above 230", True),
        ("AAPL", "(AAPL)", True),
        ("AAPL", "AAPLX and XAAPL", False),
        ("AAPL", "aapl", False),
        ("AAPL", "$AAPL", True),
        ("AAPL", "AAPL$", True),
        ("AAPL", "AAPL/MSFT", False),
        ("AAPL", "/AAPL", False),
        ("AAPL", "AAPL-W", False),
        ("AAPL", "AAPL - up", True),
        ("BRK.B", "T.BRK.B refused", True),
        ("BRK", "BRK.B refused", False),
        ("B", "BRK.B refused", False),
        ("A", "subscribed to: A.AAPL", False),
        ("A", "subscribed to: A.A", True),
        ("A+", "A+ is odd", True),
        ("AAPL", "ends with AAPL.", True),
    ],
)
def test_a_symbol_is_mentioned_as_a_word_of_its_own(symbol: str, text: str, named: bool) -> None:
    assert (mention_of(symbol).search(text) is not None) is named
