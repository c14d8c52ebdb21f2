"""What browsers play, and so what has to be done to a file.

Nothing is said of a browser's name: what is left as it is plays in Chromium and Firefox, and what
is made here plays in Safari too.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import cast

from av.audio.stream import AudioStream

from sightline.media.codec.container import VideoFile
from sightline.media.wire import Form, How
from sightline.values import FrameIndex

_PICTURES = {
    "h264": {"yuv420p", "yuvj420p"},
    "vp8": {"yuv420p"},
    "vp9": {"yuv420p", "yuv420p10le"},
    "av1": {"yuv420p", "yuv420p10le"},
}
"""Codecs and the pixel formats of theirs that are decoded everywhere."""
_SOUNDS_OF = {
    Form.MP4: {"aac", "mp3", "opus", "flac"},
    Form.WEBM: {"opus", "vorbis"},
}
_PICTURES_OF = {
    Form.MP4: {"h264", "vp9", "av1"},
    Form.WEBM: {"vp8", "vp9", "av1"},
}
_PROGRESSIVE = {0, 1}
"""Field orders of FFmpeg: unknown, and progressive. Browsers do not comb fields out."""
_LATE_S = Fraction(1, 100)
"""A first frame that is shown no later than this is shown at once."""
_HEAD_BYTES = 64


@dataclass(frozen=True, slots=True)
class Plan:
    """What is done to a file."""

    how: How
    form: Form
    sound: int | None = None
    """The stream of the file that is heard; None: it is silent."""
    copies_sound: bool = False


TRANSCODE = Plan(How.TRANSCODED, Form.MP4)


def judge(video: VideoFile, index: FrameIndex, *, is_whole: bool) -> Plan:
    """The least that makes it play; `is_whole`: nothing is missing of what the container promises.

    A file in which the first frame comes late is copied into one in which it comes at second 0, so
    that a player's clock is that of the media.
    """
    codec = video.stream.codec_context
    picture = codec.codec.canonical_name
    sound = _sound(video)
    heard = sound and sound.codec_context.codec.canonical_name
    place = sound and sound.index
    fits = (codec.pix_fmt or "") in _PICTURES.get(picture, ()) and codec.field_order in _PROGRESSIVE
    # AVI numbers frames as they are stored, not as they are shown.
    if not fits or (video.format == "avi" and codec.has_b_frames):
        return Plan(How.TRANSCODED, Form.MP4, place)
    form = _form_of(video)
    at_once = abs(index.pts[0] * video.time_base) <= _LATE_S
    if form and at_once and is_whole and _holds(form, picture, heard):
        return Plan(How.AS_IT_IS, form)
    for form in Form:
        if _holds(form, picture, heard):
            return Plan(How.REMUXED, form, place, copies_sound=True)
    form = Form.MP4 if picture in _PICTURES_OF[Form.MP4] else Form.WEBM
    return Plan(How.REMUXED, form, place)


def _holds(form: Form, picture: str, sound: str | None) -> bool:
    return picture in _PICTURES_OF[form] and (sound is None or sound in _SOUNDS_OF[form])


def _sound(video: VideoFile) -> AudioStream | None:
    """The stream that a player would let hear, where it can be decoded."""
    # A stream without a decoder has no codec context, whatever the annotation says.
    heard = [s for s in video.container.streams.audio if cast("object", s.codec_context)]
    best = video.container.streams.best("audio")
    if isinstance(best, AudioStream) and best in heard:
        return best
    return heard[0] if heard else None


def _form_of(video: VideoFile) -> Form | None:
    """What the file is to a browser; None for what it does not know."""
    if video.format == "mp4":
        return Form.MP4
    # Matroska and WebM are one format to FFmpeg: the file says which in its first element.
    if video.format == "matroska" and b"webm" in next(iter(video.blocks()), b"")[:_HEAD_BYTES]:
        return Form.WEBM
    return None
