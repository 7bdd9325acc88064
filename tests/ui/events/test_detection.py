"""Who looks for patterns, in words."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.ui.driving import on_screen
from tests.ui.fake_engine import HOSTILE, NOW, make_snapshot
from tickterm.market.snapshot import DetectionView
from tickterm.ui.draw.spans import line_text
from tickterm.ui.events.detection import detection_detail, detection_word
from tickterm.ui.figures.stats_footer import stats_lines

WAITING = "starting: waiting for the first whole 1min bar"
WELL = DetectionView(listening=True, heartbeat_at=NOW - 3.5, health="healthy")
FALLBACK = replace(WELL, fallback=True, fallback_since=NOW - 42, heartbeat_at=NOW - 75)
STARTING: dict[str, Any] = {"health": WAITING, "health_at": NOW - 8}


@pytest.mark.parametrize(
    ("detection", "word", "detail"),
    [
        (WELL, ("analytics", "up"), "healthy, heartbeat 4s ago"),
        (replace(WELL, health=""), ("analytics", "up"), "alive, heartbeat 4s ago"),
        (
            replace(WELL, health="degraded: 3 s behind"),
            ("analytics", "amber"),
            "degraded: 3 s behind, heartbeat 4s ago",
        ),
        (replace(WELL, heartbeat_at=None), ("nobody", "amber"), "no sign of analytics"),
        (FALLBACK, ("FALLBACK", "amber"), "for 42s, analytics silent 1m"),
        (
            replace(FALLBACK, heartbeat_at=None),
            ("FALLBACK", "amber"),
            "for 42s, no sign of analytics",
        ),
        (replace(FALLBACK, **STARTING), ("FALLBACK", "amber"), f"for 42s, analytics {WAITING}"),
        (
            replace(FALLBACK, **STARTING, heartbeat_at=None),
            ("FALLBACK", "amber"),
            f"for 42s, analytics {WAITING}",
        ),
        (
            replace(FALLBACK, health=WAITING, health_at=NOW - 31),
            ("FALLBACK", "amber"),
            "for 42s, analytics silent 1m",
        ),
        (
            replace(FALLBACK, listening=False, reason="redis is down"),
            ("FALLBACK", "amber"),
            "for 42s, not listening: redis is down",
        ),
        (DetectionView(since=1.0), ("OFF", "down"), "not listening"),
        (DetectionView(), None, "nobody looks for patterns"),
    ],
)
def test_words(detection: DetectionView, word: tuple[str, str] | None, detail: str) -> None:
    assert detection_word(detection) == word
    assert detection_detail(detection, NOW, 80)[0] == detail


LOADED = replace(WELL, health="healthy, 70 symbols, 60 ticks/s, lag 0 ms")


@pytest.mark.parametrize(
    ("detection", "width", "detail"),
    [
        (LOADED, 59, "healthy, 70 symbols, 60 ticks/s, lag 0 ms, heartbeat 4s ago"),
        (LOADED, 58, "healthy, beat 4s ago"),
        (LOADED, 20, "healthy, beat 4s ago"),
        (LOADED, 12, "healthy, be…"),
        (FALLBACK, 27, "analytics silent 1m"),
        (replace(FALLBACK, **STARTING), 27, "analytics starting"),
        (replace(FALLBACK, heartbeat_at=None), 20, "no sign of analytics"),
        (DetectionView(reason="redis is down"), 20, "not listening: redi…"),
    ],
)
def test_where_it_is_narrow_the_short_form_is_whole(
    detection: DetectionView, width: int, detail: str
) -> None:
    assert detection_detail(detection, NOW, width)[0] == detail


def test_reason_and_health_are_sanitised() -> None:
    for detection in (replace(WELL, health=HOSTILE), DetectionView(reason=HOSTILE)):
        assert "\x1b" not in detection_detail(detection, NOW, 200)[0]


def footer(detection: DetectionView, width: int, rows: int) -> str:
    lines = stats_lines(make_snapshot(detection=detection), NOW, width, rows)
    assert all(len(line_text(line)) <= width for line in lines)
    return " ".join(map(line_text, lines))


@pytest.mark.parametrize(("width", "rows"), [(80, 2), (150, 1), (200, 1)])
def test_trouble_is_seen_in_the_statistics_at_every_size(width: int, rows: int) -> None:
    assert "patterns FALLBACK" in footer(FALLBACK, width, rows)
    assert "patterns OFF" in footer(DetectionView(reason="x"), width, rows)
    assert "patterns nobody" in footer(replace(WELL, heartbeat_at=None), width, rows)


def test_analytics_that_works_takes_the_room_of_nothing_else() -> None:
    assert "patterns analytics" in footer(WELL, 80, 2)
    assert "patterns analytics" in footer(WELL, 200, 1)
    assert "lag 0.31 ms" in footer(WELL, 150, 1)
    assert "patterns" not in footer(DetectionView(), 200, 1)


async def test_a_change_of_who_looks_is_seen_at_once() -> None:
    async with on_screen() as driver:
        assert "patterns analytics" in driver.text()
        driver.engine.change(detection=FALLBACK)
        await driver.look()
        assert "patterns FALLBACK" in driver.text()
