"""Any server that speaks OpenAI's chat completions, through the official SDK.

One exchange is one request: a line with its time and the picture for each frame, then the
question, so that a server which caches prefixes reads a picture once. The SDK retries nothing
and every one of its errors is translated here. What a server turns out not to take (a JSON
schema, a temperature, the older name of the token limit) is left out from then on, and a model
that thinks before it answers gets room for that.
"""

from __future__ import annotations

import asyncio
import json
import time
import uuid
from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass, field, replace
from datetime import UTC, datetime
from typing import cast

import httpx2
import openai
from pydantic import BaseModel, Field, JsonValue, SecretStr

from sightline.endpoints.catalog import alike, best, survey
from sightline.endpoints.http import HeardText, Server, base_url, parse, secret
from sightline.errors import BadReply, EndpointError, RequestRejected
from sightline.ports import Reply, Shown
from sightline.prompts.replies import PARSER, read
from sightline.prompts.templates import Prompt, compose, frame_line
from sightline.values import (
    Answer,
    Ask,
    AskFailed,
    Call,
    Jpeg,
    Method,
    Question,
    UnknownReason,
    Usage,
    Value,
)
from sightline.values.text import plain_line

_Part = dict[str, str | dict[str, str]]
"""One part of a message: some text, or a picture by its data URL."""

_LIST_TIMEOUT_S = 10.0
"""For the list of models, which takes no thinking."""
_THOUGHT_TOKENS = 2048
"""On top of a prompt's limit, for a model that thinks first. Part of no question: what a thought
takes is the model's affair."""


@dataclass(frozen=True, slots=True)
class OpenAIConfig:
    """One server and model, as settings give them."""

    name: str
    base_url: str
    """With or without `/v1`."""
    model: str | None = None
    """None: the first model of the server that can see."""
    api_key: SecretStr | None = field(default=None, repr=False)
    slots: int = 4
    timeout_s: float = 120.0
    """For one whole exchange."""
    jpeg: Jpeg = Jpeg()
    key_setting: str = "api_key"
    """Where a person sets the key, for messages."""

    @property
    def server(self) -> Server:
        url = base_url(self.base_url, setting=f"endpoint {self.name}")
        key = self.api_key and secret(self.api_key.get_secret_value(), setting=self.key_setting)
        return Server(self.name, url, key, self.key_setting)


@dataclass(frozen=True, slots=True)
class _Dialect:
    """How a server can be asked, as far as it has not turned out otherwise."""

    schema: bool = True
    temperature: bool = True
    old_limit: bool = True
    """`max_tokens`, which all servers know but OpenAI's newest models."""
    at_once: bool = True
    """Its model answers without thinking first, so that a prompt's limit is enough."""

    def and_(self, other: _Dialect) -> _Dialect:
        """What neither has found otherwise."""
        return _Dialect(*(a and b for a, b in zip(astuple(self), astuple(other), strict=True)))


class _Message(BaseModel):
    content: HeardText | None = None
    refusal: HeardText | None = None


class _Choice(BaseModel):
    message: _Message
    finish_reason: str | None = None

    @property
    def cut(self) -> bool:
        return self.finish_reason == "length"


class _Tokens(BaseModel):
    prompt_tokens: int | None = None
    completion_tokens: int | None = None


class _Completion(BaseModel):
    """The part of a reply that is used; the SDK itself does not validate what it parses."""

    choices: list[_Choice] = Field(min_length=1)
    usage: _Tokens | None = None
    model: JsonValue = None


@dataclass(frozen=True, slots=True)
class _Heard:
    """What one exchange brought."""

    text: str
    values: Sequence[Value | None]
    model: str
    """Who answered, as the server says; empty when it does not."""
    usage: Usage
    with_schema: bool


class OpenAIEndpoint:
    """`ports.Endpoint` over one OpenAI-compatible server and one of its models."""

    def __init__(self, config: OpenAIConfig, *, model: str) -> None:
        """Connects to nothing. Raises `SettingsError` for a URL that cannot be used."""
        self._server = config.server
        self._model = model
        self._slots = config.slots
        self._jpeg = config.jpeg
        self._timeout_s = config.timeout_s
        self._http = self._server.client(slots=config.slots, timeout_s=config.timeout_s)
        self._sdk = openai.AsyncOpenAI(
            base_url=self._server.url,
            api_key="set-by-our-own-client",  # so that the SDK never holds the real one
            max_retries=0,
            http_client=self._http,
        )
        self._dialect = _Dialect()
        self._schema_accepted = False
        self._answers_as: set[str] = set()
        """Other names under which the model may answer."""

    @classmethod
    async def connect(cls, config: OpenAIConfig) -> OpenAIEndpoint:
        """An endpoint whose model is known; asks the server only when the config names none.

        Raises `ModelMissing` when the server has no model that can see, or another
        `EndpointError` when it cannot be asked.
        """
        if config.model is not None:
            return cls(config, model=config.model)
        server = config.server
        async with server.client(slots=1, timeout_s=_LIST_TIMEOUT_S) as client:
            catalog = await survey(client, server)
        model = best(catalog.models)
        if model is None:
            names = server.quote(", ".join(model.name for model in catalog.models))
            offer = f"of its models none can see ({names})" if names else "it has no model loaded"
            raise server.model_missing(f"{offer}. Load a vision model there.")
        return cls(config, model=model.name)

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
        questions = [ask.question for ask in asks]
        prompt = compose(questions)
        parts = _parts(shown, prompt.text)
        started_at, started = datetime.now(UTC), time.perf_counter()
        try:
            async with asyncio.timeout(self._timeout_s):
                heard = await self._exchange(parts, prompt, questions)
        except TimeoutError as exc:
            raise self._server.too_slow(self._timeout_s) from exc
        latency_s = time.perf_counter() - started
        await self._check_model(heard.model)
        call = Call(
            uuid.uuid4().hex,
            self.name,
            self._model,
            started_at,
            latency_s,
            heard.usage,
            raw=heard.text,
        )
        method = Method.SCHEMA if heard.with_schema and _is_json(heard.text) else Method.PARSED
        outcomes = tuple(
            self._outcome(ask, value, call=call, method=method)
            for ask, value in zip(asks, heard.values, strict=True)
        )
        return Reply(call, outcomes)

    async def aclose(self) -> None:
        await self._sdk.close()

    # ------------------------------------------------------------------------------ the request

    async def _exchange(
        self, parts: Sequence[_Part], prompt: Prompt, questions: Sequence[Question]
    ) -> _Heard:
        """Ask, and ask in another way what the server cannot answer in this one."""
        sent = self._dialect
        while True:
            with_schema = sent.schema and prompt.schema is not None
            try:
                # Not `chat.completions.create`: that takes twice the CPU of the whole exchange, for
                # models of request and reply that check neither.
                response = await self._sdk.post(
                    "/chat/completions",
                    cast_to=httpx2.Response,
                    body=_request(self._model, parts, prompt, dialect=sent),
                )
            except openai.APIStatusError as exc:
                if (simpler := self._simpler(sent, exc, with_schema=with_schema)) is not None:
                    sent = simpler
                    continue
                raise await self._refusal(exc) from self._server.cause(exc)
            except openai.APIConnectionError as exc:
                raise self._server.unreachable(exc) from exc
            completion = self._completion(response.content)
            self._schema_accepted |= with_schema
            self._dialect = self._dialect.and_(replace(sent, at_once=True))
            try:
                heard = self._read(completion, questions, with_schema=with_schema)
            except BadReply:
                if sent.at_once and completion.choices[0].cut:
                    sent = replace(sent, at_once=False)
                    continue
                raise
            self._dialect = self._dialect.and_(sent)
            return heard

    def _simpler(
        self, sent: _Dialect, exc: openai.APIStatusError, *, with_schema: bool
    ) -> _Dialect | None:
        """What to try next after a refusal; None when the refusal is about something else.

        A refusal that does not say why is held against the schema until one was accepted: other
        exchanges that carry it may be under way when the first is refused.
        """
        if exc.status_code not in {400, 422}:
            return None
        said = f"{exc.param or ''} {_said(exc)}".casefold()
        if sent.old_limit and "max_completion_tokens" in said:
            return replace(sent, old_limit=False)
        if sent.temperature and "temperature" in said:
            return replace(sent, temperature=False)
        named = any(word in said for word in ("response_format", "json_schema", "grammar"))
        if with_schema and (named or not self._schema_accepted):
            return replace(sent, schema=False)
        return None

    # -------------------------------------------------------------------------------- the reply

    def _completion(self, body: bytes) -> _Completion:
        completion = parse(_Completion, body)
        if completion is None:
            what = self._server.quote(body.decode(errors="replace")) or "an empty body"
            raise self._server.bad_reply(
                f"it did not answer with a chat completion but with {what}. Check its URL."
            )
        return completion

    def _read(
        self, completion: _Completion, questions: Sequence[Question], *, with_schema: bool
    ) -> _Heard:
        choice = completion.choices[0]
        text = self._text(choice)
        try:
            values = read(questions, text, cut=choice.cut)
        except BadReply as exc:
            raise self._server.bad_reply(f"{exc}: {self._server.quote(text)!r}") from exc
        model = completion.model if isinstance(completion.model, str) else ""
        tokens = completion.usage or _Tokens()
        usage = Usage(tokens.prompt_tokens, tokens.completion_tokens)
        return _Heard(text, values, plain_line(model), usage, with_schema)

    def _text(self, choice: _Choice) -> str:
        text = choice.message.content
        if text and text.strip():
            return text
        if choice.message.refusal or choice.finish_reason == "content_filter":
            said = self._server.quote(choice.message.refusal or "its content filter stopped it")
            message = self._server.tell(f"{self._model} refused to answer: {said}")
            raise RequestRejected(message, endpoint=self.name)
        if choice.cut:
            raise self._server.bad_reply(
                f"{self._model} spent all its tokens before it answered, though it was given "
                f"{_THOUGHT_TOKENS} to think. Turn its thinking off there, or use another model."
            )
        raise self._server.bad_reply(f"{self._model} answered with nothing")

    def _outcome(
        self, ask: Ask, value: Value | None, *, call: Call, method: Method
    ) -> Answer | AskFailed:
        if value is None:
            detail = f"the reply of {self._model} says nothing usable of {ask.question['tag']!r}"
            return AskFailed(UnknownReason.FAILED, self._server.tell(detail))
        return Answer(value, self._model, self.name, method, PARSER, call.id)

    # ------------------------------------------------------------------------------- the errors

    async def _refusal(self, exc: openai.APIStatusError) -> EndpointError:
        said = _said(exc)
        if exc.status_code == 404 or exc.code == "model_not_found":
            return await self._model_missing(said)
        return self._server.refusal(exc.status_code, exc.response.headers, said)

    async def _model_missing(self, said: str) -> EndpointError:
        """What a 404 means depends on what the server does have."""
        try:
            async with asyncio.timeout(_LIST_TIMEOUT_S):
                catalog = await survey(self._http, self._server)
        except (EndpointError, TimeoutError):
            return self._server.model_missing(
                f"nothing there speaks OpenAI's API (404: {self._server.quote(said)}). "
                "Check its URL."
            )
        names = [model.name for model in catalog.models]
        if self._model in names:
            return self._server.model_missing(
                f"it lists {self._model} but cannot chat with it (404: {self._server.quote(said)})."
            )
        offer = self._server.quote(", ".join(names)) or "no model at all"
        return self._server.model_missing(f"it has no model {self._model!r}. It offers {offer}.")

    async def _check_model(self, answered: str) -> None:
        """Raises `ModelMissing` when another model answered, so that no answer is put down to the
        wrong one. What cannot be told passes."""
        if alike(self._model, answered) or answered in self._answers_as:
            return
        try:
            async with asyncio.timeout(_LIST_TIMEOUT_S):
                catalog = await survey(self._http, self._server)
        except (EndpointError, TimeoutError):
            catalog = None
        if catalog is not None and catalog.mistook(self._model, answered):
            other = self._server.quote(answered)
            raise self._server.model_missing(
                f"asked for {self._model}, but {other} answered: name {other} with --model, or "
                f"load {self._model} there."
            )
        self._answers_as.add(answered)


def _parts(shown: Sequence[Shown], question: str) -> list[_Part]:
    parts: list[_Part] = []
    for one in shown:
        url = "data:image/jpeg;base64," + b64encode(one.picture.jpeg).decode("ascii")
        parts.append({"type": "text", "text": frame_line(one.seconds)})
        parts.append({"type": "image_url", "image_url": {"url": url}})
    parts.append({"type": "text", "text": question})
    return parts


def _request(
    model: str, parts: Sequence[_Part], prompt: Prompt, *, dialect: _Dialect
) -> dict[str, object]:
    limit = "max_tokens" if dialect.old_limit else "max_completion_tokens"
    request: dict[str, object] = {
        "model": model,
        "messages": [{"role": "user", "content": parts}],
        limit: prompt.max_tokens + (0 if dialect.at_once else _THOUGHT_TOKENS),
    }
    if dialect.temperature:
        request["temperature"] = 0
    if dialect.schema and prompt.schema is not None:
        form = {"name": "answer", "strict": True, "schema": prompt.schema}
        request["response_format"] = {"type": "json_schema", "json_schema": form}
    return request


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def _said(exc: openai.APIStatusError) -> str:
    """The server's own words in an error, wherever it puts them."""
    said = exc.body
    if isinstance(said, Mapping):
        fields = cast("Mapping[str, object]", said)
        said = next(
            (fields[key] for key in ("message", "detail", "error") if key in fields), fields
        )
    return said if isinstance(said, str) else json.dumps(said) if said else ""
