"""Messages to JSON and back."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from tickterm.market.contract.engine_says import EngineMessage
from tickterm.market.contract.terms import ContractError
from tickterm.market.contract.viewer_says import ViewerMessage
from tickterm.market.text import clean

__all__ = ["encode", "encode_ticks", "from_engine", "from_viewer"]


_viewer_decoder: msgspec.json.Decoder[ViewerMessage] = msgspec.json.Decoder(ViewerMessage)
_engine_decoder: msgspec.json.Decoder[EngineMessage] = msgspec.json.Decoder(EngineMessage)
_encoder = msgspec.json.Encoder()


def encode(message: EngineMessage | ViewerMessage) -> bytes:
    """Return the message as JSON."""
    return _encoder.encode(message)


def encode_ticks(
    first: int, last: int, received_ms: float, conflated: int, payloads: Iterable[bytes]
) -> bytes:
    """Return a `Ticks` message of ticks that are JSON already."""
    head = b'{"type":"ticks","first":%d,"last":%d,"received":%.3f,"conflated":%d,"ticks":['
    return head % (first, last, received_ms, conflated) + b",".join(payloads) + b"]}"


def from_viewer(data: bytes | str) -> ViewerMessage:
    """Return what a viewer said.

    Raises:
        ContractError: it is none of its messages.
    """
    try:
        return _viewer_decoder.decode(data)
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise ContractError(clean(error, 200)) from None


def from_engine(data: bytes | str) -> EngineMessage:
    """Return what an engine said.

    Raises:
        ContractError: it is none of its messages.
    """
    try:
        return _engine_decoder.decode(data)
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise ContractError(clean(error, 200)) from None
