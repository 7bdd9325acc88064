import pytest

from tickterm.serve.logins import LIFETIME, MAX_FAILURES, MAX_LOGINS, WINDOW, Logins


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def logins(clock: Clock) -> Logins:
    return Logins(clock)


def test_only_the_ids_that_were_given_are_good(logins: Logins) -> None:
    first, second = logins.open(), logins.open()
    assert first != second
    assert logins.is_open(first)
    assert logins.is_open(second)
    assert not logins.is_open("")
    assert not logins.is_open(first[:-1])


def test_a_login_ends(logins: Logins, clock: Clock) -> None:
    session = logins.open()
    clock.now += LIFETIME - 1
    assert logins.is_open(session)
    clock.now += 1
    assert not logins.is_open(session)


def test_of_too_many_logins_the_oldest_goes(logins: Logins) -> None:
    sessions = [logins.open() for _ in range(MAX_LOGINS + 1)]
    assert [logins.is_open(session) for session in sessions[:2]] == [False, True]


def test_guessing_is_limited_for_a_while(logins: Logins, clock: Clock) -> None:
    for _ in range(MAX_FAILURES):
        assert logins.may_try()
        logins.failed()
        clock.now += 1
    assert not logins.may_try()
    clock.now += WINDOW - MAX_FAILURES
    assert logins.may_try()
    logins.failed()
    assert not logins.may_try()
