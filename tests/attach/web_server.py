"""Servers that answer a screen as no engine does."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

__all__ = ["answering", "http", "silent"]


def answering(
    data: bytes,
) -> Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]:
    """Answer a request with these bytes."""

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(data)
        await writer.drain()
        writer.close()

    return handle


async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Hear everything and answer nothing."""
    await reader.read()
    writer.close()


def http(status_line: str, body: str = "") -> bytes:
    return f"HTTP/1.1 {status_line}\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode()
