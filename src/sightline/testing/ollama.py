"""Ollama's own API, as the truthful endpoint speaks it beside OpenAI's."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence

from pydantic import BaseModel, Field

from sightline.testing.chat import (
    ChatRequest,
    ImagePart,
    ImageUrl,
    Message,
    NamedSchema,
    ObjectSchema,
    ResponseFormat,
    Said,
    SpokenToken,
    TextPart,
    count_tokens,
    spoken,
)

VERSION = "0.12.11"
"""The first that gives log-probabilities."""

_THEN = "2026-01-01T00:00:00Z"


class OllamaMessage(BaseModel):
    role: str
    content: str = ""
    images: list[str] | None = None


class Options(BaseModel):
    num_ctx: int | None = None
    num_predict: int | None = None


class OllamaChat(BaseModel):
    """The body of `POST /api/chat`; fields that change nothing here are not read."""

    model: str
    messages: list[OllamaMessage]
    stream: bool = True
    format: str | ObjectSchema | None = None
    options: Options = Field(default_factory=Options)
    logprobs: bool = False
    top_logprobs: int = 0

    def as_openai(self) -> ChatRequest:
        """The same request in the other protocol. Pictures come before the text of a message."""
        return ChatRequest(
            model=self.model,
            messages=[_message(message) for message in self.messages],
            stream=self.stream,
            max_tokens=self.options.num_predict,
            response_format=self._format(),
            logprobs=self.logprobs,
            top_logprobs=self.top_logprobs,
        )

    def _format(self) -> ResponseFormat | None:
        if isinstance(self.format, ObjectSchema):
            schema = NamedSchema(schema=self.format)
            return ResponseFormat(type="json_schema", json_schema=schema)
        return ResponseFormat(type="json_object") if self.format else None


def _message(message: OllamaMessage) -> Message:
    images = [
        ImagePart(type="image_url", image_url=ImageUrl(url=f"data:image/jpeg;base64,{image}"))
        for image in message.images or ()
    ]
    return Message(
        role=message.role, content=[*images, TextPart(type="text", text=message.content)]
    )


def chat_reply(request: ChatRequest, said: Said, *, logprobs: bool) -> Iterator[bytes]:
    """The body of a reply: lines of JSON, one when not streaming."""
    said = said.within(request.max_tokens)
    last: dict[str, object] = {
        "model": request.model,
        "created_at": _THEN,
        "done": True,
        "done_reason": "length" if said.cut else "stop",
        "total_duration": 1,
        "prompt_eval_count": said.tokens_in,
        "eval_count": count_tokens(said.content),
    }
    if not request.stream:
        message = {"role": "assistant", "content": said.content}
        given = [_likely(token, request.top_logprobs) for token in spoken(said)]
        with_logprobs = {"logprobs": given} if logprobs and request.logprobs else {}
        yield _line({**last, "message": message, **with_logprobs})
        return
    for start in range(0, len(said.content), 12):
        piece = {"role": "assistant", "content": said.content[start : start + 12]}
        yield _line({"model": request.model, "created_at": _THEN, "message": piece, "done": False})
    yield _line({**last, "message": {"role": "assistant", "content": ""}})


def tags(models: Sequence[str], *, weights: str) -> bytes:
    """The body of `GET /api/tags` and, as far as it goes, of `/api/ps`."""
    return _line({"models": [_card(name, weights) for name in models]})


def running(models: Sequence[str], *, weights: str, context_tokens: int | None) -> bytes:
    known = {"context_length": context_tokens} if context_tokens else {}
    timed = {"expires_at": _THEN, "size_vram": 1 << 20}
    return _line({"models": [{**_card(name, weights), **timed, **known} for name in models]})


def show(*, context_tokens: int | None) -> bytes:
    """The body of `POST /api/show`."""
    info: dict[str, object] = {"general.architecture": "truthful"}
    if context_tokens:
        info["truthful.context_length"] = context_tokens
    return _line(
        {"details": _DETAILS, "model_info": info, "capabilities": ["completion", "vision"]}
    )


def pulling(name: str) -> Iterator[bytes]:
    """The lines that tell of a download."""
    digest = _digest(name, "")
    yield _line({"status": "pulling manifest"})
    for completed in (0, 512, 1024):
        part = {"digest": digest, "total": 1024, "completed": completed}
        yield _line({"status": f"pulling {digest[7:19]}", **part})
    yield _line({"status": "verifying sha256 digest"})
    yield _line({"status": "success"})


def _likely(token: SpokenToken, count: int) -> dict[str, object]:
    listed = [{"token": text, "logprob": logprob} for text, logprob in token.likeliest[:count]]
    return {"token": token.text, "logprob": token.logprob, "top_logprobs": listed}


_DETAILS = {"format": "gguf", "family": "truthful", "parameter_size": "0B"}


def _card(name: str, weights: str) -> dict[str, object]:
    return {
        "name": name,
        "model": name,
        "modified_at": _THEN,
        "size": 1 << 20,
        "digest": _digest(name, weights),
        "details": _DETAILS,
    }


def _digest(name: str, weights: str) -> str:
    return f"sha256:{hashlib.sha256(f'{name} {weights}'.encode()).hexdigest()}"


def _line(document: object) -> bytes:
    return json.dumps(document).encode() + b"\n"
