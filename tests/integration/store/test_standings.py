"""How media stand in lists: by job and by run, what was found in them, and looked for by that."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import Connection
from worlds import add

from sightline.store import DatabaseUrl, Store, claims, jobs, library, shelf, standings, tagged
from sightline.store.jobs import NewJob
from sightline.store.shelf import Order, Sought
from sightline.store.standings import NEW, CoverageShares, MediaStanding, TagShare
from sightline.store.tables import corrections
from sightline.values import (
    Accounting,
    Claim,
    Description,
    Finding,
    Footage,
    Job,
    JobState,
    Media,
    MediaKind,
    Progress,
    RunState,
    Span,
    Track,
    Unknown,
    UnknownReason,
    Wish,
)

TICKS = 12_800
"""A second of the footage."""
COUNTS = Accounting(frames_sampled=60, frames_covered=60, answered=50, shared=10, frames_shared=6)


@pytest.fixture
async def store(store_location: Path | DatabaseUrl) -> AsyncGenerator[Store]:
    async with await Store.open(store_location, roles=("worker",)) as store:
        yield store


def track(tag: str, *stretches: tuple[float, float]) -> Track:
    """Found over these seconds."""
    return Track(tag, tuple(span(start, end) for start, end in stretches), ())


def span(start_s: float, end_s: float) -> Span:
    start, end = round(start_s * TICKS), round(end_s * TICKS)
    return Span(start, end, start, start, end, end, 0.9)


async def done(
    store: Store,
    media: Media,
    findings: Sequence[Finding] = (),
    *,
    recipe: str = "tagging",
    state: RunState = RunState.COMPLETE,
    note: str = "",
    counts: Accounting | None = COUNTS,
    claim: Claim | None = None,
) -> None:
    """A run that has ended so; of a command line without a claim."""
    ledger = await store.open_run(
        media,
        recipe,
        parameters={},
        request=f"{recipe} {asyncio.get_running_loop().time()}",
        models=["m"],
        settings={},
        claim=claim,
    )
    await ledger.finish(state, findings, note, counts=counts)
    ledger.close()


async def make(store: Store, *paths: Path) -> Job:
    """A job about these files."""
    new = NewJob(
        title="cars",
        source="api",
        spec={"tags": [{"name": "car"}]},
        digest="d",
        priority=100,
        members=[(path, path.stem) for path in paths],
        again=True,
    )
    job, _ = await store.database.write(partial(jobs.make, new=new))
    return job


async def claimed(store: Store, job: Job) -> Claim:
    taken = await store.database.write(
        partial(claims.claim, name=job.id, turn=job.turn, worker=store.presence.id)
    )
    assert taken
    return taken[0]


async def ended(
    store: Store, claim: Claim, ordinal: int, state: JobState, *, note: str = ""
) -> None:
    members = await store.database.read(partial(jobs.members, number=claim.job.number))
    member = replace(members[ordinal], state=state, note=note)
    await store.database.write(partial(claims.end_member, claim=claim, member=member))


async def over(store: Store, claim: Claim, state: JobState) -> None:
    await store.database.write(
        partial(claims.finish, claim=claim, state=state, note="", progress=Progress())
    )


async def of(store: Store, media: Media) -> MediaStanding:
    return (await store.database.read(partial(standings.of, digests=[media.digest])))[media.digest]


async def state_of(store: Store, media: Media) -> str:
    """As it is told and as it is looked for, which must be the same."""
    told = (await of(store, media)).state
    looked_for = {
        state
        for state in [NEW, *JobState]
        if media.digest in await found(store, Sought(states=[state]))
    }
    assert looked_for == {told}
    return told


async def found(store: Store, sought: Sought, order: Order = Order.OLDEST) -> list[str]:
    find = partial(shelf.page, sought=sought, order=order, offset=0, limit=50)
    items, total = await store.database.read(find)
    assert total == len(items)
    return [item.media.digest for item in items]


async def test_a_media_stands_as_its_latest_job_does(store: Store, tmp_path: Path) -> None:
    media = (await add(store, tmp_path / "a.mp4")).media
    assert await of(store, media) == MediaStanding()
    assert await state_of(store, media) == NEW
    job = await make(store, tmp_path / "a.mp4")
    assert await state_of(store, media) == "queued"
    assert (await of(store, media)).run == job.id
    assert (await of(store, media)).fraction is None
    claim = await claimed(store, job)
    report = claims.Report(claim, Progress(under_way=0.25))
    await store.database.write(partial(claims.report, reports=[report]))
    assert await state_of(store, media) == "running"
    assert (await of(store, media)).fraction == 0.25
    await ended(store, claim, 0, JobState.PARTIAL, note="one endpoint was down")
    told = await of(store, media)
    assert (told.state, told.note, told.fraction) == ("partial", "one endpoint was down", None)
    await over(store, claim, JobState.PARTIAL)
    assert await state_of(store, media) == "partial"
    again = await make(store, tmp_path / "a.mp4")
    assert await state_of(store, media) == "queued"
    await store.database.write(partial(jobs.wish, job=again, wanted=Wish.PAUSE))
    assert await state_of(store, media) == "paused"
    again = await store.database.read(partial(jobs.get, name=again.id))
    await store.database.write(partial(jobs.wish, job=again, wanted=Wish.CANCEL))
    assert await state_of(store, media) == "cancelled"


async def test_each_media_of_a_job_stands_for_itself(store: Store, tmp_path: Path) -> None:
    paths = [tmp_path / f"{name}.mp4" for name in "abc"]
    first, second, third = [(await add(store, path)).media for path in paths]
    job = await make(store, *paths[:2])
    claim = await claimed(store, job)
    await ended(store, claim, 0, JobState.FAILED, note="it holds no picture")
    assert await state_of(store, first) == "failed"
    assert await state_of(store, second) == "running"
    assert (await of(store, second)).fraction is None  # of the two together nothing is told
    assert await state_of(store, third) == NEW


async def test_without_a_job_the_latest_run_tells(store: Store, tmp_path: Path) -> None:
    media = (await add(store, tmp_path / "a.mp4")).media
    await done(store, media, note="", state=RunState.COMPLETE)
    assert await state_of(store, media) == "complete"
    await done(store, media, note="the laptop was down", state=RunState.PARTIAL)
    told = await of(store, media)
    assert (told.state, told.run, told.note) == ("partial", None, "the laptop was down")
    await done(store, media, state=RunState.INTERRUPTED)
    assert await state_of(store, media) == "cancelled"
    job = await make(store, tmp_path / "a.mp4")
    claim = await claimed(store, job)
    await ended(store, claim, 0, JobState.COMPLETE)
    await over(store, claim, JobState.COMPLETE)
    assert await state_of(store, media) == "complete"


async def test_tags_are_those_of_the_latest_run_that_has_them(store: Store, tmp_path: Path) -> None:
    media = (await add(store, tmp_path / "a.mp4")).media
    await done(store, media, [track("car", (0, 2), (4, 5)), track("dog", (1, 2))])
    await done(store, media, [track("car", (0, 10)), track("cat")])
    nothing = Track("dog", (), (Unknown(0, 9, UnknownReason.FAILED, "refused"),))
    await done(store, media, [nothing], state=RunState.FAILED)
    ledger = await store.open_run(
        media, "tagging", parameters={}, request="on", models=["m"], settings={}
    )  # of one that goes on nothing counts
    told = await of(store, media)
    ledger.close()
    assert told.tags == (TagShare("car", 10.0, 1), TagShare("dog", 1.0, 1))
    assert told.tags_total == 2
    listed = await store.database.read(partial(tagged.tags, limit=5))
    assert listed == ((("car", 1), ("dog", 1)), 2)


async def test_a_run_that_was_told_nothing_hides_nothing(store: Store, tmp_path: Path) -> None:
    media = (await add(store, tmp_path / "a.mp4")).media
    await done(store, media, [track("car", (0, 2)), track("dog", (1, 2))])
    said = [Description(0, 5, (0,), "", "a car")]
    await done(store, media, said, recipe="describing", counts=Accounting(answered=1))
    whole = Unknown(media.clock.start, media.end, UnknownReason.UNSUPPORTED, "cannot tell")
    await done(store, media, [Track("car", (), (whole,)), track("cat")], state=RunState.PARTIAL)
    start, end = media.clock.start, media.end
    not_yet = (
        Unknown(start, start + 9, UnknownReason.FAILED, "refused"),
        Unknown(start + 9, end, UnknownReason.UNASKED, "not reached"),
        Unknown(end, end + 9, UnknownReason.FAILED, "the file is cut short"),
    )
    await done(store, media, [Track("dog", (), not_yet)], state=RunState.INTERRUPTED)
    silent = [Description(start, end, (), "", None, unknown=whole)]
    none = Accounting(failed=1)
    interrupted = RunState.INTERRUPTED
    await done(store, media, silent, recipe="describing", state=interrupted, counts=none)
    told = await of(store, media)
    assert {share.tag for share in told.tags} == {"car", "dog"}
    assert told.texts == 1
    assert await found(store, Sought(tags=["car", "dog"])) == [media.digest]
    partly = Unknown(start, end - 9, UnknownReason.FAILED, "refused")
    await done(store, media, [Track("dog", (), (partly,))], state=RunState.INTERRUPTED)
    assert len((await of(store, media)).tags) == 2, "it was broken off early"
    await done(store, media, [Track("dog", (), (partly,))], state=RunState.PARTIAL)
    told = await of(store, media)
    assert [share.tag for share in told.tags] == ["car"], "a little is known, and it is not there"


async def test_the_tags_that_take_most_of_it_come_first(store: Store, tmp_path: Path) -> None:
    media = (await add(store, tmp_path / "a.mp4")).media
    await done(store, media, [track(f"tag {n}", (0, n + 1)) for n in range(15)])
    told = await of(store, media)
    assert [share.tag for share in told.tags] == [f"tag {n}" for n in range(14, 2, -1)]
    assert told.tags_total == 15


async def test_texts_corrections_and_coverage_are_counted(store: Store, tmp_path: Path) -> None:
    footage: Footage = await add(store, tmp_path / "a.mp4")
    media = footage.media
    texts = Accounting(frames_sampled=4, frames_covered=4, answered=3, failed=1)
    said = [Description(0, 5, (0,), "", "a car"), Description(5, 9, (5,), "", None)]
    await done(store, media, said, recipe="describing", counts=texts)
    for prompt in ("Who?", "Who?", "Why?"):
        answer = Description(0, 9, (0, 5), prompt, "Anna")
        await done(store, media, [answer], recipe="answering")

    def correct(connection: Connection) -> None:
        mine = library.id_of(connection, media.digest)
        said = {"tag": "car", "start_s": 0.0, "end_s": 1.0, "present": True, "note": ""}
        said |= {"made_by": "Anna", "made_at": datetime.now(UTC)}
        said |= {"replaces_start_s": None, "replaces_end_s": None, "origin": None}
        rows = [{"id": f"c{n}", "media_id": mine, **said} for n in range(3)]
        connection.execute(corrections.insert(), rows)

    await store.database.write(correct)
    await done(store, media, [track("car")], counts=replace(COUNTS, failed=20))
    told = await of(store, media)
    assert told.texts == 3 + 2
    assert told.corrections == 3
    assert told.coverage is not None
    assert told.coverage.unknown == pytest.approx(20 / 80)
    assert told.coverage.shared == pytest.approx(0.1)
    assert told.coverage.asked == pytest.approx(0.65)


async def test_a_question_about_a_few_frames_covers_no_media(store: Store, tmp_path: Path) -> None:
    media = (await add(store, tmp_path / "a.mp4")).media
    whole = Accounting(frames_sampled=8, frames_covered=8, answered=1)
    await done(store, media, recipe="answering", counts=whole)
    told = await of(store, media)
    assert told.coverage == CoverageShares(1.0, 0.0, 0.0), "nothing else is known of it"
    half = Accounting(frames_sampled=60, frames_covered=30, answered=30)
    await done(store, media, [track("car")], state=RunState.INTERRUPTED, counts=half)
    await done(store, media, recipe="answering", counts=whole, note="asked")
    told = await of(store, media)
    assert told.coverage == CoverageShares(0.5, 0.0, 0.0)
    assert (told.state, told.note) == ("complete", "asked"), "it is the latest all the same"
    in_vain = Accounting(frames_sampled=60, frames_covered=60, failed=60)
    await done(store, media, [track("car")], state=RunState.FAILED, counts=in_vain)
    told = await of(store, media)
    assert (told.state, told.coverage) == ("failed", CoverageShares(0.5, 0.0, 0.0))


def test_coverage_tells_what_is_known_and_no_more() -> None:
    assert standings.coverage({}) is None
    assert standings.coverage({"frames_sampled": 10}) is None
    half = {"frames_sampled": 10, "frames_covered": 5, "answered": 5}
    assert standings.coverage(half) == CoverageShares(0.5, 0.0, 0.0)
    vain = {"frames_sampled": 10, "frames_covered": 10, "unsupported": 10}
    assert standings.coverage(vain) == CoverageShares(0.0, 0.0, 1.0)
    more = {"frames_sampled": 10, "frames_covered": 20, "answered": 20, "frames_shared": 30}
    assert standings.coverage(more) == CoverageShares(0.0, 1.0, 0.0)


async def test_media_are_looked_for_by_words_tags_and_kind(store: Store, tmp_path: Path) -> None:
    harbour = (await add(store, tmp_path / "harbour 1.mp4")).media
    street = (await add(store, tmp_path / "street.mp4")).media
    await done(store, harbour, [track("white ship", (0, 5)), track("car")])
    await done(store, street, [track("car", (0, 5)), track("person", (0, 9))])
    assert await found(store, Sought(["HARBOUR"])) == [harbour.digest]
    assert await found(store, Sought(["ship"])) == [harbour.digest]
    assert await found(store, Sought(["harbour", "ship"])) == [harbour.digest]
    assert await found(store, Sought(["harbour", "car"])) == []
    assert await found(store, Sought(["%"])) == []
    assert await found(store, Sought(tags=["car"])) == [street.digest]
    assert await found(store, Sought(tags=["car", "person"])) == [street.digest]
    assert await found(store, Sought(tags=["car", "white ship"])) == []
    assert await found(store, Sought(kinds=[MediaKind.VIDEO])) == [harbour.digest, street.digest]
    assert await found(store, Sought(kinds=[MediaKind.IMAGE])) == []
    assert await found(store, Sought(states=["complete", NEW], tags=["person"])) == [street.digest]
    listed = await store.database.read(partial(tagged.tags, words=["s"], limit=1))
    assert listed == ((("person", 1),), 2)


async def test_totals_count_what_is_on_other_pages(store: Store, tmp_path: Path) -> None:
    for name in "abc":
        media = (await add(store, tmp_path / f"{name}.mp4")).media
        await done(store, media, [track("car", (0, 1))])
    for sought in (Sought(), Sought(tags=["car"]), Sought(states=["complete"])):
        for offset, number in ((0, 2), (2, 1), (4, 0)):
            read = partial(shelf.page, sought=sought, order=Order.TITLE, offset=offset, limit=2)
            items, total = await store.database.read(read)
            assert (len(items), total) == (number, 3)
    assert await store.database.read(partial(tagged.tags, limit=5)) == ((("car", 3),), 1)
    assert await store.database.read(partial(standings.of, digests=[])) == {}
