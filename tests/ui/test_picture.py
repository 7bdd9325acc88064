"""The picture of the README is what the script draws, and shows a healthy simulated market."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from html import unescape
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def picture(tmp_path_factory: pytest.TempPathFactory) -> str:
    """What the script writes."""
    target = tmp_path_factory.mktemp("picture") / "screen.svg"
    look = {"TEXTUAL_THEME", "NO_COLOR"}
    subprocess.run(
        [sys.executable, "scripts/picture.py", str(target)],
        cwd=ROOT,
        env={name: value for name, value in os.environ.items() if name not in look},
        check=True,
        timeout=50,
    )
    return target.read_text(encoding="utf-8")


def test_the_picture_shows_a_simulated_market_that_is_up(picture: str) -> None:
    text = unescape(re.sub(r"<[^>]+>", "", picture)).replace("\xa0", " ")
    assert " SIMULATED " in text
    assert "● SIMULATED UP 00:12:3" in text
    assert "STARTING" not in text
    assert "link up: " in text


def test_the_picture_of_the_readme_is_up_to_date(picture: str) -> None:
    same = (ROOT / "docs" / "screen.svg").read_text(encoding="utf-8") == picture
    assert same, "the screen has changed: python scripts/picture.py docs/screen.svg"
