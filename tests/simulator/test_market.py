"""The made-up market has the properties of the real one."""

from __future__ import annotations

import subprocess
import sys
from decimal import Decimal
from itertools import pairwise
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tickterm.market.hours import Session
from tickterm.simulator.market import Market

START = 1_704_465_000  # 2024-01-05 09:30 New York
WIRE_KEYS = "ev sym v av op vw o c h l a z s e dv dav".split()


def _bars(symbol: str, seconds: int, seed: int = 0) -> list[Any]:
    market = Market(seed)
    return [bar for s in range(seconds) for bar in market.bars([symbol], START + s)]


@settings(max_examples=30, deadline=None)
@given(symbol=st.from_regex(r"[A-Z]{1,5}", fullmatch=True), seed=st.integers(0, 2**31))
def test_bars_are_consistent(symbol: str, seed: int) -> None:
    bars = _bars(symbol, 120, seed)
    for bar in bars:
        assert 0 < bar["l"] <= min(bar["o"], bar["c"]) <= max(bar["o"], bar["c"]) <= bar["h"]
        assert bar["l"] <= bar["vw"] <= bar["h"]
        assert bar["v"] >= 1
        assert 1 <= bar["z"] <= bar["v"]
        assert bar["e"] == bar["s"] + 1000
        assert float(bar["dav"]) >= bar["av"]
    for before, bar in pairwise(bars):
        assert bar["s"] > before["s"]
        assert bar["av"] >= before["av"] + bar["v"]
        assert Decimal(bar["dav"]) >= Decimal(before["dav"]) + bar["v"]
        assert abs(bar["o"] / before["c"] - 1) < 0.02


def test_the_wire_shape_is_that_of_the_feed() -> None:
    bar = _bars("FCX", 1)[0]
    assert list(bar) == WIRE_KEYS
    assert bar["dv"] == f"{bar['v']}.0"
    assert 150 < len(orjson.dumps(bar)) < 250


def test_prices_below_one_dollar_have_four_decimals_and_others_two() -> None:
    for bar in (bar for n in range(200) for bar in _bars(f"S{n}", 2)):
        decimals = 2 if bar["c"] >= 1 else 4
        assert bar["c"] == round(bar["c"], decimals)


def test_the_same_seed_gives_the_same_market_and_another_another() -> None:
    assert _bars("AAPL", 50, 7) == _bars("AAPL", 50, 7)
    assert _bars("AAPL", 50, 7) != _bars("AAPL", 50, 8)


def test_every_process_has_the_same_market() -> None:
    program = (
        "import orjson; from tickterm.simulator.market import Market;"
        f"print(orjson.dumps(Market(3).bars(['AAPL', 'ZZZ'], {START})).decode())"
    )
    out = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        check=True,
        env={"PYTHONHASHSEED": "12345", "PYTHONPATH": ":".join(sys.path)},
    )
    assert orjson.loads(out.stdout) == Market(3).bars(["AAPL", "ZZZ"], START)


def test_asking_again_for_a_second_gives_the_same_bar() -> None:
    market = Market()
    first = market.bars(["SPY", "IBM"], START)
    assert market.bars(["SPY", "IBM"], START) == first


def test_some_seconds_are_quiet_and_some_symbols_quieter() -> None:
    counts = [len(_bars(f"X{n}", 200)) for n in range(30)]
    assert min(counts) < 120
    assert max(counts) > 170


def test_the_first_second_and_a_demanded_one_are_never_quiet() -> None:
    market = Market()
    symbols = [f"X{n}" for n in range(200)]
    assert len(market.bars(symbols, START)) == 200
    assert len(market.bars(symbols, START + 1)) < 200
    assert len(market.bars(symbols, START + 1, quiet=False)) == 200


def test_volumes_have_heavy_tails() -> None:
    volumes = sorted(bar["v"] for bar in _bars("AAPL", 3000))
    assert volumes[-1] > 20 * volumes[len(volumes) // 2]


@pytest.mark.parametrize("session", [Session.PRE, Session.POST])
def test_outside_regular_hours_trading_is_thin_and_has_no_open(session: Session) -> None:
    market, regular = Market(), Market()
    thin = [bar for s in range(500) for bar in market.bars(["AAPL"], START + s, session)]
    full = [bar for s in range(500) for bar in regular.bars(["AAPL"], START + s)]
    assert not any("op" in bar for bar in thin)
    assert 0 < len(thin) < len(full) / 3


def test_nothing_trades_when_the_market_is_closed() -> None:
    assert Market().bars(["AAPL"], START, Session.CLOSED, quiet=False) == []


def test_a_new_day_starts_its_own_totals() -> None:
    market = Market()
    market.bars(["AAPL"], START)
    bar: Any = market.bars(["AAPL"], START + 86_400, quiet=False)[0]
    assert bar["v"] <= bar["av"] < bar["v"] + 3
    assert bar["op"] == bar["o"]
    assert bar["a"] == pytest.approx(bar["vw"], rel=1e-3)
