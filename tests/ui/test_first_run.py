"""The line of hints: there for newcomers, gone with the first key, never in the way."""

from __future__ import annotations

from itertools import count

import pytest

from tests.ui.driving import Driver, on_screen, until
from tickterm.ui import app as app_module
from tickterm.ui.draw.spans import line_text, line_width
from tickterm.ui.first_run import hint_line
from tickterm.ui.keymap import parse_keys
from tickterm.ui.preferences import Preferences


class Memory:
    def __init__(self, *, first_run: bool = True) -> None:
        self.first_run = first_run
        self.times = 0

    def seen(self) -> None:
        self.times += 1


def hints(driver: Driver) -> list[str]:
    return [line for line in driver.lines() if "? keys" in line]


def test_it_is_cut_between_hints() -> None:
    pairs = [("?", "keys"), (":", "everything"), ("q", "quit")]
    texts = {line_text(hint_line(pairs, width)).strip() for width in range(60)}
    assert texts == {"", "? keys", "? keys  ·  : everything", "? keys  ·  : everything  ·  q quit"}
    assert all(line_width(hint_line(pairs, width)) <= max(1, width) for width in range(60))


@pytest.mark.parametrize("key", ["j", "x", "question_mark"])
async def test_any_key_takes_it_away(key: str) -> None:
    memory = Memory()
    async with on_screen(first_run=memory) as driver:
        (line,) = hints(driver)
        assert line.split("·")[0].strip() == "? keys"
        assert ": everything" in line
        assert "q quit" in line
        assert memory.times == 1
        await driver.press(key, "escape")
        assert not hints(driver)


async def test_no_tile_moves_when_it_goes() -> None:
    async with on_screen(first_run=Memory()) as driver:
        before = driver.lines()
        await driver.press("x")
        after = driver.lines()
        place = next(i for i in count() if "? keys" in before[i])
        assert after[:place] == before[:place]
        assert before[place + 1].startswith(" log ")
        assert after[place].startswith(" log ")
        assert len(after) == len(before)


async def test_it_goes_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(app_module, "SECONDS", 0.05)
    async with on_screen(first_run=Memory()) as driver:
        await until(lambda: not hints(driver))


async def test_those_who_know_do_not_see_it() -> None:
    memory = Memory(first_run=False)
    async with on_screen(first_run=memory) as driver:
        assert not hints(driver)
        assert memory.times == 0


async def test_it_has_no_room_on_a_low_terminal() -> None:
    async with on_screen(size=(40, 12), first_run=Memory()) as driver:
        assert not hints(driver)
        assert len(driver.lines()) == 12


async def test_what_had_no_room_was_not_seen_until_it_has() -> None:
    memory = Memory()
    async with on_screen(size=(80, 15), first_run=memory) as driver:
        assert not hints(driver)
        assert memory.times == 0
        for size in ((80, 24), (100, 30)):
            await driver.pilot.resize_terminal(*size)
            await driver.look()
            assert hints(driver)
            assert memory.times == 1


async def test_a_key_before_they_were_seen_leaves_them_for_the_next_time() -> None:
    memory = Memory()
    async with on_screen(size=(80, 15), first_run=memory) as driver:
        await driver.press("x")
        await driver.pilot.resize_terminal(80, 24)
        await driver.look()
        assert not hints(driver)
        assert memory.times == 0


async def test_it_names_the_keys_that_are_set() -> None:
    preferences = Preferences(keys=parse_keys("app.quit=Q"))
    async with on_screen(preferences=preferences, first_run=Memory()) as driver:
        (line,) = hints(driver)
        assert "Q quit" in line
