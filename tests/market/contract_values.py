"""Hypothesis strategies for every message of the contract with viewers."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st
from msgspec import UNSET

from tickterm.market import contract
from tickterm.market.contract import EngineMessage, ViewerMessage
from tickterm.market.redis_events import Direction
from tickterm.market.snapshot import (
    Candle,
    ChannelCounts,
    DetectionView,
    Feed,
    LinkPhase,
    LinkView,
    PatternEvent,
    RedisView,
    TickCounts,
    UniverseView,
    ViewersView,
)
from tickterm.market.timeframe import Timeframe

__all__ = ["engine_messages", "viewer_messages"]

text = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
number = st.floats(allow_nan=False, allow_infinity=False)
count = st.integers(0, 2**63 - 1)
whole = st.integers(-(2**63), 2**63 - 1)
shares = st.one_of(count, number)
counts_by = st.dictionaries(text, count, max_size=3)
flag = st.booleans()


def maybe(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.none() | values


def short(length: int) -> st.SearchStrategy[str]:
    return st.text(st.characters(exclude_categories=["Cs"]), max_size=length)


symbols = st.lists(short(32), max_size=4)

viewer_messages: st.SearchStrategy[ViewerMessage] = st.one_of(
    st.builds(
        contract.ViewerHello,
        version=whole,
        token=short(100),
        stream=st.sampled_from(contract.Stream),
        symbols=maybe(symbols),
        resume=maybe(st.builds(contract.Position, epoch=short(64), seq=count)),
        name=short(80),
    ),
    st.builds(contract.Subscribe, symbols=symbols),
    st.builds(contract.Unsubscribe, symbols=symbols),
    st.builds(contract.ChartOf, symbol=maybe(short(32)), timeframe=st.sampled_from(Timeframe)),
    st.builds(contract.Reconnect),
    st.builds(contract.Leave),
)

row = st.builds(
    contract.WireRow,
    symbol=text,
    price=maybe(number),
    reference=maybe(number),
    reference_is_open=flag,
    volume=shares,
    direction=st.integers(-1, 1),
    timestamp=whole,
    updated=number,
    ticks=count,
    sparkline=st.just(UNSET) | st.lists(number, max_size=60),
)
rows = st.lists(row, max_size=3)
tick = st.builds(
    contract.Tick,
    ticker=text,
    price=number,
    volume=shares,
    timestamp=whole,
    event_type=text,
    source=text,
    tick_open=number,
    tick_high=number,
    tick_low=number,
    tick_close=number,
    tick_volume=shares,
)
channel = st.builds(
    ChannelCounts,
    offered=count,
    accepted=count,
    buffered=count,
    in_flight=count,
    dropped=counts_by,
    ambiguous=count,
)
status = st.builds(
    contract.Status,
    now=number,
    wall_ms=whole,
    started=number,
    link=st.builds(
        LinkView,
        phase=st.sampled_from(LinkPhase),
        since=number,
        feed=st.sampled_from(Feed),
        host=text,
        reason=text,
        attempt=count,
        retry_at=maybe(number),
    ),
    counts=st.builds(
        TickCounts, frames=count, rejected_by=counts_by, rate=number, loop_lag_p99=maybe(number)
    ),
    redis=st.builds(
        RedisView,
        up=flag,
        where=text,
        reason=text,
        channels=st.dictionaries(text, channel, max_size=2),
        p99=maybe(number),
    ),
    viewers=st.builds(ViewersView, where=text, cut_by=counts_by, turned_away_by=counts_by),
    universe=st.builds(UniverseView, name=text, size=count, error=text),
    detection=st.builds(
        DetectionView,
        listening=flag,
        since=number,
        reason=text,
        fallback=flag,
        heartbeat_at=maybe(number),
        health=text,
        received=count,
        gaps=count,
    ),
)
pattern = st.builds(
    PatternEvent,
    number=whole,
    wall_ms=whole,
    symbol=text,
    pattern=text,
    confidence=number,
    direction=st.sampled_from(Direction),
    timestamp=whole,
    timeframe=text,
    source=text,
    price=maybe(number),
)
candle = st.builds(
    Candle, start=whole, open=number, high=number, low=number, close=number, volume=shares
)
line = st.builds(contract.LogLine, number=count, time=whole, level=whole, text=text)

engine_messages: st.SearchStrategy[EngineMessage] = st.one_of(
    st.builds(
        contract.Hello,
        version=whole,
        server=text,
        pid=count,
        epoch=text,
        seq=count,
        oldest=count,
        recovered=maybe(flag),
        feed=st.sampled_from(Feed),
        symbols=st.lists(text, max_size=3),
        heartbeat=number,
        control=flag,
        now=number,
    ),
    st.builds(
        contract.SnapshotPart,
        seq=count,
        part=st.integers(1, 99),
        parts=st.integers(1, 99),
        now=number,
        rows=rows,
    ),
    st.builds(
        contract.Ticks,
        first=count,
        last=count,
        received=number,
        conflated=count,
        ticks=st.lists(tick, max_size=3),
    ),
    st.builds(contract.Rows, seq=count, now=number, rows=rows),
    status,
    st.builds(contract.Log, lines=st.lists(line, max_size=3)),
    st.builds(contract.Patterns, events=st.lists(pattern, max_size=3), missed=count),
    st.builds(
        contract.Candles,
        symbol=text,
        timeframe=st.sampled_from(Timeframe),
        whole=flag,
        candles=st.lists(candle, max_size=3),
        events=st.lists(pattern, max_size=3),
    ),
    st.builds(
        contract.Event,
        name=st.sampled_from(contract.EventName),
        time=whole,
        text=text,
        gap=maybe(number),
    ),
    st.builds(contract.Heartbeat, seq=count, time=whole),
    st.builds(contract.Filter, symbols=maybe(st.lists(text, max_size=3))),
    st.builds(contract.Error, code=text, text=text, symbol=maybe(text)),
    st.builds(contract.Goodbye, reason=text, retry_after=number),
)
