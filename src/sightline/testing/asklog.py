"""What the truthful endpoint was asked and said: one line for each request, picture and tag.

With a file, every line reaches the operating system as it is written, so that whoever reads after
a kill of either side sees all that was asked.
"""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from sightline.testing.asked import Asked, Seen

_NOTHING = Asked((), None, 0)


@dataclass(frozen=True, slots=True)
class LogLine:
    """One picture and one tag of one request, and what came of it."""

    request: int
    """1, 2, 3… in the order of arrival."""
    received_at: float
    """Seconds since 1970."""
    picture: int | None
    """Its place in the request, from 0; None when the request held none or was not understood."""
    label: str
    """What the client wrote just before the picture."""
    video: int | None
    frame: int | None
    scene: int | None
    """From the code; None when it could not be read, or the picture is a probe's card."""
    tag: str | None
    """As it was worded; None when text was asked for."""
    outcome: str
    """`answered`, the name of a `Fault`, `left_out` (of an answer), `gone` (the client left before
    the reply), or why the request was turned down: `unreadable`, `bad_request`, `unauthorized`,
    `no_such_model`, `schema_rejected`, `too_many_pictures`, `too_long`."""
    answer: float | str | None
    """The probability or the text; None unless answered."""


class AskLog:
    """The lines, in memory and, if a file is given, appended to it."""

    def __init__(self, file: Path | None = None) -> None:
        self.lines: list[LogLine] = []
        self._file = file.open("a", encoding="utf-8", buffering=1) if file else None

    def add(self, lines: Iterable[LogLine]) -> None:
        for line in lines:
            self.lines.append(line)
            if self._file:
                self._file.write(to_json(line) + "\n")

    def answered(self) -> Counter[tuple[int, int, str | None]]:
        """How often each (video, frame, tag) was answered."""
        return Counter(
            (line.video, line.frame, line.tag)
            for line in self.lines
            if line.outcome == "answered" and line.video is not None and line.frame is not None
        )

    def close(self) -> None:
        if self._file:
            self._file.close()


class Entry:
    """One request on its way into the log, which it enters once."""

    def __init__(self, log: AskLog, number: int) -> None:
        self._log = log
        self._received_at = time.time()
        self._open = True
        self.number = number
        """The request's."""
        self.asked = _NOTHING
        """Set when the request was understood."""
        self.answers: Sequence[Mapping[str, float | str]] = ()
        """For each picture, by tag; by the empty string when text was asked for."""
        self.left_out: frozenset[str] = frozenset()
        """Tags that were answered for but not said."""

    def close(self, outcome: str) -> None:
        if self._open:
            self._open = False
            asked = self.asked
            pictures = tuple(enumerate(asked.pictures)) or ((None, Seen(None, "")),)
            self._log.add(
                self._line(place, seen, tag, outcome)
                for place, seen in pictures
                for tag in (asked.tags_of(place or 0) if asked.tags else (None,))
            )

    def _line(self, place: int | None, seen: Seen, tag: str | None, outcome: str) -> LogLine:
        omitted = tag in self.left_out
        told = outcome == "answered" and not omitted
        return LogLine(
            request=self.number,
            received_at=self._received_at,
            picture=place,
            label=seen.label,
            video=seen.code.video if seen.code else None,
            frame=seen.code.frame if seen.code else None,
            scene=seen.code.scene if seen.code else None,
            tag=tag,
            outcome="left_out" if omitted else str(outcome),
            answer=self.answers[place][tag or ""] if told and place is not None else None,
        )


def to_json(line: LogLine) -> str:
    return json.dumps(asdict(line), ensure_ascii=False)


def read_log(file: Path) -> list[LogLine]:
    """The lines of a log file; one that is still being written is left out."""
    text = file.read_text(encoding="utf-8")
    whole = text[: text.rfind("\n") + 1]
    return [LogLine(**json.loads(line)) for line in whole.splitlines()]
