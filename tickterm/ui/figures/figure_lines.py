"""The figures beside the latencies: rates, queues, losses by reason, memory."""

from __future__ import annotations

import os
from collections.abc import Mapping

from tickterm.market.snapshot import Attachment, ChannelCounts, PerformanceView, Snapshot
from tickterm.market.text import clean
from tickterm.memory import Memory
from tickterm.ui.draw import numbers
from tickterm.ui.draw.spans import Line, Span, crop, fit

__all__ = ["figure_lines"]

_LABEL = 10
_CHANNEL = 24
_MOST_REASONS = 4


def figure_lines(snapshot: Snapshot, memory: Memory, width: int) -> list[Line]:
    """Return the figures as lines of `width` cells; `memory` is this process's own."""
    lines = [
        *_rates(snapshot),
        *_clock(snapshot.performance),
        *_redis(snapshot),
        *_viewers(snapshot),
        _field("rejected", *_reasons(snapshot.counts.rejected_by, "amber")),
        _field("memory", (_memory(snapshot, memory), "value")),
    ]
    return [crop(line, width) for line in lines]


def _field(label: str, *values: Span) -> Line:
    return ((f" {label:<{_LABEL}}", "label"), *values)


def _rates(snapshot: Snapshot) -> list[Line]:
    counts, performance = snapshot.counts, snapshot.performance
    peak = ""
    if performance.rate_peak_at is not None:
        ago = snapshot.now - performance.rate_peak_at
        at = numbers.clock(snapshot.wall_ms - int(ago * 1000))
        peak = f"   peak {performance.rate_peak:,.0f} at {at}"
    speed = f"{numbers.size(performance.bytes_rate)}/s".rjust(9)
    return [
        _field("ticks/s", (f"{counts.rate:>9,.0f}", "value"), (peak, "flat")),
        _field("feed", (speed, "value"), (f"   {numbers.size(performance.bytes)} in all", "flat")),
    ]


def _clock(performance: PerformanceView) -> list[Line]:
    """Return what to say of clocks that disagree."""
    minute = performance.exchange_to_receive.minute
    if not minute.early:
        return []
    told = f"{numbers.count(minute.early)} of {numbers.count(minute.count)} ticks of the minute"
    return [
        _field("clock", (told, "amber")),
        _field("", ("came before their time: is this clock slow?", "amber")),
    ]


def _redis(snapshot: Snapshot) -> list[Line]:
    redis = snapshot.redis
    waits = f"{numbers.size(redis.buffered_bytes)} waiting"
    lines = [_field("Redis", (waits, "value" if redis.up else "amber"))]
    return [*lines, *(_channel(name, counts) for name, counts in redis.channels.items())]


def _channel(name: str, counts: ChannelCounts) -> Line:
    waiting = counts.buffered + counts.in_flight
    unsure = f"  {numbers.count(counts.ambiguous)} unsure" if counts.ambiguous else ""
    return (
        (f"   {fit(clean(name), _CHANNEL):<{_CHANNEL}}", "label"),
        (f"{numbers.count(waiting):>7} waiting", "value"),
        ("  dropped ", "label"),
        *_reasons(counts.dropped, "down"),
        (unsure, "amber"),
    )


def _viewers(snapshot: Snapshot) -> list[Line]:
    viewers = snapshot.viewers
    told = (
        f"{numbers.count(viewers.viewers)}, at most {numbers.size(viewers.deepest)} waiting for one"
    )
    conflated = numbers.count(viewers.conflated)
    kept = f"{numbers.count(viewers.kept)} ticks kept for those that come back"
    return [
        _field("viewers", (told, "value")),
        _field("", (kept, "value")),
        _field("conflated", (f"{conflated} ticks", "amber" if viewers.conflated else "value")),
        _field("cut off", *_reasons(viewers.cut_by, "amber")),
    ]


def _reasons(counts: Mapping[str, int], role: str) -> list[Span]:
    """Return counts by reason, the largest first."""
    there = sorted(((n, reason) for reason, n in counts.items() if n), reverse=True)
    if not there:
        return [("none", "value")]
    told = [f"{numbers.count(n)} {clean(reason, 24)}" for n, reason in there[:_MOST_REASONS]]
    if rest := there[_MOST_REASONS:]:
        told.append(f"{numbers.count(sum(n for n, _ in rest))} others")
    return [(", ".join(told), role)]


def _memory(snapshot: Snapshot, own: Memory) -> str:
    performance = snapshot.performance
    if performance.memory is None:
        return f"this screen {_memory_of(own)}"
    engine = _memory_of(Memory(performance.memory, performance.memory_is_peak))
    if _is_here(snapshot.attachment):
        return f"{engine}, engine and screen"
    return f"engine {engine}   this screen {_memory_of(own)}"


def _memory_of(memory: Memory) -> str:
    return f"{numbers.size(memory.size)}{' at most' if memory.is_peak else ''}"


def _is_here(attachment: Attachment) -> bool:
    """Say whether the engine is in this process."""
    return not attachment.where and attachment.pid in (0, os.getpid())
