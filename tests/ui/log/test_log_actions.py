"""Copying and saving the log, in a terminal and in a browser."""

from __future__ import annotations

import base64
import logging
from pathlib import Path

import pytest

from tests.ui.driving import Driver, on_screen, until
from tests.ui.fake_engine import HOSTILE, WALL_MS, FakeEngine, make_snapshot
from tests.ui.log.test_log_pane import with_lines
from tests.ui.log.test_log_search import toasts
from tickterm.market.snapshot import Notice
from tickterm.ui.draw import numbers
from tickterm.ui.log import file as log_file
from tickterm.ui.log.pane import MOST_COPIED

TIME = numbers.clock(WALL_MS)


@pytest.fixture
def directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the directory that files are saved to."""
    monkeypatch.setattr(log_file, "directory", lambda: tmp_path)
    return tmp_path


def files(directory: Path) -> list[Path]:
    return list(directory.iterdir())


async def test_y_copies_the_marked_line() -> None:
    async with on_screen(with_lines(50)) as driver:
        await driver.press("tab", "up", "up", "y")
        assert driver.app.clipboard == f"{TIME} I line 49;"
        assert toasts(driver) == ["1 line copied"]


async def test_without_a_mark_y_copies_all_that_pass_the_filter() -> None:
    async with on_screen(with_lines(50)) as driver:
        await driver.press("tab", "F", *"7;", "enter", "y")
        assert driver.app.clipboard.splitlines() == [
            f"{TIME} I line {n};" for n in (7, 17, 27, 37, 47)
        ]
        assert toasts(driver) == ["5 lines copied"]


@pytest.mark.parametrize("char", ["x", "名"])
async def test_no_more_is_copied_than_terminals_take(char: str) -> None:
    lines = tuple(Notice(n, WALL_MS, logging.INFO, f"{n}; {char * 40}") for n in range(1, 2_001))
    async with on_screen(FakeEngine(make_snapshot(notices=lines))) as driver:
        await driver.press("tab", "y")
        text = driver.app.clipboard
        assert MOST_COPIED - 200 < len(text.encode()) < MOST_COPIED
        assert len(base64.b64encode(text.encode())) < 74_000
        copied = text.splitlines()
        first = 2_000 - len(copied) + 1
        assert copied[0].startswith(f"{TIME} I {first}; {char}")
        assert copied[-1] == f"{TIME} I 2000; {char * 40}"
        [told] = toasts(driver)
        newest = f"the newest {len(copied):,} of 2,000 lines"
        assert told == f"{newest}, as much as terminals take, copied"


async def test_what_is_copied_goes_to_the_terminal_as_osc_52(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    written: list[str] = []
    async with on_screen(with_lines(3)) as driver:
        assert driver.app._driver is not None
        monkeypatch.setattr(driver.app._driver, "write", written.append)
        await driver.press("tab", "up", "y")
    text = base64.b64encode(f"{TIME} I line 3;".encode()).decode()
    assert f"\x1b]52;c;{text}\a" in written


async def test_nothing_is_copied_where_nothing_is() -> None:
    async with on_screen(with_lines(3)) as driver:
        driver.app.copy_to_clipboard("before")
        await driver.press("tab", "F", *"xyz", "enter", "y")
        assert driver.app.clipboard == "before"
        assert toasts(driver) == ["there is nothing to copy here"]


async def test_the_palette_copies_the_log_from_anywhere() -> None:
    async with on_screen(with_lines(3)) as driver:
        titles = [command.title for command in driver.app.get_system_commands(driver.app.screen)]
        for title in (
            "log: Copy",
            "log: Save to a file",
            "log: Find by a regular expression",
            "log: Go to the next match",
            "log: Change the lowest level",
        ):
            assert title in titles
        assert driver.board.has_focus
        await driver.app.run_action("copy_log")
        await driver.settle()
        assert toasts(driver) == ["3 lines copied"]


async def saved(driver: Driver) -> str:
    """Wait until the screen tells of a file, and return what it says."""
    await until(lambda: bool(toasts(driver)))
    return toasts(driver)[-1]


async def test_capital_w_saves_what_passes_the_filter(directory: Path) -> None:
    async with on_screen(with_lines(50)) as driver:
        await driver.press("tab", "F", *"7;", "enter", "up", "W")
        told = await saved(driver)
        (file,) = files(directory)
        assert told == f"5 lines saved to {file}"
        assert [line.split(" ", 2)[2] for line in file.read_text().splitlines()] == [
            f"INFO line {n};" for n in (7, 17, 27, 37, 47)
        ]


async def test_saving_twice_makes_two_files(directory: Path) -> None:
    async with on_screen(with_lines(5)) as driver:
        await driver.press("W", "W")
        await until(lambda: len(toasts(driver)) == 2)
        assert len(files(directory)) == 2


async def test_a_directory_that_cannot_be_written_is_told_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    nowhere = tmp_path / "a\x1b[31m[/red]"
    monkeypatch.setattr(log_file, "directory", lambda: nowhere)
    async with on_screen(with_lines(5)) as driver:
        await driver.press("W")
        told = await saved(driver)
        start = f"cannot save to {tmp_path}/a·[31m[/red]/tickterm-log-"
        assert told.startswith(start)
        assert told.endswith(": No such file or directory")
        assert len(toasts(driver)) == 1
        assert all(not toast.markup for toast in driver.app._notifications)


async def test_an_empty_log_makes_no_file(directory: Path) -> None:
    async with on_screen(with_lines(0)) as driver:
        await driver.press("W")
        assert toasts(driver) == ["no line of the log passes the filter"]
        assert not files(directory)


async def test_in_a_browser_it_is_a_download(
    directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    delivered: list[tuple[str, str]] = []

    def deliver(file: object, *, save_filename: str) -> None:
        delivered.append((file.read(), save_filename))  # type: ignore[attr-defined]  # a file

    async with on_screen(with_lines(2)) as driver:
        monkeypatch.setattr(type(driver.app), "is_web", True)
        monkeypatch.setattr(driver.app, "deliver_text", deliver)
        await driver.press("tab", "W")
        ((text, name),) = delivered
        assert [line.split(" ", 2)[2] for line in text.splitlines()] == [
            "INFO line 1;",
            "INFO line 2;",
        ]
        assert toasts(driver) == [f"2 lines for your browser's downloads: {name}"]
        assert not files(directory)


async def test_hostile_lines_are_copied_and_saved_without_escape_sequences(
    directory: Path,
) -> None:
    lines = (Notice(1, WALL_MS, logging.ERROR, HOSTILE),)
    async with on_screen(FakeEngine(make_snapshot(notices=lines))) as driver:
        await driver.press("tab", "y", "W")
        await until(lambda: len(toasts(driver)) == 2)
        (file,) = files(directory)
        for text in (driver.app.clipboard, file.read_text().removesuffix("\n")):
            assert text.isprintable()
