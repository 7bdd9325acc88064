"""No secret leaves through a log line, and every line is one line."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tickterm.cli.logs import QUIET, JsonLines, Redactor, configure
from tickterm.errors import SettingsError
from tickterm.settings import Secret, Settings

KEY = "k3yThatNobodyMaySee"


class Lines(logging.Handler):
    """Keeps what was logged, as JSON lines."""

    def __init__(self) -> None:
        super().__init__()
        self.setFormatter(JsonLines())
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(self.format(record))

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802  logging's own name
        raise AssertionError(record)


@pytest.fixture(autouse=True)
def _logging_as_it_was() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    levels = {name: logging.getLogger(name).level for name in QUIET}
    yield
    for handler in root.handlers:
        if handler not in handlers:
            handler.close()
    root.handlers[:] = handlers
    root.setLevel(level)
    for name, quiet in levels.items():
        logging.getLogger(name).setLevel(quiet)


def configured(*secrets: str, level: str = "DEBUG", file: Path | None = None) -> Lines:
    lines = Lines()
    key, token, *_ = map(Secret, (*secrets, "", ""))
    configure(Settings(massive_api_key=key, token=token, log_level=level, log_file=file), lines)
    return lines


def test_a_line_is_json_with_time_level_logger_and_message() -> None:
    lines = configured()
    logging.getLogger("tickterm.engine").warning("lost after %d s", 7)
    line = json.loads(lines.lines[0])
    assert list(line) == ["time", "level", "logger", "message"]
    assert line["time"].endswith("+00:00")
    assert (line["level"], line["logger"]) == ("WARNING", "tickterm.engine")
    assert line["message"] == "lost after 7 s"


def log_it_everywhere(log: logging.Logger, secret: str) -> None:
    log.info("plain %s", secret)
    log.info("in an argument %s %r", {"key": secret}, [secret])
    log.info(secret)
    log.info(f"50% of {secret} %s")  # noqa: G004  what a careless library does
    log.info(ValueError(secret))
    log.info("with the stack", stack_info=True)
    try:
        try:
            raise ValueError(f"inner {secret}")
        except ValueError as error:
            raise RuntimeError(f"outer {secret}") from error
    except RuntimeError:
        log.exception("caught %s", secret)


@pytest.mark.parametrize("secret", [KEY, "a'b\"c\\d", "p@ss/w:rd%2F", "größe€"])
@pytest.mark.parametrize("plain", [True, False])
def test_no_record_tells_a_secret(secret: str, plain: bool) -> None:
    lines = configured(secret)
    if plain:
        lines.setFormatter(logging.Formatter("%(message)s"))
    log_it_everywhere(logging.getLogger("tickterm"), secret)
    log_it_everywhere(logging.getLogger("somebody.else"), secret)
    told = "\n".join(lines.lines)
    assert len(lines.lines) == 14
    assert "***" in told
    for form in (secret, repr(secret)[1:-1], json.dumps(secret)[1:-1]):
        assert form not in told


def test_the_stack_of_a_record_tells_no_secret() -> None:
    lines = configured(KEY)
    lines.setFormatter(logging.Formatter("%(message)s"))
    logging.getLogger("x").info("here", stack_info=bool("k3yThatNobodyMaySee"))
    assert "Stack (most recent call last)" in lines.lines[0]
    assert KEY not in lines.lines[0]


def test_every_form_of_a_secret_in_a_url() -> None:
    lines = configured("p@ss/word")
    logging.getLogger("x").info("redis://:%s@h and %s", "p%40ss%2Fword", "p@ss/word")
    assert "ss" not in json.loads(lines.lines[0])["message"]


def test_of_two_secrets_the_longer_goes_first() -> None:
    lines = configured("abc", "abcdef", "")
    logging.getLogger("x").info("abcdef abc plain")
    assert json.loads(lines.lines[0])["message"] == "*** *** plain"


def test_a_traceback_is_kept_without_its_secret() -> None:
    lines = configured(KEY)
    log_it_everywhere(logging.getLogger("x"), KEY)
    line = json.loads(lines.lines[-1])
    assert line["message"] == "caught ***"
    assert "RuntimeError: outer ***" in line["traceback"]
    assert "ValueError: inner ***" in line["traceback"]


def test_several_handlers_get_the_same_redacted_record(tmp_path: Path) -> None:
    first, second = Lines(), Lines()
    file = tmp_path / "log.jsonl"
    configure(
        Settings(massive_api_key=Secret(KEY), log_level="DEBUG", log_file=file), first, second
    )
    log_it_everywhere(logging.getLogger("x"), KEY)
    written = file.read_text(encoding="utf-8").splitlines()
    assert first.lines == second.lines == written
    assert KEY not in "".join(written)


def test_a_wrong_log_call_harms_nobody() -> None:
    lines = configured(KEY)
    logging.getLogger("x").info("%d of %s", KEY)
    logging.getLogger("x").info("%(name)s", KEY)
    for line in lines.lines:
        assert "cannot be formatted" in json.loads(line)["message"]
        assert KEY not in line
    assert len(lines.lines) == 2


@pytest.mark.parametrize("hostile", ["\x1b]0;owned\x07", "a\nb", "\ud800", "\u202e", "x" * 10**6])
def test_hostile_text_is_one_bounded_line(hostile: str) -> None:
    lines = configured()
    logging.getLogger("x").info("%s", hostile)
    try:
        raise ValueError(hostile)
    except ValueError:
        logging.getLogger("x").exception("boom")
    for line in lines.lines:
        assert line.isprintable()
        assert len(line) < 11_000


def test_the_level_holds_and_libraries_stay_quiet() -> None:
    lines = configured()
    for name in QUIET:
        logging.getLogger(f"{name}.client").debug("> TEXT %s", "{'action':'auth'}")
        logging.getLogger(name).info("hello")
    assert lines.lines == []
    logging.getLogger("tickterm").debug("mine")
    assert len(lines.lines) == 1


def test_libraries_follow_a_level_above_warning() -> None:
    lines = configured(level="ERROR")
    for name in (*QUIET, "tickterm"):
        logging.getLogger(name).warning("hello")
        logging.getLogger(name).error("hello")
    assert len(lines.lines) == len(QUIET) + 1


@pytest.mark.parametrize("name", ["missing/log.jsonl", "."])
def test_a_file_that_cannot_be_opened(name: str, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="TICKTERM_LOG_FILE=") as caught:
        configured(file=tmp_path / name)
    assert str(caught.value).isprintable()


def test_a_record_without_anything() -> None:
    record = logging.LogRecord("x", logging.INFO, __file__, 1, "hello", None, (None, None, None))
    assert Redactor([KEY]).filter(record)
    assert record.getMessage() == "hello"


def test_the_traceback_of_another_formatter_is_redacted_too() -> None:
    try:
        raise ValueError(KEY)
    except ValueError:
        record = logging.LogRecord("x", logging.INFO, __file__, 1, "m", (), sys.exc_info())
    logging.Formatter().format(record)
    assert record.exc_text
    assert KEY in record.exc_text
    Redactor([KEY]).filter(record)
    assert KEY not in logging.Formatter().format(record)
