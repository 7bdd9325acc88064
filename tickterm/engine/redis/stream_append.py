"""Appending ticks to one Redis Stream: what is sent, and what the answer means.

The ticks go through a script because Redis carries it out as one: plain XADDs in a row could be
refused and taken by turns while memory is short, and a tick that was refused between two that were
taken could never be appended again.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from tickterm.market.text import clean
from tickterm.market.tick_stream import FIELD

__all__ = ["Ahead", "append", "refusal_of", "trial", "understood"]

APPEND = b"""\
local function newest()
  local about = redis.call('XINFO', 'STREAM', KEYS[1])
  for i = 1, #about, 2 do
    if about[i] == 'last-generated-id' then return about[i + 1] end
  end
end
for i = 4, #ARGV, 2 do
  local reply = redis.pcall(
    'XADD', KEYS[1], 'MAXLEN', '~', ARGV[1], ARGV[i], ARGV[3], ARGV[i + 1])
  local refusal = type(reply) == 'table' and reply.err
  if refusal and string.find(refusal, 'equal or smaller', 1, true) then
    local top = newest()
    refusal = string.match(top, '^%d+') ~= ARGV[2] and 'AHEAD ' .. top
  end
  if refusal then
    if i > 4 then return (i - 4) / 2 end
    return {err = refusal}
  end
end
return (#ARGV - 3) / 2
"""
"""KEYS: the stream. ARGV: its length, the epoch whose ids may be there already, the field, and then
id and value of each tick. Returns how many from the first on are there; the rest was refused."""

TRIAL = b"""\
local about = redis.pcall('XINFO', 'STREAM', KEYS[1])
if about.err and not string.find(about.err, 'no such key', 1, true) then return about end
return redis.pcall('XADD', KEYS[1], '0-0', ARGV[1], '')
"""
"""No entry can have the id 0-0: this one is refused for that, or for what would refuse all."""

LAST = 2**64 - 1
"""The greatest number that an id can have."""

_TRIAL_PASSED = "greater than 0-0"
_AHEAD = re.compile(r"AHEAD (\d{1,20})-\d{1,20}", re.ASCII)
_ADVICE = (
    ("WRONGTYPE", "that key holds something else: delete it, or set TICKTERM_STREAM to another"),
    ("OOM", "no memory left: raise its maxmemory, or lower TICKTERM_STREAM_LENGTH"),
    ("permission", "the user needs +eval +xadd +xinfo on that key"),
    ("last possible ID", "delete the stream"),
)


class Ahead(NamedTuple):
    """The answer of a stream whose newest entry has an id above ours: nothing was appended."""

    epoch: int
    """The milliseconds of that id."""


def append(
    stream: str,
    length: int,
    epoch: int,
    numbers: Sequence[int],
    values: Sequence[bytes],
    again: bool,
) -> bytes:
    """Return the RESP bytes that append `values` under the ids `<epoch>-<number>`.

    The stream is trimmed to about `length`. `again` says that they may be there already; Redis
    refuses these once more, which is then no refusal.
    """
    maybe_there = b"%d" % epoch if again else b""
    words = (b"EVAL", APPEND, b"1", stream.encode(), b"%d" % length, maybe_there, FIELD.encode())
    parts = [b"*%d\r\n" % (len(words) + 2 * len(values)), *map(_word, words)]
    for number, value in zip(numbers, values, strict=True):
        key = b"%d-%d" % (epoch, number)
        parts.append(b"$%d\r\n%b\r\n$%d\r\n%b\r\n" % (len(key), key, len(value), value))
    return b"".join(parts)


def trial(stream: str) -> bytes:
    """Return the RESP bytes that find out whether `stream` could be appended to; they do not."""
    words = (b"EVAL", TRIAL, b"1", stream.encode(), FIELD.encode())
    return b"".join([b"*%d\r\n" % len(words), *map(_word, words)])


def understood(answer: object, asked: int) -> int | Ahead | str:
    """Return what an answer to `append` of `asked` ticks means.

    A number: so many, from the first on, are in the stream. Else why none was appended.
    """
    if type(answer) is int and 0 < answer <= asked:
        return answer
    if ahead := _AHEAD.fullmatch(str(answer)):
        epoch = int(ahead[1])
        return Ahead(epoch) if epoch < LAST else refusal_of("it has the last possible ID")
    return refusal_of(answer)


def refusal_of(answer: object) -> str:
    """Return the words of a refusal, with what to do where that is known; empty: a trial passed."""
    words = clean(answer, 120)
    if _TRIAL_PASSED in words:
        return ""
    advice = (f" ({hint})" for sign, hint in _ADVICE if sign in words)
    return words + next(advice, "")


def _word(word: bytes) -> bytes:
    return b"$%d\r\n%b\r\n" % (len(word), word)
