"""What it costs that processes share the slots of an endpoint: three with ten slots against one.

    python benchmarks/shares.py

The truthful endpoint, PostgreSQL and all who ask are processes of their own on one machine, and
share its cores. The three share ten slots through the database; the one has as many to itself and
shares nothing. They take turns, a few seconds each, and the figures are medians of the rounds.

slots at work     requests a second, by the endpoint's own log, times its latency, over ten
× one             in the same round
granted           slots that the processes hold together, on average
most in flight    by the endpoint's own count
first ask         milliseconds from when an idle process gets work until the endpoint is asked
taken over        seconds from when one of the three has nothing more to ask until the two others
                  hold all ten
"""

from __future__ import annotations

import asyncio
import json
import multiprocessing
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator, Sequence
from contextlib import ExitStack, contextmanager
from multiprocessing.connection import Connection
from pathlib import Path
from statistics import mean, median

from sqlalchemy import create_engine

from sightline.store import DatabaseUrl, schema
from sightline.testing.asklog import read_log
from sightline.testing.behaviour import Behaviour
from sightline.testing.endpoint import TruthfulEndpoint
from sightline.testing.postgres import RunningPostgres, running_postgres
from sightline.testing.truth import Truth, random_truth

ASKER = Path(__file__).parents[1] / "tests" / "integration" / "slots" / "asker.py"
SLOTS = 10
WARM_S, MEASURED_S, ROUNDS = 2.0, 6.0, 5


def _serve(truth: str, behaviour: Behaviour, log: Path, wire: Connection) -> None:
    async def main() -> None:
        server = TruthfulEndpoint(Truth.from_json(truth), behaviour, log_file=log)
        async with server:
            wire.send(server.base_url)
            await asyncio.get_running_loop().run_in_executor(None, wire.recv)
            wire.send(server.peak_in_flight)

    asyncio.run(main())


class Endpoint:
    """A truthful endpoint as a process."""

    def __init__(self, truth: Truth, latency_s: float, log: Path) -> None:
        self.log = log
        self._wire, theirs = multiprocessing.Pipe()
        args = (truth.to_json(), Behaviour(latency_s=latency_s), log, theirs)
        spawn = multiprocessing.get_context("spawn")
        self._process = spawn.Process(target=_serve, args=args, daemon=True)
        self._process.start()
        self.url: str = self._wire.recv()

    def received(self) -> list[float]:
        """When each request came."""
        return sorted({line.request: line.received_at for line in read_log(self.log)}.values())

    def stop(self) -> int:
        """The most that were in flight."""
        self._wire.send(None)
        peak: int = self._wire.recv()
        self._process.join()
        return peak


class Asker:
    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        self._hear()

    def tell(self, word: str) -> dict[str, int]:
        assert self._process.stdin
        self._process.stdin.write(f"{word}\n")
        self._process.stdin.flush()
        return self._hear()

    def _hear(self) -> dict[str, int]:
        assert self._process.stdout
        return json.loads(self._process.stdout.readline())


@contextmanager
def asking(database: str, endpoint: Endpoint, truth: Path) -> Generator[Asker]:
    arguments = [ASKER, database, endpoint.url, str(SLOTS), truth]
    pipe = subprocess.PIPE
    with subprocess.Popen([sys.executable, *arguments], stdin=pipe, stdout=pipe, text=True) as one:
        try:
            yield Asker(one)
        finally:
            one.kill()


class Setting:
    """One endpoint and those who ask it."""

    def __init__(
        self, databases: Sequence[str], latency_s: float, folder: Path, stack: ExitStack
    ) -> None:
        truth = random_truth(5, duration_s=10, size=(320, 180), tags=("car", "person"))
        told = folder / "truth.json"
        told.write_text(truth.to_json(), "utf-8")
        self._latency_s = latency_s
        self._endpoint = Endpoint(truth, latency_s, folder / f"log-{len(databases)}")
        self.askers = [stack.enter_context(asking(one, self._endpoint, told)) for one in databases]
        self.firsts_ms: list[float] = []
        self.at_work: list[float] = []
        self.granted: list[float] = []
        self.peak = 0

    def ask_first(self) -> None:
        """Let an idle process ask, and rest until it holds nothing any more."""
        before, said = len(self._endpoint.received()), time.time()
        self.askers[0].tell("work")
        time.sleep(0.3 + self._latency_s)
        self.askers[0].tell("rest")
        self.firsts_ms.append(1000 * (self._endpoint.received()[before] - said))
        time.sleep(1.5)

    def work(self) -> None:
        self._all("work")
        time.sleep(WARM_S)
        start = time.time()
        while time.time() < start + MEASURED_S:
            self.granted.append(sum(asker.tell("look")["granted"] for asker in self.askers))
            time.sleep(0.25)
        end = time.time()
        self._all("rest")
        rate = sum(start <= at < end for at in self._endpoint.received()) / (end - start)
        self.at_work.append(rate * self._latency_s / SLOTS)

    def taken_over_s(self) -> float:
        self._all("work")
        time.sleep(WARM_S)
        dry, *others = self.askers
        dry.tell("rest")
        start = time.perf_counter()
        while sum(other.tell("look")["granted"] for other in others) < SLOTS:
            time.sleep(0.01)
        found = time.perf_counter() - start
        self._all("rest")
        return found

    def stop(self) -> None:
        self.peak = self._endpoint.stop()

    def _all(self, word: str) -> None:
        for asker in self.askers:
            asker.tell(word)


def migrated(server: RunningPostgres) -> str:
    url = server.create_database()
    engine = create_engine(DatabaseUrl.parse(url).for_sqlalchemy())
    with engine.begin() as connection:
        schema.make_current(connection)
    engine.dispose()
    return url


def measure(database: str, latency_s: float, folder: Path) -> None:
    with ExitStack() as stack:
        alone, three = settings = [
            Setting(databases, latency_s, folder, stack)
            for databases in (["alone"], [database] * 3)
        ]
        for _ in range(ROUNDS):
            for setting in settings:
                setting.ask_first()
                setting.work()
        over_s = [three.taken_over_s() for _ in range(ROUNDS)]
        for setting in settings:
            setting.stop()
    for setting in settings:
        ratios = [a / b for a, b in zip(setting.at_work, alone.at_work, strict=True)]
        over = f"{median(over_s):.2f} s" if setting is three else "–"
        print(
            f"| {latency_s * 1000:.0f} ms | {len(setting.askers)} | {median(setting.at_work):.3f} "
            f"| {median(ratios):.3f} | {mean(setting.granted):.2f} | {setting.peak} | "
            f"{median(setting.firsts_ms):.0f} ms | {over} |",
            flush=True,
        )


def main() -> None:
    words = "processes", "slots at work", "× one", "granted", "most in flight", "first ask"
    print(f"| latency | {' | '.join(words)} | taken over |")
    print("| --- " * 8 + "|")
    with running_postgres() as server:
        for latency_s in (0.2, 0.05):
            with tempfile.TemporaryDirectory(prefix="sightline-bench-") as folder:
                measure(migrated(server), latency_s, Path(folder))


if __name__ == "__main__":
    main()
