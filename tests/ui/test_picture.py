"""The pictures of the README are what the script draws, and show a healthy simulated market."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from html import unescape
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
NAMES = ("screen", "table", "chart")


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the script wrote what it draws."""
    directory = tmp_path_factory.mktemp("pictures")
    look = {"TEXTUAL_THEME", "NO_COLOR"}
    subprocess.run(
        [sys.executable, "scripts/picture.py", str(directory)],
        cwd=ROOT,
        env={name: value for name, value in os.environ.items() if name not in look},
        check=True,
        timeout=50,
    )
    return directory


def words(svg: Path) -> str:
    """Return what can be read on a picture."""
    text = svg.read_text(encoding="utf-8")
    return unescape(re.sub(r"<[^>]+>", "", text)).replace("\xa0", " ")


@pytest.mark.parametrize("name", NAMES)
def test_a_picture_shows_a_simulated_market_that_is_up(name: str, drawn: Path) -> None:
    text = words(drawn / f"{name}.svg")
    assert " SIMULATED " in text
    assert "● SIMULATED UP 00:45:5" in text
    assert "STARTING" not in text
    assert "link up: " in text


def test_each_shows_its_view(drawn: Path) -> None:
    assert "day range" in words(drawn / "table.svg")
    assert "Apple" in words(drawn / "chart.svg")
    assert "no candles" not in words(drawn / "chart.svg")
    assert "waiting for candles" not in words(drawn / "chart.svg")


@pytest.mark.parametrize("name", NAMES)
def test_a_picture_of_the_readme_is_up_to_date(name: str, drawn: Path) -> None:
    path = f"{name}.svg"
    same = (ROOT / "docs" / path).read_text("utf-8") == (drawn / path).read_text("utf-8")
    assert same, "the screen has changed: python scripts/picture.py docs"
