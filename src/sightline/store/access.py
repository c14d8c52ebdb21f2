"""Tokens and the sessions made from them, by their digests: what they are is not kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, delete, func, or_, select, update

from sightline.store.worktables import sessions, tokens


@dataclass(frozen=True, slots=True)
class TokenRecord:
    """A token that was given out."""

    id: str
    name: str
    """What it is for, in a person's words."""
    scope: str
    created_at: datetime
    expires_at: datetime | None = None
    used_at: datetime | None = None
    """To the hour, or so."""


def add_token(connection: Connection, token: TokenRecord, *, digest: str) -> None:
    connection.execute(
        tokens.insert().values(
            id=token.id,
            name=token.name,
            digest=digest,
            scope=token.scope,
            created_at=token.created_at,
            expires_at=token.expires_at,
        )
    )


def add_first_token(connection: Connection, token: TokenRecord, *, digest: str) -> bool:
    """Where there is none yet that is still good; whether that was so."""
    good = or_(tokens.c.expires_at.is_(None), tokens.c.expires_at > token.created_at)
    if connection.execute(select(func.count()).select_from(tokens).where(good)).scalar_one():
        return False
    add_token(connection, token, digest=digest)
    return True


def token_list(connection: Connection) -> tuple[TokenRecord, ...]:
    """All, the newest first."""
    rows = connection.execute(select(tokens).order_by(tokens.c.created_at.desc(), tokens.c.id))
    return tuple(_token(row) for row in rows.mappings())


def find_token(connection: Connection, digest: str, *, now: datetime) -> TokenRecord | None:
    """The one with this digest, unless its time is over."""
    return _good(connection, select(tokens).where(tokens.c.digest == digest), now)


def find_session(connection: Connection, digest: str, *, now: datetime) -> TokenRecord | None:
    """The token from which a session was made that is still good, as the token is."""
    mine = select(sessions.c.token).where(sessions.c.digest == digest, sessions.c.expires_at > now)
    return _good(connection, select(tokens).where(tokens.c.id.in_(mine)), now)


def add_session(
    connection: Connection, digest: str, *, token: str, now: datetime, expires_at: datetime
) -> None:
    """And remove those whose time is over."""
    connection.execute(delete(sessions).where(sessions.c.expires_at <= now))
    connection.execute(
        sessions.insert().values(digest=digest, token=token, created_at=now, expires_at=expires_at)
    )


def remove_session(connection: Connection, digest: str) -> None:
    connection.execute(delete(sessions).where(sessions.c.digest == digest))


def note_use(connection: Connection, token: str, *, now: datetime) -> None:
    connection.execute(update(tokens).where(tokens.c.id == token).values(used_at=now))


def remove_token(connection: Connection, token: str) -> bool:
    """With its sessions; whether there was one."""
    connection.execute(delete(sessions).where(sessions.c.token == token))
    return connection.execute(delete(tokens).where(tokens.c.id == token)).rowcount > 0


def _good(
    connection: Connection, query: Select[*tuple[object, ...]], now: datetime
) -> TokenRecord | None:
    row = connection.execute(query).mappings().first()
    if row is None:
        return None
    token = _token(row)
    return token if token.expires_at is None or token.expires_at > now else None


def _token(row: Mapping[Any, Any]) -> TokenRecord:
    mine = tokens.c
    return TokenRecord(
        row[mine.id],
        row[mine.name],
        row[mine.scope],
        row[mine.created_at],
        row[mine.expires_at],
        row[mine.used_at],
    )
