"""The dialog of alerts: the mark stays on its entry, whatever fires; keys, wheel and clicks."""

from __future__ import annotations

import msgspec
import pytest
from textual.events import MouseScrollDown, MouseScrollUp

from tests.ui.driving import Driver, on_screen, until
from tests.ui.fake_engine import WALL_MS, FakeEngine, make_snapshot
from tickterm.market.alerts import AlertKind, AlertRule, FiredAlert
from tickterm.market.contract import RemoveAlert
from tickterm.ui.alerts.dialog import AlertScreen
from tickterm.ui.dialogs import HelpScreen

TEXTS = ("AAPL > 230 once", "MSFT > 500", "NVDA > 200", "TSLA < 100")
RULES = tuple(
    msgspec.structs.replace(AlertRule.parse(text), id=number)
    for number, text in enumerate(TEXTS, 1)
)
ROOMY = (100, 40)


def fired(count: int) -> tuple[FiredAlert, ...]:
    return tuple(
        FiredAlert(n, WALL_MS - 60_000 + n, 2, "MSFT", AlertKind.ABOVE, f"MSFT passed {n}.", 500.0)
        for n in range(1, count + 1)
    )


def engine(alerts: int = 5) -> FakeEngine:
    return FakeEngine(make_snapshot(alert_rules=RULES, alerts=fired(alerts)))


def marked(driver: Driver) -> str:
    """Return the marked line, in words."""
    [line] = [line for line in driver.lines() if "│ ▌ " in line]
    return " ".join(line.partition("│ ▌ ")[2].partition("│")[0].split())


def is_open(driver: Driver) -> bool:
    return isinstance(driver.app.screen, AlertScreen)


def toasts(driver: Driver) -> list[str]:
    return [each.message for each in driver.app._notifications]


async def becomes(driver: Driver, text: str) -> None:
    """Wait until the line of this text is marked; the dialog looks for news by a timer."""
    await driver.look()
    await until(lambda: text in marked(driver))


def place_of(driver: Driver, text: str) -> tuple[int, int]:
    """Return the cell where a text begins."""
    y = next(y for y, line in enumerate(driver.lines()) if text in line)
    return driver.lines()[y].index(text), y


async def click(driver: Driver, text: str, times: int = 1) -> None:
    await driver.pilot.click(offset=place_of(driver, text), times=times)
    await driver.settle()


async def test_the_mark_stays_on_its_rule_when_one_above_it_fires_and_goes() -> None:
    async with on_screen(engine(), ROOMY) as driver:
        await driver.press("A", "j")
        driver.engine.change(alert_rules=RULES[1:])
        await driver.look()
        await driver.press("x")
        assert driver.engine.wishes == [RemoveAlert(2)]


async def test_the_mark_stays_on_what_has_fired_when_more_fires() -> None:
    async with on_screen(engine(), ROOMY) as driver:
        await driver.press("A", *"jjjjj")
        assert "MSFT passed 4." in marked(driver)
        driver.engine.change(alerts=fired(7))
        await driver.look()
        await driver.see("MSFT passed 7.")
        assert "MSFT passed 4." in marked(driver)
        await driver.press("k")
        assert "MSFT passed 5." in marked(driver)


async def test_of_a_rule_that_is_gone_nothing_is_done_to_its_neighbour() -> None:
    async with on_screen(engine(), ROOMY) as driver:
        await driver.press("A", "j")
        driver.engine.change(alert_rules=(RULES[0], *RULES[2:]))
        await becomes(driver, "NVDA > 200")
        await driver.press("x")
        assert driver.engine.wishes == []
        assert toasts(driver) == ["what was marked is gone"]
        await driver.press("x")
        assert driver.engine.wishes == [RemoveAlert(3)]


@pytest.mark.parametrize("key", ["x", "enter"])
async def test_an_empty_list_has_nothing_to_act_upon_whatever_was_there(key: str) -> None:
    async with on_screen(FakeEngine(make_snapshot(alert_rules=RULES[:1])), ROOMY) as driver:
        await driver.press("A")
        driver.engine.change(alert_rules=())
        await driver.look()
        await driver.press(key, key)
        assert driver.engine.wishes == []
        assert is_open(driver)


async def test_rules_are_removed_one_after_the_other() -> None:
    async with on_screen(engine(0), ROOMY) as driver:
        await driver.press("A", "j", "x")
        assert is_open(driver)
        assert "NVDA > 200" in marked(driver)
        driver.engine.change(alert_rules=(RULES[0], *RULES[2:]))
        await driver.look()
        await driver.press("x")
        driver.engine.change(alert_rules=(RULES[0], RULES[3]))
        await driver.look()
        await driver.press("x")
        assert driver.engine.wishes == [RemoveAlert(2), RemoveAlert(3), RemoveAlert(4)]
        assert "AAPL > 230" in marked(driver)


async def test_what_has_fired_leaves_the_list_open_too() -> None:
    async with on_screen(engine(), ROOMY) as driver:
        await driver.press("A", "G", "x")
        assert toasts(driver) == ["what has fired cannot be removed"]
        assert "MSFT passed 1." in marked(driver)


async def test_a_click_marks_and_a_double_click_shows_the_chart() -> None:
    async with on_screen(engine(), ROOMY) as driver:
        await driver.press("A")
        await click(driver, "AAPL > 230")
        assert is_open(driver)
        await click(driver, "MSFT passed 3.")
        assert "MSFT passed 3." in marked(driver)
        await click(driver, "TSLA < 100")
        assert "TSLA < 100" in marked(driver)
        await click(driver, "waiting for", times=2)
        await click(driver, "newest first", times=2)
        assert "TSLA < 100" in marked(driver)
        assert is_open(driver)
        await click(driver, "NVDA > 200", times=2)
        assert not is_open(driver)
        assert driver.app.dashboard.detail.symbol == "NVDA"


async def test_the_wheel_moves_the_mark() -> None:
    async with on_screen(engine(), ROOMY) as driver:
        await driver.press("A")
        for event, text in ((MouseScrollDown, "MSFT > 500"), (MouseScrollUp, "AAPL > 230")):
            x, y = place_of(driver, "NVDA > 200")
            driver.app.post_message(
                event(None, x, y, 0, 0, 0, False, False, False, screen_x=x, screen_y=y)
            )
            await driver.settle()
            assert text in marked(driver)


async def test_pages_are_as_long_as_what_is_shown_of_a_list() -> None:
    async with on_screen(engine(50), (80, 20)) as driver:
        await driver.press("A", "home", *"jjjj")
        shown = [line for line in driver.lines() if "MSFT passed" in line]
        await driver.press("pagedown")
        assert f"MSFT passed {50 - len(shown)}." in marked(driver)
        await driver.press("pageup")
        assert "MSFT passed 50." in marked(driver)
        await driver.press("pageup")
        assert "AAPL > 230" in marked(driver)
        await driver.press(*["pagedown"] * 9)
        assert "MSFT passed 1." in marked(driver)


async def test_its_keys_are_listed() -> None:
    async with on_screen(engine(), ROOMY) as driver:
        await driver.press("A", "question_mark")
        assert isinstance(driver.app.screen, HelpScreen)
        for tooltip in (
            "Remove the alert",
            "Set an alert",
            "Show its chart",
            "Go up one screenful",
        ):
            assert tooltip in driver.text()
        await driver.press("question_mark")
        assert is_open(driver)


@pytest.mark.parametrize("size", [(20, 5), (40, 12), (200, 50)])
async def test_it_fits_any_terminal(size: tuple[int, int]) -> None:
    async with on_screen(engine(300), size) as driver:
        await driver.press("A", "end", "pageup", "question_mark", "escape", "home")
        assert is_open(driver)
        assert {len(line) for line in driver.lines()} == {size[0]}
