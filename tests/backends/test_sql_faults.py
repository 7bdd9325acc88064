"""What SQL drivers say, in the words of what the database is for."""

from __future__ import annotations

import sqlite3

import pytest

from tickterm.backends.database import Database
from tickterm.backends.sql_faults import Purpose
from tickterm.errors import UniverseError, UnreachableError

OTHER = Purpose("OTHER_URL", "things", UnreachableError, {"readonly": "is {table} of {setting}"})


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (sqlite3.OperationalError("no such table: things"), "has no table things: check OTHER_URL"),
        (
            sqlite3.OperationalError("attempt to write a readonly database"),
            "is things of OTHER_URL",
        ),
        (sqlite3.OperationalError("{odd} {0}"), "cannot be read: {odd} {0}"),
        (FileNotFoundError(), "does not exist: check OTHER_URL"),
    ],
)
def test_faults_are_told_in_the_words_of_the_purpose(error: Exception, expected: str) -> None:
    told = Database.parse("sqlite:////nowhere/a.db", OTHER).explain(error)
    assert type(told) is UnreachableError
    assert str(told) == f"the database /nowhere/a.db {expected}"


def test_universes_have_the_words_that_they_had() -> None:
    parsed = Database.parse("sqlite:////nowhere/a.db")
    told = parsed.explain(sqlite3.OperationalError("attempt to write a readonly database"))
    assert type(told) is UniverseError
    assert str(told).endswith("check its permissions, then import a universe")
