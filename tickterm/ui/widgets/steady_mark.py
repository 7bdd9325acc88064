"""A mark that stays on its entry, wherever that goes in a list which changes by itself."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Generic, TypeVar

__all__ = ["SteadyMark"]

Key = TypeVar("Key", bound=Hashable)


class SteadyMark(Generic[Key]):
    """Marks an entry by what it is, not by its place; keys are those of all entries, in order."""

    def __init__(self, key: Key | None = None) -> None:
        """Mark this entry; None: the first there is."""
        self._key = key
        self._place = 0

    def place(self, keys: Sequence[Key]) -> int:
        """Return where the marked entry is, or of one that is gone, what is in its place."""
        if self._key is None:
            self.put(keys, 0)
        elif self._key in keys:
            self._place = keys.index(self._key)
        return _nearest(keys, self._place)

    def put(self, keys: Sequence[Key], place: int) -> None:
        """Mark what is at a place, or the nearest there is."""
        self._place = _nearest(keys, place)
        self._key = keys[self._place] if keys else None

    def is_gone(self, keys: Sequence[Key]) -> bool:
        """Say whether the entry that was marked is there no more."""
        return self._key is not None and self._key not in keys


def _nearest(keys: Sequence[object], place: int) -> int:
    return max(0, min(place, len(keys) - 1))
