"""A screen's engine over real sockets, with engines that are well, dead, slow or lying."""

from __future__ import annotations

import asyncio
import itertools
import ssl
import subprocess
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from websockets.asyncio.server import ServerConnection, serve

from tests.attach.fake_broadcaster import (
    FakeBroadcaster,
    always,
    greet,
    raw_server,
    reset,
    running,
    say,
)
from tests.attach.messages import NOW, candles, hello, lines, part, rows, status, wire
from tests.ports import free_port
from tests.waiting import until
from tickterm.attach import conversation
from tickterm.attach import dial as dial_module
from tickterm.attach import remote_engine as module
from tickterm.attach.address import Address
from tickterm.attach.remote_engine import RemoteEngine
from tickterm.errors import SettingsError, UnreachableError
from tickterm.market.contract import (
    VERSION,
    ChartOf,
    CloseCode,
    Goodbye,
    Leave,
    Reconnect,
    Stream,
    ViewerHello,
)
from tickterm.market.link_rules import LinkTimes
from tickterm.market.snapshot import TickCounts
from tickterm.market.timeframe import Timeframe
from tickterm.settings import Secret

TOKEN = "0123456789abcdef"


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Try again soon."""
    monkeypatch.setattr(module, "_TIMES", LinkTimes(first_retry=0.02, longest_retry=0.1))


def sequence(*addresses: Address) -> Callable[[], Awaitable[Address]]:
    """Find one address after the other, then the last for ever."""
    found = itertools.chain(addresses, itertools.repeat(addresses[-1]))

    async def find() -> Address:
        return next(found)

    return find


# -- engines that are well ------------------------------------------------------------------------


async def test_it_attaches_and_follows() -> None:
    go = asyncio.Event()

    async def script(connection: ServerConnection) -> None:
        await greet(connection)
        await go.wait()
        await say(connection, rows(wire("B", 21.0), now=NOW + 1), lines(7))
        await connection.wait_closed()

    broadcaster = FakeBroadcaster(script)
    async with broadcaster.at_port() as address:
        with running(RemoteEngine(always(address), name="a test", token=TOKEN)) as run:
            await until(lambda: run.connected)
            assert broadcaster.heard == [
                ViewerHello(token=TOKEN, stream=Stream.ROWS, name="a test")
            ]
            assert [r.price for r in run.engine.snapshot().rows] == [10.0, 20.0]
            go.set()
            await until(lambda: run.engine.snapshot().notices[-1].text == "line 7")
            assert [r.price for r in run.engine.snapshot().rows] == [10.0, 21.0]
        assert run.error is None
        await until(lambda: broadcaster.left == 1)
        assert broadcaster.connections[0].close_code == 1000


async def test_a_unix_socket(tmp_path: Path) -> None:
    broadcaster = FakeBroadcaster()
    async with broadcaster.at_socket(tmp_path / "t.sock") as address:
        with running(RemoteEngine(always(address))) as run:
            await until(lambda: run.connected)
            notices = run.engine.snapshot().notices
            told = "attached to the engine that already runs here (pid 4711)"
            assert [notice.text for notice in notices] == [told]


async def test_a_token_that_hides_itself_is_sent_all_the_same() -> None:
    broadcaster = FakeBroadcaster()
    async with broadcaster.at_port() as address:
        with running(RemoteEngine(always(address), token=Secret(TOKEN))) as run:
            await until(lambda: run.connected)
    assert [m.token for m in broadcaster.heard if isinstance(m, ViewerHello)] == [TOKEN]


async def test_an_engine_that_comes_back_on_the_same_port() -> None:
    port = free_port()
    with running(RemoteEngine(always(Address(f"ws://127.0.0.1:{port}")))) as run:
        await until(lambda: run.reason == "nobody listens there")
        for _ in range(2):
            async with FakeBroadcaster().at_port(port):
                await until(lambda: run.connected)
            await until(lambda: not run.connected)
            assert [r.symbol for r in run.engine.snapshot().rows] == ["A", "B"]
        await until(lambda: run.engine.snapshot().attachment.attempt > 3)


async def test_it_is_asked_where_the_engine_is_before_every_attempt() -> None:
    async def close(connection: ServerConnection) -> None:
        await connection.close(1011, "of no use")

    async with FakeBroadcaster(close).at_port() as bad, FakeBroadcaster().at_port() as good:
        with running(RemoteEngine(sequence(bad, bad, good))) as run:
            await until(lambda: run.connected)
            assert run.engine.snapshot().attachment.where == good.where


async def test_what_find_cannot_reach_is_a_reason_to_try_again() -> None:
    tries = 0

    async def find() -> Address:
        nonlocal tries
        tries += 1
        raise UnreachableError("no engine here: start one")

    with running(RemoteEngine(find, where="127.0.0.1:8765")) as run:
        await until(lambda: tries > 2)
        assert run.reason == "no engine here: start one"
        assert run.engine.snapshot().attachment.where == "127.0.0.1:8765"
    assert run.error is None


async def test_what_find_refuses_ends_it() -> None:
    async def find() -> Address:
        raise SettingsError("the engine cannot start: no key")

    with running(RemoteEngine(find)) as run:
        await until(lambda: run.ended)
    assert isinstance(run.error, SettingsError)
    assert run.reason == "the engine cannot start: no key"


# -- engines that end, and how --------------------------------------------------------------------


async def test_a_goodbye_says_when_to_come_again() -> None:
    async def script(connection: ServerConnection) -> None:
        await greet(connection)
        await say(connection, Goodbye("tickterm stops", 20.0))
        await connection.close(1001)

    async with FakeBroadcaster(script).at_port() as address:
        with running(RemoteEngine(always(address))) as run:
            await until(lambda: run.reason == "it said goodbye: tickterm stops")
            snapshot = run.engine.snapshot()
            assert snapshot.attachment.retry_at is not None
            assert 15 < snapshot.attachment.retry_at - snapshot.now < 21


async def test_a_goodbye_cannot_keep_us_waiting_for_ever() -> None:
    async def script(connection: ServerConnection) -> None:
        await greet(connection)
        await say(connection, Goodbye("x", 1e300))

    async with FakeBroadcaster(script).at_port() as address:
        with running(RemoteEngine(always(address))) as run:
            await until(lambda: run.reason.startswith("it said goodbye"))
            snapshot = run.engine.snapshot()
            assert snapshot.attachment.retry_at is not None
            assert snapshot.attachment.retry_at - snapshot.now <= module.LONGEST_RETRY_AFTER


async def test_reconnect_does_not_wait() -> None:
    async def leave(connection: ServerConnection) -> None:
        await greet(connection)
        await say(connection, Goodbye("x", 20.0))

    broadcaster = FakeBroadcaster(leave, lambda connection: greet_and_stay(connection))
    async with broadcaster.at_port() as address:
        with running(RemoteEngine(always(address))) as run:
            await until(lambda: run.reason.startswith("it said goodbye"))
            run.engine.reconnect()
            await until(lambda: run.connected)


async def greet_and_stay(connection: ServerConnection) -> None:
    await greet(connection)
    await connection.wait_closed()


async def _reset(connection: ServerConnection) -> None:
    await greet(connection)
    reset(connection)


async def _slow(connection: ServerConnection) -> None:
    await connection.close(CloseCode.SLOW, "you took nothing for 3 s")


async def _other_version(connection: ServerConnection) -> None:
    await say(connection, hello(version=VERSION + 1))
    await connection.wait_closed()


async def _other_program(connection: ServerConnection) -> None:
    await say(connection, hello(server="a clock"))
    await connection.wait_closed()


async def _no_hello(connection: ServerConnection) -> None:
    await say(connection, status())
    await connection.wait_closed()


async def _no_text(connection: ServerConnection) -> None:
    await connection.send("moo \x1b[2J")
    await connection.wait_closed()


async def _deep(connection: ServerConnection) -> None:
    await greet(connection)
    await connection.send('{"type":"rows","seq":' + "[" * 200_000)
    await connection.wait_closed()


async def _not_a_number(connection: ServerConnection) -> None:
    await greet(connection)
    await connection.send('{"type":"rows","seq":0,"now":NaN,"rows":[]}')
    await connection.wait_closed()


async def _oversized(connection: ServerConnection) -> None:
    await greet(connection)
    await connection.send(b'{"type":"rows"' + b" " * dial_module.MAX_MESSAGE + b"}")
    await connection.wait_closed()


async def _too_many_rows(connection: ServerConnection) -> None:
    await say(connection, hello())
    for number in range(1, 22):
        many = (wire(f"S{number}-{n}") for n in range(1000))
        await say(connection, part(*many, part=number, parts=21))
    await connection.wait_closed()


async def _parts_out_of_turn(connection: ServerConnection) -> None:
    await say(connection, hello(), part(part=2, parts=2))
    await connection.wait_closed()


async def _bare_close(connection: ServerConnection) -> None:
    await connection.close(4321)


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        (_reset, "the connection was cut"),
        (_slow, "it cut this screen off for taking nothing for seconds"),
        (_other_version, f"it speaks version {VERSION + 1} of the contract, this program version"),
        (_other_program, "what answers there is no tickterm"),
        (_no_hello, "what answers there is no tickterm"),
        (_no_text, "it said what no tickterm says: JSON is malformed"),
        (_deep, "it said what no tickterm says: "),
        (_not_a_number, "it said what no tickterm says: JSON is malformed"),
        (_oversized, "it sent a message above 16 MiB"),
        (_too_many_rows, "it said what no tickterm says: more than 20,000 symbols"),
        (_parts_out_of_turn, "it said what no tickterm says: part 2 of a snapshot out of turn"),
        (_bare_close, "it closed the connection: 4321"),
    ],
)
async def test_an_engine_that_fails_is_left_and_tried_again(
    script: Callable[[ServerConnection], Awaitable[None]], reason: str
) -> None:
    broadcaster = FakeBroadcaster(script)
    async with broadcaster.at_port() as address:
        with running(RemoteEngine(always(address))) as run:
            await until(lambda: run.reason.startswith(reason))
            assert run.reason.isprintable()
            await until(lambda: len(broadcaster.connections) > 1)
    assert run.error is None


async def test_a_message_of_the_future_is_let_pass() -> None:
    async def script(connection: ServerConnection) -> None:
        await greet(connection)
        await connection.send('{"type":"weather"}')
        await say(connection, lines(7))
        await connection.wait_closed()

    broadcaster = FakeBroadcaster(script)
    async with broadcaster.at_port() as address:
        with running(RemoteEngine(always(address))) as run:
            await until(lambda: run.engine.snapshot().notices[-1:][0:1] != ())
            await until(lambda: run.engine.snapshot().notices[-1].text == "line 7")
    assert len(broadcaster.connections) == 1


async def test_an_engine_that_is_silent_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conversation, "DEAD_AFTER", 0.1)
    broadcaster = FakeBroadcaster()
    async with broadcaster.at_port() as address:
        with running(RemoteEngine(always(address))) as run:
            await until(lambda: run.reason == "it has said nothing for 0.1 s")
            await until(lambda: len(broadcaster.connections) > 1)


async def test_a_snapshot_that_never_ends_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "ATTACHED_WITHIN", 0.1)

    async def script(connection: ServerConnection) -> None:
        await say(connection, hello(), status(), part(wire("A"), part=1, parts=2))
        await connection.wait_closed()

    async with FakeBroadcaster(script).at_port() as address:
        with running(RemoteEngine(always(address))) as run:
            await until(lambda: run.reason == "no whole snapshot within 0.1 s")


async def test_a_hello_that_never_comes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conversation, "HELLO_WITHIN", 0.1)

    async def script(connection: ServerConnection) -> None:
        await connection.wait_closed()

    async with FakeBroadcaster(script).at_port() as address:
        with running(RemoteEngine(always(address))) as run:
            await until(lambda: run.reason == "no hello within 0.1 s")


# -- servers that are no engine -------------------------------------------------------------------


def answering(
    data: bytes,
) -> Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]:
    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(data)
        await writer.drain()
        writer.close()

    return handle


def http(status_line: str, body: str = "") -> bytes:
    return f"HTTP/1.1 {status_line}\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode()


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

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    async with raw_server(handle) as address:
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


# -- the token, and TLS ---------------------------------------------------------------------------


async def _wrong_token(connection: ServerConnection) -> None:
    await connection.close(CloseCode.TOKEN, "the token is missing or wrong")


async def test_a_wrong_token_is_final() -> None:
    broadcaster = FakeBroadcaster(_wrong_token)
    async with broadcaster.at_port() as address:
        with running(RemoteEngine(always(address), token="wrong")) as run:
            await until(lambda: run.ended)
    assert isinstance(run.error, UnreachableError)
    assert str(run.error) == "the token is missing or wrong: set TICKTERM_TOKEN"
    assert run.error.exit_code == 3
    assert run.reason == str(run.error)
    assert run.engine.snapshot().attachment.retry_at is None
    assert len(broadcaster.connections) == 1


async def test_an_http_401_is_final_too() -> None:
    async with raw_server(answering(http("401 Unauthorized"))) as address:
        with running(RemoteEngine(always(address))) as run:
            await until(lambda: run.ended)
    assert "set TICKTERM_TOKEN" in str(run.error)


async def test_a_token_never_goes_out_unencrypted() -> None:
    with running(RemoteEngine(always(Address("ws://gw.invalid:1")), token=TOKEN)) as run:
        await until(lambda: run.ended)
    assert isinstance(run.error, SettingsError)
    assert str(run.error) == (
        "the token would go to gw.invalid:1 unencrypted: use wss:// or an SSH tunnel"
    )


async def test_a_redirect_is_not_followed() -> None:
    async with FakeBroadcaster().at_port() as other:
        answer = http(f"302 Found\r\nLocation: {other.url}")
        async with raw_server(answering(answer)) as address:
            with running(RemoteEngine(always(address), token=TOKEN)) as run:
                await until(lambda: run.reason)
                assert not run.connected


async def test_a_certificate_must_be_trusted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    subprocess.run(  # noqa: ASYNC221  it takes milliseconds, and nothing else runs yet
        [
            *("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt"),
            *("ec_paramgen_curve:prime256v1", "-nodes", "-days", "1", "-subj", "/CN=localhost"),
            *("-addext", "subjectAltName=DNS:localhost"),
            *("-keyout", str(key), "-out", str(certificate)),
        ],
        check=True,
        capture_output=True,
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    broadcaster = FakeBroadcaster()
    async with serve(broadcaster.handle, "127.0.0.1", 0, ssl=context) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        find = always(Address(f"wss://localhost:{port}"))
        with running(RemoteEngine(find, token=TOKEN)) as run:
            await until(lambda: run.reason)
            assert run.reason.startswith("its certificate is not to be trusted (self")
        assert not broadcaster.heard
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        with running(RemoteEngine(find, token=TOKEN)) as run:
            await until(lambda: run.connected)
        server.close(close_connections=True)


async def test_a_server_without_tls() -> None:
    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.write(http("400 Bad Request"))
        writer.close()

    async with raw_server(handle) as address:
        find = always(Address(address.url.replace("ws:", "wss:")))
        with running(RemoteEngine(find)) as run:
            await until(lambda: run.reason)
            assert run.reason == "it does not speak TLS as it should"


# -- verbs, and the end ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wanted", "granted", "said"), [(True, True, 1), (True, False, 0), (False, True, 0)]
)
async def test_only_who_has_control_says_reconnect(wanted: bool, granted: bool, said: int) -> None:
    async def script(connection: ServerConnection) -> None:
        await greet(connection, control=granted)
        await connection.wait_closed()

    broadcaster = FakeBroadcaster(script)
    async with broadcaster.at_port() as address:
        with running(RemoteEngine(always(address), control=wanted, owner=True)) as run:
            await until(lambda: run.connected)
            for _ in range(50):
                run.engine.reconnect()
            run.engine.stop()
            await until(lambda: Leave() in broadcaster.heard)
            assert broadcaster.heard.count(Reconnect()) == said
            await broadcaster.connections[0].close()


def charts_asked_for(broadcaster: FakeBroadcaster) -> list[ChartOf]:
    return [message for message in broadcaster.heard if isinstance(message, ChartOf)]


async def test_a_chart_is_asked_for_and_again_after_every_loss() -> None:
    wish = ChartOf("A", Timeframe.M5)

    async def answers(connection: ServerConnection) -> None:
        number = len(broadcaster.connections)
        await greet(connection)
        await say(connection, candles("B", 1))
        await until(lambda: charts_asked_for(broadcaster) == [wish] * number)
        await say(connection, candles("A", number, timeframe=Timeframe.M5))
        await connection.wait_closed()

    broadcaster = FakeBroadcaster(answers)

    def shown() -> list[int]:
        chart = engine.snapshot().chart
        return [] if chart is None else [candle.start for candle in chart.candles]

    async with broadcaster.at_port() as address:
        engine = RemoteEngine(always(address))
        engine.watch_chart("A", Timeframe.M5)  # nobody is attached yet
        with running(engine) as run:
            await until(lambda: shown() == [1])
            reset(broadcaster.connections[0])
            await until(lambda: shown() == [2])
            reset(broadcaster.connections[1])
            await until(lambda: shown() == [3])
            engine.watch_chart(None, Timeframe.M5)
            assert engine.snapshot().chart is None
            await until(lambda: charts_asked_for(broadcaster)[3:] == [ChartOf(None)])
    assert run.error is None


async def test_a_screen_without_a_chart_asks_for_none() -> None:
    broadcaster = FakeBroadcaster()
    async with broadcaster.at_port() as address:
        with running(RemoteEngine(always(address), owner=True)) as run:
            await until(lambda: run.connected)
            run.engine.watch_chart(None, Timeframe.H1)
            run.engine.stop()
            await until(lambda: Leave() in broadcaster.heard)
            await broadcaster.connections[0].close()
    assert charts_asked_for(broadcaster) == []


async def test_a_key_that_is_held_down_is_not_too_loud() -> None:
    """The engine hears a few of the charts in between, and the last one for sure."""
    broadcaster = FakeBroadcaster()
    async with broadcaster.at_port() as address:
        with running(RemoteEngine(always(address))) as run:
            await until(lambda: run.connected)
            began = time.monotonic()
            for number in range(200):
                run.engine.watch_chart(f"S{number}", Timeframe.M1)
                await asyncio.sleep(0.003)  # as a key repeats
            last = ChartOf("S199", Timeframe.M1)
            await until(lambda: last in broadcaster.heard)
            took = time.monotonic() - began
            assert len(charts_asked_for(broadcaster)) <= took / module.CHART_EVERY + 2
    assert module.CHART_EVERY >= 0.2


async def test_a_chart_that_was_ended_and_wanted_again_is_asked_for_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """In between its candles were forgotten, though the engine never heard of the end."""
    monkeypatch.setattr(module, "CHART_EVERY", 0.3)
    broadcaster = FakeBroadcaster()
    async with broadcaster.at_port() as address:
        with running(RemoteEngine(always(address))) as run:
            await until(lambda: run.connected)
            run.engine.watch_chart("A", Timeframe.M1)
            await until(lambda: charts_asked_for(broadcaster) == [ChartOf("A")])
            run.engine.watch_chart(None, Timeframe.M1)
            run.engine.watch_chart("A", Timeframe.M1)
            await until(lambda: len(charts_asked_for(broadcaster)) == 2)
            assert charts_asked_for(broadcaster) == [ChartOf("A"), ChartOf("A")]


async def test_an_owner_hears_the_engine_s_last_words() -> None:
    left = asyncio.Event()

    async def script(connection: ServerConnection) -> None:
        await greet(connection)
        await left.wait()
        await say(connection, Goodbye("tickterm stops", 1.0))
        await say(connection, status(now=NOW + 1, counts=TickCounts(ticks=99)))
        await connection.close(1001)

    broadcaster = FakeBroadcaster(script)
    async with broadcaster.at_port() as address:
        with running(RemoteEngine(always(address), owner=True)) as run:
            await until(lambda: run.connected)
            run.engine.stop()
            run.engine.stop()
            await until(lambda: Leave() in broadcaster.heard)
            left.set()
            await until(lambda: run.ended)
    assert run.engine.snapshot().counts.ticks == 99
    assert run.error is None
    assert len(broadcaster.connections) == 1
    assert broadcaster.heard.count(Leave()) == 1


async def test_who_is_no_owner_just_goes() -> None:
    broadcaster = FakeBroadcaster()
    async with broadcaster.at_port() as address:
        with running(RemoteEngine(always(address))) as run:
            await until(lambda: run.connected)
            began = time.monotonic()
            run.engine.stop()
            await until(lambda: run.ended)
            assert time.monotonic() - began < 1
        await until(lambda: broadcaster.left == 1)
    assert Leave() not in broadcaster.heard


@pytest.mark.parametrize(("owner", "at_most"), [(False, 1.0), (True, 2.9)])
async def test_an_engine_that_hangs_keeps_nobody(owner: bool, at_most: float) -> None:
    """It reads nothing and answers nothing, not even the closing handshake."""

    async def script(connection: ServerConnection) -> None:
        await greet(connection)
        connection.transport.pause_reading()
        await connection.wait_closed()

    broadcaster = FakeBroadcaster(script)
    async with broadcaster.at_port() as address:
        with running(RemoteEngine(always(address), owner=owner)) as run:
            await until(lambda: run.connected)
            began = time.monotonic()
            run.engine.stop()
            await until(lambda: run.ended)
            assert time.monotonic() - began < at_most
        for connection in broadcaster.connections:
            connection.transport.abort()


@pytest.mark.parametrize("when", ["before", "finding", "dialling", "waiting"])
async def test_it_can_be_stopped_at_any_time(when: str) -> None:
    began = asyncio.Event()

    async def find() -> Address:
        began.set()
        if when == "finding":
            await asyncio.get_running_loop().create_future()
        if when == "waiting":
            raise UnreachableError("nobody")
        return address

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    async with raw_server(handle) as address:
        engine = RemoteEngine(find)
        if when == "before":
            engine.stop()
        with running(engine) as run:
            if when != "before":
                await until(began.is_set)
            started = time.monotonic()
            engine.stop()
            await until(lambda: run.ended)
            assert time.monotonic() - started < 1
    assert run.error is None
    engine.stop()
    engine.reconnect()


async def test_a_flood_does_not_keep_it_from_stopping() -> None:
    async def script(connection: ServerConnection) -> None:
        await greet(connection)
        while True:
            await say(connection, lines(*range(100)))

    async with FakeBroadcaster(script).at_port() as address:
        with running(RemoteEngine(always(address))) as run:
            await until(lambda: run.connected)
            began = time.monotonic()
            run.engine.stop()
            await until(lambda: run.ended)
            assert time.monotonic() - began < 1


async def test_pings_that_nobody_wants_answered_do_not_pile_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(dial_module, "MAX_UNSENT", 1_000)

    async def script(connection: ServerConnection) -> None:
        await greet(connection)
        connection.transport.pause_reading()
        pings = b"\x89\x7d" + bytes(125)
        while not connection.transport.is_closing():
            if connection.transport.get_write_buffer_size() < 2**20:
                connection.transport.write(pings * 1_000)
            await asyncio.sleep(0)

    broadcaster = FakeBroadcaster(script)
    async with broadcaster.at_port() as address:
        with running(RemoteEngine(always(address))) as run:
            await until(lambda: run.reason == "the connection was cut")
            for connection in broadcaster.connections:
                connection.transport.abort()
