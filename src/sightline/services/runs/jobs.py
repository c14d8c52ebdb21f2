"""Runs as people handle them: asked for, followed, paused, cancelled, tried again.

The store has the truth about a job and the queue only its turns: a job is stored first and queued
then, and whoever finds one that waits in no queue queues it (`see_to_waiting`).
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Generic, Protocol, TypeVar

from sqlalchemy import Connection

from sightline.errors import Conflict, StoreError
from sightline.ports import JobQueue
from sightline.services.runs.events import Events
from sightline.services.runs.specs import Wanted
from sightline.store import Store, answers, jobs, turns
from sightline.store.answers import Answered
from sightline.store.jobs import NewJob
from sightline.values import (
    Job,
    JobState,
    Member,
    RunReport,
    Wish,
    canonical_digest,
)

log = logging.getLogger(__name__)
T = TypeVar("T")

COUNT_AGAIN_S = 5.0
"""For how long the count of a very long list is told again."""
ORPHANED_S = 10.0
"""A job without a place in the queue for so long has lost whoever was to give it one."""


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Part of a list."""

    items: tuple[T, ...]
    total: int
    exact: bool = True
    """Whether `total` was counted just now; a very long list is counted now and then."""


class AtWork(Protocol):
    """The worker in this process, if there is one: it hears of wishes at once."""

    def hear(self, job: str, wish: Wish) -> None: ...


class Jobs:
    """All runs of an installation."""

    def __init__(self, store: Store, queue: JobQueue, events: Events) -> None:
        self._store = store
        self._database = store.database
        self._queue = queue
        self._events = events
        self._counts: dict[jobs.Wanted, tuple[float, int]] = {}
        self._taken: list[tuple[str, int]] = []
        """Turns that the queue has, still to be noted."""
        self._noting: asyncio.Task[None] | None = None
        self.at_work: AtWork | None = None

    async def aclose(self) -> None:
        if self._noting:
            await asyncio.gather(self._noting, return_exceptions=True)

    # ---------------------------------------------------------------------------------- to see

    async def get(self, name: str | int) -> Job:
        """By id or by number. Raises `NotFound`."""
        return await self._database.read(partial(jobs.get, name=name))

    async def list(
        self,
        *,
        states: Sequence[JobState] = (),
        sources: Sequence[str] = (),
        media: str | None = None,
        offset: int = 0,
        limit: int = 50,
    ) -> Page[Job]:
        """Newest first; `media` is a digest, for the jobs that it is part of."""
        wanted = jobs.Wanted(tuple(states), tuple(sources), media)
        find = partial(jobs.listing, wanted=wanted, offset=offset, limit=limit)
        found, total, exact = await self._database.read(find)
        if not exact:
            total = max(total, await self._count(wanted))
        return Page(found, total, exact)

    async def _count(self, wanted: jobs.Wanted) -> int:
        at, known = self._counts.get(wanted, (0.0, 0))
        now = time.monotonic()
        if now - at > COUNT_AGAIN_S or not at:
            # First in the table, so that those who ask meanwhile do not count as well.
            self._counts[wanted] = (now, known)
            known = await self._database.read(partial(jobs.count, wanted=wanted))
            self._counts[wanted] = (now, known)
        return known

    async def members(self, job: Job, *, offset: int = 0, limit: int = 50) -> Page[Member]:
        """In the order in which they were given."""
        find = partial(jobs.members, number=job.number, offset=offset, limit=limit)
        return Page(await self._database.read(find), job.members)

    async def reports(self, job: Job, *, media: str | None = None) -> Sequence[RunReport]:
        """What its runs have concluded so far, of all its members or of one."""
        return await self._store.reports_of(job.id, media=media)

    async def answers(
        self, job: Job, *, media: str | None = None, offset: int = 0, limit: int = 50
    ) -> Page[Answered]:
        """What its runs were answered, in the order in which they heard it."""

        def find(connection: Connection) -> tuple[tuple[Answered, ...], int]:
            found = answers.listing(
                connection, job.id, media_digest=media, offset=offset, limit=limit
            )
            return found, answers.count(connection, job.id, media_digest=media)

        found, total = await self._database.read(find)
        return Page(found, total)

    # --------------------------------------------------------------------------------- to change

    async def create(self, wanted: Wanted) -> tuple[Job, bool]:
        """A new job, queued, and True; or the same one that is waiting or going on, and False.

        Raises `InputError` for what cannot be meant.
        """
        wanted.spec.request()
        spec = wanted.spec.kept()
        new = NewJob(
            title=wanted.title or wanted.spec.title,
            source=wanted.source,
            spec=spec,
            digest=canonical_digest([spec, *map(str, wanted.paths)]),
            priority=wanted.priority,
            members=tuple((path, _title(path)) for path in wanted.paths),
            webhook=wanted.webhook,
            start_after_s=wanted.start_after_s,
            again=wanted.again,
        )
        job, made = await self._database.write(partial(jobs.make, new=new))
        if made:
            await self.tell(job)  # first: a quick worker's word must not come before it
            await self._enqueue(job, new.start_after_s)
        return job, made

    async def cancel(self, job: Job) -> Job:
        """Raises `Conflict` when it has ended."""
        return await self._wish(job, Wish.CANCEL)

    async def pause(self, job: Job) -> Job:
        """Raises `Conflict` when it has ended or is paused."""
        return await self._wish(job, Wish.PAUSE)

    async def _wish(self, job: Job, wish: Wish) -> Job:
        def work(connection: Connection) -> Job:
            now = jobs.get(connection, job.number, lock=True)
            if now.state.ended or (wish is Wish.PAUSE and now.state is JobState.PAUSED):
                raise _conflict(now, wish.value)
            return jobs.wish(connection, now, wish)

        now = await self._database.write(work)
        if now.state is JobState.RUNNING:
            if self.at_work:
                self.at_work.hear(now.id, wish)
        else:
            await self._queue.withdraw(now.id, turn=now.turn)
        await self.tell(now)
        return now

    async def resume(self, job: Job) -> Job:
        """Raises `Conflict` when it is not paused."""
        return await self._again(job, "resumed", {JobState.PAUSED}, anew=False)

    async def retry(self, job: Job) -> Job:
        """Ask again what failed. Raises `Conflict` when it has not ended."""
        ended = {state for state in JobState if state.ended}
        return await self._again(job, "tried again", ended, anew=True)

    async def _again(self, job: Job, what: str, states: set[JobState], *, anew: bool) -> Job:
        def work(connection: Connection) -> Job:
            now = jobs.get(connection, job.number, lock=True)
            if now.state not in states:
                raise _conflict(now, {"resumed": "resume", "tried again": "retry"}[what])
            return jobs.again(connection, now, what, anew=anew)

        now = await self._database.write(work)
        await self.tell(now)
        await self._enqueue(now)
        return now

    async def prioritise(self, job: Job, priority: int) -> Job:
        """Raises `Conflict` when it has ended."""

        def work(connection: Connection) -> Job:
            now = jobs.get(connection, job.number, lock=True)
            if now.state.ended:
                raise _conflict(now, "give another priority to")
            now = jobs.prioritise(connection, now, priority)
            # The queue orders turns as they are put into it: a new one takes the old one's place.
            waits = now.state is JobState.QUEUED
            return jobs.again(connection, now, f"priority {priority}") if waits else now

        now = await self._database.write(work)
        if now.state is JobState.QUEUED:
            await self._queue.withdraw(now.id, turn=now.turn - 1)
        await self.tell(now)
        if now.state is JobState.QUEUED:
            await self._enqueue(now)
        return now

    # --------------------------------------------------------------------------------- the queue

    async def tell(self, job: Job, *, media: Sequence[str] = ()) -> None:
        """Tell listeners how a job stands; `media` are the digests of what is worked on now."""
        progress = job.progress
        data: dict[str, object] = {name: getattr(progress, name) for name in _TOLD}
        data |= {
            "number": job.number,
            "title": job.title,
            "priority": job.priority,
            "media": list(media[:_MOST_MEDIA_TOLD]),
            "state": job.state.value,
            "wish": job.wish and job.wish.value,
            "stage": progress.stage.value,
            "fraction": progress.fraction,
        }
        await self._events.tell("run", data, job=job.id)

    async def queue_again(self, job: Job) -> None:
        """For one whose worker gave it back, or that no queue has."""
        await self.tell(job)
        await self._enqueue(job)

    async def see_to_waiting(self) -> int:
        """Queue what waits in no queue: whoever stored it died before it came to that."""
        find = partial(turns.unqueued, older_than_s=ORPHANED_S)
        waiting = await self._database.read(find)
        for job in waiting:
            await self._enqueue(job)
        return len(waiting)

    async def _enqueue(self, job: Job, start_after_s: float = 0.0) -> None:
        await self._queue.enqueue(
            job.id, turn=job.turn, priority=job.priority, start_after_s=start_after_s
        )
        self._taken.append((job.id, job.turn))
        if self._noting is None or self._noting.done():
            self._noting = asyncio.create_task(self._note_taken())

    async def _note_taken(self) -> None:
        """Many at once: only a sweep after a crash ever reads it."""
        await asyncio.sleep(_NOTE_AFTER_S)
        taken, self._taken = self._taken, []
        try:
            await self._database.write(partial(turns.queued, turns=taken))
        except StoreError:
            log.warning("%d runs will be queued once more, which changes nothing", len(taken))


_NOTE_AFTER_S = 0.5
_MOST_MEDIA_TOLD = 16
_TOLD = (
    "current",
    "current_fraction",
    "members",
    "members_done",
    "asks_done",
    "asks_planned",
    "frames_covered",
    "frames_planned",
    "failed",
    "calls",
    "cost",
    "rate",
    "eta_s",
)
"""Of how far a job is, what listeners are told: enough to draw it without asking."""


def _title(path: Path) -> str:
    return path.stem or str(path)


def _conflict(job: Job, what: str) -> Conflict:
    ways = {
        JobState.QUEUED: "It waits: cancel it, or let it run.",
        JobState.RUNNING: "It is running: cancel or pause it first.",
        JobState.PAUSED: "It is paused: resume or cancel it.",
    }
    way = ways.get(job.state, "It has ended: retry does again what failed in it.")
    return Conflict(f"run {job.id} is {job.state}: one cannot {what} it now. {way}")
