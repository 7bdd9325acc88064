"""How many files may be open: sockets are files too, and running out of them breaks everything."""

from __future__ import annotations

import resource

__all__ = ["file_limit"]

WANTED_FILES = 8192


def file_limit() -> int:
    """Raise the limit of open files as far as we may and need, and return it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY:
        return WANTED_FILES
    wanted = WANTED_FILES if hard == resource.RLIM_INFINITY else min(WANTED_FILES, hard)
    if soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    return max(soft, wanted)
