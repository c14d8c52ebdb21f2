"""What durable runs withstand, and what they cost: each bar of theirs, in processes as people run.

    python benchmarks/jobs.py [--quick] [SECTION ...]

Each section starts an installation of its own: `sightline serve`, workers, PostgreSQL from its
wheel, a truthful endpoint on loopback. All of them and whoever asks share the machine's cores.

kills      kill -9 at random moments: 50 of one server on SQLite, 200 of three workers on
           PostgreSQL; what becomes of every run, what is asked again, how soon runs are rescued
enqueue    runs about one picture each that 16 clients enqueue a second, over the API, and that
           the service itself does without HTTP
complete   the same runs, worked off by two workers, of an endpoint that answers at once
queue100k  list, enqueue and claim while 100,000 runs wait, over the same in an empty queue
cancel     from the request until no ask leaves, the run reads cancelled and the slots are free
api        250 requests a second of 500 clients while a run goes on: how long they wait, and how
           fast the run goes over how fast it went without them
sse        1,000 listeners: whether each hears every event
idle       CPU of a server that has nothing to do
slots      three workers at one endpoint of ten slots: the most in flight, and how well they are
           used in the middle of the work
"""

from __future__ import annotations

import asyncio
import json
import multiprocessing
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import numpy as np
import psycopg
from PIL import Image
from pool import TAGS, instant
from sqlalchemy import MetaData, Table, create_engine, select

from sightline.jobs.queue import DbosQueue
from sightline.services.runs.events import Events
from sightline.services.runs.jobs import Jobs
from sightline.services.runs.specs import RunSpec, Wanted
from sightline.store import DatabaseUrl, Store
from sightline.testing.behaviour import Behaviour
from sightline.testing.endpoint import TruthfulEndpoint
from sightline.testing.house import House, Program, Run, make_films, until
from sightline.testing.postgres import RunningPostgres, running_postgres
from sightline.testing.siege import Siege, asked_again
from sightline.testing.video import Rendered

KINDS = ("SQLite", "PostgreSQL")


@dataclass(frozen=True)
class Bench:
    """Where a section works, and how much it does."""

    folder: Path
    quick: bool
    postgres: RunningPostgres

    def size(self, full: int, quick: int) -> int:
        return quick if self.quick else full

    @contextmanager
    def house(
        self, name: str, kind: str, *, endpoint: str | None, slots: int = 4, **env: str
    ) -> Generator[House]:
        url = self.postgres.create_database() if kind == "PostgreSQL" else None
        folder = self.folder / f"{name}-{kind}"
        with House(
            folder, films=self.folder, endpoint=endpoint, slots=slots, database_url=url, **env
        ) as house:
            yield house


def at(moment: str) -> float:
    """Seconds since 1970 of a time that the API tells."""
    return datetime.fromisoformat(moment).timestamp()


def quantile(values: Sequence[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


def row(*cells: object) -> None:
    print(f"| {' | '.join(map(str, cells))} |", flush=True)


def table(*heads: str) -> None:
    print()
    row(*heads)
    row(*("---" for _ in heads))


# ----------------------------------------------------------------------------------------- kills


class Feeding:
    """Keeps some runs under way, each about another film."""

    def __init__(self, house: House, films: Sequence[Rendered], *, at_least: int) -> None:
        self._house = house
        self._left = list(films)
        self._at_least = at_least
        self.runs: dict[str, Rendered] = {}

    def __call__(self) -> None:
        states = [self._house.get("runs", state=state) for state in ("queued", "running")]
        missing = self._at_least - sum(page["total"] for page in states)
        for _ in range(min(missing, len(self._left))):
            film = self._left.pop()
            self.runs[self._house.ask(film.path, TAGS)] = film


def kills(bench: Bench) -> None:
    table(
        "kill -9", "kills", "runs", "complete", "answers lost", "as the truth", "same spans again",
        "asked again", "a kill", "of slots", "rescues", "rescue, median", "longest",
    )  # fmt: skip
    films = make_films(bench.folder, bench.size(160, 20), duration_s=20, tags=TAGS)
    for kind, count in zip(KINDS, (bench.size(50, 5), bench.size(200, 8)), strict=True):
        slots = 4 if kind == "SQLite" else 10
        behaviour = Behaviour(latency_s=0.2 if kind == "SQLite" else 0.5)
        with (
            TruthfulEndpoint(films[0].truth, behaviour) as server,
            bench.house(
                "kills", kind, endpoint=server.base_url, slots=slots, SIGHTLINE_JOBS__RESCUES="1000"
            ) as house,
        ):
            siege = Siege(random.Random(count))
            feeding = Feeding(house, films, at_least=6 if kind == "SQLite" else 10)
            if kind == "SQLite":
                siege.alone(house, count, working_s=2.0, before_each=feeding)
            else:
                house.serve("--no-worker")
                workers = [house.work() for _ in range(3)]
                siege.among(house, workers, count, every_s=3.0, before_each=feeding)
            ended = house.wait(list(feeding.runs), within_s=200)
            server.behaviour = Behaviour()
            told = [_as_it_should_be(house, run, film) for run, film in feeding.runs.items()]
            asked_by_then = len(server.log.lines)
            again = asked_again(server.log.lines)
            same = [_same_again(house, run, film) for run, film in feeding.runs.items()]
            assert len(server.log.lines) == asked_by_then, "answers were asked for again"
        rescued = siege.rescues_s(ended) or [0.0]
        row(
            kind, count, len(ended), sum(run["state"] == "complete" for run in ended),
            sum(lost for lost, _ in told), all(right for _, right in told), all(same),
            again, f"{again / count:.1f}", f"≤ {slots}", len(rescued),
            f"{statistics.median(rescued):.1f} s", f"{max(rescued):.1f} s",
        )  # fmt: skip


def _as_it_should_be(house: House, run: str, film: Rendered) -> tuple[int, bool]:
    """How many answers are lost, and whether all others are as the film is."""
    answers = house.get(f"runs/{run}/answers", limit=500)["items"]
    rate = film.truth.rate
    right = all(
        (item["presence"] > 0.5)
        == (item["question"] in film.truth.present(round(item["times"][0] * rate)))
        for item in answers
        if item["presence"] is not None
    )
    heard = {(item["question"], item["times"][0]) for item in answers if not item["unknown"]}
    assert len(heard) == len(answers), "an answer was kept twice"
    return 40 * len(TAGS) - len(heard), right


def _same_again(house: House, run: str, film: Rendered) -> bool:
    """Whether another run over the same answers, in which nothing happens, ends the same."""
    other = house.ask(film.path, TAGS, again=True)
    house.wait([other])
    return house.findings(other) == house.findings(run)


# --------------------------------------------------------------------------------------- clients


async def _request(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, head: str, body: bytes = b""
) -> tuple[int, bytes]:
    """One exchange on a connection that stays open."""
    writer.write(f"{head}\r\nhost: 127.0.0.1\r\ncontent-length: {len(body)}\r\n".encode())
    writer.write(b"content-type: application/json\r\n\r\n" + body)
    said = await reader.readuntil(b"\r\n\r\n")
    length = said.lower().split(b"content-length: ")[1].split(b"\r\n")[0]
    return int(said.split()[1]), await reader.readexactly(int(length))


def _post_all(url: str, paths: Sequence[str], more: Mapping[str, object], clients: int) -> float:
    """Enqueue a run about each; seconds that it took."""
    host, port = urlsplit(url).hostname or "", urlsplit(url).port or 0
    left = iter(paths)

    async def client() -> None:
        reader, writer = await asyncio.open_connection(host, port)
        for path in left:
            body = json.dumps({"paths": [path], "tags": TAGS, **more}).encode()
            status, said = await _request(reader, writer, "POST /api/v1/runs HTTP/1.1", body)
            assert status == 201, said
        writer.close()

    async def main() -> float:
        begun = time.perf_counter()
        await asyncio.gather(*(client() for _ in range(clients)))
        return time.perf_counter() - begun

    return asyncio.run(main())


def _poll(url: str, run: str, clients: int, rate: float, seconds: float) -> list[float]:
    """Seconds that each status request waited: of so many clients, each at its own times."""
    host, port = urlsplit(url).hostname or "", urlsplit(url).port or 0
    waited: list[float] = []

    async def client(number: int, begun: float) -> None:
        reader, writer = await asyncio.open_connection(host, port)
        every_s = clients / rate
        due = begun + every_s * number / clients
        while due < begun + seconds:
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            status, said = await _request(reader, writer, f"GET /api/v1/runs/{run} HTTP/1.1")
            # From when it was due, so that a client that waits does not hide how long.
            waited.append(time.perf_counter() - due)
            assert status == 200, said
            due += every_s
        writer.close()

    async def main() -> None:
        begun = time.perf_counter() + 1.0
        await asyncio.gather(*(client(number, begun) for number in range(clients)))

    asyncio.run(main())
    return waited


def _listen(url: str, listeners: int, ready: Any, stop: Any) -> tuple[list[int], int]:
    """Events that each listener has heard, and how many different ones there were."""
    host, port = urlsplit(url).hostname or "", urlsplit(url).port or 0
    heard: list[set[int]] = [set() for _ in range(listeners)]

    async def listener(number: int, open_: asyncio.Semaphore) -> None:
        async with open_:
            reader, writer = await asyncio.open_connection(host, port)
            writer.write(b"GET /api/v1/events HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n")
            assert b" 200 " in await reader.readuntil(b"\r\n\r\n")
        begun.append(number)
        async for line in reader:
            if line.startswith(b"id:"):
                heard[number].add(int(line[3:]))

    begun: list[int] = []

    async def main() -> None:
        open_ = asyncio.Semaphore(50)
        tasks = [asyncio.create_task(listener(number, open_)) for number in range(listeners)]
        while len(begun) < listeners:
            await asyncio.sleep(0.05)
            for task in tasks:
                if task.done():
                    task.result()
        ready.set()
        await asyncio.get_running_loop().run_in_executor(None, stop.wait)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    asyncio.run(main())
    return [len(one) for one in heard], len(set[int]().union(*heard))


def elsewhere(work: Callable[..., Any], *arguments: object) -> Any:
    """Do it in a process of its own, as clients are."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(work, arguments)


# ------------------------------------------------------------------------------------ throughput


def make_pictures(folder: Path, count: int) -> list[str]:
    """Different small ones."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / f"{number:06}.jpg" for number in range(count)]
    rng = np.random.default_rng(count)
    for path in paths:
        noise = rng.integers(0, 255, (6, 8, 3), dtype=np.uint8)
        Image.fromarray(noise).resize((256, 192)).save(path, quality=85)
    return [str(path) for path in paths]


def enqueue(bench: Bench) -> None:
    table("enqueued", "runs", "runs/s", "bar")
    paths = make_pictures(bench.folder / "pictures", bench.size(3000, 400))
    for kind in KINDS:
        with bench.house("enqueue", kind, endpoint="http://127.0.0.1:9/v1", slots=1) as house:
            house.serve(*(("--no-worker",) if kind == "PostgreSQL" else ()))
            elsewhere(_post_all, house.url, paths[:50], {}, 16)
            took = elsewhere(_post_all, house.url, paths[50:], {}, 16)
            count = len(paths) - 50
            row(f"{kind}, over the API", count, f"{count / took:.0f}", "≥ 200 on PostgreSQL")
    rate = asyncio.run(_queued_by_service(bench.postgres.create_database(), bench.size(3000, 400)))
    row("PostgreSQL, without HTTP", bench.size(3000, 400), f"{rate:.0f}", "≥ 200 on PostgreSQL")


async def _queued_by_service(url: str, count: int) -> float:
    """Runs a second that one process makes and queues, 16 at once."""
    async with await Store.open(DatabaseUrl.parse(url)) as store:
        queue, events = await DbosQueue.open(url, at_once=4), Events(store)
        services, turns = Jobs(store, queue, events), asyncio.Semaphore(16)
        spec = RunSpec.read({"tags": ["car"]})

        async def one(number: int) -> None:
            async with turns:
                path = Path(f"/pictures/{number}.jpg")
                await services.create(Wanted(spec=spec, paths=(path,)))

        started = time.perf_counter()
        await asyncio.gather(*map(one, range(count)))
        rate = count / (time.perf_counter() - started)
        await services.aclose()
        await events.aclose()
        await queue.aclose()
    return rate


def complete(bench: Bench) -> None:
    table("completed", "runs", "runs/s", "bar", "CPU ms a run: server", "workers", "PostgreSQL")
    paths = make_pictures(bench.folder / "pictures", bench.size(1000, 300))
    at_once = 16
    for kind, workers in (("SQLite", 0), ("PostgreSQL", 1), ("PostgreSQL", 2)):
        with (
            instant() as url,
            bench.house(
                f"complete-{workers}",
                kind,
                endpoint=url,
                slots=64,
                SIGHTLINE_JOBS__AT_ONCE=str(at_once),
            ) as house,
        ):
            server = house.serve(*(("--no-worker",) if workers else ()))
            elsewhere(_post_all, house.url, paths, {"priority": 200}, 16)
            programs = [house.work() for _ in range(workers)]
            before = [cpu_s(program) for program in (server, *programs)]
            theirs = _cpu_of_postgres(bench.postgres)
            count, took = _rate_of_ends(house, len(paths))
            theirs = (_cpu_of_postgres(bench.postgres) - theirs) / len(paths)
            spent = [cpu_s(program) for program in (server, *programs)]
            each = [1000 * (b - a) / len(paths) for a, b in zip(before, spent, strict=True)]
            row(
                f"{kind}, {f'{workers} workers' if workers else 'the server itself'}", len(paths),
                f"{count / took:.0f}", "≥ 100 on PostgreSQL", f"{each[0]:.1f}",
                f"{sum(each[1:]):.1f}", f"{1000 * theirs:.1f}",
            )  # fmt: skip


def _rate_of_ends(house: House, total: int) -> tuple[int, float]:
    """How many ended while it was looked, and in how many seconds: from a fifth to nine tenths."""
    marks: list[tuple[float, int]] = []

    def done() -> bool:
        left = sum(house.get("runs", state=s, limit=1)["total"] for s in ("queued", "running"))
        marks.append((time.perf_counter(), total - left))
        time.sleep(0.3)
        return left == 0

    until(done, within_s=300, what=lambda: f"the end of {total} runs")
    middle = [mark for mark in marks if 0.1 * total <= mark[1] <= 0.95 * total] or marks[-2:]
    (first, had), (last, has) = middle[0], middle[-1]
    return has - had, last - first


def cpu_s(program: Program) -> float:
    """Of it and of those of its children that have ended."""
    fields = Path(f"/proc/{program.pid}/stat").read_text().rpartition(")")[2].split()
    return sum(map(int, fields[11:15])) / 100


def queue100k(bench: Bench) -> None:
    table("PostgreSQL", "queue", "list, ms", "enqueue, ms", "claim to claim, ms")
    waiting = bench.size(100_000, 10_000)
    paths = make_pictures(bench.folder / "pictures", 700)
    with (
        instant() as url,
        bench.house(
            "queue", "PostgreSQL", endpoint=url, slots=64, SIGHTLINE_JOBS__AT_ONCE="8"
        ) as house,
    ):
        house.serve("--no-worker")
        house.ask(Path(paths[0]), TAGS, priority=1000)
        elsewhere(_post_all, house.url, paths[600:], {"priority": 999}, 16)  # warm
        found = [_queue_times(house, paths[1:300], 0)]
        _fill(house, waiting)
        found.append(_queue_times(house, paths[300:599], waiting))
        ratios = [b / a for a, b in zip(*found, strict=True)]
        row("ratio", "≤ 1.5", *(f"{ratio:.2f}" for ratio in ratios))


def _queue_times(house: House, paths: Sequence[str], waiting: int) -> tuple[float, float, float]:
    def listed() -> float:
        begun = time.perf_counter()
        assert len(house.get("runs", limit=50)["items"]) == 50
        return time.perf_counter() - begun

    list_s = statistics.median(listed() for _ in range(60))
    enqueue_s = elsewhere(_post_all, house.url, paths, {"priority": 1}, 1) / len(paths)
    worker = house.work()
    wanted = set(paths)

    def all_ended() -> list[Run] | None:
        items = house.get("runs", limit=len(wanted))["items"]
        time.sleep(0.2)
        return items if all(item["ended_at"] for item in items) else None

    ended = until(all_ended, within_s=200, what=lambda: "the end of the urgent runs")
    worker.end()
    claimed = sorted(at(item["started_at"]) for item in ended)
    claim_s = (claimed[-1] - claimed[0]) / len(claimed)
    times = list_s, enqueue_s, claim_s
    row("waiting", waiting, *(f"{1000 * one:.1f}" for one in times))
    return times


def _fill(house: House, count: int) -> None:
    """So many more runs that wait, made from the one that waits already."""
    url = DatabaseUrl.parse(house.env["SIGHTLINE_DATABASE_URL"])
    engine = create_engine(url.for_sqlalchemy())
    with engine.begin() as connection:
        jobs = Table("jobs", MetaData(), autoload_with=connection)
        members = Table("job_members", MetaData(), autoload_with=connection)
        turns = Table("workflow_status", MetaData(schema="dbos"), autoload_with=connection)
        waits = connection.execute(select(jobs).where(jobs.c.priority == 1000)).mappings().one()
        member = select(members).where(members.c.job == waits["number"])
        one = connection.execute(member).mappings().one()
        mine = turns.c.workflow_uuid == f"{waits['id']}/1"
        turn = connection.execute(select(turns).where(mine)).mappings().one()
        for start in range(0, count, 5000):
            names = [f"filler-{n}" for n in range(start, min(count, start + 5000))]
            made = [{**waits, "id": name, "digest": name} for name in names]
            for values in made:
                del values["number"]
            added = jobs.insert().returning(jobs.c.number, sort_by_parameter_order=True)
            numbers = connection.scalars(added, made).all()
            connection.execute(members.insert(), [{**one, "job": n} for n in numbers])
            uuids = [{**turn, "workflow_uuid": f"{name}/1"} for name in names]
            connection.execute(turns.insert(), uuids)
    engine.dispose()
    with psycopg.connect(url.with_password(), autocommit=True) as plain:
        plain.execute("VACUUM ANALYZE")


# ------------------------------------------------------------------------------- while one is on


def cancel(bench: Bench) -> None:
    table("cancel", "runs", "last ask after", "bar", "reads cancelled after", "bar", "slots free")
    films = make_films(bench.folder, bench.size(20, 4), duration_s=20, tags=TAGS)
    for kind in KINDS:
        last, read, free = [0.0], [0.0], [0.0]
        with (
            TruthfulEndpoint(films[0].truth, Behaviour(latency_s=0.5)) as server,
            bench.house("cancel", kind, endpoint=server.base_url) as house,
        ):
            house.serve(*(("--no-worker",) if kind == "PostgreSQL" else ()))
            if kind == "PostgreSQL":
                house.work()
            for number, film in enumerate(films):
                asked = server.requests
                run = house.ask(film.path, TAGS)
                until(
                    lambda asked=asked: server.requests > asked + 4,
                    within_s=60,
                    what=lambda: "asks",
                )
                time.sleep(number % 7 / 10)
                begun = time.time()
                house.post(f"runs/{run}/cancel")
                until(
                    lambda run=run: house.run(run)["state"] == "cancelled",
                    within_s=30,
                    what=lambda run=run: f"cancelled: {house.run(run)}",
                )
                read.append(time.time() - begun)
                until(lambda: server.in_flight == 0, within_s=30, what=lambda: "free slots")
                free.append(time.time() - begun)
                time.sleep(0.7)
                last.append(max(line.received_at for line in server.log.lines) - begun)
        seconds = [f"{max(0.0, *values):.2f} s" for values in (last, read, free)]
        row(kind, len(films), seconds[0], "≤ 0.5 s", seconds[1], "≤ 1 s", seconds[2])


def api(bench: Bench) -> None:
    table("status requests", "a second", "clients", "median", "p99", "bar", "run's speed", "bar")
    seconds = bench.size(30, 8)
    films = make_films(bench.folder, 1, duration_s=600, tags=TAGS)
    for kind in KINDS:
        with (
            TruthfulEndpoint(films[0].truth, Behaviour(latency_s=0.2)) as server,
            bench.house("api", kind, endpoint=server.base_url) as house,
        ):
            house.serve(*(("--no-worker",) if kind == "PostgreSQL" else ()))
            if kind == "PostgreSQL":
                house.work()
            run = house.ask(films[0].path, TAGS, every_s=0.1)
            until(lambda: server.requests > 40, within_s=60, what=lambda: "asks")
            speeds: list[float] = []
            waited: list[float] = []
            for loaded in (False, True, False):
                begun, asked = time.perf_counter(), server.requests
                if loaded:
                    waited = elsewhere(_poll, house.url, run, 500, 250.0, seconds)
                else:
                    time.sleep(seconds)
                speeds.append((server.requests - asked) / (time.perf_counter() - begun))
            assert house.run(run)["state"] == "running"
        row(
            kind, f"{len(waited) / seconds:.0f}", 500, f"{1000 * quantile(waited, 0.5):.0f} ms",
            f"{1000 * quantile(waited, 0.99):.0f} ms", "< 250 ms",
            f"{2 * speeds[1] / (speeds[0] + speeds[2]):.2f}", "≥ 0.8",
        )  # fmt: skip


def sse(bench: Bench) -> None:
    table("listeners", "", "events", "heard by each", "runs", "run's time / without them")
    films = make_films(bench.folder, 6, duration_s=20, tags=TAGS)
    count = bench.size(1000, 100)
    spawn = multiprocessing.get_context("spawn")
    for kind in KINDS:
        with (
            TruthfulEndpoint(films[0].truth, Behaviour(latency_s=0.1)) as server,
            bench.house("sse", kind, endpoint=server.base_url) as house,
            spawn.Manager() as manager,
            spawn.Pool(1) as pool,
        ):
            house.serve()
            took = [_time_of(house, films[:3])]
            ready, stop = manager.Event(), manager.Event()
            heard = pool.apply_async(_listen, (house.url, count, ready, stop))
            assert ready.wait(120)
            time.sleep(3)  # a listener's head comes a moment before it listens
            took.append(_time_of(house, films[3:]))
            time.sleep(5)
            stop.set()
            each, events = heard.get(60)
        row(count, kind, events, f"{min(each)}–{max(each)}", 3, f"{took[1] / took[0]:.2f}")


def _time_of(house: House, films: Sequence[Rendered]) -> float:
    begun = time.perf_counter()
    house.wait([house.ask(film.path, TAGS) for film in films])
    return time.perf_counter() - begun


def idle(bench: Bench) -> None:
    table("idle", "CPU of one core", "bar", "PostgreSQL's part")
    seconds = bench.size(30, 10)
    for kind in KINDS:
        with bench.house("idle", kind, endpoint="http://127.0.0.1:9/v1") as house:
            server = house.serve()
            assert house.is_well()
            time.sleep(bench.size(45, 8))  # on SQLite it rests once there was nothing for 30 s
            before, base = cpu_s(server), _cpu_of_postgres(bench.postgres)
            time.sleep(seconds)
            share = (cpu_s(server) - before) / seconds
            theirs = (_cpu_of_postgres(bench.postgres) - base) / seconds
        more = f"{100 * theirs:.2f} %" if kind == "PostgreSQL" else "–"
        row(kind, f"{100 * share:.2f} %", "≤ 1 %", more)


def _cpu_of_postgres(postgres: RunningPostgres) -> float:
    """Of its processes that live now and of those that have ended."""
    total = 0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:  # it has ended
            continue
        if int(fields[1]) == postgres.pid:
            total += sum(map(int, fields[11:13]))
        elif stat.parent.name == str(postgres.pid):
            total += sum(map(int, fields[11:15]))
    return total / 100


def slots(bench: Bench) -> None:
    table("three workers, ten slots", "calls", "most in flight", "bar", "in use", "bar")
    films = make_films(bench.folder, 12, duration_s=bench.size(120, 40), tags=TAGS)
    latency_s = 0.2
    with (
        TruthfulEndpoint(films[0].truth, Behaviour(latency_s=latency_s)) as server,
        bench.house("slots", "PostgreSQL", endpoint=server.base_url, slots=10) as house,
    ):
        house.serve("--no-worker")
        for _ in range(3):
            house.work()
        house.wait([house.ask(film.path, TAGS) for film in films], within_s=400)
        arrived = sorted({line.request: line.received_at for line in server.log.lines}.values())
        peak = server.peak_in_flight
    steady = arrived[len(arrived) // 5 : -len(arrived) // 5]
    rate = (len(steady) - 1) / (steady[-1] - steady[0])
    used = f"{rate * latency_s / 10:.3f}"
    row("200 ms a call", len(arrived), peak, "≤ 10", used, "≥ 0.95")


SECTIONS: dict[str, Callable[[Bench], None]] = {
    section.__name__: section
    for section in (kills, enqueue, complete, queue100k, cancel, api, sse, idle, slots)
}


def main(arguments: Sequence[str]) -> None:
    names = [name for name in arguments if name != "--quick"] or list(SECTIONS)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="sl-jobs-")))
        postgres = stack.enter_context(running_postgres())
        for name in names:
            print(f"\n{name}", flush=True)
            place = folder / name
            place.mkdir()
            SECTIONS[name](Bench(place, "--quick" in arguments, postgres))


if __name__ == "__main__":
    main(sys.argv[1:])
