"""Makes a picture of Pillow's into a frame: upright, in sRGB, in 8 bits, with its transparency."""

from __future__ import annotations

from io import BytesIO
from typing import cast

import numpy as np
from av.video.frame import VideoFrame
from av.video.reformatter import ColorRange
from PIL import Image, ImageCms
from PIL.Image import Transpose

_BAND_ROWS = 64
"""Rows that are copied at a time, so that what it takes is small beside the picture."""
_FORMATS = {"L": "gray", "RGB": "rgb24", "RGBA": "rgba"}
_SIXTEEN_BITS = {"I;16", "I;16L", "I;16B", "I;16N"}


class ManyBits(Exception):
    """The picture holds numbers of 32 bits, and nobody says which of them is white."""


def frame_of(image: Image.Image, turn: Transpose | None) -> VideoFrame:
    """The picture as it is shown, in `gray`, `rgb24` or `rgba`.

    Colours of another profile are converted to sRGB; where the profile is damaged they are left
    as they are. Raises `ManyBits`, and what Pillow raises for a picture that cannot be decoded.
    """
    shown = _standard(image)
    del image  # room, unless the caller keeps it
    if turn is not None:
        shown = shown.transpose(turn)
    width, height = shown.size
    frame = VideoFrame(width, height, _FORMATS[shown.mode])
    frame.color_range = ColorRange.JPEG
    plane = frame.planes[0]
    # A plane has the buffer protocol; its annotation does not say so.
    rows = np.frombuffer(cast("bytes", plane), np.uint8).reshape(height, plane.line_size)
    for top in range(0, height, _BAND_ROWS):
        band = shown.crop((0, top, width, min(top + _BAND_ROWS, height)))
        pixels = np.asarray(band).reshape(band.height, -1)
        rows[top : top + band.height, : pixels.shape[1]] = pixels
    return frame


def _standard(image: Image.Image) -> Image.Image:
    """In one of the modes of `_FORMATS`."""
    image.load()
    if image.mode in _SIXTEEN_BITS:
        return Image.fromarray((np.asarray(image) >> 8).astype(np.uint8))
    if image.mode in {"I", "F"}:
        raise ManyBits
    mode = "RGBA" if image.has_transparency_data else "L" if image.mode in {"1", "L"} else "RGB"
    if image.mode in {"RGB", "RGBA", "CMYK"} and (converted := _to_srgb(image)):
        image = converted
    return image if image.mode == mode else image.convert(mode)


def _to_srgb(image: Image.Image) -> Image.Image | None:
    """None when it needs no conversion, or allows none."""
    described = image.info.get("icc_profile")
    if not described:
        return None
    try:
        profile = ImageCms.ImageCmsProfile(BytesIO(described))
        if "sRGB" in ImageCms.getProfileDescription(profile):
            return None
        target = "RGBA" if image.mode == "RGBA" else "RGB"
        srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))  # pyright: ignore[reportUnknownMemberType, reportUnknownArgumentType]
        return ImageCms.profileToProfile(image, profile, srgb, outputMode=target)
    except (ImageCms.PyCMSError, OSError, ValueError):
        return None
