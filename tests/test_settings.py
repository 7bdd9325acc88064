"""Every setting from file and environment; every wrong value one line that says what is allowed."""

from __future__ import annotations

import os
import re
import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tickterm.access import is_loopback
from tickterm.errors import SettingsError
from tickterm.market.timeframe import Timeframe
from tickterm.settings import (
    DEFAULT_UNIVERSE,
    KEYS,
    Secret,
    Settings,
    load,
    terminal_type,
)
from tickterm.settings_screen import ScreenSettings

KEY = "k3yThatNobodyMaySee"
PASSWORD = "pa55word"
TOKEN = "t0kenOfAllTheViewers"
BARS_URL = f"postgresql://user:{PASSWORD}-bars@localhost/bars"
SECRETS = {
    "MASSIVE_API_KEY": KEY,
    "DATABASE_URL": f"postgresql://user:{PASSWORD}-db@localhost/tickstock",
    "REDIS_URL": f"redis://:{PASSWORD}%2Fredis@localhost:6379/0",
    "TICKTERM_TOKEN": TOKEN,
}


def write(directory: Path, text: str) -> Path:
    path = directory / ".env"
    path.write_text(text, encoding="utf-8")
    path.chmod(0o600)
    return path


def refusal(environ: dict[str, str], directory: Path) -> str:
    with pytest.raises(SettingsError) as caught:
        load(environ, directory)
    told = str(caught.value)
    assert told.isprintable(), "one line without control characters"
    assert len(told) < 250
    for secret in (KEY, PASSWORD, TOKEN):
        assert secret not in told
    return told


def test_the_example_names_exactly_the_settings() -> None:
    text = Path(__file__).parent.parent.joinpath(".env.example").read_text(encoding="utf-8")
    assert tuple(re.findall(r"^#?([A-Z_]+)=", text, re.MULTILINE)) == KEYS


def test_the_example_can_be_copied_as_it_is(tmp_path: Path) -> None:
    example = Path(__file__).parent.parent / ".env.example"
    write(tmp_path, example.read_text(encoding="utf-8"))
    assert load({}, tmp_path) == load({}, tmp_path / "elsewhere")


def test_defaults(tmp_path: Path) -> None:
    settings = load({}, tmp_path)
    assert not settings.use_massive_api
    assert settings.massive_websocket_url == "wss://socket.massive.com/stocks"
    assert settings.symbol_universe_key == DEFAULT_UNIVERSE == "stock_etf_test:combo_test"
    assert settings.database_is_default
    assert settings.database_url == f"sqlite:///{settings.data_dir / 'tickterm.db'}"
    assert (settings.redis_url, settings.redis_is_default) == ("redis://localhost:6379/0", True)
    assert (settings.host, settings.port, settings.token) == ("127.0.0.1", 8765, "")
    assert (settings.log_level, settings.log_file, settings.warnings) == ("INFO", None, ())
    assert (settings.stream, settings.stream_length, settings.stream_partitions) == ("", 500_000, 1)
    assert settings.bars_url == f"sqlite:///{settings.data_dir / 'bars.db'}"
    assert settings.timeframes == tuple(Timeframe)[3:]
    assert settings.patterns == ()
    assert settings.secrets == ()


def test_every_key_is_read(tmp_path: Path) -> None:
    settings = load(
        {
            **SECRETS,
            "USE_MASSIVE_API": "no",
            "MASSIVE_WEBSOCKET_URL": "wss://delayed.massive.com/stocks",
            "USE_MULTI_CONNECTION": "off",
            "SYMBOL_UNIVERSE_KEY": "market_leaders:top_100",
            "TICKTERM_STREAM": "tickstock:ticks",
            "TICKTERM_STREAM_LENGTH": "1000000",
            "TICKTERM_STREAM_PARTITIONS": "16",
            "TICKTERM_BARS_URL": BARS_URL,
            "TICKTERM_TIMEFRAMES": "5m, 1min 1s",
            "TICKTERM_PATTERNS": "Doji, Shooting_Star",
            "TICKTERM_HOST": "0.0.0.0",
            "TICKTERM_PORT": "9000",
            "TICKTERM_DATA_DIR": "~/data",
            "TICKTERM_LOG_LEVEL": "debug",
            "TICKTERM_LOG_FILE": "log.jsonl",
            "TICKTERM_THEME": "nord",
            "TICKTERM_COLOURS": "Safe",
            "TICKTERM_ASCII": "yes",
            "TICKTERM_MOTION": "reduced",
            "TICKTERM_FPS": "30",
            "TICKTERM_KEYS": "app.quit=Q",
        },
        tmp_path,
    )
    assert settings == Settings(
        use_massive_api=False,
        massive_api_key=Secret(KEY),
        massive_websocket_url="wss://delayed.massive.com/stocks",
        symbol_universe_key="market_leaders:top_100",
        database_url=SECRETS["DATABASE_URL"],
        database_is_default=False,
        redis_url=SECRETS["REDIS_URL"],
        redis_is_default=False,
        stream="tickstock:ticks",
        stream_length=1_000_000,
        stream_partitions=16,
        bars_url=BARS_URL,
        timeframes=(Timeframe.S1, Timeframe.M1, Timeframe.M5),
        patterns=("Doji", "Shooting_Star"),
        host="0.0.0.0",
        port=9000,
        token=Secret(TOKEN),
        data_dir=Path.home() / "data",
        log_level="DEBUG",
        log_file=Path("log.jsonl"),
        screen=ScreenSettings("nord", "safe", True, "reduced", 30, "app.quit=Q"),
    )


def test_the_environment_goes_before_the_file(tmp_path: Path) -> None:
    write(tmp_path, "TICKTERM_PORT=1111\nTICKTERM_LOG_LEVEL=ERROR\n")
    settings = load({"TICKTERM_PORT": "2222"}, tmp_path)
    assert (settings.port, settings.log_level) == (2222, "ERROR")
    assert load({"TICKTERM_PORT": ""}, tmp_path).port == 8765


def test_a_wrong_value_that_is_overruled_harms_nobody(tmp_path: Path) -> None:
    write(tmp_path, "TICKTERM_PORT=banana\n")
    assert load({"TICKTERM_PORT": "2222"}, tmp_path).port == 2222


def test_the_process_environment_and_directory_are_the_default(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for key in KEYS:
        monkeypatch.delenv(key, raising=False)
    monkeypatch.chdir(tmp_path)
    write(tmp_path, "TICKTERM_PORT=1111\n")
    monkeypatch.setenv("TICKTERM_LOG_LEVEL", "WARNING")
    settings = load()
    assert (settings.port, settings.log_level) == (1111, "WARNING")


def test_the_file_as_people_write_it(tmp_path: Path) -> None:
    write(
        tmp_path,
        "\ufeffexport TICKTERM_PORT = 1111  # the port\n\n# mine\nTICKTERM_TOKEN='a$b ${HOME}#c'\n"
        'TICKTERM_LOG_LEVEL="error"\r\nOTHER_PROGRAM=x\nMASSIVE_API_KEY=\nTICKTERM_HOST',
    )
    settings = load({}, tmp_path)
    assert (settings.port, settings.log_level) == (1111, "ERROR")
    assert settings.token == "a$b ${HOME}#c"
    assert settings.host == "127.0.0.1"


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({}, False),
        ({"MASSIVE_API_KEY": KEY}, True),
        ({"MASSIVE_API_KEY": KEY, "USE_MASSIVE_API": "false"}, False),
        ({"MASSIVE_API_KEY": "", "USE_MASSIVE_API": ""}, False),
        ({"MASSIVE_API_KEY": f"  {KEY}\n", "USE_MASSIVE_API": " TRUE "}, True),
    ],
)
def test_the_real_feed_needs_a_key(environ: dict[str, str], expected: bool, tmp_path: Path) -> None:
    settings = load(environ, tmp_path)
    assert settings.use_massive_api is expected
    assert settings.massive_api_key in ("", KEY)


MALFORMED = [
    ("USE_MASSIVE_API", "maybe", "true and false"),
    ("USE_MASSIVE_API", "2", "true and false"),
    ("USE_MULTI_CONNECTION", "x", "true and false"),
    ("USE_MULTI_CONNECTION", "true", "set it to false"),
    ("MASSIVE_API_KEY", "two words", "copy it again"),
    ("MASSIVE_API_KEY", "a\x00b", "copy it again"),
    ("MASSIVE_API_KEY", "a\u202eb", "copy it again"),
    ("MASSIVE_API_KEY", "a\udc80b", "copy it again"),
    ("MASSIVE_WEBSOCKET_URL", "https://socket.massive.com/stocks", "wss://, ws://"),
    ("MASSIVE_WEBSOCKET_URL", "socket.massive.com", "wss://, ws://"),
    ("MASSIVE_WEBSOCKET_URL", "wss://", "wss://socket.massive.com/stocks"),
    ("MASSIVE_WEBSOCKET_URL", "wss:///stocks", "wss://socket.massive.com/stocks"),
    ("MASSIVE_WEBSOCKET_URL", "wss://[bad", "URL"),
    ("MASSIVE_WEBSOCKET_URL", "wss://host:port/stocks", "URL"),
    ("MASSIVE_WEBSOCKET_URL", "wss://host:99999/stocks", "URL"),
    ("MASSIVE_WEBSOCKET_URL", "wss://host/\nx", "URL"),
    ("MASSIVE_WEBSOCKET_URL", f"wss://u:{PASSWORD}@host/stocks", "wss://socket.massive.com/stocks"),
    ("MASSIVE_WEBSOCKET_URL", f"wss://:{PASSWORD}@host/stocks", "wss://socket.massive.com/stocks"),
    ("MASSIVE_WEBSOCKET_URL", f"wss://host/?apiKey={KEY}", "wss://socket.massive.com/stocks"),
    ("MASSIVE_WEBSOCKET_URL", "ws://socket.massive.com/stocks", "wss://"),
    ("MASSIVE_WEBSOCKET_URL", "ws://127.0.0.1.evil.example/stocks", "wss://"),
    ("REDIS_URL", "localhost:6379", "redis://, rediss://, unix://"),
    ("REDIS_URL", f"http://:{PASSWORD}@localhost", "redis://, rediss://, unix://"),
    ("REDIS_URL", f"redis://:{PASSWORD}/x@localhost", "%2F"),
    ("REDIS_URL", f"redis://:{PASSWORD}@localhost:none", "%3A"),
    ("REDIS_URL", f"redis://[{PASSWORD}", "URL"),
    ("TICKTERM_STREAM", "two words", "tickstock:ticks"),
    ("TICKTERM_STREAM", "-", "tickstock:ticks"),
    ("TICKTERM_STREAM", "x" * 65, "tickstock:ticks"),
    ("TICKTERM_STREAM_LENGTH", "999", "1000 to 100000000"),
    ("TICKTERM_STREAM_LENGTH", "many", "1000 to 100000000"),
    ("TICKTERM_STREAM_PARTITIONS", "0", "1 to 256"),
    ("TICKTERM_STREAM_PARTITIONS", "257", "1 to 256"),
    ("TICKTERM_TIMEFRAMES", "1min,2min", "1min, 5min"),
    ("TICKTERM_TIMEFRAMES", ",", "1min, 5min"),
    ("TICKTERM_PORT", "0", "1 to 65535"),
    ("TICKTERM_PORT", "65536", "1 to 65535"),
    ("TICKTERM_PORT", "-1", "1 to 65535"),
    ("TICKTERM_PORT", "80.5", "1 to 65535"),
    ("TICKTERM_PORT", "http", "1 to 65535"),
    ("TICKTERM_PORT", "9" * 5000, "1 to 65535"),
    ("TICKTERM_PORT", "\x1b[31m80", "1 to 65535"),
    ("TICKTERM_HOST", "0.0.0.0", "TICKTERM_TOKEN"),
    ("TICKTERM_HOST", "\x1b]0;owned\x07", "name of a host"),
    ("TICKTERM_LOG_LEVEL", "LOUD", "DEBUG, INFO, WARNING, ERROR"),
    ("TICKTERM_LOG_FILE", "~nobody-of-this-name/x", "path"),
    ("TICKTERM_DATA_DIR", "~nobody-of-this-name", "path"),
    ("TICKTERM_DATA_DIR", "a\x00b", "path"),
    ("TICKTERM_COLOURS", "pink", "default, classic, safe, east"),
    ("TICKTERM_ASCII", "perhaps", "auto, true and false"),
    ("TICKTERM_MOTION", "none", "full, reduced"),
    ("TICKTERM_FPS", "0", "from 1 to 30"),
    ("TICKTERM_FPS", "31", "from 1 to 30"),
    ("TICKTERM_FPS", "many", "from 1 to 30"),
]


@pytest.mark.parametrize(("key", "value", "allowed"), MALFORMED, ids=lambda v: ascii(v)[:30])
def test_a_wrong_value_is_one_line(key: str, value: str, allowed: str, tmp_path: Path) -> None:
    told = refusal({key: value}, tmp_path)
    assert told.startswith(f"{key}=")
    assert "(environment)" in told
    assert allowed in told


@pytest.mark.parametrize(
    ("key", "value", "allowed"),
    [row for row in MALFORMED if row[1].isprintable()],
    ids=lambda v: ascii(v)[:30],
)
def test_a_wrong_value_in_the_file_names_the_file(
    key: str, value: str, allowed: str, tmp_path: Path
) -> None:
    write(tmp_path, f"{key}='{value}'\n")
    told = refusal({}, tmp_path)
    assert told.startswith(f"{key}=")
    assert "(.env)" in told
    assert allowed in told


def test_true_without_a_key(tmp_path: Path) -> None:
    told = refusal({"USE_MASSIVE_API": "true"}, tmp_path)
    assert "MASSIVE_API_KEY is empty" in told
    assert "USE_MASSIVE_API=false" in told


@pytest.mark.parametrize(
    ("key", "near"),
    [
        ("TICKTERM_PROT", "TICKTERM_PORT"),
        ("tickterm_port", "TICKTERM_PORT"),
        ("TICKTERM_\x1b[31m", None),
        ("TICKTERM_COLOUR", "TICKTERM_COLOURS"),
        ("TICKTERM_QWXYZ", None),
    ],
)
def test_an_unknown_key_of_ours(key: str, near: str | None, tmp_path: Path) -> None:
    told = refusal({key: KEY}, tmp_path)
    assert "(environment) is no setting" in told
    if near:
        assert told.endswith(f"did you mean {near}?")


def test_a_misspelt_key_in_the_file(tmp_path: Path) -> None:
    write(tmp_path, f"MASIVE_API_KEY={KEY}\n")
    assert "MASIVE_API_KEY (.env) is no setting" in refusal({}, tmp_path)
    assert load({"MASIVE_API_KEY": KEY}, tmp_path / "none").massive_api_key == ""


def test_a_line_that_is_no_setting_names_its_number(tmp_path: Path) -> None:
    write(tmp_path, f"TICKTERM_PORT=1\nMASSIVE_API_KEY {KEY}\n")
    assert ".env, line 2" in refusal({}, tmp_path)


def test_a_file_that_is_no_text(tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes(b"MASSIVE_API_KEY=" + KEY.encode() + b"\xff\n")
    assert refusal({}, tmp_path) == ".env cannot be read: it is not UTF-8"


def test_a_file_that_may_not_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, "")

    def refuse(*_args: object, **_named: object) -> None:
        raise PermissionError(13, "Permission denied", "somewhere")

    monkeypatch.setattr(Path, "open", refuse)
    assert refusal({}, tmp_path) == ".env cannot be read: Permission denied"


@pytest.mark.parametrize("mode", [0o600, 0o400, 0o640, 0o604, 0o644])
def test_a_file_with_a_key_that_others_can_read(mode: int, tmp_path: Path) -> None:
    path = write(tmp_path, f"MASSIVE_API_KEY={KEY}\n")
    path.chmod(mode)
    others = bool(path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO))
    warnings = load({}, tmp_path).warnings
    assert bool(warnings) is others
    assert KEY not in "".join(warnings)
    path.write_text("")
    assert load({}, tmp_path).warnings == ()


@pytest.mark.parametrize(
    "url", ["ws://127.0.0.1:8767/stocks", "ws://localhost:1", "ws://[::1]:8767/stocks", "wss://h"]
)
def test_feeds_that_are_fine(url: str, tmp_path: Path) -> None:
    assert load({"MASSIVE_WEBSOCKET_URL": url}, tmp_path).massive_websocket_url == url


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("127.0.0.1", True), ("127.9.9.9", True), ("localhost", True), ("LOCALHOST", True),
        ("::1", True), ("[::1]", True), ("0.0.0.0", False), ("::", False), ("10.0.0.1", False),
        ("example.com", False), ("localhost.example.com", False), ("", False), ("1.1", False),
    ],
)  # fmt: skip
def test_loopback(host: str, expected: bool) -> None:
    assert is_loopback(host) is expected


def test_a_bind_off_loopback_with_a_token(tmp_path: Path) -> None:
    assert load({"TICKTERM_HOST": "::", "TICKTERM_TOKEN": TOKEN}, tmp_path).host == "::"


def test_secrets_are_not_in_the_repr(tmp_path: Path) -> None:
    settings = load(SECRETS, tmp_path)
    for told in (repr(settings), f"{settings}", repr([settings.massive_api_key, settings.token])):
        for secret in (KEY, PASSWORD, TOKEN):
            assert secret not in told
    assert "'***'" in repr(settings)
    assert repr(Secret("")) == "''"


def test_every_secret_is_named_for_the_logs(tmp_path: Path) -> None:
    found = set(load(SECRETS, tmp_path).secrets)
    assert found == {KEY, TOKEN, f"{PASSWORD}-db", f"{PASSWORD}%2Fredis", f"{PASSWORD}/redis"}
    query = {
        "REDIS_URL": f"redis://localhost/0?password={PASSWORD}%2B",
        "DATABASE_URL": f"postgresql://localhost/x?user=u&password={PASSWORD}",
    }
    assert set(load(query, tmp_path).secrets) == {f"{PASSWORD}+", PASSWORD}
    broken = f"postgresql://[{PASSWORD}"
    assert broken in load({"DATABASE_URL": broken}, tmp_path).secrets


@given(st.dictionaries(st.sampled_from(KEYS), st.text()))
def test_any_values_load_or_are_refused_in_one_line(environ: dict[str, str]) -> None:
    nowhere = Path(os.devnull)
    try:
        settings = load(environ, nowhere)
    except SettingsError as error:
        told = str(error)
    else:
        told = "fine"
        assert 1 <= settings.port <= 65535
        assert isinstance(settings.secrets, tuple)
    assert told.isprintable()


def test_the_terminal_says_what_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm\x1b[31m")
    assert terminal_type() == "xterm·[31m"
    monkeypatch.delenv("TERM")
    assert terminal_type() == "unknown"
