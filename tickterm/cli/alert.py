"""`tickterm alert`: alerts of the running engine, or for the next one on the live feed."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

import click
import msgspec
from msgspec.structs import replace

from tickterm import settings
from tickterm.attach.alert_client import AlertClient
from tickterm.cli.attach import finder
from tickterm.cli.pipes import put, run_while_read, say
from tickterm.engine.alerts.commands import check_command
from tickterm.engine.alerts.file import ALERTS_FILE, Change, Kept, check_new, check_room, merge
from tickterm.engine.kept_file import KeptFileError
from tickterm.errors import SettingsError, UnreachableError
from tickterm.market.alerts import AlertRule, FiredAlert, duration
from tickterm.market.contract import AddAlert, RemoveAlert

__all__ = ["alert"]

_url = click.option("--url", metavar="URL", help="Of another engine, as for attach.")
_json = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


@click.group(short_help="Set, list and follow alerts.")
def alert() -> None:
    """Set, list and follow alerts of the engine that runs here.

    Where none runs, those of the next one on the live feed.

    \b
    AAPL > 230            the price passes above 230 dollars; < below
    AAPL move 2% 5m       it moves by 2 % within 5 minutes; +2% up, -2% down
    AAPL volume x3 1m     3 times the shares of an average minute
    AAPL stale 60s        no tick for 60 seconds while the market is open

    Exit code 0: done; 1: the file of alerts cannot be used; 2: what was asked for is wrong or
    refused; 3: the engine could not be reached.
    """


@alert.command(short_help="Set an alert.")
@click.argument("words", metavar="RULE", nargs=-1, required=True)
@click.option("--cooldown", metavar="TIME", help="Silence after it has fired.  [default: 5m]")
@click.option("--once", is_flag=True, help="Remove it when it has fired.")
@click.option("--command", metavar="LINE", help="Run this; only on the engine's machine.")
@_url
def add(
    words: tuple[str, ...], cooldown: str | None, once: bool, command: str | None, url: str | None
) -> None:
    """Set an alert; tickterm alert --help has the forms of a RULE.

    \b
    tickterm alert add 'AAPL > 230' --command 'notify-send {text}'

    LINE is run without a shell; {symbol} {price} {text} {kind} and {source} are filled in.
    """
    rule = AlertRule.parse(" ".join(words))
    if cooldown is not None:
        rule = replace(rule, cooldown=duration(cooldown, least=0.0))
    if once:
        rule = replace(rule, once=True)
    if command is not None:
        check_command(command)
        rule = replace(rule, command=command.strip())
    click.echo(_alerts(url).add(AlertRule.parse(str(rule))))


@alert.command("list", short_help="Print the alerts that are set.")
@_json
@_url
def list_(as_json: bool, url: str | None) -> None:
    """Print the alerts that are set: number and rule."""
    rules, _ = _alerts(url).look()
    if as_json:
        _put_json([{**msgspec.to_builtins(rule), "rule": str(rule)} for rule in rules])
    else:
        put("".join(f"{rule.id}\t{rule}\n" for rule in rules).encode())


@alert.command()
@click.argument("number", metavar="NUMBER", type=click.IntRange(min=1))
@_url
def remove(number: int, url: str | None) -> None:
    """Remove an alert by its number in the list."""
    click.echo(_alerts(url).remove(number))


@alert.command(short_help="Print the newest alerts that fired.")
@_json
@_url
def fired(as_json: bool, url: str | None) -> None:
    """Print the newest alerts that fired, oldest first: time and what happened."""
    _, alerts = _alerts(url).look()
    if as_json:
        _put_json([msgspec.to_builtins(each) for each in alerts])
    else:
        put("".join(f"{_time(each)}\t{each.text}\n" for each in alerts).encode())


@alert.command(short_help="Follow what fires, as JSON lines.")
@_url
def watch(url: str | None) -> None:
    """Print what fires from now on, one JSON object a line, until the engine ends.

    stderr says what was missed. Exit code 141: the reader of the pipe has gone.
    """
    configured = settings.load()
    client = AlertClient(finder(configured, url), str(configured.token))

    def take(alerts: Sequence[FiredAlert]) -> None:
        put(b"".join(msgspec.json.encode(each) + b"\n" for each in alerts))

    run_while_read(client.follow(take, say))


class _Alerts(Protocol):
    """Where alerts are: with an engine, or in the file alone."""

    def add(self, rule: AlertRule) -> str:
        """Set an alert; return what became of it."""

    def remove(self, number: int) -> str:
        """Remove one; return what became of it."""

    def look(self) -> tuple[Sequence[AlertRule], Sequence[FiredAlert]]:
        """Return the rules, and what fired, oldest first."""


class _OfEngine:
    """The alerts of a running engine."""

    def __init__(self, client: AlertClient) -> None:
        self._client = client

    def add(self, rule: AlertRule) -> str:
        return asyncio.run(self._client.ask(AddAlert(str(rule))))

    def remove(self, number: int) -> str:
        return asyncio.run(self._client.ask(RemoveAlert(number)))

    def look(self) -> tuple[Sequence[AlertRule], Sequence[FiredAlert]]:
        return asyncio.run(self._client.look())


class _OfFile:
    """The alerts that the next engine here on the live feed will have."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def add(self, rule: AlertRule) -> str:
        before = _sound(merge(self._path))
        check_room(len(before.rules))
        check_new(rule, before.rules)
        rule = replace(rule, id=before.next)
        number = _number(rule, _sound(merge(self._path, Change(added=[rule]))))
        told = "no engine runs here: the next one on the live feed has it"
        return f"alert {number}: {rule.without_command}; {told}"

    def remove(self, number: int) -> str:
        rules = {rule.id: rule for rule in _sound(merge(self._path)).rules}
        if number not in rules:
            raise SettingsError(f"there is no alert {number}")
        _sound(merge(self._path, Change(removed=frozenset([number]))))
        return f"alert {number} removed: {rules[number].without_command}; no engine runs here"

    def look(self) -> tuple[Sequence[AlertRule], Sequence[FiredAlert]]:
        kept = merge(self._path)
        for fault in kept.faults:
            say(fault)
        return kept.rules, kept.fired


def _number(rule: AlertRule, kept: Kept) -> int:
    """Return the number under which a rule is kept: others may have taken the one it has.

    Raises:
        SettingsError: others have left no room for it.
    """
    numbers = [each.id for each in kept.rules if replace(each, id=rule.id) == rule]
    if not numbers:
        check_room(len(kept.rules))
    return max(numbers, default=rule.id)


def _sound(kept: Kept) -> Kept:
    """Return what the file holds; raises KeptFileError where it may not be changed."""
    if kept.faults:
        raise KeptFileError(f"{kept.faults[0]}: mend or move the file")
    return kept


def _alerts(url: str | None) -> _Alerts:
    configured = settings.load()
    try:
        find = finder(configured, url)
    except UnreachableError:
        return _OfFile(configured.data_dir / ALERTS_FILE)
    return _OfEngine(AlertClient(find, str(configured.token)))


def _put_json(values: Sequence[Any]) -> None:
    put(msgspec.json.format(msgspec.json.encode(values), indent=2) + b"\n")


def _time(alert: FiredAlert) -> str:
    return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(alert.wall_ms / 1000))
