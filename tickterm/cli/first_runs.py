"""Remembers how often the screen was started, so that newcomers get hints and others do not."""

from __future__ import annotations

import contextlib
from pathlib import Path

__all__ = ["FirstRuns"]

HINTED = 3
"""Starts that are hinted at."""
_LONGEST = 10
"""Characters of the file that are read: it may be anything by now."""


class FirstRuns:
    """Counts starts in the file `starts` of a directory; one that cannot be read means many."""

    def __init__(self, data_dir: Path) -> None:
        self._file = data_dir / "starts"

    @property
    def first_run(self) -> bool:
        """Whether this is one of the first starts."""
        return self._count() < HINTED

    def seen(self) -> None:
        """Count a start; where that cannot be written, hints come again."""
        with contextlib.suppress(OSError):
            self._file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._file.write_text(f"{self._count() + 1}\n", encoding="ascii")

    def _count(self) -> int:
        try:
            with self._file.open(encoding="ascii", errors="replace") as stream:
                text = stream.read(_LONGEST).strip()
        except FileNotFoundError:
            return 0
        except OSError:
            return HINTED
        return int(text) if text.isdecimal() and text.isascii() else HINTED
