"""A lane for tests of the pool: asks go in, and what became of each is told."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Collection, Sequence
from contextlib import asynccontextmanager

from sightline.endpoints.pool import Exchange, Lane, Pool, Retries
from sightline.errors import EndpointError
from sightline.ports import Shown
from sightline.prompts import templates
from sightline.testing.fakes import Script
from sightline.values import (
    Answer,
    Ask,
    AskFailed,
    AskId,
    Budget,
    Picture,
    Presence,
    Question,
    Reach,
)

SHOWN = [Shown(Picture(0, b"", 1, 1), 0.0)]
NO_WAIT = Retries(first_wait_s=0.0)


def presence(number: int, tag: str = "car", *, sample: int = 0, frame: int = 0) -> Ask:
    return Ask(AskId(number), (frame,), templates.presence(tag), sample=sample)


def picture(frame: int) -> list[Shown]:
    return [Shown(Picture(frame, b"", 1, 1), frame / 10)]


def yes(frames: tuple[int, ...], question: Question) -> Presence:
    return Presence(1.0)


def failing_first(times: int, error: EndpointError) -> Script:
    failures = iter([error] * times)

    def script(frames: tuple[int, ...], question: Question) -> EndpointError | Presence:
        return next(failures, Presence(1.0))

    return script


class Desk:
    """One run's desk at the pool."""

    def __init__(self, lane: Lane, heard: list[Exchange], news: asyncio.Event) -> None:
        self.lane = lane
        self.heard = heard
        """Every exchange that was to be kept, in order."""
        self._news = news

    async def ask(self, *asks: Ask, shown: Sequence[Shown] = SHOWN) -> Exchange:
        """The exchange that told of the last of `asks`, once all of them are told of."""
        await self.lane.put(shown, asks)
        return await self.told(asks)

    async def told(self, asks: Collection[Ask]) -> Exchange:
        open_ids = {ask.id for ask in asks}
        while True:
            for exchange in self.heard:
                open_ids -= {ask.id for ask, _ in exchange.outcomes}
                if not open_ids:
                    return exchange
            self._news.clear()
            await self._news.wait()

    def outcome(self, number: int) -> Answer | AskFailed:
        (found,) = [o for e in self.heard for ask, o in e.outcomes if ask.id == number]
        return found


@asynccontextmanager
async def desk(
    pool: Pool,
    *,
    stop: asyncio.Event | None = None,
    stored: asyncio.Event | None = None,
    egress: Reach = Reach.ANY,
    models: Collection[str] | None = None,
    budget: Budget | None = None,
) -> AsyncGenerator[Desk]:
    """`stored`: nothing is kept before it is set. What is still open at the end is cut off."""
    heard: list[Exchange] = []
    news = asyncio.Event()

    async def keep(exchange: Exchange) -> None:
        if stored:
            await stored.wait()
        heard.append(exchange)
        news.set()

    lane = pool.lane(
        keep=keep,
        stop=stop or asyncio.Event(),
        egress=egress,
        models=models,
        budget=budget or Budget(),
    )
    async with asyncio.TaskGroup() as tasks:
        lane.begin(tasks)
        yield Desk(lane, heard, news)
        lane.cancel()
    lane.close()


async def ask(pool: Pool, *asks: Ask) -> Exchange:
    """Of a run that asks just this."""
    async with desk(pool) as one:
        return await one.ask(*asks)


async def breathe() -> None:
    """Let everything happen that needs no time."""
    for _ in range(50):
        await asyncio.sleep(0)
