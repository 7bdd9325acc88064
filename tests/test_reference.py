"""The reference says what the program says."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from tickterm.settings import KEYS
from tickterm.ui import app  # noqa: F401  what it imports has bindings
from tickterm.ui.keymap import all_bindings

ROOT = Path(__file__).parents[1]
REFERENCE = ROOT / "docs" / "reference.md"


def test_the_reference_is_up_to_date(tmp_path: Path) -> None:
    """Should it fail: `make reference`."""
    made = tmp_path / "reference.md"
    script = ROOT / "scripts" / "write_reference.py"
    subprocess.run([sys.executable, str(script), str(made)], cwd=ROOT, check=True)
    assert made.read_text(encoding="utf-8") == REFERENCE.read_text(encoding="utf-8")


def test_it_has_every_setting_and_every_action() -> None:
    text = REFERENCE.read_text(encoding="utf-8")
    names = set(re.findall(r"^\| `([\w.-]+)` \|", text, re.MULTILINE))
    assert set(KEYS) <= names
    assert {binding.id for binding in all_bindings()} <= names
