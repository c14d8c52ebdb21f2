"""The routes that Haven Player's client calls, as it calls them; see `services.compat.haven`.

Its document and its running code disagree on two prefixes: both are here. Not part of our own
OpenAPI document: these routes are that system's, and change when it does.
"""

from __future__ import annotations

import asyncio
import mimetypes
import os
from datetime import datetime
from functools import partial
from pathlib import Path as File
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, HTTPException, Path, Query
from pydantic import BaseModel, Field
from sqlalchemy import Connection

from sightline.api.access import OPERATE, READ, refusal
from sightline.api.compat.errors import bad_request
from sightline.api.deps import CallerDep, ServicesDep
from sightline.errors import Conflict
from sightline.services.compat.haven import Haven, HavenConfig
from sightline.services.server.access import Scope
from sightline.store import LibraryItem, library
from sightline.store.haven import HavenMark, HavenVideo
from sightline.values import Job, JobState
from sightline.values.text import plain, plain_line

router = APIRouter(
    prefix="/api", tags=["Haven Player"], dependencies=[READ], include_in_schema=False
)

_MOST = 1 << 31
_LARGEST_ID = 1 << 53
"""What a number in JavaScript can be."""

Skip = Annotated[int, Query(ge=0, le=_MOST)]
Limit = Annotated[int, Query(ge=1, le=10_000)]
JobId = Annotated[int, Path(ge=0, le=_LARGEST_ID)]
Seconds = Annotated[float, Field(ge=0, le=1e9, allow_inf_nan=False)]


class Video(BaseModel):
    id: int
    path: str
    title: str
    duration: int
    has_ai_data: bool
    thumbnail_path: str | None
    position: int
    created_at: datetime
    phash: None = None
    updated_at: datetime
    file_size: int | None
    file_extension: str | None
    mime_type: str | None
    codec: str | None
    creator_handle: None = None
    source_uri: None = None
    analysis_model: None = None
    share_to_arkiv: Literal[False] = False


class NewVideo(BaseModel):
    path: Annotated[str, Field(min_length=1)]
    title: str
    duration: Seconds
    has_ai_data: bool = False
    thumbnail_path: str | None = None


class NewTimestamp(BaseModel):
    tag_name: Annotated[str, Field(min_length=1, max_length=1000)]
    start_time: Seconds
    end_time: Seconds | None = None
    confidence: Annotated[float, Field(ge=0, le=1)]


class Timestamp(BaseModel):
    id: int
    video_path: str
    tag_name: str
    start_time: float
    end_time: float | None
    confidence: float


class Started(BaseModel):
    job_id: int
    status: Literal["started"] = "started"


Status = Literal["pending", "processing", "completed", "failed"]


class AnalysisJob(BaseModel):
    id: int
    video_path: str
    status: Status
    progress: int
    created_at: datetime
    started_at: datetime | None
    completed_at: datetime | None
    error: str | None


class Message(BaseModel):
    message: str


class Config(BaseModel):
    id: Literal[1] = 1
    analysis_tags: str
    llm_base_url: str
    llm_model: str
    max_batch_size: int


class NewConfig(BaseModel):
    """What is left out stays as it is."""

    analysis_tags: Annotated[str, Field(max_length=100_000)] | None = None
    llm_base_url: str | None = None
    llm_model: str | None = None
    max_batch_size: Annotated[int, Field(ge=1, le=10)] | None = None


async def _haven(services: ServicesDep) -> Haven:
    return Haven(
        services.store,
        jobs=services.jobs,
        folders=services.folders,
        preferences=services.preferences,
    )


HavenDep = Annotated[Haven, Depends(_haven)]


async def _may_configure(caller: CallerDep) -> None:
    """Its page knows no tokens: where it was let in by its network, its settings page was too. A
    token still does no more than its scope says."""
    wanted = Scope.OPERATE if caller and caller.how == "network" else Scope.ADMIN
    if refused := refusal(caller, wanted):
        raise refused


CONFIGURE = Depends(_may_configure)

_STATES: dict[JobState, Status] = {
    JobState.QUEUED: "pending",
    JobState.PAUSED: "pending",
    JobState.RUNNING: "processing",
    JobState.COMPLETE: "completed",
    JobState.PARTIAL: "completed",
    JobState.FAILED: "failed",
    JobState.CANCELLED: "failed",
}
_CANCELLED = "Job cancelled by user"


# -------------------------------------------------------------------------------------- videos


@router.get("/videos/")
@router.get("/videos")
async def list_videos(
    haven: HavenDep, services: ServicesDep, skip: Skip = 0, limit: Limit = 100
) -> list[Video]:
    return await _shown(services, *await haven.videos(offset=skip, limit=limit))


@router.post("/videos/", dependencies=[OPERATE])
@router.post("/videos", dependencies=[OPERATE])
async def add_video(haven: HavenDep, services: ServicesDep, new: NewVideo) -> Video:
    with bad_request(Conflict):
        video = await haven.add(
            new.path,
            title=new.title,
            duration_s=new.duration,
            has_ai_data=new.has_ai_data,
            thumbnail=None if new.thumbnail_path is None else plain_line(new.thumbnail_path),
        )
    return (await _shown(services, video))[0]


@router.put("/videos/{path:path}/move-to-front", dependencies=[OPERATE])
async def move_to_front(haven: HavenDep, services: ServicesDep, path: str) -> Video:
    return (await _shown(services, await haven.move_to_front(path)))[0]


@router.get("/videos/{path:path}/timestamps/")
@router.get("/videos/{path:path}/timestamps")
async def list_timestamps(haven: HavenDep, path: str) -> list[Timestamp]:
    video, marks = await haven.marks(path)
    return [_timestamp(video, mark) for mark in marks]


@router.post("/videos/{path:path}/timestamps/", dependencies=[OPERATE])
@router.post("/videos/{path:path}/timestamps", dependencies=[OPERATE])
async def add_timestamp(haven: HavenDep, path: str, new: NewTimestamp) -> Timestamp:
    mark = HavenMark(plain_line(new.tag_name), new.start_time, new.end_time, new.confidence)
    return _timestamp(*await haven.mark(path, mark))


# ---------------------------------------------------------------------------------------- jobs


@router.post("/videos/{path:path}/analyze", dependencies=[OPERATE])
@router.post("/jobs/videos/{path:path}/analyze", dependencies=[OPERATE])
async def analyze(haven: HavenDep, path: str) -> Started:
    with bad_request(Conflict):
        return Started(job_id=(await haven.analyze(path)).number)


@router.get("/videos/{path:path}/jobs")
@router.get("/jobs/videos/{path:path}/jobs")
async def jobs_of_video(haven: HavenDep, path: str) -> list[AnalysisJob]:
    return [_job(job) for job in await haven.jobs_of(path)]


@router.delete("/videos/{path:path}", dependencies=[OPERATE])
async def remove_video(haven: HavenDep, path: str) -> Message:
    await haven.remove(path)
    return Message(message="Video deleted successfully")


@router.get("/jobs/jobs/")
@router.get("/jobs/jobs")
@router.get("/jobs/")
@router.get("/jobs")
async def list_jobs(
    haven: HavenDep, status: Status | None = None, skip: Skip = 0, limit: Limit = 100
) -> list[AnalysisJob]:
    states = [state for state, name in _STATES.items() if status is None or name == status]
    listed: list[AnalysisJob] = []
    async for job in haven.jobs(states):
        if skip:
            skip -= 1
            continue
        listed.append(_job(job))
        if len(listed) == limit:
            break
    return listed


@router.get("/jobs/jobs/{job_id}")
@router.get("/jobs/{job_id}")
async def get_job(haven: HavenDep, job_id: JobId) -> AnalysisJob:
    return _job(await haven.job(job_id))


@router.delete("/jobs/jobs/{job_id}", dependencies=[OPERATE])
@router.delete("/jobs/{job_id}", dependencies=[OPERATE])
async def cancel_job(haven: HavenDep, job_id: JobId) -> Message:
    with bad_request(Conflict):
        await haven.cancel(job_id)
    return Message(message="Job cancelled successfully")


# ------------------------------------------------------------------------------------ settings


@router.get("/config/")
@router.get("/config")
async def get_config(haven: HavenDep) -> Config:
    return _config(haven.config)


@router.put("/config/", dependencies=[CONFIGURE])
@router.put("/config", dependencies=[CONFIGURE])
async def put_config(haven: HavenDep, new: NewConfig) -> Config:
    now = haven.config
    if new.analysis_tags is not None and not new.analysis_tags.replace(",", "").strip():
        raise HTTPException(400, "At least one tag is required")
    wanted = HavenConfig(
        now.analysis_tags if new.analysis_tags is None else new.analysis_tags,
        now.llm_base_url if new.llm_base_url is None else new.llm_base_url.strip(),
        now.llm_model if new.llm_model is None else new.llm_model.strip(),
        now.max_batch_size if new.max_batch_size is None else new.max_batch_size,
    )
    return _config(await haven.configure(wanted))


# -------------------------------------------------------------------------------------- shapes


async def _shown(services: ServicesDep, *videos: HavenVideo) -> list[Video]:
    paths = [video.path for video in videos]
    known = await services.store.database.read(partial(_known, paths=paths))
    sizes = await asyncio.to_thread(lambda: [_size(path) for path in paths])
    return [
        Video(
            id=video.id,
            path=_text(video.path),
            title=video.title,
            duration=video.duration_s,
            has_ai_data=video.has_ai_data,
            thumbnail_path=video.thumbnail_path,
            position=video.position,
            created_at=video.created_at,
            updated_at=video.updated_at,
            file_size=size,
            file_extension=plain(video.path.suffix) or None,
            mime_type=mimetypes.guess_type(video.path.name)[0],
            codec=item.media.codec if item else None,
        )
        for video, item, size in zip(videos, known, sizes, strict=True)
    ]


def _known(connection: Connection, *, paths: list[File]) -> list[LibraryItem | None]:
    return [library.find(connection, path) for path in paths]


def _size(path: File) -> int | None:
    try:
        return path.stat().st_size
    except OSError:
        return None


def _text(path: File) -> str:
    return os.fsencode(path).decode(errors="replace")


def _timestamp(video: HavenVideo, mark: HavenMark) -> Timestamp:
    return Timestamp(
        id=mark.id,
        video_path=_text(video.path),
        tag_name=mark.tag,
        start_time=mark.start_s,
        end_time=mark.end_s,
        confidence=mark.confidence,
    )


def _job(job: Job) -> AnalysisJob:
    done = job.state in {JobState.COMPLETE, JobState.PARTIAL}
    error = job.note or "The analysis failed" if job.state is JobState.FAILED else None
    return AnalysisJob(
        id=job.number,
        video_path=job.title,
        status=_STATES[job.state],
        progress=100 if done else min(99, int(job.progress.fraction * 100)),
        created_at=job.created_at,
        started_at=job.started_at,
        completed_at=job.ended_at,
        error=_CANCELLED if job.state is JobState.CANCELLED else error,
    )


def _config(config: HavenConfig) -> Config:
    return Config(
        analysis_tags=config.analysis_tags,
        llm_base_url=config.llm_base_url,
        llm_model=config.llm_model,
        max_batch_size=config.max_batch_size,
    )
