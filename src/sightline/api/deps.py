"""What routes ask for in their signatures."""

from __future__ import annotations

import asyncio
from typing import Annotated

from fastapi import Depends, Path
from starlette.requests import HTTPConnection

from sightline.services.server.access import Caller
from sightline.services.services import Services

CALLER = "sightline.caller"
"""Where the gate leaves it in a connection's scope."""


def services_of(connection: HTTPConnection) -> Services:
    services: Services = connection.app.state.services
    return services


async def _services(connection: HTTPConnection) -> Services:
    return services_of(connection)


async def _caller(connection: HTTPConnection) -> Caller | None:
    return connection.scope.get(CALLER)


async def _stopping(connection: HTTPConnection) -> asyncio.Event:
    event: asyncio.Event = connection.app.state.stopping
    return event


ServicesDep = Annotated[Services, Depends(_services)]
"""The use cases; in requests and WebSockets alike."""

CallerDep = Annotated[Caller | None, Depends(_caller)]
"""Who asks; None on the few paths that are open to everybody."""

StoppingDep = Annotated[asyncio.Event, Depends(_stopping)]
"""Set when the server is asked to stop: what streams without end ends then."""

MediaId = Annotated[
    str,
    Path(
        max_length=64,
        description="The id of a media, or enough of its beginning to name no other.",
        examples=["5f1d7a84db00"],
    ),
]
