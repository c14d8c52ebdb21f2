"""Which models a server has, and which of them can see.

The list itself is the same everywhere (`GET /models`), but each server tells in its own way what
takes pictures, and some do not tell. `vision` is None then: unknown is not a no.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

import httpx2
from pydantic import BaseModel, Field, JsonValue

from sightline.endpoints.http import HeardLine, Server, parse, said_in
from sightline.values import Role, ServedModel, canonical_digest


class Kind(StrEnum):
    """Whose server it is."""

    LM_STUDIO = "LM Studio"
    OLLAMA = "Ollama"
    VLLM = "vLLM"
    LLAMA_CPP = "llama.cpp"
    OTHER = "OpenAI-compatible"


@dataclass(frozen=True, slots=True)
class Catalog:
    """What one server offers, models that only make embeddings left out."""

    kind: Kind
    models: tuple[ServedModel, ...]

    def mistook(self, asked: str, answered: str) -> bool:
        """Whether the server answered for another model because it does not heed the name.

        Such a server has one model, or is LM Studio, and lists what answered but not what was
        asked for. Anywhere else the name may be an alias, or one of more than are listed.
        """
        if alike(asked, answered) or any(alike(asked, model.name) for model in self.models):
            return False
        heedless = self.kind is Kind.LM_STUDIO or len(self.models) == 1
        return heedless and any(alike(answered, model.name) for model in self.models)


class _Card(BaseModel):
    """One entry of a list of models: what any of the known servers may say about it."""

    id: HeardLine = ""
    name: HeardLine = ""
    owned_by: str | None = None
    type: str | None = None
    state: str | None = None
    capabilities: JsonValue = None
    architecture: JsonValue = None
    meta: JsonValue = None
    """Of llama.cpp: what its file of weights says, such as sizes and counts."""


class _Cards(BaseModel):
    data: list[_Card] | None = Field(default_factory=list[_Card])
    """Ollama without a model says null."""
    models: list[_Card] = Field(default_factory=list[_Card])
    """llama.cpp tells capabilities here."""


class _Props(BaseModel):
    modalities: dict[str, JsonValue] = Field(default_factory=dict[str, JsonValue])


class _Show(BaseModel):
    capabilities: list[str] | None = None


class _Tag(BaseModel):
    name: str | None = None
    digest: HeardLine | None = None


class _Tags(BaseModel):
    models: list[_Tag] = Field(default_factory=list[_Tag])


_OWNERS = {
    "llamacpp": Kind.LLAMA_CPP,
    "vllm": Kind.VLLM,
    "library": Kind.OLLAMA,
    "organization_owner": Kind.LM_STUDIO,
}
_MOST_SHOWN = 64
"""Ollama tells sight one model at a time; nobody wants to wait for hundreds."""


async def survey(client: httpx2.AsyncClient, server: Server, kind: Kind = Kind.OTHER) -> Catalog:
    """The models of a server; `kind` is a guess, which its own words overrule.

    Raises `EndpointError` when it cannot be reached or does not give a list of models.
    """
    response = await fetch(client, server, "GET", f"{server.url}/models")
    if not response.is_success:
        raise server.refusal(response.status_code, response.headers, _said(response))
    cards = parse(_Cards, response.content)
    if cards is None:
        raise server.bad_reply("it did not answer with a list of models. Check its URL.")
    listed = [card for card in cards.data or [] if card.id]
    owner = (listed[0].owned_by or "") if listed else ""
    kind = _OWNERS.get(owner, kind)
    hints = {card.name: _hinted(card) for card in cards.models}
    models = tuple(
        ServedModel(
            card.id,
            hint if (hint := _hinted(card)) is not None else hints.get(card.id),
            fingerprint=canonical_digest(card.meta) if card.meta else "",
        )
        for card in listed
        if not _is_embedder(card)
    )
    match kind:
        case Kind.LM_STUDIO:
            models = await _ask_lm_studio(client, server, models)
        case Kind.OLLAMA:
            models = await _ask_ollama(client, server, models)
        case Kind.LLAMA_CPP:
            models = await _ask_llama_cpp(client, server, models)
        case Kind.VLLM | Kind.OTHER:
            pass
    return Catalog(kind, models)


def best(models: Sequence[ServedModel], role: Role = Role.BOTH) -> ServedModel | None:
    """The model to ask, by `rank`, else the server's order; None when none may see.

    For text alone any model will do, and one that is loaded comes first.
    """
    if role is Role.LANGUAGE:
        return min(models, key=lambda model: not model.loaded, default=None)
    seeing = [model for model in models if model.vision is not False]
    return min(seeing, key=lambda model: model.rank, default=None)


def choose(
    server: Server, models: Sequence[ServedModel], role: Role, *, way_out: str
) -> ServedModel:
    """The best model. Raises `ModelMissing` with the `way_out`, a sentence, when there is none."""
    model = best(models, role)
    if model is None:
        names = server.quote(", ".join(model.name for model in models))
        offer = f"of its models none can see ({names})" if names else "it has no model loaded"
        raise server.model_missing(f"{offer}. {way_out}")
    return model


def alike(one: str, other: str) -> bool:
    """Whether two names may mean the same model, which servers spell with a path, tag or date.

    Doubtful is yes: `gpt-5` and `gpt-5-mini` are alike, as `gpt-5` and `gpt-5-2025-08-07` are.
    """
    names = one.casefold(), other.casefold()
    first, second = (set(re.findall(r"[^\W_]+", name)) for name in names)
    if first <= second or second <= first:
        return True
    a, b = (re.sub(r"[\W_]", "", re.split(r"[/\\]", name)[-1]) for name in names)
    return a.startswith(b) or a.endswith(b) or b.startswith(a) or b.endswith(a)


async def fetch(
    client: httpx2.AsyncClient,
    server: Server,
    method: str,
    url: str,
    *,
    body: Mapping[str, str] | None = None,
) -> httpx2.Response:
    """One exchange. Raises `EndpointError` when there is no whole reply."""
    try:
        return await client.request(method, url, json=body)
    except (httpx2.HTTPError, httpx2.InvalidURL, OSError) as exc:
        raise server.unreachable(exc) from exc


async def _ask_lm_studio(
    client: httpx2.AsyncClient, server: Server, models: tuple[ServedModel, ...]
) -> tuple[ServedModel, ...]:
    response = await fetch(client, server, "GET", f"{_root(server)}/api/v0/models")
    cards = parse(_Cards, response.content)
    known = {card.id: card for card in (cards and cards.data) or []}
    told: list[ServedModel] = []
    for model in models:
        card = known.get(model.name)
        if card is None or card.type is None:
            told.append(model)
        elif not _is_embedder(card):
            loaded = card.state in {None, "loaded"}
            told.append(replace(model, vision=card.type == "vlm", loaded=loaded))
    return tuple(told)


async def _ask_ollama(
    client: httpx2.AsyncClient, server: Server, models: tuple[ServedModel, ...]
) -> tuple[ServedModel, ...]:
    async def ask(model: ServedModel) -> ServedModel | None:
        body = {"model": model.name}
        response = await fetch(client, server, "POST", f"{_root(server)}/api/show", body=body)
        show = parse(_Show, response.content)
        if show is None or show.capabilities is None:
            return model
        abilities = show.capabilities
        if "embedding" in abilities and "completion" not in abilities:
            return None
        return replace(model, vision="vision" in abilities)

    told = await asyncio.gather(*(ask(model) for model in models[:_MOST_SHOWN]))
    tags = await fetch(client, server, "GET", f"{_root(server)}/api/tags")
    digests = {tag.name: tag.digest or "" for tag in (parse(_Tags, tags.content) or _Tags()).models}
    kept = tuple(model for model in told if model is not None) + models[_MOST_SHOWN:]
    return tuple(replace(model, fingerprint=digests.get(model.name, "")) for model in kept)


async def _ask_llama_cpp(
    client: httpx2.AsyncClient, server: Server, models: tuple[ServedModel, ...]
) -> tuple[ServedModel, ...]:
    if len(models) != 1:  # a router of several: its properties are of no one model
        return models
    response = await fetch(client, server, "GET", f"{_root(server)}/props")
    props = parse(_Props, response.content)
    vision = props and props.modalities.get("vision")
    return (replace(models[0], vision=vision) if isinstance(vision, bool) else models[0],)


def _said(response: httpx2.Response) -> str:
    try:
        return said_in(json.loads(response.content))
    except (ValueError, RecursionError):
        return response.text


def _root(server: Server) -> str:
    return server.url.removesuffix("/v1")


def _is_embedder(card: _Card) -> bool:
    return card.type in {"embedding", "embeddings"} or "embed" in card.id.casefold()


def _hinted(card: _Card) -> bool | None:
    """What a card itself says: llama.cpp and Mistral by capabilities, OpenRouter by modalities."""
    match card.capabilities:
        case {"vision": bool(vision)}:
            return vision
        case list(abilities) if abilities:
            return "multimodal" in abilities or "vision" in abilities
        case _:
            pass
    match card.architecture:
        case {"input_modalities": list(taken)}:
            return "image" in taken
        case _:
            return None
