"""How a person may write where an engine is."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tickterm.attach.address import Address, parse_address
from tickterm.errors import SettingsError


@pytest.mark.parametrize(
    ("written", "url"),
    [
        ("gw:8765", "ws://gw:8765"),
        (" localhost:8765 ", "ws://localhost:8765"),
        ("[::1]:8765", "ws://[::1]:8765"),
        ("ws://gw", "ws://gw"),
        ("wss://gw.example.com", "wss://gw.example.com"),
        ("http://gw:8765/", "ws://gw:8765/"),
        ("https://gw.example.com/ticks", "wss://gw.example.com/ticks"),
        ("HTTPS://gw.example.com", "wss://gw.example.com"),
    ],
)
def test_forms_that_a_person_may_use(written: str, url: str) -> None:
    assert parse_address(written) == Address(url)


@pytest.mark.parametrize(
    "written",
    [
        "",
        " ",
        "gw",
        ":8765",
        "gw:",
        "gw:0",
        "gw:70000",
        "gw:http",
        "gw:8765/ticks",
        "::1:8765",
        "ws://",
        "ws://[::1",
        "ws://gw:8 765",
        "ws://gw\x1b[2J:8765",
        "ws://gw\n:8765",
        'ws://g"w',
        "ws://" + "g" * 600,
    ],
)
def test_anything_else_is_refused_in_one_line(written: str) -> None:
    with pytest.raises(SettingsError, match=r"is no address of an engine: give HOST:PORT") as said:
        parse_address(written)
    assert str(said.value).isprintable()
    assert len(str(said.value)) < 200


@pytest.mark.parametrize("scheme", ["ftp", "redis", "file", "unix"])
def test_other_schemes_are_refused(scheme: str) -> None:
    with pytest.raises(SettingsError, match=f"{scheme}:// is no address of an engine"):
        parse_address(f"{scheme}://gw:1")


@pytest.mark.parametrize(
    "written",
    [
        "wss://gw/?token=s3cret",
        "gw:8765?token=s3cret",
        "wss://user:s3cret@gw",
        "s3cret@gw:8765",
        "https://gw/#s3cret",
        "https://gw/?",
    ],
)
def test_a_secret_in_a_url_is_refused_and_not_repeated(written: str) -> None:
    with pytest.raises(SettingsError, match="the token belongs into TICKTERM_TOKEN") as said:
        parse_address(written)
    assert "s3cret" not in str(said.value)


@given(st.text(max_size=60))
def test_no_text_does_anything_else(written: str) -> None:
    try:
        told = parse_address(written).where
    except SettingsError as error:
        told = str(error)
    assert told.isprintable()
    assert len(told) < 250


@pytest.mark.parametrize(
    ("address", "where"),
    [
        (Address("wss://gw.example.com/ticks"), "gw.example.com"),
        (Address("ws://127.0.0.1:8765", Path("/run/t.sock")), "127.0.0.1:8765"),
        (Address(socket=Path("/run/t\x1b.sock")), "/run/t·.sock"),
        (Address(), "nowhere"),
    ],
)
def test_what_an_engine_is_called(address: Address, where: str) -> None:
    assert address.where == where


@pytest.mark.parametrize(
    ("address", "private"),
    [
        (Address("ws://gw:1"), False),
        (Address("ws://127.0.0.1.evil.example"), False),
        (Address("ws://192.168.1.1:1"), False),
        (Address("ws://127.0.0.1:1"), True),
        (Address("ws://[::1]:1"), True),
        (Address("ws://localhost:1"), True),
        (Address("wss://gw"), True),
        (Address("ws://gw:1", Path("/run/t.sock")), True),
    ],
)
def test_where_nobody_can_listen(address: Address, private: bool) -> None:
    assert address.is_private == private
