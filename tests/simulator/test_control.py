"""The conversation of the server's side, without a socket."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tickterm.simulator.control import MAX_FRAME, Conversation, Subscriptions


def _talk(*, authenticated: bool = True) -> Conversation:
    talk = Conversation(frozenset({"A"}), lambda key: None if key == "good" else "no")
    if authenticated:
        _say(talk, "auth", "good")
    return talk


def _say(talk: Conversation, action: str, params: object) -> list[Any]:
    return _objects(talk.receive(orjson.dumps({"action": action, "params": params})))


def _objects(frames: list[bytes]) -> list[Any]:
    return [element for frame in frames for element in orjson.loads(frame)]


def _messages(objects: list[Any]) -> list[str]:
    return [f"{o['status']}/{o['message']}" for o in objects]


def test_a_good_key_is_accepted_and_a_bad_one_refused() -> None:
    talk = _talk(authenticated=False)
    assert _messages(_say(talk, "auth", "good")) == ["auth_success/authenticated"]
    assert (talk.key, talk.refused) == ("good", False)
    talk = _talk(authenticated=False)
    assert _messages(_say(talk, "auth", "bad")) == ["auth_failed/no"]
    assert (talk.key, talk.refused) == (None, True)


def test_each_token_is_acknowledged_in_one_frame() -> None:
    frames = _talk().receive('{"action": "subscribe", "params": "A.AAPL, A.BRK.B ,A.*,A.NOSUCH"}')
    assert len(frames) == 1
    assert _messages(_objects(frames)) == [
        "success/subscribed to: A.AAPL",
        "success/subscribed to: A.BRK.B",
        "success/subscribed to: A.*",
        "success/subscribed to: A.NOSUCH",
    ]
    assert all(o["ev"] == "status" for o in _objects(frames))


def test_held_tokens_and_unknown_prefixes_meet_silence() -> None:
    talk = _talk()
    assert len(_say(talk, "subscribe", "A.AAPL,ZZ.AAPL,AAPL,A.,.,,a.X,XAS.BTC-USD")) == 1
    assert talk.receive(b'{"action":"subscribe","params":"A.AAPL"}') == []


def test_prefixes_that_are_not_offered_are_refused_without_a_name() -> None:
    answers = _messages(_say(_talk(), "subscribe", "T.AAPL,A.AAPL,NOI.*"))
    refused = "error/not authorized"
    assert answers == [refused, "success/subscribed to: A.AAPL", refused]


def test_unsubscribing_is_acknowledged_once() -> None:
    talk = _talk()
    _say(talk, "subscribe", "A.AAPL,A.SPY")
    assert _messages(_say(talk, "unsubscribe", "A.AAPL,A.IBM")) == [
        "success/unsubscribed to: A.AAPL"
    ]
    assert talk.subscriptions.tickers("A") == ("SPY",)
    assert len(_say(talk, "subscribe", "A.AAPL")) == 1


def test_nothing_is_subscribed_before_authentication() -> None:
    talk = _talk(authenticated=False)
    assert _messages(_say(talk, "subscribe", "A.AAPL")) == ["error/not authorized"]
    assert not talk.subscriptions


@pytest.mark.parametrize("raw", ["", "nonsense", "[1]", "7", b"\xff\xfe", '{"action":"\\ud800"}'])
def test_what_is_no_json_object_is_named_so(raw: str | bytes) -> None:
    assert _messages(_objects(_talk().receive(raw))) == ["error/Invalid JSON"]


@pytest.mark.parametrize("params", [None, 7, ["A.X"], {"a": 1}])
@pytest.mark.parametrize("action", ["auth", "subscribe", "unsubscribe", "dance"])
def test_odd_commands_are_passed_over(action: str, params: object) -> None:
    assert _say(_talk(), action, params) == []


@given(st.one_of(st.binary(), st.text(), st.builds(
    lambda action, params: orjson.dumps({"action": action, "params": params}),
    st.sampled_from(["auth", "subscribe", "unsubscribe"]),
    st.text(st.characters(exclude_categories=["Cs"])),
)))  # fmt: skip
def test_it_never_raises(raw: str | bytes) -> None:
    for frame in _talk().receive(raw):
        assert isinstance(orjson.loads(frame), list)


def test_a_large_subscription_is_acknowledged_in_frames_that_clients_accept() -> None:
    tokens = [f"A.SYMBOL{n:06d}" for n in range(30_000)]
    frames = _talk().receive(orjson.dumps({"action": "subscribe", "params": ",".join(tokens)}))
    assert len(frames) > 1
    assert max(map(len, frames)) <= MAX_FRAME
    assert [m.rpartition(" ")[2] for m in _messages(_objects(frames))] == tokens


def test_subscriptions_want_what_they_hold() -> None:
    held = Subscriptions()
    assert not held
    held.add("A", "AAPL")
    assert held.changed.is_set()
    assert held.wants("A", "AAPL")
    assert not held.wants("A", "SPY")
    assert not held.wants("T", "AAPL")
    assert not held.wants(None, 7)
    assert not held.wants("A", ["AAPL"])
    held.add("T", "*")
    assert held.wants("T", "ANY")
    held.remove("A", "AAPL")
    assert not held.wants("A", "AAPL")


def test_an_endless_ticker_is_passed_over() -> None:
    assert len(_say(_talk(), "subscribe", f"A.{'X' * 70},A.AAPL")) == 1
