"""ASCII mode: every view in ASCII, nothing moved from its cell."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from tests.ui.driving import on_screen, until
from tests.ui.fake_engine import (
    FakeEngine,
    hostile_snapshot,
    make_chart,
    make_events,
    make_notices,
    make_snapshot,
)
from tickterm.market.snapshot import LinkPhase
from tickterm.ui.draw.ascii import to_ascii
from tickterm.ui.preferences import Preferences

ASCII = Preferences(ascii=True)
UI = Path(__file__).parents[3] / "tickterm" / "ui"


def everything() -> FakeEngine:
    return FakeEngine(
        make_snapshot(
            chart=make_chart("AAPL"), patterns=make_events(200), notices=make_notices(200)
        )
    )


@given(st.text())
def test_the_stand_ins_are_as_wide_as_what_they_stand_for(text: str) -> None:
    drawn = to_ascii(text)
    assert drawn.isascii()
    printable = "".join(char for char in text if char.isprintable())
    assert cell_len(to_ascii(printable)) == cell_len(printable) or "\u200d" in text


def test_every_sign_that_the_screen_draws_has_a_stand_in_of_its_own() -> None:
    sources = (path.read_text(encoding="utf-8") for path in UI.rglob("*.py"))
    signs = set(re.findall(r"[^\x00-\x7f]", "".join(sources)))
    assert len(signs) > 40
    assert {sign for sign in signs if to_ascii(sign) == "?"} == set()


def test_bars_keep_their_order_and_names_their_letters() -> None:
    assert to_ascii("▁▂▃▄▅▆▇█") == "_.-=+*%#"
    assert len(set(to_ascii("▁▂▃▄▅▆▇█"))) == 8
    assert to_ascii("▲ ▼ ·") == "^ v ."
    assert to_ascii("Société Générale 東京") == "Societe Generale ????"
    assert to_ascii("⠀⣿") == " #"


@pytest.mark.parametrize("size", [(40, 12), (80, 24), (200, 50)])
@pytest.mark.parametrize("keys", ["", "l", "e", "enter", "question_mark", "slash A", "colon"])
async def test_every_view_is_ascii(keys: str, size: tuple[int, int]) -> None:
    async with on_screen(everything(), size, ASCII) as driver:
        await driver.press(*keys.split())
        await until(
            lambda: any(word in driver.text() for word in ("AAPL", "keys", "Find a symbol"))
        )
        assert driver.text().isascii(), [line for line in driver.lines() if not line.isascii()]


async def test_a_scrollbar_draws_nothing_that_looks_like_data() -> None:
    async with on_screen(everything(), (80, 24), ASCII) as driver:
        await driver.press("v", *["pagedown"] * 2)
        assert driver.board.show_vertical_scrollbar
        assert {line[-1] for line in driver.lines()[2:18]} == {" "}


async def test_trouble_and_hostile_text_are_ascii() -> None:
    engine = FakeEngine(hostile_snapshot(LinkPhase.RETRYING))
    async with on_screen(engine, preferences=ASCII) as driver:
        driver.app.notify("– é 東", title="▲")
        await driver.settle()
        assert driver.text().isascii()


async def test_keys_without_an_ascii_sign_have_their_names() -> None:
    async with on_screen(everything(), (200, 50), ASCII) as driver:
        await driver.pilot.pause()
        assert "enter Chart" in driver.lines()[-1]
        await driver.press("question_mark")
        assert "left h" in driver.text()


async def test_without_it_nothing_is_replaced() -> None:
    async with on_screen(everything()) as driver:
        assert "▲" in driver.text()
