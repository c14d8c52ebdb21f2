"""The endpoint's side of a run: wanted asks become pictures, and pictures calls.

At most a few pictures wait for the pool, which holds the reader back.
"""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from contextlib import aclosing, suppress
from dataclasses import dataclass, field

from sightline.endpoints.pool import Exchange, Pool
from sightline.engine.sharing import Shares
from sightline.errors import MediaError, SightlineError
from sightline.ports import Arrived, FrameReader, Shown
from sightline.values import (
    Accounting,
    Alike,
    Ask,
    AskFailed,
    AskId,
    Call,
    Clock,
    FrameLost,
    Picture,
    PictureTransform,
    ReadFrame,
    UnknownReason,
)

log = logging.getLogger(__name__)

WAITING_PER_SLOT = 2
"""Pictures held ready for each slot: one being asked, one to follow."""


@dataclass(slots=True)
class Delivery:
    """An exchange on its way to the conductor, whose sender waits until it is stored."""

    arrived: Sequence[Arrived]
    call: Call | None = None
    stored: asyncio.Event = field(default_factory=asyncio.Event)


class Asking:
    """Reads and asks what is wanted, in order of time, as fast as the pool takes it.

    `deliver` takes what came of it; `join` takes asks about a frame that looks like another, which
    is the second of each pair.
    """

    def __init__(
        self,
        reader: FrameReader,
        pool: Pool,
        shares: Shares,
        *,
        clock: Clock,
        progress: Accounting,
        stop: asyncio.Event,
        deliver: Callable[[Delivery], None],
        join: Callable[[Sequence[tuple[Ask, int]]], Awaitable[None]],
    ) -> None:
        self._reader = reader
        self._pool = pool
        self._shares = shares
        self._clock = clock
        self._progress = progress
        self._stop = stop
        self._deliver = deliver
        self._join = join
        self._wanted: dict[AskId, Ask] = {}
        self._apart: set[AskId] = set()
        self._wanted_more = asyncio.Event()
        self._room = asyncio.Semaphore(pool.endpoint.slots * WAITING_PER_SLOT)
        self._calling: set[asyncio.Task[None]] = set()
        self._broken = False

    @property
    def hopeless(self) -> bool:
        """Whether whatever else is wanted will fail as well."""
        return self._broken or self._pool.gave_up is not None

    def want(self, asks: Sequence[Ask], *, apart: bool = False) -> None:
        """Ask these; `apart`: each with its own picture, whatever its frame looks like."""
        self._wanted |= {ask.id: ask for ask in asks}
        if apart:
            self._apart |= {ask.id for ask in asks}
        self._wanted_more.set()

    async def run(self, tasks: asyncio.TaskGroup) -> None:
        """Goes on until it is cancelled."""
        while True:
            await self._wanted_more.wait()
            self._wanted_more.clear()
            while self._wanted and not self._stop.is_set():
                batch, self._wanted = self._wanted, {}
                passes: defaultdict[tuple[PictureTransform, bool], list[Ask]] = defaultdict(list)
                for ask in batch.values():
                    shares = self._shares.may(ask) and ask.id not in self._apart
                    passes[ask.transform, shares].append(ask)
                self._apart -= batch.keys()
                for (transform, shares), asks in passes.items():
                    await self._read(asks, transform, tasks, shares=shares)

    def cancel(self) -> None:
        for task in self._calling:
            task.cancel()

    async def settle(self, within_s: float) -> None:
        """Let calls in flight end, for so long at most."""
        with suppress(TimeoutError):
            async with asyncio.timeout(within_s):
                while self._calling:
                    await asyncio.wait(self._calling)

    async def _read(
        self,
        asks: Sequence[Ask],
        transform: PictureTransform,
        tasks: asyncio.TaskGroup,
        *,
        shares: bool,
    ) -> None:
        """One pass over the frames of `asks`, in order; each group leaves with its last frame."""
        groups: defaultdict[tuple[int, ...], list[Ask]] = defaultdict(list)
        for ask in asks:
            groups[ask.frames].append(ask)
        by_last = sorted(groups, key=lambda frames: frames[-1], reverse=True)
        needed = sorted({pts for frames in groups for pts in frames})
        kept = {pts for frames in groups if len(frames) > 1 for pts in frames}
        held: dict[int, ReadFrame] = {}
        failure: SightlineError | None = self._pool.gave_up
        sharing = self._shares.sharing if shares else None
        jpeg = self._pool.endpoint.jpeg
        try:
            read = self._reader.read(needed, transform, jpeg=jpeg, sharing=sharing)
            async with aclosing(read) as items:
                while not (failure or self._stop.is_set()) and (item := await anext(items, None)):
                    self._progress.frames_decoded += 1
                    held[item.pts] = item
                    while by_last and by_last[-1][-1] == item.pts:
                        frames = by_last.pop()
                        await self._ask([held[pts] for pts in frames], groups[frames], tasks)
                    if item.pts not in kept:
                        del held[item.pts]
                    failure = self._pool.gave_up
            if by_last and not (failure or self._stop.is_set()):
                failure = MediaError("the reader ended before it had given every frame")
        except MediaError as error:
            failure = error
        except Exception as fault:  # the boundary to sources that others write
            log.exception("the reader raised what it should not")
            failure = MediaError(f"the reader has a fault: {type(fault).__name__}: {fault}")
        if failure:
            self._broken |= isinstance(failure, MediaError)
            for frames in by_last:
                self._fail(groups[frames], str(failure))

    async def _ask(
        self, items: Sequence[ReadFrame], asks: Sequence[Ask], tasks: asyncio.TaskGroup
    ) -> None:
        match items:
            case [Alike(to=to)]:
                await self._join([(ask, to) for ask in asks])
                return
            case [Picture(alike=int(to))]:
                asks = await self._audited(asks, to)
            case [Picture(pts=pts)]:
                for ask in filter(self._shares.may, asks):
                    self._shares.lead(ask, pts)
            case _:
                pass
        if lost := next((item for item in items if isinstance(item, FrameLost)), None):
            self._fail(asks, lost.detail)
            return
        await self._call([item for item in items if isinstance(item, Picture)], asks, tasks)

    async def _audited(self, asks: Sequence[Ask], to: int) -> Sequence[Ask]:
        """Those that are asked all the same; the others have the group's answer."""
        chosen = [ask for ask in asks if self._shares.audits(ask)]
        for ask in chosen:
            self._shares.audit(ask, to)
        await self._join([(ask, to) for ask in asks if ask not in chosen])
        return chosen

    async def _call(
        self, pictures: Sequence[Picture], asks: Sequence[Ask], tasks: asyncio.TaskGroup
    ) -> None:
        """Send asks about these pictures on their way as soon as there is room."""
        shown = [Shown(picture, self._clock.seconds(picture.pts)) for picture in pictures]
        for pack in self._pool.pack(asks):
            await self._room.acquire()
            asking = self._pool.ask(shown, pack, keep=self._keep, stop=self._stop)
            task = tasks.create_task(asking)
            self._calling.add(task)
            task.add_done_callback(self._called)

    def _called(self, task: asyncio.Task[None]) -> None:
        self._calling.discard(task)
        self._room.release()

    async def _keep(self, exchange: Exchange) -> None:
        """Hand an exchange to the conductor; returns once it is stored."""
        self._progress.asked += len(exchange.outcomes) * exchange.sent
        delivery = Delivery([Arrived(*one) for one in exchange.outcomes], exchange.call)
        self._deliver(delivery)
        await delivery.stored.wait()

    def _fail(self, asks: Sequence[Ask], detail: str) -> None:
        failure = AskFailed(UnknownReason.FAILED, detail)
        self._deliver(Delivery([Arrived(ask, failure) for ask in asks]))
