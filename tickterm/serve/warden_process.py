"""Run as a program: reads `+<group>` and `-<group>` a line and, when the input ends, kills what
is left. Imports nothing of ours, so that it is small and starts at once."""

import contextlib
import os
import signal
import sys

__all__: list[str] = []


def main() -> None:
    """Keep the list until the server is gone."""
    groups: set[int] = set()
    for line in sys.stdin.buffer:
        change = groups.add if line[:1] == b"+" else groups.discard
        change(int(line[1:]))
    for group in groups:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(group, signal.SIGKILL)


if __name__ == "__main__":
    main()
