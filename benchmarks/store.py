"""What the store costs: CPU milliseconds of opening, recording and looking up; bytes on disk.

python benchmarks/store.py
"""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path

from sightline.media.files import look
from sightline.ports import Arrived
from sightline.prompts import templates
from sightline.store import Store
from sightline.store.coding import pack
from sightline.testing.fakes import make_footage
from sightline.values import (
    Answer,
    Ask,
    AskId,
    Call,
    Method,
    PictureTransform,
    Presence,
    Usage,
)

FOOTAGE = make_footage(2000, 10)
CAR = templates.presence("car")
ASKS = [Ask(AskId(n), (pts,), CAR, PictureTransform()) for n, pts in enumerate(FOOTAGE.frames.pts)]


def arrived(ask: Ask) -> tuple[Arrived, Call]:
    call = Call(f"call-{ask.id}", "e", "m", datetime.now(UTC), 0.1, Usage(300, 9), raw='{"car":1}')
    answer = Answer(Presence(1.0), "m", "e", Method.SCHEMA, 1, call.id)
    return Arrived(ask, answer), call


async def cpu_ms(times: int, work: Callable[[int], Awaitable[object]]) -> float:
    """CPU of this process, all threads, for one of so many."""
    began = time.process_time()
    for turn in range(times):
        await work(turn)
    return 1000 * (time.process_time() - began) / times


async def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        library, clip = Path(name) / "library.db", Path(name) / "clip.mp4"
        clip.touch()

        async def open_and_close(_: int) -> None:
            await (await Store.open(library)).aclose()

        print(f"open a new library          {await cpu_ms(1, open_and_close):8.2f} ms")
        print(f"open it again               {await cpu_ms(10, open_and_close):8.2f} ms")
        async with await Store.open(library) as store:
            await store.remember_media(FOOTAGE.media, FOOTAGE.frames, file=look(clip))
        empty = library.stat().st_size
        async with await Store.open(library) as store:
            ledger = await store.open_run(
                FOOTAGE.media, "t", parameters={}, request="r", models=("m",), settings={}
            )

            async def record(turn: int, size: int, first: int) -> None:
                asks = ASKS[first + turn * size : first + (turn + 1) * size]
                one, calls = zip(*map(arrived, asks), strict=True)
                await ledger.record(one, calls)

            single = await cpu_ms(500, lambda n: record(n, 1, 0))
            batch = await cpu_ms(20, lambda n: record(n, 50, 500))
            print(f"record 1 outcome            {single:8.2f} ms")
            print(f"record 50 outcomes          {batch:8.2f} ms")
            lookup = await cpu_ms(500, lambda n: ledger.facts(ASKS[n : n + 1]))
            many = await cpu_ms(5, lambda _: ledger.facts(ASKS[:10_000]))
            print(f"look up 1 ask               {lookup:8.2f} ms")
            print(f"look up 10,000 asks         {many:8.2f} ms")
            ledger.close()
        answers = 500 + 20 * 50
        print(
            f"an answer, index included   {(library.stat().st_size - empty) / answers:8.0f} bytes"
        )
        steady = make_footage(3600, 30).frames.pts
        print(f"an hour of frames at 30/s   {len(pack(steady)):8} bytes")


if __name__ == "__main__":
    asyncio.run(main())
