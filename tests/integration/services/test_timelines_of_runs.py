"""Which runs a timeline is told from, and how one that goes on is followed."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from filmdesk import FAILED, FOOTAGE, Desk, opened, seen, tagging, unseen
from sqlalchemy import Connection, update

from sightline.errors import Conflict, NotFound
from sightline.recipes.answering import Answering
from sightline.recipes.describing import Describing
from sightline.services.timelines import archive
from sightline.services.timelines.pieces import Window
from sightline.services.timelines.told import Row, Timeline
from sightline.store import DatabaseUrl, past
from sightline.store.readings import Reading
from sightline.store.tables import runs
from sightline.values import AskFailed, RunState, UnknownReason


@pytest.fixture
async def desk(store_location: Path | DatabaseUrl, tmp_path: Path) -> AsyncGenerator[Desk]:
    async with opened(store_location, tmp_path) as desk:
        yield desk


def _kill(connection: Connection) -> None:
    """All that are at work, as far as anybody can tell."""
    connection.execute(update(runs).values(worker="process 1 on nowhere"))


def row(timeline: Timeline, tag: str) -> Row:
    return next(one for one in timeline.rows if one.track.tag == tag)


async def test_each_tag_is_told_by_its_latest_run_that_has_an_answer(desk: Desk) -> None:
    first = await desk.done(tagging("car", "dog", "boat"))
    second = await desk.done(tagging("dog", "car"), again="2")
    assert await desk.runs() == {"dog": second, "car": second, "boat": first}
    assert list(await desk.runs()) == ["dog", "car", "boat"], "in the order of the latest"
    in_vain = await desk.done(tagging("car", "kite"), lambda _: FAILED)
    told = await desk.look()
    assert await desk.runs() == {"car": second, "kite": in_vain, "boat": first, "dog": second}
    assert [one.run.id for one in told.runs] == [in_vain, second, first]
    assert row(told, "car").can_tune
    assert not row(told, "kite").can_tune
    absent = await desk.done(tagging("boat", worded="a {}"), unseen)
    assert (await desk.runs())["boat"] == absent, "that it is not there is an answer, too"
    assert row(await desk.look(), "boat").track.spans == ()


async def test_a_tag_that_no_model_can_tell_hides_nothing_in_a_file_cut_short(desk: Desk) -> None:
    first = await desk.done(tagging("car", "dog"))
    media = desk.item.media
    declared = media.end + media.clock.ticks(30)
    desk.item = replace(desk.item, media=replace(media, declared_end=declared))
    unable = AskFailed(UnknownReason.UNSUPPORTED, "cannot tell")
    await desk.done(tagging("car", worded="a {}"), lambda _: unable)
    assert (await desk.runs())["car"] == first


async def test_a_run_counts_from_its_first_answer_on(desk: Desk) -> None:
    old = await desk.done(tagging("car", worded="an old {}"), unseen)
    playing = await desk.begin(tagging("car", "dog"), again="2")
    new = playing.ledger.run.id
    told = await desk.look()
    assert told.live
    assert {one.track.tag: one.run for one in told.rows} == {"car": old, "dog": new}
    assert [one.reason for one in row(told, "dog").track.unknown] == [UnknownReason.UNASKED]
    await playing.hear(lambda _: FAILED, 1)
    assert (await desk.runs())["car"] == old, "a failure is no answer"
    await playing.hear(seen, 2)
    assert await desk.runs() == {"car": new, "dog": new}
    await playing.hear(seen, 40)
    before = await desk.look()
    await playing.hear(seen)
    nearly = await desk.look()
    await playing.end()
    after = await desk.look()
    assert (nearly.live, after.live) == (True, False)
    assert [one.track for one in nearly.rows] == [one.track for one in after.rows]
    assert len(before.runs[0].heard) == len(after.runs[0].heard), "it is the same, that has grown"
    (dog,) = row(after, "dog").track.spans
    clock = FOOTAGE.media.clock
    assert clock.seconds(dog.end) == pytest.approx(30, abs=1)
    assert clock.seconds(row(before, "dog").track.spans[0].end) < 25


async def test_a_run_that_goes_on_is_followed_by_what_is_new(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[int] = []

    def entries(connection: Connection, run_id: str, *, after: int = 0) -> Sequence[past.Kept]:
        read.append(after)
        return plain(connection, run_id, after=after)

    plain = past.entries
    monkeypatch.setattr(archive.past, "entries", entries)
    playing = await desk.begin(tagging("car"))
    await playing.hear(seen, 30)
    await desk.look()
    await playing.hear(seen, 20)
    await desk.look()
    await desk.look()
    assert read == [0, 30, 30, 50, 50], "up to the end, and then what follows that"
    await playing.hear(seen)
    await playing.end()
    await desk.look()
    read.clear()
    await desk.look()
    assert read == [], "what is over is kept"
    playing.ledger.close()


async def test_a_run_whose_process_was_killed_is_not_live(desk: Desk) -> None:
    playing = await desk.begin(tagging("car"))
    await playing.hear(seen, 30)
    assert (await desk.look()).live
    await desk.store.database.write(_kill)
    told = await desk.look()
    assert not told.live
    assert told.runs[0].run.state is RunState.INTERRUPTED
    assert row(told, "car").track.spans, "its answers are there all the same"
    playing.ledger.close()


async def test_a_run_that_was_broken_off_early_hides_nothing(desk: Desk) -> None:
    recipes = tagging("car"), Describing(), tagging("kite")
    old, texts, _ = [await desk.done(recipe) for recipe in recipes]
    for how, frames in (("ended", 20), ("killed", 20), ("ended", 40)):
        for recipe in (
            tagging("car", worded=f"{how} {frames} {{}}"),
            Describing(max_tokens=frames),
        ):
            again = f"{how} {frames}"
            playing = await desk.begin(recipe, again=again)
            await playing.hear(seen, frames)
            if how == "ended":
                await playing.stop()
            else:
                await desk.store.database.write(_kill)
                playing.ledger.close()
            if frames == 40:
                old = playing.ledger.run.id if recipe.name == "tagging" else old
                texts = playing.ledger.run.id if recipe.name == "describing" else texts
            told = await desk.look()
            assert row(told, "car").run == old, again
            assert {run for run, _ in told.descriptions} == {texts}, again
    playing = await desk.begin(tagging("boat"))
    await playing.hear(seen, 3)
    await playing.stop()
    assert row(await desk.look(), "boat").track.spans, "nobody else knows anything of it"


async def test_texts_are_those_of_the_latest_run_that_has_any(desk: Desk) -> None:
    old = await desk.done(Describing())
    await desk.done(Answering("What?"))
    newer = await desk.done(Answering("What?", max_tokens=9), again="2")
    await desk.done(Answering("What?", max_tokens=8), lambda _: FAILED, again="3")
    await desk.done(Describing(max_tokens=9), lambda _: FAILED)
    told = await desk.look()
    assert [run for run, _ in told.descriptions] == [old] * 60 + [newer]
    playing = await desk.begin(Describing(max_tokens=8))
    assert [run for run, _ in (await desk.look()).descriptions] == [old] * 60 + [newer]
    await playing.hear(seen, 3)
    told = await desk.look()
    assert [run for run, _ in told.descriptions] == [playing.ledger.run.id] * 3 + [newer]
    assert all(one.text for _, one in told.descriptions)
    coverage = dict(told.coverage)[playing.ledger.run.id]
    assert coverage.asked == ((0, FOOTAGE.sample[3]),)
    playing.ledger.close()


async def test_evidence_is_of_the_runs_that_count_for_it(desk: Desk) -> None:
    first = await desk.done(tagging("car", "dog"))
    second = await desk.done(tagging("car"), again="2")
    third = await desk.done(Describing())
    page = await desk.timelines.evidence(desk.item, Window(None, 10.0, 12.0))
    assert [(one.run, one.tag) for one in page.items] == 2 * [
        (second, "car"),
        (first, "dog"),
        (third, None),
    ]
    assert page.total == 6
    window = Window("car", FOOTAGE.media.clock.seconds(FOOTAGE.sample[5]), 6.0)
    (one,) = (await desk.timelines.evidence(desk.item, window)).items
    assert one.frames == (FOOTAGE.sample[5],)
    assert one.source is not None
    assert (one.source.raw, one.source.tokens_in, one.source.latency_s) == ("{}", 10, 0.2)


async def test_a_reading_holds_for_the_run_that_counts(desk: Desk) -> None:
    await desk.done(tagging("car", "dog"))
    half = FOOTAGE.media.end // 2
    await desk.timelines.keep_reading(desk.item, "car", Reading(0.1, 0.0, 0.0))
    (span,) = row(await desk.look(), "car").track.spans
    assert (span.start, span.end) == (0, FOOTAGE.media.end)
    (span,) = row(await desk.look(), "dog").track.spans
    assert abs(span.end - half) < FOOTAGE.media.clock.ticks(1)
    await desk.done(tagging("car"), again="2")
    told = row(await desk.look(), "car")
    assert (told.tuned, told.numbers) == (True, Reading(0.1, 0.0, 0.0)), "for the next run as well"
    trial = await desk.timelines.try_reading(desk.item, "car", Reading(0.95, 0.0, 0.0))
    assert trial.row.track.spans == ()
    assert [points for points, _ in trial.points] == list(FOOTAGE.sample)
    await desk.timelines.drop_reading(desk.item, "car")
    assert not row(await desk.look(), "car").tuned
    with pytest.raises(NotFound):
        await desk.timelines.drop_reading(desk.item, "car")
    with pytest.raises(NotFound):
        await desk.timelines.keep_reading(desk.item, "boat", Reading(0.5, 0.0, 0.0))
    await desk.done(tagging("kite"), lambda _: FAILED)
    with pytest.raises(Conflict):
        await desk.timelines.keep_reading(desk.item, "kite", Reading(0.5, 0.0, 0.0))
