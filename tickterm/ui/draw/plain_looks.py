"""Styles where colours cannot be mixed: terminals of 16 colours, and those without any.

What else is a tint is bold here, what else has a ground of its own is reversed, and what else
fades is dim: so that everything is told apart even where no colour is left.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from rich.style import Style

if TYPE_CHECKING:
    from textual.color import Color

__all__ = ["PlainRole", "plain_style"]

_GROUNDS = {"blank", "card", "card-selected"}
_SELECTED = "card-selected"
_TINTS = ("flash", "fading", "past")
"""Beginnings of roles whose ground is a mixture: the terminal's own colours would be too loud."""
_FAINT = ("muted", "label", "rule", "spark", "log-debug", "badge-bad")


class PlainRole(NamedTuple):
    """What the stylesheet says of a role."""

    name: str
    color: Color
    background: Color
    text_style: Style


def plain_style(role: PlainRole, *, faded: bool, ground: str) -> Style:
    """Return the style of a role upon the ground of another, `faded` when it is old or stale."""
    own = role.background.a > 0 and role.name not in _GROUNDS
    if _SELECTED in (ground, role.name):
        # A line reversed as a whole; colours would make patches of it.
        return role.text_style + Style(reverse=True, underline=own or None)
    dim = faded or role.name.startswith(_FAINT) or None
    if not own:
        return role.text_style + Style(color=role.color.rich_color, dim=dim)
    hue = role.background.rich_color
    if role.name.startswith(_TINTS):
        return role.text_style + Style(color=hue, bold=True)
    return role.text_style + Style(color=hue, reverse=True, dim=dim)
