"""Flashes: when, in which direction, and which digits."""

from __future__ import annotations

import pytest
from rich.segment import Segment

from tests.ui.driving import Driver, on_screen
from tests.ui.fake_engine import NOW, make_row, tick
from tickterm.ui.board.flashes import CALM, Flash, Flashes, changed_digits
from tickterm.ui.preferences import Preferences

AAPL = make_row("AAPL", 227.52)


def test_a_change_flashes_half_a_second_then_fades_then_is_over() -> None:
    flashes = Flashes()
    flashes.compare(AAPL, tick(AAPL, -0.1), NOW)
    assert flashes.of("AAPL", NOW) == Flash(-2, 227.52)
    assert flashes.of("AAPL", NOW + 0.49).role == "flash-down"
    assert flashes.of("AAPL", NOW + 0.51) == Flash(-1, 227.52)
    assert flashes.of("AAPL", NOW + 0.51).role == "fading-down"
    flashes.forget(NOW + 0.79)
    assert flashes.of("AAPL", NOW + 0.79) != CALM
    flashes.forget(NOW + 0.81)
    assert flashes.of("AAPL", NOW + 0.81) == CALM


def test_what_did_not_change_does_not_flash() -> None:
    flashes = Flashes()
    for new in (AAPL, tick(AAPL, 0.0), make_row("MSFT", 1.0), AAPL._replace(price=None)):
        flashes.compare(AAPL, new, NOW)
        assert flashes.of(new.symbol, NOW) == CALM


@pytest.mark.parametrize(
    ("before", "after", "flashing"),
    [
        ("227.52", "227.53", "3"),
        ("227.52", "227.61", "61"),
        ("227.52", "228.52", "8.52"),
        ("99.98", "100.02", "100.02"),
        ("100.02", "99.98", "99.98"),
        (" 99.98", "100.02", "100.02"),
        ("9.98", "12.98", "12.98"),
        ("12.98", "2.98", "2.98"),
        ("12.98", "1.98", "1.98"),
        ("—", "5.00", "5.00"),
        ("5.00", "5.00", ""),
    ],
)
def test_only_the_digits_from_the_first_that_changed_flash(
    before: str, after: str, flashing: str
) -> None:
    spans = changed_digits(after, before, Flash(2, 1.0), "price")
    assert "".join(text for text, _ in spans) == after
    assert "".join(text for text, role in spans if role == "flash-up") == flashing


def of_aapl(driver: Driver) -> list[Segment]:
    """Return what is drawn of the first symbol's price and its arrow."""
    line = next(line for line in driver.strips()[1:] if "AAPL" in line.text)
    return list(line)[:6]


@pytest.mark.parametrize("keys", [(), ("v",)])
@pytest.mark.parametrize("still", [False, True])
async def test_reduced_motion_lights_nothing_up(still: bool, keys: tuple[str, ...]) -> None:
    async with on_screen(preferences=Preferences(reduced_motion=still)) as driver:
        await driver.press(*keys, "down")
        driver.engine.replace_row(0, tick(driver.engine.current.rows[0], -1.0, NOW + 0.1))
        driver.engine.change(now=NOW + 0.1)
        await driver.pass_time(0.1)
        lit = of_aapl(driver)
        driver.engine.change(now=NOW + 0.95)
        await driver.pass_time(0.85)
        assert (lit == of_aapl(driver)) is still
