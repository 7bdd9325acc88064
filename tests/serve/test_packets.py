import asyncio
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tickterm.serve import packets


def stream(data: bytes) -> asyncio.StreamReader:
    reader = asyncio.StreamReader()
    reader.feed_data(data)
    reader.feed_eof()
    return reader


@pytest.mark.parametrize(
    ("message", "packet"),
    [
        (["stdin", "é"], b"D\0\0\0\x02\xc3\xa9"),
        (["stdin", "\ud800"], b"D\0\0\0\x01?"),
        (["focus"], b'M\0\0\0\x11{"type": "focus"}'),
        (["blur"], b'M\0\0\0\x10{"type": "blur"}'),
        (["ping", "123"], b""),
    ],
)
def test_messages_of_the_page_become_packets(message: object, packet: bytes) -> None:
    assert packets.from_browser(json.dumps(message)) == packet


@pytest.mark.parametrize(
    ("width", "height", "told"),
    [
        (120, 40, (120, 40)),
        (1, 1, (20, 5)),
        (99999, 10**300, (400, 200)),
        (-5, 0, (20, 5)),
    ],
)
def test_sizes_are_clamped(width: int, height: int, told: tuple[int, int]) -> None:
    packet = packets.from_browser(json.dumps(["resize", {"width": width, "height": height}]))
    size = json.loads(packet[5:])
    assert (size["width"], size["height"]) == told


@pytest.mark.parametrize(
    "text",
    [
        "",
        "nonsense",
        "{}",
        "[]",
        "null",
        '["stdin"]',
        '["stdin", 5]',
        '["stdin", ["a"]]',
        '["resize", {"width": "80", "height": 24}]',
        '["resize", {"width": 8e1, "height": 24}]',
        '["resize", {"width": NaN, "height": 24}]',
        '["resize", {}]',
        '["quit"]',
        '["focus", 1]',
        '["ping", {}]',
        "[" * 60_000,
        "9" * 60_000,
    ],
)
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - it may be that of json
        packets.from_browser(text)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)
KINDS = st.sampled_from(["stdin", "resize", "focus", "blur", "ping", "quit"])


@given(st.text() | JSON.map(json.dumps) | st.tuples(KINDS, JSON).map(json.dumps))
def test_no_message_does_more_than_be_refused(text: str) -> None:
    try:
        packet = packets.from_browser(text)
    except ValueError:
        return
    assert packet == b"" or int.from_bytes(packet[1:5], "big") == len(packet) - 5


@pytest.mark.parametrize(("value", "number"), [("7", 8), ("40", 40), ("1e3", 16), (None, 16)])
def test_numbers_are_clamped(value: object, number: int) -> None:
    assert packets.clamped(value, (8, 40), 16) == number


async def test_packets_are_read_one_after_the_other() -> None:
    reader = stream(b"D\0\0\0\x02hiM\0\0\0\0P\0\0\0\x01x")
    assert [await packets.read(reader) for _ in range(3)] == [
        (b"D", b"hi"),
        (b"M", b""),
        (b"P", b"x"),
    ]
    with pytest.raises(asyncio.IncompleteReadError):
        await packets.read(reader)


@pytest.mark.parametrize("head", [b"X\0\0\0\x02", b"D\xff\xff\xff\xff"])
async def test_what_is_no_packet_is_refused_before_it_is_read(head: bytes) -> None:
    with pytest.raises(ValueError, match="no packet"):
        await packets.read(stream(head))
