"""Live events as server-sent events (WHATWG HTML, section 9.2), heard again from where one was.

A client that comes back sends the id of the last event that it has, as browsers do by themselves,
and hears what it missed. A comment now and then keeps proxies from closing a quiet line.
"""

from __future__ import annotations

import asyncio
import json
from collections import OrderedDict
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from typing import Annotated

from fastapi import APIRouter, Header, Path, Query
from starlette.responses import StreamingResponse

from sightline.api.access import READ
from sightline.api.deps import ServicesDep, StoppingDep
from sightline.api.problems import PROBLEMS
from sightline.services.runs.events import Events
from sightline.services.runs.live import Heard
from sightline.services.services import Services
from sightline.values import Job, JobEvent

router = APIRouter(prefix="/api/v1", tags=["live events"], dependencies=[READ])

QUIET_S = 15.0
"""Between comments while nothing happens."""
_LOOK_EVERY_S = 0.5
"""At whether a run whose texts are followed has ended."""
_HEADERS = {"cache-control": "no-store", "x-accel-buffering": "no"}
_AGAIN_MS = 2000
"""After which a browser comes back when the line is cut."""
_KEPT = 1024

LastEventId = Annotated[
    str | None,
    Header(alias="Last-Event-ID", max_length=32, description="Hear what came after this one."),
]
_STREAM: dict[int | str, dict[str, object]] = {
    200: {
        "description": "Server-sent events. Each has the `id` to come back with, an `event` "
        "(`run`, `media`, `timeline`, `endpoints`, `settings`, `tag-sets`) and `data`, a JSON "
        "object.",
        "content": {
            "text/event-stream": {
                "schema": {"type": "string"},
                "example": 'id: 17\nevent: run\ndata: {"run":"0b7f…","state":"running",'
                '"fraction":0.45,"stage":"asking","at":"2026-11-21T14:00:00+00:00"}\n\n',
            }
        },
    }
}

_WORDS: dict[int | str, dict[str, object]] = {
    200: {
        "description": "Server-sent events: `begin` when a model begins (what was said before does "
        "not count), `piece` for each piece of text, and `end` when the run has ended; `data` is "
        "a JSON object with `model`, `text`, or `state`. Where another process does the work "
        "there are no pieces.",
        "content": {
            "text/event-stream": {
                # Of its form no schema of OpenAPI 3.1 can tell.
                "example": 'event: piece\ndata: {"text":"At 0:12 the"}\n\n',
            }
        },
    }
}


class Encoded:
    """Events as bytes, each made once however many listen."""

    def __init__(self) -> None:
        self._known: OrderedDict[int, tuple[JobEvent, bytes]] = OrderedDict()

    def of(self, event: JobEvent) -> bytes:
        known = self._known.get(event.id)
        # Another server of this process counts its own events.
        if known is None or known[0] is not event:
            data = {"run": event.job, **event.data, "at": event.at.isoformat()}
            text = json.dumps(data, separators=(",", ":"))
            known = event, f"id: {event.id}\nevent: {event.kind}\ndata: {text}\n\n".encode()
            self._known[event.id] = known
            if len(self._known) > _KEPT:
                self._known.popitem(last=False)
        return known[1]


_encoded = Encoded()


@router.get(
    "/events",
    summary="All that happens, live",
    response_class=StreamingResponse,
    responses=_STREAM,
)
async def everything(
    services: ServicesDep,
    stopping: StoppingDep,
    last: LastEventId = None,
    after: Annotated[
        int | None, Query(ge=0, le=2**62, description="Instead of the header.")
    ] = None,
) -> StreamingResponse:
    return _stream(services.events, stopping, _begin(last, after), lambda _: True)


@router.get(
    "/runs/{run}/events",
    summary="All that happens to one run, live",
    response_class=StreamingResponse,
    responses=_STREAM | PROBLEMS(404),
)
async def of_run(
    services: ServicesDep,
    stopping: StoppingDep,
    run: Annotated[str, Path(max_length=64)],
    last: LastEventId = None,
    after: Annotated[
        int | None, Query(ge=0, le=2**62, description="Instead of the header.")
    ] = None,
) -> StreamingResponse:
    job = await services.jobs.get(run)
    return _stream(
        services.events, stopping, _begin(last, after), lambda event: event.job == job.id
    )


@router.get(
    "/runs/{run}/words",
    summary="What models are saying to it, as they say it",
    response_class=StreamingResponse,
    responses=_WORDS | PROBLEMS(404),
)
async def words(
    services: ServicesDep, stopping: StoppingDep, run: Annotated[str, Path(max_length=64)]
) -> StreamingResponse:
    """From the beginning of the answer that is being given; nothing of it is kept."""
    job = await services.jobs.get(run)
    stream = _words(services, stopping, job)
    return StreamingResponse(stream, media_type="text/event-stream", headers=_HEADERS)


def _begin(last: str | None, after: int | None) -> int | None:
    """What cannot be an id of ours is as if it had not been sent."""
    if last is not None and last.isascii() and last.isdecimal():
        return int(last) if len(last) < 19 else None
    return after


def _stream(
    events: Events,
    stopping: asyncio.Event,
    after: int | None,
    wanted: Callable[[JobEvent], bool],
) -> StreamingResponse:
    stream = _lines(events, stopping, after, wanted)
    return StreamingResponse(stream, media_type="text/event-stream", headers=_HEADERS)


async def _lines(
    events: Events,
    stopping: asyncio.Event,
    after: int | None,
    wanted: Callable[[JobEvent], bool],
) -> AsyncGenerator[bytes, None]:
    yield f"retry: {_AGAIN_MS}\n\n".encode()
    ending = asyncio.create_task(stopping.wait())
    async with aclosing(events.listen(after=after)) as heard:
        hearing = asyncio.create_task(anext(heard, None))
        try:
            while True:
                await asyncio.wait(
                    {hearing, ending}, timeout=QUIET_S, return_when=asyncio.FIRST_COMPLETED
                )
                if ending.done():
                    return
                if not hearing.done():
                    yield b": quiet\n\n"
                    continue
                event = hearing.result()
                if event is None:
                    return
                hearing = asyncio.create_task(anext(heard, None))
                if wanted(event):
                    yield _encoded.of(event)
        finally:
            for task in (hearing, ending):
                task.cancel()
            await asyncio.gather(hearing, ending, return_exceptions=True)


async def _words(
    services: Services, stopping: asyncio.Event, job: Job
) -> AsyncGenerator[bytes, None]:
    yield f"retry: {_AGAIN_MS}\n\n".encode()
    clock = asyncio.get_running_loop().time
    quiet_since = clock()
    with services.live.listening(job.id) as pieces:
        while not job.state.ended:
            if stopping.is_set():
                return
            try:
                async with asyncio.timeout(_LOOK_EVERY_S):
                    heard = await pieces.get()
            except TimeoutError:
                job = await services.jobs.get(job.id)
                if clock() - quiet_since >= QUIET_S:
                    quiet_since = clock()
                    yield b": quiet\n\n"
                continue
            quiet_since = clock()
            yield _heard(heard)
        while not pieces.empty():
            yield _heard(pieces.get_nowait())
    yield _named("end", {"state": job.state.value})


def _heard(heard: Heard) -> bytes:
    if heard.anew:
        return _named("begin", {"model": heard.model})
    return _named("piece", {"text": heard.piece})


def _named(kind: str, data: dict[str, str]) -> bytes:
    return f"event: {kind}\ndata: {json.dumps(data, separators=(',', ':'))}\n\n".encode()
