"""The client's side of the protocol: whatever comes, values come out, nothing raises."""

from __future__ import annotations

import json
from collections.abc import Iterable
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.cpu import cpu_cost
from tickterm.market.protocol import (
    SAMPLES_PER_FRAME,
    MassiveProtocol,
    Received,
    Stage,
    Status,
)
from tickterm.market.text import clean

KEY = "k3yThatNobodyMaySee0123456789abc"
BAR: dict[str, Any] = {
    "ev": "A", "sym": "FCX", "v": 4989, "av": 4332125, "op": 75.98, "vw": 78.0894, "o": 78.1,
    "c": 78.08, "h": 78.125, "l": 78.07, "a": 76.8404, "z": 62, "s": 1788877043000,
    "e": 1788877044000,
}  # fmt: skip
TRADE = {"ev": "T", "sym": "MSFT", "p": 114.125, "s": 100, "t": 1536036818784}


def status(name: object, message: object = "") -> dict[str, object]:
    return {"ev": "status", "status": name, "message": message}


def give(protocol: MassiveProtocol, *elements: object) -> Received:
    return protocol.receive(json.dumps(elements))


def ready(*wanted: str, key: str = KEY) -> MassiveProtocol:
    """Return a protocol that is signed in and whose commands have been taken."""
    protocol = MassiveProtocol(key, wanted or ("FCX",), "massive")
    give(protocol, status("connected", "Connected Successfully"))
    give(protocol, status("auth_success", "authenticated"))
    assert protocol.stage is Stage.READY
    protocol.commands()
    return protocol


def stage_of(protocol: MassiveProtocol) -> Stage:
    return protocol.stage


def sent(protocol: MassiveProtocol) -> list[tuple[str, str]]:
    commands = [json.loads(command) for command in protocol.commands()]
    assert all(list(command) == ["action", "params"] for command in commands)
    return [(command["action"], command["params"]) for command in commands]


def subscriptions(commands: Iterable[tuple[str, str]], action: str = "subscribe") -> list[str]:
    return [token for what, params in commands if what == action for token in params.split(",")]


# --- the handshake


def test_the_handshake_word_for_word() -> None:
    protocol = MassiveProtocol(KEY, ["AAPL", "BRK.B"], "massive")
    assert (protocol.stage, protocol.commands()) == (Stage.GREETING, [])
    received = give(protocol, status("connected", "Connected Successfully"))
    assert received.statuses == [Status("connected", "Connected Successfully")]
    assert protocol.commands() == [b'{"action":"auth","params":"%s"}' % KEY.encode()]
    assert stage_of(protocol) is Stage.AUTHENTICATING
    give(protocol, status("auth_success", "authenticated"))
    assert protocol.stage is Stage.READY
    assert protocol.commands() == [b'{"action":"subscribe","params":"A.AAPL,A.BRK.B"}']
    assert protocol.commands() == []


def test_the_handshake_in_one_frame_with_data() -> None:
    protocol = MassiveProtocol(KEY, ["FCX"], "massive")
    received = give(protocol, BAR, status("connected"), BAR, status("auth_success"), BAR)
    assert len(received.ticks) == 3
    assert sent(protocol) == [("auth", KEY), ("subscribe", "A.FCX")]


def test_steps_out_of_turn_change_nothing() -> None:
    protocol = MassiveProtocol(KEY, ["FCX"], "massive")
    give(protocol, status("auth_success"))
    assert (protocol.stage, protocol.commands()) == (Stage.GREETING, [])
    give(protocol, status("connected"), status("connected"))
    assert len(protocol.commands()) == 1
    give(protocol, status("auth_success"), status("auth_success"), status("connected"))
    assert len(protocol.commands()) == 1
    assert protocol.stage is Stage.READY


@pytest.mark.parametrize("position", [0, 3, 6])
@pytest.mark.parametrize("stage", ["greeting", "authenticating", "ready"])
@pytest.mark.parametrize(
    ("name", "end"), [("auth_failed", Stage.REFUSED), ("max_connections", Stage.CAPPED)]
)
def test_a_refusal_anywhere_in_a_frame_with_data(
    name: str, end: Stage, stage: str, position: int
) -> None:
    protocol = ready() if stage == "ready" else MassiveProtocol(KEY, ["FCX"], "massive")
    if stage == "authenticating":
        give(protocol, status("connected"))
    elements: list[object] = [BAR] * 6
    elements.insert(position, status(name, "the server's own words"))
    received = give(protocol, *elements)
    assert (len(received.ticks), len(received.statuses)) == (6, 1)
    assert (protocol.stage, protocol.reason) == (end, "the server's own words")
    assert protocol.commands() == []
    protocol.want(["MORE"])
    assert protocol.commands() == []


@pytest.mark.parametrize("later", ["max_connections", "auth_failed", "slow_consumer", "connected"])
@pytest.mark.parametrize("first", ["auth_failed", "max_connections"])
def test_the_first_refusal_stands(first: str, later: str) -> None:
    protocol = MassiveProtocol(KEY, ["FCX"], "massive")
    received = give(protocol, status(first, "first words"), status(later, "second words"))
    assert len(received.statuses) == 2
    assert protocol.stage is (Stage.REFUSED if first == "auth_failed" else Stage.CAPPED)
    assert protocol.reason == "first words"


@pytest.mark.parametrize("name", ["auth_timeout", "slow_consumer", "force_disconnect"])
def test_an_announced_close_is_remembered(name: str) -> None:
    protocol = ready()
    give(protocol, status(name, "why"))
    assert (protocol.stage, protocol.reason) == (Stage.READY, f"{name}: why")


# --- subscriptions


def test_a_large_set_goes_out_in_chunks() -> None:
    wanted = [f"S{i:04}" for i in range(1234)]
    protocol = MassiveProtocol(KEY, wanted, "massive")
    give(protocol, status("connected"), status("auth_success"))
    commands = sent(protocol)[1:]
    assert [len(params.split(",")) for _, params in commands] == [500, 500, 234]
    assert subscriptions(commands) == [f"A.{symbol}" for symbol in wanted]
    assert protocol.asked == 1234


def test_all_that_was_wanted_before_ready_is_one_path() -> None:
    protocol = MassiveProtocol(KEY, ["A", "B"], "massive")
    protocol.want(["B", "C"])
    give(protocol, status("connected"))
    protocol.want(["C", "D", "C"])
    assert sent(protocol) == [("auth", KEY)]
    give(protocol, status("auth_success"))
    assert sent(protocol) == [("subscribe", "A.C,A.D")]


def test_a_change_sends_only_the_difference() -> None:
    protocol = ready("A", "B", "C")
    protocol.want(["C", "B", "D"])
    assert sent(protocol) == [("subscribe", "A.D"), ("unsubscribe", "A.A")]
    protocol.want(["D", "C", "B"])
    assert sent(protocol) == []
    protocol.want([])
    assert set(subscriptions(sent(protocol), "unsubscribe")) == {"A.B", "A.C", "A.D"}
    assert protocol.asked == 0


def test_a_large_change_goes_out_in_chunks_too() -> None:
    protocol = ready(*(f"S{i}" for i in range(1200)))
    protocol.want([f"T{i}" for i in range(600)])
    lengths = [(what, len(params.split(","))) for what, params in sent(protocol)]
    assert lengths == [
        ("subscribe", 500), ("subscribe", 100),
        ("unsubscribe", 500), ("unsubscribe", 500), ("unsubscribe", 200),
    ]  # fmt: skip


@settings(deadline=None, max_examples=100)
@given(st.lists(st.lists(st.sampled_from("ABCDEFG")), max_size=6), st.integers(0, 6))
def test_the_server_ends_up_with_the_wanted_set(wishes: list[list[str]], signed_in: int) -> None:
    protocol = MassiveProtocol(KEY, [], "massive")
    held: set[str] = set()
    for turn, wish in enumerate([*wishes, ["A", "G"]]):
        if turn == min(signed_in, len(wishes)):
            give(protocol, status("connected"), status("auth_success"))
        protocol.want(wish)
        for action, params in sent(protocol):
            tokens = set(params.split(","))
            if action == "subscribe":
                assert not tokens & held
                held |= tokens
            elif action == "unsubscribe":
                assert tokens <= held
                held -= tokens
    assert held == {"A.A", "A.G"}


@pytest.mark.parametrize(
    "symbol",
    [
        "X,T.*",
        "*",
        "A.*",
        "",
        " ",
        "A B",
        "A\n",
        "A\x00",
        "\x1b[2J",
        "Ä",
        "x" * 33,
        ".",
        "A,",
        None,
    ],
)
def test_what_would_not_survive_the_wire_is_refused(symbol: Any) -> None:
    protocol = ready("A")
    with pytest.raises(ValueError, match="not a symbol") as caught:
        protocol.want(["GOOD", symbol])
    assert str(caught.value).isprintable()
    with pytest.raises(ValueError, match="not a symbol"):
        MassiveProtocol(KEY, [symbol], "massive")
    assert (protocol.asked, protocol.commands()) == (1, [])


@given(st.text())
def test_no_text_injects_a_subscription(symbol: str) -> None:
    protocol = ready("A")
    try:
        protocol.want([symbol])
    except ValueError:
        return
    assert subscriptions(sent(protocol)) in ([f"A.{symbol}"], [])


# --- acknowledgements


def test_acks_by_name() -> None:
    protocol = ready("BRK.B", "BACpB", "AAPL")
    assert list(protocol.unanswered) == ["BRK.B", "BACpB", "AAPL"]
    give(protocol, status("success", "subscribed to: A.BRK.B"))
    give(protocol, status("success", "subscribed to: A.BRK.B"), BAR)
    give(protocol, status("success", "subscribed to: A.BACpB"))
    assert protocol.acknowledged == 2
    assert protocol.unanswered == ("AAPL",)


@pytest.mark.parametrize(
    "message",
    [
        "subscribed to: A.MSFT", "subscribed to: AM.AAPL", "subscribed to: T.AAPL",
        "subscribed to: A.aapl", "subscribed to: A.AAPL.X", "subscribed to: AAPL",
        "subscribed to: A.", "subscribed to: ", "subscribed to", "", "unsubscribed to: A.AAPL",
        "subscribed to: A.*", "A.AAPL", None, 5, ["subscribed to: A.AAPL"],
    ],
)  # fmt: skip
def test_acks_that_are_none(message: object) -> None:
    protocol = ready("AAPL")
    give(protocol, status("success", message))
    assert (protocol.acknowledged, protocol.unanswered) == (0, ("AAPL",))


def test_an_ack_before_the_question_does_not_count() -> None:
    protocol = MassiveProtocol(KEY, ["AAPL"], "massive")
    give(protocol, status("success", "subscribed to: A.AAPL"))
    assert protocol.acknowledged == 0


def test_acks_of_what_was_given_back() -> None:
    protocol = ready("A", "B")
    give(protocol, status("success", "subscribed to: A.A"), status("success", "subscribed to: A.B"))
    protocol.want(["B"])
    assert protocol.acknowledged == 1
    give(protocol, status("success", "unsubscribed to: A.A"))
    give(protocol, status("success", "subscribed to: A.A"))
    assert (protocol.acknowledged, protocol.unanswered) == (1, ())


def test_refusals_without_a_name_are_counted() -> None:
    protocol = ready("A", "B", "C")
    give(
        protocol,
        status("error", "not authorized"),
        status("success", "subscribed to: A.B"),
        status("error", "Not Authorized"),
        status("error", "Invalid JSON"),
    )
    assert (protocol.refused, protocol.acknowledged) == (2, 1)
    assert protocol.unanswered == ("A", "C")


# --- data


def test_a_mixed_frame_is_sorted_and_adds_up() -> None:
    received = give(
        ready(), BAR, TRADE, status("success", "hello"), {"ev": "LULD", "T": "X"}, BAR | {"c": "1"},
        BAR | {"sym": "A,B"}, {"sym": "X"}, 5, None, "text", [BAR], {"ev": None}, {"ev": ["A"]},
        {"ev": {"ev": "A"}}, {"ev": 5}, {"ev": "a"}, BAR | {"ev": "AM", "extra": {"deep": []}},
    )  # fmt: skip
    assert [tick.event_type for tick in received.ticks] == [
        "aggregate",
        "trade",
        "aggregate_minute",
    ]
    assert received.statuses == [Status("success", "hello")]
    assert received.unknown == ["LULD", "a"]
    assert [reject.reason for reject in received.rejects] == ["price", "symbol", *["no event"] * 9]
    assert received.elements == 17


@pytest.mark.parametrize("frame", ["", "x", "5", "[", b"\xff", '[{"ev":"A"', "\x1b]0;owned\x07"])
def test_a_frame_that_is_no_json_is_one_reject(frame: str | bytes) -> None:
    received = ready().receive(frame)
    assert [reject.reason for reject in received.rejects] == ["json"]
    assert received.elements == 1
    assert received.rejects[0].sample.isprintable()


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (json.dumps(BAR).replace("78.08,", "NaN,"), "price"),
        (json.dumps(BAR).replace("78.08,", "1e999,"), "price"),
        (json.dumps(BAR).replace("4989", "-Infinity"), "volume"),
        (json.dumps(BAR).replace("FCX", "\\ud800"), "symbol"),
        (json.dumps(BAR)[:-1], "json"),
        (json.dumps(BAR).replace("78.08,", ","), "json"),
    ],
)
@pytest.mark.parametrize("at", [0, 250, 499])
def test_one_bad_element_of_500_is_one_reject(bad: str, reason: str, at: int) -> None:
    pieces = [json.dumps(BAR | {"v": i}) for i in range(499)]
    pieces.insert(at, bad)
    for frame in ("[" + ",".join(pieces) + "]", ("[" + ",".join(pieces) + "]").encode()):
        received = ready().receive(frame)
        assert [reject.reason for reject in received.rejects] == [reason]
        assert [tick.volume for tick in received.ticks] == list(range(499))
        assert received.elements == 500


def test_a_bare_object_and_bytes() -> None:
    assert len(ready().receive(json.dumps(BAR)).ticks) == 1
    assert len(ready().receive(json.dumps([BAR, BAR]).encode()).ticks) == 2


@settings(deadline=None, max_examples=100)
@given(st.data())
def test_split_and_join_of_frames_give_the_same_ticks(data: st.DataObject) -> None:
    elements: list[object] = [
        {**BAR, "sym": f"S{i % 3}", "s": BAR["s"] + 1000 * i} for i in range(20)
    ]
    elements[3:3] = [status("success", "subscribed to: A.FCX"), {"ev": "V"}, {"bad": 1}]
    whole = give(ready(), *elements)
    cuts = sorted({0, len(elements), *data.draw(st.lists(st.integers(0, len(elements))))})
    protocol = ready()
    parts = [give(protocol, *elements[a:b]) for a, b in pairwise(cuts)]
    assert [t for part in parts for t in part.ticks] == whole.ticks
    assert sum(part.elements for part in parts) == whole.elements == 23
    assert protocol.acknowledged == 1


def test_the_source_label_is_the_given_one() -> None:
    protocol = MassiveProtocol(KEY, [], "replay")
    assert give(protocol, BAR).ticks[0].source == "replay"


# --- never raises, never tells


ANY_TEXT = st.text(st.characters(exclude_categories=[]), max_size=30)
SCALARS = (
    st.none() | st.booleans() | st.integers() | st.floats() | ANY_TEXT
    | st.sampled_from([KEY, "A", "T", "connected", "auth_failed", "not authorized", 2**64])
)  # fmt: skip
JSON = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["ev", "sym", "status", "message", "c", "s"]), inner)
    ),
    max_leaves=8,
)
ELEMENTS = st.one_of(
    JSON,
    st.builds(lambda changes: BAR | changes, st.dictionaries(st.sampled_from(list(BAR)), JSON)),
    st.builds(status, SCALARS | JSON, SCALARS | JSON),
)


def texts(protocol: MassiveProtocol, received: Received) -> list[str]:
    found = [*received.unknown, protocol.reason]
    found += [text for item in received.statuses for text in item]
    return found + [text for item in received.rejects for text in item]


def check(protocol: MassiveProtocol, received: Received) -> None:
    for text in texts(protocol, received):
        assert KEY not in text
        assert clean(text, 300) == text
    assert all(tick.ticker.isascii() for tick in received.ticks)


@settings(deadline=None, max_examples=300)
@given(st.lists(st.binary() | ANY_TEXT, max_size=4))
def test_no_bytes_and_no_text_raise(frames: list[str | bytes]) -> None:
    protocol = ready()
    for frame in frames:
        check(protocol, protocol.receive(frame))


@settings(deadline=None, max_examples=300)
@given(st.lists(ELEMENTS, max_size=6), st.booleans())
def test_no_structure_raises_and_all_of_it_is_counted(elements: list[object], early: bool) -> None:
    protocol = MassiveProtocol(KEY, ["A"], "massive") if early else ready()
    received = give(protocol, *elements)
    assert received.elements == len(elements)
    check(protocol, received)


@settings(deadline=None, max_examples=200)
@given(st.lists(ELEMENTS, min_size=1, max_size=4), st.data())
def test_no_damaged_frame_raises(elements: list[object], data: st.DataObject) -> None:
    frame = bytearray(json.dumps(elements).encode())
    for _ in range(data.draw(st.integers(1, 5))):
        at = data.draw(st.integers(0, len(frame) - 1))
        frame[at : at + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=3))
        frame = frame or bytearray(b" ")
    protocol = ready()
    check(protocol, protocol.receive(bytes(frame)))


@pytest.mark.parametrize("depth", [*range(900, 1030, 10), 100_000])
@pytest.mark.parametrize(("opening", "closing"), ["[]", ('{"a":', "}")])
@pytest.mark.parametrize(
    "frame", ["[{}]", '[{{"ev":"status","status":{},"message":{}}}]', '[{{"ev":{}}}]']
)
def test_depth_does_not_raise(frame: str, opening: str, closing: str, depth: int) -> None:
    nested = opening * depth + "1" + closing * depth
    protocol = ready()
    received = protocol.receive(frame.replace("{}", nested).replace("{{", "{").replace("}}", "}"))
    assert received.elements >= 1


@pytest.mark.parametrize("length", [8, 32, 100, 500])
def test_the_key_is_not_told_however_it_is_echoed(length: int) -> None:
    key = ("Zq7" * 200)[:length]
    for pad in range(0, 260, 7):
        echo = "-" * pad + key * 50
        protocol = MassiveProtocol(key, ["A"], "massive")
        frames: list[str | bytes] = [
            json.dumps(
                [status("connected", echo), status(echo, echo), status("auth_failed", echo)]
            ),
            json.dumps([{"ev": echo}, {"echo": echo}, echo, [echo], BAR | {"sym": echo}]),
            "not json " + echo,
            b"not json " + echo.encode(),
            '[{"ev":"A","sym":"' + echo,
        ]
        for frame in frames:
            for text in texts(protocol, protocol.receive(frame)):
                assert key[: max(1, length // 4)] not in text.replace("***", "")


def test_the_key_cut_by_the_first_four_thousand_bytes() -> None:
    key = "Q" + "z" * 99
    for text in (f"{key * 60}", f"{'-' * 4050}{key}"):
        for frame in (text, text.encode(), json.dumps([status("error", text)])):
            protocol = MassiveProtocol(key, [], "massive")
            assert not [t for t in texts(protocol, protocol.receive(frame)) if "zz" in t]


@pytest.mark.parametrize("key", ["e", "s", "connected", "A", "x", "to", "any"])
def test_a_key_that_is_a_common_word_still_signs_in(key: str) -> None:
    protocol = ready("AAPL", key=key)
    give(protocol, status("success", "subscribed to: A.AAPL"), status("error", "not authorized"))
    assert (protocol.acknowledged, protocol.refused) == (1, 1)
    give(protocol, status("max_connections", "too many"))
    assert protocol.stage is Stage.CAPPED


def test_hostile_text_is_one_bounded_line() -> None:
    hostile = "\x1b]0;owned\x07[/red][@click=app.quit]x\n\u202e"
    received = give(
        ready(), status(hostile, hostile * 1000), {"ev": hostile}, BAR | {"sym": hostile}, hostile
    )
    told = [*received.statuses[0], received.unknown[0], *(r.sample for r in received.rejects)]
    assert all(text.isprintable() and "\x1b" not in text and len(text) <= 200 for text in told)


def test_a_status_of_ten_megabytes() -> None:
    received = give(ready(), status("error", "x" * 10_000_000), BAR)
    assert len(received.statuses[0].message) == 200
    assert len(received.ticks) == 1


def test_a_frame_of_a_million_scalars_is_counted_and_soon_done() -> None:
    protocol = ready()
    frame = b"[" + b",".join([b"0"] * 1_000_000) + b"]"
    with cpu_cost() as cost:
        received = protocol.receive(frame)
    assert received.elements == 1_000_000
    assert sum(bool(reject.sample) for reject in received.rejects) == SAMPLES_PER_FRAME
    assert cost.seconds < 2.0
