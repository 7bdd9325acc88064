"""The contract with viewers: every message of the broadcaster's WebSocket, in both directions.

Messages are JSON objects in text frames; `type` names them. The viewer speaks first, with `hello`.
The engine answers with its own `hello`, then the newest of every symbol (`snapshot`, in parts) or,
for a viewer that resumes, what it missed; then it streams. Both sides ignore fields they do not
know, and a viewer ignores messages whose `type` it does not know.

There are two streams. `ticks` brings every tick, numbered without gaps: each message covers `first`
to `last`, and the next begins at `last` + 1, also where a filter or the viewer's own slowness left
ticks out. `rows` brings, ten times a second, the rows of a screen that changed since the last time.
Both bring the patterns that were found, and the candles of one symbol to a viewer that asks for
them.

Seconds named `now`, `since`, `updated`, `started` and `retry_at` are of the engine's steady clock:
subtract them from `now`.
"""

from __future__ import annotations

from tickterm.market.contract.codec import encode, encode_ticks, from_engine, from_viewer
from tickterm.market.contract.engine_says import (
    Alerts,
    Answer,
    Candles,
    EngineMessage,
    Error,
    Event,
    Filter,
    Goodbye,
    Groups,
    Heartbeat,
    Hello,
    Log,
    LogLine,
    Patterns,
    Status,
    Watched,
    status_of,
)
from tickterm.market.contract.streams import Rows, SnapshotPart, Tick, Ticks, WireRow
from tickterm.market.contract.terms import (
    HEARTBEAT,
    MAX_MESSAGE,
    MAX_SYMBOLS,
    VERSION,
    CloseCode,
    ContractError,
    EventName,
    Stream,
)
from tickterm.market.contract.viewer_says import (
    ChartOf,
    Leave,
    Position,
    Reconnect,
    Subscribe,
    Unsubscribe,
    ViewerHello,
    ViewerMessage,
)
from tickterm.market.contract.wishes import (
    AddAlert,
    AlertWish,
    ChangeList,
    DropList,
    PutList,
    RemoveAlert,
    Unwatch,
    UseUniverse,
    Watch,
    WatchGroup,
    Wish,
)

__all__ = [
    "HEARTBEAT",
    "MAX_MESSAGE",
    "MAX_SYMBOLS",
    "VERSION",
    "AddAlert",
    "AlertWish",
    "Alerts",
    "Answer",
    "Candles",
    "ChangeList",
    "ChartOf",
    "CloseCode",
    "ContractError",
    "DropList",
    "EngineMessage",
    "Error",
    "Event",
    "EventName",
    "Filter",
    "Goodbye",
    "Groups",
    "Heartbeat",
    "Hello",
    "Leave",
    "Log",
    "LogLine",
    "Patterns",
    "Position",
    "PutList",
    "Reconnect",
    "RemoveAlert",
    "Rows",
    "SnapshotPart",
    "Status",
    "Stream",
    "Subscribe",
    "Tick",
    "Ticks",
    "Unsubscribe",
    "Unwatch",
    "UseUniverse",
    "ViewerHello",
    "ViewerMessage",
    "Watch",
    "WatchGroup",
    "Watched",
    "WireRow",
    "Wish",
    "encode",
    "encode_ticks",
    "from_engine",
    "from_viewer",
    "status_of",
]
