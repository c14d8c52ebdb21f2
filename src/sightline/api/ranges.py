"""A file as an answer: whole, or the part that is asked for (RFC 9110, 14).

It is opened once, and must be the file that was seen: what is sent is of that one file whatever
happens to its name meanwhile. A request for several parts at once is answered with the whole, as
the standard allows.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from email.utils import formatdate
from http import HTTPStatus
from io import FileIO
from urllib.parse import quote

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send
from typing_extensions import override

from sightline.media.files import open_seen
from sightline.values import SeenFile
from sightline.values.text import plain

_BLOCK_BYTES = 256 * 1024


async def send_file(
    request: Request, file: SeenFile, *, tag: str, form: str, name: str = ""
) -> Response:
    """What a GET or HEAD of the file is answered with; `tag` is the same for the same bytes.

    Raises `MediaError` when it is not the file any more that was seen, and for a range that it has
    not a problem with status 416.
    """
    etag = f'"{tag}"'
    headers = {
        "accept-ranges": "bytes",
        "etag": etag,
        "last-modified": formatdate(file.mtime_ns / 1e9, usegmt=True),
        "cache-control": "private, no-cache",
        "x-content-type-options": "nosniff",
    }
    if name:
        headers["content-disposition"] = f"inline; filename*=UTF-8''{quote(plain(name), safe='')}"
    if is_held(request, etag):
        return Response(status_code=304, headers=headers)
    size = file.size_bytes
    asked = _range(request, etag, headers["last-modified"], size)
    first, last = asked or (0, size - 1)
    headers["content-length"] = str(last - first + 1)
    if asked:
        headers["content-range"] = f"bytes {first}-{last}/{size}"
    status = HTTPStatus.PARTIAL_CONTENT if asked else HTTPStatus.OK
    opened = await asyncio.to_thread(open_seen, file)
    if request.method == "HEAD":
        opened.close()
        return Response(status_code=status, headers=headers, media_type=form)
    return _Sent(opened, first, last - first + 1, status=status, headers=headers, form=form)


def is_held(request: Request, etag: str) -> bool:
    """Whether the caller has these very bytes already."""
    held = request.headers.get("if-none-match", "")
    return held.strip() == "*" or etag in {
        one.strip().removeprefix("W/") for one in held.split(",")
    }


class _Sent(StreamingResponse):
    """Part of an open file, which is closed when it is sent or the caller is gone."""

    def __init__(
        self,
        opened: FileIO,
        first: int,
        count: int,
        *,
        status: HTTPStatus,
        headers: dict[str, str],
        form: str,
    ) -> None:
        self._opened = opened
        super().__init__(self._blocks(first, count), status, headers, form)

    @override
    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._opened.close()

    async def _blocks(self, first: int, count: int) -> AsyncIterator[bytes]:
        opened = self._opened
        opened.seek(first)
        while count > 0:
            block = await asyncio.to_thread(opened.read, min(count, _BLOCK_BYTES))
            if not block:
                raise OSError("the file became shorter while it was sent")
            count -= len(block)
            yield block


def _range(request: Request, etag: str, modified: str, size: int) -> tuple[int, int] | None:
    """The first and last byte that are asked for; None for the whole."""
    asked = request.headers.get("range", "")
    unit, _, spec = asked.partition("=")
    if unit.strip().lower() != "bytes" or "," in spec:
        return None
    condition = request.headers.get("if-range", "").strip()
    if condition and condition not in {etag, modified}:
        return None
    start, dash, end = (part.strip() for part in spec.partition("-"))
    if not dash or not _is_number(start) or not _is_number(end) or not (start or end):
        return None  # not a range: to be ignored
    if not start:
        length = min(int(end), size)
        if length:
            return size - length, size - 1
    elif int(start) < size and (not end or int(end) >= int(start)):
        return int(start), min(int(end), size - 1) if end else size - 1
    elif end and int(end) < int(start):
        return None
    raise HTTPException(
        416,
        f"The file has {size} bytes, so there is nothing at {spec.strip()[:100]}.",
        {"Content-Range": f"bytes */{size}"},
    )


def _is_number(text: str) -> bool:
    return not text or (text.isascii() and text.isdecimal() and len(text) <= 18)
