"""A process that dies at any step of its work: the next one repeats no event and misses none."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.analytics.listening import listening
from tests.analytics.lives import (
    SENTINELS,
    Life,
    append,
    live_to_the_end,
    live_until_death,
    sentinels,
)
from tests.analytics.offline import assert_same, candles, events, frames, stored, ticks
from tests.recordings import write_recording
from tests.redis_server import redis_server
from tickterm.analytics import partition, stream_source
from tickterm.analytics.redis_client import connect


@pytest.fixture(name="recording")
def small_day(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An hour, read in so small pieces that every minute closes by itself."""
    monkeypatch.setattr(stream_source, "AT_ONCE", 90)
    monkeypatch.setattr(stream_source, "ACKNOWLEDGED_AT_ONCE", 20)
    monkeypatch.setattr(partition, "FIRST_RETRY", 0.001)
    path = tmp_path / "hour.jsonl.gz"
    write_recording(path, ("SPY", "IBM"), seconds=3_600, seed=3)
    return path


@pytest.mark.timeout(120)
@pytest.mark.parametrize("answered", [False, True], ids=["before", "after"])
async def test_dying_again_and_again(recording: Path, tmp_path: Path, answered: bool) -> None:
    wanted = candles(frames(recording))
    day = ticks(recording)
    bars = tmp_path / "bars.db"
    with redis_server() as redis, listening(redis.port) as ear:
        client = connect(redis.url)
        await append(client, day + sentinels(day))
        for number in range(14, 45):
            life = Life(redis.url, bars, owner=f"life {number}")
            life.die_at(number, answered=answered)
            await live_until_death(life)
        await live_to_the_end(Life(redis.url, bars), left=SENTINELS)
        await client.aclose()
        assert_same(stored(bars), wanted)
        assert ear.patterns() == events(wanted)
        assert ear.streamed() == events(wanted)
        assert set(ear.calculations().values()) == {1}
