"""What probes measured of endpoints."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

from pydantic import TypeAdapter, ValidationError
from sqlalchemy import Connection, Select, delete, select

from sightline.store.records import StoredProfile
from sightline.store.tables import endpoint_profiles
from sightline.values import PROFILE_VERSION, Profile

_mine = endpoint_profiles.c


def remember(connection: Connection, probed: StoredProfile) -> None:
    """Keep a profile, in place of an older one of the same endpoint and model."""
    _delete(connection, probed.endpoint, url=probed.url, model=probed.profile.model)
    connection.execute(
        endpoint_profiles.insert().values(
            endpoint=probed.endpoint,
            url=probed.url,
            kind=probed.kind,
            model=probed.profile.model,
            fingerprint=probed.profile.fingerprint,
            probed_at=probed.profile.probed_at,
            profile=_adapter().dump_python(probed.profile, mode="json"),
        )
    )


def listing(connection: Connection) -> tuple[StoredProfile, ...]:
    """All that this version understands, by endpoint and then by age, the newest first."""
    query = select(endpoint_profiles).order_by(_mine.endpoint, _mine.probed_at.desc(), _mine.id)
    return tuple(_read(connection, query))


def find(connection: Connection, name: str, *, url: str, model: str | None) -> Profile | None:
    """That of an endpoint and model; None for `model` stands for the one probed last.

    The same model at the same URL counts under another name too: people probe a URL and name it
    afterwards. Without a URL only the name tells.
    """
    query = select(endpoint_profiles).where(_mine.url == url).order_by(_mine.probed_at.desc())
    if model is not None:
        query = query.where(_mine.model == model)
    if not url:
        query = query.where(_mine.endpoint == name)
    found = list(_read(connection, query))
    best = min(found, key=lambda one: one.endpoint != name, default=None)
    return best and best.profile


def forget(connection: Connection, name: str, *, url: str | None, model: str | None) -> int:
    """How many went; None stands for any URL or model."""
    return _delete(connection, name, url=url, model=model)


def _delete(connection: Connection, name: str, *, url: str | None, model: str | None) -> int:
    statement = delete(endpoint_profiles).where(_mine.endpoint == name)
    if url is not None:
        statement = statement.where(_mine.url == url)
    if model is not None:
        statement = statement.where(_mine.model == model)
    return connection.execute(statement).rowcount


def _read(connection: Connection, query: Select[*tuple[object, ...]]) -> Iterator[StoredProfile]:
    for row in connection.execute(query).mappings():
        try:
            profile = _adapter().validate_python(row[_mine.profile])
        except ValidationError:  # of a version with other words in it
            continue
        if profile.version == PROFILE_VERSION:
            yield StoredProfile(row[_mine.endpoint], row[_mine.url], row[_mine.kind], profile)


@cache
def _adapter() -> TypeAdapter[Profile]:
    return TypeAdapter(Profile)
