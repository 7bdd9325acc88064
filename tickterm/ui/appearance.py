"""What fits the screen to its terminal and its reader: theme, colours, characters and keys."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import constants
from textual.app import App
from textual.filter import NoColor
from textual.scrollbar import ScrollBar, ScrollBarRender

from tickterm.ui.draw.ascii import AsciiFilter
from tickterm.ui.draw.theme import ANSI_THEME, OWN_THEMES, TICKTERM_THEME, Colours, market_variables
from tickterm.ui.keymap import keymap

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.binding import Binding
    from textual.filter import LineFilter

    from tickterm.ui.preferences import Preferences

__all__ = ["Appearance"]

_UNCHOSEN_THEME = "textual-dark"
"""What Textual takes when nobody has chosen a theme by the variable `TEXTUAL_THEME`."""


class _WholeCells(ScrollBarRender):
    """Scrollbars without eighths of cells, whose stand-ins would be taken for data beside them."""

    VERTICAL_BARS: ClassVar[list[str]] = [" "] * 8


class Appearance(App[None], inherit_bindings=False):
    """The part of an app that preferences change; `fit` has to be called once."""

    _colours = Colours.DEFAULT
    _characters: tuple[LineFilter, ...] = ()

    def fit(self, preferences: Preferences) -> None:
        """Take what the person prefers."""
        for theme in OWN_THEMES:
            self.register_theme(theme)
        self._colours = preferences.colours
        few = ANSI_THEME if preferences.few_colours else ""
        self.theme = preferences.theme or few or self._usual_theme()
        self.animation_level = "none"
        self._characters = (AsciiFilter(),) if preferences.ascii else ()
        ScrollBar.renderer = _WholeCells if preferences.ascii else ScrollBarRender
        self.set_class(preferences.reduced_motion, "-still")
        self.set_keymap(keymap(preferences.keys))

    def _usual_theme(self) -> str:
        chosen = constants.DEFAULT_THEME
        if chosen != _UNCHOSEN_THEME and chosen in self.available_themes:
            return chosen
        return TICKTERM_THEME.name

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """Give every theme the colours of rising, of falling and of neither."""
        return market_variables(self.current_theme, self._colours)

    def get_line_filters(self) -> Sequence[LineFilter]:
        """Take every colour away under `NO_COLOR`, greys too, and what is not ASCII if need be."""
        # Textual's own would turn what is dim into a mixed colour, and that would be taken away.
        filters = [NoColor()] if self.no_color else super().get_line_filters()
        return [*filters, *self._characters]

    def get_key_display(self, binding: Binding) -> str:
        """Return a key as it is shown, by its name where its sign cannot be drawn."""
        shown = super().get_key_display(binding)
        return binding.key if self._characters and not shown.isascii() else shown

    def action_save_picture(self) -> None:
        """Save the screen, once a palette has gone from it, as an SVG file."""
        self.set_timer(0.1, self.deliver_screenshot)

    def action_colours(self, name: str) -> None:
        """Draw rising and falling prices in the colours of this name from now on."""
        self._colours = Colours[name]
        self.refresh_css(animate=False)
