"""Which paths are opened: those that really lie in an allowed folder, and no others."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from media_server import LibraryHere

from sightline.errors import InputError, MediaError, NotFound, Refused
from sightline.services.library.folders import Folders


@pytest.fixture
def folders(library: LibraryHere) -> Folders:
    return library.services.folders


async def test_a_file_inside_is_allowed(folders: Folders, videos: Path) -> None:
    inside = videos / "ünïcode dir" / "a.mp4"
    inside.parent.mkdir()
    inside.touch()
    assert await folders.resolve(str(inside)) == inside
    assert await folders.resolve(str(videos)) == videos
    with pytest.raises(NotFound):
        await folders.resolve(str(videos / "missing.mp4"))


async def test_what_lies_outside_is_refused_alike(folders: Folders, tmp_path: Path) -> None:
    there = tmp_path / "private.mp4"
    there.touch()
    texts: set[str] = set()
    for path in (there, tmp_path / "nothing.mp4", tmp_path, Path("/dev/null"), Path("/")):
        with pytest.raises(Refused) as refused:
            await folders.resolve(str(path))
        texts.add(str(refused.value).replace(str(path), "PATH", 1))
    assert len(texts) == 1, "it tells what is there and what is not"


async def test_a_sibling_whose_name_begins_alike_is_outside(folders: Folders, videos: Path) -> None:
    other = videos.with_name("videos-private")
    other.mkdir()
    with pytest.raises(Refused):
        await folders.resolve(str(other))


@pytest.mark.parametrize(
    "path",
    ["", "a.mp4", "./a", "~/a", "/videos/../etc/passwd", "/a\0b", "/\udcff", "/" + "a" * 5000],
)
async def test_what_is_no_path_is_refused(folders: Folders, path: str) -> None:
    with pytest.raises(InputError) as refused:
        await folders.resolve(path)
    str(refused.value).encode()


async def test_links_are_followed_before_it_is_judged(
    folders: Folders, videos: Path, tmp_path: Path
) -> None:
    private = tmp_path / "private"
    private.mkdir()
    (private / "a.mp4").touch()
    (videos / "link.mp4").symlink_to(private / "a.mp4")
    (videos / "dir").symlink_to(private)
    (videos / "nowhere").symlink_to(private / "missing")
    (videos / "loop").symlink_to(videos / "loop")
    (videos / "b.mp4").touch()
    (videos / "own.mp4").symlink_to(videos / "b.mp4")
    for name in ("link.mp4", "dir", "dir/a.mp4", "nowhere"):
        with pytest.raises(Refused):
            await folders.resolve(str(videos / name))
    with pytest.raises((NotFound, Refused)):
        await folders.resolve(str(videos / "loop"))
    assert await folders.resolve(str(videos / "own.mp4")) == videos / "b.mp4"


async def test_pipes_and_devices_are_refused(folders: Folders, videos: Path) -> None:
    os.mkfifo(videos / "pipe.mp4")
    with pytest.raises(Refused, match="pipe"):
        await folders.resolve(str(videos / "pipe.mp4"))


async def test_our_own_files_are_not_media(library: LibraryHere, tmp_path: Path) -> None:
    library.change(folders=(tmp_path,))
    data = library.settings.data_dir
    with pytest.raises(Refused):
        await library.services.folders.resolve(str(data / "library.db"))
    with pytest.raises(Refused):
        await library.services.folders.resolve(str(data))
    upload = await library.services.uploads.create("a.mp4", 1)
    assert await library.services.folders.resolve(str(upload.path)) == upload.path


async def test_settings_count_from_the_next_request_on(
    library: LibraryHere, videos: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other"
    other.mkdir()
    with pytest.raises(Refused):
        await library.services.folders.resolve(str(other))
    library.change(folders=(videos, other))
    assert await library.services.folders.resolve(str(other)) == other
    library.change(folders=())
    with pytest.raises(Refused, match="none so far"):
        await library.services.folders.resolve(str(videos))


async def test_a_link_put_in_the_way_later_is_noticed(
    library: LibraryHere, videos: Path, tmp_path: Path, content: bytes
) -> None:
    folder = videos / "a"
    folder.mkdir()
    private = tmp_path / "private"
    private.mkdir()
    for place in (folder, private):
        (place / "clip.mp4").write_bytes(content)
    real = await library.services.folders.resolve(str(folder / "clip.mp4"))
    folder.rename(videos / "b")
    folder.symlink_to(private)
    with pytest.raises(Refused):
        await library.services.shelf.add(real, check=library.services.folders.check)
    assert not await library.services.library.list()


async def test_names_that_are_no_text_do_no_harm(
    folders: Folders, videos: Path, content: bytes
) -> None:
    odd = os.path.join(os.fsencode(videos), b"\xff.mp4")  # noqa: PTH118
    with open(odd, "wb") as file:  # noqa: ASYNC230, PTH123
        file.write(content)
    scan = await folders.scan(str(videos))
    assert (scan.added, scan.failed) == (1, 0)


async def test_many_files_are_walked_in_order(folders: Folders, videos: Path) -> None:
    for part in range(10):
        folder = videos / str(part)
        folder.mkdir()
        for n in range(200):
            (folder / f"{n:03}.{'mp4' if n % 2 else 'txt'}").write_bytes(b"x")
    found = [path async for path in folders.files(str(videos))]
    assert len(found) == 1000
    assert found == sorted(found)


async def test_a_file_is_no_folder(folders: Folders, videos: Path) -> None:
    (videos / "a.mp4").write_bytes(b"x")
    with pytest.raises(InputError, match="name a folder"):
        await folders.scan(str(videos / "a.mp4"))


async def test_an_empty_folder_is_no_media(folders: Folders, videos: Path) -> None:
    with pytest.raises(MediaError):
        await folders.add(str(videos))
