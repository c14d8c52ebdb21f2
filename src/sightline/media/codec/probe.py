"""Learns what a file holds: its identity, its clock, and the exact time of every frame.

The index comes from the packets, without decoding them, and ends where the packets can no longer
be read; what the container promised beyond that is in `Media.declared_end`. One frame is decoded,
because only then is it sure that there is a picture, and which way up it is.
"""

from __future__ import annotations

import hashlib
from array import array
from datetime import datetime
from fractions import Fraction

import numpy as np
from av.error import FFmpegError
from av.packet import Packet
from av.stream import Stream
from av.video.frame import VideoFrame

from sightline.errors import MediaError
from sightline.media.codec.container import MAX_PIXELS, VideoFile
from sightline.media.codec.encode import display_size
from sightline.media.codec.pictures import Beat
from sightline.values import Clock, FrameIndex, Media, MediaKind, SeenFile

_PACKETS_TRIED = 1000
"""After so many without a picture the rest is taken on trust: a frame that is lost says so."""
_CONTAINER_TICK = Fraction(1, 1_000_000)
"""AV_TIME_BASE, in which a container tells its own duration."""
_WHEN_TAKEN = ("com.apple.quicktime.creationdate", "creation_time")
"""Metadata by which a file tells when it was recorded; the first has the zone of the place."""
_UNSET_YEARS = {1903, 1904, 1969, 1970}
"""Where the clocks of MP4 and of computers begin, in any zone."""
_PICTURE_OR_FILM = {"gif", "apng", "avif"}
"""Formats for both: a picture when there is a single frame."""


def probe(file: SeenFile, beat: Beat) -> tuple[Media, FrameIndex]:
    """Reads the whole file once for its frames and once for its digest.

    Raises `MediaError`, naming the file and the way out, for anything without a picture, and
    for a file that did not stay as it was seen until all of it was read; what `beat` raises.
    """
    video = VideoFile(file)
    try:
        scan = _Scan(video)
        scan.run(beat)
        index = scan.index()
        stream = video.stream
        if scan.picture is not None:
            width, height = display_size(scan.picture, video.pixel_aspect)
        else:
            width, height = stream.width, stream.height
        single = len(index) == 1 and (video.is_still or video.format in _PICTURE_OR_FILM)
        media = Media(
            digest=_digest(video, beat),
            kind=MediaKind.IMAGE if single else MediaKind.VIDEO,
            clock=Clock(video.time_base, index.pts[0]),
            end=index.end,
            declared_end=scan.declared_end(index),
            width=width,
            height=height,
            container=video.format,
            codec=stream.codec_context.codec.canonical_name,
            frame_count=len(index),
            size_bytes=file.size_bytes,
            taken_at=_taken_at(video),
        )
        video.ensure_same()
    finally:
        video.close()
    return media, index


class _Scan:
    """One pass over the packets of a file."""

    def __init__(self, video: VideoFile) -> None:
        self._video = video
        self._pts = array("q")
        self._keyframes = array("q")
        self._last_duration = 0
        self._packets = 0
        self._others_end_s = 0.0
        """Where the other streams end: seconds on the container's own scale."""
        self.picture: VideoFrame | None = None

    def run(self, beat: Beat) -> None:
        """Raises `MediaError` when there is no picture in it."""
        video = self._video
        corrupt = False
        try:
            for packet in video.packets(all_streams=video.stream.duration is None):
                beat()
                if packet.stream_index != video.stream.index:
                    self._note_other(packet)
                    continue
                self._decode_first(packet)
                if packet.size == 0 or packet.is_discard or packet.pts is None:
                    continue
                corrupt = packet.is_corrupt
                self._note(packet, packet.pts)
                if video.is_still:
                    break
        except FFmpegError:
            pass  # what was read until here is the video; declared_end tells what is missing
        if corrupt and len(self._pts) > 1:
            self._drop_last()
        if not self._pts:
            raise MediaError(self._why_empty())
        if self.picture is None and self._packets < _PACKETS_TRIED:
            raise MediaError(
                f"{video.path}: not one of its {len(self._pts)} frames can be decoded; copy or"
                " download it again, or convert it to MP4 (pictures of more than"
                f" {MAX_PIXELS // 1_000_000} megapixels are not decoded)"
            )

    def index(self) -> FrameIndex:
        pts = _increasing(self._pts)
        keyframes = _increasing(self._keyframes) if self._keyframes else pts[:1]
        return FrameIndex(pts, keyframes, pts[-1] + self._length_of_last(pts))

    def declared_end(self, index: FrameIndex) -> int | None:
        stream, time_base = self._video.stream, self._video.time_base
        if stream.duration is not None:
            start = stream.start_time if stream.start_time is not None else index.pts[0]
            return start + stream.duration
        duration = self._video.container.duration
        if duration is None:
            return None
        seconds = duration * _CONTAINER_TICK
        # A container's duration is that of its longest stream: where another one lasts that long,
        # nothing is missing from this one.
        if self._others_end_s > float(seconds) - 1.0:
            return None
        return round(seconds / time_base)

    def _note(self, packet: Packet[Stream], pts: int) -> None:
        if not self._pts or pts >= self._latest:
            self._latest, self._last_duration = pts, packet.duration or 0
        self._pts.append(pts)
        if packet.is_keyframe:
            self._keyframes.append(pts)

    def _drop_last(self) -> None:
        """A last packet that was cut off holds part of a frame."""
        dropped = self._pts.pop()
        if self._keyframes and self._keyframes[-1] == dropped:
            self._keyframes.pop()
        if dropped == self._latest:
            self._last_duration = 0

    def _note_other(self, packet: Packet[Stream]) -> None:
        if packet.pts is not None:
            end = packet.pts + (packet.duration or 0)
            self._others_end_s = max(self._others_end_s, float(end * packet.time_base))

    def _decode_first(self, packet: Packet[Stream]) -> None:
        if self.picture is not None or self._packets >= _PACKETS_TRIED:
            return
        self._packets += packet.size > 0
        try:
            self.picture = next((f for f in packet.decode() if isinstance(f, VideoFrame)), None)
        except FFmpegError:
            return  # a damaged packet: the next one may do

    def _length_of_last(self, pts: array[int]) -> int:
        if self._last_duration > 0:
            return self._last_duration
        if len(pts) > 1:
            return pts[-1] - pts[-2]
        rate = self._video.stream.average_rate
        return max(1, round(1 / (rate * self._video.time_base))) if rate else 1

    def _why_empty(self) -> str:
        path = self._video.path
        if self._packets:
            return (
                f"{path} is a bare stream that does not say when its frames are shown; convert it"
                f' to MP4 first, for example: ffmpeg -i "{path.name}" out.mp4'
            )
        return f"{path} holds no frame; it was cut off before the first one, copy it again"


def _increasing(ticks: array[int]) -> array[int]:
    """Sorts in place and drops duplicates, so that an index is in memory once: ten hours have a
    million frames."""
    view = np.frombuffer(ticks, np.int64)
    view.sort()
    doubled = bool((view[1:] == view[:-1]).any())
    return array("q", np.unique(view).tobytes()) if doubled else ticks


def _taken_at(video: VideoFile) -> str | None:
    """ISO 8601, from what cameras write; None for none, or for a clock that was never set."""
    said = video.container.metadata | video.stream.metadata
    for key in _WHEN_TAKEN:
        try:
            moment = datetime.fromisoformat(said.get(key, ""))
        except ValueError:
            continue
        if moment.year not in _UNSET_YEARS:
            return moment.isoformat()
    return None


def _digest(video: VideoFile, beat: Beat) -> str:
    digest = hashlib.blake2b(digest_size=32)
    for block in video.blocks():
        beat()
        digest.update(block)
    return digest.hexdigest()
