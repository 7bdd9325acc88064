"""Addresses that lead nowhere, and servers that are no engine."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.attach.fake_broadcaster import always, raw_server, running
from tests.attach.web_server import answering, http, silent
from tests.waiting import until
from tickterm.attach import conversation
from tickterm.attach.address import Address
from tickterm.attach.remote_engine import RemoteEngine


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (http("200 OK", "<html>"), "what answers there is no tickterm (HTTP 200)"),
        (http("404 Not Found"), "what answers there is no tickterm (HTTP 404)"),
        (http("301 Moved\r\nLocation: ws://127.0.0.1:1/"), "what answers there is no tickterm"),
        (http("403 Forbidden", "this Host\x1b is not served\n"), "this Host· is not served"),
        (http("503 Busy", "too many viewers\n"), "too many viewers"),
        (http("503 Busy"), "it has no place for another viewer"),
        (b"SSH-2.0-OpenSSH_9.6\r\n", "what answers there is no tickterm"),
        (b"\x00" * 100, "what answers there is no tickterm"),
        (b"", "what answers there is no tickterm"),
        (b"HTTP/1.1 200 OK\r\nX: " + b"x" * 200_000, "what answers there is no tickterm"),
    ],
)
async def test_what_is_no_engine_is_named(answer: bytes, reason: str) -> None:
    async with raw_server(answering(answer)) as address:
        with running(RemoteEngine(always(address))) as run:
            await until(lambda: run.reason)
            assert run.reason.startswith(reason)


async def test_a_server_that_never_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conversation, "HELLO_WITHIN", 0.1)

    async with raw_server(silent) as address:
        with running(RemoteEngine(always(address))) as run:
            await until(lambda: run.reason == "no connection within 0.1 s")


@pytest.mark.parametrize(
    ("address", "reason"),
    [
        (Address("ws://no-such-host.invalid:1"), ""),
        (Address("ws://127.0.0.1:1"), "nobody listens there"),
        (Address(socket=Path("/nonexistent/t.sock")), "nobody listens there"),
        (Address(socket=Path("/" + "x" * 200)), ""),
        (Address("ws://" + "ä" * 70 + ".example:1"), "that is no host name"),
    ],
)
async def test_addresses_that_lead_nowhere(address: Address, reason: str) -> None:
    with running(RemoteEngine(always(address))) as run:
        await until(lambda: run.reason)
        assert run.reason == reason or not reason
        assert run.reason.isprintable()
