"""The table of patterns, and how one of them is asked for."""

from __future__ import annotations

import re

import pytest
import talib

from tickterm.analytics.talib_patterns import PATTERNS, chosen
from tickterm.errors import SettingsError
from tickterm.market.redis_events import Direction

NEUTRAL = {
    "Doji", "Dragonfly_Doji", "Gravestone_Doji", "High_Wave", "Long_Legged_Doji", "Rickshaw_Man",
    "Short_Line", "Spinning_Top", "Takuri",
}  # fmt: skip


def test_the_table_holds_what_talib_knows() -> None:
    groups = talib.get_function_groups()  # type: ignore[no-untyped-call]  # TA-Lib left it untyped
    known = groups["Pattern Recognition"]
    assert [pattern.function for pattern in PATTERNS] == known
    assert len(PATTERNS) == 61


def test_names_are_ours_and_different() -> None:
    names = [pattern.name for pattern in PATTERNS]
    assert len({name.replace("_", "").lower() for name in names}) == 61
    assert all(re.fullmatch(r"[A-Z][a-z]+(_[A-Z][a-z]+)*", name) for name in names)
    assert {"Doji", "Hammer", "Shooting_Star", "Engulfing", "Three_Black_Crows"} <= set(names)


def test_some_signs_mean_no_direction() -> None:
    assert {pattern.name for pattern in PATTERNS if pattern.neutral} == NEUTRAL
    (engulfing,) = chosen(["Engulfing"])
    assert engulfing.direction(80) is Direction.BULLISH
    assert engulfing.direction(-100) is Direction.BEARISH
    (top,) = chosen(["Spinning_Top"])
    assert {top.direction(100), top.direction(-100)} == {Direction.NEUTRAL}


def test_confidence_is_the_strength() -> None:
    (hikkake,) = chosen(["Hikkake"])
    assert [hikkake.confidence(value) for value in (80, -80, 100, -200)] == [0.8, 0.8, 1, 1]


@pytest.mark.parametrize(
    "name", ["Shooting_Star", "shootingstar", "SHOOTING-STAR", "CDLSHOOTINGSTAR", "shooting star"]
)
def test_names_are_forgiven_much(name: str) -> None:
    assert [pattern.name for pattern in chosen([name])] == ["Shooting_Star"]


def test_the_order_and_repeats_do_not_matter() -> None:
    found = chosen(["Hammer", "3blackcrows", "CDLDOJI", "hammer"])
    assert [pattern.name for pattern in found] == ["Three_Black_Crows", "Doji", "Hammer"]
    assert chosen([]) == PATTERNS


@pytest.mark.parametrize(
    ("name", "nearest"), [("Hamer", "Hammer"), ("engulfin", "Engulfing"), ("\x1b[31mDoji", "Doji")]
)
def test_an_unknown_name_is_told_with_the_nearest(name: str, nearest: str) -> None:
    with pytest.raises(SettingsError) as raised:
        chosen(["Doji", name])
    told = str(raised.value)
    assert told.endswith(f"(TICKTERM_PATTERNS, --patterns): nearest is {nearest}")
    assert told.isprintable()


@pytest.mark.parametrize("name", ["Foo", "Marubozu_Of_The_Seven_Seas_And_More", "", "x" * 10_000])
def test_a_name_like_none_is_told_where_all_are(name: str) -> None:
    with pytest.raises(SettingsError) as raised:
        chosen([name])
    told = str(raised.value)
    assert told.endswith(
        "(TICKTERM_PATTERNS, --patterns): see them with tickterm analytics --list-patterns"
    )
    assert "nearest" not in told


@pytest.mark.parametrize("name", ["", "!", "CDL", "x" * 10_000])
def test_nonsense_is_refused(name: str) -> None:
    with pytest.raises(SettingsError, match="there is no pattern"):
        chosen([name])
