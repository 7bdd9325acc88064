"""Recordings: what is written is read, and what is broken is named."""

from __future__ import annotations

import gzip
from pathlib import Path

import orjson
import pytest

from tests.recordings import write_recording
from tickterm.errors import RecordingError
from tickterm.simulator.recording import LONGEST_LINE, frame_time, read_frames


@pytest.mark.parametrize("name", ["day.jsonl", "day.jsonl.gz"])
def test_a_written_recording_reads_back(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    count = write_recording(path, ["AAPL", "SPY"], 60, seed=5)
    frames = list(read_frames(path))
    assert sum(len(frame.elements) for frame in frames) == count > 60
    assert all(orjson.loads(frame.line) == frame.elements for frame in frames)
    assert frames[0].elements[0]["s"] == 1_704_465_000_000


def test_the_same_arguments_write_the_same_bytes(tmp_path: Path) -> None:
    one, two, other = tmp_path / "1.jsonl.gz", tmp_path / "2.jsonl.gz", tmp_path / "3.jsonl.gz"
    write_recording(one, ["AAPL"], 30, seed=5)
    write_recording(two, ["AAPL"], 30, seed=5)
    write_recording(other, ["AAPL"], 30, seed=6)
    assert one.read_bytes()[4:8] == bytes(4)  # no time stamp
    assert gzip.decompress(one.read_bytes()) == gzip.decompress(two.read_bytes())
    assert gzip.decompress(one.read_bytes()) != gzip.decompress(other.read_bytes())


def test_lines_keep_their_bytes_and_blank_ones_are_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "r.jsonl"
    path.write_bytes(b'[ {"ev": "A"} ]\r\n\n  \n[1]')
    assert [frame.line for frame in read_frames(path)] == [b'[ {"ev": "A"} ]', b"[1]"]


@pytest.mark.parametrize(
    "line", [b"nonsense", b'{"ev":"A"}', b'"x"', b"[1", b'[{"o":NaN}]', b"\xff"]
)
def test_a_line_that_is_no_frame_is_named(tmp_path: Path, line: bytes) -> None:
    path = tmp_path / "r.jsonl"
    path.write_bytes(b"[]\n[]\n" + line + b"\n")
    with pytest.raises(RecordingError, match=r"r\.jsonl, line 3: "):
        list(read_frames(path))


def test_a_line_may_have_16_mib_and_not_more(tmp_path: Path) -> None:
    path = tmp_path / "r.jsonl"
    longest = b'["' + b"x" * (LONGEST_LINE - 4) + b'"]'
    path.write_bytes(longest + b"\r\n" + longest[:-2] + b'x"]\n')
    frames = read_frames(path)
    assert len(next(frames).line) == LONGEST_LINE
    with pytest.raises(RecordingError, match=r"line 2: longer than 16 MiB"):
        next(frames)


def test_a_missing_file_a_folder_and_no_gzip_are_named(tmp_path: Path) -> None:
    plain = tmp_path / "plain.jsonl.gz"
    plain.write_bytes(b"[]\n")
    for path in (tmp_path / "missing.jsonl", tmp_path, plain):
        with pytest.raises(RecordingError, match=path.name):
            list(read_frames(path))


def test_a_truncated_and_a_damaged_gzip_are_named(tmp_path: Path) -> None:
    path = tmp_path / "r.jsonl.gz"
    write_recording(path, ["AAPL"], 300)
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(RecordingError, match=r"r\.jsonl\.gz, line \d+: the file is cut off"):
        list(read_frames(path))
    path.write_bytes(whole[:200] + b"\x00" * 50 + whole[250:])
    with pytest.raises(RecordingError, match=r"r\.jsonl\.gz"):
        list(read_frames(path))


def test_escapes_in_a_file_name_do_not_reach_the_message(tmp_path: Path) -> None:
    with pytest.raises(RecordingError) as caught:
        list(read_frames(tmp_path / "\x1b]0;owned\x07.jsonl"))
    assert str(caught.value).isprintable()


def test_reading_takes_one_line_at_a_time(tmp_path: Path) -> None:
    path = tmp_path / "r.jsonl"
    path.write_bytes(b"[1]\nbroken\n")
    frames = read_frames(path)
    assert next(frames).elements == [1]


@pytest.mark.parametrize(
    ("elements", "ms"),
    [
        ([{"s": 1000, "e": 2000, "t": 5}], 2000),
        ([{"t": 1_704_465_000_123}], 1_704_465_000_123),
        ([{"t": 1_704_465_000_123_000_000}], 1_704_465_000_123),
        ([{"t": 1_704_465_000_123_000}], 1_704_465_000_123),
        ([7, None, {"e": "soon"}, {"e": 3000}], 3000),
        ([{"e": 0}], None),
        ([], None),
    ],
)
def test_a_frame_has_the_time_of_its_first_timed_element(
    elements: list[object], ms: float | None
) -> None:
    assert frame_time(elements) == ms
