"""Resumable uploads: tus 1.0.0 (https://tus.io/protocols/resumable-upload), its core and the
extensions creation, termination and expiration.

With the last byte the file is read and put into the library, and the answer names it in the header
Sightline-Media. A file that is no media is refused with 422, and nothing of it stays.
"""

from __future__ import annotations

import base64
import binascii
from email.utils import format_datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Header, Path, Request, Response
from starlette.exceptions import HTTPException

from sightline.api.access import OPERATE
from sightline.api.attachments import BYTES
from sightline.api.deps import CallerDep, ServicesDep
from sightline.api.incoming import chunks_of, most_bytes
from sightline.api.models.media import UploadDocument
from sightline.api.problems import PROBLEMS
from sightline.services.library.uploads import Upload

VERSION = "1.0.0"
EXTENSIONS = "creation,termination,expiration"
OFFSETS = "application/offset+octet-stream"
PATH = "/api/v1/uploads"
MOST_DIGITS = 18

router = APIRouter(prefix=PATH, tags=["uploads"], dependencies=[OPERATE])

Id = Annotated[str, Path(max_length=64, examples=["0b6e1f1c0a9f4f0bb2f6c7f0f3a4d5e6"])]


async def _speaks_tus(
    tus_resumable: Annotated[str, Header(max_length=100, examples=[VERSION])] = "",
) -> None:
    if tus_resumable != VERSION:
        raise HTTPException(
            412,
            f"Uploads are sent by the tus protocol: send the header Tus-Resumable: {VERSION}.",
            {"Tus-Version": VERSION},
        )


TUS = Depends(_speaks_tus)


@router.options(
    "",
    summary="What the server knows of tus",
    status_code=204,
    response_class=Response,
)
async def options(services: ServicesDep, caller: CallerDep) -> Response:
    headers = {
        "Tus-Resumable": VERSION,
        "Tus-Version": VERSION,
        "Tus-Extension": EXTENSIONS,
    }
    limit = most_bytes(services, caller)
    if limit is not None:
        headers["Tus-Max-Size"] = str(limit)
    return Response(status_code=204, headers=headers)


@router.post(
    "",
    summary="Begin an upload",
    status_code=201,
    response_class=Response,
    dependencies=[TUS],
    responses={201: {"description": "The header Location says where to send it."}}
    | PROBLEMS(412, 413, 507),
)
async def create(
    services: ServicesDep,
    caller: CallerDep,
    upload_length: Annotated[
        str, Header(max_length=100, description="Bytes of the file.", examples=["1048576"])
    ],
    upload_metadata: Annotated[
        str,
        Header(
            max_length=8192,
            description="Pairs of a name and a value in Base64; filename is made use of.",
            examples=["filename Y2xpcC5tcDQ="],
        ),
    ] = "",
) -> Response:
    upload = await services.uploads.create(
        _metadata(upload_metadata).get("filename", "upload"),
        _number(upload_length, "Upload-Length"),
        most_bytes=most_bytes(services, caller),
    )
    return Response(status_code=201, headers=_headers(upload, location=True))


@router.get("/{id}", summary="One upload", responses=PROBLEMS(404, 409))
async def show(services: ServicesDep, id: Id) -> UploadDocument:  # noqa: A002
    upload = await services.uploads.get(id)
    return UploadDocument.of(await services.uploads.settle(upload))


@router.head(
    "/{id}",
    summary="How much has come",
    response_class=Response,
    dependencies=[TUS],
    responses=PROBLEMS(404, 412),
)
async def offset(services: ServicesDep, id: Id) -> Response:  # noqa: A002
    upload = await services.uploads.get(id)
    headers = _headers(upload) | {"Cache-Control": "no-store"}
    return Response(status_code=200, headers=headers)


@router.patch(
    "/{id}",
    summary="Send some more",
    status_code=204,
    response_class=Response,
    dependencies=[TUS],
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {OFFSETS: BYTES},
        }
    },
    responses={204: {"description": "The header Upload-Offset says where to go on."}}
    | PROBLEMS(404, 409, 412, 413, 415, 507),
)
async def append(
    request: Request,
    services: ServicesDep,
    id: Id,  # noqa: A002
    upload_offset: Annotated[str, Header(max_length=100, examples=["0"])],
) -> Response:
    form = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if form != OFFSETS:
        raise HTTPException(415, f"Parts of a file are sent as Content-Type: {OFFSETS}.")
    upload = await services.uploads.get(id)
    at = _number(upload_offset, "Upload-Offset")
    upload = await services.uploads.append(upload, at, chunks_of(request))
    upload = await services.uploads.settle(upload)
    return Response(status_code=204, headers=_headers(upload))


@router.delete(
    "/{id}",
    summary="Give up an upload",
    status_code=204,
    response_class=Response,
    dependencies=[TUS],
    responses=PROBLEMS(404, 409, 412),
)
async def remove(services: ServicesDep, id: Id) -> Response:  # noqa: A002
    await services.uploads.remove(await services.uploads.get(id))
    return Response(status_code=204, headers={"Tus-Resumable": VERSION})


def _headers(upload: Upload, *, location: bool = False) -> dict[str, str]:
    headers = {"Tus-Resumable": VERSION, "Upload-Offset": str(upload.offset)}
    if upload.size_bytes is not None:
        headers["Upload-Length"] = str(upload.size_bytes)
    if upload.expires_at is not None:
        headers["Upload-Expires"] = format_datetime(upload.expires_at, usegmt=True)
    if upload.media is not None:
        headers["Sightline-Media"] = upload.media
    if location:
        headers["Location"] = f"{PATH}/{upload.id}"
    return headers


def _number(text: str, name: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) <= MOST_DIGITS):
        raise HTTPException(400, f"The header {name} is to be a number of bytes.")
    return int(text)


def _metadata(header: str) -> dict[str, str]:
    """As tus has it: pairs with commas between, each a name and its value in Base64."""
    found: dict[str, str] = {}
    for pair in filter(None, (one.strip() for one in header.split(","))):
        name, _, value = pair.partition(" ")
        try:
            decoded = base64.b64decode(value.strip(), validate=True)
        except (binascii.Error, ValueError) as error:
            raise HTTPException(
                400, "The header Upload-Metadata is to hold pairs of a name and Base64."
            ) from error
        found[name] = decoded.decode(errors="replace")
    return found
