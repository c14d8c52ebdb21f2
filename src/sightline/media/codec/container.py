"""Opens one local file for FFmpeg, and nothing but that file.

FFmpeg reads through a Python file object, from a fixed list of formats and with every protocol
closed: a name is never taken for a URL, and a playlist, reference movie or session description
cannot make it read another file or speak to the network. What cannot be opened becomes a
`MediaError` that says why.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from fractions import Fraction
from io import FileIO
from pathlib import Path
from typing import cast

import av
from av.container import InputContainer
from av.error import FFmpegError
from av.packet import Packet
from av.stream import Disposition, Stream
from av.video.stream import VideoStream

from sightline.errors import MediaError
from sightline.media.files import ensure_same, ensure_unwritten, open_seen
from sightline.values import SeenFile

_BUFFER_BYTES = 256 * 1024
"""What one read asks of the file: large enough that the crossing into Python costs nothing."""

MAX_PIXELS = 200_000_000
"""The largest picture that is decoded: what the largest camera sensors of phones give. Such a one
takes 0.8 GB to decode with transparency, and a file of a few kB can claim a thousand times that."""

_VIDEO_FORMATS = (
    "mov,matroska,webm,avi,mpegts,mpeg,mpegvideo,flv,asf,ogg,mxf,nut,ivf,obu,h264,hevc,vvc,av1,"
    "m4v,mjpeg,dv,gxf,rm,wtv,yuv4mpegpipe,gif,apng"
)
_IMAGE_FORMATS = (
    "jpeg_pipe,png_pipe,webp_pipe,bmp_pipe,tiff_pipe,gif_pipe,jpegxl_pipe,j2k_pipe,ppm_pipe,"
    "pgm_pipe,pbm_pipe,pam_pipe,tga_pipe,qoi_pipe"
)
_AUDIO_FORMATS = "mp3,aac,wav,w64,flac,aiff,au,caf,amr,ape,ac3,eac3,dts,tta,wv,dsf"
"""Opened only to say that the file holds nothing but sound."""

_MP4_FIRST_BOXES = {b"ftyp", b"mdat", b"wide", b"free", b"skip"}


class VideoFile:
    """An open file with the video stream to look at. Not safe for use by two threads at once."""

    container: InputContainer
    stream: VideoStream

    def __init__(self, file: SeenFile, *, threads: int = 1) -> None:
        """`threads` is how many may decode, 1 or more.

        Raises `MediaError`, also when it is not the file any more that was seen.
        """
        self._threads = threads
        self.path = file.path
        self._seen = file
        self._file = open_seen(file)
        try:
            self._open()
        except BaseException:
            self._file.close()
            raise

    def _open(self) -> None:
        self.container = _open_container(self.path, self._file)
        try:
            self.stream = _choose_stream(self.path, self.container)
            _ensure_bearable(self.path, self._declared_size())
        except MediaError:
            self.container.close()
            raise
        codec = self.stream.codec_context
        # The guard for a file whose pictures are larger than it says.
        codec.options = _guard()
        codec.thread_count = self._threads
        if self._threads > 1:
            codec.thread_type = "AUTO"

    @property
    def format(self) -> str:
        """The container's name, from its content and not from the file's name."""
        name = self.container.format.name.split(",", maxsplit=1)[0].removesuffix("_pipe")
        if name != "mov":
            return name
        brand = self.container.metadata.get("major_brand", "qt").strip()
        return {"qt": "mov", "avif": "avif"}.get(brand, "mp4")

    @property
    def pixel_aspect(self) -> Fraction:
        """Width : height of a pixel; 1 where the file does not say or talks nonsense."""
        aspect = self.stream.sample_aspect_ratio
        return aspect if aspect and Fraction(1, 16) <= aspect <= 16 else Fraction(1)

    @property
    def time_base(self) -> Fraction:
        """Seconds in a tick of the stream."""
        return self.stream.time_base or Fraction(1, 1000)

    @property
    def is_still(self) -> bool:
        """True for a format whose file is one picture; what may follow it is not another frame."""
        return self.container.format.name.endswith("_pipe")

    def packets(self, *, all_streams: bool = False) -> Iterator[Packet[Stream]]:
        """The packets from here on, of the chosen stream or of all, then empty ones that flush.

        Raises `FFmpegError` where the data cannot be read, `MediaError` where the disk cannot.
        """
        streams = tuple(self.container.streams) if all_streams else (self.stream,)
        while True:
            try:
                yield from self.container.demux(*streams)
            except IndexError:
                continue  # how PyAV 18.1 greets a stream that begins in mid-file: go on after it
            except FFmpegError:
                raise
            except OSError as error:
                raise MediaError(f"{self.path} cannot be read to its end: {error}") from error
            return

    def blocks(self) -> Iterator[bytes]:
        """All bytes of the file from its beginning, through the same handle; ends `packets`.

        Raises `MediaError` where the disk cannot be read.
        """
        self._file.seek(0)
        try:
            while block := self._file.read(_BUFFER_BYTES):
                yield block
        except OSError as error:
            raise MediaError(f"{self.path} cannot be read to its end: {error}") from error

    def ensure_same(self) -> None:
        """Raises `MediaError` unless the file is, in every respect, as it was seen."""
        ensure_same(self._seen, self._file)

    def ensure_unwritten(self) -> None:
        """Raises `MediaError` when its bytes have changed since it was seen."""
        ensure_unwritten(self._seen, self._file)

    def _declared_size(self) -> tuple[int, int]:
        """Width and height as the file tells them, without decoding; zeros where it does not."""
        if self.stream.width == 0 and self.format in {"png", "apng"}:
            return _png_size(self._file)  # FFmpeg forgets the size that it has refused
        return self.stream.width, self.stream.height

    def rewind(self) -> None:
        """Opens the same file anew, with a decoder anew: the one way back that all formats have.

        Raises `MediaError` when it has been written to meanwhile and cannot be opened any more.
        """
        self._close_container()
        self._open()

    def close(self) -> None:
        self._close_container()
        self._file.close()

    def _close_container(self) -> None:
        # Frame threads that still hold packets deadlock against closing.
        self.stream.codec_context.flush_buffers()
        self.container.close()


class _Named:
    """A file under a name of our choice: FFmpeg guesses from names what contents do not show."""

    def __init__(self, file: FileIO, name: str) -> None:
        self.name = name
        self.read = file.read
        self.seek = file.seek
        self.tell = file.tell


def _open_container(path: Path, file: FileIO) -> InputContainer:
    # By content first: the name of a small picture leads to the reader of numbered picture files,
    # which is closed here because it opens other files.
    for name in ("", path.name):
        file.seek(0)
        try:
            return av.open(
                _Named(file, name),
                "r",
                container_options={
                    "format_whitelist": f"{_VIDEO_FORMATS},{_IMAGE_FORMATS},{_AUDIO_FORMATS}",
                    "protocol_whitelist": "none",
                },
                options=_guard(),
                metadata_errors="replace",
                buffer_size=_BUFFER_BYTES,
            )
        except (FFmpegError, OSError) as caught:
            error = caught
    if _lacks_index(file):
        raise MediaError(
            f"{path} was cut off before its index (moov) was written, so nothing in it can be"
            " found; copy or download it again, or rebuild it with a repair tool"
        ) from error
    raise MediaError(
        f"{path} is not a video or image that can be read; if it plays elsewhere, convert it"
        " to MP4 first"
    ) from error


def _guard() -> dict[str, str]:
    """Makes FFmpeg refuse a picture that is too large, in place of making room for it."""
    return {"max_pixels": str(MAX_PIXELS)}


def _ensure_bearable(path: Path, size: tuple[int, int]) -> None:
    width, height = size
    if width * height > MAX_PIXELS:
        raise MediaError(
            f"{path} holds pictures of {width} x {height} pixels; more than"
            f" {MAX_PIXELS // 1_000_000} megapixels are not looked at, so make it smaller first"
        )


def _png_size(file: FileIO) -> tuple[int, int]:
    """PNG (third edition), 5.2 and 11.2.1: the signature, then the header chunk."""
    place = file.tell()
    file.seek(0)
    head = file.read(24)
    file.seek(place)
    return int.from_bytes(head[16:20], "big"), int.from_bytes(head[20:24], "big")


def _lacks_index(file: FileIO) -> bool:
    """True for an MP4 or MOV without its `moov` box: ISO/IEC 14496-12, 4.2."""
    size = os.fstat(file.fileno()).st_size
    position = 0
    while position + 8 <= size:
        file.seek(position)
        header = file.read(16)
        length, kind = int.from_bytes(header[:4], "big"), header[4:8]
        if kind == b"moov":
            return position + length > size
        if position == 0 and kind not in _MP4_FIRST_BOXES:
            return False
        if length == 1:
            length = int.from_bytes(header[8:16], "big")
        if length < 8:
            return True
        position += length
    return position > 0


def _choose_stream(path: Path, container: InputContainer) -> VideoStream:
    """The stream a player would show. A cover picture in a song is none."""
    films = [s for s in container.streams.video if Disposition.attached_pic not in s.disposition]
    if not films:
        sounds = ", ".join(
            sorted({s.codec_context.codec.canonical_name for s in container.streams.audio})
        )
        only = f", only audio ({sounds})" if sounds else ""
        raise MediaError(f"{path} holds no video stream{only}; there is nothing to look at")
    # A stream without a decoder has no codec context, whatever the annotation says.
    playable = [s for s in films if cast("object", s.codec_context) is not None]
    if not playable:
        raise MediaError(
            f"{path} is encoded in a way that cannot be decoded here; convert it to H.264 first"
        )
    best = container.streams.best("video")
    return best if isinstance(best, VideoStream) and best in playable else playable[0]
