"""The title line of the log pane: as much as there is room for, in order of its weight; pure."""

from __future__ import annotations

from typing import NamedTuple

from tickterm.market.text import clean
from tickterm.ui.draw import numbers
from tickterm.ui.draw.spans import Span, fit, line_width

__all__ = ["Facts", "Found", "title_spans"]


class Found(NamedTuple):
    """What is looked for, and where the reader is among the matches."""

    text: str
    matches: int
    position: int | None
    """Of the marked match, from 1; None if the mark is elsewhere."""
    wrapped: int
    """1 if the last step went round to the top, -1 if to the bottom, else 0."""


class Facts(NamedTuple):
    """What the title tells."""

    kept: int
    """Lines that are here, whether they pass the filter or not."""
    passing: int
    ever: int
    """Lines that there ever were."""
    filter: str
    found: Found | None
    hidden: int
    """Lines that rate limiting kept out of the log."""
    missed: int = 0
    """Lines that came and went while the screen did not look."""


def title_spans(facts: Facts, room: int) -> list[Span]:
    """Return what fits `room` cells: shorter words where the long ones do not."""
    for brevity in range(4):
        spans = _spans(facts, brevity)
        if line_width(spans) <= room:
            break
    return spans


def _spans(facts: Facts, brevity: int) -> list[Span]:
    longest = (30, 24, 16, 10)[brevity]
    spans = _counts(facts, longest, brevity)
    if facts.found is not None:
        spans += [("  ", "blank"), *_found(facts.found, longest, brevity)]
    if facts.missed:
        spans.append((f"  {numbers.count(facts.missed)} missed", "amber"))
    if facts.hidden:
        limited = "" if brevity else " by rate limiting"
        spans.append((f"  {numbers.count(facts.hidden)} hidden{limited}", "amber"))
    return spans


def _counts(facts: Facts, longest: int, brevity: int) -> list[Span]:
    kept = numbers.count(facts.kept)
    newest = kept
    if facts.ever > facts.kept and brevity < 3:
        ever = "" if brevity > 1 else f" of {numbers.count(facts.ever)}"
        newest = f"the newest {kept}{ever}"
    if not facts.filter:
        return [(f"{newest} line{'' if facts.ever == 1 else 's'}", "muted")]
    text = fit(clean(facts.filter), longest)
    of = (f" of {newest}", f" of {newest}", f" of {kept}", "")[brevity]
    passing = f" ({numbers.count(facts.passing)}{of})"
    return [("filter: ", "label"), (text, "match"), (passing, "muted")]


def _found(found: Found, longest: int, brevity: int) -> list[Span]:
    text = fit(clean(found.text), longest)
    if not found.matches:
        where = "no match"
    elif found.position is None:
        where = f"{numbers.count(found.matches)} match{'' if found.matches == 1 else 'es'}"
    else:
        where = f"{numbers.count(found.position)} of {numbers.count(found.matches)}"
        where += {1: ", from the top", -1: ", from the bottom"}.get(found.wrapped, "")
    return [("/" if brevity > 1 else "find: ", "label"), (text, "match"), (f" {where}", "value")]
