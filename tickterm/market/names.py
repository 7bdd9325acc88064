"""What symbols stand for: the names in a universe's list, and those of the best-known symbols."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from tickterm.market.text import clean

__all__ = ["KNOWN", "LONGEST", "as_items", "names_in"]

LONGEST = 64
"""Characters of a name that are kept."""

_KNOWN = """
    AAPL Apple
    ABBV AbbVie
    ABT Abbott
    ACN Accenture
    ADBE Adobe
    ADP ADP
    AMAT Applied Materials
    AMD Advanced Micro Devices
    AMGN Amgen
    AMZN Amazon
    ANET Arista
    APH Amphenol
    APP AppLovin
    ARKK ARK Innovation
    AVGO Broadcom
    AXP American Express
    BA Boeing
    BAC Bank of America
    BKNG Booking
    BLK BlackRock
    BRK.A Berkshire Hathaway A
    BRK.B Berkshire Hathaway B
    BSX Boston Scientific
    BX Blackstone
    C Citigroup
    CAT Caterpillar
    CB Chubb
    CEG Constellation Energy
    CMCSA Comcast
    COF Capital One
    COP ConocoPhillips
    COST Costco
    CRM Salesforce
    CRWD CrowdStrike
    CSCO Cisco
    CVX Chevron
    DE Deere
    DHR Danaher
    DIA SPDR Dow Jones
    DIS Walt Disney
    EEM iShares Emerging
    EFA iShares EAFE
    ETN Eaton
    GE GE Aerospace
    GEV GE Vernova
    GILD Gilead
    GLD SPDR Gold
    GOOG Alphabet C
    GOOGL Alphabet A
    GS Goldman Sachs
    HD Home Depot
    HON Honeywell
    HYG iShares High Yield
    IBM IBM
    INTC Intel
    INTU Intuit
    ISRG Intuitive Surgical
    IWM iShares Russell 2000
    JNJ Johnson & Johnson
    JPM JPMorgan Chase
    KKR KKR
    KLAC KLA
    KO Coca-Cola
    KRE SPDR Regional Banking
    LLY Eli Lilly
    LMT Lockheed Martin
    LOW Lowe's
    LRCX Lam Research
    MA Mastercard
    MCD McDonald's
    MDT Medtronic
    META Meta Platforms
    MRK Merck
    MS Morgan Stanley
    MSFT Microsoft
    MU Micron
    NEE NextEra Energy
    NFLX Netflix
    NOW ServiceNow
    NVDA NVIDIA
    ORCL Oracle
    PANW Palo Alto Networks
    PEP PepsiCo
    PFE Pfizer
    PG Procter & Gamble
    PGR Progressive
    PLD Prologis
    PLTR Palantir
    PM Philip Morris
    QCOM Qualcomm
    QQQ Invesco QQQ
    RTX RTX
    SCHW Charles Schwab
    SLV iShares Silver
    SMH VanEck Semiconductor
    SPGI S&P Global
    SPY SPDR S&P 500
    SYK Stryker
    T AT&T
    TJX TJX
    TLT iShares 20+ Treasury
    TMO Thermo Fisher
    TMUS T-Mobile US
    TSLA Tesla
    TXN Texas Instruments
    UBER Uber
    UNH UnitedHealth
    UNP Union Pacific
    V Visa
    VGT Vanguard Technology
    VOO Vanguard S&P 500
    VRTX Vertex
    VTI Vanguard Total Market
    VZ Verizon
    WELL Welltower
    WFC Wells Fargo
    WMT Walmart
    XBI SPDR Biotech
    XLB Materials SPDR
    XLC Communication SPDR
    XLE Energy SPDR
    XLF Financial SPDR
    XLI Industrial SPDR
    XLK Technology SPDR
    XLP Staples SPDR
    XLRE Real Estate SPDR
    XLU Utilities SPDR
    XLV Health Care SPDR
    XLY Discretionary SPDR
    XOM Exxon Mobil
    XRT SPDR Retail
"""

KNOWN: Mapping[str, str] = dict(line.split(maxsplit=1) for line in _KNOWN.strip().splitlines())
"""Symbol -> name, of those that a fresh installation watches."""


def names_in(items: Iterable[object]) -> dict[str, str]:
    """Return the names in a list of `{"ticker" | "symbol": ..., "name": ...}`, sanitised."""
    found: dict[str, str] = {}
    for item in items:
        if not isinstance(item, Mapping):
            continue
        symbol, name = item.get("ticker") or item.get("symbol"), item.get("name")
        if isinstance(symbol, str) and isinstance(name, str) and name.strip():
            found[symbol] = clean(name, LONGEST)
    return found


def as_items(names: Mapping[str, str]) -> list[dict[str, str]]:
    """Return names as a list that `names_in` reads."""
    return [{"symbol": symbol, "name": name} for symbol, name in names.items()]
