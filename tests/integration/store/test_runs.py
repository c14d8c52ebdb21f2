"""Runs and what they concluded."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest
from worlds import add, open_run, told

from sightline.errors import InputError, RunTaken, StoreError
from sightline.ports import Arrived
from sightline.prompts.templates import presence
from sightline.store import DatabaseUrl, Store
from sightline.testing.fakes import make_footage
from sightline.values import (
    AskFailed,
    Description,
    Finding,
    Presence,
    RunState,
    Span,
    Track,
    Unknown,
    UnknownReason,
    Usage,
)

FINDINGS: list[Finding] = [
    Track("zebra", (), ()),
    Track(
        "car",
        (Span(5, 9, 4, 5, 8, 9, 0.75), Span(12, 2**40, 11, 12, 2**40, 2**40, 1.0)),
        (
            Unknown(9, 12, UnknownReason.FAILED, "no answer"),
            Unknown(0, 2, UnknownReason.UNASKED, ""),
        ),
    ),
    Description(0, 9, (0, 3), "what?", "a car", cut=True),
    Description(9, 12, (9,), "what?", None, unknown=Unknown(9, 12, UnknownReason.BUDGET, "spent")),
    Description(12, 13, (12,), "what?", ""),
    Description(13, 15, (), "", None, unknown=Unknown(13, 15, UnknownReason.UNASKED, "not asked")),
    Track("apple", (), (Unknown(0, 99, UnknownReason.UNSUPPORTED, "no"),)),
]


@pytest.fixture
async def store(store_location: Path | DatabaseUrl) -> AsyncGenerator[Store]:
    async with await Store.open(store_location) as store:
        yield store


async def test_findings_come_back_as_they_were(store: Store, tmp_path: Path) -> None:
    ledger = await open_run(store, (await add(store, tmp_path / "clip.mp4")).media)
    await ledger.finish(RunState.PARTIAL, [Track("earlier", (), ())], "first")
    await ledger.finish(RunState.PARTIAL, FINDINGS, "one endpoint was down")
    results = await store.results(ledger.run.id)
    assert results.findings == tuple(FINDINGS)
    record = results.record
    assert (record.run, record.note) == (ledger.run, "one endpoint was down")
    assert record.run.state == RunState.PARTIAL
    assert (record.parameters, record.settings) == ({"tags": ["car"]}, {"every_s": 2})
    assert record.ended_at is not None
    assert record.created_at <= record.started_at <= record.ended_at
    ledger.close()


async def test_results_count_what_a_run_took(store: Store, tmp_path: Path) -> None:
    media = (await add(store, tmp_path / "clip.mp4")).media
    first = await open_run(store, media, "first")
    await first.record(*told([1, 2]))
    await first.record(*told([3]))
    second = await open_run(store, media, "second")
    asks = [arrived.ask for arrived in told([1, 2, 4, 5])[0]]
    known = await second.facts(asks)
    reused = [Arrived(a, f.answer, f.id) for a in asks if (f := known.get(a.key(media)))]
    await second.record(reused, [])
    await second.record(*told([4]))
    failed = AskFailed(UnknownReason.FAILED, "down")
    await second.record([Arrived(asks[3], failed)], [])
    results = await store.results(second.run.id)
    assert (results.answered, results.reused, results.calls) == (3, 2, 1)
    assert results.failed == {UnknownReason.FAILED: 1}
    assert results.usage == Usage(100, 7)
    assert [record.run for record in await store.runs_of(media)] == [first.run, second.run]
    first.close()
    second.close()


async def test_a_run_without_calls_took_nothing(store: Store, tmp_path: Path) -> None:
    ledger = await open_run(store, (await add(store, tmp_path / "clip.mp4")).media)
    results = await store.results(ledger.run.id)
    assert (results.answered, results.calls, results.usage) == (0, 0, Usage(None, None))
    ledger.close()
    with pytest.raises(InputError, match="no run 42"):
        await store.results("42")


async def test_a_media_must_be_known_first(store: Store) -> None:
    with pytest.raises(StoreError, match="not in the library"):
        await open_run(store, make_footage().media)


async def test_erasing_a_media_ends_the_run_that_is_on_it(store: Store, tmp_path: Path) -> None:
    media = (await add(store, tmp_path / "clip.mp4")).media
    ledger = await open_run(store, media)
    await ledger.record(*told([1]))
    await store.erase_media(media.digest)
    with pytest.raises(RunTaken, match="erased"):
        await ledger.record(*told([2]))
    with pytest.raises(RunTaken, match="erased"):
        await ledger.finish(RunState.COMPLETE, [], "")
    ledger.close()


async def test_a_cancelled_caller_leaves_whole_records(store: Store, tmp_path: Path) -> None:
    ledger = await open_run(store, (await add(store, tmp_path / "clip.mp4")).media)
    cancelled = 0
    for n in range(40):
        task = asyncio.create_task(ledger.record(*told(range(10 * n, 10 * n + 10))))
        for _ in range(n):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.wait([task])
        cancelled += task.cancelled()
    assert cancelled, "each was quicker than its cancellation"
    entries = await ledger.entries()
    assert len(entries) % 10 == 0
    assert [entry.seq for entry in entries] == list(range(1, len(entries) + 1))
    await ledger.record(*told([999]))
    assert (await ledger.entries())[-1].ask == 999
    ledger.close()


async def test_runs_side_by_side_take_turns(store: Store, tmp_path: Path) -> None:
    media = (await add(store, tmp_path / "clip.mp4")).media
    ledgers = [await open_run(store, media, f"r{n}") for n in range(8)]
    await asyncio.gather(*(ledger.record(*told([n, 7])) for n in range(5) for ledger in ledgers))
    for ledger in ledgers:
        assert len(await ledger.entries()) == 10
        ledger.close()


async def test_all_that_is_told_of_a_tag_comes_back(store: Store, tmp_path: Path) -> None:
    ledger = await open_run(store, (await add(store, tmp_path / "clip.mp4")).media)
    tracks = [
        Track("sit", (), (), category="pose", threshold=0.6, required="undecided", markers=False),
        Track("car", (), ()),
    ]
    await ledger.finish(RunState.COMPLETE, tracks, "")
    assert list((await store.results(ledger.run.id)).findings) == tracks
    ledger.close()


async def test_answers_to_a_question_are_found_by_media(store: Store, tmp_path: Path) -> None:
    footage = await add(store, tmp_path / "clip.mp4")
    other = await add(store, tmp_path / "other.mp4")
    for media in (footage.media, other.media):
        ledger = await open_run(store, media)
        await ledger.record(*told([3, 1]))
        await ledger.record(*told([2], question=presence("dog")))
        ledger.close()
    found = await store.facts_about(footage.media, presence("car"))
    assert [fact.key.frames for fact in found] == [(3,), (1,)]
    assert {fact.key.media for fact in found} == {footage.media.digest}
    assert {fact.answer.value for fact in found} == {Presence(0.9)}
    await store.distrust(endpoint="lab", since=datetime(2000, 1, 1, tzinfo=UTC))
    assert await store.facts_about(footage.media, presence("car")) == ()


async def test_a_prompt_may_be_as_long_as_it_likes(store: Store, tmp_path: Path) -> None:
    """Longer than what an index of PostgreSQL can hold."""
    ledger = await open_run(store, (await add(store, tmp_path / "clip.mp4")).media)
    words = " ".join(uuid4().hex for _ in range(1000))
    findings = [Description(0, 9, (0,), words, words), Track(words, (), (), category=words)]
    await ledger.finish(RunState.COMPLETE, findings, words)
    assert (await store.results(ledger.run.id)).findings == tuple(findings)
    ledger.close()


async def test_strange_text_is_kept_or_refused_in_words(store: Store, tmp_path: Path) -> None:
    media = (await add(store, tmp_path / "clip.mp4")).media
    strange = {"nul": "\0", "half": "\ud83d", "byte": "\udc80", "car": "🚗"}
    ledger = await store.open_run(
        media, "t", parameters=strange, request="r", models=["m"], settings=strange
    )
    record = (await store.results(ledger.run.id)).record
    assert (record.parameters, record.settings) == (strange, strange)
    ledger.close()
    for name in ("nul \0 nul", "half \ud83d half"):
        with pytest.raises(InputError):
            await store.results(name)
        with suppress(InputError):
            assert await store.find_media(name) is None
