"""Runs: asked for, listed, followed, changed, and what they found."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path as FilePath
from typing import Annotated

from fastapi import APIRouter, Path, Query, Response

from sightline.api.access import OPERATE, READ
from sightline.api.deps import ServicesDep
from sightline.api.models.estimates import EstimateView
from sightline.api.models.runs import (
    AnswersDocument,
    AnswerView,
    DescriptionsDocument,
    DescriptionView,
    MemberResult,
    MembersDocument,
    PriorityRequest,
    ResultsDocument,
    RunRequest,
    RunsDocument,
    SpansDocument,
    SpanView,
)
from sightline.api.problems import PROBLEMS
from sightline.errors import InputError
from sightline.exports.result import Result, to_result
from sightline.services.runs.runview import MemberView, RunDetail, RunView
from sightline.services.runs.specs import MOST_MEMBERS, RunSpec, SpecFields, Wanted
from sightline.services.services import Services
from sightline.store.answers import Answered
from sightline.values import (
    Analysis,
    Answer,
    AskFailed,
    Clock,
    Job,
    JobState,
    Presence,
    Text,
)

router = APIRouter(prefix="/api/v1/runs", tags=["runs"], dependencies=[READ])

RunId = Annotated[str, Path(max_length=64, examples=["0b7f3a52-6f5d-4a4b-9d0e-6a0f6a1c2d3e"])]
Offset = Annotated[int, Query(ge=0, le=10**9)]
Limit = Annotated[int, Query(ge=1, le=500)]
OfMedia = Annotated[
    str | None, Query(max_length=128, description="Only what is about this media, by its id.")
]
_MOST_LOOKED_AT = 5000
"""Files of folders, for an estimate."""


# ------------------------------------------------------------------------------------------ runs


@router.post(
    "",
    status_code=201,
    summary="Ask for a run",
    dependencies=[OPERATE],
    responses={200: {"model": RunDetail, "description": "The same run is waiting or going on."}}
    | PROBLEMS(404, 409, 507),
)
async def create(services: ServicesDep, wanted: RunRequest, response: Response) -> RunDetail:
    spec = await _spec(services, wanted)
    if wanted.webhook is not None:
        await services.deliveries.check(wanted.webhook)
    delay = (wanted.start_at.astimezone(UTC) - datetime.now(UTC)) if wanted.start_at else None
    job, made = await services.jobs.create(
        Wanted(
            spec=spec,
            paths=await _paths(services, wanted),
            title=wanted.title,
            priority=wanted.priority,
            start_after_s=max(0.0, delay.total_seconds()) if delay else 0.0,
            webhook=wanted.webhook,
            again=wanted.again,
        )
    )
    response.status_code = 201 if made else 200
    response.headers["location"] = f"{router.prefix}/{job.id}"
    return RunDetail.of(job)


@router.post(
    "/estimate",
    summary="What a run would take",
    dependencies=[OPERATE],
    responses=PROBLEMS(404),
)
async def estimate(services: ServicesDep, wanted: RunRequest) -> EstimateView:
    """Nobody is asked, and no file is read that the library does not know."""
    spec = await _spec(services, wanted)
    media, unread, complete = await _media(services, wanted)
    told = await services.estimates.of(spec.request(), media, unread=unread)
    view = EstimateView.model_validate(told, from_attributes=True)
    return view if complete else view.model_copy(update={"more": True})


async def _media(services: Services, wanted: RunRequest) -> tuple[list[str], int, bool]:
    """Digests, how many files are not in the library, and whether these are all."""
    digests = dict.fromkeys([await services.library.digest(media) for media in wanted.media])
    paths = dict.fromkeys([await services.folders.resolve(path) for path in wanted.paths])
    complete = True
    for folder in wanted.folders:
        async for path in services.folders.files(folder):
            if complete := len(paths) < _MOST_LOOKED_AT:
                paths[path] = None
            else:
                break
    found = await services.library.seen_in(list(paths))
    unread = sum(path not in found for path in paths)
    return list(digests | dict.fromkeys(found.values())), unread, complete


async def _spec(services: Services, wanted: RunRequest) -> RunSpec:
    fields = {name: getattr(wanted, name) for name in SpecFields.model_fields}
    if wanted.tag_set is not None:
        named = await services.tag_sets.get(wanted.tag_set)
        fields["tags"] = (*named.file.tags, *wanted.tags)
        fields["exclusive"] = (*named.file.exclusive, *wanted.exclusive)
    spec = RunSpec.read(fields)
    spec.request()  # what cannot be meant is told before what it is about is looked for
    return spec


async def _paths(services: Services, wanted: RunRequest) -> tuple[FilePath, ...]:
    paths: dict[FilePath, None] = {}
    for media in wanted.media:
        item = await services.library.get(media)
        paths[(await services.shelf.file_of(item)).path] = None
    for path in wanted.paths:
        paths[await services.folders.resolve(path)] = None
    for folder in wanted.folders:
        async for path in services.folders.files(folder):
            paths[path] = None
            if len(paths) > MOST_MEMBERS:
                raise InputError(f"folders: a run has {MOST_MEMBERS:,} media at most")
    if not paths:
        raise InputError(f"folders: there is no media in {', '.join(wanted.folders)}")
    return tuple(paths)


@router.get("", summary="List runs, newest first")
async def show_all(
    services: ServicesDep,
    state: Annotated[list[JobState] | None, Query()] = None,
    source: Annotated[list[str] | None, Query(max_length=20)] = None,
    media: OfMedia = None,
    offset: Offset = 0,
    limit: Limit = 50,
) -> RunsDocument:
    page = await services.jobs.list(
        states=state or (), sources=source or (), media=media, offset=offset, limit=limit
    )
    items = [RunView.of(job) for job in page.items]
    return RunsDocument(items=items, total=page.total, exact=page.exact)


@router.get("/{run}", summary="One run as it stands", responses=PROBLEMS(404))
async def show(services: ServicesDep, run: RunId) -> RunDetail:
    return RunDetail.of(await services.jobs.get(run))


@router.get("/{run}/members", summary="The media of a run", responses=PROBLEMS(404))
async def members(
    services: ServicesDep, run: RunId, offset: Offset = 0, limit: Limit = 50
) -> MembersDocument:
    page = await services.jobs.members(await services.jobs.get(run), offset=offset, limit=limit)
    return MembersDocument(items=[MemberView.of(one) for one in page.items], total=page.total)


# --------------------------------------------------------------------------------------- changed


@router.post(
    "/{run}/cancel", summary="Cancel", dependencies=[OPERATE], responses=PROBLEMS(404, 409)
)
async def cancel(services: ServicesDep, run: RunId) -> RunDetail:
    return RunDetail.of(await services.jobs.cancel(await services.jobs.get(run)))


@router.post("/{run}/pause", summary="Pause", dependencies=[OPERATE], responses=PROBLEMS(404, 409))
async def pause(services: ServicesDep, run: RunId) -> RunDetail:
    return RunDetail.of(await services.jobs.pause(await services.jobs.get(run)))


@router.post("/{run}/resume", summary="Go on", dependencies=[OPERATE], responses=PROBLEMS(404, 409))
async def resume(services: ServicesDep, run: RunId) -> RunDetail:
    return RunDetail.of(await services.jobs.resume(await services.jobs.get(run)))


@router.post(
    "/{run}/retry",
    summary="Do again what failed",
    dependencies=[OPERATE],
    responses=PROBLEMS(404, 409),
)
async def retry(services: ServicesDep, run: RunId) -> RunDetail:
    return RunDetail.of(await services.jobs.retry(await services.jobs.get(run)))


@router.put(
    "/{run}/priority",
    summary="Give it another place in the queue",
    dependencies=[OPERATE],
    responses=PROBLEMS(404, 409),
)
async def prioritise(services: ServicesDep, run: RunId, wanted: PriorityRequest) -> RunDetail:
    job = await services.jobs.get(run)
    return RunDetail.of(await services.jobs.prioritise(job, wanted.priority))


# ----------------------------------------------------------------------------------------- found


@router.get("/{run}/results", summary="What was found, media by media", responses=PROBLEMS(404))
async def results(
    services: ServicesDep,
    run: RunId,
    offset: Offset = 0,
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
) -> ResultsDocument:
    job = await services.jobs.get(run)
    page = await services.jobs.members(job, offset=offset, limit=limit)
    items = [
        MemberResult(member=MemberView.of(one), result=await _result(services, job, one.media))
        for one in page.items
    ]
    return ResultsDocument(items=items, total=page.total)


async def _result(services: Services, job: Job, media: str | None) -> Result | None:
    if media is None:
        return None
    reports = await services.jobs.reports(job, media=media)
    item = await services.store.find_media(media)
    if not reports or item is None:
        return None
    path = str(item.paths[0]) if item.paths else item.title
    return to_result(Analysis(item.media, path, tuple(reports)))


@router.get("/{run}/spans", summary="Its spans", responses=PROBLEMS(404))
async def spans(
    services: ServicesDep,
    run: RunId,
    media: OfMedia = None,
    tag: Annotated[str | None, Query(max_length=400)] = None,
    offset: Offset = 0,
    limit: Annotated[int, Query(ge=1, le=10_000)] = 1000,
) -> SpansDocument:
    items = [
        SpanView(
            media=about,
            tag=found.tag,
            start=span.start,
            end=span.end,
            start_range=span.start_range,
            end_range=span.end_range,
            confidence=span.confidence,
        )
        for about, result in await _found(services, run, media)
        for found in result.tags
        if tag is None or found.tag == tag
        for span in found.spans
    ]
    return SpansDocument(items=items[offset : offset + limit], total=len(items))


@router.get("/{run}/descriptions", summary="Its texts", responses=PROBLEMS(404))
async def descriptions(
    services: ServicesDep,
    run: RunId,
    media: OfMedia = None,
    offset: Offset = 0,
    limit: Annotated[int, Query(ge=1, le=10_000)] = 1000,
) -> DescriptionsDocument:
    items = [
        DescriptionView(
            media=about,
            start=told.start,
            end=told.end,
            prompt=told.prompt,
            text=told.text,
            unknown=told.unknown.reason if told.unknown else None,
        )
        for about, result in await _found(services, run, media)
        for told in result.descriptions
    ]
    return DescriptionsDocument(items=items[offset : offset + limit], total=len(items))


async def _found(services: Services, run: str, media: str | None) -> list[tuple[str, Result]]:
    """What is known of each media that the run has begun, or of this one."""
    job = await services.jobs.get(run)
    digests = {report.run.media: None for report in await services.jobs.reports(job, media=media)}
    found = [(digest, await _result(services, job, digest)) for digest in digests]
    return [(digest, result) for digest, result in found if result]


@router.get("/{run}/answers", summary="What was asked and answered", responses=PROBLEMS(404))
async def answers(
    services: ServicesDep, run: RunId, media: OfMedia = None, offset: Offset = 0, limit: Limit = 50
) -> AnswersDocument:
    job = await services.jobs.get(run)
    page = await services.jobs.answers(job, media=media, offset=offset, limit=limit)
    clocks: dict[str, Clock] = {}
    for digest in {one.media for one in page.items}:
        if item := await services.store.find_media(digest):
            clocks[digest] = item.media.clock
    items = [_answer(one, clocks[one.media]) for one in page.items if one.media in clocks]
    return AnswersDocument(items=items, total=page.total)


def _answer(one: Answered, clock: Clock) -> AnswerView:
    told: dict[str, object] = {
        "media": one.media,
        "recipe": one.recipe,
        "seq": one.seq,
        "question": one.question,
        "times": [round(clock.seconds(pts), 6) for pts in one.frames],
        "raw": one.raw,
        "latency_s": one.latency_s,
        "shared": one.shared,
    }
    match one.outcome:
        case AskFailed(reason, detail):
            told |= {"unknown": reason, "detail": detail}
        case Answer(value):
            told |= {"presence": value.probability} if isinstance(value, Presence) else {}
            told |= {"text": value.text} if isinstance(value, Text) else {}
            told |= {"model": one.outcome.model, "endpoint": one.outcome.endpoint}
            told |= {"method": one.outcome.method}
    return AnswerView.model_validate(told)
