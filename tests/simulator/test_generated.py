"""The made-up market as a live feed: who gets which bars, and when."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator
from typing import Any

import orjson
import pytest

from tickterm.market.seeds import COMBO_TEST
from tickterm.simulator.control import Subscriptions
from tickterm.simulator.generated import GeneratedSource, numbered_symbols

START = 1_704_465_000  # Friday 2024-01-05 09:30 New York
SATURDAY = START + 86_400


class Clock:
    """Seconds UTC that begin where a test wants them."""

    def __init__(self, now: float) -> None:
        self.offset = now - time.monotonic()

    def __call__(self) -> float:
        return time.monotonic() + self.offset


def _wanted(*tickers: str) -> Subscriptions:
    wanted = Subscriptions()
    for ticker in tickers:
        wanted.add("A", ticker)
    return wanted


async def _next(frames: AsyncGenerator[bytes, None]) -> list[Any]:
    async with asyncio.timeout(20):
        bars = orjson.loads(await anext(frames))
    assert isinstance(bars, list)
    return bars


async def test_the_first_bars_come_at_once_and_then_a_burst_each_second() -> None:
    clock = Clock(START + 0.8)
    frames = GeneratedSource(clock=clock).frames(_wanted(*COMBO_TEST))
    first = await _next(frames)
    assert clock() < START + 1
    assert [bar["sym"] for bar in first] == list(COMBO_TEST)
    assert {bar["s"] for bar in first} == {(START - 1) * 1000}
    burst = await _next(frames)
    assert START + 1 <= clock() < START + 2
    assert {bar["s"] for bar in burst} == {START * 1000}
    assert 20 < len(burst) < len(COMBO_TEST)


async def test_delay_holds_bars_back() -> None:
    clock = Clock(START + 0.8)
    frames = GeneratedSource(clock=clock, delay=2).frames(_wanted(*COMBO_TEST))
    assert {bar["s"] for bar in await _next(frames)} == {(START - 3) * 1000}
    assert {bar["s"] for bar in await _next(frames)} == {(START - 2) * 1000}
    assert START + 1 <= clock() < START + 2


async def test_spread_sends_each_symbol_once_at_its_own_phase() -> None:
    clock = Clock(START + 0.9)
    symbols = numbered_symbols(400)
    frames = GeneratedSource(clock=clock, spread=0.2).frames(_wanted(*symbols))
    assert len(await _next(frames)) == 400
    seen: list[str] = []
    times: list[float] = []
    while len(times) < 20:
        bars = await _next(frames)
        times.append(clock())
        assert {bar["s"] for bar in bars} == {START * 1000}
        seen += [bar["sym"] for bar in bars]
    assert len(seen) == len(set(seen)) > 100
    assert times[0] >= START + 1
    assert times[-1] - times[0] > 0.15


async def test_subscribing_in_the_middle_of_a_second_never_repeats_one() -> None:
    clock = Clock(START + 0.1)
    wanted = _wanted(*numbered_symbols(100))
    frames = GeneratedSource(clock=clock, spread=0.3).frames(wanted)
    seen: set[tuple[str, int]] = set()
    while clock() < START + 0.35:
        for bar in await _next(frames):
            assert (bar["sym"], bar["s"]) not in seen
            seen.add((bar["sym"], bar["s"]))


async def test_what_is_subscribed_later_has_its_first_bar_at_once() -> None:
    clock = Clock(START + 0.1)
    wanted = _wanted("AAPL")
    frames = GeneratedSource(clock=clock).frames(wanted)
    await _next(frames)
    wanted.add("A", "SPY")
    assert [bar["sym"] for bar in await _next(frames)] == ["SPY"]
    assert clock() < START + 0.5


async def test_only_known_symbols_have_data() -> None:
    source = GeneratedSource(numbered_symbols(3), rate=1000)
    frames = source.frames(_wanted("S0001", "AAPL"))
    assert {bar["sym"] for _ in range(5) for bar in await _next(frames)} == {"S0001"}
    everything = source.frames(_wanted("*", "AAPL"))
    seen = {bar["sym"] for _ in range(20) for bar in await _next(everything)}
    assert seen == {"S0000", "S0001", "S0002"}


async def test_a_wildcard_means_the_demo_universe_and_what_was_named() -> None:
    frames = GeneratedSource().frames(_wanted("ZZZZ", "*"))
    assert {bar["sym"] for bar in await _next(frames)} == {*COMBO_TEST, "ZZZZ"}


async def test_what_is_no_symbol_has_no_data() -> None:
    frames = GeneratedSource().frames(_wanted("$$$", "BRK.B", "a b"))
    assert [bar["sym"] for bar in await _next(frames)] == ["BRK.B"]


@pytest.mark.parametrize("rate", [100, 2_000, 20_000])
async def test_rate_is_kept(rate: int) -> None:
    frames = GeneratedSource(rate=rate).frames(_wanted("*"))
    await _next(frames)
    start = time.monotonic()
    counts: list[int] = []
    while sum(counts) < rate * 0.25:
        counts.append(len(await _next(frames)))
    took = time.monotonic() - start
    assert 0.2 < took < 5
    assert max(counts) <= 500


async def test_a_stopped_reader_finds_no_flood_when_it_is_back() -> None:
    frames = GeneratedSource(rate=1_000).frames(_wanted("*"))
    await _next(frames)
    loop = asyncio.get_running_loop()
    real, away = loop.time, 100.0
    loop.time = lambda: real() + away  # type: ignore[method-assign]  # time passes without waiting
    counts = [len(await _next(frames)) for _ in range(6)]
    assert max(counts) <= 500
    assert sum(counts) < 1_500


async def test_when_the_market_is_closed_nothing_comes() -> None:
    clock = Clock(SATURDAY + 0.9)
    for rate in (None, 1000.0):
        source = GeneratedSource(sessions=True, clock=clock, rate=rate)
        frames = source.frames(_wanted("AAPL"))
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.2):
                await anext(frames)


async def test_before_the_opening_bars_have_no_open() -> None:
    clock = Clock(START - 3600)
    frames = GeneratedSource(sessions=True, clock=clock).frames(_wanted("AAPL"))
    assert "op" not in (await _next(frames))[0]
    frames = GeneratedSource(sessions=False, clock=clock).frames(_wanted("AAPL"))
    assert "op" in (await _next(frames))[0]


async def test_prices_go_on_for_the_next_connection() -> None:
    source = GeneratedSource(rate=1000)
    last = (await _next(source.frames(_wanted("AAPL"))))[-1]
    first = (await _next(source.frames(_wanted("AAPL"))))[0]
    assert first["s"] > last["s"]
    assert first["av"] >= last["av"] + first["v"]


async def test_after_a_reconnect_the_screen_fills_at_once_again() -> None:
    clock = Clock(START + 0.1)
    source = GeneratedSource(clock=clock)
    for _ in range(3):
        assert len(await _next(source.frames(_wanted(*COMBO_TEST)))) == len(COMBO_TEST)
        clock.offset += 1


async def test_the_seed_makes_the_market() -> None:
    async def first(seed: int) -> list[Any]:
        source = GeneratedSource(seed=seed, clock=Clock(START + 0.1))
        return await _next(source.frames(_wanted("AAPL")))

    assert await first(1) == await first(1) != await first(2)


@pytest.mark.parametrize("jump", [-3600.2, 3600.8])
async def test_a_clock_that_is_set_does_not_silence_the_feed(jump: float) -> None:
    clock = Clock(START + 0.9)
    frames = GeneratedSource(clock=clock).frames(_wanted(*COMBO_TEST))
    await _next(frames)
    clock.offset += jump
    for _ in range(2):
        bars = await _next(frames)
    assert abs(bars[0]["s"] / 1000 - clock()) < 3
