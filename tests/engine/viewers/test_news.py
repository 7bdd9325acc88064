"""What a snapshot says that the one before did not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tickterm.engine.viewers.news import BACKLOG, STATUS_EVERY, News
from tickterm.market.contract import EngineMessage, Event, EventName, Log, Status, encode
from tickterm.market.snapshot import (
    LinkPhase,
    LinkView,
    Notice,
    RedisView,
    Snapshot,
    UniverseView,
)

QUIET = Snapshot(now=100.0, wall_ms=1_700_000_000_000)


def notices(first: int, last: int, text: str = "a line") -> tuple[Notice, ...]:
    return tuple(Notice(number, 0, 20, text) for number in range(first, last + 1))


def numbers(messages: list[EngineMessage]) -> list[int]:
    return [line.number for log in messages if isinstance(log, Log) for line in log.lines]


def events(messages: list[EngineMessage]) -> list[tuple[EventName, str, float | None]]:
    return [(e.name, e.text, e.gap) for e in messages if isinstance(e, Event)]


def after(seconds: float, **changes: object) -> Snapshot:
    return replace(QUIET, now=QUIET.now + seconds, **changes)  # type: ignore[arg-type]  # by name


def test_lines_come_once_and_none_is_left_out() -> None:
    news = News()
    assert numbers(news.of(after(0, notices=notices(1, 3)))) == [1, 2, 3]
    assert numbers(news.of(after(0.1, notices=notices(1, 3)))) == []
    assert numbers(news.of(after(0.2, notices=notices(3, 503)))) == list(range(4, 504))
    assert numbers(news.so_far(after(0.2, notices=notices(3, 503)))) == list(range(304, 504))
    assert BACKLOG == 200


@pytest.mark.parametrize("text", ["🙂" * 1000, "x"])
def test_messages_with_lines_are_small_enough_for_every_viewer(text: str) -> None:
    snapshot = after(0, notices=notices(1, 500, text))
    for messages in (News().of(snapshot), News().so_far(snapshot)):
        assert numbers(messages)
        assert max(len(encode(message)) for message in messages) < 2**20


def test_status_comes_twice_a_second_and_when_it_cannot_wait() -> None:
    news = News()

    def is_told(snapshot: Snapshot) -> bool:
        return any(isinstance(message, Status) for message in news.of(snapshot))

    assert is_told(after(0))
    assert not is_told(after(STATUS_EVERY - 0.1))
    assert is_told(after(STATUS_EVERY))
    retrying = LinkView(LinkPhase.RETRYING, attempt=1)
    assert is_told(after(0.6, link=retrying))
    assert not is_told(after(0.7, link=replace(retrying, reason="other words")))
    assert is_told(after(0.8, link=replace(retrying, attempt=2)))
    assert is_told(after(0.9, link=replace(retrying, attempt=2), universe=UniverseView("u", 3)))


def test_a_link_that_was_down_says_for_how_long() -> None:
    news = News()
    up = LinkView(LinkPhase.UP, host="feed.example")
    down = LinkView(LinkPhase.RETRYING, reason="it is gone")
    assert events(news.of(after(0))) == []
    assert events(news.of(after(1, link=up))) == [(EventName.LINK_UP, "feed.example", None)]
    assert events(news.of(after(2, link=up))) == []
    assert events(news.of(after(3, link=down))) == [(EventName.LINK_DOWN, "it is gone", None)]
    assert events(news.of(after(4, link=replace(down, attempt=9)))) == []
    assert events(news.of(after(10, link=up))) == [(EventName.LINK_UP, "feed.example", 7.0)]


def test_redis_comes_and_goes() -> None:
    news = News()
    up = RedisView(up=True, where="localhost:6379")
    down = RedisView(reason="refused")
    assert events(news.of(after(0, redis=up))) == [(EventName.REDIS_UP, "localhost:6379", None)]
    assert events(news.of(after(1, redis=down))) == [(EventName.REDIS_DOWN, "refused", None)]
    assert not events(news.of(after(2, redis=down)))


def test_only_events_must_arrive_whatever_comes_later() -> None:
    messages = News().of(after(0, notices=notices(1, 1), redis=RedisView(up=True)))
    assert [type(message) for message in messages if News.must_arrive(message)] == [Event]
    assert {type(message) for message in messages} == {Event, Status, Log}
