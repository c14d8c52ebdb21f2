"""Files of spans, told apart by what they hold, and which video of a result is which of the truth.

Sightline's own result documents (one, a list, or one a line as `analyze --json` prints them) and
both forms of ActivityNet are read, as truth and as result alike.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PureWindowsPath
from typing import TypeVar, cast

from pydantic import BaseModel, ValidationError

from sightline.errors import InputError
from sightline.evaluation import VideoSpans
from sightline.exports.activitynet import (
    Annotations,
    Detections,
    spans_of_annotations,
    spans_of_detections,
)
from sightline.exports.spans import ReadResult, spans_read

_ACCEPTED = (
    "what can be read is a *.result.json of Sightline (or several, one a line), and ActivityNet's "
    "'database' or 'results'"
)
_NAMED = 5
"""Videos that a message lists."""

_Model = TypeVar("_Model", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class ReadVideo:
    """One video as a file tells of it."""

    spans: VideoSpans
    file: Path
    file_name: str = ""
    """Of the video, where the file tells."""
    digest: str = ""

    @property
    def names(self) -> tuple[str, ...]:
        """What another file may call it, the surest first."""
        name = self.spans.video
        # ActivityNet's own files are called v_ID.mp4 and its annotations ID.
        return tuple(filter(None, (name, self.file_name, name.removeprefix("v_"), f"v_{name}")))


@dataclass(frozen=True, slots=True)
class Compared:
    """Both sides, with one name for each video."""

    truths: tuple[VideoSpans, ...]
    results: tuple[VideoSpans, ...]
    note: str = ""


def read_both(truth: Path, results: Sequence[Path], *, subset: str | None = None) -> Compared:
    """Read and pair them. Raises `InputError`, naming the file and the field.

    Videos are the same when their digests are, or their names. A single video on either side is
    taken for the other one, unless digests tell them apart; a note says so.
    """
    wanted = _unlike(list(read_spans(truth, subset=subset)))
    if not wanted:
        of = f" of the subset '{subset}'" if subset else ""
        raise InputError(f"{truth} holds no video{of}: there is nothing to compare with")
    found = [video for path in results for video in read_spans(path)]
    if not found:
        raise InputError(f"{results[0]} holds no video: there is nothing to compare")
    names = _Names(wanted)
    partners = [names.partner(video) for video in found]
    note = ""
    if not any(partners):
        note = _only_two(wanted, found)
        partners = [wanted[0].spans.video]
    renamed: dict[str, ReadVideo] = {}
    for video, partner in zip(found, partners, strict=True):
        name = partner or video.spans.video
        if other := renamed.get(name):
            raise InputError(
                f"the video {name} is in {other.file} and again in {video.file}; give one result "
                "of each video"
            )
        renamed[name] = video
    return Compared(
        tuple(video.spans for video in wanted),
        tuple(replace(video.spans, video=name) for name, video in renamed.items()),
        note,
    )


def read_spans(path: Path, *, subset: str | None = None) -> Iterator[ReadVideo]:
    """The videos of one file, of annotations those of one subset. Raises `InputError`."""
    for where, document in _documents(path, _text(path)):
        keys = _keys(document)
        if "database" in keys:
            annotations = _valid(Annotations, document, path, where)
            for spans in spans_of_annotations(annotations, subset=subset):
                yield ReadVideo(spans, path)
        elif "results" in keys:
            for spans in spans_of_detections(_valid(Detections, document, path, where)):
                yield ReadVideo(spans, path)
        elif keys.get("format") == "sightline.result":
            result = _valid(ReadResult, document, path, where)
            name = PureWindowsPath(result.media.path).name
            yield ReadVideo(spans_read(result), path, name, result.media.digest)
        else:
            held = f"the keys {', '.join(sorted(keys)[:_NAMED])}" if keys else "no such keys"
            raise InputError(f"{path}{where} has {held}: {_ACCEPTED}")


def _keys(document: object) -> dict[str, object]:
    return cast("dict[str, object]", document) if isinstance(document, dict) else {}


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except OSError as error:
        reason = error.strerror or error
        raise InputError(f"{path} cannot be read: {reason}; check the name") from error
    except UnicodeDecodeError as error:
        raise InputError(f"{path} is not UTF-8 text: {_ACCEPTED}") from error


def _documents(path: Path, text: str) -> Iterator[tuple[str, object]]:
    """Each with where in the file it is, for a message; empty when it is all of it."""
    try:
        whole: object = json.loads(text)
    except (ValueError, RecursionError) as error:
        lines = [(n, line) for n, line in enumerate(text.splitlines(), start=1) if line.strip()]
        for place, (number, line) in enumerate(lines):
            try:
                one: object = json.loads(line)
            except (ValueError, RecursionError) as broken:
                if not place:
                    # Not one document a line, then, but a single one that is broken.
                    break
                raise InputError(f"{path}, line {number}, is not JSON: {broken}") from broken
            yield f", line {number},", one
        else:
            if lines:
                return
        raise InputError(f"{path} is not JSON: {error}") from error
    if isinstance(whole, list):
        for number, one in enumerate(cast("list[object]", whole)):
            yield f", document {number},", one
    else:
        yield "", whole


def _valid(model: type[_Model], document: object, path: Path, where: str) -> _Model:
    try:
        return model.model_validate(document)
    except ValidationError as error:
        told = error.errors()
        problems = "\n".join(
            f"  {'.'.join(map(str, one['loc'])) or 'the document'}: "
            f"{one['msg'].removeprefix('Value error, ')}"
            for one in told[:_NAMED]
        )
        more = f"\n  and {len(told) - _NAMED} more" if len(told) > _NAMED else ""
        raise InputError(f"{path}{where} cannot be used:\n{problems}{more}") from error


def _unlike(videos: Sequence[ReadVideo]) -> list[ReadVideo]:
    """Files of one name in several folders get a part of their digest. Raises `InputError`."""
    times = Counter(video.spans.video for video in videos)
    unlike: dict[str, ReadVideo] = {}
    for video in videos:
        name = video.spans.video
        if times[name] > 1 and video.digest:
            name += f" ({video.digest[:8]})"
        if name in unlike:
            raise InputError(f"{video.file} has the video {name} twice; keep one")
        unlike[name] = replace(video, spans=replace(video.spans, video=name))
    return [*unlike.values()]


class _Names:
    """Finds the video of the truth that a result is about."""

    def __init__(self, truths: Sequence[ReadVideo]) -> None:
        self._digests = {t.digest: t.spans.video for t in truths if t.digest}
        self._names = {t.file_name: t.spans.video for t in truths if t.file_name}
        self._names |= {t.spans.video: t.spans.video for t in truths}

    def partner(self, video: ReadVideo) -> str | None:
        """Its name in the truth."""
        if same := self._digests.get(video.digest):
            return same
        return next((self._names[name] for name in video.names if name in self._names), None)


def _only_two(truths: Sequence[ReadVideo], results: Sequence[ReadVideo]) -> str:
    """What to say when the only two videos are compared. Raises `InputError` when they are not."""
    one, other = truths[0], results[0]
    told_apart = one.digest and other.digest
    if len(truths) == len(results) == 1 and not told_apart:
        return (
            f"The truth calls its only video {one.spans.video}, the result {other.spans.video}: "
            "compared as the same."
        )
    raise InputError(
        f"truth and result have no video in common. {one.file} has {_listed(truths)}; "
        f"{other.file} has {_listed(results)}. Videos are the same when their digests or their "
        "names (without the extension) are"
    )


def _listed(videos: Sequence[ReadVideo]) -> str:
    names = [video.spans.video for video in videos]
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return ", ".join(names[:_NAMED]) + more
