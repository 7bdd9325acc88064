"""Filter expressions: what they let pass, and what is said when they are none."""

from __future__ import annotations

import contextlib
import operator
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.cpu import cpu_cost
from tickterm.market.row_fields import NUMBERS, TEXTS
from tickterm.market.row_filter import DEEPEST, LONGEST, FilterError, parse
from tickterm.market.snapshot import Row

NOW = 100.0
AAPL = Row(
    "AAPL", 110.0, 100.0, True, 2_500_000, 1, updated=NOW - 5, ticks=900,
    high=120.0, low=100.0, vwap=108.0, minute_ticks=58, name="Apple Inc.",
)  # fmt: skip
BRK = Row(
    "BRK.B", 90.0, 100.0, False, 40_000, -1, updated=NOW - 90, ticks=12,
    high=91.0, low=90.0, minute_ticks=7, name="Berkshire Hathaway Class B",
)  # fmt: skip
XOM = Row("XOM")
ROWS = (AAPL, BRK, XOM)


def passing(text: str) -> str:
    """Return the symbols that pass."""
    matches = parse(text).matches
    return " ".join(row.symbol for row in ROWS if matches(row, NOW))


@pytest.mark.parametrize(
    ("text", "symbols"),
    [
        ("", "AAPL BRK.B XOM"),
        ("  ", "AAPL BRK.B XOM"),
        ("chg_pct > 2 and volume > 1e6", "AAPL"),
        ("CHG_PCT > 2 AND Volume > 1M", "AAPL"),
        ("pct<-2", "BRK.B"),
        ("percent = -10", ""),  # 90 / 100 - 1 is not quite -0.1
        ("chg == -10", "BRK.B"),
        ("change != -10", "AAPL"),
        ("last >= 110 or price <= 90", "AAPL BRK.B"),
        ("volume >= 2.5m", "AAPL"),
        ("volume < 40.1k", "BRK.B"),
        ("vol > 1,000,000", "AAPL"),
        ("volume < 1b", "AAPL BRK.B"),
        ("volume = 0", ""),
        ("open = 100", "AAPL"),
        ("high > 91", "AAPL"),
        ("low < 100", "BRK.B"),
        ("vwap > 0", "AAPL"),
        ("not vwap > 0", "BRK.B XOM"),
        ("ticks = 0", "XOM"),
        ("tpm > 10", "AAPL"),
        ("tpm = 0", "BRK.B"),
        ("not tpm > 0", "BRK.B XOM"),
        ("age > 60", "BRK.B"),
        ("range = 50", "AAPL"),
        ("range < 1%", "BRK.B"),
        ("chg_pct > -50% pct > 5%", "AAPL"),
        ("percent < -5%", "BRK.B"),
        ("vol > 2,499,999.5", "AAPL"),
        ("vol >= 2500k", "AAPL"),
        ("vol > 2.4E6", "AAPL"),
        ("ticks > .9k", ""),
        ("last < 1e2", "BRK.B"),
        ("direction = up", "AAPL"),
        ("dir != up", "BRK.B"),
        ("direction < flat", "BRK.B"),
        ("aap", "AAPL"),
        ("BERK", "BRK.B"),
        ('"hathaway class"', "BRK.B"),
        ('"class" "berk"', "BRK.B"),
        ("symbol = a*", "AAPL"),
        ("sym != A*", "BRK.B XOM"),
        ("symbol = ?O?", "XOM"),
        ("symbol = [AX]*", ""),
        ("name = *inc.", "AAPL"),
        ('name = ""', "XOM"),
        ("symbol=brk.b", "BRK.B"),
        ("apple or berkshire last > 100", "AAPL"),
        ("(apple or berkshire) last > 100", "AAPL"),
        ("(apple or berkshire) last < 100", "BRK.B"),
        ("not apple not berkshire", "XOM"),
        ("not (apple or berkshire)", "XOM"),
        ("not not apple", "AAPL"),
        ("LOW", ""),
        ("A", "AAPL BRK.B"),
        ("A not P", "BRK.B"),
        ("VOL", ""),
        ('"ber"', "BRK.B"),
        ('"low"', ""),
        ("last > 100 last < 200", "AAPL"),
    ],
)
def test_what_passes(text: str, symbols: str) -> None:
    assert passing(text) == symbols


@pytest.mark.parametrize("field", [*NUMBERS, *TEXTS])
def test_every_field_can_be_compared_with(field: str) -> None:
    value = "up" if field.startswith("dir") else "A*" if field in TEXTS else "1"
    assert AAPL.symbol in passing(f"{field} = {value} or AAPL")


@pytest.mark.parametrize(
    ("text", "error", "position"),
    [
        ("volume >", 'a number, after "volume >"', 8),
        ("volume > big", 'a number, after "volume >"', 8),
        ("volume > 1q", 'a number, after "volume >"', 8),
        ("vol > 5%", 'no %: for chg_pct and range only, after "vol >"', 5),
        ("last > 2,5", 'a number like 2.5 or 1,000, after "last >"', 6),
        ("last > 2,5000", 'a number like 2.5 or 1,000, after "last >"', 6),
        ("last > ,500", 'a number like 2.5 or 1,000, after "last >"', 6),
        ("last > 1000,000", 'a number like 2.5 or 1,000, after "last >"', 6),
        ("vol > 1e6M", '1e6 or 1M, not both, after "vol >"', 5),
        ("pct > 1e1%", '1e6 or 1M, not both, after "pct >"', 5),
        ("vol > 1kk", 'a number, after "vol >"', 5),
        ("vol > 1_000", 'a number, after "vol >"', 5),
        ("volume > (1)", 'a number, after "volume >"', 8),
        ('last = "5"', 'a number, after "last ="', 6),
        ("last = = 3", 'a number, after "last ="', 6),
        ("last > 3 and", 'a field or a text, after "last > 3 and"', 12),
        ("and", 'a field or a text (in quotes: "and")', 0),
        (" OR ", 'a field or a text (in quotes: "OR")', 0),
        ("or apple", "a field or a text", 0),
        ("x or or b", 'a field or a text, after "x or"', 4),
        ("NOT", 'a field or a text (in quotes: "NOT"), after "NOT"', 3),
        ("()", 'a field or a text, after "("', 1),
        ("(x", '")", after "(x"', 2),
        ("x)", 'no ")" is open, after "x"', 1),
        ("> 5", "a field before >", 0),
        ("volum > 5", '"volum" is no field (volume?)', 0),
        ("2 < last", '"2" is no field', 0),
        ("apple volume", '< <= > >= = or !=, after "apple volume"', 12),
        ("volu", 'volume and a comparison, or the text "volu", after "volu"', 4),
        ("symbol > 3", '= or !=, after "symbol"', 7),
        ("name =", 'a text such as A*, after "name ="', 6),
        ("direction = 5", 'up, down or flat, after "direction ="', 11),
        ("range > 5 and chg_pct > 1 and last >", 'a number, after "…t > 1 and last >"', 36),
        ("a" * (LONGEST + 1), f"a filter has at most {LONGEST} characters", LONGEST),
        ("(" * DEEPEST + "(", f"no more than {DEEPEST} inside each other", DEEPEST),
    ],
)
def test_what_is_wrong_is_said(text: str, error: str, position: int) -> None:
    with pytest.raises(FilterError) as caught:
        parse(text)
    assert str(caught.value).startswith(error)
    assert caught.value.position == position


@pytest.mark.parametrize(("seconds", "rate"), [(0.0, 58), (60.0, 58), (60.1, 0)])
def test_ticks_count_for_a_minute_from_the_newest(seconds: float, rate: int) -> None:
    assert NUMBERS["tpm"](AAPL, AAPL.updated + seconds) == rate


def test_errors_are_short_enough_for_the_line_where_they_are_shown() -> None:
    for text in (
        "x" * 150 + " > 5",
        "a " * 90 + "volume > " + "z" * 9,
        "a " * 90 + "volume > 2,5",
        "a " * 90 + "volume > 5%",
        "a " * 90 + "volume > 1e5k",
        "NOT",
    ):
        with pytest.raises(FilterError) as caught:
            parse(text)
        assert len(str(caught.value)) <= 60


def test_depth_counts_what_is_open_not_what_was() -> None:
    assert passing("(A) " * 40 + "apple") == "AAPL"
    assert passing("(" * DEEPEST + "apple" + ")" * DEEPEST) == "AAPL"


def test_only_what_time_changes_is_timed() -> None:
    assert parse("age > 5").is_timed
    assert parse("apple or not (tpm < 3)").is_timed
    assert not parse("volume > 5 apple").is_timed


# An expression, as a text and as Python.
Expression = tuple[str, Callable[[Row], bool]]
SIGNS: dict[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "=": operator.eq,
    "==": operator.eq,
    "!=": operator.ne,
}
READ: dict[str, Callable[[Row], Any]] = {
    "last": lambda row: row.price,
    "chg": lambda row: None if row.price is None else row.price - (row.reference or 0.0),
    "volume": lambda row: row.volume if row.ticks else None,
    "high": lambda row: row.high,
    "vwap": lambda row: row.vwap,
    "age": lambda row: NOW - row.updated if row.ticks else None,
    "direction": lambda row: row.direction if row.ticks else None,
}
WORDS = {"up": 1, "down": -1, "flat": 0}


def comparison(field: str, sign: str, number: int, space: str) -> Expression:
    word, value = str(number), number
    if field == "direction":
        word, value = list(WORDS.items())[number % 3]

    def holds(row: Row) -> bool:
        known = READ[field](row)
        return known is not None and SIGNS[sign](known, value)

    return f"{field}{space}{sign}{space}{word}", holds


def contains(word: str) -> Expression:
    return f'"{word}"', lambda row: word.lower() in row.symbol.lower() + "\n" + row.name.lower()


def combined(first: Expression, second: Expression, how: str) -> Expression:
    text = f"({first[0]} {how} {second[0]})"
    if how == "or":
        return text, lambda row: first[1](row) or second[1](row)
    return text, lambda row: first[1](row) and second[1](row)


LEAVES = st.one_of(
    st.builds(
        comparison,
        st.sampled_from(list(READ)),
        st.sampled_from(list(SIGNS)),
        st.integers(-20, 130),
        st.sampled_from(["", " ", "  "]),
    ),
    st.builds(contains, st.sampled_from(["a", "apple", "B", "zz", "class b", "and", "<"])),
)
EXPRESSIONS: st.SearchStrategy[Expression] = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.builds(combined, inner, inner, st.sampled_from(["and", "or", ""])),
        inner.map(lambda inside: (f"not {inside[0]}", lambda row: not inside[1](row))),
    ),
    max_leaves=8,
)
ANY_ROW = st.builds(
    Row,
    st.sampled_from(["AAPL", "B", "<x>", "ZZ"]),
    st.none() | st.integers(-5, 120).map(float),
    st.just(100.0),
    volume=st.integers(0, 120),
    direction=st.integers(-1, 1),
    updated=st.integers(0, 100).map(float),
    ticks=st.integers(0, 2),
    high=st.none() | st.integers(0, 120),
    vwap=st.none() | st.integers(0, 120),
    name=st.sampled_from(["", "Apple Inc.", "Class B and C"]),
)


@given(EXPRESSIONS, st.lists(ANY_ROW, max_size=6))
def test_an_expression_means_what_it_means_in_python(
    expression: Expression, rows: list[Row]
) -> None:
    text, wanted = expression
    if len(text) > LONGEST or text.count("not") + text.count("(") > DEEPEST:
        return
    matches = parse(text).matches
    assert [matches(row, NOW) for row in rows] == [wanted(row) for row in rows]


PIECES = [
    *NUMBERS,
    *TEXTS,
    *SIGNS,
    "and",
    "or",
    "not",
    "(",
    ")",
    '"',
    "1e6",
    "-2",
    "*",
    "[",
    "!",
    " ",
]


@given(st.text(max_size=220) | st.lists(st.sampled_from(PIECES), max_size=60).map(" ".join))
def test_any_text_gives_a_filter_or_an_error(text: str) -> None:
    error = None
    try:
        matches = parse(text).matches
    except FilterError as raised:
        error = raised
    if error is None:
        assert all(matches(row, NOW) in (True, False) for row in ROWS)
    else:
        assert str(error)
        assert 0 <= error.position <= LONGEST


@pytest.mark.parametrize(
    "text",
    ["(" * 200, "not " * 50, "a " * 100, "a or " * 40, '"' * 200, "name = " + "*a" * 96 + "b",
     " " * 200, "!" * 200, "-" * 199 + "=", "last>1 " * 28],
)  # fmt: skip
def test_no_text_takes_long(text: str) -> None:
    row = AAPL._replace(name="a" * 500)
    with cpu_cost() as cost, contextlib.suppress(FilterError):
        parse(text).matches(row, NOW)
    assert cost.seconds < 0.05
