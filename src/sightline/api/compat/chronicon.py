"""Chronicon's routes, at the root, as its page and its recipes call them; see
`services.compat.chronicon`.

`/decide_and_act` is not done yet and says so. Not part of our own OpenAPI document: these routes
are that system's, and change when it does.
"""

from __future__ import annotations

import json
import platform
import secrets
import sys
from base64 import b64encode
from collections.abc import AsyncGenerator
from contextlib import aclosing
from datetime import datetime
from typing import Annotated, Literal, assert_never

from fastapi import APIRouter, Cookie, Depends, HTTPException, Query, Request, Response
from fastapi.responses import StreamingResponse
from pydantic import BaseModel

from sightline.api.access import OPERATE, READ
from sightline.api.compat.errors import bad_request
from sightline.api.deps import CallerDep, ServicesDep, StoppingDep
from sightline.api.multipart import file_in
from sightline.errors import InputError, MediaError
from sightline.services.compat.chronicon import (
    SOURCE,
    Answered,
    Chronicon,
    Failed,
    Question,
    Status,
    Told,
    owner_of,
)
from sightline.services.runs.live import Heard
from sightline.services.runs.requests import MOST_FRAMES_FOR_A_QUESTION
from sightline.services.services import Services
from sightline.store import LibraryItem
from sightline.values import JobState
from sightline.version import __version__

if sys.platform != "win32":
    import resource

router = APIRouter(tags=["Chronicon"], dependencies=[READ], include_in_schema=False)

COOKIE = "chronicon_caller"
"""Names whoever uploads, so that a question without a video is about their latest."""
_COOKIE_S = 30 * 24 * 3600
_REMOTE_MAX_BYTES = 2 << 30
"""Of an upload from another machine, where the settings do not say."""
_THUMBNAIL = 320
_RECENT = 20


class Uploaded(BaseModel):
    success: Literal[True] = True
    video: str
    """For `/analyze?video=`."""
    filename: str
    size_mb: float
    frames: int
    frame_count: int
    fps: float
    width: int
    height: int
    duration: float
    resolution: str
    thumbnail: str | None


class Frame(BaseModel):
    index: int
    time: float


class Timing(BaseModel):
    model_load_time: float
    inference_time: float
    total_time: float


class AnalysisResult(BaseModel):
    video_path: str
    prompt: str
    num_frames: int
    resize: int
    max_tokens: int | None
    min_tokens: int
    analysis: str
    timestamp: datetime
    model: str
    device: str
    """The endpoint that answered."""
    quantized: None = None
    """Not known: the endpoint does not say what it has loaded."""
    timing: Timing
    frames: list[Frame]


class Stats(BaseModel):
    memory_usage: str
    gpu_memory: str | None = None
    """Not known here: models run at their endpoints."""


class Cancelled(BaseModel):
    success: bool
    message: str


class Health(BaseModel):
    status: Literal["healthy"] = "healthy"
    active_processes: int
    events_logged: int
    inference_results: int
    cuda_available: bool
    cuda_device: str | None
    memory_usage: str
    gpu_memory: str | None = None


class Event(BaseModel):
    at: datetime
    run: str
    what: str


class Debug(BaseModel):
    sightline: str
    python: str
    platform: str
    gpus: list[str]
    endpoints: list[str]
    recent_events: list[Event]


async def _chronicon(services: ServicesDep) -> Chronicon:
    return Chronicon(
        services.store, jobs=services.jobs, uploads=services.uploads, live=services.live
    )


ChroniconDep = Annotated[Chronicon, Depends(_chronicon)]
CallerCookie = Annotated[str, Cookie(alias=COOKIE, max_length=200)]


@router.post("/upload_video", dependencies=[OPERATE])
async def upload_video(
    request: Request,
    response: Response,
    services: ServicesDep,
    caller: CallerDep,
    cookie: CallerCookie = "",
) -> Uploaded:
    part = await file_in(request, "video")
    if part is None or not part.name:
        raise HTTPException(400, "No video file: send a form with the file in its field 'video'")
    cookie = cookie or secrets.token_urlsafe(24)
    most = services.preferences.settings.server.upload_max_bytes
    if most is None and not (caller and caller.local):
        most = _REMOTE_MAX_BYTES
    with bad_request(MediaError, InputError):
        upload = await services.uploads.receive(
            part.name, part.chunks, owner=owner_of(cookie), most_bytes=most
        )
    item = await services.library.find(upload.media or "")
    secure = request.url.scheme == "https"
    response.set_cookie(
        COOKIE, cookie, max_age=_COOKIE_S, httponly=True, samesite="lax", secure=secure
    )
    media = item.media
    duration = round(media.duration_s, 6)
    return Uploaded(
        video=upload.id,
        filename=upload.name,
        size_mb=round(media.size_bytes / (1 << 20), 2),
        frames=media.frame_count,
        frame_count=media.frame_count,
        fps=round(media.frame_count / duration, 3) if duration else 0.0,
        width=media.width,
        height=media.height,
        duration=duration,
        resolution=f"{media.width}x{media.height}",
        thumbnail=await _thumbnail(services, item),
    )


@router.get("/analyze", dependencies=[OPERATE])
async def analyze(
    chronicon: ChroniconDep,
    stopping: StoppingDep,
    prompt: Annotated[str, Query(min_length=1, max_length=20_000)] = "Describe this video.",
    frames: Annotated[int, Query(ge=1, le=MOST_FRAMES_FOR_A_QUESTION)] = 8,
    max_tokens: Annotated[int, Query(ge=1, le=1 << 20)] = 250,
    min_tokens: Annotated[int, Query(ge=0, le=1 << 20)] = 50,
    run_id: Annotated[str, Query(max_length=128)] = "",
    video: Annotated[str, Query(max_length=200)] = "",
    cookie: CallerCookie = "",
) -> StreamingResponse:
    with bad_request(InputError):
        upload = await chronicon.video(video, owner=owner_of(cookie))
        question = Question(prompt, frames, max_tokens, min_tokens, run_id)
        job = await chronicon.ask(upload, question)
    told = chronicon.follow(job, stop=stopping)
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    first: dict[str, object] = {"status": "Starting analysis", "run_id": run_id or job.id}
    return StreamingResponse(_events(first, told), media_type="text/event-stream", headers=headers)


@router.get("/results/{run_id}")
async def results(chronicon: ChroniconDep, run_id: str) -> AnalysisResult:
    outcome = await chronicon.outcome(await chronicon.find(run_id))
    if isinstance(outcome, Failed):
        raise HTTPException(404, f"There is no result: {outcome.reason}")
    return _result(outcome)


@router.get("/cancel/{run_id}", dependencies=[OPERATE])
@router.post("/cancel/{run_id}", dependencies=[OPERATE])
async def cancel(chronicon: ChroniconDep, run_id: str) -> Cancelled:
    done = await chronicon.cancel(run_id)
    message = "The analysis is cancelled" if done else "The analysis had ended already"
    return Cancelled(success=done, message=message)


@router.post("/decide_and_act", dependencies=[OPERATE])
async def decide_and_act() -> None:
    raise HTTPException(501, "Decisions and actions are not done by this version")


@router.get("/health")
async def health(services: ServicesDep, request: Request) -> Health:
    counts = {
        name: (await services.jobs.list(states=states, sources=(SOURCE,), limit=1)).total
        for name, states in (
            ("active", (JobState.QUEUED, JobState.RUNNING, JobState.PAUSED)),
            ("done", (JobState.COMPLETE, JobState.PARTIAL)),
            ("all", ()),
        )
    }
    gpus = await _gpus(services, request)
    return Health(
        active_processes=counts["active"],
        events_logged=counts["all"],
        inference_results=counts["done"],
        cuda_available=bool(gpus),
        cuda_device=gpus[0] if gpus else None,
        memory_usage=_memory(),
    )


@router.get("/debug")
async def debug(services: ServicesDep, request: Request) -> Debug:
    recent = await services.jobs.list(sources=(SOURCE,), limit=_RECENT)
    events = [
        Event(at=line.at, run=job.id, what=line.what) for job in recent.items for line in job.story
    ]
    pool = services.fleet.pool if services.fleet else None
    return Debug(
        sightline=__version__,
        python=platform.python_version(),
        platform=platform.platform(),
        gpus=await _gpus(services, request),
        endpoints=[f"{one.name}: {one.endpoint.model}" for one in pool.members] if pool else [],
        recent_events=sorted(events, key=lambda event: event.at, reverse=True)[:_RECENT],
    )


async def _events(
    first: dict[str, object], told: AsyncGenerator[Told, None]
) -> AsyncGenerator[bytes, None]:
    """As server-sent events; without a name, which is what its page listens to."""
    yield _line(first)
    async with aclosing(told) as parts:
        async for part in parts:
            if line := _told(part):
                yield _line(line)


def _told(part: Told) -> dict[str, object] | None:
    match part:
        case Status(text):
            return {"status": text}
        case Heard(piece="", anew=True, model=model):
            return {"status": f"{model} answers"}
        case Heard(piece):
            return {"text": piece} if piece else None
        case Answered():
            result = _result(part).model_dump(mode="json")
            stats = Stats(memory_usage=_memory()).model_dump(mode="json")
            return {"complete": True, "result": result, "stats": stats}
        case Failed(reason):
            return {"error": reason}
        case _:
            assert_never(part)


def _line(document: dict[str, object]) -> bytes:
    text = json.dumps(document, ensure_ascii=False)
    return f"data: {text}\n\n".encode("utf-8", "replace")


def _result(answered: Answered) -> AnalysisResult:
    spec = answered.spec
    return AnalysisResult(
        video_path=answered.video,
        prompt=spec.ask or "",
        num_frames=len(answered.frames),
        resize=answered.longest_side,
        max_tokens=spec.max_tokens,
        min_tokens=spec.min_tokens,
        analysis=answered.text,
        timestamp=answered.ended_at,
        model=answered.model,
        device=answered.endpoint,
        timing=Timing(
            model_load_time=0.0,
            inference_time=round(answered.call_s, 3),
            total_time=round(answered.whole_s, 3),
        ),
        frames=[Frame(index=one.index, time=one.time) for one in answered.frames],
    )


async def _thumbnail(services: Services, item: LibraryItem) -> str | None:
    try:
        shot = await services.pictures.thumbnail(item, _THUMBNAIL)
    except InputError:  # it can be asked about all the same
        return None
    return "data:image/jpeg;base64," + b64encode(shot.jpeg).decode("ascii")


async def _gpus(services: Services, request: Request) -> list[str]:
    data_dir = services.preferences.settings.data_dir
    return list((await request.app.state.surveyor.survey(data_dir)).gpus)


def _memory() -> str:
    """The most that this process has held so far, where the system tells."""
    if sys.platform == "win32":
        return "unknown"
    unit = 1 if sys.platform == "darwin" else 1024
    used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
    return f"{used / (1 << 20):.1f} MB"
