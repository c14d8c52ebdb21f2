"""The library over HTTP: what is in it, how more comes in, and what goes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError
from starlette.responses import StreamingResponse

from sightline.api.access import OPERATE, READ
from sightline.api.attachments import BYTES, attachment
from sightline.api.deps import CallerDep, MediaId, ServicesDep
from sightline.api.incoming import announced, chunks_of, most_bytes
from sightline.api.models.endpoints import Moment
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
    MediaDocument,
    MediaPage,
    ScanDocument,
    ScanRequest,
)
from sightline.api.problems import PROBLEMS
from sightline.api.timelines import RESULTS, results_of
from sightline.errors import InputError
from sightline.services.services import Services
from sightline.store import LibraryItem
from sightline.store.shelf import Order, Sought
from sightline.values import MediaKind

router = APIRouter(prefix="/api/v1/media", tags=["media"], dependencies=[READ])

Offset = Annotated[int, Query(ge=0, le=10**9)]
Limit = Annotated[int, Query(ge=1, le=500)]
Name = Annotated[
    str | None, Query(max_length=1000, description="Of the file whose bytes are the body.")
]

_MOST_WORDS = 12
"""Each is looked for among all that was ever found."""
_ADDING: dict[str, object] = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": ByPath.model_json_schema(),
                "examples": {"by its path": {"value": {"path": "/videos/harbour/day 1.mp4"}}},
            },
            "application/octet-stream": BYTES,
        },
    }
}
_SENDING: dict[str, object] = {
    "requestBody": {"required": True, "content": {"application/octet-stream": BYTES}}
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
    added_until: Annotated[
        Moment | None,
        Query(
            description="Added then or before. With the `added_at` of the newest that you know, "
            "nothing that is added meanwhile moves the others from page to page."
        ),
    ] = None,
    sort: Order = Order.ADDED,
    offset: Offset = 0,
    limit: Limit = 50,
) -> MediaPage:
    words = list(dict.fromkeys(q.split()))
    if len(words) > _MOST_WORDS:
        raise InputError(f"q: {len(words)} words; look for {_MOST_WORDS} at most.")
    sought = Sought(words, tag or (), state or (), kind or (), added_until)
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
async def show(services: ServicesDep, id: MediaId) -> MediaDocument:  # noqa: A002
    return await _document(services, await services.library.get(id))


@router.delete(
    "/{id}",
    summary="Erase a media",
    description="Everything derived from it goes: runs, answers, pictures. Its own file stays "
    "where it is, unless it was uploaded.",
    dependencies=[OPERATE],
    responses=PROBLEMS(404, 409),
)
async def erase(services: ServicesDep, id: MediaId) -> ErasedDocument:  # noqa: A002
    item = await services.library.get(id)
    erased = await services.library.erase(item)
    await services.uploads.drop(item.media.digest)
    await services.playback.cancel(item.media.digest)
    return ErasedDocument.of(erased)


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
