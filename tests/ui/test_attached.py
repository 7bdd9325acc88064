"""What a screen says of an engine in another process: header, statistics, banner, keys."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual.app import App
from textual.widgets import Static

from tests.ui.driving import Driver, on_screen, until
from tests.ui.fake_engine import (
    ATTACHED,
    HOSTILE,
    NOW,
    READ_ONLY,
    FakeEngine,
    make_snapshot,
)
from tickterm.errors import UnreachableError
from tickterm.market.snapshot import Attachment, LinkPhase, LinkView, Snapshot
from tickterm.ui.draw.fading import STALE
from tickterm.ui.draw.spans import line_text, line_width
from tickterm.ui.edges.header import View, header_line
from tickterm.ui.edges.status import Status, failure, link_status
from tickterm.ui.figures.stats_footer import stats_lines

LOST = replace(
    ATTACHED, connected=False, reason="nobody listens there", attempt=3, retry_at=NOW + 2
)
OWN = Attachment("", connected=True, pid=4711, control=True)


def banner(driver: Driver) -> str:
    widget = driver.app.query_one("#banner", Static)
    return str(widget.content) if widget.display else ""


def toasts(driver: Driver) -> list[str]:
    return [toast.message for toast in driver.app._notifications]


def statistics(attachment: Attachment, width: int = 80, rows: int = 2) -> str:
    lines = stats_lines(make_snapshot(attachment=attachment), NOW, width, rows)
    return "\n".join(line_text(line) for line in lines)


def header(attachment: Attachment, width: int, behind: float = 0.0) -> str:
    view = View(behind=behind)
    return line_text(header_line(make_snapshot(attachment=attachment), view, "09:31:07", width))


# -- in words -------------------------------------------------------------------------------------


def test_an_engine_in_this_process_is_not_mentioned() -> None:
    assert link_status(make_snapshot(), NOW) is None
    for width in (80, 150, 200):
        for attachment in (Attachment(), OWN):
            told = header(attachment, width) + statistics(attachment, width, 1)
            assert "attached" not in told
            assert "read-only" not in told


def test_a_lost_engine_outranks_its_link() -> None:
    snapshot = make_snapshot(attachment=LOST, link=LinkView(LinkPhase.REFUSED, reason="bad key"))
    assert link_status(snapshot, NOW + 100) == Status(
        "error",
        "NO ENGINE",
        "tickterm at gw.example.com:8765 · attempt 3 · next try in 0 s · nobody listens there",
        True,
    )


def test_the_wait_for_the_next_try_counts_down() -> None:
    status = link_status(make_snapshot(attachment=LOST), NOW + 0.7)
    assert status is not None
    assert "· attempt 3 · next try in 1 s ·" in status.text
    trying = make_snapshot(attachment=replace(LOST, retry_at=None))
    status = link_status(trying, NOW)
    assert status is not None
    assert status.text.endswith(":8765 · attempt 3 · nobody listens there")


def test_the_first_attempt_is_no_alarm() -> None:
    first = Attachment("gw:8765", attempt=1)
    expected = Status("calm", "ATTACHING", "to tickterm at gw:8765", True)
    assert link_status(Snapshot(attachment=first), 0.0) == expected
    again = link_status(Snapshot(attachment=replace(first, reason="cut")), 0.0)
    assert again is not None
    assert again.title == "NO ENGINE"


def test_a_screen_that_gives_up_says_that_it_is_not_attached() -> None:
    error = UnreachableError("the token is missing or wrong: set TICKTERM_TOKEN")
    assert failure(error, LOST) == Status("error", "NOT ATTACHED", f"{error} · q quits", True)
    assert failure(error, ATTACHED).title == "ENGINE STOPPED"
    assert failure(error).title == "ENGINE STOPPED"


@pytest.mark.parametrize("width", [80, 100, 119])
def test_narrow_screens_name_the_engine_in_the_statistics(width: int) -> None:
    assert "attached gw.example.com:8765" in statistics(ATTACHED, width)
    assert "read-only gw.example.com:8765" in statistics(READ_ONLY, width)
    assert "gw.example.com" not in header(ATTACHED, width)


@pytest.mark.parametrize("width", [120, 150, 200])
def test_wide_screens_name_it_in_the_header(width: int) -> None:
    assert "attached gw.example.com:8765  09:31:07" in header(ATTACHED, width)
    assert "attached gw.example.com:8765 read-only  09:31:07" in header(READ_ONLY, width)
    assert "gw.example.com" not in statistics(ATTACHED, width)
    assert "stock_etf_test:combo_test 70 symbols" in header(READ_ONLY, width)


def test_trouble_stays_when_there_is_no_room_for_a_long_name() -> None:
    long = replace(READ_ONLY, where="gateway-of-the-whole-house.example.com:8765")
    told = statistics(long)
    assert "drops  0" in told
    assert "viewers  2" in told
    assert all(len(line) <= 80 for line in told.splitlines())


@pytest.mark.parametrize(
    ("behind", "told"),
    [(0.0, ""), (0.5, ""), (0.51, "0.5 s behind"), (1.23, "1.2 s behind"), (12.0, "12.0 s behind")],
)
def test_half_a_second_behind_is_worth_a_warning(behind: float, told: str) -> None:
    line = header_line(make_snapshot(), View(behind=behind), "09:31:07", 80)
    assert [text for text, role in line if role == "amber"] == ([told] if told else [])


@given(st.integers(0, 250), st.floats(0, 1e15), st.text(max_size=80), st.booleans())
def test_the_header_is_as_wide_as_the_screen(
    width: int, behind: float, where: str, control: bool
) -> None:
    attachment = Attachment(where, connected=True, control=control)
    line = header_line(make_snapshot(attachment=attachment), View(behind=behind), "09:31:07", width)
    assert line_width(line) == width
    assert line_text(line).isprintable()


def test_statistics_of_a_lost_engine_are_grey_but_for_its_state() -> None:
    snapshot = make_snapshot(attachment=LOST)
    lines = stats_lines(snapshot, NOW, 80, 2, "NO ENGINE")
    loud = {(t, r) for line in lines for t, r in line if r not in ("muted", "label", "blank")}
    assert loud == {("○ LIVE NO ENGINE", "down")}


# -- on a screen ----------------------------------------------------------------------------------


def on(attachment: Attachment) -> FakeEngine:
    return FakeEngine(make_snapshot(attachment=attachment))


async def test_without_its_engine_the_screen_is_grey_and_says_why() -> None:
    async with on_screen(on(ATTACHED)) as driver:
        assert banner(driver) == ""
        driver.engine.change(attachment=LOST)
        await driver.pass_time(0.6)
        assert banner(driver).startswith("NO ENGINE  tickterm at gw.example.com:8765 · attempt 3")
        assert {tile.quiet for _, tile in driver.board._drawn.values()} == {STALE}
        assert "○ LIVE NO ENGINE" in driver.text()
        driver.engine.change(attachment=ATTACHED)
        await driver.pass_time(0.6)
        assert banner(driver) == ""
        assert STALE not in {tile.quiet for _, tile in driver.board._drawn.values()}


async def test_how_far_behind_can_be_read() -> None:
    """It changes ten times a second; what is shown changes twice."""
    async with on_screen(on(replace(ATTACHED, behind=1.23))) as driver:
        assert "1.2 s behind" in driver.lines()[0]
        driver.engine.change(attachment=replace(ATTACHED, behind=1.31))
        await driver.look()
        assert "1.2 s behind" in driver.lines()[0]
        await driver.pass_time(0.6)
        assert "1.3 s behind" in driver.lines()[0]
        driver.engine.change(attachment=ATTACHED)
        await driver.pass_time(0.6)
        assert "behind" not in driver.text()


@pytest.mark.parametrize("phase", [LinkPhase.UP, LinkPhase.RETRYING])
async def test_r_on_a_read_only_screen_says_what_to_do(phase: LinkPhase) -> None:
    async with on_screen(on(READ_ONLY)) as driver:
        driver.engine.change(link=LinkView(phase))
        await driver.press("r")
        told = (
            "this screen is read-only; to control the engine: tickterm attach --control, "
            "on its machine or with its TICKTERM_TOKEN"
        )
        assert toasts(driver) == [told]
        assert driver.engine.reconnects == 0


@pytest.mark.parametrize("attachment", [ATTACHED, OWN])
async def test_r_with_control_lets_the_engine_reconnect(attachment: Attachment) -> None:
    async with on_screen(on(attachment)) as driver:
        await driver.press("r")
        assert toasts(driver) == ["the link is up"]
        driver.engine.change(link=LinkView(LinkPhase.RETRYING))
        await driver.press("r")
        assert driver.engine.reconnects == 1


@pytest.mark.parametrize("control", [True, False])
async def test_r_without_an_engine_tries_at_once(control: bool) -> None:
    async with on_screen(on(replace(LOST, control=control))) as driver:
        await driver.press("r")
        assert driver.engine.reconnects == 1
        assert toasts(driver) == []


async def test_a_refused_token_ends_it_with_exit_code_3() -> None:
    error = UnreachableError("the token is missing or wrong: set TICKTERM_TOKEN")
    engine = FakeEngine(Snapshot(attachment=LOST), error=error)
    async with on_screen(engine) as driver:
        await until(lambda: "NOT ATTACHED" in banner(driver))
        assert "set TICKTERM_TOKEN · q quits" in banner(driver)
        await driver.press("q")
        await until(lambda: not driver.app.is_running)
    assert driver.app.return_code == 3


async def test_leaving_does_not_claim_to_stop_the_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    class Stubborn(FakeEngine):
        def stop(self) -> None:
            self.stops += 1

    engine = Stubborn(make_snapshot(attachment=ATTACHED))
    async with on_screen(engine) as driver:
        await until(engine.running.is_set)
        await driver.press("q")
        assert banner(driver) == "LEAVING  tickterm at gw.example.com:8765"
        engine.finish()
        await until(lambda: not driver.app.is_running)


async def test_a_browser_is_offered_nothing_that_cannot_work_there(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(App, "is_web", True)
    async with on_screen(on(READ_ONLY), size=(200, 90)) as driver:
        await driver.pilot.pause()
        assert "Reconnect" not in driver.lines()[-1]
        await driver.press("r")
        assert toasts(driver) == []
        titles = [c.title for c in driver.app.get_system_commands(driver.app.screen)]
        assert "feed: Reconnect now" not in titles
        await driver.press("question_mark")
        assert "Try the link now" not in driver.text()
        assert "^q" not in driver.text()
        assert "^c" in driver.text()
        await driver.press("escape")
        driver.engine.change(attachment=OWN)
        await driver.look()
        await driver.see("Reconnect")
        assert "Reconnect" in driver.lines()[-1]


async def test_hostile_text_of_an_engine_does_no_harm() -> None:
    evil = replace(LOST, where=HOSTILE, reason=HOSTILE)
    for attachment in (evil, replace(evil, connected=True)):
        async with on_screen(on(attachment), size=(150, 40)) as driver:
            assert all(line.isprintable() for line in driver.lines())
