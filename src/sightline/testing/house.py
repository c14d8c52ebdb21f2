"""A whole installation in processes of its own: `sightline serve`, workers, a database, a client.

    with House(folder, endpoint=server.base_url, films=folder / "films") as house:
        house.serve()
        run = house.ask(film.path, TAGS)
        house.wait([run])

Nothing of this machine's settings reaches it. Its processes can be killed, stopped and let go on,
and end with the house.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

import httpx

from sightline.testing.truth import random_truth
from sightline.testing.video import Rendered, render

T = TypeVar("T")
Run = dict[str, Any]
"""A run as the API tells it."""

READY = "Sightline is at "
WORKING = "Working on runs"
_START_S = 60.0


class Program:
    """A process of the house."""

    def __init__(self, command: Sequence[str], *, env: Mapping[str, str], log: Path) -> None:
        self._log = log
        with log.open("wb") as out:
            self._process = subprocess.Popen(  # noqa: S603
                [sys.executable, "-m", "sightline.cli.main", *command],
                cwd=log.parent,
                env=dict(env),
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
            )

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def said(self) -> str:
        """All that it has printed so far."""
        return self._log.read_text(encoding="utf-8", errors="replace")

    @property
    def runs(self) -> bool:
        return self._process.poll() is None

    def wait_for(self, words: str, *, within_s: float = _START_S) -> str:
        """The line that has these words, once it is printed."""

        def line() -> str | None:
            found = [line for line in self.said.splitlines() if words in line]
            if not found and not self.runs:
                raise AssertionError(f"it ended without {words!r}: {self.said}")
            return found[0] if found else None

        return until(line, within_s=within_s, what=lambda: f"{words!r} in {self.said!r}")

    def kill(self) -> None:
        """As when the machine takes it: at once, with nothing put away."""
        self._signal(signal.SIGKILL)
        self._process.wait()

    def freeze(self) -> None:
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self._signal(signal.SIGCONT)

    def end(self) -> int:
        """As a person or a system ends it; the exit code."""
        self._signal(signal.SIGTERM)
        return self._process.wait(_START_S)

    def _signal(self, number: signal.Signals) -> None:
        if self.runs:
            self._process.send_signal(number)


@dataclass(frozen=True, slots=True)
class Findings:
    """What came of a run, however it came to it: two runs over the same media can be compared."""

    state: str
    answers: tuple[str, ...]
    """Question, times and answer of each, without who was asked when."""
    spans: tuple[str, ...]


class House:
    """A new installation in a folder, or on a database: `SIGHTLINE_*` settings in `env`."""

    def __init__(
        self,
        folder: Path,
        *,
        films: Path,
        endpoint: str | None = None,
        slots: int = 4,
        database_url: str | None = None,
        **env: str,
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.data_dir = folder / "library"
        kept = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
        self.env = {
            **kept,
            "HOME": str(folder),
            "SIGHTLINE_DATA_DIR": str(self.data_dir),
            "SIGHTLINE_DISCOVER": "false",
            "SIGHTLINE_SERVER__FOLDERS": json.dumps([str(films)]),
        }
        if endpoint:
            self.env |= {
                "SIGHTLINE_ENDPOINTS__TRUTH__URL": endpoint,
                "SIGHTLINE_ENDPOINTS__TRUTH__MODEL": "truthful",
                "SIGHTLINE_ENDPOINTS__TRUTH__SLOTS": str(slots),
            }
        if database_url:
            self.env["SIGHTLINE_DATABASE_URL"] = database_url
        self.env |= env
        self.programs: list[Program] = []
        self.url = ""
        """Of the server that was started last."""
        self._client = httpx.Client(timeout=30.0)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._client.close()
        for program in self.programs:
            program.thaw()
            program.kill()

    # -------------------------------------------------------------------------------- processes

    def start(self, *command: str) -> Program:
        """Returns at once."""
        log = self.folder / f"said-{len(self.programs)}.txt"
        program = Program(command, env=self.env, log=log)
        self.programs.append(program)
        return program

    def serve(self, *more: str, port: int = 0) -> Program:
        """Returns when it can be talked to; at a free port, or at this one."""
        program = self.start("serve", "--listen", f"127.0.0.1:{port}", *more)
        self.url = program.wait_for(READY).removeprefix(READY).rstrip("/")
        return program

    def work(self) -> Program:
        """Another worker; returns when it works."""
        program = self.start("worker")
        program.wait_for(WORKING)
        return program

    # ----------------------------------------------------------------------------------- its API

    def is_well(self) -> bool:
        """Whether its database answers."""
        return self.get("health")["status"] == "ok"

    def get(self, path: str, **query: str | int) -> Run:
        return self._checked(self._client.get(f"{self.url}/api/v1/{path}", params=query))

    def post(self, path: str, body: object = None) -> Run:
        return self._checked(self._client.post(f"{self.url}/api/v1/{path}", json=body))

    def ask(self, film: Path, tags: Sequence[str], *, every_s: float = 0.5, **more: object) -> str:
        """The id of a new run."""
        wanted = {"paths": [str(film)], "tags": list(tags), "sampling": {"every": every_s}}
        return str(self.post("runs", wanted | more)["id"])

    def run(self, name: str) -> Run:
        return self.get(f"runs/{name}")

    def wait(self, runs: Sequence[str], *, within_s: float = 100.0) -> list[Run]:
        """Until all have ended; as they stand then."""
        left, ended = list(runs), dict[str, Run]()

        def all_ended() -> bool:
            while left and (now := self.run(left[-1]))["ended_at"]:
                ended[left.pop()] = now
            return not left

        until(all_ended, within_s=within_s, what=lambda: f"the end of {list(map(self.run, left))}")
        return [ended[name] for name in runs]

    def findings(self, run: str) -> Findings:
        def listed(what: str, of: Callable[[Run], object]) -> tuple[str, ...]:
            items: list[Run] = []
            while True:
                page = self.get(f"runs/{run}/{what}", offset=len(items), limit=500)
                items += page["items"]
                if len(items) >= page["total"] or not page["items"]:
                    return tuple(sorted(json.dumps(of(item)) for item in items))

        names = ("media", "recipe", "question", "times", "presence", "text", "unknown")
        return Findings(
            str(self.run(run)["state"]),
            listed("answers", lambda item: [item[name] for name in names]),
            listed("spans", lambda item: item),
        )

    def _checked(self, response: httpx.Response) -> Run:
        if not response.is_success:
            raise AssertionError(f"{response.request.url}: {response.status_code} {response.text}")
        return response.json()


def make_films(
    folder: Path, count: int, *, duration_s: float, tags: Sequence[str]
) -> list[Rendered]:
    """Different ones, of one vocabulary."""
    folder.mkdir(parents=True, exist_ok=True)
    return [
        render(
            random_truth(number, duration_s=duration_s, tags=tags), folder / f"film-{number:04}.mp4"
        )
        for number in range(count)
    ]


def until(look: Callable[[], T | None], *, within_s: float, what: Callable[[], str]) -> T:
    """What `look` sees once it sees something. Raises `AssertionError` when it never does."""
    end = time.monotonic() + within_s
    while not (seen := look()):
        if time.monotonic() > end:
            raise AssertionError(f"not within {within_s:.0f} s: {what()}")
        time.sleep(0.05)
    return seen
