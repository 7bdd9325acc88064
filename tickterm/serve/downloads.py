"""Files that a screen hands to its browser, in pieces that the browser's request pulls."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator, Mapping
from pathlib import PurePath
from urllib.parse import quote

from textual_serve._binary_encode import DecodeError, load

from tickterm.market.text import clean
from tickterm.serve import packets
from tickterm.serve.screen import Screen

__all__ = ["Downloads"]

MAX_WAITING = 8
"""Files of one screen; the oldest goes first."""
PIECE = 64 * 2**10
TIMEOUT = 4.0
"""Seconds that a screen has for one piece."""
_MIME = re.compile(r"[\w.+-]{1,60}/[\w.+-]{1,60}", re.ASCII)


class Downloads:
    """The files of one screen that its browser has not fetched yet."""

    def __init__(self, screen: Screen) -> None:
        self._screen = screen
        self._offered: dict[str, Mapping[str, object]] = {}
        self._open: dict[str, asyncio.Queue[bytes]] = {}

    def offer(self, fields: Mapping[str, object]) -> str:
        """Note a file that the screen offers; return the message that makes the page fetch it."""
        key = str(fields.get("key"))
        if len(self._offered) >= MAX_WAITING:
            del self._offered[next(iter(self._offered))]
        self._offered[key] = fields
        return json.dumps(["deliver_file_start", key])

    def take(self, payload: bytes) -> None:
        """Hand a piece that came from the screen to the request that waits for it."""
        try:
            kind, key, piece = _tuple_of_three(load(payload))
        except (DecodeError, ValueError, IndexError, RecursionError):
            return
        waiting = self._open.get(str(key))
        if kind == "deliver_chunk" and waiting is not None and not waiting.full():
            waiting.put_nowait(piece if isinstance(piece, bytes) else str(piece).encode())

    def headers(self, key: str) -> dict[str, str] | None:
        """Return the headers for this file; nothing when it is not on offer.

        It is always saved, never shown: what a page of this origin may do is not for files.
        """
        fields = self._offered.get(key)
        if fields is None:
            return None
        name = clean(PurePath(str(fields.get("path"))).name, 120) or "download"
        mime = str(fields.get("mime_type"))
        return {
            "Content-Type": mime if _MIME.fullmatch(mime) else "application/octet-stream",
            "Content-Disposition": f"attachment; filename*=UTF-8''{quote(name, safe='')}",
        }

    async def pieces(self, key: str) -> AsyncIterator[bytes]:
        """Yield the file, once.

        Raises:
            TimeoutError: the screen stopped in the middle.
        """
        fields = self._offered.pop(key)
        waiting = self._open[key] = asyncio.Queue(maxsize=1)
        wanted = packets.meta(
            type="deliver_chunk_request", key=key, size=PIECE, name=fields.get("name")
        )
        try:
            while True:
                async with asyncio.timeout(TIMEOUT):
                    await self._screen.tell(wanted)
                    piece = await waiting.get()
                if not piece:
                    return
                yield piece
        finally:
            del self._open[key]


def _tuple_of_three(value: object) -> tuple[object, object, object]:
    match value:
        case (kind, key, piece):
            return kind, key, piece
        case _:
            raise ValueError("no piece of a file")
