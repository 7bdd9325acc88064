"""The numbers of a filter as a person writes them: `2.5`, `1,000,000`, `1e6`, `1.5M`, `50%`."""

from __future__ import annotations

import re

__all__ = ["read_number"]

_NUMBER = re.compile(
    r"(?P<number>[+-]?(?:(?:\d+|\d{1,3}(?:,\d{3})+)(?:\.\d*)?|\.\d+))"
    r"(?:(?P<exponent>e[+-]?\d{1,3})|(?P<unit>[kmb%]))?",
    re.ASCII,
)
_UNIT_BEHIND_EXPONENT = re.compile(r"[^e]*\de[+-]?\d+[kmb%]", re.ASCII)
_UNITS = {"k": "e3", "m": "e6", "b": "e9"}


def read_number(word: str, *, per_cent: bool) -> float:
    """Return what a word stands for; `per_cent`: whether what it is compared with is in per cent.

    A comma only parts thousands: half of the world writes 2.5 with one, and 25 is not meant.

    Raises:
        ValueError: it is no number; says what is expected.
    """
    found = _NUMBER.fullmatch(word.lower())
    if found is None:
        raise ValueError(_expected(word.lower()))
    if found["unit"] == "%" and not per_cent:
        raise ValueError("no %: for chg_pct and range only")
    digits = found["number"].replace(",", "")
    return float(digits + (found["exponent"] or _UNITS.get(found["unit"], "")))


def _expected(word: str) -> str:
    if _UNIT_BEHIND_EXPONENT.fullmatch(word):
        return "1e6 or 1M, not both"
    if "," in word:
        return "a number like 2.5 or 1,000"
    return "a number"
