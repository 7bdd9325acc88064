"""What a person can do to the appearance of the screen, and the key to all that has none."""

from __future__ import annotations

from tickterm.ui.commands.command import Command
from tickterm.ui.draw.theme import Colours

__all__ = ["APPEARANCE_COMMANDS"]

_COLOURS = {
    Colours.DEFAULT: "those of the theme",
    Colours.CLASSIC: "green and red",
    Colours.SAFE: "blue and orange, which colour-blind eyes tell apart",
    Colours.EAST: "red and green",
}

APPEARANCE_COMMANDS = [
    Command(
        "app.palette",
        "colon,ctrl+p",  # some terminals in browsers and editors keep the second for themselves
        "command_palette",
        "palette",
        "app: Show everything that can be done",
        "Find any action by its name, those without keys too",
        hint=False,
    ),
    *(
        Command(
            f"view.colours-{colours.value}",
            "",
            f"colours('{colours.name}')",
            colours.value,
            f"view: Use {colours.value} colours",
            f"Rising and falling prices: {what}",
        )
        for colours, what in _COLOURS.items()
    ),
    Command(
        "view.theme",
        "",
        "change_theme",
        "Theme",
        "view: Change theme",
        "Choose the colours of the screen",
    ),
    Command(
        "view.picture",
        "",
        "save_picture",
        "Picture",
        "view: Save a picture",
        "Save the screen as an SVG file",
    ),
]
