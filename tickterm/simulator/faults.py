"""Faults on demand: what the simulated server does wrong, and the words that ask for it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from math import isfinite
from types import MappingProxyType
from typing import Any, NamedTuple

from tickterm.errors import SettingsError
from tickterm.market.text import clean

__all__ = ["FAULTS", "FaultKind", "Faults", "parse_faults"]


@dataclass(frozen=True, slots=True)
class Faults:
    """What goes wrong; every time, on every connection. Seconds count from the first data."""

    bad_key: bool = False
    """Every key is answered by `authentication failed` and an abort."""
    no_plan: bool = False
    """Every key is answered by `Your plan doesn't include websocket access.` and an abort."""
    auth_timeout: float | None = None
    """Deaf to every message; `auth_timeout` and close 1008 after so many seconds."""
    cap: float | None = None
    """Evicted by `max_connections` and 1008 so many seconds after the first acknowledgement."""
    cap_newcomer: float | None = None
    """Of too many connections with one key the newest is evicted so, instead of the oldest."""
    accept_and_drop: bool = False
    """The opening handshake succeeds, then the connection is aborted."""
    drop: float | None = None
    """Aborted without a close frame."""
    close: tuple[int, float] | None = None
    """Closed with this code after so many seconds."""
    stall: float | None = None
    """Silent from then on: no data, no answers, no pongs; the connection stays open."""
    mute: float | None = None
    """No more data; control messages and pings are still answered."""
    duplicates: bool = False
    """Seconds already sent come again with changed `v vw h l c`."""
    odd_numbers: bool = False
    """Legal but unusual bars: `z` 12.5, `v` 12.0, optional keys missing, unknown keys and `ev`."""
    junk: bool = False
    """Frames and elements that break the protocol, between good ones."""
    hostile: bool = False
    """Terminal escapes and markup in a status message and in a symbol."""


class FaultKind(NamedTuple):
    """How one fault is asked for."""

    field: str
    parse: Callable[[str], Any] | None
    """Reads VALUE; None where the fault takes none. Raises ValueError."""
    default: object
    """The field's value when VALUE is left out; None where VALUE is needed."""
    example: str


def parse_faults(words: Iterable[str]) -> Faults:
    """Return the faults that `NAME` or `NAME=VALUE` words ask for; raises SettingsError."""
    wanted: dict[str, Any] = {}
    for word in words:
        name, given, value = word.strip().partition("=")
        kind = FAULTS.get(name)
        if kind is None:
            raise SettingsError(_unknown(name))
        wanted[kind.field] = _value(name, kind, value if given else None)
    return Faults(**wanted)


def _value(name: str, kind: FaultKind, value: str | None) -> object:
    if value is None and kind.default is not None:
        return kind.default
    if kind.parse is not None and value is not None:
        try:
            return kind.parse(value)
        except ValueError:
            pass
    asked = name if value is None else f"{name}={clean(value, 40)}"
    raise SettingsError(f"fault {asked!r} cannot be read; write it like {kind.example!r}")


def _unknown(name: str) -> str:
    near = get_close_matches(name, FAULTS, n=1)
    guess = f"; did you mean {near[0]!r}?" if near else "."
    return f"there is no fault {clean(name, 40)!r}{guess} The faults are: {', '.join(FAULTS)}"


def _seconds(text: str) -> float:
    seconds = float(text)
    if not isfinite(seconds) or seconds < 0:
        raise ValueError(text)
    return seconds


def _close(text: str) -> tuple[int, float]:
    code, _, after = text.partition("@")
    number = int(code)
    if number not in _CLOSE_CODES and not 3000 <= number <= 4999:
        raise ValueError(text)
    return number, _seconds(after) if after else 1.0


_CLOSE_CODES = frozenset({1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014})
"""Those below 3000 that may travel in a close frame (RFC 6455, section 7.4)."""

FAULTS: Mapping[str, FaultKind] = MappingProxyType(
    {
        "bad-key": FaultKind("bad_key", None, True, "bad-key"),
        "no-plan": FaultKind("no_plan", None, True, "no-plan"),
        "auth-timeout": FaultKind("auth_timeout", _seconds, 10.0, "auth-timeout=10"),
        "cap": FaultKind("cap", _seconds, 1.0, "cap=1"),
        "cap-newcomer": FaultKind("cap_newcomer", _seconds, 1.0, "cap-newcomer=1"),
        "accept-and-drop": FaultKind("accept_and_drop", None, True, "accept-and-drop"),
        "drop": FaultKind("drop", _seconds, None, "drop=5"),
        "close": FaultKind("close", _close, None, "close=1001@5"),
        "stall": FaultKind("stall", _seconds, None, "stall=5"),
        "mute": FaultKind("mute", _seconds, None, "mute=5"),
        "duplicates": FaultKind("duplicates", None, True, "duplicates"),
        "odd-numbers": FaultKind("odd_numbers", None, True, "odd-numbers"),
        "junk": FaultKind("junk", None, True, "junk"),
        "hostile": FaultKind("hostile", None, True, "hostile"),
    }
)
"""Name -> how to ask for it."""
