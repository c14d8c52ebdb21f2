"""What a route wants of its caller.

    router = APIRouter(prefix="/api/v1/runs", tags=["runs"], dependencies=[READ])

    @router.post("", dependencies=[OPERATE])

The gate (`api.gate`) has by then refused whoever has no scope at all, and wants OPERATE for
whatever changes state; these raise what a route wants beyond that, and say so in its signature.
"""

from __future__ import annotations

from fastapi import Depends
from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection

from sightline.api.deps import CALLER
from sightline.api.problems import CHALLENGE
from sightline.services.server.access import Caller, Scope


def refusal(caller: Caller | None, wanted: Scope) -> HTTPException | None:
    """Why this caller may not do what needs that scope; None when it may."""
    if caller is None:
        return HTTPException(
            401,
            "A token is needed: send it as 'Authorization: Bearer sl_...', or log in with it. "
            "'sightline token create' on the server makes one.",
            {"WWW-Authenticate": CHALLENGE},
        )
    if not caller.scope.covers(wanted):
        return HTTPException(
            403,
            f"This needs the scope '{wanted}', and the caller has '{caller.scope}'. "
            f"'sightline token create --scope {wanted}' on the server makes such a token.",
        )
    return None


class Wants:
    """A dependency that lets nobody past without this scope."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope

    async def __call__(self, connection: HTTPConnection) -> None:
        if refused := refusal(connection.scope.get(CALLER), self.scope):
            raise refused


READ = Depends(Wants(Scope.READ))
OPERATE = Depends(Wants(Scope.OPERATE))
ADMIN = Depends(Wants(Scope.ADMIN))
