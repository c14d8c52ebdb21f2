"""Ollama by its own API, through the official SDK.

Beside what its OpenAI-compatible API can do, this one tells which models see and what their weights
are, keeps a model in memory between calls, sets the size of its context, and fetches models.
A model is asked not to think before it answers; one that does all the same gets room for that.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import Any, TypeVar, cast

import httpx2
import ollama

from sightline.endpoints.bridge import Bridge, Refused
from sightline.endpoints.catalog import choose
from sightline.endpoints.exchange import THOUGHT_TOKENS, Heard, Inquiry, hold, inquire, usable
from sightline.endpoints.http import Server, connections, root_url, secret
from sightline.endpoints.voice import Hear, Voice, broken_off
from sightline.errors import BadReply, EndpointError, RequestRejected
from sightline.ports import Given, Reply, Shown
from sightline.prompts.likelihood import Token
from sightline.prompts.templates import Prompt
from sightline.values import Ask, Jpeg, ServedModel, Usage
from sightline.values.text import plain_line, plain_lines

DEFAULT_URL = "http://127.0.0.1:11434"
_GOOD_MODEL = "qwen2.5vl:3b"
_LIST_TIMEOUT_S = 10.0
_MOST_SHOWN = 64
"""It tells sight one model at a time; nobody wants to wait for hundreds."""
_LIKELIEST = 5
_PULL_SILENCE_S = 900.0
"""Between two words on a download: checking a large file says nothing for minutes."""
_PULL_MAX_BYTES = 256 << 20
"""Of lines about a download, each of which is dropped once it is read: days of them."""
_NOT_ITS_ANSWER = (ValueError, TypeError, AttributeError, RecursionError)
"""What the SDK raises for a reply that is not what Ollama would say."""

_Said = TypeVar("_Said")


@dataclass(frozen=True, slots=True)
class PullProgress:
    """How far a download is."""

    status: str
    """In Ollama's words."""
    completed: int | None = None
    """Bytes of the part that is being fetched."""
    total: int | None = None


class OllamaEndpoint:
    """`ports.Endpoint` over one Ollama server and one of its models."""

    def __init__(self, given: Given, *, model: str) -> None:
        """Connects to nothing. Raises `SettingsError` for a URL or key that cannot be used."""
        settings = given.settings
        self._model = model
        self._slots = connections(settings.slots)
        self._jpeg = Jpeg(settings.jpeg_quality, settings.jpeg_max_bytes)
        self._timeout_s = settings.timeout_s
        self._keep_alive = _keep_alive(settings.keep_alive)
        self._context = settings.context
        self._line = _Line(_server(given), slots=self._slots, timeout_s=settings.timeout_s)
        self._at_once = True
        """The model answers without thinking first."""
        profile = given.profile
        self._schema = profile is None or profile.schema == "honoured"
        self._logprobs = profile is not None and profile.logprobs

    @property
    def name(self) -> str:
        return self._line.server.name

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
            server=self._line.server,
            model=self._model,
            timeout_s=self._timeout_s,
        )
        return reply

    async def aclose(self) -> None:
        await self._line.aclose()

    async def _exchange(self, inquiry: Inquiry, hear: Hear | None) -> Heard:
        server, at_once = self._line.server, self._at_once
        verdicts = self._logprobs and inquiry.may_be_verdicts
        prompt = inquiry.prompt(verdicts=verdicts)
        form = prompt.schema if self._schema else "json" if prompt.schema else None
        messages = [
            {"role": "user", "content": _words(inquiry, prompt), "images": _images(inquiry)}
        ]
        while True:
            options = self._options(inquiry, prompt, at_once=at_once)
            try:
                response = await self._line.ask(
                    lambda sdk, options=options: _chat(
                        sdk,
                        hear,
                        model=self._model,
                        messages=messages,
                        think=False,
                        format=form,
                        logprobs=verdicts or None,
                        top_logprobs=_LIKELIEST if verdicts else None,
                        options=options,
                        keep_alive=self._keep_alive,
                    )
                )
            except ollama.ResponseError as exc:
                raise broken_off(server, exc.error) from server.cause(exc)
            except Refused as exc:
                raise await self._refusal(exc) from None
            cut = response.done_reason == "length"
            try:
                said = plain_lines(response.message.content or "")
                text = usable(said, cut=cut, refusal=None, server=server, model=self._model)
                tokens = _tokens(response) if verdicts else ()
                readings = inquiry.read(text, cut=cut, server=server, tokens=tokens)
            except BadReply:
                if at_once and cut:
                    at_once = False
                    continue
                raise
            self._at_once = self._at_once and at_once
            usage = Usage(response.prompt_eval_count, response.eval_count)
            promised = isinstance(form, dict)
            return Heard(text, readings, usage, promised, plain_line(response.model or ""))

    def _options(self, inquiry: Inquiry, prompt: Prompt, *, at_once: bool) -> dict[str, float]:
        options: dict[str, float] = {
            "temperature": inquiry.temperature,
            "num_predict": prompt.max_tokens + (0 if at_once else THOUGHT_TOKENS),
        }
        if inquiry.sample:
            options["seed"] = inquiry.sample
        if self._context is not None:
            options["num_ctx"] = self._context
        return options

    async def _refusal(self, refused: Refused) -> EndpointError:
        server = self._line.server
        if refused.status != 404:
            return server.refusal(refused.status, refused.headers, refused.said)
        try:
            async with asyncio.timeout(_LIST_TIMEOUT_S):
                listed = await self._line.ask(lambda sdk: sdk.list())
        except (EndpointError, Refused, TimeoutError):
            return server.model_missing(
                f"nothing there speaks Ollama's API (404: {server.quote(refused.said)}). "
                "Check its URL."
            )
        names = ", ".join(model.model or "" for model in listed.models)
        offer = server.quote(names) or "no model at all"
        return server.model_missing(
            f"it has no model {self._model!r}. It offers {offer}. "
            f"To get it run `ollama pull {self._model}`."
        )


class _Line:
    """The SDK, and one way of telling what goes wrong with it."""

    def __init__(
        self, server: Server, *, slots: int, timeout_s: float, max_bytes: int | None = None
    ) -> None:
        self.server = server
        sizes = {} if max_bytes is None else {"max_bytes": max_bytes}
        client = server.client(slots=slots, timeout_s=timeout_s, **sizes)
        # What the SDK finds in the environment (OLLAMA_HOST, OLLAMA_API_KEY) goes nowhere.
        self._sdk = ollama.AsyncClient(server.url, transport=Bridge(client), trust_env=False)

    async def ask(self, call: Callable[[ollama.AsyncClient], Awaitable[_Said]]) -> _Said:
        """Raises `Refused` for a status other than 2xx, else an `EndpointError`."""
        try:
            return await call(self._sdk)
        except (httpx2.HTTPError, httpx2.InvalidURL, OSError) as exc:
            raise self.server.unreachable(exc) from exc
        except _NOT_ITS_ANSWER as exc:
            raise self._not_ollama(exc) from self.server.cause(exc)

    async def pull(self, model: str) -> AsyncGenerator[PullProgress]:
        try:
            stream = await self._sdk.pull(model, stream=True)
            async with aclosing(cast("AsyncGenerator[ollama.ProgressResponse]", stream)) as lines:
                async for line in lines:
                    yield PullProgress(plain_line(line.status or ""), line.completed, line.total)
        except ollama.ResponseError as exc:
            raise self._not_pulled(model, exc.error) from self.server.cause(exc)
        except Refused as exc:
            if exc.status >= 500 or exc.status == 404:
                raise self._not_pulled(model, exc.said) from None
            raise self.server.refusal(exc.status, exc.headers, exc.said) from None
        except (httpx2.HTTPError, httpx2.InvalidURL, OSError) as exc:
            raise self.server.unreachable(exc) from exc
        except _NOT_ITS_ANSWER as exc:
            raise self._not_ollama(exc) from self.server.cause(exc)

    async def aclose(self) -> None:
        await self._sdk.close()

    def _not_pulled(self, model: str, why: str) -> RequestRejected:
        text = f"it could not fetch {model}: {self.server.quote(why)}"
        return RequestRejected(self.server.tell(text), endpoint=self.server.name)

    def _not_ollama(self, exc: Exception) -> BadReply:
        body = getattr(exc, "doc", None)
        what = f" but with {self.server.quote(body)}" if isinstance(body, str) and body else ""
        return self.server.bad_reply(f"it did not answer as Ollama does{what}. Check its URL.")


class OllamaKind:
    """Ollama, as `ports.EndpointKind`, which can also fetch models."""

    def url(self, given: Given) -> str:
        return _server(given).url

    async def connect(self, given: Given) -> OllamaEndpoint:
        model = given.model or given.settings.model
        if model is None:
            way_out = f"To get a model that sees run `ollama pull {_GOOD_MODEL}`."
            models = await self.models(given)
            model = choose(_server(given), models, given.settings.role, way_out=way_out).name
        return OllamaEndpoint(given, model=model)

    async def models(self, given: Given) -> Sequence[ServedModel]:
        line = _Line(_server(given), slots=4, timeout_s=_LIST_TIMEOUT_S)
        try:
            async with asyncio.timeout(_LIST_TIMEOUT_S):
                return await _survey(line)
        except Refused as exc:
            raise line.server.refusal(exc.status, exc.headers, exc.said) from None
        except TimeoutError as exc:
            raise line.server.unlisted(_LIST_TIMEOUT_S) from exc
        finally:
            await line.aclose()

    async def pull(self, given: Given, model: str) -> AsyncGenerator[PullProgress]:
        """Have the server fetch `model`; the last thing said is `success`.

        Raises `EndpointError`, with the server's reason, when that fails. May be left early: what
        was fetched by then is kept, and the next pull goes on from there.
        """
        limits: dict[str, Any] = {"timeout_s": _PULL_SILENCE_S, "max_bytes": _PULL_MAX_BYTES}
        line = _Line(_server(given), slots=1, **limits)
        last = ""
        try:
            async with aclosing(line.pull(model)) as progress:
                async for step in progress:
                    last = step.status
                    yield step
        finally:
            await line.aclose()
        if last != "success":
            text = f"the download of {model} ended before it was whole. Pull it again to go on."
            raise line.server.bad_reply(text)


kind = OllamaKind()


async def _survey(line: _Line) -> list[ServedModel]:
    listed = await line.ask(lambda sdk: sdk.list())
    loaded: set[str] = set()
    try:
        running = await line.ask(lambda sdk: sdk.ps())
        loaded = {model.model or "" for model in running.models}
    except Refused:  # an old version does not tell
        pass
    models = [
        ServedModel(
            plain_line(card.model), None, card.model in loaded, plain_line(card.digest or "")
        )
        for card in listed.models
        if card.model
    ]

    async def look(model: ServedModel) -> ServedModel | None:
        try:
            abilities = (await line.ask(lambda sdk: sdk.show(model.name))).capabilities
        except (Refused, BadReply):  # removed by now, or too old to say
            return model
        if abilities is None:
            return model
        if "embedding" in abilities and "completion" not in abilities:
            return None
        return replace(model, vision="vision" in abilities)

    told = await asyncio.gather(*(look(model) for model in models[:_MOST_SHOWN]))
    return [model for model in told if model is not None] + models[_MOST_SHOWN:]


def _server(given: Given) -> Server:
    settings = given.settings
    url = root_url(settings.url or DEFAULT_URL, setting=f"endpoint {given.name}")
    key = settings.api_key
    key = key and secret(key.get_secret_value(), setting=given.key_setting)
    return Server(given.name, url, key, given.key_setting)


def _keep_alive(text: str | None) -> float | str | None:
    """A number is seconds; as a text Ollama would refuse it for want of a unit."""
    try:
        return None if text is None else float(text)
    except ValueError:
        return text


def _words(inquiry: Inquiry, prompt: Prompt) -> str:
    """Pictures have no place in the text here; the lines stand in their order, before the question.

    Ollama puts all pictures before the text.
    """
    return "\n".join([*inquiry.lines, prompt.text])


def _images(inquiry: Inquiry) -> list[ollama.Image]:
    return [ollama.Image(value=one.picture.jpeg) for one in inquiry.shown]


async def _chat(sdk: ollama.AsyncClient, hear: Hear | None, **asked: Any) -> ollama.ChatResponse:
    """The whole reply, whose text `hear` is given as it comes."""
    if hear is None:
        return await sdk.chat(stream=False, **asked)  # pyright: ignore[reportUnknownMemberType] - its tools
    voice, last = Voice(hear), None
    stream = await sdk.chat(stream=True, **asked)  # pyright: ignore[reportUnknownMemberType] - its tools
    async with aclosing(cast("AsyncGenerator[ollama.ChatResponse]", stream)) as parts:
        async for last in parts:
            voice.say(last.message.content or "")
    if last is None or not last.done:
        raise ollama.ResponseError("the stream ended before the answer did")
    voice.end()
    return last.model_copy(update={"message": ollama.Message(role="assistant", content=voice.said)})


def _tokens(response: ollama.ChatResponse) -> list[Token]:
    return [
        Token(
            one.token.encode(errors="replace"),
            one.logprob,
            tuple((t.token.encode(errors="replace"), t.logprob) for t in one.top_logprobs or ()),
        )
        for one in response.logprobs or ()
    ]
