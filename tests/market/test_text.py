"""Text from outside becomes one bounded printable line."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tickterm.market.text import LIMIT, clean, redact

ANY_TEXT = st.text(st.characters(exclude_categories=[]))
BIDI = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("plain", "plain"),
        ("", ""),
        ("Größe 日本 é €", "Größe 日本 é €"),
        ("[/red][@click=app.quit]x", "[/red][@click=app.quit]x"),
        ("\x1b]0;owned\x07x", "·]0;owned·x"),
        ("\x9b31mred", "·31mred"),
        ("a\x00\x01\x02b", "a·b"),
        ("one\ntwo\tthree\rfour", "one two three four"),
        ("a\u2028b\u2029c\x85d\x0be\x0cf", "a·b·c·d·e·f"),
        ("\ud800x", "·x"),
        ("user\u202egnp.exe", "user·gnp.exe"),
        ("zero\u200bwidth\ufeff", "zero·width·"),
        ("\U000e0041tag", "·tag"),
        ("\ue000private", "·private"),
    ],
)
def test_examples(raw: str, shown: str) -> None:
    assert clean(raw) == shown


def test_every_control_character_and_bidi_control_is_gone() -> None:
    hostile = [chr(c) for c in (*range(32), *range(0x7F, 0xA0), *range(0xD800, 0xE000))]
    for char in [*hostile, *BIDI]:
        assert char not in clean(f"a{char}b")


@settings(deadline=None, max_examples=300)
@given(ANY_TEXT, st.integers(1, 40))
def test_whatever_comes_is_one_bounded_printable_line(raw: str, limit: int) -> None:
    shown = clean(raw, limit)
    assert len(shown) <= limit
    assert len(shown.splitlines()) <= 1
    gone = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
    assert not {unicodedata.category(char) for char in shown} & gone
    shown.encode()
    assert clean(shown, limit) == shown


def test_what_is_cut_off_is_marked() -> None:
    assert clean("x" * 10, 10) == "x" * 10
    assert clean("x" * 11, 10) == "x" * 9 + "…"
    assert clean("\x1b" * 11, 10) == "·…"
    assert len(clean("x" * 10_000_000)) == LIMIT


def test_other_objects_by_their_text() -> None:
    assert clean(ValueError("a\nb")) == "a b"
    assert clean(None) == "None"


@pytest.mark.parametrize(
    ("text", "secret", "shown"),
    [
        ("no key abcdefgh here", "abcdefgh", "no key *** here"),
        ("xabcdefghx", "abcdefgh", "x***x"),
        ("any company", "any", "*** company"),
        ("link k,k", "k", "link ***,***"),
        ("nothing", "", "nothing"),
        ("a.b axb", "a.b", "*** axb"),
    ],
)
def test_a_secret_is_hidden_and_words_that_hold_a_short_one_are_not(
    text: str, secret: str, shown: str
) -> None:
    assert redact(text, secret) == shown
