"""What looks like media: names where they tell, first bytes where they do not."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from sightline.media.finding import found_in, looks_like_media

PACKET = b"\x47" + bytes(187)


@pytest.mark.parametrize(
    ("name", "content", "is_media"),
    [
        ("a.mp4", b"whatever: to read it tells", True),
        ("A.MKV", b"x", True),
        ("photo.JPEG", b"x", True),
        ("a.mp4", b"", False),
        ("notes.txt", b"\xff\xd8\xff", False),
        ("a.py", b"x", False),
        ("code.ts", b"export const one = 1\n" * 50, False),
        ("record.ts", PACKET * 4, True),
        ("record.ts", b"\0\0\0\0" + (PACKET + bytes(4)) * 4, True),
        ("record.ts", PACKET * 3, False),
        ("ending", b"\0\0\0\x20ftypisom", True),
        ("ending", b"RIFF\0\0\0\0WEBPVP8 ", True),
        ("ending", b"RIFF\0\0\0\0WAVEfmt ", False),
        ("ending", b"#!/bin/sh\n", False),
    ],
)
def test_by_name_or_by_content(tmp_path: Path, name: str, content: bytes, is_media: bool) -> None:
    (tmp_path / name).write_bytes(content)
    assert looks_like_media(str(tmp_path / name)) is is_media


def test_what_is_no_file_is_none(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.mp4")
    (tmp_path / "folder.mp4").mkdir()
    (tmp_path / "dangling.mp4").symlink_to(tmp_path / "nothing")
    assert not any(looks_like_media(str(path)) for path in tmp_path.iterdir())


def test_a_walk_ends_and_passes_over_what_is_hidden(tmp_path: Path) -> None:
    for path in ("b/2.mp4", "b/1.mp4", "a/1.mp4", ".hidden/1.mp4", "c.mp4", ".c.mp4", "notes.txt"):
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_bytes(b"x")
    (tmp_path / "a" / "loop").symlink_to(tmp_path)
    found = [path for path in found_in(str(tmp_path), recursive=True) if path]
    assert [str(path.relative_to(tmp_path)) for path in found] == [
        "c.mp4",
        "a/1.mp4",
        "b/1.mp4",
        "b/2.mp4",
    ]
    flat = [path for path in found_in(str(tmp_path), recursive=False) if path]
    assert flat == [tmp_path / "c.mp4"]
    assert not list(found_in(str(tmp_path / "missing"), recursive=True))
