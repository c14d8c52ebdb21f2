"""What a server does with the parts of a request that the endpoint protocol hides.

Asked in the server's own protocol, beside the adapters: what is looked for is whether a server
that takes a request also does what it says.
"""

from __future__ import annotations

import asyncio
import json
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

import httpx2

from sightline.endpoints.catalog import fetch
from sightline.endpoints.http import Server, said_in, secret
from sightline.endpoints.probing.cards import card
from sightline.ports import Given
from sightline.values.endpoints import SchemaSupport

Document = Mapping[str, object]

_PROSE = "Describe what is here in one short sentence, in plain words and not as JSON."
"""What a model says to this is JSON only where the server sees to it."""
_SCHEMA: Document = {
    "type": "object",
    "properties": {"red": {"type": "number", "enum": [tenths / 10 for tenths in range(11)]}},
    "required": ["red"],
    "additionalProperties": False,
}
_PROSE_TOKENS = 300
"""Room for a grammar's white space, and for a short thought."""
_FEW_TOKENS = 8
_TROUBLE = {401, 403, 404, 408, 429, 503, 529}
"""Of the server or its settings, whatever was asked; any other refusal is of what was asked."""
_CONTEXT_KEYS = (
    *("loaded_context_length", "max_model_len", "context_length", "context_window"),
    *("max_context_length", "n_ctx"),
)


@dataclass(frozen=True, slots=True)
class Abilities:
    schema: SchemaSupport = "ignored"
    json_object: bool = False
    logprobs: bool = False
    streaming: bool = False
    context_tokens: int | None = None


async def find_abilities(
    given: Given, *, url: str | None, model: str, pictures: bool
) -> Abilities | None:
    """What a server can do; None for kinds that are not asked, as they tell by themselves.

    Four calls or five to an OpenAI-compatible server, two to Ollama, each with a picture if it
    takes `pictures`. Raises `EndpointError` when it cannot be asked.
    """
    settings = given.settings
    if url is None or settings.kind not in {"openai", "ollama"}:
        return None
    key = settings.api_key
    key = key and secret(key.get_secret_value(), setting=given.key_setting)
    server = Server(given.name, url, key, given.key_setting)
    async with server.client(slots=1, timeout_s=settings.timeout_s) as client:
        line = (_OpenAI if settings.kind == "openai" else _Ollama)(
            _Client(server, client, settings.timeout_s), given, model, pictures=pictures
        )
        return await line.find()


class _Client:
    def __init__(self, server: Server, client: httpx2.AsyncClient, timeout_s: float) -> None:
        self.server = server
        self._client = client
        self._timeout_s = timeout_s

    async def post(self, url: str, body: Document) -> httpx2.Response:
        """Whatever the server says to it. Raises `EndpointError` when that is about trouble."""
        try:
            async with asyncio.timeout(self._timeout_s):
                response = await self._client.post(url, json=body)
        except TimeoutError as exc:
            raise self.server.too_slow(self._timeout_s) from exc
        except (httpx2.HTTPError, httpx2.InvalidURL, OSError) as exc:
            raise self.server.unreachable(exc) from exc
        if response.status_code in _TROUBLE:
            raise self.server.refusal(response.status_code, response.headers, _said(response))
        return response

    async def get(self, url: str) -> object:
        """The document there; None when there is none."""
        response = await fetch(self._client, self.server, "GET", url)
        return _document(response.content) if response.is_success else None


class _OpenAI:
    def __init__(self, client: _Client, given: Given, model: str, *, pictures: bool) -> None:
        del given
        self._client = client
        self._model = model
        self._pictures = pictures
        self._limit = "max_tokens"

    async def find(self) -> Abilities:
        form = {"name": "answer", "strict": True, "schema": _SCHEMA}
        schema = await self._ask(
            _PROSE_TOKENS, response_format={"type": "json_schema", "json_schema": form}
        )
        held = await self._ask(_PROSE_TOKENS, response_format={"type": "json_object"})
        likely = await self._ask(_FEW_TOKENS, logprobs=True, top_logprobs=5)
        if likely is not None and not _words(likely):  # it said nothing: that tells nothing
            likely = await self._ask(_FEW_TOKENS, logprobs=True, top_logprobs=5)
        streamed = await self._ask(_FEW_TOKENS, stream=True)
        return Abilities(
            schema=_schema_support(schema, _words(schema)),
            json_object=_is_object(held),
            logprobs=_tells_likely(likely),
            streaming=streamed is not None and b"data:" in streamed.content,
            context_tokens=await self._context(),
        )

    async def _ask(self, tokens: int, **extra: object) -> httpx2.Response | None:
        """The reply; None when the server rejects what is `extra`."""
        parts: list[Document] = [{"type": "text", "text": _PROSE}]
        if self._pictures:
            url = "data:image/jpeg;base64," + _card()
            parts.insert(0, {"type": "image_url", "image_url": {"url": url}})
        body = {"model": self._model, "messages": [{"role": "user", "content": parts}], **extra}
        response = await self._post({**body, self._limit: tokens})
        if response.status_code == 400 and "max_completion_tokens" in response.text:
            self._limit = "max_completion_tokens"
            response = await self._post({**body, self._limit: tokens})
        return response if response.is_success else None

    async def _post(self, body: Document) -> httpx2.Response:
        return await self._client.post(f"{self._client.server.url}/chat/completions", body)

    async def _context(self) -> int | None:
        """As vLLM, OpenRouter and others say it in their lists, LM Studio and llama.cpp besides."""
        url = self._client.server.url
        root = url.removesuffix("/v1")
        card = _entry(await self._client.get(f"{url}/models"), self._model)
        match card.get("owned_by"):
            case "llamacpp":
                props = await self._client.get(f"{root}/props")
                return _context_in(_at(props, "default_generation_settings"))
            case "organization_owner":
                card = _entry(await self._client.get(f"{root}/api/v0/models"), self._model)
                return _context_in(card)
            case _:
                return _context_in(card)


class _Ollama:
    def __init__(self, client: _Client, given: Given, model: str, *, pictures: bool) -> None:
        self._client = client
        self._settings = given.settings
        self._model = model
        self._pictures = pictures

    async def find(self) -> Abilities:
        held = await self._ask(_PROSE_TOKENS, format=_SCHEMA)
        likely = await self._ask(_FEW_TOKENS, logprobs=True, top_logprobs=5)
        said = _at(_document(held.content), "message", "content") if held is not None else None
        schema = _schema_support(held, said)
        return Abilities(
            schema=schema,
            json_object=schema == "honoured",  # the same grammar does both
            logprobs=likely is not None and bool(_at(_document(likely.content), "logprobs")),
            streaming=True,
            context_tokens=await self._context(),
        )

    async def _ask(self, tokens: int, **extra: object) -> httpx2.Response | None:
        options: dict[str, object] = {"num_predict": tokens}
        if self._settings.context is not None:
            options["num_ctx"] = self._settings.context
        message = {"role": "user", "content": _PROSE, "images": [_card()] if self._pictures else []}
        body = {"model": self._model, "messages": [message], "stream": False, "think": False}
        url = f"{self._client.server.url}/api/chat"
        response = await self._client.post(url, {**body, "options": options, **extra})
        return response if response.is_success else None

    async def _context(self) -> int | None:
        """Of the loaded model; what it was trained with is more than it is given."""
        running = await self._client.get(f"{self._client.server.url}/api/ps")
        told = _context_in(_entry(running, self._model, listed="models", name="name"))
        return told or self._settings.context


def _card() -> str:
    return b64encode(card(0).draw().jpeg).decode("ascii")


def _schema_support(response: httpx2.Response | None, said: object) -> SchemaSupport:
    if response is None:
        return "rejected"
    document = _document(said)
    keys: set[str] = set(cast("Document", document)) if isinstance(document, Mapping) else set()
    return "honoured" if keys == {"red"} else "ignored"


def _is_object(response: httpx2.Response | None) -> bool:
    """Also one that ran out of tokens: a grammar lets a poor model go on for ever."""
    said, why = _words(response), _at(_choice(response), "finish_reason")
    cut = why == "length" and isinstance(said, str) and said.lstrip().startswith("{")
    return cut or isinstance(_document(said), dict)


def _choice(response: httpx2.Response | None) -> object:
    return None if response is None else _at(_document(response.content), "choices", 0)


def _tells_likely(response: httpx2.Response | None) -> bool:
    """Whether any of its tokens has them: one that ends in half a character has none."""
    choice = _choice(response)
    return any(
        _at(choice, "logprobs", "content", place, "top_logprobs") for place in range(_FEW_TOKENS)
    )


def _words(response: httpx2.Response | None) -> object:
    return _at(_choice(response), "message", "content")


def _entry(listing: object, model: str, *, listed: str = "data", name: str = "id") -> Document:
    """What a list of models says of one; of the only one, whatever it is called."""
    cards = _at(listing, listed)
    if not isinstance(cards, list):
        return {}
    known = [cast("Document", one) for one in cast("list[object]", cards) if isinstance(one, dict)]
    mine = [one for one in known if one.get(name) == model] or (known if len(known) == 1 else [])
    return mine[0] if mine else {}


def _context_in(card: object) -> int | None:
    told = [_at(card, key) for key in _CONTEXT_KEYS]
    return next((n for n in told if isinstance(n, int) and n > 0), None)


def _at(document: object, *path: str | int) -> object:
    """What stands at a place of a document; None where there is no such place."""
    for step in path:
        if isinstance(document, Mapping) and isinstance(step, str):
            document = cast("Document", document).get(step)
        elif isinstance(document, list) and isinstance(step, int):
            items = cast("list[object]", document)
            document = items[step] if step < len(items) else None
        else:
            return None
    return document


def _document(text: object) -> object:
    if not isinstance(text, str | bytes):
        return None
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _said(response: httpx2.Response) -> str:
    return said_in(_document(response.content)) or response.text
