"""`tickterm tail`: every tick as it comes, for other programs."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice

import click
import msgspec

from tickterm import settings
from tickterm.attach.tick_follower import TickFollower
from tickterm.cli.attach import finder
from tickterm.cli.pipes import put, run_while_read, say, url_and_symbols
from tickterm.market.contract import Tick

__all__ = ["tail"]

_encode_lines = msgspec.json.Encoder().encode_lines


@click.command(short_help="Every tick as it comes, one JSON object a line.")
@click.argument("words", metavar="[URL] [SYMBOL]...", nargs=-1)
@click.option("--count", type=click.IntRange(min=1), metavar="N", help="End after N ticks.")
@click.option("--jsonl", is_flag=True, expose_value=False, help="JSON Lines: the only format.")
def tail(words: tuple[str, ...], count: int | None) -> None:
    """Print every tick as it comes, as it goes to Redis: one JSON object a line.

    URL as for attach; without symbols it is all of them. It begins now and ends with ctrl+c, after
    --count ticks, or when the engine stops. After a lost connection it goes on where it was for as
    long as the engine has the ticks; stderr says what was missed. Exit code 0: fine; 2: none of the
    symbols is watched; 3: no engine could be reached, or none for a minute; 141: the reader of the
    pipe has gone.
    """
    url, symbols = url_and_symbols(words)
    configured = settings.load()
    follower = TickFollower(
        finder(configured, url),
        _Lines(count).take,
        say,
        symbols=symbols,
        token=str(configured.token),
    )
    run_while_read(follower.run())


class _Lines:
    """Ticks as lines on stdout, `count` at most; None: no end."""

    def __init__(self, count: int | None) -> None:
        self._left = count

    def take(self, ticks: Sequence[Tick]) -> None:
        """Write the ticks of one message.

        Raises:
            click.exceptions.Exit: that were all.
        """
        wanted = ticks if self._left is None else list(islice(ticks, self._left))
        put(_encode_lines(wanted))
        if self._left is not None:
            self._left -= len(wanted)
            if not self._left:
                raise click.exceptions.Exit(0)
