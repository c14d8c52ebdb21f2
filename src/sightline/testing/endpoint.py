"""A server that sees what is in the pictures of a truth, and says so, in two protocols.

It reads the code in every picture that it is sent, works out what is asked, and answers from the
code alone: what a test concludes from its answers has come all the way through decoding, scaling,
compression and the wire. The cards of a probe it reads as a model would, by their forms. Any other
picture is refused, never guessed at. It speaks OpenAI's API and Ollama's. `Behaviour` makes it
slow, wrong or broken in ways that are the same for the same seed; `log` says what was asked and
answered.

    async with TruthfulEndpoint(truth, Behaviour(latency_s=0.05)) as server:
        ...server.url...

`with` serves tests that are not async, from a thread. As a process, printing its URL first:

    python -m sightline.testing.serve --port 0 --truth truth.json --log asked.jsonl
"""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from threading import Thread
from types import TracebackType
from typing import Self

from pydantic import BaseModel, ValidationError

from sightline.testing import ollama
from sightline.testing.asked import Asked, Seen, understand
from sightline.testing.asklog import AskLog, Entry, to_json
from sightline.testing.behaviour import Behaviour, Fault
from sightline.testing.chat import ChatRequest, Said
from sightline.testing.eyes import Glimpse
from sightline.testing.http11 import HttpServer, Request, Response
from sightline.testing.truth import Truth
from sightline.testing.turnstile import Turnstile
from sightline.testing.wires import (
    OLLAMA,
    OPENAI,
    Wire,
    as_ollama,
    by_number,
    document,
    error,
    in_form,
    unauthorized,
)
from sightline.testing.witness import Witness, left_out, present_json, worked_out

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
        self._pulled: dict[str, None] = {}
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
                    return await self._chat(request, OPENAI)
            case "POST", "/api/chat":
                async with self._turnstile.arrival():
                    return as_ollama(await self._chat(request, OLLAMA))
            case "GET", "/v1/models":
                return self._listed(request, self._models)
            case "GET", "/v1/log":
                lines = tuple(f"{to_json(line)}\n".encode() for line in self.log.lines)
                return Response(200, lines, content_type="application/jsonl")
            case method, path if path.startswith("/api/"):
                return as_ollama(self._listed(request, lambda: self._ollama(request)))
            case method, path:
                return error(404, "not_found", f"there is no {method} {path}")

    def _listed(self, request: Request, answer: Callable[[], Response]) -> Response:
        if not self._admits(request):
            return unauthorized()
        if self._behaviour.faults.get(Fault.REFUSE) == 1.0:
            return self._turned_away(Fault.REFUSE)
        return answer()

    @property
    def _offered(self) -> tuple[str, ...]:
        return *self._behaviour.models, *self._pulled

    def _models(self) -> Response:
        behaviour = self._behaviour
        card: dict[str, object] = {"object": "model", "created": 0, "owned_by": "sightline"}
        if behaviour.weights:
            card["meta"] = {"weights": behaviour.weights}
        if behaviour.context_tokens:
            card["max_model_len"] = behaviour.context_tokens
        models = [{"id": name, **card} for name in self._offered]
        return document({"object": "list", "data": models})

    def _ollama(self, request: Request) -> Response:
        """All of Ollama's API but the chat."""
        offered, behaviour = self._offered, self._behaviour
        match request.method, request.path:
            case "GET", "/api/version":
                return document({"version": ollama.VERSION})
            case "GET", "/api/tags":
                return Response(200, (ollama.tags(offered, weights=behaviour.weights),))
            case "GET", "/api/ps":
                told = ollama.running(
                    offered,
                    weights=behaviour.weights,
                    context_tokens=behaviour.context_tokens,
                )
                return Response(200, (told,))
            case "POST", "/api/show" | "/api/pull":
                try:
                    named = _Named.model_validate_json(request.body)
                except ValidationError as exc:
                    return error(400, "invalid_request_error", str(exc))
                return self._shown(named) if request.path == "/api/show" else self._pull(named)
            case method, path:
                return error(404, "not_found", f"there is no {method} {path}")

    def _shown(self, named: _Named) -> Response:
        if named.model not in self._offered:
            return error(404, "model_not_found", f"model '{named.model}' not found")
        return Response(200, (ollama.show(context_tokens=self._behaviour.context_tokens),))

    def _pull(self, named: _Named) -> Response:
        """Any model can be had but those whose name begins with `missing`."""
        if named.model.startswith("missing"):
            return error(500, "not_found", "pull model manifest: file does not exist")
        self._pulled[named.model] = None
        lines = tuple(ollama.pulling(named.model))
        return Response(
            200,
            lines if named.stream else lines[-1:],
            content_type="application/x-ndjson",
            streamed=named.stream,
        )

    async def _chat(self, request: Request, wire: Wire) -> Response:
        self.requests += 1
        entry = Entry(self.log, self.requests)
        try:
            chat = wire.parse(request.body)
        except ValidationError as exc:
            entry.close("bad_request")
            return error(400, "invalid_request_error", str(exc))
        behaviour = self._behaviour
        asked = understand(
            chat,
            heed_schema=behaviour.schema != "ignored",
            downscale_to=behaviour.downscale_to,
        )
        asked = entry.asked = replace(asked, pictures=self._taken(asked.pictures))
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
                return self._reply(chat, asked, fault, entry, wire=wire)
        except asyncio.CancelledError:
            entry.close("gone")
            raise

    def _taken(self, pictures: tuple[Seen, ...]) -> tuple[Seen, ...]:
        """Those that it looks at, in its order; what the client wrote between them stays."""
        behaviour = self._behaviour
        labels = [seen.label for seen in pictures]
        most = behaviour.max_pictures
        if most is not None and behaviour.overflow == "drop_first":
            pictures = pictures[max(0, len(pictures) - most) :]
        elif most is not None and behaviour.overflow == "drop_last":
            pictures = pictures[:most]
        if behaviour.reorders:
            pictures = pictures[::-1]
        return tuple(
            replace(seen, label=label) for seen, label in zip(pictures, labels, strict=False)
        )

    def _rejection(
        self, request: Request, chat: ChatRequest, asked: Asked, entry: Entry
    ) -> Response | None:
        """What an honest server says no to, whatever its mood."""
        if not self._admits(request):
            entry.close("unauthorized")
            return unauthorized()
        if chat.model not in self._offered:
            entry.close("no_such_model")
            return error(404, "model_not_found", f"The model `{chat.model}` does not exist")
        if chat.wants_schema and self._behaviour.schema == "rejected":
            entry.close("schema_rejected")
            return error(400, "invalid_request_error", "response_format is not supported")
        most, limit = self._behaviour.max_pictures, self._behaviour.context_tokens
        if most is not None and len(asked.pictures) > most:
            entry.close("too_many_pictures")
            what = f"At most {most} image(s) may be provided in one request"
            return error(400, "invalid_request_error", what)
        if limit is not None and asked.tokens > limit:
            entry.close("too_long")
            what = f"This model's maximum context length is {limit} tokens, not {asked.tokens}"
            return error(400, "context_length_exceeded", what)
        if asked.tags is not None and not asked.pictures:
            entry.close("bad_request")
            return error(400, "invalid_request_error", "the question has no picture")
        bad = [n for n, seen in enumerate(asked.pictures) if seen.glimpse is None]
        if bad:
            entry.close("unreadable")
            return error(400, "unreadable", f"there is no readable code in pictures {bad}")
        return None

    def _reply(
        self, chat: ChatRequest, asked: Asked, fault: Fault | None, entry: Entry, *, wire: Wire
    ) -> Response:
        if fault is Fault.ERROR:
            entry.close(fault)
            return error(500, "server_error", "the model fell over")
        if fault is Fault.HTML:
            entry.close(fault)
            page = b"<!DOCTYPE html><html><body><h1>Welcome</h1></body></html>"
            return Response(200, (page,), content_type="text/html")
        said = self._words(chat, asked, fault, entry)
        if fault is Fault.EMPTY:
            said = replace(said, content="")
        if fault is Fault.TRUNCATED:
            said = replace(said, content=said.content[: len(said.content) // 2], cut=True)
        entry.close("answered" if fault is None or fault is Fault.MISSING else fault)
        body = wire.render(chat, said, number=entry.number, logprobs=self._behaviour.logprobs)
        return Response(
            200,
            tuple(body),
            content_type=wire.stream_type if chat.stream else "application/json",
            streamed=chat.stream,
            reset=fault is Fault.RESET,
        )

    def _words(self, chat: ChatRequest, asked: Asked, fault: Fault | None, entry: Entry) -> Said:
        """What the model says."""
        behaviour = self._behaviour
        seen = [(one.glimpse, one.label) for one in asked.pictures]
        if asked.tags is None:
            sentences = [
                self._witness.sentence(glimpse, label, behaviour)
                for glimpse, label in seen
                if glimpse is not None
            ]
            entry.answers = [{"": sentence} for sentence in sentences]
            text = " ".join(sentences) or worked_out(asked.text) or "There is no picture."
            if chat.response_format and behaviour.json_object and not chat.wants_schema:
                text = json.dumps({"answer": text})
            return Said(text, asked.tokens)
        answers = [
            {tag: self._presence(glimpse, tag) for tag in asked.tags_of(place)}
            for place, (glimpse, _) in enumerate(seen)
        ]
        entry.answers = answers
        if fault is Fault.MISSING:
            entry.left_out = left_out(asked.tags)
        told = {
            number: {tag: p for tag, p in of.items() if tag not in entry.left_out}
            for number, of in by_number(asked, answers).items()
        }
        held = behaviour.schema == "honoured" if chat.wants_schema else behaviour.json_object
        content = present_json(
            in_form(asked, told),
            "plain" if chat.response_format and held else behaviour.dress,
            fault=fault,
        )
        sure = tuple(p for of in told.values() for p in of.values())
        return Said(content, asked.tokens, sure=sure if asked.verdicts else ())

    def _presence(self, glimpse: Glimpse, tag: str) -> float:
        if glimpse is None:
            return 0.0
        return self._witness.presence(glimpse, tag, self._behaviour)

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
            return error(429, "rate_limit_exceeded", "Too many requests", headers=headers)
        return error(503, "unavailable", "The server is overloaded", headers=headers)


class _Named(BaseModel):
    model: str
    stream: bool = True
