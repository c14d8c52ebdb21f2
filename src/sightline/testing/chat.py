"""The part of the OpenAI chat protocol that the truthful endpoint speaks, in both directions."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import BaseModel, Field

_CHARACTERS_IN_TOKEN = 4
"""A common rule of thumb for English."""
_WORDS = re.compile(r"yes|no|\w+|\W")
_VERDICT = re.compile(r'": "(yes|no)"')
_SUREST = 0.001
"""No model gives a token less, however sure it is of the other."""


class ImageUrl(BaseModel):
    url: str


class ImagePart(BaseModel):
    type: Literal["image_url"]
    image_url: ImageUrl


class TextPart(BaseModel):
    type: Literal["text"]
    text: str


Part = Annotated[ImagePart | TextPart, Field(discriminator="type")]


class Message(BaseModel):
    role: str
    content: str | list[Part]


class ObjectSchema(BaseModel):
    properties: dict[str, object] = {}


class NamedSchema(BaseModel):
    schema_: ObjectSchema = Field(alias="schema")


class ResponseFormat(BaseModel):
    type: str
    json_schema: NamedSchema | None = None


class StreamOptions(BaseModel):
    include_usage: bool = False


class ChatRequest(BaseModel):
    """The body of `POST /v1/chat/completions`; fields that change nothing here are not read."""

    model: str
    messages: list[Message]
    stream: bool = False
    stream_options: StreamOptions | None = None
    max_tokens: int | None = None
    max_completion_tokens: int | None = None
    response_format: ResponseFormat | None = None
    logprobs: bool = False
    top_logprobs: int = 0

    @property
    def wants_schema(self) -> bool:
        return self.response_format is not None and self.response_format.type != "json_object"


@dataclass(frozen=True, slots=True)
class Said:
    """What the model says to a request."""

    content: str
    tokens_in: int
    cut: bool = False
    """By the token limit."""
    sure: tuple[float, ...] = ()
    """How likely a yes was at each verdict, in order."""

    def within(self, limit: int | None) -> Said:
        """Cut off where the tokens run out."""
        if limit is None or count_tokens(self.content) <= limit:
            return self
        content = self.content[: limit * _CHARACTERS_IN_TOKEN]
        return Said(content, self.tokens_in, cut=True, sure=self.sure)


@dataclass(frozen=True, slots=True)
class SpokenToken:
    """A word of a reply, and how likely the words were that might have stood there."""

    text: str
    logprob: float
    likeliest: tuple[tuple[str, float], ...]


def completion(request: ChatRequest, said: Said, *, number: int, logprobs: bool) -> Iterator[bytes]:
    """The body of a reply, in one piece or as server-sent events.

    `logprobs`: log-probabilities are given to those who ask for them.
    """
    said = said.within(request.max_completion_tokens or request.max_tokens)
    finish = "length" if said.cut else "stop"
    tokens_out = count_tokens(said.content)
    usage = {
        "prompt_tokens": said.tokens_in,
        "completion_tokens": tokens_out,
        "total_tokens": said.tokens_in + tokens_out,
    }
    frame = {"id": f"chatcmpl-{number}", "created": 0, "model": request.model}
    if not request.stream:
        message = {"role": "assistant", "content": said.content}
        choice: dict[str, object] = {"index": 0, "message": message, "finish_reason": finish}
        if logprobs and request.logprobs:
            choice["logprobs"] = {"content": _listed(said, request.top_logprobs)}
        whole = {**frame, "object": "chat.completion", "choices": [choice], "usage": usage}
        yield json.dumps(whole).encode()
        return
    frame["object"] = "chat.completion.chunk"
    for piece in _pieces(said.content):
        part = {"index": 0, "delta": piece, "finish_reason": None}
        yield _event({**frame, "choices": [part]})
    last = {"index": 0, "delta": dict[str, str](), "finish_reason": finish}
    yield _event({**frame, "choices": [last]})
    if request.stream_options and request.stream_options.include_usage:
        yield _event({**frame, "choices": [], "usage": usage})
    yield b"data: [DONE]\n\n"


def spoken(said: Said) -> Iterator[SpokenToken]:
    """The reply word by word; at a verdict both words are likely, as far as the model is sure."""
    verdicts = [match.start(1) for match in _VERDICT.finditer(said.content)]
    sure = dict(zip(verdicts, said.sure, strict=False))
    for match in _WORDS.finditer(said.content):
        word, share = match[0], sure.get(match.start())
        if share is None:
            yield SpokenToken(word, -0.001, ((word, -0.001),))
            continue
        share = min(1 - _SUREST, max(_SUREST, share))
        chances = {"yes": math.log(share), "no": math.log(1 - share)}
        ranked = sorted(chances.items(), key=lambda item: -item[1])
        yield SpokenToken(word, chances[word], tuple(ranked))


def count_tokens(text: str) -> int:
    return -(-len(text) // _CHARACTERS_IN_TOKEN)


def _listed(said: Said, count: int) -> Sequence[dict[str, object]]:
    return [
        {
            **_likely(token.text, token.logprob),
            "top_logprobs": [_likely(*one) for one in token.likeliest[:count]],
        }
        for token in spoken(said)
    ]


def _likely(text: str, logprob: float) -> dict[str, object]:
    return {"token": text, "logprob": logprob, "bytes": list(text.encode())}


def _pieces(content: str) -> Iterator[dict[str, str]]:
    yield {"role": "assistant", "content": ""}
    for start in range(0, len(content), 12):
        yield {"content": content[start : start + 12]}


def _event(document: object) -> bytes:
    return f"data: {json.dumps(document)}\n\n".encode()
