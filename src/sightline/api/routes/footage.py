"""What a media holds over HTTP: its file, what a browser plays of it, its pictures and signals."""

from __future__ import annotations

import asyncio
from itertools import islice
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from starlette.exceptions import HTTPException

from sightline.api.access import READ
from sightline.api.attachments import BYTES
from sightline.api.deps import MediaId, ServicesDep
from sightline.api.models.media import FrameDocument, FramePage, PlaybackDocument, SignalsDocument
from sightline.api.problems import PROBLEMS
from sightline.api.ranges import is_held, send_file
from sightline.errors import NotFound
from sightline.services.library.curves import MOST_POINTS, curves
from sightline.services.library.pictures import Shot
from sightline.services.library.playback import Readiness
from sightline.store import LibraryItem
from sightline.values import MediaKind

router = APIRouter(prefix="/api/v1/media", tags=["media"], dependencies=[READ])

Offset = Annotated[int, Query(ge=0, le=10**9)]
Limit = Annotated[int, Query(ge=1, le=500)]
Width = Annotated[int, Query(ge=16, le=3840, description="Pixels; rounded up to a usual width.")]

_RETRY_AFTER_S = 2
_FOR_EVER = "private, max-age=31536000, immutable"
_TYPES = {
    "mp4": "video/mp4",
    "mov": "video/quicktime",
    "matroska": "video/x-matroska",
    "avi": "video/x-msvideo",
    "mpegts": "video/mp2t",
    "mpeg": "video/mpeg",
    "flv": "video/x-flv",
    "asf": "video/x-ms-asf",
    "ogg": "video/ogg",
    "gif": "image/gif",
    "jpeg": "image/jpeg",
    "png": "image/png",
    "apng": "image/png",
    "webp": "image/webp",
    "avif": "image/avif",
    "heic": "image/heic",
    "tiff": "image/tiff",
    "bmp": "image/bmp",
}
"""By what a file is, never by what it is called: what it is served as is nothing that runs."""
_FORMS = {"video/*": BYTES, "image/*": BYTES, "application/octet-stream": BYTES}
_FILE: dict[int | str, dict[str, object]] = {
    200: {"description": "The whole file.", "content": _FORMS},
    206: {"description": "The part that was asked for.", "content": _FORMS},
    304: {"description": "The caller has it already."},
}
_JPEG: dict[int | str, dict[str, object]] = {
    200: {"description": "A JPEG.", "content": {"image/jpeg": BYTES}},
    304: {"description": "The caller has it already."},
}


@router.get(
    "/{id}/file",
    summary="The file itself",
    response_class=Response,
    responses=_FILE | PROBLEMS(404, 416),
)
@router.head("/{id}/file", response_class=Response, include_in_schema=False)
async def file(request: Request, services: ServicesDep, id: MediaId) -> Response:  # noqa: A002
    item = await services.library.get(id)
    media = item.media
    if media.kind is MediaKind.IMAGE_SET:
        raise NotFound(
            f"'{item.title}' is a set of pictures and no single file: frame.jpg shows them."
        )
    return await send_file(
        request,
        await services.shelf.file_of(item),
        tag=media.digest,
        form=_TYPES.get(media.container, "application/octet-stream"),
        name=f"{item.title}{item.paths[0].suffix}" if item.paths else "",
    )


@router.get(
    "/{id}/playback",
    summary="How a browser plays it; begins to prepare it where that is needed",
    responses=PROBLEMS(404),
)
async def playback(services: ServicesDep, id: MediaId) -> PlaybackDocument:  # noqa: A002
    item = await services.library.get(id)
    return PlaybackDocument.of(await services.playback.of(item), item.media.digest)


@router.get(
    "/{id}/stream",
    summary="What a browser plays of it",
    description="While it is being prepared the answer is 503 and says when to ask again.",
    response_class=Response,
    responses=_FILE | PROBLEMS(404, 416),
)
@router.head("/{id}/stream", response_class=Response, include_in_schema=False)
async def stream(request: Request, services: ServicesDep, id: MediaId) -> Response:  # noqa: A002
    item = await services.library.get(id)
    played = await services.playback.of(item)
    if played.state is Readiness.PREPARING:
        done = f" ({played.progress:.0%})" if played.progress else ""
        raise HTTPException(
            503,
            f"'{item.title}' is being made playable{done}: ask again in {_RETRY_AFTER_S} s.",
            {"Retry-After": str(_RETRY_AFTER_S)},
        )
    if played.file is None or played.form is None or played.how is None:
        raise NotFound(f"'{item.title}' cannot be played: {played.reason}")
    # What is made anew after it was trimmed away need not be the same byte for byte.
    tag = f"{item.media.digest[:32]}-{played.how.name.lower()}-{played.file.mtime_ns:x}"
    if played.file.path in item.paths:
        tag = item.media.digest
    return await send_file(request, played.file, tag=tag, form=played.form)


@router.get(
    "/{id}/thumbnail.jpg",
    summary="A picture that stands for it",
    response_class=Response,
    responses=_JPEG | PROBLEMS(404),
)
async def thumbnail(
    request: Request,
    services: ServicesDep,
    id: MediaId,  # noqa: A002
    width: Width = 320,
) -> Response:
    item = await services.library.get(id)
    return _picture(request, await services.pictures.thumbnail(item, width), item)


@router.get(
    "/{id}/frame.jpg",
    summary="The frame on show at a moment",
    description="The headers Sightline-Pts and Sightline-Seconds tell exactly which one it is.",
    response_class=Response,
    responses=_JPEG | PROBLEMS(404),
)
async def frame(
    request: Request,
    services: ServicesDep,
    id: MediaId,  # noqa: A002
    t: Annotated[
        float, Query(ge=0, le=1e9, allow_inf_nan=False, description="Seconds from the first frame.")
    ] = 0.0,
    width: Width = 960,
) -> Response:
    item = await services.library.get(id)
    return _picture(request, await services.pictures.at(item, t, width), item)


@router.get("/{id}/frames", summary="Its frames, with their exact times", responses=PROBLEMS(404))
async def frames(
    services: ServicesDep,
    id: MediaId,  # noqa: A002
    offset: Offset = 0,
    limit: Limit = 100,
) -> FramePage:
    item = await services.library.get(id)
    index, clock = await services.library.frames(item), item.media.clock
    items = [
        FrameDocument(
            pts=index.pts[place],
            seconds=clock.seconds(index.pts[place]),
            name=index.names[place] if index.names else None,
        )
        for place in islice(range(len(index)), offset, offset + limit)
    ]
    return FramePage(items=items, total=len(index))


@router.get(
    "/{id}/signals", summary="Cuts, motion, brightness and likeness", responses=PROBLEMS(404)
)
async def signals(
    services: ServicesDep,
    id: MediaId,  # noqa: A002
    points: Annotated[int, Query(ge=1, le=MOST_POINTS)] = 1000,
) -> SignalsDocument:
    item = await services.library.get(id)
    measured = await services.library.signals(item)
    if measured is None or not len(measured):
        return SignalsDocument.of(None)
    index = await services.library.frames(item)
    drawn = await asyncio.to_thread(curves, measured, index, item.media, points=points)
    return SignalsDocument.of(drawn)


def _picture(request: Request, shot: Shot, item: LibraryItem) -> Response:
    etag = f'"{shot.tag}"'
    headers = {"etag": etag, "cache-control": _FOR_EVER, "x-content-type-options": "nosniff"}
    if shot.pts is not None:
        headers["sightline-pts"] = str(shot.pts)
        headers["sightline-seconds"] = repr(item.media.clock.seconds(shot.pts))
    if is_held(request, etag):
        return Response(status_code=304, headers=headers)
    return Response(shot.jpeg, headers=headers, media_type="image/jpeg")
