"""One exchange with a model, whichever protocol carries it: what it is asked, and what it said.

The adapters beside this module know how a request looks on the wire; here is what they share.
"""

from __future__ import annotations

import asyncio
import json
import time
import uuid
from collections.abc import Awaitable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NamedTuple

from sightline.endpoints.http import Server
from sightline.errors import BadReply, RequestRejected
from sightline.ports import Reply, Shown
from sightline.prompts.likelihood import Token, likelihoods
from sightline.prompts.replies import PARSER, read
from sightline.prompts.templates import Prompt, compose, frame_line, picture_line
from sightline.values import (
    Answer,
    Ask,
    AskFailed,
    Call,
    Method,
    Presence,
    Question,
    UnknownReason,
    Usage,
    Value,
)

THOUGHT_TOKENS = 2048
"""On top of a prompt's limit, for a model that thinks first. Part of no question: what a thought
takes is the model's affair."""
REPEAT_TEMPERATURE = 0.7
"""Of a deliberate repeat, which may turn out otherwise; the first time is asked at 0.0."""


class Reading(NamedTuple):
    """What a reply says to one ask."""

    value: Value | None
    likelihood: bool = False
    """It is the model's own probability, not its word."""


@dataclass(frozen=True, slots=True)
class Inquiry:
    """The asks of one exchange and the pictures that they are about."""

    shown: Sequence[Shown]
    asks: Sequence[Ask]
    pictures: tuple[int, ...]
    """The number, from 1, of each ask's own picture; empty when all are about all of them."""

    @property
    def questions(self) -> list[Question]:
        return [ask.question for ask in self.asks]

    @property
    def sample(self) -> int:
        return self.asks[0].sample

    @property
    def temperature(self) -> float:
        return REPEAT_TEMPERATURE if self.sample else 0.0

    @property
    def lines(self) -> list[str]:
        """The text before each picture."""
        if self.pictures:
            return [picture_line(n, one.seconds) for n, one in enumerate(self.shown, 1)]
        return [frame_line(one.seconds) for one in self.shown]

    @property
    def may_be_verdicts(self) -> bool:
        """Whether probabilities of words are of use.

        They hardly differ from one time to the next, so a repeat says a level instead.
        """
        return self.asks[0].question.expects == "presence" and not self.sample

    def prompt(self, *, verdicts: bool = False) -> Prompt:
        return compose(self.questions, pictures=self.pictures, verdicts=verdicts)

    def read(
        self, said: str, *, cut: bool, server: Server, tokens: Sequence[Token] = ()
    ) -> list[Reading]:
        """Raises `BadReply` when nothing of the reply can be used; `tokens` are of verdicts."""
        questions = self.questions
        try:
            values = read(questions, said, pictures=self.pictures, cut=cut)
        except BadReply as exc:
            raise server.bad_reply(f"{exc}: {server.quote(said)!r}") from exc
        if not tokens:
            return [Reading(value) for value in values]
        chances = likelihoods(questions, said, tokens, pictures=self.pictures)
        return [
            Reading(value)
            if chance is None or value is None
            else Reading(Presence(chance), likelihood=True)
            for value, chance in zip(values, chances, strict=True)
        ]


def inquire(shown: Sequence[Shown], asks: Sequence[Ask]) -> Inquiry:
    """Raises `ValueError` for asks that cannot travel together."""
    frames = tuple(one.picture.pts for one in shown)
    if len({ask.sample for ask in asks}) > 1:
        raise ValueError("asks of different samples cannot share an exchange")
    if all(ask.frames == frames for ask in asks):
        return Inquiry(shown, asks, ())
    numbers: dict[tuple[int, ...], int] = {(pts,): number for number, pts in enumerate(frames, 1)}
    if strangers := [ask.id for ask in asks if ask.frames not in numbers]:
        raise ValueError(f"asks {strangers} are not about the frames shown, {frames}")
    return Inquiry(shown, asks, tuple(numbers[ask.frames] for ask in asks))


@dataclass(frozen=True, slots=True)
class Heard:
    """What one exchange brought."""

    text: str
    readings: Sequence[Reading]
    usage: Usage
    promised: bool
    """The server promised to hold to the schema."""
    model: str = ""
    """Who answered, as the server says; empty when it does not."""


async def hold(
    inquiry: Inquiry, talk: Awaitable[Heard], *, server: Server, model: str, timeout_s: float
) -> tuple[Heard, Reply]:
    """Await `talk`, which may be several requests, within `timeout_s`.

    Raises what it raises, and `EndpointDown` when it takes longer.
    """
    started_at, started = datetime.now(UTC), time.perf_counter()
    try:
        async with asyncio.timeout(timeout_s):
            heard = await talk
    except TimeoutError as exc:
        raise server.too_slow(timeout_s) from exc
    latency_s = time.perf_counter() - started
    call_id = uuid.uuid4().hex
    call = Call(call_id, server.name, model, started_at, latency_s, heard.usage, raw=heard.text)
    word = Method.SCHEMA if heard.promised and _is_json(heard.text) else Method.PARSED

    def outcome(ask: Ask, reading: Reading) -> Answer | AskFailed:
        if reading.value is None:
            detail = f"the reply of {model} says nothing usable of {ask.question['tag']!r}"
            return AskFailed(UnknownReason.FAILED, server.tell(detail))
        method = Method.LOGPROB if reading.likelihood else word
        return Answer(reading.value, model, server.name, method, PARSER, call_id)

    return heard, Reply(call, tuple(map(outcome, inquiry.asks, heard.readings)))


def usable(text: str | None, *, cut: bool, refusal: str | None, server: Server, model: str) -> str:
    """The words of a reply. `refusal` is why the model would not answer; None when it did.

    Raises `RequestRejected` for a refusal, `BadReply` when there are no words.
    """
    if text and text.strip():
        return text
    if refusal is not None:
        message = server.tell(f"{model} refused to answer: {server.quote(refusal)}")
        raise RequestRejected(message, endpoint=server.name)
    if cut:
        raise server.bad_reply(
            f"{model} spent all its tokens before it answered, though it was given "
            f"{THOUGHT_TOKENS} to think. Turn its thinking off there, or use another model."
        )
    raise server.bad_reply(f"{model} answered with nothing")


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True
