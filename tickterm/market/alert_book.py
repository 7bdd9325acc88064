"""AlertBook: which of the rules happen, judged tick by tick.

A rule without anything to judge costs nothing, a tick of a symbol without rules one look-up. Ticks
have the feed's own time. Silence is measured by a clock that the caller gives, in ms.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from typing import Final, NamedTuple

from tickterm.market.alert_volume import VolumeWindow
from tickterm.market.alerts import AlertKind, AlertRule, duration_text
from tickterm.market.state import REVISED_WITHIN_MS
from tickterm.market.ticks import TickData

__all__ = ["AlertBook", "Happening"]

NEAR: Final = 1e-9
"""What binary fractions may miss of a move or a factor that was reached exactly."""
_NEVER = float("inf")


class Happening(NamedTuple):
    """A rule whose condition has come true."""

    rule: AlertRule
    text: str
    """In words, the symbol first."""
    price: float | None
    """Dollars; None where the symbol has none yet."""


class AlertBook:
    """The rules of the symbols that are watched, and what must be known to judge them."""

    def __init__(self) -> None:
        self._rules: tuple[AlertRule, ...] = ()
        self._symbols: frozenset[str] = frozenset()
        self._judges: dict[int, _Judge] = {}
        """Rule's id -> its judge, of symbols that are watched."""
        self._by_symbol: dict[str, list[_Judge]] = {}
        self._silences: list[_Silence] = []
        self._due = _NEVER
        """When the first silence may be long enough, on the clock, ms."""

    @property
    def judges_silence(self) -> bool:
        """Whether the clock matters at all."""
        return bool(self._silences)

    def set(
        self,
        rules: Sequence[AlertRule],
        symbols: Iterable[str],
        price_of: Callable[[str], float | None],
        clock: float,
    ) -> None:
        """Judge exactly `rules`, of them those of the watched `symbols`; known ones go on.

        A price that is beyond a level already when its rule begins has not passed it: `price_of`
        gives the newest price of a symbol, dollars. `clock`: ms.
        """
        self._rules, self._symbols = tuple(rules), frozenset(symbols)
        before, self._judges = self._judges, {}
        for rule in self._rules:
            if rule.symbol in self._symbols:
                judge = before.get(rule.id)
                if judge is None or judge.rule != rule:
                    judge = _JUDGES[rule.kind](rule, price_of(rule.symbol), clock)
                self._judges[rule.id] = judge
        self._by_symbol = {}
        for judge in self._judges.values():
            self._by_symbol.setdefault(judge.rule.symbol, []).append(judge)
        self._silences = [j for j in self._judges.values() if isinstance(j, _Silence)]
        self._due = 0.0 if self._silences else _NEVER

    def take(self, ticks: Iterable[TickData], clock: float) -> list[Happening]:
        """Take ticks that were received at `clock` (ms); return what happens by them."""
        happenings: list[Happening] = []
        by_symbol = self._by_symbol
        if by_symbol:
            for tick in ticks:
                judges = by_symbol.get(tick.ticker)
                if judges is not None:
                    for judge in judges:
                        text = judge.take(tick, clock)
                        if text:
                            happenings.append(Happening(judge.rule, text, tick.price))
        return happenings

    def look(self, clock: float) -> list[Happening]:
        """Return which symbols have been silent for too long at `clock` (ms)."""
        if clock < self._due:
            return []
        happenings = [
            Happening(silence.rule, text, silence.price)
            for silence in self._silences
            if (text := silence.look(clock))
        ]
        self._due = min((silence.earliest(clock) for silence in self._silences), default=_NEVER)
        return happenings

    def wake(self, clock: float) -> None:
        """Let silence count from `clock` (ms) on: before it nothing could be heard."""
        for silence in self._silences:
            silence.heard = clock
        self._due = 0.0 if self._silences else _NEVER

    def interrupt(self) -> None:
        """Know that ticks are missing: moves and volumes are not judged over that."""
        for judge in self._judges.values():
            judge.interrupt()


class _Judge:
    """What is known for one rule."""

    __slots__ = ("_fired_at", "_newest", "rule")

    def __init__(self, rule: AlertRule, price: float | None, clock: float) -> None:
        del price, clock
        self.rule = rule
        self._newest = 0
        """Time of the newest tick, ms UTC."""
        self._fired_at: float | None = None

    def take(self, tick: TickData, clock: float) -> str:  # noqa: ARG002 - silence needs the clock
        """Take a tick; return what happens by it, in words, or nothing.

        A late tick, which revises the past, says nothing of the present. One that is older than any
        revision begins anew.
        """
        at, before = tick.timestamp, self._newest
        if at < before:
            if before - at <= REVISED_WITHIN_MS:
                return ""
            self._fired_at = None
            self.interrupt()
        self._newest = at
        text = self._judge(tick, at, before)
        return text if text and self._may_fire(at) else ""

    def interrupt(self) -> None:
        """Forget what must not be compared with what comes."""

    def _judge(self, tick: TickData, at: int, before: int) -> str:
        """Take a tick that is not late; `at` is its time, `before` that of the one before, ms UTC:
        where both are the same it revises that one."""
        raise NotImplementedError

    def _may_fire(self, now: float) -> bool:
        """Say, at `now` in ms, whether the rule is not cooling down; what happens then is lost."""
        if self._fired_at is not None and now - self._fired_at < self.rule.cooldown * 1000:
            return False
        self._fired_at = now
        return True


class _Crossing(_Judge):
    """The price against a level: it fires when it passes it, not when it touches it."""

    __slots__ = ("_crossed_at", "_is_beyond", "_was_beyond")

    def __init__(self, rule: AlertRule, price: float | None, clock: float) -> None:
        super().__init__(rule, price, clock)
        self._is_beyond = price is None or self._beyond(price)  # of no price nobody knows
        self._was_beyond = self._is_beyond
        """At the end of the second before: its revisions are one passing, not several."""
        self._crossed_at = 0

    def interrupt(self) -> None:
        self._crossed_at = 0

    def _beyond(self, price: float) -> bool:
        if self.rule.kind is AlertKind.ABOVE:
            return price > self.rule.value
        return price < self.rule.value

    def _judge(self, tick: TickData, at: int, before: int) -> str:
        if at != before:
            self._was_beyond = self._is_beyond
        self._is_beyond = self._beyond(tick.price)
        if not self._is_beyond or self._was_beyond or self._crossed_at == at:
            return ""
        self._crossed_at = at
        rule = self.rule
        return f"{rule.symbol} {_dollars(tick.price)}: {rule.kind} {_dollars(rule.value)}"


class _Move(_Judge):
    """The price against its lowest and its highest of the window.

    Both are kept as the few seconds that can still matter, monotonic in price. After it has fired
    a move is measured from there on.
    """

    __slots__ = ("_down", "_highs", "_lows", "_up")

    def __init__(self, rule: AlertRule, price: float | None, clock: float) -> None:
        super().__init__(rule, price, clock)
        share = rule.value / 100 - NEAR
        self._up = 1 + share if rule.direction >= 0 else _NEVER
        self._down = 1 - share if rule.direction <= 0 else -1.0
        """What the lowest and the highest are multiplied with for the price that has moved by
        enough; of the way that does not matter, one that there is not."""
        self._lows: deque[tuple[int, float]] = deque()
        self._highs: deque[tuple[int, float]] = deque()

    def interrupt(self) -> None:
        self._lows.clear()
        self._highs.clear()

    def _judge(self, tick: TickData, at: int, before: int) -> str:  # noqa: ARG002 - all prices count
        second, price = at // 1000, tick.price
        lows, highs = self._lows, self._highs
        oldest = second - self.rule.window
        while lows and lows[0][0] < oldest:
            lows.popleft()
        while highs and highs[0][0] < oldest:
            highs.popleft()
        told = ""
        if lows and price >= lows[0][1] * self._up:
            told = self._words(lows[0][1], price)
        elif highs and price <= highs[0][1] * self._down:
            told = self._words(highs[0][1], price)
        if told:
            self.interrupt()
        while lows and lows[-1][1] >= price:
            lows.pop()
        if not lows or lows[-1][0] != second:
            lows.append((second, price))
        while highs and highs[-1][1] <= price:
            highs.pop()
        if not highs or highs[-1][0] != second:
            highs.append((second, price))
        return told

    def _words(self, origin: float, price: float) -> str:
        rule, percent = self.rule, (price / origin - 1) * 100
        way = "up" if percent > 0 else "down"
        told = f"{_dollars(origin)} to {_dollars(price)} within {duration_text(rule.window)}"
        return f"{rule.symbol} {way} {abs(percent):.2f}%: {told}"


class _Volume(_Judge):
    """The shares of the newest window against the average one; it fires when they become enough."""

    __slots__ = ("_factor", "_is_above", "_told", "_window")

    def __init__(self, rule: AlertRule, price: float | None, clock: float) -> None:
        super().__init__(rule, price, clock)
        self._factor = rule.value * (1 - NEAR)
        self._window = VolumeWindow(rule.window)
        self._told: float = 0
        """Shares that the newest second has brought so far."""
        self._is_above = False

    def interrupt(self) -> None:
        self._window = VolumeWindow(self.rule.window)
        self._is_above = False

    def _judge(self, tick: TickData, at: int, before: int) -> str:
        window, shares = self._window, tick.volume
        revises = at == before and tick.event_type != "trade"
        recent = window.add(at, shares - self._told if revises else shares)
        self._told, average = shares, window.average
        was_above, self._is_above = self._is_above, recent >= average * self._factor and average > 0
        if was_above or not self._is_above:
            return ""
        rule, within = self.rule, duration_text(self.rule.window)
        return (
            f"{rule.symbol} volume x{recent / average:.1f}: {recent:,.0f} shares within {within}, "
            f"{average:,.0f} on average"
        )


class _Silence(_Judge):
    """The time since the newest tick; it fires once until there is another."""

    __slots__ = ("heard", "is_told", "price")

    def __init__(self, rule: AlertRule, price: float | None, clock: float) -> None:
        super().__init__(rule, price, clock)
        self.heard = clock
        """When there was a tick, or when it was first listened for; on the clock, ms."""
        self.is_told = False
        self.price = price

    def earliest(self, clock: float) -> float:
        """Return when, at the earliest, it is to be told: ms, as of `clock`."""
        return (clock if self.is_told else self.heard) + self.rule.value * 1000

    def take(self, tick: TickData, clock: float) -> str:
        self.heard, self.is_told, self.price = clock, False, tick.price
        return ""

    def look(self, clock: float) -> str:
        """Return what is to be told at `clock`, or nothing."""
        if self.is_told or clock < self.earliest(clock):
            return ""
        self.is_told = True
        if not self._may_fire(clock):
            return ""
        return f"{self.rule.symbol} silent for {duration_text(self.rule.value)}"


_JUDGES: dict[AlertKind, Callable[[AlertRule, float | None, float], _Judge]] = {
    AlertKind.ABOVE: _Crossing,
    AlertKind.BELOW: _Crossing,
    AlertKind.MOVE: _Move,
    AlertKind.VOLUME: _Volume,
    AlertKind.STALE: _Silence,
}


def _dollars(price: float) -> str:
    return f"{price:,.2f}" if price >= 1 else f"{price:.4f}"
