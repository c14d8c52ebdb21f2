"""The library over HTTP: a real server, real files."""

from __future__ import annotations

import asyncio
import io
import os
import shutil
import struct
from pathlib import Path
from urllib.parse import quote

import pytest
from httpx import AsyncClient, Response
from media_server import LibraryHere
from PIL import Image

from sightline.services.library.measures import ALL
from sightline.testing.truth import random_truth
from sightline.testing.video import render

MEDIA = "/api/v1/media"


async def add(client: AsyncClient, path: Path) -> str:
    answer = await client.post(MEDIA, json={"path": str(path)})
    assert answer.is_success, answer.text
    return answer.json()["id"]


def detail(answer: Response) -> str:
    assert answer.headers["content-type"].startswith("application/problem+json"), answer.text
    return answer.json()["detail"]


@pytest.fixture
async def one(client: AsyncClient, videos: Path, clip: Path) -> str:
    return await add(client, Path(shutil.copy(clip, videos / "day 1.mp4")))


async def test_a_file_is_added_by_its_path_once(
    client: AsyncClient, videos: Path, clip: Path
) -> None:
    path = Path(shutil.copy(clip, videos / "day 1.mp4"))
    first = await client.post(MEDIA, json={"path": str(path)})
    again = await client.post(MEDIA, json={"path": str(path)})
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    told = first.json()
    assert told["title"] == "day 1"
    assert told["duration_s"] == pytest.approx(3.0)
    assert told["frame_count"] == 30
    assert told["paths"] == [str(path)]
    shown = await client.get(f"{MEDIA}/{told['id'][:12]}")
    assert shown.json() == told


async def test_words_that_are_looked_for_are_not_too_many(client: AsyncClient, one: str) -> None:
    many = " ".join(f"w{n}" for n in range(13))
    refused = await client.get(MEDIA, params={"q": many})
    assert (refused.status_code, "12 at most" in detail(refused)) == (422, True)
    told = await client.get(MEDIA, params={"q": "day " * 40})
    assert [item["id"] for item in told.json()["items"]] == [one]


async def test_a_file_is_sent_whatever_it_is_called(
    library: LibraryHere, client: AsyncClient, videos: Path, clip: Path, content: bytes
) -> None:
    path = videos / os.fsdecode("day\u202e1.mp4".encode() + b"\xff")
    try:
        shutil.copy(clip, path)
    except OSError:
        pytest.skip("this file system takes only names of whole characters")
    media = (await library.services.shelf.add(path)).media.digest
    sent = await client.get(f"{MEDIA}/{media}/file")
    assert (sent.status_code, sent.content) == (200, content)
    replaced = quote("\N{REPLACEMENT CHARACTER}")
    assert sent.headers["content-disposition"].endswith(f"''day{replaced}1.mp4{replaced}")


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 422),
        (b"{", 422),
        (b"[]", 422),
        (b'{"path": 1}', 422),
        (b'{"path": "a\\u0000b"}', 422),
        (b'{"path": "/a\\ud800"}', 422),
        (b'{"path": "relative.mp4"}', 422),
        (b'{"path": "/a", "more": 1}', 422),
        (b'{"path": "\xff"}', 422),
        (b'{"path": "/etc/passwd"}', 403),
        (b'{"path": "/nowhere/at/all"}', 403),
    ],
)
async def test_what_is_no_path_of_ours_is_refused(
    client: AsyncClient, body: bytes, status: int
) -> None:
    answer = await client.post(MEDIA, content=body, headers={"content-type": "application/json"})
    assert answer.status_code == status
    assert detail(answer)


async def test_a_form_is_told_how_files_are_sent(client: AsyncClient) -> None:
    answer = await client.post(MEDIA, files={"file": b"of a browser"})
    assert answer.status_code == 422
    assert "curl -T" in detail(answer)
    by_curl = {"content-type": "application/x-www-form-urlencoded"}
    answer = await client.post(MEDIA, content=b'{"path": "/etc/passwd"}', headers=by_curl)
    assert answer.status_code == 403, "what curl -d sends is read as what it is"


async def test_the_list_has_pages_words_and_orders(
    client: AsyncClient, videos: Path, clip: Path, old_clip: Path
) -> None:
    for n, (path, name) in enumerate(
        [(clip, "Harbour 100%.mp4"), (old_clip, "harbour_old.avi"), (clip, "same bytes.mp4")]
    ):
        target = Path(shutil.copy(path, videos / name))
        os.utime(target, (n, n))
        await add(client, target)
    everything = (await client.get(MEDIA)).json()
    assert everything["total"] == 2
    assert [len(item["paths"]) for item in everything["items"]] == [1, 2]
    assert everything["items"][0]["title"] == "harbour_old"
    found = (await client.get(MEDIA, params={"q": "100% HARBOUR"})).json()
    assert [item["title"] for item in found["items"]] == ["Harbour 100%"]
    second = (await client.get(MEDIA, params={"sort": "title", "offset": 1, "limit": 1})).json()
    assert second["total"] == 2
    assert len(second["items"]) == 1
    assert (await client.get(MEDIA, params={"q": "h_rbour"})).json()["total"] == 0
    before = everything["items"][1]["added_at"]
    held = (await client.get(MEDIA, params={"added_until": before})).json()
    assert [item["title"] for item in held["items"]] == ["Harbour 100%"]
    assert held["total"] == 1, "what was added later is neither shown nor counted"


async def test_what_is_not_there_is_404_in_words(client: AsyncClient, one: str) -> None:
    for name in ("000000", "abc", "..%2f..%2fetc", "day 1.mp4", "\N{SNOWMAN}", "f" * 64):
        answer = await client.get(f"{MEDIA}/{name}")
        assert answer.status_code == 404, name
        detail(answer)


async def test_a_file_comes_whole_or_in_parts(
    client: AsyncClient, one: str, content: bytes
) -> None:
    url = f"{MEDIA}/{one}/file"
    whole = await client.get(url)
    assert whole.content == content
    assert whole.headers["content-type"] == "video/mp4"
    assert whole.headers["etag"] == f'"{one}"'
    assert "content-encoding" not in whole.headers
    size = len(content)
    for asked, first, last in [
        ("bytes=0-0", 0, 0),
        ("bytes=10-99", 10, 99),
        ("bytes=-7", size - 7, size - 1),
        (f"bytes={size - 5}-", size - 5, size - 1),
        (f"bytes=5-{size * 2}", 5, size - 1),
        (f"bytes=-{size * 2}", 0, size - 1),
    ]:
        part = await client.get(url, headers={"range": asked})
        assert part.status_code == 206, asked
        assert part.content == content[first : last + 1]
        assert part.headers["content-range"] == f"bytes {first}-{last}/{size}"
        head = await client.head(url, headers={"range": asked})
        assert head.status_code == 206
        assert head.headers["content-length"] == str(last - first + 1)
        assert not head.content


@pytest.mark.parametrize(
    "asked", ["bytes=9-3", "bytes=a-b", "bytes=0-1,4-5", "lines=1-2", "bytes=-"]
)
async def test_a_range_that_is_none_is_passed_over(
    client: AsyncClient, one: str, content: bytes, asked: str
) -> None:
    answer = await client.get(f"{MEDIA}/{one}/file", headers={"range": asked})
    assert answer.status_code == 200
    assert answer.content == content


async def test_a_range_beyond_the_end_is_416(client: AsyncClient, one: str, content: bytes) -> None:
    size = len(content)
    for asked in (f"bytes={size}-", "bytes=-0", "bytes=99999999999999999-"):
        answer = await client.get(f"{MEDIA}/{one}/file", headers={"range": asked})
        assert answer.status_code == 416, asked
        assert answer.headers["content-range"] == f"bytes */{size}"
        detail(answer)


async def test_conditions_are_heard(client: AsyncClient, one: str, content: bytes) -> None:
    url, size = f"{MEDIA}/{one}/file", len(content)
    held = await client.get(url, headers={"if-none-match": f'"x", "{one}"'})
    assert held.status_code == 304
    part = {"range": "bytes=0-3"}
    same = await client.get(url, headers={"if-range": f'"{one}"', **part})
    other = await client.get(url, headers={"if-range": '"other"', **part})
    assert (same.status_code, len(same.content)) == (206, 4)
    assert (other.status_code, len(other.content)) == (200, size)


def open_here(path: Path) -> int:
    """How often this process has it open."""
    return sum(os.path.realpath(one) == str(path) for one in Path("/proc/self/fd").iterdir())


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="only Linux tells")
async def test_who_leaves_in_the_middle_leaves_nothing_open(
    client: AsyncClient, videos: Path, content: bytes
) -> None:
    path = videos / "large.mp4"
    path.write_bytes(content + struct.pack(">I4s", 1 << 26, b"free") + bytes((1 << 26) - 8))
    media = await add(client, path)
    async with client.stream("GET", f"{MEDIA}/{media}/file") as answer:
        await anext(answer.aiter_raw())
        assert open_here(path) == 1
    while open_here(path):  # noqa: ASYNC110
        await asyncio.sleep(0.02)
    assert (await client.get(f"{MEDIA}/{media}")).status_code == 200


async def test_a_file_that_has_changed_is_not_sent(
    client: AsyncClient, one: str, videos: Path, old_clip: Path
) -> None:
    shutil.copy(old_clip, videos / "day 1.mp4")
    for part in ("file", "stream", "frame.jpg", "thumbnail.jpg"):
        answer = await client.get(f"{MEDIA}/{one}/{part}")
        while answer.status_code == 503:
            await asyncio.sleep(0.05)
            answer = await client.get(f"{MEDIA}/{one}/{part}")
        assert answer.status_code == 404, part
        assert "gone" in detail(answer)


async def test_a_file_that_moved_is_found_again(
    client: AsyncClient, one: str, videos: Path
) -> None:
    moved = (videos / "day 1.mp4").rename(videos / "moved.mp4")
    assert await add(client, moved) == one
    assert (await client.get(f"{MEDIA}/{one}/file")).status_code == 200
    os.utime(moved)
    assert (await client.get(f"{MEDIA}/{one}/file")).status_code == 200


async def test_a_moment_shows_exactly_its_frame(client: AsyncClient, videos: Path) -> None:
    made = render(random_truth(5, duration_s=3), videos / "exact.mp4")
    media = await add(client, made.path)
    for seconds, frame in [(0, 0), (0.05, 0), (0.099, 0), (0.1, 1), (1.2999, 13), (3, 29)]:
        answer = await client.get(f"{MEDIA}/{media}/frame.jpg", params={"t": seconds, "width": 320})
        assert answer.headers["content-type"] == "image/jpeg"
        assert int(answer.headers["sightline-pts"]) == made.pts[frame], seconds
        assert float(answer.headers["sightline-seconds"]) == pytest.approx(made.times_s[frame])
        assert Image.open(io.BytesIO(answer.content)).size == (320, 180)
        assert "immutable" in answer.headers["cache-control"]
    held = {"if-none-match": answer.headers["etag"]}
    again = await client.get(
        f"{MEDIA}/{media}/frame.jpg", params={"t": 3, "width": 320}, headers=held
    )
    assert again.status_code == 304
    beyond = await client.get(f"{MEDIA}/{media}/frame.jpg", params={"t": 3.5})
    assert beyond.status_code == 422
    assert "lasts 3 s" in detail(beyond)
    for odd in ("nan", "inf", "-1", "1e300", "x"):
        assert (await client.get(f"{MEDIA}/{media}/frame.jpg?t={odd}")).status_code == 422


async def test_frames_are_listed_with_their_times(client: AsyncClient, one: str) -> None:
    page = (await client.get(f"{MEDIA}/{one}/frames", params={"offset": 10, "limit": 2})).json()
    assert page["total"] == 30
    assert [frame["seconds"] for frame in page["items"]] == pytest.approx([1.0, 1.1])


async def test_a_thumbnail_is_made_once_for_all(client: AsyncClient, one: str) -> None:
    url = f"{MEDIA}/{one}/thumbnail.jpg"
    answers = await asyncio.gather(*(client.get(url, params={"width": 150}) for _ in range(8)))
    assert {answer.content for answer in answers} == {answers[0].content}
    assert Image.open(io.BytesIO(answers[0].content)).width == 160


async def test_pictures_of_sets_have_their_names(client: AsyncClient, videos: Path) -> None:
    folder = videos / "photos"
    folder.mkdir()
    for n in range(3):
        Image.new("RGB", (64, 32), (80 * n, 0, 0)).save(folder / f"{n}.png")
    media = await add(client, folder)
    page = (await client.get(f"{MEDIA}/{media}/frames")).json()
    assert [frame["name"] for frame in page["items"]] == ["0.png", "1.png", "2.png"]
    thumbnail = await client.get(f"{MEDIA}/{media}/thumbnail.jpg")
    assert Image.open(io.BytesIO(thumbnail.content)).size == (64, 32)
    file = await client.get(f"{MEDIA}/{media}/file")
    assert file.status_code == 404
    assert "set of pictures" in detail(file)
    playback = (await client.get(f"{MEDIA}/{media}/playback")).json()
    assert playback["state"] == "failed"


async def test_signals_are_told_in_few_points(
    client: AsyncClient, library: LibraryHere, videos: Path
) -> None:
    made = render(random_truth(6, duration_s=20), videos / "cuts.mp4")
    media = await add(client, made.path)
    url = f"{MEDIA}/{media}/signals"
    assert (await client.get(url)).json()["measured"] == 0
    shelf, store = library.services.shelf, library.services.store
    shelved = await shelf.open(await library.services.library.get(media))
    reader = library.source.open(shelved.file, shelved.frames)
    async for _ in reader.measure(shelved.frames.pts):
        pass
    await store.remember_signals(shelved.media, reader.signals, part=ALL)
    await reader.aclose()
    told = (await client.get(url, params={"points": 40})).json()
    assert told["complete"]
    assert told["measured"] == 200
    assert len(told["points"]) == 40
    assert told["points"][1]["seconds"] == pytest.approx(0.5)
    cuts = [frame / 10 for frame in made.truth.cuts]
    assert told["cuts"] == pytest.approx(cuts, abs=0.01)


async def test_erasing_takes_all_that_was_made_of_it(
    client: AsyncClient, library: LibraryHere, one: str, videos: Path
) -> None:
    await client.get(f"{MEDIA}/{one}/thumbnail.jpg")
    assert await library.cache.used_bytes() > 0
    erased = await client.delete(f"{MEDIA}/{one}")
    assert erased.json()["files"] == 1
    assert (await client.get(f"{MEDIA}/{one}")).status_code == 404
    assert await library.cache.used_bytes() == 0
    assert (videos / "day 1.mp4").exists()


async def test_a_folder_is_scanned_and_every_file_accounted_for(
    client: AsyncClient, videos: Path, clip: Path, old_clip: Path
) -> None:
    deep = videos / "a" / "b"
    deep.mkdir(parents=True)
    shutil.copy(clip, videos / "one.mp4")
    shutil.copy(old_clip, deep / "two.avi")
    shutil.copy(clip, deep / "one again.mp4")
    shutil.copy(clip, deep / ".hidden.mp4")
    (deep / "broken.mp4").write_bytes(b"no video at all")
    (deep / "notes.ts").write_text("export const one = 1;\n")
    (deep / "loop").symlink_to(videos)
    os.mkfifo(deep / "pipe.mp4")
    first = (await client.post(f"{MEDIA}/scan", json={"folder": str(videos)})).json()
    assert (first["added"], first["known"], first["failed"]) == (2, 1, 1)
    assert first["complete"]
    assert "broken.mp4" in first["failures"][0]["reason"]
    again = (await client.post(f"{MEDIA}/scan", json={"folder": str(videos)})).json()
    assert (again["added"], again["known"], again["failed"]) == (0, 3, 1)
    flat = await client.post(f"{MEDIA}/scan", json={"folder": str(videos), "recursive": False})
    assert flat.json()["known"] == 1


async def test_a_scan_that_has_enough_goes_on_next_time(
    client: AsyncClient, videos: Path, clip: Path, old_clip: Path
) -> None:
    shutil.copy(clip, videos / "1.mp4")
    shutil.copy(old_clip, videos / "2.avi")
    wanted = {"folder": str(videos), "most_new": 1}
    first = (await client.post(f"{MEDIA}/scan", json=wanted)).json()
    assert (first["added"], first["complete"]) == (1, False)
    second = (await client.post(f"{MEDIA}/scan", json=wanted)).json()
    assert (second["added"], second["known"], second["complete"]) == (1, 1, True)
