"""Haven Player's list of videos, its analyses and its settings, over the services of our own.

Guarantees: a path is looked up in the list and never opened for being asked for; a file comes into
the list, and to a worker, only through the folders that are allowed; what a person marked on a
video outlives every analysis of it.
"""

from __future__ import annotations

import asyncio
import math
import os
from collections.abc import AsyncGenerator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from sightline.errors import Conflict, InputError, NotFound
from sightline.services.compat import aijson
from sightline.services.endpoints.endpoints import kind_of
from sightline.services.library.folders import Folders
from sightline.services.runs.jobs import Jobs
from sightline.services.runs.specs import RunSpec, Wanted
from sightline.services.server.preferences import Preferences
from sightline.services.tags.tagsets import parse_tags
from sightline.settings import Settings
from sightline.store import Store, haven
from sightline.store.haven import HavenMark, HavenVideo
from sightline.values import Job, JobState, Media, RunReport
from sightline.values.text import plain_line

SOURCE = "haven"
ENDPOINT = "haven"
"""What an endpoint is called that its settings page adds."""
LIVING = (JobState.QUEUED, JobState.RUNNING, JobState.PAUSED)
_FOUND = frozenset({JobState.COMPLETE, JobState.PARTIAL})
_PAGE = 500
_LONGEST_PATH = 4096


@dataclass(frozen=True, slots=True)
class HavenConfig:
    """Its settings, which are a few of ours."""

    analysis_tags: str
    """With commas between."""
    llm_base_url: str
    llm_model: str
    max_batch_size: int
    """How many questions the endpoint is asked at once."""


class Haven:
    """What Haven Player's client asks for."""

    def __init__(
        self, store: Store, *, jobs: Jobs, folders: Folders, preferences: Preferences
    ) -> None:
        self._store = store
        self._database = store.database
        self._jobs = jobs
        self._folders = folders
        self._preferences = preferences

    # ----------------------------------------------------------------------------------- videos

    async def videos(self, *, offset: int, limit: int) -> tuple[HavenVideo, ...]:
        return await self._database.read(partial(haven.listing, offset=offset, limit=limit))

    async def find(self, text: str) -> HavenVideo:
        """By the path as a client writes it, with or without its first slash.

        Raises `NotFound`.
        """
        return await self._database.read(partial(haven.find, path=path_of(text)))

    async def add(
        self, text: str, *, title: str, duration_s: float, has_ai_data: bool, thumbnail: str | None
    ) -> HavenVideo:
        """Raises `InputError` for a file that may not be used, `Conflict` for one that is in."""
        path = path_of(text)
        if await asyncio.to_thread((await self._folders.resolve(str(path))).is_dir):
            raise InputError(f"{plain_line(str(path))} is a folder: name a video file in it")
        found = await self._told_beside(path)
        now = datetime.now(UTC)
        seconds = math.floor(duration_s)
        new = HavenVideo(
            id=0,
            path=path,
            title=plain_line(title) or path.name,
            duration_s=seconds,
            position=0,
            has_ai_data=has_ai_data or found is not None,
            thumbnail_path=thumbnail,
            created_at=now,
            updated_at=now,
        )
        return await self._database.write(partial(haven.add, new=new, found=found or ()))

    async def remove(self, text: str) -> None:
        """Off the list; the file stays where it is. Raises `NotFound`."""
        await self._database.write(partial(haven.remove, path=path_of(text)))

    async def move_to_front(self, text: str) -> HavenVideo:
        """Raises `NotFound`."""
        return await self._database.write(partial(haven.move_to_front, path=path_of(text)))

    async def marks(self, text: str) -> tuple[HavenVideo, tuple[HavenMark, ...]]:
        """Raises `NotFound`."""
        video = await self.find(text)
        return video, await self._database.read(partial(haven.marks, video=video))

    async def mark(self, text: str, new: HavenMark) -> tuple[HavenVideo, HavenMark]:
        """Raises `NotFound`."""
        video = await self.find(text)
        return video, await self._database.write(partial(haven.mark, video=video, new=new))

    async def _told_beside(self, path: Path) -> tuple[HavenMark, ...] | None:
        try:
            file = await self._folders.resolve(str(aijson.beside(path)))
        except InputError:  # there is none, or it leads out of the folders
            return None
        return await asyncio.to_thread(aijson.read, file)

    # ----------------------------------------------------------------------------------- analyses

    async def analyze(self, text: str) -> Job:
        """Raises `NotFound`, `Conflict` while the video is being analysed."""
        video = await self.find(text)
        file = await self._folders.resolve(str(video.path))
        async for job in self.jobs(LIVING):
            if job.title == _title(video):
                raise Conflict(f"run {job.number} is analysing this video already")
        tags = parse_tags(self._settings.default_tags, "default_tags")
        wanted = Wanted(
            spec=RunSpec.read({"tags": [tag.name for tag in tags]}),
            paths=(file,),
            title=_title(video),
            source=SOURCE,
        )
        job, new = await self._jobs.create(wanted)
        if not new:
            raise Conflict(f"run {job.number} is analysing this video already")
        return job

    async def job(self, number: int) -> Job:
        """Raises `NotFound` also for one that came in by another door."""
        job = await self._jobs.get(number)
        if job.source != SOURCE:
            raise NotFound(f"there is no job {number}")
        if job.state in _FOUND and await self._is_behind(job):
            await haven_job_ended(self._store, job)
        return job

    async def _is_behind(self, job: Job) -> bool:
        """Whether the list does not show yet what a job found: its worker is about to see to that,
        or has died before it could."""
        video = await _video_of(self._store, job)
        return video is not None and job.ended_at is not None and video.updated_at < job.ended_at

    async def jobs(self, states: Sequence[JobState] = ()) -> AsyncGenerator[Job, None]:
        """Newest first."""
        offset = 0
        while True:
            page = await self._jobs.list(
                states=states, sources=(SOURCE,), offset=offset, limit=_PAGE
            )
            for job in page.items:
                yield job
            if len(page.items) < _PAGE:
                return
            offset += _PAGE

    async def jobs_of(self, text: str) -> list[Job]:
        """Newest first. Raises `NotFound` for a video that is not in the list."""
        title = _title(await self.find(text))
        return [job async for job in self.jobs() if job.title == title]

    async def cancel(self, number: int) -> Job:
        """Raises `NotFound`, `Conflict` when it has ended."""
        return await self._jobs.cancel(await self.job(number))

    # ----------------------------------------------------------------------------------- settings

    @property
    def _settings(self) -> Settings:
        return self._preferences.settings

    @property
    def config(self) -> HavenConfig:
        settings = self._settings
        name = _endpoint_of(settings)
        one = settings.endpoints.get(name) if name else None
        url = one.url if one else settings.endpoint
        slots = one.slots if one else 1
        return HavenConfig(
            settings.default_tags,
            url or "",
            (one.model if one else None) or "",
            max(1, min(10, slots)) if isinstance(slots, int) else 1,
        )

    async def configure(self, wanted: HavenConfig) -> HavenConfig:
        """Change what differs. Raises `InputError`, `Conflict` for what is fixed elsewhere."""
        parse_tags(wanted.analysis_tags, "analysis_tags")
        if not 1 <= wanted.max_batch_size <= 10:
            raise InputError(f"max_batch_size must be 1 to 10, not {wanted.max_batch_size}")
        now, changes = self.config, dict[str, object]()
        if wanted.analysis_tags != now.analysis_tags:
            changes["default_tags"] = wanted.analysis_tags
        endpoint: dict[str, object] = {}
        if wanted.llm_base_url != now.llm_base_url:
            endpoint["url"] = wanted.llm_base_url or None
        if wanted.llm_model != now.llm_model:
            endpoint["model"] = wanted.llm_model or None
        if wanted.max_batch_size != now.max_batch_size:
            endpoint["slots"] = wanted.max_batch_size
        if endpoint:
            name = _endpoint_of(self._settings) or ENDPOINT
            if name not in self._settings.endpoints and not wanted.llm_base_url:
                raise InputError("llm_base_url is missing: no endpoint is set up yet")
            if name not in self._settings.endpoints:
                new = {"kind": kind_of(wanted.llm_base_url), "paused": False}
                endpoint = {**new, "url": wanted.llm_base_url, **endpoint}
            changes["endpoints"] = {name: endpoint}
        if changes:
            await self._preferences.merge(changes)
        return self.config


async def haven_job_ended(store: Store, job: Job) -> str | None:
    """Show what a job of Haven's found in its list, and write `<video>.AI.json`.

    Called when a job has ended; again does no harm. Returns what a person should know, if anything:
    that the file could not be written does not make the analysis fail.
    """
    if job.source != SOURCE or job.state not in _FOUND:
        return None
    video = await _video_of(store, job)
    reports = await store.reports_of(job.id)
    if video is None or not reports:  # it was taken off the list meanwhile
        return None
    item = await store.find_media(reports[0].run.media)
    if item is None:
        return None
    # The file first: whoever sees in the list that a job is over finds it.
    trouble = await _write_beside(video, job, item.media, reports)
    found = aijson.marks_of(item.media, reports)
    await store.database.write(partial(haven.replace_found, video=video, found=found))
    return trouble


async def _write_beside(
    video: HavenVideo, job: Job, media: Media, reports: Sequence[RunReport]
) -> str | None:
    """What a person should know, if anything."""
    name = aijson.beside(video.path)
    if job.state is JobState.PARTIAL:
        return f"{name} was not written: part of the result is unknown, which it cannot say."
    try:
        await asyncio.to_thread(aijson.write, video.path, media, reports)
    except OSError as error:
        return f"{name} could not be written: {error.strerror or error}. What was found is kept."
    return None


async def _video_of(store: Store, job: Job) -> HavenVideo | None:
    with suppress(NotFound):
        return await store.database.read(partial(haven.find, path=Path(job.title)))
    # A path that is no text has another title.
    offset = 0
    while videos := await store.database.read(partial(haven.listing, offset=offset, limit=_PAGE)):
        if found := next((video for video in videos if _title(video) == job.title), None):
            return found
        offset += _PAGE
    return None


def path_of(text: str) -> Path:
    """Raises `NotFound` for what no path can be."""
    text = "/" + text.lstrip("/")
    try:
        os.fsencode(text)
    except UnicodeEncodeError:
        raise NotFound("there is no such video in the list") from None
    if "\0" in text or len(text) > _LONGEST_PATH or ".." in Path(text).parts:
        raise NotFound("there is no such video in the list")
    return Path(text)


def _title(video: HavenVideo) -> str:
    """By which a job is known as one of this video's: its path, as far as text can say it."""
    return os.fsencode(video.path).decode(errors="replace")


def _endpoint_of(settings: Settings) -> str | None:
    """The one that its settings page is about: the default, else the first."""
    if settings.endpoint in settings.endpoints:
        return settings.endpoint
    return next(iter(settings.endpoints), None)
