"""An OpenAI-compatible server that sees what is in the pictures of a truth, and says so.

It reads the code in every picture that it is sent, works out what is asked, and answers from the
code alone: what a test concludes from its answers has come all the way through decoding, scaling,
compression and the wire. A picture whose code it cannot read is refused, never guessed at.
`Behaviour` makes it slow, wrong or broken in ways that are the same for the same seed; `log` says
what was asked and answered.

    async with TruthfulEndpoint(truth, Behaviour(latency_s=0.05)) as server:
        ...server.url...

`with` serves tests that are not async, from a thread. As a process, printing its URL first:

    python -m sightline.testing.serve --port 0 --truth truth.json --log asked.jsonl
"""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from concurrent.futures import Future
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from threading import Thread
from types import TracebackType
from typing import Self

from pydantic import ValidationError

from sightline.testing.asklog import AskLog, Entry, to_json
from sightline.testing.behaviour import Behaviour, Fault
from sightline.testing.chat import Asked, ChatRequest, completion, understand
from sightline.testing.http11 import HttpServer, Request, Response
from sightline.testing.truth import Truth
from sightline.testing.turnstile import Turnstile
from sightline.testing.witness import Witness, left_out, present_json

_Started = Future[tuple[asyncio.AbstractEventLoop, asyncio.Event]]


class TruthfulEndpoint:
    """The server. `url` is without `/v1`; `behaviour` may be replaced while it runs.

    `log_file` gets a line for each line of `log`. Truths of several videos can share a server
    when they share a vocabulary: the log tells them apart.
    """

    def __init__(
        self,
        truth: Truth,
        behaviour: Behaviour | None = None,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        log_file: Path | None = None,
    ) -> None:
        self._behaviour = behaviour or Behaviour()
        self._witness = Witness(truth.tags)
        self._turnstile = Turnstile(self._behaviour.slots)
        self._attempts: Counter[str] = Counter()
        self._address = host, port
        self._http = HttpServer(self._handle)
        self._thread: tuple[Thread, asyncio.AbstractEventLoop, asyncio.Event] | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self.log = AskLog(log_file)
        self.requests = 0
        """Chat requests that have arrived."""
        self.url = ""
        """Of a running server, as `http://host:port`."""

    @property
    def base_url(self) -> str:
        """What an OpenAI client is configured with."""
        return f"{self.url}/v1"

    @property
    def behaviour(self) -> Behaviour:
        return self._behaviour

    @behaviour.setter
    def behaviour(self, behaviour: Behaviour) -> None:
        self._behaviour = behaviour
        if self._loop:
            self._loop.call_soon_threadsafe(self._turnstile.resize, behaviour.slots)

    @property
    def in_flight(self) -> int:
        """Chat requests that have arrived and are not answered."""
        return self._turnstile.in_flight

    @property
    def peak_in_flight(self) -> int:
        """The most of them at any one time."""
        return self._turnstile.peak_in_flight

    @property
    def peak_working(self) -> int:
        """The most requests that held a slot at any one time."""
        return self._turnstile.peak_working

    async def __aenter__(self) -> Self:
        self._loop = asyncio.get_running_loop()
        self.url = await self._http.start(*self._address)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._loop = None
        await self._http.aclose()
        self.log.close()

    def __enter__(self) -> Self:
        started: _Started = Future()
        thread = Thread(target=lambda: asyncio.run(self._serve(started)))
        thread.start()
        self._thread = (thread, *started.result())
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._thread:
            thread, loop, stop = self._thread
            loop.call_soon_threadsafe(stop.set)
            thread.join()

    async def _serve(self, started: _Started) -> None:
        stop = asyncio.Event()
        try:
            await self.__aenter__()
        except OSError as exc:
            started.set_exception(exc)
            return
        started.set_result((asyncio.get_running_loop(), stop))
        await stop.wait()
        await self.__aexit__(None, None, None)

    async def _handle(self, request: Request) -> Response:
        match request.method, request.path:
            case "POST", "/v1/chat/completions":
                async with self._turnstile.arrival():
                    return await self._chat(request)
            case "GET", "/v1/models":
                return self._models(request)
            case "GET", "/v1/log":
                lines = tuple(f"{to_json(line)}\n".encode() for line in self.log.lines)
                return Response(200, lines, content_type="application/jsonl")
            case method, path:
                return _error(404, "not_found", f"there is no {method} {path}")

    def _models(self, request: Request) -> Response:
        if not self._admits(request):
            return _unauthorized()
        if self._behaviour.faults.get(Fault.REFUSE) == 1.0:
            return self._turned_away(Fault.REFUSE)
        models = [
            {"id": name, "object": "model", "created": 0, "owned_by": "sightline"}
            for name in self._behaviour.models
        ]
        return Response(200, (json.dumps({"object": "list", "data": models}).encode(),))

    async def _chat(self, request: Request) -> Response:
        self.requests += 1
        entry = Entry(self.log, self.requests)
        try:
            chat = ChatRequest.model_validate_json(request.body)
        except ValidationError as exc:
            entry.close("bad_request")
            return _error(400, "invalid_request_error", str(exc))
        behaviour = self._behaviour
        asked = entry.asked = understand(chat, heed_schema=behaviour.schema != "ignored")
        if rejection := self._rejection(request, chat, asked, entry):
            return rejection
        attempt = self._attempts[asked.name]
        self._attempts[asked.name] += 1
        fault = behaviour.fault(asked.name, attempt)
        if fault is Fault.MALFORMED and asked.tags is None:
            fault = None
        if fault is Fault.REFUSE or fault is Fault.RATE_LIMIT:
            entry.close(fault)
            return self._turned_away(fault)
        try:
            async with self._turnstile.slot():
                await asyncio.sleep(behaviour.delay_s(asked.name, attempt))
                if fault is Fault.HANG:
                    entry.close(fault)
                    await asyncio.Event().wait()
                return self._reply(chat, asked, fault, entry)
        except asyncio.CancelledError:
            entry.close("gone")
            raise

    def _rejection(
        self, request: Request, chat: ChatRequest, asked: Asked, entry: Entry
    ) -> Response | None:
        """What an honest server says no to, whatever its mood."""
        if not self._admits(request):
            entry.close("unauthorized")
            return _unauthorized()
        if chat.model not in self._behaviour.models:
            entry.close("no_such_model")
            return _error(404, "model_not_found", f"The model `{chat.model}` does not exist")
        if chat.response_format and self._behaviour.schema == "rejected":
            entry.close("schema_rejected")
            return _error(400, "invalid_request_error", "response_format is not supported")
        if asked.tags is not None and not asked.pictures:
            entry.close("bad_request")
            return _error(400, "invalid_request_error", "the question has no picture")
        bad = [n for n, seen in enumerate(asked.pictures) if seen.code is None]
        if bad:
            entry.close("unreadable")
            return _error(400, "unreadable", f"there is no readable code in pictures {bad}")
        return None

    def _reply(
        self, chat: ChatRequest, asked: Asked, fault: Fault | None, entry: Entry
    ) -> Response:
        if fault is Fault.ERROR:
            entry.close(fault)
            return _error(500, "server_error", "the model fell over")
        if fault is Fault.HTML:
            entry.close(fault)
            page = b"<!DOCTYPE html><html><body><h1>Welcome</h1></body></html>"
            return Response(200, (page,), content_type="text/html")
        content = self._words(chat, asked, fault, entry)
        if fault is Fault.EMPTY:
            content = ""
        if fault is Fault.TRUNCATED:
            content = content[: len(content) // 2]
        entry.close("answered" if fault is None or fault is Fault.MISSING else fault)
        body = completion(chat, asked, content, cut=fault is Fault.TRUNCATED, number=entry.number)
        return Response(
            200,
            tuple(body),
            content_type="text/event-stream" if chat.stream else "application/json",
            streamed=chat.stream,
            reset=fault is Fault.RESET,
        )

    def _words(self, chat: ChatRequest, asked: Asked, fault: Fault | None, entry: Entry) -> str:
        """What the model says."""
        behaviour = self._behaviour
        codes = [(seen.code, seen.label) for seen in asked.pictures if seen.code]
        if asked.tags is None:
            if not codes:
                return "There is no picture."
            sentences = [self._witness.sentence(code, label, behaviour) for code, label in codes]
            entry.answers = [{"": sentence} for sentence in sentences]
            return " ".join(sentences)
        answers = [
            {tag: self._witness.presence(code, tag, behaviour) for tag in asked.tags}
            for code, _ in codes
        ]
        entry.answers = answers
        if fault is Fault.MISSING:
            entry.left_out = left_out(asked.tags)
        held = chat.response_format is not None and behaviour.schema == "honoured"
        return present_json(
            {tag: max(answer[tag] for answer in answers) for tag in asked.tags},
            "plain" if held else behaviour.dress,
            fault=fault,
        )

    def _admits(self, request: Request) -> bool:
        key = self._behaviour.api_key
        return key is None or request.authorization == f"Bearer {key}"

    def _turned_away(self, fault: Fault) -> Response:
        headers: tuple[tuple[str, str], ...] = ()
        wait_s = self._behaviour.retry_after_s
        if wait_s is not None:
            when = datetime.now(UTC) + timedelta(seconds=wait_s)
            form = self._behaviour.retry_after_form
            said = f"{wait_s:g}" if form == "seconds" else format_datetime(when, usegmt=True)
            headers = (("retry-after", said),)
        if fault is Fault.RATE_LIMIT:
            return _error(429, "rate_limit_exceeded", "Too many requests", headers=headers)
        return _error(503, "unavailable", "The server is overloaded", headers=headers)


def _error(
    status: int, code: str, message: str, *, headers: tuple[tuple[str, str], ...] = ()
) -> Response:
    document = {"error": {"message": message, "type": code, "code": code}}
    return Response(status, (json.dumps(document).encode(),), headers=headers)


def _unauthorized() -> Response:
    return _error(401, "invalid_api_key", "Incorrect API key provided")
