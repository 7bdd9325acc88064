"""The lines that the screen shows: numbered, bounded, harmless, and few."""

from __future__ import annotations

import logging
import threading

import pytest

from tickterm.engine.notices import KEPT, NoticeBoard, Sampler


@pytest.fixture
def log() -> logging.Logger:
    return logging.Logger("apart")  # noqa: LOG001 - outside the tree nobody else listens to it


@pytest.fixture
def board(log: logging.Logger) -> NoticeBoard:
    board = NoticeBoard()
    log.addHandler(board)
    return board


def test_notices_are_numbered_and_bounded(log: logging.Logger, board: NoticeBoard) -> None:
    assert board.newest() == ()
    for number in range(1, KEPT + 101):
        log.info("line %d", number)
    notices = board.newest()
    assert [n.number for n in notices] == list(range(101, KEPT + 101))
    assert notices[-1].text == f"line {KEPT + 100}"
    assert notices[-1].level == logging.INFO


def test_an_unchanged_board_is_the_same_object(log: logging.Logger, board: NoticeBoard) -> None:
    log.info("one")
    first = board.newest()
    assert board.newest() is first
    log.info("two")
    assert board.newest() is not first


def test_a_line_is_one_harmless_line(log: logging.Logger, board: NoticeBoard) -> None:
    log.warning("%s", "\x1b]0;owned\x07\n[/red]\u202e" + "x" * 10_000)
    try:
        raise ValueError("\x1b[31m")
    except ValueError:
        log.exception("broken")
    for notice in board.newest():
        assert notice.text.isprintable()
        assert len(notice.text) <= 1_001


def test_a_log_call_that_is_wrong_hurts_nobody(log: logging.Logger, board: NoticeBoard) -> None:
    class Unprintable:
        def __str__(self) -> str:
            raise RuntimeError("no text")

    log.warning("%d lines", "many")
    log.warning("%s", Unprintable())
    log.warning("after")
    texts = [notice.text for notice in board.newest()]
    assert len(texts) == 3
    assert "%d lines" in texts[0]
    assert texts[2] == "after"


def test_of_a_traceback_the_error_is_shown(log: logging.Logger, board: NoticeBoard) -> None:
    try:
        raise ValueError("the cause")
    except ValueError:
        log.exception("redis failed")
    assert board.newest()[-1].text == "redis failed: ValueError: the cause"
    record = logging.LogRecord("x", logging.ERROR, "", 1, "redis failed", (), None)
    record.exc_text = "Traceback (most recent call last):\n  File x\nValueError: ***"
    board.handle(record)
    assert board.newest()[-1].text == "redis failed: ValueError: ***"


def test_many_threads_may_log_at_once(log: logging.Logger, board: NoticeBoard) -> None:
    def shout() -> None:
        for _ in range(200):
            log.info("x")
            board.newest()

    threads = [threading.Thread(target=shout) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    numbers = [notice.number for notice in board.newest()]
    assert numbers == list(range(1_600 - KEPT + 1, 1_601))


def test_twenty_a_second_of_each_kind_are_shown_and_the_rest_counted() -> None:
    sampler = Sampler()
    shown = [sampler.admit("a", 7.0 + i / 1_000) for i in range(500)]
    assert shown == [True] * 20 + [False] * 480
    assert sampler.admit("b", 7.5)
    assert sampler.take_hidden() == {"a": 480}
    assert sampler.take_hidden() == {}
    assert sampler.admit("a", 8.0)
    assert [sampler.admit("a", 8.5) for _ in range(21)] == [True] * 19 + [False] * 2
    assert sampler.take_hidden() == {"a": 2}
    assert sampler.hidden == {"a": 482}


def test_nothing_is_shown_twice_or_lost_over_many_seconds() -> None:
    sampler = Sampler(per_second=5)
    shown = sum(sampler.admit("a", i / 100) for i in range(1_000))
    assert shown == 50
    assert sampler.take_hidden() == {"a": 950}
