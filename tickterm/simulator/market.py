"""A made-up market: per-second bars that look like the feed's; pure and deterministic."""

from __future__ import annotations

from collections.abc import Iterable
from math import exp, log
from random import Random
from typing import TypeAlias

from tickterm.market.hours import Session
from tickterm.market.state import trading_day
from tickterm.simulator.prices import TYPICAL_PRICES

__all__ = ["Bar", "Market"]

Bar: TypeAlias = dict[str, str | int | float]
"""One `A` event: the keys of the wire, in its order."""

MOST = 50_000
"""Instruments that are remembered: whoever asks for more and more begins some of them anew."""
_QUIET_SESSION = 0.12
"""Before 09:30 and after 16:00 this share of the regular bars and volume remains."""
_LEAST_PRICE = 0.05
_LARGEST_PRINT = 300.0
"""A second never trades more than this many times its typical volume."""


class Market:
    """The instruments that were ever asked for, each on its own random walk.

    The same seed and the same questions give the same bars, in every process.
    """

    def __init__(self, seed: int = 0) -> None:
        self._seed = seed
        self._instruments: dict[str, _Instrument] = {}

    def bars(
        self,
        symbols: Iterable[str],
        second: int,
        session: Session = Session.REGULAR,
        *,
        quiet: bool = True,
    ) -> list[Bar]:
        """Return the bars of `second` (seconds UTC), without those of symbols that were quiet.

        Asking again for the newest second of a symbol gives the same bar. `quiet=False` gives every
        symbol a bar; an instrument's very first second is never quiet either.
        """
        if session is Session.CLOSED:
            return []
        bars: list[Bar] = []
        for symbol in symbols:
            instrument = self._instruments.get(symbol)
            if instrument is None:
                if len(self._instruments) >= MOST:
                    del self._instruments[next(iter(self._instruments))]
                instrument = _Instrument(symbol, self._seed)
                self._instruments[symbol] = instrument
            bar = instrument.bar(second, session, quiet=quiet)
            if bar is not None:
                bars.append(bar)
        return bars


class _Instrument:
    """One symbol: a geometric random walk, a liquidity of its own, the day's totals."""

    __slots__ = (
        "_activity",
        "_bar",
        "_day",
        "_fraction",
        "_lot",
        "_notional",
        "_open",
        "_price",
        "_random",
        "_second",
        "_symbol",
        "_volatility",
        "_volume",
    )

    def __init__(self, symbol: str, seed: int) -> None:
        # A str seed is hashed with SHA-512, which is the same in every process; hash() is not.
        rng = self._random = Random(f"{seed}:{symbol}")  # noqa: S311 - prices are no secrets
        self._symbol = symbol
        known = TYPICAL_PRICES.get(symbol)
        typical = known or exp(rng.gauss(log(70.0), 0.8))
        self._open: float | None = _rounded(typical * (1 + rng.gauss(0, 0.01)))
        self._price = self._open * (1 + rng.gauss(0, 0.008))
        self._volatility = rng.uniform(1e-4, 3e-4)
        liquidity = rng.uniform(0.6 if known else 0.0, 1.0)
        self._activity = 0.3 + 0.69 * liquidity
        self._lot = 40.0 * exp(4.0 * liquidity)
        self._volume = int(self._lot * rng.uniform(2e3, 2e4))
        self._notional = self._volume * (self._open + self._price) / 2
        self._fraction = rng.random()
        self._day: int | None = None
        self._second: int | None = None
        self._bar: Bar | None = None

    def bar(self, second: int, session: Session, *, quiet: bool) -> Bar | None:
        """Return the bar of `second`, or None where nothing traded."""
        first = self._second is None
        if second != self._second:
            self._second, self._bar = second, None
            self._begin_day(trading_day(second * 1000))
            if not first and self._is_quiet(session):
                # Odd lots trade without a bar: the day's volume grows by more than its bars.
                self._count(self._random.randrange(3), self._price)
            else:
                self._bar = self._trade(second, session)
        if self._bar is None and not quiet:
            self._bar = self._trade(second, session)
        return self._bar

    def _begin_day(self, day: int) -> None:
        if self._day is not None and day != self._day:
            self._volume, self._notional, self._open = 0, 0.0, None
        self._day = day

    def _is_quiet(self, session: Session) -> bool:
        share = 1.0 if session is Session.REGULAR else _QUIET_SESSION
        return self._random.random() >= self._activity * share

    def _trade(self, second: int, session: Session) -> Bar:
        regular = session is Session.REGULAR
        bar: Bar = {"ev": "A", "sym": self._symbol}
        opening, high, low, close = self._walk()
        volume, trades = self._print_volume(1.0 if regular else _QUIET_SESSION)
        average = round(low + (high - low) * self._random.random(), 4)
        self._count(volume, average)
        bar["v"], bar["av"] = volume, self._volume
        if regular:
            self._open = self._open or opening
            bar["op"] = self._open
        bar["vw"], bar["o"], bar["c"], bar["h"], bar["l"] = average, opening, close, high, low
        bar["a"] = round(self._notional / self._volume, 4)
        bar["z"] = volume // trades
        bar["s"], bar["e"] = second * 1000, second * 1000 + 1000
        bar["dv"], bar["dav"] = f"{volume}.0", f"{self._volume + self._fraction:.6f}"
        return bar

    def _count(self, volume: int, price: float) -> None:
        self._volume += volume
        self._notional += volume * price

    def _walk(self) -> tuple[float, float, float, float]:
        gauss, step = self._random.gauss, self._volatility
        start = self._price * (1 + gauss(0, step / 4))
        self._price = max(start * (1 + gauss(0, step)), _LEAST_PRICE)
        top, bottom = max(start, self._price), min(start, self._price)
        high = top * (1 + abs(gauss(0, step / 3)))
        low = bottom * (1 - abs(gauss(0, step / 3)))
        return _rounded(start), _rounded(high), _rounded(low), _rounded(self._price)

    def _print_volume(self, share: float) -> tuple[int, int]:
        burst = min(self._random.paretovariate(1.3), _LARGEST_PRINT)
        volume = max(1, int(self._lot * share * burst * self._random.random()))
        return volume, max(1, int(volume / self._random.uniform(40, 120)))


def _rounded(price: float) -> float:
    return round(price, 2 if price >= 1 else 4)
