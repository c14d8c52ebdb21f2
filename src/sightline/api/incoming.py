"""Files that come as the body of a request: what each caller may send, and their bytes."""

from __future__ import annotations

from collections.abc import AsyncIterator

from starlette.requests import ClientDisconnect, Request

from sightline.errors import InputError
from sightline.services.server.access import Caller
from sightline.services.services import Services

FROM_OTHERS = 2 * 1024**3
"""Bytes of one file that may come from beyond this machine, where the settings do not say."""


def most_bytes(services: Services, caller: Caller | None) -> int | None:
    """The largest file that this caller may send; None for any."""
    limit = services.preferences.settings.server.upload_max_bytes
    if limit is None and not (caller and caller.local):
        return FROM_OTHERS
    return limit


async def chunks_of(request: Request) -> AsyncIterator[bytes]:
    """The body as it comes. Raises `InputError` where the sender is cut off."""
    try:
        async for chunk in request.stream():
            if chunk:
                yield chunk
    except ClientDisconnect as error:
        raise InputError("The connection broke before all of the file had come.") from error


def announced(request: Request) -> int | None:
    """Bytes of the body, where the sender has said."""
    said = request.headers.get("content-length", "")
    return int(said) if said.isascii() and said.isdecimal() and len(said) <= 18 else None
