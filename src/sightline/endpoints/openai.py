"""Any server that speaks OpenAI's chat completions, through the official SDK.

One exchange is one request: a line with its time and the picture for each frame, then the
question, so that a server which caches prefixes reads a picture once. The SDK retries nothing
and every one of its errors is translated here. What a server turns out not to take (a JSON
schema, a temperature, the older name of the token limit) is left out from then on, and a model
that thinks before it answers gets room for that.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

import httpx2
import openai
from pydantic import SecretStr

from sightline.endpoints.catalog import alike, choose, survey
from sightline.endpoints.chat import Completion, Dialect, ask_in, picture_parts, request
from sightline.endpoints.chunks import UNREAD, hear_completion, is_stream
from sightline.endpoints.exchange import Heard, Inquiry, hold, inquire, usable
from sightline.endpoints.http import Server, base_url, connections, parse, said_in, secret
from sightline.endpoints.voice import Hear, Voice
from sightline.errors import BadReply, EndpointError, SettingsError
from sightline.ports import EndpointKind, Given, Reply, Shown
from sightline.values import Ask, Jpeg, Profile, Role, ServedModel, Usage
from sightline.values.text import plain_line

_LIST_TIMEOUT_S = 10.0
"""For the list of models, which takes no thinking."""


@dataclass(frozen=True, slots=True)
class OpenAIConfig:
    """One server and model, as settings give them."""

    name: str
    base_url: str
    """With or without `/v1`."""
    model: str | None = None
    """None: the first model of the server that can see."""
    api_key: SecretStr | None = field(default=None, repr=False)
    slots: int | Literal["learn"] = 4
    timeout_s: float = 120.0
    """For one whole exchange."""
    jpeg: Jpeg = Jpeg()
    key_setting: str = "api_key"
    """Where a person sets the key, for messages."""
    role: Role = Role.BOTH
    profile: Profile | None = None
    """What it was measured to be able to do; without it that is found out by trying."""

    @classmethod
    def of(cls, given: Given) -> OpenAIConfig:
        """Raises `SettingsError` when there is no URL."""
        settings = given.settings
        if settings.url is None:
            raise SettingsError(
                f"endpoints.{given.name}.url is missing: an openai endpoint needs one, as in "
                "http://127.0.0.1:1234/v1"
            )
        return cls(
            given.name,
            settings.url,
            model=given.model or settings.model,
            api_key=settings.api_key,
            slots=settings.slots,
            timeout_s=settings.timeout_s,
            jpeg=Jpeg(settings.jpeg_quality, settings.jpeg_max_bytes),
            key_setting=given.key_setting,
            role=settings.role,
            profile=given.profile,
        )

    @property
    def server(self) -> Server:
        url = base_url(self.base_url, setting=f"endpoint {self.name}")
        key = self.api_key and secret(self.api_key.get_secret_value(), setting=self.key_setting)
        return Server(self.name, url, key, self.key_setting)


class OpenAIEndpoint:
    """`ports.Endpoint` over one OpenAI-compatible server and one of its models."""

    def __init__(self, config: OpenAIConfig, *, model: str) -> None:
        """Connects to nothing. Raises `SettingsError` for a URL that cannot be used."""
        self._server = config.server
        self._model = model
        self._slots = connections(config.slots)
        self._jpeg = config.jpeg
        self._timeout_s = config.timeout_s
        self._http = self._server.client(slots=self._slots, timeout_s=config.timeout_s)
        self._sdk = openai.AsyncOpenAI(
            base_url=self._server.url,
            api_key="set-by-our-own-client",  # so that the SDK never holds the real one
            max_retries=0,
            http_client=self._http,
        )
        self._dialect = Dialect.of(config.profile)
        self._form_accepted = False
        self._streams = True
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
        models = await list_models(config)
        way_out = "Load a vision model there."
        return cls(config, model=choose(config.server, models, config.role, way_out=way_out).name)

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
        heard, reply = await hold(
            inquiry,
            self._exchange(inquiry, hear),
            server=self._server,
            model=self._model,
            timeout_s=self._timeout_s,
        )
        await self._check_model(heard.model)
        return reply

    async def aclose(self) -> None:
        await self._sdk.close()

    async def _exchange(self, inquiry: Inquiry, hear: Hear | None) -> Heard:
        """Ask, and ask in another way what the server cannot answer in this one."""
        pictures, sent = picture_parts(inquiry), self._dialect
        while True:
            asked = ask_in(sent, inquiry)
            body = request(
                asked,
                pictures,
                model=self._model,
                temperature=inquiry.temperature,
                dialect=sent,
            )
            try:
                completion = await self._send(body, hear)
            except openai.APIStatusError as exc:
                if exc.status_code in {400, 422}:
                    # Other exchanges that carry the form may be under way when the first is
                    # refused, so it is held against the form until one was accepted.
                    why = f"{exc.param or ''} {said_in(exc.body)}"
                    if hear is not None and self._streams and "stream" in why.casefold():
                        self._streams = False
                        continue
                    unexplained = not self._form_accepted
                    if (next_ := sent.after(why, unexplained=unexplained, asked=asked)) is not None:
                        sent = next_
                        continue
                raise await self._refusal(exc) from self._server.cause(exc)
            except openai.APIConnectionError as exc:
                raise self._server.unreachable(exc) from exc
            self._form_accepted |= bool(asked.form)
            self._dialect = self._dialect.and_(replace(sent, at_once=True))
            choice = completion.choices[0]
            try:
                text = usable(
                    choice.message.content,
                    cut=choice.cut,
                    refusal=choice.refused,
                    server=self._server,
                    model=self._model,
                )
                tokens = choice.tokens if asked.verdicts else ()
                readings = inquiry.read(text, cut=choice.cut, server=self._server, tokens=tokens)
            except BadReply:
                if sent.at_once and choice.cut:
                    sent = replace(sent, at_once=False)
                    continue
                raise
            self._dialect = self._dialect.and_(sent)
            model = completion.model if isinstance(completion.model, str) else ""
            taken = completion.usage
            usage = Usage(taken.prompt_tokens, taken.completion_tokens) if taken else Usage()
            promised = asked.form == "json_schema"
            return Heard(text, readings, usage, promised, plain_line(model))

    async def _send(self, body: dict[str, object], hear: Hear | None) -> Completion:
        # Not `chat.completions.create`: that takes twice the CPU of the whole exchange, for
        # models of request and reply that check neither.
        path, raw = "/chat/completions", httpx2.Response
        if hear is None:
            return self._completion((await self._sdk.post(path, cast_to=raw, body=body)).content)
        if self._streams:
            body = body | {"stream": True, "stream_options": {"include_usage": True}}
        response = await self._sdk.post(path, cast_to=raw, body=body, options=UNREAD)
        if is_stream(response):
            return await hear_completion(response, self._server, hear)
        try:
            completion = self._completion(await response.aread())
        except httpx2.HTTPError as exc:
            raise self._server.unreachable(exc) from exc
        finally:
            await response.aclose()
        voice = Voice(hear)
        voice.say(completion.choices[0].message.content or "")
        voice.end()
        return completion

    def _completion(self, body: bytes) -> Completion:
        completion = parse(Completion, body)
        if completion is None:
            what = self._server.quote(body.decode(errors="replace")) or "an empty body"
            raise self._server.bad_reply(
                f"it did not answer with a chat completion but with {what}. Check its URL."
            )
        return completion

    # ------------------------------------------------------------------------------- the errors

    async def _refusal(self, exc: openai.APIStatusError) -> EndpointError:
        said = said_in(exc.body)
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


async def list_models(config: OpenAIConfig) -> tuple[ServedModel, ...]:
    """What the server offers now. Raises `EndpointError` when it cannot be asked."""
    server = config.server
    async with server.client(slots=4, timeout_s=_LIST_TIMEOUT_S) as client:
        try:
            async with asyncio.timeout(_LIST_TIMEOUT_S):
                return (await survey(client, server)).models
        except TimeoutError as exc:
            raise server.unlisted(_LIST_TIMEOUT_S) from exc


class _OpenAIKind:
    def url(self, given: Given) -> str:
        return OpenAIConfig.of(given).server.url

    async def connect(self, given: Given) -> OpenAIEndpoint:
        return await OpenAIEndpoint.connect(OpenAIConfig.of(given))

    async def models(self, given: Given) -> Sequence[ServedModel]:
        return await list_models(OpenAIConfig.of(given))


kind: EndpointKind = _OpenAIKind()
"""OpenAI-compatible servers, as `ports.EndpointKind`."""
