"""Texts heard while endpoints give them: by whom, of what, and of whose answer."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from pooling import NO_WAIT, SHOWN, desk, failing_first, presence, yes

from sightline.endpoints.pool import Member, Pool, Terms
from sightline.errors import EndpointDown
from sightline.ports import Reply, Shown
from sightline.prompts import templates
from sightline.testing.fakes import FakeEndpoint, Script
from sightline.values import Ask, AskId, Question, Text, Turn

QUESTION = Ask(AskId(0), (0,), templates.answer("What?"), independent=False)


class Ear:
    """A `ports.Listener`; it tells what it heard."""

    def __init__(self, *, wanted: bool = True) -> None:
        self.wanted = wanted
        self.heard: list[str] = []

    def begin(self, model: str) -> None:
        self.heard.append(f"<{model}>")

    def hear(self, piece: str) -> None:
        self.heard.append(piece)


class Speaker(FakeEndpoint):
    """One that can be heard while it answers, word by word."""

    async def tell(
        self, shown: Sequence[Shown], asks: Sequence[Ask], hear: Callable[[str], None]
    ) -> Reply:
        reply = await self.answer(shown, asks)
        for piece in ("A", " car"):
            hear(piece)
        return reply


def a_car(frames: tuple[int, ...], question: Question) -> Text:
    return Text("A car")


async def heard(pool: Pool, ask: Ask, ear: Ear) -> list[str]:
    async with desk(pool) as one:
        one.lane.listener = ear
        await one.ask(ask)
    return ear.heard


async def test_a_text_is_heard_in_pieces_or_else_whole() -> None:
    assert await heard(Pool.of(Speaker(a_car)), QUESTION, Ear()) == ["<scripted>", "A", " car"]
    assert await heard(Pool.of(FakeEndpoint(a_car)), QUESTION, Ear()) == ["<scripted>", "A car"]


async def test_where_nobody_listens_nothing_is_told() -> None:
    assert await heard(Pool.of(Speaker(a_car)), QUESTION, Ear(wanted=False)) == []


async def test_tags_are_not_heard() -> None:
    assert await heard(Pool.of(Speaker(yes)), presence(0), Ear()) == []


async def test_another_try_begins_anew() -> None:
    down: Script = failing_first(1, EndpointDown("gone"))

    def script(frames: tuple[int, ...], question: Question) -> Text | EndpointDown:
        first = down(frames, question)
        return first if isinstance(first, EndpointDown) else Text("A car")

    pool = Pool.of(Speaker(script), retries=NO_WAIT)
    assert await heard(pool, QUESTION, Ear()) == ["<scripted>", "<scripted>", "A", " car"]


async def test_two_never_speak_at_once() -> None:
    """A second call for what takes long is for those to whom nobody listens."""
    gate = asyncio.Event()
    slow = Member(Speaker(a_car, name="slow", model="slow", pause=gate.wait))
    for _ in range(30):  # so that it is known what is usual
        slow.tally.begin(0.0, slots=4, retry=False, hedge=False)
        slow.tally.end(0.0, slots=4)
        slow.tally.succeed(0.001, answered=1, tokens=(0, 0), cost=0.0)
    helper = Member(Speaker(a_car, name="helper", model="helper"), Terms(turn=Turn.WHEN_DOWN))
    pool = Pool([slow, helper], hedge=1.0)
    ear = Ear()
    async with desk(pool) as one:
        one.lane.listener = ear
        await one.lane.put(SHOWN, [QUESTION])
        await asyncio.sleep(0.05)
        assert ear.heard == ["<slow>"]
        assert (slow.in_flight, helper.tally.calls) == (1, 0)
        gate.set()
        await one.told([QUESTION])
    assert ear.heard == ["<slow>", "A", " car"]
