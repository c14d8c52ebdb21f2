"""The small pictures that `media.fingerprints` compares."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from av.video.frame import VideoFrame
from av.video.reformatter import Interpolation, VideoReformatter

from sightline.media.codec.encode import quarter_turns
from sightline.media.codec.pictures import Beat, Pictures
from sightline.media.fingerprints import SIDE
from sightline.values import FrameIndex

_BETWEEN = 8 * SIDE
"""Pixels to which a frame is brought first: no scaler averages all of a large one at once."""


def small_pictures(
    pictures: Pictures, index: FrameIndex, wanted: Sequence[int], beat: Beat
) -> list[bytes]:
    """One for each of the wanted pts; empty where a frame cannot be decoded."""
    rough, fine = VideoReformatter(), VideoReformatter()
    made: list[bytes] = []
    for _, frame in pictures.frames(index, wanted, beat):
        beat()
        if frame is None:
            made.append(b"")
            continue
        between = _scaled(rough, frame, _BETWEEN)
        small = _scaled(fine, between, SIDE).to_ndarray()
        made.append(np.rot90(small, quarter_turns(frame)).tobytes())
    pictures.ensure_unwritten()
    return made


def _scaled(scaler: VideoReformatter, frame: VideoFrame, side: int) -> VideoFrame:
    return scaler.reformat(frame, side, side, "gray", interpolation=Interpolation.AREA, threads=1)
