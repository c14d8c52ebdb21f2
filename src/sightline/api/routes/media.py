"""The library over HTTP: what is in it, how more comes in, and its files, streams and pictures."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from itertools import islice
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError
from starlette.exceptions import HTTPException
from starlette.responses import StreamingResponse

from sightline.api.access import OPERATE, READ
from sightline.api.attachments import attachment
from sightline.api.deps import CallerDep, ServicesDep
from sightline.api.incoming import announced, chunks_of, most_bytes
from sightline.api.models.library import (
    BulkRequest,
    StandingState,
    StandingView,
    TagCount,
    TagCounts,
)
from sightline.api.models.media import (
    ByPath,
    ErasedDocument,
    FrameDocument,
    FramePage,
    MediaDocument,
    MediaPage,
    PlaybackDocument,
    ScanDocument,
    ScanRequest,
    SignalsDocument,
)
from sightline.api.problems import PROBLEMS
from sightline.api.ranges import is_held, send_file
from sightline.api.timelines import RESULTS, results_of
from sightline.errors import InputError, NotFound
from sightline.services.library.curves import MOST_POINTS, curves
from sightline.services.library.pictures import Shot
from sightline.services.library.playback import Readiness
from sightline.services.services import Services
from sightline.store import LibraryItem
from sightline.store.shelf import Order, Sought
from sightline.values import MediaKind

router = APIRouter(prefix="/api/v1/media", tags=["media"], dependencies=[READ])

Id = Annotated[
    str,
    Path(
        max_length=64,
        description="The id of a media, or enough of its beginning to name no other.",
        examples=["5f1d7a84db00"],
    ),
]
Offset = Annotated[int, Query(ge=0, le=10**9)]
Limit = Annotated[int, Query(ge=1, le=500)]
Width = Annotated[int, Query(ge=16, le=3840, description="Pixels; rounded up to a usual width.")]
Name = Annotated[
    str | None, Query(max_length=1000, description="Of the file whose bytes are the body.")
]

_MOST_WORDS = 12
"""Each is looked for among all that was ever found."""
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
_BYTES = {"schema": {"type": "string", "format": "binary"}}
_FORMS = {"video/*": _BYTES, "image/*": _BYTES, "application/octet-stream": _BYTES}
_FILE: dict[int | str, dict[str, object]] = {
    200: {"description": "The whole file.", "content": _FORMS},
    206: {"description": "The part that was asked for.", "content": _FORMS},
    304: {"description": "The caller has it already."},
}
_JPEG: dict[int | str, dict[str, object]] = {
    200: {"description": "A JPEG.", "content": {"image/jpeg": _BYTES}},
    304: {"description": "The caller has it already."},
}
_ADDING: dict[str, object] = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": ByPath.model_json_schema(),
                "examples": {"by its path": {"value": {"path": "/videos/harbour/day 1.mp4"}}},
            },
            "application/octet-stream": _BYTES,
        },
    }
}
_SENDING: dict[str, object] = {
    "requestBody": {"required": True, "content": {"application/octet-stream": _BYTES}}
}


@router.get("", summary="The library, in pages")
async def show_all(
    services: ServicesDep,
    q: Annotated[
        str,
        Query(max_length=200, description="Words, each in its title or in a tag found in it."),
    ] = "",
    tag: Annotated[
        list[str] | None, Query(max_length=20, description="Found in it, all of them.")
    ] = None,
    state: Annotated[list[StandingState] | None, Query(description="One of them.")] = None,
    kind: Annotated[list[MediaKind] | None, Query(description="One of them.")] = None,
    sort: Order = Order.ADDED,
    offset: Offset = 0,
    limit: Limit = 50,
) -> MediaPage:
    words = list(dict.fromkeys(q.split()))
    if len(words) > _MOST_WORDS:
        raise InputError(f"q: {len(words)} words; look for {_MOST_WORDS} at most.")
    sought = Sought(words, tag or (), state or (), kind or ())
    found, total = await services.library.page(sought, order=sort, offset=offset, limit=limit)
    return MediaPage(items=await _documents(services, found), total=total)


@router.get("/tags", summary="The tags that were found, most frequent first")
async def tags(
    services: ServicesDep,
    q: Annotated[str, Query(max_length=200, description="In its name.")] = "",
    limit: Limit = 100,
) -> TagCounts:
    found, total = await services.library.tags(q.split(), limit=limit)
    return TagCounts(items=[TagCount(tag=tag, media=media) for tag, media in found], total=total)


@router.post(
    "/export",
    summary="Result files of several media",
    response_class=Response,
    responses=RESULTS | PROBLEMS(404),
)
async def export(services: ServicesDep, wanted: BulkRequest) -> Response:
    """A JSON list of result documents, as each media's `result.json` has it."""
    items = [await services.library.get(one) for one in dict.fromkeys(wanted.media)]
    return StreamingResponse(
        results_of(services.timelines, items),
        media_type="application/json",
        headers=attachment("sightline", ".results.json"),
    )


@router.post(
    "/sample",
    summary="Make a small video to try things on",
    status_code=201,
    dependencies=[OPERATE],
    responses={200: {"model": MediaDocument, "description": "The library had it before."}}
    | PROBLEMS(503, 507),
)
async def sample(services: ServicesDep, response: Response) -> MediaDocument:
    """Coloured scenes, a minute long, which also the `pixels` endpoint can tell apart."""
    shelved = await services.samples.add()
    if not shelved.is_new:
        response.status_code = 200
    return await _document(services, await services.library.get(shelved.media.digest))


@router.post(
    "",
    summary="Add a file by its path, or send one",
    description="With a JSON body, the file at a path that the server may open. With `name`, the "
    "body is the file itself, of any type but JSON: curl --data-binary @clip.mp4 '...?name="
    "clip.mp4' -H 'Content-Type: application/octet-stream'.",
    status_code=201,
    dependencies=[OPERATE],
    openapi_extra=_ADDING,
    responses={200: {"model": MediaDocument, "description": "The library had it before."}}
    | PROBLEMS(404, 409, 413, 507),
)
async def add(
    request: Request,
    response: Response,
    services: ServicesDep,
    caller: CallerDep,
    name: Name = None,
) -> MediaDocument:
    if "json" not in request.headers.get("content-type", "").lower() and name is not None:
        return await put(request, services, caller, name)
    shelved = await services.folders.add(await _path_in(request))
    if not shelved.is_new:
        response.status_code = 200
    return await _document(services, await services.library.get(shelved.media.digest))


@router.put(
    "",
    summary="Send a file",
    description="For curl -T clip.mp4 '...?name=clip.mp4'. For large files over connections that "
    "break there is /api/v1/uploads.",
    status_code=201,
    dependencies=[OPERATE],
    openapi_extra=_SENDING,
    responses=PROBLEMS(409, 413, 507),
)
async def put(
    request: Request,
    services: ServicesDep,
    caller: CallerDep,
    name: Annotated[str, Query(max_length=1000)],
) -> MediaDocument:
    upload = await services.uploads.receive(
        name,
        chunks_of(request),
        size_bytes=announced(request),
        most_bytes=most_bytes(services, caller),
    )
    if upload.media is None:
        raise AssertionError("what was received was read")
    return await _document(services, await services.library.get(upload.media))


@router.post(
    "/scan",
    summary="Add what a folder holds",
    dependencies=[OPERATE],
    responses=PROBLEMS(404),
)
async def scan(services: ServicesDep, wanted: ScanRequest) -> ScanDocument:
    return ScanDocument.of(
        await services.folders.scan(
            wanted.folder, recursive=wanted.recursive, most_new=wanted.most_new
        )
    )


@router.get("/{id}", summary="One media", responses=PROBLEMS(404))
async def show(services: ServicesDep, id: Id) -> MediaDocument:  # noqa: A002
    return await _document(services, await services.library.get(id))


@router.delete(
    "/{id}",
    summary="Erase a media",
    description="Everything derived from it goes: runs, answers, pictures. Its own file stays "
    "where it is, unless it was uploaded.",
    dependencies=[OPERATE],
    responses=PROBLEMS(404, 409),
)
async def erase(services: ServicesDep, id: Id) -> ErasedDocument:  # noqa: A002
    item = await services.library.get(id)
    erased = await services.library.erase(item)
    await services.uploads.drop(item.media.digest)
    await services.playback.cancel(item.media.digest)
    return ErasedDocument.of(erased)


@router.get(
    "/{id}/file",
    summary="The file itself",
    response_class=Response,
    responses=_FILE | PROBLEMS(404, 416),
)
@router.head("/{id}/file", response_class=Response, include_in_schema=False)
async def file(request: Request, services: ServicesDep, id: Id) -> Response:  # noqa: A002
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
async def playback(services: ServicesDep, id: Id) -> PlaybackDocument:  # noqa: A002
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
async def stream(request: Request, services: ServicesDep, id: Id) -> Response:  # noqa: A002
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
    id: Id,  # noqa: A002
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
    id: Id,  # noqa: A002
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
    id: Id,  # noqa: A002
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
    id: Id,  # noqa: A002
    points: Annotated[int, Query(ge=1, le=MOST_POINTS)] = 1000,
) -> SignalsDocument:
    item = await services.library.get(id)
    measured = await services.library.signals(item)
    if measured is None or not len(measured):
        return SignalsDocument.of(None)
    index = await services.library.frames(item)
    drawn = await asyncio.to_thread(curves, measured, index, item.media, points=points)
    return SignalsDocument.of(drawn)


async def _document(services: Services, item: LibraryItem) -> MediaDocument:
    (document,) = await _documents(services, [item])
    return document


async def _documents(services: Services, items: Sequence[LibraryItem]) -> list[MediaDocument]:
    standings = await services.library.standings(items)
    views = {
        digest: StandingView.model_validate(standing, from_attributes=True)
        for digest, standing in standings.items()
    }
    return [MediaDocument.of(item, views.get(item.media.digest)) for item in items]


def _picture(request: Request, shot: Shot, item: LibraryItem) -> Response:
    etag = f'"{shot.tag}"'
    headers = {"etag": etag, "cache-control": _FOR_EVER, "x-content-type-options": "nosniff"}
    if shot.pts is not None:
        headers["sightline-pts"] = str(shot.pts)
        headers["sightline-seconds"] = repr(item.media.clock.seconds(shot.pts))
    if is_held(request, etag):
        return Response(status_code=304, headers=headers)
    return Response(shot.jpeg, headers=headers, media_type="image/jpeg")


async def _path_in(request: Request) -> str:
    body = await request.body()
    try:
        return ByPath.model_validate_json(body).path
    except ValidationError as error:
        form = request.headers.get("content-type", "")
        if form and "json" not in form.lower():
            raise InputError(
                "This is neither a file nor a path. A file is sent as the body itself, as with "
                f"curl -T clip.mp4 '{router.prefix}?name=clip.mp4', and a path as JSON."
            ) from error
        wrong = [{**one, "loc": ("body", *one["loc"])} for one in error.errors()]
        raise RequestValidationError(wrong) from error
