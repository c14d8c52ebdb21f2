"""The engine over a real store, with a scripted endpoint and pictures that cost nothing."""

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from sightline.endpoints.pool import Pool, Retries
from sightline.engine import Engine
from sightline.errors import (
    EndpointDown,
    MediaError,
    RequestRejected,
    StoreFull,
    Unauthorized,
)
from sightline.media.files import look
from sightline.ports import Arrived, Recipe
from sightline.recipes.answering import Answering
from sightline.recipes.describing import Describing
from sightline.recipes.tagging import Tagging
from sightline.recipes.tags import Tag
from sightline.store import Store
from sightline.testing.fakes import FakeEndpoint, FakeReader, make_footage
from sightline.values import (
    Accounting,
    AskFailed,
    Call,
    Conclusion,
    Description,
    Jpeg,
    Picture,
    PictureTransform,
    Presence,
    Question,
    RunState,
    Sharing,
    Text,
    Track,
    UnknownReason,
)

FOOTAGE = make_footage(40, 10, 1.0)
TAGS = Tagging(tuple(map(Tag.named, ("car", "person"))))


def truthful(frames: tuple[int, ...], question: Question):
    if question.expects == "text":
        return Text(f"frames {frames}")
    return Presence(1.0 if FOOTAGE.media.clock.seconds(frames[0]) >= 20 else 0.0)


@dataclass
class Bench:
    """All that one run needs, joined as the wiring joins it."""

    store: Store
    accounting: Accounting
    stop: asyncio.Event
    reader: FakeReader

    async def run(
        self,
        recipe: Recipe,
        endpoint: FakeEndpoint,
        *,
        request: str = "",
        watch_ledger: Callable[[object], None] = lambda _: None,
    ) -> Conclusion:
        accounting = self.accounting = Accounting()
        ledger = await self.store.open_run(
            FOOTAGE.media,
            recipe.name,
            parameters=recipe.parameters,
            request=request or recipe.name,
            models=(endpoint.model,),
            settings={},
        )
        watch_ledger(ledger)
        try:
            engine = Engine(
                recipe,
                FOOTAGE,
                reader=self.reader,
                pool=Pool.of(endpoint, retries=Retries(first_wait_s=0.0)),
                ledger=ledger,
                progress=accounting,
                stop=self.stop,
            )
            conclusion = await engine.run()
            await ledger.finish(conclusion.state, conclusion.findings, conclusion.note)
        finally:
            ledger.close()
        return conclusion


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncGenerator[Bench]:
    async with await Store.open(tmp_path / "library.db") as store:
        clip = tmp_path / "clip.mp4"
        clip.touch()
        await store.remember_media(FOOTAGE.media, FOOTAGE.frames, file=look(clip))
        yield Bench(store, Accounting(), asyncio.Event(), FakeReader(FOOTAGE.frames))


def tracks(conclusion: Conclusion) -> dict[str, Track]:
    return {f.tag: f for f in conclusion.findings if isinstance(f, Track)}


def asked(endpoint: FakeEndpoint) -> Counter[tuple[tuple[int, ...], Question]]:
    return Counter((e.frames, question) for e in endpoint.exchanges for question in e.questions)


async def test_spans_come_out_and_tags_of_one_frame_share_a_call(bench: Bench):
    endpoint = FakeEndpoint(truthful)
    conclusion = await bench.run(TAGS, endpoint)
    assert conclusion.state is RunState.COMPLETE
    for track in tracks(conclusion).values():
        (span,) = track.spans
        assert span.start_latest == FOOTAGE.media.clock.pts(20)
        assert span.end == FOOTAGE.frames.end
    assert len(endpoint.exchanges) == len(FOOTAGE.sample)
    assert bench.accounting.answered == bench.accounting.planned == 2 * len(FOOTAGE.sample)
    assert endpoint.peak_in_flight == endpoint.slots


async def test_what_is_known_is_not_asked_and_not_decoded_again(bench: Bench):
    first = await bench.run(TAGS, FakeEndpoint(truthful))
    bench.reader = FakeReader(FOOTAGE.frames)
    again = FakeEndpoint(truthful)
    second = await bench.run(TAGS, again)
    assert second == first
    assert again.exchanges == []
    assert bench.reader.read_frames == []
    assert bench.accounting.reused == bench.accounting.planned


async def test_another_model_is_asked_itself(bench: Bench):
    await bench.run(Describing(), FakeEndpoint(truthful, model="one"))
    other = FakeEndpoint(truthful, model="two")
    await bench.run(Describing(), other)
    assert len(other.exchanges) == len(FOOTAGE.sample)


async def test_a_question_about_many_frames_shows_them_in_order(bench: Bench):
    endpoint = FakeEndpoint(truthful)
    conclusion = await bench.run(Answering("What happens?"), endpoint)
    (exchange,) = endpoint.exchanges
    assert exchange.frames == FOOTAGE.sample
    assert list(exchange.seconds) == [float(n) for n in range(40)]
    (description,) = conclusion.findings
    assert isinstance(description, Description)
    assert description.text == f"frames {FOOTAGE.sample}"


async def test_an_endpoint_that_refuses_everything_fails_the_run_and_nothing_is_absent(
    bench: Bench,
):
    endpoint = FakeEndpoint(lambda f, q: EndpointDown("desk refused the connection"))
    conclusion = await bench.run(TAGS, endpoint)
    assert conclusion.state is RunState.FAILED
    assert "desk refused the connection" in conclusion.note
    for track in tracks(conclusion).values():
        assert track.spans == ()
        (stretch,) = track.unknown
        assert (stretch.start, stretch.end) == (FOOTAGE.frames.pts[0], FOOTAGE.frames.end)
        assert stretch.reason is UnknownReason.FAILED
    assert len(bench.reader.read_frames) < len(FOOTAGE.sample)


async def test_what_no_model_can_tell_is_named_in_the_note(bench: Bench):
    def blind(frames: tuple[int, ...], question: Question):
        if question["tag"] == "car":
            return AskFailed(UnknownReason.UNSUPPORTED, "no cars here")
        return truthful(frames, question)

    conclusion = await bench.run(TAGS, FakeEndpoint(blind))
    assert conclusion.state is RunState.PARTIAL
    assert conclusion.note == (
        "no model that was asked can tell: car; attach one that can, and run it again"
    )
    many = Tagging(tuple(Tag.named(f"tag {n}") for n in range(7)))
    nothing = FakeEndpoint(lambda f, q: AskFailed(UnknownReason.UNSUPPORTED, "cannot"))
    conclusion = await bench.run(many, nothing)
    assert "tell: tag 0, tag 1, tag 2, tag 3, tag 4 and 2 more;" in conclusion.note


async def test_after_a_failure_the_next_run_asks_only_what_failed(bench: Bench):
    bad = set(FOOTAGE.sample[10:13])

    def flaky(frames: tuple[int, ...], question: Question):
        return EndpointDown("hiccup") if bad & set(frames) else truthful(frames, question)

    first = await bench.run(TAGS, FakeEndpoint(flaky))
    assert first.state is RunState.PARTIAL
    again = FakeEndpoint(truthful)
    second = await bench.run(TAGS, again)
    assert second.state is RunState.COMPLETE
    assert {e.frames[0] for e in again.exchanges} == bad


async def test_a_frame_that_cannot_be_decoded_is_unknown_and_not_asked(bench: Bench):
    lost = FOOTAGE.sample[5]
    bench.reader = FakeReader(FOOTAGE.frames, lost=[lost])
    endpoint = FakeEndpoint(truthful)
    conclusion = await bench.run(Describing(), endpoint)
    assert conclusion.state is RunState.PARTIAL
    (gone,) = [f for f in conclusion.findings if f.unknown]
    assert isinstance(gone, Description)
    assert gone.frames == (lost,)
    assert lost not in {e.frames[0] for e in endpoint.exchanges}


async def test_a_file_that_vanishes_is_unknown_time_and_no_crash(bench: Bench):
    class Gone(FakeReader):
        async def read(
            self,
            frames: Sequence[int],
            transform: PictureTransform,
            *,
            jpeg: Jpeg = Jpeg(),
            sharing: Sharing | None = None,
        ):
            yield Picture(frames[0], b"", 1, 1)
            raise MediaError("clip.mp4: the file is gone")

    bench.reader = Gone(FOOTAGE.frames)
    conclusion = await bench.run(Describing(), FakeEndpoint(truthful))
    assert conclusion.state is RunState.PARTIAL
    assert "clip.mp4: the file is gone" in conclusion.note


async def test_a_stop_keeps_what_was_answered_and_the_next_run_goes_on(bench: Bench):
    async def pause() -> None:
        await asyncio.sleep(0)
        if len(endpoint.exchanges) > 12:
            bench.stop.set()

    endpoint = FakeEndpoint(truthful, pause=pause)
    conclusion = await bench.run(TAGS, endpoint)
    assert conclusion.state is RunState.INTERRUPTED
    assert {u.reason for t in tracks(conclusion).values() for u in t.unknown} == {
        UnknownReason.UNASKED
    }
    bench.stop = asyncio.Event()
    rest = FakeEndpoint(truthful)
    done = await bench.run(TAGS, rest)
    assert done.state is RunState.COMPLETE
    together = asked(endpoint) + asked(rest)
    assert len(together) == 2 * len(FOOTAGE.sample)
    assert set(together.values()) == {1}


async def test_a_stop_does_not_wait_for_a_call_that_hangs(bench: Bench):
    async def hang() -> None:
        bench.stop.set()
        await asyncio.Event().wait()

    conclusion = await asyncio.wait_for(bench.run(TAGS, FakeEndpoint(truthful, pause=hang)), 30)
    assert conclusion.state is RunState.INTERRUPTED


@pytest.mark.parametrize("page", [3, 10_000])
async def test_a_run_that_died_is_continued_from_its_ledger(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, page: int
):
    """The process ends between two outcomes, without a word to the store."""
    monkeypatch.setattr("sightline.store.ledger.PAGE", page)
    started = asyncio.Event()

    async def die_after_nine() -> None:
        await asyncio.sleep(0)
        if len(first.exchanges) > 9:
            started.set()
            await asyncio.Event().wait()

    first = FakeEndpoint(truthful, pause=die_after_nine)
    running = asyncio.create_task(bench.run(TAGS, first))
    await started.wait()
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    second = FakeEndpoint(truthful)
    conclusion = await bench.run(TAGS, second)
    assert conclusion.state is RunState.COMPLETE
    twice = [key for key, times in (asked(first) + asked(second)).items() if times > 1]
    assert len(twice) <= first.slots * len(TAGS.tags)
    (record,) = await bench.store.runs_of(FOOTAGE.media)
    assert record.run.attempt == 2


async def test_no_outcome_reaches_the_recipe_before_it_is_stored(bench: Bench):
    """A disk that fills up ends the run with that reason, and what was kept stays kept."""
    kept: list[Arrived] = []

    def fill_up_after_ten(ledger: object) -> None:
        record = ledger.record  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType, reportUnknownVariableType]

        async def limited(arrived: Sequence[Arrived], calls: Sequence[Call]) -> object:
            if len(kept) + len(arrived) > 10:
                raise StoreFull("library.db: no space is left")
            kept.extend(arrived)
            return await record(arrived, calls)  # pyright: ignore[reportUnknownVariableType]

        ledger.record = limited  # pyright: ignore[reportAttributeAccessIssue]

    with pytest.raises(StoreFull):
        await bench.run(TAGS, FakeEndpoint(truthful), watch_ledger=fill_up_after_ten)
    assert 0 < len(kept) <= 10
    again = FakeEndpoint(truthful)
    await bench.run(TAGS, again)
    assert bench.accounting.reused == len(kept)


async def test_a_run_that_died_after_failures_asks_those_again(bench: Bench):
    died = asyncio.Event()

    def flaky(frames: tuple[int, ...], question: Question):
        return RequestRejected("filtered") if frames[0] in FOOTAGE.sample[:2] else Text("x")

    async def die_after_nine() -> None:
        await asyncio.sleep(0)
        if len(first.exchanges) > 9:
            died.set()
            await asyncio.Event().wait()

    first = FakeEndpoint(flaky, pause=die_after_nine)
    running = asyncio.create_task(bench.run(Describing(), first))
    await died.wait()
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    second = FakeEndpoint(lambda f, q: Text("x"))
    assert (await bench.run(Describing(), second)).state is RunState.COMPLETE
    assert set(FOOTAGE.sample[:2]) <= {e.frames[0] for e in second.exchanges}
    assert len(second.exchanges) < len(FOOTAGE.sample)


async def test_the_recipe_hears_the_answer_that_is_stored(bench: Bench):
    """Two runs ask the same at once, and the model is of two minds: the first answer counts."""
    both_asked = asyncio.Barrier(2)

    def saying(probability: float) -> FakeEndpoint:
        return FakeEndpoint(lambda f, q: Presence(probability), slots=1, pause=both_asked.wait)

    one, other = await asyncio.gather(
        bench.run(Tagging((Tag("car", "a car"),)), saying(0.9), request="one"),
        bench.run(Tagging((Tag("auto", "a car"),)), saying(0.1), request="other"),
    )
    assert [s.start for s in tracks(one)["car"].spans] == [
        s.start for s in tracks(other)["auto"].spans
    ]


async def test_a_fault_in_the_reader_is_unknown_time_that_says_so(bench: Bench):
    class Faulty(FakeReader):
        async def read(
            self,
            frames: Sequence[int],
            transform: PictureTransform,
            *,
            jpeg: Jpeg = Jpeg(),
            sharing: Sharing | None = None,
        ):
            yield Picture(frames[0], b"", 1, 1)
            raise ZeroDivisionError("oh")

    bench.reader = Faulty(FOOTAGE.frames)
    conclusion = await bench.run(Describing(), FakeEndpoint(truthful))
    assert conclusion.state is RunState.PARTIAL
    assert "the reader has a fault: ZeroDivisionError: oh" in conclusion.note


async def test_a_reader_that_ends_early_leaves_unknown_time_and_no_run_that_waits(bench: Bench):
    class Short(FakeReader):
        async def read(
            self,
            frames: Sequence[int],
            transform: PictureTransform,
            *,
            jpeg: Jpeg = Jpeg(),
            sharing: Sharing | None = None,
        ):
            yield Picture(frames[0], b"", 1, 1)

    bench.reader = Short(FOOTAGE.frames)
    conclusion = await asyncio.wait_for(bench.run(Describing(), FakeEndpoint(truthful)), 30)
    assert conclusion.state is RunState.PARTIAL
    assert "the reader ended before it had given every frame" in conclusion.note


async def test_asks_that_were_never_sent_do_not_count_as_asked(bench: Bench):
    await bench.run(Describing(), FakeEndpoint(lambda f, q: Unauthorized("desk wants a key")))
    assert bench.accounting.asked <= FakeEndpoint(truthful).slots
    assert bench.accounting.failed == len(FOOTAGE.sample)


async def test_a_wrong_key_is_asked_once_per_slot_at_most(bench: Bench):
    endpoint = FakeEndpoint(lambda f, q: Unauthorized("desk wants another key"))
    conclusion = await bench.run(TAGS, endpoint)
    assert conclusion.state is RunState.FAILED
    assert len(endpoint.exchanges) <= endpoint.slots


async def test_the_reader_is_held_back_by_the_pool(bench: Bench):
    """However slow the endpoint, only a few pictures wait for it."""
    ahead: list[int] = []

    async def pause() -> None:
        await asyncio.sleep(0.002)
        ahead.append(len(bench.reader.read_frames) - len(endpoint.exchanges))

    endpoint = FakeEndpoint(truthful, slots=2, pause=pause)
    await bench.run(Describing(), endpoint)
    assert max(ahead) <= endpoint.slots + 2


async def test_partial_media_makes_a_partial_run(bench: Bench, monkeypatch: pytest.MonkeyPatch):
    media = FOOTAGE.media
    cut = replace(media, declared_end=media.end + media.clock.ticks(15))
    monkeypatch.setattr("test_engine.FOOTAGE", replace(FOOTAGE, media=cut))
    conclusion = await bench.run(TAGS, FakeEndpoint(truthful))
    assert conclusion.state is RunState.PARTIAL
    assert "its last 15.0 s cannot be read" in conclusion.note
    for track in tracks(conclusion).values():
        assert (track.unknown[-1].start, track.unknown[-1].end) == (cut.end, cut.declared_end)
