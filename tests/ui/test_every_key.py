"""Every binding does what it says, by each of its keys; what it does is not so before."""

from __future__ import annotations

import inspect
import pkgutil
from collections import Counter
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest
from textual.binding import Binding
from textual.dom import DOMNode

import tickterm.ui
from tests.ui.driving import Driver, on_screen, until
from tests.ui.key_cases import ALONE, PLACES, SIZE, Case, Place, make_engine
from tickterm.market.snapshot import LinkPhase, LinkView
from tickterm.ui.keymap import is_no_key
from tickterm.ui.log import file as log_file

PATIENCE = 15.0
"""Seconds for what a key does; saving a file is done by another thread."""


def own_nodes() -> set[type[DOMNode]]:
    """Return all widgets, screens and apps of ours, that have been imported or not."""
    modules = pkgutil.walk_packages(tickterm.ui.__path__, "tickterm.ui.")
    items = [item for module in modules for item in vars(import_module(module.name)).values()]
    nodes = {item for item in items if inspect.isclass(item) and issubclass(item, DOMNode)}
    return {node for node in nodes if node.__module__.startswith("tickterm.")}


def own_bindings() -> Iterator[tuple[type[DOMNode], Binding]]:
    """Give every binding of ours, one for each of its keys, with its class."""
    for node in own_nodes():
        for binding in Binding.make_bindings(vars(node).get("BINDINGS", ())):
            if not is_no_key(binding.key):
                yield node, binding


def keys_of_bindings() -> dict[str, list[str]]:
    """Return the keys of each binding, by its id."""
    keys: dict[str, list[str]] = {}
    for _, binding in own_bindings():
        keys.setdefault(binding.id or "", []).append(binding.key)
    return keys


KEYS = keys_of_bindings()


async def becomes(driver: Driver, case: Case, wanted: bool, what: str) -> None:
    """Wait until a check says what is wanted."""
    try:
        await until(lambda: case.check(driver) is wanted, PATIENCE)
    except TimeoutError:
        raise AssertionError(f"{case.binding}: {what}\n{driver.text()}") from None


async def try_key(driver: Driver, case: Case, key: str) -> None:
    """Press a key, and see that it does what it promises, and that it had not been so before."""
    await driver.press(*case.before.split())
    await becomes(driver, case, False, f"so already before {key}, which tests nothing")
    await driver.press(key)
    await becomes(driver, case, True, f"not so after {key}")
    await driver.press(*case.after.split())


@pytest.mark.parametrize("place", PLACES, ids=lambda place: place.name)
async def test_keys_do_what_their_bindings_promise(place: Place, subtests: pytest.Subtests) -> None:
    async with on_screen(make_engine(), place.size) as driver:
        await driver.press(*place.keys.split())
        for case in place.cases:
            for key in KEYS.get(case.binding, ()):
                with subtests.test(f"{case.binding}: {key}"):
                    await try_key(driver, case, key)


@pytest.mark.parametrize(
    ("case", "key"),
    [
        pytest.param(case, key, id=f"{case.binding}: {key}")
        for case in ALONE
        for key in KEYS.get(case.binding, ())
    ],
)
async def test_keys_do_so_on_a_screen_of_their_own(
    case: Case, key: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log_file, "directory", lambda: tmp_path)
    engine = make_engine()
    engine.change(link=LinkView(phase=LinkPhase.RETRYING, host="socket.massive.com", attempt=3))
    async with on_screen(engine, SIZE) as driver:
        await try_key(driver, case, key)


def test_every_binding_has_one_case_and_every_case_a_binding() -> None:
    cases = [*ALONE, *(case for place in PLACES for case in place.cases)]
    assert Counter(case.binding for case in cases) == Counter(KEYS.keys())


def test_an_id_stands_for_one_action_of_one_place() -> None:
    actions = {(binding.id, node, binding.action) for node, binding in own_bindings()}
    assert Counter(name for name, _, _ in actions) == Counter(KEYS.keys())


def test_no_place_has_two_bindings_on_a_key_that_could_both_be_meant() -> None:
    """Only escape has several: whichever has something to take away."""
    places = Counter((node, binding.key) for node, binding in own_bindings())
    assert {key for (_, key), count in places.items() if count > 1} <= {"escape"}
