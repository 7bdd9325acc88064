"""Groups on the digits, and symbols that are added and removed, as a person does it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.ui.driving import Driver, on_screen
from tests.ui.fake_engine import ATTACHED, READ_ONLY, SYMBOLS, FakeEngine, make_snapshot
from tickterm.market.contract import (
    ChangeList,
    DropList,
    PutList,
    Unwatch,
    UseUniverse,
    Watch,
    WatchGroup,
)
from tickterm.market.groups import Group
from tickterm.market.snapshot import Attachment
from tickterm.ui.groups.dialog import GroupScreen
from tickterm.ui.groups.questions import typed_symbols

TECH = Group(3, "tech", ("NVDA", "AAPL", "ARM"), own=True)
LEADERS = Group(2, "market_leaders:top_3", ("MSFT", "AMZN", "TSLA"))


def engine(
    *groups: Group, attachment: Attachment = ATTACHED, symbols: tuple[str, ...] = SYMBOLS
) -> FakeEngine:
    everything = Group(1, "stock_etf_test:combo_test", symbols)
    snapshot = make_snapshot(groups=(everything, *groups), attachment=attachment)
    return FakeEngine(snapshot)


def told(driver: Driver) -> list[str]:
    """Return what the screen has said, without how long that stays."""
    return [toast.message for toast in driver.app._notifications]


async def type_in(driver: Driver, text: str) -> None:
    await driver.press(*text)


def marked(driver: Driver) -> str:
    """Return how the marked line of the list begins."""
    [line] = [line for line in driver.lines() if "│ ▌ " in line]
    return line.partition("│ ▌ ")[2][:2]


# -- showing a group ------------------------------------------------------------------------------


async def test_a_digit_shows_its_group_in_the_order_of_the_list() -> None:
    async with on_screen(engine(LEADERS, TECH)) as driver:
        await driver.press("2")
        assert driver.board.symbols == ["MSFT", "AMZN", "TSLA"]
        assert "2 market_leaders:top_3 3" in driver.lines()[0]
        await driver.press("1")
        assert driver.board.symbols == list(SYMBOLS)
        assert "stock_etf_test:combo_test 70" in driver.lines()[0]
        assert driver.engine.wishes == []


async def test_what_is_not_watched_is_watched_at_once() -> None:
    async with on_screen(engine(LEADERS, TECH)) as driver:
        await driver.press("3")
        assert driver.board.symbols == ["NVDA", "AAPL"]
        assert "3 tech 2, 1 not watched" in driver.lines()[0]
        assert driver.engine.wishes == [WatchGroup(3)]


async def test_a_read_only_screen_shows_the_group_and_asks_for_nothing() -> None:
    async with on_screen(engine(TECH, attachment=READ_ONLY)) as driver:
        await driver.press("3")
        assert driver.board.symbols == ["NVDA", "AAPL"]
        for key in ("a", "d"):
            await driver.press(key)
            assert not driver.app.dashboard.has_class("-asking")
        await driver.press("1", "d")
        assert len(told(driver)) == 3
        assert all(text.startswith("this screen is read-only; to") for text in told(driver))
        assert driver.engine.wishes == []


async def test_a_digit_without_a_group_says_so() -> None:
    async with on_screen(engine(TECH)) as driver:
        await driver.press("9")
        assert told(driver) == ["there is no group 9: w lists and makes groups"]
        assert driver.board.symbols == list(SYMBOLS)


async def test_a_group_that_is_deleted_elsewhere_gives_way_to_all() -> None:
    async with on_screen(engine(TECH)) as driver:
        await driver.press("3")
        driver.engine.change(groups=driver.engine.current.groups[:1])
        await driver.look()
        assert driver.board.symbols == list(SYMBOLS)


async def test_an_empty_list_says_how_to_fill_it() -> None:
    empty = Group(4, "new", (), own=True)
    async with on_screen(engine(empty, symbols=())) as driver:
        driver.engine.change(rows=())
        await driver.look()
        await driver.see("no symbols yet")
        await driver.press("4")
        await driver.see("this list is empty: a adds symbols")
        await driver.press("1")
        await driver.see("no symbols yet")


async def test_a_list_of_a_universe_that_is_empty_is_not_for_a_person_to_fill() -> None:
    async with on_screen(engine(Group(4, "new", ()))) as driver:
        await driver.press("4")
        await driver.see("this list is empty ")


async def test_a_paused_board_shows_another_group() -> None:
    async with on_screen(engine(LEADERS)) as driver:
        await driver.press("space", "2")
        assert driver.board.symbols == ["MSFT", "AMZN", "TSLA"]


@pytest.mark.parametrize("keys", ["1 a Z Z enter", "1 d enter", "3 a Z Z enter", "3 d"])
async def test_a_paused_board_goes_on_when_symbols_are_added_or_removed(keys: str) -> None:
    async with on_screen(engine(TECH)) as driver:
        group, *others = keys.split()
        await driver.press(group, "space", *others[:-1])
        if others[-1] == "enter":
            assert driver.app.dashboard.paused
        await driver.press(others[-1])
        assert driver.engine.wishes
        assert not driver.app.dashboard.paused


async def test_a_paused_board_stays_so_when_nothing_is_removed_after_all() -> None:
    async with on_screen(engine(TECH)) as driver:
        await driver.press("space", "d", "escape")
        assert driver.app.dashboard.paused


# -- adding ---------------------------------------------------------------------------------------


async def test_symbols_are_added() -> None:
    async with on_screen(engine(TECH)) as driver:
        await driver.press("a")
        await type_in(driver, "smci, BRK.C aapl")
        await driver.see("+2; AAPL here already")
        assert driver.engine.wishes == []
        await driver.press("enter")
        assert driver.engine.wishes == [Watch(["SMCI", "BRK.C"])]
        assert not driver.app.dashboard.has_class("-asking")


async def test_into_an_own_list_as_well() -> None:
    async with on_screen(engine(TECH)) as driver:
        await driver.press("3", "a")
        await driver.see("add to 3 tech")
        await type_in(driver, "MSFT SMCI NVDA")
        await driver.press("enter")
        assert driver.engine.wishes[1:] == [
            Watch(["SMCI"]),
            ChangeList(3, added=["MSFT", "SMCI"]),
        ]


@pytest.mark.parametrize(
    ("text", "answer"), [("XYZ!", "XYZ! is not a symbol"), ("AAPL", "AAPL: here already")]
)
async def test_what_cannot_be_added_is_told_in_place(text: str, answer: str) -> None:
    async with on_screen(engine()) as driver:
        await driver.press("a")
        await type_in(driver, text)
        await driver.see(answer)
        await driver.press("enter")
        assert driver.app.dashboard.has_class("-asking")
        await driver.press("escape")
        assert not driver.app.dashboard.has_class("-asking")
        assert driver.engine.wishes == []


async def test_nothing_typed_adds_nothing_and_escape_neither() -> None:
    async with on_screen(engine()) as driver:
        await driver.press("a", "enter", "a")
        await type_in(driver, "ARM")
        await driver.press("escape", "a", "enter")
        assert driver.engine.wishes == []


# -- removing -------------------------------------------------------------------------------------


async def test_a_symbol_is_no_longer_watched_once_that_is_confirmed() -> None:
    async with on_screen(engine()) as driver:
        await driver.press("right", "d")
        await driver.see("stop watching MSFT for everybody?")
        await driver.see("enter: yes, escape: no")
        await driver.press("escape", "d", "x", "enter")
        assert driver.engine.wishes == []
        await driver.press("backspace", "enter")
        assert driver.engine.wishes == [Unwatch(["MSFT"])]


async def test_an_own_list_loses_the_marked_symbol_at_once() -> None:
    async with on_screen(engine(TECH)) as driver:
        await driver.press("3", "right", "d")
        assert driver.engine.wishes[1:] == [ChangeList(3, removed=["AAPL"])]


async def test_a_universe_of_the_table_is_not_changed() -> None:
    async with on_screen(engine(LEADERS)) as driver:
        await driver.press("2", "d")
        assert told(driver)[0].startswith("group 2 is of the table")
        assert driver.engine.wishes == []


async def test_the_symbol_of_the_chart_is_the_marked_one() -> None:
    async with on_screen(engine()) as driver:
        await driver.press("right", "enter", "d", "enter")
        assert driver.engine.wishes == [Unwatch(["MSFT"])]


# -- the list of groups ---------------------------------------------------------------------------


async def test_the_list_tells_of_every_digit_and_shows_a_group() -> None:
    async with on_screen(engine(LEADERS, TECH)) as driver:
        await driver.press("w")
        text = driver.text()
        for line in ("70 symbols  all", "3 symbols  universe", "3 symbols  own list", " 9   free"):
            assert line in text
        await driver.press("down", "enter")
        assert driver.board.symbols == ["MSFT", "AMZN", "TSLA"]
        await driver.press("w", "3")
        assert driver.app.dashboard.groups.key == 3
        await driver.press("w", "k", "k", "k", "escape")
        assert driver.app.dashboard.groups.key == 3


async def test_the_list_follows_what_others_do() -> None:
    async with on_screen(engine()) as driver:
        await driver.press("w")
        driver.engine.change(groups=(*driver.engine.current.groups, TECH))
        await driver.look()
        await driver.see("tech")


async def test_a_list_is_made_of_what_is_shown() -> None:
    async with on_screen(engine(LEADERS)) as driver:
        await driver.press("2", "w", "n")
        await driver.see("list 3 ")
        await type_in(driver, "my three")
        await driver.see("3 symbols")
        await driver.press("enter")
        assert driver.engine.wishes == [PutList(3, "my three", ["MSFT", "AMZN", "TSLA"])]
        assert driver.app.dashboard.groups.key == 3


async def test_a_list_is_made_of_what_is_typed() -> None:
    async with on_screen(engine(LEADERS)) as driver:
        await driver.press("w", "9")
        await driver.see("list 9 ")
        await type_in(driver, "1 chips")
        await driver.see("the digit is one from 2 to 9")
        await driver.press(*["backspace"] * 7)
        await type_in(driver, "5 ")
        await driver.see("it needs a name")
        await type_in(driver, "chips: nvda")
        await driver.see("5: 1 symbol")
        await type_in(driver, ",arm")
        await driver.press("enter")
        assert driver.engine.wishes == [PutList(5, "chips", ["NVDA", "ARM"]), Watch(["ARM"])]


async def test_what_a_list_takes_the_place_of_is_told() -> None:
    async with on_screen(engine(TECH)) as driver:
        await driver.press("w", "down", "down", "n")
        await driver.see("list 3 ")
        await type_in(driver, "x: A")
        await driver.see("instead of tech")
        await driver.press("escape")
        assert driver.engine.wishes == []


async def test_a_list_is_deleted_once_that_is_confirmed() -> None:
    async with on_screen(engine(LEADERS, TECH)) as driver:
        await driver.press("w", "down", "x")
        assert told(driver) == ["only a list of your own can be deleted"]
        await driver.press("down", "x")
        await driver.see("delete list 3 tech?")
        await driver.press("enter")
        assert driver.engine.wishes == [DropList(3)]


@pytest.mark.parametrize("answer", ["enter", "escape"])
async def test_the_list_is_there_again_once_it_was_asked(answer: str) -> None:
    async with on_screen(engine(LEADERS, TECH)) as driver:
        await driver.press("w", "3", "1", "w", "down", "down", "x", answer)
        assert isinstance(driver.app.screen, GroupScreen)
        assert marked(driver) == "3 "
        await driver.press("up", "enter")
        assert driver.app.dashboard.groups.key == 2


async def test_a_list_deleted_from_the_palette_opens_no_dialog() -> None:
    async with on_screen(engine(TECH)) as driver:
        await driver.press("3")
        driver.app.action_drop_list()
        await driver.settle()
        await driver.press("enter")
        assert driver.engine.wishes[-1] == DropList(3)
        assert not isinstance(driver.app.screen, GroupScreen)


async def test_the_engine_uses_another_universe_once_that_is_confirmed() -> None:
    async with on_screen(engine(LEADERS, TECH)) as driver:
        await driver.press("w", "down", "down", "u")
        assert told(driver) == ["only a universe of the table can be used by the engine"]
        await driver.press("up", "u")
        await driver.see("watch only market_leaders:top_3, for everybody?")
        await driver.press("enter")
        assert driver.engine.wishes == [UseUniverse("market_leaders:top_3")]


async def test_the_universe_in_use_is_watched_alone_again() -> None:
    async with on_screen(engine(LEADERS)) as driver:
        await driver.press("w", "u")
        await driver.see("watch only stock_etf_test:combo_test, for everybody?")
        await driver.press("enter")
        assert driver.engine.wishes == [UseUniverse("stock_etf_test:combo_test")]


async def test_a_universe_is_named_from_the_palette() -> None:
    async with on_screen(engine()) as driver:
        driver.app.action_ask_universe()
        await driver.settle()
        await type_in(driver, "a")
        await driver.see("the form is NAME:KEY")
        await type_in(driver, ":b c")
        await driver.press("enter")
        assert driver.engine.wishes == [UseUniverse("a:b c")]


async def test_read_only_screens_see_the_list_and_are_told_why_they_cannot() -> None:
    async with on_screen(engine(TECH, attachment=READ_ONLY)) as driver:
        await driver.press("3")
        await driver.press("w")
        for key in "nx":
            await driver.press(key)
            assert told(driver)[-1].startswith("this screen is read-only")
            assert isinstance(driver.app.screen, GroupScreen)
            assert not driver.app.dashboard.has_class("-asking")
        assert driver.engine.wishes == []


@pytest.mark.parametrize("size", [(40, 12), (80, 24), (200, 50)])
async def test_the_list_fits_and_shows_hostile_names_cleaned(size: tuple[int, int]) -> None:
    hostile = replace(TECH, name="\x1b]0;x\x07" + "日" * 40)
    async with on_screen(engine(LEADERS, hostile), size=size) as driver:
        await driver.press("w")
        await driver.see("·]0;x·")
        await driver.see("own list")
        assert all(line.isprintable() for line in driver.lines())


def place_of(driver: Driver, text: str) -> tuple[int, int]:
    """Return the cell where a text begins."""
    y = next(y for y, line in enumerate(driver.lines()) if text in line)
    return driver.lines()[y].index(text), y


async def test_a_click_marks_a_group_and_a_double_click_shows_it() -> None:
    async with on_screen(engine(LEADERS, TECH)) as driver:
        await driver.press("w")
        await driver.pilot.click(offset=place_of(driver, "tech"))
        await driver.settle()
        assert marked(driver) == "3 "
        await driver.pilot.click(offset=place_of(driver, "market_leaders"))
        await driver.settle()
        assert marked(driver) == "2 "
        assert driver.app.dashboard.groups.key == 1
        await driver.pilot.click(offset=place_of(driver, "market_leaders"), times=2)
        await driver.settle()
        assert driver.app.dashboard.groups.key == 2
        assert not isinstance(driver.app.screen, GroupScreen)


async def test_a_click_beside_the_list_does_nothing() -> None:
    async with on_screen(engine(LEADERS)) as driver:
        await driver.press("w")
        await driver.pilot.click(offset=(0, 0), times=2)
        await driver.settle()
        assert isinstance(driver.app.screen, GroupScreen)
        assert marked(driver) == "1 "


async def test_on_a_low_terminal_every_digit_can_be_seen() -> None:
    async with on_screen(engine(LEADERS), size=(40, 7)) as driver:
        await driver.press("w", "end")
        assert marked(driver) == "9 "
        await driver.press("home")
        assert marked(driver) == "1 "


async def test_its_keys_are_listed() -> None:
    async with on_screen(engine(LEADERS), size=(80, 40)) as driver:
        await driver.press("w", "question_mark")
        for tooltip in ("Watch this universe only", "Mark the group above", "Make a list"):
            assert tooltip in driver.text()
        assert "words on the screen" not in driver.text()
        assert "everywhere" not in driver.text()
        await driver.press("escape")
        assert isinstance(driver.app.screen, GroupScreen)


@pytest.mark.parametrize(
    ("text", "symbols"),
    [
        ("aapl, brk.b", ("AAPL", "BRK.B")),
        ("BACpL Aapl aapl", ("BACpL", "Aapl", "AAPL")),
        ("AAPL aapl", ("AAPL",)),
    ],
)
def test_only_words_in_small_letters_alone_become_large(
    text: str, symbols: tuple[str, ...]
) -> None:
    assert typed_symbols(text) == symbols
