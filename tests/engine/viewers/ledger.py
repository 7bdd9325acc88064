"""What one viewer must have been told: holds every message against what the market did."""

from __future__ import annotations

from tests.engine.viewers.market import Market
from tickterm.market.contract import (
    EngineMessage,
    Filter,
    Hello,
    Position,
    SnapshotPart,
    Stream,
    Ticks,
    ViewerHello,
    Watched,
    WireRow,
)

__all__ = ["Ledger"]


class Ledger:
    """Follows a viewer of the stream `ticks`: no gap, no tick twice, none missing uncounted."""

    def __init__(self, market: Market, hello: ViewerHello) -> None:
        self._market = market
        self.symbols = None if hello.symbols is None else set(hello.symbols)
        self.last: int | None = None if hello.resume is None else hello.resume.seq
        """Number of the newest tick that the viewer knows of; None before it knows any."""
        self.epoch = ""
        self.recovered: bool | None = None
        self.got: list[int] = []
        """The numbers of all ticks, in the order of their coming."""
        self.conflated = 0
        self.missing = 0
        self.overtaken = False
        """Whether it was behind for longer than the ring, and so was sent a snapshot instead."""
        self.rows: dict[str, WireRow] = {}
        """Of the newest snapshot."""
        self._is_of_ticks = hello.stream is Stream.TICKS
        self._parts = 0

    @property
    def position(self) -> Position:
        """Where the viewer can resume."""
        assert self.last is not None
        return Position(self.epoch, self.last)

    def take(self, message: EngineMessage) -> None:
        """Take one message, and complain if it cannot be."""
        match message:
            case Hello():
                self._greet(message)
            case SnapshotPart():
                self._take_part(message)
            case Ticks():
                self._take_ticks(message)
            case Watched(symbols):
                self.rows = {name: row for name, row in self.rows.items() if name in symbols}
            case Filter(symbols):
                self.symbols = None if symbols is None else set(symbols)

    def settle(self) -> None:
        """Complain unless every tick that is missing was counted.

        Of what a filter would have let through while the ring ran away nobody knows the number.
        """
        if self.overtaken and self.symbols is not None:
            assert self.missing <= self.conflated
        else:
            assert self.missing == self.conflated

    def _greet(self, hello: Hello) -> None:
        self.epoch, self.recovered = hello.epoch, hello.recovered
        if not hello.recovered:
            self.last = None
        assert hello.oldest - 1 <= hello.seq <= self._market.last

    def _take_part(self, part: SnapshotPart) -> None:
        if part.part == 1:
            self.rows = {}
            if self.last is not None and self._is_of_ticks:
                assert part.seq == self.last, (
                    "a snapshot takes the viewer back, or leaves ticks out"
                )
            self.last = part.seq
        else:
            assert part.part == self._parts + 1
        self._parts = part.part
        for row in part.rows:
            assert self._wants(row.symbol)
            if row.price is not None or not self._market.forgot:
                assert row.price == self._newest(row.symbol, part.seq)
            self.rows[row.symbol] = row

    def _take_ticks(self, message: Ticks) -> None:
        assert self._is_of_ticks
        assert self.last is not None, "ticks before a snapshot"
        assert message.first == self.last + 1
        assert message.last >= message.first
        numbers = [int(tick.price) for tick in message.ticks]
        assert numbers == sorted(set(numbers)), "ticks out of order"
        assert all(message.first <= number <= message.last for number in numbers)
        for tick, number in zip(message.ticks, numbers, strict=True):
            assert tick.ticker == self._market.symbol_of[number]
            assert self._wants(tick.ticker)
        wanted = sum(
            self._wants(symbol)
            for symbol in self._market.symbol_of[message.first : message.last + 1]
        )
        self.missing += wanted - len(numbers)
        self.conflated += message.conflated
        self.overtaken |= message.conflated > 0 and not numbers
        self.got += numbers
        self.last = message.last

    def _wants(self, symbol: str) -> bool:
        return self.symbols is None or symbol in self.symbols

    def _newest(self, symbol: str, seq: int) -> float | None:
        for number in range(seq, 0, -1):
            if self._market.symbol_of[number] == symbol:
                return float(number)
        return None
