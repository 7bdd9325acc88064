"""What the words of the log's filter mean."""

from __future__ import annotations

import logging

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tickterm.ui.log.filter import parse, step_level

DEBUG, INFO, WARNING, ERROR = logging.DEBUG, logging.INFO, logging.WARNING, logging.ERROR


def passes(filter_text: str, text: str, level: int = logging.INFO) -> bool:
    return parse(filter_text).passes(level, text)


@pytest.mark.parametrize(
    ("text", "lowest"),
    [
        ("", 0),
        ("level:all", 0),
        ("debug", DEBUG),
        ("info", INFO),
        ("warning", WARNING),
        ("Warning", WARNING),
        ("ERROR", ERROR),
        (">=warning", WARNING),
        ("level:warning", WARNING),
        ("LEVEL:ERROR", ERROR),
        ("level:>=error", ERROR),
        ("info error warning", ERROR),
    ],
)
def test_a_word_for_a_level_is_the_lowest(text: str, lowest: int) -> None:
    levels = [DEBUG, INFO, WARNING, ERROR, logging.CRITICAL]
    shown = [level for level in levels if passes(text, "anything", level)]
    assert shown == [level for level in levels if level >= lowest]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("A", "rejected: A at 3"),
        ("A", "A"),
        ("A", "(A)"),
        ("A", 'the symbol "A", unknown'),
        ("A", "subscribed to: A.A"),
        ("AAPL", "subscribed to: A.MSFT,A.AAPL"),
        ("AAPL", "subscribed to: AM.AAPL"),
        ("AAPL", "nobody trades AAPL."),
        ("BRK.B", "split of A.BRK.B: 1 to 50"),
        ("symbol:aapl", "rejected AAPL"),
        ("SYMBOL:BACpL", "rejected BACpL"),
    ],
)
def test_a_symbol_is_found(text: str, line: str) -> None:
    assert passes(text, line)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("A", "connected at last"),
        ("A", "a new link"),
        ("A", "AA and BA"),
        ("A", "subscribed to: A.AAPL"),
        ("A", "BRK.A and BF-A and BF/A"),
        ("BRK", "BRK.B"),
        ("B", "A.BRK.B"),
        ("AAPL", "aapl"),
        ("symbol:aapl", "aapl"),
        ("symbol:BACpL", "BACPL"),
    ],
)
def test_what_is_no_such_symbol_is_not(text: str, line: str) -> None:
    assert not passes(text, line)


def test_other_words_are_text_whatever_their_case() -> None:
    assert passes("Redis conn", "redis: CONNECTION lost")
    assert not passes("redis feed", "redis: connection lost")
    assert passes("redis: all", "redis: all is well")
    assert passes("70", "70 symbols")


def test_every_word_must_match() -> None:
    text = "warning AAPL price"
    assert passes(text, "rejected (price): AAPL", WARNING)
    assert not passes(text, "rejected (price): AAPL", INFO)
    assert not passes(text, "rejected (price): MSFT", WARNING)
    assert not passes(text, "rejected (time): AAPL", WARNING)


@pytest.mark.parametrize(
    "word", [">=", ">=loud", "level:", "level:w", "<error", ">warning", "=info", "level:A"]
)
def test_a_wrong_level_is_refused_with_what_is_allowed(word: str) -> None:
    with pytest.raises(ValueError, match="a level is all, info, warning or error, as in >="):
        parse(f"AAPL {word}")


@pytest.mark.parametrize("word", ["symbol:", "symbol:A,B", "symbol:.", "symbol:" + "A" * 40])
def test_a_wrong_symbol_is_refused(word: str) -> None:
    with pytest.raises(ValueError, match="one symbol, as in symbol:AAPL"):
        parse(word)


def test_levels_are_stepped_through_and_other_words_stay() -> None:
    text, seen = "AAPL price", []
    for _ in range(4):
        text = step_level(text)
        seen.append(text)
    assert seen == [">=info AAPL price", ">=warning AAPL price", ">=error AAPL price", "AAPL price"]
    assert step_level("price warning") == ">=error price"
    assert step_level("level:debug") == ">=info"


@given(st.text(max_size=60))
def test_any_text_is_a_filter_or_is_refused_in_words(text: str) -> None:
    try:
        parse(text).passes(INFO, "some line A.AAPL")
    except ValueError as error:
        told = str(error)
    else:
        told = "as in " + step_level(text)
    assert "as in" in told
