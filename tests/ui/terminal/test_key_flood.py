"""Keys that come too fast are left out, and said to be, before they keep the screen from more."""

from __future__ import annotations

from pathlib import Path

from textual.events import Key, MouseUp
from textual.message import Message

from tests.program import terminal
from tickterm.ui.terminal.key_flood import A_SECOND, AT_ONCE, KeyAllowance, with_allowance


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def taken(allowance: KeyAllowance, keys: int) -> int:
    return sum(allowance.takes() for _ in range(keys))


def test_so_many_come_through_at_once_and_so_many_a_second() -> None:
    clock = Clock()
    allowance = KeyAllowance(clock)
    assert taken(allowance, AT_ONCE + 50) == AT_ONCE
    clock.now += 1.0
    assert taken(allowance, AT_ONCE) == A_SECOND
    clock.now += 3_600.0
    assert taken(allowance, 2 * AT_ONCE) == AT_ONCE


def test_who_holds_a_key_down_loses_none() -> None:
    clock = Clock()
    allowance = KeyAllowance(clock)
    for _ in range(100_000):
        assert allowance.takes()
        clock.now += 1 / 50
    assert allowance.news() == 0


def test_a_flood_is_told_of_once_it_is_over() -> None:
    allowance = KeyAllowance(Clock())
    taken(allowance, AT_ONCE + 7)
    assert allowance.news() == 0
    taken(allowance, 3)
    assert allowance.news() == 0
    assert allowance.news() == 10
    assert allowance.news() == 0
    taken(allowance, 5)
    assert [allowance.news(), allowance.news(), allowance.news()] == [0, 5, 0]


def test_only_keys_are_left_out() -> None:
    sent: list[Message] = []

    class Driver:
        def send_message(self, message: Message) -> None:
            sent.append(message)

    allowance = KeyAllowance(Clock())
    driver = with_allowance(Driver, allowance)()  # type: ignore[arg-type, call-arg]  # a fake one
    taken(allowance, AT_ONCE)
    released = MouseUp(None, 0, 0, 0, 0, 0, False, False, False)
    driver.send_message(Key("x", "x"))
    driver.send_message(released)
    assert sent == [released]


def test_a_flood_of_keys_does_not_keep_the_screen(tmp_path: Path) -> None:
    with terminal(tmp_path, "--demo", size=(100, 30)) as screen:
        screen.wait_until(lambda shown: "redis up" in shown)
        screen.type("x" * 100_000)
        screen.wait_until(lambda shown: "too many keys at once" in shown, 40)
        before = screen.shown().splitlines()[0]
        screen.wait_until(lambda shown: shown.splitlines()[0] != before)
        screen.type("q")
        screen.end()
