"""The pictures of an image set as the frames of one media.

The set is listed again when it is opened, and must be the one that was seen. Each picture is opened
when its turn comes, must be unchanged, and is closed again: memory does not depend on how many
there are. One that cannot be decoded is lost, and no other with it.
"""

from __future__ import annotations

import hashlib
import json
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from io import FileIO

from av.error import FFmpegError
from av.video.frame import VideoFrame

from sightline.errors import MediaError
from sightline.media.codec.container import VideoFile
from sightline.media.codec.formats import HEAD_BYTES, still_form
from sightline.media.codec.pictures import Beat
from sightline.media.codec.stills import Stills
from sightline.media.files import ensure_same, ensure_unwritten, open_seen
from sightline.media.moments import TICK, Moment, Timeline, arrange, moment_in_name
from sightline.media.sets import Member, list_set
from sightline.values import Clock, FrameIndex, Media, MediaKind, SeenFile

_BLOCK_BYTES = 256 * 1024
_ANIMATED = {"gif", "apng"}
_ROWS = {"avif", "avis", "msf1", "hevc", "hevx"}
"""Formats of FFmpeg's, and brands of MP4, for pictures in a row: the first stands for them."""


@dataclass(frozen=True, slots=True)
class _Looked:
    """What is known of a member once its bytes and its header were read."""

    digest: bytes
    moment: Moment | None = None
    size: tuple[int, int] | None = None
    """Width and height as shown; None when it cannot be read as a picture."""


class ImageSet:
    """Implements `pictures.Pictures` for the folder or manifest that `sets.look_set` saw."""

    pixel_aspect = Fraction(1)
    time_base = TICK

    def __init__(self, file: SeenFile) -> None:
        """Raises `MediaError`, also when anything about the set is not as it was seen."""
        self._seen = file
        self._members = self._list()
        self._by_id = {member.id: member for member in self._members}

    def probe(self, beat: Beat) -> tuple[Media, FrameIndex]:
        """Reads every file once, its picture's header only; decodes until one picture is sure."""
        # Seconds in a manifest have a zero of their own, to which no date can be related.
        dated = not any(isinstance(member.time, Decimal) for member in self._members)
        looked = [self._look(member, beat, dated=dated) for member in self._members]
        self._ensure_a_picture(looked, beat)
        self._list()
        time = arrange([one.moment for one in looked])
        index = FrameIndex(
            time.pts, time.pts, time.end, [self._members[place].id for place in time.order]
        )
        width, height = max((one.size for one in looked if one.size), key=lambda s: s[0] * s[1])
        media = Media(
            digest=self._digest(looked, time),
            kind=MediaKind.IMAGE_SET,
            clock=Clock(self.time_base, 0),
            end=time.end,
            declared_end=None,
            width=width,
            height=height,
            container="manifest" if self._seen.path.is_file() else "folder",
            codec="images",
            frame_count=len(index),
            size_bytes=self._seen.size_bytes,
            taken_at=time.taken_at,
        )
        return media, index

    def frames(
        self, index: FrameIndex, wanted: Sequence[int], beat: Beat
    ) -> Iterator[tuple[int, VideoFrame | None]]:
        """By the names in the index: what lies at a time was found out by `probe`."""
        for pts in wanted:
            beat()
            yield pts, self._frame(self._by_id[index.names[bisect_left(index.pts, pts)]], beat)

    def ensure_unwritten(self) -> None:
        """Nothing to do: every picture was found unwritten after it was decoded."""

    def close(self) -> None:
        """Nothing is held open."""

    def _list(self) -> Sequence[Member]:
        seen, members = list_set(self._seen.path)
        if seen != self._seen:
            raise MediaError(
                f"{self._seen.path} changed while it was being read (pictures came, went or were"
                " written); wait until it is complete and run it again"
            )
        return members

    def _look(self, member: Member, beat: Beat, *, dated: bool) -> _Looked:
        if not member.file.size_bytes:
            return _Looked(hashlib.blake2b(digest_size=32).digest(), member.time)
        size, taken_at = None, None
        with open_seen(member.file) as opened:
            digest = _digest(member, opened, beat)
            try:
                with _opened(member, opened) as picture:
                    size, taken_at = picture.size, picture.taken_at
            except _Film:
                raise
            except MediaError:
                pass  # its frame will be lost
            ensure_same(member.file, opened)
        moment = member.time
        if moment is None and dated:
            name = member.file.path.name
            moment = datetime.fromisoformat(taken_at) if taken_at else moment_in_name(name)
        return _Looked(digest, moment, size)

    def _frame(self, member: Member, beat: Beat) -> VideoFrame | None:
        if not member.file.size_bytes:
            return None
        with open_seen(member.file) as opened:
            try:
                with _opened(member, opened) as picture:
                    frame = picture.picture(0, beat)
            except MediaError:
                frame = None
                ensure_same(member.file, opened)  # lost because it is damaged, and not because
            ensure_unwritten(member.file, opened)  # another took its place
        return frame

    def _ensure_a_picture(self, looked: Sequence[_Looked], beat: Beat) -> None:
        for member, one in zip(self._members, looked, strict=True):
            if one.size and self._frame(member, beat) is not None:
                return
        raise MediaError(
            f"{self._seen.path}: not one of its {len(looked)} pictures can be decoded; copy or"
            " download them again, or convert them to JPEG"
        )

    def _digest(self, looked: Sequence[_Looked], time: Timeline) -> str:
        """Of what the set shows: when it begins, and each picture's name, time and bytes."""
        digest = hashlib.blake2b(json.dumps(["image set", time.taken_at]).encode(), digest_size=32)
        for place, pts in zip(time.order, time.pts, strict=True):
            told = [self._members[place].id, pts, looked[place].digest.hex()]
            digest.update(json.dumps(told).encode())
        return digest.hexdigest()


class _Film(MediaError):
    """A member of the set is a video."""


class _FirstPicture:
    """A picture that FFmpeg reads, or the first one of an animation."""

    taken_at = None

    def __init__(self, member: Member) -> None:
        self._video = VideoFile(member.file)
        self.size = self._video.stream.width, self._video.stream.height
        brand = self._video.container.metadata.get("major_brand")
        if not (self._video.is_still or self._video.format in _ANIMATED or brand in _ROWS):
            self._video.close()
            raise _Film(
                f"{member.file.path} is a video, and no picture of a set; leave it out, and watch"
                " it by itself"
            )

    def picture(self, number: int, beat: Beat) -> VideoFrame | None:  # noqa: ARG002 - the first
        self._video.stream.codec_context.thread_count = 1
        try:
            for packet in self._video.packets():
                beat()
                for frame in packet.decode():
                    if isinstance(frame, VideoFrame):
                        return frame
        except FFmpegError:
            pass
        return None

    def close(self) -> None:
        self._video.close()


def _opened(member: Member, opened: FileIO) -> closing[Stills] | closing[_FirstPicture]:
    opened.seek(0)
    still = still_form(opened.read(HEAD_BYTES))
    return closing(Stills(member.file)) if still else closing(_FirstPicture(member))


def _digest(member: Member, opened: FileIO, beat: Beat) -> bytes:
    digest = hashlib.blake2b(digest_size=32)
    try:
        while block := opened.read(_BLOCK_BYTES):
            beat()
            digest.update(block)
    except OSError as error:
        raise MediaError(f"{member.file.path} cannot be read to its end: {error}") from error
    return digest.digest()
