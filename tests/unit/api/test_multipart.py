"""One file out of a form, however it is cut on its way."""

from __future__ import annotations

import random
from collections.abc import Iterable

import pytest
from fastapi import HTTPException, Request
from starlette.types import Message

from sightline.api.multipart import file_in

BOUNDARY = "----a.boundary"
FILE = random.Random(1).randbytes(5000) + b"\r\n--" + BOUNDARY.encode()[:-1] + b"\r\n\r\n"


def part(name: str, content: bytes, filename: str | None = None) -> bytes:
    told = f'form-data; name="{name}"' + (f'; filename="{filename}"' if filename else "")
    head = f"--{BOUNDARY}\r\nContent-Disposition: {told}\r\nContent-Type: video/mp4\r\n\r\n"
    return head.encode() + content + b"\r\n"


FORM = (
    part("note", b"hello")
    + part("other", b"x", "other.mp4")
    + part("video", FILE, "the film.mp4")
    + part("after", b"more")
    + f"--{BOUNDARY}--\r\n".encode()
)


def request(chunks: Iterable[bytes], content_type: str = "") -> Request:
    waiting = [
        *({"type": "http.request", "body": chunk, "more_body": True} for chunk in chunks),
        {"type": "http.request", "body": b"", "more_body": False},
    ]

    async def receive() -> Message:
        return waiting.pop(0)

    kind = content_type or f"multipart/form-data; boundary={BOUNDARY}"
    return Request({"type": "http", "headers": [(b"content-type", kind.encode())]}, receive)


@pytest.mark.parametrize("step", [1, 7, 1000, len(FORM)])
async def test_the_file_comes_whole(step: int) -> None:
    sent = request(FORM[at : at + step] for at in range(0, len(FORM), step))
    found = await file_in(sent, "video")
    assert found is not None
    assert found.name == "the film.mp4"
    assert b"".join([chunk async for chunk in found.chunks]) == FILE


async def test_a_form_without_the_file_has_none() -> None:
    assert await file_in(request([part("video", b"a word")]), "video") is None
    assert await file_in(request([FORM]), "missing") is None
    assert await file_in(request([b"x"], "text/plain"), "video") is None
    assert await file_in(request([FORM], "multipart/form-data"), "video") is None


@pytest.mark.parametrize("kept", [0.5, 0.9, 0.97])
async def test_a_form_that_breaks_off_in_the_file_is_refused(kept: float) -> None:
    whole = part("video", FILE, "film.mp4")
    found = await file_in(request([whole[: int(len(whole) * kept)]]), "video")
    assert found is not None
    with pytest.raises(HTTPException) as refused:
        async for _ in found.chunks:
            pass
    assert refused.value.status_code == 400


async def test_what_is_no_form_is_refused() -> None:
    with pytest.raises(HTTPException) as refused:
        await file_in(request([b"garbage that begins with no boundary"]), "video")
    assert refused.value.status_code == 400
