"""The timeline of a media: what is known by time, the evidence behind it, and corrections."""

from __future__ import annotations

import asyncio
from typing import Annotated

from fastapi import APIRouter, Path, Query, Response

from sightline.api.access import OPERATE, READ
from sightline.api.attachments import attachment
from sightline.api.deps import CallerDep, MediaId, ServicesDep
from sightline.api.models.timeline import (
    CorrectionRequest,
    CorrectionsDocument,
    CorrectionView,
    EvidenceDocument,
    ReadingRequest,
    TimelineDocument,
    TrialDocument,
)
from sightline.api.problems import PROBLEMS
from sightline.api.timelines import document_of, evidence_view, result_text, trial_of
from sightline.services.timelines.pieces import Window
from sightline.store.readings import Reading

router = APIRouter(prefix="/api/v1/media", tags=["timeline"], dependencies=[READ])

OfRun = Annotated[
    str | None,
    Query(max_length=64, description="What this run alone found; else the latest of each tag."),
]
OfTag = Annotated[str, Query(min_length=1, max_length=400)]


@router.get("/{id}/timeline", summary="All that is known of it, by time", responses=PROBLEMS(404))
async def timeline(
    services: ServicesDep,
    id: MediaId,  # noqa: A002
    run: OfRun = None,
) -> TimelineDocument:
    """Of a run that is going on, too: what is there is what its answers say so far."""
    item = await services.library.get(id)
    found = await services.timelines.of(item, job=run)
    return await asyncio.to_thread(document_of, found)


@router.post(
    "/{id}/timeline/try", summary="Read a tag by other numbers", responses=PROBLEMS(404, 409)
)
async def try_reading(
    services: ServicesDep,
    id: MediaId,  # noqa: A002
    wanted: ReadingRequest,
    run: OfRun = None,
) -> TrialDocument:
    """From the stored answers: nothing is asked, and nothing kept."""
    item = await services.library.get(id)
    trial = await services.timelines.try_reading(item, wanted.tag, _numbers(wanted), job=run)
    return await asyncio.to_thread(trial_of, trial)


@router.put(
    "/{id}/readings",
    summary="Keep other numbers for a tag",
    dependencies=[OPERATE],
    status_code=204,
    responses=PROBLEMS(404, 409),
)
async def keep_reading(services: ServicesDep, id: MediaId, wanted: ReadingRequest) -> Response:  # noqa: A002
    """For this media, from now on."""
    item = await services.library.get(id)
    await services.timelines.keep_reading(item, wanted.tag, _numbers(wanted))
    return Response(status_code=204)


@router.delete(
    "/{id}/readings",
    summary="Go back to the numbers of the run",
    dependencies=[OPERATE],
    status_code=204,
    responses=PROBLEMS(404),
)
async def drop_reading(services: ServicesDep, id: MediaId, tag: OfTag) -> Response:  # noqa: A002
    await services.timelines.drop_reading(await services.library.get(id), tag)
    return Response(status_code=204)


@router.get("/{id}/evidence", summary="What was asked and answered", responses=PROBLEMS(404))
async def evidence(
    services: ServicesDep,
    id: MediaId,  # noqa: A002
    tag: Annotated[str | None, Query(max_length=400)] = None,
    start: Annotated[float, Query(ge=0, le=1e9, allow_inf_nan=False)] = 0.0,
    end: Annotated[float | None, Query(ge=0, le=1e9, allow_inf_nan=False)] = None,
    run: OfRun = None,
    offset: Annotated[int, Query(ge=0, le=10**9)] = 0,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> EvidenceDocument:
    """About frames in [start, end): of one tag, or of all and of texts, too."""
    item = await services.library.get(id)
    window = Window(tag, start, end)
    page = await services.timelines.evidence(item, window, job=run, offset=offset, limit=limit)
    views = [evidence_view(piece, item.media.clock) for piece in page.items]
    return EvidenceDocument(items=views, total=page.total)


@router.get("/{id}/corrections", summary="What people have said", responses=PROBLEMS(404))
async def corrections(services: ServicesDep, id: MediaId) -> CorrectionsDocument:  # noqa: A002
    said = await services.corrections.of(await services.library.get(id))
    return CorrectionsDocument(items=[CorrectionView.of(one) for one in said], total=len(said))


@router.post(
    "/{id}/corrections",
    summary="Say what is there, or is not",
    dependencies=[OPERATE],
    status_code=201,
    responses=PROBLEMS(404),
)
async def correct(
    services: ServicesDep,
    caller: CallerDep,
    id: MediaId,  # noqa: A002
    wanted: CorrectionRequest,
) -> CorrectionView:
    """Kept beside the answers, by media, tag and time: it stands whatever is asked later."""
    said = await services.corrections.add(
        await services.library.get(id),
        tag=wanted.tag,
        start_s=wanted.start,
        end_s=wanted.end,
        present=wanted.present,
        replaces=wanted.replaced,
        note=wanted.note,
        by=await services.access.name_of(caller),
    )
    return CorrectionView.of(said)


@router.delete(
    "/{id}/corrections/{correction}",
    summary="Take a correction back",
    dependencies=[OPERATE],
    status_code=204,
    responses=PROBLEMS(404),
)
async def take_back(
    services: ServicesDep,
    id: MediaId,  # noqa: A002
    correction: Annotated[str, Path(max_length=64)],
) -> Response:
    await services.corrections.take_back(await services.library.get(id), correction)
    return Response(status_code=204)


@router.get(
    "/{id}/result.json",
    summary="All of it as a result file",
    response_class=Response,
    responses={
        200: {
            "description": "As `sightline analyze` writes it, corrected.",
            "content": {"application/json": {"schema": {"type": "object"}}},
        }
    }
    | PROBLEMS(404),
)
async def result(services: ServicesDep, id: MediaId, run: OfRun = None) -> Response:  # noqa: A002
    item = await services.library.get(id)
    found = await services.timelines.of(item, job=run)
    text = await asyncio.to_thread(result_text, found)
    headers = attachment(item.title, ".result.json")
    return Response(text, media_type="application/json", headers=headers)


def _numbers(wanted: ReadingRequest) -> Reading:
    return Reading(wanted.threshold, wanted.max_gap, wanted.min_length)
