"""Dialling the feed: what a connection attempt can end in, and which ends are final."""

from __future__ import annotations

import logging
import ssl
import time
from urllib.parse import urlsplit

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import InvalidProxy, InvalidStatus, WebSocketException
from websockets.frames import Frame, Opcode
from websockets.protocol import Event

from tickterm.market.text import clean

__all__ = ["LinkCapped", "LinkEnded", "LinkLost", "LinkRefused", "dial", "key_refused"]

MAX_PINGS = 200
"""In a second; the real feed sends none."""

log = logging.getLogger("tickterm.link")
wire_log = logging.getLogger("tickterm.wire")
wire_log.setLevel(logging.WARNING)  # at DEBUG websockets would write the key's frame


class LinkLost(Exception):
    """The connection ended; the text says how. It is worth trying again."""

    def __init__(self, reason: str, retry_after: float = 0.0) -> None:
        super().__init__(reason)
        self.retry_after = retry_after


class LinkCapped(LinkLost):
    """The account has more connections than its plan allows."""


class LinkEnded(Exception):
    """A simulated feed has sent all it has; the text is what it said."""


class LinkRefused(Exception):
    """Trying again unchanged is useless; the text says why and what to do."""


class _Connection(ClientConnection):
    """A connection that a flood of pings ends: answering them all would stall everything else."""

    _pings = 0
    _second = 0

    def process_event(self, event: Event) -> None:
        """Take one frame; control frames have no other limit."""
        if isinstance(event, Frame) and event.opcode is Opcode.PING:
            second = int(time.monotonic())
            self._pings = self._pings + 1 if second == self._second else 1
            self._second = second
            if self._pings == MAX_PINGS:
                log.error("the feed server floods us with pings: hanging up")
                self.transport.abort()
        super().process_event(event)


class _Connect(connect):
    """A dial that follows no redirect: the key goes to the configured host only."""

    def process_redirect(self, exc: Exception) -> Exception | str:
        return exc


async def dial(url: str, max_frame: int) -> ClientConnection:
    """Open a WebSocket to `url` that takes frames of at most `max_frame` bytes.

    The caller brings the deadline.

    Raises:
        LinkLost: nobody there, or an answer that a later attempt may change.
        LinkRefused: an answer, a certificate, a name or a proxy that it cannot.
    """
    parts = urlsplit(url)
    local = parts.hostname in ("127.0.0.1", "localhost", "::1")
    try:
        return await _Connect(
            url,
            create_connection=_Connection,
            compression=None,
            max_size=max_frame,
            ping_interval=None,  # the client counts every frame as a sign of life
            open_timeout=None,
            close_timeout=1,
            proxy=None if local else True,
            logger=wire_log,
        )
    except InvalidStatus as error:
        raise _http_refusal(error) from None
    except ssl.SSLCertVerificationError as error:
        raise LinkRefused(
            f"the certificate of {clean(parts.hostname)} is not to be trusted "
            f"({clean(error.verify_message)}): check MASSIVE_WEBSOCKET_URL and the clock"
        ) from None
    except UnicodeError:
        host = clean(parts.hostname, 80)
        raise LinkRefused(f"{host} is no host name: check MASSIVE_WEBSOCKET_URL") from None
    except ImportError as error:
        raise LinkRefused(
            f"the proxy that the environment names is of no use: {clean(error, 120)}"
        ) from None
    except (InvalidProxy, ValueError):  # a port of the proxy beyond 65535 is one
        raise LinkRefused(
            "the proxy set in the environment cannot be used: check HTTPS_PROXY"  # it has passwords
        ) from None
    except (OSError, WebSocketException) as error:
        raise LinkLost(f"no connection to {clean(parts.netloc)}: {_words(error)}") from None


def key_refused(reason: str) -> str:
    """Return what a person is told when the feed refuses the key, with the feed's own `reason`."""
    told = reason.strip().rstrip(".") or "authentication failed"
    return f"{told}; check MASSIVE_API_KEY and what your plan includes"


def _http_refusal(error: InvalidStatus) -> Exception:
    """Tell answers that a second attempt cannot change from those that it can."""
    code = error.response.status_code
    if code in (401, 403):
        return LinkRefused(f"the feed server answers HTTP {code}: check MASSIVE_API_KEY and plan")
    if 300 <= code < 400 or code == 404:
        return LinkRefused(f"the feed server answers HTTP {code}: check MASSIVE_WEBSOCKET_URL")
    wait = next(iter(error.response.headers.get_all("Retry-After")), "")
    return LinkLost(
        f"the feed server answers HTTP {code}",
        min(float(wait), 3600.0) if wait.isascii() and wait.isdigit() else 0.0,
    )


def _words(error: Exception) -> str:
    """Return an operating system's or library's error as a few words."""
    if isinstance(error, OSError) and error.strerror:
        return clean(error.strerror, 120)
    return clean(error, 120) or type(error).__name__
