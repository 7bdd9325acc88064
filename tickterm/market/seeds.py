"""The universes of a fresh installation."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

__all__ = ["COMBO_TEST", "SEEDS", "TOP_100", "Seed"]

COMBO_TEST: tuple[str, ...] = tuple(
    """
    AAPL NVDA TSLA MSFT GOOGL GOOG AMZN META BRK.B AVGO AMD NFLX JPM V
    MA UNH XOM JNJ PG HD COST WMT KO PEP LLY ABBV MRK BAC
    WFC GS CRM ORCL INTC QCOM CSCO DIS BA CAT GE PLTR UBER
    SPY QQQ IWM DIA VTI VOO VGT XLK XLF XLE XLV XLI XLY XLP
    XLU XLB XLRE XLC SMH XBI KRE XRT GLD SLV TLT HYG EEM EFA ARKK
    """.split()
)
"""70 of the most traded US stocks and ETFs."""

TOP_100: tuple[str, ...] = tuple(
    """
    NVDA AAPL GOOGL GOOG MSFT AMZN AVGO META TSLA BRK.B
    LLY WMT JPM V ORCL MA XOM JNJ PLTR BAC
    NFLX ABBV COST AMD MU HD GE PG WFC CVX
    UNH KO CSCO MS IBM GS CAT MRK AXP RTX
    PM CRM TMUS MCD APP ABT TMO C ISRG PEP
    LRCX DIS QCOM AMGN INTC BX AMAT UBER SCHW INTU
    NEE BLK GEV NOW BKNG TJX ANET VZ T APH
    BA TXN GILD KLAC SPGI ACN DHR ETN BSX COF
    ADBE PANW LOW UNP PFE PGR SYK HON CRWD DE
    WELL KKR MDT PLD ADP CEG COP CB LMT VRTX
    """.split()
)
"""100 large US stocks, roughly by market value, largest first."""


class Seed(NamedTuple):
    """One row of `cache_entries` that a fresh database starts with."""

    type: str
    name: str
    key: str
    value: object
    """What JSON can say: a list of tickers, or `{"count": n, "stocks": [{"ticker", "rank"}]}`."""


SEEDS: Mapping[str, Seed] = MappingProxyType(
    {
        "stock_etf_test:combo_test": Seed(
            "stock_etf_combo", "stock_etf_test", "combo_test", list(COMBO_TEST)
        ),
        "market_leaders:top_100": Seed(
            "stock_universe",
            "market_leaders",
            "top_100",
            {
                "count": len(TOP_100),
                "stocks": [
                    {"ticker": ticker, "rank": rank} for rank, ticker in enumerate(TOP_100, 1)
                ],
            },
        ),
    }
)
"""`name:key` -> its row."""
