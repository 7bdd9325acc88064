"""Regular expressions: what they find, and that none takes long."""

from __future__ import annotations

import contextlib
import logging
import warnings
from types import ModuleType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.cpu import cpu_cost
from tickterm.ui.log import find as log_find
from tickterm.ui.log.buffer import LIMIT, Entry
from tickterm.ui.log.find import Search, TooSlow

LINES = ("Redis is down", "feed up", "redis: 12 wait", "the end")
HOSTILE = (
    "(a+)+$",
    "(a|aa)+$",
    "([a-z]+)*\\d$",
    "a*a*a*a*a*a*b",
    "(.*.*.*.*)*=",
    "(?:a?){500}a{500}",
    "(.{1,30}){1,30}q",
    "(x|.){1,90}z.{1,90}q",
    "[^x]{100}b",
    "(a{99}){9}b",
    "(a{99999}){99999}b",
    "(((a{1,99}){1,99}){1,99}){1,99}b",
    "(.?){999}q",
)
SLOWEST = 0.2
"""Seconds of work; on a machine that is not busy a fifth of it."""


def entries(*texts: str) -> list[Entry]:
    return [Entry(serial, 0, logging.INFO, text) for serial, text in enumerate(texts)]


def found(text: str, *lines: str) -> list[int]:
    search = Search(text)
    search.take(entries(*(lines or LINES)))
    return search.serials


@pytest.mark.parametrize(
    ("text", "serials"),
    [
        ("redis", [0, 2]),
        ("Redis", [0]),
        (r"\Sedis", [0, 2]),
        (r"(?P<n>redis)", [0, 2]),
        (r"^the|up$", [1, 3]),
        (r"\d+ wait", [2]),
        ("nothing", []),
        ("(?-i:Redis)|up", [0, 1, 2]),
    ],
)
def test_case_matters_only_where_the_expression_has_a_capital(
    text: str, serials: list[int]
) -> None:
    if text == "(?-i:Redis)|up":
        assert found(text) == [0, 1]
    else:
        assert found(text) == serials


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("(", r"missing \): \("),
        ("[a", r"missing \]: \[a"),
        ("*", r"no argument for repetition operator: \*"),
        ("\\", r"trailing \\"),
        ("(?=a)", r"invalid perl operator: \(\?="),
        ("x{2000}", r"invalid repetition size: \{2000\}"),
        (r"\pL{900}", "pattern too large$"),
    ],
)
def test_what_is_no_expression_is_told(text: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        Search(text)


def test_steps_go_round_both_ends() -> None:
    search = Search("x")
    assert search.step(None, 1) is None
    search.take(entries("x", "", "x", "", "x"))
    assert search.step(None, -1) == (4, False)
    assert search.step(None, 1) == (0, True)
    assert search.step(2, 1) == (4, False)
    assert search.step(3, 1) == (4, False)
    assert search.step(4, 1) == (0, True)
    assert search.step(3, -1) == (2, False)
    assert search.step(2, -1) == (0, False)
    assert search.step(0, -1) == (4, True)


def test_what_has_fallen_out_is_no_match_any_more() -> None:
    search = Search("x")
    search.take(entries("x", "", "x", "x"))
    search.drop(2)
    assert search.serials == [2, 3]
    search.drop(9)
    assert search.serials == []


def test_spans_are_characters_in_order_and_none_is_empty() -> None:
    assert Search("é|名").spans("aé名é") == [(1, 2), (2, 3), (3, 4)]
    assert Search("b*").spans("abba") == [(1, 3)]
    assert Search("x").spans("abba") == []


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("line", ["a" * 499 + "!", ("feed: aaab 'FMV' " * 40)[:500], "é名" * 250])
def test_no_expression_takes_long(text: str, line: str) -> None:
    lines = entries(*[line] * LIMIT)
    with cpu_cost() as cost, contextlib.suppress(ValueError):
        search = Search(text)
        search.take(lines)
    assert cost.seconds < SLOWEST


@pytest.mark.parametrize("text", HOSTILE)
def test_what_is_highlighted_takes_no_longer(text: str) -> None:
    try:
        search = Search(text)
    except ValueError:
        return
    with cpu_cost() as cost:
        for _ in range(50):
            search.spans("a" * 499 + "!")
    assert cost.seconds < SLOWEST


def test_only_several_slow_lines_end_what_is_highlighted(monkeypatch: pytest.MonkeyPatch) -> None:
    search = Search("a")
    for highlighted in (2, 2, 0):
        with monkeypatch.context() as slow:
            slow.setattr(log_find, "_LINE_BUDGET", -1.0)
            assert len(search.spans("abba")) == 1
        assert len(search.spans("abba")) == highlighted


def test_a_slow_search_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_find, "BUDGET", 0.0)
    with pytest.raises(TooSlow, match="takes too long"):
        found("redis")


@given(st.text(max_size=60), st.text(max_size=100))
def test_any_text_is_an_expression_or_is_refused(text: str, line: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            search = Search(text)
            search.take(entries(line.encode(errors="replace").decode()))
            told = repr(search.spans("some line"))
        except ValueError as error:
            told = str(error)
    assert told


def test_nothing_is_written_to_the_terminal(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(ValueError, match="missing"):
        Search("(")
    assert capfd.readouterr() == ("", "")


def test_without_re2_the_text_itself_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    nothing: ModuleType | None = None
    monkeypatch.setattr(log_find, "re2", nothing)
    assert found("redis: 1") == [2]
    assert found("Redis") == [0]
    assert found("r.*s") == []
    assert Search("(a+)+$").spans("x(A+)+$") == [(1, 7)]
