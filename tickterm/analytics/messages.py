"""What is published of the findings on a bar."""

from __future__ import annotations

from collections.abc import Iterator

from tickterm.analytics.studies import Findings
from tickterm.market.redis_events import (
    INDICATORS,
    PATTERNS,
    PATTERNS_STREAMING,
    PatternDetected,
    StreamingIndicator,
    StreamingPattern,
    encode,
)

__all__ = ["Message", "messages_of"]

Message = tuple[str, bytes]
"""Channel and payload."""

SOURCE = "analytics"


def messages_of(findings: Findings, now: int) -> Iterator[Message]:
    """Yield a message for each calculation and two for each detection; `now` in ms UTC."""
    for detection in findings.detections:
        yield PATTERNS, encode(PatternDetected(SOURCE, now, detection))
        yield PATTERNS_STREAMING, encode(StreamingPattern(SOURCE, detection))
    for calculation in findings.calculations:
        yield INDICATORS, encode(StreamingIndicator(SOURCE, calculation))
