"""Typical prices of well-known symbols, so that a demo reads like a market."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

__all__ = ["TYPICAL_PRICES"]

_TABLE = """
AAPL 230  NVDA 140  TSLA 340  MSFT 430  GOOGL 175 GOOG 177  AMZN 205  META 570  BRK.B 470
AVGO 170  AMD 140   NFLX 890  JPM 245   V 310     MA 520    UNH 590   XOM 120   JNJ 155
PG 172    HD 410    COST 930  WMT 88    KO 63     PEP 159   LLY 750   ABBV 170  MRK 97
BAC 46    WFC 73    GS 590    CRM 330   ORCL 190  INTC 24   QCOM 156  CSCO 58   DIS 115
BA 150    CAT 390   GE 180    PLTR 64   UBER 71   SPY 592   QQQ 505   IWM 237   DIA 440
VTI 293   VOO 544   VGT 615   XLK 232   XLF 50    XLE 96    XLV 144   XLI 142   XLY 217
XLP 81    XLU 81    XLB 93    XLRE 44   XLC 96    SMH 243   XBI 97    KRE 65    XRT 80
GLD 246   SLV 28    TLT 90    HYG 79    EEM 43    EFA 78    ARKK 55   MU 102    CVX 160
MS 135    IBM 222   AXP 290   RTX 119   PM 130    TMUS 236  MCD 290   APP 320   ABT 117
TMO 520   C 69      ISRG 540  LRCX 72   AMGN 290  BX 185    AMAT 175  SCHW 81   INTU 640
NEE 77    BLK 1030  GEV 340   NOW 1040  BKNG 5100 TJX 120   ANET 390  VZ 42     T 23
APH 72    TXN 200   GILD 89   KLAC 630  SPGI 510  ACN 355   DHR 235   ETN 370   BSX 90
COF 185   ADBE 510  PANW 390  LOW 265   UNP 240   PFE 25    PGR 255   SYK 390   HON 228
CRWD 350  DE 440    WELL 137  KKR 155   MDT 86    PLD 114   ADP 300   CEG 245   COP 110
CB 285    LMT 535   VRTX 455
"""

_WORDS = _TABLE.split()

TYPICAL_PRICES: Mapping[str, float] = MappingProxyType(
    {symbol: float(price) for symbol, price in zip(_WORDS[::2], _WORDS[1::2], strict=True)}
)
"""Symbol -> dollars; round figures of late 2024, not quotations."""
