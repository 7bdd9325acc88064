"""AlertNews: rules and fired alerts that each viewer has not been sent yet."""

from __future__ import annotations

from collections.abc import Iterable

from tickterm.engine.viewers.viewer import Viewer, framed
from tickterm.market.contract import Alerts, encode
from tickterm.market.snapshot import Snapshot

__all__ = ["AlertNews"]


class AlertNews:
    """Knows the newest; a slow viewer gets it later, as long as it is kept."""

    def __init__(self) -> None:
        self._shown = Snapshot()
        self._frames: dict[tuple[bool, bool, int], bytes] = {}
        """Of this machine, wants the rules, number of the newest that it knows -> what it gets."""

    def show(self, snapshot: Snapshot, viewers: Iterable[Viewer]) -> None:
        """Send viewers what a snapshot has and they have not been sent."""
        before, self._shown = self._shown, snapshot
        if (snapshot.alerts, snapshot.alert_rules) != (before.alerts, before.alert_rules):
            self._frames.clear()
        for viewer in viewers:
            self._send(viewer)

    def greet(self, viewer: Viewer) -> None:
        """Send the rules, and what fired before the viewer came."""
        if self._shown.alerts or self._shown.alert_rules:
            self._send(viewer)

    def _send(self, viewer: Viewer) -> None:
        shown = self._shown
        newest = shown.alerts[-1].number if shown.alerts else 0
        rules = viewer.alert_rules
        is_told = rules is shown.alert_rules or rules == shown.alert_rules
        if (is_told and viewer.alert >= newest) or viewer.is_slow():
            return
        key = (viewer.local, not is_told, viewer.alert)
        if key not in self._frames:
            self._frames[key] = framed(encode(self._message(*key)))
        viewer.write(self._frames[key])
        viewer.alert, viewer.alert_rules = newest, shown.alert_rules

    def _message(self, local: bool, rules: bool, known: int) -> Alerts:
        shown = self._shown
        told = [rule if local else rule.without_command for rule in shown.alert_rules]
        fired = [alert for alert in shown.alerts if alert.number > known]
        return Alerts(told if rules else None, fired)
