"""Newcomers get hints three times, and nothing about the file can stop the screen."""

from __future__ import annotations

from pathlib import Path

import pytest

from tickterm.cli.first_runs import FirstRuns


def test_the_first_three_starts_are_hinted_at(tmp_path: Path) -> None:
    hinted = []
    for _ in range(5):
        runs = FirstRuns(tmp_path / "data")
        hinted.append(runs.first_run)
        runs.seen()
    assert hinted == [True, True, True, False, False]


@pytest.mark.parametrize(
    "content", [b"", b"banana", b"\xff\xfe", b"-1", b"9" * 10_000, b"\xd9\xa3"]
)
def test_a_damaged_file_means_many(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "starts").write_bytes(content)
    runs = FirstRuns(tmp_path)
    assert not runs.first_run
    runs.seen()
    assert not FirstRuns(tmp_path).first_run


def test_a_directory_that_cannot_be_written_stops_nobody(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("x", encoding="ascii")
    runs = FirstRuns(blocked)
    runs.seen()
    assert not runs.first_run
