"""MassiveProtocol: the client's side of the feed's protocol, without any I/O.

Frames in; ticks, statuses, unknown events and rejects out; commands out. It never awaits, logs,
reads a clock or raises on what the peer sent. One object lives as long as one connection and is
told the wanted symbols, so that the first subscription and every later one are the same path.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache
from itertools import islice
from typing import Any, NamedTuple

import orjson

from tickterm.market.events import EVENTS, Malformed
from tickterm.market.frames import decode
from tickterm.market.symbols import is_symbol
from tickterm.market.text import clean, redact
from tickterm.market.ticks import TickData

__all__ = ["MassiveProtocol", "Received", "Reject", "Stage", "Status"]

CHANNEL = "A"
"""Per-second aggregates."""

SYMBOLS_PER_COMMAND = 500
SAMPLES_PER_FRAME = 20
"""Bad elements of one frame that are shown; all are counted."""


class Stage(enum.Enum):
    """How far this connection has come."""

    GREETING = enum.auto()
    """Waiting for the server's `connected`."""
    AUTHENTICATING = enum.auto()
    """The key is out, the answer is not in."""
    READY = enum.auto()
    """Signed in; subscriptions follow the wanted set."""
    REFUSED = enum.auto()
    """The key was refused: trying again with the same key is useless."""
    CAPPED = enum.auto()
    """The account has more connections than its plan allows: another program uses this key."""
    ENDED = enum.auto()
    """A simulated feed has sent the whole recording; the real one never says so."""


class Status(NamedTuple):
    """A status message of the server; both texts are sanitised and without the key."""

    status: str
    message: str


class Reject(NamedTuple):
    """An element that is no tick: why (one of a few words) and a sanitised look at it."""

    reason: str
    sample: str


@dataclass(slots=True)
class Received:
    """What one frame held. elements = ticks + statuses + unknown + rejects."""

    ticks: list[TickData] = field(default_factory=list)
    statuses: list[Status] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)
    """`ev` of each element of a kind that is not known, sanitised."""
    rejects: list[Reject] = field(default_factory=list)
    size: int = field(default=0, compare=False)
    """Bytes of the frame."""

    @property
    def elements(self) -> int:
        """How many elements the frame held."""
        return len(self.ticks) + len(self.statuses) + len(self.unknown) + len(self.rejects)


class MassiveProtocol:
    """One connection's view of the protocol."""

    def __init__(self, key: str, wanted: Iterable[str], source: str) -> None:
        self.stage = Stage.GREETING
        self.reason = ""
        """The server's own words for the last three stages, and for a close that it announced."""
        self.refused = 0
        """Answers `not authorized`; they name no channel."""
        self._key = key
        self._source = source
        self._wanted: dict[str, None] = {}
        self._asked: dict[str, None] = {}
        self._acknowledged: set[str] = set()
        self._commands: list[bytes] = []
        self.want(wanted)

    @property
    def asked(self) -> int:
        """Symbols that this connection has asked for."""
        return len(self._asked)

    @property
    def acknowledged(self) -> int:
        """Symbols whose subscription the server confirmed by name."""
        return len(self._acknowledged)

    @property
    def unanswered(self) -> tuple[str, ...]:
        """Symbols asked for and not confirmed: refused without a name, or ignored."""
        return tuple(s for s in self._asked if s not in self._acknowledged)

    def want(self, symbols: Iterable[str]) -> None:
        """Make `symbols` the wanted set; commands follow where the two sides differ.

        Raises:
            ValueError: a symbol would not survive the wire (a comma, `*`, a control character).
        """
        wanted = dict.fromkeys(symbols)
        new = [s for s in wanted if s not in self._wanted]
        if bad := [s for s in new if not is_symbol(s)]:
            raise ValueError(f"not a symbol: {clean(bad[0], 40)}")
        self._wanted = wanted
        if self.stage is Stage.READY:
            self._reconcile()

    def commands(self) -> list[bytes]:
        """Return, once, the messages to send now, in order."""
        commands, self._commands = self._commands, []
        return commands

    def receive(self, frame: str | bytes) -> Received:
        """Take one frame as the socket gave it and return what it held."""
        elements, broken = decode(frame)
        received = Received(size=len(frame))
        if broken:
            received.rejects.extend([Reject("json", self._shown(frame))] * broken)
        ticks, source = received.ticks, self._source
        for element in elements:
            if type(element) is not dict:
                self._reject("no event", element, received)
                continue
            try:
                event = element["ev"]
                reader = EVENTS.get(event)
                if reader is not None:
                    ticks.append(reader(element, source))
                    continue
            except Malformed as error:
                self._reject(str(error), element, received)
                continue
            except (TypeError, KeyError):
                self._reject("no event", element, received)
                continue
            self._other(event, element, received)
        return received

    def _other(self, event: object, element: Any, received: Received) -> None:
        if event == "status":
            received.statuses.append(self._status(element))
        elif isinstance(event, str):
            received.unknown.append(self._shown(event, 40))
        else:
            self._reject("no event", element, received)

    def _reject(self, reason: str, element: object, received: Received) -> None:
        """Count an element; a frame with millions of bad ones shows a few of them."""
        rejects = received.rejects
        enough = len(rejects) >= SAMPLES_PER_FRAME
        rejects.append(_unshown(reason) if enough else Reject(reason, self._shown(element)))

    def _status(self, element: dict[str, Any]) -> Status:
        name, message = element.get("status", ""), _text(element.get("message", ""))
        status = Status(self._shown(name, 60), self._shown(message))
        if self.stage in (Stage.REFUSED, Stage.CAPPED, Stage.ENDED):
            return status  # the first refusal stands, whatever follows it
        match name:
            case "connected" if self.stage is Stage.GREETING:
                self.stage = Stage.AUTHENTICATING
                self._send("auth", self._key)
            case "auth_success" if self.stage is Stage.AUTHENTICATING:
                self.stage = Stage.READY
                self._reconcile()
            case "auth_failed":
                self._end(Stage.REFUSED, status.message)
            case "max_connections":
                self._end(Stage.CAPPED, status.message)
            case "end_of_recording" if self.stage is Stage.READY:
                self._end(Stage.ENDED, status.message)
            case "success":
                self._acknowledge(message)
            case "error" if "not authorized" in message.lower():
                self.refused += 1
            case "auth_timeout" | "slow_consumer" | "force_disconnect":
                self.reason = f"{status.status}: {status.message}"
        return status

    def _end(self, stage: Stage, reason: str) -> None:
        self.stage = stage
        self.reason = reason
        self._commands.clear()

    def _acknowledge(self, message: str) -> None:
        """Take `subscribed to: A.BRK.B` or `unsubscribed to: A.BRK.B`."""
        verb, _, token = message.partition(" to: ")
        channel, _, symbol = token.strip().partition(".")
        if channel != CHANNEL:
            return
        if verb == "subscribed" and symbol in self._asked:
            self._acknowledged.add(symbol)
        elif verb == "unsubscribed" and symbol not in self._asked:
            self._acknowledged.discard(symbol)

    def _reconcile(self) -> None:
        """Ask for what is wanted and not asked for, give back what is no longer wanted."""
        new = [s for s in self._wanted if s not in self._asked]
        gone = [s for s in self._asked if s not in self._wanted]
        self._asked = self._wanted
        self._acknowledged.difference_update(gone)
        for chunk in _chunks(new):
            self._send("subscribe", ",".join(f"{CHANNEL}.{s}" for s in chunk))
        for chunk in _chunks(gone):
            self._send("unsubscribe", ",".join(f"{CHANNEL}.{s}" for s in chunk))

    def _send(self, action: str, params: str) -> None:
        self._commands.append(orjson.dumps({"action": action, "params": params}))

    def _shown(self, value: object, limit: int = 200) -> str:
        """Return text from the peer as it may be shown: sanitised, and never with the key."""
        # Before anything is cut off: half a key is a secret too.
        return clean(redact(_text(value), self._key), limit)


@cache
def _unshown(reason: str) -> Reject:
    return Reject(reason, "")


def _text(value: object) -> str:
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    try:
        return str(value)
    except RecursionError:
        return "nested too deeply"


def _chunks(symbols: Iterable[str]) -> Iterator[list[str]]:
    rest = iter(symbols)
    while chunk := list(islice(rest, SYMBOLS_PER_COMMAND)):
        yield chunk
