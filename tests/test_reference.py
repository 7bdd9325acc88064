"""The reference says what the program says."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import click

from scripts.synopsis import walk
from tickterm.cli.main import cli
from tickterm.settings import KEYS
from tickterm.ui import app  # noqa: F401  what it imports has bindings
from tickterm.ui.keymap import all_bindings

ROOT = Path(__file__).parents[1]
README, REFERENCE = ROOT / "README.md", ROOT / "docs" / "reference.md"


def test_the_reference_is_up_to_date(tmp_path: Path) -> None:
    """Should it fail: `make reference`."""
    made, readme = tmp_path / "reference.md", tmp_path / "README.md"
    shutil.copy(README, readme)
    script = ROOT / "scripts" / "write_reference.py"
    subprocess.run([sys.executable, str(script), str(made), str(readme)], cwd=ROOT, check=True)
    assert made.read_text(encoding="utf-8") == REFERENCE.read_text(encoding="utf-8")
    assert readme.read_text(encoding="utf-8") == README.read_text(encoding="utf-8")


def test_the_readme_has_every_command() -> None:
    text = (
        README.read_text(encoding="utf-8").partition("## Commands")[2].partition("## Settings")[0]
    )
    runnable = [
        " ".join(path)
        for path, command in walk(cli, ("tickterm",))
        if not isinstance(command, click.Group) or command.invoke_without_command
    ]
    assert len(runnable) > 15
    assert [name for name in runnable if not re.search(rf"^{name}( |$)", text, re.MULTILINE)] == []


def test_it_has_every_setting_and_every_action() -> None:
    text = REFERENCE.read_text(encoding="utf-8")
    names = set(re.findall(r"^\| `([\w.-]+)` \|", text, re.MULTILINE))
    assert set(KEYS) <= names
    assert {binding.id for binding in all_bindings()} <= names
