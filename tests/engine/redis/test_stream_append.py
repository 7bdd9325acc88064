"""What is said to a stream, and what its answers mean."""

from __future__ import annotations

import hiredis
import pytest

from tickterm.engine.redis.stream_append import Ahead, append, refusal_of, understood

REFUSED = "WRONGTYPE Operation against a key holding the wrong kind of value"


def test_what_is_sent_is_one_whole_command() -> None:
    reader = hiredis.Reader()
    reader.feed(append("s", 10, 5, [7, 9], [b"{}", b"\r\n*1"], again=False))
    words = reader.gets()
    assert isinstance(words, list)
    assert words[0] == b"EVAL"
    assert words[2:] == [b"1", b"s", b"10", b"", b"tick", b"5-7", b"{}", b"5-9", b"\r\n*1"]
    assert reader.gets() is False


def test_ids_that_may_be_there_are_named() -> None:
    reader = hiredis.Reader()
    reader.feed(append("s", 10, 5, [7], [b"{}"], again=True))
    words = reader.gets()
    assert isinstance(words, list)
    assert words[5] == b"5"


@pytest.mark.parametrize(
    ("answer", "meaning"),
    [
        (3, 3),
        (1, 1),
        (hiredis.ReplyError("AHEAD 17-4"), Ahead(17)),
        (hiredis.ReplyError(REFUSED), None),
        (hiredis.ReplyError("AHEAD 17-4 or so"), None),
        (hiredis.ReplyError("AHEAD 18446744073709551615-4"), None),
        (0, None),
        (4, None),
        (-1, None),
        (True, None),
        (b"3", None),
        (None, None),
    ],
)
def test_an_answer_is_a_count_or_ids_ahead_or_words(answer: object, meaning: object) -> None:
    found = understood(answer, 3)
    if meaning is None:
        assert isinstance(found, str)
        assert found
    else:
        assert found == meaning


def test_a_refusal_says_what_to_do() -> None:
    assert "TICKTERM_STREAM" in refusal_of(hiredis.ReplyError(REFUSED))
    assert "maxmemory" in refusal_of(hiredis.ReplyError("OOM command not allowed"))
    assert refusal_of(hiredis.ReplyError("\x1b]0;owned\x07")) == "·]0;owned·"
