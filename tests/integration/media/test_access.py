"""What the way to a few frames costs, and that no way there goes wrong: seeks, damage, leaving."""

# pyright: reportPrivateUsage=false

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from fractions import Fraction
from io import FileIO
from pathlib import Path

import numpy as np
import pytest
from av.packet import Packet
from av.stream import Stream
from av.video.frame import VideoFrame
from clips import Clip, cut, decode_all, make, remux, thumbnail
from numpy.typing import NDArray

from sightline.errors import MediaError
from sightline.media import files
from sightline.media.codec import decode, reel
from sightline.media.codec.container import VideoFile
from sightline.media.codec.decode import Film
from sightline.media.codec.pictures import Left
from sightline.media.codec.plan import Run, Way
from sightline.media.files import look
from sightline.values import FrameIndex

B_FRAMES = {"preset": "ultrafast", "bf": "3", "b_strategy": "0"}
GROUPS = Clip("groups.mp4", pts=range(0, 20_000, 40), options=B_FRAMES, gop=50, size=(96, 64))
Items = list[tuple[int, VideoFrame | None]]
Pictures = dict[int, NDArray[np.uint8]]


def probed(path: Path, threads: int = 1) -> tuple[Film, FrameIndex]:
    film = Film(look(path), threads=threads)
    return film, film.probe(lambda: None)[1]


def take(film: Film, index: FrameIndex, wanted: Sequence[int]) -> Items:
    items = list(film.frames(index, wanted, lambda: None))
    assert [pts for pts, _ in items] == list(wanted)
    return items


def assert_right(items: Items, pictures: Pictures) -> None:
    for pts, frame in items:
        assert frame is not None, pts
        assert np.array_equal(thumbnail(frame), pictures[pts]), pts


@pytest.fixture(scope="module")
def groups(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Pictures]:
    path = make(GROUPS, tmp_path_factory.mktemp("groups"))
    return path, decode_all(path)


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """One for each packet that is decoded: whether the decoder may skip it."""
    skipped: list[bool] = []
    feed = decode._Decoder._feed

    def counted(self: decode._Decoder, packet: Packet[Stream] | None) -> list[decode._Stamped]:
        if packet:
            skipped.append(self.video.stream.codec_context.skip_frame == "NONREF")
        return feed(self, packet)

    monkeypatch.setattr(decode._Decoder, "_feed", counted)
    return skipped


@pytest.fixture
def read_bytes(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The length of each read of a file."""
    lengths: list[int] = []

    class CountingFile(FileIO):
        def read(self, size: int | None = -1, /) -> bytes:
            content = super().read(size) or b""
            lengths.append(len(content))
            return content

    monkeypatch.setattr(files, "FileIO", CountingFile)
    return lengths


def test_within_a_group_only_what_the_wanted_frames_build_on_is_decoded(
    groups: tuple[Path, Pictures], sent: list[bool]
) -> None:
    path, pictures = groups
    film, index = probed(path)
    with closing(film):
        assert_right(take(film, index, index.pts[5:500:50]), pictures)
        assert len(sent) < 10 * 12
        assert sent.count(False) == 10
        sent.clear()
        assert_right(take(film, index, index.pts[::10]), pictures)
        assert len(sent) < 10 * 50
        assert sent.count(False) == 50
        sent.clear()
        assert_right(take(film, index, index.keyframes), pictures)
        assert len(sent) == 10
        sent.clear()
        assert_right(take(film, index, index.pts), pictures)
        assert sent == [False] * 500


def test_a_large_file_is_not_read_whole_for_a_few_frames(
    tmp_path: Path, read_bytes: list[int]
) -> None:
    options = {"preset": "ultrafast", "qp": "1", "bf": "0"}
    clip = Clip("large.mp4", pts=range(0, 20_000, 40), size=(320, 240), options=options, gop=25)
    large = make(clip, tmp_path)
    for path in (large, remux(large, tmp_path / "large.mkv")):
        size = path.stat().st_size
        assert size > 5_000_000
        film, index = probed(path)
        with closing(film):
            film.pixel_aspect  # noqa: B018  (opens it)
            read_bytes.clear()
            take(film, index, [index.pts[nth] for nth in (10, 180, 330, 490)])
            assert sum(read_bytes) < size / 2


def test_a_stream_is_read_once_and_in_order(
    groups: tuple[Path, Pictures], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rewound: list[VideoFile] = []
    rewind = VideoFile.rewind

    def counted(self: VideoFile) -> None:
        rewound.append(self)
        rewind(self)

    monkeypatch.setattr(VideoFile, "rewind", counted)
    film, index = probed(remux(groups[0], tmp_path / "stream.ts"))
    with closing(film):
        wanted = [index.pts[nth] for nth in range(20, 500, 60)]
        take(film, index, wanted)
        assert not rewound
        # A frame that does not come is looked for again among the packets that were kept.
        lose(monkeypatch, {wanted[2], wanted[5]}, {Way.THRIFTY})
        items = take(film, index, wanted)
        assert all(frame for _, frame in items)
        assert len(rewound) == 1


def lose(monkeypatch: pytest.MonkeyPatch, lost: set[int], ways: set[Way]) -> list[Run]:
    """Makes these frames not come in runs of these ways; notes all runs."""
    runs: list[Run] = []
    plain = decode._Decoder.decode

    def losing(
        self: decode._Decoder, index: FrameIndex, wanted: Sequence[int], run: Run, beat: decode.Beat
    ) -> Iterator[tuple[int | None, list[decode._Stamped]]]:
        runs.append(run)
        for pts, frames in plain(self, index, wanted, run, beat):
            yield pts, [item for item in frames if item[0] not in lost or run.way not in ways]

    monkeypatch.setattr(decode._Decoder, "decode", losing)
    return runs


@pytest.mark.parametrize("threads", [1, 2])
def test_a_frame_that_does_not_come_is_tried_the_plain_way(
    groups: tuple[Path, Pictures], threads: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, pictures = groups
    film, index = probed(path, threads)
    wanted = index.pts[3::7]
    runs = lose(monkeypatch, set(wanted[6:8]), {Way.THRIFTY})
    with closing(film):
        assert_right(take(film, index, wanted), pictures)
    assert [run.way for run in runs].count(Way.ALL) == 2  # they lie in two groups


def test_a_keyframe_that_does_not_come_alone_is_tried_the_plain_way(
    groups: tuple[Path, Pictures], monkeypatch: pytest.MonkeyPatch
) -> None:
    path, pictures = groups
    film, index = probed(path, 2)
    runs = lose(monkeypatch, {index.keyframes[4]}, {Way.ALONE})
    with closing(film):
        assert_right(take(film, index, index.keyframes), pictures)
    assert [run.stop - run.first for run in runs if run.way is Way.ALONE] == [10, 1, 1, 1, 1, 1]


def test_threads_are_kept_at_work_on_keyframes_that_are_far_apart(
    groups: tuple[Path, Pictures], monkeypatch: pytest.MonkeyPatch
) -> None:
    path, pictures = groups
    film, index = probed(path, 2)
    runs = lose(monkeypatch, set(), set())
    with closing(film):
        assert_right(take(film, index, index.keyframes[::2]), pictures)
    assert [(run.first, run.stop) for run in runs] == [(0, 5)]


def test_a_frame_that_never_comes_is_lost_and_costs_two_groups(
    groups: tuple[Path, Pictures], sent: list[bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    path, pictures = groups
    film, index = probed(path)
    wanted = index.pts[5:500:50]
    lose(monkeypatch, {wanted[4]}, set(Way))
    with closing(film):
        items = take(film, index, wanted)
    assert [pts for pts, frame in items if frame is None] == [wanted[4]]
    assert_right([item for item in items if item[1]], pictures)
    assert len(sent) < 10 * 12 + 200


@pytest.mark.parametrize("suffix", ["mp4", "mkv", "ts"])
def test_damage_costs_its_frames_and_a_few_times_its_length(
    suffix: str, groups: tuple[Path, Pictures], tmp_path: Path, sent: list[bool]
) -> None:
    path = remux(groups[0], tmp_path / f"damaged.{suffix}")
    film, index = probed(path)
    film.close()
    pictures = dict(zip(index.pts, groups[1].values(), strict=True))
    content = bytearray(path.read_bytes())
    noise = random.Random(1)
    for start in (0.3, 0.6):
        first = int(len(content) * start)
        content[first : first + len(content) // 10] = noise.randbytes(len(content) // 10)
    path.write_bytes(content)
    with closing(Film(look(path), threads=1)) as film:
        for step in (1, 3, 20):
            sent.clear()
            items = take(film, index, index.pts[::step])
            right = [
                frame is not None and np.array_equal(thumbnail(frame), pictures[pts])
                for pts, frame in items
            ]
            assert sum(right) > 0.5 * len(right)
            assert all(right[: len(right) // 5])
            assert all(right[-len(right) // 6 :])
            assert len(sent) < 3 * 500


@pytest.mark.parametrize("threads", [1, 2])
def test_where_nothing_is_left_little_is_tried(
    threads: int, tmp_path: Path, sent: list[bool]
) -> None:
    """However many frames are missing, each costs its own group and what a decoder holds back."""
    path = make(replace(GROUPS, gop=10, pts=range(0, 40_000, 40)), tmp_path)
    film, index = probed(path)
    film.close()
    content = bytearray(path.read_bytes())
    start, end = content.index(b"mdat"), content.index(b"moov")
    first, last = start + (end - start) // 4, end - 4
    content[first:last] = bytes(last - first)
    path.write_bytes(content)
    with closing(Film(look(path), threads=threads)) as film:
        items = take(film, index, index.pts[::3])
        assert 30 < len([frame for _, frame in items if frame]) < 120
        assert len(sent) < 10 * 1000


@pytest.mark.parametrize("threads", [1, 2])
def test_a_video_without_true_keyframes(threads: int, tmp_path: Path) -> None:
    """Refreshed bit by bit: after a leap the picture is whole only some frames later."""
    options = {"x264-params": "intra-refresh=1:keyint=25:bframes=2"}
    path = make(Clip("refreshed.mp4", pts=range(0, 8000, 40), options=options), tmp_path)
    pictures = decode_all(path)
    film, index = probed(path, threads)
    with closing(film):
        for wanted in (index.keyframes, index.pts[::30], index.pts[77:78], index.pts):
            assert_right(take(film, index, wanted), pictures)


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("suffix", ["mp4", "mkv", "ts"])
def test_calls_may_be_left_at_any_point_and_go_anywhere(
    suffix: str, threads: int, groups: tuple[Path, Pictures], tmp_path: Path
) -> None:
    film, index = probed(remux(groups[0], tmp_path / f"any.{suffix}"), threads)
    pictures = dict(zip(index.pts, groups[1].values(), strict=True))
    choose = random.Random(suffix)
    with closing(film):
        for _ in range(20):
            wanted = sorted(choose.sample(index.pts, choose.choice([1, 2, 10, 100])))
            beats = iter(range(choose.choice([1, 5, 50, 10_000])))

            def beat(left: Iterator[int] = beats) -> None:
                if next(left, None) is None:
                    raise Left

            items: Items = []
            try:
                for item in film.frames(index, wanted, beat):
                    items.append(item)
                    if choose.random() < 0.02:
                        break
            except Left:
                pass
            assert [pts for pts, _ in items] == wanted[: len(items)]
            assert_right(items, pictures)


def test_the_open_file_serves_when_its_name_is_gone(tmp_path: Path) -> None:
    path = make(Clip("clip.ts"), tmp_path)
    pictures = decode_all(path)
    film, index = probed(path)
    with closing(film):
        take(film, index, index.pts[30:])
        path.unlink()
        assert_right(take(film, index, index.pts[:30]), pictures)
        film.ensure_unwritten()


def test_a_file_that_is_written_to_is_noticed(tmp_path: Path) -> None:
    path = make(Clip("clip.mp4"), tmp_path)
    film, index = probed(path)
    film.ensure_unwritten()  # nothing was read of it yet
    with closing(film):
        take(film, index, index.pts[:3])
        film.ensure_unwritten()
        with path.open("ab") as file:
            file.write(b"more")
        with pytest.raises(MediaError, match="changed while it was being read"):
            film.ensure_unwritten()


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize(
    "name", ["cut.mp4", "cut.mkv", "cut.ts", "cut.flv", "cut.avi", "fields.ts"]
)
def test_all_that_can_be_read_of_a_cut_file_is_given(
    name: str, threads: int, tmp_path: Path
) -> None:
    options = {"bf": "2", "preset": "veryfast"}
    if name == "fields.ts":
        options |= {"flags": "+ildct+ilme", "x264-params": "tff=1"}
    clip = Clip(f"whole {name}", pts=range(150), time_base=Fraction(1, 25), options=options)
    whole = make(clip, tmp_path)
    if name == "cut.mp4":
        whole = remux(whole, tmp_path / "fast.mp4", movflags="faststart")
    film, index = probed(cut(whole, tmp_path / name), threads)
    assert 60 < len(index) < 120
    with closing(film):
        for wanted in (index.pts, index.pts[::5], index.pts[-1:], index.pts[:1]):
            assert all(frame for _, frame in take(film, index, wanted))


def test_a_seek_that_lands_elsewhere_is_made_good(
    groups: tuple[Path, Pictures], monkeypatch: pytest.MonkeyPatch
) -> None:
    path, pictures = groups
    film, index = probed(path)
    seek = reel.Reel._seek

    def astray(self: reel.Reel, pts: int) -> bool:
        return seek(self, index.keyframes[-1] if pts != index.keyframes[3] else pts)

    monkeypatch.setattr(reel.Reel, "_seek", astray)
    with closing(film):
        for wanted in ([index.pts[230]], [index.pts[20]], index.pts[::90]):
            assert_right(take(film, index, wanted), pictures)
