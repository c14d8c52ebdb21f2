"""A library with one film, runs that a test drives in place of the engine, and its timeline."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

from sightline.media.files import look
from sightline.ports import Arrived, Recipe, RecipeRun, StopAsking
from sightline.recipes.tagging import Tagging
from sightline.recipes.tags import Tag
from sightline.services.library.catalogue import Library
from sightline.services.runs.analysis import request_digest
from sightline.services.runs.events import Events
from sightline.services.timelines.corrections import Corrections
from sightline.services.timelines.timelines import Timelines
from sightline.services.timelines.told import Timeline
from sightline.services.timelines.totals import Totals
from sightline.store import DatabaseUrl, LibraryItem, Store, StoredLedger
from sightline.testing.fakes import make_footage
from sightline.values import (
    Answer,
    Ask,
    AskFailed,
    Call,
    Finding,
    Method,
    Presence,
    RunState,
    Text,
    UnknownReason,
    Usage,
)

FOOTAGE = make_footage(60, 10, 1.0)
FAILED = AskFailed(UnknownReason.FAILED, "desk refused the connection")
Script = Callable[[Ask], Presence | Text | AskFailed]


def seen(ask: Ask) -> Presence | Text:
    """Everything is there for the first half of the film."""
    if ask.question.expects == "text":
        return Text(f"frame {ask.frames[0]}")
    return Presence(0.9 if ask.frames[0] < FOOTAGE.media.end // 2 else 0.2)


def unseen(ask: Ask) -> Presence | Text:
    return Presence(0.1) if ask.question.expects == "presence" else Text("nothing")


@dataclass
class Playing:
    """A run, driven by a test in place of the engine."""

    ledger: StoredLedger
    recipe: RecipeRun
    waiting: list[Ask]
    findings: dict[object, Finding]

    async def hear(self, script: Script, most: int | None = None) -> None:
        """So many asks get their outcome, the first of those that are open first."""
        left = len(self.waiting) if most is None else most
        while self.waiting and left:
            now, self.waiting = self.waiting[: min(8, left)], self.waiting[min(8, left) :]
            left -= len(now)
            call = Call(str(uuid4()), "desk", "m", datetime.now(UTC), 0.2, Usage(10, 2), "{}")
            arrived: list[Arrived] = []
            for ask in now:
                said = script(ask)
                if not isinstance(said, AskFailed):
                    said = Answer(said, "m", "desk", Method.SCHEMA, 1, call.id)
                arrived.append(Arrived(ask, said))
            stored = await self.ledger.record(arrived, [call])
            for one, kept in zip(arrived, stored, strict=True):
                outcome = kept if isinstance(kept, AskFailed) else kept.answer
                emit = self.recipe.send((one.ask.id, outcome))
                self.waiting += emit.asks
                self.findings |= {finding.key: finding for finding in emit.findings}

    async def stop(self) -> None:
        """As when somebody cancels it."""
        emit = self.recipe.throw(StopAsking())
        self.findings |= {finding.key: finding for finding in emit.findings}
        await self.ledger.finish(RunState.INTERRUPTED, tuple(self.findings.values()), "")
        self.ledger.close()

    async def end(self) -> None:
        assert not self.waiting
        await self.ledger.finish(RunState.COMPLETE, tuple(self.findings.values()), "")
        self.ledger.close()


@dataclass
class Desk:
    """A library with one film, and its timeline."""

    store: Store
    item: LibraryItem
    timelines: Timelines
    corrections: Corrections
    library: Library
    events: Events

    async def begin(self, recipe: Recipe, *, again: str = "") -> Playing:
        """A run that goes on; `again` tells one request from another."""
        given: dict[str, Any] = {**recipe.parameters, "sampling": again, "alike_within": None}
        parameters = json.loads(json.dumps(given))
        request = request_digest(recipe, FOOTAGE, parameters=parameters, models=["m"])
        ledger = await self.store.open_run(
            FOOTAGE.media,
            recipe.name,
            parameters=parameters,
            request=request,
            models=["m"],
            settings={},
            sample=FOOTAGE.sample,
        )
        run = recipe.start(FOOTAGE)
        return Playing(ledger, run, list(next(run).asks), {})

    async def done(self, recipe: Recipe, script: Script = seen, *, again: str = "") -> str:
        """The id of a run that is over."""
        playing = await self.begin(recipe, again=again)
        await playing.hear(script)
        await playing.end()
        return playing.ledger.run.id

    async def look(self) -> Timeline:
        return await self.timelines.of(self.item)

    async def runs(self) -> dict[str, str | None]:
        """Which run speaks of which tag."""
        return {row.track.tag: row.run for row in (await self.look()).rows}


@asynccontextmanager
async def opened(location: Path | DatabaseUrl, folder: Path) -> AsyncGenerator[Desk]:
    film = folder / "film.mp4"
    film.touch()
    async with await Store.open(location) as store:
        await store.remember_media(FOOTAGE.media, FOOTAGE.frames, file=look(film))
        (item,) = await store.list_media()
        events = Events(store)
        corrections = Corrections(store, events)
        timelines = Timelines(store, events, corrections)
        totals = Totals(store, events, timelines)
        library = Library(store, events, totals=totals)
        yield Desk(store, item, timelines, corrections, library, events)
        await totals.aclose()
        await events.aclose()


def tagging(*names: str, worded: str = "{}") -> Tagging:
    """Another wording is another question, of which no answer is kept."""
    return Tagging(tuple(Tag(name, worded.format(name)) for name in names))
