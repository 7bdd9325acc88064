"""Every message of the contract, as it really comes."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any, get_args

import pytest
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]  # it brings no types
from websockets.exceptions import ConnectionClosed

from tests.engine.viewers.fake_charts import FakeCharts
from tests.engine.viewers.gateway import Peer, gateway
from tests.engine.viewers.market import DAY, SYMBOLS
from tests.waiting import until
from tickterm.access import Access
from tickterm.engine.viewers import hub
from tickterm.market.alerts import AlertKind, FiredAlert
from tickterm.market.contract import (
    AddAlert,
    Answer,
    Candles,
    ChartOf,
    CloseCode,
    EngineMessage,
    Error,
    Event,
    Filter,
    Goodbye,
    Heartbeat,
    Hello,
    Log,
    Patterns,
    Reconnect,
    Rows,
    SnapshotPart,
    Status,
    Stream,
    Subscribe,
    Ticks,
    Unsubscribe,
    ViewerHello,
    ViewerMessage,
    Watched,
)
from tickterm.market.contract.schema import document
from tickterm.market.groups import Group
from tickterm.market.redis_events import Direction
from tickterm.market.snapshot import LinkPhase, LinkView, PatternEvent


@cache
def validator(name: str) -> Draft202012Validator:
    """Return what validates a message against the published document."""
    schemas = document()["components"]["schemas"]
    whole = {"$ref": f"#/components/schemas/{name}", "components": {"schemas": schemas}}
    return Draft202012Validator(whole)


def check(peer: Peer) -> None:
    """Hold what a viewer heard against the schemas, and the other way round."""
    for data, message in zip(peer.raw, peer.heard, strict=True):
        value: dict[str, Any] = json.loads(data)
        errors = list(validator(type(message).__name__).iter_errors(value))
        assert not errors, errors[0]


async def test_every_kind_of_message_comes_and_is_as_published(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(hub, "HEARTBEAT", 0.2)
    pattern = PatternEvent(
        1, DAY, "S0", "Doji", 0.6, Direction.NEUTRAL, DAY, "1min", "fallback", 10.0
    )
    fired = FiredAlert(1, DAY, 1, "S0", AlertKind.ABOVE, "S0 12.00: above 11.00", 12.0)
    path = tmp_path / "socket"
    async with gateway(path=path) as engine:
        engine.broadcaster.serve_charts(FakeCharts())
        engine.broadcaster.serve_alerts(lambda _wish, _here: Answer("alert 1: S0 > 11", 1))
        engine.market.say("a line from before")
        engine.market.look()
        ticks = await engine.join()
        hello = ViewerHello(stream=Stream.ROWS, symbols=["S0", "S1"])
        rows = await engine.join(hello, path=path)
        await rows.say(AddAlert("S0 > 11"))
        await ticks.say(Subscribe(["S0"]))
        await rows.say(ChartOf("S9"))
        await rows.say(Subscribe(["S2", "NONE"]))
        await rows.hear_a(Filter)
        engine.market.rounds(20)
        engine.market.say("a line")
        engine.market.watch(*SYMBOLS, "NEW")
        groups = (Group(1, "all", ()), Group(2, "tech", ("S1",), own=True))
        up = LinkView(phase=LinkPhase.UP, host="feed.example")
        engine.market.look(link=up, patterns=(pattern,), groups=groups, alerts=(fired,))
        await ticks.hear_up_to(20)
        await rows.hear_a(Rows)
        await rows.hear_a(Candles)
        await ticks.hear_a(Heartbeat)
    for peer in (ticks, rows):
        with pytest.raises(ConnectionClosed):
            await peer.hear_a(Rows if peer is ticks else Ticks)
        assert peer.connection.close_code == CloseCode.GOING_AWAY
        check(peer)
    kinds = {type(message) for peer in (ticks, rows) for message in peer.heard}
    assert kinds == set(get_args(EngineMessage))
    assert [e.code for e in ticks.all_of(Error)] == ["everything"]
    assert [(e.code, e.symbol) for e in rows.all_of(Error)] == [("unknown_symbol", "NONE")]
    assert [row.symbol for row in rows.all_of(Rows)[-1].rows] == ["S0", "S1", "S2"]
    assert [line.text for log in ticks.all_of(Log) for line in log.lines] == [
        "a line from before",
        "a line",
    ]
    assert [event.text for event in ticks.all_of(Event)] == ["feed.example"]
    assert [p.events for p in ticks.all_of(Patterns) + rows.all_of(Patterns)] == [[pattern]] * 2
    assert len(ticks.all_of(Goodbye)) == len(rows.all_of(Goodbye)) == 1


async def test_what_a_hello_says() -> None:
    async with gateway(symbols=("A", "B")) as engine:
        engine.market.ticks("A", "B", "A")
        peer = await engine.join()
        (hello,) = peer.all_of(Hello)
        assert hello.symbols == ["A", "B"]
        assert (hello.seq, hello.oldest, hello.recovered, hello.control) == (3, 1, None, False)
        assert len({hello.epoch, (await engine.join()).ledger.epoch}) == 1
    async with gateway() as other:
        assert (await other.join()).ledger.epoch != hello.epoch


async def test_the_greeting_is_in_order() -> None:
    async with gateway() as engine:
        engine.market.rounds(30)
        peer = await engine.join()
        kinds = [type(message) for message in peer.heard]
        assert kinds == [Hello, SnapshotPart, Ticks, Status]
        assert peer.ledger.last == 30


@pytest.mark.parametrize("stream", Stream)
async def test_filters(stream: Stream) -> None:
    async with gateway() as engine:
        peer = await engine.join(ViewerHello(stream=stream, symbols=[]))
        changes: list[tuple[ViewerMessage, list[str] | None]] = [
            (Subscribe(["S1", "S2", "S1"]), ["S1", "S2"]),
            (Unsubscribe(["S2", "S9", "NONE"]), ["S1"]),
            (Unsubscribe(["*"]), []),
            (Subscribe(["*", "NONE"]), None),
            (Unsubscribe(["*"]), []),
            (Subscribe(["S3"]), ["S3"]),
        ]
        for said, left in changes:
            await peer.say(said)
            assert (await peer.hear_a(Filter)).symbols == left
            engine.market.rounds(10)
            engine.market.look()
        await peer.say(Unsubscribe([]))
        await peer.hear_a(Filter)
        assert set(peer.ledger.rows) == {"S3"}
        refused: list[tuple[ViewerMessage, str]] = [
            (Subscribe([f"S{n % 10}" for n in range(499)] + ["X"]), "unknown_symbol"),
            (Reconnect(), "read_only"),
            (ViewerHello(), "bad"),
        ]
        for said, code in refused:
            await peer.say(said)
            assert (await peer.hear_a(Error)).code == code
        assert not engine.broadcaster.view().cut


async def test_a_filter_has_five_hundred_symbols_at_most() -> None:
    symbols = tuple(f"X{number}" for number in range(600))
    async with gateway(symbols=symbols) as engine:
        peer = await engine.join(ViewerHello(symbols=list(symbols[:500])))
        await peer.say(Subscribe([symbols[0]]))
        assert len((await peer.hear_a(Filter)).symbols or ()) == 500
        await peer.say(Subscribe([symbols[500]]))
        assert (await peer.hear_a(Error)).code == "too_many_symbols"
        await peer.say(Unsubscribe(["*"]))
        await peer.hear_a(Filter)


async def test_unknown_symbols_are_answered_one_by_one_and_once_they_can_be() -> None:
    async with gateway(symbols=()) as engine:
        peer = await engine.join(ViewerHello(symbols=["A", "X", "\x1b[31mY"]))
        await peer.say(Subscribe(["Z"]))
        assert (await peer.hear_a(Filter)).symbols == ["\x1b[31mY", "A", "X", "Z"]
        engine.market.watch("A", "B")
        engine.market.look()
        told = {(await peer.hear_a(Error)).symbol for _ in range(3)}
        assert told == {"X", "Z", "·[31mY"}
        assert (await peer.hear_a(SnapshotPart)).rows[0].symbol == "A"


async def test_of_each_symbol_that_is_not_watched_a_viewer_is_told_once() -> None:
    async with gateway(symbols=("A", "B", "C")) as engine:
        peer = await engine.join(ViewerHello(symbols=["A", "B", "X", "Y"]))
        told = ["X", "Y"]
        for watched, gone in (
            ("AC", ["B"]),
            ("ACD", []),
            ("ACX", []),
            ("AC", ["X"]),
            ("C", ["A"]),
        ):
            engine.market.watch(*watched)
            engine.market.look()
            assert (await peer.hear_a(Watched)).symbols == list(watched)
            told += gone
            assert [error.symbol for error in peer.all_of(Error)] == told


async def test_messages_stay_below_what_a_viewer_takes_by_default() -> None:
    symbols = tuple(f"SYMBOL{number}" for number in range(3000))
    async with gateway(symbols=symbols, beats=True) as engine:
        peers = [await engine.join(ViewerHello(stream=stream), max_size=2**20) for stream in Stream]
        for number in range(300):
            engine.market.say("日" * 100 + str(number))
        for second in range(60):
            engine.market.second = second
            engine.market.ticks(*symbols)
            if second % 20 == 0:
                for peer in peers[:1]:
                    await peer.hear_up_to(engine.market.last)
        engine.market.look()
        engine.market.second += 1
        engine.market.ticks(symbols[0])
        await peers[0].hear_up_to(engine.market.last)
        numbers: list[int] = []
        while len(numbers) < 300:
            numbers += [line.number for line in (await peers[1].hear_a(Log)).lines]
        late = await engine.join(max_size=2**20)
        parts = [len(part.rows) for part in late.all_of(SnapshotPart)]
        assert sum(parts) == 3000
        rows: set[str] = set()
        while len(rows) < 3000:
            rows |= {row.symbol for row in (await peers[1].hear_a(Rows)).rows}


async def test_control_is_for_the_token_and_for_the_socket(tmp_path: Path) -> None:
    path = tmp_path / "engine.sock"
    asked: list[int] = []
    async with gateway(Access(token="s3cret"), path) as engine:
        engine.broadcaster.reconnect = lambda: asked.append(1)
        with_token = await engine.join(ViewerHello(token="s3cret"))
        by_socket = await engine.join(path=path)
        for peer in (with_token, by_socket):
            assert peer.all_of(Hello)[0].control
            before = len(asked)
            await peer.say(Reconnect())
            await until(lambda before=before: len(asked) > before)  # type: ignore[misc]  # a default
    async with gateway(path=path) as engine:
        engine.broadcaster.reconnect = lambda: asked.append(1)
        peer = await engine.join()
        assert not peer.all_of(Hello)[0].control
        await peer.say(Reconnect())
        assert (await peer.hear_a(Error)).code == "read_only"
    assert len(asked) == 2
