"""`tickterm universe`: list, show and import as a person runs them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tickterm.cli.universe import universe
from tickterm.errors import TickTermError
from tickterm.market.seeds import COMBO_TEST
from tickterm.market.text import clean

COMBO = "stock_etf_test:combo_test"


@pytest.fixture(autouse=True)
def own_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Work where no other `.env`, database or setting is."""
    for name in ("DATABASE_URL", "SYMBOL_UNIVERSE_KEY", "MASSIVE_API_KEY", "USE_MASSIVE_API"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TICKTERM_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.chdir(tmp_path)


def run(*arguments: str, stdin: str | bytes = "") -> Result:
    return CliRunner().invoke(universe, arguments, input=stdin)


def symbols(key: str) -> list[str]:
    return run("show", key).stdout.splitlines()


def failed(result: Result, code: int) -> str:
    """Return the one line that a command failed with; it printed nothing."""
    assert isinstance(result.exception, TickTermError)
    assert result.exception.exit_code == code
    assert result.output == ""
    line = str(result.exception)
    assert clean(line) == line
    return line


def test_list_is_tab_separated_and_makes_the_default_database() -> None:
    result = run("list")
    assert (result.exit_code, result.stderr) == (0, "")
    assert [line.split("\t") for line in result.stdout.splitlines()] == [
        [COMBO, "70", "stock_etf_combo", "DEFAULT"],
        ["market_leaders:top_100", "100", "stock_universe", "DEFAULT"],
    ]


def test_list_as_json() -> None:
    first = json.loads(run("list", "--json").stdout)[0]
    assert first == {
        "type": "stock_etf_combo",
        "name": "stock_etf_test",
        "key": "combo_test",
        "size": 70,
        "environment": "DEFAULT",
        "problem": "",
    }


def test_show_prints_one_symbol_a_line() -> None:
    result = run("show", COMBO)
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout == "".join(f"{symbol}\n" for symbol in COMBO_TEST)


def test_show_as_json() -> None:
    shown = json.loads(run("show", COMBO, "--json").stdout)
    assert shown == {"key": COMBO, "symbols": list(COMBO_TEST), "rejected": []}


def test_show_tells_what_it_left_out_apart_from_the_data() -> None:
    run("import", "my:list", "-", stdin='["AAPL", "MSFT"]')
    database = Path("data/tickterm.db")
    database.write_bytes(database.read_bytes().replace(b'"MSFT"', b'"M,FT"'))
    result = run("show", "my:list")
    assert (result.exit_code, result.stdout) == (0, "AAPL\n")
    assert result.stderr == "left out, no symbols: M,FT\n"


def test_a_missing_universe_tells_the_nearest_and_exits_3() -> None:
    assert "nearest are market_leaders:top_100" in failed(run("show", "x:top_100"), 3)


FILES = {
    "lines": "AAPL\n\n# a comment\n  BACpB  # Bank of America\nAAPL\nBRK.B\n",
    "windows lines with a mark": "\ufeffAAPL\r\nBACpB\r\nBRK.B\r\n",
    "csv by symbol": "name,Symbol,price\nApple,AAPL,1\nBank,BACpB,2\nBerkshire,BRK.B,3\n",
    "csv by ticker": '"ticker","name"\n"AAPL","Apple, Inc."\n"BACpB",""\n"BRK.B"\n',
    "csv without heading": "AAPL,Apple\nBACpB,Bank\nBRK.B,Berkshire\n",
    "semicolons": "Name;Ticker\nApple, Inc.;AAPL\nBank;BACpB\nBerkshire;BRK.B\n",
    "tabs": "TICKER\tName\nAAPL\tApple\nBACpB\tBank\nBRK.B\tBerkshire\n",
    "one line": "AAPL, BACpB, BRK.B",
    "json list": '["AAPL", "BACpB", "BRK.B"]',
    "json stocks": '\n {"stocks": [{"ticker": "AAPL"}, {"symbol": "BACpB"}, "BRK.B"]}',
    "json value": '{"value": "[\\"AAPL\\", \\"BACpB\\", \\"BRK.B\\"]"}',
}


@pytest.mark.parametrize("text", FILES.values(), ids=FILES.keys())
def test_import_of_every_form(tmp_path: Path, text: str) -> None:
    file = tmp_path / "my symbols"
    file.write_bytes(text.encode())
    result = run("import", "my:list", str(file))
    assert (result.exit_code, result.stdout) == (0, "")
    assert result.stderr == "imported my:list, taken 3\n"
    assert symbols("my:list") == ["AAPL", "BACpB", "BRK.B"]


def test_import_with_a_refused_symbol_writes_nothing() -> None:
    told = failed(run("import", "my:list", "-", stdin="AAPL\nA B\nT.*\n\x1b[2J\n"), 2)
    assert "nothing is imported, these are no symbols: A B, T.*, ·[2J" in told
    assert "no universe" in failed(run("show", "my:list"), 3)


def test_skip_bad_imports_the_rest() -> None:
    result = run("import", "my:list", "-", "--skip-bad", stdin="AAPL\nA B\nT.*\n*\n")
    assert result.exit_code == 0
    assert result.stderr == "imported my:list, taken 1, left out 3: A B, T.*, *\n"
    assert symbols("my:list") == ["AAPL"]


def test_an_existing_universe_needs_replace() -> None:
    assert "--replace" in failed(run("import", COMBO, "-", stdin="AAPL"), 2)
    assert len(symbols(COMBO)) == 70
    assert run("import", COMBO, "-", "--replace", stdin="AAPL").exit_code == 0
    assert symbols(COMBO) == ["AAPL"]


def test_the_type_is_kept() -> None:
    assert run("import", "my:list", "-", "--type", "themes", stdin="AAPL").exit_code == 0
    assert "my:list\t1\tthemes\tDEFAULT\n" in run("list").stdout


@pytest.mark.parametrize(
    ("stdin", "told"),
    [
        ("", "holds no symbols"),
        ("# nothing\n\n", "holds no symbols"),
        ("symbol,name\n", "holds no symbols"),
        ("[]", "holds no symbols"),
        ('["AAPL"', "no JSON"),
        ('{"total": 5}', "no list of symbols"),
        (b"\xff\xfeA\x00", "save it as UTF-8"),
        (b"A" * (16 * 1024 * 1024 + 1), "larger than 16 MiB"),
        ('"' + "A" * 200_000, "the CSV cannot be read"),
    ],
)
def test_an_unusable_file_is_told(stdin: str | bytes, told: str) -> None:
    assert told in failed(run("import", "my:list", "-", stdin=stdin), 2)


def test_a_missing_file_and_a_malformed_key_are_usage_errors() -> None:
    assert run("import", "my:list", "absent.csv").exit_code == 2
    assert "the form is NAME:KEY" in failed(run("import", "mylist", "-", stdin="AAPL"), 2)


def test_postgres_is_only_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://u:HIDDEN@127.0.0.1:1/d")
    told = failed(run("import", "my:list", "-", stdin="AAPL"), 2)
    assert "PostgreSQL at 127.0.0.1:1/d is only read here" in told
    assert "cannot be reached" in (unreachable := failed(run("list"), 3))
    assert "HIDDEN" not in told + unreachable


def test_a_database_of_the_user_is_never_made(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "sqlite:///mine.db")
    assert "does not exist" in failed(run("list"), 3)
    assert not Path("mine.db").exists()
    assert not Path("data").exists()


def test_a_data_directory_that_cannot_be_made_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    Path("file").write_text("")
    monkeypatch.setenv("TICKTERM_DATA_DIR", "file/data")
    assert "set TICKTERM_DATA_DIR to a directory" in failed(run("list"), 2)


def test_as_a_process_of_its_own(tmp_path: Path) -> None:
    """It ends by itself, with its exit code and no word more than it has to say."""
    project = str(Path(__file__).parents[2])

    def process(*arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-W", "error", "-m", "tickterm", "universe", *arguments],
            input=stdin,
            capture_output=True,
            text=True,
            timeout=20,
            check=False,
            env={**os.environ, "PYTHONPATH": project},
        )

    imported = process("import", "my:list", "-", stdin="AAPL\nBACpB\n")
    assert (imported.returncode, imported.stdout) == (0, "")
    shown = process("show", "my:list")
    assert (shown.returncode, shown.stdout, shown.stderr) == (0, "AAPL\nBACpB\n", "")
    missing = process("show", "my:other")
    assert (missing.returncode, missing.stdout) == (3, "")
    assert missing.stderr.count("\n") == 1
