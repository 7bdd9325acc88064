"""`tickterm snapshot`: golden bytes, and a whole program against an engine."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.attach.fake_broadcaster import FakeBroadcaster
from tests.engine.viewers.gateway import gateway
from tests.ports import free_port
from tests.program import Headless, environment, headless
from tests.waiting import until
from tickterm.access import Access
from tickterm.attach.remote_engine import RemoteEngine
from tickterm.cli.main import main
from tickterm.cli.snapshot import Line
from tickterm.engine.viewers.dialogue import GLANCE
from tickterm.market.contract import ViewerHello
from tickterm.market.snapshot import Attachment, Feed, LinkPhase, LinkView, Row, Snapshot

ROWS = (
    Row(
        "AAPL",
        150.45,
        150.2,
        True,
        1_234_567,
        1,
        (1.0,),
        1_732_454_400_000,
        999.25,
        12_345,
        151.0,
        149.5,
        150.31,
        58,
        "Apple",
    ),
    Row("BRK.B", 0.0001, 0.00015, False, 1.5, -1, (1.0,), 1_732_454_399_000, 900.0, 2),
    Row("NEW"),
)
WALL_MS = 1_732_454_401_500
SNAPSHOT = Snapshot(
    now=1000.0,
    wall_ms=WALL_MS,
    started=1.0,
    rows=ROWS,
    link=LinkView(LinkPhase.UP, 1.0, Feed.LIVE),
    attachment=Attachment("here:1", connected=True),
)
HEADER = (
    b"symbol,name,price,change,percent,reference,reference_is_open,direction,high,low,vwap,"
    b"volume,ticks,minute_ticks,age,timestamp"
)


class Printed:
    """What a command printed, and how it ended."""

    def __init__(self, capfd: pytest.CaptureFixture[str], code: object) -> None:
        read = capfd.readouterr()
        self.out, self.err, self.code = read.out, read.err, code


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Any:
    """Run the command against an engine that is a snapshot."""

    def of(snapshot: Snapshot, *arguments: str) -> Printed:
        monkeypatch.setattr(RemoteEngine, "run", lambda _: None)
        monkeypatch.setattr(RemoteEngine, "stop", lambda _: None)
        monkeypatch.setattr(RemoteEngine, "snapshot", lambda _: snapshot)
        monkeypatch.setattr(sys, "argv", ["tickterm", "snapshot", "here:1", *arguments])
        with pytest.raises(SystemExit) as raised:
            main()
        return Printed(capfd, raised.value.code or 0)

    return of


# -- golden bytes ---------------------------------------------------------------------------------


def test_csv(run: Any) -> None:
    printed = run(SNAPSHOT, "--csv")
    assert printed.out.encode() == (
        HEADER + b"\n"
        b"AAPL,Apple,150.45,0.25,0.1664,150.2,true,1,151.0,149.5,150.31,"
        b"1234567,12345,58,0.75,1732454400000\n"
        b"BRK.B,,0.0001,-5e-05,-33.3333,0.00015,false,-1,,,,1.5,2,0,100.0,1732454399000\n"
        b"NEW,,,,,,,,,,,,0,,,\n"
    )
    assert (printed.err, printed.code) == ("", 0)


@pytest.mark.parametrize("first", list("=+-@\t\r\n＝＋－＠"))
def test_a_name_is_no_formula_to_a_spreadsheet(run: Any, first: str) -> None:
    name = f'{first}HYPERLINK("http://x","y")'
    row = ROWS[1]._replace(name=name)
    printed = run(replace(SNAPSHOT, rows=(row,)), "--csv")
    (line,) = csv.DictReader(io.StringIO(printed.out, newline=""))
    assert line["name"] == f"'{name}"
    assert (line["change"], line["direction"]) == ("-5e-05", "-1")  # numbers stay numbers
    printed = run(replace(SNAPSHOT, rows=(row,)), "--json")
    assert json.loads(printed.out)["rows"][0]["name"] == name


def test_json(run: Any) -> None:
    printed = run(SNAPSHOT, "--json")
    assert printed.out.encode() == (
        b'{"time":1732454401500,"link":"UP","feed":"LIVE","rows":['
        b'{"symbol":"AAPL","name":"Apple","price":150.45,"change":0.25,"percent":0.1664,"reference":150.2,'
        b'"reference_is_open":true,"direction":1,"high":151.0,"low":149.5,"vwap":150.31,'
        b'"volume":1234567,"ticks":12345,"minute_ticks":58,"age":0.75,'
        b'"timestamp":1732454400000},'
        b'{"symbol":"BRK.B","name":null,"price":0.0001,"change":-0.00005,"percent":-33.3333,'
        b'"reference":0.00015,"reference_is_open":false,"direction":-1,"high":null,"low":null,'
        b'"vwap":null,"volume":1.5,"ticks":2,"minute_ticks":0,"age":100.0,"timestamp":1732454399000},'
        b'{"symbol":"NEW","name":null,"price":null,"change":null,"percent":null,"reference":null,'
        b'"reference_is_open":null,"direction":null,"high":null,"low":null,"vwap":null,'
        b'"volume":null,"ticks":0,"minute_ticks":null,"age":null,'
        b'"timestamp":null}]}\n'
    )
    assert (printed.err, printed.code) == ("", 0)


def test_a_table_for_people(run: Any) -> None:
    head, *lines = run(SNAPSHOT).out.splitlines()
    assert head.startswith("LIVE UP, ")
    assert lines == [
        "symbol   price   change   percent  volume   ticks  age",
        "AAPL    150.45    +0.25    +0.17%   1.23M  12,345   1s",
        "BRK.B   0.0001  -0.0001  ~-33.33%       2       2   1m",
        "NEW          —        —         —       —       0    —",
    ]


def test_a_symbol_that_has_not_ticked_today_has_no_change_to_doubt(run: Any) -> None:
    row = SNAPSHOT.rows[0]._replace(reference=None, reference_is_open=False, volume=0)
    line = run(replace(SNAPSHOT, rows=(row,))).out.splitlines()[-1]
    assert line.split() == ["AAPL", "150.45", "—", "—", "0", "12,345", "1s"]


def test_an_engine_that_knows_no_symbols_yet(run: Any) -> None:
    waiting = replace(SNAPSHOT, rows=(), link=LinkView())
    printed = run(waiting, "--csv")
    assert printed.out.encode() == HEADER + b"\n"
    assert printed.code == 0
    assert json.loads(run(waiting, "--json").out)["link"] == "NO UNIVERSE"


# -- symbols --------------------------------------------------------------------------------------


def test_only_some_symbols_in_the_engine_s_order(run: Any) -> None:
    printed = run(SNAPSHOT, "NEW", "AAPL", "--csv")
    assert [line.split(",")[0] for line in printed.out.splitlines()] == ["symbol", "AAPL", "NEW"]


def test_a_symbol_that_is_not_watched_is_one_line_on_stderr(run: Any) -> None:
    printed = run(SNAPSHOT, "NEW", "NOPE", "--csv")
    assert printed.out.splitlines()[1:] == ["NEW,,,,,,,,,,,,0,,,"]
    assert printed.err == "tickterm: not watched by the engine at here:1: NOPE\n"
    assert printed.code == 0


def test_none_that_is_watched_is_a_mistake(run: Any) -> None:
    printed = run(SNAPSHOT, "NOPE", "NO", "--csv")
    assert printed.out == ""
    assert printed.err == "tickterm: not watched by the engine at here:1: NOPE, NO\n"
    printed = run(SNAPSHOT, "aapl", "NO", "--csv")
    told = "not watched by the engine at here:1: aapl, NO; case matters: AAPL?"
    assert printed.err == f"tickterm: {told}\n"
    assert printed.code == 2


@pytest.mark.parametrize(
    "arguments", [("A,B",), ("--json", "--csv"), ("AAPL", "other:1"), ("--yaml",)]
)
def test_what_cannot_be_meant_is_a_mistake(arguments: tuple[str, ...], run: Any) -> None:
    printed = run(SNAPSHOT, *arguments)
    assert (printed.out, printed.code) == ("", 2)
    assert printed.err.count("Traceback") == 0


# -- what is not as it should be ------------------------------------------------------------------


@pytest.mark.parametrize("how", ["--json", "--csv", "AAPL"])
def test_prices_that_may_be_old_are_said_to_be(how: str, run: Any) -> None:
    link = LinkView(LinkPhase.RETRYING, 900.0, Feed.LIVE, reason="the feed\x1b[31m is silent")
    printed = run(replace(SNAPSHOT, link=link), how)
    assert printed.err == (
        "tickterm: the engine's link to the feed is not up, prices may be old: "
        "RECONNECTING (the feed·[31m is silent)\n"
    )
    assert printed.code == 0


def test_a_replay_that_has_ended_is_no_fault(run: Any) -> None:
    link = LinkView(LinkPhase.ENDED, 900.0, Feed.REPLAY)
    assert run(replace(SNAPSHOT, link=link), "--csv").err == ""


@pytest.mark.parametrize("how", ["--json", "--csv", ""])
def test_rows_of_no_symbol_are_left_out_and_counted(how: str, run: Any) -> None:
    lies = [ROWS[0]._replace(symbol=text) for text in ("=cmd()", "A\nB", "\x1b[31m", "")]
    printed = run(replace(SNAPSHOT, rows=(*lies, *ROWS)), *how.split())
    assert "cmd" not in printed.out
    assert "\x1b" not in printed.out
    assert printed.out == run(SNAPSHOT, *how.split()).out
    assert printed.err == "tickterm: 4 rows left out: what they are of is no symbol\n"


@pytest.mark.parametrize("how", ["--json", "--csv", ""])
def test_numbers_that_are_none_are_missing(how: str, run: Any) -> None:
    row = ROWS[0]._replace(price=1e15, reference=1e-310)
    printed = run(replace(SNAPSHOT, rows=(row,)), *how.split())
    assert "inf" not in printed.out
    if how == "--json":
        assert json.loads(printed.out)["rows"][0]["percent"] is None


# -- the whole program ----------------------------------------------------------------------------


def tickterm(directory: Path, *arguments: str, **settings: object) -> tuple[int, str, str]:
    """Run a command to its end."""
    done = subprocess.run(
        [sys.executable, "-m", "tickterm", *arguments],
        env=environment(directory, **settings),
        cwd=directory,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    return done.returncode, done.stdout, done.stderr


def test_csv_and_json_of_a_running_engine_say_the_same(tmp_path: Path) -> None:
    port = free_port()
    flags = ("--headless", "--demo", "--symbols", "SPY,QQQ")
    with headless(tmp_path, *flags, TICKTERM_PORT=port) as engine:
        engine.wait_for("subscribed to")
        code, out, err = tickterm(tmp_path, "snapshot", "--csv", TICKTERM_PORT=port)
        assert (code, err) == (0, "")
        table = list(csv.DictReader(io.StringIO(out)))
        assert [row["symbol"] for row in table] == ["SPY", "QQQ"]
        assert list(table[0]) == list(Line._fields)
        code, out, err = tickterm(tmp_path, "snapshot", "--json", "QQQ", TICKTERM_PORT=port)
        assert (code, err) == (0, "")
        document = json.loads(out)
        assert document["link"] == "UP"
        assert document["feed"] == "SIMULATED"
        (row,) = document["rows"]
        assert list(row) == list(Line._fields)
        assert row["symbol"] == "QQQ"
        assert row["ticks"] >= int(table[1]["ticks"])
        assert abs(document["time"] - (row["timestamp"] or document["time"])) < 60_000


async def test_one_look_is_no_screen_that_an_engine_lives_for(tmp_path: Path) -> None:
    broadcaster = FakeBroadcaster()
    async with broadcaster.at_port() as address:
        with headless(tmp_path, "snapshot", address.url, "--csv") as program:
            assert await ended(program) == 0
    assert [m.name for m in broadcaster.heard if isinstance(m, ViewerHello)] == [GLANCE]


def test_without_an_engine_it_is_3(tmp_path: Path) -> None:
    code, out, err = tickterm(tmp_path, "snapshot", "--csv")
    assert (code, out) == (3, "")
    assert err.startswith("tickterm: no engine runs here on port ")
    assert err.count("\n") == 1


async def test_a_wrong_token_is_3(tmp_path: Path) -> None:
    async with gateway(Access(token="0123456789abcdef")) as engine:
        url = f"127.0.0.1:{engine.port}"
        with headless(tmp_path, "snapshot", url, TICKTERM_TOKEN="0123456789abcdeX") as program:
            assert await ended(program) == 3
    assert program.lines == ["tickterm: the token is missing or wrong: set TICKTERM_TOKEN"]


async def test_a_reader_that_goes_ends_it_quietly(tmp_path: Path) -> None:
    symbols = [f"S{number}" for number in range(10_000)]
    async with gateway(symbols=symbols) as engine:
        engine.market.look(started=1.0, link=LinkView(LinkPhase.UP))
        with headless(tmp_path, "snapshot", f"127.0.0.1:{engine.port}", "--csv") as program:
            assert program.process.stdout is not None
            program.process.stdout.close()
            assert await ended(program) == 141
    assert program.lines == []


async def ended(program: Headless) -> int:
    """Return the exit code as soon as there is one, while servers on this loop go on."""
    await until(lambda: program.process.poll() is not None, timeout=20)
    return int(program.process.returncode)
