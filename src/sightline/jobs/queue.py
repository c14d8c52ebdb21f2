"""The queue of turns, on DBOS: durable, ordered by priority, each turn with one worker at a time.

A turn of a job is one DBOS workflow without steps: what it does is in the store, fenced by the
job's attempt, so DBOS has to know only who is at it. Its tables are in the same PostgreSQL
database, or in a SQLite file of their own. The version that it compares before it hands out a turn
is pinned, so that workers of two releases share one queue while one replaces the other.
"""

from __future__ import annotations

import asyncio
import logging
import sqlite3
import time
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from dbos import DBOS, DBOSClient, DBOSConfig, EnqueueOptions
from sqlalchemy.exc import SQLAlchemyError

from sightline.errors import StoreError

T = TypeVar("T")
Perform = Callable[[str, int], Awaitable[None]]
"""Does a turn of a job; what it raises ends the turn."""

NAME = "sightline"
QUEUE = "runs"
TURN = "turn"
FORMAT = "1"
"""Pinned as the version of the application: raised when a turn means something else."""
BUSY_POLL_S = 0.1
IDLE_POLL_S = 1.0
"""While nobody works on anything: each look of a worker at the queue costs it some milliseconds."""
_THREADS = 8
_FAREWELL_S = 1
_SEPARATOR = "/"


def turn_id(job: str, turn: int) -> str:
    """The workflow that stands for it."""
    return f"{job}{_SEPARATOR}{turn}"


def turn_of(workflow: str) -> tuple[str, int]:
    job, _, turn = workflow.rpartition(_SEPARATOR)
    return job, int(turn)


def _nothing() -> None:
    """Nobody has to be told."""


class DbosQueue:
    """`ports.JobQueue`. Open it with `open`, end it with `aclose`."""

    def __init__(self, client: DBOSClient, *, at_once: int, at_once_everywhere: int | None) -> None:
        self._client = client
        self.queued: Callable[[], None] = _nothing
        """Called after a turn was put into the queue by this process."""
        self._at_once = at_once
        self._at_once_everywhere = at_once_everywhere
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="queue")

    @classmethod
    async def open(
        cls, url: str, *, at_once: int, at_once_everywhere: int | None = None
    ) -> DbosQueue:
        """`url` is that of a PostgreSQL database, or of a SQLite file: `sqlite:///PATH`.

        Raises `StoreError`.
        """
        _quieten()

        def prepare() -> DBOSClient:
            if url.startswith("sqlite:///"):
                _prepare_file(Path(url.removeprefix("sqlite:///")))
            DBOS.migrate(url)
            return DBOSClient(system_database_url=url, application_name=NAME)

        client = await _explained(asyncio.to_thread(prepare))
        queue = cls(client, at_once=at_once, at_once_everywhere=at_once_everywhere)
        await queue.hurry(busy=True)
        return queue

    async def aclose(self) -> None:
        await asyncio.to_thread(self._client.destroy)
        self._threads.shutdown()

    async def hurry(self, *, busy: bool) -> None:
        """Have the workers look more often, or less often again."""
        await self._do(
            partial(
                self._client.register_queue,
                QUEUE,
                worker_concurrency=self._at_once,
                global_concurrency=self._at_once_everywhere,
                polling_interval_sec=BUSY_POLL_S if busy else IDLE_POLL_S,
            )
        )

    async def enqueue(
        self, job: str, *, turn: int, priority: int, start_after_s: float = 0.0
    ) -> None:
        options = EnqueueOptions(
            workflow_name=TURN,
            queue_name=QUEUE,
            workflow_id=turn_id(job, turn),
            app_version=FORMAT,
            priority=priority,
        )
        if start_after_s > 0:
            options["delay_seconds"] = start_after_s
        await self._do(partial(self._client.enqueue, options, job, turn))
        self.queued()

    async def withdraw(self, job: str, *, turn: int) -> None:
        await self._do(partial(self._client.cancel_workflow, turn_id(job, turn)))

    async def rescue(self, job: str, *, turn: int) -> None:
        await self._do(partial(self._client.resume_workflow, turn_id(job, turn), queue_name=QUEUE))
        self.queued()

    async def begun(self) -> dict[str, list[tuple[str, int]]]:
        """The turns that are handed out and not ended, by worker."""
        find = partial(
            self._client.list_workflows, status="PENDING", load_input=False, load_output=False
        )
        held: dict[str, list[tuple[str, int]]] = {}
        for one in await self._do(find):
            if one.executor_id and one.name == TURN:
                held.setdefault(one.executor_id, []).append(turn_of(one.workflow_id))
        return held

    async def waiting(self, turns: Sequence[tuple[str, int]]) -> list[tuple[str, int]]:
        ids = [turn_id(job, turn) for job, turn in turns]
        find = partial(
            self._client.list_workflows,
            workflow_ids=ids,
            status=["ENQUEUED", "DELAYED", "PENDING"],
            load_input=False,
            load_output=False,
        )
        return [turn_of(one.workflow_id) for one in await self._do(find)] if ids else []

    async def forget(self, turns: Sequence[tuple[str, int]]) -> None:
        ids = [turn_id(job, turn) for job, turn in turns]
        if ids:
            await self._do(partial(self._client.delete_workflows, ids))

    async def ended(self, *, most: int = 1000) -> list[tuple[str, int]]:
        """Turns that are over and of use to nobody."""
        find = partial(
            self._client.list_workflows,
            status=["SUCCESS", "ERROR", "CANCELLED"],
            limit=most,
            load_input=False,
            load_output=False,
        )
        return [turn_of(one.workflow_id) for one in await self._do(find) if one.name == TURN]

    async def _do(self, work: Callable[[], T]) -> T:
        loop = asyncio.get_running_loop()
        return await _explained(loop.run_in_executor(self._threads, work))


class Taker:
    """Takes turns from the queue and has them done, on the loop that it was started in.

    There is one in a process at most: DBOS is one.
    """

    def __init__(self, perform: Perform) -> None:
        self._perform = perform
        self._loop = asyncio.get_running_loop()
        self._doing: set[Future[None]] = set()
        self._leaving = False

    async def start(self, url: str, *, worker: str) -> None:
        """Raises `StoreError`."""
        _quieten()
        config = DBOSConfig(
            name=NAME,
            system_database_url=url,
            executor_id=worker,
            application_version=FORMAT,
            log_level="WARNING",
            run_migrations=False,
            sys_db_pool_size=_THREADS,
            enable_otlp=False,
            scheduler_polling_interval_sec=3600.0,
            notification_coalesce_sec=0.5,  # nothing here notifies; it wakes up 100 times a second
        )
        perform = self._on_own_loop

        def launch() -> None:
            DBOS(config=config)

            @DBOS.workflow(name=TURN)
            async def turn(job: str, number: int) -> None:  # pyright: ignore[reportUnusedFunction]
                await perform(job, number)

            DBOS.launch()

        # In a thread, so that DBOS keeps to a loop of its own.
        await _explained(asyncio.to_thread(launch))

    async def aclose(self) -> None:
        """Take nothing more. The caller has seen to the turns that are going on."""
        self._leaving = True
        for doing in tuple(self._doing):
            doing.cancel()
        # A moment for the threads that hand out turns: they must not meet a loop that is closed.
        await asyncio.to_thread(
            DBOS.destroy, destroy_registry=True, workflow_completion_timeout_sec=_FAREWELL_S
        )

    async def _on_own_loop(self, job: str, turn: int) -> None:
        """Called on DBOS's loop."""
        doing = asyncio.run_coroutine_threadsafe(self._one(job, turn), self._loop)
        self._doing.add(doing)
        try:
            await asyncio.wrap_future(doing)
        finally:
            self._doing.discard(doing)

    async def _one(self, job: str, turn: int) -> None:
        await self._perform(job, turn)


async def _explained(work: Awaitable[T]) -> T:
    try:
        return await work
    except (SQLAlchemyError, sqlite3.Error, OSError) as error:
        raise StoreError(f"the queue of runs cannot be used: {_reason(error)}") from error


def _reason(error: Exception) -> str:
    original: Any = getattr(error, "orig", None) or error
    return str(original).strip().partition("\n")[0] or type(original).__name__


def _prepare_file(path: Path) -> None:
    """Write-ahead logging stays set in the file: eight times as many turns a second."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.touch(0o600, exist_ok=True)
    connection = sqlite3.connect(path)
    try:
        connection.execute("PRAGMA journal_mode = WAL")
    finally:
        connection.close()


class _OnceInAWhile(logging.Filter):
    """Passes what each place in the code says once in `_AGAIN_S`, and the first line of that.

    While a database is away DBOS says so many times a second.
    """

    def __init__(self) -> None:
        super().__init__()
        self._said: dict[tuple[str, int], float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        place, now = (record.pathname, record.lineno), time.monotonic()
        if now - self._said.get(place, -_AGAIN_S) < _AGAIN_S:
            return False
        self._said[place] = now
        record.msg, record.args = record.getMessage().partition("\n")[0], ()
        record.exc_info = record.exc_text = None
        return True


_AGAIN_S = 60.0


def _quieten() -> None:
    """What DBOS says goes where all else does, and only from warnings on."""
    logger = logging.getLogger("dbos")
    if not logger.handlers:
        logger.addHandler(logging.NullHandler())
        logger.addFilter(_OnceInAWhile())
    logger.setLevel(logging.WARNING)
    logger.propagate = True
