"""Sessions of a screen with an engine, made by hand."""

from __future__ import annotations

from pathlib import Path

from tests.attach.messages import hello, part, status, wire
from tickterm.attach.address import Address
from tickterm.attach.session import Session

__all__ = ["LOCAL", "REMOTE", "STARTED", "Clock", "attach", "new_session", "texts"]

REMOTE = Address("ws://gw:8765")
LOCAL = Address("ws://127.0.0.1:8765", Path("/run/t.sock"))
STARTED = Address("ws://127.0.0.1:8765", Path("/run/t.sock"), started=True)


class Clock:
    """Seconds that pass only when told."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def new_session(clock: Clock | None = None, *, control: bool = False) -> Session:
    return Session("localhost", control=control, clock=clock or Clock(), wall=lambda: 1_000.0)


def attach(session: Session, address: Address = REMOTE, **changes: object) -> None:
    session.seek()
    session.find(address)
    session.greet(hello(**changes))
    session.take(part(wire("A"), wire("B")))
    session.take(status())


def texts(session: Session) -> list[str]:
    return [notice.text for notice in session.snapshot().notices]
