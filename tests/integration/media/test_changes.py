"""A file that changes while it is looked at: nothing of it may pass for what was seen."""

import asyncio
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import strange_child
from clips import Clip, make

from sightline.endpoints.pool import Pool
from sightline.errors import MediaError
from sightline.media.files import look
from sightline.media.source import FileSource
from sightline.services.runs.analysis import Analyst
from sightline.services.runs.requests import AnalysisRequest
from sightline.settings import Settings
from sightline.store import Store
from sightline.testing.fakes import FakeEndpoint
from sightline.values import (
    FrameIndex,
    FrameLost,
    Media,
    PictureTransform,
    ReadFrame,
    RunState,
    SeenFile,
    Text,
)

CHANGED = "changed while it was being read; wait until it is complete and run it again"
SHORT = Clip("other.mp4", pts=range(0, 1200, 40))
LONG = Clip("clip.mp4", pts=range(0, 8000, 40), options={"preset": "ultrafast"})


def grow(path: Path) -> None:
    with path.open("ab") as file:
        file.write(b"more")


def overwrite(path: Path) -> None:
    """Another file moves into its place."""
    make(SHORT, path.parent).replace(path)


def overwrite_inside(path: Path) -> None:
    """As `cp` does it."""
    shutil.copy(make(SHORT, path.parent), path)


def overwrite_unnoticed(path: Path) -> None:
    """As `cp -p` does it, with a file of the same length and time."""
    before, content = look(path), bytearray(path.read_bytes())
    content[-1] ^= 255
    while look(path).ctime_ns == before.ctime_ns:  # the clock of a file system ticks slowly
        path.write_bytes(content)
        os.utime(path, ns=(before.mtime_ns, before.mtime_ns))


CHANGES = [grow, overwrite, overwrite_inside, overwrite_unnoticed]


@pytest.mark.parametrize("change", CHANGES)
async def test_before_it_is_probed(change: Callable[[Path], None], tmp_path: Path) -> None:
    path = make(LONG, tmp_path)
    file = look(path)
    change(path)
    with pytest.raises(MediaError, match=CHANGED):
        await FileSource().probe(file)


@pytest.mark.parametrize("change", CHANGES)
async def test_while_it_is_probed(change: Callable[[Path], None], tmp_path: Path) -> None:
    path = make(LONG, tmp_path)
    async with FileSource(command=strange_child.command("waits", tmp_path)) as source:
        probing = asyncio.create_task(source.probe(look(path)))
        await asyncio.to_thread(strange_child.wait_for, tmp_path / "waits")
        change(path)
        (tmp_path / "go on").touch()
        with pytest.raises(MediaError, match=CHANGED):
            await probing


@pytest.mark.parametrize("change", CHANGES)
async def test_before_it_is_read(change: Callable[[Path], None], tmp_path: Path) -> None:
    path = make(LONG, tmp_path)
    file = look(path)
    _, index = await FileSource().probe(file)
    change(path)
    reader = FileSource().open(file, index)
    with pytest.raises(MediaError, match=CHANGED):
        await anext(reader.read(index.pts, PictureTransform()))
    await reader.aclose()


async def read_and_change(
    path: Path, change: Callable[[Path], None], given: list[ReadFrame]
) -> None:
    """Fills `given` with the frames of a video to which this happens after the first one."""
    file = look(path)
    _, index = await FileSource().probe(file)
    reader = FileSource().open(file, index)
    try:
        async for item in reader.read(index.pts, PictureTransform()):
            given.append(item)
            if len(given) == 1:
                change(path)
    finally:
        await reader.aclose()


@pytest.mark.parametrize("change", [grow, overwrite_inside])
async def test_while_it_is_read(change: Callable[[Path], None], tmp_path: Path) -> None:
    given: list[ReadFrame] = []
    with pytest.raises(MediaError, match=CHANGED):
        await read_and_change(make(LONG, tmp_path), change, given)
    assert 0 < len(given) <= 16


@pytest.mark.parametrize("change", [overwrite, Path.unlink])
async def test_an_open_file_can_be_read_on_when_its_name_is_gone(
    change: Callable[[Path], None], tmp_path: Path
) -> None:
    given: list[ReadFrame] = []
    await read_and_change(make(LONG, tmp_path), change, given)
    assert len(given) == len(LONG.pts)
    assert not [item for item in given if isinstance(item, FrameLost)]


async def test_nothing_is_stored_of_a_file_that_took_the_place_of_another(tmp_path: Path) -> None:
    class Swapping(FileSource):
        async def probe(self, file: SeenFile) -> tuple[Media, FrameIndex]:
            probed = await super().probe(file)
            overwrite_inside(file.path)
            return probed

    path = make(LONG, tmp_path)
    kept = Path(shutil.copy(path, tmp_path / "kept.mp4"))
    endpoint = FakeEndpoint(lambda _frames, _question: Text("words"))
    async with await Store.open(tmp_path / "library.db") as store:

        def analyst(source: FileSource) -> Analyst:
            settings = Settings(data_dir=tmp_path)
            return Analyst(source=source, store=store, pool=Pool.of(endpoint), settings=settings)

        request = AnalysisRequest(describe=True)
        (swapped,) = (await analyst(Swapping()).analyze(path, request)).reports
        assert swapped.conclusion.state is RunState.FAILED
        assert CHANGED in swapped.conclusion.note
        assert not endpoint.exchanges
        (intact,) = (await analyst(FileSource()).analyze(kept, request)).reports
        assert intact.conclusion.state is RunState.COMPLETE
        assert intact.accounting.reused == 0


async def test_what_is_said_of_a_file_can_be_kept_whatever_its_name(tmp_path: Path) -> None:
    path = make(LONG, tmp_path).rename(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9.mp4"))
    _, index = await FileSource().probe(look(path))
    content = bytearray(path.read_bytes())
    start = content.index(b"mdat") + (content.index(b"moov") - content.index(b"mdat")) // 2
    content[start : start + 4000] = bytes(4000)
    path.write_bytes(content)
    file = look(path)
    reader = FileSource().open(file, index)
    items = [item async for item in reader.read(index.pts, PictureTransform())]
    await reader.aclose()
    details = [item.detail for item in items if isinstance(item, FrameLost)]
    path.unlink()
    reader = FileSource().open(file, index)
    with pytest.raises(MediaError) as refused:
        await anext(reader.read(index.pts, PictureTransform()))
    await reader.aclose()
    assert details
    for text in (*details, str(refused.value)):
        assert "caf\N{REPLACEMENT CHARACTER}.mp4" in text
        text.encode()
