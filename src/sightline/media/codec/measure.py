"""Cheap measures of each frame, and whether it looks like one before.

All is measured in one small grid of a frame: of some rows of its planes, evenly spread, each row
averaged into a few hundred cells. To read every row would cost as much as all the rest and tell
little: what is high enough to matter lies on one of these rows, and compression noise is averaged
away along it.

Two grids are compared by blocks, each about 1/120 of the picture wide and 1/60 high, and of chroma
twice that: by the mean of absolute differences in a block, not by the difference of means, because
a line of text on grey leaves a block's mean as it was; and by the block that differs most, because
an object is small.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, cast

import numpy as np
from av.video.frame import VideoFrame
from av.video.plane import VideoPlane
from av.video.reformatter import ColorRange, Interpolation, VideoReformatter
from numpy.typing import NDArray

from sightline.values import Sharing

_COLUMNS, _ROWS = 240, 120
"""Of luma in the grid, about; below them lie half as many rows of both chroma planes, abreast. In
an upright picture columns and rows change places."""
_FINE_COLUMNS = 480
"""Of what sharpness is measured on: about what a model is given to see."""
_FINE_ROWS = 15
_PLANAR = {"yuv420p", "yuvj420p", "yuv422p", "yuvj422p", "yuv444p", "yuvj444p"}
"""The formats of nearly all video, whose planes are read as they are; the others are converted."""
_EDGES = 0.05
"""Of the contrast of an edge, how much more may differ there: a codec puts the same letter another
way in each key frame. H.264 at CRF 28 does so by 0.02 of it, at CRF 33 by 0.05."""
_SHARP = 8.0
"""Levels of sharpness for one of mean gradient: fine print on white comes near the top."""

_Cells = NDArray[np.uint8]
_Sums = NDArray[np.uint16]


class Measured(NamedTuple):
    """One frame's row of `values.Signals`."""

    pts: int
    brightness: int
    sharpness: int
    motion: float
    change: float
    alike_to: int


class Meter:
    """Measures the frames of one reading, in order. For one thread at a time."""

    def __init__(self, sharing: Sharing | None) -> None:
        self._within = None if sharing is None else sharing.within
        self._grids = _Grids()
        self._before: _Grid | None = None
        self._representative: _Grid | None = None
        self._representative_pts = 0

    def measure(self, frame: VideoFrame, pts: int) -> Measured:
        """`alike_to` is the pts of the representative of its group: its own, without sharing or
        where it begins a group. A frame of another size or pixel format begins one."""
        grid = self._grids.of(frame)
        apart = _apart(grid, self._before)
        if not self._is_alike(grid, apart):
            self._representative, self._representative_pts = grid, pts
        self._before = grid
        return Measured(
            pts,
            brightness=_brightness(grid),
            sharpness=_sharpness(grid.fine),
            motion=apart.mean if apart else 0.0,
            change=apart.median if apart else 0.0,
            alike_to=pts if self._within is None else self._representative_pts,
        )

    def _is_alike(self, grid: _Grid, apart: _Apart | None) -> bool:
        if self._within is None or self._representative is None:
            return False
        if grid.kind != self._representative.kind:
            return False
        if self._representative is not self._before:
            apart = _apart(grid, self._representative)
        return apart is not None and apart.is_within(self._within)


class _Grid(NamedTuple):
    """A small copy of a frame."""

    cells: _Cells
    """The rows of luma, then those of both chroma planes abreast."""
    luma_rows: int
    fine: _Cells
    """A few rows of luma with more columns."""
    full_range: bool
    kind: tuple[int, int, str]
    """Width, height and pixel format of the frame."""

    @property
    def luma(self) -> _Cells:
        return self.cells[: self.luma_rows]


class _Apart:
    """What two grids differ by, by blocks of 2 x 2 cells, in levels of 255."""

    def __init__(self, one: _Grid, other: _Grid) -> None:
        self._grids = one, other
        cells = np.maximum(one.cells, other.cells)
        cells -= np.minimum(one.cells, other.cells)
        pairs = cells.view(np.uint16)
        # Of two cells side by side, whichever of them comes first in memory.
        across = (pairs & np.uint16(255)) + (pairs >> np.uint16(8))
        sums = across[0::2] + across[1::2]
        self._luma: _Sums = sums[: one.luma_rows // 2]
        self._chroma: _Sums = sums[one.luma_rows // 2 :]

    @property
    def mean(self) -> float:
        """Over all of luma."""
        return int(self._luma.sum()) / (4 * self._luma.size)

    @property
    def median(self) -> float:
        """What half of the blocks differ by at least, in luma or else in chroma."""
        luma = _median(self._luma[::4, ::4])
        if int(self._chroma.max()) <= luma:
            return luma / 4
        return max(luma, _median(self._chroma[::2, ::4])) / 4

    def is_within(self, levels: float) -> bool:
        """Whether no block differs by more, beyond what codecs do to edges."""
        if int(self._chroma.max()) > 4 * levels:
            return False
        worst = int(self._luma.argmax())
        most = int(self._luma.flat[worst]) / 4
        if most <= levels or most > levels + 255 * _EDGES:
            return most <= levels
        # Where something has changed, the worst block alone says so, at a tenth of the cost.
        row, column = divmod(worst, self._luma.shape[1])
        there = np.s_[max(0, 2 * row - 2) : 2 * row + 4, max(0, 2 * column - 2) : 2 * column + 4]
        if most > levels + _EDGES * min(int(np.ptp(grid.luma[there])) for grid in self._grids):
            return False
        contrast = np.minimum(*(_contrast(grid.luma) for grid in self._grids))
        return bool((self._luma <= 4 * (levels + _EDGES * contrast)).all())


def _apart(one: _Grid, other: _Grid | None) -> _Apart | None:
    if other is None or one.cells.shape != other.cells.shape:
        return None
    return _Apart(one, other)


def _contrast(luma: _Cells) -> _Cells:
    """Between the lightest and the darkest cell of each block or of one beside it."""
    lightest, darkest = np.maximum(luma[0::2], luma[1::2]), np.minimum(luma[0::2], luma[1::2])
    contrast = np.maximum(lightest[:, 0::2], lightest[:, 1::2])
    contrast -= np.minimum(darkest[:, 0::2], darkest[:, 1::2])
    for near in (contrast, contrast.T):
        before, after = near[:-1].copy(), near[1:].copy()
        np.maximum(near[1:], before, out=near[1:])
        np.maximum(near[:-1], after, out=near[:-1])
    return contrast


def _median(sums: _Sums) -> int:
    return int(np.sort(sums, axis=None)[sums.size // 2])


def _brightness(grid: _Grid) -> int:
    some = grid.luma[::2, ::2]
    mean = int(some.sum()) / some.size
    return round(mean) if grid.full_range else min(255, max(0, round((mean - 16) * 255 / 219)))


def _sharpness(fine: _Cells) -> int:
    here, beside = fine[:, 1:], fine[:, :-1]
    apart = np.maximum(here, beside) - np.minimum(here, beside)
    return min(255, round(_SHARP * int(apart.sum()) / apart.size))


class _Grids:
    """Makes the grids of frames."""

    def __init__(self) -> None:
        self._scaler = VideoReformatter()
        self._converter = VideoReformatter()
        self._flattener = VideoReformatter()
        self._picker: _Picker | None = None

    def of(self, frame: VideoFrame) -> _Grid:
        width, height, pixels = kind = frame.width, frame.height, frame.format.name
        columns, rows = (_ROWS, _COLUMNS) if height > width else (_COLUMNS, _ROWS)
        direct = pixels in _PLANAR and width >= _FINE_COLUMNS and height >= rows
        if not direct:
            frame = self._converted(frame, rows)
        planes = frame.planes
        if self._picker is None or not self._picker.fits(planes):
            self._picker = _Picker(planes, rows)
        picked = self._picker.pick(planes)
        fine = self._picker.fine()
        small = _scaled(self._scaler, picked, columns, picked.height, "gray")
        # What is converted comes in limited range.
        full_range = direct and (pixels[:4] == "yuvj" or frame.color_range == ColorRange.JPEG)
        cells = _pixels(small.planes[0]).copy()
        return _Grid(cells, self._picker.luma_rows, fine, full_range, kind)

    def _converted(self, frame: VideoFrame, rows: int) -> VideoFrame:
        """Small already, and of a format whose planes can be read."""
        if _may_be_transparent(frame):
            frame = _on_white(_scaled(self._flattener, frame, _FINE_COLUMNS, rows, "rgba"))
        return _scaled(self._converter, frame, _FINE_COLUMNS, rows, "yuv420p")


class _Picker:
    """Picks rows, evenly spread, from the planes of frames of one size."""

    def __init__(self, planes: Sequence[VideoPlane], rows: int) -> None:
        """`rows` of luma, or up to a fifth more or less, so that they are the same way apart."""
        self._sizes = _sizes(planes)
        (width, height), *_ = self._sizes
        half = width // 2
        self.luma_rows = height // max(1, round(height / rows)) // 4 * 4
        chroma_rows = self.luma_rows // 2
        self._frame = VideoFrame(2 * half, self.luma_rows + chroma_rows, "gray")
        picked = _pixels(self._frame.planes[0])
        self._luma = picked[: self.luma_rows]
        chroma = picked[self.luma_rows :]
        self._places = self._luma, chroma[:, :half], chroma[:, half:]
        self._parts = [
            _spread(size, place) for size, place in zip(self._sizes, self._places, strict=True)
        ]

    def fits(self, planes: Sequence[VideoPlane]) -> bool:
        return _sizes(planes) == self._sizes

    def pick(self, planes: Sequence[VideoPlane]) -> VideoFrame:
        """The rows of luma, and below them those of both chroma planes abreast; good until the
        next ones are picked."""
        for plane, place, part in zip(planes, self._places, self._parts, strict=True):
            place[:] = _rows(plane)[part]
        return self._frame

    def fine(self) -> _Cells:
        """A few of the rows of luma that were picked, in memory of their own."""
        height, width = self._luma.shape
        step = height // _FINE_ROWS
        return self._luma[step // 2 :: step, :: width // _FINE_COLUMNS].copy()


def _spread(size: tuple[int, int], place: _Cells) -> tuple[slice, slice]:
    """As many rows and columns of a plane of this size, evenly, about its middle."""
    (width, height), (rows, columns) = size, place.shape
    down, across = height // rows, max(1, width // columns)
    first = (height - down * (rows - 1)) // 2
    return slice(first, first + down * rows, down), slice(0, across * columns, across)


def _sizes(planes: Sequence[VideoPlane]) -> list[tuple[int, int]]:
    return [(plane.width, plane.height) for plane in planes]


def _scaled(
    scaler: VideoReformatter, frame: VideoFrame, width: int, height: int, pixels: str
) -> VideoFrame:
    return scaler.reformat(
        frame, width, height, pixels, interpolation=Interpolation.AREA, threads=1
    )


def _may_be_transparent(frame: VideoFrame) -> bool:
    return frame.format.has_palette or any(part.is_alpha for part in frame.format.components)


def _on_white(frame: VideoFrame) -> VideoFrame:
    """As the pictures show it: what changes in transparency alone is a change."""
    rgba = _rows(frame.planes[0])[:, : 4 * frame.width].reshape(frame.height, frame.width, 4)
    alpha = rgba[..., 3:].astype(np.uint16)
    blended = (rgba[..., :3] * alpha + 255 * (255 - alpha)) // 255
    return VideoFrame.from_ndarray(blended.astype(np.uint8), "rgb24")


def _pixels(plane: VideoPlane) -> _Cells:
    """The plane's own memory, one byte a pixel."""
    return _rows(plane)[:, : plane.width]


def _rows(plane: VideoPlane) -> _Cells:
    # A plane has the buffer protocol; its annotation does not say so.
    return np.frombuffer(cast("bytes", plane), np.uint8).reshape(plane.height, plane.line_size)
