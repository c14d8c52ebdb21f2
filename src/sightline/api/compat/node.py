"""VLM Node's jobs under `/api/v1/jobs`, as its web page and recipes call them.

See `services.compat.node`.

`task_timing_v1` is not done yet and says so. What is refused is told in plain text. Not part of our
own OpenAPI document: these routes are that system's, and change when it does.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal, TypeVar

from fastapi import APIRouter, Depends, HTTPException, Query, Request
from pydantic import BaseModel, Field, ValidationError

from sightline.api.access import OPERATE, READ
from sightline.api.compat.errors import bad_request
from sightline.api.deps import ServicesDep
from sightline.errors import Conflict, InputError, NotFound, Refused
from sightline.services.compat.node import (
    PROCESSING,
    TASK_TIMING,
    VLM_ONLY,
    Node,
    NodeJob,
    NodeRequest,
)
from sightline.services.compat.node import Query as NodeQuery
from sightline.values import JobState

router = APIRouter(
    prefix="/api/v1/jobs", tags=["VLM Node"], dependencies=[READ], include_in_schema=False
)

_Body = TypeVar("_Body", bound=BaseModel)
_MOST = 1 << 31

Status = Literal["pending", "running", "completing", "completed", "failed", "cancelled"]
_STATES: dict[JobState, Status] = {
    JobState.QUEUED: "pending",
    JobState.PAUSED: "pending",
    JobState.RUNNING: "running",
    JobState.COMPLETE: "completed",
    JobState.PARTIAL: "completed",
    JobState.FAILED: "failed",
    JobState.CANCELLED: "cancelled",
}


class JobQuery(BaseModel):
    ids: list[str] = Field(default_factory=list[str])
    name: str | None = None
    data_type: str | None = None


class JobInput(BaseModel):
    """Other keys are of other systems' job types and change nothing here."""

    prompt: str = ""
    webhook_url: str | None = None
    vlm_prompt: str = ""
    job_type: str | None = None


class NewJob(BaseModel):
    job_type: str | None = None
    domain_id: str | None = None
    query: JobQuery = JobQuery()
    input: JobInput

    @property
    def kind(self) -> str:
        """The outer one wins."""
        return self.job_type or self.input.job_type or ""


class RetriedJob(BaseModel):
    job_type: str
    input: JobInput


class JobResponse(BaseModel):
    image_id: str
    timestamp: str | None
    response: str | None


class JobOutput(BaseModel):
    responses: list[JobResponse]


class JobError(BaseModel):
    code: int
    message: str


class ShownInput(BaseModel):
    prompt: str
    webhook_url: str
    vlm_prompt: str


class ShownJob(BaseModel):
    id: str
    status: Status
    created_at: datetime
    updated_at: datetime
    domain_id: str
    query: dict[str, object]
    hash: Literal[""] = ""
    input: ShownInput
    output: JobOutput | None
    error: JobError | None
    job_type: str = VLM_ONLY


async def _node(services: ServicesDep) -> Node:
    return Node(
        services.store,
        jobs=services.jobs,
        folders=services.folders,
        deliveries=services.deliveries,
    )


NodeDep = Annotated[Node, Depends(_node)]


@router.post("", dependencies=[OPERATE])
@router.post("/", dependencies=[OPERATE])
async def create_job(node: NodeDep, request: Request) -> ShownJob:
    new = await _read(NewJob, request)
    _ensure_done_here(new.kind)
    query = new.query
    wanted = NodeRequest(
        _prompt(new.input),
        new.domain_id or "",
        NodeQuery(tuple(query.ids), query.name or "", query.data_type or ""),
        new.input.webhook_url or "",
    )
    with bad_request(InputError, NotFound, Refused):
        return _shown(await node.create(wanted))


@router.get("")
@router.get("/")
async def list_jobs(
    node: NodeDep,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
    offset: Annotated[int, Query(ge=0, le=_MOST)] = 0,
    status: str = "",
    job_type: str = "",
) -> list[ShownJob]:
    """Newest first."""
    if status and status not in {*_STATES.values(), "completing"}:
        raise HTTPException(400, f"Unknown status; known are {', '.join(_STATES.values())}")
    states = [state for state, name in _STATES.items() if status in {"", name}]
    if job_type not in {"", VLM_ONLY} or not states:
        return []
    return [_shown(job) for job in await node.list(states=states, offset=offset, limit=limit)]


@router.get("/{job_id}")
async def get_job(node: NodeDep, job_id: str) -> ShownJob:
    return _shown(await node.get(job_id))


@router.put("/{job_id}", dependencies=[OPERATE])
async def retry_job(node: NodeDep, job_id: str, request: Request) -> ShownJob:
    """Where the question is another one, the answer is another job, with an id of its own."""
    retried = await _read(RetriedJob, request)
    await node.get(job_id)
    if retried.job_type != VLM_ONLY:
        raise HTTPException(400, "Job type mismatch")
    with bad_request(Conflict, InputError):
        job = await node.retry(
            job_id,
            prompt=_prompt(retried.input),
            webhook_url=retried.input.webhook_url or "",
        )
    return _shown(job)


async def _read(model: type[_Body], request: Request) -> _Body:
    try:
        return model.model_validate_json(await request.body())
    except ValidationError as error:
        first = error.errors(include_input=False)[0]
        where = ".".join(map(str, first["loc"]))
        raise HTTPException(400, f"{where or 'body'}: {first['msg']}") from error


def _ensure_done_here(kind: str) -> None:
    if kind == TASK_TIMING:
        raise HTTPException(
            501,
            f"{TASK_TIMING} is not done by this version. {VLM_ONLY} asks each picture by itself.",
        )
    if kind != VLM_ONLY:
        raise HTTPException(400, f"Unknown job type; known are {VLM_ONLY} and {TASK_TIMING}")


def _prompt(given: JobInput) -> str:
    """What the pictures are asked: the words for the vision model, where they are told apart."""
    return given.vlm_prompt or given.prompt


def _shown(told: NodeJob) -> ShownJob:
    job = told.job
    failed = job.state is JobState.FAILED
    responses = [
        JobResponse(image_id=one.image_id, timestamp=one.timestamp, response=one.response)
        for one in told.output or ()
    ]
    return ShownJob(
        id=job.id,
        status=_STATES[job.state],
        created_at=job.created_at,
        updated_at=job.ended_at or job.started_at or job.created_at,
        domain_id=told.domain_id,
        query=told.query.document,
        input=ShownInput(prompt=told.prompt, webhook_url=told.webhook_url, vlm_prompt=told.prompt),
        output=None if told.output is None else JobOutput(responses=responses),
        error=JobError(code=PROCESSING, message=job.note) if failed else None,
    )
