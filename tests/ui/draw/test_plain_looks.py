"""NO_COLOR and 16 colours: what colour says elsewhere is told by other means."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tests.ui.driving import Driver, on_screen
from tests.ui.fake_engine import FakeEngine, make_chart, make_events, make_snapshot
from tickterm.market.snapshot import LinkPhase, LinkView
from tickterm.ui.draw.fading import STALE
from tickterm.ui.draw.looks import ROLES, Looks
from tickterm.ui.draw.theme import ANSI_THEME
from tickterm.ui.preferences import Preferences

if TYPE_CHECKING:
    from rich.style import Style

TOLD_APART = ("price", "flash-up", "match", "badge-live", "badge-bad", "muted")


@pytest.fixture
def _no_color(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")


def engine() -> FakeEngine:
    return FakeEngine(make_snapshot(chart=make_chart("AAPL"), patterns=make_events(200)))


def attributes(style: Style) -> tuple[bool, ...]:
    return tuple(bool(part) for part in (style.bold, style.dim, style.reverse, style.underline))


def colours(driver: Driver) -> set[str]:
    """Return the names of all colours that are drawn."""
    styles = [segment.style for strip in driver.strips() for segment in strip if segment.style]
    parts = [color for style in styles for color in (style.color, style.bgcolor) if color]
    return {color.name for color in parts}


@pytest.mark.usefixtures("_no_color")
@pytest.mark.parametrize("theme", ["tickterm", "tickterm-light", "nord", ANSI_THEME])
@pytest.mark.parametrize("keys", [(), ("enter",), ("question_mark",), ("colon",), ("slash", "A")])
async def test_no_color_means_none(theme: str, keys: tuple[str, ...]) -> None:
    async with on_screen(engine(), preferences=Preferences(theme=theme)) as driver:
        await driver.press(*keys)
        assert colours(driver) <= {"default"}


@pytest.mark.usefixtures("_no_color")
async def test_without_colour_everything_is_told_apart() -> None:
    async with on_screen(engine()) as driver:
        looks = Looks(driver.board)
        told = {role: attributes(looks.style(role)) for role in TOLD_APART}
        assert told["badge-live"] != told["badge-bad"]
        for role in ("flash-up", "match", "badge-live", "badge-bad", "muted"):
            assert told[role] != told["price"], role
        price = attributes(looks.style("price", 0, "card"))
        assert attributes(looks.style("price", STALE, "card")) != price
        assert attributes(looks.style("price", 0, "card-selected")) != price
        selected = attributes(looks.style("price", 0, "card-selected"))
        assert attributes(looks.style("match", 0, "card-selected")) != selected


@pytest.mark.usefixtures("_no_color")
async def test_what_is_dim_comes_to_the_terminal_so() -> None:
    async with on_screen(engine()) as driver:
        driver.engine.change(link=LinkView(LinkPhase.RETRYING))
        await driver.look()
        symbol = next(s for s in driver.strips()[1] if s.text.strip() == "MSFT")
        assert symbol.style is not None
        assert symbol.style.dim


@pytest.mark.usefixtures("_no_color")
async def test_trouble_is_in_words() -> None:
    live = engine()
    async with on_screen(live) as driver:
        link = replace(live.current.link, phase=LinkPhase.RETRYING, attempt=2, reason="cut")
        live.change(link=link)
        await driver.look()
        assert "RECONNECTING" in driver.text()


@pytest.mark.parametrize("theme", ["ansi-dark", "ansi-light"])
async def test_sixteen_colours_are_the_terminals_own(theme: str) -> None:
    async with on_screen(engine(), preferences=Preferences(theme=theme)) as driver:
        looks = Looks(driver.board)
        for role in sorted(ROLES):
            for ground in ("blank", "card", "card-selected"):
                style = looks.style(role.removeprefix("role--"), 0, ground)
                for color in (style.color, style.bgcolor):
                    assert color is None or color.is_system_defined or color.is_default
        plain, selected = (looks.style("price", 0, g) for g in ("card", "card-selected"))
        assert attributes(plain) != attributes(selected)


async def test_a_terminal_of_sixteen_colours_gets_them_unless_another_theme_is_wanted() -> None:
    async with on_screen(preferences=Preferences(few_colours=True)) as driver:
        assert driver.app.theme == ANSI_THEME
    async with on_screen(preferences=Preferences(few_colours=True, theme="nord")) as driver:
        assert driver.app.theme == "nord"


def test_with_reduced_motion_the_screen_looks_once_a_second() -> None:
    assert Preferences(reduced_motion=True, fps=30).looks == 1
    assert Preferences(fps=30).looks == 30
