"""RedisSubscriber: hears channels for ever, and says for how long it did not.

Pub/Sub keeps nothing for whoever is away: what is published while the connection is cut is gone.
All that can be done is to notice soon, to come back, and to tell how long it took.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Sequence
from typing import Protocol, TypeAlias

from tickterm.backends.commands import packed
from tickterm.backends.redis_link import PING, RedisLost, open_streams
from tickterm.market.text import clean

__all__ = ["Listener", "Message", "RedisSubscriber"]

Message: TypeAlias = tuple[str, bytes]
"""Channel and payload."""

FIRST_RETRY = 0.1
LONGEST_RETRY = 5.0
STEADY = 10.0
"""Seconds of listening after which the first delay is earned back."""
PING_AFTER = 3.0
"""Seconds without anything whole until the server is asked whether it lives."""
PATIENCE = 6.0
"""Seconds that its answer may take."""
MAX_PAYLOAD = 2**24
"""Bytes of one message; a tick has 300."""
MAX_HEAD = 2**12
"""Bytes of whatever stands before a payload."""


class Listener(Protocol):
    """Who hears. All three are called in the subscriber's task, and must not wait."""

    def subscribed(self, gap: float | None) -> None:
        """Learn that messages come from now on, after `gap` seconds without; None: the first."""

    def lost(self, reason: str) -> None:
        """Learn that none come: said once for each loss, and again when the reason is another.

        The reason is sanitised and holds no credentials.
        """

    def hear(self, messages: Sequence[Message]) -> None:
        """Take what came off the socket at once, in order."""


class RedisSubscriber:
    """One connection that listens to some channels."""

    def __init__(self, url: str, channels: Sequence[str], listener: Listener) -> None:
        self._url = url
        self._channels = {channel.encode(): channel for channel in channels}
        self._listener = listener
        self._since: float | None = None
        """Since when it has been listening."""
        self._heard: float | None = None
        """When a connection that listened was last known to be good."""
        self._reason = ""

    async def run(self) -> None:
        """Listen until cancelled, connecting again and again.

        Raises:
            SettingsError: the URL is no Redis URL.
        """
        self._since = None
        delay = FIRST_RETRY
        while True:
            try:
                async with open_streams(self._url) as streams:
                    await self._listen(*streams)
            except RedisLost as loss:
                if self._leave(str(loss)) > STEADY:
                    delay = FIRST_RETRY
            await asyncio.sleep(delay)
            delay = min(2 * delay, LONGEST_RETRY)

    async def _listen(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        pushes = _Pushes(self._channels)
        writer.write(packed("SUBSCRIBE", *self._channels))
        pinged = False
        while True:
            patience = PATIENCE if pinged else PING_AFTER
            try:
                async with asyncio.timeout(patience):
                    messages = await pushes.read(reader)
            except TimeoutError:
                if pinged or self._since is None:
                    raise RedisLost(f"no answer for {patience:g} s") from None
                writer.write(PING)
                pinged = True
                continue
            pinged = False
            self._note(pushes)
            if messages:
                self._listener.hear(messages)

    def _note(self, pushes: _Pushes) -> None:
        """Remember that the connection is good now; say it when it begins to listen."""
        now = time.monotonic()
        if self._since is None and pushes.complete:
            self._since = now
            self._reason = ""
            self._listener.subscribed(None if self._heard is None else now - self._heard)
        if self._since is not None:
            self._heard = now

    def _leave(self, reason: str) -> float:
        """Say that nothing is heard any more; return the seconds for which something was."""
        listened = 0.0 if self._since is None else time.monotonic() - self._since
        self._since = None
        if reason != self._reason:
            self._reason = reason
            self._listener.lost(reason)
        return listened


_PUSH = re.compile(
    rb"\*3\r\n\$7\r\nmessage\r\n\$\d{1,4}\r\n(?P<channel>[^\r\n]+)\r\n\$(?P<length>\d{1,9})\r\n"
    rb"|\*3\r\n\$9\r\nsubscribe\r\n\$\d{1,4}\r\n(?P<confirmed>[^\r\n]+)\r\n:\d{1,4}\r\n"
    rb"|\*2\r\n\$4\r\n(?P<pong>pong)\r\n\$0\r\n\r\n"
    rb"|-(?P<error>[^\r\n]*)\r\n"
)
"""All that a server says to a subscriber. It is read by these and not by a general reader, which
makes a list as long as the first bytes claim."""


class _Pushes:
    """What a server says to a subscriber, in whatever pieces it comes."""

    def __init__(self, channels: dict[bytes, str]) -> None:
        self._channels = channels
        self._unconfirmed = set(channels)
        self._pieces: list[bytes] = []
        """What came of a push that is not whole yet."""
        self._missing = 0
        """Bytes that must still come until it is, where that is known; else nothing above 0."""

    @property
    def complete(self) -> bool:
        """Whether all channels are subscribed."""
        return not self._unconfirmed

    async def read(self, reader: asyncio.StreamReader) -> list[Message]:
        """Return the messages that came together; none where something else came whole.

        Raises:
            RedisLost: it ended, is endless, or is nothing that Redis says to a subscriber.
        """
        while True:
            chunk = await reader.read(2**18)
            if not chunk:
                raise RedisLost("the connection was closed by the server")
            self._pieces.append(chunk)
            self._missing -= len(chunk)
            if self._missing > 0:  # joined at every chunk, a long message would cost its square
                continue
            data = b"".join(self._pieces)
            messages = self._take(data)
            if len(self._pieces[0]) < len(data):
                return messages

    def _take(self, data: bytes) -> list[Message]:
        messages: list[Message] = []
        at = 0
        while push := _PUSH.match(data, at):
            channel, length, confirmed, _, error = push.groups()
            if channel is None:
                self._answer(confirmed, error)
                at = push.end()
                continue
            start = push.end()
            end = start + _checked(int(length))
            if end + 2 > len(data):
                self._missing = end + 2 - len(data)
                break
            messages.append((self._name(channel), data[start:end]))
            at = end + 2
        else:
            if len(data) - at > MAX_HEAD:
                raise RedisLost("it does not speak as Redis does")
        self._pieces = [data[at:]]
        return messages

    def _name(self, channel: bytes) -> str:
        name = self._channels.get(channel)
        if name is None or self._unconfirmed:
            raise RedisLost("it sends messages that nobody asked for")
        return name

    def _answer(self, confirmed: bytes | None, error: bytes | None) -> None:
        if error is not None:
            raise RedisLost(self._words(clean(error.decode(errors="replace"), 160)))
        if confirmed is not None:
            self._unconfirmed.discard(confirmed)

    def _words(self, error: str) -> str:
        if error.startswith("NOPERM"):  # which of the channels it means it does not say
            return f"this user may not subscribe to {', '.join(self._channels.values())}: {error}"
        return error


def _checked(length: int) -> int:
    if length > MAX_PAYLOAD:
        raise RedisLost(f"it sends a message of {length:,} bytes")
    return length
