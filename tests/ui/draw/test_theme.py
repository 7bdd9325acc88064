"""Colours: readable in tickterm's own themes, and rising apart from falling for every eye."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

import pytest
from rich.color import Color as RichColor
from textual.color import Color
from textual.theme import BUILTIN_THEMES, Theme

from tests.ui.driving import Driver, on_screen
from tickterm.ui.draw.fading import STALE
from tickterm.ui.draw.looks import ROLES, Looks
from tickterm.ui.draw.theme import OWN_THEMES, Colours, market_variables
from tickterm.ui.preferences import Preferences

if TYPE_CHECKING:
    from rich.style import Style

ON_THE_BOARD = ("blank", "card", "card-selected")
TEXT = """
symbol price value up down amber brand match flash-up flash-down fading-up fading-down mark-up
mark-down mark-amber badge-live badge-simulated badge-replay badge-plain badge-delayed badge-closed
badge-error log-info log-warning log-error
""".split()
TEXT += ["muted", "label", "flat", "log-debug", "badge-bad", "past-up", "past-down", "past-amber"]
LINES = ["spark-up", "spark-down", "spark-flat", "range"]
NUMBERS = ["price", "value", "symbol", "up", "down"]
AGES = range(STALE + 1)

# Machado, Oliveira and Fernandes 2009, severity 1.0, for linear RGB.
EYES = {
    "protanopia": (
        (0.152286, 1.052583, -0.204868),
        (0.114503, 0.786281, 0.099216),
        (-0.003882, -0.048116, 1.051998),
    ),
    "deuteranopia": (
        (0.367322, 0.860646, -0.227968),
        (0.280085, 0.672501, 0.047413),
        (-0.011820, 0.042940, 0.968881),
    ),
    "tritanopia": (
        (1.255528, -0.076749, -0.178779),
        (-0.078411, 0.930809, 0.147602),
        (0.004733, 0.691367, 0.303900),
    ),
}
APART = 40.0
"""Of CIE 1976 Lab: far more than the 2.3 that can just be told apart side by side."""


def linear(color: Color) -> list[float]:
    parts = (part / 255 for part in color.rgb)
    return [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]


def luminance(color: Color) -> float:
    red, green, blue = linear(color)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: Color, other: Color) -> float:
    """Return the contrast of two colours as WCAG 2 computes it."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def lab(rgb: list[float]) -> list[float]:
    """Return the colour of linear RGB as CIE Lab with white D65."""
    red, green, blue = (max(0.0, min(1.0, part)) for part in rgb)
    x = (0.4124 * red + 0.3576 * green + 0.1805 * blue) / 0.95047
    y = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    z = (0.0193 * red + 0.1192 * green + 0.9505 * blue) / 1.08883
    fx, fy, fz = (t ** (1 / 3) if t > 0.008856 else 7.787 * t + 16 / 116 for t in (x, y, z))
    return [116 * fy - 16, 500 * (fx - fy), 200 * (fy - fz)]


def distance(one: str, other: str, eye: str) -> float:
    """Return how far apart two colours are for an eye."""
    seen = []
    for name in (one, other):
        rgb = linear(Color.parse(name))
        if eye in EYES:
            rgb = [sum(f * p for f, p in zip(row, rgb, strict=True)) for row in EYES[eye]]
        seen.append(lab(rgb))
    return float(sum((a - b) ** 2 for a, b in zip(*seen, strict=True)) ** 0.5)


def grounds(driver: Driver) -> list[tuple[Looks, str]]:
    header = Looks(driver.app.dashboard.header)
    return [*((Looks(driver.board), ground) for ground in ON_THE_BOARD), (header, "blank")]


def style_contrast(style: Style) -> float:
    colors = []
    for color in (style.color, style.bgcolor):
        assert isinstance(color, RichColor)
        colors.append(Color.from_rich_color(color))
    return contrast(*colors)


@pytest.mark.parametrize("theme", OWN_THEMES, ids=lambda t: t.name)
async def test_own_themes_can_be_read(theme: Theme) -> None:
    async with on_screen(preferences=Preferences(theme=theme.name)) as driver:
        assert driver.app.theme == theme.name
        for colours in Colours:
            await driver.app.run_action(f"colours('{colours.name}')")
            await driver.settle()
            assert unreadable(driver) == {}, colours
        if theme.name == "tickterm-contrast":
            assert min(looks_of(driver, ("price", "value", "symbol"))) >= 10


def unreadable(driver: Driver) -> dict[tuple[str, str], float]:
    """Return the contrasts that are too low, by role and ground."""
    found = {
        (role, ground): round(style_contrast(looks.style(role, 0, ground)), 2)
        for (looks, ground), role in product(grounds(driver), [*TEXT, *LINES])
    }
    return {key: c for key, c in found.items() if c < (3 if key[0] in LINES else 4.5)}


@pytest.mark.parametrize("theme", OWN_THEMES, ids=lambda t: t.name)
async def test_old_numbers_can_be_read_too(theme: Theme) -> None:
    async with on_screen(preferences=Preferences(theme=theme.name)) as driver:
        looks = Looks(driver.board)
        for role, quiet, ground in product(NUMBERS, AGES, ON_THE_BOARD):
            seen = style_contrast(looks.style(role, quiet, ground))
            assert seen >= (4 if ground == "card-selected" else 4.3), (role, quiet, ground)
            assert not quiet or seen < style_contrast(looks.style(role, 0, ground))


def looks_of(driver: Driver, roles: tuple[str, ...]) -> list[float]:
    looks = Looks(driver.board)
    return [
        style_contrast(looks.style(role, 0, ground)) for role in roles for ground in ON_THE_BOARD
    ]


@pytest.mark.parametrize("eye", [*EYES, "usual"])
@pytest.mark.parametrize("theme", OWN_THEMES, ids=lambda t: t.name)
def test_the_safe_pair_stays_apart(theme: Theme, eye: str) -> None:
    safe = market_variables(theme, Colours.SAFE)
    assert distance(safe["up"], safe["down"], eye) > APART


def test_the_measure_sees_what_such_eyes_do_not() -> None:
    """Red and green of one lightness, which is what the safe pair is for."""
    assert distance("#d05050", "#7f8a30", "usual") > APART
    assert distance("#d05050", "#7f8a30", "deuteranopia") < APART / 2


def test_east_is_classic_turned_round() -> None:
    for theme in (*OWN_THEMES, BUILTIN_THEMES["ansi-dark"]):
        classic, east = (market_variables(theme, c) for c in (Colours.CLASSIC, Colours.EAST))
        assert (classic["up"], classic["down"]) == (east["down"], east["up"])


async def test_every_theme_of_textual_draws_every_role() -> None:
    async with on_screen() as driver:
        looks = Looks(driver.board)
        for theme in sorted(BUILTIN_THEMES):
            driver.app.theme = theme
            await driver.settle()
            looks.clear()
            assert all(looks.style(role.removeprefix("role--")) for role in ROLES)
            assert "AAPL" in driver.text()


@pytest.mark.parametrize("colours", Colours, ids=lambda c: c.value)
@pytest.mark.parametrize("theme", sorted(BUILTIN_THEMES))
def test_rising_and_falling_are_two_in_every_theme(theme: str, colours: Colours) -> None:
    variables = market_variables(BUILTIN_THEMES[theme], colours)
    assert len({variables[name] for name in ("up", "down", "amber")}) == 3


async def test_colours_change_at_once() -> None:
    async with on_screen() as driver:
        before = [strip.render(driver.app.console) for strip in driver.strips()]
        await driver.app.run_action("colours('SAFE')")
        await driver.settle()
        after = [strip.render(driver.app.console) for strip in driver.strips()]
        assert before != after
        assert driver.app.get_css_variables()["up"] == "#5cb0ff"
        driver.app.theme = "tickterm-light"
        await driver.settle()
        assert driver.app.get_css_variables()["up"] == "#0a4da0"
