"""Hypothesis strategies for every message of the contract with viewers."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st
from msgspec import UNSET

from tickterm.market import contract
from tickterm.market.alerts import AlertKind, AlertRule, FiredAlert
from tickterm.market.contract import EngineMessage, ViewerMessage
from tickterm.market.groups import Group
from tickterm.market.redis_events import Direction
from tickterm.market.snapshot import (
    Candle,
    ChannelCounts,
    DetectionView,
    Feed,
    LinkPhase,
    LinkView,
    PatternEvent,
    PerformanceView,
    Quantiles,
    RedisView,
    TapeTick,
    TickCounts,
    Timing,
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
digit = st.integers(2, 9)
group = st.builds(Group, key=whole, name=text, symbols=symbols.map(tuple), own=flag)

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
    st.builds(contract.Watch, symbols=symbols),
    st.builds(contract.Unwatch, symbols=symbols),
    st.builds(contract.WatchGroup, key=digit),
    st.builds(contract.UseUniverse, key=short(240)),
    st.builds(contract.PutList, key=digit, name=short(40), symbols=symbols),
    st.builds(contract.ChangeList, key=digit, added=symbols, removed=symbols),
    st.builds(contract.DropList, key=digit),
    st.builds(contract.AddAlert, text=short(300)),
    st.builds(contract.RemoveAlert, id=st.integers(1, 2**31)),
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
    sparkline_tail=st.just(UNSET) | st.lists(number, max_size=60),
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
quantiles = st.builds(
    Quantiles, count=count, early=count, p50=maybe(number), p99=maybe(number), max=maybe(number)
)
timing = st.builds(Timing, minute=quantiles, since_start=quantiles)
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
        TickCounts,
        frames=count,
        rejected_by=counts_by,
        rate=number,
        loop_lag_p99=maybe(number),
        hidden=counts_by,
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
    performance=st.builds(
        PerformanceView,
        exchange_to_receive=timing,
        loop_lag=timing,
        rate_peak=number,
        rate_peak_at=maybe(number),
        bytes=count,
        bytes_rate=number,
        memory=maybe(count),
        memory_is_peak=flag,
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
tape_tick = st.builds(
    TapeTick,
    number=whole,
    time=whole,
    price=number,
    low=number,
    high=number,
    volume=shares,
    revised=flag,
)
line = st.builds(contract.LogLine, number=count, time=whole, level=whole, text=text)

alert_rule = st.builds(
    AlertRule,
    symbol=text,
    kind=st.sampled_from(AlertKind),
    value=number,
    id=count,
    direction=st.integers(-1, 1),
    window=number,
    cooldown=number,
    once=flag,
    command=text,
)
fired_alert = st.builds(
    FiredAlert,
    number=count,
    wall_ms=whole,
    rule=count,
    symbol=text,
    kind=st.sampled_from(AlertKind),
    text=text,
    price=maybe(number),
)

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
        ticks=st.lists(tape_tick, max_size=3),
    ),
    st.builds(
        contract.Event,
        name=st.sampled_from(contract.EventName),
        time=whole,
        text=text,
        gap=maybe(number),
    ),
    st.builds(contract.Heartbeat, seq=count, time=whole),
    st.builds(contract.Watched, symbols=st.lists(text, max_size=3)),
    st.builds(contract.Groups, groups=st.lists(group, max_size=3)),
    st.builds(contract.Filter, symbols=maybe(st.lists(text, max_size=3))),
    st.builds(
        contract.Alerts,
        rules=maybe(st.lists(alert_rule, max_size=3)),
        fired=st.lists(fired_alert, max_size=3),
    ),
    st.builds(contract.Answer, text=text, alert=count),
    st.builds(contract.Error, code=text, text=text, symbol=maybe(text)),
    st.builds(contract.Goodbye, reason=text, retry_after=number),
)
