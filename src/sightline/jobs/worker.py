"""Does jobs: claims the turns that the queue hands out, works on the members, keeps how far it is.

Guarantees: what it writes about a job it writes only while its claim holds; a wish of a person is
heard within `HEAR_EVERY_S`; trouble with the database makes a job wait and not fail; a job that is
left in the middle is handed back.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Protocol, TypeVar

from sqlalchemy import Connection

from sightline.errors import InputError, RunTaken, SightlineError, Stopped, StoreError
from sightline.jobs.desk import Desk, Seat, counted
from sightline.ports import Listener
from sightline.services.runs.analysis import Watch
from sightline.services.runs.events import Events
from sightline.services.runs.jobs import Jobs
from sightline.services.runs.requests import AnalysisRequest
from sightline.services.runs.specs import RunSpec
from sightline.store import Store, claims, jobs
from sightline.store.claims import Report
from sightline.values import Analysis, Claim, Job, JobState, Member, Progress, RunState, Wish

log = logging.getLogger(__name__)
T = TypeVar("T")

HEAR_EVERY_S = 0.2
"""How often wishes that another process has stored are looked for."""
TELL_EVERY_S = 1.0
"""How often it is kept and told how far jobs are."""
_WAIT_S = 3.0
"""Before trying again what the database refused."""
_TAKEN_WAIT_S = 2.0
"""Before looking again whether another process has done with the same analysis."""
_LEAVE_S = 5.0


class Analyzes(Protocol):
    """As `services.runs.analysis.Analyst` does."""

    async def analyze(
        self,
        path: Path,
        request: AnalysisRequest,
        *,
        watch: Watch | None = None,
        claim: Claim | None = None,
    ) -> Analysis: ...


AtEnd = Callable[[Connection, Job], None]
"""Called in the transaction in which a job ends."""
AfterEnd = Callable[[Job], Awaitable[str | None]]
"""Called after a job has ended; returns what a person should know of that."""


def _nothing(connection: Connection, job: Job) -> None:
    del connection, job


async def _nothing_after(job: Job) -> str | None:
    del job
    return None


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a worker works with besides the store."""

    analyst: Analyzes
    jobs: Jobs
    events: Events
    members_at_once: int = 4
    at_end: AtEnd = _nothing
    after_end: AfterEnd = _nothing_after
    telling: Callable[[str], AbstractContextManager[Listener | None]] = lambda _: nullcontext()
    """Whom the texts of a job are told to while models give them."""
    shares_database: bool = False
    """Other processes may store wishes: look for them."""


class Worker:
    """Works on jobs until `leave`."""

    def __init__(self, store: Store, around: Surroundings) -> None:
        self._store = store
        self._database = store.database
        self._around = around
        self._desks: dict[str, Desk] = {}
        self._ticking: asyncio.Task[None] | None = None
        self._leaving = False
        self._idle = asyncio.Event()
        self._idle.set()

    @property
    def busy(self) -> int:
        """Jobs that it is at."""
        return len(self._desks)

    def hear(self, job: str, wish: Wish) -> None:
        """A wish of this process's own people."""
        if desk := self._desks.get(job):
            desk.hear(wish)

    async def leave(self) -> None:
        """Hand back what is not done; what was answered is kept."""
        self._leaving = True
        for desk in self._desks.values():
            desk.leave()
        try:
            async with asyncio.timeout(_LEAVE_S):
                await self._idle.wait()
        except TimeoutError:
            log.warning("%d runs did not come to a stop in time: they are rescued", self.busy)
        if self._ticking:
            self._ticking.cancel()
            await asyncio.gather(self._ticking, return_exceptions=True)

    def lose(self) -> None:
        """Others hold this process for dead: nothing of what it does counts any more."""
        for desk in self._desks.values():
            desk.lose()

    # ---------------------------------------------------------------------------------- a turn

    async def perform(self, job: str, turn: int) -> None:
        """Do a turn of a job; returns when there is nothing more for this worker to do about it."""
        if self._leaving or self._store.presence.lost:
            # A turn that ends is over for the queue: this one must be found begun and not ended.
            await asyncio.Event().wait()
        me = self._store.presence.id
        work = partial(claims.claim, name=job, turn=turn, worker=me)
        claimed = await self._insist(lambda: self._database.write(work))
        if claimed is None:
            return
        claim, members = claimed
        desk = Desk(claim)
        self._desks[job] = desk
        self._idle.clear()
        if self._ticking is None or self._ticking.done():
            self._ticking = asyncio.create_task(self._tick())
        try:
            known = [member.media for member in members if member.media and not member.state.ended]
            await self._around.jobs.tell(claim.job, media=known[: self._around.members_at_once])
            await self._work(desk, members)
        finally:
            del self._desks[job]
            if not self._desks:
                self._idle.set()

    async def _work(self, desk: Desk, members: Sequence[Member]) -> None:
        find = partial(jobs.members, number=desk.claim.job.number)
        again = False
        while not desk.lost:
            try:
                members = await self._database.read(find) if again else members
                await self._work_on_members(desk, members)
                if desk.leaving and not desk.wish:
                    await self._hand_back(desk)
                elif not desk.lost:
                    await self._end(desk)
            except RunTaken as error:
                log.info("%s", error)
            except StoreError as error:
                log.warning("run %s waits for the database: %s", desk.claim.job.id, error)
                await asyncio.sleep(_WAIT_S)
                again = True
                continue
            return

    async def _work_on_members(self, desk: Desk, members: Sequence[Member]) -> None:
        try:
            request = RunSpec.read(desk.claim.job.spec).request()
        except InputError as error:  # of another version
            desk.ended.append((JobState.FAILED, str(error)))
            return
        desk.begin_again([(one.state, one.note) for one in members if one.state.ended])
        waiting = [member for member in reversed(members) if not member.state.ended]

        async def one_after_the_other() -> None:
            while waiting and not desk.stop.is_set():
                await self._do_member(desk, Seat(waiting.pop()), request_of)

        def request_of(seat: Seat, listener: Listener | None) -> Awaitable[Analysis]:
            watch = replace(seat.watch(desk.stop), listener=listener)
            return self._around.analyst.analyze(
                seat.member.path, request, watch=watch, claim=desk.claim
            )

        at_once = min(len(waiting), self._around.members_at_once)
        try:
            async with asyncio.TaskGroup() as tasks:
                for _ in range(at_once):
                    tasks.create_task(one_after_the_other())
        except BaseExceptionGroup as group:
            raise (group.subgroup(StoreError) or group).exceptions[0] from None

    async def _do_member(
        self,
        desk: Desk,
        seat: Seat,
        analyze: Callable[[Seat, Listener | None], Awaitable[Analysis]],
    ) -> None:
        """Work on one until it has ended, or the job stops. Raises `StoreError`."""
        desk.seats.append(seat)
        ended: tuple[JobState, str] | None = None
        try:
            with self._around.telling(desk.claim.job.id) as listener:
                state, note = await self._outcome(desk, seat, partial(analyze, seat, listener))
            if state.ended:
                kept = _ended(seat, state, note)
                if len(desk.ended) + 1 == desk.claim.job.members:
                    desk.last = kept  # together with the end of the job
                else:
                    end = partial(claims.end_member, claim=desk.claim, member=kept)
                    await self._database.write(end)
                ended = state, note
        finally:
            desk.end(seat, ended)

    async def _outcome(
        self, desk: Desk, seat: Seat, analyze: Callable[[], Awaitable[Analysis]]
    ) -> tuple[JobState, str]:
        """State and note of a member after its analysis; queued when it has not come to an end."""
        while True:
            try:
                analysis = await analyze()
                notes = dict.fromkeys(report.conclusion.note for report in analysis.reports)
                state = JobState.of(analysis.state)
                stopped = analysis.state is RunState.INTERRUPTED
                return JobState.QUEUED if stopped else state, "\n".join(filter(None, notes))
            except Stopped:
                return JobState.QUEUED, ""
            except RunTaken as error:
                await self._wait_while_taken(desk, error)
                if desk.stop.is_set():
                    return JobState.QUEUED, ""
            except StoreError:
                raise
            except SightlineError as error:
                return JobState.FAILED, str(error)
            except Exception as error:  # the worker must outlive whatever one file does
                log.exception("run %s: %s", desk.claim.job.id, seat.member.path)
                told = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
                return JobState.FAILED, f"{seat.member.path}: an unexpected error ({told})"

    async def _wait_while_taken(self, desk: Desk, error: RunTaken) -> None:
        """Raises `RunTaken` when it is the job that was taken, and not the same analysis."""
        held = await self._database.read(partial(claims.wishes, claims=[desk.claim]))
        if desk.claim.job.id not in held:
            desk.lose()
            raise error
        try:
            async with asyncio.timeout(_TAKEN_WAIT_S):
                await desk.stop.wait()
        except TimeoutError:
            return

    async def _end(self, desk: Desk) -> None:
        desk.closed = True
        state, note = desk.outcome
        claim, around = desk.claim, self._around
        progress = desk.progress(ended=state.ended)

        def work(connection: Connection) -> Job:
            job = claims.finish(connection, claim, state, note, progress)
            if desk.last:
                claims.keep_member(connection, claim, desk.last)
            if job.state.ended:
                around.at_end(connection, job)
            return job

        job = await self._database.write(work)
        if job.state.ended and (more := await around.after_end(job)):
            await self._database.write(partial(jobs.note, job=job, text=more))
        await around.jobs.tell(job, media=desk.media)

    async def _hand_back(self, desk: Desk) -> None:
        why = f"handed back by {desk.claim.worker}, which was ended"
        work = partial(claims.hand_back, claim=desk.claim, why=why)
        if job := await self._database.write(work):
            await self._around.jobs.queue_again(job)

    async def _insist(self, work: Callable[[], Awaitable[T]]) -> T:
        """Do it once the database is there."""
        while True:
            try:
                return await work()
            except StoreError as error:
                log.warning("The worker waits for the database: %s", error)
                await asyncio.sleep(_WAIT_S)

    # --------------------------------------------------------------------------------- the pace

    async def _tick(self) -> None:
        """Hear wishes and tell how far jobs are, while there are any."""
        told: dict[str, Progress] = {}
        loop = asyncio.get_running_loop()
        tell_at = loop.time() + TELL_EVERY_S
        while self._desks:
            await asyncio.sleep(HEAR_EVERY_S if self._around.shares_database else TELL_EVERY_S)
            if self._store.presence.lost:
                self.lose()
                return
            desks = list(self._desks.values())
            try:
                if loop.time() >= tell_at:
                    tell_at = loop.time() + TELL_EVERY_S
                    told = await self._tell(desks, told)
                elif self._around.shares_database:
                    self._heed(desks, await self._wishes(desks))
            except StoreError as error:
                log.warning("How far runs are is not kept for now: %s", error)
                await asyncio.sleep(_WAIT_S)

    async def _tell(self, desks: Sequence[Desk], told: dict[str, Progress]) -> dict[str, Progress]:
        now = {desk.claim.job.id: desk.progress() for desk in desks}
        reports = [
            Report(desk.claim, now[desk.claim.job.id], desk.newly_known())
            for desk in desks
            if told.get(desk.claim.job.id) != now[desk.claim.job.id]
        ]
        if reports:
            await self._database.write(partial(claims.report, reports=reports))
        self._heed(desks, await self._wishes(desks))
        for one in reports:
            desk = self._desks.get(one.claim.job.id)
            if desk and desk.claim is one.claim and not (desk.lost or desk.closed):
                job = replace(one.claim.job, progress=one.progress, wish=desk.wish)
                await self._around.jobs.tell(job, media=desk.media)
        return now

    async def _wishes(self, desks: Sequence[Desk]) -> dict[str, Wish | None]:
        held = [desk.claim for desk in desks]
        return await self._database.read(partial(claims.wishes, claims=held))

    def _heed(self, desks: Sequence[Desk], wishes: dict[str, Wish | None]) -> None:
        for desk in desks:
            job = desk.claim.job.id
            if self._desks.get(job) is not desk or desk.stop.is_set():
                continue
            if job not in wishes:
                desk.lose()
            elif wish := wishes[job]:
                desk.hear(wish)


def _ended(seat: Seat, state: JobState, note: str) -> Member:
    return replace(
        seat.member,
        state=state,
        note=note,
        media=seat.digest,
        counts=dict(counted(seat.runs)),
    )
