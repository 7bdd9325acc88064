"""The key, which may be in no record, view or text, whatever a server says."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from tests.engine.feed.client.linked import during_auth, linked
from tests.engine.feed.fake_massive import KEY, FakeMassive, Peer, Script, serve_faithfully, until
from tickterm.market.snapshot import LinkPhase


class Everything(logging.Handler):
    """Every record of every logger, rendered with its traceback."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(f"{record.name} {logging.Formatter().format(record)} {record.__dict__!r}")


@pytest.fixture
def everything() -> Everything:
    return Everything()


@pytest.fixture
async def debug_everywhere(everything: Everything) -> AsyncIterator[None]:
    loggers = [logging.getLogger(), *map(logging.getLogger, logging.root.manager.loggerDict)]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        if logger.name not in ("tickterm.wire", "tickterm.viewers.wire"):
            logger.setLevel(logging.DEBUG)
    logging.getLogger().addHandler(everything)
    loop = asyncio.get_running_loop()
    loop.set_debug(True)
    yield
    loop.set_debug(False)
    logging.getLogger().removeHandler(everything)
    for logger, level in zip(loggers, levels, strict=True):
        logger.setLevel(level)


def says_the_key(action: Callable[[Peer], Awaitable[None]]) -> Script:
    async def script(peer: Peer) -> None:
        await during_auth(peer)
        await action(peer)

    return script


LEAKS: tuple[Callable[[Peer], Awaitable[None]], ...] = (
    lambda peer: peer.close(1008, f"bad key {KEY}"),
    lambda peer: peer.say("auth_failed", f"the key {KEY} is no good"),
    lambda peer: peer.say("auth_timeout", f"{KEY}"),
    lambda peer: peer.say(KEY, KEY),
    lambda peer: peer.say("max_connections", f"{KEY} {KEY}"),
    lambda peer: peer.send({"ev": KEY}, {"ev": "A", "sym": KEY}, KEY, [KEY]),
    lambda peer: peer.send_raw(f"{{{KEY}"),
)


@pytest.mark.parametrize("leak", LEAKS)
@pytest.mark.usefixtures("debug_everywhere")
async def test_the_key_is_nowhere(
    leak: Callable[[Peer], Awaitable[None]], everything: Everything
) -> None:
    async with FakeMassive(says_the_key(leak), serve_faithfully) as feed, linked(feed.url) as link:
        await until(lambda: link.view.phase in (LinkPhase.RETRYING, LinkPhase.REFUSED))
        assert KEY not in repr((link.view, link.received, link.client))
        assert feed.peer.commands[0].params == KEY
    assert everything.lines
    assert not [line for line in everything.lines if KEY in line]
