"""Where results go: the screen, `*.result.json`, Haven's `*.AI.json`."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from sightline.errors import OutputError
from sightline.exports.haven import to_ai_json
from sightline.exports.result import Result, to_json
from sightline.values import RunState


@dataclass(frozen=True, slots=True)
class ResultFiles:
    """The files that an analysis writes, and where."""

    folder: Path | None
    """For all of them; None: the current folder, and beside the video for `.AI.json`."""
    result: bool
    ai_json: bool
    allow_partial: bool
    """Write formats that have no room for what is unknown even when something is."""

    def check(self) -> None:
        """Find out before the work, not after it. Raises `OutputError`."""
        folder = self.folder or Path()
        if not (self.result or (self.ai_json and self.folder)):
            return
        probe = folder / ".sightline-can-write"
        try:
            folder.mkdir(parents=True, exist_ok=True)
            probe.write_bytes(b"")
        except OSError as error:
            raise OutputError(
                f"results cannot be written to {folder.absolute()}: {error.strerror or error}. "
                "Name another folder with --out, or write none with --no-save."
            ) from error
        finally:
            with suppress(OSError):
                probe.unlink()

    def write(self, result: Result, video: Path, others: Sequence[Path]) -> tuple[list[Path], str]:
        """Write what was asked for; the files written, and why one was left out, if one was.

        `others` are all videos of the command: those of one name get a part of their digest.
        """
        written: list[Path] = []
        if self.result:
            namesakes = Counter(other.stem for other in others)[video.stem]
            mark = f".{result.media.digest[:8]}" if namesakes > 1 else ""
            folder = self.folder or Path()
            written.append(_write(folder / f"{video.stem}{mark}.result.json", to_json(result)))
        if not self.ai_json:
            return written, ""
        if _says_unknown(result) and not self.allow_partial:
            return written, (
                f"{video.name}.AI.json was not written: part of the result is unknown, and that "
                "format cannot say so. Write it all the same with --allow-partial."
            )
        folder = self.folder or video.parent
        written.append(_write(folder / f"{video.name}.AI.json", to_ai_json(result)))
        return written, ""


def _says_unknown(result: Result) -> bool:
    return result.state is not RunState.COMPLETE or any(tag.unknown for tag in result.tags)


def print_json(result: Result) -> None:
    """One line of JSON, in ASCII where the console cannot show more."""
    is_utf8 = (sys.stdout.encoding or "").lower().replace("-", "") == "utf8"
    print(result.model_dump_json(ensure_ascii=not is_utf8), flush=True)  # noqa: T201


def _write(path: Path, text: str) -> Path:
    """All of it or nothing: a reader never sees half a file."""
    beside = path.with_name(f".{path.name}.part")
    try:
        beside.write_text(text, encoding="utf-8")
        beside.replace(path)
    except OSError as error:
        with suppress(OSError):
            beside.unlink()
        raise OutputError(
            f"{path.absolute()} cannot be written: {error.strerror or error}. The answers are "
            "kept: run the same command again with another --out, it asks nothing twice."
        ) from error
    return path
