"""What the wheel installs is complete: it starts, with its styling, away from the sources."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

from tests.program import ROOT

PROGRAM = """
import asyncio
import tickterm.ui.app as ui
from tickterm.market.snapshot import Snapshot
import threading

class Engine:
    def __init__(self): self.over = threading.Event()
    def run(self): self.over.wait()
    def stop(self): self.over.set()
    def reconnect(self): pass
    def snapshot(self): return Snapshot()

async def main():
    app = ui.TickTermApp(Engine())
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        assert app.query("Board"), "no board"
        await pilot.press("q")
asyncio.run(main())
print(ui.__file__)
"""


def test_the_wheel_starts_by_itself(tmp_path: Path) -> None:
    built = subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert built.returncode == 0, built.stderr
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        archive.extractall(tmp_path / "site")
    assert "tickterm/ui/tickterm.tcss" in names
    assert "tickterm/py.typed" in names
    assert not [name for name in names if name.startswith(("tests/", "scripts/"))]
    started = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        cwd=tmp_path,
        env={"PYTHONPATH": str(tmp_path / "site"), "TERM": "xterm"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert started.returncode == 0, started.stderr
    assert str(tmp_path) in started.stdout
