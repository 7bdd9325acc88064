"""StudyBook: the studies of every symbol and timeframe of a partition, warmed up from the table."""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Protocol

from tickterm.analytics.studies import Findings, Studies
from tickterm.analytics.talib_patterns import CandlePattern
from tickterm.errors import TickTermError
from tickterm.market.bars import Bar
from tickterm.market.timeframe import Timeframe

__all__ = ["History", "StudyBook", "open_parts"]

log = logging.getLogger("tickterm.analytics")

WARM_UP = 200
"""Bars of history: patterns need fifteen; indicators that never quite forget are right to some
digits after these."""

_NOTHING = Findings([], [])


class History(Protocol):
    """What is needed of the table of bars; all may raise TickTermError."""

    async def before(
        self, timeframe: Timeframe, start_of: Mapping[str, int], newest: int
    ) -> dict[str, list[Bar]]:
        """Return the newest bars of each symbol that begin before its instant."""

    async def merged(
        self, timeframe: Timeframe, start_of: Mapping[str, int], since: int
    ) -> dict[str, Bar]:
        """Return as one bar what each symbol's bars hold from `since` to before its instant."""


class StudyBook:
    """Studies by timeframe and symbol."""

    def __init__(
        self,
        timeframes: Collection[Timeframe],
        patterns: Sequence[CandlePattern],
        history: History,
    ) -> None:
        """Take the timeframes to study and the patterns to look for."""
        self._patterns = tuple(patterns)
        self._history = history
        self._studies: dict[Timeframe, dict[str, Studies]] = {frame: {} for frame in timeframes}
        self.reason = ""
        """Why some symbols have no history yet, and so are not studied; else empty."""

    def forget(self) -> None:
        """Drop all: another session begins."""
        for studies in self._studies.values():
            studies.clear()

    async def meet(self, bars: Iterable[Bar]) -> None:
        """Give those that are here for the first time their history.

        Without the table they stay unknown, and nothing is found on their bars: what would be
        found without a history could be wrong.
        """
        new: dict[Timeframe, dict[str, int]] = {}
        for bar in bars:
            known = self._studies.get(bar.timeframe)
            if known is not None and bar.symbol not in known:
                new.setdefault(bar.timeframe, {}).setdefault(bar.symbol, bar.start)
        try:
            for timeframe, start_of in new.items():
                await self._warm(timeframe, start_of)
            self.reason = ""
        except TickTermError as error:
            if not self.reason:
                log.warning("symbols without history are not studied: %s", error)
            self.reason = str(error)

    def study(self, bar: Bar) -> Findings:
        """Take the next closed bar of its symbol and return what it brought."""
        studies = self._studies.get(bar.timeframe, {}).get(bar.symbol)
        return _NOTHING if studies is None else studies.update(bar)

    async def _warm(self, timeframe: Timeframe, start_of: dict[str, int]) -> None:
        histories = await self._history.before(timeframe, start_of, WARM_UP)
        sessions: dict[str, Bar] = {}
        session = Timeframe.D1.period(min(start_of.values()))
        if session is not None and timeframe is not Timeframe.D1:
            sessions = await self._history.merged(timeframe, start_of, session[0])
        for symbol in start_of:
            studies = Studies(self._patterns)
            studies.warm(histories.get(symbol, []), sessions.get(symbol))
            self._studies[timeframe][symbol] = studies


async def open_parts(
    history: History, timeframes: Collection[Timeframe], symbols: Sequence[str], instant: int
) -> list[Bar]:
    """Return the parts of all longer bars that were open at `instant`, ms UTC.

    One part of each symbol for the session so far up to this hour, for this hour up to this
    quarter, and so on: each part is one of every longer bar around it.

    Raises:
        TickTermError: the table is not to be had.
    """
    longer = [
        frame for frame in reversed(Timeframe) if frame in timeframes and not frame.from_ticks
    ]
    periods = [period for frame in longer if (period := frame.period(instant)) is not None]
    edges = [start for start, _ in periods] + [instant]
    parts: list[Bar] = []
    for since, until in pairwise(edges):
        if since < until and symbols:
            found = await history.merged(Timeframe.M1, dict.fromkeys(symbols, until), since)
            parts += found.values()
    return parts
