"""The one sanitiser for text that comes from outside.

Terminals obey escape sequences and some of them run commands (CWE-150), and bidirectional
controls make a line read as something else. Whatever a peer sent goes through `clean` before it
may be stored, logged or drawn.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

__all__ = ["clean", "redact"]

LIMIT = 500
"""Characters shown of one text unless told otherwise."""

LONG_SECRET = 8
"""Characters from which a secret is never part of a word by chance."""

_DROPPED = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
"""Unicode categories that never reach a terminal: controls, format and bidi characters, lone
surrogates, private use, unassigned, line and paragraph separators."""


def clean(text: object, limit: int = LIMIT) -> str:
    """Return `text` as one printable line of at most `limit` characters.

    Each run of control or format characters becomes one `·`; tabs, line breaks and blanks of any
    width become a space; what is cut off is marked by `…`. Never raises on a string.
    """
    raw = text if isinstance(text, str) else str(text)
    cut = len(raw) > limit
    if cut:
        raw = raw[: limit - 1]
    if raw.isascii() and raw.isprintable():
        return raw + "…" if cut else raw
    out: list[str] = []
    for char in raw:
        category = unicodedata.category(char)
        if char in "\t\n\r" or category == "Zs":
            out.append(" ")
        elif category not in _DROPPED:
            out.append(char)
        elif not out or out[-1] != "·":
            out.append("·")
    return "".join(out) + ("…" if cut else "")


def redact(text: str, secret: str) -> str:
    """Return `text` with `***` for every occurrence of `secret`.

    A short secret is replaced only where it stands as a word of its own:
    a key `any` must not make every `company` unreadable.
    """
    if not secret or secret not in text:
        return text
    if len(secret) >= LONG_SECRET:
        return text.replace(secret, "***")
    return _as_word(secret).sub("***", text)


@lru_cache(maxsize=64)
def _as_word(secret: str) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w){re.escape(secret)}(?!\w)")
