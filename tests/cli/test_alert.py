"""`tickterm alert` as its users run it: with an engine, and for the next one."""

from __future__ import annotations

import fcntl
import json
import signal
import struct
import subprocess
import sys
import termios
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import IO

import pytest
from websockets.asyncio.server import ServerConnection

from tests.attach.fake_broadcaster import FakeBroadcaster, say
from tests.attach.messages import hello, part, status
from tests.engine.viewers.gateway import Gateway, gateway
from tests.ports import free_port
from tests.program import environment, headless
from tests.redis_server import redis_server
from tests.waiting import eventually, until
from tickterm.cli.main import main
from tickterm.engine.alerts.file import (
    ALERTS_FILE,
    ALERTS_FILES,
    MOST_RULES,
    NOTHING,
    Change,
    Kept,
    merge,
)
from tickterm.market.alerts import AlertKind, AlertRule, FiredAlert
from tickterm.market.contract import Alerts
from tickterm.market.snapshot import Feed


def run(directory: Path, port: int, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "tickterm", "alert", *arguments],
        env=environment(directory, TICKTERM_PORT=port),
        cwd=directory,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Be in a directory without an engine."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TICKTERM_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("TICKTERM_PORT", str(free_port()))
    return tmp_path


def alert(capfdbinary: pytest.CaptureFixture[bytes], *arguments: str) -> tuple[int, str, str]:
    """Run the command in this process; return the exit code, stdout and stderr."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", ["tickterm", "alert", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
    out, err = capfdbinary.readouterr()
    code = ended.value.code
    return (code if isinstance(code, int) else 0), out.decode(), err.decode()


def test_without_an_engine_the_next_live_one_has_them(
    here: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    def tell(*arguments: str) -> tuple[int, str, str]:
        return alert(capfdbinary, *arguments)

    assert tell("list") == (0, "", "")
    rule = "AAPL > 230 cooldown 10m once"
    told = f"alert 1: {rule}; no engine runs here: the next one on the live feed has it\n"
    assert tell("add", "AAPL > 230", "--once", "--cooldown", "10m") == (0, told, "")
    assert tell("add", rule) == (2, "", "tickterm: that is alert 1 already\n")
    assert tell("add", "A", "move", "2%", "--command", " say {text} ")[0] == 0
    listed = "1\tAAPL > 230 cooldown 10m once\n2\tA move 2% 1m command say {text}\n"
    assert tell("list") == (0, listed, "")
    [first, second] = json.loads(tell("list", "--json")[1])
    assert (first["id"], first["rule"], first["kind"]) == (
        *(1, "AAPL > 230 cooldown 10m once"),
        "above",
    )
    assert second["command"] == "say {text}"
    removed = f"alert 1 removed: {rule}; no engine runs here\n"
    assert tell("remove", "1") == (0, removed, "")
    assert tell("fired", "--json") == (0, "[]\n", "")
    assert json.loads((here / ALERTS_FILE).read_text())["next"] == 3


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (["add", "AAPL"], 2, "'AAPL' is no alert"),
        (["add", "AAPL > 230", "--cooldown", "soon"], 2, "'soon' is no such time"),
        (["add", "AAPL > 230", "--command", "say 'so"], 2, "No closing quotation"),
        (["add"], 2, "Missing argument"),
        (["remove", "7"], 2, "there is no alert 7"),
        (["remove", "x"], 2, "not a valid integer"),
        (["list", "--url", "127.0.0.1:1"], 3, "the engine at 127.0.0.1:1"),
        (["watch"], 3, "no engine runs here"),
    ],
)
@pytest.mark.usefixtures("here")
def test_what_is_wrong_is_said_and_the_exit_code_tells(
    arguments: list[str], code: int, told: str, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    found, out, err = alert(capfdbinary, *arguments)
    assert (found, out) == (code, "")
    assert told in err


def test_a_file_that_cannot_be_read_is_not_touched(
    here: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    (here / ALERTS_FILE).write_text('{"tickterm_alerts":1,"rules":[7],"fired":[],"next":1}')
    before = (here / ALERTS_FILE).read_bytes()
    code, _, err = alert(capfdbinary, "add", "AAPL > 230")
    assert code == 1
    assert "rule 1: no object" in err
    assert alert(capfdbinary, "list")[0] == 0
    assert (here / ALERTS_FILE).read_bytes() == before


def test_with_an_engine(tmp_path: Path) -> None:
    """Set one that fires at once: it is told, its command runs, it is in the list of fired."""
    port = free_port()
    flags = ("--headless", "--symbols", "AAPL,MSFT")
    settings = {"USE_MASSIVE_API": "false", "TICKTERM_PORT": port}
    with (
        redis_server() as redis,
        headless(tmp_path, *flags, REDIS_URL=redis.url, **settings) as program,
    ):
        program.wait_for("link up")
        made = tmp_path / "AAPL"
        added = run(
            *(tmp_path, port, "add", "aapl move 0.0001% 1h", "--once"),
            *("--command", f"sh -c 'env > $0.part; mv $0.part $0' {tmp_path}/{{symbol}}"),
        )
        assert (added.returncode, added.stderr) == (0, "")
        assert added.stdout == "alert 1: AAPL move 0.0001% 1h once command …\n"
        eventually(made.exists)
        program.wait_for("alert: AAPL ")
        listed = run(tmp_path, port, "list")
        fired = run(tmp_path, port, "fired")
        assert run(tmp_path, port, "remove", "1").returncode == 2
        added = run(tmp_path, port, "add", "ZZZ > 1")
        assert "ZZZ is not watched: the alert sleeps until it is" in added.stdout
        far = run(tmp_path, port, "add", "AAPL > 1", "--url", f"127.0.0.1:{port}")
        assert (far.returncode, far.stdout) == (2, "")
        assert "may not control" in far.stderr
    assert "PATH=" in made.read_text()
    assert "TICKTERM" not in made.read_text(), "a command has our settings, the token too"
    assert listed.stdout == ""
    assert "\tAAPL " in fired.stdout
    assert "within 1h" in fired.stdout
    kept = merge(tmp_path / ALERTS_FILES[Feed.SIMULATED])
    assert [str(rule) for rule in kept.rules] == ["ZZZ > 1"]
    assert [f"{each.text}\n" for each in kept.fired] == [fired.stdout.partition("\t")[2]]


def test_what_is_for_the_live_feed_is_not_used_up_by_any_other(tmp_path: Path) -> None:
    port, made = free_port(), tmp_path / "ORDER"
    command = ("--command", f"touch {made}")
    assert run(tmp_path, port, "add", "AAPL move 0.0001% 1h", "--once", *command).returncode == 0
    before = (tmp_path / ALERTS_FILE).read_bytes()
    flags = ("--headless", "--symbols", "AAPL")
    settings = {"USE_MASSIVE_API": "false", "TICKTERM_PORT": port}
    with (
        redis_server() as redis,
        headless(tmp_path, *flags, REDIS_URL=redis.url, **settings) as program,
    ):
        program.wait_for("link up")
        assert run(tmp_path, port, "list").stdout == ""
        assert run(tmp_path, port, "add", "AAPL move 0.0001% 1h").returncode == 0
        program.wait_for("alert: AAPL ")
    assert not made.exists()
    assert (tmp_path / ALERTS_FILE).read_bytes() == before
    assert run(tmp_path, port, "fired").stdout == ""


# -- who follows ----------------------------------------------------------------------------------


async def is_followed(engine: Gateway) -> None:
    await until(lambda: any(v.live for v in engine.broadcaster._hub.attendance.viewers))


async def test_a_reader_that_goes_ends_watch_while_nothing_fires(tmp_path: Path) -> None:
    async with gateway(beats=True) as engine:
        with headless(tmp_path, "alert", "watch", "--url", f"127.0.0.1:{engine.port}") as watch:
            await is_followed(engine)
            assert watch.process.stdout is not None
            watch.process.stdout.close()
            await until(lambda: watch.process.poll() is not None)
    assert watch.process.returncode == 141
    assert watch.lines == []


async def flood(connection: ServerConnection) -> None:
    """Say more that has fired than a pipe holds."""
    rule = AlertRule("A", AlertKind.ABOVE, 1.0, 1)
    await say(connection, hello(), part(), Alerts([rule]), status())
    for first in range(1, 2000, 200):
        fired = [
            FiredAlert(number, 1000, 1, "A", AlertKind.ABOVE, "A 2.00: above 1.00", 2.0)
            for number in range(first, first + 200)
        ]
        await say(connection, Alerts(None, fired))
    await connection.wait_closed()


def waiting_in(pipe: IO[str]) -> int:
    """Return how many bytes nobody has read yet."""
    return int(struct.unpack("i", fcntl.ioctl(pipe, termios.FIONREAD, b"    "))[0])


async def test_ctrl_c_ends_watch_though_its_reader_is_stuck(tmp_path: Path) -> None:
    async with FakeBroadcaster(flood).at_port() as address:
        with headless(tmp_path, "alert", "watch", "--url", address.url) as watch:
            out = watch.process.stdout
            assert out is not None
            await until(lambda: waiting_in(out) > 60_000)
            watch.process.send_signal(signal.SIGINT)
            await until(lambda: watch.process.poll() is not None)
    assert watch.process.returncode == 130
    assert not any("Traceback" in line for line in watch.lines), watch.lines


# -- together -------------------------------------------------------------------------------------


def after(others: Sequence[AlertRule]) -> Callable[..., Kept]:
    """Return a merge before whose changes somebody else adds these rules."""

    def merge_later(path: Path, change: Change = NOTHING) -> Kept:
        if change:
            merge(path, Change(added=others))
        return merge(path, change)

    return merge_later


def test_who_adds_while_others_do_is_told_the_number_in_the_file(
    here: Path, capfdbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    others = [AlertRule("AAPL", AlertKind.ABOVE, float(n), n) for n in (1, 2)]
    monkeypatch.setattr("tickterm.cli.alert.merge", after(others))
    code, out, _ = alert(capfdbinary, "add", "AAPL > 230")
    assert (code, out.partition(";")[0]) == (0, "alert 3: AAPL > 230")
    assert [str(rule) for rule in merge(here / ALERTS_FILE).rules][2] == "AAPL > 230"


@pytest.mark.usefixtures("here")
def test_who_finds_that_others_have_left_no_room_is_told(
    capfdbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    others = [AlertRule("A", AlertKind.ABOVE, float(n), n) for n in range(1, MOST_RULES + 1)]
    monkeypatch.setattr("tickterm.cli.alert.merge", after(others))
    code, out, err = alert(capfdbinary, "add", "AAPL > 230")
    assert (code, out) == (2, "")
    assert "500 alerts are the most" in err
