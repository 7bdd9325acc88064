"""What is watched changes while the board is out of sight: it comes back as it is then."""

from __future__ import annotations

import pytest

from tests.ui.driving import on_screen
from tests.ui.fake_engine import FakeEngine, make_chart, make_row, make_snapshot


@pytest.mark.parametrize("key", ["enter", "i"])
@pytest.mark.parametrize("view", ["tiles", "table"])
@pytest.mark.parametrize("size", [(80, 16), (100, 30)])
async def test_symbols_come_and_go_behind_what_covers_it(
    size: tuple[int, int], view: str, key: str
) -> None:
    engine = FakeEngine(make_snapshot(chart=make_chart("AAPL")))
    async with on_screen(engine, size=size) as driver:
        await driver.press(*(["v"] if view == "table" else []), key)
        rows = engine.current.rows
        for changed in ((*rows, make_row("NEW", 5.0)), rows[:3], (make_row("ZZZ", 7.0), *rows)):
            engine.change(rows=changed)
            await driver.look()
        await driver.press("escape")
        await driver.see("ZZZ")
        assert driver.board.symbols[0] == "ZZZ"
