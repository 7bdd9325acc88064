"""Session: makes the snapshot that a screen reads out of what an engine says; no sockets.

One thread tells it what happens, another takes snapshots. The engine's clock is the last `now` it
said plus the time that has passed here since.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import replace

from tickterm.attach.address import Address
from tickterm.attach.alert_list import AlertList
from tickterm.attach.bounds import bounded
from tickterm.attach.chart_view import ChartView
from tickterm.attach.group_list import GroupList
from tickterm.attach.lateness import Lateness
from tickterm.attach.log_lines import KEPT, LogLines
from tickterm.attach.pattern_list import PatternList
from tickterm.attach.row_table import RowTable
from tickterm.market.contract import (
    Alerts,
    Candles,
    EngineMessage,
    Error,
    Groups,
    Hello,
    Log,
    Patterns,
    Rows,
    SnapshotPart,
    Status,
    Watched,
)
from tickterm.market.snapshot import Attachment, Snapshot
from tickterm.market.text import clean
from tickterm.market.timeframe import Timeframe

__all__ = ["Session"]


class Session:
    """One screen's memory of its engine, over any number of connections."""

    def __init__(
        self,
        where: str,
        *,
        control: bool,
        clock: Callable[[], float] = time.monotonic,
        wall: Callable[[], float] = time.time,
    ) -> None:
        """Take the engine's name until it is found, and whether the screen wants control.

        `clock` gives steady seconds, `wall` seconds UTC.
        """
        self._wants_control = control
        self._clock = clock
        self._wall = wall
        self._lock = threading.Lock()
        self._address = Address()
        self._where = where
        self._is_own = False
        """Whether this screen has started the engine: nobody need be told of it then."""
        self._epoch = ""
        self._table = RowTable()
        self._groups = GroupList()
        self._lines = LogLines()
        self._patterns = PatternList()
        self._alerts = AlertList()
        self._chart = ChartView()
        self._lateness = Lateness()
        self._now, self._heard = 0.0, clock()
        """The engine's clock when it was last told, and ours then."""
        self._state = Snapshot()
        """What the engine's last status said."""
        self._stated = False
        """Whether this connection has brought a status."""
        self._attachment = Attachment(where)
        self._was_attached = False
        self._greeted = ""
        """The run of the engine that the log has spoken of."""
        self._frozen: Snapshot | None = None

    @property
    def is_attached(self) -> bool:
        """Whether all that a screen shows is here, and kept up to date."""
        return self._attachment.connected

    @property
    def has_control(self) -> bool:
        """Whether the engine does what this screen says."""
        return self.is_attached and self._attachment.control

    def watch_chart(self, symbol: str | None, timeframe: Timeframe) -> None:
        """Take the chart that the screen wants from now on; None: none."""
        with self._lock:
            self._chart.watch(symbol, timeframe)
            self._frozen = None

    def seek(self) -> None:
        """Begin an attempt to attach."""
        with self._lock:
            self._table.begin()
            self._stated = False
            self._attach(attempt=self._attachment.attempt + 1, retry_at=None)

    def find(self, address: Address) -> None:
        """Take the address that is dialled now."""
        with self._lock:
            self._address, self._where = address, address.where
            self._attach(where=self._where)

    def greet(self, hello: Hello) -> None:
        """Take the engine's hello."""
        with self._lock:
            epoch = clean(hello.epoch, 64)
            is_same = epoch == self._epoch
            self._is_own = self._address.started or (self._is_own and is_same)
            if not is_same:
                self._lines.begin()
                self._patterns.begin()
                self._alerts.begin()
            self._chart.begin()
            self._epoch = epoch
            self._lateness = Lateness()
            self._hear(hello.now)
            control = self._wants_control and hello.control
            self._attach(pid=bounded(hello.pid), control=control)

    def take(self, message: EngineMessage) -> None:
        """Take what the engine said after its hello.

        Raises:
            ContractError: it makes no sense after what came before.
        """
        with self._lock:
            match message:
                case SnapshotPart():
                    self._table.take_part(message)
                    self._hear(message.now)
                case Rows():
                    self._table.take_rows(message)
                    self._hear(message.now)
                case Watched():
                    self._table.take_watched(message)
                case Groups():
                    self._groups.take(message)
                case Status():
                    self._take_status(message)
                case Log():
                    for line in message.lines[-KEPT:]:
                        self._lines.take(line)
                case Alerts():
                    self._alerts.take(message)
                case Patterns():
                    self._patterns.take(message)
                case Candles():
                    self._chart.take(message)
                case Error():
                    self._lines.say(logging.WARNING, f"the engine says: {message.text}", self._ms())
                case _:
                    return
            self._frozen = None
            if not self.is_attached and self._table.complete and self._stated:
                self._settle()

    def lose(self, reason: str, delay: float | None) -> None:
        """Note that there is no connection, why, and in how many seconds to try again, if ever."""
        with self._lock:
            reason = clean(reason, 200)
            if self.is_attached:
                self._lines.say(
                    logging.WARNING, f"engine at {self._where} lost: {reason}", self._ms()
                )
            self._attach(
                where=self._where,
                connected=False,
                behind=0.0,
                reason=reason,
                retry_at=None if delay is None else self._engine_now() + delay,
            )

    def say(self, text: str) -> None:
        """Put a warning into the log."""
        with self._lock:
            self._lines.say(logging.WARNING, text, self._ms())
            self._frozen = None

    def snapshot(self) -> Snapshot:
        """Return the newest state; the same object until something has changed."""
        with self._lock:
            if self._frozen is None:
                self._frozen = self._freeze()
            return self._frozen

    # -- all below hold the lock ---------------------------------------------------------------

    def _take_status(self, status: Status) -> None:
        self._hear(status.now)
        self._stated = True
        self._state = Snapshot(
            now=bounded(status.now),
            wall_ms=bounded(status.wall_ms),
            started=bounded(status.started),
            link=bounded(status.link),
            counts=bounded(status.counts),
            redis=bounded(status.redis),
            viewers=bounded(status.viewers),
            universe=bounded(status.universe),
            detection=bounded(status.detection),
            performance=bounded(status.performance),
            alert_counts=bounded(status.alert_counts),
        )

    def _settle(self) -> None:
        """Attached: everything that is shown is here."""
        self._lines.say(logging.INFO, self._greeting(), self._ms())
        self._was_attached = True
        self._attach(
            where="" if self._is_own else self._where,
            connected=True,
            reason="",
            attempt=0,
            retry_at=None,
        )

    def _greeting(self) -> str:
        pid = self._attachment.pid
        is_known, self._greeted = self._epoch == self._greeted, self._epoch
        if self._is_own and not is_known:
            return f"engine started (pid {pid}); it ends with its last screen"
        if self._address.socket is not None and not self._was_attached:
            return f"attached to the engine that already runs here (pid {pid})"
        again = " again" if self._was_attached else ""
        may = "" if self._attachment.control else ", read-only"
        return f"attached{again} to the engine at {self._where} (pid {pid}{may})"

    def _hear(self, now: float) -> None:
        """Take the engine's clock; it has none before it has run for a moment."""
        if now <= 0:
            return
        self._heard = self._clock()
        self._now = bounded(now)
        behind = self._lateness.of(self._now, self._heard)
        self._attachment = replace(self._attachment, behind=behind)

    def _attach(self, **changes: object) -> None:
        self._attachment = replace(self._attachment, **changes)  # type: ignore[arg-type]  # by name
        self._frozen = None

    def _engine_now(self) -> float:
        return self._now + self._clock() - self._heard

    def _ms(self) -> int:
        return int(self._wall() * 1000)

    def _freeze(self) -> Snapshot:
        state, now = self._state, self._engine_now()
        rows = self._table.freeze()
        return replace(
            state,
            now=now,
            wall_ms=state.wall_ms + int((now - state.now) * 1000) if state.wall_ms else 0,
            rows=rows,
            groups=self._groups.freeze(state.universe.name, rows),
            notices=self._lines.freeze(),
            patterns=self._patterns.freeze(),
            alerts=self._alerts.freeze(),
            alert_rules=self._alerts.rules,
            chart=self._chart.freeze(),
            attachment=self._attachment,
        )
