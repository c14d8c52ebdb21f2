"""VLM Node's realtime pictures: `/api/v1/ws`.

A text is the question, and is remembered; a binary message is one picture. Each is answered in the
order in which it came, piece by piece, in binary messages of JSON. What cannot be answered is told
in `error`, and the connection stays. Whoever sends faster than a model answers is read no further
until it has caught up.
"""

from __future__ import annotations

import asyncio
import json
from collections import deque
from contextlib import aclosing, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Query, WebSocket, WebSocketDisconnect

from sightline.api.access import OPERATE
from sightline.api.deps import ServicesDep, StoppingDep
from sightline.errors import SightlineError
from sightline.services.compat.chat import LONGEST_ANSWER, Chat

router = APIRouter(prefix="/api/v1", tags=["VLM Node"], include_in_schema=False)

PICTURE_MAX_BYTES = 12 << 20
"""Less than the largest message that the server takes, so that a larger one can be answered."""
PROMPT_MAX_CHARS = 20_000
AHEAD = 4
"""Pictures that may wait for their answer, or for a question."""
_USUAL_TOKENS = 250
_GOING_AWAY = 1001


@dataclass(frozen=True, slots=True)
class _Sent:
    number: int
    picture: bytes
    prompt: str
    problem: str = ""
    """Why it is not to be asked about."""


class _Talk:
    """One connection."""

    def __init__(self, socket: WebSocket, chat: Chat | None, *, max_tokens: int) -> None:
        self._socket = socket
        self._chat = chat
        self._max_tokens = max_tokens
        self._due: asyncio.Queue[_Sent] = asyncio.Queue(AHEAD)
        self._early: deque[_Sent] = deque()
        """Pictures that came before any question."""
        self._prompt = ""
        self._count = 0

    async def read(self) -> None:
        """Until the client leaves."""
        while True:
            message = await self._socket.receive()
            if message["type"] == "websocket.disconnect":
                return
            if (text := message.get("text")) is not None:
                await self._hear(text)
            elif (picture := message.get("bytes")) is not None:
                self._count += 1
                await self._take(picture)

    async def _hear(self, text: str) -> None:
        self._prompt = text.strip()
        while self._prompt and self._early:
            early = self._early.popleft()
            await self._due.put(_Sent(early.number, early.picture, self._prompt))

    async def _take(self, picture: bytes) -> None:
        sent = _Sent(self._count, picture, self._prompt)
        problem = ""
        if len(picture) > PICTURE_MAX_BYTES:
            problem = f"the picture is larger than {PICTURE_MAX_BYTES >> 20} MiB"
        elif len(self._prompt) > PROMPT_MAX_CHARS:
            problem = f"the question is longer than {PROMPT_MAX_CHARS:,} characters"
        elif not self._prompt and len(self._early) < AHEAD:
            self._early.append(sent)
            return
        elif not self._prompt:
            problem = "there is no question yet: send it as a text message"
        if problem:
            sent = _Sent(self._count, b"", "", problem)
        await self._due.put(sent)

    async def answer(self) -> None:
        """Each in its turn, for ever."""
        while True:
            sent = await self._due.get()
            await self._answer(sent)

    async def _answer(self, sent: _Sent) -> None:
        model = ""
        if self._chat is not None:
            model = ", ".join(self._chat.models)
        error = sent.problem
        try:
            if self._chat is None and not error:
                error = "this process asks no endpoint; connect to one that does its own work"
            elif self._chat is not None and not error:
                pieces = self._chat.ask(sent.picture, sent.prompt, max_tokens=self._max_tokens)
                async with aclosing(pieces) as said:
                    async for one in said:
                        model = one.model
                        await self._say(sent.number, model, one.piece)
        except SightlineError as trouble:
            error = str(trouble)
        await self._say(sent.number, model, "", done=True, error=error or None)

    async def _say(
        self, number: int, model: str, piece: str, *, done: bool = False, error: str | None = None
    ) -> None:
        document = {
            "model": model,
            "created_at": datetime.now(UTC).isoformat().replace("+00:00", "Z"),
            "response": piece,
            "done": done,
            "image": number,
            "error": error,
        }
        text = json.dumps(document, ensure_ascii=False)
        await self._socket.send_bytes(text.encode("utf-8", "replace"))


@router.websocket("/ws", dependencies=[OPERATE])
async def realtime(
    socket: WebSocket,
    services: ServicesDep,
    stopping: StoppingDep,
    num_predict: Annotated[int | None, Query(ge=-2, le=1 << 31)] = None,
) -> None:
    """`num_predict`: most tokens of an answer; below 1, as Ollama has it, as many as there may be.

    More than there may be are as many as there may be.
    """
    tokens = _USUAL_TOKENS if num_predict is None else num_predict
    if tokens < 1:
        tokens = LONGEST_ANSWER
    await socket.accept()
    talk = _Talk(socket, services.chat, max_tokens=min(tokens, LONGEST_ANSWER))
    tasks: list[asyncio.Task[object]] = [
        asyncio.create_task(talk.read()),
        asyncio.create_task(talk.answer()),
        asyncio.create_task(stopping.wait()),
    ]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        if tasks[2] in done:
            with suppress(RuntimeError):
                await socket.close(_GOING_AWAY)
    finally:
        for task in tasks:
            task.cancel()
        ended = await asyncio.gather(*tasks, return_exceptions=True)
    for one in ended:
        if isinstance(one, Exception) and not isinstance(one, WebSocketDisconnect):
            raise one
