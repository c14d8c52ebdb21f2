"""How the truthful endpoint is spoken to and how its replies look, in each of its protocols."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from sightline.testing import ollama
from sightline.testing.asked import Asked
from sightline.testing.chat import ChatRequest, Said, completion
from sightline.testing.http11 import Response


class Render(Protocol):
    def __call__(
        self, request: ChatRequest, said: Said, *, number: int, logprobs: bool
    ) -> Iterator[bytes]: ...


@dataclass(frozen=True, slots=True)
class Wire:
    """A protocol in which it can be asked."""

    parse: Callable[[bytes], ChatRequest]
    render: Render
    stream_type: str


def _render_ollama(
    request: ChatRequest, said: Said, *, number: int, logprobs: bool
) -> Iterator[bytes]:
    del number
    return ollama.chat_reply(request, said, logprobs=logprobs)


OPENAI = Wire(ChatRequest.model_validate_json, completion, "text/event-stream")
OLLAMA = Wire(
    lambda body: ollama.OllamaChat.model_validate_json(body).as_openai(),
    _render_ollama,
    "application/x-ndjson",
)


def by_number(
    asked: Asked, answers: Sequence[Mapping[str, float]]
) -> dict[int, Mapping[str, float]]:
    """The answers to each picture, by its number; under 0 when all are about all of them.

    Of a picture that was not taken it says that nothing is there, as models do.
    """
    if asked.by_picture is None:
        return {0: {tag: max(answer[tag] for answer in answers) for tag in asked.tags or ()}}
    return {
        number: answers[number - 1] if number <= len(answers) else dict.fromkeys(tags, 0.0)
        for number, tags in asked.by_picture.items()
    }


def in_form(asked: Asked, told: Mapping[int, Mapping[str, float]]) -> Mapping[str, object]:
    """Answers as the JSON object that was wanted."""

    def form(answers: Mapping[str, float]) -> dict[str, object]:
        if asked.verdicts:
            return {tag: "yes" if p >= 0.5 else "no" for tag, p in answers.items()}
        return dict(answers)

    if asked.by_picture is None:
        return form(told[0])
    return {str(number): form(answers) for number, answers in told.items()}


def as_ollama(response: Response) -> Response:
    """An error in the form of that protocol."""
    if response.status < 400:
        return response
    message = json.loads(b"".join(response.body))["error"]["message"]
    return replace(response, body=(json.dumps({"error": message}).encode(),))


def document(said: object) -> Response:
    return Response(200, (json.dumps(said).encode(),))


def error(
    status: int, code: str, message: str, *, headers: tuple[tuple[str, str], ...] = ()
) -> Response:
    document = {"error": {"message": message, "type": code, "code": code}}
    return Response(status, (json.dumps(document).encode(),), headers=headers)


def unauthorized() -> Response:
    return error(401, "invalid_api_key", "Incorrect API key provided")
