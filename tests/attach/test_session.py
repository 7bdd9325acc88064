"""What a screen is told of its engine, message by message."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.attach.messages import NOW, WALL_MS, hello, lines, part, row, rows, status, wire
from tests.attach.sessions import LOCAL, REMOTE, STARTED, Clock, attach, new_session, texts
from tests.market.contract_values import engine_messages
from tickterm.market.contract import (
    ContractError,
    EngineMessage,
    Error,
    Goodbye,
    Heartbeat,
    encode,
    from_engine,
)
from tickterm.market.snapshot import Attachment, LinkPhase, LinkView
from tickterm.market.state import MarketState
from tickterm.ui.edges.status import link_status


def test_before_anything_is_known() -> None:
    snapshot = new_session().snapshot()
    assert snapshot.attachment == Attachment("localhost")
    assert not snapshot.rows
    assert not snapshot.notices


def test_an_attached_screen_has_everything() -> None:
    session = new_session()
    attach(session)
    session.take(lines(7))
    snapshot = session.snapshot()
    assert [r.symbol for r in snapshot.rows] == ["A", "B"]
    assert snapshot.link == status().link
    assert (snapshot.counts.ticks, snapshot.redis.up, snapshot.viewers.viewers) == (7, True, 1)
    assert (snapshot.universe.name, snapshot.started) == ("two", NOW - 60)
    assert (snapshot.now, snapshot.wall_ms) == (NOW, WALL_MS)
    assert snapshot.attachment == Attachment("gw:8765", connected=True, pid=4711)
    assert texts(session) == ["attached to the engine at gw:8765 (pid 4711, read-only)", "line 7"]


@pytest.mark.parametrize("last", ["rows", "status"])
def test_it_is_attached_only_when_rows_and_status_are_here(last: str) -> None:
    session = new_session()
    session.seek()
    session.find(REMOTE)
    session.greet(hello())
    first, second = part(wire("A"), part=1, parts=2), part(wire("B"), part=2, parts=2)
    before: list[EngineMessage] = [status(), first] if last == "rows" else [first, second]
    for message in before:
        session.take(message)
        assert not session.is_attached
    session.take(second if last == "rows" else status())
    assert session.is_attached


def test_the_same_object_until_something_changes() -> None:
    session = new_session()
    attach(session)
    before = session.snapshot()
    session.take(Heartbeat(1, WALL_MS))
    session.take(Goodbye("x", 1.0))
    assert session.snapshot() is before
    session.take(rows(wire("B", 21.0), now=NOW + 0.1))
    after = session.snapshot()
    assert after is not before
    assert after.rows[0] is before.rows[0]
    assert after.rows[1] == row("B", 21.0)
    assert (after.link, after.notices) == (before.link, before.notices)


def test_the_clocks_of_the_engine_go_on_without_it() -> None:
    clock = Clock()
    session = new_session(clock)
    attach(session)
    clock.now += 2.0
    session.take(rows(wire("A", 11.0), now=NOW + 1.5))
    assert (session.snapshot().now, session.snapshot().wall_ms) == (NOW + 1.5, WALL_MS + 1_500)
    clock.now += 3.0
    session.lose("gone", 2.0)
    lost = session.snapshot()
    assert (lost.now, lost.wall_ms) == (NOW + 4.5, WALL_MS + 4_500)
    assert lost.attachment.retry_at == NOW + 6.5


def test_a_late_message_is_said_to_be_late() -> None:
    clock = Clock()
    session = new_session(clock)
    attach(session)
    clock.now += 3.0
    session.take(rows(now=NOW + 1.8))
    assert session.snapshot().attachment.behind == pytest.approx(1.2)
    clock.now += 0.1
    session.take(status(now=NOW + 3.1))
    assert session.snapshot().attachment.behind == pytest.approx(0.0)


def test_an_engine_that_has_no_clock_yet_is_not_behind() -> None:
    session = new_session()
    session.seek()
    session.find(REMOTE)
    session.greet(hello())
    session.take(part())
    session.take(status(now=0.0, wall_ms=0, started=0.0))
    snapshot = session.snapshot()
    assert snapshot.attachment.connected
    assert snapshot.attachment.behind == 0.0
    assert (snapshot.now, snapshot.wall_ms) == (NOW, 0)


def test_a_lost_engine_leaves_its_rows_and_says_why() -> None:
    session = new_session()
    attach(session)
    before = session.snapshot()
    session.lose("nobody listens there\x1b[2J", 2.0)
    lost = session.snapshot()
    assert lost.rows is before.rows
    assert lost.attachment.reason == "nobody listens there·[2J"
    assert not lost.attachment.connected
    assert texts(session)[-1] == "engine at gw:8765 lost: nobody listens there·[2J"
    session.seek()
    session.lose("nobody listens there", 4.0)
    session.seek()
    assert session.snapshot().attachment.attempt == 2
    assert session.snapshot().attachment.retry_at is None
    assert len(texts(session)) == 2


def test_attached_again_to_the_same_engine() -> None:
    session = new_session()
    attach(session)
    session.take(lines(7, 8))
    before = session.snapshot()
    session.lose("cut", 0.3)
    attach(session)
    session.take(lines(7, 8, 9))
    after = session.snapshot()
    assert after.attachment == before.attachment
    assert [new is old for new, old in zip(after.rows, before.rows, strict=True)] == [True, True]
    assert texts(session)[1:] == [
        *("line 7", "line 8", "engine at gw:8765 lost: cut"),
        *("attached again to the engine at gw:8765 (pid 4711, read-only)", "line 9"),
    ]
    assert [notice.number for notice in after.notices] == [1, 2, 3, 4, 5, 6]


def test_another_engine_s_log_begins_anew_under_rising_numbers() -> None:
    session = new_session()
    attach(session)
    session.take(lines(7))
    session.lose("cut", 0.3)
    attach(session, epoch="second")
    session.take(lines(1))
    assert texts(session)[-1] == "line 1"
    assert [notice.number for notice in session.snapshot().notices] == [1, 2, 3, 4, 5]


def test_an_engine_that_ran_here_already() -> None:
    session = new_session(control=True)
    attach(session, LOCAL, control=True)
    assert texts(session) == ["attached to the engine that already runs here (pid 4711)"]
    assert session.snapshot().attachment.where == "127.0.0.1:8765"
    session.lose("cut", 0.3)
    attach(session, LOCAL, control=True)
    assert texts(session)[-1] == "attached again to the engine at 127.0.0.1:8765 (pid 4711)"


def test_an_engine_of_its_own_is_named_only_when_it_is_gone() -> None:
    session = new_session(control=True)
    attach(session, STARTED, control=True)
    assert session.snapshot().attachment == Attachment("", connected=True, pid=4711, control=True)
    session.lose("cut", 0.3)
    assert session.snapshot().attachment.where == "127.0.0.1:8765"
    attach(session, LOCAL, control=True)
    assert session.snapshot().attachment.where == ""
    session.lose("cut", 0.3)
    attach(session, LOCAL, control=True, epoch="of somebody else")
    assert session.snapshot().attachment.where == "127.0.0.1:8765"


@pytest.mark.parametrize(
    ("wanted", "granted", "has"),
    [(True, True, True), (True, False, False), (False, True, False), (False, False, False)],
)
def test_control_takes_two(wanted: bool, granted: bool, has: bool) -> None:
    session = new_session(control=wanted)
    attach(session, control=granted)
    assert session.has_control == has
    assert session.snapshot().attachment.control == has


def test_what_the_engine_refuses_is_in_the_log() -> None:
    session = new_session()
    attach(session)
    session.take(Error("read_only", "not\x07 you"))
    assert texts(session)[-1] == "the engine says: not· you"


def test_a_status_of_a_liar_is_within_bounds() -> None:
    session = new_session()
    attach(session)
    link = LinkView(LinkPhase.RETRYING, reason="\x1b]0;x\x07" * 999, attempt=10**3000)
    session.take(status(now=1e300, wall_ms=10**3000, started=-1e300, link=link))
    snapshot = session.snapshot()
    banner = link_status(snapshot, snapshot.now)
    assert banner is not None
    assert banner.text.isprintable()
    assert snapshot.link.reason.isprintable()
    assert snapshot.link.attempt == 10**15


@settings(max_examples=100, deadline=None)
@given(st.lists(engine_messages, max_size=12))
def test_no_messages_in_any_order_break_it(messages: list[EngineMessage]) -> None:
    session = new_session()
    session.seek()
    session.find(REMOTE)
    session.greet(hello())
    for message in messages:
        got = from_engine(encode(message))
        try:
            session.take(got)
        except ContractError:
            continue
        snapshot = session.snapshot()
        link_status(snapshot, snapshot.now)
        assert len(snapshot.notices) <= 500


def test_no_growth_over_a_thousand_connections() -> None:
    session = new_session()
    state = MarketState(f"S{n}" for n in range(100))
    for number in range(1_000):
        session.seek()
        session.find(REMOTE)
        session.greet(hello(epoch=str(number)))
        session.take(part(*(wire(r.symbol) for r in state.freeze())))
        session.take(status())
        session.take(lines(number))
        session.lose("cut", 0.3)
    snapshot = session.snapshot()
    assert len(snapshot.rows) == 100
    assert len(snapshot.notices) == 500
