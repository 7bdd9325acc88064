"""Dialling an engine: one connection, or the words for why there is none."""

from __future__ import annotations

import asyncio
import logging
import os
import ssl
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus, WebSocketException
from websockets.frames import Frame, Opcode
from websockets.http11 import Response
from websockets.protocol import Event

from tickterm.attach.address import Address
from tickterm.errors import SettingsError, UnreachableError
from tickterm.market.contract import CloseCode
from tickterm.market.text import clean

__all__ = ["Lost", "dial", "hang_up", "loss_of"]

MAX_MESSAGE = 16 * 2**20
"""Bytes; a snapshot of a thousand symbols has one."""
MAX_UNSENT = 2**16
"""Bytes: answers to pings that the other side does not take."""
CLOSE_WITHIN = 0.3

wire_log = logging.getLogger("tickterm.attach.wire")
wire_log.setLevel(logging.CRITICAL)  # at DEBUG websockets would write the token's frame

_TOKEN = "the token is missing or wrong: set TICKTERM_TOKEN"  # noqa: S105 - what is said about it


class Lost(Exception):
    """There is no connection; the text says why. It is worth trying again."""

    def __init__(self, reason: str, retry_after: float = 0.0) -> None:
        super().__init__(reason)
        self.retry_after = retry_after


class _Connection(ClientConnection):
    """A connection that ends when its peer floods it with pings and reads none of the answers."""

    def process_event(self, event: Event) -> None:
        """Take one frame."""
        is_ping = isinstance(event, Frame) and event.opcode is Opcode.PING
        if is_ping and self.transport.get_write_buffer_size() > MAX_UNSENT:
            self.transport.abort()
        super().process_event(event)


class _Connect(connect):
    """A dial that follows no redirect: the token goes to the given host only."""

    def process_redirect(self, exc: Exception) -> Exception | str:
        return exc


async def dial(address: Address, token: str) -> ClientConnection:
    """Open a WebSocket to an engine; the caller brings the deadline.

    Raises:
        Lost: nobody there, or somebody else.
        SettingsError: the token would go unencrypted.
        UnreachableError: the token is refused.
    """
    if token and not address.is_private:
        raise SettingsError(
            f"the token would go to {address.where} unencrypted: use wss:// or an SSH tunnel"
        )
    unix: dict[str, Any] = {}
    if address.socket is not None:
        unix = {"unix": True, "path": str(address.socket)}
    try:
        return await _Connect(
            address.url if address.socket is None else "ws://localhost/",
            create_connection=_Connection,
            compression=None,
            max_size=MAX_MESSAGE,
            max_queue=4,
            ping_interval=None,  # the engine's heartbeat is the sign of life
            open_timeout=None,
            close_timeout=CLOSE_WITHIN,
            proxy=None,
            logger=wire_log,
            **unix,
        )
    except InvalidStatus as error:
        if error.response.status_code == 401:
            raise UnreachableError(_TOKEN) from None
        raise Lost(_refusal(error.response)) from None
    except ssl.SSLCertVerificationError as error:
        told = clean(error.verify_message, 80)
        raise Lost(f"its certificate is not to be trusted ({told})") from None
    except OSError as error:
        raise Lost(_words(error)) from None
    except (UnicodeError, ValueError):
        raise Lost("that is no host name") from None
    except WebSocketException:
        raise Lost("what answers there is no tickterm") from None


async def hang_up(connection: ClientConnection) -> None:
    """Close a connection in order if that is quick, else cut it."""
    try:
        async with asyncio.timeout(CLOSE_WITHIN):
            await connection.close()
    except TimeoutError:
        pass  # then it is cut
    finally:
        connection.transport.abort()
    await connection.wait_closed()


def loss_of(closed: ConnectionClosed) -> Lost | UnreachableError:
    """Return what the end of a connection means: an UnreachableError where it is final."""
    frame = closed.rcvd
    if frame is None:
        if closed.sent is not None and closed.sent.code == 1009:
            return Lost(f"it sent a message above {MAX_MESSAGE // 2**20} MiB")
        if closed.sent is not None:
            return Lost("it sent what is no WebSocket message")
        return Lost("the connection was cut")
    if frame.code == CloseCode.TOKEN:
        return UnreachableError(_TOKEN)
    if frame.code == CloseCode.SLOW:
        return Lost("it cut this screen off for taking nothing for seconds")
    words = clean(frame.reason, 100)
    return Lost(f"it closed the connection: {words or frame.code}")


def _refusal(response: Response) -> str:
    status = response.status_code
    lines = (response.body or b"").decode("utf-8", "replace").splitlines()
    told = clean(lines[0], 100) if lines and status >= 400 else ""
    if status == 503:
        return told or "it has no place for another viewer"
    if status == 403:
        return told or "it does not let this screen in"
    return f"what answers there is no tickterm (HTTP {status})"


def _words(error: OSError) -> str:
    """Return why a connection failed; asyncio puts addresses into the text, and joins several."""
    if isinstance(error, ssl.SSLError):
        return "it does not speak TLS as it should"
    if isinstance(error, ConnectionRefusedError | FileNotFoundError):
        return "nobody listens there"
    if error.errno is None:
        return "the connection was cut" if isinstance(error, ConnectionError) else "no connection"
    if error.errno > 0:
        return clean(os.strerror(error.errno), 80)
    return clean(error.strerror, 80)
