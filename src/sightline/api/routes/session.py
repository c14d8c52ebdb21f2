"""Logging in: a token becomes a cookie, which `<video>` and event streams carry by themselves."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field, SecretStr
from starlette.requests import Request

from sightline.api import paths
from sightline.api.access import READ
from sightline.api.arrivals import Arrival, origin_of
from sightline.api.cookies import clear_session, session_of, set_session
from sightline.api.deps import CallerDep, ServicesDep
from sightline.services.server.access import Scope

router = APIRouter(tags=["access"])


class LogIn(BaseModel):
    """A token, to be exchanged for a session."""

    token: Annotated[SecretStr, Field(max_length=200, examples=["sl_..."])]


class Who(BaseModel):
    """Whom the server takes the caller for."""

    scope: Scope
    how: Literal["local", "network", "token", "session"]
    """What let it in: this machine, a trusted network, a token, or a session made from one."""
    token: str | None = None
    """Id of the token."""
    expires_at: datetime | None = None
    """When a session that was just made ends."""


@router.post(paths.SESSION, status_code=201)
async def log_in(given: LogIn, request: Request, response: Response, services: ServicesDep) -> Who:
    """Exchange a token for a cookie."""
    arrival = Arrival.of(request.scope)
    session = await services.access.log_in(
        given.token.get_secret_value(), address=origin_of(arrival.peer)
    )
    set_session(response, session.secret, host=arrival.header("host"), secure=_is_tls(arrival))
    caller = session.caller
    return Who(
        scope=caller.scope, how=caller.how, token=caller.token, expires_at=session.expires_at
    )


@router.get(paths.SESSION, dependencies=[READ])
async def who_am_i(caller: CallerDep) -> Who:
    """Whom the server takes the caller for."""
    if caller is None:
        raise AssertionError("READ lets nobody past whom nobody knows")
    return Who(scope=caller.scope, how=caller.how, token=caller.token)


@router.delete(paths.SESSION, status_code=204, dependencies=[READ])
async def log_out(request: Request, response: Response, services: ServicesDep) -> None:
    """End the session of the cookie that is sent along."""
    arrival = Arrival.of(request.scope)
    host = arrival.header("host")
    if secret := session_of(arrival.header("cookie"), host=host):
        await services.access.log_out(secret)
    clear_session(response, host=host, secure=_is_tls(arrival))


def _is_tls(arrival: Arrival) -> bool:
    """Whether the browser speaks TLS: it knows, where a proxy in between may not say."""
    return arrival.is_tls or arrival.header("origin").startswith("https://")
