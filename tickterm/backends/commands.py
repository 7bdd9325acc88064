"""Commands as Redis reads them."""

from __future__ import annotations

__all__ = ["packed"]


def packed(*words: str | bytes) -> bytes:
    """Return one command and its arguments in RESP, ready for the socket."""
    parts = [word.encode() if isinstance(word, str) else word for word in words]
    body = b"".join(b"$%d\r\n%b\r\n" % (len(part), part) for part in parts)
    return b"*%d\r\n%b" % (len(parts), body)
