"""Opens a local file, and makes sure that it is still the one that was looked at.

A file that is being downloaded, copied over or recorded looks like any other. So a file is looked
at once; whatever is opened later under its name must be what was seen then, and an open file must
not have been written to. Otherwise `MediaError`: what is read of it would be believed for ever
under the digest of other bytes. How far that can be told is said in `SeenFile`.
"""

from __future__ import annotations

import os
import stat
from io import FileIO
from pathlib import Path

from sightline.errors import MediaError
from sightline.values import SeenFile


def look(path: Path) -> SeenFile:
    """The file as it is now, unopened. Raises `MediaError` when there is none."""
    try:
        return SeenFile.of(path, path.stat())
    except (OSError, ValueError) as error:
        raise _refused(path, error) from error


def open_seen(file: SeenFile) -> FileIO:
    """The file, open for reading.

    Raises `MediaError` unless it is a regular file with bytes, and unchanged in every respect.
    """
    path = file.path
    try:
        # Non-blocking, because opening a pipe would otherwise wait for its writer.
        opened = FileIO(
            path,
            opener=lambda name, flags: os.open(name, flags | getattr(os, "O_NONBLOCK", 0)),
        )
    except (OSError, ValueError) as error:
        raise _refused(path, error) from error
    try:
        _ensure_regular(path, opened)
        ensure_same(file, opened)
    except BaseException:
        opened.close()
        raise
    return opened


def ensure_same(file: SeenFile, opened: FileIO) -> None:
    """Raises `MediaError` unless nothing at all has happened to the file since it was seen."""
    if SeenFile.of(file.path, os.fstat(opened.fileno())) != file:
        raise _changed(file.path)


def ensure_unwritten(file: SeenFile, opened: FileIO) -> None:
    """Raises `MediaError` when bytes of the open file have changed since it was seen.

    To rename, link or delete it, or to put another in its place, does nothing to the open one.
    """
    now = os.fstat(opened.fileno())
    if (now.st_size, now.st_mtime_ns) != (file.size_bytes, file.mtime_ns):
        raise _changed(file.path)


def _ensure_regular(path: Path, opened: FileIO) -> None:
    status = os.fstat(opened.fileno())
    if not stat.S_ISREG(status.st_mode):
        raise MediaError(f"{path} is a device, pipe or socket; save the video to a file first")
    if status.st_size == 0:
        raise MediaError(f"{path} is empty (0 bytes); copy or download it again")


def _changed(path: Path) -> MediaError:
    return MediaError(
        f"{path} changed while it was being read; wait until it is complete and run it again"
    )


def _refused(path: Path, error: OSError | ValueError) -> MediaError:
    match error:
        case FileNotFoundError():
            return MediaError(f"{path}: there is no such file; check the name")
        case IsADirectoryError():
            return MediaError(f"{path} is a folder; name the video files in it")
        case PermissionError():
            return MediaError(f"{path} cannot be read: permission denied; let this user read it")
        case _:
            reason = getattr(error, "strerror", None) or error
            return MediaError(f"{path} cannot be opened: {reason}; check the name")
