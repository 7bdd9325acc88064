"""TickProgress: how far a reader of the ticks has come, and what it has missed; no sockets."""

from __future__ import annotations

import time
from collections.abc import Callable

from tickterm.attach.bounds import bounded
from tickterm.market.contract import ContractError, Hello, Position, Ticks
from tickterm.market.text import clean

__all__ = ["TickProgress"]

TELL_EVERY = 1.0
"""Seconds between two lines about ticks that were left out; those in between are added up."""


class TickProgress:
    """Checks that messages continue each other, and tells of every tick that they leave out."""

    def __init__(
        self,
        tell: Callable[[str], None],
        *,
        filtered: bool,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Take what tells a person, and whether the engine counts ticks that nobody asked for."""
        self._tell = tell
        self._amount = "up to {:,} ticks" if filtered else "{:,} ticks"
        self._clock = clock
        self.position: Position | None = None
        """Where to go on after a lost connection; None before the first snapshot."""
        self.recovered = False
        """Whether this connection has begun exactly where the one before ended."""
        self._epoch = ""
        """The engine's run that this connection speaks of."""
        self._waits_for_look = True
        self._left_out = 0
        self._told_at = float("-inf")

    @property
    def is_set(self) -> bool:
        """Whether it is clear which ticks come next."""
        return not self._waits_for_look

    def greet(self, hello: Hello) -> None:
        """Take the engine's hello; unless it goes on where we were, a snapshot follows.

        Raises:
            ContractError: it goes on where we never were.
        """
        self._epoch = clean(hello.epoch, 64)
        self.recovered = bool(hello.recovered)
        self._waits_for_look = not self.recovered
        if self.recovered and (self.position is None or self.position.epoch != self._epoch):
            raise ContractError("a resumed stream that we never had")

    def look(self, seq: int) -> None:
        """Begin anew after tick `seq`: a snapshot.

        Raises:
            ContractError: ticks would be repeated.
        """
        before, self.position = self.position, Position(self._epoch, seq)
        self._waits_for_look = False
        if before is None:
            return
        if before.epoch != self._epoch:
            self._tell("the engine was started anew: nobody knows how many ticks were missed")
        elif seq < before.seq:
            self.position = before
            raise ContractError("a snapshot from the past")
        elif missed := seq - before.seq:
            told = self._amount.format(bounded(missed))
            self._tell(f"{told} were missed: the engine has them no more")

    def take(self, message: Ticks) -> None:
        """Take ticks, and what was left out among them.

        Raises:
            ContractError: they do not follow the ones before.
        """
        if self.position is None or self._waits_for_look:
            raise ContractError("ticks without a beginning")
        missed = message.first - self.position.seq - 1
        if missed < 0 or len(message.ticks) > message.last - message.first + 1:
            raise ContractError("ticks out of turn")
        self.position = Position(self._epoch, message.last)
        self._left_out += bounded(missed + message.conflated)
        if self._clock() - self._told_at >= TELL_EVERY:
            self.tell_rest()

    def tell_rest(self) -> None:
        """Tell of the ticks that were left out and not yet told of."""
        if self._left_out:
            told = self._amount.format(self._left_out)
            self._tell(f"{told} were left out: what reads this is too slow")
            self._left_out, self._told_at = 0, self._clock()
