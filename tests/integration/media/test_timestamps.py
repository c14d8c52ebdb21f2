"""Each policy's frames have exactly the times that went into the file, and the right pictures.

The first witness is the generator, which knows when each frame is shown. The second is the ffmpeg
command, another build of another version, which decodes everything: every pts, and every picture by
its checksum.
"""

import random
import subprocess
import zlib
from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import imageio_ffmpeg
import pytest
from av.video.frame import VideoFrame
from clips import MS, Clip, make, remux

from sightline.media.codec.decode import Film
from sightline.media.files import look
from sightline.media.sampling import AllFrames, At, Even, Every, Keyframes, Policy, sample
from sightline.values import FrameIndex, Media

COUNT = 72
STEADY = tuple(n * 40 for n in range(COUNT))
UNEVEN = tuple(n * 40 + 13 * (n % 3) + 300 * (n // 17) for n in range(COUNT))
LATE = tuple(5000 + at for at in STEADY)
LONG = tuple(n * 40 for n in range(640))
FRAME = Fraction(1, 25)
B = {"preset": "ultrafast", "bf": "3", "b_strategy": "0"}
OPEN = {"x264-params": "bframes=3:b-adapt=0:open-gop=1:scenecut=0"}
X265 = {"preset": "ultrafast", "x265-params": "log-level=none:bframes=3:b-adapt=0:keyint=12"}
"""Its GOPs are open unless told otherwise."""
FIELDS = {"flags": "+ildct+ilme", "x264-params": "tff=1:bframes=3"}
VP9 = {"deadline": "realtime", "cpu-used": "8"}
HIDDEN = {"deadline": "good", "cpu-used": "5", "auto-alt-ref": "1", "lag-in-frames": "16"}
AV1 = {"preset": "12", "svtav1-params": "keyint=12"}


def clip(
    name: str,
    codec: str = "libx264",
    options: Mapping[str, str] = B,
    *,
    pts: Sequence[int] = STEADY,
    time_base: Fraction = MS,
    size: tuple[int, int] = (64, 48),
    pixels: str = "yuv420p",
    rotation: int = 0,
    gop: int = 12,
) -> Clip:
    return Clip(name, codec, pts, time_base, size, pixels, options, rotation, gop)


MATRIX = [
    clip("b-frames.mp4"),
    clip("b-frames.mkv"),
    clip("b-frames.mov"),
    clip("b-frames.ts"),
    clip("b-frames.flv"),
    clip("uneven.mp4", pts=UNEVEN),
    clip("uneven.mkv", pts=UNEVEN),
    clip("uneven.ts", pts=UNEVEN),
    clip("late.mp4", pts=LATE),
    clip("late.mkv", pts=LATE),
    clip("turned.mp4", rotation=90),
    clip("every one a keyframe.mp4", gop=1),
    clip("every second a keyframe.ts", gop=2),
    clip("one group of 600.mkv", pts=LONG, gop=600),
    clip("groups of 250.mp4", pts=LONG, gop=250),
    clip("groups of 100.ts", pts=LONG, gop=100),
    clip("counted.avi", "libx264", B, pts=range(COUNT), time_base=FRAME),
    clip("open.mp4", "libx264", OPEN),
    clip("open.ts", "libx264", OPEN),
    clip("fields.mp4", "libx264", FIELDS),
    clip("fields.ts", "libx264", FIELDS),
    clip("odd.mkv", "libx264", B, size=(63, 47), pixels="yuv444p"),
    clip("10 bit.mkv", "libx264", B, pixels="yuv420p10le"),
    clip("hevc.mp4", "libx265", X265),
    clip("hevc.ts", "libx265", X265),
    clip("hevc 10 bit.mkv", "libx265", X265, pixels="yuv420p10le", pts=UNEVEN),
    clip("vp9.webm", "libvpx-vp9", VP9),
    clip("vp9 with hidden frames.mkv", "libvpx-vp9", HIDDEN, pts=UNEVEN),
    clip("av1.mp4", "libsvtav1", AV1, pts=UNEVEN),
    clip("av1.webm", "libsvtav1", AV1),
    clip("mpeg4.avi", "mpeg4", {}, pts=range(COUNT), time_base=FRAME),
    clip("mpeg4 with b-frames.avi", "mpeg4", {"bf": "2"}, pts=range(COUNT), time_base=FRAME),
    clip("mpeg4 with b-frames.mp4", "mpeg4", {"bf": "2"}, pts=range(COUNT), time_base=FRAME),
    clip("mpeg2 with b-frames.ts", "mpeg2video", {"bf": "2"}, pts=range(COUNT), time_base=FRAME),
    clip("entangled.apng", "apng", {}, pts=range(COUNT), time_base=FRAME, pixels="rgb24"),
    clip("palette.gif", "gif", {}, time_base=Fraction(1, 100), pts=range(0, 504, 7), pixels="rgb8"),
]
EDITED = clip("edited.mp4")
"""Its edit list begins in the middle of its first group."""


@dataclass(frozen=True)
class Known:
    """A file and all that is known of it without our code."""

    path: Path
    times: Sequence[Fraction]
    """When each frame is shown, in seconds; the first at 0."""
    start: int
    """The pts of the first frame, as the ffmpeg command has it."""
    checksums: dict[int, int]
    """Of each picture as the ffmpeg command decodes it, by its ticks since the first."""


@pytest.fixture(scope="session")
def known(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Known:
    made: Clip = request.param
    path = make(made, tmp_path_factory.mktemp("times"))
    shown = [pts * made.time_base for pts in made.pts]
    if made is EDITED:
        # 7 frames of 40 ms, in ticks of 1/16000 s.
        path = remux(path, path.with_name("cut.mp4"), shift=7 * 640, avoid_negative_ts="disabled")
        shown = shown[7:]
    pictures = ffmpeg_checksums(path)
    start = min(pictures)
    since = {pts - start: picture for pts, picture in pictures.items()}
    return Known(path, [at - shown[0] for at in shown], start, since)


def ffmpeg_checksums(path: Path) -> dict[int, int]:
    """Of each picture, by its pts."""
    command = [
        imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-threads", "1", "-copyts", "-noautorotate",
        "-i", path, "-map", "0:v:0", "-fps_mode", "passthrough", "-enc_time_base", "demux",
        "-f", "framecrc", "-",
    ]  # fmt: skip
    told = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    rows = [line.split(",") for line in told.splitlines() if not line.startswith("#")]
    return {int(row[2]): int(row[5], 16) for row in rows}


def checksum(frame: VideoFrame) -> int:
    """As FFmpeg's framecrc: Adler-32, from 0, over the rows of all planes without padding."""
    packed = {"bgra": 4, "rgb24": 3, "rgba": 4}.get(
        frame.format.name, 1 + (frame.format.components[0].bits > 8)
    )
    value = 0
    for plane in frame.planes:
        rows = bytes(plane)  # pyright: ignore[reportArgumentType]
        for top in range(0, plane.height * plane.line_size, plane.line_size):
            value = zlib.adler32(rows[top : top + plane.width * packed], value)
    return value


def every_clip(test: Callable[..., None]) -> Callable[..., None]:
    clips = [*MATRIX, EDITED]
    names = [each.name for each in clips]
    return pytest.mark.parametrize("known", clips, ids=names, indirect=True)(test)


def opened(known: Known, threads: int) -> tuple[Film, Media, FrameIndex]:
    film = Film(look(known.path), threads=threads)
    return film, *film.probe(lambda: None)


def expected(policy: Policy, times: Sequence[Fraction], end: Fraction) -> list[Fraction]:
    """When the frames that a policy chooses are shown, by its definition."""

    def on_show(at: Fraction) -> Fraction:
        return times[bisect_right(times, at) - 1]

    match policy:
        case Every(step):
            return sorted({on_show(turn * step) for turn in range(-(-end // step))})
        case Even(count):
            return [times[turn * (len(times) - 1) // (count - 1)] for turn in range(count)]
        case At(moments):
            return sorted({on_show(at) for at in moments})
        case AllFrames():
            return list(times)
        case _:
            raise NotImplementedError


def policies(times: Sequence[Fraction]) -> list[Policy]:
    length = times[-1]
    return [
        AllFrames(),
        Every(Fraction(1, 8)),
        Every(Fraction(1, 3)),
        Every(Fraction(4, 5)),
        Even(5),
        Even(17),
        At((length / 7, length / 3, length)),
    ]


@every_clip
def test_the_index_is_what_the_generator_and_ffmpeg_say(known: Known) -> None:
    film, media, index = opened(known, 1)
    film.close()
    assert [pts * media.clock.time_base for pts in index.pts] == [
        media.clock.start * media.clock.time_base + at for at in known.times
    ]
    assert [pts - media.clock.start for pts in index.pts] == list(known.checksums)
    # AVI has no times, and ffmpeg counts from another beginning.
    assert media.clock.start == index.pts[0]
    assert media.clock.start == known.start or known.path.suffix == ".avi"
    assert media.frame_count == len(known.times)


@every_clip
@pytest.mark.parametrize("threads", [1, 2])
def test_each_policy_gives_the_frames_it_promises(known: Known, threads: int) -> None:
    film, media, index = opened(known, threads)
    time_base, start = media.clock.time_base, media.clock.start
    with closing(film):
        for policy in policies(known.times):
            items = list(film.frames(index, sample(policy, index, media.clock), lambda: None))
            times = [(pts - start) * time_base for pts, _ in items]
            assert times == expected(policy, known.times, (index.end - start) * time_base)
            assert_pictures(items, media.clock.start, known)


@every_clip
@pytest.mark.parametrize("threads", [1, 2])
def test_any_few_frames_are_the_right_ones(known: Known, threads: int) -> None:
    choose = random.Random(f"{known.path.name} {threads}")
    film, media, index = opened(known, threads)
    keyframes = list(sample(Keyframes(), index, media.clock))
    ends = [index.pts[bisect_right(index.pts, key) - 2] for key in keyframes[1:]]
    few = [sorted(choose.sample(index.pts, count)) for count in (1, 1, 2, 3, 5, 9, 20)]
    lists = [keyframes, keyframes[::2], ends, ends[::3], [index.pts[-1]], [index.pts[0]], *few]
    with closing(film):
        for wanted in lists:
            items = list(film.frames(index, wanted, lambda: None))
            assert [pts for pts, _ in items] == list(wanted)
            assert_pictures(items, media.clock.start, known)


def assert_pictures(
    items: Sequence[tuple[int, VideoFrame | None]], start: int, known: Known
) -> None:
    for pts, frame in items:
        assert frame is not None, pts
        assert checksum(frame) == known.checksums[pts - start], pts
