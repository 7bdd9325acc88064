"""Each fault, as it looks on the wire."""

from __future__ import annotations

import asyncio
from itertools import islice
from typing import Any

import orjson
import pytest
from websockets.exceptions import ConnectionClosed

from tests.simulator.peer import dial, ended, login, rest, say, status_of, subscribed, take
from tickterm.simulator.faults import parse_faults
from tickterm.simulator.generated import GeneratedSource
from tickterm.simulator.noise import HOSTILE, JUNK
from tickterm.simulator.server import SimulatedFeed


def _feed(*faults: str, rate: float | None = 1000, **options: Any) -> SimulatedFeed:
    return SimulatedFeed(GeneratedSource(rate=rate), faults=parse_faults(faults), **options)


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        ("bad-key", "authentication failed"),
        (
            "no-plan",
            "Your plan doesn't include websocket access. "
            "Visit https://massive.com/pricing to upgrade.",
        ),
    ],
)
async def test_a_refused_key_is_told_why_and_aborted(fault: str, message: str) -> None:
    async with _feed(fault) as feed, dial(feed) as ws:
        await take(ws)
        await say(ws, "auth", "a good key")
        objects, code = await ended(ws)
        assert status_of(objects) == f"auth_failed/{message}"
        assert code == 1006


async def test_auth_timeout() -> None:
    async with _feed("auth-timeout=0.05") as feed, dial(feed) as ws:
        await take(ws)
        await say(ws, "auth", "a good key")
        objects, code = await ended(ws)
        assert status_of(objects) == "auth_timeout/No authentication request received."
        assert code == 1008


async def test_cap_lets_everything_succeed_and_then_evicts() -> None:
    async with _feed("cap=0.05") as feed:
        for _ in range(2):
            async with subscribed(feed) as ws:
                objects, code = await ended(ws)
                assert objects[0]["ev"] == "A"
                assert objects[-1]["status"] == "max_connections"
                assert code == 1008


async def test_cap_newcomer_evicts_the_second_connection() -> None:
    async with _feed("cap-newcomer=0.05") as feed, subscribed(feed) as old:
        async with subscribed(feed) as new:
            objects, code = await ended(new)
            assert objects[-1]["status"] == "max_connections"
            assert code == 1008
        assert (await take(old))[0]["ev"] == "A"


async def test_accept_and_drop() -> None:
    async with _feed("accept-and-drop") as feed, dial(feed) as ws:
        assert await rest(ws) == ([], 1006)


async def test_drop_has_no_close_frame_and_happens_every_time() -> None:
    async with _feed("drop=0.05") as feed:
        for _ in range(3):
            async with subscribed(feed) as ws:
                objects, code = await ended(ws)
                assert objects[0]["ev"] == "A"
                assert code == 1006
        assert feed.connections == 3


@pytest.mark.parametrize("code", [1000, 1001, 1008, 1011, 1012, 4001])
async def test_close_has_the_code(code: int) -> None:
    async with _feed(f"close={code}@0.02") as feed, subscribed(feed) as ws:
        objects, closed = await ended(ws)
        assert objects[0]["ev"] == "A"
        assert closed == code


async def _quiet(ws: Any) -> None:
    """Read until no frame comes for ten times the usual distance between frames."""
    while True:
        try:
            async with asyncio.timeout(0.25):
                await ws.recv()
        except TimeoutError:
            return


async def test_mute_sends_no_data_but_pongs_and_answers() -> None:
    async with _feed("mute=0.05") as feed, subscribed(feed) as ws:
        await take(ws)
        await _quiet(ws)
        async with asyncio.timeout(20):
            await (await ws.ping())
        await say(ws, "subscribe", "A.IBM")
        assert status_of(await take(ws)) == "success/subscribed to: A.IBM"
        await _quiet(ws)


async def test_stall_is_open_and_entirely_silent() -> None:
    async with _feed("stall=0.05") as feed, subscribed(feed) as ws:
        await take(ws)
        await _quiet(ws)
        pong = asyncio.ensure_future(await ws.ping())
        await say(ws, "subscribe", "A.IBM")
        await _quiet(ws)
        assert not pong.done()
        assert len(feed.clients) == 1
        ws.transport.abort()
        with pytest.raises(ConnectionClosed):
            await pong


async def _events(ws: Any, count: int) -> list[Any]:
    events: list[Any] = []
    while len(events) < count:
        events += await take(ws)
    return events


async def test_duplicates_revise_an_older_second() -> None:
    async with _feed("duplicates") as feed, subscribed(feed) as ws:
        events = await _events(ws, 300)
    first: dict[tuple[str, int], Any] = {}
    revisions = 0
    for at, bar in enumerate(events):
        assert bar["l"] <= min(bar["o"], bar["c"]) <= max(bar["o"], bar["c"]) <= bar["h"]
        old = first.setdefault((bar["sym"], bar["s"]), bar)
        if old is not bar:
            revisions += 1
            assert all(old[key] != bar[key] for key in ("v", "vw", "h", "l", "c"))
            assert bar["s"] < max(other["s"] for other in events[:at])
    assert revisions > 5


async def test_odd_numbers_are_legal_but_unusual() -> None:
    async with _feed("odd-numbers") as feed, subscribed(feed) as ws:
        events = await _events(ws, 300)
    bars = [event for event in events if event["ev"] == "A"]
    assert any(bar["z"] == 12.5 for bar in bars)
    assert any(isinstance(bar["v"], float) for bar in bars)
    for optional in ("op", "dv", "dav"):
        assert any(optional not in bar for bar in bars)
    assert any("novel" in bar for bar in bars)
    assert any(event["ev"] == "XYZ" for event in events)
    assert all({"sym", "v", "o", "h", "l", "c", "s", "e"} <= bar.keys() for bar in bars)


async def test_junk_comes_between_good_frames() -> None:
    async with _feed("junk") as feed, dial(feed) as ws:
        await login(ws)
        await say(ws, "subscribe", "A.AAPL,A.SPY")
        await take(ws)
        frames = [await ws.recv() for _ in range(4 * len(JUNK))]
    raw = [frame.encode() if isinstance(frame, str) else frame for frame in frames]
    assert {message.payload for message in JUNK} <= set(raw)
    assert any(isinstance(frame, bytes) for frame in frames)
    beside = next(frame for frame in raw if frame.startswith(b'[{"ev":"A","sym":"NANS","o":NaN'))
    with pytest.raises(orjson.JSONDecodeError):
        orjson.loads(beside)
    good = [frame for frame in raw if frame.startswith(b'[{"ev":"A","sym":"') and b"dav" in frame]
    assert len(good) > len(JUNK)


async def test_hostile_text_in_a_status_and_in_a_symbol() -> None:
    async with _feed("hostile") as feed, subscribed(feed) as ws:
        events = await _events(ws, 20)
    assert [e["message"] for e in events if e["ev"] == "status"][:1] == [HOSTILE]
    assert [e["sym"] for e in events if e.get("sym") == HOSTILE][:1] == [HOSTILE]
    assert any(e.get("sym") == "AAPL" for e in events)


async def test_faults_combine() -> None:
    async with _feed("hostile", "duplicates", "drop=0.1") as feed, subscribed(feed) as ws:
        objects, code = await ended(ws)
        assert any(o.get("message") == HOSTILE for o in islice(objects, 50))
        assert code == 1006
