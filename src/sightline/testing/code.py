"""What is "in" a picture, as blocks of light and dark that survive scaling and compression.

A band along the lower edge holds 160 square cells: 40 bits of nonce, then 120 bits of payload
(magic, video, frame, scene, one bit for each tag) and CRC-32, whitened with a keystream drawn from
the nonce. With a fresh nonce every cell flips with probability one half from one frame to the next
whether or not the tags changed, so that no measure of difference gives an answer away.

Cells are 1/32 of the width (1/16 of a portrait picture's), thus at least 8 pixels in a picture of
256. A reader never guesses: what fails the CRC is unreadable.
"""

from __future__ import annotations

import hashlib
import zlib
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

import numpy as np
import simplejpeg
from numpy.typing import NDArray

Luma = NDArray[np.uint8]
"""Height × width, 0 dark to 255 light."""

NONCE_BYTES = 5
DARK, LIGHT = 50, 200
"""Far apart, and clear of the ends of limited and full range alike."""

_CELLS = 160
_MAGIC = 0x5E
_PAYLOAD_BYTES = 11
_MIN_WIDTH = 128
"""Pixels. Below it, cells of 4 pixels or fewer do not survive compression."""
_MIN_CONTRAST = 40


@dataclass(frozen=True, slots=True)
class Code:
    """What one picture says about itself."""

    video: int
    """16 bits of `Truth.video`."""
    frame: int
    """24 bits."""
    scene: int
    """16 bits."""
    mask: int
    """24 bits: bit i is set when tag i of the vocabulary is in the picture."""


def draw_code(luma: Luma, code: Code, *, nonce: bytes) -> None:
    """Paint a code over the lower edge of a picture. `nonce` has `NONCE_BYTES` bytes.

    Raises `ValueError` for a picture in which the cells would be too small, or not fit.
    """
    height, width = luma.shape
    columns, rows = _grid(width, height)
    band = _band_height(width, height)
    bits = np.unpackbits(np.frombuffer(_seal(code, nonce), np.uint8)).reshape(rows, columns)
    cells = np.where(bits, np.uint8(LIGHT), np.uint8(DARK))
    tall, wide = _lengths(rows, band), _lengths(columns, width)
    luma[height - band :] = cells.repeat(tall, axis=0).repeat(wide, axis=1)


def read_code(luma: Luma) -> Code | None:
    """The code of a picture at any scale, or None when it cannot be read with certainty."""
    height, width = luma.shape
    if width < _MIN_WIDTH // 2 or _band_size(width, height) > height:
        return None
    rows, columns = _sampling(width, height)
    sums = np.add.reduceat(luma[rows[0] :].astype(np.int32), rows - rows[0], axis=0)[::2]
    sums = np.add.reduceat(sums, columns, axis=1)[:, ::2]
    means = sums / np.outer(np.diff(rows)[::2], np.diff(columns)[::2])
    ranked = np.sort(means, axis=None)
    quarter = _CELLS // 4
    dark, light = ranked[:quarter].mean(), ranked[-quarter:].mean()
    if light - dark < _MIN_CONTRAST:
        return None
    return _unseal(np.packbits(means > (dark + light) / 2).tobytes())


def read_jpeg(jpeg: bytes) -> Code | None:
    """The code of a JPEG, or None when it has none or is no JPEG."""
    try:
        # The DCT scales by powers of two for nothing, and what is left is plenty.
        picture = simplejpeg.decode_jpeg(
            jpeg, colorspace="GRAY", fastdct=True, min_width=256, min_height=64
        )
    except ValueError:
        return None
    return read_code(picture[:, :, 0])


def _seal(code: Code, nonce: bytes) -> bytes:
    payload = (
        _MAGIC.to_bytes(1, "big")
        + code.video.to_bytes(2, "big")
        + code.frame.to_bytes(3, "big")
        + code.scene.to_bytes(2, "big")
        + code.mask.to_bytes(3, "big")
    )
    checked = payload + zlib.crc32(nonce + payload).to_bytes(4, "big")
    return nonce + _whiten(checked, nonce)


def _unseal(sealed: bytes) -> Code | None:
    nonce = sealed[:NONCE_BYTES]
    checked = _whiten(sealed[NONCE_BYTES:], nonce)
    payload, crc = checked[:_PAYLOAD_BYTES], checked[_PAYLOAD_BYTES:]
    if payload[0] != _MAGIC or zlib.crc32(nonce + payload) != int.from_bytes(crc, "big"):
        return None
    return Code(
        video=int.from_bytes(payload[1:3], "big"),
        frame=int.from_bytes(payload[3:6], "big"),
        scene=int.from_bytes(payload[6:8], "big"),
        mask=int.from_bytes(payload[8:11], "big"),
    )


def _whiten(data: bytes, nonce: bytes) -> bytes:
    keystream = hashlib.blake2b(nonce, digest_size=len(data), person=b"sightline.code").digest()
    return bytes(a ^ b for a, b in zip(data, keystream, strict=True))


def _grid(width: int, height: int) -> tuple[int, int]:
    columns = 32 if width >= height else 16
    return columns, _CELLS // columns


def _lengths(cells: int, pixels: int) -> list[int]:
    edges = [round(cell * pixels / cells) for cell in range(cells + 1)]
    return [end - start for start, end in pairwise(edges)]


def _band_size(width: int, height: int) -> float:
    columns, rows = _grid(width, height)
    return width * rows / columns


def _band_height(width: int, height: int) -> int:
    band = round(_band_size(width, height))
    if width < _MIN_WIDTH or band > height:
        raise ValueError(f"a picture of {width}×{height} has no room for a code")
    return band


@lru_cache(maxsize=64)
def _sampling(width: int, height: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Where the middle of each cell begins and ends, down and across: even items, odd items.

    The middle half of a cell is clear of what scaling and compression blur into its edges.
    """
    columns, rows = _grid(width, height)
    top = height - _band_size(width, height)
    return (
        _middles(rows, top, (height - top) / rows),
        _middles(columns, 0.0, width / columns),
    )


def _middles(cells: int, origin: float, size: float) -> NDArray[np.intp]:
    starts = np.arange(cells) * size + origin
    begin = np.floor(starts + size * 0.25 + 0.5).astype(np.intp)
    end = np.maximum(begin + 1, np.floor(starts + size * 0.75 + 0.5).astype(np.intp))
    return np.stack((begin, end), axis=1).reshape(-1)
