"""What the screen needs of an engine; the real one and the tests' fake both satisfy it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from tickterm.market.snapshot import Snapshot
    from tickterm.market.timeframe import Timeframe

__all__ = ["Engine"]


class Engine(Protocol):
    """A running market-data gateway, seen from another thread."""

    def run(self) -> None:
        """Do the whole work on the calling thread; return after `stop()`, or raise."""

    def stop(self) -> None:
        """Ask `run` to end. Returns at once; any thread, any number of times."""

    def reconnect(self) -> None:
        """Try the link to the feed now. Returns at once; any thread."""

    def watch_chart(self, symbol: str | None, timeframe: Timeframe) -> None:
        """Keep `Snapshot.chart` to a symbol's candles; None ends it. At once; any thread."""

    def watch(self, symbols: Iterable[str]) -> None:
        """Let the engine watch these symbols too. At once, as all verbs; the log tells the rest."""

    def unwatch(self, symbols: Iterable[str]) -> None:
        """Let the engine watch these symbols no more."""

    def watch_group(self, key: int) -> None:
        """Let the engine watch all symbols of a group."""

    def use_universe(self, key: str) -> None:
        """Let the engine watch another universe of the table instead."""

    def put_list(self, key: int, name: str, symbols: Sequence[str]) -> None:
        """Put an own list on a digit, in the place of one that is there."""

    def change_list(self, key: int, added: Sequence[str] = (), removed: Sequence[str] = ()) -> None:
        """Add symbols to the end of an own list, and take others out of it."""

    def drop_list(self, key: int) -> None:
        """Delete an own list."""

    def add_alert(self, text: str) -> None:
        """Set an alert that `AlertRule.parse` can read, without a command. At once; any thread.

        What became of it is a line of the log, and in `Snapshot.alert_rules`.

        Raises:
            SettingsError: one line that says what is wrong and what is allowed.
        """

    def remove_alert(self, alert: int) -> None:
        """Remove the alert rule of this id. At once; any thread."""

    def snapshot(self) -> Snapshot:
        """Return the newest state; cheap, any thread, a new object at least every 100 ms."""
        ...
