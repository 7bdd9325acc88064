"""`tickterm alert` as its users run it: with an engine, and for the next one."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.ports import free_port
from tests.program import environment, headless
from tests.redis_server import redis_server
from tests.waiting import eventually
from tickterm.cli.main import main
from tickterm.engine.alerts.file import ALERTS_FILE


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


def test_without_an_engine_the_next_one_has_them(
    here: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    def tell(*arguments: str) -> tuple[int, str, str]:
        return alert(capfdbinary, *arguments)

    assert tell("list") == (0, "", "")
    told = "alert 1: AAPL > 230; no engine runs here: the next one has it\n"
    assert tell("add", "AAPL > 230", "--once", "--cooldown", "10m") == (0, told, "")
    assert tell("add", "A", "move", "2%", "--command", " say {text} ")[0] == 0
    listed = "1\tAAPL > 230 cooldown 10m once\n2\tA move 2% 1m command say {text}\n"
    assert tell("list") == (0, listed, "")
    [first, second] = json.loads(tell("list", "--json")[1])
    assert (first["id"], first["rule"], first["kind"]) == (
        *(1, "AAPL > 230 cooldown 10m once"),
        "above",
    )
    assert second["command"] == "say {text}"
    removed = "alert 1 removed: AAPL > 230; no engine runs here\n"
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
        assert added.stdout == "alert 1: AAPL move 0.0001% 1h\n"
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
    assert run(tmp_path, port, "list").stdout == "2\tZZZ > 1\n"
    assert run(tmp_path, port, "fired").stdout == fired.stdout
