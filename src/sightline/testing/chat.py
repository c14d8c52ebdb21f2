"""The part of the OpenAI chat protocol that the truthful endpoint speaks, in both directions."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import BaseModel, Field

from sightline.testing.code import Code, read_jpeg

_CHARACTERS_IN_TOKEN = 4
"""A common rule of thumb for English."""
_TOKENS_IN_PICTURE = 256


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


@dataclass(frozen=True, slots=True)
class Seen:
    """A picture as it arrived."""

    code: Code | None
    """None when it cannot be read."""
    label: str
    """The text just before it: what the client says of its time."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A chat request, understood."""

    pictures: tuple[Seen, ...]
    tags: tuple[str, ...] | None
    """The wordings asked about; None when free text is wanted."""
    tokens: int

    @property
    def name(self) -> str:
        """The same for the same question about the same frames."""
        frames = [(s.code.video, s.code.frame) if s.code else s.label for s in self.pictures]
        return json.dumps([frames, self.tags])


def understand(request: ChatRequest, *, heed_schema: bool) -> Asked:
    """What is asked, and of which pictures.

    Tags are the properties of the schema, if there is one and it is heeded, else the lines
    `- tag` of a prompt that wants JSON.
    """
    pictures: list[Seen] = []
    texts: list[str] = []
    for part in _parts(request.messages):
        if isinstance(part, TextPart):
            texts.append(part.text)
        else:
            pictures.append(Seen(_read_url(part.image_url.url), texts[-1] if texts else ""))
    wanted = request.response_format if heed_schema else None
    tokens = sum(map(_tokens, texts)) + _TOKENS_IN_PICTURE * len(pictures)
    if wanted and wanted.json_schema:
        tags = tuple(wanted.json_schema.schema_.properties)
    else:
        tags = _listed(texts[-1]) if texts else None
    return Asked(tuple(pictures), tags, tokens)


def completion(
    request: ChatRequest, asked: Asked, content: str, *, cut: bool, number: int
) -> Iterator[bytes]:
    """The body of a reply, in one piece or as server-sent events. `cut` by the token limit."""
    limit = request.max_completion_tokens or request.max_tokens
    if limit is not None and _tokens(content) > limit:
        content, cut = content[: limit * _CHARACTERS_IN_TOKEN], True
    finish = "length" if cut else "stop"
    usage = {
        "prompt_tokens": asked.tokens,
        "completion_tokens": _tokens(content),
        "total_tokens": asked.tokens + _tokens(content),
    }
    frame = {"id": f"chatcmpl-{number}", "created": 0, "model": request.model}
    if not request.stream:
        message = {"role": "assistant", "content": content}
        choice = {"index": 0, "message": message, "finish_reason": finish}
        whole = {**frame, "object": "chat.completion", "choices": [choice], "usage": usage}
        yield json.dumps(whole).encode()
        return
    frame["object"] = "chat.completion.chunk"
    for piece in _pieces(content):
        choice = {"index": 0, "delta": piece, "finish_reason": None}
        yield _event({**frame, "choices": [choice]})
    last = {"index": 0, "delta": dict[str, str](), "finish_reason": finish}
    yield _event({**frame, "choices": [last]})
    if request.stream_options and request.stream_options.include_usage:
        yield _event({**frame, "choices": [], "usage": usage})
    yield b"data: [DONE]\n\n"


def _parts(messages: Sequence[Message]) -> Iterator[ImagePart | TextPart]:
    for message in messages:
        if isinstance(message.content, str):
            yield TextPart(type="text", text=message.content)
        else:
            yield from message.content


def _listed(prompt: str) -> tuple[str, ...] | None:
    if "JSON" not in prompt:
        return None
    return tuple(line[2:].strip() for line in prompt.splitlines() if line.startswith("- ")) or None


def _read_url(url: str) -> Code | None:
    head, _, data = url.partition(",")
    if not head.endswith(";base64"):
        return None
    try:
        return read_jpeg(base64.b64decode(data))
    except binascii.Error:
        return None


def _tokens(text: str) -> int:
    return -(-len(text) // _CHARACTERS_IN_TOKEN)


def _pieces(content: str) -> Iterator[dict[str, str]]:
    yield {"role": "assistant", "content": ""}
    for start in range(0, len(content), 12):
        yield {"content": content[start : start + 12]}


def _event(document: object) -> bytes:
    return f"data: {json.dumps(document)}\n\n".encode()
