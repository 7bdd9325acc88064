"""The contract as an AsyncAPI 3.0 document, made of the messages themselves.

The schemas use only keywords that mean the same in JSON Schema 2020-12 and in draft 7, which is
what AsyncAPI takes a schema for that does not name its format.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any, TypeAlias, get_args

import msgspec

from tickterm.market import contract
from tickterm.market.contract import EngineMessage, ViewerMessage
from tickterm.market.contract.examples import EXAMPLES

__all__ = ["document", "document_json"]

Json: TypeAlias = dict[str, Any]

VIEWER_SAYS: tuple[type[ViewerMessage], ...] = get_args(ViewerMessage)
ENGINE_SAYS: tuple[type[EngineMessage], ...] = get_args(EngineMessage)

_CHANNEL = {"$ref": "#/channels/viewers"}


@cache
def document_json() -> bytes:
    """Return the document as JSON: sorted, indented, the same each time."""
    return msgspec.json.format(msgspec.json.encode(document(), order="sorted"), indent=2) + b"\n"


def document() -> Json:
    """Return the AsyncAPI document, from the engine's side: it receives what viewers say."""
    messages = (*VIEWER_SAYS, *ENGINE_SAYS)
    _, schemas = msgspec.json.schema_components(
        messages, ref_template="#/components/schemas/{name}"
    )
    return {
        "asyncapi": "3.0.0",
        "info": _info(),
        "defaultContentType": "application/json",
        "servers": _servers(),
        "channels": {"viewers": _channel(messages)},
        "operations": _operations(),
        "components": {
            "messages": {m.__name__: _message(m, schemas[m.__name__]) for m in messages},
            "schemas": schemas,
            "securitySchemes": {"token": _token()},
        },
    }


def _info() -> Json:
    return {
        "title": "tickterm viewers",
        "version": str(contract.VERSION),
        "description": _paragraphs(contract.__doc__),
        "license": {"name": "MIT"},
    }


def _servers() -> Json:
    return {
        "local": {
            "host": "127.0.0.1:8765",
            "protocol": "ws",
            "description": "An engine on this machine; it needs no token unless one is set.",
        },
        "shared": {
            "host": "{host}",
            "protocol": "wss",
            "description": "An engine behind a proxy that brings TLS; it needs the token.",
            "variables": {"host": {"description": "Name and port of the proxy."}},
            "security": [{"$ref": "#/components/securitySchemes/token"}],
        },
    }


def _token() -> Json:
    return {
        "type": "http",
        "scheme": "bearer",
        "description": "In the header Authorization, or in the viewer's hello; never in the URL.",
    }


def _channel(messages: Iterable[type]) -> Json:
    codes = ", ".join(
        f"{code.value} {code.name.lower().replace('_', ' ')}" for code in contract.CloseCode
    )
    return {
        "address": "/",
        "description": "JSON in text frames, uncompressed. Of a viewer: at most "
        f"{contract.MAX_MESSAGE} bytes a message, ten messages a second, and "
        f"{contract.MAX_SYMBOLS} symbols in its filter. Close codes: {codes}.",
        "messages": {m.__name__: {"$ref": f"#/components/messages/{m.__name__}"} for m in messages},
        "bindings": {"ws": {"method": "GET", "bindingVersion": "0.1.0"}},
    }


def _operations() -> Json:
    answers = (contract.Hello, contract.Filter, contract.Answer)
    stream = [message for message in ENGINE_SAYS if message not in answers]
    return {
        "join": _operation(
            "receive",
            "A viewer says hello, and the engine says what follows.",
            [contract.ViewerHello],
            [contract.Hello, contract.Error],
        ),
        "filter": _operation(
            "receive",
            "A viewer changes its filter; symbols that nobody watches are answered one by one.",
            [contract.Subscribe, contract.Unsubscribe],
            [contract.Filter, contract.Error],
        ),
        "chart": _operation(
            "receive",
            "A viewer asks for the candles of a symbol, or for no more of them.",
            [contract.ChartOf],
            [contract.Candles, contract.Error],
        ),
        "control": _operation(
            "receive",
            "A screen asks for something, or leaves for good.",
            [contract.Reconnect, *get_args(contract.Wish), contract.Leave],
            [contract.Error],
        ),
        "alert": _operation(
            "receive",
            "A screen sets an alert or removes one.",
            get_args(contract.AlertWish),
            [contract.Answer, contract.Error],
        ),
        "stream": _operation("send", "The engine tells what comes and how it is.", stream),
    }


def _operation(
    action: str, summary: str, messages: Sequence[type], replies: Sequence[type] = ()
) -> Json:
    operation = {
        "action": action,
        "summary": summary,
        "channel": _CHANNEL,
        "messages": _references(messages),
    }
    if replies:
        operation["reply"] = {"channel": _CHANNEL, "messages": _references(replies)}
    return operation


def _references(messages: Iterable[type]) -> list[Json]:
    return [{"$ref": f"#/channels/viewers/messages/{m.__name__}"} for m in messages]


def _message(message: type[msgspec.Struct], schema: Json) -> Json:
    return {
        "name": message.__struct_config__.tag,
        "title": message.__name__,
        "summary": schema["description"],
        "payload": {"$ref": f"#/components/schemas/{message.__name__}"},
        "examples": [
            {"payload": msgspec.json.decode(contract.encode(example))}
            for example in EXAMPLES
            if type(example) is message
        ],
    }


def _paragraphs(text: str | None) -> str:
    """Return a docstring without the line breaks inside its paragraphs."""
    return "\n\n".join(" ".join(part.split()) for part in (text or "").split("\n\n"))
