"""The alerts of an engine: each once, the newest, harmless."""

from __future__ import annotations

import unicodedata

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from tests.attach.messages import hello
from tests.market import contract_values
from tickterm.attach.alert_list import KEPT, MOST_RULES, AlertList
from tickterm.attach.bounds import LARGEST
from tickterm.attach.session import Session
from tickterm.market.alerts import AlertKind, AlertRule, FiredAlert
from tickterm.market.contract import Alerts

RULE = AlertRule("A", AlertKind.ABOVE, 1.0, 3)


def fired(number: int, wall_ms: int = 0) -> FiredAlert:
    wall_ms = wall_ms or 1000 + number
    return FiredAlert(number, wall_ms, 3, "A", AlertKind.ABOVE, f"A {number}", 2.0)


def numbers(alerts: AlertList) -> list[int]:
    return [alert.number for alert in alerts.freeze()]


def test_alerts_come_in_their_order_and_once() -> None:
    alerts = AlertList()
    assert alerts.freeze() == ()
    alerts.take(Alerts(None, [fired(7), fired(8)]))
    alerts.take(Alerts(None, [fired(8), fired(9)]))
    assert [(each.number, each.text) for each in alerts.freeze()] == [
        *((1, "A 7"), (2, "A 8"), (3, "A 9"))
    ]
    assert alerts.newest == 3


def test_another_run_of_the_engine_tells_what_is_known_under_other_numbers() -> None:
    alerts = AlertList()
    alerts.take(Alerts(None, [fired(7), fired(8)]))
    alerts.begin()
    old = [replace(fired(7), number=1), replace(fired(8), number=2)]
    told = Alerts(None, [*old, fired(3, 5000)])
    alerts.take(told)
    assert numbers(alerts) == [1, 2, 3]
    alerts.take(told)  # after another connection to it
    assert numbers(alerts) == [1, 2, 3]


def test_numbers_show_what_was_missed() -> None:
    alerts = AlertList()
    alerts.take(Alerts([RULE]))
    alerts.take(Alerts(None, [fired(101), fired(102)]))
    assert numbers(alerts) == [101, 102], "the first hundred, of which there was none yet"
    alerts.take(Alerts(None, [fired(105)]))
    assert numbers(alerts) == [101, 102, 105]
    assert alerts.newest == 105


def test_what_fired_before_we_came_was_not_missed() -> None:
    alerts = AlertList()
    alerts.take(Alerts([RULE], [fired(801), fired(802)]))
    assert numbers(alerts) == [1, 2]


def test_two_of_the_same_moment_and_words_are_two() -> None:
    alerts = AlertList()
    alerts.take(Alerts(None, [fired(1)]))
    alerts.take(Alerts(None, [replace(fired(1), number=2)]))
    assert numbers(alerts) == [1, 2]


def test_rules_are_replaced_when_they_are_told() -> None:
    alerts = AlertList()
    alerts.take(Alerts([RULE]))
    alerts.take(Alerts(None, [fired(1)]))
    assert alerts.rules == (RULE,)
    alerts.take(Alerts([]))
    assert len(alerts.rules) == 0


def test_the_same_object_until_there_is_a_new_one() -> None:
    alerts = AlertList()
    alerts.take(Alerts(None, [fired(1)]))
    before = alerts.freeze()
    alerts.take(Alerts([RULE], [fired(1)]))
    assert alerts.freeze() is before


def test_an_engine_that_never_ends_fills_no_memory() -> None:
    alerts = AlertList()
    for first in range(0, 3000, 1000):
        alerts.take(Alerts([RULE] * 5000, [fired(n) for n in range(first, first + 1000)]))
    assert len(alerts.freeze()) == KEPT
    assert len(alerts.rules) == MOST_RULES
    assert alerts.freeze()[-1].text == "A 2999"


def test_engines_that_come_and_go_fill_no_memory() -> None:
    alerts = AlertList()
    for first in range(0, 3000, 1000):
        alerts.begin()
        alerts.take(Alerts(None, [fired(n) for n in range(first, first + 1000)]))
    alerts.begin()
    assert len(alerts.freeze()) == len(alerts._before) == KEPT
    alerts.take(Alerts(None, [fired(2999), fired(3000)]))
    assert [alert.text for alert in alerts.freeze()[-2:]] == ["A 2999", "A 3000"]


def is_harmless(text: str) -> bool:
    return not any(unicodedata.category(char).startswith("C") for char in text)


@given(st.lists(contract_values.alert_rule, max_size=3), st.lists(contract_values.fired_alert))
def test_whatever_an_engine_says_can_be_drawn(
    rules: list[AlertRule], told: list[FiredAlert]
) -> None:
    alerts = AlertList()
    alerts.take(Alerts(rules, told))
    for rule in alerts.rules:
        assert is_harmless(rule.symbol + rule.command + str(rule))
        assert abs(rule.value) <= LARGEST >= rule.id
        assert abs(rule.window) <= LARGEST >= abs(rule.cooldown)
    for alert in alerts.freeze():
        assert is_harmless(alert.symbol + alert.text)
        assert max(abs(alert.price or 0), abs(alert.wall_ms), alert.rule) <= LARGEST


def test_a_screen_has_them_in_its_snapshot() -> None:
    session = Session("here", control=True)
    session.greet(hello())
    session.take(Alerts([RULE], [fired(4)]))
    snapshot = session.snapshot()
    assert snapshot.alert_rules == (RULE,)
    assert [alert.text for alert in snapshot.alerts] == ["A 4"]
    session.greet(hello(epoch="second"))
    session.take(Alerts([RULE], [replace(fired(4), number=1)]))
    assert session.snapshot().alerts == snapshot.alerts
    session.take(Alerts(None, [fired(2)]))
    assert [(alert.number, alert.text) for alert in session.snapshot().alerts] == [
        *((1, "A 4"), (2, "A 2"))
    ]
