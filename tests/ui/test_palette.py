"""The palette: its commands stand in the order of what they are for."""

from __future__ import annotations

from itertools import groupby

from tests.ui.driving import on_screen
from tickterm.ui.commands.palette import PaletteCommands


async def test_what_is_looked_at_first_stands_first_and_each_pane_has_one_place() -> None:
    async with on_screen() as driver:
        provider = PaletteCommands(driver.app.screen)
        titles = [str(hit.text) async for hit in provider.discover()]
        panes = [pane for pane, _ in groupby(titles, lambda title: title.partition(":")[0])]
        assert panes[0] == "board"
        assert panes[-1] == "app"
        assert len(panes) == len(set(panes))
        offered = driver.app.get_system_commands(driver.app.screen)
        assert sorted(titles) == sorted(command.title for command in offered)
