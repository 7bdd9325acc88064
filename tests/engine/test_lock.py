"""One engine for a port: whoever holds the lock, however it ends."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from tickterm.engine.lock import EngineLock, Holder, LockHeld, holder_of
from tickterm.errors import SettingsError

US = Holder(4711, 8765, "/run/x.sock", ("--demo",), True)
HOLD = """
import sys
from pathlib import Path
from tickterm.engine.lock import EngineLock, Holder
with EngineLock(Path(sys.argv[1]), Holder(1, 2, "s")):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_the_second_is_told_who_was_first(tmp_path: Path) -> None:
    path = tmp_path / "new" / "engine.lock"
    with EngineLock(path, US):
        with pytest.raises(LockHeld) as refused:
            EngineLock(path, Holder(1))
        assert refused.value.holder == US
        assert holder_of(path) == US
        assert path.stat().st_mode & 0o077 == 0
    assert holder_of(path) is None
    with EngineLock(path, Holder(2)):
        assert holder_of(path) == Holder(2)


def test_who_was_started_with_a_whole_market_is_known_as_well(tmp_path: Path) -> None:
    symbols = ",".join(f"S{number:05d}" for number in range(20_000))
    holder = Holder(os.getpid(), 8765, "", ("--symbols", symbols))
    with EngineLock(tmp_path / "lock", holder):
        assert holder_of(tmp_path / "lock") == holder


def test_nobody_holds_what_is_not_there(tmp_path: Path) -> None:
    assert holder_of(tmp_path / "none" / "engine.lock") is None


def test_kill_9_frees_it(tmp_path: Path) -> None:
    path = tmp_path / "engine.lock"
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=Path(__file__).parents[2],
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        assert holder_of(path) == Holder(1, 2, "s")
        with pytest.raises(LockHeld):
            EngineLock(path, US)
        holder.kill()
    assert holder_of(path) is None
    with EngineLock(path, US):
        pass


def test_looking_takes_nothing_away(tmp_path: Path) -> None:
    """Twenty who look all the time must not make an engine believe that another is there."""
    path = tmp_path / "engine.lock"
    ended = threading.Event()

    def look() -> None:
        while not ended.wait(0.005):
            holder_of(path)

    lookers = [threading.Thread(target=look) for _ in range(20)]
    for looker in lookers:
        looker.start()
    try:
        for _ in range(50):
            with EngineLock(path, US):
                pass
    finally:
        ended.set()
        for looker in lookers:
            looker.join()


@pytest.mark.parametrize("text", ["", "{}", "[]", "nonsense", '{"pid":"x"}', "\x00" * 20_000])
def test_a_file_that_says_nothing_useful_is_no_trouble(text: str, tmp_path: Path) -> None:
    path = tmp_path / "engine.lock"
    with EngineLock(path, US):
        path.write_text(text)
        assert holder_of(path) == Holder()


def test_a_removed_file_is_made_again(tmp_path: Path) -> None:
    path = tmp_path / "engine.lock"
    with EngineLock(path, US) as lock:
        assert lock.renew()
        path.unlink()
        assert holder_of(path) is None
        assert lock.renew()
        assert holder_of(path) == US
        with pytest.raises(LockHeld):
            EngineLock(path, Holder(1))
    assert holder_of(path) is None


def test_who_took_the_place_meanwhile_keeps_it(tmp_path: Path) -> None:
    path = tmp_path / "engine.lock"
    with EngineLock(path, US) as lock:
        path.unlink()
        with EngineLock(path, Holder(2)):
            assert not lock.renew()
            assert holder_of(path) == Holder(2)


def test_a_pipe_in_its_place_hangs_nobody(tmp_path: Path) -> None:
    path = tmp_path / "engine.lock"
    os.mkfifo(path)
    assert holder_of(path) is None


def test_a_full_disk_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "pwrite", full)
    with pytest.raises(SettingsError, match="No space left"):
        EngineLock(tmp_path / "engine.lock", US)


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    target = tmp_path / "precious"
    target.write_text("keep me")
    path = tmp_path / "engine.lock"
    path.symlink_to(target)
    with pytest.raises(SettingsError, match="TICKTERM_DATA_DIR"):
        EngineLock(path, US)
    assert target.read_text() == "keep me"
    assert holder_of(path) is None


def test_where_nothing_can_be_written_it_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(SettingsError, match="TICKTERM_DATA_DIR"):
        EngineLock(tmp_path / "file" / "engine.lock", US)
