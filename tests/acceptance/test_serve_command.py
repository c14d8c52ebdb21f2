"""`sightline serve`, `worker` and `token` as a person runs them."""

from __future__ import annotations

import re
import signal
import socket
import subprocess
from collections.abc import Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import httpx

if TYPE_CHECKING:
    from conftest import Sightline

GREETING = re.compile(r"Sightline is at (http://\S+?)/\n")


class Serving:
    """A server that runs, and what it has said so far."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.said = ""

    def wait_for(self, text: str) -> str:
        """Read on until a line has this in it; that line."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.said += line
            if text in line:
                return line
        assert self.process.stderr is not None
        raise AssertionError(f"{self.said}\n{self.process.stderr.read()}")

    @property
    def urls(self) -> list[str]:
        return GREETING.findall(self.said)

    def stop(self, how: signal.Signals = signal.SIGTERM) -> tuple[int, str, str]:
        """Exit code, and what it said in the end."""
        self.process.send_signal(how)
        out, err = self.process.communicate(timeout=30)
        return self.process.returncode, out, err


@contextmanager
def serving(sightline: Sightline, *arguments: str) -> Generator[Serving]:
    with sightline.start("serve", *arguments) as process:
        try:
            server = Serving(process)
            server.wait_for("Ctrl-C stops it")
            yield server
        finally:
            if process.poll() is None:
                process.kill()


def get(url: str, **headers: str) -> httpx.Response:
    return httpx.get(url, headers=headers, trust_env=False)


def test_it_serves_where_it_says_and_stops_when_told(sightline: Sightline) -> None:
    with serving(sightline, "--listen", "127.0.0.1:0", "--listen", "localhost:0") as server:
        assert len(server.urls) >= 2
        for url in server.urls:
            assert get(f"{url}/api/v1/health").json()["status"] == "ok"
            assert get(f"{url}/api/v1/tokens").json()["total"] == 0
        url = server.urls[0]
        get(f"{url}/api/v1/runs?key=sl_in-the-query")
        get(f"{url}/api/v1/runs", Authorization="Bearer sl_in-a-header")
        httpx.post(f"{url}/api/v1/session", json={"token": "sl_in-a-body"}, trust_env=False)
        code, out, err = server.stop()
    assert (code, err) == (0, "")  # and so no secret is in what it says
    assert out == "Stopped.\n"
    with serving(sightline, "--listen", "127.0.0.1:0") as server:
        assert server.stop(signal.SIGINT)[0] == 0


def test_beyond_this_machine_it_shows_one_token_once(sightline: Sightline) -> None:
    with serving(sightline, "--listen", "0.0.0.0:0") as server:
        assert server.said.count("sl_") == 1
        token = re.findall(r"/login#token=(sl_\S+)", server.said)[0]
        port = server.urls[0].rpartition(":")[2]
        url = f"http://127.0.0.1:{port}/api/v1/tokens"
        assert get(url).status_code == 401
        mine = get(url, Authorization=f"Bearer {token}")
        assert [one["scope"] for one in mine.json()["items"]] == ["admin"]
        _, out, err = server.stop()
    assert token not in out + err
    with serving(sightline, "--listen", "0.0.0.0:0") as server:
        assert "sl_" not in server.said
        assert "sightline token create" in server.said
        server.stop()


def test_a_token_made_by_hand_opens_a_server_that_runs(sightline: Sightline) -> None:
    made = sightline.run("token", "create", "tablet", "--scope", "read")
    token = made.out.strip()
    assert token.startswith("sl_")
    assert token not in made.err
    with serving(sightline, "--listen", "0.0.0.0:0") as server:
        assert "sl_" not in server.said  # there is one already
        port = server.urls[0].rpartition(":")[2]
        url = f"http://127.0.0.1:{port}/api/v1/session"
        bearer = f"Bearer {token}"
        assert get(url, Authorization=bearer).json()["scope"] == "read"
        listed = sightline.run("token", "list")
        assert "tablet" in listed.out
        assert token not in listed.out
        name = listed.out.splitlines()[1].split()[0]
        assert sightline.run("token", "revoke", name).code == 0
        assert sightline.run("token", "revoke", name).code == 2
        server.stop()


def test_an_address_that_is_taken_is_told_with_the_way_out(sightline: Sightline) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        ran = sightline.run("serve", "--listen", f"127.0.0.1:{port}")
    assert ran.code == 2
    assert f"Cannot listen on 127.0.0.1:{port}" in ran.err
    assert "--listen" in ran.err
    assert not sightline.data_dir.exists()


def test_several_processes_on_sqlite_are_refused_with_the_reason(sightline: Sightline) -> None:
    for arguments in (("worker",), ("serve", "--no-worker")):
        ran = sightline.run(*arguments)
        assert ran.code == 2
        assert "SQLite" in ran.err
        assert "--database-url postgresql://" in ran.err


def test_an_address_that_cannot_be_read_names_the_setting(sightline: Sightline) -> None:
    ran = sightline.run("serve", "--listen", "8470")
    assert ran.code == 2
    assert "server.listen" in ran.err
