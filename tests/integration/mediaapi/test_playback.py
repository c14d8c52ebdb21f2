"""What browsers get to play, over the API: prepared once for all, within the limit, given up in
words."""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
from collections.abc import AsyncGenerator
from contextlib import aclosing
from pathlib import Path

import av
import pytest
from httpx import AsyncClient
from media_server import LibraryHere, opened, served

from sightline.media.converter import Converter
from sightline.media.wire import Converting, How
from sightline.services.library.cache import Cache
from sightline.services.library.playback import Playback, Played, Readiness
from sightline.store import LibraryItem
from sightline.testing.truth import random_truth
from sightline.testing.video import Encoding, render
from sightline.values import FrameIndex, SeenFile

MEDIA = "/api/v1/media"


class Counted(Converter):
    """Counts the children that it starts, and lets none go on until it may."""

    def __init__(self, *, waits: bool = False) -> None:
        super().__init__()
        self.begun = 0
        self.may_go_on = asyncio.Event()
        if not waits:
            self.may_go_on.set()

    async def convert(
        self, file: SeenFile, frames: FrameIndex, target: Path, *, most_bytes: int
    ) -> AsyncGenerator[Converting, None]:
        self.begun += 1
        # Closed with this one, and not some time later: its child writes until then.
        async with aclosing(super().convert(file, frames, target, most_bytes=most_bytes)) as told:
            async for one in told:
                yield one
                await self.may_go_on.wait()


async def add(library: LibraryHere, path: Path) -> LibraryItem:
    shelved = await library.services.shelf.add(path)
    return await library.services.library.get(shelved.media.digest)


async def begun(playback: Playback, item: LibraryItem) -> Played:
    while (told := await playback.of(item)).how is None:  # noqa: ASYNC110
        await asyncio.sleep(0.01)
    return told


async def ended(playback: Playback, item: LibraryItem) -> Played:
    while (told := await playback.of(item)).state is Readiness.PREPARING:  # noqa: ASYNC110
        await asyncio.sleep(0.01)
    return told


async def settled(client: AsyncClient, media: str) -> dict[str, object]:
    while True:
        told = (await client.get(f"{MEDIA}/{media}/playback")).json()
        if told["state"] != "preparing":
            return told
        await asyncio.sleep(0.05)


async def test_what_plays_is_sent_as_it_is(
    client: AsyncClient, library: LibraryHere, clip: Path, content: bytes
) -> None:
    media = (await add(library, clip)).media.digest
    told = await settled(client, media)
    assert told == {
        "state": "ready",
        "how": "as it is",
        "type": "video/mp4",
        "url": f"{MEDIA}/{media}/stream",
        "progress": None,
        "reason": "",
    }
    assert (await client.get(str(told["url"]))).content == content


async def test_what_does_not_play_is_made_to(
    client: AsyncClient, library: LibraryHere, old_clip: Path, tmp_path: Path
) -> None:
    item = await add(library, old_clip)
    media, index = item.media.digest, await library.services.library.frames(item)
    url = f"{MEDIA}/{media}/stream"
    early = await client.get(url)
    assert early.status_code == 503
    assert int(early.headers["retry-after"]) > 0
    assert "playable" in early.json()["detail"]
    told = await settled(client, media)
    assert (told["state"], told["how"], told["type"]) == ("ready", "transcoded", "video/mp4")
    whole = await client.get(url)
    part = await client.get(url, headers={"range": "bytes=100-199"})
    assert whole.headers["content-type"] == "video/mp4"
    assert part.status_code == 206
    assert part.content == whole.content[100:200]
    played = tmp_path / "played.mp4"
    played.write_bytes(whole.content)
    with av.open(str(played)) as container:
        assert {stream.codec_context.name for stream in container.streams} == {"h264", "aac"}
        times = [frame.time for frame in container.decode(video=0)]
    assert times == pytest.approx(list(map(item.media.clock.seconds, index.pts)), abs=1e-3)


async def test_all_who_want_it_wait_for_the_same(tmp_path: Path, old_clip: Path) -> None:
    converter = Counted(waits=True)
    async with opened(tmp_path / "data", converter=converter) as library:
        item = await add(library, old_clip)
        playback = library.services.playback
        states = {(await playback.of(item)).state for _ in range(5)}
        assert states == {Readiness.PREPARING}
        told = await begun(playback, item)
        assert told.how is How.TRANSCODED
        converter.may_go_on.set()
        assert (await ended(playback, item)).state is Readiness.READY
        assert converter.begun == 1
    again = Counted()
    async with opened(tmp_path / "data", converter=again) as library:
        assert (await library.services.playback.of(item)).state is Readiness.READY
        assert again.begun == 0, "it outlives the server"


async def test_to_erase_it_stops_the_preparation(tmp_path: Path, old_clip: Path) -> None:
    converter = Counted(waits=True)
    async with opened(tmp_path / "data", converter=converter) as library, served(library) as client:
        item = await add(library, old_clip)
        await begun(library.services.playback, item)
        assert (await client.delete(f"{MEDIA}/{item.media.digest}")).status_code == 200
        assert await library.cache.used_bytes() == 0
        assert not list((tmp_path / "data" / "cache").rglob("*.part"))


async def test_a_server_that_ends_leaves_no_part(tmp_path: Path, old_clip: Path) -> None:
    async with opened(tmp_path / "data", converter=Counted(waits=True)) as library:
        item = await add(library, old_clip)
        await begun(library.services.playback, item)
    assert not [path for path in (tmp_path / "data" / "cache").rglob("*") if path.is_file()]


async def test_without_room_it_says_so(library: LibraryHere, old_clip: Path, clip: Path) -> None:
    library.change(cache_max_bytes=0)
    told = await ended(library.services.playback, await add(library, old_clip))
    assert told.state is Readiness.FAILED
    assert "server.cache_max_bytes" in told.reason
    told = await ended(library.services.playback, await add(library, clip))
    assert told.how is How.AS_IT_IS, "which takes no room"


DYING = (sys.executable, "-P", "-c", "import os; os.kill(os.getpid(), 11)")
HANGING = (sys.executable, "-P", "-c", "import time; time.sleep(600)")


@pytest.mark.parametrize(
    ("command", "stall_s", "words"), [(DYING, 60, "crashed"), (HANGING, 0.2, "did nothing")]
)
async def test_what_becomes_of_the_child_is_told(
    tmp_path: Path, clip: Path, command: tuple[str, ...], stall_s: float, words: str
) -> None:
    converter = Converter(command=command, stall_s=stall_s)
    async with opened(tmp_path / "data", converter=converter) as library, served(library) as client:
        media = (await add(library, clip)).media.digest
        told = await settled(client, media)
        assert told["state"] == "failed"
        assert words in str(told["reason"])
        stream = await client.get(f"{MEDIA}/{media}/stream")
        assert stream.status_code == 404
        assert words in stream.json()["detail"]


async def test_the_oldest_make_room(tmp_path: Path) -> None:
    most = 1000
    cache = Cache(tmp_path / "cache", lambda: most)
    for n in range(10):
        await cache.put(f"a/{n}", bytes(100))
        os.utime(tmp_path / "cache" / "a" / str(n), (n, n))
    assert await cache.read("a/0") == bytes(100)  # a use
    await cache.put("a/new", bytes(100))
    left = {path.name for path in (tmp_path / "cache").rglob("*") if path.is_file()}
    assert left == {"0", *map(str, range(3, 10)), "new"}
    most = 150
    await cache.put("a/last", bytes(120))
    assert await cache.used_bytes() == 120
    await cache.put("a/too large", bytes(151))
    assert await cache.read("a/too large") is None
    assert await cache.read("a/last")


async def test_a_cache_that_cannot_be_written_does_no_harm(tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file where the folder would be")
    cache = Cache(tmp_path / "cache", lambda: 1000)
    await cache.put("a/1", b"x")
    assert await cache.read("a/1") is None
    assert await cache.find("a/1") is None


async def test_a_stream_that_is_trimmed_away_is_made_anew(
    client: AsyncClient, library: LibraryHere, old_clip: Path
) -> None:
    media = (await add(library, old_clip)).media.digest
    await settled(client, media)
    first = await client.get(f"{MEDIA}/{media}/stream")
    await library.cache.trim(0)
    assert (await client.get(f"{MEDIA}/{media}/stream")).status_code == 503
    assert (await settled(client, media))["state"] == "ready"
    part = await client.get(
        f"{MEDIA}/{media}/stream",
        headers={"range": "bytes=0-9", "if-range": first.headers["etag"]},
    )
    assert part.status_code == 200, "parts of two files would be put together"


async def test_a_cut_recording_plays_as_far_as_it_goes(
    client: AsyncClient, library: LibraryHere, videos: Path, tmp_path: Path
) -> None:
    encoding = Encoding(faststart=True, gop=10, audio_s=3)
    whole = render(random_truth(8, duration_s=3), videos / "whole.mp4", encoding=encoding).path
    content = await asyncio.to_thread(whole.read_bytes)
    broken = videos / "cut.mp4"
    broken.write_bytes(content[: len(content) * 2 // 3])
    item = await add(library, broken)
    assert item.media.lost_s >= 1
    told = await settled(client, item.media.digest)
    assert (told["state"], told["how"]) == ("ready", "remuxed")
    played = tmp_path / "played.mp4"
    played.write_bytes((await client.get(str(told["url"]))).content)
    with av.open(str(played)) as container:
        frames = sum(1 for _ in container.decode(video=0))
    assert abs(frames - item.media.frame_count) <= 1


async def test_many_small_pictures_stay_within_the_limit(
    library: LibraryHere, videos: Path, clip: Path
) -> None:
    item = await add(library, Path(shutil.copy(clip, videos / "a.mp4")))
    library.change(cache_max_bytes=20_000)
    for tenth in range(30):
        shot = await library.services.pictures.at(item, tenth / 10, 320)
        assert shot.jpeg.startswith(b"\xff\xd8")
    assert 0 < await library.cache.used_bytes() <= 20_000
