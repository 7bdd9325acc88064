"""Commands of alerts: without a shell, not for long, not too many, and never in the way."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.waiting import until
from tickterm.engine.alerts import commands as alert_commands
from tickterm.engine.alerts.commands import (
    AT_ONCE,
    MOST_WAITING,
    AlertCommands,
    check_command,
    filled,
)
from tickterm.errors import SettingsError

ENVIRONMENT = {"PATH": os.environ["PATH"], "MINE": "yes"}
FIELDS = {"symbol": "A", "price": "1.5", "text": "A 1.50: $(touch x) 'y' {symbol}"}


@contextlib.asynccontextmanager
async def running(commands: AlertCommands) -> AsyncIterator[None]:
    task = asyncio.create_task(commands.run())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait([task])


def test_no_value_makes_another_word() -> None:
    words = check_command("""notify-send '{symbol} now' {text}{price} {} {nobody} {symbol""")
    assert filled(words, FIELDS) == [
        "notify-send",
        "A now",
        "A 1.50: $(touch x) 'y' {symbol}1.5",
        "{}",
        "{nobody}",
        "{symbol",
    ]


@pytest.mark.parametrize("line", ["", "  ", "say 'so"])
def test_what_is_no_command_line_is_refused(line: str) -> None:
    with pytest.raises(SettingsError, match="--command"):
        check_command(line)


async def test_it_runs_with_the_given_environment(tmp_path: Path) -> None:
    commands = AlertCommands(ENVIRONMENT)
    made = tmp_path / "made"
    async with running(commands):
        commands.put(
            f"sh -c 'echo \"$0 $MINE $HOME\" > {made}.part; mv {made}.part {made}' {{text}}", FIELDS
        )
        await until(made.exists)
    assert made.read_text() == f"{FIELDS['text']} yes \n"
    assert commands.failed == 0


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("false", "exit code 1"),
        ("/nowhere/at/all", "No such file"),
        ("sh -c 'kill -9 $$'", "exit code -9"),
    ],
)
async def test_a_failure_is_said_and_counted(
    line: str, told: str, caplog: pytest.LogCaptureFixture
) -> None:
    commands = AlertCommands(ENVIRONMENT)
    async with running(commands):
        commands.put(line, FIELDS)
        await until(lambda: commands.failed)
    assert told in caplog.text


async def test_one_that_takes_too_long_is_killed_with_all_that_it_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(alert_commands, "WITHIN", 0.5)
    commands = AlertCommands(ENVIRONMENT)
    pid = tmp_path / "pid"
    async with running(commands):
        commands.put(f"sh -c 'sleep 60 & echo $! > {pid}; wait'", FIELDS)
        await until(lambda: commands.failed)
    assert "killed after 0.5 s" in caplog.text
    await until(lambda: _is_gone(int(pid.read_text())))


async def test_the_end_kills_what_runs(tmp_path: Path) -> None:
    commands = AlertCommands(ENVIRONMENT)
    pid = tmp_path / "pid"
    async with running(commands):
        commands.put(f"sh -c 'echo $$ > {pid}.part; mv {pid}.part {pid}; exec sleep 60'", FIELDS)
        await until(pid.exists)
    assert _is_gone(int(pid.read_text()))


async def test_only_so_many_run_and_so_many_wait(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    commands = AlertCommands(ENVIRONMENT)
    async with running(commands):
        for _ in range(AT_ONCE + 2):
            commands.put(f"sh -c 'touch {tmp_path}/$$; exec sleep 60'", FIELDS)
        await until(lambda: _files(tmp_path) == AT_ONCE)
        for _ in range(MOST_WAITING):
            commands.put("true", FIELDS)
        assert commands.failed == 2
        assert _files(tmp_path) == AT_ONCE
    assert "100 others wait already" in caplog.text


def _files(directory: Path) -> int:
    return len(list(directory.iterdir()))


def _is_gone(pid: int) -> bool:
    """Say whether a process has ended; an unwaited one of another parent may linger as a zombie."""
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    return True
