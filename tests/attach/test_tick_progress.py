"""What a reader of the ticks is told that it has missed, and what it does not believe."""

from __future__ import annotations

import pytest

from tests.attach.messages import hello
from tickterm.attach.bounds import LARGEST
from tickterm.attach.tick_progress import TELL_EVERY, TickProgress
from tickterm.market.contract import ContractError, Position, Tick, Ticks


class Reader:
    """A progress whose clock a test moves."""

    def __init__(self, *, filtered: bool = False) -> None:
        self.now = 0.0
        self.told: list[str] = []
        self.progress = TickProgress(self.told.append, filtered=filtered, clock=lambda: self.now)

    def begin(self, seq: int = 10, epoch: str = "first") -> TickProgress:
        self.progress.greet(hello(epoch=epoch))
        self.progress.look(seq)
        return self.progress


def ticks(first: int, last: int, count: int | None = None, conflated: int = 0) -> Ticks:
    tick = Tick("A", 1.0, 1, 1, "aggregate", "massive", 1.0, 1.0, 1.0, 1.0, 1)
    return Ticks(
        first, last, 0.0, conflated, [tick] * (last - first + 1 if count is None else count)
    )


def test_it_begins_at_the_snapshot_and_goes_on_tick_by_tick() -> None:
    reader = Reader()
    assert reader.progress.position is None
    assert not reader.progress.is_set
    progress = reader.begin(10)
    assert progress.is_set
    progress.take(ticks(11, 13))
    progress.take(ticks(14, 20, count=0))
    assert progress.position == Position("first", 20)
    assert reader.told == []


def test_a_resumed_stream_has_lost_nothing() -> None:
    reader = Reader()
    progress = reader.begin(10)
    progress.greet(hello(recovered=True))
    assert progress.is_set
    assert progress.recovered
    progress.take(ticks(11, 11))
    assert reader.told == []


@pytest.mark.parametrize(("filtered", "amount"), [(False, "1,490"), (True, "up to 1,490")])
def test_what_the_engine_has_no_more_is_counted_once(filtered: bool, amount: str) -> None:
    reader = Reader(filtered=filtered)
    progress = reader.begin(10)
    progress.greet(hello(recovered=False))
    assert not progress.is_set
    assert progress.position == Position("first", 10), "until the snapshot it can still resume"
    progress.look(1_500)
    progress.look(1_500)  # its second part
    assert reader.told == [f"{amount} ticks were missed: the engine has them no more"]
    assert progress.position == Position("first", 1_500)


def test_another_run_of_the_engine_has_other_numbers() -> None:
    reader = Reader()
    reader.begin(10)
    progress = reader.begin(3, epoch="second")
    progress.take(ticks(4, 4))
    assert progress.position == Position("second", 4)
    assert reader.told == ["the engine was started anew: nobody knows how many ticks were missed"]


def test_a_snapshot_of_the_same_moment_is_no_gap() -> None:
    reader = Reader()
    reader.begin(10)
    reader.begin(10)
    assert reader.told == []


@pytest.mark.parametrize(("filtered", "amount"), [(False, "5"), (True, "up to 5")])
def test_what_was_left_out_is_told_and_added_up(filtered: bool, amount: str) -> None:
    reader = Reader(filtered=filtered)
    progress = reader.begin(10)
    progress.take(ticks(11, 16, count=1, conflated=5))
    told = f"{amount} ticks were left out: what reads this is too slow"
    assert reader.told == [told]
    reader.now = TELL_EVERY / 2
    progress.take(ticks(17, 20, count=1, conflated=3))
    progress.take(ticks(21, 23, count=1))
    progress.take(ticks(26, 26))
    assert reader.told == [told]
    reader.now = TELL_EVERY
    progress.take(ticks(27, 27))
    assert reader.told == [told, told], "3 conflated and 2 that never came"
    progress.tell_rest()
    assert len(reader.told) == 2


def test_the_rest_is_told_at_the_end() -> None:
    reader = Reader()
    progress = reader.begin(0)
    for n in (1, 3):
        progress.take(ticks(n, n + 1, count=1, conflated=1))
    progress.tell_rest()
    assert len(reader.told) == 2


def test_numbers_without_bounds_are_drawn_within() -> None:
    reader = Reader()
    progress = reader.begin(0)
    progress.take(ticks(10**40, 10**40))
    assert reader.told == [f"{LARGEST:,} ticks were left out: what reads this is too slow"]


@pytest.mark.parametrize(
    "message",
    [
        ticks(10, 12),
        ticks(5, 9),
        ticks(11, 12, count=3),
        ticks(11, 9, count=0),
        ticks(11, 10, count=1),
    ],
)
def test_ticks_that_repeat_or_make_no_sense_are_refused(message: Ticks) -> None:
    progress = Reader().begin(10)
    with pytest.raises(ContractError, match="out of turn"):
        progress.take(message)
    assert progress.position == Position("first", 10)


def test_ticks_need_a_beginning() -> None:
    reader = Reader()
    reader.progress.greet(hello())
    with pytest.raises(ContractError, match="without a beginning"):
        reader.progress.take(ticks(1, 1))
    progress = reader.begin(10)
    progress.greet(hello(recovered=False))
    with pytest.raises(ContractError, match="without a beginning"):
        progress.take(ticks(11, 11))


def test_a_snapshot_from_the_past_is_refused() -> None:
    progress = Reader().begin(10)
    with pytest.raises(ContractError, match="past"):
        progress.look(9)
    assert progress.position == Position("first", 10)


@pytest.mark.parametrize("epoch", [None, "second"])
def test_a_stream_that_we_never_had_cannot_be_resumed(epoch: str | None) -> None:
    reader = Reader()
    if epoch:
        reader.begin(10)
    with pytest.raises(ContractError, match="never had"):
        reader.progress.greet(hello(epoch=epoch or "first", recovered=True))


def test_an_epoch_is_no_longer_than_a_hello_may_have_it() -> None:
    progress = Reader().begin(1, epoch="x" * 10_000)
    assert progress.position is not None
    assert len(progress.position.epoch) == 64
