"""Commands of alerts: without a shell, not for long, not too many, and never in the way."""

from __future__ import annotations

import asyncio
import contextlib
import os
from asyncio.subprocess import Process
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

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
from tickterm.engine.alerts.few_lines import LINES
from tickterm.errors import SettingsError
from tickterm.market.alerts import AlertKind, AlertRule

ENVIRONMENT = {"PATH": os.environ["PATH"], "MINE": "yes"}
FIELDS = {"symbol": "A", "price": "1.5", "text": "A 1.50: $(touch x) 'y' {symbol}"}


def rule(line: str, number: int = 7) -> AlertRule:
    return AlertRule("A", AlertKind.ABOVE, 1.0, number, command=line)


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


@pytest.mark.parametrize("line", ["", "  ", "say 'CANARY"])
def test_what_is_no_command_line_is_refused_and_not_quoted(line: str) -> None:
    with pytest.raises(SettingsError, match="--command") as refused:
        check_command(line)
    assert "CANARY" not in str(refused.value)


async def test_it_runs_with_the_given_environment(tmp_path: Path) -> None:
    commands = AlertCommands(ENVIRONMENT)
    made = tmp_path / "made"
    async with running(commands):
        line = f"sh -c 'echo \"$0 $MINE $HOME\" > {made}.part; mv {made}.part {made}' {{text}}"
        commands.put(rule(line), FIELDS)
        await until(made.exists)
    assert made.read_text() == f"{FIELDS['text']} yes \n"
    assert commands.failed == 0


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("false", "exit code 1"),
        ("/nowhere/CANARY", "No such file or directory"),
        ("/ --CANARY", "Permission denied"),
        ("sh -c 'kill -9 $$' CANARY", "exit code -9"),
        ("say 'CANARY", "--command cannot be read as words: No closing quotation"),
    ],
)
async def test_a_failure_is_said_without_its_command_and_counted(
    line: str, told: str, caplog: pytest.LogCaptureFixture
) -> None:
    commands = AlertCommands(ENVIRONMENT)
    async with running(commands):
        commands.put(rule(line), FIELDS)
        await until(lambda: commands.failed)
    assert caplog.messages == [f"command of alert 7: {told}"]
    assert "CANARY" not in caplog.text


async def test_one_that_takes_too_long_is_killed_with_all_that_it_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(alert_commands, "WITHIN", 1.5)
    commands = AlertCommands(ENVIRONMENT)
    pid = tmp_path / "pid"
    async with running(commands):
        commands.put(rule(f"sh -c 'sleep 60 & echo $! > {pid}; wait'"), FIELDS)
        await until(lambda: commands.failed)
    assert "killed after 1.5 s" in caplog.text
    await until(lambda: _is_gone(int(pid.read_text())))


async def test_what_it_started_ends_with_it(tmp_path: Path) -> None:
    commands = AlertCommands(ENVIRONMENT)
    pid = tmp_path / "pid"
    async with running(commands):
        commands.put(rule(f"sh -c 'sleep 60 & echo $! > {pid}.part; mv {pid}.part {pid}'"), FIELDS)
        await until(pid.exists)
        await until(lambda: _is_gone(int(pid.read_text())))
    assert commands.failed == 0


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[Process]:
    """Return the processes of commands, which must not be left behind."""
    processes: list[Process] = []
    start = asyncio.create_subprocess_exec

    async def started(*words: str, **more: Any) -> Process:
        processes.append(await start(*words, **more))
        return processes[-1]

    monkeypatch.setattr(asyncio, "create_subprocess_exec", started)
    return processes


def refused(_group: int, _signal: int) -> None:
    raise PermissionError(1, "Operation not permitted")


def heard_by_others(_group: int, _signal: int) -> None:
    """Be a signal that only some of the group may be sent."""


@pytest.mark.parametrize("kill", [refused, heard_by_others])
async def test_one_of_another_user_is_left_and_said(
    kill: Callable[[int, int], None],
    made: list[Process],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(os, "killpg", kill)
    monkeypatch.setattr(alert_commands, "AT_ONCE", 1)
    monkeypatch.setattr(alert_commands, "WITHIN", 1.5)
    monkeypatch.setattr(alert_commands, "DIES_WITHIN", 0.1)
    commands = AlertCommands(ENVIRONMENT)
    after = tmp_path / "after"
    async with running(commands):
        commands.put(rule("sleep 60"), FIELDS)
        commands.put(rule(f"touch {after}", 8), FIELDS)
        await until(after.exists)
        assert made[0].returncode is None
        made[0].kill()
        await asyncio.gather(*(each.wait() for each in made))
    assert caplog.messages == [
        "command of alert 7: still runs after 1.5 s, and cannot be killed: it runs as another user"
    ]


def test_of_a_flood_of_failures_the_log_says_how_many(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(alert_commands, "time", SimpleNamespace(monotonic=lambda: 5.0))
    commands = AlertCommands(ENVIRONMENT)
    for number in range(MOST_WAITING + 200):
        commands.put(rule("true", number), FIELDS)
    assert commands.failed == 200
    assert caplog.messages == [
        f"command of alert {MOST_WAITING + n}: 100 others wait already" for n in range(LINES)
    ]
    commands.log.catch_up(6.0)
    assert caplog.messages[LINES:] == [f"commands of alerts: {200 - LINES} more failed"]


async def test_the_end_kills_what_runs(tmp_path: Path) -> None:
    commands = AlertCommands(ENVIRONMENT)
    pid = tmp_path / "pid"
    async with running(commands):
        commands.put(
            rule(f"sh -c 'echo $$ > {pid}.part; mv {pid}.part {pid}; exec sleep 60'"), FIELDS
        )
        await until(pid.exists)
    assert _is_gone(int(pid.read_text()))


async def test_only_so_many_run_and_so_many_wait(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    commands = AlertCommands(ENVIRONMENT)
    async with running(commands):
        for _ in range(AT_ONCE + 2):
            commands.put(rule(f"sh -c 'touch {tmp_path}/$$; exec sleep 60'"), FIELDS)
        await until(lambda: _files(tmp_path) == AT_ONCE)
        for _ in range(MOST_WAITING):
            commands.put(rule("true"), FIELDS)
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
