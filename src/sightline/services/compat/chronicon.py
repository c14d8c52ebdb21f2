"""Chronicon's page: an upload, a question about it, and the answer while it is given.

Each question is a run of ours like any other, durable and cancellable. A run is known by the id
that the page made for it, which stands at the end of the run's title, or by our own.
"""

from __future__ import annotations

import asyncio
import re
from bisect import bisect_left
from collections.abc import AsyncGenerator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b
from pathlib import Path

from pydantic import BaseModel

from sightline.errors import Conflict, InputError, MediaError, NotFound
from sightline.media.files import look
from sightline.services.library.uploads import Upload, Uploads
from sightline.services.runs.jobs import Jobs
from sightline.services.runs.live import Heard, LiveTexts
from sightline.services.runs.specs import RunSpec, Wanted
from sightline.store import Store
from sightline.values import Description, Job, JobState, RunReport, Stage
from sightline.values.text import plain_line

SOURCE = "chronicon"
LOOK_EVERY_S = 0.25
"""How often a run that says nothing is looked at."""

SAY_EVERY_S = 15.0
"""How often one that goes on says so, lest a proxy take the connection for dead."""

_LIVING = (JobState.QUEUED, JobState.RUNNING, JobState.PAUSED)
_MARK = " · "
_SHOWN = 80
_PAGE = 500
_RUN_ID = re.compile(r"[\w.:@+-]{1,128}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Question:
    """What the page asks."""

    prompt: str
    frames: int
    max_tokens: int
    min_tokens: int
    run_id: str = ""


@dataclass(frozen=True, slots=True)
class Status:
    """Where a run is, for a person."""

    text: str


@dataclass(frozen=True, slots=True)
class Shown:
    """A frame that the model was shown."""

    index: int
    """Its place among all frames of the video."""
    time: float
    """Seconds."""


@dataclass(frozen=True, slots=True)
class Answered:
    """What became of a question."""

    video: str
    """Name of the file."""
    spec: RunSpec
    text: str
    frames: tuple[Shown, ...]
    longest_side: int
    """Pixels of the pictures."""
    ended_at: datetime
    model: str
    endpoint: str
    call_s: float
    whole_s: float


@dataclass(frozen=True, slots=True)
class Failed:
    """Why there is no answer."""

    reason: str


Told = Status | Heard | Answered | Failed


class Chronicon:
    """What Chronicon's page asks for."""

    def __init__(self, store: Store, *, jobs: Jobs, uploads: Uploads, live: LiveTexts) -> None:
        self._store = store
        self._jobs = jobs
        self._uploads = uploads
        self._live = live

    async def video(self, name: str, *, owner: str) -> Upload:
        """The upload of this id; without one the owner's latest, or the only one there is.

        Raises `NotFound`, `InputError` where there is none yet, `Conflict` where it is not clear
        which is meant.
        """
        if name:
            upload = await self._uploads.get(name)
            if upload.media is None:
                raise Conflict(f"{upload.name} is still on its way in")
            return upload
        if owner and (mine := await self._uploads.latest(owner, limit=1)):
            return mine[0]
        found = await self._uploads.latest(limit=2)
        if not found:
            raise InputError("No video uploaded")
        if len(found) > 1:
            raise Conflict(
                "There are several uploads, and nothing tells which one is meant: send video=ID, "
                "as /upload_video gives it, or the cookie that it sets."
            )
        return found[0]

    async def ask(self, upload: Upload, question: Question) -> Job:
        """A new run; or the one that is going on, when it is asked for again under its id: a page
        whose connection broke does that by itself. Raises `InputError`."""
        if question.run_id and not _RUN_ID.fullmatch(question.run_id):
            raise InputError("run_id may have letters, digits and . : @ + - _, 128 at most")
        spec = RunSpec.read(
            {
                "ask": question.prompt,
                "sampling": {"frames": question.frames},
                "max_tokens": question.max_tokens,
                "min_tokens": question.min_tokens,
            }
        )
        prompt = plain_line(question.prompt)
        title = prompt if len(prompt) <= _SHOWN else f"{prompt[: _SHOWN - 1]}…"
        if question.run_id:
            title += _MARK + question.run_id
        wanted = Wanted(spec=spec, paths=(upload.path,), title=title, source=SOURCE, again=True)
        if question.run_id:
            going_on = await self._jobs.list(states=_LIVING, sources=(SOURCE,), limit=_PAGE)
            if same := next((job for job in going_on.items if job.title == title), None):
                return same
        self._live.expect()
        job, _ = await self._jobs.create(wanted)
        return job

    async def follow(self, job: Job, *, stop: asyncio.Event) -> AsyncGenerator[Told, None]:
        """How it goes, the text as it is given, and at the end what became of it."""
        said, status = False, ""
        clock = asyncio.get_running_loop().time
        due = clock()
        with self._live.listening(job.id) as pieces:
            while not stop.is_set():
                with suppress(TimeoutError):
                    async with asyncio.timeout(LOOK_EVERY_S):
                        heard = await pieces.get()
                        said |= bool(heard.piece)
                        yield heard
                        continue
                job = await self._jobs.get(job.id)
                if job.state.ended:
                    break
                if (now := _status(job)) != status or clock() >= due:
                    status, due = now, clock() + SAY_EVERY_S
                    yield Status(now)
            while not pieces.empty():
                heard = pieces.get_nowait()
                said |= bool(heard.piece)
                yield heard
        if not job.state.ended:
            yield Failed("The server is stopping; the analysis goes on, see /results")
            return
        outcome = await self.outcome(job)
        if isinstance(outcome, Answered) and not said:
            yield Heard(outcome.text)
        yield outcome

    async def find(self, run_id: str) -> Job:
        """The newest of this id. Raises `NotFound`."""
        with suppress(NotFound):
            job = await self._jobs.get(run_id)
            if job.source == SOURCE:
                return job
        offset = 0
        while True:
            page = await self._jobs.list(sources=(SOURCE,), offset=offset, limit=_PAGE)
            for job in page.items:
                if job.title.rpartition(_MARK)[2] == run_id:
                    return job
            if len(page.items) < _PAGE:
                raise NotFound(f"There is no run {plain_line(run_id)[:128]}")
            offset += _PAGE

    async def cancel(self, run_id: str) -> bool:
        """False when it had ended. Raises `NotFound`."""
        job = await self.find(run_id)
        try:
            await self._jobs.cancel(job)
        except Conflict:
            return False
        return True

    async def outcome(self, job: Job) -> Answered | Failed:
        """What has become of a run."""
        if job.state is JobState.CANCELLED:
            return Failed("Cancelled")
        if not job.state.ended:
            return Failed("It has not ended yet")
        for report in await self._jobs.reports(job):
            for finding in report.conclusion.findings:
                if isinstance(finding, Description) and finding.text is not None:
                    return await self._answered(job, report, finding)
                if isinstance(finding, Description) and finding.unknown is not None:
                    return Failed(finding.unknown.detail)
        return Failed(job.note or "There is no answer")

    async def _answered(self, job: Job, report: RunReport, found: Description) -> Answered:
        item = await self._store.find_media(report.run.media)
        if item is None:
            raise NotFound("The video has been erased from the library")
        members = await self._jobs.members(job, limit=1)
        path = members.items[0].path
        use = report.uses[0] if report.uses else None
        results = await self._store.results(report.run.id)
        asked = _Asked.model_validate(results.record.parameters)
        clock = item.media.clock
        index = await self._index(path)
        return Answered(
            video=plain_line(path.name),
            spec=RunSpec.read(dict(job.spec)),
            text=found.text or "",
            frames=tuple(
                Shown(bisect_left(index, pts) if index else n, round(clock.seconds(pts), 6))
                for n, pts in enumerate(found.frames)
            ),
            longest_side=asked.transform.longest_side,
            ended_at=job.ended_at or job.created_at,
            model=use.model if use else ", ".join(report.run.models),
            endpoint=use.endpoint if use else "",
            call_s=(use.latency_p50_s or 0.0) if use else 0.0,
            whole_s=report.elapsed_s,
        )

    async def _index(self, path: Path) -> Sequence[int]:
        """The pts of all frames; none when the file is gone."""
        try:
            file = await asyncio.to_thread(look, path)
        except MediaError:
            return ()
        known = await self._store.find_file(file)
        return known[1].pts if known else ()


class _Transform(BaseModel):
    longest_side: int


class _Asked(BaseModel):
    """A recipe's parameters, as far as they matter here."""

    transform: _Transform


def owner_of(cookie: str) -> str:
    """Whose uploads are meant, without the secret itself."""
    return f"{SOURCE}:{blake2b(cookie.encode(), digest_size=16).hexdigest()}" if cookie else ""


def _status(job: Job) -> str:
    if job.state is JobState.PAUSED:
        return "Paused"
    return {
        Stage.WAITING: "Waiting for a worker",
        Stage.READING: "Reading the video",
        Stage.MEASURING: "Choosing frames",
        Stage.ASKING: "Asking the model",
        Stage.ENDED: "Done",
    }[job.progress.stage]
