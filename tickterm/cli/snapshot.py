"""`tickterm snapshot`: the newest of every symbol, for other programs and for people."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import click
import msgspec

from tickterm import settings
from tickterm.attach.remote_engine import RemoteEngine
from tickterm.cli.attach import finder
from tickterm.cli.pipes import put, say, url_and_symbols
from tickterm.cli.status import look
from tickterm.errors import SettingsError
from tickterm.market.snapshot import LinkPhase, Row, Snapshot
from tickterm.market.symbols import case_hint, is_symbol
from tickterm.market.text import clean
from tickterm.ui.draw import numbers

__all__ = ["Line", "as_csv", "as_json", "as_table", "snapshot"]

_FORMULAS = tuple("=+-@\t\r\n＝＋－＠")
"""What a spreadsheet takes for the beginning of one, full-width forms included."""
_HEADS = ("symbol", "price", "change", "percent", "volume", "ticks", "age")


class Line(NamedTuple):
    """One symbol, as the columns of the CSV and the keys of the JSON name it.

    All but `symbol`, `name` and `ticks` is None before the first tick.
    """

    symbol: str
    name: str | None = None
    """In words, where known."""
    price: float | None = None
    """Dollars, as are `change`, `reference`, `high`, `low` and `vwap`."""
    change: float | None = None
    percent: float | None = None
    reference: float | None = None
    reference_is_open: bool | None = None
    direction: int | None = None
    high: float | None = None
    low: float | None = None
    vwap: float | None = None
    volume: int | float | None = None
    """Shares today."""
    ticks: int = 0
    minute_ticks: int | None = None
    """In the minute that ended with the newest one."""
    age: float | None = None
    """Seconds since the newest tick was received."""
    timestamp: int | None = None
    """Start of the newest bar, ms UTC."""


@click.command(short_help="The newest of every symbol: a table, CSV or JSON.")
@click.argument("words", metavar="[URL] [SYMBOL]...", nargs=-1)
@click.option("--json", "wants_json", is_flag=True, help="One JSON document.")
@click.option("--csv", "wants_csv", is_flag=True, help="A header, then one line a symbol.")
def snapshot(words: tuple[str, ...], wants_json: bool, wants_csv: bool) -> None:
    """Print the newest of every symbol, or of those given, and end.

    URL as for attach. stderr says when the engine has no link to the feed, so that prices may be
    old. Exit code 0: fine; 2: none of the symbols is watched; 3: no engine could be reached.
    """
    if wants_json and wants_csv:
        raise click.UsageError("--json and --csv exclude each other")
    url, symbols = url_and_symbols(words)
    configured = settings.load()
    # by this name an engine knows those that it need not live for
    engine = RemoteEngine(finder(configured, url), token=str(configured.token), name="status")
    seen = look(engine)
    lines = [line_of(row, seen.now) for row in _chosen(seen, symbols)]
    _warn(seen)
    if wants_json:
        put(as_json(seen, lines))
    elif wants_csv:
        put(as_csv(lines))
    else:
        put(as_table(seen, lines))


def line_of(row: Row, now: float) -> Line:
    """Return a row for other programs; `now` is the engine's clock, seconds.

    What is calculated is rounded: changes to a millionth of a dollar, percentages to 4 decimals,
    ages to ms.
    """
    name = row.name or None
    if not row.ticks:
        return Line(row.symbol, name)
    return Line(
        row.symbol,
        name,
        row.price,
        _rounded(row.change, 6),
        _rounded(row.percent, 4),
        row.reference,
        row.reference_is_open,
        row.direction,
        row.high,
        row.low,
        row.vwap,
        row.volume,
        row.ticks,
        row.minute_ticks,
        _rounded(max(0.0, now - row.updated), 3),
        row.timestamp,
    )


def as_csv(lines: Iterable[Line]) -> bytes:
    """Return a header and one line a symbol; what is missing is empty, no text is a formula."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(Line._fields)
    writer.writerows([_cell(value) for value in line] for line in lines)
    return text.getvalue().encode()


def as_json(seen: Snapshot, lines: Iterable[Line]) -> bytes:
    """Return one document on one line: what it is of, and when, then `rows`."""
    return b"%s\n" % msgspec.json.encode(
        {
            "time": seen.wall_ms,
            "link": seen.link.phase,
            "feed": seen.link.feed,
            "rows": [line._asdict() for line in lines],
        }
    )


def as_table(seen: Snapshot, lines: Iterable[Line]) -> bytes:
    """Return aligned columns for a person, under a line that says what they are of."""
    link = seen.link
    cells = [_HEADS, *(_readable(line) for line in lines)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    head = f"{link.feed.value} {link.phase.value}, {numbers.clock(seen.wall_ms)}"
    return "".join(f"{text}\n" for text in (head, *(_aligned(c, widths) for c in cells))).encode()


def _chosen(seen: Snapshot, symbols: Sequence[str]) -> list[Row]:
    """Return the rows of `symbols`, in the engine's order; without any, all.

    Raises:
        SettingsError: none of them is watched.
    """
    known = [row for row in seen.rows if is_symbol(row.symbol)]
    if len(known) < len(seen.rows):
        say(f"{len(seen.rows) - len(known)} rows left out: what they are of is no symbol")
    if not symbols:
        return known
    rows = [row for row in known if row.symbol in symbols]
    watched = {row.symbol for row in rows}
    if unwatched := [symbol for symbol in symbols if symbol not in watched]:
        where = seen.attachment.where
        told = f"not watched by the engine at {where}: {clean(', '.join(unwatched), 200)}"
        told += case_hint(unwatched)
        if not rows:
            raise SettingsError(told)
        say(told)
    return rows


def _warn(seen: Snapshot) -> None:
    link = seen.link
    if link.phase not in (LinkPhase.UP, LinkPhase.ENDED):
        reason = f" ({clean(link.reason)})" if link.reason else ""
        say(f"the engine's link to the feed is not up, prices may be old: {link.phase}{reason}")


def _rounded(value: float | None, digits: int) -> float | None:
    """Round a number; one that no number can be made of is missing."""
    return None if value is None or not math.isfinite(value) else round(value, digits)


def _cell(value: object) -> object:
    """Return what stands in a cell: a text that spreadsheets took for a formula with `'` before it.

    So OWASP's page on CSV injection has it; numbers are none, whatever their sign.
    """
    if isinstance(value, str) and value.startswith(_FORMULAS):
        return f"'{value}"
    return str(value).lower() if isinstance(value, bool) else value


def _readable(line: Line) -> tuple[str, ...]:
    """Return the cells of a person's table."""
    if not line.ticks:
        return (line.symbol, *("—",) * 4, "0", "—")
    is_doubtful = not line.reference_is_open and line.percent is not None
    tilde = "~" if is_doubtful else ""  # since the first price seen
    return (
        line.symbol,
        numbers.price(line.price),
        numbers.change(line.change, line.price),
        tilde + numbers.percent(line.percent),
        numbers.compact(line.volume or 0),
        numbers.count(line.ticks),
        numbers.age(line.age or 0),
    )


def _aligned(cells: Sequence[str], widths: Sequence[int]) -> str:
    first = f"{cells[0]:<{widths[0]}}"
    return "  ".join([first, *(f"{c:>{w}}" for c, w in zip(cells[1:], widths[1:], strict=True))])
