"""Makes of a video what a browser can play: copies its packets, or failing that encodes it anew.

The result begins with its first frame at second 0, as the clock of the media does, and can be
played from anywhere as soon as it is there: its index comes first. Of a damaged file it holds what
can be read. Frames that are lost are not replaced: the one before stays on show.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from errno import EDQUOT, EFBIG, ENOSPC, errorcode
from pathlib import Path

from av.error import FFmpegError

from sightline.errors import MediaError
from sightline.media.codec.container import VideoFile
from sightline.media.codec.formats import HEAD_BYTES, still_form
from sightline.media.codec.pictures import Beat
from sightline.media.codec.playable import TRANSCODE, Plan, judge
from sightline.media.codec.remux import Unfit, remux
from sightline.media.codec.transcode import transcode
from sightline.media.files import open_seen
from sightline.media.wire import Converting, How, Open

_FULL = {ENOSPC, EDQUOT, EFBIG}
_THREADS = 4
"""For encoding beside whatever else goes on."""


def convert(opened: Open, target: Path, send: Callable[[Converting], None], beat: Beat) -> None:
    """Tells how with the first thing it sends. Raises `MediaError`, and what `beat` raises."""
    plan = _plan(opened)
    last = -1

    def tell(pts: int) -> None:
        nonlocal last
        beat()
        first = opened.index.pts[0]
        done = min(max(0, 1000 * (pts - first) // (opened.index.end - first)), 1000)
        if done > last:
            last = done
            send(Converting(plan.how, plan.form, done))

    tell(opened.index.pts[0])
    try:
        match plan.how:
            case How.AS_IT_IS:
                return
            case How.REMUXED:
                try:
                    remux(opened, plan, target, tell)
                except (Unfit, FFmpegError) as error:
                    if isinstance(error, FFmpegError) and error.errno in _FULL:
                        raise
                    target.unlink(missing_ok=True)
                    plan, last = Plan(How.TRANSCODED, TRANSCODE.form, plan.sound), -1
                    transcode(opened, plan, target, tell, threads=min(opened.threads, _THREADS))
            case How.TRANSCODED:
                transcode(opened, plan, target, tell, threads=min(opened.threads, _THREADS))
    except (FFmpegError, OSError) as error:
        raise _explained(opened.file.path, error) from error


def _plan(opened: Open) -> Plan:
    with open_seen(opened.file) as file:
        if still_form(file.read(HEAD_BYTES)):
            return TRANSCODE  # an animation, of a kind that FFmpeg reads badly
    video = VideoFile(opened.file)
    try:
        return judge(video, opened.index, is_whole=_is_whole(opened, video))
    finally:
        video.close()


def _is_whole(opened: Open, video: VideoFile) -> bool:
    """Whether nothing is missing; less than a second is rounding."""
    declared = video.stream.duration or 0
    start = video.stream.start_time or 0
    return float((start + declared - opened.index.end) * video.time_base) < 1.0


def _explained(path: Path, error: FFmpegError | OSError) -> MediaError:
    if error.errno in _FULL:
        return MediaError(
            f"{path}: there is no room for what a browser could play of it; free some disk, or"
            " raise server.cache_max_bytes"
        )
    code = error.errno or 0
    reason = os.strerror(code) if code in errorcode else type(error).__name__
    return MediaError(f"{path} cannot be made playable ({reason}); convert it to MP4 first")
