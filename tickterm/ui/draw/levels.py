"""Levels of log lines: a letter and the role that it is drawn in; pure."""

from __future__ import annotations

import logging

__all__ = ["level_look"]

_LEVELS = (
    (logging.ERROR, "E", "log-error"),
    (logging.WARNING, "W", "log-warning"),
    (logging.INFO, "I", "log-info"),
)


def level_look(level: int) -> tuple[str, str]:
    """Return the letter of a level of the `logging` module, and its role."""
    looks = ((letter, role) for least, letter, role in _LEVELS if level >= least)
    return next(looks, ("D", "log-debug"))
