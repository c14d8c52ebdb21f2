"""Tokens: made, listed and revoked by an admin."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Path
from pydantic import AwareDatetime, BaseModel, Field

from sightline.api.access import ADMIN
from sightline.api.deps import ServicesDep
from sightline.api.paths import V1
from sightline.api.problems import PROBLEMS
from sightline.services.server.access import Scope
from sightline.store.access import TokenRecord

router = APIRouter(prefix=f"{V1}/tokens", tags=["access"], dependencies=[ADMIN])


class TokenView(BaseModel):
    """A token that was given out; what it reads, only its holder knows."""

    id: str = Field(examples=["3f9a1c05"])
    name: str = Field(examples=["the tablet in the hall"])
    scope: Scope
    created_at: datetime
    expires_at: datetime | None
    used_at: datetime | None
    """To the hour, or so; null when it never was."""

    @classmethod
    def of(cls, record: TokenRecord) -> TokenView:
        return cls(
            id=record.id,
            name=record.name,
            scope=Scope(record.scope),
            created_at=record.created_at,
            expires_at=record.expires_at,
            used_at=record.used_at,
        )


class NewToken(TokenView):
    """A token that was just made."""

    token: str = Field(examples=["sl_..."])
    """Shown this once."""


class TokenPage(BaseModel):
    items: list[TokenView]
    total: int
    exact: bool = True


class TokenWish(BaseModel):
    """The token that is wanted."""

    name: Annotated[
        str,
        Field(min_length=1, max_length=200, pattern=r"\S", examples=["the tablet in the hall"]),
    ]
    """What it is for."""
    scope: Scope = Scope.READ
    expires_at: AwareDatetime | None = None
    """Never, when not said."""


@router.get("")
async def list_tokens(services: ServicesDep) -> TokenPage:
    """All tokens, the newest first."""
    found = await services.access.list()
    return TokenPage(items=[TokenView.of(one) for one in found], total=len(found))


@router.post("", status_code=201, responses=PROBLEMS(409))
async def create_token(wish: TokenWish, services: ServicesDep) -> NewToken:
    """Make a token. The answer has it, this once."""
    token, record = await services.access.create(wish.name, wish.scope, expires_at=wish.expires_at)
    return NewToken(**TokenView.of(record).model_dump(), token=token)


@router.delete("/{token_id}", status_code=204, responses=PROBLEMS(404))
async def revoke_token(
    token_id: Annotated[str, Path(max_length=64)], services: ServicesDep
) -> None:
    """Revoke a token, with all sessions made from it."""
    await services.access.revoke(token_id)
