"""Asking for faults in words."""

from __future__ import annotations

import pytest

from tickterm.errors import SettingsError
from tickterm.simulator.faults import FAULTS, Faults, parse_faults


def test_no_words_no_faults() -> None:
    assert parse_faults([]) == Faults()


@pytest.mark.parametrize("name", FAULTS)
def test_every_example_works(name: str) -> None:
    example = FAULTS[name].example
    assert parse_faults([example]) != Faults()


def test_values_and_repetition() -> None:
    faults = parse_faults(["drop=0.5", "close=1001@5", "junk", "cap"])
    assert faults == Faults(drop=0.5, close=(1001, 5.0), junk=True, cap=1.0)
    assert parse_faults(["close=4000"]) == Faults(close=(4000, 1.0))


def test_an_unknown_name_is_answered_by_the_nearest_and_the_list() -> None:
    with pytest.raises(SettingsError) as caught:
        parse_faults(["duplicate"])
    message = str(caught.value)
    assert "did you mean 'duplicates'?" in message
    assert all(name in message for name in FAULTS)


@pytest.mark.parametrize(
    "word",
    "drop drop= drop=soon drop=-1 drop=nan drop=inf close close=1005 close=99 close=1000@x "
    "junk=1 hostile= =3 \x1b[31m".split(" "),
)
def test_what_cannot_be_read_is_refused_in_one_printable_line(word: str) -> None:
    with pytest.raises(SettingsError) as caught:
        parse_faults([word])
    assert str(caught.value).isprintable()
