"""Who looks for patterns: a word for the statistics, and a few for the events; pure."""

from __future__ import annotations

from tickterm.market.snapshot import DetectionView
from tickterm.market.text import clean
from tickterm.ui.draw import numbers
from tickterm.ui.draw.spans import Span, fit, text_width

__all__ = ["detection_detail", "detection_word"]

_HEALTHY, _STARTING = "healthy", "starting"
_FRESH = 30.0
"""Seconds for which what analytics said of itself counts; it says so every ten."""


def detection_word(detection: DetectionView) -> Span | None:
    """Return who looks for patterns, or None where the engine says nothing of it."""
    if detection == DetectionView():
        return None
    if detection.fallback:
        return "FALLBACK", "amber"
    if not detection.listening:
        return "OFF", "down"
    if detection.heartbeat_at is None:
        return "nobody", "amber"
    well = not detection.health or detection.health.startswith(_HEALTHY)
    return "analytics", "up" if well else "amber"


def detection_detail(detection: DetectionView, now: float, width: int) -> Span:
    """Return how they are, or why nobody looks, at engine time `now` in up to `width` cells."""
    long, short, role = _details(detection, now)
    return long if text_width(long) <= width else fit(short, width), role


def _details(detection: DetectionView, now: float) -> tuple[str, str, str]:
    """Return the long and the short form, and their role."""
    if detection == DetectionView():
        told = "nobody looks for patterns"
        return told, told, "muted"
    since = f"for {numbers.age(now - detection.fallback_since)}, " * detection.fallback
    if not detection.listening:
        reason = clean(detection.reason, 80)
        told = f"{since}not listening{': ' if reason else ''}{reason}"
        return told, told, "down"
    if _is_starting(detection, now):
        told = f"analytics {clean(detection.health, 60)}"
        return f"{since}{told}", f"analytics {_STARTING}", "muted"
    if detection.heartbeat_at is None:
        return f"{since}no sign of analytics", "no sign of analytics", "muted"
    age = numbers.age(now - detection.heartbeat_at)
    if detection.fallback:
        return f"{since}analytics silent {age}", f"analytics silent {age}", "muted"
    health = clean(detection.health, 60) or "alive"
    return f"{health}, heartbeat {age} ago", f"{health.split(',')[0]}, beat {age} ago", "muted"


def _is_starting(detection: DetectionView, now: float) -> bool:
    """Say whether analytics is there and has no whole bar yet: it gives no sign of life before."""
    is_fresh = detection.health_at is not None and now - detection.health_at < _FRESH
    return is_fresh and detection.health.startswith(_STARTING)
