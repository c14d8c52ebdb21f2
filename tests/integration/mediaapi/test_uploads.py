"""Uploads: resumed where they were cut, never mixed, never half believed."""

from __future__ import annotations

import asyncio
import base64
import os
import resource
import socket
import struct
from collections.abc import AsyncGenerator, AsyncIterator, Generator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from pathlib import Path

import pytest
from httpx import AsyncClient, Response
from media_server import LibraryHere, opened, served

from sightline.errors import Conflict, InputError, MediaError, NotFound, StoreFull, TooLarge
from sightline.services.library.parts import safe_name
from sightline.services.library.uploads import EXPIRES
from sightline.store import DatabaseUrl
from sightline.store.shelf import Sought

MIB = 1 << 20
UPLOADS, MEDIA = "/api/v1/uploads", "/api/v1/media"
TUS = {"Tus-Resumable": "1.0.0"}
PART = TUS | {"Content-Type": "application/offset+octet-stream"}


def named(name: str) -> dict[str, str]:
    encoded = base64.b64encode(name.encode(errors="surrogatepass")).decode()
    return {"Upload-Metadata": f"relativePath bnVsbA==,filename {encoded},empty"}


async def begin(client: AsyncClient, size: int, name: str = "day 1.mp4") -> str:
    headers = TUS | named(name) | {"Upload-Length": str(size)}
    answer = await client.post(UPLOADS, headers=headers)
    assert answer.status_code == 201, answer.text
    assert answer.headers["upload-offset"] == "0"
    return answer.headers["location"]


async def send(client: AsyncClient, url: str, offset: int, content: bytes) -> Response:
    return await client.patch(url, headers=PART | {"Upload-Offset": str(offset)}, content=content)


async def offset_of(client: AsyncClient, url: str) -> int:
    answer = await client.head(url, headers=TUS)
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    return int(answer.headers["upload-offset"])


async def of(*blocks: bytes) -> AsyncIterator[bytes]:
    for block in blocks:
        yield block


def left_in(library: LibraryHere) -> list[Path]:
    folder = library.settings.data_dir / "uploads"
    return [path for path in folder.rglob("*") if path.is_file() and path.name != ".lock"]


async def test_the_server_says_what_it_can(client: AsyncClient, library: LibraryHere) -> None:
    answer = await client.options(UPLOADS)
    assert answer.status_code == 204
    assert answer.headers["tus-version"] == "1.0.0"
    assert set(answer.headers["tus-extension"].split(",")) == {
        *("creation", "termination", "expiration")
    }
    assert "tus-max-size" not in answer.headers, "on this machine there is no limit"
    library.change(upload_max_bytes=1000)
    assert (await client.options(UPLOADS)).headers["tus-max-size"] == "1000"
    over = await client.post(UPLOADS, headers=TUS | {"Upload-Length": "1001"})
    assert over.status_code == 413
    assert "upload_max_bytes" in over.json()["detail"]


async def test_a_file_comes_in_parts_and_is_in_the_library(
    client: AsyncClient, library: LibraryHere, content: bytes
) -> None:
    url = await begin(client, len(content), "Tag 1: Häfen..\\é?.mp4")
    half = len(content) // 2
    assert (await send(client, url, 0, content[:half])).headers["upload-offset"] == str(half)
    assert await offset_of(client, url) == half
    end = await send(client, url, half, content[half:])
    assert end.status_code == 204
    media = end.headers["sightline-media"]
    assert "upload-expires" not in end.headers
    shown = (await client.get(f"{MEDIA}/{media}")).json()
    assert shown["title"] == "Tag 1: Häfen..\\é?"
    (kept,) = left_in(library)
    assert kept.name == "é_.mp4"
    assert kept.read_bytes() == content
    told = (await client.get(url)).json()
    assert told["media"] == media
    assert told["expires_at"] is None
    refused = await client.delete(url, headers=TUS)
    assert refused.status_code == 409
    await client.delete(f"{MEDIA}/{media}")
    assert not left_in(library)
    assert (await client.get(url)).status_code == 404


async def test_what_does_not_speak_tus_is_told_how(client: AsyncClient) -> None:
    url = await begin(client, 10)
    plain = await client.patch(url, content=b"x", headers={"Upload-Offset": "0"})
    assert plain.status_code == 412
    assert plain.headers["tus-version"] == "1.0.0"
    form = await client.patch(url, content=b"x", headers=TUS | {"Upload-Offset": "0"})
    assert form.status_code == 415
    assert (await client.post(UPLOADS, headers=TUS)).status_code == 422
    for length in ("-1", "1.5", "x", "9" * 40, "\N{SUPERSCRIPT TWO}"):
        headers = {"Tus-Resumable": "1.0.0", "Upload-Length": length}
        sent = {name.encode(): value.encode("latin-1") for name, value in headers.items()}
        answer = await client.post(UPLOADS, headers=sent)
        assert answer.status_code == 400, length
    bad = TUS | {"Upload-Length": "1", "Upload-Metadata": "filename !!"}
    assert (await client.post(UPLOADS, headers=bad)).status_code == 400
    for other in ("0" * 32, "nothing", "..%2f..%2fetc"):
        assert (await client.head(f"{UPLOADS}/{other}", headers=TUS)).status_code == 404


async def test_a_wrong_offset_is_refused_and_harmless(client: AsyncClient) -> None:
    url = await begin(client, 10)
    await send(client, url, 0, b"abc")
    for offset in (0, 2, 4):
        answer = await send(client, url, offset, b"xyz")
        assert answer.status_code == 409
    assert await offset_of(client, url) == 3


async def test_more_than_was_announced_is_refused(
    client: AsyncClient, library: LibraryHere
) -> None:
    url = await begin(client, 10)
    answer = await send(client, url, 0, b"x" * 11)
    assert answer.status_code == 413
    assert all(path.stat().st_size <= 10 for path in left_in(library))


async def test_what_is_no_media_is_refused_and_deleted(
    client: AsyncClient, library: LibraryHere
) -> None:
    content = b"this is a letter and no video"
    url = await begin(client, len(content), "letter.mp4")
    answer = await send(client, url, 0, content)
    assert answer.status_code == 422
    detail = answer.json()["detail"]
    assert detail.startswith("letter.mp4")
    assert str(library.settings.data_dir) not in detail, "what a caller need not know"
    assert not left_in(library)
    assert (await client.head(url, headers=TUS)).status_code == 404


async def test_it_is_given_up(client: AsyncClient, library: LibraryHere) -> None:
    url = await begin(client, 10)
    await send(client, url, 0, b"abc")
    assert (await client.delete(url, headers=TUS)).status_code == 204
    assert (await client.head(url, headers=TUS)).status_code == 404
    assert not left_in(library)


@asynccontextmanager
async def sending(client: AsyncClient, url: str, size: int, part: bytes) -> AsyncGenerator[None]:
    """A line over which the beginning of a file of this size comes, and then nothing."""
    port = client.base_url.port
    assert port
    head = (
        f"PATCH {url} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nTus-Resumable: 1.0.0\r\n"
        "Content-Type: application/offset+octet-stream\r\nUpload-Offset: 0\r\n"
        f"Content-Length: {size}\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", port)) as line:
        await asyncio.to_thread(line.sendall, head.encode() + part)
        while await offset_of(client, url) < MIB:  # noqa: ASYNC110
            await asyncio.sleep(0.02)
        yield


@pytest.mark.parametrize("hangs", [False, True])
async def test_it_goes_on_where_the_line_was_cut(
    client: AsyncClient, content: bytes, hangs: bool
) -> None:
    """Also where the server has not heard that it was."""
    large = content + struct.pack(">I4s", 3 * MIB, b"free") + bytes(3 * MIB - 8)
    url, half = await begin(client, len(large)), len(large) // 2
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(sending(client, url, len(large), large[:half]))
        if not hangs:
            await stack.aclose()
        while True:
            at = await offset_of(client, url)
            assert MIB <= at <= half
            answer = await send(client, url, at, large[at:])
            if answer.status_code != 409:  # some more had come meanwhile
                break
    assert answer.status_code == 204
    assert answer.headers["sightline-media"]


async def test_two_senders_never_mix(client: AsyncClient, library: LibraryHere) -> None:
    size = 4 << 20
    upload = await library.services.uploads.create("mixed.bin", size)
    begun = asyncio.Event()

    async def slowly(letter: bytes) -> AsyncIterator[bytes]:
        for _ in range(4):
            begun.set()
            await asyncio.sleep(0.01)
            yield letter * (1 << 20)

    async def one(letter: bytes) -> bool:
        try:
            await library.services.uploads.append(upload, 0, slowly(letter))
        except Conflict:
            return False
        return True

    first = asyncio.create_task(one(b"a"))
    await begun.wait()
    second = await one(b"b")
    assert not (await first and second), "both believe to have sent it"
    now = await library.services.uploads.get(upload.id)
    content = upload.path.read_bytes()
    assert len(content) == now.offset
    # Whoever came later goes on only from where the first one stood: with an offset of 0, nowhere.
    assert set(content) <= {ord("a")} or set(content) == {ord("b")}


async def test_it_goes_on_after_a_restart(tmp_path: Path, content: bytes) -> None:
    async with opened(tmp_path / "data") as library, served(library) as client:
        url = await begin(client, len(content), "again.mp4")
        await send(client, url, 0, content[:1000])
    async with opened(tmp_path / "data") as library, served(library) as client:
        assert await offset_of(client, url) == 1000
        end = await send(client, url, 1000, content[1000:])
        assert end.headers["sightline-media"]


async def test_a_complete_one_is_read_when_it_is_asked_for(tmp_path: Path, content: bytes) -> None:
    """The server ended between the last byte and the reading."""
    async with opened(tmp_path / "data") as library:
        upload = await library.services.uploads.create("late.mp4", len(content))
        await library.services.uploads.append(upload, 0, of(content))
    async with opened(tmp_path / "data") as library, served(library) as client:
        told = (await client.get(f"{UPLOADS}/{upload.id}")).json()
        assert told["media"]
        assert (await client.get(f"{MEDIA}/{told['media']}")).json()["title"] == "late"


@contextmanager
def files_no_larger_than(most: int) -> Generator[None]:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


async def test_a_full_disk_keeps_what_fitted(client: AsyncClient, library: LibraryHere) -> None:
    room, size = 2_500_000, 4 << 20
    url = await begin(client, size)
    content = os.urandom(size)
    with files_no_larger_than(room):
        answer = await send(client, url, 0, content)
    assert answer.status_code == 507
    assert "goes on where it stopped" in answer.json()["detail"]
    assert await offset_of(client, url) == room
    (kept,) = left_in(library)
    assert kept.read_bytes() == content[:room]
    end = await send(client, url, room, content[room:])
    assert end.status_code == 422, "it is complete, and no video"


async def test_a_quota_counts_what_is_promised(library: LibraryHere) -> None:
    uploads = library.services.uploads
    library.set_quota(1000)
    await uploads.create("a.mp4", 700)
    with pytest.raises(StoreFull, match="quota"):
        await uploads.create("b.mp4", 301)
    await library.cache.put("pictures/x", b"x" * 290)
    await uploads.create("c.mp4", 300)
    assert await library.cache.used_bytes() == 0, "what can be made again makes room"


@pytest.mark.parametrize("method", ["POST", "PUT"])
async def test_a_file_is_sent_as_it_is(
    client: AsyncClient, content: bytes, library: LibraryHere, method: str
) -> None:
    headers = {"content-type": "application/x-www-form-urlencoded"}  # what curl says by itself
    answer = await client.request(
        method, MEDIA, params={"name": "Früh.mp4"}, content=content, headers=headers
    )
    assert answer.status_code == 201, answer.text
    assert answer.json()["title"] == "Früh"
    (upload,) = await library.services.uploads.latest()
    assert upload.media == answer.json()["id"]


async def test_a_file_of_unknown_length_is_sent(client: AsyncClient, content: bytes) -> None:

    async def chunks() -> AsyncGenerator[bytes]:
        for at in range(0, len(content), 10_000):
            yield content[at : at + 10_000]

    answer = await client.put(MEDIA, params={"name": "x.mp4"}, content=chunks())
    assert answer.status_code == 201


@pytest.mark.parametrize("content", [b"", b"no video"])
async def test_what_is_no_video_leaves_nothing(
    client: AsyncClient, library: LibraryHere, content: bytes
) -> None:
    answer = await client.put(MEDIA, params={"name": "x.mp4"}, content=content)
    assert answer.status_code == 422
    assert not left_in(library)


async def test_a_limit_holds_also_for_an_unknown_length(library: LibraryHere) -> None:
    uploads = library.services.uploads
    with pytest.raises(TooLarge):
        await uploads.receive("x", of(b"x" * 600, b"x" * 600), most_bytes=1000)
    with pytest.raises(InputError, match="announced"):
        await uploads.receive("x", of(b"x" * 600), size_bytes=1000)
    assert not left_in(library)


async def test_the_latest_of_an_owner(library: LibraryHere, content: bytes, old_clip: Path) -> None:
    uploads = library.services.uploads
    old = await asyncio.to_thread(old_clip.read_bytes)
    a = await uploads.receive("a.mp4", of(content), owner="ann")
    b = await uploads.receive("b.avi", of(old), owner="bob")
    again = await uploads.receive("again.mp4", of(content), owner="ann")
    assert [one.id for one in await uploads.latest("ann")] == [again.id, a.id]
    assert [one.id for one in await uploads.latest()] == [again.id, b.id, a.id]
    assert not await uploads.latest("carl")
    a.path.unlink()
    assert [one.id for one in await uploads.latest("ann")] == [again.id]


async def test_old_parts_go(library: LibraryHere, content: bytes) -> None:
    uploads = library.services.uploads
    old, young = await uploads.create("old", 10), await uploads.create("young", 10)
    done = await uploads.receive("done.mp4", of(content))
    lost = await uploads.create("lost", 10)
    lost.path.unlink()
    await library.cache.put("pictures/x", b"x" * 600)
    library.set_quota(done.offset + 10 + 500)
    long_ago = old.created_at.timestamp() - EXPIRES.total_seconds() - 1
    for path in (old.path, done.path):
        os.utime(path, (long_ago, long_ago))
    orphan = old.path.parents[1] / ("f" * 32)
    orphan.mkdir()
    os.utime(orphan, (long_ago, long_ago))
    assert await uploads.tidy() == 3
    with pytest.raises(NotFound):
        await uploads.get(old.id)
    assert (await uploads.get(young.id)).offset == 0
    assert (await uploads.get(done.id)).media
    assert not orphan.exists()
    assert await library.cache.used_bytes() == 0


async def test_uploads_are_not_lost_while_their_disk_is_away(
    library: LibraryHere, content: bytes
) -> None:
    uploads = library.services.uploads
    part, done = await uploads.create("part", 10), await uploads.receive("a.mp4", of(content))
    folder = part.path.parents[1]
    folder.rename(folder.with_name("away"))
    assert await uploads.tidy() == 0
    folder.with_name("away").rename(folder)
    assert (await uploads.get(part.id)).offset == 0
    assert (await uploads.get(done.id)).media


async def test_both_databases_know_uploads(
    store_location: Path | DatabaseUrl, tmp_path: Path, content: bytes
) -> None:
    async with opened(tmp_path / "data", at=store_location) as library:
        uploads = library.services.uploads
        library.set_quota(10**9)
        part = await uploads.create("a\ud800b\0.mp4", 10, owner="ann")
        done = await uploads.receive("b.mp4", of(content), owner="ann")
        assert (await uploads.get(part.id)).size_bytes == 10
        assert [one.id for one in await uploads.latest("ann")] == [done.id]
        with pytest.raises(MediaError):
            await uploads.receive("c.mp4", of(b"none"))
        found, total = await library.services.library.page(Sought(["B"]), offset=0, limit=10)
        assert ([item.title for item in found], total) == (["b"], 1)
        assert done.media
        shown = await library.services.library.get(done.media[:8])
        assert shown.media.digest == done.media
        await uploads.drop(done.media)
        with pytest.raises(NotFound):
            await uploads.get(done.id)


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("clip.mp4", "clip.mp4"),
        ("../../etc/passwd", "passwd"),
        ("C:\\videos\\clip.MP4", "clip.MP4"),
        ("", "upload"),
        ("..", "upload"),
        (".hidden", "hidden"),
        ("a\0b\n.mp4", "a_b_.mp4"),
        ("NUL.mp4", "_NUL.mp4"),
        ("\ud800.mp4", "_.mp4"),
        ("x" * 400 + ".mp4", "x" * 146 + ".mp4"),
        ("é" * 400 + ".mkv", "é" * 73 + ".mkv"),
        ("no.thing-that-is-an-ending", "no.thing-that-is-an-ending"),
        (".mp4", "mp4"),
    ],
)
def test_names_are_made_safe(name: str, safe: str) -> None:
    assert safe_name(name) == safe
