"""What the page's files may hold, without a browser."""

from __future__ import annotations

import re
from importlib import resources

import pytest

from tests.web.fake_engine import CONTENT_TYPES

FILES = {
    file.name: file.read_text(encoding="utf-8")
    for file in resources.files("tickterm.web").iterdir()
    if file.name.endswith(tuple(CONTENT_TYPES))
}
SCRIPTS = sorted(name for name in FILES if name.endswith(".js"))
INJECTING = (
    r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|DOMParser|srcdoc|\beval\b|new Function"
)


def test_there_are_files_and_each_has_a_content_type() -> None:
    assert {"index.html", "viewer.js", "viewer.css", "favicon.svg"} <= set(FILES)


@pytest.mark.parametrize("name", SCRIPTS)
def test_text_from_outside_never_becomes_markup_or_code(name: str) -> None:
    assert not re.search(INJECTING, FILES[name])


@pytest.mark.parametrize("name", sorted(FILES))
def test_nothing_is_fetched_from_elsewhere(name: str) -> None:
    addresses = set(re.findall(r"(?:https?:)?//[\w.]+\.\w+[^\s\"')]*", FILES[name]))
    assert addresses <= {"http://www.w3.org/2000/svg"}


def test_the_markup_has_neither_script_nor_style_of_its_own() -> None:
    assert not re.search(r"<style|\sstyle=|\son\w+=|<script(?![^>]* src=)", FILES["index.html"])


def test_every_module_but_the_first_is_asked_for_ahead() -> None:
    ahead = re.findall(r'rel="modulepreload" href="([\w.]+)"', FILES["index.html"])
    assert sorted([*ahead, "viewer.js"]) == SCRIPTS


@pytest.mark.parametrize("name", SCRIPTS)
def test_a_module_imports_only_what_is_there(name: str) -> None:
    assert set(re.findall(r'from "\./([\w.]+)"', FILES[name])) <= set(SCRIPTS)
