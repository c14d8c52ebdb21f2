"""A process with a pool that shares an endpoint: `asker.py DATABASE ENDPOINT SLOTS TRUTH`.

Where the database is `alone`, it shares nothing: that is what sharing is measured against.
It is told on its standard input, a line at a time, and answers each line with one:

work    put pictures to the pool without end
rest    put no more, and let what is in flight end
look    tell how it stands
quit    give everything back and end
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from itertools import count
from pathlib import Path

import simplejpeg

from sightline.endpoints.openai import OpenAIConfig, OpenAIEndpoint
from sightline.endpoints.pool import Exchange, Lane, Member, Pool, Retries
from sightline.ports import Shown
from sightline.prompts.templates import presence
from sightline.services.endpoints.shares import Leases
from sightline.store.database import Database
from sightline.store.places import DatabaseUrl
from sightline.store.presence import PACE
from sightline.testing.drawing import picture
from sightline.testing.truth import Truth
from sightline.values import Answer, Ask, AskId, Picture

FRAMES = 20


class Asker:
    def __init__(self, database: Database | None, endpoint: str, slots: int, truth: Truth) -> None:
        self.presence = database.presence if database else None
        self.pool = Pool((), retries=Retries(longest_wait_s=2.0, attempts=1000))
        self.leases = Leases(database, self.pool) if database else None
        config = OpenAIConfig("gpu", endpoint, model="truthful", slots=slots, timeout_s=30)
        self.member = Member(OpenAIEndpoint(config, model="truthful"))
        if self.leases:
            self.leases.join(self.member, kind="openai", url=endpoint)
        self.pool.add(self.member)
        self.answered = self.unknown = 0
        self._tag = truth.tags[0]
        self._shown = [shown(truth, number) for number in range(FRAMES)]
        self._numbers = count()
        self._working: asyncio.Task[None] | None = None
        self._lane: Lane | None = None

    async def keep(self, exchange: Exchange) -> None:
        known = sum(isinstance(outcome, Answer) for _, outcome in exchange.outcomes)
        self.answered += known
        self.unknown += len(exchange.outcomes) - known

    async def work(self) -> None:
        async with asyncio.TaskGroup() as tasks:
            lane = self._lane = self.pool.lane(keep=self.keep, stop=asyncio.Event())
            lane.begin(tasks)
            try:
                for number in self._numbers:
                    one = self._shown[number % FRAMES]
                    frames = (one.picture.pts,)
                    await lane.put([one], [Ask(AskId(number), frames, presence(self._tag))])
                    await asyncio.sleep(0)
            finally:
                lane.waiting.clear()
                await asyncio.shield(lane.settle(30))
                lane.close()

    async def rest(self) -> None:
        if self._working:
            self._working.cancel()
            await asyncio.wait([self._working])
            self._working = None

    async def obey(self, word: str) -> str:
        match word:
            case "work":
                self._working = asyncio.create_task(self.work())
            case "rest" | "quit":
                await self.rest()
            case _:
                pass
        lease, breaker = self.member.lease, self.member.breaker
        return json.dumps(
            {
                "lost": bool(self.presence and self.presence.lost),
                "granted": lease.granted if lease else self.member.slots,
                "in_flight": self.member.in_flight,
                "answered": self.answered,
                "unknown": self.unknown,
                "calls": self.member.tally.calls,
                "breaker": str(breaker.state),
                "hearsay": breaker.hearsay,
            }
        )


def shown(truth: Truth, number: int) -> Shown:
    yuv = picture(truth, number)
    width, height = truth.size
    planes = yuv[height:].reshape(2, height // 2, width // 2)
    jpeg = simplejpeg.encode_jpeg_yuv_planes(yuv[:height], planes[0], planes[1], quality=85)
    return Shown(Picture(number, jpeg, width, height), number / 10)


@asynccontextmanager
async def opened(database: str) -> AsyncGenerator[Database | None]:
    if database == "alone":
        yield None
        return
    one = await Database.open(DatabaseUrl.parse(database), roles=("worker",))

    async def watch() -> None:
        """As every worker does, so that who has died is known."""
        while True:
            await one.presence.look()
            await asyncio.sleep(PACE.beat_s)

    watching = asyncio.create_task(watch())
    try:
        yield one
    finally:
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)
        await one.aclose()


async def main(database: str, endpoint: str, slots: int, truth: Truth) -> None:
    loop = asyncio.get_running_loop()
    async with asyncio.timeout(600), opened(database) as one:
        asker = Asker(one, endpoint, slots, truth)
        print(await asker.obey("look"), flush=True)
        while word := (await loop.run_in_executor(None, sys.stdin.readline)).strip():
            print(await asker.obey(word), flush=True)
            if word == "quit":
                break
        await asker.rest()
        if asker.leases:
            await asker.leases.aclose()
        await asker.pool.aclose()


if __name__ == "__main__":
    told = Truth.from_json(Path(sys.argv[4]).read_text("utf-8"))
    asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3]), told))
