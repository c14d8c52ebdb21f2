"""What every `RunLedger` promises."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import count
from typing import TYPE_CHECKING

import pytest

from sightline.errors import RunTaken
from sightline.ports import Arrived, RunLedger
from sightline.prompts.templates import describe, presence
from sightline.values import (
    Answer,
    Ask,
    AskFailed,
    AskId,
    Call,
    LedgerEntry,
    Method,
    PictureTransform,
    Presence,
    Question,
    RunState,
    Text,
    UnknownReason,
    Usage,
    Value,
)

if TYPE_CHECKING:
    from conftest import Shelf

_calls = count(1)
CAR = presence("car")
FAILED = AskFailed(UnknownReason.FAILED, "endpoint 'lab' did not answer within 60 s")


def ask(number: int, *frames: int, question: Question = CAR, sample: int = 0) -> Ask:
    return Ask(AskId(number), frames or (number * 512,), question, sample=sample)


def answered(value: Value, *, model: str = "m") -> tuple[Answer, Call]:
    made = f"call-{next(_calls)}"
    call = Call(made, "lab", model, datetime.now(UTC), 0.25, Usage(100, 7), '{"car": 0.9}')
    return Answer(value, model, "lab", Method.SCHEMA, 1, made), call


async def tell(ledger: RunLedger, asks: Sequence[Ask], value: Value, *, model: str = "m") -> Answer:
    """Record one call that answers all of them alike."""
    answer, call = answered(value, model=model)
    await ledger.record([Arrived(one, answer) for one in asks], [call])
    return answer


async def test_a_new_run_is_empty(shelf: Shelf) -> None:
    ledger = await shelf.open_run()
    assert (ledger.run.state, ledger.run.attempt) == (RunState.RUNNING, 1)
    assert ledger.run.media == shelf.media[0].digest
    assert list(await ledger.entries()) == []
    assert await ledger.facts([ask(1)]) == {}
    assert await ledger.facts([]) == {}


async def test_answers_come_back_as_facts(shelf: Shelf) -> None:
    ledger = await shelf.open_run()
    seen = ask(1)
    said = ask(2, 512, 1024, 1536, question=describe())
    first = await tell(ledger, [seen], Presence(0.1 + 0.2))
    second = await tell(ledger, [said], Text("a naïve café 🚗, \n and 'quotes'", cut=True))
    found = await ledger.facts([seen, said, ask(3)])
    key, other = seen.key(shelf.media[0]), said.key(shelf.media[0])
    assert {k: fact.answer for k, fact in found.items()} == {key: first, other: second}
    assert {fact.key for fact in found.values()} == {key, other}


@pytest.mark.parametrize(
    "other",
    [
        ask(2, 1024),
        ask(2, 512, 1024),
        ask(2, 512, question=presence("a car")),
        ask(2, 512, question=describe()),
        ask(2, 512, sample=1),
        Ask(AskId(2), (512,), CAR, PictureTransform(1024)),
    ],
    ids=["frame", "frames", "wording", "template", "sample", "transform"],
)
async def test_all_that_identifies_an_answer_counts(shelf: Shelf, other: Ask) -> None:
    ledger = await shelf.open_run()
    await tell(ledger, [ask(1, 512)], Presence(0.9))
    assert await ledger.facts([other]) == {}
    assert len(await ledger.facts([ask(7, 512)])) == 1


async def test_another_media_has_its_own_facts(shelf: Shelf) -> None:
    await tell(await shelf.open_run(), [ask(1)], Presence(0.9))
    assert await (await shelf.open_run("other", media=1)).facts([ask(1)]) == {}


async def test_a_later_run_finds_what_an_earlier_one_was_told(shelf: Shelf) -> None:
    answer = await tell(await shelf.open_run(), [ask(1)], Presence(0.9))
    later = await shelf.open_run("another request")
    (fact,) = (await later.facts([ask(5, 512)])).values()
    await later.record([Arrived(ask(5, 512), fact.answer, fact.id)], [])
    assert list(await later.entries()) == [LedgerEntry(1, AskId(5), answer)]


async def test_only_accepted_models_count_and_the_first_named_most(shelf: Shelf) -> None:
    ledger = await shelf.open_run()
    for model, probability in (("small", 0.2), ("large", 0.8), ("other", 0.5)):
        await tell(ledger, [ask(1)], Presence(probability), model=model)
    for models, expected in (
        (("large", "small"), 0.8),
        (("small", "large"), 0.2),
        (("small",), 0.2),
        (("none",), None),
    ):
        run = await shelf.open_run(f"by {models}", models=models)
        values = [fact.answer.value for fact in (await run.facts([ask(1)])).values()]
        assert values == ([] if expected is None else [Presence(expected)])


async def test_the_ledger_keeps_the_order_of_arrival(shelf: Shelf) -> None:
    ledger = await shelf.open_run()
    answer, call = answered(Presence(0.7))
    await ledger.record(
        [Arrived(ask(3), answer), Arrived(ask(1), FAILED), Arrived(ask(2), answer)], [call]
    )
    await ledger.record([], [])
    await ledger.record([Arrived(ask(0, 1), FAILED)], [])
    expected = [(1, 3, answer), (2, 1, FAILED), (3, 2, answer), (4, 0, FAILED)]
    assert list(await ledger.entries()) == [LedgerEntry(n, AskId(a), o) for n, a, o in expected]


async def test_failures_are_no_facts(shelf: Shelf) -> None:
    ledger = await shelf.open_run()
    await ledger.record([Arrived(ask(1), FAILED)], [])
    assert await ledger.facts([ask(1)]) == {}


async def test_the_first_answer_wins(shelf: Shelf) -> None:
    ledger = await shelf.open_run()
    first = await tell(ledger, [ask(1)], Presence(0.9))
    await tell(ledger, [ask(2, 512)], Presence(0.1))
    (fact,) = (await ledger.facts([ask(1)])).values()
    assert fact.answer == first
    assert [entry.outcome for entry in await ledger.entries()] == [first, first]


async def test_one_call_may_answer_the_same_twice(shelf: Shelf) -> None:
    ledger = await shelf.open_run()
    answer = await tell(ledger, [ask(1, 512), ask(2, 512)], Presence(0.9))
    assert [entry.outcome for entry in await ledger.entries()] == [answer, answer]


async def test_a_dead_run_is_taken_over_with_its_ledger(shelf: Shelf) -> None:
    dead = await shelf.open_run()
    answer = await tell(dead, [ask(1)], Presence(0.9))
    await shelf.bury(dead)
    heir = await shelf.open_run()
    assert (heir.run.id, heir.run.attempt) == (dead.run.id, 2)
    await heir.record([Arrived(ask(2), FAILED)], [])
    assert [(e.seq, e.outcome) for e in await heir.entries()] == [(1, answer), (2, FAILED)]


async def test_a_zombie_is_refused_and_its_answers_kept(shelf: Shelf) -> None:
    zombie = await shelf.open_run()
    await tell(zombie, [ask(1)], Presence(0.9))
    await shelf.bury(zombie)
    heir = await shelf.open_run()
    with pytest.raises(RunTaken, match=zombie.run.id):
        await tell(zombie, [ask(2)], Presence(0.3))
    with pytest.raises(RunTaken, match=zombie.run.id):
        await zombie.record([Arrived(ask(3), FAILED)], [])
    with pytest.raises(RunTaken, match=zombie.run.id):
        await zombie.finish(RunState.COMPLETE, [], "")
    assert [entry.ask for entry in await heir.entries()] == [1]
    assert len(await heir.facts([ask(1), ask(2), ask(3)])) == 2
    assert (await shelf.open_run("another")).run.state == RunState.RUNNING


async def test_a_living_run_is_not_taken(shelf: Shelf) -> None:
    ledger = await shelf.open_run()
    with pytest.raises(RunTaken, match=r"process \d+ on .*again"):
        await shelf.open_run()
    await tell(ledger, [ask(1)], Presence(0.9))
    assert (await shelf.open_run("another request")).run.id != ledger.run.id


@pytest.mark.parametrize("state", [RunState.COMPLETE, RunState.PARTIAL, RunState.INTERRUPTED])
async def test_a_finished_run_is_not_continued(shelf: Shelf, state: RunState) -> None:
    ledger = await shelf.open_run()
    await tell(ledger, [ask(1)], Presence(0.9))
    await ledger.finish(state, [], "")
    assert ledger.run.state == state
    await shelf.bury(ledger)
    again = await shelf.open_run()
    assert again.run.id != ledger.run.id
    assert list(await again.entries()) == []
    assert len(await again.facts([ask(1)])) == 1


async def test_distrusted_answers_are_asked_again(shelf: Shelf) -> None:
    ledger = await shelf.open_run()
    await tell(ledger, [ask(1)], Presence(0.9))
    await shelf.distrust_all()
    assert await ledger.facts([ask(1)]) == {}
    better = await tell(ledger, [ask(2, 512)], Presence(0.2))
    (fact,) = (await ledger.facts([ask(1)])).values()
    assert fact.answer == better


async def test_a_dead_run_on_distrusted_answers_begins_afresh(shelf: Shelf) -> None:
    dead = await shelf.open_run()
    await tell(dead, [ask(1)], Presence(0.9))
    await shelf.bury(dead)
    await shelf.distrust_all()
    afresh = await shelf.open_run()
    assert afresh.run.id != dead.run.id
    assert list(await afresh.entries()) == []


async def test_many_asks_at_once(shelf: Shelf) -> None:
    ledger = await shelf.open_run()
    questions = [presence(f"tag {n}") for n in range(8)]
    asks = [
        Ask(AskId(8 * pts + n), (pts,), question)
        for pts in range(1500)
        for n, question in enumerate(questions)
    ]
    await tell(ledger, asks[::2], Presence(0.5))
    found = await ledger.facts(asks)
    assert set(found) == {one.key(shelf.media[0]) for one in asks[::2]}


async def test_text_that_no_database_takes_is_mended(shelf: Shelf) -> None:
    ledger = await shelf.open_run()
    await tell(ledger, [ask(1, question=describe())], Text("cut \ud83d and \0."))
    (entry,) = await ledger.entries()
    assert isinstance(entry.outcome, Answer)
    assert entry.outcome.value == Text("cut \ufffd and \ufffd.")
