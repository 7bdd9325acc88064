"""What a viewer understands, and what it takes for the future."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.attach.messages import status
from tests.market.contract_values import engine_messages
from tickterm.attach.hearing import understood
from tickterm.market.contract import ContractError, EngineMessage, encode


@given(engine_messages)
def test_every_message_is_understood(message: EngineMessage) -> None:
    assert understood(encode(message)) == message


def test_a_message_of_another_type_is_for_others() -> None:
    assert understood(b'{"type":"weather","rain":[1,2]}') is None


def test_fields_of_the_future_are_ignored() -> None:
    fields = msgspec.json.decode(encode(status())) | {"weather": "rain"}
    assert understood(msgspec.json.encode(fields)) == status()


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"null",
        b"[]",
        b"{",
        b"\xff\xfe",
        b'{"type":7}',
        b'{"type":"rows"}',
        b'{"type":"rows","seq":0,"now":NaN,"rows":[]}',
        b'{"type":"rows","seq":-1,"now":1,"rows":[]}',
        b'{"type":"rows","seq":0,"now":1e999,"rows":[]}',
        b'{"type":"x","y":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        b'{"seq":' + b"9" * 10_000 + b"}",
        b'{"type":"\xed\xa0\x80"}',
    ],
)
def test_anything_else_is_an_error(data: bytes) -> None:
    with pytest.raises(ContractError) as said:
        understood(data)
    assert str(said.value).isprintable()


@given(st.binary(max_size=60) | st.text(max_size=60).map(str.encode))
def test_no_bytes_do_anything_else(data: bytes) -> None:
    try:
        told = str(understood(data))
    except ContractError as error:
        told = str(error)
    assert told.isprintable()
