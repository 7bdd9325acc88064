"""Every error that tickterm raises on purpose.

TickTermError                 one clear line for a person: what is wrong and what to do
├── SettingsError             a setting, flag or file given by the user is wrong   (exit 2)
│   └── RecordingError        a recording cannot be read as frames of the feed     (exit 2)
└── UnreachableError          something needed could not be reached                (exit 3)
    ├── UniverseError         the table of universes has no usable answer
    │   └── UniverseNotFound  there is no such key; carries the keys that exist
    └── EmbeddedServerError   the embedded Redis could not be started
"""

from __future__ import annotations

__all__ = [
    "EmbeddedServerError",
    "RecordingError",
    "SettingsError",
    "TickTermError",
    "UniverseError",
    "UniverseNotFound",
    "UnreachableError",
    "first_error",
]


class TickTermError(Exception):
    """The root: its text is one line that names what is wrong and what to do."""

    exit_code = 1


class SettingsError(TickTermError):
    """A setting, flag or file given by the user is wrong."""

    exit_code = 2


class RecordingError(SettingsError):
    """A recording cannot be read as frames of the feed."""


class UnreachableError(TickTermError):
    """Something needed could not be reached."""

    exit_code = 3


class UniverseError(UnreachableError):
    """The table of universes has no usable answer."""


class UniverseNotFound(UniverseError):
    """There is no universe under this key; `nearest` lists those that exist, nearest first."""

    def __init__(self, message: str, nearest: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.nearest = nearest


class EmbeddedServerError(UnreachableError):
    """The embedded Redis could not be started."""


def first_error(error: BaseException) -> BaseException:
    """Return the error itself, or the first one inside a group, however deep."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error
