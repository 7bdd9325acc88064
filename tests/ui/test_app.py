"""The app: keys, palette, help, pause, the engine's life and end."""

from __future__ import annotations

import re
import threading
from dataclasses import replace
from pathlib import Path

import pytest
from textual import constants
from textual.app import App
from textual.binding import Binding
from textual.command import CommandPalette
from textual.pilot import Pilot
from textual.widgets import OptionList, Static

from tests.ui.driving import Driver, on_screen, until
from tests.ui.fake_engine import NOW, FakeEngine, make_row, make_snapshot, tick
from tickterm.errors import SettingsError
from tickterm.market.snapshot import Feed, LinkPhase, LinkView
from tickterm.ui import app as app_module
from tickterm.ui.app import TickTermApp
from tickterm.ui.board.board import Board
from tickterm.ui.board.order import Sort
from tickterm.ui.commands.everything import COMMANDS
from tickterm.ui.dialogs import HelpScreen, Prompt
from tickterm.ui.draw.theme import TICKTERM_THEME
from tickterm.ui.events.view import EventView
from tickterm.ui.keymap import is_no_key
from tickterm.ui.log.view import LogView
from tickterm.ui.preferences import Preferences


def banner(driver: Driver) -> str:
    widget = driver.app.query_one("#banner", Static)
    return str(widget.content) if widget.display else ""


async def test_the_engine_starts_with_the_screen_and_ends_with_it() -> None:
    engine = FakeEngine()
    async with on_screen(engine) as driver:
        await until(engine.running.is_set)
        assert not engine.ended.is_set()
        await driver.press("q")
        await until(engine.ended.is_set)
    assert engine.stops >= 1
    assert driver.app.return_code == 0


@pytest.mark.parametrize("keys", [("ctrl+c",), ("ctrl+q",), ("slash", "ctrl+c")])
async def test_other_ways_to_quit(keys: tuple[str, ...]) -> None:
    async with on_screen() as driver:
        await driver.press(*keys)
        await until(lambda: not driver.app.is_running)
    assert driver.engine.stops >= 1
    assert driver.app.return_code == 0


@pytest.mark.parametrize("key", ["question_mark", "ctrl+p"])
async def test_ctrl_c_quits_from_a_dialog(key: str) -> None:
    async with on_screen() as driver:
        await driver.press(key)
        await driver.press("ctrl+c")
        await until(lambda: not driver.app.is_running)
    assert driver.app.return_code == 0


async def test_an_engine_that_does_not_end_is_left_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    class Stubborn(FakeEngine):
        def stop(self) -> None:
            self.stops += 1

    monkeypatch.setattr(app_module, "STOP_SECONDS", 0.05)
    engine = Stubborn()
    async with on_screen(engine) as driver:
        await driver.press("q")
        await until(lambda: not driver.app.is_running)
    assert driver.app.return_code == 0
    assert not engine.ended.is_set()
    engine.finish()


def test_however_the_app_ends_it_waits_for_the_engine() -> None:
    """A crash, or a browser that closes its tab, does not ask the app to quit."""
    saving = threading.Event()

    class Saving(FakeEngine):
        def run(self) -> None:
            super().run()
            saving.wait(0.3)
            self.stops = 99

    engine = Saving()
    app = TickTermApp(engine)

    async def leave(pilot: Pilot[None]) -> None:
        await until(engine.running.is_set)
        pilot.app.exit()

    app.run(headless=True, auto_pilot=leave)  # type: ignore[arg-type]  # it wants any result
    assert engine.stops == 99


async def test_an_engine_that_raises_is_shown_and_the_screen_stays() -> None:
    engine = FakeEngine(error=SettingsError("MASSIVE_API_KEY is empty: set it, or use --demo"))
    async with on_screen(engine) as driver:
        await until(lambda: "ENGINE STOPPED" in banner(driver))
        assert "MASSIVE_API_KEY is empty: set it, or use --demo · q quits" in banner(driver)
        await driver.look()
        assert "○ LIVE ENGINE STOPPED" in driver.text()
        assert driver.app.is_running
        await driver.press("down", "s", "question_mark", "escape")
        await driver.press("q")
        await until(lambda: not driver.app.is_running)
    assert driver.app.return_code == 2
    assert isinstance(driver.app._thread.error, SettingsError)


async def test_an_error_in_a_group_is_shown_like_a_bare_one() -> None:
    error = ExceptionGroup("tasks", [ExceptionGroup("more", [SettingsError("no key: set it")])])
    async with on_screen(FakeEngine(error=error)) as driver:
        await until(lambda: "no key: set it · q quits" in banner(driver))
        await driver.press("q")
        await until(lambda: not driver.app.is_running)
    assert driver.app.return_code == 2


async def test_an_engine_that_fails_oddly_is_shown_without_markup() -> None:
    async with on_screen(FakeEngine(error=ValueError("[/red]\x1b[2J"))) as driver:
        await until(lambda: "ENGINE STOPPED" in banner(driver))
        await driver.look()
        assert "ValueError: [/red]·[2J" in driver.text()
        await driver.press("q")
        await until(lambda: not driver.app.is_running)
    assert driver.app.return_code == 1


async def test_an_engine_that_just_returns_is_shown() -> None:
    async with on_screen() as driver:
        driver.engine.finish()
        await until(lambda: "ended on its own" in banner(driver))


def unaged(line: str) -> str:
    """Return a line without the volumes and ages, in whose place it is said what is stale."""
    return re.sub(r" +(STALE|[\d.]+[KM]?) +\d+[smh] ", lambda found: "." * len(found[0]), line)


async def test_the_banner_comes_and_goes_without_moving_a_tile() -> None:
    async with on_screen() as driver:
        await driver.pilot.pause()
        before = [unaged(line) for line in driver.lines()[1:16]]
        link = driver.engine.current.link
        driver.engine.change(
            link=replace(link, phase=LinkPhase.RETRYING, attempt=2, reason="x", retry_at=NOW + 3)
        )
        await driver.look()
        await driver.pilot.pause()
        assert "RECONNECTING  attempt 2 · next try in 3 s · x" in driver.lines()[16]
        assert [unaged(line) for line in driver.lines()[1:16]] == before
        driver.engine.change(link=link)
        await driver.look()
        await driver.pilot.pause()
        assert banner(driver) == ""
        assert driver.lines()[16].startswith(" log ")


async def test_a_long_reason_does_not_hide_when_the_next_try_is() -> None:
    async with on_screen() as driver:
        link = LinkView(LinkPhase.RETRYING, attempt=2, reason="refused " * 60, retry_at=NOW + 3)
        driver.engine.change(link=link)
        await driver.look()
        await driver.see("next try in 3 s")


async def test_r_reconnects() -> None:
    async with on_screen() as driver:
        driver.engine.change(link=LinkView(LinkPhase.RETRYING))
        await driver.press("r")
        assert driver.engine.reconnects == 1
        assert not driver.app._notifications


async def test_r_says_that_the_link_is_up() -> None:
    async with on_screen() as driver:
        await driver.press("r")
        assert driver.engine.reconnects == 0
        toasts = [(toast.message, toast.markup) for toast in driver.app._notifications]
        assert toasts == [("the link is up", False)]


async def test_the_time_of_a_recording_goes_on_twice_a_second() -> None:
    rows = (make_row("A", 10.0, timestamp=1_381_152_662_000),)
    link = LinkView(LinkPhase.UP, feed=Feed.REPLAY)
    async with on_screen(FakeEngine(make_snapshot(rows=rows, link=link))) as driver:
        assert "2013-10-07 09:31:02 ET" in driver.lines()[0]
        driver.engine.replace_row(0, tick(rows[0], 1.0))
        await driver.look()
        assert "09:31:02 ET" in driver.lines()[0]
        await driver.pass_time(0.6)
        assert "09:31:03 ET" in driver.lines()[0]


async def test_space_freezes_the_board_but_not_the_rest() -> None:
    async with on_screen() as driver:
        await driver.press("space")
        assert " PAUSED " in driver.lines()[0]
        engine = driver.engine
        board = driver.lines()[1:16]
        engine.replace_row(0, tick(engine.current.rows[0], 1.0))
        engine.change(
            now=NOW + 5,
            counts=replace(engine.current.counts, ticks=1_999_999),
            notices=(*engine.current.notices, engine.current.notices[0]._replace(number=13)),
        )
        await driver.pass_time(1.0)
        assert driver.lines()[1:16] == board
        assert "1,999,999" in driver.text()
        assert " 13 lines" in driver.text()
        await driver.press("space")
        assert " PAUSED " not in driver.lines()[0]
        assert "228.52" in driver.lines()[1]


async def test_a_paused_board_is_greyed_when_the_link_goes() -> None:
    async with on_screen() as driver:
        await driver.press("space")
        driver.engine.change(link=LinkView(phase=LinkPhase.RETRYING))
        await driver.look()
        assert {tile.quiet for _, tile in driver.board._drawn.values()} == {5}


@pytest.mark.parametrize("feed", list(Feed))
async def test_the_feed_is_named_in_words(feed: Feed) -> None:
    snapshot = make_snapshot()
    engine = FakeEngine(replace(snapshot, link=replace(snapshot.link, feed=feed)))
    async with on_screen(engine) as driver:
        assert f" {feed.value} " in driver.lines()[0]
        assert f"● {feed.value} UP" in driver.text()


async def test_the_clock_goes_on_between_snapshots() -> None:
    async with on_screen() as driver:
        before = driver.lines()[0].split()[-1]
        await driver.pass_time(1.0)
        assert driver.lines()[0].split()[-1] != before


async def test_the_timer_looks_by_itself() -> None:
    engine = FakeEngine()
    app = TickTermApp(engine, Preferences(fps=50))
    async with app.run_test():
        banner_widget = app.query_one("#banner", Static)
        engine.change(link=LinkView(phase=LinkPhase.REFUSED, reason="no"))
        await until(lambda: banner_widget.display)


def all_bindings() -> list[Binding]:
    nodes = (TickTermApp, Board, LogView, EventView, HelpScreen, Prompt)
    return [b for node in nodes for b in node.BINDINGS if isinstance(b, Binding)]


def test_every_binding_has_an_id_and_a_tooltip() -> None:
    bindings = all_bindings()
    assert len(bindings) > 20
    assert all(binding.id and binding.tooltip for binding in bindings)
    ids = [binding.id for binding in bindings]
    assert len(ids) == len(set(ids))


async def test_the_palette_has_every_action() -> None:
    async with on_screen() as driver:
        titles = [c.title for c in driver.app.get_system_commands(driver.app.screen)]
        await driver.press("enter")
        titles += [c.title for c in driver.app.get_system_commands(driver.app.screen)]
        await driver.press("i")
        titles += [c.title for c in driver.app.get_system_commands(driver.app.screen)]
        palette = {"app: Show everything that can be done"}
        assert set(titles) == {command.title for command in COMMANDS} - palette
        assert all(": " in title for title in titles)
        actions = {
            binding.action for binding in TickTermApp.BINDINGS if isinstance(binding, Binding)
        }
        assert actions <= {command.action for command in COMMANDS}


async def test_a_command_of_the_palette_acts() -> None:
    async with on_screen() as driver:
        await driver.press("ctrl+p")
        assert isinstance(driver.app.screen, CommandPalette)
        found = driver.app.screen.query_one(OptionList)
        await driver.press(*"volume")
        await until(lambda: found.option_count == 1)
        await driver.press("enter")
        await until(lambda: driver.board.sort is Sort.VOLUME)


async def test_help_lists_every_key() -> None:
    async with on_screen(size=(120, 200)) as driver:
        await driver.press("question_mark")
        inside = [line.split("│")[1] for line in driver.lines() if line.count("│") == 2]
        text = " ".join(" ".join(inside).split())
        for binding in all_bindings():
            hidden = is_no_key(binding.key) or (binding.id or "").startswith(("help.", "prompt."))
            if not hidden:
                assert binding.tooltip in text
        for key in ("?", "/", "space", "tab", "^p", "^c", "pgup", "S", "⏎", "[ ]", ":"):
            assert f" {key} " in text
        await driver.press("q")
        assert driver.app.is_running
        assert not isinstance(driver.app.screen, HelpScreen)


async def test_help_explains_the_words_on_the_screen() -> None:
    async with on_screen(size=(120, 200)) as driver:
        await driver.press("question_mark")
        lines = driver.lines()
        for word in ("lag", "p99", "drops", "unsure", "rejects", "not allowed", "ET"):
            assert any(
                line.split("│")[1].startswith(f"   {word} ") for line in lines if "│" in line
            )
        assert "sent, but Redis died before it answered" in driver.text()
        assert "New York time, of bars and charts; all else is local" in driver.text()


async def test_hints_fit_at_80_cells() -> None:
    async with on_screen() as driver:
        await driver.pilot.pause()
        words = driver.lines()[-1].replace("▏", " ").split()
        hints = "? Help ⏎ Chart / Find v Table s Sort e Events l Log F Filter q Quit ^p palette"
        assert words == hints.split()


@pytest.mark.parametrize("theme", ["textual-light", "nord", "ansi-dark", "ansi-light"])
async def test_other_themes_draw_too(theme: str) -> None:
    async with on_screen() as driver:
        own = [strip.render(driver.app.console) for strip in driver.strips()]
        driver.app.theme = theme
        await driver.look()
        await driver.pilot.pause()
        assert [strip.render(driver.app.console) for strip in driver.strips()] != own


@pytest.mark.parametrize(
    ("variable", "theme"),
    [
        ("textual-dark", TICKTERM_THEME.name),
        ("nord", "nord"),
        ("ansi-light", "ansi-light"),
        ("tickterm", TICKTERM_THEME.name),
        ("no-such-theme", TICKTERM_THEME.name),
    ],
)
async def test_the_own_theme_is_the_default_unless_another_is_chosen(
    variable: str, theme: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Textual reads `TEXTUAL_THEME` once, when it is imported."""
    monkeypatch.setattr(constants, "DEFAULT_THEME", variable)
    monkeypatch.setattr(App.theme, "_default", variable)
    async with on_screen() as driver:
        assert driver.app.theme == theme
        variables = driver.app.get_css_variables()
        assert len({variables[name] for name in ("up", "down", "amber")}) == 3
        assert driver.app.screen.is_current


def test_the_stylesheet_is_found_in_a_wheel_and_in_a_checkout(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert app_module._stylesheet() == Path(__file__).parents[2] / "tickterm.tcss"
    monkeypatch.setattr(app_module, "_HERE", tmp_path)
    (tmp_path / "tickterm.tcss").touch()
    assert app_module._stylesheet() == tmp_path / "tickterm.tcss"
