"""One file out of a form, as it comes: nothing is kept in memory or in a file on the way."""

from __future__ import annotations

from collections import deque
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass
from typing import Literal

from fastapi import HTTPException, Request
from python_multipart.exceptions import MultipartParseError
from python_multipart.multipart import MultipartParser, parse_options_header

_Kind = Literal["name", "value", "header", "headers", "data", "end"]
_Event = tuple[_Kind, bytes]


@dataclass(frozen=True, slots=True)
class FilePart:
    """A file in a form."""

    name: str
    """As the sender calls it; may be empty, or anything."""
    chunks: AsyncGenerator[bytes, None]
    """To be read before the request ends; raises a 400 for a form that breaks off."""


async def file_in(request: Request, field: str) -> FilePart | None:
    """The first file in this field of the form; None when there is none.

    Raises a 400 for a body that is no form.
    """
    kind, options = parse_options_header(request.headers.get("content-type", ""))
    boundary = options.get(b"boundary")
    if kind != b"multipart/form-data" or not boundary:
        return None
    events = _events(request, boundary)
    name, value, headers = b"", b"", dict[bytes, bytes]()
    async for what, data in events:
        match what:
            case "name":
                name += data
            case "value":
                value += data
            case "header":
                headers[name.lower()] = value
                name, value = b"", b""
            case "headers":
                _, told = parse_options_header(headers.get(b"content-disposition", b""))
                if told.get(b"name") == field.encode() and b"filename" in told:
                    return FilePart(told[b"filename"].decode(errors="replace"), _data(events))
                headers = {}
            case _:
                pass
    return None


async def _data(events: AsyncGenerator[_Event, None]) -> AsyncGenerator[bytes, None]:
    async for what, data in events:
        if what == "data":
            yield data
        elif what == "end":
            return
    raise HTTPException(400, "The form broke off in the middle of the file; send it again.")


async def _events(request: Request, boundary: bytes) -> AsyncGenerator[_Event, None]:
    due: deque[_Event] = deque()

    def part(kind: _Kind) -> Callable[[bytes, int, int], None]:
        def add(data: bytes, start: int, end: int) -> None:
            due.append((kind, data[start:end]))

        return add

    def mark(kind: _Kind) -> Callable[[], None]:
        return lambda: due.append((kind, b""))

    try:
        parser = MultipartParser(
            boundary,
            {
                "on_header_field": part("name"),
                "on_header_value": part("value"),
                "on_header_end": mark("header"),
                "on_headers_finished": mark("headers"),
                "on_part_data": part("data"),
                "on_part_end": mark("end"),
            },
        )
        async for chunk in request.stream():
            parser.write(chunk)
            while due:
                yield due.popleft()
    except MultipartParseError as error:
        raise HTTPException(400, f"This is not a form that can be read: {error}") from error
