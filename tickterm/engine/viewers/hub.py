"""Hub: all viewers, and what each of them is sent, made once for all where that can be."""

from __future__ import annotations

import asyncio
import logging
import os
import time
from collections import Counter
from collections.abc import Callable, Iterable

from websockets.frames import CloseCode as StandardCode

from tickterm import __version__
from tickterm.engine.batch import Batch
from tickterm.engine.notices import Sampler
from tickterm.engine.viewers.chart_desk import ChartDesk
from tickterm.engine.viewers.look import Look
from tickterm.engine.viewers.news import News
from tickterm.engine.viewers.pattern_news import PatternNews
from tickterm.engine.viewers.tick_stream import TickStream
from tickterm.engine.viewers.viewer import LAST_WORDS, Viewer, framed
from tickterm.market.contract import (
    HEARTBEAT,
    VERSION,
    CloseCode,
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

log = logging.getLogger("tickterm.viewers")

PAUSE = 1.0
"""Seconds without a look at the viewers from which the engine itself was away, such as a machine
that slept: nobody could answer it meanwhile."""


class Hub:
    """All viewers, and what they are sent. One thread, nothing waits."""

    def __init__(self, epoch: str) -> None:
        """Take the name of this run of the engine."""
        self.epoch = epoch
        self.viewers: set[Viewer] = set()
        self.ticks = TickStream()
        self.charts = ChartDesk()
        self.cut_by: Counter[str] = Counter()
        self.shown = Snapshot()
        self.rows: Callable[[], tuple[Row, ...]] = tuple
        """Gives the rows as of this moment."""
        self.turns = asyncio.Lock()
        """Held by a viewer that is being greeted, for one turn of the loop: many that come at once
        stall nobody."""
        self.keeps_last_screen = True
        """Whether a screen that leaves as the last is kept: it sees the engine's end."""
        self._look = Look((), 0, 0.0)
        self._symbols: tuple[str, ...] = ()
        self._watched: frozenset[str] = frozenset()
        self._news = News()
        self._patterns = PatternNews()
        self._flush_due: asyncio.TimerHandle | None = None
        self._rest_until = 0.0
        self._heartbeat_at = 0.0
        self._tended_at = time.monotonic()
        self._missed_since: float | None = time.monotonic()
        """Since when a screen is expected: the first one, or one that has gone without a word."""
        self._sampler = Sampler(5)

    # -- ticks --------------------------------------------------------------------------------

    def offer(self, batch: Batch) -> None:
        """Send the batch at once; later, with those that come until then, if that costs too much.

        Sending may take half of the loop's time: after a round that took 5 ms the next waits 5 ms.
        """
        self.ticks.append(batch)
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
        self.ticks.send_new(self._live(Stream.TICKS))
        self._rest_until = 2 * time.monotonic() - began

    # -- the look, ten times a second ---------------------------------------------------------

    def show(self, snapshot: Snapshot) -> None:
        """Send what the snapshot has that the one before had not."""
        self.flush()
        before, self.shown = self.shown, snapshot
        self._look = Look(snapshot.rows, self.ticks.last, snapshot.now)
        if snapshot.rows is not before.rows:
            self._show_symbols(tuple(row.symbol for row in snapshot.rows))
        for message in self._news.of(snapshot):
            self._send_all(message)
        self._patterns.show(snapshot.patterns, self._live())
        self._show_rows()  # late: many rows make any viewer slow for a moment
        self.charts.show()

    def _look_again(self) -> None:
        """Make the look as new as the newest tick."""
        self.flush()
        if self._look.seq != self.ticks.last:
            self._look = Look(self.rows(), self.ticks.last, time.monotonic())

    def _show_symbols(self, symbols: tuple[str, ...]) -> None:
        if symbols == self._symbols:
            return
        self._symbols, self._watched = symbols, frozenset(symbols)
        for viewer in self._live():
            self._show_universe(viewer)

    def _show_universe(self, viewer: Viewer) -> None:
        for symbol in self.unknown(sorted(viewer.symbols or ())):
            viewer.write(framed(encode(unknown_symbol(symbol))))
        for symbol in self.unknown(self.charts.symbols_of(viewer)):
            viewer.write(framed(encode(unknown_symbol(symbol))))
            self.charts.leave(viewer)
        self._bring_here(viewer)
        self.send_snapshot(viewer)

    def _show_rows(self) -> None:
        """Send changed rows; a slow viewer gets them later, each row once."""
        look = self._look
        for viewer in self._live(Stream.ROWS):
            if viewer.rows is not look.rows and not viewer.is_slow():
                viewer.write(*look.since(viewer.rows, viewer.symbols))
                viewer.rows = look.rows

    def _send_all(self, message: EngineMessage) -> None:
        """Send to all; what the next one makes good may be left out for the slow."""
        frame = framed(encode(message))
        must = self._news.must_arrive(message)
        for viewer in self._live():
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
                viewer.universe = self._symbols
        return Hello(
            VERSION,
            f"tickterm {__version__}",
            os.getpid(),
            self.epoch,
            self.ticks.last,
            self.ticks.ring.oldest,
            recovered,
            self.shown.link.feed,
            list(self._symbols),
            HEARTBEAT,
            viewer.control,
            time.monotonic(),
        )

    def send_snapshot(self, viewer: Viewer) -> None:
        """Send the newest of every symbol that the viewer wants, as of the newest look.

        It must not have been sent ticks that came after that.
        """
        viewer.universe = self._symbols
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
        if viewer.universe is not self._symbols:
            self._show_universe(viewer)
        self._patterns.greet(viewer)
        for message in self._news.so_far(self.shown):
            viewer.write(framed(encode(message)))
        viewer.live = True
        if viewer.is_screen:
            self._missed_since = None

    def unknown(self, symbols: Iterable[str]) -> list[str]:
        """Return those of `symbols` that nobody watches; none while the universe is not known."""
        return [s for s in symbols if s not in self._watched] if self._watched else []

    # -- leaving ------------------------------------------------------------------------------

    def dismiss(self, viewer: Viewer) -> None:
        """Let a viewer go that leaves for good: at once, or with the engine that lives for it."""
        viewer.leaves = True
        is_last = viewer.is_screen and not self._has_screens()
        if not (is_last and self.keeps_last_screen):
            viewer.end(StandardCode.NORMAL_CLOSURE, "", time.monotonic())

    def leave(self, viewer: Viewer) -> None:
        """Forget a viewer that has gone."""
        self.viewers.discard(viewer)
        self.charts.leave(viewer)
        if viewer.is_screen and viewer.live and not viewer.leaves:
            self._missed_since = time.monotonic()

    def is_deserted(self, patience: float) -> bool:
        """Say whether all screens have left for good, or none was there for `patience` seconds."""
        if self._has_screens():
            return False
        return self._missed_since is None or time.monotonic() - self._missed_since > patience

    def _has_screens(self) -> bool:
        return any(viewer.is_screen and not viewer.leaves for viewer in self.viewers)

    # -- keeping order ------------------------------------------------------------------------

    def tend(self, now: float) -> None:
        """Bring slow viewers up to date as they catch up; cut off those that do not."""
        if now - self._heartbeat_at >= HEARTBEAT:
            self._heartbeat_at = now
            self._beat()
        paused, self._tended_at = now - self._tended_at > PAUSE, now
        for viewer in list(self.viewers):
            if paused:
                viewer.excuse(now)
            self._look_after(viewer, now)
        waiting = [viewer for viewer in self._live(Stream.TICKS) if viewer.has_room()]
        for viewer in self.ticks.catch_up(waiting):
            self._bring_here(viewer)
            self.send_snapshot(viewer)

    def _beat(self) -> None:
        for viewer in self._live(Stream.TICKS):
            if not viewer.is_slow():
                self.ticks.tell(viewer)
        self._send_all(Heartbeat(self.ticks.last, time.time_ns() // 1_000_000))

    def _look_after(self, viewer: Viewer, now: float) -> None:
        viewer.look(now)
        if viewer.ended_at is not None:
            if now - viewer.ended_at > LAST_WORDS:
                viewer.abort()
        elif viewer.is_stuck(now):
            self.cut(viewer, "stuck", CloseCode.SLOW, "you took nothing for 3 s")
        elif viewer.is_silent(now):
            self.cut(viewer, "stuck", CloseCode.SLOW, "you did not answer for 13 s")

    def cut(self, viewer: Viewer, reason: str, code: CloseCode, text: str) -> None:
        """Tell a viewer to go, and count why."""
        if viewer.ended_at is not None:
            return
        now = time.monotonic()
        self.cut_by[reason] += 1
        if self._sampler.admit("cut", now):
            level = logging.INFO if reason == "token" else logging.WARNING  # a page asks first
            log.log(level, "viewer cut off (%s): %s", reason, text)
        viewer.end(code, text, now)

    def _live(self, stream: Stream | None = None) -> list[Viewer]:
        return [v for v in self.viewers if v.live and stream in (None, v.stream)]


def unknown_symbol(symbol: str) -> Error:
    """Return the answer to a symbol that nobody watches."""
    return Error("unknown_symbol", f"{clean(symbol, 40)} is not watched", clean(symbol, 40))
