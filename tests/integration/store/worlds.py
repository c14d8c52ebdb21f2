"""Media, asks and answers for the tests of the store."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

from sightline.media.files import look
from sightline.ports import Arrived
from sightline.prompts.templates import presence
from sightline.store import DatabaseUrl, Store, StoredLedger
from sightline.store.presence import Pace
from sightline.testing.fakes import make_footage
from sightline.values import (
    Answer,
    Ask,
    AskId,
    Call,
    Footage,
    Media,
    Method,
    Presence,
    Question,
    SeenFile,
    Text,
    Usage,
    Value,
)

CAR = presence("car")
QUICK = Pace(beat_s=0.2, unsure_after_s=2.0, dead_after_s=3.0, blink_s=1.0)
"""For processes that are killed, so that no test waits long for that to be noticed."""


def library_at(text: str) -> Path | DatabaseUrl:
    """From what `as_text` made, for a process of its own."""
    return DatabaseUrl.parse(text) if "://" in text else Path(text)


def as_text(location: Path | DatabaseUrl) -> str:
    return str(location) if isinstance(location, Path) else location.with_password()


async def until(condition: Callable[[], bool]) -> None:
    """The time limit of the test is the only one."""
    while not condition():  # noqa: ASYNC110  (what it waits for happens in threads)
        await asyncio.sleep(0.02)


async def add(store: Store, path: Path) -> Footage:
    """A media of its own, in a file of this name."""
    footage = make_footage(name=path.name.encode(errors="backslashreplace").decode())
    file = await asyncio.to_thread(_touch, path)
    await store.remember_media(footage.media, footage.frames, file=file)
    return footage


def _touch(path: Path) -> SeenFile:
    path.touch()
    return look(path)


async def open_run(store: Store, media: Media, request: str = "r") -> StoredLedger:
    return await store.open_run(
        media,
        "tagging",
        parameters={"tags": ["car"]},
        request=request,
        models=["m"],
        settings={"every_s": 2},
    )


def told(
    numbers: Sequence[int], value: Value | None = None, *, question: Question = CAR, raw: str = "{}"
) -> tuple[list[Arrived], list[Call]]:
    """One call that answers asks of these numbers, each about the frame of the same pts."""
    if value is None:
        value = Presence(0.9) if question.expects == "presence" else Text("words")
    call = Call(uuid4().hex, "lab", "m", datetime.now(UTC), 0.25, Usage(100, 7), raw)
    answer = Answer(value, "m", "lab", Method.SCHEMA, 1, call.id)
    asks = [Ask(AskId(number), (number,), question) for number in numbers]
    return [Arrived(ask, answer) for ask in asks], [call]
