"""The palette's commands in the order of what they are for."""

from __future__ import annotations

from textual.command import DiscoveryHit, Hits
from textual.system_commands import SystemCommandsProvider

__all__ = ["PaletteCommands"]

_ORDER = "board chart groups symbols alerts log events view feed app".split()
"""What the titles begin with: that which is looked at first, and last how to leave."""


class PaletteCommands(SystemCommandsProvider):
    """All that the app offers; until something is typed, as `_ORDER` has it."""

    async def discover(self) -> Hits:
        """Yield every command."""
        commands = self.app.get_system_commands(self.screen)
        for title, tooltip, callback, _ in sorted(commands, key=lambda each: _place(each.title)):
            yield DiscoveryHit(title, callback, help=tooltip)


def _place(title: str) -> int:
    return _ORDER.index(title.partition(":")[0])
