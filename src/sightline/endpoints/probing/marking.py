"""Questions to which the answers are known, put to an endpoint as the product would, and marked."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sightline.endpoints.probing.cards import card
from sightline.errors import BadReply, EndpointError, RequestRejected
from sightline.ports import Endpoint, Shown
from sightline.prompts.templates import answer, presence
from sightline.values import (
    Answer,
    Ask,
    AskFailed,
    AskId,
    Method,
    Picture,
    Presence,
    Question,
    Text,
    UnknownReason,
)

NUMBER = re.compile(r"(?<!\d)\d+(?!\d)")


@dataclass(frozen=True, slots=True)
class Sheet:
    """What travels in one call, and what is right: whether it is there, or the number to say."""

    shown: Sequence[Shown]
    asks: Sequence[Ask]
    right: Sequence[bool | int]


@dataclass(frozen=True, slots=True)
class Marks:
    """How the answers to some sheets turned out."""

    right: int = 0
    asked: int = 0
    """Without what the endpoint says it cannot answer at all."""
    methods: frozenset[Method] = frozenset()
    elapsed_s: float = 0.0
    latencies_s: tuple[float, ...] = ()
    """Of each call."""

    @property
    def share(self) -> float:
        return self.right / self.asked if self.asked else 0.0

    @property
    def answers_per_s(self) -> float:
        return self.asked / self.elapsed_s if self.elapsed_s else 0.0

    def __add__(self, other: Marks) -> Marks:
        return Marks(
            self.right + other.right,
            self.asked + other.asked,
            self.methods | other.methods,
            self.elapsed_s + other.elapsed_s,
            self.latencies_s + other.latencies_s,
        )


def look_at(pictures: Sequence[Picture]) -> list[Shown]:
    return [Shown(picture, float(second)) for second, picture in enumerate(pictures)]


def presence_sheet(n: int, *, tags: int = 1, frames: int = 1) -> Sheet:
    """The n-th with so many tags on each of so many cards: one true and one false by turns.

    No two of a probe's sheets show the same card.
    """
    cards = [card(n * frames + frame) for frame in range(frames)]
    asks: list[Ask] = []
    right: list[bool | int] = []
    for drawn in cards:
        for place in range(tags):
            wording, present = drawn.statements[(drawn.n + place) % len(drawn.statements)]
            asks.append(Ask(AskId(len(asks)), (drawn.n,), presence(wording)))
            right.append(present)
    return Sheet(look_at([drawn.draw() for drawn in cards]), asks, right)


def sum_sheet(n: int) -> Sheet:
    """The n-th question about no picture at all."""
    one, other = 11 + n * 7 % 40, 12 + n * 5 % 40
    question = answer(f"How much is {one} + {other}? Write the number and nothing else.")
    return Sheet((), [Ask(AskId(0), (), question)], [one + other])


async def said_about(endpoint: Endpoint, pictures: Sequence[Picture], question: Question) -> str:
    """What it says in words about all the pictures together; empty when it cannot."""
    frames = tuple(picture.pts for picture in pictures)
    reply = await endpoint.answer(look_at(pictures), [Ask(AskId(0), frames, question)])
    outcome = reply.outcomes[0]
    if isinstance(outcome, Answer) and isinstance(outcome.value, Text):
        return outcome.value.text
    return ""


async def mark(endpoint: Endpoint, sheet: Sheet) -> Marks:
    """One call. A reply that cannot be read, and a refusal to answer, are answers that are wrong.

    Raises every other `EndpointError`.
    """
    started = time.perf_counter()
    try:
        reply = await endpoint.answer(sheet.shown, sheet.asks)
    except (BadReply, RequestRejected):
        return Marks(asked=len(sheet.asks), latencies_s=(time.perf_counter() - started,))
    took_s = time.perf_counter() - started
    answers = [outcome for outcome in reply.outcomes if isinstance(outcome, Answer)]
    return Marks(
        right=sum(map(_is_right, reply.outcomes, sheet.right)),
        asked=sum(not _is_beyond_it(outcome) for outcome in reply.outcomes),
        methods=frozenset(one.method for one in answers),
        latencies_s=(took_s,),
    )


async def mark_all(endpoint: Endpoint, sheets: Iterable[Sheet], *, at_once: int) -> Marks:
    """So many calls in flight at a time, until all sheets are marked, and how long it took.

    Raises as `mark` does, when the first call fails; the others are cancelled.
    """
    left, marks = iter(sheets), Marks()
    trouble: EndpointError | None = None

    async def work() -> None:
        nonlocal marks
        for sheet in left:
            found = await mark(endpoint, sheet)  # others add theirs while it waits
            marks += found

    started = time.perf_counter()
    try:
        async with asyncio.TaskGroup() as group:
            for _ in range(at_once):
                group.create_task(work())
    except* EndpointError as group_of:
        trouble = _first(group_of)
    if trouble is not None:
        raise trouble
    elapsed_s = time.perf_counter() - started
    return Marks(marks.right, marks.asked, marks.methods, elapsed_s, marks.latencies_s)


def _first(group: ExceptionGroup[EndpointError]) -> EndpointError:
    error = group.exceptions[0]
    return _first(error) if isinstance(error, ExceptionGroup) else error


def _is_right(outcome: Answer | AskFailed, right: bool | int) -> bool:  # noqa: FBT001
    if isinstance(outcome, AskFailed):
        return False
    match outcome.value:
        case Presence(probability):
            return (probability >= 0.5) is right
        case Text(text):
            return str(right) in NUMBER.findall(text)


def _is_beyond_it(outcome: Answer | AskFailed) -> bool:
    return isinstance(outcome, AskFailed) and outcome.reason is UnknownReason.UNSUPPORTED
