"""The pane of latencies: each number in its place, at every size, whatever an engine says."""

from __future__ import annotations

import dataclasses
import os
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from textual.events import MouseScrollDown, MouseScrollUp

from tests.market import contract_values
from tests.ui.driving import Driver, on_screen
from tests.ui.fake_engine import ATTACHED, HOSTILE, NOW, FakeEngine, make_chart, make_snapshot
from tickterm.attach.bounds import LARGEST, bounded
from tickterm.market.contract import Status
from tickterm.market.snapshot import (
    Attachment,
    ChannelCounts,
    Feed,
    LinkPhase,
    LinkView,
    PerformanceView,
    Quantiles,
    RedisView,
    Snapshot,
    TickCounts,
    Timing,
    ViewersView,
)
from tickterm.memory import Memory
from tickterm.ui.draw import numbers
from tickterm.ui.draw.spans import Line, line_text, line_width
from tickterm.ui.figures.figure_lines import figure_lines
from tickterm.ui.figures.latency_table import TABLE_LINES, latency_table, span_of_time
from tickterm.ui.figures.panel import LatencyPanel, in_sight, panel_lines
from tickterm.ui.figures.stats_footer import next_refresh, stats_lines

OWN = Memory(71_400_000, is_peak=False)
SCREEN = Timing(Quantiles(9, 0, 0.0009, 0.00134, 0.00139, 0.0014))
MEASURED = PerformanceView(
    exchange_to_receive=Timing(
        Quantiles(4080, 0, 2.03125, 2.34375, 2.53125, 2.61204),
        Quantiles(1_284_311, 0, 2.03125, 2.40625, 3.1875, 903.41),
    ),
    receive_to_redis=Timing(
        Quantiles(4080, 0, 0.0004288, 0.0006848, 0.0009, 0.0014212),
        Quantiles(1_284_311, 0, 0.0004288, 0.0007232, 0.001088, 0.02144),
    ),
    receive_to_screens=Timing(since_start=Quantiles(9, 0, 0.0512, 0.0968, 0.1019, 0.388)),
    loop_lag=Timing(Quantiles(590, 0, 0.0001, 0.0002, 0.00031, 0.0012)),
    rate_peak=4_812.4,
    rate_peak_at=NOW - 311,
    bytes=312_880_112,
    bytes_rate=13_005.2,
    memory=97_517_568,
)
SIZES = [(40, 12), (80, 24), (120, 30), (120, 60), (200, 50), (300, 100)]


def snapshot_of(performance: PerformanceView = MEASURED, **changes: Any) -> Snapshot:
    return make_snapshot(performance=performance, **changes)


def table(snapshot: Snapshot, width: int = 80) -> dict[str, list[str]]:
    """Return label -> cells, two blanks being the least between them."""
    lines = latency_table(snapshot, SCREEN, NOW, width)
    assert len(lines) == TABLE_LINES
    assert all(line_width(line) == width for line in lines)
    return {line_text(line)[1:15].strip(): cells(line) for line in lines[2:]}


def cells(line: Line) -> list[str]:
    return [text.strip() for text, role in line[1:] if role != "rule"]


def figures(snapshot: Snapshot, width: int = 90) -> list[str]:
    return [line_text(line).rstrip() for line in figure_lines(snapshot, OWN, width)]


def test_each_latency_is_in_its_row_and_column() -> None:
    told = table(snapshot_of())
    assert told["exchange to us"][:8] == [
        "2.03 s", "2.34 s", "2.53 s", "2.61 s", "2.03 s", "2.41 s", "3.19 s", "903 s",
    ]  # fmt: skip
    assert told["on to Redis"][:8] == [
        "0.43 ms", "0.68 ms", "0.90 ms", "1.42 ms", "0.43 ms", "0.72 ms", "1.09 ms", "21.4 ms",
    ]  # fmt: skip
    assert told["on to screens"][:8] == ["—"] * 4 + ["51.2 ms", "96.8 ms", "102 ms", "388 ms"]
    assert told["engine's lag"][:4] == ["0.10 ms", "0.20 ms", "0.31 ms", "1.20 ms"]
    assert told["screen's lag"][:4] == ["0.90 ms", "1.34 ms", "1.39 ms", "1.40 ms"]


def test_there_is_no_time_since_a_start_that_is_not_known() -> None:
    def title(snapshot: Snapshot) -> str:
        return line_text(latency_table(snapshot, SCREEN, NOW, 100)[0]).rstrip()

    assert title(snapshot_of(started=NOW - 60)).endswith("since start 00:01:00")
    assert title(snapshot_of(started=0.0)).endswith("since start")


def test_what_is_not_known_is_a_dash_with_the_reason() -> None:
    told = {
        label: " ".join(cells).strip()
        for label, cells in table(snapshot_of(PerformanceView())).items()
    }
    assert told["exchange to us"] == "— no tick yet"
    assert told["on to Redis"] == "— no tick of a Redis that is up"
    assert told["on to viewers"] == "— no viewer takes every tick"
    assert told["on to screens"] == "— no screen or page is attached"
    assert told["engine's lag"] == "— unknown in its first seconds"
    replay = snapshot_of(PerformanceView(), link=LinkView(LinkPhase.UP, feed=Feed.REPLAY))
    assert "a recording was made at another time" in " ".join(table(replay)["exchange to us"])


@pytest.mark.parametrize(
    ("width", "titles"),
    [
        (40, "p50 p99 max"),
        (60, "p50 p95 p99 max"),
        (79, "p50 p95 p99 max"),
        (80, "p50 p95 p99 max│ p50 p95 p99 max"),
        (200, "p50 p95 p99 max │ p50 p95 p99 max"),
    ],
)
def test_columns_go_where_there_is_less_room(width: int, titles: str) -> None:
    lines = latency_table(snapshot_of(), SCREEN, NOW, width)
    assert " ".join(line_text(lines[1]).split()) == titles
    assert ("since start 00:12:32" in line_text(lines[0])) == (width >= 80)
    ends = {line_text(line).rstrip()[-2:] for line in lines if "—" not in line_text(line)}
    assert ends <= {"te", "32", "ax", "ms", " s"}


@pytest.mark.parametrize("height", [1, 9, 60])
def test_no_line_is_wider_than_the_panel(height: int) -> None:
    for width in range(1, 170):
        lines = panel_lines(snapshot_of(), SCREEN, OWN, NOW, width, height)
        seen = in_sight(lines, 0, width, height)
        assert len(seen) <= height
        assert all(line_width(line) <= width for line in (*lines, *seen))


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (None, "—"),
        (float("nan"), "—"),
        (0.0, "0.00 ms"),
        (0.00042, "0.42 ms"),
        (0.009994, "9.99 ms"),
        (0.009996, "10.0 ms"),
        (0.9994, "999 ms"),
        (0.9996, "1.00 s"),
        (99.94, "99.9 s"),
        (99.96, "100 s"),
        (903.4, "903 s"),
        (1_020, "17 min"),
        (5_969, "99 min"),
        (6_000, "1.67 h"),
        (3.6e6, ">999 h"),
        (1e15, ">999 h"),
        (-0.00042, "-0.4 ms"),
        (-0.0123, "-12 ms"),
        (-0.31, "-310 ms"),
        (-4.02, "-4.02 s"),
        (-1e15, "->999 h"),
    ],
)
def test_durations_in_seven_characters(seconds: float | None, text: str) -> None:
    assert span_of_time(seconds) == text


@given(st.floats(-LARGEST, LARGEST))
def test_any_duration_fits(seconds: float) -> None:
    assert len(span_of_time(seconds)) <= 7
    assert len(numbers.size(seconds)) <= 8


@pytest.mark.parametrize(
    ("size", "text"),
    [(0, "0 B"), (999, "999 B"), (1000, "1.00 kB"), (12_345, "12.3 kB"), (999_600, "1.00 MB"),
     (97_517_568, "97.5 MB"), (1.25e9, "1.25 GB"), (1e15, "1000 TB"), (-5e6, "-5.00 MB")],
)  # fmt: skip
def test_sizes(size: float, text: str) -> None:
    assert numbers.size(size) == text


def test_each_figure_is_in_its_line() -> None:
    counts = {
        "tickstock.data.raw": ChannelCounts(99, 60, 20, 3, {"age": 12, "bytes": 4}),
        "stream tickstock:ticks": ChannelCounts(99, 90, 0, 0, {}, 9),
    }
    snapshot = snapshot_of(
        redis=RedisView(up=True, channels=counts, buffered_bytes=14_100),
        viewers=ViewersView(
            viewers=2, conflated=17, cut_by={"stuck": 1, "loud": 2}, deepest=12_288, kept=100_000
        ),
        counts=TickCounts(rate=68.4, rejected_by={"price": 3, "no event": 4, "time": 0}),
        attachment=ATTACHED,
    )
    peak_at = figures(snapshot)[0].split()[-1]
    assert figures(snapshot) == [
        f" ticks/s          68   peak 4,812 at {peak_at}",
        " feed      13.0 kB/s   313 MB in all",
        " Redis     14.1 kB waiting",
        "   tickstock.data.raw           23 waiting  dropped 12 age, 4 bytes",
        "   stream tickstock:ticks        0 waiting  dropped none  9 unsure",
        " viewers   2, at most 12.3 kB waiting for one",
        "           100,000 ticks kept for those that come back",
        " conflated 17 ticks",
        " cut off   2 loud, 1 stuck",
        " rejected  4 no event, 3 price",
        " memory    engine 97.5 MB   this screen 71.4 MB",
    ]


def test_the_peak_stays_at_its_time_while_the_clock_goes_on() -> None:
    snapshot = snapshot_of()
    later = dataclasses.replace(snapshot, now=NOW + 60.0, wall_ms=snapshot.wall_ms + 60_000)
    assert figures(snapshot)[0] == figures(later)[0]
    assert "peak" not in figures(snapshot_of(PerformanceView()))[0]


def test_clocks_that_disagree_are_told_and_amber() -> None:
    early = Timing(Quantiles(4080, 1_204, -0.31, 0.1, 0.2, 0.3), Quantiles(4080, 1_204, -0.3))
    snapshot = snapshot_of(PerformanceView(exchange_to_receive=early))
    assert " clock     1,204 of 4,080 ticks of the minute" in figures(snapshot)
    line = latency_table(snapshot, SCREEN, NOW, 80)[2]
    assert [role for text, role in line if text.strip() == "-310 ms"] == ["amber"]


@pytest.mark.parametrize(
    ("attachment", "told"),
    [
        (Attachment(), "97.5 MB, engine and screen"),
        (Attachment(pid=os.getpid()), "97.5 MB, engine and screen"),
        (Attachment(pid=os.getpid() + 1), "engine 97.5 MB   this screen 71.4 MB"),
        (ATTACHED, "engine 97.5 MB   this screen 71.4 MB"),
    ],
)
def test_memory_is_of_both_processes_where_there_are_two(attachment: Attachment, told: str) -> None:
    assert figures(snapshot_of(attachment=attachment))[-1] == f" memory    {told}"


def test_memory_that_is_a_peak_or_unknown_says_so() -> None:
    peak = dataclasses.replace(MEASURED, memory_is_peak=True)
    assert "97.5 MB at most" in figures(snapshot_of(peak))[-1]
    silent = dataclasses.replace(MEASURED, memory=None)
    assert figures(snapshot_of(silent))[-1] == " memory    this screen 71.4 MB"


def test_many_reasons_are_summed_up_and_cleaned() -> None:
    reasons = {f"{HOSTILE}{n}": n for n in range(1, 8)}
    snapshot = snapshot_of(counts=TickCounts(rejected_by=reasons))
    (line,) = (line for line in figures(snapshot, 400) if line.startswith(" rejected"))
    assert line.endswith(", 6 others")
    assert line.isprintable()


def test_too_low_a_terminal_is_told_how_much_it_misses() -> None:
    lines = panel_lines(snapshot_of(), SCREEN, OWN, NOW, 40, 9)
    assert len(lines) == 19
    seen = in_sight(lines, 0, 40, 9)
    assert len(seen) == 9
    assert line_text(seen[-1]) == " … 11 more lines on a taller terminal"


@given(st.integers(0, 30), st.integers(0, 30), st.integers(0, 30))
def test_every_line_is_seen_by_scrolling(count: int, top: int, height: int) -> None:
    lines: list[Line] = [((str(number), "value"),) for number in range(count)]
    top = max(0, min(top, count - height))
    seen = [line_text(line) for line in in_sight(lines, top, 40, height, scrolls=True)]
    assert len(seen) == min(count, height)
    if height < 3 or count <= height:
        assert seen == [str(number) for number in range(len(seen))]
        return
    assert seen[0] == "0", "the title stays"
    below = count - top - height
    shown = seen[1:-1] if below else seen[1:]
    assert shown == [str(1 + top + number) for number in range(len(shown))]
    if below:
        assert seen[-1] == f" … {below + 1} more lines ↓ scrolls"
        assert 1 + top + len(shown) + below + 1 == count


async def test_in_the_place_of_the_board_all_of_it_can_be_reached() -> None:
    async with on_screen(FakeEngine(snapshot_of()), (40, 12)) as driver:
        await driver.press("i")
        await driver.see("more lines ↓ scrolls")
        assert "memory" not in driver.text()
        await driver.press("end")
        await driver.see("memory")
        assert "LATENCY" in driver.lines()[1]
        assert "more lines" not in driver.text()
        seen = set(driver.lines())
        for _ in range(20):
            await driver.press("up")
            seen |= set(driver.lines())
        assert "exchange to us" in driver.lines()[3]
        for label in ("on to Redis", "Redis", "waiting", "viewers", "rejected", "memory"):
            assert any(label in line for line in seen), label


async def test_the_wheel_scrolls_it_and_numbers_that_change_do_not() -> None:
    engine = FakeEngine(snapshot_of())
    async with on_screen(engine, (40, 12)) as driver:
        await driver.press("i", "end")
        bottom = driver.lines()[1:10]
        await driver.pass_time(0.6)
        assert driver.lines()[1:10] == bottom
        await driver.pilot._post_mouse_events([MouseScrollUp], LatencyPanel, offset=(5, 5))
        assert driver.lines()[1:10] != bottom
        await driver.pilot._post_mouse_events([MouseScrollDown], LatencyPanel, offset=(5, 5))
        assert driver.lines()[1:10] == bottom
        await driver.press("i", "i")
        await driver.pilot.resize_terminal(120, 60)
        await driver.look()
        await driver.see("exchange to us")


@settings(max_examples=150, deadline=None)
@given(contract_values.status, st.sampled_from([40, 80, 200]))
def test_whatever_an_engine_says_can_be_drawn(status: Status, width: int) -> None:
    hostile = snapshot_of(
        bounded(status.performance),
        counts=bounded(status.counts),
        redis=bounded(status.redis),
        viewers=bounded(status.viewers),
        wall_ms=bounded(status.wall_ms),
        now=bounded(status.now),
        started=bounded(status.started),
    )
    for line in panel_lines(hostile, SCREEN, OWN, hostile.now, width, 50):
        assert line_width(line) <= width
        assert line_text(line).isprintable()


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf"), 1e300, -1])
def test_numbers_that_are_none_can_be_drawn(value: float) -> None:
    wild = Quantiles(*[value] * 6)  # type: ignore[arg-type]  # on purpose
    timing = Timing(wild, wild)
    latencies = dict.fromkeys(("exchange_to_receive", "receive_to_redis", "loop_lag"), timing)
    figures = dict.fromkeys(("rate_peak", "rate_peak_at", "bytes", "bytes_rate", "memory"), value)
    performance = PerformanceView(**latencies, **figures)  # type: ignore[arg-type]  # on purpose
    snapshot = snapshot_of(bounded(performance))
    for line in panel_lines(snapshot, SCREEN, OWN, NOW, 80, 50):
        assert line_width(line) <= 80


# --- in the statistics


@pytest.mark.parametrize(("width", "rows", "there"), [(200, 1, True), (80, 2, False)])
def test_peak_and_bytes_only_where_there_is_room(width: int, rows: int, there: bool) -> None:
    told = "".join(map(line_text, stats_lines(snapshot_of(), NOW, width, rows)))
    assert told.endswith("peak  4,812   feed 13.0 kB/s") == there
    assert "peak" not in told or there
    without = "".join(map(line_text, stats_lines(make_snapshot(), NOW, width, rows)))
    assert told.startswith(without), "nothing else has moved"


def test_all_that_shows_numbers_does_so_at_the_same_moments() -> None:
    assert [next_refresh(now) for now in (7.0, 7.2, 7.49, 7.5)] == [7.5, 7.5, 7.5, 8.0]


# --- on the screen


def shown(driver: Driver) -> str:
    return driver.text()


@pytest.mark.parametrize("size", SIZES)
async def test_i_shows_it_and_i_or_escape_takes_it_away(size: tuple[int, int]) -> None:
    async with on_screen(FakeEngine(snapshot_of()), size) as driver:
        await driver.look()
        before = driver.text()
        for key in ("i", "escape"):
            await driver.press("i")
            await driver.see("exchange to us")
            await driver.see("2.03 s")
            await driver.press(key)
            await driver.look()
            assert driver.text() == before
            assert driver.board.has_focus


@pytest.mark.parametrize(("size", "covers"), [((80, 24), True), ((200, 50), False)])
async def test_it_stands_beneath_the_board_or_in_its_place(
    size: tuple[int, int], covers: bool
) -> None:
    async with on_screen(FakeEngine(snapshot_of()), size) as driver:
        await driver.press("i")
        assert ("▲ 468.13" in driver.text()) != covers
        assert "subscribed to 70 symbols" not in driver.text(), "the log gives its place"


async def test_whole_tiles_are_to_be_seen_above_it() -> None:
    for height in (43, 44, 45, 46):
        async with on_screen(FakeEngine(snapshot_of()), (200, height)) as driver:
            await driver.press("i")
            panel = driver.app.dashboard.latency
            assert (driver.board.size.height + 1) % 4 in (0, 1), height
            assert panel.size.height in range(12, 17)


async def test_numbers_change_twice_a_second() -> None:
    engine = FakeEngine(snapshot_of())
    async with on_screen(engine) as driver:
        await driver.press("i")
        engine.change(performance=dataclasses.replace(MEASURED, bytes=999_000_000_000))
        await driver.look()
        await driver.pass_time(0.4)
        await driver.see("313 MB in all")
        await driver.pass_time(0.3)
        await driver.see("999 GB in all")


async def test_it_is_grey_while_the_engine_is_silent() -> None:
    engine = FakeEngine(snapshot_of(attachment=ATTACHED))
    async with on_screen(engine) as driver:
        await driver.press("i")
        panel = driver.app.dashboard.latency
        assert {role for line in panel._lines for _, role in line} > {"value", "label"}
        lost = dataclasses.replace(ATTACHED, connected=False, reason="gone")
        engine.change(attachment=lost)
        await driver.look()
        assert {role for line in panel._lines for _, role in line} == {"muted"}


async def test_a_resize_moves_it() -> None:
    async with on_screen(FakeEngine(snapshot_of()), (200, 50)) as driver:
        await driver.press("i")
        await driver.see("FIGURES")
        await driver.pilot.resize_terminal(80, 24)
        await driver.look()
        await driver.see("exchange to us")
        assert "FIGURES" not in driver.text()
        assert "▲ 468.13" not in driver.text()


async def test_a_chart_or_a_question_takes_it_off_the_board() -> None:
    engine = FakeEngine(snapshot_of(chart=make_chart("AAPL")))
    async with on_screen(engine) as driver:
        for key, there in (("enter", "AAPL"), ("slash", "find")):
            await driver.press("i", key)
            await driver.look()
            assert "exchange to us" not in driver.text(), key
            await driver.see(there)
            await driver.press("escape")


async def test_beside_a_chart_it_stays() -> None:
    engine = FakeEngine(snapshot_of(chart=make_chart("AAPL")))
    async with on_screen(engine, (200, 50)) as driver:
        await driver.press("i", "enter")
        await driver.look()
        await driver.see("exchange to us")
        assert driver.app.dashboard.closely
        await driver.press("escape")
        assert not driver.app.dashboard.latency.display
        assert driver.app.dashboard.closely, "one thing at a time"


@pytest.mark.parametrize(("key", "there"), [("l", "log"), ("e", "events")])
async def test_log_and_events_come_back_in_its_place(key: str, there: str) -> None:
    async with on_screen(FakeEngine(snapshot_of()), (200, 50)) as driver:
        await driver.press("i", key)
        await driver.look()
        assert "exchange to us" not in driver.text()
        panes = driver.app.dashboard.panes
        pane = panes.log_pane if there == "log" else panes.events
        assert panes.display
        assert pane.display


async def test_the_screen_measures_its_own_loop() -> None:
    async with on_screen(FakeEngine(snapshot_of())) as driver:
        lag = driver.app.dashboard.latency.lag
        assert lag._handle is not None
        assert not lag._handle.cancelled()
    assert lag._loop is None
