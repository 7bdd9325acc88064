"""What frames may hold, and how large they and their text may be."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from tests.engine.feed.client.linked import FAST, after_subscribe, linked
from tests.engine.feed.fake_massive import (
    FakeMassive,
    Peer,
    acknowledge_forever,
    bar,
    serve_faithfully,
    until,
)
from tickterm.market.snapshot import LinkPhase

HOSTILE: tuple[tuple[bytes, bool], ...] = (
    (b'[{"ev":"A","sym":"\xff\xfe"}]', True),
    (b"\xc3\x28", True),
    (b"\x00\x01\x02", False),
    (b"", True),
    (b"null", True),
    (b"[", True),
    (b'{"ev":', True),
    (b"[" * 100_000, True),
    (b'[{"ev":"status","status":{"a":1},"message":[1]}]', True),
    (b'[{"ev":"status"}]', True),
    (b'[{"ev":["A"]}, 1, null, "x", {"ev":{}}]', True),
    (b'[{"ev":"status","status":"success","message":"subscribed to: "}]', True),
    (b'[{"ev":"status","status":"connected","message":"again"}]', True),
    (b'[{"ev":"status","status":"auth_success","message":"again"}]', True),
)


async def test_no_frame_breaks_the_link() -> None:
    async def shout(peer: Peer) -> None:
        await after_subscribe(peer)
        for frame, text in HOSTILE:
            await peer.send_raw(frame, text=text)
        await peer.send_raw(b"[" + b",".join([b'{"ev":"X"}'] * 3) + b"]", text=False)
        await peer.send(bar("AAPL", 9))
        await acknowledge_forever(peer)

    async with FakeMassive(shout) as feed, linked(feed.url) as link:
        await until(lambda: link.ticks)
        assert link.volumes == [9]
        assert [r.unknown for r in link.received if r.unknown] == [["X"] * 3]
        assert link.view.losses == 0
        assert len(feed.peer.commands) == 2


PATIENT = replace(FAST, ping_every=5.0, dead_after=10.0, mute_after=10.0, handshake=10.0)


async def test_large_frames_are_taken_and_too_large_ones_once_retried() -> None:
    def padded(size: int, number: int) -> dict[str, Any]:
        return bar("AAPL", number) | {"pad": "x" * size}

    async def large(peer: Peer) -> None:
        await after_subscribe(peer)
        await peer.send(padded(2 * 2**20, 2))
        await peer.send(padded(17 * 2**20, 17))
        await acknowledge_forever(peer)

    async with FakeMassive(large) as feed, linked(feed.url, times=PATIENT) as link:
        await until(lambda: link.view.phase is LinkPhase.RETRYING or len(feed.peers) == 2)
        assert link.view.reason == "a frame above 16 MiB"
        await until(lambda: len(link.ticks) == 3, 20)
        assert link.volumes == [2, 2, 17]
        assert len(feed.peers) == 2


async def test_ten_megabytes_of_status_text_are_one_short_line() -> None:
    async def verbose(peer: Peer) -> None:
        await after_subscribe(peer)
        await peer.say("error", "\x1b]0;owned\x07[/red]\n" * 600_000)
        await peer.send(bar())
        await acknowledge_forever(peer)

    async with FakeMassive(verbose) as feed, linked(feed.url, times=PATIENT) as link:
        await until(lambda: link.ticks)
        (text,) = [s.message for r in link.received for s in r.statuses if s.status == "error"]
        assert len(text) < 600
        assert text.isprintable()


async def test_a_feed_that_floods_us_with_pings_is_hung_up_on() -> None:
    async def floods(peer: Peer) -> None:
        await after_subscribe(peer)
        peer.connection.transport.write(bytes([0x89, 0x00]) * 100_000)
        await peer.gone()

    async with FakeMassive(floods, serve_faithfully) as feed, linked(feed.url) as link:
        await until(lambda: len(feed.peers) == 2 and link.view.phase is LinkPhase.UP)
        assert link.view.losses == 1
