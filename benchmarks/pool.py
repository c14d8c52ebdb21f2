"""How well the pool uses its endpoints, and what it costs: against what they could do at most.

    python benchmarks/pool.py [SECTION ...]       # one, cost, three, trouble, joining, faults

The truthful endpoints run as processes of their own on loopback, two or four cores away from
nobody: everything shares the machine's. All that is answered is compared with the truth.

one       `sightline analyze` of every frame, decoding and store included: share of the endpoint's
          ten slots that are at work in the middle of the run, by the endpoint's own log
cost      CPU of a call through lane, pool and adapter, over that of the bare SDK for the same
          picture and question, both with ten at once against an instant endpoint
three     three endpoints of speeds 1 : 2 : 5, unknown to the pool: answers a second over the sum
          of what each can do
trouble   the same, while one of them is killed, hangs, or answers 429: over what is left
joining   from the moment an endpoint is added to the settings until it is first asked
faults    30 % errors, 5 % hangs and 10 % malformed JSON: what becomes of every ask
"""

from __future__ import annotations

import asyncio
import json
import multiprocessing
import os
import signal
import subprocess
import sys
import tempfile
import time
from base64 import b64encode
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import aclosing, contextmanager, suppress
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection
from pathlib import Path

import openai

from sightline.endpoints.openai import OpenAIConfig, OpenAIEndpoint
from sightline.endpoints.pool import Exchange, Lane, Member, Pool, Retries, Terms
from sightline.media.files import look
from sightline.media.source import FileSource
from sightline.ports import Shown
from sightline.prompts.templates import compose, frame_line, presence
from sightline.testing.asklog import read_log
from sightline.testing.behaviour import Behaviour, Fault
from sightline.testing.endpoint import TruthfulEndpoint
from sightline.testing.truth import Truth, random_truth
from sightline.testing.video import render
from sightline.values import Answer, Ask, AskId, Picture, PictureTransform, Presence

TAGS = ("car", "person", "dog", "bicycle")
SLOTS = 10
SIZE = (512, 288)


# ------------------------------------------------------------------------------------- endpoints


def _serve(truth: str, behaviour: Behaviour, log: Path | None, wire: Connection) -> None:
    async def main() -> None:
        server = TruthfulEndpoint(Truth.from_json(truth), behaviour, log_file=log)
        async with server:
            wire.send(server.base_url)
            loop = asyncio.get_running_loop()
            while (told := await loop.run_in_executor(None, wire.recv)) is not None:
                server.behaviour = told

    asyncio.run(main())


class Process:
    """A truthful endpoint as a process; its behaviour may be changed while it runs."""

    def __init__(self, truth: Truth, behaviour: Behaviour, log: Path | None = None) -> None:
        self.behaviour = behaviour
        self._wire, theirs = multiprocessing.Pipe()
        spawn = multiprocessing.get_context("spawn")
        args = (truth.to_json(), behaviour, log, theirs)
        self._process = spawn.Process(target=_serve, args=args, daemon=True)
        self._process.start()
        self.url: str = self._wire.recv()

    def become(self, behaviour: Behaviour) -> None:
        self._wire.send(behaviour)

    def signal(self, number: int) -> None:
        assert self._process.pid
        os.kill(self._process.pid, number)

    def stop(self) -> None:
        self._process.kill()
        self._process.join()


def _answer_at_once(tags: Sequence[str], wire: Connection) -> None:
    """A server that reads nothing and costs next to nothing: what is measured is this side."""
    message = {"role": "assistant", "content": json.dumps(dict.fromkeys(tags, 0.0))}
    choice = {"index": 0, "message": message, "finish_reason": "stop"}
    usage = {"prompt_tokens": 300, "completion_tokens": 20, "total_tokens": 320}
    body = json.dumps(
        {"id": "1", "model": "truthful", "choices": [choice], "usage": usage}
    ).encode()
    head = (
        f"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
    )
    reply = head.encode() + body

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            while asked := await reader.readuntil(b"\r\n\r\n"):
                size = asked.lower().split(b"content-length: ")[1].split(b"\r\n")[0]
                await reader.readexactly(int(size))
                writer.write(reply)
        writer.close()

    async def main() -> None:
        server = await asyncio.start_server(handle, "127.0.0.1", 0, limit=1 << 20)
        wire.send(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1")
        await server.serve_forever()

    asyncio.run(main())


@contextmanager
def instant():
    """The URL of an endpoint that says no to everything, at once."""
    ours, theirs = multiprocessing.Pipe()
    spawn = multiprocessing.get_context("spawn")
    process = spawn.Process(target=_answer_at_once, args=(TAGS, theirs), daemon=True)
    process.start()
    yield ours.recv()
    process.kill()
    process.join()


@contextmanager
def processes(truth: Truth, behaviours: Sequence[Behaviour], log: Path | None = None):
    started = [Process(truth, behaviour, log) for behaviour in behaviours]
    try:
        yield started
    finally:
        for process in started:
            process.stop()


# ------------------------------------------------------------------------------------------ load


@dataclass(frozen=True)
class Film:
    path: Path
    truth: Truth
    pictures: Sequence[Picture]


def film(folder: Path, *, seconds: float = 40, rate: int = 25) -> Film:
    truth = random_truth(1, duration_s=seconds, tags=TAGS, size=SIZE, rate=rate)
    rendered = render(truth, folder / "clip.mp4")

    async def read() -> list[Picture]:
        source = FileSource()
        seen = look(rendered.path)
        _, index = await source.probe(seen)
        found: list[Picture] = []
        async with (
            aclosing(source.open(seen, index)) as reader,
            aclosing(reader.read(index.pts, PictureTransform(512))) as items,
        ):
            async for item in items:
                assert isinstance(item, Picture)
                found.append(item)
        await source.aclose()
        return found

    return Film(rendered.path, truth, asyncio.run(read()))


def shown(film: Film, number: int) -> Shown:
    return Shown(film.pictures[number % len(film.pictures)], number / 25)


def asks(film: Film, number: int) -> list[Ask]:
    pts = film.pictures[number % len(film.pictures)].pts
    return [Ask(AskId(number * len(TAGS) + n), (pts,), presence(tag)) for n, tag in enumerate(TAGS)]


class Load:
    """Pictures that are put to a pool one after the other, for ever."""

    def __init__(self, pool: Pool, film: Film) -> None:
        self._pool = pool
        self._film = film
        self._stop = asyncio.Event()
        self.put = 0
        self.wrong = 0
        self.unknown = 0
        self.doubled = 0
        self.answered_at: list[float] = []
        """When each call's answers came."""
        self._heard: set[int] = set()
        self._count: int | None = None
        self._all = asyncio.Event()
        self._lane: Lane | None = None

    async def _keep(self, exchange: Exchange) -> None:
        self.answered_at.append(time.perf_counter())
        for ask, outcome in exchange.outcomes:
            self.doubled += ask.id in self._heard
            self._heard.add(ask.id)
            number, tag = divmod(ask.id, len(TAGS))
            if not isinstance(outcome, Answer):
                self.unknown += 1
                continue
            frame = number % len(self._film.pictures)
            truth = any(a <= frame < b for a, b in self._film.truth.events[TAGS[tag]])
            assert isinstance(outcome.value, Presence)
            self.wrong += (outcome.value.probability > 0.5) != truth
        if self._count is not None and len(self._heard) == self._count * len(TAGS):
            self._all.set()

    async def run(self, *, count: int | None = None) -> None:
        """Until stopped, or so many pictures."""
        self._count = count
        async with asyncio.TaskGroup() as tasks:
            lane = self._lane = self._pool.lane(keep=self._keep, stop=self._stop)
            lane.begin(tasks)
            lane.upcoming = 1 << 20
            while not self._stop.is_set() and (count is None or self.put < count):
                await lane.put([shown(self._film, self.put)], asks(self._film, self.put))
                self.put += 1
            lane.upcoming = 0
            if count is not None:
                await self._all.wait()
            await lane.settle(30)
            lane.cancel()
        lane.close()

    def stop(self) -> None:
        self._stop.set()
        if self._lane:
            self._lane.moved()

    def rate(self, start: float, end: float) -> float:
        return sum(start <= at < end for at in self.answered_at) / (end - start)


def member(name: str, url: str, *, slots: int, timeout_s: float = 30.0, **terms: object) -> Member:
    config = OpenAIConfig(name, url, model="truthful", slots=slots, timeout_s=timeout_s)
    return Member(OpenAIEndpoint(config, model="truthful"), Terms(**terms))  # pyright: ignore[reportArgumentType]


# -------------------------------------------------------------------------------------- sections


def analyze(clip: Path, url: str, data: Path) -> tuple[float, float]:
    """CPU and wall-clock seconds of the command, its decoding child included."""
    before, started = os.times(), time.perf_counter()
    subprocess.run(
        [
            *(sys.executable, "-m", "sightline.cli.main", "analyze", clip),
            *("--all-frames", "--no-sharing", "--json", "--tags", ",".join(TAGS)),
            *("--endpoint", "bench", "--data-dir", data),
        ],
        env={
            **os.environ,
            "SIGHTLINE_ENDPOINTS__BENCH__URL": url,
            "SIGHTLINE_ENDPOINTS__BENCH__MODEL": "truthful",
            "SIGHTLINE_ENDPOINTS__BENCH__SLOTS": str(SLOTS),
        },
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        check=True,
    )
    after = os.times()
    cpu_s = after.children_user + after.children_system
    return cpu_s - before.children_user - before.children_system, time.perf_counter() - started


def one(folder: Path) -> None:
    print("\n| latency | calls | calls/s | slots at work | bar | CPU ms a call, parent + child |")
    print("| --- | --- | --- | --- | --- | --- |")
    for latency_s, bar, seconds in ((0.2, 0.97, 100), (0.05, 0.9, 200)):
        truth = random_truth(1, duration_s=seconds, tags=TAGS, size=SIZE, rate=25)
        clip = render(truth, folder / f"one-{latency_s}.mp4").path
        log = folder / f"log-{latency_s}"
        with processes(truth, [Behaviour(latency_s=latency_s, slots=SLOTS)], log) as (server,):
            cpu_s, _ = analyze(clip, server.url, folder / f"data-{latency_s}")
        times = sorted({line.request: line.received_at for line in read_log(log)}.values())
        steady = times[len(times) // 5 : -len(times) // 10]
        rate = (len(steady) - 1) / (steady[-1] - steady[0])
        print(
            f"| {latency_s * 1000:.0f} ms | {len(times)} | {rate:.0f} | "
            f"{rate * latency_s / SLOTS:.3f} | ≥ {bar} | {1000 * cpu_s / len(times):.1f} |",
            flush=True,
        )
    truth = random_truth(1, duration_s=240, tags=TAGS, size=SIZE, rate=25)
    clip = render(truth, folder / "instant.mp4").path
    with instant() as url:
        cpu_s, wall_s = analyze(clip, url, folder / "data-instant")
    frames = truth.frame_count
    print(f"| 0 | {frames} | {frames / wall_s:.0f}, start included | – | ≥ 300 calls/s | ", end="")
    print(f"{1000 * cpu_s / frames:.1f} |")


def cost(folder: Path) -> None:
    clip = film(folder, seconds=8)
    count = 1500

    async def bare(url: str) -> None:
        client = openai.AsyncOpenAI(base_url=url, api_key="x", max_retries=0)
        left = iter(range(count))

        async def work() -> None:
            for number in left:
                picture = shown(clip, number)
                prompt = compose([ask.question for ask in asks(clip, number)])
                data = "data:image/jpeg;base64," + b64encode(picture.picture.jpeg).decode()
                completion = await client.chat.completions.create(
                    model="truthful",
                    temperature=0,
                    max_tokens=prompt.max_tokens,
                    response_format={
                        "type": "json_schema",
                        "json_schema": {"name": "a", "strict": True, "schema": prompt.schema or {}},
                    },
                    messages=[
                        {
                            "role": "user",
                            "content": [
                                {"type": "text", "text": frame_line(picture.seconds)},
                                {"type": "image_url", "image_url": {"url": data}},
                                {"type": "text", "text": prompt.text},
                            ],
                        }
                    ],
                )
                assert completion.choices[0].message.content

        await asyncio.gather(*(work() for _ in range(SLOTS)))
        await client.close()

    async def pooled(url: str) -> None:
        pool = Pool([member("bench", url, slots=SLOTS)])
        load = Load(pool, clip)
        await load.run(count=count)
        assert (load.unknown, load.doubled) == (0, 0)
        await pool.aclose()

    def spent(work: Callable[[str], object], url: str) -> tuple[float, float]:
        cpu, wall = time.process_time(), time.perf_counter()
        asyncio.run(work(url))  # pyright: ignore[reportArgumentType]
        return (time.process_time() - cpu) / count * 1e3, count / (time.perf_counter() - wall)

    rounds: dict[str, list[tuple[float, float]]] = {"bare SDK": [], "pool": []}
    with instant() as url:
        for _ in range(3):
            rounds["bare SDK"].append(spent(bare, url))
            rounds["pool"].append(spent(pooled, url))
    base = sorted(cpu for cpu, _ in rounds["bare SDK"])[1]
    print("\n| one 512 px picture, four tags | CPU ms a call | × bare SDK | calls/s |")
    print("| --- | --- | --- | --- |")
    for name, measured in rounds.items():
        cpu, rate = sorted(measured)[1]
        print(f"| {name} | {cpu:.2f} | {cpu / base:.2f} | {rate:.0f} |")


SPEEDS = (
    Behaviour(latency_s=0.5, slots=8),
    Behaviour(latency_s=0.25, slots=8),
    Behaviour(latency_s=0.1, slots=8),
)
SUM = sum((speed.slots or 0) / speed.latency_s for speed in SPEEDS)


def fleet(servers: Sequence[Process], *, timeout_s: float = 30.0) -> Pool:
    return Pool(
        [
            member(f"e{n}", server.url, slots=8, timeout_s=timeout_s)
            for n, server in enumerate(servers)
        ],
        retries=Retries(longest_wait_s=5.0),
    )


def three(folder: Path) -> None:
    clip = film(folder)

    async def main(servers: Sequence[Process]) -> None:
        pool = fleet(servers)
        load = Load(pool, clip)
        running = asyncio.create_task(load.run())
        await asyncio.sleep(3)
        start = time.perf_counter()
        await asyncio.sleep(15)
        rate = load.rate(start, time.perf_counter())
        load.stop()
        await running
        await pool.aclose()
        wrong = f"{load.wrong} wrong, {load.unknown} unknown, {load.doubled} doubled"
        print(f"\nthree of 1 : 2 : 5: {rate:.1f} calls/s of {SUM:.0f}: {rate / SUM:.3f}; {wrong}")

    with processes(clip.truth, SPEEDS) as servers:
        asyncio.run(main(servers))


def trouble(folder: Path) -> None:
    clip = film(folder)
    print("\n| the middle one | calls/s after it | of what is left | lost | wrong | doubled |")
    print("| --- | --- | --- | --- | --- | --- |")

    async def main(
        name: str, servers: Sequence[Process], strike: Callable[[Process], None]
    ) -> None:
        pool = fleet(servers, timeout_s=3.0)
        load = Load(pool, clip)
        running = asyncio.create_task(load.run())
        await asyncio.sleep(4)
        strike(servers[1])
        start = time.perf_counter()
        await asyncio.sleep(15)
        rate = load.rate(start, time.perf_counter())
        left = SUM - (SPEEDS[1].slots or 0) / SPEEDS[1].latency_s
        load.stop()
        await running
        await pool.aclose()
        print(
            f"| {name} | {rate:.1f} | {rate / left:.2f} (bar 0.9) | {load.unknown} | "
            f"{load.wrong} | {load.doubled} |",
            flush=True,
        )

    limited = replace(SPEEDS[1], faults={Fault.RATE_LIMIT: 1.0}, retry_after_s=1.0)
    strikes: dict[str, Callable[[Process], None]] = {
        "killed": lambda one: one.signal(signal.SIGKILL),
        "hangs": lambda one: one.signal(signal.SIGSTOP),
        "429": lambda one: one.become(limited),
    }
    for name, strike in strikes.items():
        with processes(clip.truth, SPEEDS) as servers:
            asyncio.run(main(name, servers, strike))


def joining(folder: Path) -> None:
    truth = random_truth(1, duration_s=60, tags=TAGS, size=SIZE, rate=25)
    clip = render(truth, folder / "joining.mp4").path
    settings = folder / "settings.toml"
    second_log = folder / "joined"
    slow = Behaviour(latency_s=0.2, slots=2)
    with processes(truth, [slow]) as (first,), processes(truth, [slow], second_log) as (second,):

        def table(name: str, url: str) -> str:
            return f'[endpoints.{name}]\nurl = "{url}"\nmodel = "truthful"\nslots = 2\n'

        settings.write_text(table("first", first.url), encoding="utf-8")
        run = subprocess.Popen(
            [
                *(sys.executable, "-m", "sightline.cli.main", "analyze", clip, "--all-frames"),
                *("--no-sharing", "--tags", "car", "--data-dir", folder / "joining"),
            ],
            env={**os.environ, "SIGHTLINE_CONFIG": str(settings)},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        time.sleep(6)
        added = time.time()
        both = table("first", first.url) + table("second", second.url)
        settings.write_text(both, encoding="utf-8")
        time.sleep(6)
        run.send_signal(signal.SIGINT)
        run.wait()
    asked = min(line.received_at for line in read_log(second_log))
    print(
        f"\nan endpoint added to the settings was first asked after {asked - added:.2f} s (bar 2)"
    )


def faults(folder: Path) -> None:
    clip = film(folder)
    rates = {Fault.ERROR: 0.3, Fault.HANG: 0.05, Fault.MALFORMED: 0.1}
    noisy = Behaviour(latency_s=0.02, slots=32, faults=rates)
    count = 2000

    async def main(servers: Sequence[Process]) -> None:
        members = [member("noisy", servers[0].url, slots=32, timeout_s=1.0)]
        pool = Pool(members, retries=Retries(attempts=10))
        load = Load(pool, clip)
        began = time.perf_counter()
        await load.run(count=count)
        (use,) = pool.uses
        await pool.aclose()
        told = Counter(
            answered=count * len(TAGS) - load.unknown,
            unknown=load.unknown,
            wrong=load.wrong,
            doubled=load.doubled,
        )
        calls = f"{use.calls} calls for {count} pictures, failures {use.failures}"
        print(f"\nfaults: {dict(told)}; {calls}; {time.perf_counter() - began:.0f} s")

    with processes(clip.truth, [noisy]) as servers:
        asyncio.run(main(servers))


SECTIONS: dict[str, Callable[[Path], None]] = {
    section.__name__: section for section in (one, cost, three, trouble, joining, faults)
}


def main(names: Sequence[str]) -> None:
    for name in names or SECTIONS:
        with tempfile.TemporaryDirectory(prefix="sightline-bench-") as folder:
            SECTIONS[name](Path(folder))


if __name__ == "__main__":
    main(sys.argv[1:])
