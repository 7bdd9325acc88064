"""The bounded queue in front of Redis: what it keeps, what it drops, and that it counts."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from itertools import chain

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.waiting import until
from tickterm.engine.batch import Batch
from tickterm.engine.redis import mailbox as mailbox_module
from tickterm.engine.redis.mailbox import MAX_BATCH, Mailbox


@pytest.fixture(scope="module", autouse=True)
def only_payloads_count() -> Iterator[None]:
    """Leave the objects around the payloads out, so that the figures below are easy to see."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(mailbox_module, "OVERHEAD", 0)
        yield


def batch(*payloads: bytes, received: float = 0.0) -> Batch:
    return Batch(["X"] * len(payloads), list(payloads), received)


def payloads(taken: list[Batch]) -> list[bytes]:
    return [payload for one in taken for payload in one.payloads]


def test_takes_in_order_and_at_most_what_may_be_in_flight() -> None:
    mailbox = Mailbox()
    numbers = [b"%d" % n for n in range(1200)]
    mailbox.put(batch(*numbers))
    mailbox.put(batch(b"last"))
    taken = [payloads(mailbox.take()) for _ in range(4)]
    assert [len(part) for part in taken] == [500, 500, 201, 0]
    assert list(chain.from_iterable(taken)) == [*numbers, b"last"]


def test_drops_the_oldest_beyond_its_bytes_and_counts_them() -> None:
    mailbox = Mailbox(max_bytes=10)
    for letter in (b"aaaa", b"bbbb", b"cccc"):
        mailbox.put(batch(letter))
    assert mailbox.dropped == {"bytes": 1}
    assert payloads(mailbox.take()) == [b"bbbb", b"cccc"]


def test_drops_what_is_too_old_to_mislead() -> None:
    mailbox = Mailbox(max_age=30.0)
    mailbox.put(batch(b"old", b"old", received=0.0))
    mailbox.put(batch(b"new", received=20.0))
    mailbox.expire(now=31.0)
    assert mailbox.dropped == {"age": 2}
    assert payloads(mailbox.take()) == [b"new"]


def test_age_drops_nothing_when_the_feed_can_wait() -> None:
    mailbox = Mailbox(max_age=None)
    mailbox.put(batch(b"old", received=0.0))
    mailbox.expire(now=1e9)
    assert mailbox.buffered == 1


def test_what_was_not_sent_goes_back_to_the_front() -> None:
    mailbox = Mailbox()
    mailbox.put(batch(b"1"))
    mailbox.put(batch(b"2"))
    taken = mailbox.take()
    mailbox.put(batch(b"3"))
    mailbox.give_back(taken)
    assert payloads(mailbox.take()) == [b"1", b"2", b"3"]


async def test_filled_waits_for_something_to_take() -> None:
    mailbox = Mailbox()
    async with asyncio.TaskGroup() as tasks:
        waiting = tasks.create_task(mailbox.filled())
        await asyncio.sleep(0)
        assert not waiting.done()
        mailbox.put(batch(b"x"))
    mailbox.take()
    assert not mailbox._filled.is_set()


async def test_room_holds_a_patient_feed_until_half_is_free() -> None:
    mailbox = Mailbox(max_bytes=100, max_age=None)
    for _ in range(12):
        mailbox.put(batch(b"x" * 8))
    async with asyncio.TaskGroup() as tasks:
        waiting = tasks.create_task(mailbox.room())
        await asyncio.sleep(0)
        assert not waiting.done()
        mailbox.take()
        await until(waiting.done)


@given(
    st.lists(
        st.one_of(
            st.integers(1, 1300).map(lambda n: ("put", n)),
            st.sampled_from([("take", 0), ("back", 0), ("expire", 0)]),
        ),
        max_size=40,
    )
)
def test_every_tick_is_accounted_for_and_the_bound_holds(steps: list[tuple[str, int]]) -> None:
    mailbox = Mailbox(max_bytes=5000, max_age=10.0)
    gone = 0
    clock = 0.0
    taken: list[Batch] = []
    for step, count in steps:
        clock += 1.0
        if step == "put":
            mailbox.put(batch(*[b"12345"] * count, received=clock))
            assert mailbox.buffered_bytes <= 5000
        elif step == "take":
            taken = mailbox.take()
            assert len(payloads(taken)) <= MAX_BATCH
            gone += len(payloads(taken))
        elif step == "back":
            gone -= len(payloads(taken))
            mailbox.give_back(taken)
            taken = []
        else:
            mailbox.expire(clock)
        assert mailbox.offered == gone + mailbox.buffered + mailbox.dropped.total()
        assert mailbox.buffered_bytes == 5 * mailbox.buffered
