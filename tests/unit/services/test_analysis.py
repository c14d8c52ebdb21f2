"""An analysis as a whole, over a real store and without files."""

import asyncio
from pathlib import Path

import pytest

from sightline.endpoints.pool import Pool
from sightline.errors import Stopped
from sightline.ports import FrameReader
from sightline.services.analysis import Analyst, Watch
from sightline.services.requests import AnalysisRequest
from sightline.settings import Settings
from sightline.store import Store
from sightline.testing.fakes import FakeEndpoint, FakeSource, make_footage
from sightline.values import FrameIndex, Media, Text

FOOTAGE = make_footage(10, 10)


class SlowDisk:
    """A source whose file takes for ever to read."""

    def __init__(self) -> None:
        self.begun = asyncio.Event()
        self.left = False

    async def probe(self, path: Path) -> tuple[Media, FrameIndex]:
        self.begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            self.left = True
        raise AssertionError

    def open(self, path: Path, frames: FrameIndex) -> FrameReader:
        raise AssertionError(path)


async def test_a_stop_while_the_file_is_being_read_ends_at_once(tmp_path: Path):
    clip = tmp_path / "clip.mp4"
    clip.touch()
    source, watch = SlowDisk(), Watch()
    async with await Store.open(tmp_path / "library.db") as store:
        analyst = Analyst(
            source=source,
            store=store,
            pool=Pool(FakeEndpoint(lambda f, q: Text("x"))),
            settings=Settings(data_dir=tmp_path),
        )
        analysis = asyncio.create_task(
            analyst.analyze(clip, AnalysisRequest(describe=True), watch=watch)
        )
        await source.begun.wait()
        watch.stop.set()
        with pytest.raises(Stopped, match=r"clip\.mp4"):
            await analysis
    assert source.left


async def test_a_known_file_is_not_read_again_until_it_changes(tmp_path: Path):
    clip = tmp_path / "clip.mp4"
    clip.write_bytes(b"one")
    probes: list[Path] = []

    class Counting(FakeSource):
        async def probe(self, path: Path) -> tuple[Media, FrameIndex]:
            probes.append(path)
            return await super().probe(path)

    async with await Store.open(tmp_path / "library.db") as store:
        analyst = Analyst(
            source=Counting(FOOTAGE),
            store=store,
            pool=Pool(FakeEndpoint(lambda f, q: Text("x"))),
            settings=Settings(data_dir=tmp_path),
        )
        for _ in range(2):
            await analyst.analyze(clip, AnalysisRequest(describe=True))
        assert len(probes) == 1
        clip.write_bytes(b"another")
        await analyst.analyze(clip, AnalysisRequest(describe=True))
        assert len(probes) == 2
