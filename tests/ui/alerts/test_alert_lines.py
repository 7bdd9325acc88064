"""How alerts read: whole conditions, times of today, the days of others."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator

import msgspec
import pytest

from tickterm.market.alerts import AlertKind, AlertRule, FiredAlert
from tickterm.market.snapshot import AlertCounts
from tickterm.ui.alerts.lines import counted, fired_line, rule_line, times
from tickterm.ui.alerts.listing import AlertsNow, alert_rows
from tickterm.ui.alerts.news import AlertNews
from tickterm.ui.alerts.questions import SetAlert, in_words
from tickterm.ui.draw.spans import line_text, line_width

NOON = 1_782_302_400_000
"""2026-06-24 12:00 UTC."""
HOSTILE = "\x1b[31m[red]evil[/]\u202e\n"


@pytest.fixture(autouse=True)
def utc() -> Iterator[None]:
    before = os.environ.get("TZ")
    os.environ["TZ"] = "UTC"
    time.tzset()
    yield
    if before is None:
        del os.environ["TZ"]
    else:
        os.environ["TZ"] = before
    time.tzset()


def rule(text: str, number: int = 1) -> AlertRule:
    return msgspec.structs.replace(AlertRule.parse(text), id=number)


def fired(number: int, rule_id: int = 1, at: int = NOON, text: str = "AAPL: 231") -> FiredAlert:
    return FiredAlert(number, at, rule_id, "AAPL", AlertKind.ABOVE, text, 231.0)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("AAPL > 230", "AAPL > 230      again after 5m  3×"),
        ("AAPL < 230.5 once", "AAPL < 230.5              once  3×"),
        ("AAPL move 2% 5m cooldown 10m", "AAPL move 2% 5m again after 10m"),
        ("AAPL stale 60s command /bin/true", "AAPL stale 1m"),
    ],
)
def test_a_rule_says_what_it_waits_for_and_how_often_it_fired(text: str, told: str) -> None:
    line = line_text(rule_line(rule(text), 80, "3×"))
    assert len(line) == 80
    assert told.split() == [word for word in line.split() if word in told.split()]


def test_a_rule_that_runs_a_command_says_so_but_not_which() -> None:
    line = line_text(rule_line(rule("AAPL > 1 command /bin/secret"), 80))
    assert "runs a command" in line
    assert "secret" not in line


@pytest.mark.parametrize("width", [30, 36, 40])
def test_where_there_is_no_room_the_condition_stays_whole(width: int) -> None:
    line = line_text(rule_line(rule("TSLA move -2% 5m cooldown 10m"), width, "12×"))
    assert len(line) == width
    assert line.split() == ["1", "TSLA", "move", "-2%", "5m", "12×"]


def test_only_another_day_is_named() -> None:
    today = line_text(fired_line(fired(1), 60, "2026-06-24"))
    assert today.split() == ["12:00:00", "AAPL:", "231"]
    other = line_text(fired_line(fired(1, at=NOON - 86_400_000), 60, "2026-06-24"))
    assert other.split() == ["06-23", "12:00", "AAPL:", "231"]


@pytest.mark.parametrize(
    ("at", "told"),
    [
        (NOON - 366 * 86_400_000, "2025-06-23"),
        (1_577_836_800_000, "2020-01-01"),
        (NOON + 86_400_000, "—"),
        (0, "—"),
        (-1, "—"),
        (1_577_836_799_999, "—"),
        (2**53, "—"),
        (-(2**53), "—"),
        (10**30, "—"),
        (253_402_300_799_999, "—"),
    ],
)
def test_a_time_that_cannot_be_is_a_dash(at: int, told: str) -> None:
    line = line_text(fired_line(fired(1, at=at), 40, "2026-06-24"))
    assert line.split() == [told, "AAPL:", "231"]
    assert len(line) == 40


def test_what_others_say_is_only_text() -> None:
    line = line_text(fired_line(fired(1, text=HOSTILE * 50), 60, ""))
    assert len(line) == 60
    assert line.isprintable()
    assert "\u202e" not in line


def test_how_often_each_rule_has_fired() -> None:
    assert counted([fired(1, 4), fired(2, 4), fired(3, 7)]) == {4: 2, 7: 1}


@pytest.mark.parametrize("rules", [0, 1, 5, 500])
@pytest.mark.parametrize("alerts", [0, 1, 200])
@pytest.mark.parametrize("height", [4, 9, 34])
@pytest.mark.parametrize("failed", [0, 1])
def test_both_lists_have_room_and_the_mark_is_in_sight(
    rules: int, alerts: int, height: int, failed: int
) -> None:
    now = AlertsNow(
        [rule("AAPL > 230", number) for number in range(1, rules + 1)],
        [fired(number, 1000) for number in range(alerts, 0, -1)],
        AlertCounts(failed_commands=failed),
        "2026-06-24",
    )
    for marked in {0, rules // 2, max(0, rules - 1), max(0, rules + alerts - 1)}:
        rows = alert_rows(now, marked, 60, height)
        lines = [row.line for row in rows]
        assert len(lines) == height
        assert {line_width(line) for line in lines} == {60}
        texts = [line_text(line) for line in lines]
        assert any("waiting for" in text for text in texts)
        if rules + alerts and height > 4:
            assert [row.place for row in rows if line_text(row.line)[0] == "▌"] == [marked]
    if not rules:
        assert any("n sets one" in line_text(row.line) for row in alert_rows(now, 0, 60, height))


def fired_rows(count: int, marked: int, height: int) -> list[int | None]:
    """Return the places of the rows in sight, below one rule, of what has fired."""
    newest_first = [fired(number) for number in range(count, 0, -1)]
    now = AlertsNow([rule("AAPL > 230")], newest_first, AlertCounts(), "2026-06-24")
    return [row.place for row in alert_rows(now, marked, 60, height)][4:]


def test_of_what_has_fired_the_lines_around_the_mark_are_shown() -> None:
    assert fired_rows(20, 0, 10) == [1, 2, 3, 4, 5, 6]
    assert fired_rows(20, 1, 10) == [1, 2, 3, 4, 5, 6]
    assert fired_rows(20, 4, 10) == [1, 2, 3, 4, 5, 6]
    assert fired_rows(20, 5, 10) == [2, 3, 4, 5, 6, 7]
    assert fired_rows(20, 10, 10) == [7, 8, 9, 10, 11, 12]
    assert fired_rows(20, 20, 10) == [15, 16, 17, 18, 19, 20]
    assert fired_rows(2, 2, 10) == [1, 2, None, None, None, None]


def told(count: int, counts: AlertCounts, first: int = 1, width: int = 80) -> list[str]:
    """Return both lists in words, of alerts of rule 1 numbered from `first`."""
    listed = [fired(number) for number in range(first + count - 1, first - 1, -1)]
    now = AlertsNow([rule("AAPL > 230"), rule("NVDA > 1", 2)], listed, counts, "2026-06-24")
    return [" ".join(line_text(row.line).split()) for row in alert_rows(now, 0, width, 12)]


def test_counts_are_those_of_all_that_fired() -> None:
    lines = told(3, AlertCounts(fired=3))
    assert "fired 3 times, newest first" in lines
    assert "▌ 1 AAPL > 230 again after 5m 3×" in lines
    lines = told(200, AlertCounts(fired=5_000))
    assert "fired the newest 200 of 5,000" in lines
    assert "▌ 1 AAPL > 230 again after 5m 200+×" in lines
    assert "2 NVDA > 1 again after 5m —" in lines


def test_what_fired_in_runs_before_counts_too() -> None:
    lines = told(200, AlertCounts(fired=1), first=301)
    assert "fired the newest 200 of 500" in lines
    assert "▌ 1 AAPL > 230 again after 5m 200+×" in lines


def test_an_engine_that_tells_no_counts_has_fired_what_is_listed() -> None:
    assert "fired 2 times, newest first" in told(2, AlertCounts())
    assert times(0, at_least=True) == ""


@pytest.mark.parametrize(
    ("counts", "line"),
    [
        (AlertCounts(fired=2, unpublished=1), "1 alert not on Redis"),
        (AlertCounts(fired=2, failed_commands=1), "1 command failed"),
        (
            AlertCounts(fired=2, unpublished=1_200, failed_commands=3),
            "1,200 alerts not on Redis, 3 commands failed",
        ),
    ],
)
def test_what_went_wrong_with_alerts_is_told(counts: AlertCounts, line: str) -> None:
    lines = told(2, counts, width=48)
    assert lines[lines.index("fired 2 times, newest first") + 1] == line
    assert len(lines) == 12
    assert not any("Redis" in text or "failed" in text for text in told(2, AlertCounts(2)))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("AAPL > 230", "AAPL passes above 230"),
        ("AAPL < 0.5", "AAPL passes below 0.5"),
        ("AAPL move +2% 5m", "AAPL rises 2% within 5m"),
        ("AAPL move -2% 5m", "AAPL falls 2% within 5m"),
        ("AAPL move 2%", "AAPL moves 2% within 1m"),
        ("AAPL volume x3", "AAPL trades 3× the usual in 1m"),
        ("AAPL stale 90s", "AAPL has no tick for 90s"),
    ],
)
def test_what_is_typed_is_said_in_words(text: str, words: str) -> None:
    assert in_words(AlertRule.parse(text)) == words
    added: list[str] = []
    question = SetAlert("AAPL", added.append)
    assert question.typed(text) == words
    question.do()
    assert added == [str(AlertRule.parse(text))]


def test_a_rule_written_in_full_behind_the_symbol_that_stood_there() -> None:
    added: list[str] = []
    question = SetAlert("AAPL", added.append)
    assert question.typed("AAPL AAPL > 230") == "AAPL passes above 230"
    assert question.typed("AAPL MSFT move 2% 5m") == "MSFT moves 2% within 5m"
    question.do()
    assert added == ["MSFT move 2% 5m"]


@pytest.mark.parametrize("text", ["msft > 5", "msft>5", "AAPL msft > 5"])
def test_a_symbol_in_small_letters_is_the_usual_one(text: str) -> None:
    added: list[str] = []
    question = SetAlert("AAPL", added.append)
    assert question.typed(text) == "MSFT passes above 5"
    question.do()
    assert added == ["MSFT > 5"]


def test_small_letters_within_a_symbol_stay() -> None:
    assert SetAlert("AAPL", print).typed("BACpL > 5") == "BACpL passes above 5"


@pytest.mark.parametrize("text", ["AAPL", "AAPL >", "AAPL > x", "A,B > 1", "AAPL jumps 2%"])
def test_what_is_no_alert_is_said_and_not_set(text: str) -> None:
    added: list[str] = []
    question = SetAlert("AAPL", added.append)
    question.typed("AAPL > 230")
    with pytest.raises(ValueError, match=r"\w"):
        question.typed(text)
    question.do()
    assert added == []


def test_a_command_cannot_be_set_from_a_screen() -> None:
    with pytest.raises(ValueError, match="tickterm alert add --command"):
        SetAlert("AAPL", print).typed("AAPL > 1 command rm -rf /")


def test_an_empty_line_shows_what_may_be_typed_and_sets_nothing() -> None:
    added: list[str] = []
    question = SetAlert("AAPL", added.append)
    assert question.typed("AAPL ") == question.hint
    question.do()
    assert added == []


def test_each_alert_is_news_once() -> None:
    news = AlertNews()
    assert news.take([fired(1)], 0) == ()
    assert news.take([fired(1), fired(2, at=NOON - 1)], NOON) == []
    assert news.take([fired(2), fired(3)], NOON + 5) == [fired(3)]
    assert news.take([fired(2), fired(3)], NOON + 6) == ()
    assert news.take([], NOON + 7) == ()
    assert news.take([fired(4), fired(5)], NOON + 8) == [fired(4), fired(5)]


def test_what_fired_before_the_first_look_is_no_news_however_late_it_comes() -> None:
    news = AlertNews()
    assert news.take([], NOON) == ()
    assert news.take([fired(1, at=NOON - 86_400_000), fired(2, at=NOON + 1)], NOON + 2) == [
        fired(2, at=NOON + 1)
    ]


def test_another_engine_is_listened_to_from_where_it_is() -> None:
    news = AlertNews()
    news.take([fired(900)], NOON)
    assert news.take([fired(3)], NOON) == ()
    assert news.take([fired(3), fired(4)], NOON) == [fired(4)]
