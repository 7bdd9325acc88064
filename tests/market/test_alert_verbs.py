"""What a screen may do to the alerts."""

from __future__ import annotations

import pytest

from tickterm.errors import SettingsError
from tickterm.market.alert_verbs import AlertVerbs
from tickterm.market.contract import AddAlert, AlertWish, RemoveAlert


class Screen(AlertVerbs):
    def __init__(self) -> None:
        self.said: list[AlertWish] = []

    def wish(self, *wishes: AlertWish) -> None:
        self.said += wishes


def test_verbs_are_messages() -> None:
    screen = Screen()
    screen.add_alert("AAPL > 230 once")
    screen.remove_alert(3)
    assert screen.said == [AddAlert("AAPL > 230 once"), RemoveAlert(3)]


@pytest.mark.parametrize("text", ["AAPL", "AAPL > 230 command touch x"])
def test_a_wrong_alert_or_one_with_a_command_is_refused_at_once(text: str) -> None:
    screen = Screen()
    with pytest.raises(SettingsError, match="alert"):
        screen.add_alert(text)
    assert screen.said == []
