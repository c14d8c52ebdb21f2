"""One picture, one question, the answer heard while it is given: for cameras and for a quick look.

The picture is decoded as any file is, in a child process with limits, and asked about through the
pool, so that slots, pauses and how far pictures may travel hold here too. Nothing is kept: neither
the picture nor the answer.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import tempfile
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import dataclass
from pathlib import Path

from sightline.endpoints.pool import Exchange, Pool
from sightline.errors import EndpointError, InputError, MediaError
from sightline.ports import MediaSource, Shown
from sightline.prompts import templates
from sightline.recipes.tags import check_words
from sightline.settings import Settings
from sightline.values import (
    Ask,
    AskFailed,
    AskId,
    FrameLost,
    Picture,
    PictureTransform,
)
from sightline.values.text import plain

LONGEST_ANSWER = 4096
"""Tokens."""


@dataclass(frozen=True, slots=True)
class Said:
    """A piece of an answer."""

    piece: str
    model: str
    """Who says it."""


class _Heard:
    """`ports.Listener` that queues pieces; None ends them."""

    wanted = True

    def __init__(self) -> None:
        self.pieces: asyncio.Queue[Said | None] = asyncio.Queue()
        self.over = asyncio.Event()
        self.broke = False
        """It broke off after something of it had been passed on, which cannot be taken back."""
        self.failure: AskFailed | None = None
        self._model = ""
        self._said = False

    def begin(self, model: str) -> None:
        self._model = model
        if self._said:
            self.broke = True
            self.over.set()

    def hear(self, piece: str) -> None:
        if not self.broke:
            self._said = True
            self.pieces.put_nowait(Said(piece, self._model))

    async def keep(self, exchange: Exchange) -> None:
        ((_, outcome),) = exchange.outcomes
        if isinstance(outcome, AskFailed):
            self.failure = outcome
        self.over.set()


class Chat:
    """Questions about single pictures."""

    def __init__(
        self, pool: Pool, source: MediaSource, *, settings: Callable[[], Settings]
    ) -> None:
        """`settings` gives those in force."""
        self._pool = pool
        self._source = source
        self._settings = settings

    @property
    def models(self) -> tuple[str, ...]:
        return self._pool.models

    async def ask(
        self, picture: bytes, prompt: str, *, max_tokens: int = 250
    ) -> AsyncGenerator[Said, None]:
        """The pieces of the answer as they come; may be left early, which ends the call.

        Raises `MediaError` for what is no picture, `InputError` for a question that cannot be put,
        `EndpointError` when no endpoint answers, also in the middle.
        """
        check_words("the question", prompt)
        if not 1 <= max_tokens <= LONGEST_ANSWER:
            raise InputError(f"an answer has 1 to {LONGEST_ANSWER} tokens, not {max_tokens}")
        shown, transform = await self._shown(picture)
        question = templates.answer(prompt, max_tokens=max_tokens)
        ask = Ask(AskId(0), (shown.picture.pts,), question, transform, independent=False)
        heard = _Heard()
        talking = asyncio.create_task(self._talk(shown, ask, heard))
        talking.add_done_callback(lambda _: heard.pieces.put_nowait(None))
        try:
            while said := await heard.pieces.get():
                yield said
        finally:
            talking.cancel()
            await asyncio.wait([talking])
        if not talking.cancelled() and (fault := talking.exception()):
            raise fault
        if heard.broke:
            raise EndpointError("the answer broke off in the middle; send the picture again")
        if heard.failure is not None:
            raise EndpointError(heard.failure.detail)

    async def _talk(self, shown: Shown, ask: Ask, heard: _Heard) -> None:
        egress = self._settings().egress
        lane = self._pool.lane(keep=heard.keep, stop=asyncio.Event(), egress=egress, listener=heard)
        try:
            async with asyncio.TaskGroup() as tasks:
                lane.begin(tasks)
                await lane.put([shown], [ask])
                await heard.over.wait()
                if heard.broke:
                    lane.cancel()
        finally:
            lane.close()

    async def _shown(self, picture: bytes) -> tuple[Shown, PictureTransform]:
        """The first frame of what was sent, as a model is shown it."""
        side = self._pool.longest_side or self._settings().longest_side
        transform = PictureTransform(side)
        path = await asyncio.to_thread(_written, picture)
        try:
            file = await self._source.look(path)
            media, frames = await self._source.probe(file)
            async with (
                aclosing(self._source.open(file, frames)) as reader,
                aclosing(reader.read(frames.pts[:1], transform, jpeg=self._pool.jpeg)) as items,
            ):
                item = await anext(items, None)
        except MediaError as error:
            raise MediaError(plain(str(error).replace(str(path), "the picture"))) from error
        finally:
            with contextlib.suppress(OSError):
                await asyncio.to_thread(path.unlink)
        if isinstance(item, Picture):
            return Shown(item, media.clock.seconds(item.pts)), transform
        detail = item.detail if isinstance(item, FrameLost) else "it holds no picture"
        raise MediaError(f"the picture cannot be decoded: {detail}")


def _written(picture: bytes) -> Path:
    """In a file of its own, which only this user can read."""
    handle, name = tempfile.mkstemp(prefix="sightline-picture-")
    with os.fdopen(handle, "wb") as file:
        file.write(picture)
    return Path(name)
