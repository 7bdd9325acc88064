"""Patterns and indicators of one symbol and timeframe, bar by bar, each at O(1) a bar.

TA-Lib's handles do the work: what they say of a bar is bit for bit what its batch functions say.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache, partial
from math import isfinite
from typing import Any, Generic, NamedTuple, Protocol, TypeAlias, TypeVar

import numpy
from numpy.typing import NDArray
from talib import (  # type: ignore[attr-defined]  # its list of exports is no literal
    InsufficientHistory,
    stream,
)

from tickterm.analytics.indicators import INDICATORS, VWAP, Indicator, SessionVwap
from tickterm.analytics.talib_patterns import CandlePattern
from tickterm.market.bars import Bar
from tickterm.market.redis_events import Calculation, Detection, bar_data_of

__all__ = ["Findings", "Studies"]

S = TypeVar("S")
_Columns: TypeAlias = NDArray[numpy.float64]

_OHLC = slice(0, 4)
"""Of open, high, low, close and volume."""


class Findings(NamedTuple):
    """What one closed bar brought."""

    detections: list[Detection]
    """At most one of each pattern."""
    calculations: list[Calculation]
    """One of each indicator that has enough history and a finite value."""


class Studies:
    """All patterns and indicators of one symbol and timeframe.

    Each reports from the bar on for which it has enough history: patterns from the 3rd to the 15th,
    the MACD as the last one from the 34th. Which patterns are found does not depend on how many
    bars there were before those. Prices and volumes must be finite numbers.
    """

    __slots__ = ("_history", "_indicators", "_patterns", "_vwap")

    def __init__(self, patterns: Sequence[CandlePattern]) -> None:
        """Take the patterns to look for; indicators are always all calculated."""
        self._patterns = _Handles(_pattern_plans(tuple(patterns)))
        self._indicators = _Handles(_indicator_plans())
        self._history: list[Bar] = []
        """Kept until every handle is open."""
        self._vwap = SessionVwap()

    def warm(self, bars: Sequence[Bar], session: Bar | None = None) -> None:
        """Take what was before the first update, oldest first; nothing of it is reported.

        `session` is all that was traded in the session before that update, as one bar, for the
        VWAP where `bars` do not reach back to its beginning.
        """
        self._history += bars
        self._open()
        for bar in bars if session is None else (session,):
            self._vwap.update(bar)

    def update(self, bar: Bar) -> Findings:
        """Take the next closed bar; one that is not complete counts, but nothing is found on it."""
        ohlcv = _ohlcv(bar)
        signs = self._patterns.update(ohlcv)
        lines = self._indicators.update(ohlcv)
        if self._patterns.waiting or self._indicators.waiting:
            self._history.append(bar)
            more_signs, more_lines = self._open()
            signs += more_signs
            lines += more_lines
        vwap = self._vwap.update(bar)
        if not bar.complete:
            return Findings([], [])
        return Findings(
            [_detection(bar, pattern, sign) for pattern, sign in self._patterns.of(signs) if sign],
            _calculations(bar, self._indicators.of(lines), vwap),
        )

    def _open(self) -> tuple[list[int], list[Any]]:
        """Open the handles for which there is enough history by now; return their values."""
        rows = numpy.array([_ohlcv(bar) for bar in self._history], numpy.float64)
        columns = numpy.ascontiguousarray(rows.reshape(-1, 5).T)
        values = self._patterns.open(columns), self._indicators.open(columns)
        if not (self._patterns.waiting or self._indicators.waiting):
            self._history = []
        return values


class _Handle(Protocol):
    """One study of one symbol, as TA-Lib keeps it."""

    @property
    def value(self) -> Any: ...

    def update(self, *inputs: float) -> Any: ...


class _Plan(NamedTuple, Generic[S]):
    """How a study is done."""

    study: S
    needs: int
    """Bars of history for its first value."""
    inputs: slice
    """Which of open, high, low, close and volume it takes."""
    opens: Callable[..., _Handle]


class _Handles(Generic[S]):
    """The handles of some studies: of the first ones, as many as there is history for."""

    __slots__ = ("_handles", "_plans")

    def __init__(self, plans: tuple[_Plan[S], ...]) -> None:
        """Take how they are done, those that need the least history first."""
        self._plans = plans
        self._handles: list[_Handle] = []

    @property
    def waiting(self) -> bool:
        """Whether some need more history."""
        return len(self._handles) < len(self._plans)

    def update(self, ohlcv: tuple[float, ...]) -> list[Any]:
        """Return the values after one more bar."""
        return [
            handle.update(*ohlcv[plan.inputs])
            for plan, handle in zip(self._plans, self._handles, strict=False)
        ]

    def open(self, columns: _Columns) -> list[Any]:
        """Open more handles on the whole history; return their values at its last bar."""
        bars = columns.shape[1]
        ready = [plan for plan in self._plans[len(self._handles) :] if plan.needs <= bars]
        opened = [plan.opens(*columns[plan.inputs]) for plan in ready]
        self._handles += opened
        return [handle.value for handle in opened]

    def of(self, values: list[Any]) -> Iterable[tuple[S, Any]]:
        """Return each study with its value."""
        return zip((plan.study for plan in self._plans), values, strict=False)


@lru_cache(maxsize=16)
def _pattern_plans(patterns: tuple[CandlePattern, ...]) -> tuple[_Plan[CandlePattern], ...]:
    return _sorted(_plan(pattern, pattern.function, _OHLC, {}) for pattern in patterns)


@lru_cache(maxsize=1)
def _indicator_plans() -> tuple[_Plan[Indicator], ...]:
    return _sorted(_plan(each, each.function, each.inputs, each.parameters) for each in INDICATORS)


def _sorted(plans: Iterable[_Plan[S]]) -> tuple[_Plan[S], ...]:
    return tuple(sorted(plans, key=lambda plan: plan.needs))


def _plan(study: S, function: str, inputs: slice, parameters: Mapping[str, float]) -> _Plan[S]:
    opens = partial(getattr(stream, function), **parameters)
    return _Plan(study, _needs(opens, inputs), inputs, opens)


def _needs(opens: Callable[..., _Handle], inputs: slice) -> int:
    """Return how many bars a study needs, by trying: some need more than TA-Lib says."""
    bars = 1
    while True:
        try:
            opens(*numpy.ones((5, bars))[inputs])
        except InsufficientHistory:
            bars += 1
        else:
            return bars


def _ohlcv(bar: Bar) -> tuple[float, float, float, float, float]:
    return bar.open, bar.high, bar.low, bar.close, bar.volume


def _detection(bar: Bar, pattern: CandlePattern, value: int) -> Detection:
    return Detection(
        bar.symbol,
        pattern.name,
        pattern.confidence(value),
        pattern.direction(value),
        bar.start,
        bar.timeframe,
        bar_data_of(bar),
    )


def _calculations(
    bar: Bar, found: Iterable[tuple[Indicator, Any]], vwap: float | None
) -> list[Calculation]:
    calculations = []
    for indicator, value in found:
        outputs = value if isinstance(value, tuple) else (value,)
        lines = {line: outputs[number] for line, number in indicator.lines.items()}
        if all(map(isfinite, lines.values())):
            calculations.append(_calculation(bar, indicator.name, lines))
    if vwap is not None:
        calculations.append(_calculation(bar, VWAP, {"vwap": vwap}))
    return calculations


def _calculation(bar: Bar, indicator: str, lines: dict[str, float]) -> Calculation:
    first = next(iter(lines.values()))
    return Calculation(bar.symbol, indicator, first, lines, bar.start, bar.timeframe)
