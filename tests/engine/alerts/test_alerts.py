"""The desk: who may set what, what is judged when, and what is told of it."""

from __future__ import annotations

import asyncio
import contextlib
import os
import threading
import time
from collections.abc import AsyncIterator
from pathlib import Path

import orjson
import pytest
from msgspec.structs import replace

from tests.ports import free_port
from tests.waiting import until
from tickterm.access import Access
from tickterm.engine import service as service_module
from tickterm.engine.alerts import desk as alerts
from tickterm.engine.alerts.commands import MOST_WAITING
from tickterm.engine.alerts.desk import AWAY, SHOWN, AlertDesk
from tickterm.engine.alerts.few_lines import LINES
from tickterm.engine.alerts.file import Change, merge
from tickterm.engine.feed.adapters import FeedConfig
from tickterm.engine.notices import NoticeBoard
from tickterm.engine.patterns.watch import PatternWatch
from tickterm.engine.redis.forwarder import RedisForwarder
from tickterm.engine.redis.mailbox import Mailbox
from tickterm.engine.service import MarketDataService
from tickterm.engine.viewers.broadcaster import Broadcaster
from tickterm.market import calendar
from tickterm.market.alert_book import AlertBook
from tickterm.market.alerts import AlertRule
from tickterm.market.contract import AddAlert, Answer, Error, RemoveAlert
from tickterm.market.protocol import MassiveProtocol
from tickterm.market.snapshot import Feed
from tickterm.market.ticks import TickData
from tickterm.market.universe import Universe
from tickterm.simulator.generated import numbered_symbols

MORNING = 1_704_465_000_000
"""2024-01-05 09:30 New York, ms UTC."""
NIGHT = MORNING + 12 * 3_600_000
PRICES = {"AAPL": 231.0}


def tick(ms: int, price: float = 10.0, symbol: str = "AAPL") -> TickData:
    prices = (price, price, price, price)
    return TickData(symbol, price, 100, ms, "aggregate", "replay", *prices, 100)


def desk(feed: Feed = Feed.SIMULATED, path: Path | None = None) -> AlertDesk:
    made = AlertDesk(feed, "replay", path=path, environment={"PATH": os.environ["PATH"]})
    made.watch(("AAPL", "MSFT"), PRICES.get)
    return made


def add(to: AlertDesk, text: str, *, here: bool = False) -> str:
    answer = to.obey(AddAlert(text), here)
    assert isinstance(answer, Answer), answer
    return answer.text


def texts(of: AlertDesk) -> list[str]:
    return [alert.text for alert in of.newest()]


# -- wishes ---------------------------------------------------------------------------------------


def test_an_answer_says_what_is_worth_knowing() -> None:
    made = desk()
    assert add(made, "AAPL>235 once") == "alert 1: AAPL > 235 once"
    assert add(made, "AAPL > 230").endswith(
        "; already above: it fires when it comes back and passes again"
    )
    assert "already below" in add(made, "AAPL < 235")
    assert add(made, "MSFT < 5") == "alert 4: MSFT < 5"
    assert add(made, "ZZZ < 5").endswith("; ZZZ is not watched: the alert sleeps until it is")
    assert add(made, "msft move 2%") == "alert 6: MSFT move 2% 1m"
    assert [rule.id for rule in made.rules] == [1, 2, 3, 4, 5, 6]


def test_an_answer_says_what_will_be_lost(tmp_path: Path) -> None:
    path = tmp_path / "alerts.json"
    path.write_text('{"tickterm_alerts": 1, "next": 2, "rules": [{"id": 1, "rule": "?"}]}')
    told = add(desk(path=path), "AAPL > 235")
    assert told.startswith("alert 2: AAPL > 235")
    assert "; for this run only: alerts.json" in told


def test_what_cannot_be_done_is_refused_with_words() -> None:
    made = desk()
    add(made, "AAPL > 235 once")
    again = made.obey(AddAlert("AAPL>235 once"))
    assert again == Error("alert", "that is alert 1 already")
    add(made, "AAPL > 235")
    made = desk()
    assert made.obey(AddAlert("AAPL")) == Error(
        "alert",
        "'AAPL' is no alert: SYMBOL > PRICE, SYMBOL < PRICE, SYMBOL move 2% 5m, SYMBOL volume x3, "
        "SYMBOL stale 60s",
    )
    assert made.obey(RemoveAlert(9)) == Error("alert", "there is no alert 9")
    assert made.rules == ()


def test_who_is_elsewhere_cannot_have_commands_run() -> None:
    made = desk()
    answer = made.obey(AddAlert("AAPL > 1 command touch x"), False)
    assert isinstance(answer, Error)
    assert "only by tickterm alert add --command on the engine's machine" in answer.text
    assert made.rules == ()
    answer = made.obey(AddAlert("AAPL > 1 command 'open"), True)
    assert isinstance(answer, Error)
    assert "No closing quotation" in answer.text
    add(made, "AAPL > 1 command touch x", here=True)


def test_a_removed_rule_is_judged_no_more() -> None:
    made = desk()
    add(made, "AAPL > 235")
    assert made.obey(RemoveAlert(1)) == Answer("alert 1 removed: AAPL > 235", 1)
    made.take([tick(MORNING, 240)], 0.0)
    assert texts(made) == []


# -- what fires -----------------------------------------------------------------------------------


def test_what_fires_is_said_kept_and_numbered(caplog: pytest.LogCaptureFixture) -> None:
    made = desk()
    add(made, "AAPL > 235 cooldown 0s")
    before = made.newest()
    assert made.newest() is before
    for second in range(2 * (SHOWN + 50)):
        made.take([tick(MORNING + second * 1000, 240 if second % 2 else 230)], float(second))
    shown = made.newest()
    assert [alert.number for alert in shown] == list(range(51, SHOWN + 51))
    assert shown[0].text == "AAPL 240.00: above 235.00"
    assert (shown[0].rule, shown[0].price) == (1, 240.0)
    assert made.counts().fired == SHOWN + 50
    assert "alert: AAPL 240.00: above 235.00" in caplog.text


def test_a_rule_that_is_once_goes_when_it_has_fired(tmp_path: Path) -> None:
    path = tmp_path / "alerts.json"
    made = desk(path=path)
    add(made, "AAPL > 235 once cooldown 0s")
    made.close()
    frame = [tick(MORNING, 230), tick(MORNING + 1000, 240), tick(MORNING + 2000, 230)]
    made.take([*frame, tick(MORNING + 3000, 240)], 0.0)
    made.take([tick(MORNING + 4000, 230), tick(MORNING + 5000, 240)], 0.0)
    assert texts(made) == ["AAPL 240.00: above 235.00"]
    assert made.rules == ()
    made.close()
    kept = merge(path)
    assert (kept.rules, len(kept.fired)) == ((), 1)


def test_hundreds_that_are_once_are_judged_anew_once(monkeypatch: pytest.MonkeyPatch) -> None:
    made = desk()
    symbols = numbered_symbols(400)
    made.watch(symbols, lambda _symbol: 1.0)
    for symbol in symbols:
        add(made, f"{symbol} > 235 once")
    judged: list[int] = []
    monkeypatch.setattr(AlertBook, "set", lambda *_: judged.append(1))
    made.take([tick(MORNING, 240, symbol) for symbol in symbols], 0.0)
    assert (made.counts().fired, made.rules, len(judged)) == (400, (), 1)


def test_the_next_run_goes_on_with_the_numbers(tmp_path: Path) -> None:
    for run in (1, 2):
        made = desk(path=tmp_path / "alerts.json")
        if run == 1:
            add(made, "AAPL > 235")
        made.take([tick(MORNING, 230), tick(MORNING + 1000, 240)], 0.0)
        assert [alert.number for alert in made.newest()] == list(range(1, run + 1))
        assert made.counts().fired == 1
        made.close()


def test_of_a_flood_the_log_says_how_many(caplog: pytest.LogCaptureFixture) -> None:
    made = desk()
    for number in range(50):
        add(made, f"AAPL > 235.00{number:02}")
    made.take([tick(MORNING, 230), tick(MORNING + 1000, 240)], 0.0)
    assert len(made.newest()) == 50
    assert [record.getMessage() for record in caplog.records][-1:] == [
        "alert: AAPL 240.00: above 235.00; and 49 others: see the list of alerts"
    ]
    assert caplog.text.count("alert: ") == 1


def fires_often(made: AlertDesk, times: int, now: float) -> None:
    """Let a rule fire so often, at one instant."""
    add(made, "AAPL > 235 cooldown 0s command false", here=True)
    for second in range(2 * times):
        made.take([tick(MORNING + second * 1000, 240 if second % 2 else 230)], now)


@pytest.mark.parametrize("ends", [False, True])
def test_what_there_was_no_line_for_is_said_a_second_later_or_at_the_end(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, ends: bool
) -> None:
    monkeypatch.setattr(time, "monotonic", lambda: 1000.0)
    made = desk()
    fires_often(made, MOST_WAITING + 100, 1000.0)
    told = [f"alerts: {MOST_WAITING + 100 - LINES} more fired: see the list of alerts"]
    told += [f"commands of alerts: {100 - LINES} more failed"]
    made.look(1000.9, link_up=True)
    assert not set(told) & set(caplog.messages)
    made.close() if ends else made.look(1001.0, link_up=True)
    assert caplog.messages[-2:] == told


def test_a_symbol_that_the_file_has_in_small_letters_is_meant_in_capitals(tmp_path: Path) -> None:
    path = tmp_path / "alerts.json"
    rules = [AlertRule.parse(text) for text in ("aapl > 235 once", "brk.a > 1", "aapl > 236")]
    merge(path, Change([replace(rule, id=number) for number, rule in enumerate(rules, 1)]))
    made = desk(path=path)
    assert [rule.symbol for rule in made.rules] == ["AAPL", "brk.a", "AAPL"]
    made.watch(("AAPL",), PRICES.get)
    shown = made.rules
    made.watch(("AAPL", "MSFT"), PRICES.get)
    assert made.rules is shown
    made.take([tick(MORNING, 230), tick(MORNING + 1000, 240)], 0.0)
    assert texts(made) == ["AAPL 240.00: above 235.00", "AAPL 240.00: above 236.00"]
    assert [rule.id for rule in made.rules] == [2, 3]
    made.watch(("aapl",), PRICES.get)
    assert [rule.symbol for rule in made.rules] == ["brk.a", "aapl"]


@contextlib.asynccontextmanager
async def running(made: AlertDesk) -> AsyncIterator[None]:
    task = asyncio.create_task(made.run())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait([task])


async def test_without_redis_nothing_else_ends() -> None:
    made = desk()
    add(made, "AAPL > 235")
    task = asyncio.create_task(made.run())
    made.take([tick(MORNING, 230), tick(MORNING + 1000, 240)], 0.0)
    ended, _ = await asyncio.wait([task], timeout=0.2)
    task.cancel()
    assert not ended
    assert made.counts().unpublished == 0


async def test_its_command_is_run_with_what_happened(tmp_path: Path) -> None:
    made = desk()
    out = tmp_path / "{kind}-{price}-{symbol}"
    add(made, f"AAPL > 235 command touch {out}", here=True)
    async with running(made):
        made.take([tick(MORNING, 230), tick(MORNING + 1000, 240.5)], 0.0)
        await until((tmp_path / "above-240.5-AAPL").exists)
    assert made.counts().failed_commands == 0


# -- gaps and silence -----------------------------------------------------------------------------


def test_over_a_lost_link_a_passing_counts_and_a_move_does_not() -> None:
    made = desk()
    add(made, "AAPL > 235")
    add(made, "AAPL move 2% 1h")
    made.take([tick(MORNING, 230)], 0.0)
    made.link_lost(0.0)
    made.link_up(5.0)
    made.take([tick(MORNING + 5000, 240)], 5.0)
    assert texts(made) == ["AAPL 240.00: above 235.00"]


def looks(made: AlertDesk, *seconds: float, link_up: bool = True) -> list[str]:
    """Look once a second, as the service does more often; return what was silent at which."""
    told = []
    first, last = seconds
    now = first
    while now <= last:
        before = len(made.newest())
        made.look(now, link_up=link_up)
        told += [f"{now:g}"] * (len(made.newest()) - before)
        now += 1.0
    return told


def silent_desk(monkeypatch: pytest.MonkeyPatch, feed: Feed = Feed.SIMULATED) -> AlertDesk:
    """Return a desk with a rule, whose own clock begins at 1,000 s."""
    monkeypatch.setattr(time, "monotonic", lambda: 1000.0)
    made = desk(feed)
    add(made, "AAPL stale 60s cooldown 0s")
    made.take([tick(MORNING)], 1000.0)
    return made


def test_a_silence_is_told_once(monkeypatch: pytest.MonkeyPatch) -> None:
    made = silent_desk(monkeypatch)
    assert looks(made, 1000, 1200) == ["1060"]
    made.take([tick(MORNING + 1)], 1200.0)
    assert looks(made, 1201, 1259) == []
    assert looks(made, 1260, 1300) == ["1260"]


def test_a_link_that_is_down_is_no_silence(monkeypatch: pytest.MonkeyPatch) -> None:
    made = silent_desk(monkeypatch)
    assert looks(made, 1000, 1050) == []
    made.link_lost(1050.0)
    assert looks(made, 1051, 1200, link_up=False) == []
    assert looks(made, 1201, 1400) == ["1261"]


def test_a_machine_that_slept_is_no_silence(monkeypatch: pytest.MonkeyPatch) -> None:
    made = silent_desk(monkeypatch)
    assert looks(made, 1000, 1050) == []
    assert looks(made, 1051 + AWAY + 5000, 6200) == ["6116"]


@pytest.mark.parametrize(("then", "told"), [(MORNING, ["1060"]), (NIGHT, [])])
def test_a_closed_market_is_no_silence(
    monkeypatch: pytest.MonkeyPatch, then: int, told: list[str]
) -> None:
    calendar.load()
    monkeypatch.setattr(time, "time", lambda: then / 1000)
    assert looks(silent_desk(monkeypatch, Feed.LIVE), 1000, 1100) == told


def test_a_feed_does_not_wait_for_the_calendar(monkeypatch: pytest.MonkeyPatch) -> None:
    calendar.load()
    monkeypatch.setattr(time, "time", lambda: MORNING / 1000)
    made = silent_desk(monkeypatch, Feed.LIVE)
    monkeypatch.setattr(alerts, "is_loaded", lambda: False)
    monkeypatch.setattr(alerts, "session_at", None)
    assert looks(made, 1000, 1100) == []
    monkeypatch.undo()
    monkeypatch.setattr(time, "time", lambda: MORNING / 1000)
    assert looks(made, 1101, 1200) == ["1161"]


def test_silence_begins_with_the_market(monkeypatch: pytest.MonkeyPatch) -> None:
    calendar.load()
    then = NIGHT / 1000
    monkeypatch.setattr(time, "time", lambda: then)
    made = silent_desk(monkeypatch, Feed.LIVE)
    assert looks(made, 1000, 1500) == []
    then = MORNING / 1000
    assert looks(made, 1501, 1600) == ["1561"]


def replay(made: AlertDesk, *frames: tuple[int, str]) -> list[str]:
    """Take frames: second, and who ticks in it."""
    for second, symbols in frames:
        names = {"A": "AAPL", "M": "MSFT"}
        made.take([tick(MORNING + second * 1000, symbol=names[s]) for s in symbols], 0.0)
    return texts(made)


@pytest.mark.parametrize(
    ("frames", "times"),
    [
        ([(n, "AM" if n in (0, 61) else "M") for n in range(70)], 1),
        ([(n, "AM" if n in (0, 59) else "M") for n in range(70)], 0),
        ([(0, "A"), (1, "M"), (9000, "M"), (2, "M"), (3, "M")], 0),  # one wrong time
        ([(n, "M") for n in range(50_000, 50_100)], 0),  # at night
        ([(n, "AM") for n in (*range(5), *range(259_200, 259_205))], 0),  # three days later
        ([(n, "AM") for n in (*range(9000, 9005), *range(5), *range(300))], 0),  # begun anew
        ([(9000, "AM"), (9001, "AM"), (0, "M"), *((n, "M") for n in range(70))], 1),
    ],
)
def test_a_replay_has_its_own_clock(frames: list[tuple[int, str]], times: int) -> None:
    made = desk(Feed.REPLAY)
    add(made, "AAPL stale 60s")
    assert len(replay(made, *frames)) == times


def test_a_recording_of_the_year_nobody_knows_breaks_nothing() -> None:
    made = desk(Feed.REPLAY)
    add(made, "AAPL stale 60s")
    for second in range(100):
        made.take([tick(10**18 + second * 1000)], 0.0)
    assert texts(made) == []


@pytest.mark.parametrize("feed", [Feed.LIVE, Feed.SIMULATED])
async def test_the_calendar_of_a_real_feed_is_loaded_beside_the_loop(
    monkeypatch: pytest.MonkeyPatch, feed: Feed
) -> None:
    threads: list[int] = []
    monkeypatch.setattr(service_module, "CALENDAR_AFTER", 0.0)
    monkeypatch.setattr(calendar, "load", lambda: threads.append(threading.get_ident()))
    await served(AlertDesk(feed, "any"), feed)._load_calendar()
    assert len(threads) == (feed is Feed.LIVE)
    assert threading.get_ident() not in threads


def served(made: AlertDesk, feed: Feed, redis: str = "redis://127.0.0.1:1/0") -> MarketDataService:
    """Return a service around a desk."""
    return MarketDataService(
        FeedConfig(feed, "massive", "ws://127.0.0.1:1", "any"),
        _nothing,
        RedisForwarder(redis, Mailbox()),
        Broadcaster(Access("127.0.0.1", 0)),
        PatternWatch(redis),
        NoticeBoard(),
        alerts=made,
    )


async def test_the_service_tells_of_ticks_of_the_link_and_of_what_is_watched() -> None:
    redis = f"redis://127.0.0.1:{free_port()}/0"
    made = AlertDesk(Feed.LIVE, "massive", redis)
    service = served(made, Feed.LIVE, redis)
    service._watch(("AAPL",), {})
    service.obey_alert(AddAlert("AAPL > 235"))
    service.obey_alert(AddAlert("AAPL move 2% 1h"))
    protocol = MassiveProtocol("any", (), "massive")
    for second, price in enumerate((230, 240)):
        start = MORNING + second * 1000
        bar = dict.fromkeys(("o", "h", "l", "c"), price) | {"ev": "A", "sym": "AAPL", "v": 1}
        service.handle(protocol.receive(orjson.dumps([bar | {"s": start}])), float(second))
        listener = service._adapter._listener
        assert listener is not None
        listener.link_lost(float(second))
    snapshot = service._look()
    assert [alert.text for alert in snapshot.alerts] == ["AAPL 240.00: above 235.00"]
    assert [rule.condition for rule in snapshot.alert_rules] == ["AAPL > 235", "AAPL move 2% 1h"]
    assert snapshot.alert_counts.fired == 1


async def _nothing() -> Universe:
    raise AssertionError
