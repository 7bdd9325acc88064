"""A password in an alert's command is seen by nobody who only looks, whatever goes wrong."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest
from websockets.sync.client import connect

from tests.ports import free_port
from tests.program import headless
from tickterm.engine.alerts.file import ALERTS_FILES
from tickterm.market.snapshot import Feed

START = 1_704_465_000
"""2024-01-05 09:30 New York, seconds UTC."""
CANARY = "CANARYpassword"
BROKEN = {
    "exit code 1": f"A > 100 command false --password {CANARY}",
    "No such file": f"A > 100 command /nowhere/{CANARY}",
    "cannot be read as words": f"A > 100 command say '{CANARY}",
    "'A 100' is no alert": f"A 100 command curl --password {CANARY}",
}
"""What the log says of it -> the rule."""


def write_recording(path: Path) -> None:
    prices = [90] * 2 + [110] * 300
    lines = [
        json.dumps([{"ev": "A", "sym": "A", "v": 1, "s": at, "e": at + 1000, **bar(price)}])
        for at, price in zip(range(START * 1000, 2 * START * 1000, 1000), prices, strict=False)
    ]
    path.write_text("\n".join(lines))


def bar(price: float) -> dict[str, float]:
    return dict.fromkeys(("o", "h", "l", "c"), price)


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    """Return a directory whose next engine has every rule that goes wrong."""
    write_recording(tmp_path / "day.jsonl")
    rules = [{"id": number, "rule": text} for number, text in enumerate(BROKEN.values(), 1)]
    file = tmp_path / ALERTS_FILES[Feed.REPLAY]
    file.write_text(json.dumps({"tickterm_alerts": 1, "next": 9, "rules": rules, "fired": []}))
    file.chmod(0o600)  # whatever the umask
    return tmp_path


def test_a_command_is_in_no_line_of_the_log(rules: Path) -> None:
    port = free_port()
    settings: dict[str, object] = {
        "TICKTERM_PORT": port,
        "REDIS_URL": f"redis://127.0.0.1:{free_port()}/0",
        "TICKTERM_LOG_LEVEL": "DEBUG",
        "PYTHONASYNCIODEBUG": "1",
    }
    flags = ("--headless", "--replay", "day.jsonl", "--symbols", "A")
    with headless(rules, *flags, **settings) as program:
        program.wait_for("viewers: ws://")
        heard = listen(port)
        for trouble in BROKEN:
            program.wait_for(trouble)
        program.stop()
    assert CANARY not in heard
    assert CANARY not in "\n".join(program.lines)
    assert heard.count("…") >= len(BROKEN) - 1, "the rules came with their commands hidden"


def listen(port: int) -> str:
    """Return what a viewer without a token hears until it knows of everything that went wrong."""
    greeting: dict[str, Any] = {"type": "hello", "version": 1, "stream": "rows", "name": "looks"}
    heard = ""
    until = time.monotonic() + 30
    with connect(f"ws://127.0.0.1:{port}", max_size=None, proxy=None) as viewer:
        viewer.send(json.dumps(greeting))
        while missing := [trouble for trouble in BROKEN if trouble not in heard]:
            assert time.monotonic() < until, missing
            heard += str(viewer.recv(20, decode=True))
    return heard
