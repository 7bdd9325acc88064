"""The app on a fake engine, as a program of its own for the tests that need a real terminal."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from tests.ui.fake_engine import FakeEngine, hostile_snapshot, tick
from tickterm.market.snapshot import LinkPhase
from tickterm.ui.app import TickTermApp
from tickterm.ui.preferences import Preferences

if TYPE_CHECKING:
    from tickterm.market.snapshot import Snapshot


class BusyEngine(FakeEngine):
    """Changes every row whenever it is looked at, and writes down that it was."""

    def __init__(self, looks: Path) -> None:
        super().__init__()
        self._looks = looks
        self._count = 0

    def snapshot(self) -> Snapshot:
        """Return a snapshot unlike the last one."""
        self._count += 1
        self._looks.write_text(str(self._count), encoding="utf-8")
        step = 0.5 if self._count % 2 else -0.5
        return self.change(rows=tuple(tick(row, step) for row in self.current.rows))


def main(report: str, kind: str) -> int:
    """Run; write down whether the engine had ended when the app returned."""
    engine = FakeEngine()
    if kind == "busy":
        engine = BusyEngine(Path(report))
    elif kind == "hostile":
        engine = FakeEngine(hostile_snapshot(LinkPhase.RETRYING))
    app = TickTermApp(engine, Preferences(fps=50 if kind == "busy" else 10))
    if kind == "panics":
        app.call_later(app.panic, "nothing to draw with")
    app.run()
    Path(report).write_text(f"engine ended: {engine.ended.is_set()}", encoding="utf-8")
    return app.exit_code


if __name__ == "__main__":
    raise SystemExit(main(*sys.argv[1:]))
