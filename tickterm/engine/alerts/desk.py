"""AlertDesk: takes the rules that people make, judges them, and tells what has fired."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import TypeAlias, assert_never

from msgspec.structs import replace

from tickterm.engine.alerts.commands import AlertCommands, check_command, fields_of
from tickterm.engine.alerts.fired_log import FiredLog
from tickterm.engine.alerts.memory import AlertMemory
from tickterm.engine.alerts.road import AlertRoad
from tickterm.errors import SettingsError
from tickterm.market.alert_book import AlertBook, Happening
from tickterm.market.alerts import AlertKind, AlertRule, FiredAlert
from tickterm.market.calendar import is_loaded
from tickterm.market.contract import AddAlert, AlertWish, Answer, Error, RemoveAlert
from tickterm.market.hours import Session, session_at
from tickterm.market.redis_events import AlertFired
from tickterm.market.snapshot import AlertCounts, Feed
from tickterm.market.state import REVISED_WITHIN_MS
from tickterm.market.text import clean
from tickterm.market.ticks import TickData

__all__ = ["SHOWN", "AlertDesk"]

log = logging.getLogger("tickterm.alerts")

SHOWN = 200
"""Alerts that a snapshot carries."""
LEAP = 3_600_000
"""Ms over which a recording leaps where it has nothing, as from one day to the next."""
AWAY = 5.0
"""Seconds without a look after which it is we who were away, such as a machine that slept."""

Prices: TypeAlias = Callable[[str], float | None]


class AlertDesk:
    """All that the engine has to do with alerts. One thread; only the file is used on another.

    Silence is measured by our own clock; in a replay by the newest time that two frames agree on,
    at whatever speed it runs.
    """

    def __init__(
        self,
        feed: Feed,
        source: str,
        redis_url: str = "",
        path: Path | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        """Take what the ticks are, the URL of Redis (empty: none), the file, and the environment of
        commands; None: none."""
        self._feed = feed
        self._source = source
        self._book = AlertBook()
        self._publishes = bool(redis_url)
        self._road = AlertRoad(redis_url)
        self._commands = AlertCommands(environment or {})
        self._memory = AlertMemory(path, self._judge)
        self._rules = self._memory.rules
        self._symbols: frozenset[str] = frozenset()
        self._price_of: Prices = _no_price
        self._number = len(self._memory.fired)
        self._fired = 0
        self._frozen: tuple[FiredAlert, ...] | None = None
        self._log = FiredLog()
        self._looked = time.monotonic()
        self._replayed = self._frame = 0
        """The replay's clock and the time of its newest frame, ms UTC."""
        self._hears = False

    async def run(self) -> None:
        """Keep the rules, run commands, and tell Redis, until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._memory.run())
            tasks.create_task(self._commands.run())
            if self._publishes:
                tasks.create_task(self._road.run())

    async def drain(self, within: float = 1.0) -> None:
        """Return when Redis has what fired, or after so many seconds; the rest is told no more."""
        await self._road.drain(within)

    def close(self) -> None:
        """Keep what is not kept yet."""
        self._log.close()
        self._commands.log.close()
        self._memory.close()

    def watch(self, symbols: Collection[str], price_of: Prices) -> None:
        """Know exactly `symbols` from now on, and what gives the newest price of each."""
        self._symbols, self._price_of = frozenset(symbols), price_of
        self._judge()

    # -- what people wish ---------------------------------------------------------------------

    def obey(self, wish: AlertWish, here: bool = False) -> Answer | Error:
        """Do what somebody wishes; `here`: who is on this machine may have commands run on it."""
        try:
            match wish:
                case AddAlert(text):
                    return self._add(AlertRule.parse(text), here=here)
                case RemoveAlert(number):
                    return self._remove(number)
                case _:
                    assert_never(wish)
        except SettingsError as error:
            return Error("alert", str(error))

    def _add(self, rule: AlertRule, *, here: bool) -> Answer:
        if rule.command and not here:
            told = "commands are set only by tickterm alert add --command on the engine's machine"
            raise SettingsError(told)
        if rule.command:
            check_command(rule.command)
        rule = self._memory.add(self._meant(rule))
        self._judge()
        return self._answer(f"alert {rule.id}: {rule.without_command}{self._remark(rule)}", rule)

    def _meant(self, rule: AlertRule) -> AlertRule:
        """Return a rule on the symbol that is watched, where only in capitals it is."""
        symbol = rule.symbol.upper()
        is_meant = rule.symbol not in self._symbols and symbol in self._symbols
        return replace(rule, symbol=symbol) if is_meant else rule

    def _remark(self, rule: AlertRule) -> str:
        """Return what is worth knowing about a new rule."""
        if rule.symbol not in self._symbols:
            return f"; {rule.symbol} is not watched: the alert sleeps until it is"
        price = self._price_of(rule.symbol)
        is_above = rule.kind is AlertKind.ABOVE and price is not None and price > rule.value
        is_below = rule.kind is AlertKind.BELOW and price is not None and price < rule.value
        if is_above or is_below:
            return f"; already {rule.kind}: it fires when it comes back and passes again"
        return ""

    def _remove(self, number: int) -> Answer:
        rule = self._memory.remove(number)
        if rule is None:
            raise SettingsError(f"there is no alert {number}")
        self._judge()
        return self._answer(f"alert {number} removed: {rule.without_command}", rule)

    def _answer(self, text: str, rule: AlertRule) -> Answer:
        text += f"; for this run only: {self._memory.trouble}" if self._memory.trouble else ""
        log.info("%s", text)
        return Answer(text, rule.id)

    # -- what the market does -----------------------------------------------------------------

    def take(self, ticks: Sequence[TickData], now: float) -> None:
        """Take the ticks of one frame, at least one, received at monotonic time `now`."""
        if not self._memory.rules:
            return
        if self._feed is Feed.REPLAY and self._book.judges_silence:
            self._follow(ticks[-1].timestamp)
            self._listen(now, hears=True)
        self._fire_all(self._book.take(ticks, self._clock(now)))

    def look(self, now: float, *, link_up: bool) -> None:
        """Look, ten times a second, for who has been silent for too long; say what was hidden."""
        away, self._looked = now - self._looked > AWAY, now
        if self._book.judges_silence and self._feed is not Feed.REPLAY:
            if away:
                self._book.wake(self._clock(now))
            self._listen(now, hears=link_up)
        self._log.catch_up(now)
        self._commands.log.catch_up(now)

    def link_lost(self, since: float) -> None:  # noqa: ARG002 - a listener's signature
        """Know that ticks are missing."""
        self._book.interrupt()
        self._hears = False

    def link_up(self, now: float) -> None:
        """Know that ticks come again; `look` hears of it as well."""

    def alive(self, at: float) -> None:
        """Know nothing new: the link's phase is enough."""

    def _listen(self, now: float, *, hears: bool) -> None:
        """Judge silence where the market is open and anything could be heard."""
        clock = self._clock(now)
        hears = hears and self._is_open(clock)
        if hears and not self._hears:
            self._book.wake(clock)
        self._hears = hears
        if hears:
            self._fire_all(self._book.look(clock))

    def _is_open(self, clock: float) -> bool:
        if self._feed is Feed.SIMULATED:
            return True
        if self._feed is Feed.LIVE and not is_loaded():
            return False  # a replay can wait for the calendar, a feed cannot
        ms = clock if self._feed is Feed.REPLAY else time.time() * 1000
        try:
            return session_at(int(ms)) is not Session.CLOSED
        except (ValueError, OverflowError):  # a recording may say any year
            return False

    def _follow(self, timestamp: int) -> None:
        """Bring the replay's clock to what the newest two frames have in common."""
        agreed, self._frame = min(self._frame, timestamp), timestamp
        step = agreed - self._replayed
        leaps = not -REVISED_WITHIN_MS <= step <= LEAP
        if step > 0 or leaps:
            self._replayed = agreed
        if leaps:
            self._hears = False  # nobody could be heard in between

    def _clock(self, now: float) -> float:
        return float(self._replayed) if self._feed is Feed.REPLAY else now * 1000

    # -- what fires ---------------------------------------------------------------------------

    def _fire_all(self, happenings: Sequence[Happening]) -> None:
        """Tell of all, and then judge no more those that were to fire once: hundreds may."""
        fired = [alert for happening in happenings if (alert := self._fire(happening))]
        if fired:
            self._log.tell_all([alert.text for alert in fired], time.monotonic())
        if any(happening.rule.once for happening in happenings):
            self._judge()

    def _fire(self, happening: Happening) -> FiredAlert | None:
        rule = happening.rule
        if rule.once and self._memory.remove(rule.id) is None:
            return None  # the same frame has brought it twice
        self._number += 1
        self._fired += 1
        fired = FiredAlert(
            self._number,
            time.time_ns() // 1_000_000,
            rule.id,
            rule.symbol,
            rule.kind,
            clean(happening.text),
            happening.price,
        )
        self._memory.keep(fired)
        self._frozen = None
        if self._publishes:
            self._road.put(self._told(rule, fired))
        if rule.command:
            self._commands.put(rule, fields_of(fired, self._source))
        return fired

    def _told(self, rule: AlertRule, fired: FiredAlert) -> AlertFired:
        return AlertFired(
            source=self._source,
            timestamp=fired.wall_ms,
            rule=rule.id,
            condition=rule.condition,
            symbol=fired.symbol,
            kind=fired.kind,
            text=fired.text,
            price=fired.price,
        )

    # -- what is told -------------------------------------------------------------------------

    @property
    def rules(self) -> tuple[AlertRule, ...]:
        """All rules in the order of their ids; the same object until they change."""
        return self._rules

    def newest(self) -> tuple[FiredAlert, ...]:
        """Return the newest that fired, oldest first; the same object until there is a new one."""
        if self._frozen is None:
            fired = self._memory.fired
            self._frozen = tuple(islice(fired, max(0, len(fired) - SHOWN), None))
        return self._frozen

    def counts(self) -> AlertCounts:
        """Return the counts since the start."""
        return AlertCounts(self._fired, self._road.unpublished, self._commands.failed)

    def _judge(self) -> None:
        """Judge the rules as they are now, of the symbols that are watched now."""
        rules = tuple(map(self._meant, self._memory.rules))
        if rules != self._rules:
            self._rules = rules
        self._book.set(rules, self._symbols, self._price_of, self._clock(time.monotonic()))


def _no_price(symbol: str) -> float | None:  # noqa: ARG001 - as a source of prices has it
    return None
