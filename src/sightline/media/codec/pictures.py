"""What a file is to the rest of this room: frames by their pts, whatever decodes them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from typing import Protocol

from av.video.frame import VideoFrame

from sightline.values import FrameIndex, Media

Beat = Callable[[], None]
"""Called every so often by work that may take long: it tells the parent that it goes on, and
raises `Left` when nobody waits for it any more."""


class Left(Exception):
    """Nobody waits for this work any more."""


class Pictures(Protocol):
    """One open video, picture, animation or image set. For one thread at a time."""

    @property
    def pixel_aspect(self) -> Fraction:
        """Width : height of a pixel."""
        ...

    @property
    def time_base(self) -> Fraction:
        """Seconds in a tick."""
        ...

    def probe(self, beat: Beat) -> tuple[Media, FrameIndex]:
        """What it holds. Raises `MediaError` when there is no picture in it."""
        ...

    def frames(
        self, index: FrameIndex, wanted: Sequence[int], beat: Beat
    ) -> Iterator[tuple[int, VideoFrame | None]]:
        """Each wanted pts (increasing, each in the index) with its frame, in order; None where
        it cannot be decoded. May be left at any point, and called again.

        The frame is upright but for `VideoFrame.rotation`, and stays valid while it is held.
        """
        ...

    def ensure_unwritten(self) -> None:
        """Raises `MediaError` when the bytes may not be those that were seen."""
        ...

    def close(self) -> None: ...
