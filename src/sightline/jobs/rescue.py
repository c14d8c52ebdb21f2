"""Finds work whose worker has died, and has the living take it up, with no human.

Every server and worker watches, and one at a time acts. A worker is dead as `store.presence` tells
it. The store is told first, which raises the job's attempt, so that nothing the dead one may still
write is taken; the queue then hands the turn out again. A rescuer that dies between the two has
left a job that waits and a turn that nobody is at: the next look finds both.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from functools import partial

from sqlalchemy import Connection

from sightline.errors import NotFound, StoreError
from sightline.ports import JobQueue
from sightline.services.runs.jobs import Jobs
from sightline.store import Store, claims, jobs, turns
from sightline.values import Job, JobState

log = logging.getLogger(__name__)

LOOK_EVERY_S = 2.0
"""How often workers are looked at."""
_SWEEP_EVERY = 10
"""Looks after which everything is looked through although nobody seems to have died."""
_LOST_AFTER_S = 60.0
"""A job that has waited for so long is looked for in the queue."""
_HOLD = "rescue"
_WAIT_S = 5.0


class Rescuer:
    """Watches over workers and what they work on, until it is cancelled."""

    def __init__(
        self, store: Store, queue: JobQueue, services: Jobs, *, rescues: Callable[[], int]
    ) -> None:
        """`rescues`: how often a job is begun again before it counts as failed."""
        self._store = store
        self._database = store.database
        self._queue = queue
        self._jobs = services
        self._rescues = rescues

    async def run(self) -> None:
        """Goes on until it is cancelled."""
        looks = 0
        while True:
            try:
                dead = await self._store.presence.look()
                if dead or looks % _SWEEP_EVERY == 0:
                    await self.sweep()
                looks += 1
                await asyncio.sleep(LOOK_EVERY_S)
            except StoreError as error:
                log.warning("Workers are not watched for now: %s", error)
                await asyncio.sleep(_WAIT_S)

    async def sweep(self) -> None:
        """Look through everything once, unless another process is at it."""
        hold = await self._store.hold(_HOLD)
        if hold is None:
            return
        try:
            alive = {worker.id for worker in await self._store.workers() if worker.is_alive}
            await self._free_jobs(alive)
            await self._hand_out_again(alive)
            await self._jobs.see_to_waiting()
            await self._find_lost()
        finally:
            hold.release()

    async def _free_jobs(self, alive: set[str]) -> None:
        """The store's side: jobs that are said to be worked on by the dead."""
        working = await self._database.read(turns.working)
        dead = [worker for worker in working if worker not in alive]
        if not dead:
            return
        for job in await self._database.read(partial(turns.of_workers, workers=dead)):
            rescue = partial(claims.rescue, job=job, most=self._rescues())
            now = await self._database.write(rescue)
            log.warning("run %s: %s fell silent; it is %s", job.id, job.worker, now.state)
            if now.state is not JobState.QUEUED:
                await self._queue.withdraw(now.id, turn=now.turn)
            await self._jobs.tell(now)

    async def _hand_out_again(self, alive: set[str]) -> None:
        """The queue's side: turns that were handed to the dead."""
        for worker, held in (await self._queue.begun()).items():
            for name, turn in held if worker not in alive else ():
                try:
                    job = await self._database.read(partial(jobs.get, name=name))
                except NotFound:
                    await self._queue.withdraw(name, turn=turn)
                    continue
                if job.state is JobState.QUEUED and job.turn == turn:
                    await self._queue.rescue(name, turn=turn)
                else:
                    await self._queue.withdraw(name, turn=turn)

    async def _find_lost(self) -> None:
        """Jobs that wait although their turn is over: their worker died as it was to begin."""
        find = partial(turns.next_in_line, older_than_s=_LOST_AFTER_S)
        waiting = {(job.id, job.turn): job for job in await self._database.read(find)}
        kept = set(await self._queue.waiting(list(waiting)))
        for key, job in waiting.items():
            if key not in kept:
                await self._queue_again(job)

    async def _queue_again(self, job: Job) -> None:
        def work(connection: Connection) -> Job | None:
            now = jobs.get(connection, job.number, lock=True)
            same = now.state is JobState.QUEUED and now.turn == job.turn
            return jobs.again(connection, now, "found again") if same else None

        if now := await self._database.write(work):
            await self._jobs.queue_again(now)
