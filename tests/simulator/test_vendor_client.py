"""The vendor's own client, unmodified, against the simulated server."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from types import ModuleType
from typing import Any

import orjson
import pytest
from massive import WebSocketClient
from massive.exceptions import AuthError
from massive.websocket.models import EquityAgg

from tests.recordings import write_recording
from tickterm.simulator.faults import Faults
from tickterm.simulator.generated import GeneratedSource
from tickterm.simulator.server import SimulatedFeed
from tickterm.simulator.source import RecordedSource


def _client(feed: SimulatedFeed, *tokens: str, codec: ModuleType = json) -> Any:
    return WebSocketClient(
        api_key="anything",
        feed=f"127.0.0.1:{feed.port}",
        market="stocks",
        secure=False,
        subscriptions=list(tokens),
        custom_json=codec,
    )


class _EnoughError(Exception):
    pass


async def _receive(client: Any, count: int, compression: str | None = None) -> list[EquityAgg]:
    bars: list[EquityAgg] = []

    async def take(messages: list[EquityAgg]) -> None:
        bars.extend(messages)
        if len(bars) >= count:
            raise _EnoughError

    with pytest.raises(_EnoughError):
        async with asyncio.timeout(10):
            await client.connect(take, compression=compression, proxy=None)
    return bars


@pytest.mark.parametrize("codec", [json, orjson])
@pytest.mark.parametrize("compression", ["deflate", None])
async def test_it_receives_bars(codec: ModuleType, compression: str | None) -> None:
    source = GeneratedSource(rate=2000)
    async with SimulatedFeed(source, compression=compression) as feed:
        bars = await _receive(
            _client(feed, "A.AAPL", "A.BRK.B", codec=codec), 200, compression=compression
        )
    assert {bar.symbol for bar in bars} == {"AAPL", "BRK.B"}
    for bar in bars:
        assert bar.low <= bar.close <= bar.high
        assert bar.end_timestamp == bar.start_timestamp + 1000
        assert bar.fractional_volume == f"{bar.volume}.0"


async def test_it_receives_everything_from_a_wildcard() -> None:
    async with SimulatedFeed(GeneratedSource()) as feed:
        bars = await _receive(_client(feed, "A.*"), 70)
    assert len({bar.symbol for bar in bars}) == 70


async def test_it_reads_a_recording_to_its_end(tmp_path: Path) -> None:
    path = tmp_path / "day.jsonl.gz"
    count = write_recording(path, ["AAPL", "SPY"], 500)
    bars: list[EquityAgg] = []

    async def take(messages: list[EquityAgg]) -> None:
        bars.extend(messages)

    async with SimulatedFeed(RecordedSource(path, 0)) as feed, asyncio.timeout(10):
        await _client(feed, "A.AAPL", "A.SPY").connect(take, proxy=None)
        assert feed.finished.is_set()
    assert len(bars) == count


async def test_it_is_told_of_a_bad_key() -> None:
    source = GeneratedSource()
    async with SimulatedFeed(source, faults=Faults(bad_key=True)) as feed, asyncio.timeout(10):
        with pytest.raises(AuthError, match="authentication failed"):
            await _client(feed, "A.AAPL").connect(None, proxy=None)


async def test_it_survives_odd_numbers_duplicates_and_a_refused_channel() -> None:
    source = GeneratedSource(rate=2000)
    faults = Faults(odd_numbers=True, duplicates=True)
    async with SimulatedFeed(source, faults=faults) as feed:
        assert len(await _receive(_client(feed, "A.AAPL", "T.AAPL"), 200)) >= 200
