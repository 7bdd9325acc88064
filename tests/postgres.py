"""A real PostgreSQL server for tests: its own directory, a free port, loopback only."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest

PASSWORD = "s3cret/:@pass"


def _programs() -> Path | None:
    """Return the directory of the newest server programs on this machine."""
    on_path = shutil.which("initdb")
    if on_path and (Path(on_path).resolve().parent / "pg_ctl").exists():
        return Path(on_path).resolve().parent
    installed = Path("/usr/lib/postgresql").glob("*/bin/initdb")
    return max((p.parent for p in installed), key=lambda p: float(p.parent.name), default=None)


def _unprivileged() -> str | None:
    """Return whom to run as: the server refuses root."""
    if os.getuid() != 0:
        return None
    names = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in names else "nobody"


class PostgresServer:
    """One server; its superuser is `tester`, its database `postgres`."""

    def __init__(self, programs: Path, directory: Path) -> None:
        self._programs = programs
        self._data = directory / "data"
        self._user = _unprivileged()
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port: int = probe.getsockname()[1]
        password = directory / "password"
        password.write_text(PASSWORD)
        if self._user:
            owner = pwd.getpwnam(self._user)
            for path in (directory, password):
                os.chown(path, owner.pw_uid, owner.pw_gid)
        self._run(
            "initdb", "--no-sync", "-U", "tester", "-A", "scram-sha-256", f"--pwfile={password}"
        )
        self.start()

    def url(
        self, password: str = PASSWORD, database: str = "postgres", scheme: str = "postgresql"
    ) -> str:
        """Return the URL of a database, as a person would write it."""
        return f"{scheme}://tester:{quote(password, safe='')}@127.0.0.1:{self.port}/{database}"

    def start(self) -> None:
        """Start it and wait until it takes connections."""
        options = (
            f"-p {self.port} -c listen_addresses=127.0.0.1 -c unix_socket_directories='' "
            "-c fsync=off -c max_connections=20 -c shared_buffers=2MB"
        )
        log = str(self._data.parent / "log")
        self._run("pg_ctl", "-w", "-t", "30", "-l", log, "-o", options, "start")

    def stop(self) -> None:
        """Cut every connection and stop at once, without a checkpoint."""
        self._run("pg_ctl", "-w", "-m", "immediate", "stop")

    @property
    def pid(self) -> int:
        """The process that takes connections."""
        return int((self._data / "postmaster.pid").read_text().split()[0])

    def _run(self, program: str, *arguments: str) -> None:
        subprocess.run(
            [str(self._programs / program), "-D", str(self._data), *arguments],
            check=True,
            user=self._user,
            cwd=self._data.parent,
            stdout=subprocess.DEVNULL,
            env={"LC_ALL": "C", "PATH": os.environ.get("PATH", "")},
            timeout=60,
        )


@pytest.fixture(scope="session", name="postgres_server")
def start_postgres() -> Iterator[PostgresServer]:
    """A running server; skipped with a reason without one installed, but a failure in CI."""
    programs = _programs()
    if programs is None:
        reason = "PostgreSQL's initdb is neither on PATH nor under /usr/lib/postgresql"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    directory = Path(tempfile.mkdtemp(prefix="tickterm-postgres-"))
    try:
        server = PostgresServer(programs, directory)
        try:
            yield server
        finally:
            server.stop()
    finally:
        shutil.rmtree(directory, ignore_errors=True)
