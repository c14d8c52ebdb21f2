"""How the server is: whether it works, for all; the rest for those who look after it."""

from __future__ import annotations

import platform
from collections.abc import Mapping
from datetime import datetime
from importlib.metadata import version
from typing import Annotated, Literal

from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field
from starlette.requests import HTTPConnection

from sightline.api.access import READ
from sightline.api.deps import ServicesDep
from sightline.api.paths import HEALTH, V1
from sightline.services.server.condition import RecentTroubles, Surveyor
from sightline.services.server.pulse import Pulse
from sightline.values.text import plain
from sightline.version import __version__

router = APIRouter(tags=["system"])

_PARTS = ("fastapi", "uvicorn", "sqlalchemy", "dbos", "av", "pydantic")


class Health(BaseModel):
    """Whether the server can work."""

    status: Literal["ok", "degraded"] = Field(examples=["ok"])
    """`degraded`: its database does not answer."""
    version: str


class DatabaseView(BaseModel):
    kind: str = Field(examples=["sqlite"])
    """`sqlite` or `postgresql`."""
    where: str
    """Never with a password."""
    bytes: int


class DiskView(BaseModel):
    free_bytes: int
    total_bytes: int


class WorkerView(BaseModel):
    """A process that uses the library."""

    id: str
    host: str
    pid: int
    version: str
    roles: list[str]
    state: str
    """`alive`, `gone` (it said good-bye) or `dead` (it fell silent)."""
    started_at: datetime
    seen_at: datetime


class TroubleView(BaseModel):
    """A warning or worse of this process's log."""

    at: datetime
    level: str
    text: str


class SystemView(BaseModel):
    """The installation as it is now."""

    version: str
    python: str
    platform: str
    parts: Mapping[str, str]
    """Versions of what it is built from."""
    database: DatabaseView
    data_dir: str
    disk: DiskView
    """That of the data folder."""
    usage_bytes: Mapping[str, int] = Field(
        examples=[{"library": 52113408, "uploads": 0, "cache": 1048576}]
    )
    """What the data folder takes, by the folders in it; `library` is the database itself."""
    counts: Mapping[str, int] = Field(examples=[{"media": 12, "runs": 40}])
    workers: list[WorkerView]
    gpus: list[str]
    """Names of NVIDIA's cards, where its tool tells."""
    troubles: list[TroubleView]
    """The last warnings, the newest first."""


async def _pulse(connection: HTTPConnection) -> Pulse:
    pulse: Pulse = connection.app.state.pulse
    return pulse


async def _surveyor(connection: HTTPConnection) -> Surveyor:
    surveyor: Surveyor = connection.app.state.surveyor
    return surveyor


async def _troubles(connection: HTTPConnection) -> RecentTroubles | None:
    troubles: RecentTroubles | None = connection.app.state.troubles
    return troubles


@router.get(HEALTH)
@router.head(HEALTH, include_in_schema=False)
async def health(pulse: Annotated[Pulse, Depends(_pulse)]) -> Health:
    """Whether the server can work; open to everybody."""
    is_good = await pulse.is_good()
    return Health(status="ok" if is_good else "degraded", version=__version__)


@router.get(f"{V1}/system", dependencies=[READ])
async def system(
    services: ServicesDep,
    surveyor: Annotated[Surveyor, Depends(_surveyor)],
    troubles: Annotated[RecentTroubles | None, Depends(_troubles)],
) -> SystemView:
    """Versions, database, disk, workers, and what has gone wrong of late."""
    settings = services.preferences.settings
    found = await surveyor.survey(settings.data_dir)
    return SystemView(
        version=__version__,
        python=platform.python_version(),
        platform=platform.platform(),
        parts={name: version(name) for name in _PARTS},
        database=DatabaseView(
            kind=found.extent.kind, where=plain(found.where), bytes=found.extent.size_bytes
        ),
        data_dir=plain(str(settings.data_dir)),
        disk=DiskView(free_bytes=found.free_bytes, total_bytes=found.total_bytes),
        usage_bytes=found.usage,
        counts=found.extent.counts,
        workers=[
            WorkerView(
                id=one.id,
                host=one.host,
                pid=one.pid,
                version=one.version,
                roles=list(one.roles),
                state=one.state,
                started_at=one.started_at,
                seen_at=one.seen_at,
            )
            for one in found.workers
        ],
        gpus=list(found.gpus),
        troubles=[
            TroubleView(at=one.at, level=one.level, text=one.text)
            for one in (troubles.kept if troubles else ())
        ],
    )
