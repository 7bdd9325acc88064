"""Header, statistics and banner in words: what they say in which state."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.ui.fake_engine import NOW, WALL_MS, make_row, make_snapshot
from tickterm.errors import UniverseError
from tickterm.market.freshness import feed_view
from tickterm.market.snapshot import (
    ChannelCounts,
    Feed,
    LinkPhase,
    LinkView,
    RedisView,
    Snapshot,
    UniverseView,
    ViewersView,
)
from tickterm.ui.board.order import Sort
from tickterm.ui.draw import numbers
from tickterm.ui.draw.spans import line_text, line_width
from tickterm.ui.edges.header import View, feed_badge, header_line, shown_time
from tickterm.ui.edges.status import Status, failure, link_status
from tickterm.ui.figures.stats_footer import stats_lines

USUAL = View()


def with_link(**changes: Any) -> Snapshot:
    snapshot = make_snapshot()
    return replace(snapshot, link=replace(snapshot.link, **changes))


def header(view: View = USUAL, width: int = 80, **changes: Any) -> str:
    snapshot = make_snapshot(**changes)
    view = view._replace(badge=feed_badge(snapshot, feed_view(snapshot, NOW)))
    return line_text(header_line(snapshot, view, shown_time(snapshot, WALL_MS), width))


def statistics(snapshot: Snapshot, width: int = 80, rows: int = 2) -> list[str]:
    return [line_text(line).rstrip() for line in stats_lines(snapshot, NOW, width, rows)]


def test_the_header_at_80_cells_has_everything() -> None:
    words = header().split()
    assert words == [
        *("tickterm", "LIVE", "stock_etf_test:combo_test", "70", "symbols"),
        *("sort", "universe", numbers.clock(WALL_MS)),
    ]


def replayed(*timestamps: int) -> Snapshot:
    rows = tuple(make_row(f"R{ms}", 10.0, timestamp=ms) for ms in timestamps)
    return replace(with_link(feed=Feed.REPLAY), rows=rows)


def test_a_recording_shows_its_own_time_in_new_york() -> None:
    newest = 1_381_152_662_000
    assert shown_time(replayed(newest - 5_000, newest, 0), WALL_MS) == "2013-10-07 09:31:02 ET"
    assert shown_time(replayed(0), WALL_MS) == shown_time(replayed(), WALL_MS) == ""
    assert shown_time(replayed(10**20), WALL_MS) == "--:--:-- ET"
    assert shown_time(make_snapshot(), WALL_MS) == numbers.clock(WALL_MS)


def test_the_time_of_a_recording_is_the_first_to_go() -> None:
    snapshot = replayed(1_381_152_662_000)
    time = shown_time(snapshot, WALL_MS)
    roomy = line_text(header_line(snapshot, View(), time, 80))
    assert roomy.endswith(f" 70  sort universe  {time} ")
    narrow = line_text(header_line(snapshot, View(found="AAPL", paused=True), time, 80))
    assert "sort universe" in narrow
    assert "ET" not in narrow


def test_a_short_universe_name_is_shown() -> None:
    assert " us:x 3 symbols " in header(universe=UniverseView(name="us:x", size=3))


def test_the_word_symbols_goes_before_the_name_is_cut() -> None:
    link = replace(make_snapshot().link, feed=Feed.SIMULATED)
    assert " stock_etf_test:combo_test 70 " in header(link=link)


def test_the_header_says_pause_find_and_order() -> None:
    text = header(View(Sort.PERCENT, reverse=True, found="AAP", paused=True), 120)
    assert "PAUSED" in text
    assert "find AAP" in text
    assert "sort % change ▲" in text


@given(st.integers(0, 250), st.booleans(), st.text(max_size=30))
def test_the_header_is_as_wide_as_the_screen(width: int, paused: bool, found: str) -> None:
    view = View(found=found, paused=paused)
    assert line_width(header_line(make_snapshot(), view, "09:31:07", width)) == width


def test_statistics_of_a_healthy_engine_fit_two_lines_at_80_cells() -> None:
    first, second = statistics(make_snapshot())
    assert max(len(first), len(second)) <= 80
    assert first.split() == [
        *("●", "LIVE", "UP", "00:12:31", "ticks/s", "68", "ticks", "1,284,311"),
        *("redis", "up", "embedded"),
    ]
    assert second.split() == [
        *("p99", "1.10", "ms", "rejects", "0", "drops", "0", "viewers", "2", "lag", "0.31", "ms"),
        *("patterns", "analytics"),
    ]


def test_statistics_fit_one_line_at_150_cells() -> None:
    assert len(statistics(make_snapshot(), 150, 1)) == 1


def test_numbers_keep_their_places() -> None:
    calm = make_snapshot()
    busy = replace(calm, counts=replace(calm.counts, rate=12_345.6, ticks=99_999_999))
    assert [line.index("ticks ") for line in statistics(calm)[:1]] == [
        line.index("ticks ") for line in statistics(busy)[:1]
    ]
    assert statistics(calm)[1] == statistics(busy)[1]


def test_losses_are_worded_and_coloured() -> None:
    snapshot = make_snapshot(
        redis=RedisView(
            up=False,
            reason="Connection refused",
            channels={
                "a": ChannelCounts(buffered=1284, dropped={"age": 3, "bytes": 4}, ambiguous=5),
                "b": ChannelCounts(buffered=12, dropped={"age": 2}, ambiguous=3),
            },
        ),
    )
    snapshot = replace(
        snapshot,
        counts=replace(snapshot.counts, rejected=9, unpublished=8),
        link=replace(snapshot.link, refused=2),
    )
    lines = stats_lines(snapshot, NOW, 200, 1)
    text = line_text(lines[0])
    assert "rejects  9" in text
    assert "drops 15" in text
    assert "unsure 5" in text
    assert "not allowed 2 symbols" in text
    assert "redis DOWN 1,284 waiting Connection refused" in text
    roles = {span.strip(): role for span, role in lines[0]}
    assert roles["15"] == "down"
    assert roles["9"] == roles["5"] == "amber"
    assert roles["DOWN 1,284 waiting Connection refused"] == "down"


@pytest.mark.parametrize(
    ("up", "buffered", "shown"), [(True, 1_000, ""), (True, 1_001, " 1,001"), (False, 1, " 1")]
)
def test_a_few_waiting_ticks_do_not_shift_the_line(up: bool, buffered: int, shown: str) -> None:
    redis = RedisView(up=up, channels={"a": ChannelCounts(buffered=buffered)})
    line = stats_lines(make_snapshot(redis=redis), NOW, 200, 1)[0]
    state = f"{'up' if up else 'DOWN'}{shown and shown + ' waiting'}"
    assert (state, "down" if not up else "amber" if shown else "up") in line


@pytest.mark.parametrize("feed", [Feed.LIVE, Feed.SIMULATED])
def test_redis_down_is_seen_at_80_cells_whatever_else_is_wrong(feed: Feed) -> None:
    counts = ChannelCounts(buffered=1_284_311, dropped={"age": 123_456}, ambiguous=12_345)
    snapshot = with_link(
        phase=LinkPhase.RETRYING, feed=feed, since=NOW - 300_000, refused=12_000, reason="x" * 200
    )
    snapshot = replace(
        snapshot,
        counts=replace(snapshot.counts, ticks=1_234_567_890, rate=123_456, rejected=9_999),
        redis=RedisView(reason="Connection refused " * 9, channels={"a": counts}),
        viewers=ViewersView(reason="port 8765 is taken by another program " * 9),
    )
    lines = [line[:80] for line in statistics(snapshot)]
    assert len(lines) == 2
    assert any("redis DOWN" in line for line in lines)


def test_a_broadcaster_that_cannot_listen_says_why() -> None:
    snapshot = make_snapshot(viewers=ViewersView(reason="port 8765 is taken"))
    assert "viewers OFF port 8765 is taken" in statistics(snapshot, 200, 1)[0]


def test_trouble_of_the_engine_stands_in_for_the_link() -> None:
    lines = stats_lines(make_snapshot(), NOW, 80, 2, "NO ANSWER")
    assert line_text(lines[0]).startswith(" ○ LIVE NO ANSWER ")


def sentence(status: Status | None) -> tuple[str, str, str]:
    assert status is not None
    return status.level, status.title, status.text


def test_a_link_that_is_up_needs_no_banner() -> None:
    assert link_status(make_snapshot(), NOW) is None


def test_the_banner_of_a_lost_link() -> None:
    snapshot = with_link(
        phase=LinkPhase.RETRYING, attempt=3, reason="no data for 15 s", retry_at=NOW + 3.2
    )
    assert sentence(link_status(snapshot, NOW)) == (
        "warning",
        "RECONNECTING",
        "attempt 3 · next try in 3 s · no data for 15 s",
    )


def test_the_wait_comes_before_a_long_reason() -> None:
    snapshot = with_link(
        phase=LinkPhase.RETRYING, attempt=12, reason="word " * 99, retry_at=NOW + 30
    )
    text = sentence(link_status(snapshot, NOW))[2]
    assert text.startswith("attempt 12 · next try in 30 s · word word ")


@pytest.mark.parametrize(
    ("buffered", "text"),
    [
        (0, "the recording has ended"),
        (1, "the recording has ended · 1 tick waits for Redis"),
        (1_284, "the recording has ended · 1,284 ticks wait for Redis"),
    ],
)
def test_the_end_of_a_recording_says_what_still_waits(buffered: int, text: str) -> None:
    channels = {"a": ChannelCounts(), "b": ChannelCounts(buffered=buffered)}
    snapshot = replace(with_link(phase=LinkPhase.ENDED), redis=RedisView(channels=channels))
    assert sentence(link_status(snapshot, NOW)) == ("calm", "ENDED", text)


def test_the_wait_counts_down_and_never_below_nothing() -> None:
    snapshot = with_link(phase=LinkPhase.RETRYING, attempt=1, retry_at=NOW + 1)
    assert sentence(link_status(snapshot, NOW + 1.8))[2] == "attempt 1 · next try in 0 s"


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        (
            {"phase": LinkPhase.REFUSED, "reason": "bad key; check MASSIVE_API_KEY"},
            ("error", "REFUSED", "bad key; check MASSIVE_API_KEY · r tries again"),
        ),
        ({"phase": LinkPhase.ENDED}, ("calm", "ENDED", "the recording has ended")),
        ({"phase": LinkPhase.CONNECTING}, ("calm", "CONNECTING", "to socket.massive.com")),
        (
            {"phase": LinkPhase.CONNECTING, "attempt": 2, "losses": 1},
            ("warning", "CONNECTING", "to socket.massive.com · attempt 2"),
        ),
        (
            {"phase": LinkPhase.AUTHENTICATING, "attempt": 1},
            ("calm", "SIGNING IN", "to socket.massive.com · attempt 1"),
        ),
        (
            {"phase": LinkPhase.WAITING_FOR_UNIVERSE},
            ("calm", "STARTING", "reading the universe"),
        ),
    ],
)
def test_the_banner_of_other_states(
    changes: dict[str, Any], expected: tuple[str, str, str]
) -> None:
    assert sentence(link_status(with_link(**changes), NOW)) == expected


def test_a_missing_universe_says_what_to_do_even_while_the_feed_goes_on() -> None:
    universe = UniverseView(error="no 'x:y'; nearest: x:z")
    waiting = make_snapshot(link=LinkView(), universe=universe)
    todo = f"{universe.error} · see: tickterm universe list"
    assert sentence(link_status(waiting, NOW)) == ("error", "NO UNIVERSE", todo)
    running = make_snapshot(universe=universe)
    assert sentence(link_status(running, NOW)) == ("warning", "UNIVERSE", universe.error)


def test_an_engine_that_says_nothing_is_noticed() -> None:
    assert link_status(make_snapshot(), NOW + 2.0) is None
    status = link_status(make_snapshot(), NOW + 3.4)
    assert status == Status("error", "NO ANSWER", "the engine has said nothing for 3 s", True)


def test_an_engine_that_ended_says_why() -> None:
    assert failure(None).text == "it ended on its own · q quits"
    assert failure(UniverseError("no \x1b[31mtable")).text == "no ·[31mtable · q quits"
    assert failure(KeyError("x")).text == "KeyError: 'x' · q quits"


def test_an_error_inside_groups_is_said_in_words() -> None:
    inner = ExceptionGroup("inner", [UniverseError("no table"), KeyError("x")])
    assert failure(ExceptionGroup("outer", [inner])).text == "no table · q quits"


def test_an_engine_that_has_not_begun_is_not_called_live() -> None:
    blank = Snapshot()
    assert "LIVE" not in line_text(
        header_line(blank, View(badge=feed_badge(blank, feed_view(blank, 0.0))), "", 80)
    )
    assert [line_text(line) for line in stats_lines(blank, 0.0, 80)] == [" ○ STARTING"]
    assert shown_time(blank, 5_000) == ""
    assert sentence(link_status(blank, 0.0)) == ("calm", "STARTING", "reading the universe")


@given(st.integers(40, 220), st.integers(1, 2))
def test_no_statistic_is_cut_in_the_middle(width: int, rows: int) -> None:
    """A number that is cut off is a wrong number."""
    bad = make_snapshot(
        redis=RedisView(
            up=False,
            reason="connection refused by a host with a long name",
            channels={"a": ChannelCounts(buffered=123_456, dropped={"age": 100}, ambiguous=400)},
        ),
    )
    off = replace(bad.viewers, listening=False, reason="Address already in use")
    bad = replace(bad, viewers=off, link=replace(bad.link, refused=7))
    lines = [line_text(line) for line in stats_lines(bad, NOW, width, rows)]
    assert all(len(line) <= width for line in lines)
    text = "  ".join(lines)
    if width >= 80 and rows == 2:
        assert "redis DOWN 123,456 waiting" in text
        assert "unsure 400" in text
        assert "viewers OFF" in text
