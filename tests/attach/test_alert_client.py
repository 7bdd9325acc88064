"""The alerts of an engine for commands, with engines that are well, dead, silent or lying."""

from __future__ import annotations

import asyncio

import pytest
from websockets.asyncio.server import ServerConnection

from tests.attach.fake_broadcaster import FakeBroadcaster, Script, always, greet, raw_server, say
from tests.attach.messages import hello, part, status
from tests.ports import free_port
from tickterm.attach import alert_client
from tickterm.attach.address import Address
from tickterm.attach.alert_client import AlertClient
from tickterm.errors import SettingsError, UnreachableError
from tickterm.market.alerts import AlertKind, AlertRule, FiredAlert
from tickterm.market.contract import (
    AddAlert,
    Alerts,
    Answer,
    Error,
    Goodbye,
    RemoveAlert,
    ViewerHello,
)

RULE = AlertRule("A", AlertKind.ABOVE, 1.0, 3)


def fired(number: int) -> FiredAlert:
    return FiredAlert(number, 1000 + number, 3, "A", AlertKind.ABOVE, f"A {number}", 2.0)


def answering(*messages: Answer | Error | Alerts | Goodbye) -> Script:
    async def script(connection: ServerConnection) -> None:
        await greet(connection)
        await say(connection, *messages)
        await connection.wait_closed()

    return script


async def test_a_wish_is_said_and_answered() -> None:
    engine = FakeBroadcaster(answering(Alerts([RULE]), Answer("done\x1b[2J", 3)))
    async with engine.at_port() as address:
        told = await AlertClient(always(address), "a-token").ask(AddAlert("A > 1"))
    assert told == "done·[2J"
    greeting, wish = engine.heard
    assert isinstance(greeting, ViewerHello)
    assert (greeting.token, greeting.symbols, greeting.name) == ("a-token", [], "status")
    assert wish == AddAlert("A > 1")


async def test_a_refusal_is_raised() -> None:
    engine = FakeBroadcaster(answering(Error("alert", "there is no alert 1")))
    async with engine.at_port() as address:
        with pytest.raises(SettingsError, match="there is no alert 1"):
            await AlertClient(always(address)).ask(RemoveAlert(1))


async def test_a_look_sees_what_the_engine_told_before_its_status() -> None:
    async def script(connection: ServerConnection) -> None:
        await say(connection, hello(), part(), Alerts([RULE], [fired(1)]), status())
        await connection.wait_closed()

    async with FakeBroadcaster(script).at_port() as address:
        rules, alerts = await AlertClient(always(address)).look()
    assert list(rules) == [RULE]
    assert [alert.text for alert in alerts] == ["A 1"]


async def test_who_follows_hears_what_is_new_until_the_end() -> None:
    async def script(connection: ServerConnection) -> None:
        await say(connection, hello(), Alerts([RULE], [fired(1)]), status())
        await say(connection, Alerts(None, [fired(1), fired(2)]), Alerts(None, [fired(3)]))
        await say(connection, Goodbye("it stops", 1.0))
        await connection.wait_closed()

    heard: list[str] = []
    async with FakeBroadcaster(script).at_port() as address:
        client = AlertClient(always(address))
        await client.follow(
            lambda alerts: heard.extend(alert.text for alert in alerts), heard.append
        )
    assert heard == ["A 2", "A 3"]


async def test_who_follows_is_told_what_was_missed() -> None:
    async def script(connection: ServerConnection) -> None:
        await say(connection, hello(), Alerts([RULE]), status())
        await say(connection, Alerts(None, [fired(n) for n in range(101, 301)]))
        await say(connection, Alerts(None, [fired(302)]))
        await say(connection, Goodbye("it stops", 1.0))
        await connection.wait_closed()

    heard: list[str] = []
    async with FakeBroadcaster(script).at_port() as address:
        client = AlertClient(always(address))
        await client.follow(
            lambda alerts: heard.extend(alert.text for alert in alerts), heard.append
        )
    assert heard == [
        "100 alerts were missed: more fired than an engine tells at once",
        *(f"A {n}" for n in range(101, 301)),
        "1 alert was missed: more fired than an engine tells at once",
        "A 302",
    ]


async def test_an_engine_that_does_not_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(alert_client, "WITHIN", 0.2)

    async def chatty(connection: ServerConnection) -> None:
        await greet(connection)
        while True:
            await say(connection, Alerts(None, []))
            await asyncio.sleep(0.01)

    async with FakeBroadcaster(chatty).at_port() as address:
        with pytest.raises(UnreachableError, match=r"no answer within 0\.2 s"):
            await AlertClient(always(address)).ask(RemoveAlert(1))


async def test_an_engine_that_leaves_or_lies_or_is_not_there() -> None:
    async def liar(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(10)
        writer.write(b"HTTP/1.1 200 OK\r\n\r\nhello")
        writer.close()

    engine = FakeBroadcaster(answering(Goodbye("it stops", 1.0)))
    async with engine.at_port() as going, raw_server(liar) as lying:
        for address in (going, lying, Address(f"ws://127.0.0.1:{free_port()}")):
            with pytest.raises(UnreachableError, match=r"the engine at 127\.0\.0\.1:\d+: "):
                await AlertClient(always(address)).ask(RemoveAlert(1))
