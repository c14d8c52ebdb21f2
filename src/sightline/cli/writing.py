"""Files for a person: whole or not at all, and found impossible before the work and not after it.

Both raise `OSError`, for the caller to say what to do about it.
"""

from __future__ import annotations

import secrets
from contextlib import suppress
from pathlib import Path


def try_folder(folder: Path) -> None:
    """Make the folder if need be, and see that files can be made in it."""
    probe = _new_name(folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe.open("x").close()
    finally:
        with suppress(OSError):
            probe.unlink()


def write_whole(path: Path, content: bytes) -> None:
    """A reader never sees half a file."""
    beside = _new_name(path.parent)
    try:
        with beside.open("xb") as file:
            file.write(content)
        beside.replace(path)
    finally:
        with suppress(OSError):
            beside.unlink()


def _new_name(folder: Path) -> Path:
    """A name that nobody else has or can guess; open it with "x", which follows no link."""
    return folder / f".sightline-{secrets.token_hex(8)}.part"
