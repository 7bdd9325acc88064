"""The table `tickterm_bars` and the statements on it, the same for SQLite and PostgreSQL."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import isfinite
from typing import Any

from sqlalchemy import (
    CTE,
    BigInteger,
    Boolean,
    Column,
    Double,
    FromClause,
    Integer,
    MetaData,
    Select,
    Table,
    Text,
    and_,
    case,
    column,
    func,
    or_,
    select,
    values,
)  # fmt: skip
from sqlalchemy.dialects import postgresql, sqlite

from tickterm.market.bars import Bar
from tickterm.market.timeframe import Timeframe

__all__ = ["BARS", "Upsert", "bar_of_row", "merged", "newest_before", "row_of", "upsert", "within"]

Upsert = sqlite.Insert | postgresql.Insert

BARS = Table(
    "tickterm_bars",
    MetaData(),
    Column("symbol", Text, primary_key=True),
    Column("timeframe", Text, primary_key=True),
    Column("start", BigInteger, primary_key=True, autoincrement=False),
    Column("open", Double, nullable=False),
    Column("high", Double, nullable=False),
    Column("low", Double, nullable=False),
    Column("close", Double, nullable=False),
    Column("volume", Double, nullable=False),
    Column("turnover", Double, nullable=False),
    Column("seconds", Integer, nullable=False),
    Column("complete", Boolean, nullable=False),
    sqlite_with_rowid=False,  # the bars of a symbol lie together: reading them is one run of pages
)
"""The fields of `Bar`: start in ms UTC, prices and turnover in dollars, volume in shares."""


def upsert(is_sqlite: bool) -> Upsert:
    """Return what writes a bar; one that is complete stays when another is not."""
    statement = sqlite.insert(BARS) if is_sqlite else postgresql.insert(BARS)
    new = statement.excluded
    changed = {each.name: new[each.name] for each in BARS.c if not each.primary_key}
    allowed = or_(new.complete, ~BARS.c.complete)
    return statement.on_conflict_do_update(
        index_elements=BARS.primary_key, set_=changed, where=allowed
    )


def newest_before(
    timeframe: Timeframe, start_of: Mapping[str, int], newest: int
) -> Select[tuple[Any, ...]]:
    """Return what reads the newest bars of each symbol that begin before its own instant.

    By the index alone, however many older ones there are.
    """
    wanted, earlier = _wanted(start_of), BARS.alias()
    oldest = (
        select(earlier.c.start)
        .where(_earlier(earlier, wanted, timeframe))
        .order_by(earlier.c.start.desc())
        .limit(1)
        .offset(newest - 1)
        .correlate(wanted)
        .scalar_subquery()
    )
    return (
        select(BARS)
        .join(wanted, _earlier(BARS, wanted, timeframe))
        .where(BARS.c.start >= func.coalesce(oldest, 0))
        .order_by(BARS.c.symbol, BARS.c.start)
    )


def within(
    timeframe: Timeframe, symbols: list[str], since: int, until: int
) -> Select[tuple[Any, ...]]:
    """Return what reads the bars that begin in `[since, until)`."""
    return (
        select(BARS)
        .where(BARS.c.symbol.in_(symbols), BARS.c.timeframe == str(timeframe))
        .where(BARS.c.start >= since, BARS.c.start < until)
        .order_by(BARS.c.symbol, BARS.c.start)
    )


def merged(
    timeframe: Timeframe, start_of: Mapping[str, int], since: int
) -> Select[tuple[Any, ...]]:
    """Return what reads, as one row a symbol, its bars from `since` to before its own instant."""
    wanted, bars = _wanted(start_of), BARS.c
    span = (
        select(
            bars.symbol,
            func.min(bars.start).label("start"),
            func.max(bars.start).label("newest"),
            func.max(bars.high).label("high"),
            func.min(bars.low).label("low"),
            func.sum(bars.volume).label("volume"),
            func.sum(bars.turnover).label("turnover"),
            func.sum(bars.seconds).label("seconds"),
            func.min(case((bars.complete, 1), else_=0)).label("complete"),
        )
        .join(wanted, _earlier(BARS, wanted, timeframe))
        .where(bars.start >= since)
        .group_by(bars.symbol)
        .cte("span")
    )
    first, last = BARS.alias("first_bar"), BARS.alias("last_bar")
    columns = {
        **span.c,
        "timeframe": first.c.timeframe,
        "open": first.c.open,
        "close": last.c.close,
    }
    return (
        select(*(columns[each.name] for each in BARS.c))
        .join(first, _same(first, span, timeframe, span.c.start))
        .join(last, _same(last, span, timeframe, span.c.newest))
    )


def row_of(bar: Bar) -> dict[str, Any]:
    """Return a bar as the table has it."""
    return bar._asdict() | {"timeframe": str(bar.timeframe)}


def bar_of_row(row: Sequence[Any], timeframe: Timeframe) -> Bar:
    """Return the bar of a row; raises TypeError or ValueError if it is none."""
    symbol, _, start, first, high, low, last, volume, turnover, seconds, complete = row
    if not isfinite(first + high + low + last + volume + turnover + seconds):
        raise ValueError("not finite")
    shares = int(volume) if volume == int(volume) else volume
    prices = (float(first), float(high), float(low), float(last))
    return Bar(symbol, timeframe, start, *prices, shares, turnover, seconds, bool(complete))


def _wanted(start_of: Mapping[str, int]) -> CTE:
    columns = (column("symbol", Text), column("until", BigInteger))
    return values(*columns, name="wanted").data(list(start_of.items())).cte("wanted")


def _earlier(bars: FromClause, wanted: CTE, timeframe: Timeframe) -> Any:
    return and_(
        bars.c.symbol == wanted.c.symbol,
        bars.c.timeframe == str(timeframe),
        bars.c.start < wanted.c.until,
    )


def _same(bars: FromClause, span: CTE, timeframe: Timeframe, start: Any) -> Any:
    return and_(
        bars.c.symbol == span.c.symbol,
        bars.c.timeframe == str(timeframe),
        bars.c.start == start,
    )
