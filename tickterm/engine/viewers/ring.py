"""Ring: the newest ticks by number, for viewers that were away or are slow."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection, Iterator
from functools import cached_property
from itertools import chain

from tickterm.engine.batch import Batch

__all__ = ["Ring", "Span"]


class Span:
    """The ticks `first` to `last`; a filter of None lets every symbol through."""

    def __init__(self, first: int) -> None:
        self.first = first
        self.symbols: list[str] = []
        self.payloads: list[bytes] = []
        self._starts: list[int] = []
        self._received: list[float] = []

    @property
    def last(self) -> int:
        """Number of the newest tick; `first` - 1 where there is none."""
        return self.first + len(self.payloads) - 1

    def add(self, batch: Batch, start: int, end: int | None) -> None:
        """Take the ticks of `batch` from place `start` to before place `end`."""
        self._starts.append(self.last + 1)
        self._received.append(batch.received)
        self.symbols += batch.symbols[start:end]
        self.payloads += batch.payloads[start:end]

    def payload(self, number: int) -> bytes:
        """Return the JSON of a tick."""
        return self.payloads[number - self.first]

    def received(self, number: int) -> float:
        """Return when a tick came from the feed, monotonic seconds."""
        return self._received[bisect_right(self._starts, number) - 1]

    def wanted(self, after: int, symbols: Collection[str] | None) -> list[int]:
        """Return the numbers of the ticks after `after` that a filter lets through."""
        if symbols is None:
            return list(range(max(after + 1, self.first), self.last + 1))
        found = self._numbers_of(symbols)
        return sorted(chain.from_iterable(ns[bisect_right(ns, after) :] for ns in found))

    def newest(self, after: int, symbols: Collection[str] | None) -> list[int]:
        """Return, of those, the newest of each symbol."""
        return sorted(ns[-1] for ns in self._numbers_of(symbols) if ns[-1] > after)

    def count(self, after: int, symbols: Collection[str] | None) -> int:
        """Return how many `wanted` returns."""
        return sum(len(ns) - bisect_right(ns, after) for ns in self._numbers_of(symbols))

    def _numbers_of(self, symbols: Collection[str] | None) -> list[list[int]]:
        if symbols is None:
            return list(self._numbers.values())
        if len(symbols) < len(self._numbers):
            return [self._numbers[symbol] for symbol in symbols if symbol in self._numbers]
        return [numbers for symbol, numbers in self._numbers.items() if symbol in symbols]

    @cached_property
    def _numbers(self) -> dict[str, list[int]]:
        """Symbol -> the numbers of its ticks, rising; made once for all viewers with a filter."""
        numbers: dict[str, list[int]] = {}
        for number, symbol in enumerate(self.symbols, self.first):
            numbers.setdefault(symbol, []).append(number)
        return numbers


class Ring:
    """Numbers every tick from 1 and keeps the newest `capacity` of them, in whole batches."""

    def __init__(self, capacity: int = 100_000) -> None:
        self._capacity = capacity
        self._firsts: list[int] = []
        self._batches: list[Batch] = []
        self._gone = 0
        """Batches at the start of the lists that are dropped already."""
        self.last = 0
        """Number of the newest tick; 0 before the first."""
        self.oldest = 1
        """Number of the oldest tick that is kept; `last` + 1 where none is."""

    def append(self, batch: Batch) -> None:
        """Number and keep the ticks of `batch`; the oldest go."""
        if not batch.payloads:
            return
        self._firsts.append(self.last + 1)
        self._batches.append(batch)
        self.last += len(batch.payloads)
        while self._gone < len(self._firsts) - 1 and self._spare() >= self._capacity:
            self._gone += 1
        self.oldest = self._firsts[self._gone]
        self._trim()

    def after(self, position: int, limit: int) -> Span:
        """Return the ticks after number `position`, at most `limit`.

        Raises:
            LookupError: the ring no longer has them all.
        """
        if position + 1 < self.oldest:
            raise LookupError(position)
        span = Span(position + 1)
        end = min(position + limit, self.last)
        index = bisect_right(self._firsts, position + 1) - 1
        while span.last < end:
            start = span.last + 1 - self._firsts[index]
            span.add(self._batches[index], start, end + 1 - self._firsts[index])
            index += 1
        return span

    def newest_of(self, symbol: str) -> Iterator[bytes]:
        """Yield the JSON of all ticks of a symbol, newest first."""
        for index in range(len(self._batches) - 1, self._gone - 1, -1):
            batch = self._batches[index]
            if symbol in batch.symbols:
                places = [place for place, one in enumerate(batch.symbols) if one == symbol]
                yield from (batch.payloads[place] for place in reversed(places))

    def _spare(self) -> int:
        """Return how many ticks would be left without the oldest batch."""
        return self.last + 1 - self._firsts[self._gone + 1]

    def _trim(self) -> None:
        """Free dropped batches; the lists shrink now and then, not each time."""
        for index in range(self._gone - 1, -1, -1):
            if self._batches[index] is _EMPTY:
                break
            self._batches[index] = _EMPTY
        if self._gone > 1024 and self._gone * 2 > len(self._firsts):
            del self._firsts[: self._gone], self._batches[: self._gone]
            self._gone = 0


_EMPTY = Batch([], [], 0.0)
