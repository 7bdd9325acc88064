"""Studies say of every bar what TA-Lib's batch functions say of the whole series."""

from __future__ import annotations

import math
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy
import pytest
import talib

from tests.analytics.bar_series import MORNING, minutes, walk
from tickterm.analytics.indicators import INDICATORS
from tickterm.analytics.studies import Findings, Studies
from tickterm.analytics.talib_patterns import PATTERNS, chosen
from tickterm.market.bars import Bar, merged
from tickterm.market.redis_events import BarData, Detection, Direction
from tickterm.market.timeframe import Timeframe

Event = tuple[str, int, float, str]
Value = tuple[str, int, dict[str, float]]

HOUR = Timeframe.H1.ms


def columns(bars: list[Bar]) -> Any:
    return numpy.array([bar[3:8] for bar in bars], float).T.copy()


def batch_events(bars: list[Bar]) -> set[Event]:
    """What the batch functions find."""
    found = set()
    for pattern in PATTERNS:
        signs = getattr(talib, pattern.function)(*columns(bars)[:4])
        for bar, sign in zip(bars, signs.tolist(), strict=True):
            if sign:
                words = pattern.direction(sign).value
                found.add((pattern.name, bar.start, pattern.confidence(sign), words))
    return found


def batch_values(bars: list[Bar]) -> list[Value]:
    """What the batch functions calculate, where it is a number."""
    found = []
    for each in INDICATORS:
        outputs = getattr(talib, each.function)(*columns(bars)[each.inputs], **each.parameters)
        outputs = outputs if isinstance(outputs, tuple) else (outputs,)
        for bar, values in zip(bars, zip(*outputs, strict=True), strict=True):
            lines = {line: float(values[number]) for line, number in each.lines.items()}
            if not any(map(math.isnan, lines.values())):
                found.append((each.name, bar.start, lines))
    return found


def events(findings: Iterable[Findings]) -> list[Event]:
    detections = [each for finding in findings for each in finding.detections]
    return [(d.pattern, d.timestamp, d.confidence, d.direction.value) for d in detections]


def values(findings: Iterable[Findings], without: str = "VWAP") -> list[Value]:
    done = [each for finding in findings for each in finding.calculations]
    return [(c.indicator, c.timestamp, c.values) for c in done if c.indicator != without]


def vwaps(findings: Iterable[Findings]) -> list[float]:
    done = [each for finding in findings for each in finding.calculations]
    return [each.value for each in done if each.indicator == "VWAP"]


def studied(bars: list[Bar], warm: int = 0) -> list[Findings]:
    studies = Studies(PATTERNS)
    studies.warm(bars[:warm])
    return [studies.update(bar) for bar in bars[warm:]]


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("warm", [0, 1, 2, 11, 14, 33, 34, 60, 200])
def test_patterns_are_those_of_the_batch_functions(seed: int, warm: int) -> None:
    bars = walk(400, seed)
    wanted = {event for event in batch_events(bars) if event[1] >= bars[warm].start}
    found = events(studied(bars, warm))
    assert len(found) > 50
    assert len(found) == len(set(found))
    assert set(found) == wanted


@pytest.mark.parametrize("warm", [0, 20, 100])
def test_indicators_are_those_of_the_batch_functions(warm: int) -> None:
    bars = walk(400)
    wanted = [value for value in batch_values(bars) if value[1] >= bars[warm].start]
    found = values(studied(bars, warm))
    assert sorted(found, key=repr) == sorted(wanted, key=repr)
    assert {name for name, *_ in found} == {each.name for each in INDICATORS}


@pytest.mark.parametrize("kind", ["real", "generated"])
def test_a_whole_day(kind: str, tmp_path: Path) -> None:
    day = minutes(kind, tmp_path)
    assert sorted(day) == ["AIG", "BAC", "IBM", "SPY"]
    for bars in day.values():
        wanted = batch_events(bars)
        found = events(studied(bars))
        assert len(found) > 100
        assert sorted(found) == sorted(wanted)


@pytest.mark.parametrize("kind", ["real", "generated"])
def test_a_start_in_the_middle_of_the_day_makes_no_difference(kind: str, tmp_path: Path) -> None:
    for bars in minutes(kind, tmp_path).values():
        whole = events(studied(bars))
        for start in range(60, len(bars), 37):
            studies = Studies(PATTERNS)
            studies.warm(bars[max(0, start - 200) : start])
            found = events([studies.update(bar) for bar in bars[start : start + 37]])
            until = bars[start : start + 37][-1].start
            assert found == [e for e in whole if bars[start].start <= e[1] <= until]


def test_few_bars_before_make_no_difference_after_sixty() -> None:
    bars = walk(700, seed=9)
    whole = events(studied(bars))
    for dropped in (1, 7, 100, 333, 600):
        part = events(studied(bars[dropped:], warm=60))
        assert part == [event for event in whole if event[1] >= bars[dropped + 60].start]


def test_what_a_detection_says() -> None:
    quiet = [Bar("AAPL", Timeframe.M5, n * 300_000, 10, 11, 9, 10.5, 7, 70.0, 3) for n in range(20)]
    studies = Studies(chosen(["Doji", "Hammer"]))
    studies.warm(quiet)
    doji = Bar("AAPL", Timeframe.M5, 20 * 300_000, 10, 11, 9, 10.01, 12.5, 125.0, 9)
    (found,) = studies.update(doji).detections
    where = (20 * 300_000, Timeframe.M5, BarData(10, 11, 9, 10.01, 12.5))
    assert found == Detection("AAPL", "Doji", 1.0, Direction.NEUTRAL, *where)


def fast_k(bars: list[Bar]) -> float:
    """Where the last close lies between the lowest low and the highest high of 14 bars."""
    high, low = max(bar.high for bar in bars[-14:]), min(bar.low for bar in bars[-14:])
    return 100 * (bars[-1].close - low) / (high - low)


def test_what_a_calculation_says() -> None:
    bars = walk(60, symbol="BRK.B")
    done = {each.indicator: each for each in studied(bars)[-1].calculations}
    assert {each.symbol for each in done.values()} == {"BRK.B"}
    assert {each.timestamp for each in done.values()} == {bars[-1].start}
    assert {name: list(each.values) for name, each in done.items()} == {
        "SMA_5": ["sma"],
        "SMA_20": ["sma"],
        "EMA_20": ["ema"],
        "RSI_14": ["rsi"],
        "MACD": ["macd", "signal", "histogram"],
        "Bollinger": ["middle", "upper", "lower"],
        "ATR_14": ["atr"],
        "Stochastic": ["k", "d"],
        "OBV": ["obv"],
        "VWAP": ["vwap"],
    }
    assert all(each.value == next(iter(each.values.values())) for each in done.values())
    closes = [bar.close for bar in bars]
    assert done["SMA_5"].value == pytest.approx(sum(closes[-5:]) / 5)
    middle, upper, lower = done["Bollinger"].values.values()
    assert middle == pytest.approx(sum(closes[-20:]) / 20)
    deviation = math.sqrt(sum((close - middle) ** 2 for close in closes[-20:]) / 20)
    assert (upper - middle, middle - lower) == pytest.approx((2 * deviation, 2 * deviation))
    slow = [sum(fast_k(bars[: 60 - n - m]) for m in range(3)) / 3 for n in range(3)]
    assert done["Stochastic"].values["k"] == pytest.approx(slow[0])
    assert done["Stochastic"].values["d"] == pytest.approx(sum(slow) / 3)


def test_an_incomplete_bar_counts_and_fires_nothing() -> None:
    bars = walk(120, seed=3)
    fired = {event[1] for event in events(studied(bars))}
    broken = next(number for number, bar in enumerate(bars) if number > 60 and bar.start in fired)
    torn = [bar._replace(complete=number != broken) for number, bar in enumerate(bars)]
    findings = studied(torn)
    assert findings[broken] == Findings([], [])
    whole = studied(bars)
    assert findings[broken + 1 :] == whole[broken + 1 :]
    assert findings[:broken] == whole[:broken]


def test_an_incomplete_bar_on_which_a_study_begins() -> None:
    bars = walk(80, seed=3)
    for broken in (2, 10, 33):
        torn = [bar._replace(complete=number != broken) for number, bar in enumerate(bars)]
        assert studied(torn)[broken + 1 :] == studied(bars)[broken + 1 :]


def test_flat_prices() -> None:
    flat = [
        Bar("X", Timeframe.M1, MORNING + n * 60_000, 5.0, 5.0, 5.0, 5.0, 1, 5.0, 1)
        for n in range(99)
    ]
    for finding in studied(flat):
        for each in finding.calculations:
            assert all(map(math.isfinite, each.values.values()))
    assert set(events(studied(flat))) == batch_events(flat)


def test_extreme_prices_are_survived() -> None:
    bars = walk(90)
    for number, price in ((40, 1e-300), (50, 1e300), (60, 1e-9)):
        flat = bars[number]._replace(open=price, high=price, low=price, close=price)
        bars[number] = flat._replace(volume=10**15)
    for finding in studied(bars):
        for each in finding.calculations:
            assert all(map(math.isfinite, each.values.values()))


def test_one_bar() -> None:
    (finding,) = studied(walk(1))
    assert finding.detections == []
    assert {each.indicator for each in finding.calculations} == {"OBV", "VWAP"}


def test_no_patterns_chosen_and_no_history() -> None:
    studies = Studies(())
    studies.warm([])
    assert {d for bar in walk(50) for d in studies.update(bar).detections} == set()


def test_history_is_kept_no_longer_than_it_is_needed() -> None:
    studies = Studies(PATTERNS)
    for number, bar in enumerate(walk(60), 1):
        studies.update(bar)
        assert len(studies._history) == (number if number < 34 else 0)
    warmed = Studies(PATTERNS)
    warmed.warm(walk(500))
    assert warmed._history == []


def test_the_vwap_is_of_the_session() -> None:
    friday, monday = walk(30), walk(30, seed=2, start=MORNING + 3 * 24 * HOUR)
    found = vwaps(studied(friday + monday))
    for bars, of_session in ((friday, found[:30]), (monday, found[30:])):
        turnover = [sum(bar.turnover for bar in bars[:n]) for n in range(1, 31)]
        volume = [sum(bar.volume for bar in bars[:n]) for n in range(1, 31)]
        expected = [dollars / shares for dollars, shares in zip(turnover, volume, strict=True)]
        assert of_session == pytest.approx(expected)


def test_the_vwap_after_a_start_in_the_middle() -> None:
    bars = walk(300)
    studies = Studies(PATTERNS)
    studies.warm(bars[190:250], merged(Timeframe.M1, bars[0].start, bars[:250]))
    assert vwaps([studies.update(bars[250])]) == pytest.approx(vwaps(studied(bars))[250:251])


def test_no_vwap_outside_sessions() -> None:
    night = walk(3, start=MORNING - HOUR)
    assert vwaps(studied(night)) == []
    assert len(vwaps(studied(night + walk(3)))) == 3
