"""What comes from a terminal and is not UTF-8: replaced by U+FFFD, as everywhere else.

Textual's drivers decode strictly, so that one byte of another encoding would end the screen.
"""

from __future__ import annotations

import codecs
import sys
from functools import partial
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from textual.driver import Driver

__all__ = ["replace_undecodable"]

# Its decoder is local to the loop that reads: only this name in its module can be reached.
_MAKER = "getincrementaldecoder"


def replace_undecodable(driver: type[Driver]) -> None:
    """Make a driver that decodes in its own module replace what is not UTF-8."""
    module = sys.modules[driver.__module__]
    if hasattr(module, _MAKER):
        setattr(module, _MAKER, _replacing_decoder)


def _replacing_decoder(encoding: str) -> partial[codecs.IncrementalDecoder]:
    return partial(codecs.getincrementaldecoder(encoding), errors="replace")
