"""The endpoint's side of a run: wanted asks become pictures, and pictures calls.

The lane into the pool holds the reader back, so that a few pictures wait at most.
"""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field

from sightline.endpoints.pool import Exchange, Lane, Pool
from sightline.engine.sharing import Shares
from sightline.errors import MediaError
from sightline.ports import Arrived, FrameReader, Listener, Shown
from sightline.values import (
    Accounting,
    Alike,
    Ask,
    AskFailed,
    AskId,
    Budget,
    Call,
    Clock,
    FrameLost,
    Picture,
    PictureTransform,
    Reach,
    ReadFrame,
    UnknownReason,
)

log = logging.getLogger(__name__)


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
        egress: Reach,
        models: Sequence[str],
        endpoints: Sequence[str] | None,
        budget: Budget,
        listener: Listener | None = None,
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
        self._broken = False
        self.lane: Lane = pool.lane(
            keep=self._keep,
            stop=stop,
            egress=egress,
            models=models,
            endpoints=endpoints,
            budget=budget,
            listener=listener,
        )

    @property
    def hopeless(self) -> bool:
        """Whether whatever else is wanted will fail as well."""
        return self._broken or self.lane.over is not None

    def want(self, asks: Sequence[Ask], *, apart: bool = False) -> None:
        """Ask these; `apart`: each with its own picture, whatever its frame looks like."""
        self._wanted |= {ask.id: ask for ask in asks}
        if apart:
            self._apart |= {ask.id for ask in asks}
        self._wanted_more.set()

    async def run(self, tasks: asyncio.TaskGroup) -> None:
        """Goes on until it is cancelled."""
        self.lane.begin(tasks)
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
                    await self._read(asks, transform, shares=shares)

    async def _read(
        self,
        asks: Sequence[Ask],
        transform: PictureTransform,
        *,
        shares: bool,
    ) -> None:
        """One pass over the frames of `asks`, in order; each group leaves with its last frame."""
        groups: defaultdict[tuple[int, ...], list[Ask]] = defaultdict(list)
        for ask in asks:
            groups[ask.frames].append(ask)
        if about_text := groups.pop((), None):
            await self.lane.put((), about_text)
        by_last = sorted(groups, key=lambda frames: frames[-1], reverse=True)
        needed = sorted({pts for frames in groups for pts in frames})
        kept = {pts for frames in groups if len(frames) > 1 for pts in frames}
        held: dict[int, ReadFrame] = {}
        broken = ""
        sharing = self._shares.sharing if shares else None
        jpeg = self._pool.jpeg
        try:
            read = self._reader.read(needed, transform, jpeg=jpeg, sharing=sharing)
            async with aclosing(read) as items:
                while not self._ended and (item := await anext(items, None)):
                    self._progress.frames_decoded += 1
                    held[item.pts] = item
                    while by_last and by_last[-1][-1] == item.pts:
                        frames = by_last.pop()
                        self.lane.upcoming = len(by_last)
                        await self._ask([held[pts] for pts in frames], groups[frames])
                    if item.pts not in kept:
                        del held[item.pts]
            if by_last and not self._ended:
                broken = "the reader ended before it had given every frame"
        except MediaError as error:
            broken = str(error)
        except Exception as fault:  # the boundary to sources that others write
            log.exception("the reader raised what it should not")
            broken = f"the reader has a fault: {type(fault).__name__}: {fault}"
        self.lane.upcoming = 0
        self._broken |= bool(broken)
        reason, detail = (UnknownReason.FAILED, broken) if broken else self.lane.over or (None, "")
        if reason:
            for frames in by_last:
                self._fail(groups[frames], detail, reason)

    @property
    def _ended(self) -> bool:
        return self.lane.over is not None or self._stop.is_set()

    async def _ask(self, items: Sequence[ReadFrame], asks: Sequence[Ask]) -> None:
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
        pictures = [item for item in items if isinstance(item, Picture)]
        shown = [Shown(picture, self._clock.seconds(picture.pts)) for picture in pictures]
        await self.lane.put(shown, asks)

    async def _audited(self, asks: Sequence[Ask], to: int) -> Sequence[Ask]:
        """Those that are asked all the same; the others have the group's answer."""
        chosen = [ask for ask in asks if self._shares.audits(ask)]
        for ask in chosen:
            self._shares.audit(ask, to)
        await self._join([(ask, to) for ask in asks if ask not in chosen])
        return chosen

    async def _keep(self, exchange: Exchange) -> None:
        """Hand an exchange to the conductor; returns once it is stored."""
        self._progress.asked += len(exchange.outcomes) * exchange.sent
        delivery = Delivery([Arrived(*one) for one in exchange.outcomes], exchange.call)
        self._deliver(delivery)
        await delivery.stored.wait()

    def _fail(
        self, asks: Sequence[Ask], detail: str, reason: UnknownReason = UnknownReason.FAILED
    ) -> None:
        failure = AskFailed(reason, detail)
        self._deliver(Delivery([Arrived(ask, failure) for ask in asks]))
