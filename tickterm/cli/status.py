"""`tickterm status`: one look at a running engine."""

from __future__ import annotations

import sys
import threading
import time

import click

from tickterm import settings
from tickterm.attach.remote_engine import RemoteEngine
from tickterm.cli.attach import finder
from tickterm.cli.pipes import put
from tickterm.errors import UnreachableError
from tickterm.market.contract import encode, status_of
from tickterm.market.freshness import feed_view
from tickterm.market.snapshot import Feed, LinkPhase, PerformanceView, Snapshot
from tickterm.market.text import clean
from tickterm.ui.draw import numbers
from tickterm.ui.edges.status import TRY_AGAIN, feed_words, link_status
from tickterm.ui.events.detection import detection_detail, detection_word
from tickterm.ui.figures.latency_table import latencies, span_of_time

__all__ = ["look", "status"]

PATIENCE = 5.0
"""Seconds until an engine that says nothing counts as unreachable."""
WIDTH = 200
"""Cells of a text that screens shorten: more than it ever has, a terminal wraps it."""


@click.command(short_help="One look at a running engine.")
@click.argument("url", required=False)
@click.option("--json", "as_json", is_flag=True, help="One JSON document: all of it.")
def status(url: str | None, as_json: bool) -> None:
    """Print one look at a running engine.

    URL as for attach. Exit code 0: ticks flow from the feed to Redis; 1: they do not; 3: no engine
    could be reached.
    """
    configured = settings.load()
    engine = RemoteEngine(finder(configured, url), token=str(configured.token), name="status")
    snapshot = look(engine)
    put(b"%s\n" % encode(status_of(snapshot)) if as_json else _as_text(snapshot))
    sys.exit(0 if _is_well(snapshot) else 1)


def look(engine: RemoteEngine) -> Snapshot:
    """Attach, return the first whole snapshot, and leave.

    Raises:
        TickTermError: that did not work in time.
    """
    errors: list[BaseException] = []

    def run() -> None:
        try:
            engine.run()
        except BaseException as error:  # noqa: BLE001  the thread's boundary: raised below
            errors.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    until = time.monotonic() + PATIENCE
    try:
        while time.monotonic() < until and not errors:
            snapshot = engine.snapshot()
            if snapshot.attachment.connected and snapshot.started:
                return snapshot
            time.sleep(0.01)
    finally:
        engine.stop()
        thread.join(1)
    if errors:
        raise errors[0]
    attachment = engine.snapshot().attachment
    reason = attachment.reason or "it says nothing"
    raise UnreachableError(f"no engine at {attachment.where}: {reason}")


def _is_well(snapshot: Snapshot) -> bool:
    flows = snapshot.link.phase in (LinkPhase.UP, LinkPhase.ENDED)
    return flows and snapshot.redis.up and not snapshot.universe.error


def _as_text(snapshot: Snapshot) -> bytes:
    return "".join(f"{name:<9} {text}\n" for name, text in _lines(snapshot)).encode()


def _lines(snapshot: Snapshot) -> list[tuple[str, str]]:
    counts, redis, viewers = snapshot.counts, snapshot.redis, snapshot.viewers
    universe = snapshot.universe
    sizes = f"{clean(universe.name)}, {numbers.count(universe.size)} symbols"
    return [
        ("engine", _engine(snapshot)),
        ("feed", _feed(snapshot)),
        ("link", _link(snapshot)),
        ("universe", clean(universe.error) or sizes),
        (
            "ticks",
            f"{numbers.count(counts.ticks)}, {counts.rate:,.0f} a second, "
            f"{numbers.count(counts.rejected)} rejected",
        ),
        ("redis", f"{clean(redis.where)} {'up' if redis.up else 'DOWN'}{_reason(redis.reason)}"),
        *_channels(snapshot),
        *_patterns(snapshot),
        *_alerts(snapshot),
        (
            "viewers",
            f"{numbers.count(viewers.viewers)} at {clean(viewers.where)}{_reason(viewers.reason)}, "
            f"{numbers.count(viewers.cut)} cut off, {numbers.count(viewers.turned_away)} turned "
            f"away, {numbers.count(viewers.conflated)} ticks conflated",
        ),
        *_latencies(snapshot.performance),
        *_load(snapshot.performance),
    ]


def _engine(snapshot: Snapshot) -> str:
    attachment = snapshot.attachment
    up = numbers.duration(snapshot.now - snapshot.started)
    return f"{clean(attachment.where)}, process {attachment.pid}, up {up}"


def _feed(snapshot: Snapshot) -> str:
    """Return the feed's state in the screen's words."""
    status = link_status(snapshot, snapshot.now)
    feed = feed_view(snapshot, snapshot.now)
    if status is None or status.title != feed.state:
        return feed_words(feed)
    return f"{feed_words(feed)} {status.text.removesuffix(TRY_AGAIN)}"


def _link(snapshot: Snapshot) -> str:
    link = snapshot.link
    feed = clean(link.host) if link.feed is Feed.LIVE else link.feed.value.lower()
    since = numbers.duration(snapshot.now - link.since)
    return f"{link.phase.value} for {since}, {feed}{_reason(link.reason)}"


def _channels(snapshot: Snapshot) -> list[tuple[str, str]]:
    return [
        (
            "",
            f"{clean(name)}: {numbers.count(c.accepted)} accepted, "
            f"{numbers.count(c.buffered + c.in_flight)} waiting, "
            f"{numbers.count(c.dropped_total)} dropped, {numbers.count(c.ambiguous)} unsure",
        )
        for name, c in snapshot.redis.channels.items()
    ]


def _patterns(snapshot: Snapshot) -> list[tuple[str, str]]:
    detection = snapshot.detection
    word = detection_word(detection)
    detail = detection_detail(detection, snapshot.now, WIDTH)[0]
    if word is None:
        return [("patterns", detail)]
    return [
        ("patterns", f"{word[0]} {detail}"),
        (
            "",
            f"events: {numbers.count(detection.shown)} shown, "
            f"{numbers.count(detection.repeated)} repeated, "
            f"{numbers.count(detection.flooded)} too many at a time, "
            f"{numbers.count(detection.malformed)} unreadable, "
            f"{numbers.count(detection.gaps)} gaps",
        ),
        (
            "",
            f"own rules: {numbers.count(detection.detected)} found, "
            f"{numbers.count(detection.unpublished)} not published",
        ),
    ]


def _alerts(snapshot: Snapshot) -> list[tuple[str, str]]:
    rules, counts = len(snapshot.alert_rules), snapshot.alert_counts
    if not rules and not counts.fired:
        return []
    return [
        (
            "alerts",
            f"{numbers.count(rules)} set, {numbers.count(counts.fired)} fired, "
            f"{numbers.count(counts.unpublished)} not published, "
            f"{numbers.count(counts.failed_commands)} commands failed",
        )
    ]


def _latencies(performance: PerformanceView) -> list[tuple[str, str]]:
    """Return what was measured in the last minute; the rest `--json` has."""
    lines: list[tuple[str, str]] = []
    for label, timing in latencies(performance):
        minute = timing.minute
        if minute.count:
            p50, p99, most = map(span_of_time, (minute.p50, minute.p99, minute.max))
            name = "" if lines else "latency"
            lines.append((name, f"{label}: p50 {p50}, p99 {p99}, max {most} in the last minute"))
    return lines


def _load(performance: PerformanceView) -> list[tuple[str, str]]:
    if performance.memory is None:  # an engine of before there were figures
        return []
    most = " at most" if performance.memory_is_peak else ""
    return [
        (
            "load",
            f"{numbers.size(performance.bytes_rate)}/s of feed, peak {performance.rate_peak:,.0f} "
            f"ticks/s, memory {numbers.size(performance.memory)}{most}",
        )
    ]


def _reason(reason: str) -> str:
    return f" ({clean(reason)})" if reason else ""
