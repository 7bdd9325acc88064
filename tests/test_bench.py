"""What the benchmarks of `scripts` measure with: a wrong instrument shows only good figures."""

from __future__ import annotations

import itertools
import math

import pytest
from websockets.frames import Frame, Opcode

from scripts.bench.engine import measured, process, running_engine
from scripts.bench.figures import quantiles, table
from scripts.bench.frames import KEPT, FrameReader, Head, ticks_head
from scripts.bench.stuck_viewers import stuck_viewers
from scripts.bench.swarm import swarm
from tickterm.market.contract import Heartbeat, encode, encode_ticks

ANSWER = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n"
PAYLOADS = [b"", b"a", b"b" * 125, b"c" * 126, b"d" * 70_000, b"e" * KEPT, b"f"]


@pytest.mark.parametrize("size", [1, 2, 3, 7, 64, 1000, 1 << 20])
def test_frames_are_found_in_pieces_of_any_size(size: int) -> None:
    frames = (Frame(Opcode.TEXT, payload).serialize(mask=False) for payload in PAYLOADS)
    stream = memoryview(ANSWER + b"".join(frames))
    reader = FrameReader()
    pieces = (stream[start : start + size] for start in range(0, len(stream), size))
    found = list(itertools.chain.from_iterable(map(reader.feed, pieces)))
    assert reader.upgraded
    assert found == [(Opcode.TEXT, payload[:KEPT]) for payload in PAYLOADS]


def test_a_frame_is_complete_with_its_last_byte() -> None:
    reader = FrameReader()
    frame = Frame(Opcode.TEXT, b"x" * 1000).serialize(mask=False)
    assert not list(reader.feed(memoryview(ANSWER + frame[:-1])))
    assert len(list(reader.feed(memoryview(frame[-1:])))) == 1


def test_a_refusal_is_an_error() -> None:
    with pytest.raises(ConnectionError, match="403 Forbidden"):
        list(FrameReader().feed(memoryview(b"HTTP/1.1 403 Forbidden\r\n\r\nno\n")))


def test_the_head_of_ticks_is_what_the_engine_writes() -> None:
    message = encode_ticks(11, 12, 1_760_000_000_123.456, 3, [b"{}", b"{}"])
    assert ticks_head(message[:KEPT]) == Head(11, 12, 1_760_000_000.123456, 3)


def test_other_messages_have_no_head() -> None:
    assert ticks_head(encode(Heartbeat(1, 2))) is None


def test_ticks_of_another_form_are_not_passed_over() -> None:
    with pytest.raises(ValueError, match="unknown form"):
        ticks_head(b'{"type":"ticks","last":12,"first":11,"ticks":[]}')


def test_quantiles_are_values_that_were_seen() -> None:
    assert quantiles([n / 1000 for n in range(100, 0, -1)]) == [51.0, 96.0, 100.0, 100.0]
    assert all(map(math.isnan, quantiles([])))


def test_columns_of_a_table_are_aligned() -> None:
    assert table(("name", "n"), [("a", "1,000")]) == "name      n\na     1,000"


@pytest.mark.slow
def test_a_small_crowd_is_measured() -> None:
    with (
        running_engine(200, 10) as engine,
        process(swarm, engine.port, 3) as viewers,
        process(stuck_viewers, engine.port, 2) as stuck,
    ):
        assert viewers.recv() == "ready"
        assert stuck.recv() == "ready"
        share, _ = measured(engine, 1.0, viewers)
        assert engine.metric("tickterm_viewers_connected") == 5
        viewers.send("end")
        stuck.send("end")
        findings, left = viewers.recv(), stuck.recv()
    assert 5 <= findings.messages <= 60  # 30, if nothing else keeps the processors busy
    assert 0 < min(findings.latency) < max(findings.latency) < 5
    assert all(a < b for a, b in zip(findings.latency, findings.read, strict=True))
    assert (findings.missed, findings.conflated, findings.lost) == (0, 0, 0)
    assert not left.borne
    assert 1 < left.oldest < 15
    assert 0 < share < 2
    assert engine.memory >= engine.memory_before > 10 * 2**20
