"""Near-duplicate sharing through the whole engine, over a real store and a scripted endpoint."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from sightline.endpoints.pool import Pool, Retries
from sightline.engine import Engine
from sightline.errors import EndpointDown, RequestRejected
from sightline.media.files import look
from sightline.ports import Recipe
from sightline.recipes.answering import Answering
from sightline.recipes.describing import Describing
from sightline.recipes.tagging import Tagging
from sightline.recipes.tags import Tag
from sightline.store import Store
from sightline.testing.fakes import FakeEndpoint, FakeReader, make_footage
from sightline.values import (
    Accounting,
    AskFailed,
    Conclusion,
    Presence,
    Question,
    RunState,
    Sharing,
    Signals,
    Text,
    Track,
    UnknownReason,
)

FOOTAGE = make_footage(60, 10, 0.5)
SAMPLE = FOOTAGE.sample
TAGS = Tagging(tuple(map(Tag.named, ("car", "person"))))
NEVER = Sharing(within=6.0, audit=0.0)
ALWAYS = Sharing(within=6.0, audit=1.0)


def slide(pts: int) -> int:
    """Ten seconds to a slide."""
    return int(FOOTAGE.media.clock.seconds(pts) // 10)


SLIDES = 6


def truthful(frames: tuple[int, ...], question: Question):
    if question.expects == "text":
        return Text(f"slide {slide(frames[0])}")
    return Presence(1.0 if slide(frames[0]) % 2 else 0.0)


@dataclass
class Bench:
    store: Store
    looks: Callable[[int], int] = slide
    accounting: Accounting = field(default_factory=Accounting)
    reader: FakeReader = field(init=False)

    async def run(
        self,
        recipe: Recipe,
        endpoint: FakeEndpoint,
        sharing: Sharing | None = NEVER,
        *,
        signals: Signals | None = None,
        request: str = "",
    ) -> Conclusion:
        self.accounting = Accounting()
        self.reader = FakeReader(FOOTAGE.frames, looks=self.looks)
        ledger = await self.store.open_run(
            FOOTAGE.media,
            recipe.name,
            parameters=recipe.parameters,
            request=request or recipe.name,
            models=(endpoint.model,),
            settings={},
        )
        try:
            engine = Engine(
                recipe,
                FOOTAGE,
                reader=self.reader,
                pool=Pool.of(endpoint, retries=Retries(attempts=2, first_wait_s=0.0)),
                ledger=ledger,
                progress=self.accounting,
                stop=asyncio.Event(),
                sharing=sharing,
                signals=signals,
            )
            conclusion = await asyncio.wait_for(engine.run(), 30)
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
        yield Bench(store)


def tracks(conclusion: Conclusion) -> list[Track]:
    return [finding for finding in conclusion.findings if isinstance(finding, Track)]


async def test_one_ask_serves_a_group_and_the_findings_are_the_same(bench: Bench) -> None:
    plain = FakeEndpoint(truthful)
    alone = await bench.run(TAGS, plain, None)
    assert bench.accounting.shared == 0
    sharing = FakeEndpoint(truthful, model="other")
    shared = await bench.run(TAGS, sharing)
    assert tracks(shared) == tracks(alone)
    assert len(sharing.exchanges) == SLIDES
    assert len(plain.exchanges) == len(SAMPLE)
    counts = bench.accounting
    assert counts.answered == 2 * SLIDES
    assert counts.shared == 2 * (len(SAMPLE) - SLIDES)
    assert counts.frames_shared == len(SAMPLE) - SLIDES
    assert counts.done == counts.planned
    assert (counts.audited, counts.disagreed) == (0, 0)


async def test_frames_that_do_not_look_alike_are_all_asked(bench: Bench) -> None:
    bench.looks = int
    endpoint = FakeEndpoint(truthful)
    await bench.run(TAGS, endpoint)
    assert len(endpoint.exchanges) == len(SAMPLE)
    assert bench.accounting.shared == 0


async def test_words_are_shared_as_well(bench: Bench) -> None:
    endpoint = FakeEndpoint(truthful)
    conclusion = await bench.run(Describing(), endpoint, ALWAYS)
    assert len(endpoint.exchanges) == SLIDES, "words cannot be compared, so none are audited"
    assert len(conclusion.findings) == len(SAMPLE)
    assert bench.accounting.audited == 0


async def test_a_question_about_several_frames_is_never_shared(bench: Bench) -> None:
    endpoint = FakeEndpoint(truthful)
    await bench.run(Answering("what happens?"), endpoint)
    (exchange,) = endpoint.exchanges
    assert exchange.frames == tuple(SAMPLE)
    assert bench.accounting.shared == 0


async def test_audits_ask_all_the_same_and_count_who_disagrees(bench: Bench) -> None:
    def liar(frames: tuple[int, ...], question: Question):
        # True of the first frame of each slide only, as a thing too small to be seen.
        return Presence(float(slide(frames[0]) != slide(frames[0] - 6400)))

    endpoint = FakeEndpoint(liar)
    conclusion = await bench.run(TAGS, endpoint, ALWAYS)
    counts = bench.accounting
    assert len(endpoint.exchanges) == len(SAMPLE), "an audit asks the endpoint"
    assert counts.shared == 0
    assert counts.audited == 2 * (len(SAMPLE) - SLIDES)
    assert counts.disagreed == counts.audited
    assert counts.answered == counts.planned
    # What an audit heard is what counts for its own frame.
    assert all(len(track.spans) == SLIDES for track in tracks(conclusion))


async def test_some_are_audited_and_always_the_same(bench: Bench) -> None:
    some = Sharing(within=6.0, audit=0.2)
    first = FakeEndpoint(truthful)
    await bench.run(TAGS, first, some)
    audited = bench.accounting.audited
    assert 0 < audited < len(SAMPLE)
    assert bench.accounting.disagreed == 0
    assert bench.accounting.shared + bench.accounting.answered == bench.accounting.planned
    second = FakeEndpoint(truthful, model="other")
    await bench.run(TAGS, second, some)
    asked = [sorted(exchange.frames for exchange in one.exchanges) for one in (first, second)]
    assert asked[0] == asked[1]


async def test_a_failure_is_not_shared_the_next_of_the_group_is_asked(bench: Bench) -> None:
    def picky(frames: tuple[int, ...], question: Question):
        if frames[0] in (SAMPLE[0], SAMPLE[1], SAMPLE[40]):
            return RequestRejected("desk cannot read this picture")
        return truthful(frames, question)

    endpoint = FakeEndpoint(picky)
    conclusion = await bench.run(TAGS, endpoint)
    assert bench.accounting.failed == 2 * 3
    assert bench.accounting.shared == 2 * (len(SAMPLE) - SLIDES - 3)
    assert {exchange.frames[0] for exchange in endpoint.exchanges} >= {SAMPLE[2], SAMPLE[41]}
    for track in tracks(conclusion):
        assert track.unknown
        assert all(stretch.reason is UnknownReason.FAILED for stretch in track.unknown)


async def test_what_the_model_cannot_answer_is_refused_once(bench: Bench) -> None:
    def refuses(frames: tuple[int, ...], question: Question):
        if question["tag"] == "car":
            return AskFailed(UnknownReason.UNSUPPORTED, "no cars here")
        return truthful(frames, question)

    conclusion = await bench.run(TAGS, FakeEndpoint(refuses))
    assert bench.accounting.shared == len(SAMPLE) - SLIDES
    assert [bool(track.unknown) for track in tracks(conclusion)] == [True, False]


async def test_an_endpoint_that_is_gone_fails_all_soon(bench: Bench) -> None:
    endpoint = FakeEndpoint(lambda frames, question: EndpointDown("desk is gone"))
    conclusion = await bench.run(TAGS, endpoint)
    assert conclusion.state is RunState.FAILED
    assert bench.accounting.failed == bench.accounting.planned
    assert len(endpoint.exchanges) < 50


async def test_the_next_run_reuses_the_groups_without_decoding(bench: Bench) -> None:
    await bench.run(TAGS, FakeEndpoint(truthful))
    signals = bench.reader.signals
    again = FakeEndpoint(truthful)
    second = await bench.run(TAGS, again, signals=signals, request="again")
    assert again.exchanges == []
    assert bench.reader.read_frames == []
    assert bench.accounting.reused == 2 * SLIDES
    assert bench.accounting.shared == bench.accounting.planned - 2 * SLIDES
    assert second.state is RunState.COMPLETE

    other = FakeEndpoint(truthful)
    await bench.run(Tagging((Tag.named("dog"),)), other, signals=signals, request="dog")
    assert len(other.exchanges) == SLIDES
    assert len(bench.reader.read_frames) == SLIDES, "only the representatives are decoded"


async def test_groups_of_another_threshold_are_not_believed(bench: Bench) -> None:
    await bench.run(TAGS, FakeEndpoint(truthful))
    signals = bench.reader.signals
    bench.looks = int
    endpoint = FakeEndpoint(truthful, model="other")
    await bench.run(TAGS, endpoint, Sharing(within=1.0, audit=0.0), signals=signals)
    assert len(endpoint.exchanges) == len(SAMPLE)


async def test_a_representative_that_is_not_sampled_is_stood_in_for(bench: Bench) -> None:
    """Signals of all frames make groups whose first frame this run may not have chosen."""
    whole = FakeReader(FOOTAGE.frames, looks=lambda pts: int(pts + 3 * 1280) // (100 * 1280))
    async for _ in whole.measure(FOOTAGE.frames.pts, sharing=NEVER):
        pass
    groups = {whole.signals.alike[whole.signals.pts.index(pts)] for pts in SAMPLE}
    assert not groups <= set(SAMPLE)
    endpoint = FakeEndpoint(truthful)
    await bench.run(TAGS, endpoint, signals=whole.signals)
    assert len(endpoint.exchanges) == len(groups)
    assert bench.accounting.shared == bench.accounting.planned - 2 * len(groups)


async def test_a_run_that_died_goes_on_and_counts_what_was_shared(bench: Bench) -> None:
    dying = asyncio.Event()

    async def pause() -> None:
        if len(first.exchanges) > 4:
            dying.set()
            await asyncio.sleep(60)

    first = FakeEndpoint(truthful, slots=1, pause=pause)
    running = asyncio.create_task(bench.run(TAGS, first))
    await asyncio.wait_for(dying.wait(), 30)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    rest = FakeEndpoint(truthful)
    conclusion = await bench.run(TAGS, rest)
    assert conclusion.state is RunState.COMPLETE
    counts = bench.accounting
    assert counts.done == counts.planned
    assert counts.shared > 0
    assert counts.answered + counts.reused < 2 * SLIDES + 8
