"""What a viewer makes of the bytes that an engine sends."""

from __future__ import annotations

from typing import get_args

import msgspec
from msgspec import Struct

from tickterm.market.contract import ContractError, EngineMessage, from_engine

__all__ = ["understood"]


class _Typed(Struct):
    type: str


_KNOWN = {message.__struct_config__.tag for message in get_args(EngineMessage)}
_type_decoder = msgspec.json.Decoder(_Typed)


def understood(data: bytes) -> EngineMessage | None:
    """Return what an engine said; None if it is of a type that this version does not know.

    Raises:
        ContractError: it is no message of the contract.
    """
    try:
        return from_engine(data)
    except ContractError:
        if _is_of_the_future(data):
            return None
        raise


def _is_of_the_future(data: bytes) -> bool:
    try:
        return _type_decoder.decode(data).type not in _KNOWN
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return False
