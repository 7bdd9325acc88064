"""The chart of one symbol on a screen: opening, stepping, and what it says."""

from __future__ import annotations

import logging
from dataclasses import replace
from itertools import product

import pytest

from tests.ui.driving import Driver, on_screen, until
from tests.ui.fake_engine import (
    HOSTILE,
    NOW,
    THIS_MINUTE,
    WALL_MS,
    FakeEngine,
    make_chart,
    make_event,
    make_row,
    make_snapshot,
    tick,
)
from tickterm.market.redis_events import Direction
from tickterm.market.snapshot import (
    Candle,
    Chart,
    LinkPhase,
    LinkView,
    Notice,
    PatternEvent,
    Row,
    TapeTick,
)
from tickterm.market.timeframe import Timeframe
from tickterm.ui.chart.lines import Look, detail_lines
from tickterm.ui.draw.spans import line_text, line_width

M1, M5 = Timeframe.M1, Timeframe.M5
CANDLES = set("╻┃╹╽╿█▀▄")


def charted(*events: PatternEvent, symbol: str = "AAPL", count: int = 120) -> Chart:
    """Return a chart with these events, oldest first."""
    return replace(make_chart(symbol, count=count), events=events)


def engine(*events: PatternEvent, **changes: object) -> FakeEngine:
    """Return an engine whose chart has these events."""
    return FakeEngine(make_snapshot(chart=charted(*events), **changes))


def title(driver: Driver) -> str:
    return " ".join(driver.lines()[1].split())


def is_drawn(driver: Driver) -> bool:
    return bool(CANDLES & set("".join(driver.lines()[2:10])))


async def test_enter_opens_the_marked_tile_and_escape_goes_back() -> None:
    async with on_screen(engine()) as driver:
        board = driver.lines()
        await driver.press("enter")
        assert driver.engine.charts == [("AAPL", M1)]
        assert title(driver) == "AAPL LIVE ▼ 227.52 -1.13 -0.50% 1s 5s 15s 1min 5min 15min 1h 1d"
        assert is_drawn(driver)
        await driver.see("esc Board")
        await driver.see("[ ] Symbol t T Time")
        await driver.press("escape")
        assert driver.engine.charts == [("AAPL", M1), (None, M1)]
        await until(lambda: driver.lines() == board)  # the key hints come a little later
        assert driver.app.focused is driver.board


async def test_brackets_step_through_the_boards_order() -> None:
    async with on_screen(engine()) as driver:
        await driver.press("s", "enter")
        names = driver.board.symbols
        start = names.index("AAPL")
        await driver.press("]", "]", "]", "[")
        asked = [symbol for symbol, _ in driver.engine.charts]
        assert asked == [names[start + n] for n in (0, 1, 2, 3, 2)]
        await driver.press("escape")
        assert driver.board.cursor_symbol == names[start + 2]
        await driver.press("home", "enter", "[")
        assert driver.engine.charts[-1][0] == names[0]


async def test_t_steps_through_the_timeframes() -> None:
    async with on_screen(engine()) as driver:
        await driver.press("enter", *"ttttt")
        frames = [str(timeframe) for _, timeframe in driver.engine.charts]
        assert frames == ["1min", "5min", "15min", "1h", "1d"]
        assert "waiting for candles" in driver.text()
        await driver.press(*"TTTTTTTTT")
        assert [str(t) for _, t in driver.engine.charts[5:]] == [
            "1h",
            "15min",
            "5min",
            "1min",
            "15s",
            "5s",
            "1s",
        ]
        await driver.press("escape", "enter")
        assert driver.engine.charts[-1] == ("AAPL", Timeframe.S1)


async def test_keys_of_the_board_rest_while_a_chart_is_there() -> None:
    async with on_screen(engine()) as driver:
        await driver.press("t", "]")
        assert driver.engine.charts == []
        await driver.press("enter", "s")
        assert "sort universe" in driver.lines()[0]
        assert is_drawn(driver)


async def test_another_symbol_is_found_by_typing() -> None:
    async with on_screen(engine()) as driver:
        await driver.press("enter", "slash", *"nv")
        assert driver.engine.charts[-1][0] == "NVDA"
        await driver.press("escape")
        assert driver.engine.charts[-1][0] == "AAPL"
        await driver.press("slash", *"tsla", "enter")
        assert title(driver).startswith("TSLA ")


@pytest.mark.parametrize(
    ("chart", "told"),
    [
        (None, "waiting for candles"),
        (make_chart("MSFT"), "waiting for candles"),
        (make_chart("AAPL", M5), "waiting for candles"),
        (Chart("AAPL", M1), "no candles of 1min yet"),
    ],
)
async def test_without_its_candles_it_says_so(chart: Chart | None, told: str) -> None:
    async with on_screen(FakeEngine(make_snapshot(chart=chart))) as driver:
        await driver.press("enter")
        assert told in driver.text()
        driver.engine.change(chart=make_chart("AAPL"))
        await driver.look()
        assert told not in driver.text()
        assert is_drawn(driver)


async def test_a_tick_moves_price_and_candle() -> None:
    async with on_screen(engine()) as driver:
        await driver.press("enter")
        chart = make_chart("AAPL")
        last = replace(chart.candles[-1], close=228.52, high=228.52)
        driver.engine.change(chart=replace(chart, candles=(*chart.candles[:-1], last)))
        driver.engine.replace_row(0, tick(driver.engine.current.rows[0], 1.0))
        await driver.look()
        assert title(driver).startswith("AAPL LIVE ▲ 228.52")
        assert any(line.rstrip().endswith("228.52") for line in driver.lines()[4:12])


async def test_events_mark_their_candles_and_are_listed() -> None:
    events = (
        make_event(1, timestamp=THIS_MINUTE - 300_000, direction=Direction.NEUTRAL, pattern="Doji"),
        make_event(6, timestamp=THIS_MINUTE, direction=Direction.BULLISH, pattern="Hammer"),
    )
    others = (make_event(2, "MSFT", timestamp=THIS_MINUTE, pattern="Engulfing"),)
    async with on_screen(engine(*events, patterns=others)) as driver:
        await driver.press("enter")
        lines = driver.lines()[2:16]
        assert sum("△" in line for line in lines) == 2
        assert sum("◇" in line for line in lines) == 2
        found = [line.split("│")[1].split() for line in lines if "Hammer" in line]
        assert found == [["09:31", "ET", "1min", "△", "Hammer", "0.85"]]
        assert not any("Engulfing" in line for line in lines)


async def test_an_event_that_comes_in_is_marked_at_once() -> None:
    async with on_screen(engine()) as driver:
        await driver.press("enter")
        assert "no patterns yet" in driver.text()
        event = make_event(1, timestamp=THIS_MINUTE, direction=Direction.NEUTRAL)
        driver.engine.change(chart=charted(event))
        await driver.look()
        assert sum("◇" in line for line in driver.lines()[2:16]) == 2


async def test_a_chart_keeps_its_events_whatever_happens_to_other_symbols() -> None:
    event = make_event(1, timestamp=THIS_MINUTE - 300_000, pattern="Hammer")
    async with on_screen(engine(event, patterns=(event,))) as driver:
        await driver.press("enter")
        before = driver.lines()[1:16]
        assert sum("Hammer" in line for line in before) == 1
        for first in range(2, 3_002, 500):
            others = tuple(make_event(n, "MSFT") for n in range(first, first + 500))
            driver.engine.change(patterns=others)
            await driver.look()
        assert driver.app.dashboard.panes.events.view.buffer.of("AAPL") == []
        assert driver.lines()[1:16] == before


@pytest.mark.parametrize("watched", [True, False])
async def test_without_a_chart_the_events_heard_of_are_listed(watched: bool) -> None:
    known = make_event(1, pattern="Hammer"), make_event(2, "MSFT", pattern="Engulfing")
    async with on_screen(FakeEngine(make_snapshot(patterns=known))) as driver:
        await driver.press("enter")
        if not watched:
            driver.engine.change(rows=driver.engine.current.rows[1:])
        await driver.look()
        listed = "".join(driver.lines()[1:16])
        assert "Hammer" in listed
        assert "Engulfing" not in listed
        driver.engine.change(patterns=(*known, make_event(3, pattern="Doji")))
        await driver.look()
        assert "Doji" in "".join(driver.lines()[1:16])
        driver.engine.change(chart=charted(make_event(1, pattern="Shooting_Star")))
        await driver.look()
        listed = "".join(driver.lines()[1:16])
        assert "Shooting_Star" in listed
        assert not {"Hammer", "Doji"} & set(listed.split())


async def test_beside_the_chart_there_is_room_for_events_from_120_cells() -> None:
    events = tuple(make_event(n, timestamp=THIS_MINUTE) for n in range(1, 9))
    async with on_screen(engine(*events), size=(120, 40)) as driver:
        await driver.press("enter")
        assert sum("09:31 ET" in line[-48:] for line in driver.lines()[2:32]) == 8


def listed(look: Look, width: int, height: int = 40) -> list[str]:
    parts = (line_text(line).split("│")[-1] for line in detail_lines(look, width, height))
    return [part for part in parts if part.rstrip().endswith("0.85")]


def test_the_charts_own_timeframe_comes_first_by_the_time_of_the_bar() -> None:
    events = [
        make_event(
            9 - place,
            timeframe=timeframe,
            timestamp=THIS_MINUTE - back,
            pattern=name,
            confidence=0.85,
        )
        for place, (timeframe, back, name) in enumerate(
            [
                ("1s", 1_000, "A"),
                ("1min", 180_000, "B"),
                ("1s", 0, "C"),
                ("1min", 60_000, "D"),
                ("", 2_000, "E"),
            ]
        )
    ]
    looks = (Look("AAPL", M1, chart=charted(*reversed(events))), Look("AAPL", M1, recent=events))
    for width, look in product((80, 120), looks):
        names = [line.split()[-2] for line in listed(look, width)]
        assert names == ["D", "B", "C", "A", "E"]


def test_the_longest_names_are_whole_where_there_is_room() -> None:
    def text(name: str, width: int) -> str:
        look = Look("AAPL", chart=charted(make_event(1, pattern=name)))
        return "".join(map(line_text, detail_lines(look, width, 40)))

    assert "Three_Black_Crows" in text("Three_Black_Crows", 120)
    assert "Rising_Falling_Three_Methods" in text("Rising_Falling_Three_Methods", 200)


def test_the_time_axis_says_its_zone() -> None:
    for width in (20, 80, 200):
        lines = detail_lines(Look("AAPL", chart=make_chart("AAPL")), width, 12)
        assert sum(line_text(line).count(" ET") for line in lines) == 1


def test_a_price_too_long_for_all_timeframes_is_shown_whole() -> None:
    row = make_row("BRK.A", 1_711_020.0, reference=1_500_000.0)
    for width, last in ((90, "1d"), (75, "1min"), (60, "1min")):
        title = line_text(detail_lines(Look("BRK.A", M1, row), width, 3)[0])
        assert "1,711,020.00" in title
        assert title.split()[-1] == last


async def test_nothing_is_coloured_while_the_link_is_not_up() -> None:
    async with on_screen(engine()) as driver:
        await driver.press("enter")
        driver.engine.change(link=LinkView(LinkPhase.RETRYING))
        await driver.look()
        spans = [span for line in driver.app.dashboard.detail._lines for span in line]
        assert [text for text, role in spans if role != "muted"] == [" 1min "]


async def test_pause_freezes_the_chart_but_opens_another() -> None:
    async with on_screen(engine()) as driver:
        await driver.press("enter", "space")
        before = driver.lines()[1:14]
        driver.engine.replace_row(0, tick(driver.engine.current.rows[0], 1.0))
        driver.engine.change(chart=charted(make_event(1, timestamp=THIS_MINUTE), count=20))
        driver.engine.change(patterns=(make_event(1, timestamp=THIS_MINUTE),))
        await driver.look()
        assert driver.lines()[1:14] == before
        await driver.press("]")
        assert "waiting for candles" in driver.text()
        driver.engine.change(chart=make_chart("MSFT"))
        await driver.look()
        assert is_drawn(driver)
        await driver.press("[", "space")
        assert title(driver).startswith("AAPL LIVE ▲ 228.52")


async def test_what_has_not_changed_is_not_drawn_again(monkeypatch: pytest.MonkeyPatch) -> None:
    async with on_screen(engine()) as driver:
        await driver.press("enter")
        drawn: list[object] = []
        monkeypatch.setattr(driver.app.dashboard.detail, "set_lines", drawn.append)
        driver.engine.replace_row(5, tick(driver.engine.current.rows[5], 1.0))
        driver.engine.change(patterns=(make_event(1), make_event(2, "MSFT")))
        await driver.pass_time(0.1)
        assert drawn == []
        driver.engine.change(chart=charted(make_event(1)))
        await driver.pass_time(0.1)
        assert len(drawn) == 1


async def test_the_chart_outlives_its_symbol() -> None:
    async with on_screen(engine()) as driver:
        await driver.press("enter")
        driver.engine.change(rows=(Row("IBM"),), chart=None)
        await driver.look()
        assert "nobody watches this symbol: it has no candles" in driver.text()
        await driver.press("]", "escape")
        assert driver.board.cursor_symbol == "IBM"


async def test_an_empty_board_has_nothing_to_open() -> None:
    async with on_screen(FakeEngine(make_snapshot(rows=()))) as driver:
        await driver.press("enter", "]", "escape")
        assert driver.engine.charts == []


async def test_keys_go_round_the_chart_and_the_panes() -> None:
    async with on_screen(engine()) as driver:
        await driver.press("enter")
        assert driver.app.dashboard.detail.has_focus
        await driver.press("tab")
        assert driver.log_pane.view.has_focus
        await driver.press("escape")
        assert driver.log_pane.view.has_focus
        await driver.press("tab")
        assert driver.board.has_focus


@pytest.mark.parametrize("width", range(0, 160, 9))
def test_any_size_is_filled(width: int) -> None:
    events = [make_event(n, HOSTILE, pattern=HOSTILE) for n in range(30)]
    chart = charted(*events, symbol=HOSTILE)
    for height in range(40):
        for shown in (chart, None):
            look = Look(HOSTILE, M1, Row(HOSTILE, 1.0, 2.0), shown, events)
            lines = detail_lines(look, width, height)
            assert len(lines) == height
            assert all(line_width(line) == width for line in lines)
            assert all(line_text(line).isprintable() for line in lines)


# -- the day, the tape and the log ----------------------------------------------------------------


def ticked(count: int, *, revised: int | None = None) -> tuple[TapeTick, ...]:
    return tuple(
        TapeTick(n, THIS_MINUTE + n * 1_000, 200.0 + n, 199.5 + n, 200.5 + n, 10 * n, n == revised)
        for n in range(1, count + 1)
    )


async def test_the_statistics_of_the_day_are_there_and_the_age_goes_on() -> None:
    async with on_screen(engine()) as driver:
        row = driver.engine.current.rows[0]
        row = row._replace(high=229.1, low=225.8, vwap=227.6, minute_ticks=58, updated=NOW)
        driver.engine.replace_row(0, row)
        await driver.press("enter")
        assert "L 225.80 ├" in driver.lines()[2]
        assert "VWAP 227.60" in driver.lines()[2]
        assert driver.lines()[2].rstrip().endswith("age 1s")
        await driver.pass_time(3.0)
        assert driver.lines()[2].rstrip().endswith("age 3s")


async def test_the_tape_is_at_every_size_that_has_room() -> None:
    chart = replace(charted(), ticks=ticked(9))
    for size, first in (((80, 24), 12), ((120, 30), 9), ((200, 50), 3), ((60, 30), 12)):
        async with on_screen(FakeEngine(make_snapshot(chart=chart)), size=size) as driver:
            await driver.press("enter")
            lines = driver.lines()
            found = [place for place, line in enumerate(lines) if "09:31:09 209.00 ▲" in line]
            assert len(found) == 1, size
            assert found[0] >= first


async def test_a_tick_that_is_sent_again_changes_its_line() -> None:
    async with on_screen(FakeEngine(make_snapshot(chart=replace(charted(), ticks=ticked(3))))) as d:
        await d.press("enter")
        assert "09:31:02 202.00" in d.text()
        d.engine.change(chart=replace(charted(), ticks=ticked(3, revised=2)))
        await d.look()
        assert "09:31:02*202.00" in d.text()


async def test_lines_of_the_log_that_name_the_symbol_are_among_its_events() -> None:
    known = driver_notices(("AAPL was refused", "MSFT was refused"))
    async with on_screen(engine(make_event(1), notices=known)) as driver:
        await driver.press("enter")
        beside = "".join(line[34:] for line in driver.lines()[12:16])
        assert "log  W AAPL was refused" in beside
        assert "MSFT" not in beside
        await driver.press("]")
        assert "log  W MSFT was refused" in "".join(line[34:] for line in driver.lines()[12:16])


def driver_notices(texts: tuple[str, ...]) -> tuple[Notice, ...]:
    return tuple(Notice(n, WALL_MS, logging.WARNING, text) for n, text in enumerate(texts, 1))


# -- the crosshair --------------------------------------------------------------------------------


def values(driver: Driver) -> str:
    return " ".join(driver.lines()[3].split())


def marked_at(driver: Driver) -> int | None:
    """Return the cell of the vertical line."""
    cells = {line.index("│") for line in driver.lines()[4:11] if "│" in line[:66]}
    found = driver.app.dashboard.detail._lines
    edges = {
        sum(len(text) for text, _ in line[:place])
        for line in found[3:]
        for place, (_, role) in enumerate(line)
        if role == "edge" and line[place][0].startswith("│")
    }
    assert len(edges) < 2
    return edges.pop() if edges and cells else None


async def test_arrows_move_a_line_over_the_candles_and_escape_takes_it_away_first() -> None:
    async with on_screen(engine()) as driver:
        await driver.press("enter")
        newest = values(driver)
        assert newest.startswith("09:31 O ")
        assert marked_at(driver) is None
        await driver.press("left")
        assert values(driver) == newest
        x = marked_at(driver)
        assert x is not None
        await driver.press("left", "h")
        assert values(driver).startswith("09:29 O ")
        assert marked_at(driver) == x - 4
        await driver.press("right")
        assert values(driver).startswith("09:30 O ")
        await driver.press("shift+left")
        assert values(driver).startswith("09:20 O ")
        await driver.press("ctrl+right")
        assert values(driver).startswith("09:30 O ")
        await driver.press("escape")
        assert marked_at(driver) is None
        assert values(driver) == newest
        assert driver.app.dashboard.closely
        await driver.press("escape")
        assert not driver.app.dashboard.closely


async def test_home_and_end_go_to_both_ends_of_all_candles() -> None:
    async with on_screen(engine()) as driver:
        await driver.press("enter", "home")
        assert values(driver).startswith("07:32 O ")
        assert "86 newer▸" in driver.text()
        await driver.press("end")
        assert values(driver).startswith("09:31 O ")
        assert "newer▸" not in driver.text()
        assert driver.app.dashboard.detail.has_crosshair


async def test_it_stays_on_its_candle_while_new_ones_come() -> None:
    async with on_screen(engine()) as driver:
        await driver.press("enter", "left", "left", "left")
        before, x = values(driver), marked_at(driver)
        chart = charted()
        last = chart.candles[-1]
        newer = replace(last, start=last.start + 60_000)
        driver.engine.change(chart=replace(chart, candles=(*chart.candles[1:], newer)))
        await driver.look()
        assert values(driver) == before
        assert marked_at(driver) == (x or 0) - 2


async def test_the_names_of_the_events_on_a_candle_are_said() -> None:
    events = [make_event(n, pattern=name) for n, name in ((1, "Doji"), (2, "Hammer"))]
    async with on_screen(engine(*events), size=(100, 30)) as driver:
        await driver.press("enter", "left", "left")
        assert values(driver).endswith("Doji, Hammer")
        await driver.press("left")
        assert "Hammer" not in values(driver)


async def test_the_mouse_moves_it_and_a_click_leaves_it_there() -> None:
    async with on_screen(engine()) as driver:
        await driver.press("enter")
        newest = values(driver)
        await driver.pilot.hover(offset=(60, 7))
        await driver.settle()
        assert values(driver).startswith("09:28 O ")
        assert not driver.app.screen.query("Tooltip.-visible")
        await driver.pilot.hover(offset=(60, 20))
        await driver.settle()
        assert values(driver) == newest
        await driver.pilot.click(offset=(50, 7))
        await driver.pilot.hover(offset=(60, 20))
        await driver.settle()
        assert values(driver).startswith("09:23 O ")
        await driver.press("right")
        assert values(driver).startswith("09:24 O ")
        await driver.pilot.hover(offset=(75, 7))
        await driver.settle()
        assert values(driver).startswith("09:24 O "), "there are no candles"


async def test_another_symbol_has_no_crosshair_but_another_timeframe_has_it() -> None:
    async with on_screen(engine()) as driver:
        await driver.press("enter", *["left"] * 8)
        assert values(driver).startswith("09:24 O ")
        driver.engine.change(chart=make_chart("AAPL", M5))
        await driver.press("t")
        assert values(driver).startswith("06-01 09:20 O ")
        driver.engine.change(chart=make_chart("MSFT", M5))
        await driver.press("]")
        assert values(driver).startswith("06-01 09:30 O ")
        assert not driver.app.dashboard.detail.has_crosshair


async def test_the_smallest_screen_has_a_crosshair() -> None:
    async with on_screen(engine(), size=(40, 12)) as driver:
        await driver.press("enter", "left", "left")
        assert values(driver).startswith("09:30 C ")
        assert "◂" in driver.text()


async def test_frozen_it_still_moves_over_the_candles_there() -> None:
    async with on_screen(engine()) as driver:
        await driver.press("enter", "space", "left", "left")
        assert values(driver).startswith("09:30 O ")


async def test_keys_of_the_crosshair_are_the_boards_while_there_is_no_chart() -> None:
    async with on_screen(engine()) as driver:
        await driver.press("right")
        assert driver.board.cursor_symbol == "MSFT"
        assert not driver.app.dashboard.detail.has_crosshair


async def test_what_is_marked_is_copied_else_the_day() -> None:
    async with on_screen(engine()) as driver:
        await driver.press("enter")
        text, what = driver.app.dashboard.detail.copied()
        assert text.startswith("AAPL  last 227.52  change -1.13  -0.50%  open 228.65")
        assert what == "day of AAPL"
        await driver.press("left", "left")
        text, what = driver.app.dashboard.detail.copied()
        assert text.startswith("AAPL  1min 2026-06-01 09:30:00 ET  open ")
        assert what == "candle of AAPL"
        driver.engine.change(rows=(), chart=None)
        await driver.press("escape")
        await driver.look()
        assert driver.app.dashboard.detail.copied() == ("AAPL", "AAPL")


# -- freshness ------------------------------------------------------------------------------------


@pytest.mark.parametrize(("silent", "told"), [(59.9, "LIVE"), (60.1, "QUIET"), (4_000, "STALE")])
@pytest.mark.parametrize("size", [(40, 12), (80, 24), (120, 40), (200, 50)])
async def test_it_says_how_fresh_it_is(silent: float, told: str, size: tuple[int, int]) -> None:
    rows = (make_row("AAPL", 227.52, updated=NOW - silent, minute_ticks=57),)
    async with on_screen(FakeEngine(make_snapshot(rows=rows)), size=size) as driver:
        await driver.press("enter")
        said = title(driver).split()
        if told == "STALE" or size[0] > 40:
            assert said[1] == told
        else:
            assert said[1] in "▲▼", "the price needs the room"


async def test_it_says_of_a_symbol_that_nobody_watches_only_that_nobody_knows() -> None:
    link = LinkView(phase=LinkPhase.RETRYING, attempt=2)
    for up, told in ((True, 0), (False, 1)):
        fake = engine() if up else engine(link=link)
        async with on_screen(fake) as driver:
            await driver.press("enter")
            fake.change(rows=())
            await driver.look()
            assert not {"LIVE", "QUIET"} & set(title(driver).split())
            assert title(driver).count("STALE") == told


@pytest.mark.parametrize(("silent", "rate"), [(59.9, "57"), (60.5, "0"), (4_000, "0")])
@pytest.mark.parametrize("size", [(80, 24), (200, 50)])
async def test_ticks_a_minute_are_those_of_the_table(
    silent: float, rate: str, size: tuple[int, int]
) -> None:
    rows = (make_row("AAPL", 227.52, updated=NOW - silent, minute_ticks=57),)
    async with on_screen(FakeEngine(make_snapshot(rows=rows)), size=size) as driver:
        await driver.press("enter")
        words = driver.text().split()
        assert words[words.index("ticks/min") + 1] == rate
        assert f"ticks/min {rate}  " in driver.app.dashboard.detail.copied()[0]


# -- hostile engines ------------------------------------------------------------------------------


WRONG = (float("nan"), float("inf"), -1e308, 1e308, 1e15, 0.0, -5.0, 10**15)


async def test_no_engine_can_break_the_screen() -> None:
    """Whatever numbers there are, and in whatever order."""
    candles = tuple(
        Candle(start, a, b, c, d, e)
        for start, (a, b, c, d, e) in zip(
            (0, -5, 10**15, 7, 7) * 4, product(WRONG[:3], *[WRONG[2:4]] * 4), strict=False
        )
    )
    ticks = tuple(TapeTick(n, n * 10**12, p, p, p, p) for n, p in enumerate(WRONG))
    row = Row(
        "AAPL", 1e308, 5e-324, True, float("nan"), high=-1.0, low=float("inf"), vwap=1e308,
        minute_ticks=-5, ticks=-7, name=HOSTILE,
    )  # fmt: skip
    good = make_chart("AAPL").candles
    for size in ((40, 12), (80, 24), (120, 30), (200, 50)):
        for mixed in (candles, (*candles, *good)):
            chart = Chart("AAPL", M1, mixed, (make_event(1, pattern=HOSTILE),), ticks)
            snapshot = make_snapshot(
                chart=chart, rows=(row,), notices=driver_notices(("AAPL\x1b",))
            )
            async with on_screen(FakeEngine(snapshot), size=size) as driver:
                await driver.press("enter", "left", "home", "shift+left", "end", "[", "]")
                assert len(driver.lines()) == size[1]
                driver.app.dashboard.detail.copied()
