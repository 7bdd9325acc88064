"""Which pattern events are shown: a filter of one line, read and applied; pure."""

from __future__ import annotations

import re
from typing import NamedTuple

from tickterm.market.snapshot import PatternEvent

__all__ = ["EVERYTHING", "EventFilter", "parse"]

_NUMBER = re.compile(r"\d*\.?\d+|\d+\.", re.ASCII)
_SHORTEST_DIRECTION = 4
_FORM = "confidence is from 0 to 1, as in >=0.8"


class EventFilter(NamedTuple):
    """Each word must be part of the symbol or of the pattern, or be timeframe or direction."""

    words: tuple[str, ...] = ()
    """In lower case."""
    confidence: float = 0.0
    """The least that is shown."""

    def passes(self, event: PatternEvent) -> bool:
        """Say whether an event is shown."""
        if event.confidence < self.confidence:
            return False
        return all(_is_of(word, event) for word in self.words)


def _is_of(word: str, event: PatternEvent) -> bool:
    """Say whether a word means an event; of a direction, `bull` or `bear` is enough."""
    if word in event.symbol.casefold() or word in event.pattern.casefold():
        return True
    is_direction = len(word) >= _SHORTEST_DIRECTION and event.direction.startswith(word)
    return is_direction or word == event.timeframe.casefold()


EVERYTHING = EventFilter()


def parse(text: str) -> EventFilter:
    """Return the filter that `text` describes: words, and `>=0.8` or `0.8` for the confidence.

    Raises:
        ValueError: a confidence is none; the text says what the form is.
    """
    words, confidence = [], 0.0
    for word in text.casefold().split():
        amount = word.removeprefix(">=")
        if _NUMBER.fullmatch(amount):
            confidence = float(amount)
        elif word[0] in "<>=":
            raise ValueError(_FORM)
        else:
            words.append(word)
    if confidence > 1.0:
        raise ValueError(_FORM)
    return EventFilter(tuple(words), confidence)
