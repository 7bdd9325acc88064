"""Alert rules as people write them, and as they are written again."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tickterm.errors import SettingsError
from tickterm.market.alerts import (
    COOLDOWN,
    LONGEST_TEXT,
    AlertKind,
    AlertRule,
    duration,
    duration_text,
)


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("AAPL > 230", AlertRule("AAPL", AlertKind.ABOVE, 230.0)),
        ("AAPL>230.05", AlertRule("AAPL", AlertKind.ABOVE, 230.05)),
        (" BRK.B  <  $219.5 ", AlertRule("BRK.B", AlertKind.BELOW, 219.5)),
        ("A above 1", AlertRule("A", AlertKind.ABOVE, 1.0)),
        ("A BELOW 0.0001", AlertRule("A", AlertKind.BELOW, 0.0001)),
        ("A move 2% 5m", AlertRule("A", AlertKind.MOVE, 2.0, window=300.0)),
        ("A move ±2%", AlertRule("A", AlertKind.MOVE, 2.0, window=60.0)),
        ("A move +2%", AlertRule("A", AlertKind.MOVE, 2.0, direction=1, window=60.0)),
        ("A move -0.5% 90s", AlertRule("A", AlertKind.MOVE, 0.5, direction=-1, window=90.0)),
        ("A volume x3", AlertRule("A", AlertKind.VOLUME, 3.0, window=60.0)),
        ("A volume X1.5 1h", AlertRule("A", AlertKind.VOLUME, 1.5, window=3600.0)),
        ("A stale 60s", AlertRule("A", AlertKind.STALE, 60.0)),
        ("A stale 24h", AlertRule("A", AlertKind.STALE, 86_400.0)),
        ("A > 1 once", AlertRule("A", AlertKind.ABOVE, 1.0, once=True)),
        ("A > 1 cooldown 0s", AlertRule("A", AlertKind.ABOVE, 1.0, cooldown=0.0)),
        (
            "A move 1% once cooldown 10m command say '{text}'  twice",
            AlertRule(
                *("A", AlertKind.MOVE, 1.0),
                window=60.0,
                cooldown=600.0,
                once=True,
                command="say '{text}'  twice",
            ),
        ),
    ],
)
def test_what_is_written_is_what_is_meant(text: str, rule: AlertRule) -> None:
    assert AlertRule.parse(text) == rule
    assert AlertRule.parse(str(rule)) == rule


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("", "is no alert"),
        ("AAPL", "'AAPL' is no alert"),
        ("AAPL 230", "is no alert"),
        ("A,B > 3", "'A,B' is no symbol"),
        ("A\x1b[2J > 3", "A·[2J"),
        ("A sideways 3", "'sideways' is no kind of alert"),
        ("A >= 3", "'=' is not a price"),
        ("A > 0", "'0' is not a price"),
        ("A > -3", "'-3' is not a price"),
        ("A > nan", "'nan' is not a price"),
        ("A > 1e3", "'1e3' is not a price"),
        ("A > ٣", "is not a price"),
        ("A > 99999999999", "is not a price"),
        ("A >", "'' is not a price"),
        ("A move 2", "'2' is not a move"),
        ("A move 0%", "'0%' is not a move"),
        ("A move 1001%", "is not a move"),
        ("A move 2% 2h", "'2h' is no such time: 1s to 1h"),
        ("A volume 3", "'3' is not a factor"),
        ("A volume x1", "'x1' is not a factor"),
        ("A stale 60", "'60' is no such time: 1s to 24h"),
        ("A stale 0s", "'0s' is no such time"),
        ("A stale 25h", "is no such time"),
        ("A > 1 twice", "'twice' is none of that; behind an alert may stand: cooldown 10m, once"),
        ("A > 1 cooldown", "'' is no such time"),
        ("A > 1 command", "'command' is none of that"),
        ("A > 1 command a\x07b", "printable"),
        ("A > 1 command " + "x" * LONGEST_TEXT, "at most 300 characters"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(text: str, wrong: str) -> None:
    with pytest.raises(SettingsError) as caught:
        AlertRule.parse(text)
    told = str(caught.value)
    assert wrong in told
    assert told.isprintable()


@pytest.mark.parametrize(
    "text",
    [
        "A 1 command say CANARY",
        "A 1 CANARY",
        "A; > 1 command say CANARY",
        "A > 1 ones command CANARY",
    ],
)
def test_of_a_command_nothing_is_said(text: str) -> None:
    with pytest.raises(SettingsError) as caught:
        AlertRule.parse(text)
    assert "CANARY" not in str(caught.value)


rules = st.builds(
    AlertRule,
    symbol=st.sampled_from(["AAPL", "BRK.B", "BACpB"]),
    kind=st.sampled_from([AlertKind.ABOVE, AlertKind.BELOW]),
    value=st.integers(1, 10**15).map(lambda n: n / 10**6),
    cooldown=st.integers(0, 86_400).map(float),
    once=st.booleans(),
    command=st.text("abc {}'$", max_size=30).map(str.strip),
)


@given(rules)
def test_what_is_written_again_is_the_same_rule(rule: AlertRule) -> None:
    assert AlertRule.parse(str(rule)) == rule


@given(st.text(max_size=320) | st.builds("{} {} {}".format, st.just("A"), st.text(), st.text()))
def test_any_text_is_a_rule_or_refused(text: str) -> None:
    try:
        rule = AlertRule.parse(text)
    except SettingsError:
        return
    assert AlertRule.parse(str(rule)) == rule
    assert len(str(rule)) <= LONGEST_TEXT


def test_a_rule_that_would_grow_too_long_to_be_read_again_is_refused() -> None:
    command = " command " + "x" * (LONGEST_TEXT - len("A>1 command "))
    with pytest.raises(SettingsError, match="at most 300"):
        AlertRule.parse(f"A>1{command}")


def test_times() -> None:
    assert [duration(text) for text in ("1s", "90s", "1.5m", "2H")] == [1.0, 90.0, 90.0, 7200.0]
    assert [duration_text(s) for s in (0.0, 1.5, 90.0, 300.0, 7200.0)] == [
        *("0s", "1.5s", "90s", "5m", "2h")
    ]
    assert AlertRule.parse("A > 1").cooldown == COOLDOWN == 300.0
