"""Anthropic's cloud, or a gateway that speaks as it does, through the official SDK.

It has no log-probabilities, no temperature and no seed: a repeat may turn out otherwise by itself.
The SDK retries nothing and every one of its errors is translated here. A model that turns out to
take no schema is asked without one from then on, and one that thinks first gets room for that.
"""

from __future__ import annotations

import asyncio
import os
from base64 import b64encode
from collections.abc import Sequence
from contextlib import aclosing
from typing import Any
from urllib.parse import urlsplit

import anthropic
import httpx2
from anthropic import RequestOptions
from pydantic import BaseModel, Field, JsonValue, SecretStr

from sightline.endpoints.catalog import choose
from sightline.endpoints.exchange import THOUGHT_TOKENS, Heard, Inquiry, hold, inquire, usable
from sightline.endpoints.http import (
    HeardLine,
    HeardText,
    Server,
    connections,
    parse,
    root_url,
    said_in,
    secret,
)
from sightline.endpoints.voice import Hear, Voice, broken_off, data_of
from sightline.errors import BadReply, EndpointError
from sightline.ports import EndpointKind, Given, Reply, Shown
from sightline.prompts.templates import Prompt
from sightline.values import Ask, Jpeg, ServedModel, Usage
from sightline.values.text import plain_line

DEFAULT_URL = "https://api.anthropic.com"
KEY_VARIABLE = "ANTHROPIC_API_KEY"
"""Heeded only for Anthropic's own address: it was not set for anyone else."""
_LIST_TIMEOUT_S = 10.0
_MOST_LISTED = 1000
"""The longest page that the API gives: all of its models many times over."""


class _Block(BaseModel):
    type: str
    text: HeardText = ""


class _StopDetails(BaseModel):
    explanation: HeardText | None = None


class _Tokens(BaseModel):
    input_tokens: int = 0
    cache_creation_input_tokens: int | None = None
    cache_read_input_tokens: int | None = None
    output_tokens: int | None = None

    @property
    def usage(self) -> Usage:
        cached = (self.cache_creation_input_tokens or 0) + (self.cache_read_input_tokens or 0)
        return Usage(self.input_tokens + cached, self.output_tokens)


class _Message(BaseModel):
    """The part of a reply that is used; the SDK itself does not validate what it parses."""

    content: list[_Block]
    stop_reason: str | None = None
    stop_details: _StopDetails | None = None
    usage: _Tokens | None = None
    model: JsonValue = None

    @property
    def text(self) -> str:
        return "".join(block.text for block in self.content if block.type == "text")

    @property
    def cut(self) -> bool:
        return self.stop_reason in {"max_tokens", "model_context_window_exceeded"}

    @property
    def refused(self) -> str | None:
        if self.stop_reason != "refusal":
            return None
        return (self.stop_details and self.stop_details.explanation) or "it does not say why"


class _Ability(BaseModel):
    supported: bool | None = None


class _Abilities(BaseModel):
    image_input: _Ability | None = None


class _Card(BaseModel):
    id: HeardLine
    lifecycle: str | None = None
    capabilities: _Abilities | None = None

    @property
    def vision(self) -> bool | None:
        sight = self.capabilities and self.capabilities.image_input
        return sight.supported if sight else None


class _Cards(BaseModel):
    data: list[_Card] = Field(default_factory=list[_Card])


class _Delta(BaseModel):
    text: HeardText = ""
    """Of a block of text; one of thought has none."""
    stop_reason: str | None = None
    stop_details: _StopDetails | None = None


class _Begun(BaseModel):
    model: JsonValue = None
    usage: _Tokens | None = None


class _Event(BaseModel):
    """One event of a streamed message, whichever."""

    type: str
    message: _Begun = _Begun()
    delta: _Delta = _Delta()
    usage: _Tokens | None = None
    error: JsonValue = None


_UNREAD: RequestOptions = {"headers": {"X-Stainless-Raw-Response": "stream"}}
"""Has the SDK hand out a reply before its body is read. The header does not leave the machine."""


class AnthropicEndpoint:
    """`ports.Endpoint` over Anthropic's API and one of its models."""

    def __init__(self, given: Given, *, model: str) -> None:
        """Connects to nothing. Raises `SettingsError` for a URL or key that cannot be used."""
        settings = given.settings
        self._server = server_of(given)
        self._model = model
        self._slots = connections(settings.slots)
        self._jpeg = Jpeg(settings.jpeg_quality, settings.jpeg_max_bytes)
        self._timeout_s = settings.timeout_s
        self._http = self._server.client(slots=self._slots, timeout_s=settings.timeout_s)
        self._sdk = _sdk(self._server, self._http)
        self._schema = True
        self._schema_accepted = False
        self._at_once = True
        """The model answers without thinking first."""

    @property
    def name(self) -> str:
        return self._server.name

    @property
    def model(self) -> str:
        return self._model

    @property
    def slots(self) -> int:
        return self._slots

    @property
    def jpeg(self) -> Jpeg:
        return self._jpeg

    async def answer(self, shown: Sequence[Shown], asks: Sequence[Ask]) -> Reply:
        return await self._reply(inquire(shown, asks), None)

    async def tell(self, shown: Sequence[Shown], asks: Sequence[Ask], hear: Hear) -> Reply:
        return await self._reply(inquire(shown, asks), hear)

    async def _reply(self, inquiry: Inquiry, hear: Hear | None) -> Reply:
        _, reply = await hold(
            inquiry,
            self._exchange(inquiry, hear),
            server=self._server,
            model=self._model,
            timeout_s=self._timeout_s,
        )
        return reply

    async def aclose(self) -> None:
        await self._sdk.close()

    async def _exchange(self, inquiry: Inquiry, hear: Hear | None) -> Heard:
        prompt, content = inquiry.prompt(), _content(inquiry)
        with_schema, at_once = self._schema and prompt.schema is not None, self._at_once
        while True:
            body = _request(self._model, content, prompt, with_schema=with_schema, at_once=at_once)
            try:
                message = await self._send(body, hear)
            except anthropic.APIStatusError as exc:
                if with_schema and self._is_about_schema(exc):
                    self._schema = with_schema = False
                    continue
                raise await self._refusal(exc) from self._server.cause(exc)
            except anthropic.APIConnectionError as exc:
                raise self._server.unreachable(exc) from exc
            self._schema_accepted |= with_schema
            try:
                text = usable(
                    message.text,
                    cut=message.cut,
                    refusal=message.refused,
                    server=self._server,
                    model=self._model,
                )
                readings = inquiry.read(text, cut=message.cut, server=self._server)
            except BadReply:
                if at_once and message.cut:
                    at_once = False
                    continue
                raise
            self._at_once = self._at_once and at_once
            usage = message.usage.usage if message.usage else Usage()
            model = message.model if isinstance(message.model, str) else ""
            return Heard(text, readings, usage, with_schema, plain_line(model))

    async def _send(self, body: dict[str, object], hear: Hear | None) -> _Message:
        # Not `messages.create`, which walks through request and reply and checks neither.
        path, raw = "/v1/messages", httpx2.Response
        if hear is None:
            return self._message((await self._sdk.post(path, cast_to=raw, body=body)).content)
        body = body | {"stream": True}
        response = await self._sdk.post(path, cast_to=raw, body=body, options=_UNREAD)
        return await _hear(response, self._server, hear)

    def _is_about_schema(self, exc: anthropic.APIStatusError) -> bool:
        said = said_in(exc.body).casefold()
        named = any(word in said for word in ("output_config", "output_format", "schema"))
        return exc.status_code == 400 and named and not self._schema_accepted

    def _message(self, body: bytes) -> _Message:
        message = parse(_Message, body)
        if message is None:
            what = self._server.quote(body.decode(errors="replace")) or "an empty body"
            raise self._server.bad_reply(
                f"it did not answer with a message but with {what}. Check its URL."
            )
        return message

    async def _refusal(self, exc: anthropic.APIStatusError) -> EndpointError:
        said = said_in(exc.body)
        if exc.status_code != 404:
            return self._server.refusal(exc.status_code, exc.response.headers, said)
        try:
            models = await _list(self._sdk, self._server)
        except EndpointError:
            return self._server.model_missing(
                f"nothing there speaks Anthropic's API (404: {self._server.quote(said)}). "
                "Check its URL."
            )
        offer = self._server.quote(", ".join(model.name for model in models)) or "no model at all"
        return self._server.model_missing(f"it has no model {self._model!r}. It offers {offer}.")


async def _hear(response: httpx2.Response, server: Server, hear: Hear) -> _Message:
    """The message that the events add up to; its text is heard as it comes."""
    voice, begun, last, taken = Voice(hear), _Begun(), _Delta(), _Tokens()
    ended = False
    try:
        async with aclosing(data_of(response)) as events:
            async for data in events:
                event = parse(_Event, data.encode(errors="replace"))
                if event is None:
                    raise server.bad_reply(f"it streamed what is no answer: {server.quote(data)}")
                match event.type:
                    case "message_start":
                        begun, taken = event.message, event.message.usage or taken
                    case "content_block_delta":
                        voice.say(event.delta.text)
                    case "message_delta":
                        last = event.delta
                        if event.usage:
                            told = event.usage.output_tokens
                            taken = taken.model_copy(update={"output_tokens": told})
                    case "message_stop":
                        ended = True
                    case "error":
                        raise broken_off(server, said_in(event.error))
                    case _:
                        pass
    except httpx2.HTTPError as exc:
        raise server.unreachable(exc) from exc
    finally:
        await response.aclose()
    if not ended:
        raise broken_off(server, "the stream ended before the answer did")
    voice.end()
    return _Message(
        content=[_Block(type="text", text=voice.said)],
        stop_reason=last.stop_reason,
        stop_details=last.stop_details,
        usage=taken,
        model=begun.model,
    )


class _AnthropicKind:
    def url(self, given: Given) -> str:
        return server_of(given).url

    async def connect(self, given: Given) -> AnthropicEndpoint:
        model = given.model or given.settings.model
        if model is None:
            models = await self.models(given)
            way_out = "Name one with its model setting."
            model = choose(server_of(given), models, given.settings.role, way_out=way_out).name
        return AnthropicEndpoint(given, model=model)

    async def models(self, given: Given) -> Sequence[ServedModel]:
        server = server_of(given)
        async with server.client(slots=1, timeout_s=_LIST_TIMEOUT_S) as client:
            return await _list(_sdk(server, client), server)


kind: EndpointKind = _AnthropicKind()
"""Anthropic's cloud, as `ports.EndpointKind`."""


async def _list(sdk: anthropic.AsyncAnthropic, server: Server) -> list[ServedModel]:
    try:
        async with asyncio.timeout(_LIST_TIMEOUT_S):
            response = await sdk.get(f"/v1/models?limit={_MOST_LISTED}", cast_to=httpx2.Response)
    except TimeoutError as exc:
        raise server.unlisted(_LIST_TIMEOUT_S) from exc
    except anthropic.APIStatusError as exc:
        said = said_in(exc.body)
        refusal = server.refusal(exc.status_code, exc.response.headers, said)
        raise refusal from server.cause(exc)
    except anthropic.APIConnectionError as exc:
        raise server.unreachable(exc) from exc
    cards = parse(_Cards, response.content)
    if cards is None:
        raise server.bad_reply("it did not answer with a list of models. Check its URL.")
    return [ServedModel(card.id, card.vision) for card in cards.data if card.lifecycle != "retired"]


def server_of(given: Given) -> Server:
    """Raises `SettingsError` for a URL or key that cannot be used."""
    url = root_url(given.settings.url or DEFAULT_URL, setting=f"endpoint {given.name}")
    key = given.settings.api_key
    parts = urlsplit(url)
    if key is None and (parts.scheme, parts.hostname) == ("https", urlsplit(DEFAULT_URL).hostname):
        key = SecretStr(os.environ.get(KEY_VARIABLE, ""))
    return Server(
        given.name,
        url,
        key and secret(key.get_secret_value(), setting=given.key_setting),
        given.key_setting,
        key_header="x-api-key",
        also_sent=frozenset({"anthropic-version"}),
    )


def _sdk(server: Server, client: httpx2.AsyncClient) -> anthropic.AsyncAnthropic:
    return anthropic.AsyncAnthropic(
        base_url=server.url,
        api_key="set-by-our-own-client",  # so that the SDK never holds the real one
        max_retries=0,
        http_client=client,
        open_telemetry=False,
    )


def _content(inquiry: Inquiry) -> list[dict[str, Any]]:
    content: list[dict[str, Any]] = []
    for text, one in zip(inquiry.lines, inquiry.shown, strict=True):
        data = b64encode(one.picture.jpeg).decode("ascii")
        source = {"type": "base64", "media_type": "image/jpeg", "data": data}
        content += [{"type": "text", "text": text}, {"type": "image", "source": source}]
    return content


def _request(
    model: str,
    content: Sequence[dict[str, Any]],
    prompt: Prompt,
    *,
    with_schema: bool,
    at_once: bool,
) -> dict[str, object]:
    body: dict[str, object] = {
        "model": model,
        "max_tokens": prompt.max_tokens + (0 if at_once else THOUGHT_TOKENS),
        "messages": [
            {"role": "user", "content": [*content, {"type": "text", "text": prompt.text}]}
        ],
    }
    if with_schema:
        form = {"type": "json_schema", "schema": prompt.schema}
        body["output_config"] = {"format": form}
    return body
