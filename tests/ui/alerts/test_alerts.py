"""Alerts on the screen: set, removed, listed, told of once, and told to the terminal."""

from __future__ import annotations

import msgspec
import pytest
from textual.widgets import Input

from tests.ui.driving import Driver, on_screen
from tests.ui.fake_engine import WALL_MS, FakeEngine, make_snapshot
from tickterm.market.alerts import AlertKind, AlertRule, FiredAlert
from tickterm.market.contract import AddAlert, RemoveAlert
from tickterm.market.snapshot import Attachment
from tickterm.ui.alerts.dialog import AlertScreen

RULES = tuple(
    msgspec.structs.replace(AlertRule.parse(text), id=number)
    for number, text in enumerate(("AAPL > 230", "NVDA < 120 once", "TSLA move 2% 5m"), 1)
)
HOSTILE = "\x1b]0;owned\x07[bold]evil[/]\u202e" + "x" * 1_000


def fired(number: int, symbol: str = "NVDA", text: str = "", at: int = WALL_MS) -> FiredAlert:
    text = text or f"{symbol} passed {number}"
    return FiredAlert(number, at + number, 2, symbol, AlertKind.ABOVE, text, 1.0)


def engine(*alerts: FiredAlert, control: bool = True) -> FakeEngine:
    attachment = Attachment() if control else Attachment("there:1", connected=True)
    return FakeEngine(make_snapshot(alert_rules=RULES, alerts=alerts, attachment=attachment))


def toasts(driver: Driver) -> list[str]:
    return [each.message for each in driver.app._notifications]


class Ringing:
    """What the app does to the terminal."""

    def __init__(self, driver: Driver, monkeypatch: pytest.MonkeyPatch) -> None:
        self.bells = 0
        self.written: list[str] = []
        monkeypatch.setattr(driver.app, "bell", self._bell)
        monkeypatch.setattr(type(driver.app), "is_headless", property(lambda _: False))
        assert driver.app._driver is not None
        monkeypatch.setattr(driver.app._driver, "write", self.written.append)

    def _bell(self) -> None:
        self.bells += 1


async def test_the_list_shows_what_is_waited_for_and_what_fired() -> None:
    async with on_screen(engine(fired(1, at=WALL_MS - 60_000))) as driver:
        await driver.press("A")
        for words in ("AAPL > 230", "NVDA < 120", "once", "NVDA passed 1", "3 alerts", "1 time"):
            assert words in driver.text()
        await driver.press("A")
        assert "waiting for" not in driver.text()


async def test_the_list_follows_what_happens() -> None:
    async with on_screen(engine()) as driver:
        await driver.press("A")
        assert "none yet" in driver.text()
        driver.engine.change(alerts=(fired(1),), alert_rules=RULES[:1])
        await driver.look()
        await driver.see("NVDA passed 1")
        await driver.see("1 alert")


@pytest.mark.parametrize(
    ("keys", "removed"), [((), 1), (("j",), 2), (("down", "down"), 3), (("end", "k"), 3)]
)
async def test_the_marked_alert_is_removed(keys: tuple[str, ...], removed: int) -> None:
    async with on_screen(engine(fired(1))) as driver:
        await driver.press("A", *keys, "x")
        assert driver.engine.wishes == [RemoveAlert(removed)]
        assert isinstance(driver.app.screen, AlertScreen)
        assert toasts(driver)[-1].startswith("removed: ")


async def test_what_has_fired_is_not_removed() -> None:
    async with on_screen(engine(fired(1, at=WALL_MS - 60_000))) as driver:
        await driver.press("A", "G", "d")
        assert driver.engine.wishes == []
        assert toasts(driver) == ["what has fired cannot be removed"]


async def test_enter_shows_the_chart_of_the_entry() -> None:
    async with on_screen(engine(fired(1, "TSLA"))) as driver:
        await driver.press("A", "j", "enter")
        assert driver.app.dashboard.detail.symbol == "NVDA"
        await driver.press("A", "end", "enter")
        assert driver.app.dashboard.detail.symbol == "TSLA"


async def test_an_empty_list_does_nothing_but_set() -> None:
    async with on_screen(FakeEngine(make_snapshot())) as driver:
        await driver.press("A", "x", "enter", "down", "up", "home")
        assert isinstance(driver.app.screen, AlertScreen)
        await driver.press("n")
        assert "alert" in driver.lines()[-1]


@pytest.mark.parametrize("key", ["n", "a"])
async def test_an_alert_is_set_on_the_symbol_that_is_looked_at(key: str) -> None:
    async with on_screen(engine()) as driver:
        await driver.press("right", "A", key)
        assert driver.app.query_one(Input).value == "MSFT "
        await driver.press(*"> 480")
        assert "MSFT passes above 480" in driver.lines()[-1]
        await driver.press("enter")
        assert driver.engine.wishes == [AddAlert("MSFT > 480")]


async def test_what_is_wrong_is_said_in_place_and_not_sent() -> None:
    async with on_screen(engine()) as driver:
        await driver.press("A", "n", *"> much", "enter")
        assert "much" in driver.lines()[-1]
        assert driver.engine.wishes == []
        await driver.press("escape")
        assert driver.engine.wishes == []


async def test_a_screen_that_may_only_look_is_told_so() -> None:
    async with on_screen(engine(fired(1, at=WALL_MS - 60_000), control=False)) as driver:
        await driver.press("A", "n", "x")
        assert isinstance(driver.app.screen, AlertScreen)
        assert driver.engine.wishes == []
        assert all("read-only" in told for told in toasts(driver))
        assert len(toasts(driver)) == 2


async def test_what_fires_is_told_once(monkeypatch: pytest.MonkeyPatch) -> None:
    async with on_screen(engine(fired(1, at=WALL_MS - 60_000))) as driver:
        ringing = Ringing(driver, monkeypatch)
        assert toasts(driver) == []
        driver.engine.change(alerts=(fired(1), fired(2)))
        await driver.look()
        await driver.look()
        assert toasts(driver) == ["NVDA passed 2"]
        assert ringing.bells == 1
        assert "\x1b]9;tickterm: NVDA passed 2\x07" in ringing.written


async def test_many_at_once_are_one_toast_and_one_ring(monkeypatch: pytest.MonkeyPatch) -> None:
    async with on_screen(engine()) as driver:
        ringing = Ringing(driver, monkeypatch)
        driver.engine.change(alerts=tuple(fired(number) for number in range(1, 201)))
        await driver.look()
        newest = [f"NVDA passed {number}" for number in (198, 199, 200)]
        assert toasts(driver) == ["\n".join([*newest, "and 197 more: A lists them"])]
        assert ringing.bells == 1
        driver.engine.change(alerts=(fired(201),))
        await driver.look()
        assert toasts(driver) == ["NVDA passed 201"]


async def test_escape_takes_a_toast_away() -> None:
    async with on_screen(engine()) as driver:
        driver.engine.change(alerts=(fired(1),))
        await driver.look()
        assert toasts(driver) == ["NVDA passed 1"]
        await driver.press("escape")
        assert toasts(driver) == []


async def test_a_screen_can_be_silent(monkeypatch: pytest.MonkeyPatch) -> None:
    async with on_screen(engine()) as driver:
        ringing = Ringing(driver, monkeypatch)
        driver.app.action_toggle_bell()
        driver.engine.change(alerts=(fired(1),))
        await driver.look()
        assert toasts(driver)[-1] == "NVDA passed 1"
        assert (ringing.bells, [text for text in ringing.written if "\x1b]9;" in text]) == (0, [])


async def test_words_from_outside_are_only_words(monkeypatch: pytest.MonkeyPatch) -> None:
    async with on_screen(engine(fired(1, text=HOSTILE, at=WALL_MS - 60_000))) as driver:
        ringing = Ringing(driver, monkeypatch)
        await driver.press("A")
        assert "[bold]evil[/]" in driver.text()
        await driver.press("escape")
        driver.engine.change(alerts=(fired(2, text=HOSTILE),))
        await driver.look()
        [told] = toasts(driver)
        assert told.isprintable()
        [written] = [text for text in ringing.written if "\x1b]9;" in text]
        assert written[1:-1].isprintable()
        assert len(written) < 300
