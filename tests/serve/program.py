"""A server as a program of its own: prints its URL, stops at SIGTERM or SIGINT."""

import asyncio
import signal
import sys
from pathlib import Path

from tests.serve.served import options
from tickterm.serve.server import serve


async def main() -> None:
    task = asyncio.ensure_future(
        serve(options(Path(sys.argv[1]), *sys.argv[2:]), ready=lambda url: print(url, flush=True))
    )
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, task.cancel)
    await asyncio.wait([task])


asyncio.run(main())
