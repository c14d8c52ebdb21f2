"""The ledger in memory keeps what `RunLedger` promises, as the stored one does."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from sightline.errors import RunTaken, StoreFull
from sightline.ports import Arrived, RunLedger
from sightline.prompts.templates import presence
from sightline.testing.fakes import make_footage
from sightline.testing.memory import MemoryLedger
from sightline.values import (
    Answer,
    Ask,
    AskFailed,
    AskId,
    Call,
    LedgerEntry,
    Method,
    Presence,
    RunState,
    UnknownReason,
    Usage,
)

MEDIA = make_footage().media
FAILED = AskFailed(UnknownReason.FAILED, "refused")


def ask(number: int, frame: int = 512) -> Ask:
    return Ask(AskId(number), (frame,), presence("car"))


def answer(probability: float, model: str = "m") -> Answer:
    return Answer(Presence(probability), model, "lab", Method.SCHEMA, 1, "call")


def call() -> Call:
    return Call("call", "lab", "m", datetime.now(UTC), 0.1, Usage(), "{}")


@pytest.fixture
def ledger() -> MemoryLedger:
    return MemoryLedger(MEDIA, models=("m",))


async def test_outcomes_are_entries_in_order_and_answers_are_facts(ledger: MemoryLedger) -> None:
    port: RunLedger = ledger
    await port.record([Arrived(ask(3), answer(0.7)), Arrived(ask(1, 0), FAILED)], [call()])
    assert list(await port.entries()) == [
        LedgerEntry(1, AskId(3), answer(0.7)),
        LedgerEntry(2, AskId(1), FAILED),
    ]
    found = await port.facts([ask(9), ask(1, 0)])
    assert {key: fact.answer for key, fact in found.items()} == {ask(9).key(MEDIA): answer(0.7)}
    assert len(ledger.calls) == 1


async def test_the_first_answer_wins(ledger: MemoryLedger) -> None:
    await ledger.record([Arrived(ask(1), answer(0.7))], [call()])
    await ledger.record([Arrived(ask(2), answer(0.1))], [call()])
    assert [entry.outcome for entry in await ledger.entries()] == [answer(0.7)] * 2


async def test_only_accepted_models_count_and_the_first_named_most(ledger: MemoryLedger) -> None:
    for model in ("small", "large"):
        await ledger.record([Arrived(ask(1), answer(0.5, model))], [call()])
    assert await ledger.facts([ask(1)]) == {}
    later = ledger.later("later", models=("large", "small"))
    (fact,) = (await later.facts([ask(1)])).values()
    assert fact.answer.model == "large"
    assert list(await later.entries()) == []


async def test_the_heir_goes_on_and_the_zombie_is_refused(ledger: MemoryLedger) -> None:
    await ledger.record([Arrived(ask(1), answer(0.7))], [call()])
    heir = ledger.resumed()
    assert (heir.run.id, heir.run.attempt) == (ledger.run.id, 2)
    with pytest.raises(RunTaken, match="run"):
        await ledger.record([Arrived(ask(2, 0), answer(0.2))], [call()])
    with pytest.raises(RunTaken, match="run"):
        await ledger.finish(RunState.COMPLETE, [], "")
    await heir.record([Arrived(ask(4), FAILED)], [])
    assert [(entry.seq, entry.ask) for entry in await heir.entries()] == [(1, 1), (2, 4)]
    assert len(await heir.facts([ask(1), ask(2, 0)])) == 2


async def test_a_refused_record_keeps_nothing(ledger: MemoryLedger) -> None:
    ledger.refusal = StoreFull()
    with pytest.raises(StoreFull):
        await ledger.record([Arrived(ask(1), answer(0.7))], [call()])
    assert list(await ledger.entries()) == []
    assert await ledger.facts([ask(1)]) == {}


async def test_the_end_of_a_run_is_told(ledger: MemoryLedger) -> None:
    assert ledger.findings is None
    await ledger.finish(RunState.PARTIAL, [], "some of it is unknown")
    assert (ledger.run.state, ledger.findings, ledger.note) == (
        RunState.PARTIAL,
        (),
        "some of it is unknown",
    )
