"""An image set: a folder of pictures, or a manifest that lists them.

    is_set(path)      whether a path is one (the parent asks)
    look_set(path)    the whole of it as one `SeenFile`, equal to a later look when nothing happened
                      to any of its files between
    list_set(path)    the same with its members (the child asks, and compares)

Nothing is opened but the manifest. A manifest or a folder may come from anywhere: what lies outside
its folder is not reached, neither by a path nor through a link.
"""

from __future__ import annotations

import hashlib
import os
import re
import stat
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sightline.errors import MediaError
from sightline.media.files import look, open_seen
from sightline.media.manifest import SUFFIXES, Entry, read_manifest, refused
from sightline.media.moments import Moment
from sightline.values import SeenFile
from sightline.values.text import plain_line

PICTURE_SUFFIXES = {
    *(".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".apng", ".webp", ".heic", ".heif", ".hif"),
    *(".avif", ".tif", ".tiff", ".bmp", ".gif", ".jxl", ".jp2", ".j2k", ".ppm", ".pgm"),
    *(".pbm", ".pam", ".qoi"),
}
"""What the names of pictures in a folder end in; a manifest may name any file."""
_UUID = re.compile(
    r"(?<![0-9a-f])[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}(?![0-9a-f])",
    re.ASCII | re.IGNORECASE,
)
_DIGITS = re.compile(r"(\d+)", re.ASCII)


@dataclass(frozen=True, slots=True)
class Member:
    """One picture of a set, before it is opened."""

    id: str
    """The manifest's, else the UUID in the file's name, else its name as the set has it; unique."""
    file: SeenFile
    time: Moment | None
    """As the manifest tells it."""


def is_set(path: Path) -> bool:
    """True for a folder, and for a file whose name is that of a manifest."""
    try:
        return path.is_dir() or (path.suffix.lower() in SUFFIXES and path.is_file())
    except OSError:
        return False  # a name that cannot be; to look at it as a file says why


def look_set(path: Path) -> SeenFile:
    """The set as it is now: `size_bytes` of all pictures together, the newest of their times, and
    in `inode` a digest of their names and of all that the file system tells of each.

    Raises `MediaError` for a set that cannot be read as a whole, naming the file or line.
    """
    return list_set(path)[0]


def list_set(path: Path) -> tuple[SeenFile, Sequence[Member]]:
    """What `look_set` gives, and the members as they are listed: at least one."""
    place = look(path)
    if path.is_dir():
        folder, lists = path, ()
        listed = [(name, None) for name in _pictures(path)]
    else:
        folder, lists = path.parent, (place,)
        with open_seen(place) as opened:
            content = opened.readall()
        listed = [(entry.path, entry) for entry in read_manifest(path, content)]
    root = os.path.realpath(folder)
    members = [_member(path, root, name, entry) for name, entry in listed]
    _ensure_unique(path, members, [entry for _, entry in listed])
    return _together(place, [*lists, *(member.file for member in members)], members), members


def _pictures(folder: Path) -> list[str]:
    """The names of the pictures in it, sorted as a person would: 2 before 10."""
    try:
        with os.scandir(folder) as found:
            names = [entry.name for entry in found if _is_picture(entry)]
    except OSError as error:
        reason = error.strerror
        raise MediaError(f"{folder} cannot be listed: {reason}; let this user read it") from error
    if not names:
        raise MediaError(
            f"{folder} is a folder with no picture in it; name the video files in it, or another"
            " folder (folders inside a folder are not looked into)"
        )
    return sorted(names, key=_natural)


def _is_picture(entry: os.DirEntry[str]) -> bool:
    suffix = entry.name[entry.name.rfind(".") :].lower()
    return not entry.name.startswith(".") and suffix in PICTURE_SUFFIXES and not entry.is_dir()


def _natural(name: str) -> tuple[list[tuple[int, str]], str]:
    parts = _DIGITS.split(name.casefold())
    return [(int(p), "") if nth % 2 else (0, p) for nth, p in enumerate(parts)], name


def _member(path: Path, root: str, name: str, entry: Entry | None) -> Member:
    """Raises `MediaError` unless it is a file inside the folder."""
    try:
        real = os.path.realpath(os.path.join(root, name), strict=True)  # noqa: PTH118 - of thousands
        status = os.stat(real)  # noqa: PTH116
    except (OSError, ValueError) as error:
        missing = isinstance(error, FileNotFoundError | NotADirectoryError)
        reason = "there is no such file" if missing else getattr(error, "strerror", None) or error
        raise _unfit(path, name, entry, f"{reason}; check the name") from error
    if os.path.commonpath([root, real]) != root:
        raise _unfit(path, name, entry, "leads out of the folder; put a copy of the file into it")
    if not stat.S_ISREG(status.st_mode):
        raise _unfit(path, name, entry, "is not a file; name a picture")
    known = entry.id if entry else None
    uuid = _UUID.search(name, name.rfind("/") + 1)
    return Member(
        known or (uuid[0] if uuid else plain_line(name)),
        SeenFile.of(Path(real), status),
        entry.time if entry else None,
    )


def _unfit(path: Path, name: str, entry: Entry | None, what: str) -> MediaError:
    if entry:
        return refused(path, entry.line, f"{plain_line(name)}: {what}")
    return MediaError(f"{path / name}: {what}")


def _ensure_unique(path: Path, members: Sequence[Member], entries: Sequence[Entry | None]) -> None:
    seen: dict[str, SeenFile] = {}
    for member, entry in zip(members, entries, strict=True):
        other = seen.setdefault(member.id, member.file)
        if other is not member.file:
            what = (
                f"'{member.id}' would name two pictures, {plain_line(other.path.name)} and"
                f" {plain_line(member.file.path.name)}; give each an id of its own"
            )
            if entry:
                raise refused(path, entry.line, what)
            raise MediaError(f"{path}: {what} in a manifest")


def _together(place: SeenFile, files: Sequence[SeenFile], members: Sequence[Member]) -> SeenFile:
    digest = hashlib.blake2b(digest_size=8)
    for file in files:
        name = os.fsencode(file.path)
        told = (file.device, file.inode, file.size_bytes, file.mtime_ns, file.ctime_ns, len(name))
        digest.update(repr(told).encode() + name)
    return SeenFile(
        place.path,
        device=place.device,
        inode=int.from_bytes(digest.digest(), "big"),
        size_bytes=sum(member.file.size_bytes for member in members),
        mtime_ns=max(file.mtime_ns for file in files),
        ctime_ns=max(file.ctime_ns for file in files),
    )
