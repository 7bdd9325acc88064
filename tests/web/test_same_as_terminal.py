"""The page's arithmetic against the terminal's: the same rows, numbers, words and order."""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable

import msgspec
import pytest
from playwright.async_api import Page

from tests.ui.fake_engine import HOSTILE, make_rows
from tests.web.calls import called
from tickterm.market.row_stream import applied, changes
from tickterm.market.snapshot import Row
from tickterm.market.state import MarketState
from tickterm.market.text import clean
from tickterm.market.ticks import TickData
from tickterm.ui.board.order import Sort, arrange
from tickterm.ui.draw import numbers

pytestmark = pytest.mark.asyncio(loop_scope="session")


def amounts(count: int = 1_500) -> list[float]:
    """Return numbers of all sizes, ties between two roundings and limits of units among them."""
    dice = random.Random(7)
    sizes = [dice.choice((-1, 1)) * 10 ** dice.uniform(-5, 9) for _ in range(count)]
    ties = [dice.choice((-1, 1)) * dice.randrange(200_000) / 32 for _ in range(count)]
    limits = [
        999.5,
        999.949,
        99.95,
        99.995,
        0.9995,
        9_999.995,
        10_000,
        999_500,
        1e12,
        3.14e14,
        0.0,
        -0.004,
    ]
    return [*sizes, *ties, *limits, *(-limit for limit in limits if limit)]


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("price", numbers.price),
        ("percent", numbers.percent),
        ("compact", numbers.compact),
        ("age", numbers.age),
        ("duration", numbers.duration),
        ("milliseconds", numbers.milliseconds),
    ],
)
async def test_numbers_read_as_in_the_terminal(
    page: Page, name: str, wanted: Callable[[float], str]
) -> None:
    given = [value for value in amounts() if name != "milliseconds" or abs(value) < 1e9]
    got = await called(page, "numbers", name, [[value] for value in given])
    assert dict(zip(given, got, strict=True)) == {value: wanted(value) for value in given}


async def test_changes_read_as_in_the_terminal(page: Page) -> None:
    given = [
        [value, of, width] for value in amounts(400) for of in (0.5, 227.1) for width in (6, 10)
    ]
    got = await called(page, "numbers", "change", given)
    assert got == [numbers.change(value, of, int(width)) for value, of, width in given]


async def test_counts_and_times_read_as_in_the_terminal(page: Page) -> None:
    counts = [0, 7, 999, 1_000, 12_345_678, 10**15]
    assert await called(page, "numbers", "count", [[n] for n in counts]) == [
        numbers.count(n) for n in counts
    ]
    instants = [1_381_152_662_000, 1_780_320_667_000, 1_772_000_000_000]
    assert await called(page, "numbers", "exchangeTime", [[ms] for ms in instants]) == [
        numbers.exchange_time(ms) for ms in instants
    ]


async def test_text_from_outside_is_cleaned_as_in_the_terminal(page: Page) -> None:
    texts = [
        HOSTILE,
        "a\tb\r\nc",
        "x" * 10_000,
        "😀" * 40,
        "·\x00\x01·",
        "a\u202eb\u2066c\u200b",
        "é\u00a0è",
    ]
    got = await called(page, "text", "clean", [[text, 32] for text in texts])
    assert got == [clean(text, 32) for text in texts]


def market_day(seed: int) -> list[list[Row]]:
    """Return the rows of two symbols at moments of a lively minute and a half."""
    dice = random.Random(seed)
    state, moments, second = MarketState(("AA", "BB")), [], 1_780_320_667
    for step in range(300):
        for symbol in dice.choices(("AA", "BB"), k=dice.choice((0, 1, 1, 1, 2, 3))):
            second += dice.choice((0, 0, 1, 1, 1, 1, 2, 2, 5, 70, -3, -4_000))
            price = round(dice.uniform(90, 110), 2)
            tick = TickData(
                symbol, price, 100, second * 1000, "aggregate", "massive",
                price, price, price, price, 100,
            )  # fmt: skip
            state.apply(tick, float(step))
        moments.append(list(state.freeze()))
    return moments


@pytest.mark.parametrize("seed", range(4))
async def test_rows_are_applied_as_in_the_terminal(page: Page, seed: int) -> None:
    moments = market_day(seed)
    known = {row.symbol: row for row in moments[0]}
    wanted, wires = [], []
    for before, after in itertools.pairwise(moments):
        for wire in changes(before, after):
            known[wire.symbol] = applied(known[wire.symbol], wire)
            wanted.append([wire.symbol, list(known[wire.symbol].sparkline)])
            wires.append(msgspec.to_builtins(wire))
    assert {len(wire.get("sparkline_tail", [])) for wire in wires} >= {0, 1, 2, 3}
    got = await page.evaluate(
        """async ([first, wires]) => {
            const { applied } = await import("./rows.js");
            const known = new Map(first.map((row) => [row.symbol, row]));
            return wires.map((wire) => {
                const row = applied(known.get(wire.symbol), wire);
                known.set(wire.symbol, row);
                return [row.symbol, row.sparkline];
            });
        }""",
        [[row._asdict() for row in moments[0]], wires],
    )
    assert got == wanted


@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize("sort", list(Sort)[:5])  # the page has no table
async def test_tiles_stand_in_the_terminals_order(page: Page, sort: Sort, reverse: bool) -> None:
    rows = make_rows()
    got = await page.evaluate(
        """async ([rows, sort, reversed]) => {
            const { arrange } = await import("./order.js");
            const known = new Map(rows.map((row) => [row.symbol, row]));
            const market = { row: (symbol) => known.get(symbol) };
            return arrange([...known.keys()], market, sort, reversed);
        }""",
        [[row._asdict() for row in rows], sort.value, reverse],
    )
    assert got == [rows[i].symbol for i in arrange(rows, sort, reverse=reverse)]


async def test_a_sparkline_covers_its_box_from_the_lowest_to_the_highest(page: Page) -> None:
    minute = [float(i) for i in range(60)]
    full, steady, first, none = await called(
        page, "tile", "outline", [[minute], [[5.0, 5.0]], [[7.0]], [[]]]
    )
    assert full["line"].startswith("M-0.5 20L0 20L1 19.7")
    assert full["line"].endswith("L59 0")
    assert full["area"] == full["line"] + "V20H-0.5"
    assert steady["line"] == "M57.5 10L58 10L59 10"
    assert first["line"] == "M58.5 10L59 10"
    assert none == {"line": "", "area": ""}


async def test_attempts_to_connect_are_spread_from_half_a_second_to_thirty(page: Page) -> None:
    least = await called(page, "connection", "backOff", [[n, 0] for n in (1, 3, 50)])
    most = await called(page, "connection", "backOff", [[n, 1] for n in (1, 2, 3, 6, 50)])
    assert least == [500, 500, 500]
    assert most == [1_000, 2_000, 4_000, 30_000, 30_000]


@pytest.mark.parametrize(
    ("page_url", "engine_url"),
    [
        ("http://h:1/", "ws://h:1/"),
        ("https://gw.example/ticks/", "wss://gw.example/ticks/"),
        ("http://h/ticks/index.html?a=1#b", "ws://h/ticks/"),
    ],
)
async def test_the_engine_is_where_the_page_came_from(
    page: Page, page_url: str, engine_url: str
) -> None:
    assert await called(page, "connection", "addressOf", [[page_url]]) == [engine_url]
