"""Finds what looks like media in a folder, by names and first bytes. Opens nothing as a whole.

Hidden files and folders are passed over, and links to folders are not followed: a walk ends.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

from sightline.media.sets import PICTURE_SUFFIXES

VIDEO_SUFFIXES = {
    *(".mp4", ".m4v", ".mov", ".qt", ".3gp", ".3g2", ".mkv", ".webm", ".mk3d", ".avi", ".divx"),
    *(".mpg", ".mpeg", ".mpe", ".m2v", ".vob", ".m2ts", ".mts", ".flv", ".f4v", ".wmv", ".asf"),
    *(".ogv", ".ogm", ".mxf", ".nut", ".ivf", ".dv", ".gxf", ".rm", ".rmvb", ".wtv", ".y4m"),
    *(".h264", ".264", ".h265", ".265", ".hevc", ".obu", ".mjpeg", ".mjpg"),
}
"""What the names of videos end in."""
_AMBIGUOUS = {".ts", ".mod", ".tod", ".dat", ".rec", ".tmp", ".bin", ""}
"""Endings of videos as well as of source code, documents and the like: first bytes tell."""
_HEAD_BYTES = 4096
_MPEGTS = ((0, 188), (4, 192))
"""Where the first packet begins and how long one is: ISO/IEC 13818-1, and with time codes."""
_HEADS = (
    b"\x1aE\xdf\xa3",
    b"OggS",
    b"FLV\x01",
    b"0&\xb2u\x8ef\xcf\x11",
    b"\x00\x00\x01\xba",
    b"\x00\x00\x01\xb3",
    b"\xff\xd8\xff",
    b"\x89PNG\r\n\x1a\n",
    b"GIF8",
    b"DKIF",
    b".RMF",
)
_RIFFS = {b"AVI ", b"WEBP"}


def found_in(folder: str, *, recursive: bool) -> Iterator[Path | None]:
    """Files that look like media, sorted within each folder; None after every file that does not,
    so that whoever waits can do something else. A folder that cannot be listed is passed over."""
    folders = [folder]
    while folders:
        here = folders.pop()
        try:
            with os.scandir(here) as listed:
                entries = sorted(listed, key=lambda entry: entry.name)
        except OSError:
            continue
        inner: list[str] = []
        for entry in entries:
            if entry.name.startswith("."):
                continue
            if _is_folder(entry):
                inner.append(entry.path)
            else:
                yield Path(entry.path) if looks_like_media(entry.path) else None
        if recursive:
            folders += reversed(inner)


def looks_like_media(path: str) -> bool:
    """By its name, and where that does not tell by its first bytes; False for what is no file."""
    suffix = os.path.splitext(path)[1].lower()  # noqa: PTH122 - of 100,000 files
    if suffix not in _AMBIGUOUS and suffix not in VIDEO_SUFFIXES | PICTURE_SUFFIXES:
        return False
    try:
        status = os.stat(path)  # noqa: PTH116
        if not stat.S_ISREG(status.st_mode) or not status.st_size:
            return False
        return suffix not in _AMBIGUOUS or _is_media(_head(path))
    except OSError:
        return False


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir(follow_symlinks=False)
    except OSError:
        return False


def _head(path: str) -> bytes:
    # Non-blocking: it may have become a pipe since.
    opened = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
    try:
        return os.read(opened, _HEAD_BYTES)
    finally:
        os.close(opened)


def _is_media(head: bytes) -> bool:
    if head.startswith(_HEADS) or head[4:8] == b"ftyp":
        return True
    if head.startswith(b"RIFF") and head[8:12] in _RIFFS:
        return True
    return any(
        len(head) > first + 3 * length and all(head[first + n * length] == 0x47 for n in range(4))
        for first, length in _MPEGTS
    )
