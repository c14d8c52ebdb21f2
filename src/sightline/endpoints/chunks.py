"""OpenAI's chat completions in pieces: a streamed reply, heard and put together again.

A server that answers in one piece though it was asked to stream is understood all the same.
"""

from __future__ import annotations

from contextlib import aclosing

import httpx2
from openai import RequestOptions
from pydantic import BaseModel, Field, JsonValue

from sightline.endpoints.chat import Choice, Completion, Message, Usage
from sightline.endpoints.http import HeardText, Server, parse, said_in
from sightline.endpoints.voice import Hear, Voice, broken_off, data_of

UNREAD: RequestOptions = {"headers": {"X-Stainless-Raw-Response": "stream"}}
"""Has the SDK hand out a reply before its body is read. The header does not leave the machine."""


class _Delta(BaseModel):
    content: HeardText | None = None
    refusal: HeardText | None = None


class _Part(BaseModel):
    delta: _Delta = _Delta()
    finish_reason: str | None = None


class _Chunk(BaseModel):
    choices: list[_Part] = Field(default_factory=list[_Part])
    usage: Usage | None = None
    model: JsonValue = None
    error: JsonValue = None


def is_stream(response: httpx2.Response) -> bool:
    return response.headers.get("content-type", "").startswith("text/event-stream")


async def hear_completion(response: httpx2.Response, server: Server, hear: Hear) -> Completion:
    """The completion that the events of `response` add up to; its text is heard as it comes.

    Raises `EndpointError` for a stream that breaks off or that is none. Closes the response.
    """
    voice = Voice(hear)
    refusal, finish, usage, model = "", None, None, None
    try:
        async with aclosing(data_of(response)) as events:
            async for data in events:
                if data == "[DONE]":
                    finish = finish or "stop"
                    break
                chunk = parse(_Chunk, data.encode(errors="replace"))
                if chunk is None:
                    raise server.bad_reply(f"it streamed what is no answer: {server.quote(data)}")
                if chunk.error:
                    raise broken_off(server, said_in(chunk.error))
                usage, model = chunk.usage or usage, chunk.model or model
                for part in chunk.choices[:1]:
                    finish = part.finish_reason or finish
                    refusal += part.delta.refusal or ""
                    voice.say(part.delta.content or "")
    except httpx2.HTTPError as exc:
        raise server.unreachable(exc) from exc
    finally:
        await response.aclose()
    if finish is None:
        raise broken_off(server, "the stream ended before the answer did")
    voice.end()
    message = Message(content=voice.said, refusal=refusal or None)
    choice = Choice(message=message, finish_reason=finish)
    return Completion(choices=[choice], usage=usage, model=model)
