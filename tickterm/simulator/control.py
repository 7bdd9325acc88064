"""The server's side of the control messages, without I/O."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator
from typing import TypeAlias

import orjson

__all__ = ["MAX_FRAME", "STOCK_PREFIXES", "Conversation", "Subscriptions", "status", "status_frame"]

STOCK_PREFIXES = frozenset({"A", "AM", "T", "Q", "LULD", "NOI", "FMV"})
"""The channels of the stocks cluster; a prefix outside this set is met with silence."""

MAX_FRAME = 500_000
"""Bytes; clients of the real feed refuse frames of more than 1,000,000."""

_LONGEST_TOKEN = 64

Status: TypeAlias = dict[str, str]


def status(name: str, message: str) -> Status:
    """Return one status object of the wire."""
    return {"ev": "status", "status": name, "message": message}


def status_frame(name: str, message: str) -> bytes:
    """Return a frame that carries one status object alone."""
    return orjson.dumps([status(name, message)])


class Subscriptions:
    """The tokens that one client holds: `A.AAPL`, `A.BRK.B`, `A.*`."""

    def __init__(self) -> None:
        self.changed = asyncio.Event()
        """Set at every change; whoever waits for it clears it."""
        self._held: dict[str, dict[str, None]] = {}

    def __bool__(self) -> bool:
        return any(self._held.values())

    def add(self, prefix: str, ticker: str) -> bool:
        """Hold one token; False when it was held before."""
        tickers = self._held.setdefault(prefix, {})
        if ticker in tickers:
            return False
        tickers[ticker] = None
        self.changed.set()
        return True

    def remove(self, prefix: str, ticker: str) -> bool:
        """Let one token go; False when it was not held."""
        tickers = self._held.get(prefix, {})
        if ticker not in tickers:
            return False
        del tickers[ticker]
        self.changed.set()
        return True

    def wants(self, prefix: object, ticker: object) -> bool:
        """Say whether an event of `ticker` on the channel `prefix` is subscribed."""
        if not isinstance(prefix, str) or not isinstance(ticker, str):
            return False
        tickers = self._held.get(prefix)
        return tickers is not None and ("*" in tickers or ticker in tickers)

    def tickers(self, prefix: str) -> tuple[str, ...]:
        """Return what is held on one channel, in the order of asking; `*` is one of them."""
        return tuple(self._held.get(prefix, ()))


class Conversation:
    """One client's control messages in, status frames out.

    `refusal` judges a key: None accepts it, a text is the message of `auth_failed`, after which
    `refused` is set and the connection is to be aborted. Never raises, whatever the client sends.
    """

    def __init__(self, offered: frozenset[str], refusal: Callable[[str], str | None]) -> None:
        self.subscriptions = Subscriptions()
        self.key: str | None = None
        """The accepted key; None until then."""
        self.refused = False
        self._offered = offered
        self._refusal = refusal

    def receive(self, raw: str | bytes) -> list[bytes]:
        """Return the frames that answer one message; pipelined messages are taken in order."""
        try:
            message = orjson.loads(raw)
        except orjson.JSONDecodeError:
            message = None
        if not isinstance(message, dict):
            return [status_frame("error", "Invalid JSON")]
        params = message.get("params")
        return list(_frames(self._answers(message.get("action"), params)))

    def _answers(self, action: object, params: object) -> Iterable[Status]:
        if not isinstance(params, str):
            return ()
        if action == "auth":
            return self._authenticate(params)
        if action not in ("subscribe", "unsubscribe"):
            return ()
        if self.key is None:
            return [status("error", "not authorized")]
        return self._subscribe(params) if action == "subscribe" else self._unsubscribe(params)

    def _authenticate(self, key: str) -> Iterable[Status]:
        refusal = self._refusal(key)
        if refusal is not None:
            self.refused = True
            return [status("auth_failed", refusal)]
        self.key = key
        return [status("auth_success", "authenticated")]

    def _subscribe(self, params: str) -> Iterator[Status]:
        for prefix, ticker in _tokens(params):
            if prefix not in self._offered:
                yield status("error", "not authorized")
            elif self.subscriptions.add(prefix, ticker):
                yield status("success", f"subscribed to: {prefix}.{ticker}")

    def _unsubscribe(self, params: str) -> Iterator[Status]:
        for prefix, ticker in _tokens(params):
            if self.subscriptions.remove(prefix, ticker):
                yield status("success", f"unsubscribed to: {prefix}.{ticker}")


def _tokens(params: str) -> Iterator[tuple[str, str]]:
    for token in params.split(","):
        prefix, _, ticker = token.strip().partition(".")
        if ticker and prefix in STOCK_PREFIXES and len(token) <= _LONGEST_TOKEN:
            yield prefix, ticker


def _frames(statuses: Iterable[Status]) -> Iterator[bytes]:
    """Batch status objects into as few frames as `MAX_FRAME` allows."""
    batch: list[bytes] = []
    size = 0
    for each in statuses:
        encoded = orjson.dumps(each)
        if size + len(encoded) >= MAX_FRAME:
            yield b"[" + b",".join(batch) + b"]"
            batch, size = [], 0
        batch.append(encoded)
        size += len(encoded) + 1
    if batch:
        yield b"[" + b",".join(batch) + b"]"
