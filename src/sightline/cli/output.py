"""Where results go: the screen, `*.result.json`, Haven's `*.AI.json` and `*.haven.json`."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sightline.cli.writing import try_folder, write_whole
from sightline.errors import OutputError
from sightline.exports.haven import to_ai_json, to_haven
from sightline.exports.result import Result, to_json
from sightline.values import RunState

_LONGEST_NAME = 255
"""Bytes that file systems take for a name: of ext4, APFS, NTFS, Btrfs and XFS the least."""


@dataclass(frozen=True, slots=True)
class ResultFiles:
    """The files that an analysis writes, and where."""

    folder: Path | None
    """For all of them; None: the current folder, and beside the video those for Haven."""
    result: bool
    ai_json: bool
    allow_partial: bool
    """Write formats that have no room for what is unknown even when something is."""
    haven: bool = False

    def check(self) -> None:
        """Find out before the work, not after it. Raises `OutputError`."""
        folder = self.folder or Path()
        if not (self.result or ((self.ai_json or self.haven) and self.folder)):
            return
        try:
            try_folder(folder)
        except OSError as error:
            raise OutputError(
                f"results cannot be written to {folder.absolute()}: {error.strerror or error}. "
                "Name another folder with --out, or write none with --no-save."
            ) from error

    def write(self, result: Result, video: Path, others: Sequence[Path]) -> tuple[list[Path], str]:
        """Write what was asked for; the files written, and why one was left out, if one was.

        `others` are all videos of the command: those of one name get a part of their digest.
        """
        written: list[Path] = []
        if self.result:
            namesakes = Counter(other.stem for other in others)[video.stem]
            name = _result_name(video.stem, result.media.digest, mark=namesakes > 1)
            written.append(_write((self.folder or Path()) / name, to_json(result)))
        others_wanted = {
            f"{video.name}.{ending}": make
            for ending, make, wanted in (
                ("AI.json", to_ai_json, self.ai_json),
                ("haven.json", to_haven, self.haven),
            )
            if wanted
        }
        if not others_wanted:
            return written, ""
        if _says_unknown(result) and not self.allow_partial:
            names, are = " and ".join(others_wanted), ("was", "that format")
            if len(others_wanted) > 1:
                are = "were", "those formats"
            return written, (
                f"{names} {are[0]} not written: part of the result is unknown, and {are[1]} "
                "cannot say so. Write it all the same with --allow-partial."
            )
        folder = self.folder or video.parent
        for name, make in others_wanted.items():
            written.append(_write(folder / name, make(result)))
        return written, ""


def _says_unknown(result: Result) -> bool:
    return result.state is not RunState.COMPLETE or any(tag.unknown for tag in result.tags)


def _result_name(stem: str, digest: str, *, mark: bool) -> str:
    """With a part of the digest where the stem alone is not enough, or too long."""
    end = ".result.json"
    if mark or len(os.fsencode(stem + end)) > _LONGEST_NAME:
        end = f".{digest[:8]}{end}"
    while len(os.fsencode(stem + end)) > _LONGEST_NAME:
        stem = stem[:-1]
    return stem + end


def _write(path: Path, text: str) -> Path:
    """All of it or nothing: a reader never sees half a file."""
    try:
        write_whole(path, text.encode())
    except OSError as error:
        raise OutputError(
            f"{path.absolute()} cannot be written: {error.strerror or error}. The answers are "
            "kept: run the same command again with another --out, it asks nothing twice."
        ) from error
    return path
