"""Commands that need no database, no screen and no TA-Lib load none: they answer at once."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

HEAVY = {"sqlalchemy", "aiosqlite", "textual", "talib", "numpy", "redis"}


def loaded(directory: Path, *arguments: str) -> set[str]:
    """Run a command in a process of its own; return what it loaded of the heavy ones."""
    code = (
        "import atexit, json, sys\n"
        f"atexit.register(lambda: print(json.dumps(sorted({HEAVY} & set(sys.modules))), "
        "file=sys.stderr))\n"
        f"sys.argv = ['tickterm', *{list(arguments)}]\n"
        "from tickterm.cli.main import main\n"
        "main()"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        cwd=directory,
        env={"HOME": str(directory), "TICKTERM_DATA_DIR": str(directory), "TICKTERM_PORT": "1"},
        timeout=30,
        check=False,
    )
    return set(json.loads(done.stderr.splitlines()[-1]))


@pytest.mark.parametrize(
    "arguments",
    [
        ["--help"],
        ["--version"],
        ["--nonsense"],
        ["alert", "--help"],
        ["alert", "add", "AAPL > 230"],
        ["alert", "list"],
        ["analytics", "--help"],
        ["attach", "--help"],
        ["check", "--help"],
        ["serve", "--help"],
        ["simulate", "--help"],
        ["snapshot", "--help"],
        ["snapshot", "--csv"],
        ["status", "--help"],
        ["status"],
        ["tail", "--help"],
        ["tail"],
        ["universe", "--help"],
        ["universe", "import", "--help"],
    ],
    ids=" ".join,
)
def test_what_is_light_stays_light(tmp_path: Path, arguments: list[str]) -> None:
    assert loaded(tmp_path, *arguments) == set()


def test_what_needs_the_database_has_it(tmp_path: Path) -> None:
    assert "sqlalchemy" in loaded(tmp_path, "universe", "list")
