"""Signing in to the feed once, to see whether the key is good, without subscribing."""

from __future__ import annotations

import asyncio
import contextlib

from websockets.exceptions import ConnectionClosed

from tickterm.engine.feed.client import MAX_FRAME
from tickterm.engine.feed.dial import LinkLost, LinkRefused, dial, key_refused
from tickterm.market.protocol import MassiveProtocol, Stage

__all__ = ["try_handshake"]


async def try_handshake(url: str, key: str, timeout: float = 15.0) -> str:
    """Return why `key` does not open the feed at `url`, in words, or nothing where it does."""
    protocol = MassiveProtocol(key, (), "")
    try:
        async with asyncio.timeout(timeout):
            connection = await dial(url, MAX_FRAME)
            try:
                while protocol.stage in (Stage.GREETING, Stage.AUTHENTICATING):
                    protocol.receive(await connection.recv(decode=False))
                    with contextlib.suppress(ConnectionClosed):  # its last words are still to come
                        for command in protocol.commands():
                            await connection.send(command, text=True)
            finally:
                connection.transport.abort()
    except TimeoutError:
        return f"no answer within {timeout:g} s: check the network and MASSIVE_WEBSOCKET_URL"
    except (LinkLost, LinkRefused) as error:
        return str(error)
    except ConnectionClosed:
        return protocol.reason or "the server hung up before it answered: try again"
    return _verdict(protocol)


def _verdict(protocol: MassiveProtocol) -> str:
    if protocol.stage is Stage.REFUSED:
        return key_refused(protocol.reason)
    if protocol.stage is Stage.CAPPED:
        return f"another program uses this key: {protocol.reason}".rstrip()
    return ""
