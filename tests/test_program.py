"""The whole program under its users' hands: start, stop, outages, mistakes."""

from __future__ import annotations

import json
import signal
import time
from itertools import pairwise
from pathlib import Path

import pytest

from tests.program import headless, simulator, terminal
from tests.redis_server import RedisServer, redis_server, subscriber
from tickterm.backends.redis_link import CHANNELS

OUTAGE = 10.0
RESTORED = (b"\x1b[?1049l", b"\x1b[?25h", b"\x1b[?1000l", b"\x1b[?1003l", b"\x1b[?2004l")


def test_the_demo_needs_nothing_and_shows_moving_tiles(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Within a second on a machine that is not busy with other tests: the figures are printed."""
    with terminal(tmp_path, "--demo") as screen:
        seconds = screen.wait_until(lambda shown: "AAPL" in shown and shown.count("%") >= 12)
        before = screen.shown().splitlines()[1:12]
        moved = screen.wait_until(lambda shown: shown.splitlines()[1:12] != before)
        with capsys.disabled():
            print(f"\nfirst tiles after {seconds:.2f} s, the first move after {moved:.2f} s")
        assert seconds < 5
        assert moved < 7
        screen.wait_until(lambda shown: "SIMULATED" in shown and "redis up" in shown)
        screen.wait_until(lambda shown: "embedded" in shown)
        screen.type("q")
        assert screen.end() == 0
        assert screen.read(0) is False


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
@pytest.mark.parametrize("moment", ["at once", "running"])
def test_a_signal_restores_the_terminal_and_ends_in_time(
    number: signal.Signals, moment: str, tmp_path: Path
) -> None:
    with terminal(tmp_path, "--demo") as screen:
        screen.wait_until(lambda _: b"\x1b[?1049h" in screen.output)
        if moment == "running":
            screen.wait_until(lambda shown: "redis up" in shown)
        began = time.monotonic()
        screen.process.send_signal(number)
        screen.end()
        assert time.monotonic() - began < 6
        for sequence in RESTORED:
            assert sequence in screen.output, sequence


def test_ctrl_c_ends_a_headless_engine_in_order_with_130(tmp_path: Path) -> None:
    with headless(tmp_path, "--headless", "--demo") as program:
        program.wait_for("redis up")
        assert program.stop(signal.SIGINT) == 130
        assert program.messages()[-1]["message"].startswith("stopped: ")
        assert "0 dropped, 0 ambiguous" in program.messages()[-1]["message"]
        assert not any("Traceback" in line for line in program.lines)


def test_a_missing_universe_ends_a_headless_start_and_names_the_nearest(tmp_path: Path) -> None:
    with headless(tmp_path, "--headless", "--universe", "stock_etf_test:combo_tets") as program:
        assert program.process.wait(20) == 3
        assert "stock_etf_test:combo_test" in program.lines[-1]


def test_on_a_screen_a_missing_universe_is_said_and_recovers(tmp_path: Path) -> None:
    key = "mine:few"
    with terminal(tmp_path, "--universe", key, size=(100, 30)) as screen:
        screen.wait_until(lambda shown: "NO UNIVERSE" in shown and "market_leaders" in shown)
        (tmp_path / "few.txt").write_text("AAPL\nBRK.B\n")
        with headless(tmp_path, "universe", "import", key, "few.txt") as program:
            assert program.process.wait(20) == 0, program.lines
        screen.wait_until(lambda shown: "BRK.B" in shown and "▲" in shown + "▼")
        screen.type("q")
        assert screen.end() == 0


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"USE_MULTI_CONNECTION": "true"}, "USE_MULTI_CONNECTION"),
        ({"TICKTERM_PORT": "http"}, "TICKTERM_PORT"),
        ({"TICKTERM_PROT": "1"}, "TICKTERM_PORT"),
        ({"MASSIVE_API_KEY": "k", "MASSIVE_WEBSOCKET_URL": "ws://example.com/"}, "wss://"),
        ({"DATABASE_URL": "mysql://u:CANARY@h/x"}, "DATABASE_URL"),
        ({"REDIS_URL": "http://u:CANARY@h/x"}, "REDIS_URL"),
        ({"TICKTERM_HOST": "0.0.0.0"}, "TICKTERM_TOKEN"),
        ({"SYMBOL_UNIVERSE_KEY": "nonsense"}, "NAME:KEY"),
    ],
)
def test_a_wrong_setting_is_one_line_and_exit_2(
    settings: dict[str, str], said: str, tmp_path: Path
) -> None:
    with headless(tmp_path, "--headless", **settings) as program:
        assert program.process.wait(20) == 2
        program.stop()
        assert len(program.lines) == 1
        assert said in program.lines[0]
        assert "CANARY" not in program.lines[0]


def test_without_a_terminal_it_says_so(tmp_path: Path) -> None:
    with headless(tmp_path) as program:
        assert program.process.wait(20) == 1
        program.stop()
        assert program.lines == ["tickterm: this is no terminal: use tickterm --headless"]


def test_a_recording_that_is_none_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "bad.jsonl").write_text("this is no frame\n")
    for name in ("bad.jsonl", "missing.jsonl.gz"):
        with headless(tmp_path, "--headless", "--replay", name) as program:
            assert program.process.wait(20) == 2
            program.stop()
            assert name in program.lines[-1]
            assert "Traceback" not in "".join(program.lines)


@pytest.mark.slow
def test_redis_killed_under_load_loses_nothing_that_was_not_sent(tmp_path: Path) -> None:
    """2,000 ticks/s; dead for ten seconds; what was sent but not answered is counted."""
    redis = RedisServer()
    redis.start()
    try:
        with (
            simulator(tmp_path, "--rate", "2000") as url,
            headless(
                tmp_path,
                "--headless",
                REDIS_URL=redis.url,
                MASSIVE_API_KEY="any",
                MASSIVE_WEBSOCKET_URL=url,
            ) as program,
        ):
            program.wait_for("redis up")
            with subscriber(redis.port) as before:
                assert before.wait_for(2000)
                redis.kill()
            program.wait_for("redis down")
            time.sleep(OUTAGE)  # not to synchronise: the outage itself
            redis.start()
            program.wait_for("redis up", count=2)
            with subscriber(redis.port) as after:
                assert after.wait_for(1000)
                assert program.stop() == 0
            account = program.messages()[-1]["message"]
    finally:
        redis.kill()
    for seen in (before, after):
        first, second = seen.messages.values()
        if first[0] != second[0]:  # it subscribed between a tick's two messages
            del second[0]
        assert first[: len(second)] == second[: len(first)]
        assert len(set(first)) == len(first)
    sent_before = set(before.messages[CHANNELS[0]])
    assert sent_before.isdisjoint(after.messages[CHANNELS[0]])
    ticks = int(account.split(" ticks")[0].rpartition(" ")[2])
    assert ticks > 2000 * OUTAGE
    for channel in CHANNELS:
        words = account.split(f"{channel}: ")[1].split()
        accepted, dropped, ambiguous = int(words[0]), int(words[2]), int(words[4])
        assert dropped == 0
        assert ambiguous <= 500
        assert accepted + ambiguous == ticks


def test_a_feed_that_drops_again_and_again_is_not_hammered(tmp_path: Path) -> None:
    with (
        simulator(tmp_path, "--fault", "accept-and-drop") as url,
        headless(
            tmp_path,
            "--headless",
            "--symbols",
            "SPY",
            MASSIVE_API_KEY="any",
            MASSIVE_WEBSOCKET_URL=url,
            REDIS_URL="redis://127.0.0.1:1",
        ) as program,
    ):
        program.wait_for("next try in", count=4)
        delays = [
            float(line["message"].rpartition("in ")[2].split()[0])
            for line in program.messages()
            if "next try in" in line["message"]
        ]
        assert all(later >= 1.5 * earlier for earlier, later in pairwise(delays))


def test_check_finds_everything_fine_or_says_what_to_do(tmp_path: Path) -> None:
    with redis_server() as redis, simulator(tmp_path) as url:
        fine = {"MASSIVE_API_KEY": "k", "MASSIVE_WEBSOCKET_URL": url, "REDIS_URL": redis.url}
        with headless(tmp_path, "check", **fine) as program:
            assert program.process.wait(30) == 0
            assert program.process.stdout is not None
            lines = program.process.stdout.read().splitlines()
            assert [line.split()[:2] for line in lines] == [
                ["ok", name]
                for name in (
                    "settings",
                    "feed",
                    "universe",
                    "redis",
                    "analytics",
                    "viewers",
                    "terminal",
                )
            ]
    bad = fine | {"SYMBOL_UNIVERSE_KEY": "no:such"}
    with headless(tmp_path, "check", **bad) as program:
        assert program.process.wait(30) == 3
        assert program.process.stdout is not None
        failed = [x for x in program.process.stdout.read().splitlines() if x.startswith("FAIL")]
        assert [line.split()[1] for line in failed] == ["feed", "universe", "redis"]


def test_a_table_that_is_not_needed_may_be_out_of_reach(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    place = {"TICKTERM_DATA_DIR": tmp_path / "file" / "x"}
    with headless(tmp_path, "--headless", "--demo", "--symbols", "SPY", **place) as program:
        program.wait_for("subscribed to 1 symbols")
        assert program.stop() == 0
    with headless(tmp_path, "check", **place) as program:
        assert program.process.wait(30) == 3
        assert program.process.stdout is not None
        assert "TICKTERM_DATA_DIR" in program.process.stdout.read()


def test_a_table_that_cannot_be_made_is_said_and_the_tiles_go_on(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    place = {"TICKTERM_DATA_DIR": tmp_path / "file" / "x"}
    with terminal(tmp_path, "--demo", size=(120, 40), settings=place) as screen:
        screen.wait_until(lambda shown: "TICKTERM_DATA_DIR" in shown and "AAPL" in shown)
        screen.type("q")
        assert screen.end() == 0


def test_with_everything_stuck_a_signal_still_ends_it_in_time(tmp_path: Path) -> None:
    from websockets.sync.client import connect

    with (
        redis_server() as redis,
        simulator(tmp_path, "--rate", "2000", "--fault", "stall=2") as url,
        headless(
            tmp_path,
            "--headless",
            REDIS_URL=redis.url,
            MASSIVE_API_KEY="any",
            MASSIVE_WEBSOCKET_URL=url,
        ) as program,
    ):
        program.wait_for("redis up")
        port = next(x for x in program.lines if "viewers: ws://" in x).rpartition(":")[2][:-2]
        with connect(
            f"ws://127.0.0.1:{port}", proxy=None, max_queue=1, close_timeout=0
        ) as viewer:  # it reads so little that it would not even see the end
            viewer.send('{"type":"hello","version":1}')
            viewer.recv(timeout=10)
            redis.signal(signal.SIGSTOP)
            began = time.monotonic()
            program.stop()
            assert time.monotonic() - began < 6
            redis.signal(signal.SIGCONT)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--universe", "a:b", "check"], "--universe does not go with check"),
        (["--speed", "7"], "--replay"),
        (["--demo", "--replay", "x"], "exclude"),
        (["--headless", "--symbols", "A,B;C"], "B;C"),
        (["--headless", "--symbols", ","], "empty"),
        (["--headless", "--for-screens"], "exclude"),
    ],
)
def test_flags_that_make_no_sense_are_refused(
    arguments: list[str], said: str, tmp_path: Path
) -> None:
    with headless(tmp_path, *arguments) as program:
        assert program.process.wait(20) == 2
        program.stop()
        assert said in program.lines[-1]


def test_viewers_get_the_same_ticks(tmp_path: Path) -> None:
    from websockets.sync.client import connect

    with headless(tmp_path, "--headless", "--demo", "--symbols", "SPY,QQQ") as program:
        program.wait_for("viewers: ws://")
        port = next(x for x in program.lines if "viewers: ws://" in x).rpartition(":")[2][:-2]
        with connect(f"ws://127.0.0.1:{port}", proxy=None) as viewer:
            viewer.send('{"type":"hello","version":1}')
            messages = (json.loads(text) for text in viewer)
            tick = next(m["ticks"][0] for m in messages if m["type"] == "ticks")
        assert tick["ticker"] in ("SPY", "QQQ")
        assert list(tick)[:3] == ["ticker", "price", "volume"]
        assert tick["source"] == "simulated"
