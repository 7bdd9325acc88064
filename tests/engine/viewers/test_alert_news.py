"""Alerts on their way to viewers, and the wishes of viewers about them."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from tests.engine.viewers.fake_connection import FakeConnection
from tests.engine.viewers.gateway import Gateway, Peer, gateway
from tickterm.access import Access
from tickterm.engine.alerts.desk import AlertDesk
from tickterm.engine.viewers.alert_news import AlertNews
from tickterm.engine.viewers.viewer import SLOW_ABOVE, Viewer
from tickterm.market.alerts import AlertKind, AlertRule, FiredAlert
from tickterm.market.contract import AddAlert, Alerts, Answer, Error, RemoveAlert, ViewerHello
from tickterm.market.snapshot import Feed, Snapshot

RULE = AlertRule("A", AlertKind.ABOVE, 1.0, 3)
SECRET = AlertRule("A", AlertKind.BELOW, 1.0, 4, command="curl https://user:password@host")
TOKEN = "a-token-of-sixteen"


def fired(number: int) -> FiredAlert:
    return FiredAlert(number, 1000 + number, 3, "A", AlertKind.ABOVE, f"A {number}", 2.0)


def shown(*rules: AlertRule, newest: int = 0) -> Snapshot:
    return Snapshot(alert_rules=rules, alerts=tuple(map(fired, range(1, newest + 1))))


class Seat:
    """A viewer without a socket."""

    def __init__(self, *, local: bool = False) -> None:
        self.connection = FakeConnection()
        self.viewer = Viewer(self.connection, local=local)  # type: ignore[arg-type]  # all of it that is used

    def take(self) -> list[Alerts]:
        messages = self.connection.take()
        assert all(isinstance(message, Alerts) for message in messages)
        return [message for message in messages if isinstance(message, Alerts)]


async def test_each_change_comes_once() -> None:
    news, seat = AlertNews(), Seat()
    news.show(Snapshot(), [seat.viewer])
    assert seat.take() == []
    for snapshot in (shown(RULE), shown(RULE), shown(RULE, newest=2), shown(newest=3)):
        news.show(snapshot, [seat.viewer])
    assert seat.take() == [
        Alerts([RULE]),
        Alerts(None, [fired(1), fired(2)]),
        Alerts([], [fired(3)]),
    ]


async def test_who_comes_later_gets_all_of_it() -> None:
    news, seat = AlertNews(), Seat()
    news.greet(seat.viewer)
    news.show(shown(RULE, newest=2), [])
    news.greet(seat.viewer)
    news.show(shown(RULE, newest=2), [seat.viewer])
    assert seat.take() == [Alerts([RULE], [fired(1), fired(2)])]


async def test_only_viewers_of_this_machine_see_commands() -> None:
    news, near, far = AlertNews(), Seat(local=True), Seat()
    news.show(shown(SECRET), [near.viewer, far.viewer])
    assert near.take() == [Alerts([SECRET])]
    [told] = far.take()
    assert told.rules is not None
    assert [rule.command for rule in told.rules] == ["…"]


async def test_a_slow_viewer_gets_it_later() -> None:
    news, seat = AlertNews(), Seat()
    seat.connection.write(bytes(SLOW_ABOVE + 1))
    news.show(shown(RULE, newest=1), [seat.viewer])
    assert seat.viewer.alert == 0
    seat.connection._waiting.clear()
    news.show(shown(RULE, newest=3), [seat.viewer])
    assert seat.take() == [Alerts([RULE], [fired(1), fired(2), fired(3)])]


def serve(engine: Gateway) -> AlertDesk:
    desk = AlertDesk(Feed.SIMULATED, "simulated")
    engine.broadcaster.serve_alerts(desk.obey)
    return desk


async def answer_to(peer: Peer, *said: AddAlert | RemoveAlert) -> list[Answer | Error]:
    answers: list[Answer | Error] = []
    async with asyncio.timeout(10):
        for message in said:
            await peer.say(message)
            while not isinstance(answer := await peer.hear(), Answer | Error):
                pass
            answers.append(answer)
    return answers


COMMAND = AddAlert("A > 1 command touch x")


async def test_who_is_on_this_machine_may_do_everything(tmp_path: Path) -> None:
    path = tmp_path / "socket"
    async with gateway(path=path) as engine:
        desk = serve(engine)
        peer = await engine.join(path=path)
        said = AddAlert("A > 1"), COMMAND, RemoveAlert(1), RemoveAlert(1)
        first, second, third, fourth = await answer_to(peer, *said)
    assert first == Answer("alert 1: A > 1; A is not watched: the alert sleeps until it is", 1)
    assert isinstance(second, Answer)
    assert third == Answer("alert 1 removed: A > 1", 1)
    assert fourth == Error("alert", "there is no alert 1")
    assert [rule.command for rule in desk.rules] == ["touch x"]


async def test_a_token_lets_set_alerts_but_no_commands() -> None:
    async with gateway(Access(token=TOKEN)) as engine:
        desk = serve(engine)
        peer = await engine.join(ViewerHello(token=TOKEN))
        first, second = await answer_to(peer, AddAlert("A > 1"), COMMAND)
    assert isinstance(first, Answer)
    assert isinstance(second, Error)
    assert second.code == "alert"
    assert [rule.command for rule in desk.rules] == [""]


@pytest.mark.parametrize("said", [AddAlert("A > 1"), COMMAND, RemoveAlert(1)])
async def test_who_may_not_control_the_engine_changes_nothing(
    said: AddAlert | RemoveAlert,
) -> None:
    async with gateway() as engine:
        desk = serve(engine)
        answers = await answer_to(await engine.join(), said)
    assert answers == [Error("read_only", "this viewer may not control the engine")]
    assert desk.rules == ()


async def test_a_viewer_that_joins_is_told_before_its_status(tmp_path: Path) -> None:
    path = tmp_path / "socket"
    async with gateway(path=path) as engine:
        looked = replace(engine.broadcaster._hub.shown, alert_rules=(SECRET,), alerts=(fired(1),))
        engine.broadcaster.show(looked)
        near, far = await engine.join(path=path), await engine.join()
    assert near.all_of(Alerts) == [Alerts([SECRET], [fired(1)])]
    assert [len(each.fired) for each in far.all_of(Alerts)] == [1]
