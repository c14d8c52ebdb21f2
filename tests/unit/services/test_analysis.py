"""An analysis as a whole, over a real store and without pictures."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from sightline.endpoints.pool import Member, Pool
from sightline.errors import SettingsError, Stopped
from sightline.jobs.desk import Desk, Seat
from sightline.media.files import look
from sightline.media.sampling import AllFrames
from sightline.ports import FrameReader, MediaSource
from sightline.recipes.tags import Tag
from sightline.services.runs.analysis import Analyst, Watch
from sightline.services.runs.requests import MOST_FRAMES_FOR_A_QUESTION, AnalysisRequest
from sightline.settings import EndpointSettings, Settings
from sightline.store import Store
from sightline.testing.fakes import FakeEndpoint, FakeSource, make_footage
from sightline.testing.jobs import a_job
from sightline.values import (
    Claim,
    FrameIndex,
    Media,
    Presence,
    Progress,
    Question,
    RunState,
    SeenFile,
    Text,
    Track,
    Wish,
)
from sightline.values.jobs import Member as Target

FOOTAGE = make_footage(10, 10)
DESCRIBE = AnalysisRequest(describe=True)


def script(frames: tuple[int, ...], question: Question) -> Presence | Text:
    return Presence(1.0) if question.expects == "presence" else Text("x")


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    path = tmp_path / "clip.mp4"
    path.write_bytes(b"one")
    return path


@asynccontextmanager
async def analyst(
    folder: Path, source: MediaSource, endpoint: FakeEndpoint | None = None
) -> AsyncGenerator[Analyst]:
    pool = Pool.of(endpoint or FakeEndpoint(script))
    async with await Store.open(folder / "library.db") as store:
        yield Analyst(source=source, store=store, pool=pool, settings=Settings(data_dir=folder))


class SlowDisk:
    """A source whose file takes for ever to read."""

    def __init__(self) -> None:
        self.begun = asyncio.Event()
        self.left = False

    async def look(self, path: Path) -> SeenFile:
        return look(path)

    async def probe(self, file: SeenFile) -> tuple[Media, FrameIndex]:
        self.begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            self.left = True
        raise AssertionError

    def open(self, file: SeenFile, frames: FrameIndex) -> FrameReader:
        raise AssertionError(file)


async def test_a_stop_while_the_file_is_being_read_ends_at_once(tmp_path: Path, clip: Path):
    source, watch = SlowDisk(), Watch()
    async with analyst(tmp_path, source) as doing:
        analysis = asyncio.create_task(doing.analyze(clip, DESCRIBE, watch=watch))
        await source.begun.wait()
        watch.stop.set()
        with pytest.raises(Stopped, match=r"clip\.mp4"):
            await analysis
    assert source.left


async def test_a_cancelled_analysis_leaves_nothing_running(tmp_path: Path, clip: Path):
    source = SlowDisk()
    async with analyst(tmp_path, source) as doing:
        before = asyncio.all_tasks()
        analysis = asyncio.create_task(doing.analyze(clip, DESCRIBE))
        await source.begun.wait()
        analysis.cancel()
        with pytest.raises(asyncio.CancelledError):
            await analysis
        assert asyncio.all_tasks() == before
    assert source.left


async def test_a_known_file_is_not_read_again_until_it_changes(tmp_path: Path, clip: Path):
    probes: list[SeenFile] = []

    class Counting(FakeSource):
        async def probe(self, file: SeenFile) -> tuple[Media, FrameIndex]:
            probes.append(file)
            return await super().probe(file)

    async with analyst(tmp_path, Counting(FOOTAGE)) as doing:
        for _ in range(2):
            await doing.analyze(clip, DESCRIBE)
        assert len(probes) == 1
        await asyncio.to_thread(clip.write_bytes, b"another")
        await doing.analyze(clip, DESCRIBE)
        assert len(probes) == 2


async def test_a_stop_between_recipes_is_no_complete_analysis(tmp_path: Path, clip: Path):
    """The stop comes with the last answer of the first recipe; the second never began."""
    watch = Watch()

    def stop_at_the_last(frames: tuple[int, ...], question: Question) -> Presence | Text:
        if frames[0] == FOOTAGE.sample[-2]:
            watch.stop.set()
        return script(frames, question)

    wanted = AnalysisRequest(tags=(Tag.named("car"),), describe=True)
    async with analyst(tmp_path, FakeSource(FOOTAGE), FakeEndpoint(stop_at_the_last)) as doing:
        analysis = await doing.analyze(clip, wanted, watch=watch)
    assert [report.run.recipe for report in analysis.reports] == ["tagging", "describing"]
    assert analysis.state is RunState.INTERRUPTED
    (stretch,) = analysis.reports[1].conclusion.findings
    assert stretch.unknown


async def test_what_is_recalled_after_a_stop_is_no_progress(tmp_path: Path, clip: Path):
    """Descriptions are known before; a pause in the middle of the tags must not count them."""
    desk = Desk(Claim(a_job(), 1, "w"))
    seat = Seat(Target(0, clip, "clip"))
    desk.seats.append(seat)
    before: list[Progress] = []

    def pause_half_way(frames: tuple[int, ...], question: Question) -> Presence | Text:
        if question.expects == "presence" and frames[0] == FOOTAGE.sample[4]:
            before.append(desk.progress())
            desk.hear(Wish.PAUSE)
        return script(frames, question)

    wanted = AnalysisRequest(tags=(Tag.named("car"),), describe=True)
    async with analyst(tmp_path, FakeSource(FOOTAGE), FakeEndpoint(pause_half_way)) as doing:
        await doing.analyze(clip, DESCRIBE)
        analysis = await doing.analyze(clip, wanted, watch=seat.watch(desk.stop))
    tagging, describing = (report.accounting for report in analysis.reports)
    assert describing.reused == describing.planned > 0, "it is told all the same"
    after = desk.progress()
    assert before[0].fraction <= after.fraction <= 0.5
    assert before[0].asks_planned == after.asks_planned == tagging.planned + describing.planned


async def test_a_question_shows_the_model_only_so_many_frames(tmp_path: Path, clip: Path):
    endpoint = FakeEndpoint(script)
    wanted = AnalysisRequest(ask="What happens?", policy=AllFrames())
    async with analyst(tmp_path, FakeSource(FOOTAGE), endpoint) as doing:
        await doing.analyze(clip, wanted)
    (exchange,) = endpoint.exchanges
    assert len(exchange.frames) == MOST_FRAMES_FOR_A_QUESTION
    assert (exchange.frames[0], exchange.frames[-1]) == (
        FOOTAGE.frames.pts[0],
        FOOTAGE.frames.pts[-1],
    )


TAG = Tag("car", "a car, parked or moving")


@pytest.mark.parametrize(
    "changed",
    [
        replace(TAG, threshold=0.9),
        replace(TAG, max_gap_s=3.0, min_length_s=2.0),
        replace(TAG, name="renamed"),
    ],
    ids=["threshold", "lengths", "name"],
)
async def test_changing_all_but_the_wording_of_a_tag_asks_nothing(
    tmp_path: Path, clip: Path, changed: Tag
):
    endpoint = FakeEndpoint(lambda f, q: Presence(0.7))
    async with analyst(tmp_path, FakeSource(FOOTAGE), endpoint) as doing:
        await doing.analyze(clip, AnalysisRequest(tags=(TAG,)))
        asked = len(endpoint.exchanges)
        again = await doing.analyze(clip, AnalysisRequest(tags=(changed,)))
        assert len(endpoint.exchanges) == asked
        reworded = replace(TAG, wording="a car that moves")
        await doing.analyze(clip, AnalysisRequest(tags=(reworded,)))
        assert len(endpoint.exchanges) == 2 * asked
    (track,) = again.reports[0].conclusion.findings
    assert isinstance(track, Track)
    assert bool(track.spans) == (changed.threshold <= 0.7)


async def test_an_endpoint_that_is_set_up_and_late_is_waited_for(tmp_path: Path, clip: Path):
    pool = Pool(())
    known = {"late": EndpointSettings(url="http://127.0.0.1:9/v1")}
    settings = Settings(data_dir=tmp_path, endpoints=known)
    async with await Store.open(tmp_path / "library.db") as store:
        source = FakeSource(FOOTAGE)
        one = Analyst(source=source, store=store, pool=pool, settings=settings)
        task = asyncio.create_task(one.analyze(clip, DESCRIBE))
        await asyncio.sleep(0.1)
        assert not task.done()
        pool.add(Member(FakeEndpoint(script)))
        assert (await asyncio.wait_for(task, 30)).state is RunState.COMPLETE


@pytest.mark.parametrize(
    ("request_", "said"),
    [
        (replace(DESCRIBE, endpoints=("nobody",)), "for nobody. There are: fake"),
        (replace(DESCRIBE, model="large"), "for large. late did not answer. There are: fake"),
        (replace(DESCRIBE, endpoints=("late",)), "late did not answer. There are: fake"),
    ],
)
async def test_a_run_that_nobody_can_answer_is_refused_in_words(
    tmp_path: Path, clip: Path, request_: AnalysisRequest, said: str
):
    known = {"late": EndpointSettings(url="http://127.0.0.1:9/v1")}
    async with analyst(tmp_path, FakeSource(FOOTAGE)) as one:
        one.settings = Settings(data_dir=tmp_path, endpoints=known, patience_s=0)
        with pytest.raises(SettingsError, match=said):
            await one.analyze(clip, request_)


async def test_a_single_picture_shares_with_nobody(tmp_path: Path, clip: Path):
    async with analyst(tmp_path, FakeSource(make_footage(1, 1))) as one:
        analysis = await one.analyze(clip, AnalysisRequest(tags=(Tag.named("car"),)))
    assert analysis.state is RunState.COMPLETE
    assert analysis.reports[0].accounting.answered == 1
