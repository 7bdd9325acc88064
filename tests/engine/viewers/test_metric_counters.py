"""Counters of `/metrics`, which only rise."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any, TypeVar

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.engine.viewers.exposed import RAW, values
from tickterm.engine.viewers.metrics import MAX_SERIES
from tickterm.market.snapshot import (
    ChannelCounts,
    LinkView,
    RedisView,
    Snapshot,
    TickCounts,
    ViewersView,
)

count = st.integers(0, 10**12)
reasons = st.dictionaries(st.text(max_size=3), count, max_size=2 * MAX_SERIES)
links = st.builds(LinkView, connections=count, losses=count, attempt=count, asked=count)
feeds = st.builds(
    TickCounts,
    frames=count,
    elements=count,
    ticks=count,
    statuses=count,
    unknown=count,
    rejected_by=reasons,
    unpublished=count,
)
channels = st.builds(
    ChannelCounts,
    offered=count,
    accepted=count,
    buffered=count,
    dropped=reasons,
    ambiguous=count,
)
viewers = st.builds(ViewersView, conflated=count, cut_by=reasons, turned_away_by=reasons)
View = TypeVar("View", LinkView, TickCounts, ChannelCounts, ViewersView)


def grown(before: View, more: View) -> View:
    """Return `before` with `more` added to each of its numbers, as an engine counts on."""
    sums: dict[str, Any] = {}
    for field in fields(before):
        old, new = getattr(before, field.name), getattr(more, field.name)
        if isinstance(old, dict):
            sums[field.name] = {k: old.get(k, 0) + new.get(k, 0) for k in {**old, **new}}
        elif isinstance(old, int) and not isinstance(old, bool):
            sums[field.name] = old + new
    return replace(before, **sums)


@settings(max_examples=40, deadline=None)
@given(st.tuples(links, links), st.tuples(feeds, feeds), st.tuples(channels, channels), st.data())
def test_counters_only_rise_whatever_the_reasons_are_called(
    link: tuple[LinkView, LinkView],
    feed: tuple[TickCounts, TickCounts],
    channel: tuple[ChannelCounts, ChannelCounts],
    data: st.DataObject,
) -> None:
    seen, more = data.draw(viewers), data.draw(viewers)
    before = Snapshot(
        link=link[0], counts=feed[0], redis=RedisView(channels={RAW: channel[0]}), viewers=seen
    )
    after = Snapshot(
        link=grown(*link),
        counts=grown(*feed),
        redis=RedisView(channels={RAW: grown(*channel)}),
        viewers=grown(seen, more),
    )
    earlier, later = values(before, "counter"), values(after, "counter")
    assert set(earlier) <= set(later)
    assert all(later[series] >= value for series, value in earlier.items())
