"""Builds what a server serves, and the worker that does its runs."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial

from sqlalchemy import Connection

from sightline import wiring
from sightline.errors import StoreError
from sightline.jobs.pace import Shift, keep_pace
from sightline.jobs.queue import DbosQueue, Taker
from sightline.jobs.rescue import Rescuer
from sightline.jobs.tidying import Tidying
from sightline.jobs.worker import Surroundings, Worker
from sightline.media.converter import Converter
from sightline.media.source import FileSource
from sightline.outbox.messages import is_node, run_message
from sightline.services.compat import haven, node
from sightline.services.compat.chat import Chat
from sightline.services.endpoints.activity import Activity
from sightline.services.endpoints.fleet import Choice, Fleet
from sightline.services.library.cache import Cache
from sightline.services.library.catalogue import Library
from sightline.services.library.fingerprints import Fingerprints
from sightline.services.library.folders import Folders
from sightline.services.library.pictures import Pictures
from sightline.services.library.playback import Playback
from sightline.services.library.samples import Samples
from sightline.services.library.shelf import Shelf
from sightline.services.library.uploads import Uploads
from sightline.services.planning.estimates import Estimates
from sightline.services.runs.analysis import Analyst
from sightline.services.runs.deliveries import Deliveries
from sightline.services.runs.events import Events
from sightline.services.runs.jobs import Jobs
from sightline.services.runs.live import LiveTexts
from sightline.services.runs.runview import RunView
from sightline.services.server.access import Access
from sightline.services.server.preferences import Preferences
from sightline.services.services import Services
from sightline.services.tags.tagshelf import TagShelf
from sightline.services.timelines.corrections import Corrections
from sightline.services.timelines.timelines import Timelines
from sightline.services.timelines.totals import Totals
from sightline.settings import Settings
from sightline.store import DatabaseUrl, Store, deliveries
from sightline.store.jobs import counts
from sightline.values import Job, JobState, Profile

QUEUE_FILE = "jobs.db"
CACHE = "cache"
_HOLD = "serve"


@asynccontextmanager
async def open_services(
    settings: Settings, *, worker: bool = True, command_line: Mapping[str, object] | None = None
) -> AsyncGenerator[Services]:
    """Everything that a server serves, with a worker or without.

    `command_line` is what it said of settings, which stands above what people set later. Raises
    `StoreError` when another process serves the same SQLite library.
    """
    async with AsyncExitStack() as stack:
        roles = ("serve", "worker") if worker else ("serve",)
        yield await _open(stack, settings, roles, command_line or {})


@asynccontextmanager
async def open_worker(
    settings: Settings, *, command_line: Mapping[str, object] | None = None
) -> AsyncGenerator[Services]:
    """A worker that nobody can ask anything."""
    async with AsyncExitStack() as stack:
        yield await _open(stack, settings, ("worker",), command_line or {})


@dataclass(frozen=True, slots=True)
class _Ground:
    """What everything else stands on."""

    settings: Settings
    """As they were at the start."""
    store: Store
    events: Events
    preferences: Preferences
    queue: DbosQueue
    jobs: Jobs
    source: FileSource
    shelf: Shelf

    def in_force(self) -> Settings:
        return self.preferences.settings


@dataclass(frozen=True, slots=True)
class _Holdings:
    """What is kept about media, and the files that are made of them."""

    library: Library
    uploads: Uploads
    pictures: Pictures
    playback: Playback
    corrections: Corrections
    timelines: Timelines


async def _open(
    stack: AsyncExitStack,
    settings: Settings,
    roles: tuple[str, ...],
    command_line: Mapping[str, object],
) -> Services:
    on = await _open_ground(stack, settings, roles, command_line)
    store, events, in_force = on.store, on.events, on.in_force
    holdings = _open_holdings(stack, on)
    outbox = Deliveries(store, on.preferences)
    live = LiveTexts()
    fleet = await _open_work(stack, on, outbox, live) if "worker" in roles else None
    activity = Activity(fleet.pool) if fleet else None
    if activity and "serve" in roles:
        _run(stack, activity.run())
    # A worker on another machine need not see the folder of uploads, and would hold them for lost.
    also = (holdings.uploads.tidy,) if "serve" in roles else ()
    _run_chores(stack, on, outbox, also)
    return Services(
        store=store,
        access=Access(store.database, tries_per_minute=lambda: in_force().server.logins_per_minute),
        jobs=on.jobs,
        events=events,
        library=holdings.library,
        shelf=on.shelf,
        folders=Folders(in_force, on.shelf),
        uploads=holdings.uploads,
        pictures=holdings.pictures,
        playback=holdings.playback,
        fleet=fleet,
        preferences=on.preferences,
        tag_sets=TagShelf(store, events=events),
        deliveries=outbox,
        samples=Samples(in_force, on.shelf),
        corrections=holdings.corrections,
        timelines=holdings.timelines,
        estimates=Estimates(store, in_force, fleet.pool if fleet else None),
        activity=activity,
        chat=Chat(fleet.pool, on.source, settings=in_force) if fleet else None,
        live=live,
    )


async def _open_ground(
    stack: AsyncExitStack,
    settings: Settings,
    roles: tuple[str, ...],
    command_line: Mapping[str, object],
) -> _Ground:
    store = await stack.enter_async_context(await wiring.open_store(settings, *roles))
    await _hold_alone(stack, store, settings)
    events = Events(store)
    stack.push_async_callback(events.aclose)
    preferences = Preferences(store, settings, command_line=command_line, events=events)
    stack.push_async_callback(preferences.aclose)
    await preferences.reload()
    limits = preferences.settings.jobs
    queue = await DbosQueue.open(
        _queue_url(settings),
        at_once=limits.at_once,
        at_once_everywhere=limits.at_once_everywhere,
    )
    stack.push_async_callback(queue.aclose)
    jobs = Jobs(store, queue, events)
    stack.push_async_callback(jobs.aclose)
    source = await stack.enter_async_context(wiring.open_source(settings))
    shelf = Shelf(source, store, events)
    return _Ground(settings, store, events, preferences, queue, jobs, source, shelf)


def _open_holdings(stack: AsyncExitStack, on: _Ground) -> _Holdings:
    settings, store, events, shelf = on.settings, on.store, on.events, on.shelf
    cache = Cache(settings.data_dir / CACHE, lambda: on.in_force().server.cache_max_bytes)
    uploads = Uploads(on.in_force, store, shelf, cache)
    stack.push_async_callback(uploads.aclose)
    converter = Converter(memory_mb=settings.decoder_memory_mb, stall_s=settings.decoder_stall_s)
    playback = Playback(shelf, converter, cache)
    stack.push_async_callback(playback.aclose)
    pictures = Pictures(on.source, shelf, cache)
    stack.push_async_callback(pictures.aclose)
    twins = Fingerprints(store, shelf, on.source, events)
    stack.push_async_callback(twins.aclose)
    corrections = Corrections(store, events, twins=twins)
    timelines = Timelines(store, events, corrections)
    totals = Totals(store, events, timelines)
    stack.push_async_callback(totals.aclose)
    library = Library(store, events, totals=totals)
    return _Holdings(library, uploads, pictures, playback, corrections, timelines)


async def _open_work(
    stack: AsyncExitStack, on: _Ground, outbox: Deliveries, live: LiveTexts
) -> Fleet:
    fleet, analyst = await _open_fleet(stack, on)
    around = Surroundings(
        analyst=analyst,
        jobs=on.jobs,
        events=on.events,
        members_at_once=on.in_force().jobs.members_at_once,
        at_end=_put_out,
        after_end=partial(_see_to_haven, on.store, outbox),
        telling=live.telling,
        shares_database=on.settings.database_url is not None,
    )
    await _open_worker(stack, on, around)
    return fleet


def _run_chores(
    stack: AsyncExitStack,
    on: _Ground,
    outbox: Deliveries,
    also: Sequence[Callable[[], Awaitable[object]]],
) -> None:
    # A server without a worker rescues as well: it lives on where workers die one after the other.
    rescuer = Rescuer(on.store, on.queue, on.jobs, rescues=lambda: on.in_force().jobs.rescues)
    tidying = Tidying(on.store, on.queue, settings=lambda: on.in_force().jobs, also=also)
    for work in (on.preferences.follow(), outbox.run(), tidying.run(), rescuer.run()):
        _run(stack, work)


async def _hold_alone(stack: AsyncExitStack, store: Store, settings: Settings) -> None:
    """A SQLite library is served by one process."""
    if settings.database_url is not None:
        return
    hold = await store.hold(_HOLD)
    if hold is None:
        raise StoreError(
            f"another process serves the library in {settings.data_dir} already. Use that one, "
            "stop it, or choose another place with --data-dir."
        )
    stack.callback(hold.release)


def _queue_url(settings: Settings) -> str:
    if settings.database_url is None:
        return f"sqlite:///{settings.data_dir.absolute() / QUEUE_FILE}"
    return DatabaseUrl.parse(settings.database_url.get_secret_value()).with_password()


async def _open_fleet(stack: AsyncExitStack, on: _Ground) -> tuple[Fleet, Analyst]:
    """The endpoints of the settings in force, as these change; pixels while there are none."""
    store, preferences = on.store, on.preferences

    async def profile(name: str, url: str, model: str | None) -> Profile | None:
        return await store.find_profile(name, url=url, model=model)

    seen = preferences.settings
    chosen = await wiring.choose(seen)

    def again() -> tuple[Choice, Settings] | None:
        nonlocal seen
        if preferences.settings is seen:
            return None
        seen = analyst.settings = preferences.settings
        # What was found at the start is used until somebody sets up something else.
        return wiring.configured_in(seen) or chosen, seen

    shared = store.database if seen.database_url is not None else None
    fleet = Fleet(chosen, seen, profiles=profile, again=again, database=shared)
    analyst = Analyst(source=on.source, store=store, pool=fleet.pool, settings=seen, shelf=on.shelf)
    stack.push_async_callback(fleet.aclose)
    await fleet.connect(needed=False)
    _run(stack, fleet.follow())
    return fleet, analyst


async def _open_worker(stack: AsyncExitStack, on: _Ground, around: Surroundings) -> None:
    store, queue = on.store, on.queue
    worker = Worker(store, around)
    around.jobs.at_work = worker

    async def begin() -> Taker:
        taker = Taker(worker.perform)
        await taker.start(_queue_url(on.settings), worker=store.presence.id)
        return taker

    if around.shares_database:
        taker = await begin()
        stack.push_async_callback(taker.aclose)
        stack.push_async_callback(worker.leave)
        _run(stack, keep_pace(queue, lambda: worker.busy))
        return

    async def needed() -> bool:
        waiting = await store.database.read(counts)
        return bool(worker.busy or waiting.get(JobState.QUEUED))

    shift = Shift(begin=begin, end=Taker.aclose, needed=needed)
    stack.push_async_callback(shift.aclose)
    stack.push_async_callback(worker.leave)
    queue.queued = shift.wake
    shift.wake()  # something may be left from before
    _run(stack, shift.run())


def _run(stack: AsyncExitStack, work: Coroutine[object, object, None]) -> None:
    """In the background, until the stack is closed."""
    task = asyncio.create_task(work)

    async def end() -> None:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    stack.push_async_callback(end)


def _put_out(connection: Connection, job: Job) -> None:
    """Keep the message that a job has ended, for whoever wanted to be told."""
    if job.webhook is None:
        return
    event = f"run.{_EVENTS.get(job.state.value, job.state.value)}"
    if is_node(job.webhook):
        body = node.message_of(connection, job)
    else:
        run = RunView.of(job).model_dump(mode="json")
        body = run_message(event, run, at=datetime.now(UTC))
    deliveries.add(connection, job.id, event=event, url=job.webhook, body=body)


_EVENTS = {"complete": "completed"}


async def _see_to_haven(store: Store, outbox: Deliveries, job: Job) -> str | None:
    if job.webhook:
        outbox.nudge()
    return await haven.haven_job_ended(store, job)
