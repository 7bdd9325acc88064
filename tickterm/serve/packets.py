"""The packets between the server and a screen, as Textual's WebDriver speaks them, and the
messages of the page's terminal.

A packet is a type byte, the payload's length in four bytes (big-endian), and the payload: `D` is
what a terminal would read or write, `M` a JSON object, `P` a tuple with a piece of a file.
"""

from __future__ import annotations

import asyncio
import json

__all__ = ["DATA", "META", "PACKED", "PRELUDE", "clamped", "from_browser", "meta", "read"]

DATA, META, PACKED = b"D", b"M", b"P"
PRELUDE = b"__GANGLION__\n"
"""Comes before the first packet; whatever is printed before it is no packet."""
MAX_PAYLOAD = 16 * 2**20
WIDTHS, HEIGHTS = (20, 400), (5, 200)
"""Cells, smallest and largest."""


def clamped(value: object, bounds: tuple[int, int], default: int) -> int:
    """Return `value` as an integer within `bounds`; `default` if it is none."""
    try:
        number = int(str(value))
    except ValueError:
        return default
    return min(max(number, bounds[0]), bounds[1])


def meta(**fields: object) -> bytes:
    """Return the packet that tells a screen something that is not typed."""
    return _packet(META, json.dumps(fields).encode())


async def read(stream: asyncio.StreamReader) -> tuple[bytes, bytes]:
    """Return type and payload of the next packet.

    Raises:
        asyncio.IncompleteReadError: the screen has ended.
        ValueError: this is no packet.
    """
    head = await stream.readexactly(5)
    kind, size = head[:1], int.from_bytes(head[1:], "big")
    if kind not in (DATA, META, PACKED) or size > MAX_PAYLOAD:
        raise ValueError("no packet of a Textual app")
    return kind, await stream.readexactly(size)


def from_browser(text: str) -> bytes:
    """Return what a message of the page means to the screen, which may be nothing.

    The messages: `["stdin", keys]`, `["resize", {"width": cells, "height": cells}]`, `["focus"]`,
    `["blur"]`, `["ping", text]`.

    Raises:
        ValueError: it is none of them.
    """
    match _decoded(text):
        case ["stdin", str(keys)]:
            return _packet(DATA, keys.encode("utf-8", "replace"))
        case ["resize", {"width": int(width), "height": int(height)}]:
            return meta(
                type="resize",
                width=clamped(width, WIDTHS, 80),
                height=clamped(height, HEIGHTS, 24),
            )
        case ["focus" | "blur" as change]:
            return meta(type=change)
        case ["ping", str()]:
            return b""
        case _:
            raise ValueError("no message of a terminal")


def _decoded(text: str) -> object:
    try:
        return json.loads(text)
    except RecursionError:
        raise ValueError("nested too deep") from None


def _packet(kind: bytes, payload: bytes) -> bytes:
    return kind + len(payload).to_bytes(4, "big") + payload
