"""Ports without files, sockets or tables, for unit tests of recipes and the engine."""

from __future__ import annotations

import asyncio
from array import array
from collections.abc import AsyncGenerator, Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from fractions import Fraction
from functools import cache
from pathlib import Path

import numpy as np
import simplejpeg

from sightline.errors import EndpointError
from sightline.media.files import look
from sightline.ports import Reply, Shown
from sightline.values import (
    Alike,
    Answer,
    Ask,
    AskFailed,
    Call,
    Clock,
    Footage,
    FrameIndex,
    FrameLost,
    Jpeg,
    Media,
    MediaKind,
    Method,
    Picture,
    PictureTransform,
    Question,
    ReadFrame,
    SeenFile,
    Sharing,
    Signals,
    Usage,
    Value,
    canonical_digest,
)

_TIME_BASE = Fraction(1, 12_800)
_KEYFRAME_EVERY = 50

Script = Callable[[tuple[int, ...], Question], Value | AskFailed | EndpointError]
"""What to say of a question about the frames with these pts."""


def make_footage(
    duration_s: float = 60.0,
    rate: Fraction | int = 10,
    every_s: float = 1.0,
    *,
    name: str = "clip",
    start: int = 0,
) -> Footage:
    """A media of constant rate with a frame sampled every `every_s`, from the first on.

    Ticks are 1/12800 s, as in the usual MP4. Another `name` is another media.
    """
    step = 1 / Fraction(rate) / _TIME_BASE
    count = max(1, round(Fraction(duration_s) * Fraction(rate)))
    pts = array("q", (start + round(n * step) for n in range(count)))
    index = FrameIndex(pts, pts[::_KEYFRAME_EVERY], start + round(count * step))
    clock = Clock(_TIME_BASE, start)
    media = Media(
        digest=canonical_digest([name, list(pts)]),
        kind=MediaKind.VIDEO,
        clock=clock,
        end=index.end,
        declared_end=index.end,
        width=320,
        height=180,
        container="mp4",
        codec="h264",
        frame_count=count,
        size_bytes=1000 * count,
    )
    moments = range(int(media.duration_s / every_s) + 1)
    sample = {index.at(clock.pts(n * every_s)) for n in moments if n * every_s < media.duration_s}
    return Footage(media, index, tuple(sorted(sample)))


class FakeSource:
    """A `MediaSource` in which every file leads to the same footage."""

    def __init__(
        self, footage: Footage, *, lost: Collection[int] = (), looks: Callable[[int], int] = int
    ) -> None:
        self._footage = footage
        self._lost = frozenset(lost)
        self._looks = looks
        self.readers: list[FakeReader] = []
        """Those that were opened, in order."""

    async def look(self, path: Path) -> SeenFile:
        return look(path)

    async def probe(self, file: SeenFile) -> tuple[Media, FrameIndex]:  # noqa: ARG002 - the port
        return self._footage.media, self._footage.frames

    def open(self, file: SeenFile, frames: FrameIndex) -> FakeReader:  # noqa: ARG002 - the port
        reader = FakeReader(frames, lost=self._lost, looks=self._looks)
        self.readers.append(reader)
        return reader


class FakeReader:
    """A `FrameReader` of tiny grey pictures; the frames in `lost` cannot be decoded.

    `looks` gives each pts what its frame looks like: neighbours that look the same are alike.
    Without it no two frames are.
    """

    def __init__(
        self,
        index: FrameIndex,
        *,
        lost: Collection[int] = (),
        looks: Callable[[int], int] = int,
    ) -> None:
        self._index = index
        self._lost = frozenset(lost)
        self._looks = looks
        self._alike: dict[int, int] = {}
        self._within: float | None = None
        self._last: int | None = None
        """The pts of the last frame that was measured."""
        self.read_frames: list[int] = []
        """The pts of all frames given so far, in order."""
        self.closed = False

    @property
    def signals(self) -> Signals:
        pts = sorted(self._alike)
        flat = [0.0] * len(pts)
        alike = [self._alike[one] for one in pts]
        return Signals(pts, [128] * len(pts), [0] * len(pts), flat, flat, alike, self._within)

    async def read(
        self,
        frames: Sequence[int],
        transform: PictureTransform,  # noqa: ARG002 - the port
        *,
        jpeg: Jpeg = Jpeg(),  # noqa: ARG002 - the port
        sharing: Sharing | None = None,
    ) -> AsyncGenerator[ReadFrame, None]:
        for pts in frames:
            if not self._index.holds(pts):
                raise ValueError(f"there is no frame at pts {pts}")
            await asyncio.sleep(0)
            self.read_frames.append(pts)
            if pts in self._lost:
                yield FrameLost(pts, "the frame is damaged")
                continue
            to = self._measure(pts, sharing)
            if to != pts and sharing and not sharing.audits(pts):
                yield Alike(pts, to)
            else:
                yield Picture(pts, _tiny_jpeg(), 16, 16, None if to == pts else to)

    async def measure(
        self, frames: Sequence[int], *, sharing: Sharing | None = None
    ) -> AsyncGenerator[int, None]:
        for count, pts in enumerate(frames, 1):
            self._measure(pts, sharing)
            yield count

    async def aclose(self) -> None:
        self.closed = True

    def _measure(self, pts: int, sharing: Sharing | None) -> int:
        """The representative of the frame's group."""
        before, self._last = self._last, pts
        to = pts
        if sharing is not None:
            self._within = sharing.within
            if before is not None and before < pts and self._looks(before) == self._looks(pts):
                to = self._alike[before]
        self._alike.setdefault(pts, to)
        return to


@dataclass(frozen=True, slots=True)
class Exchange:
    """One call of a `FakeEndpoint`."""

    frames: tuple[int, ...]
    questions: tuple[Question, ...]
    seconds: tuple[float, ...]


class FakeEndpoint:
    """An `Endpoint` that says what `script` says.

    A script that gives an `EndpointError` for one of the asks fails the whole exchange. `pause`,
    if given, is awaited before each answer; without it an exchange yields to others once.
    """

    def __init__(
        self,
        script: Script,
        *,
        name: str = "fake",
        model: str = "scripted",
        slots: int = 4,
        pause: Callable[[], Awaitable[object]] | None = None,
    ) -> None:
        self._script = script
        self._pause = pause or (lambda: asyncio.sleep(0))
        self.name = name
        self.model = model
        self.slots = slots
        self.jpeg = Jpeg()
        self.exchanges: list[Exchange] = []
        """All that began, in order."""
        self.in_flight = 0
        self.peak_in_flight = 0
        self.closed = False

    async def answer(self, shown: Sequence[Shown], asks: Sequence[Ask]) -> Reply:
        frames = tuple(each.picture.pts for each in shown)
        apart = all(len(ask.frames) == 1 and ask.independent for ask in asks)
        if strangers := [
            ask.id
            for ask in asks
            if ask.frames != frames and not (apart and ask.frames[0] in frames)
        ]:
            raise ValueError(f"asks {strangers} are not about the frames shown, {frames}")
        questions = tuple(ask.question for ask in asks)
        self.exchanges.append(Exchange(frames, questions, tuple(each.seconds for each in shown)))
        call = self._call(len(self.exchanges))
        self.in_flight += 1
        self.peak_in_flight = max(self.peak_in_flight, self.in_flight)
        try:
            await self._pause()
        finally:
            self.in_flight -= 1
        return Reply(call, tuple(self._outcome(ask.frames, ask.question, call) for ask in asks))

    async def aclose(self) -> None:
        self.closed = True

    def _call(self, number: int) -> Call:
        return Call(
            id=f"{self.name}-{number}",
            endpoint=self.name,
            model=self.model,
            started_at=datetime.now(UTC),
            latency_s=0.0,
            usage=Usage(tokens_in=0, tokens_out=0),
            raw="",
        )

    def _outcome(
        self, frames: tuple[int, ...], question: Question, call: Call
    ) -> Answer | AskFailed:
        said = self._script(frames, question)
        if isinstance(said, EndpointError):
            raise said
        if isinstance(said, AskFailed):
            return said
        return Answer(said, self.model, self.name, Method.SCHEMA, parser=1, call=call.id)


@cache
def _tiny_jpeg() -> bytes:
    return simplejpeg.encode_jpeg(np.full((16, 16, 1), 128, np.uint8), colorspace="GRAY")
