"""Makes a decoded frame into the JPEG that a model sees.

One area-averaging resize straight to the planes that JPEG stores (4:2:0, full range, BT.601), so
that no RGB copy is made on the way; rotation and pixel aspect are applied, transparency is shown
on white, as a browser would. A time is written into the planes, too.
"""

from __future__ import annotations

import sys
from fractions import Fraction
from math import sqrt
from typing import cast

import numpy as np
import simplejpeg
from av.video.frame import VideoFrame
from av.video.plane import VideoPlane
from av.video.reformatter import ColorRange, Colorspace, Interpolation, VideoReformatter

from sightline.media.codec.stamp import Plane, Planes, stamped
from sightline.values import Clock, Jpeg, Picture, PictureTransform
from sightline.values.times import format_time

SMALLEST_BUDGET_BYTES = 1024
"""A smaller budget counts as this one."""
_TABLES_BYTES = 620
"""Of every JPEG, however small its picture."""

_QUALITIES = (70, 50, 30)
"""Tried in turn for a picture that is too large; below 30 blocks hide what a model should see."""
_STEPS = (0.7, 0.9)
"""How far a picture shrinks at once that no quality makes small enough: what is averaged away
makes the next one smaller than its size tells."""
_BAND_ROWS = 16
"""Rows that are put on white at a time, so that what it takes is small beside the picture."""
_UNSPECIFIED = 2
"""AVCOL_SPC_UNSPECIFIED."""


def quarter_turns(frame: VideoFrame) -> int:
    """How many times the stored picture must be turned by 90 degrees, counterclockwise: 0 to 3."""
    return round(frame.rotation / 90) % 4


def display_size(frame: VideoFrame, pixel_aspect: Fraction) -> tuple[int, int]:
    """Width and height in pixels as shown: pixel aspect (width : height) and rotation applied."""
    width, height = max(1, round(frame.width * pixel_aspect)), frame.height
    return (height, width) if quarter_turns(frame) % 2 else (width, height)


def fit(size: tuple[int, int], transform: PictureTransform) -> tuple[int, int]:
    """The largest size of the same shape whose longest side keeps to the transform; never larger
    than `size`."""
    scale = min(Fraction(1), Fraction(transform.longest_side, max(size)))
    return max(1, round(size[0] * scale)), max(1, round(size[1] * scale))


class JpegEncoder:
    """Encodes the frames of one video. For one thread at a time; several threads have one each."""

    def __init__(self, pixel_aspect: Fraction, clock: Clock) -> None:
        """`pixel_aspect` is width : height of a pixel; `clock` tells the times for stamps."""
        self._pixel_aspect = pixel_aspect
        self._clock = clock
        self._scaler = VideoReformatter()
        self._flattener = VideoReformatter()

    def encode(
        self, frame: VideoFrame, transform: PictureTransform, jpeg: Jpeg = Jpeg(), *, pts: int
    ) -> Picture:
        """A picture of at most `jpeg.max_bytes` (but see `SMALLEST_BUDGET_BYTES`).

        Deterministic. Leaves the frame as it is. Raises `FFmpegError` for one that cannot be
        resized.
        """
        opaque = self._flatten(frame) if _may_be_transparent(frame) else frame
        turns = quarter_turns(frame)
        size = fit(display_size(frame, self._pixel_aspect), transform)
        stamp = format_time(self._clock.seconds(pts)) if transform.stamped else ""
        most = max(jpeg.max_bytes or sys.maxsize, SMALLEST_BUDGET_BYTES)
        qualities = (jpeg.quality, *(lower for lower in _QUALITIES if lower < jpeg.quality))
        while True:
            planes = self._planes(opaque, size, turns)
            y, u, v = stamped(planes, stamp) if stamp else planes
            luma, encoded = _evened(y), b""
            for quality in qualities:
                encoded = simplejpeg.encode_jpeg_yuv_planes(luma, u, v, quality=quality)
                if len(encoded) <= most:
                    return Picture(pts, encoded, *size)
            qualities = qualities[-1:]
            size = _smaller(size, (most - _TABLES_BYTES) / (len(encoded) - _TABLES_BYTES))

    def _planes(self, frame: VideoFrame, size: tuple[int, int], turns: int) -> Planes:
        """Luma and chroma of the picture in this size, upright; they may be the frame's own."""
        width, height = reversed(size) if turns % 2 else size
        small = self._scaler.reformat(
            frame,
            width,
            height,
            "yuvj420p",
            src_colorspace=_untagged_colorspace(frame),
            dst_colorspace=Colorspace.SMPTE170M,
            dst_color_range=ColorRange.JPEG,
            interpolation=Interpolation.AREA,
            threads=1,
        )
        y, u, v = (np.rot90(_pixels(plane), turns) for plane in small.planes)
        return y, np.ascontiguousarray(u), np.ascontiguousarray(v)

    def _flatten(self, frame: VideoFrame) -> VideoFrame:
        """The frame on white, at its full size: hidden colours must not bleed into a resize.

        At most one copy is made, whatever the size of the picture.
        """
        rgba = self._flattener.reformat(frame, format="rgba", threads=1)
        pixels = _rgba_pixels(rgba)
        if pixels[..., 3].min() == 255:
            return frame
        # A decoder may still build on its own frame, so that one is left as it is.
        flat = VideoFrame(frame.width, frame.height, "rgba") if rgba is frame else rgba
        blended = _rgba_pixels(flat)
        for top in range(0, frame.height, _BAND_ROWS):
            band = pixels[top : top + _BAND_ROWS]
            colour, alpha = band[..., :3], band[..., 3:].astype(np.uint16)
            blended[top : top + _BAND_ROWS, :, :3] = (
                colour * alpha + 255 * (255 - alpha) + 127
            ) // 255
        return flat


def _smaller(size: tuple[int, int], share: float) -> tuple[int, int]:
    """A size for about this share of the bytes."""
    scale = min(max(_STEPS[0], sqrt(share)), _STEPS[1])
    return max(1, int(size[0] * scale)), max(1, int(size[1] * scale))


def _may_be_transparent(frame: VideoFrame) -> bool:
    return frame.format.has_palette or any(part.is_alpha for part in frame.format.components)


def _untagged_colorspace(frame: VideoFrame) -> Colorspace | None:
    """What players assume of a video that does not say: BT.709 for HD, BT.601 below."""
    if frame.colorspace != _UNSPECIFIED or frame.format.is_rgb:
        return None
    hd = frame.width >= 1280 or frame.height > 576
    return Colorspace.ITU709 if hd else Colorspace.SMPTE170M


def _evened(luma: Plane) -> Plane:
    """The same picture in memory that has an even number of rows and columns.

    libjpeg-turbo reads a luma plane up to the next whole chroma sample: beyond an odd one's end.
    """
    height, width = luma.shape
    if height % 2 == width % 2 == 0:
        return np.ascontiguousarray(luma)
    padded = np.pad(luma, ((0, height % 2), (0, width % 2)), mode="edge")
    return padded[:height, :width]


def _pixels(plane: VideoPlane) -> Plane:
    """The plane's own memory, one byte a pixel."""
    return _rows(plane)[:, : plane.width]


def _rgba_pixels(frame: VideoFrame) -> Plane:
    """The frame's own memory, shaped (height, width, 4)."""
    rows = _rows(frame.planes[0])[:, : 4 * frame.width]
    return rows.reshape(frame.height, frame.width, 4, copy=False)


def _rows(plane: VideoPlane) -> Plane:
    # A plane has the buffer protocol; its annotation does not say so.
    return np.frombuffer(cast("bytes", plane), np.uint8).reshape(plane.height, plane.line_size)
