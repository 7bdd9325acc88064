"""The one place that names colours: tickterm's own theme, and the market's in the others."""

from __future__ import annotations

from textual.theme import Theme

__all__ = ["TICKTERM_THEME", "market_variables"]

TICKTERM_THEME = Theme(
    name="tickterm",
    primary="#6cb2f7",
    secondary="#3d6a94",
    accent="#6cb2f7",
    success="#34c9a3",
    warning="#e8b04b",
    error="#ff6f61",
    foreground="#d5dde7",
    background="#0b0f14",
    surface="#131a22",
    panel="#1b2530",
    dark=True,
    variables={
        # Teal and coral stay apart for the common kinds of colour blindness.
        "up": "#34c9a3",
        "down": "#ff7d6b",
        "footer-background": "#0b0f14",
        "footer-key-foreground": "#6cb2f7",
        "footer-description-foreground": "#8a97a6",
        "block-cursor-text-style": "none",
        "scrollbar": "#2a3644",
        "scrollbar-hover": "#3a4a5c",
        "scrollbar-active": "#6cb2f7",
        "scrollbar-background": "#0b0f14",
        "scrollbar-background-hover": "#0b0f14",
        "scrollbar-background-active": "#0b0f14",
    },
)


def market_variables(theme: Theme) -> dict[str, str]:
    """Return `$up`, `$down` and `$amber` for a theme that does not name them itself."""
    if not theme.dark:
        return {"up": "#0b6e55", "down": "#b3321f", "amber": "#8f5a00"}
    return {
        "up": theme.success or "#34c9a3",
        "down": theme.error or "#ff7d6b",
        "amber": theme.warning or "#e8b04b",
    }
