"""Whatever an engine says, a screen can draw it."""

from __future__ import annotations

import unicodedata
from dataclasses import fields, is_dataclass
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.attach.messages import row
from tests.market import contract_values
from tickterm.attach.bounds import LARGEST, bounded, bounded_row
from tickterm.market.contract import Status
from tickterm.market.snapshot import Feed, LinkPhase, LinkView, RedisView, Row, TickCounts
from tickterm.ui.board.tile import draw_tile
from tickterm.ui.draw import numbers
from tickterm.ui.draw.spans import line_text, line_width

numbers_of_any_size = st.floats(allow_nan=False, allow_infinity=False)
integers_of_any_size = st.integers(-(10**400), 10**400)


def test_what_is_usual_stays_as_it_is() -> None:
    link = LinkView(LinkPhase.UP, 1.5, Feed.LIVE, "gw.example", retry_at=None, refused=3)
    assert bounded(link) == link
    usual = row("BRK.B", 711_020.0, volume=10**9)
    assert bounded_row(usual) is usual


def test_an_enum_stays_an_enum() -> None:
    assert bounded(LinkView(LinkPhase.REFUSED)).phase is LinkPhase.REFUSED


def test_texts_numbers_and_maps_are_cut() -> None:
    counts = TickCounts(ticks=10**300, rate=-1e300, rejected_by={f"\x1b{n}": 1 for n in range(99)})
    got = bounded(counts)
    assert (got.ticks, got.rate) == (LARGEST, -LARGEST)
    assert len(got.rejected_by) == 32
    assert all(name.isprintable() for name in got.rejected_by)
    assert bounded(RedisView(reason="x" * 10**6)).reason.endswith("…")


def harmless(value: Any) -> None:
    if is_dataclass(value):
        for field in fields(value):
            harmless(getattr(value, field.name))
    elif isinstance(value, dict):
        for name, item in value.items():
            harmless(name)
            harmless(item)
    elif isinstance(value, str):
        assert len(value) <= 500
        assert not {unicodedata.category(c) for c in value} & {"Cc", "Cf", "Cs"}
    elif value is not None:
        assert abs(value) <= LARGEST


@settings(max_examples=200, deadline=None)
@given(contract_values.status)
def test_every_status_becomes_harmless(status: Status) -> None:
    views = (status.link, status.counts, status.redis, status.viewers, status.universe)
    harmless(bounded(status.detection))
    for view in views:
        harmless(bounded(view))


rows = st.builds(
    Row,
    symbol=st.text(max_size=40),
    price=st.none() | numbers_of_any_size,
    reference=st.none() | numbers_of_any_size,
    reference_is_open=st.booleans(),
    volume=numbers_of_any_size | integers_of_any_size,
    direction=st.integers(-1, 1),
    sparkline=st.lists(numbers_of_any_size, max_size=60).map(tuple),
    timestamp=integers_of_any_size,
    updated=numbers_of_any_size,
    ticks=integers_of_any_size,
)


@settings(max_examples=300, deadline=None)
@given(rows, st.integers(0, 40))
def test_every_row_can_be_drawn(strange: Row, width: int) -> None:
    got = bounded_row(strange)
    assert bounded_row(got) == got
    lines = draw_tile(got, width, 1.0)
    assert all(line_width(line) == width for line in lines)
    assert all(line_text(line).isprintable() for line in lines)
    numbers.exchange_time(got.timestamp)
    numbers.clock(got.timestamp)


def test_of_a_known_sparkline_only_what_is_new_need_be_looked_at() -> None:
    known = row("A", sparkline=(1.0, 2.0, 3.0))
    assert bounded_row(known, [3.0]) is known
    wild = row("A", sparkline=(1.0, 2.0, 1e300))
    assert bounded_row(wild, [2.0, 1e300]).sparkline == (1.0, 2.0, LARGEST)
