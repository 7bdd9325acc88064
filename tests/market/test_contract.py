"""The contract with viewers: what is said arrives as it was, and nothing else gets through."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeVar, get_args

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.cpu import cpu_cost
from tests.market.contract_values import engine_messages, text, viewer_messages
from tickterm.market import calendar
from tickterm.market.contract import (
    MAX_MESSAGE,
    MAX_SYMBOLS,
    ContractError,
    EngineMessage,
    Leave,
    Status,
    Stream,
    Subscribe,
    Ticks,
    ViewerHello,
    ViewerMessage,
    encode,
    encode_ticks,
    engine_says,
    from_engine,
    from_viewer,
    status_of,
)
from tickterm.market.hours import NEW_YORK, Opening, next_open
from tickterm.market.snapshot import (
    DetectionView,
    LinkPhase,
    LinkView,
    RedisView,
    Snapshot,
    TickCounts,
    UniverseView,
    ViewersView,
)
from tickterm.market.ticks import TickData
from tickterm.market.ticks import encode as encode_tick

T = TypeVar("T")
M = TypeVar("M")

TOKEN = "s3cretThatNobodyMaySee0123456789"
TAGS = {
    union: {message.__struct_config__.tag for message in get_args(union)}
    for union in (ViewerMessage, EngineMessage)
}


def hello(**fields: object) -> bytes:
    return json.dumps({"type": "hello", **fields}).encode()


def outcome(read: Callable[[T], M], said: T) -> M | ContractError:
    """Return the message or the refusal; anything else is a defect."""
    try:
        return read(said)
    except ContractError as error:
        return error


# --- what is said arrives


@settings(max_examples=200, deadline=None)
@given(viewer_messages)
def test_what_a_viewer_says_arrives(message: ViewerMessage) -> None:
    said = encode(message)
    assert from_viewer(said) == message
    assert from_viewer(said.decode()) == message


@settings(max_examples=300, deadline=None)
@given(engine_messages)
def test_what_an_engine_says_arrives(message: EngineMessage) -> None:
    said = encode(message)
    assert from_engine(said) == message
    assert from_engine(said.decode()) == message


def test_the_strategies_know_every_message() -> None:
    for strategy, union in ((viewer_messages, ViewerMessage), (engine_messages, EngineMessage)):
        assert len(strategy.branches) == len(get_args(union))


def test_the_first_words_of_a_viewer_that_wants_everything() -> None:
    assert from_viewer(b'{"type":"hello"}') == ViewerHello(stream=Stream.TICKS, symbols=None)


def test_fields_that_nobody_knows_yet_are_ignored() -> None:
    assert from_viewer(b'{"type":"leave","reason":{"deep":[1]}}') == Leave()
    newer = b'{"type":"filter","symbols":null,"since":[1,2]}'
    assert from_engine(newer) == from_engine(b'{"type":"filter","symbols":null}')


ticks = st.builds(
    TickData,
    ticker=text,
    price=st.floats(0.0001, 1e9),
    volume=st.integers(0, 2**53) | st.floats(0, 1e12),
    timestamp=st.integers(0, 2**53),
    event_type=st.just("aggregate"),
    source=st.just("massive"),
    tick_open=st.floats(0.0001, 1e9),
    tick_high=st.floats(0.0001, 1e9),
    tick_low=st.floats(0.0001, 1e9),
    tick_close=st.floats(0.0001, 1e9),
    tick_volume=st.integers(0, 2**53),
)


@settings(max_examples=100, deadline=None)
@given(st.lists(ticks, max_size=4), st.integers(1, 2**53), st.floats(0, 4e12))
def test_ticks_that_are_json_already_make_the_same_message(
    batch: list[TickData], first: int, received: float
) -> None:
    last = first + len(batch)
    said = encode_ticks(first, last, received, 3, [encode_tick(tick) for tick in batch])
    message = from_engine(said)
    assert isinstance(message, Ticks)
    assert (message.first, message.last, message.conflated) == (first, last, 3)
    assert message.received == pytest.approx(received, abs=0.001)
    given = [msgspec.structs.astuple(tick) for tick in message.ticks]
    assert given == [tuple(tick)[:11] for tick in batch]


def test_a_status_has_what_the_snapshot_has() -> None:
    snapshot = Snapshot(
        now=5.0,
        wall_ms=6,
        started=1.0,
        link=LinkView(phase=LinkPhase.RETRYING, attempt=3),
        counts=TickCounts(ticks=7),
        redis=RedisView(up=True),
        viewers=ViewersView(viewers=2),
        universe=UniverseView(name="u", size=9),
        detection=DetectionView(fallback=True),
    )
    status = status_of(snapshot)
    for field in set(Status.__struct_fields__) - {"opening"}:
        assert getattr(status, field) == getattr(snapshot, field), field
    assert from_engine(encode(status)) == status


def test_a_status_tells_when_a_closed_market_opens() -> None:
    calendar.load()
    thanksgiving, friday = (
        int(datetime(2026, 11, day, 11, tzinfo=NEW_YORK).timestamp() * 1000) for day in (26, 27)
    )
    status = status_of(Snapshot(wall_ms=thanksgiving))
    assert status.opening is not None
    told = status.opening
    assert Opening(told.pre, told.regular) == next_open(thanksgiving)
    assert "Thanksgiving" in told.holiday
    assert from_engine(encode(status)) == status
    assert status_of(Snapshot(wall_ms=friday)).opening is None
    assert status_of(Snapshot(wall_ms=10**17)).opening is None


def test_a_status_does_not_wait_for_the_calendar(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine_says, "is_loaded", lambda: False)
    saturday = int(datetime(2026, 11, 28, 11, tzinfo=NEW_YORK).timestamp() * 1000)
    assert status_of(Snapshot(wall_ms=saturday)).opening is None


# --- and nothing else gets through

GARBAGE = [
    b"",
    b" ",
    b"null",
    b"true",
    b"5",
    b'"hello"',
    b"[]",
    b"{}",
    b"[" + hello() + b"]",
    hello() + hello(),
    hello() + b"x",
    b"\xef\xbb\xbf" + hello(),
    b"\xff\xfe",
    b'{"type":"hello","token":"\xff"}',
    b'{"type":"hello","token":"\\ud800"}',
    b'{"type":"hello","token":"\x01"}',
    b'{"type":"hello",}',
    b"{'type':'hello'}",
    b'{"type":"hello"',
    b'{"type":5}',
    b'{"type":null}',
    b'{"type":"HELLO"}',
    b'{"type":""}',
    b'{"type":"status"}',
    b'{"type":"heartbeat","seq":1,"time":1}',
    b'{"version":1}',
    b'{"type":"hello","type":"leave"}',
    b'{"type":"leave","type":"hello"}',
    b'{"type":"hello","version":NaN}',
    b'{"type":"hello","version":Infinity}',
    b'{"type":"hello","version":1e400}',
    b'{"type":"hello","version":-1e400}',
    b'{"type":"hello","version":01}',
    b'{"type":"hello","version":1.5}',
    b'{"type":"hello","version":' + b"9" * 4000 + b".5}",
    b'{"type":"hello","version":' + b"9" * 5000 + b"}",
    b'{"type":"hello","x":' + b"[" * 100_000,
    b'{"type":"hello","x":' + b'{"a":' * 100_000,
    b'{"type":"hello","x":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    b"[" * 100_000,
    hello(version="1"),
    hello(version=None),
    hello(version=True),
    hello(token=None),
    hello(token=5),
    hello(token=["x"]),
    hello(token="x" * 1025),
    hello(stream="everything"),
    hello(stream=None),
    hello(name="x" * 81),
    hello(name=5),
    hello(symbols="AAPL"),
    hello(symbols=[1]),
    hello(symbols=[None]),
    hello(symbols={"AAPL": 1}),
    hello(symbols=["x" * 33]),
    hello(symbols=[""] * (MAX_SYMBOLS + 1)),
    hello(resume=5),
    hello(resume={}),
    hello(resume={"epoch": "e"}),
    hello(resume={"epoch": 5, "seq": 1}),
    hello(resume={"epoch": "e", "seq": -1}),
    hello(resume={"epoch": "e", "seq": "1"}),
    hello(resume={"epoch": "e" * 65, "seq": 1}),
    b'{"type":"subscribe"}',
    b'{"type":"chart"}',
    b'{"type":"chart","symbol":5}',
    b'{"type":"chart","symbol":"AAPL","timeframe":"2min"}',
    b'{"type":"chart","symbol":"AAPL","timeframe":null}',
    json.dumps({"type": "chart", "symbol": "x" * 33}).encode(),
    b'{"type":"subscribe","symbols":null}',
    b'{"type":"subscribe","symbols":"*"}',
    json.dumps({"type": "unsubscribe", "symbols": ["A"] * (MAX_SYMBOLS + 1)}).encode(),
]


@pytest.mark.parametrize("said", GARBAGE, ids=lambda said: ascii(said[:50]))
def test_what_is_no_message_is_refused_in_one_short_line(said: bytes) -> None:
    with pytest.raises(ContractError) as refusal:
        from_viewer(said)
    told = str(refusal.value)
    assert 0 < len(told) <= 200
    assert told.isprintable()
    with pytest.raises(ContractError):
        from_engine(said if b"heartbeat" not in said else b"")


def test_text_that_is_no_unicode_is_refused() -> None:
    for read in (from_viewer, from_engine):
        with pytest.raises(ContractError):
            read('{"type":"hello","token":"\ud800"}')


@settings(max_examples=500, deadline=None)
@given(
    (st.binary(max_size=100) | st.text(max_size=100)).filter(lambda said: "type" not in str(said))
)
def test_junk_is_refused_and_never_more(said: bytes | str) -> None:
    for read in (from_viewer, from_engine):
        with pytest.raises(ContractError):
            read(said)


json_values: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=6,
)
fields = st.sampled_from(
    [
        "version",
        "token",
        "stream",
        "symbols",
        "resume",
        "name",
        "seq",
        "rows",
        "symbol",
        "timeframe",
        "candles",
        "events",
    ]
)


@settings(max_examples=300, deadline=None)
@given(st.data(), st.dictionaries(fields, json_values, max_size=3))
def test_any_fields_make_a_message_or_an_error(data: st.DataObject, given: dict[str, Any]) -> None:
    for read, union in ((from_viewer, ViewerMessage), (from_engine, EngineMessage)):
        tag = data.draw(st.sampled_from(sorted(TAGS[union])))
        answer = outcome(read, json.dumps({"type": tag, **given}))
        assert isinstance(answer, (ContractError, *get_args(union)))
        assert len(str(answer)) <= 200 or not isinstance(answer, ContractError)


def test_broken_messages_are_refused_or_are_messages() -> None:
    """Bytes cut, flipped, doubled and inserted: 20,000 of them, the same each time."""
    luck = random.Random(5)
    whole = hello(token=TOKEN, symbols=["AAPL", "BRK.B"], resume={"epoch": "e", "seq": 5})
    for _ in range(20_000):
        said = bytearray(whole)
        for _ in range(luck.randrange(1, 4)):
            at = luck.randrange(len(said))
            said[at : at + luck.randrange(3)] = luck.randbytes(luck.randrange(3))
        answer = outcome(from_viewer, bytes(said))
        assert isinstance(answer, ViewerHello | ContractError)
        assert TOKEN not in str(answer)


def test_a_message_of_the_greatest_length_costs_little() -> None:
    worst = [
        b'{"type":"hello","x":' + b"[" * (MAX_MESSAGE - 20),
        b'{"type":"hello","symbols":[' + b'"",' * 1350 + b'""]}',
        b'{"type":"hello","version":' + b"9" * (MAX_MESSAGE - 27) + b"}",
        b'{"type":"hello","token":"' + b"\\u0041" * 675 + b'"}',
        b'{"type":"hello"' + b',"a":1' * 675 + b"}",
    ]
    for said in worst:
        assert len(said) <= MAX_MESSAGE
        with cpu_cost() as cost:
            for _ in range(20):
                outcome(from_viewer, said)
        assert cost.seconds / 20 < 0.05


def test_a_filter_of_all_the_symbols_that_are_allowed_fits_into_a_message() -> None:
    allowed = Subscribe([f"{number:04}" for number in range(MAX_SYMBOLS)])
    assert len(encode(allowed)) <= MAX_MESSAGE
    assert from_viewer(encode(allowed)) == allowed


# --- the token is for the engine alone

TOKEN_LEAKS = [
    hello(token=TOKEN),
    hello(token=TOKEN, stream="x"),
    hello(token=TOKEN, version="x"),
    hello(token=[TOKEN]),
    hello(token={TOKEN: TOKEN}),
    hello(token=TOKEN * 40),
    hello(token=TOKEN, symbols=[5]),
    hello(token=TOKEN)[:-1],
    hello(token=TOKEN) + b"}",
    hello(token=TOKEN).replace(b'"hello"', b'"hullo"'),
    hello(token=TOKEN).replace(TOKEN.encode(), TOKEN.encode() + b"\xff"),
    hello(token=TOKEN).replace(TOKEN.encode(), TOKEN.encode() + b"\\ud800"),
]


@pytest.mark.parametrize("said", TOKEN_LEAKS, ids=range(len(TOKEN_LEAKS)))
def test_the_token_is_in_no_text_that_is_made_of_it(said: bytes) -> None:
    answer = outcome(from_viewer, said)
    told = [repr(answer), str(answer), f"{answer}", repr([answer])]
    if isinstance(answer, ContractError):
        told += [repr(answer.__cause__), str(answer.__context__)]
    assert not [line for line in told if TOKEN[:8] in line]
