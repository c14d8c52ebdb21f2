# PyAV leaves the encoders' keyword arguments and the packets' streams without a type.
# pyright: reportUnknownMemberType=false, reportPrivateUsage=false

import hashlib
import os
import socket
import struct
import zlib
from array import array
from contextlib import closing
from fractions import Fraction
from io import FileIO
from pathlib import Path

import av
import numpy as np
import pytest
import simplejpeg
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream
from av.video.frame import VideoFrame
from av.video.stream import VideoStream
from clips import CLIPS, STEADY, Clip, cut, decode_all, make, ordinary_priority, pattern, remux

from sightline.errors import MediaError
from sightline.media import files
from sightline.media.codec import container
from sightline.media.codec.encode import JpegEncoder
from sightline.media.codec.opening import open_pictures
from sightline.media.files import look
from sightline.values import FrameIndex, Media, MediaKind, PictureTransform


def probe(path: Path) -> tuple[Media, FrameIndex]:
    with closing(open_pictures(look(path), threads=1)) as pictures:
        return pictures.probe(lambda: None)


@pytest.mark.parametrize("clip", CLIPS, ids=lambda clip: clip.name)
def test_the_index_is_what_decoding_gives(clip: Clip, tmp_path: Path) -> None:
    path = make(clip, tmp_path)
    media, index = probe(path)
    assert list(index.pts) == sorted(decode_all(path))
    assert isinstance(index.pts, array)  # ten hours have a million
    assert [media.clock.seconds(pts) for pts in index.pts] == [
        float((pts - clip.pts[0]) * clip.time_base) for pts in clip.pts
    ]
    assert set(index.keyframes) <= set(index.pts)
    assert index.keyframes[0] == index.pts[0]
    assert media.end == index.end > index.pts[-1]
    assert media.frame_count == len(clip.pts)
    assert media.kind is MediaKind.VIDEO
    assert media.lost_s == 0.0
    assert (media.width, media.height) == (clip.size[::-1] if clip.rotation else clip.size)
    assert media.size_bytes == path.stat().st_size
    assert media.digest == hashlib.blake2b(path.read_bytes(), digest_size=32).hexdigest()


def test_a_moved_file_is_the_same_media(tmp_path: Path) -> None:
    path = make(Clip("one.mp4"), tmp_path)
    before = probe(path)
    after = probe(path.rename(tmp_path / "two.video"))
    assert before == after


def test_frames_before_an_edit_list_are_not_shown(tmp_path: Path) -> None:
    whole = make(Clip("whole.mp4", options={"bf": "3"}), tmp_path)
    with av.open(str(whole)) as container:
        tick = container.streams.video[0].time_base
    assert tick is not None
    shift = int(Fraction(7, 25) / tick)
    path = remux(whole, tmp_path / "edited.mp4", shift=shift, avoid_negative_ts="disabled")
    _, index = probe(path)
    assert len(index) == 53
    assert list(index.pts) == sorted(decode_all(path))


def test_the_last_frame_lasts_as_long_as_the_one_before(tmp_path: Path) -> None:
    media, index = probe(make(Clip("short.ts", pts=[0, 40, 140]), tmp_path))
    assert index.end - index.pts[-1] == index.pts[-1] - index.pts[-2]
    assert media.duration_s == pytest.approx(0.24)


@pytest.mark.parametrize("suffix", ["png", "jpg", "webp", "bmp", "gif", "avif"])
def test_pictures_are_media_of_one_frame(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"picture.{suffix}"
    codec, pixels = {
        "png": ("png", "rgb24"),
        "jpg": ("mjpeg", "yuvj420p"),
        "webp": ("libwebp", "yuv420p"),
        "bmp": ("bmp", "bgr24"),
        "gif": ("gif", "rgb8"),
        "avif": ("libsvtav1", "yuv420p"),
    }[suffix]
    form = suffix if suffix in {"gif", "avif"} else "image2"
    with ordinary_priority(), av.open(str(path), "w", format=form) as container:
        stream = container.add_stream(codec, rate=1)
        assert isinstance(stream, VideoStream)
        stream.width, stream.height, stream.pix_fmt = 90, 60, pixels
        frame = VideoFrame.from_ndarray(pattern(3, (90, 60)), "rgb24").reformat(format=pixels)
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    media, index = probe(path)
    assert media.kind is MediaKind.IMAGE
    assert (media.width, media.height, media.frame_count, len(index)) == (90, 60, 1, 1)


@pytest.mark.parametrize(
    ("orientation", "corner"), [(1, (0, 0)), (3, (-1, -1)), (6, (0, -1)), (8, (-1, 0))]
)
def test_a_photo_is_turned_upright(
    orientation: int, corner: tuple[int, int], tmp_path: Path
) -> None:
    pixels = np.zeros((60, 90, 3), np.uint8)
    pixels[:30, :45] = (255, 0, 0)
    plain = simplejpeg.encode_jpeg(pixels)
    entry = struct.pack(">HHIHH", 0x112, 3, 1, orientation, 0)
    exif = b"Exif\0\0MM\0*\0\0\0\x08\0\x01" + entry + bytes(4)
    path = tmp_path / "photo.jpg"
    path.write_bytes(plain[:2] + b"\xff\xe1" + struct.pack(">H", len(exif) + 2) + exif + plain[2:])
    media, index = probe(path)
    with closing(open_pictures(look(path), threads=1)) as pictures:
        ((pts, frame),) = pictures.frames(index, index.pts, lambda: None)
        assert frame is not None
        encoder = JpegEncoder(pictures.pixel_aspect, media.clock)
        picture = encoder.encode(frame, PictureTransform(), pts=pts)
    assert (media.width, media.height) == (picture.width, picture.height)
    assert (picture.width > picture.height) == (orientation in {1, 3})
    shown = simplejpeg.decode_jpeg(picture.jpeg)
    assert shown[corner][0] > 200
    assert shown[-1 - corner[0], -1 - corner[1]][0] < 50


@pytest.mark.parametrize("name", ["whole.mp4", "whole.mkv"])
def test_a_file_cut_in_the_middle_tells_what_is_lost(name: str, tmp_path: Path) -> None:
    clip = Clip("long.mp4", pts=range(0, 8000, 40), size=(320, 240), options={"bf": "2"})
    whole = remux(make(clip, tmp_path), tmp_path / name, movflags="faststart")
    path = cut(whole, tmp_path / f"cut {name}")
    media, index = probe(path)
    assert 80 < len(index) < 120
    assert media.lost_s == pytest.approx(8.0 - media.duration_s)
    assert media.lost_s > 3


def add_sound(path: Path, seconds: int, *, film: bool) -> Path:
    """A file with silence in it, and with two seconds of pictures if wanted."""
    with av.open(str(path), "w") as container:
        sound = container.add_stream("aac", rate=8000, layout="mono")
        assert isinstance(sound, AudioStream)
        if film:
            stream = container.add_stream("libx264", rate=25)
            stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
            for number in range(50):
                frame = VideoFrame.from_ndarray(pattern(number, (64, 48)), "rgb24")
                container.mux(stream.encode(frame.reformat(format="yuv420p")))
            container.mux(stream.encode(None))
        silence = AudioFrame.from_ndarray(np.zeros((1, 8000 * seconds), np.float32), "fltp", "mono")
        silence.rate, silence.pts = 8000, 0
        container.mux(sound.encode(silence))
        container.mux(sound.encode(None))
    return path


@pytest.mark.parametrize("suffix", ["mp4", "mkv", "flv"])
def test_sound_that_runs_longer_is_no_loss(suffix: str, tmp_path: Path) -> None:
    media, _ = probe(add_sound(tmp_path / f"both.{suffix}", 6, film=True))
    assert media.duration_s == pytest.approx(2.0, abs=0.05)
    assert media.lost_s == 0.0


def refusal(path: Path) -> str:
    with pytest.raises(MediaError) as refused:
        probe(path)
    assert str(path) in str(refused.value)
    return str(refused.value)


def test_what_is_no_video_is_refused_with_the_reason(tmp_path: Path) -> None:
    def write(name: str, content: bytes) -> Path:
        (tmp_path / name).write_bytes(content)
        return tmp_path / name

    assert "no such file" in refusal(tmp_path / "nowhere.mp4")
    assert "is a folder" in refusal(tmp_path)
    assert "is empty" in refusal(write("empty.mp4", b""))
    noise = np.random.default_rng(5).bytes(40_000)
    assert "not a video or image" in refusal(write("noise.mp4", noise))
    assert "not a video or image" in refusal(write("text.txt", b"hello\n" * 99))
    assert "not a video or image" in refusal(write("text.mp4", b"hello\n" * 99))
    sound = add_sound(tmp_path / "song.m4a", 1, film=False)
    assert "holds no video stream, only audio (aac)" in refusal(sound)
    whole = make(Clip("whole.mp4"), tmp_path)
    assert "before its index (moov)" in refusal(cut(whole, tmp_path / "no index.mp4"))
    bare = make(Clip("bare.h264"), tmp_path)
    assert "does not say when its frames are shown" in refusal(bare)


def test_a_file_whose_pictures_are_all_gone_is_refused(tmp_path: Path) -> None:
    content = bytearray(make(Clip("whole.mp4"), tmp_path).read_bytes())
    first, last = content.index(b"mdat") + 4, content.index(b"moov") - 4
    content[first:last] = bytes(last - first)
    (tmp_path / "blank.mp4").write_bytes(content)
    assert "not one of its 60 frames can be decoded" in refusal(tmp_path / "blank.mp4")


def test_a_file_that_may_not_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = make(Clip("secret.mp4"), tmp_path)

    def denied(name: str, flags: int) -> int:
        raise PermissionError(13, "Permission denied", name)

    monkeypatch.setattr(os, "open", denied)  # root may read anything
    assert "permission denied" in refusal(path)


def test_devices_pipes_and_sockets_are_refused_at_once(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.mp4")
    assert "device, pipe or socket" in refusal(tmp_path / "pipe.mp4")
    assert "device, pipe or socket" in refusal(Path("/dev/zero"))
    with socket.socket(socket.AF_UNIX) as peer:
        peer.bind(str(tmp_path / "socket.mp4"))
        refusal(tmp_path / "socket.mp4")


PLAYLISTS = {
    "list.m3u8": "#EXTM3U\n#EXT-X-TARGETDURATION:5\n#EXTINF:2.4,\n{target}\n#EXT-X-ENDLIST\n",
    "list.ffconcat": "ffconcat version 1.0\nfile {target}\n",
    "list.sdp": "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\n"
    "m=video 5004 RTP/AVP 96\na=rtpmap:96 H264/90000\n",
    "list.mpd": '<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static">'
    '<Period><AdaptationSet><Representation id="1" bandwidth="1" mimeType="video/mp4">'
    "<BaseURL>{target}</BaseURL></Representation></AdaptationSet></Period></MPD>",
}


@pytest.mark.parametrize("name", PLAYLISTS)
@pytest.mark.parametrize("suffix", ["", ".mp4"])
def test_a_playlist_opens_nothing(name: str, suffix: str, tmp_path: Path) -> None:
    target = make(Clip("target.ts"), tmp_path)
    path = tmp_path / (name + suffix)
    path.write_text(PLAYLISTS[name].format(target=target.name))
    refusal(path)


@pytest.mark.parametrize("suffix", ["m3u8", "ffconcat", "mp4"])
def test_a_playlist_calls_nobody(suffix: str, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        target = f"http://127.0.0.1:{server.getsockname()[1]}/clip.ts"
        path = tmp_path / f"list.{suffix}"
        path.write_text(PLAYLISTS[f"list.{suffix.replace('mp4', 'm3u8')}"].format(target=target))
        refusal(path)
        with pytest.raises(BlockingIOError):
            server.accept()


@pytest.mark.parametrize("name", ["concat:target.mp4", "file:target.mp4", "pipe:0", "data:x.mp4"])
def test_a_name_is_never_a_protocol(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = make(Clip("target.mp4"), tmp_path)
    monkeypatch.chdir(tmp_path)
    refusal(Path(name))
    target.rename(name)
    media, _ = probe(Path(name))
    assert media.frame_count == len(STEADY)


def test_a_disk_that_fails_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = make(Clip("clip.mkv", pts=range(0, 40_000, 40), size=(320, 240)), tmp_path)
    assert path.stat().st_size > 2 * container._BUFFER_BYTES

    class FailingFile(FileIO):
        def read(self, size: int | None = -1, /) -> bytes:
            if self.tell() >= container._BUFFER_BYTES:
                raise OSError(5, "Input/output error")
            return super().read(size)

    monkeypatch.setattr(files, "FileIO", FailingFile)
    assert "Input/output error" in refusal(path)


def test_a_picture_that_its_content_barely_betrays_is_read_all_the_same(tmp_path: Path):
    """By the suffix of so small a file FFmpeg would choose its reader of numbered pictures."""
    path = tmp_path / "plain red.jpg"
    pixels = np.zeros((300, 400, 3), np.uint8)
    pixels[..., 0] = 255
    path.write_bytes(simplejpeg.encode_jpeg(pixels))
    media, frames = probe(path)
    assert (media.kind, media.width, media.height, len(frames)) == (MediaKind.IMAGE, 400, 300, 1)


def test_a_picture_too_large_to_decode_is_refused_by_its_header(tmp_path: Path) -> None:
    def chunk(kind: bytes, content: bytes) -> bytes:
        check = struct.pack(">I", zlib.crc32(kind + content))
        return struct.pack(">I", len(content)) + kind + content + check

    path = tmp_path / "bomb.png"
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", 20_000, 30_000, 8, 6, 0, 0, 0))
    pixels = chunk(b"IDAT", zlib.compress(bytes(1_000_000)))
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + header + pixels + chunk(b"IEND", b""))
    reason = refusal(path)
    assert "20000 x 30000 pixels" in reason
    assert "more than 200 megapixels" in reason


def test_a_video_too_large_to_decode_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = make(Clip("large.mp4"), tmp_path)
    monkeypatch.setattr(container, "MAX_PIXELS", 160 * 96 - 1)
    assert "160 x 96 pixels" in refusal(path)
    monkeypatch.setattr(container, "MAX_PIXELS", 192 * 96)  # decoders round lines up
    assert (probe(path))[0].width == 160


def test_frames_that_grow_too_large_in_mid_file_are_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    small = make(Clip("small.ts", size=(80, 48)), tmp_path)
    large = make(Clip("large.ts", pts=range(2400, 4800, 40)), tmp_path)
    path = tmp_path / "both.ts"
    path.write_bytes(small.read_bytes() + large.read_bytes())
    monkeypatch.setattr(container, "MAX_PIXELS", 160 * 96 - 1)
    _, index = probe(path)
    with closing(open_pictures(look(path), threads=1)) as pictures:
        items = list(pictures.frames(index, index.pts, lambda: None))
    widths = [frame and frame.width for _, frame in items]
    assert widths.count(80) > 55
    assert widths.count(None) > 55
    assert set(widths) == {80, None}
    assert set(widths[60:]) == {None}


@pytest.mark.parametrize("suffix", ["mp4", "mov", "mkv"])
@pytest.mark.parametrize(
    ("said", "taken_at"),
    [
        ("2023-05-01T12:30:00Z", "2023-05-01T12:30:00+00:00"),
        ("1904-01-01T00:00:00Z", None),
        ("1970-01-01T00:00:00Z", None),
        (None, None),
    ],
)
def test_when_it_was_taken_is_what_its_metadata_say_unless_the_clock_was_never_set(
    suffix: str, said: str | None, taken_at: str | None, tmp_path: Path
) -> None:
    whole = make(Clip("whole.mp4", pts=STEADY[:3]), tmp_path)
    path = tmp_path / f"taken.{suffix}"
    with av.open(str(whole)) as old, av.open(str(path), "w") as new:
        stream = new.add_stream_from_template(old.streams.video[0])
        if said:
            new.metadata["creation_time"] = said
        for packet in old.demux(old.streams.video[0]):
            if packet.size:
                packet.stream = stream
                new.mux(packet)
    assert probe(path)[0].taken_at == taken_at
