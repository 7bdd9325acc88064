"""What commands share that write data for other programs: stdout is data, stderr is talk."""

from __future__ import annotations

import asyncio
import contextlib
import os
import select
import signal
import stat
import sys
from collections.abc import Callable, Coroutine, Iterator, Sequence
from typing import Any

import click

from tickterm.errors import SettingsError, TickTermError
from tickterm.market.symbols import is_symbol
from tickterm.market.text import clean

__all__ = ["READER_GONE", "is_pipe", "put", "run_while_read", "say", "url_and_symbols"]

READER_GONE = 141
"""Exit code: nobody reads the pipe any more; as of a program that SIGPIPE has ended."""


def url_and_symbols(words: Sequence[str]) -> tuple[str | None, tuple[str, ...]]:
    """Return the engine's URL, if the first word is one, and the symbols, each once.

    No symbol has a colon, and every address has one.

    Raises:
        SettingsError: a word is neither.
    """
    url = words[0] if words and ":" in words[0] else None
    symbols = tuple(dict.fromkeys(words if url is None else words[1:]))
    for symbol in symbols:
        if not is_symbol(symbol):
            raise SettingsError(f"{clean(symbol, 40)!r} is no symbol: give [URL] AAPL BRK.B …")
    return url, symbols


def put(data: bytes) -> None:
    """Write `data` to stdout, whole and at once; blocks as long as its reader does.

    Raises:
        click.exceptions.Exit: the reader has gone.
        TickTermError: there is no place for it.
    """
    view = memoryview(data)
    try:
        descriptor = _stdout()
        while view:
            with contextlib.suppress(BlockingIOError):
                view = view[os.write(descriptor, view) :]
                continue
            select.select([], [descriptor], [])  # another program has made it non-blocking
    except BrokenPipeError:
        raise click.exceptions.Exit(READER_GONE) from None
    except OSError as error:
        raise TickTermError(f"stdout: {os.strerror(error.errno or 0)}") from None


def say(text: str) -> None:
    """Write one line to stderr, for a person.

    Raises:
        click.exceptions.Exit: stderr is a pipe that nobody reads any more.
    """
    try:
        click.echo(f"tickterm: {text}", err=True)
    except BrokenPipeError:
        raise click.exceptions.Exit(READER_GONE) from None


def run_while_read(work: Coroutine[Any, Any, None]) -> None:
    """Run `work` for as long as anybody reads stdout, also while there is nothing to write.

    Ctrl+c ends it at once: asyncio's own way would wait for a reader that is stuck.

    Raises:
        click.exceptions.Exit: the reader of the pipe has gone.
    """
    signal.signal(signal.SIGINT, _interrupt)
    asyncio.run(_while_read(work))


def is_pipe() -> bool:
    """Say whether stdout is a pipe, whose reader can go."""
    try:
        return stat.S_ISFIFO(os.fstat(_stdout()).st_mode)
    except TickTermError:
        return False


def _stdout() -> int:
    """Return stdout's descriptor; a program may be started without one.

    Raises:
        TickTermError: there is none.
    """
    if sys.stdout is None:
        raise TickTermError("stdout is closed")
    return sys.stdout.fileno()


def _interrupt(_number: int, _frame: object) -> None:
    raise KeyboardInterrupt


async def _while_read(work: Coroutine[Any, Any, None]) -> None:
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout(None) as patience:
            with _watched(lambda: patience.reschedule(loop.time())):
                await work
    except TimeoutError:
        raise click.exceptions.Exit(READER_GONE) from None


@contextlib.contextmanager
def _watched(gone: Callable[[], object]) -> Iterator[None]:
    """Call `gone` when the reader of stdout goes, where stdout is a pipe."""
    if not is_pipe():
        yield
        return
    loop, descriptor = asyncio.get_running_loop(), _stdout()

    def end() -> None:
        loop.remove_reader(descriptor)
        gone()

    loop.add_reader(descriptor, end)  # of the writing end, it fires only when the other closes
    try:
        yield
    finally:
        loop.remove_reader(descriptor)
