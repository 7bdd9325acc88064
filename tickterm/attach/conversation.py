"""A conversation with an engine: the dial, both hellos, then one message after the other."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed

from tickterm.attach.address import Address
from tickterm.attach.dial import Lost, dial, hang_up, loss_of
from tickterm.attach.hearing import understood
from tickterm.market.contract import (
    HEARTBEAT,
    VERSION,
    ContractError,
    EngineMessage,
    Hello,
    ViewerHello,
    encode,
)

__all__ = ["conversation", "hear", "say_hello"]

HELLO_WITHIN = 5.0
"""Seconds that a dial may take, and then an engine's hello."""
DEAD_AFTER = 2 * HEARTBEAT + 2
"""Seconds of silence."""


@contextlib.asynccontextmanager
async def conversation(address: Address, token: str) -> AsyncIterator[ClientConnection]:
    """Hold a connection to an engine for the length of the block; its end there ends the block.

    Raises:
        Lost: there is no connection, or no longer; or what came over it makes no sense.
        TickTermError: there is no use in trying again.
    """
    try:
        async with asyncio.timeout(HELLO_WITHIN):
            connection = await dial(address, token)
    except TimeoutError:
        raise Lost(f"no connection within {HELLO_WITHIN:g} s") from None
    try:
        yield connection
    except ConnectionClosed as closed:
        raise loss_of(closed) from None
    except ContractError as error:
        raise Lost(f"it said what no tickterm says: {error}") from None
    finally:
        await hang_up(connection)


async def say_hello(connection: ClientConnection, hello: ViewerHello) -> Hello:
    """Say hello and return the engine's answer.

    Raises:
        Lost: it does not answer, is no tickterm, or speaks another version of the contract.
    """
    try:
        async with asyncio.timeout(HELLO_WITHIN):
            await connection.send(encode(hello), text=True)
            answer = await hear(connection)
    except TimeoutError:
        raise Lost(f"no hello within {HELLO_WITHIN:g} s") from None
    if not isinstance(answer, Hello) or not answer.server.startswith("tickterm"):
        raise Lost("what answers there is no tickterm")
    if answer.version != VERSION:
        raise Lost(
            f"it speaks version {answer.version} of the contract, this program version {VERSION}: "
            "bring both to the same tickterm"
        )
    return answer


async def hear(connection: ClientConnection) -> EngineMessage | None:
    """Return the next message, or None for one of a type from the future.

    Raises:
        Lost: the engine has fallen silent.
    """
    try:
        async with asyncio.timeout(DEAD_AFTER):
            data = await connection.recv(decode=False)
    except TimeoutError:
        raise Lost(f"it has said nothing for {DEAD_AFTER:g} s") from None
    return understood(data)
