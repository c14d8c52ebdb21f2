"""Still pictures, and animated WebP and PNG: what FFmpeg reads badly or not at all.

Frames are upright, in sRGB, with their transparency. Of a file with several pages the first is
shown, of a HEIC its primary picture. A picture that is cut off is refused, never half shown.
Animated GIF and AVIF stay with FFmpeg, which tells their times as the file has them.
"""

from __future__ import annotations

import hashlib
import struct
import warnings
from bisect import bisect_left
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from fractions import Fraction
from io import FileIO

from av.video.frame import VideoFrame
from pi_heif import HeifImageFile
from PIL import Image
from PIL.AvifImagePlugin import AvifImageFile
from PIL.BmpImagePlugin import BmpImageFile
from PIL.ImageFile import ImageFile
from PIL.JpegImagePlugin import JpegImageFile
from PIL.PngImagePlugin import PngImageFile
from PIL.TiffImagePlugin import TiffImageFile
from PIL.WebPImagePlugin import WebPImageFile

from sightline.errors import MediaError
from sightline.media.codec import container
from sightline.media.codec.canvas import ManyBits, frame_of
from sightline.media.codec.durations import CutOff, TooMany, clock_of, durations
from sightline.media.codec.exif import told_by
from sightline.media.codec.formats import HEAD_BYTES, still_form
from sightline.media.codec.pictures import Beat
from sightline.media.files import ensure_same, ensure_unwritten, open_seen
from sightline.values import Clock, FrameIndex, Media, MediaKind, SeenFile

_STILL = Fraction(40, 1000)
"""How long a still is on show: what FFmpeg says of one, a frame of 25 a second."""
_MOST_BYTES = 1 << 30
"""Some of these formats are read as a whole before they are decoded."""
_BLOCK_BYTES = 256 * 1024
_JOIN = b"\xff\xd9\xff\xd8\xff"
"""Where one JPEG ends and the next begins: a recording, when there are several."""

_CODECS = {"jpeg": "mjpeg", "avif": "av1", "heic": "hevc"}
"""FFmpeg's names; elsewhere a format is its own codec."""
_READERS: Mapping[str, Callable[[FileIO], ImageFile]] = {
    "jpeg": JpegImageFile,
    "png": PngImageFile,
    "webp": WebPImageFile,
    "avif": AvifImageFile,
    "heic": HeifImageFile,
    "tiff": TiffImageFile,
    "bmp": BmpImageFile,
}
"""Named here one by one, so that no other reader of Pillow's is ever tried on a file."""
_REDUCED, _DNG_VERSION = 254, 50706
"""Tags of TIFF that only the small preview at the head of a camera's raw file has."""
_UNDECODABLE = (
    *(OSError, ValueError, SyntaxError, EOFError, RuntimeError, TypeError, KeyError, IndexError),
    *(OverflowError, struct.error, Image.DecompressionBombError),
)
"""What Pillow and libheif raise for damaged data."""


class Stills:
    """One open picture or animation. For one thread at a time."""

    pixel_aspect = Fraction(1)
    """Browsers and viewers leave a density in the metadata out of account, and so does this."""

    def __init__(self, file: SeenFile) -> None:
        """Reads its header. Raises `MediaError`, also when it is not the file that was seen."""
        self._path, self._seen = file.path, file
        self._file = open_seen(file)
        try:
            self._form = self._read_form()
            self.time_base, self._pts, self._end = clock_of(self._read_lengths())
            self._image: ImageFile | None = self._read_header()
            with _quiet():
                self._told = told_by(self._image)
            if self._form == "tiff":
                self._told = replace(self._told, turn=None)  # Pillow turns these itself
            width, height = self._image.size
            self.size = (height, width) if self._told.sideways else (width, height)
            """Width and height as shown, by the header."""
            self._broken = len(self._pts)
            """Where decoding failed: what follows is built on that."""
        except BaseException:
            self._file.close()
            raise

    @property
    def taken_at(self) -> str | None:
        """As in `Media`."""
        return self._told.taken_at

    def probe(self, beat: Beat) -> tuple[Media, FrameIndex]:
        """Decodes the first picture. Raises `MediaError` when that cannot be done."""
        first = self._decode(0, beat)
        index = FrameIndex(self._pts, self._pts, self._end)
        media = Media(
            digest=self._digest(beat),
            kind=MediaKind.VIDEO if len(index) > 1 else MediaKind.IMAGE,
            clock=Clock(self.time_base, 0),
            end=self._end,
            declared_end=None,
            width=first.width,
            height=first.height,
            container=self._form,
            codec=_CODECS.get(self._form, self._form),
            frame_count=len(index),
            size_bytes=self._seen.size_bytes,
            taken_at=self.taken_at,
        )
        ensure_same(self._seen, self._file)
        return media, index

    def frames(
        self, index: FrameIndex, wanted: Sequence[int], beat: Beat
    ) -> Iterator[tuple[int, VideoFrame | None]]:
        for pts in wanted:
            beat()
            yield pts, self.picture(bisect_left(index.pts, pts), beat)

    def picture(self, number: int, beat: Beat) -> VideoFrame | None:
        """The one at this place in the file; None where it cannot be decoded."""
        try:
            return self._decode(number, beat)
        except MediaError:
            return None

    def ensure_unwritten(self) -> None:
        ensure_unwritten(self._seen, self._file)

    def close(self) -> None:
        self._image = None
        self._file.close()

    def _read_form(self) -> str:
        if self._seen.size_bytes > _MOST_BYTES:
            raise MediaError(f"{self._path} is too large for a picture; make it smaller first")
        form = still_form(self._file.read(HEAD_BYTES))
        if form is None:
            raise MediaError(f"{self._path} is not a picture that can be read here")
        return form

    def _read_lengths(self) -> list[Fraction]:
        try:
            lengths = durations(self._file, self._form) if self._form in {"webp", "png"} else []
        except CutOff as error:
            raise self._cut_off() from error
        except TooMany as error:
            raise MediaError(
                f"{self._path} is in more than a million pieces; convert it to MP4 first"
            ) from error
        return lengths or [_STILL]

    def _read_header(self) -> ImageFile:
        # Pillow itself refuses twice of this, in a WebP even before it makes room for it.
        Image.MAX_IMAGE_PIXELS = container.MAX_PIXELS // 2
        self._file.seek(0)
        try:
            with _quiet():
                image = _READERS[self._form](self._file)
        except _UNDECODABLE as error:
            raise self._undecodable(error) from error
        width, height = image.size
        if width * height > container.MAX_PIXELS:
            raise self._too_large(f"pictures of {width} x {height} pixels")
        if isinstance(image, TiffImageFile) and _is_preview(image):
            raise MediaError(
                f"{self._path} is the raw file of a camera; export it as JPEG, TIFF or PNG first"
            )
        return image

    def _decode(self, number: int, beat: Beat) -> VideoFrame:
        if number >= self._broken:
            raise MediaError(f"{self._path} is damaged at or before picture {number + 1}")
        try:
            with _quiet():
                return frame_of(self._image_at(number, beat), self._told.turn)
        except ManyBits as error:
            raise MediaError(
                f"{self._path} holds 32 bits a pixel, and does not say what is white; convert it to"
                " 8 or 16 bits first"
            ) from error
        except _UNDECODABLE as error:
            self._broken, self._image = number, None
            raise self._undecodable(error) from error

    def _image_at(self, number: int, beat: Beat) -> ImageFile:
        """It is let go of where it is a still: a photo is large, and may not be wanted again."""
        image, self._image = self._image or self._read_header(), None
        lead = _is_led_by_another(image)
        if len(self._pts) == 1 and not lead:
            return image
        place = number + lead
        if image.tell() > place:
            image = self._read_header()
        while image.tell() < place:
            image.load()
            image.seek(image.tell() + 1)
            beat()
        self._image = image
        return image

    def _digest(self, beat: Beat) -> str:
        """Raises `MediaError` for a recording as well: rows of JPEGs have no times to go by."""
        self._image = None  # it counts on standing where it left the file
        digest = hashlib.blake2b(digest_size=32)
        joins, tail = 0, b""
        self._file.seek(0)
        try:
            while block := self._file.read(_BLOCK_BYTES):
                beat()
                digest.update(block)
                joins += (tail + block).count(_JOIN)
                tail = block[1 - len(_JOIN) :]
        except OSError as error:
            raise MediaError(f"{self._path} cannot be read to its end: {error}") from error
        if self._form == "jpeg" and joins > 1:
            raise MediaError(
                f"{self._path} is a row of {joins + 1} JPEG pictures that does not say when they"
                f' are shown; convert it to MP4 first, for example: ffmpeg -f mjpeg -i "'
                f'{self._path.name}" out.mp4'
            )
        return digest.hexdigest()

    def _undecodable(self, error: Exception) -> MediaError:
        if isinstance(error, Image.DecompressionBombError):
            return self._too_large("too large a picture")
        if isinstance(error, OSError) and error.errno is not None:
            return MediaError(f"{self._path} cannot be read to its end: {error}")
        if "truncated" in str(error).lower() or self._ends_early():
            return self._cut_off()
        return MediaError(
            f"{self._path} is not a picture that can be decoded: it is damaged, or of a kind that"
            " is not known here; copy or download it again, or convert it to JPEG or PNG"
        )

    def _ends_early(self) -> bool:
        """Whether the last box of a HEIC or AVIF reaches past the end: ISO/IEC 14496-12, 4.2."""
        position = 0
        while self._form in {"heic", "avif"} and position < self._seen.size_bytes:
            self._file.seek(position)
            length = int.from_bytes(self._file.read(4), "big")
            if length < 8:
                return False  # it goes on to the end, or has a length of 64 bits
            position += length
        return position > self._seen.size_bytes

    def _too_large(self, what: str) -> MediaError:
        most = container.MAX_PIXELS // 1_000_000
        return MediaError(
            f"{self._path} holds {what}; more than {most} megapixels are not looked at, so make it"
            " smaller first"
        )

    def _cut_off(self) -> MediaError:
        return MediaError(
            f"{self._path} is cut off: a part of the picture is missing; copy or download it again"
        )


@contextmanager
def _quiet() -> Generator[None]:
    """Pillow warns of oddities that do no harm; nobody is there to read it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def _is_led_by_another(image: ImageFile) -> bool:
    """Whether an animated PNG begins with a picture for those who cannot show animations."""
    return isinstance(image, PngImageFile) and bool(image.default_image)


def _is_preview(image: TiffImageFile) -> bool:
    return bool(image.tag_v2.get(_REDUCED, 0) & 1) or _DNG_VERSION in image.tag_v2
