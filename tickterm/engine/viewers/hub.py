"""Hub: all viewers, and what each of them is sent, made once for all where that can be."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable

from tickterm import __version__
from tickterm.engine.batch import Batch
from tickterm.engine.viewers.alert_news import AlertNews
from tickterm.engine.viewers.attendance import Attendance
from tickterm.engine.viewers.chart_desk import ChartDesk
from tickterm.engine.viewers.look import Look
from tickterm.engine.viewers.news import News
from tickterm.engine.viewers.pattern_news import PatternNews
from tickterm.engine.viewers.receipts import Receipts
from tickterm.engine.viewers.tick_stream import TickStream
from tickterm.engine.viewers.viewer import Viewer, framed
from tickterm.engine.viewers.watched_news import WatchedNews
from tickterm.market.contract import (
    HEARTBEAT,
    VERSION,
    AlertWish,
    Answer,
    EngineMessage,
    Error,
    Filter,
    Heartbeat,
    Hello,
    Position,
    Stream,
    encode,
)
from tickterm.market.snapshot import Row, Snapshot
from tickterm.market.text import clean

__all__ = ["Hub", "unknown_symbol"]


class Hub:
    """All viewers, and what they are sent. One thread, nothing waits."""

    def __init__(self, epoch: str) -> None:
        """Take the name of this run of the engine."""
        self.epoch = epoch
        self.attendance = Attendance()
        self.watched = WatchedNews()
        self.ticks = TickStream()
        self.receipts = Receipts()
        """How long ticks took to the viewers of rows."""
        self.charts = ChartDesk()
        self.shown = Snapshot()
        self.rows: Callable[[], tuple[Row, ...]] = tuple
        """Gives the rows as of this moment."""
        self.obey_alert: Callable[[AlertWish, bool], Answer | Error] = _nobody
        """Takes wishes about alerts, and whether they come from this machine."""
        self.turns = asyncio.Lock()
        """Held by a viewer that is being greeted, for one turn of the loop: many that come at once
        stall nobody."""
        self._look = Look((), 0, 0.0)
        self._news = News()
        self._patterns = PatternNews()
        self._alerts = AlertNews()
        self._flush_due: asyncio.TimerHandle | None = None
        self._rest_until = 0.0
        self._heartbeat_at = 0.0

    # -- ticks --------------------------------------------------------------------------------

    def offer(self, batch: Batch) -> None:
        """Send the batch at once; later, with those that come until then, if that costs too much.

        Sending may take half of the loop's time: after a round that took 5 ms the next waits 5 ms.
        """
        self.ticks.append(batch)
        self.receipts.add(batch)
        if self._flush_due is not None:
            return
        wait = self._rest_until - time.monotonic()
        if wait <= 0:
            self.flush()
        else:
            self._flush_due = asyncio.get_running_loop().call_later(wait, self.flush)

    def flush(self) -> None:
        """Send what is new to the viewers that keep up."""
        if self._flush_due is not None:
            self._flush_due.cancel()
            self._flush_due = None
        began = time.monotonic()
        self.ticks.send_new(self.attendance.live(Stream.TICKS))
        self._rest_until = 2 * time.monotonic() - began

    # -- the look, ten times a second ---------------------------------------------------------

    def show(self, snapshot: Snapshot) -> None:
        """Send what the snapshot has that the one before had not."""
        self.flush()
        before, self.shown = self.shown, snapshot
        self._look = Look(snapshot.rows, self.ticks.last, snapshot.now)
        self.watched.take(before, snapshot)
        self._show_symbols()
        for message in self._news.of(snapshot):
            self._send_all(message)
        self._patterns.show(snapshot.patterns, self.attendance.live())
        self._alerts.show(snapshot, self.attendance.live())
        self._show_rows()  # late: many rows make any viewer slow for a moment
        self.charts.show()

    def _look_again(self) -> None:
        """Make the look as new as the newest tick."""
        self.flush()
        if self._look.seq != self.ticks.last:
            self._look = Look(self.rows(), self.ticks.last, time.monotonic())

    def _show_symbols(self) -> None:
        """Tell of other symbols and groups; a slow viewer gets the newest of them later."""
        for viewer in self.attendance.live():
            if viewer.is_slow():
                continue
            if viewer.universe is not self.watched.symbols:
                self._show_universe(viewer)
            self.watched.tell_groups(viewer)

    def _show_universe(self, viewer: Viewer) -> None:
        """Tell of other symbols; who knew of none yet is sent the newest of all of them."""
        for symbol in self.watched.gone(viewer.universe, sorted(viewer.symbols or ())):
            viewer.write(framed(encode(unknown_symbol(symbol))))
        for symbol in self.watched.unknown(self.charts.symbols_of(viewer)):
            viewer.write(framed(encode(unknown_symbol(symbol))))
            self.charts.leave(viewer)
        if viewer.universe:
            self.watched.tell_symbols(viewer)
        else:
            self._bring_here(viewer)
            self.send_snapshot(viewer)

    def _show_rows(self) -> None:
        """Send changed rows; a slow viewer gets them later, each row once."""
        look, sent = self._look, False
        for viewer in self.attendance.live(Stream.ROWS):
            if viewer.rows is not look.rows and not viewer.is_slow():
                frames = look.since(viewer.rows, viewer.symbols)
                viewer.write(*frames)
                viewer.rows = look.rows
                sent |= bool(frames)
        self.receipts.settle(sent=sent)

    def _send_all(self, message: EngineMessage) -> None:
        """Send to all; what the next one makes good may be left out for the slow."""
        frame = framed(encode(message))
        must = self._news.must_arrive(message)
        for viewer in self.attendance.live():
            if must or not viewer.is_slow():
                viewer.write(frame)

    # -- joining ------------------------------------------------------------------------------

    def begin(self, viewer: Viewer, resume: Position | None) -> Hello:
        """Set the viewer's position to where it resumes or to the newest look; return the hello."""
        if self._look.seq + 1 < self.ticks.ring.oldest:
            self._look_again()
        recovered = None
        viewer.position = viewer.told = self._look.seq
        if resume is not None and viewer.stream is Stream.TICKS:
            within = self.ticks.ring.oldest - 1 <= resume.seq <= self.ticks.last
            recovered = within and resume.epoch == self.epoch
            if recovered:
                viewer.position = viewer.told = resume.seq
                viewer.universe = self.watched.symbols
        return Hello(
            VERSION,
            f"tickterm {__version__}",
            os.getpid(),
            self.epoch,
            self.ticks.last,
            self.ticks.ring.oldest,
            recovered,
            self.shown.link.feed,
            list(self.watched.symbols),
            HEARTBEAT,
            viewer.control,
            time.monotonic(),
        )

    def send_snapshot(self, viewer: Viewer) -> None:
        """Send the newest of every symbol that the viewer wants, as of the newest look.

        It must not have been sent ticks that came after that.
        """
        viewer.universe = self.watched.symbols
        viewer.position = viewer.told = self._look.seq
        viewer.rows = self._look.rows
        viewer.write(*self._look.snapshot(viewer.symbols))

    def change_filter(self, viewer: Viewer, symbols: frozenset[str] | None) -> None:
        """Give a viewer another filter, and the newest of its symbols as of this moment."""
        self._bring_here(viewer)
        viewer.symbols = symbols
        viewer.write(framed(encode(Filter(None if symbols is None else sorted(symbols)))))
        self.send_snapshot(viewer)

    def _bring_here(self, viewer: Viewer) -> None:
        """Bring a viewer to the newest tick, so that a snapshot as of then can follow."""
        self._look_again()
        if viewer.stream is Stream.TICKS:
            self.ticks.catch_up([viewer])
            self.ticks.tell(viewer)

    def go_live(self, viewer: Viewer) -> None:
        """Tell a greeted viewer how things stand; from now on it gets whatever comes."""
        if viewer.universe is not self.watched.symbols:
            self._show_universe(viewer)
        self.watched.tell_groups(viewer)
        self._patterns.greet(viewer)
        self._alerts.greet(viewer)
        for message in self._news.so_far(self.shown):
            viewer.write(framed(encode(message)))
        self.attendance.admit(viewer)

    # -- leaving ------------------------------------------------------------------------------

    def leave(self, viewer: Viewer) -> None:
        """Forget a viewer that has gone."""
        self.attendance.forget(viewer)
        self.charts.leave(viewer)

    # -- keeping order ------------------------------------------------------------------------

    def tend(self, now: float) -> None:
        """Bring slow viewers up to date as they catch up; cut off those that do not."""
        if now - self._heartbeat_at >= HEARTBEAT:
            self._heartbeat_at = now
            self._beat()
        self.attendance.tend(now)
        waiting = [v for v in self.attendance.live(Stream.TICKS) if v.has_room()]
        for viewer in self.ticks.catch_up(waiting):
            self._bring_here(viewer)
            self.send_snapshot(viewer)

    def _beat(self) -> None:
        for viewer in self.attendance.live(Stream.TICKS):
            if not viewer.is_slow():
                self.ticks.tell(viewer)
        self._send_all(Heartbeat(self.ticks.last, time.time_ns() // 1_000_000))


def _nobody(_wish: AlertWish, _local: bool) -> Error:
    return Error("alert", "the engine is not ready")


def unknown_symbol(symbol: str) -> Error:
    """Return the answer to a symbol that nobody watches."""
    return Error("unknown_symbol", f"{clean(symbol, 40)} is not watched", clean(symbol, 40))
