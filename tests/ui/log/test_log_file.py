"""The log as a file: what is in it, and that it replaces none."""

from __future__ import annotations

import logging
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.ui.fake_engine import WALL_MS
from tickterm.ui.log import file as log_file
from tickterm.ui.log.buffer import Entry
from tickterm.ui.log.file import as_text, file_name, save

AT = datetime(2026, 1, 31, 9, 30, 5, tzinfo=UTC)


def test_a_line_has_date_time_zone_level_and_text() -> None:
    lines = as_text(
        [
            Entry(0, WALL_MS, logging.WARNING, "redis: 名 is down"),
            Entry(1, None, logging.CRITICAL, "… 3 lines not shown"),
            Entry(2, 10**15, logging.INFO, "of no time"),
        ]
    ).splitlines()
    form = r"(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d[+-]\d\d:\d\d) WARNING redis: 名 is down"
    found = re.fullmatch(form, lines[0])
    assert found is not None
    assert datetime.fromisoformat(found[1]).timestamp() == WALL_MS // 1000
    assert lines[1:] == ["… 3 lines not shown", "INFO of no time"]


def test_the_name_has_date_and_time() -> None:
    assert file_name(AT) == "tickterm-log-2026-01-31-093005.txt"


def test_a_file_that_is_there_is_never_overwritten(tmp_path: Path) -> None:
    path = tmp_path / file_name(AT)
    saved = [save(text, path) for text in "abc"]
    assert [file.name for file in saved] == [
        "tickterm-log-2026-01-31-093005.txt",
        "tickterm-log-2026-01-31-093005-2.txt",
        "tickterm-log-2026-01-31-093005-3.txt",
    ]
    assert [file.read_text() for file in saved] == ["a", "b", "c"]


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    victim, path = tmp_path / "victim", tmp_path / file_name(AT)
    path.symlink_to(victim)
    assert save("a", path).name == "tickterm-log-2026-01-31-093005-2.txt"
    assert not victim.exists()


def test_a_full_disk_leaves_no_half_file(tmp_path: Path) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("this system has no /dev/full")
    path = tmp_path / "log.txt"
    path.symlink_to("/dev/full")

    class There(type(path)):  # type: ignore[misc]  # a class of paths depends on the system
        """A path that may be opened although it is there."""

        def open(self, mode: str, encoding: str) -> object:
            return super().open(mode.replace("x", "w"), encoding=encoding)

    with pytest.raises(OSError, match="No space left"):
        save("a", There(path))
    assert not path.is_symlink()


def test_downloads_are_preferred_to_the_current_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    downloads = tmp_path / "Downloads"
    monkeypatch.setattr(log_file, "user_downloads_path", lambda: downloads)
    monkeypatch.chdir(tmp_path)
    assert log_file.directory() == tmp_path
    downloads.mkdir()
    assert log_file.directory() == downloads
