"""Which rows are shown: a filter expression such as `chg_pct > 2 and volume > 1e6`, read safely.

    filter     = term { ["and"] term | "or" term }        "and" binds closer than "or"
    term       = "not" term | "(" filter ")" | comparison | text
    comparison = field ("<" | "<=" | ">" | ">=" | "=" | "==" | "!=") value
    text       = a word or "a quoted text", part of the symbol or of the name

It is read by recursive descent into closures: no text of a person is ever evaluated.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from fnmatch import translate
from typing import NamedTuple

from tickterm.market.filter_number import read_number
from tickterm.market.row_fields import NUMBERS, PER_CENT, TEXTS, TIMED, begins_field, near
from tickterm.market.snapshot import Row

__all__ = ["DEEPEST", "LONGEST", "FilterError", "RowFilter", "parse"]

LONGEST = 200
"""Characters of a filter."""
DEEPEST = 20
"""Brackets and `not`s inside each other."""

Test = Callable[[Row, float], bool]
_Comparison = Callable[[float, float], bool]

_TOKEN = re.compile(
    r"""\s*(?:(?P<quoted>"[^"]*"?)|(?P<operator><=|>=|==|!=|[<>=])|(?P<bracket>[()])|"""
    r"""(?P<word>(?:(?!!=)[^\s"<>=()])+))"""
)
_OPERATORS: dict[str, _Comparison] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "=": operator.eq,
    "==": operator.eq,
    "!=": operator.ne,
}
_DIRECTIONS = {"up": 1.0, "down": -1.0, "flat": 0.0}
_CONTEXT = 16
"""Characters of the text before a mistake that the error repeats."""


class FilterError(ValueError):
    """A text that is no filter: says what is expected, and after what."""

    def __init__(self, text: str, position: int, expected: str) -> None:
        before = text[:position].strip()
        if len(before) > _CONTEXT:
            before = "…" + before[-_CONTEXT:]
        where = f', after "{before}"' if before else ""
        super().__init__(expected + where)
        self.position = position
        """Where in the text, in characters."""


class RowFilter(NamedTuple):
    """A filter that was read."""

    text: str
    matches: Test
    """Says whether a row passes at an engine time; never raises."""
    is_timed: bool
    """Whether a row may come or go although nothing of it has changed."""


class _Token(NamedTuple):
    kind: str
    text: str
    start: int
    end: int


def parse(text: str) -> RowFilter:
    """Return the filter that `text` describes; an empty one lets every row pass.

    What is unknown of a row compares with nothing. Upper and lower case are the same, but that
    the beginning of a field's name is a text only in capitals or quotes: `LOW` is a symbol, and
    `low` a comparison that somebody is still typing.

    Raises:
        FilterError: `text` is none; says where, and what is expected.
    """
    if len(text) > LONGEST:
        raise FilterError("", LONGEST, f"a filter has at most {LONGEST} characters")
    parser = _Parser(text)
    return RowFilter(text, parser.whole(), parser.is_timed)


class _Parser:
    """Reads one text once, from left to right."""

    def __init__(self, text: str) -> None:
        self.is_timed = False
        self._text = text
        self._tokens = _tokens(text)
        self._next = 0
        self._depth = 0

    def whole(self) -> Test:
        if self._peek() is None:
            return lambda _row, _now: True
        test = self._any()
        token = self._peek()
        if token is not None:
            raise self._error(token.start, 'no ")" is open')
        return test

    def _any(self) -> Test:
        test = self._all()
        while self._takes("or"):
            test = _either(test, self._all())
        return test

    def _all(self) -> Test:
        test = self._term()
        while self._takes("and") or self._begins_term():
            test = _both(test, self._term())
        return test

    def _begins_term(self) -> bool:
        token = self._peek()
        return token is not None and token.text != ")" and not _is_word(token, "or")

    def _term(self) -> Test:
        token = self._peek()
        if token is None or token.text == ")" or _is_word(token, "and", "or"):
            raise self._error(self._end, "a field or a text" + self._way_out())
        self._next += 1
        if token.kind == "operator":
            raise self._error(token.start, f"a field before {token.text}")
        if token.text == "(" or _is_word(token, "not"):
            return self._nested(token)
        following = self._peek()
        if token.kind == "word" and following is not None and following.kind == "operator":
            return self._comparison(token)
        if token.kind == "word" and begins_field(token.text):
            raise self._error(token.end, _continuation(token.text))
        return _contains(_unquoted(token))

    def _nested(self, token: _Token) -> Test:
        self._depth += 1
        if self._depth > DEEPEST:
            raise self._error(token.start, f"no more than {DEEPEST} inside each other")
        if token.text == "(":
            test = self._any()
            if not self._takes(")"):
                raise self._error(self._end, '")"')
        else:
            test = _negated(self._term())
        self._depth -= 1
        return test

    def _way_out(self) -> str:
        """Say how to find the symbols that are called like a word of ours."""
        alone = len(self._tokens) == 1 and _is_word(self._tokens[0], "and", "or", "not")
        return f' (in quotes: "{self._text.strip()}")' if alone else ""

    def _comparison(self, field: _Token) -> Test:
        sign = self._tokens[self._next]
        self._next += 1
        name = field.text.lower()
        if name in TEXTS:
            return self._text_comparison(name, sign)
        if name not in NUMBERS:
            hint = f" ({near(name)}?)" if near(name) else ""
            word = field.text if len(field.text) <= _CONTEXT else field.text[:_CONTEXT] + "…"
            raise self._error(field.start, f'"{word}" is no field{hint}')
        number = self._number(name)
        self.is_timed |= name in TIMED
        return _compared(NUMBERS[name], _OPERATORS[sign.text], number)

    def _number(self, name: str) -> float:
        token = self._value()
        word = token.text.lower() if token is not None and token.kind == "word" else ""
        if name.startswith("dir"):
            if word not in _DIRECTIONS:
                raise self._error(self._end_before_value, "up, down or flat")
            return _DIRECTIONS[word]
        try:
            return read_number(word, per_cent=name in PER_CENT)
        except ValueError as error:
            raise self._error(self._end_before_value, str(error)) from None

    def _text_comparison(self, name: str, sign: _Token) -> Test:
        if sign.text not in {"=", "==", "!="}:
            raise self._error(sign.start, "= or !=")
        token = self._value()
        if token is None or token.kind not in {"word", "quoted"}:
            raise self._error(self._end_before_value, "a text such as A*")
        test = _is_like(TEXTS[name], _unquoted(token))
        return _negated(test) if sign.text == "!=" else test

    def _value(self) -> _Token | None:
        token = self._peek()
        self._next += 1
        return token

    @property
    def _end(self) -> int:
        """Where the last token that was taken ends."""
        return self._tokens[self._next - 1].end if self._next else 0

    @property
    def _end_before_value(self) -> int:
        return self._tokens[self._next - 2].end

    def _peek(self) -> _Token | None:
        return self._tokens[self._next] if self._next < len(self._tokens) else None

    def _takes(self, text: str) -> bool:
        token = self._peek()
        if token is None or token.kind == "quoted" or token.text.lower() != text:
            return False
        self._next += 1
        return True

    def _error(self, position: int, expected: str) -> FilterError:
        return FilterError(self._text, position, expected)


def _tokens(text: str) -> list[_Token]:
    tokens = []
    for found in _TOKEN.finditer(text):
        kind = found.lastgroup or ""
        tokens.append(_Token(kind, found[kind], found.start(kind), found.end(kind)))
    return tokens


def _is_word(token: _Token, *words: str) -> bool:
    return token.kind == "word" and token.text.lower() in words


def _unquoted(token: _Token) -> str:
    return token.text.strip('"') if token.kind == "quoted" else token.text


def _continuation(word: str) -> str:
    """Say how the beginning of a field's name goes on."""
    if word in NUMBERS or word in TEXTS:
        return "< <= > >= = or !="
    return f'{near(word)} and a comparison, or the text "{word}"'


def _either(first: Test, second: Test) -> Test:
    return lambda row, now: first(row, now) or second(row, now)


def _both(first: Test, second: Test) -> Test:
    return lambda row, now: first(row, now) and second(row, now)


def _negated(test: Test) -> Test:
    return lambda row, now: not test(row, now)


def _compared(
    read: Callable[[Row, float], float | None], holds: _Comparison, number: float
) -> Test:
    def test(row: Row, now: float) -> bool:
        value = read(row, now)
        return value is not None and holds(value, number)

    return test


def _contains(text: str) -> Test:
    part = text.casefold()
    return lambda row, _now: part in row.symbol.casefold() or part in row.name.casefold()


def _is_like(read: Callable[[Row], str], pattern: str) -> Test:
    literal = pattern.casefold().replace("[", "[[]")  # only `*` and `?` stand for others
    fits = re.compile(translate(literal)).match
    return lambda row, _now: fits(read(row).casefold()) is not None
