"""VLM Node's jobs: a question put to each picture that a query selects, as one run of ours.

What a client sent and we have no word for (its query and domain) is kept in the run's title, where
a person can read it too. Pictures are told in the order in which they were taken.
"""

from __future__ import annotations

import json
import mimetypes
import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from functools import partial
from operator import itemgetter
from pathlib import Path

from pydantic import BaseModel, ValidationError
from sqlalchemy import Connection, select

from sightline.errors import Conflict, InputError, NotFound
from sightline.media.moments import moment_in_name
from sightline.media.sets import PICTURE_SUFFIXES
from sightline.outbox.messages import NODE, NodeError, node_message
from sightline.services.library.folders import Folders
from sightline.services.runs.deliveries import Deliveries
from sightline.services.runs.jobs import Jobs, Page
from sightline.services.runs.specs import MOST_MEMBERS, RunSpec, Wanted
from sightline.store import Store, jobs, runs
from sightline.store.tables import media
from sightline.values import Description, Job, JobState, MediaKind, Member
from sightline.values.text import plain_line

SOURCE = "node"
VLM_ONLY = "vlm_only"
TASK_TIMING = "task_timing_v1"
PROCESSING = 100
"""Its code for what went wrong while pictures were asked about."""
MOST_LISTED = 1000
"""A job of more pictures stands in a list without its output; asked for alone, it has it."""

_MARK = " · "
_SHOWN = 80
"""Characters of the question in a run's title."""
_PAGE = 500
_UUID = re.compile(
    r"(?<![0-9a-f])[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}(?![0-9a-f])",
    re.ASCII | re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Query:
    """Which pictures; all that is given must fit."""

    ids: tuple[str, ...] = ()
    """The UUID in a picture's name, its name, or its digest."""
    name: str = ""
    """A part of its name."""
    data_type: str = ""
    """`image`, or a kind of it, as in `jpg` or `image/jpeg`."""

    def fits(self, name: str, digest: str = "") -> bool:
        if self.ids and not {image_id(name), name, digest} & set(self.ids):
            return False
        return self.name.casefold() in name.casefold() and _is_type(name, self.data_type)

    @property
    def document(self) -> dict[str, object]:
        given: dict[str, object] = {"ids": list(self.ids)} if self.ids else {}
        given |= {"name": self.name} if self.name else {}
        return given | ({"data_type": self.data_type} if self.data_type else {})


@dataclass(frozen=True, slots=True)
class NodeRequest:
    """What a client asks for."""

    prompt: str
    domain_id: str = ""
    query: Query = Query()
    webhook_url: str = ""


@dataclass(frozen=True, slots=True)
class NodeResponse:
    """What was said of one picture."""

    image_id: str
    timestamp: str | None
    """When it was taken; None where neither its name nor its metadata tell."""
    response: str | None
    """None: it is not known, and the job says why."""


@dataclass(frozen=True, slots=True)
class NodeJob:
    """A run as VLM Node's client knows it."""

    job: Job
    domain_id: str
    query: Query
    prompt: str
    webhook_url: str
    output: tuple[NodeResponse, ...] | None = None
    """None until it has ended."""


class Node:
    """What VLM Node's clients ask for."""

    def __init__(
        self, store: Store, *, jobs: Jobs, folders: Folders, deliveries: Deliveries
    ) -> None:
        self._store = store
        self._deliveries = deliveries
        self._jobs = jobs
        self._folders = folders

    async def create(self, wanted: NodeRequest, *, again: bool = False) -> NodeJob:
        """Raises `InputError` for what cannot be asked, or where no picture is selected."""
        paths = await self._select(wanted.domain_id, wanted.query)
        return await self._ask(wanted, paths, again=again)

    async def get(self, name: str) -> NodeJob:
        """Raises `NotFound` also for one that came in by another door."""
        return await self._told(await self._job(name))

    async def list(
        self, *, states: Sequence[JobState], offset: int, limit: int
    ) -> Sequence[NodeJob]:
        """Newest first."""
        page: Page[Job] = await self._jobs.list(
            states=states, sources=(SOURCE,), offset=offset, limit=limit
        )
        return [await self._told(job, listed=True) for job in page.items]

    async def retry(self, name: str, *, prompt: str, webhook_url: str) -> NodeJob:
        """The same run again where the question is the same; another question is another run.

        Raises `NotFound`, `Conflict` when it has not ended.
        """
        job = await self._job(name)
        if not job.state.ended:
            raise Conflict(f"job {job.id} is {job.state}: only one that has ended can be retried")
        before = await self._told(job)
        if prompt == before.prompt and webhook_url == before.webhook_url:
            return await self._told(await self._jobs.retry(job))
        paths = [member.path for member in await self._members(job)]
        wanted = NodeRequest(prompt, before.domain_id, before.query, webhook_url)
        return await self._ask(wanted, paths, again=True)

    async def _ask(self, wanted: NodeRequest, paths: Sequence[Path], *, again: bool) -> NodeJob:
        if not wanted.prompt.strip():
            raise InputError("input.prompt is missing: it is what each picture is asked")
        webhook = NODE + wanted.webhook_url if wanted.webhook_url else None
        if webhook:
            await self._deliveries.check(webhook)
        job, _ = await self._jobs.create(
            Wanted(
                spec=RunSpec.read({"ask": wanted.prompt}),
                paths=tuple(paths),
                title=_title(wanted),
                source=SOURCE,
                webhook=webhook,
                again=again,
            )
        )
        return await self._told(job)

    async def _job(self, name: str) -> Job:
        job = await self._jobs.get(name)
        if job.source != SOURCE or job.id != name:
            raise NotFound("Job not found")
        return job

    # ----------------------------------------------------------------------------- what is asked

    async def _select(self, domain_id: str, query: Query) -> list[Path]:
        found = await (self._in_folder(domain_id, query) if domain_id else self._known(query))
        if not found:
            where = f"in {plain_line(domain_id)}" if domain_id else "in the library"
            raise InputError(f"the query selects no picture {where}")
        if len(found) > MOST_MEMBERS:
            raise InputError(f"the query selects {len(found):,} pictures; {MOST_MEMBERS:,} at most")
        return sorted(found, key=lambda path: (_taken(path.name), path.name))

    async def _known(self, query: Query) -> list[Path]:
        return [
            item.paths[0]
            for item in await self._store.list_media()
            if item.media.kind is MediaKind.IMAGE
            and item.paths
            and (query.fits(item.title, item.media.digest) or query.fits(item.paths[0].name))
        ]

    async def _in_folder(self, domain_id: str, query: Query) -> list[Path]:
        folder = self._folder(domain_id)
        return [
            path
            async for path in self._folders.files(folder)
            if path.suffix.lower() in PICTURE_SUFFIXES and query.fits(path.name)
        ]

    def _folder(self, domain_id: str) -> str:
        """That which a domain names: an allowed one by its name, or a whole path below one."""
        if Path(domain_id).is_absolute():
            return domain_id
        for root in self._folders.roots:
            if domain_id == root.name or domain_id.startswith(f"{root.name}/"):
                return str(root) + domain_id.removeprefix(root.name)
        names = ", ".join(root.name for root in self._folders.roots) or "none"
        raise InputError(
            f"there is no source {plain_line(domain_id)[:100]!r}. Folders that may be used: "
            f"{names}; leave domain_id empty for pictures of the library"
        )

    # ----------------------------------------------------------------------------- what came of it

    async def _told(self, job: Job, *, listed: bool = False) -> NodeJob:
        domain_id, query = _request_in(job.title)
        whole = job.state.ended and not (listed and job.members > MOST_LISTED)
        prompt = job.spec.get("ask")
        return NodeJob(
            job,
            domain_id,
            query,
            prompt if isinstance(prompt, str) else "",
            (job.webhook or "").removeprefix(NODE),
            await self._output(job) if whole else None,
        )

    async def _output(self, job: Job) -> tuple[NodeResponse, ...]:
        return await self._store.database.read(partial(output_of, job=job))

    async def _members(self, job: Job) -> Sequence[Member]:
        page = await self._jobs.members(job, limit=_PAGE)
        members = list(page.items)
        while len(members) < page.total and page.items:
            page = await self._jobs.members(job, offset=len(members), limit=_PAGE)
            members += page.items
        return members


def output_of(connection: Connection, job: Job) -> tuple[NodeResponse, ...]:
    """What was said of each picture of a job, by the time they were taken at, then by name."""
    texts = {
        report.run.media: finding.text
        for report in runs.reports_of_job(connection, job.id)
        for finding in report.conclusion.findings
        if isinstance(finding, Description)
    }
    members = jobs.members(connection, job.number)
    moments = _moments(connection, [member.media for member in members if member.media])
    rows: list[tuple[datetime, str, NodeResponse]] = []
    for member in members:
        name, digest = member.path.name, member.media or ""
        taken = _taken(name, moments.get(digest))
        told = None if taken == _NEVER else taken.isoformat()
        rows.append((taken, name, NodeResponse(image_id(name), told, texts.get(digest))))
    return tuple(row for _, _, row in sorted(rows, key=itemgetter(0, 1)))


def message_of(connection: Connection, job: Job) -> str:
    """The body of the webhook that tells of a job's end, as VLM Node's receivers expect it."""
    responses = [asdict(one) for one in output_of(connection, job)]
    failed = job.state in {JobState.FAILED, JobState.CANCELLED}
    error = NodeError(job.note or job.state.value, PROCESSING) if failed else None
    return node_message(job.id, output={"responses": responses}, error=error)


def image_id(name: str) -> str:
    """The UUID in a picture's name where there is one, else its name."""
    found = _UUID.search(name)
    return found[0] if found else plain_line(name)


class _Query(BaseModel):
    ids: tuple[str, ...] = ()
    name: str = ""
    data_type: str = ""

    @property
    def query(self) -> Query:
        return Query(self.ids, self.name, self.data_type)


class _Asked(BaseModel):
    domain_id: str = ""
    query: _Query = _Query()


_NEVER = datetime.max.replace(tzinfo=UTC)


def _taken(name: str, told: str | None = None) -> datetime:
    """By its name, else as its metadata tell; `_NEVER` where neither does. Without a zone: in
    UTC."""
    moment = moment_in_name(name)
    if moment is None and told:
        with suppress(ValueError):
            moment = datetime.fromisoformat(told)
    if moment is None:
        return _NEVER
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _moments(connection: Connection, digests: Sequence[str]) -> dict[str, str | None]:
    """When media were taken, as their metadata tell, by digest."""
    found: dict[str, str | None] = {}
    for start in range(0, len(digests), _PAGE):
        those = media.c.digest.in_(digests[start : start + _PAGE])
        rows = connection.execute(select(media.c.digest, media.c.taken_at).where(those))
        found |= {row[media.c.digest]: row[media.c.taken_at] for row in rows.mappings()}
    return found


def _is_type(name: str, wanted: str) -> bool:
    wanted = wanted.casefold().removeprefix(".")
    mime = mimetypes.guess_type(name)[0] or ""
    kinds = {"", "image", mime, mime.removeprefix("image/"), Path(name).suffix.casefold()[1:]}
    return wanted in kinds


def _title(wanted: NodeRequest) -> str:
    prompt = plain_line(wanted.prompt)
    title = prompt if len(prompt) <= _SHOWN else f"{prompt[: _SHOWN - 1]}…"
    asked: dict[str, object] = {"domain_id": wanted.domain_id} if wanted.domain_id else {}
    if document := wanted.query.document:
        asked["query"] = document
    return title + _MARK + json.dumps(asked, ensure_ascii=False) if asked else title


def _request_in(title: str) -> tuple[str, Query]:
    """Domain and query, as `_title` keeps them."""
    _, mark, text = title.partition(_MARK + "{")
    try:
        asked = _Asked.model_validate_json("{" + text) if mark else _Asked()
    except ValidationError:
        asked = _Asked()
    return asked.domain_id, asked.query.query
