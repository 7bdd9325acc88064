"""TA-Lib's candlestick patterns under names that people read, and which of them were chosen."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from typing import NamedTuple

from tickterm.errors import SettingsError
from tickterm.market.redis_events import Direction
from tickterm.market.text import clean

__all__ = ["PATTERNS", "CandlePattern", "chosen"]

FULL_STRENGTH = 100
"""TA-Lib's value of a pattern that is clearly there; a confirmed one has twice that."""
SIMILAR = 0.6
"""From 0 to 1: how like a name of a pattern another must be to be taken for a slip of the pen."""


class CandlePattern(NamedTuple):
    """One pattern of candles."""

    function: str
    """TA-Lib's name of it, such as `CDLSHOOTINGSTAR`."""
    name: str
    """Ours, such as `Shooting_Star`."""
    neutral: bool
    """Whether the sign of its value means no direction: it is always positive, or the colour."""

    def direction(self, value: int) -> Direction:
        """Return what a value of TA-Lib's, not zero, announces."""
        if self.neutral:
            return Direction.NEUTRAL
        return Direction.BULLISH if value > 0 else Direction.BEARISH

    def confidence(self, value: int) -> float:
        """Return TA-Lib's strength of a value, from 0 to 1; it is no probability."""
        return min(1.0, abs(value) / FULL_STRENGTH)


_NAMES = {
    "CDL2CROWS": "Two_Crows",
    "CDL3BLACKCROWS": "Three_Black_Crows",
    "CDL3INSIDE": "Three_Inside",
    "CDL3LINESTRIKE": "Three_Line_Strike",
    "CDL3OUTSIDE": "Three_Outside",
    "CDL3STARSINSOUTH": "Three_Stars_In_The_South",
    "CDL3WHITESOLDIERS": "Three_White_Soldiers",
    "CDLABANDONEDBABY": "Abandoned_Baby",
    "CDLADVANCEBLOCK": "Advance_Block",
    "CDLBELTHOLD": "Belt_Hold",
    "CDLBREAKAWAY": "Breakaway",
    "CDLCLOSINGMARUBOZU": "Closing_Marubozu",
    "CDLCONCEALBABYSWALL": "Concealing_Baby_Swallow",
    "CDLCOUNTERATTACK": "Counterattack",
    "CDLDARKCLOUDCOVER": "Dark_Cloud_Cover",
    "CDLDOJI": "Doji",
    "CDLDOJISTAR": "Doji_Star",
    "CDLDRAGONFLYDOJI": "Dragonfly_Doji",
    "CDLENGULFING": "Engulfing",
    "CDLEVENINGDOJISTAR": "Evening_Doji_Star",
    "CDLEVENINGSTAR": "Evening_Star",
    "CDLGAPSIDESIDEWHITE": "Gap_Side_By_Side_White",
    "CDLGRAVESTONEDOJI": "Gravestone_Doji",
    "CDLHAMMER": "Hammer",
    "CDLHANGINGMAN": "Hanging_Man",
    "CDLHARAMI": "Harami",
    "CDLHARAMICROSS": "Harami_Cross",
    "CDLHIGHWAVE": "High_Wave",
    "CDLHIKKAKE": "Hikkake",
    "CDLHIKKAKEMOD": "Modified_Hikkake",
    "CDLHOMINGPIGEON": "Homing_Pigeon",
    "CDLIDENTICAL3CROWS": "Identical_Three_Crows",
    "CDLINNECK": "In_Neck",
    "CDLINVERTEDHAMMER": "Inverted_Hammer",
    "CDLKICKING": "Kicking",
    "CDLKICKINGBYLENGTH": "Kicking_By_Length",
    "CDLLADDERBOTTOM": "Ladder_Bottom",
    "CDLLONGLEGGEDDOJI": "Long_Legged_Doji",
    "CDLLONGLINE": "Long_Line",
    "CDLMARUBOZU": "Marubozu",
    "CDLMATCHINGLOW": "Matching_Low",
    "CDLMATHOLD": "Mat_Hold",
    "CDLMORNINGDOJISTAR": "Morning_Doji_Star",
    "CDLMORNINGSTAR": "Morning_Star",
    "CDLONNECK": "On_Neck",
    "CDLPIERCING": "Piercing",
    "CDLRICKSHAWMAN": "Rickshaw_Man",
    "CDLRISEFALL3METHODS": "Rising_Falling_Three_Methods",
    "CDLSEPARATINGLINES": "Separating_Lines",
    "CDLSHOOTINGSTAR": "Shooting_Star",
    "CDLSHORTLINE": "Short_Line",
    "CDLSPINNINGTOP": "Spinning_Top",
    "CDLSTALLEDPATTERN": "Stalled_Pattern",
    "CDLSTICKSANDWICH": "Stick_Sandwich",
    "CDLTAKURI": "Takuri",
    "CDLTASUKIGAP": "Tasuki_Gap",
    "CDLTHRUSTING": "Thrusting",
    "CDLTRISTAR": "Tristar",
    "CDLUNIQUE3RIVER": "Unique_Three_River",
    "CDLUPSIDEGAP2CROWS": "Upside_Gap_Two_Crows",
    "CDLXSIDEGAP3METHODS": "Gap_Three_Methods",
}

# TA-Lib's own words: "it does not mean bullish or bearish", "neither ... when considered alone",
# "must be considered relatively to the trend"
_NEUTRAL = {
    "CDLDOJI",
    "CDLDRAGONFLYDOJI",
    "CDLGRAVESTONEDOJI",
    "CDLHIGHWAVE",
    "CDLLONGLEGGEDDOJI",
    "CDLRICKSHAWMAN",
    "CDLSHORTLINE",
    "CDLSPINNINGTOP",
    "CDLTAKURI",
}

PATTERNS = tuple(
    CandlePattern(function, name, function in _NEUTRAL) for function, name in _NAMES.items()
)
"""All that TA-Lib knows, each with TA-Lib's own thresholds."""


def chosen(names: Sequence[str]) -> tuple[CandlePattern, ...]:
    """Return the patterns of these names, in the order of `PATTERNS`; all, if there are no names.

    A name is ours or TA-Lib's, in any case, with or without underscores.

    Raises:
        SettingsError: there is no such pattern; the text says what is near, or where all are.
    """
    if not names:
        return PATTERNS
    known = {_key(name): pattern for pattern in PATTERNS for name in pattern[:2]}
    if unknown := [name for name in names if _key(name) not in known]:
        near = difflib.get_close_matches(_key(unknown[0]), known, n=1, cutoff=SIMILAR)
        advice = (
            f"nearest is {known[near[0]].name}"
            if near
            else "see them with tickterm analytics --list-patterns"
        )
        raise SettingsError(
            f"there is no pattern {clean(unknown[0], 60)} (TICKTERM_PATTERNS, --patterns): {advice}"
        )
    wanted = {known[_key(name)] for name in names}
    return tuple(pattern for pattern in PATTERNS if pattern in wanted)


def _key(name: str) -> str:
    letters = "".join(character for character in name.casefold() if character.isalnum())
    return letters.removeprefix("cdl")
