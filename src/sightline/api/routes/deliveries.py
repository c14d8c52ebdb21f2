"""Webhooks of a run: each message, each try, and sending one again."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, Field

from sightline.api.access import OPERATE
from sightline.api.deps import ServicesDep
from sightline.api.problems import PROBLEMS
from sightline.store.deliveries import Delivery, DeliveryState

router = APIRouter(
    # OPERATE to read as well: the URL of a receiver is often all that it takes to call it.
    prefix="/api/v1/runs/{run}/deliveries",
    tags=["webhooks"],
    dependencies=[OPERATE],
)

Run = Annotated[str, Path(max_length=100, description="Id or number of the run.")]


class TryDocument(BaseModel):
    """One try to deliver a message."""

    at: datetime
    status: int | None = Field(examples=[503], description="null when there was no reply.")
    said: str = Field(
        examples=["busy"],
        description="The beginning of the reply, or why there was none.",
    )
    took_s: float = Field(examples=[0.21])


class DeliveryDocument(BaseModel):
    """A message and what became of it."""

    id: str = Field(
        examples=["msg_5f0c"], description="Also in each try's `webhook-id`: the same message."
    )
    event: str = Field(examples=["run.completed"])
    url: str = Field(examples=["https://hooks.example.com/sightline"])
    state: DeliveryState
    attempts: int = Field(examples=[2])
    next_at: datetime | None = Field(description="When it is tried next; null when it has ended.")
    created_at: datetime
    ended_at: datetime | None
    tries: list[TryDocument]


class DeliveriesDocument(BaseModel):
    """Messages of a run, the newest first."""

    items: list[DeliveryDocument]
    total: int
    exact: bool = True


@router.get("", summary="The webhook messages of a run", responses=PROBLEMS(404))
async def show_all(
    services: ServicesDep,
    run: Run,
    offset: Annotated[int, Query(ge=0, le=10**9)] = 0,
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
) -> DeliveriesDocument:
    job = await services.jobs.get(run)
    page = await services.deliveries.list(job.id, offset=offset, limit=limit)
    return DeliveriesDocument(items=[_document(one) for one in page.items], total=page.total)


@router.post(
    "/{delivery}/again", summary="Send a message again", status_code=202, responses=PROBLEMS(404)
)
async def again(
    services: ServicesDep, run: Run, delivery: Annotated[str, Path(max_length=100)]
) -> DeliveryDocument:
    """Under the same id, with the same body, signed anew; tried as often as a new one."""
    job = await services.jobs.get(run)
    return _document(await services.deliveries.again(delivery, job=job.id))


def _document(one: Delivery) -> DeliveryDocument:
    return DeliveryDocument(
        id=one.id,
        event=one.event,
        url=one.url,
        state=one.state,
        attempts=one.attempts,
        next_at=one.next_at if one.state is DeliveryState.WAITING else None,
        created_at=one.created_at,
        ended_at=one.ended_at,
        tries=[
            TryDocument(
                at=datetime.fromisoformat(tried.at),
                status=tried.status,
                said=tried.said,
                took_s=tried.took_s,
            )
            for tried in one.log
        ],
    )
