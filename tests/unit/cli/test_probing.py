"""The facts about a file as a person and a program read them."""

import io
import json
from dataclasses import replace
from fractions import Fraction

import pytest
from rich.console import Console

from sightline.cli.probing import format_bytes, print_probe
from sightline.exports.probe import Probe, to_probe
from sightline.values import Clock, FrameIndex, Media, MediaKind
from sightline.values.looks import Looks

MS = Clock(Fraction(1, 1000))
LOOKS = Looks(
    measured=1490,
    cuts=[1000, 20_000],
    black=[(0, 500)],
    frozen=[],
    alike_within=6.0,
    different=149,
    sampled_every_s=2.0,
    sampled=30,
    sampled_different=15,
)


def probe_of(
    pts: list[int] | None = None,
    keyframes: list[int] | None = None,
    looks: Looks | None = None,
    *,
    kind: MediaKind = MediaKind.VIDEO,
    declared_end: int | None = 60_000,
    taken_at: str | None = None,
) -> Probe:
    pts = pts or [n * 40 for n in range(1500)]
    index = FrameIndex(pts, keyframes or pts[::50], pts[-1] + 40)
    clock = Clock(MS.time_base, pts[0])
    of = Media(
        digest="ab" * 32,
        kind=kind,
        clock=clock,
        end=index.end,
        declared_end=declared_end,
        width=1920,
        height=1080,
        container="mp4",
        codec="h264",
        frame_count=len(pts),
        size_bytes=3_291_918,
        taken_at=taken_at,
    )
    return to_probe("films/a clip.mp4", of, index, looks)


def printed(probe: Probe, *, width: int = 100, encoding: str = "utf-8") -> str:
    raw = io.BytesIO()
    file = io.TextIOWrapper(raw, encoding=encoding, errors="replace")
    print_probe(Console(file=file, width=width, highlight=False), probe)
    file.flush()
    return raw.getvalue().decode(encoding)


def fact(probe: Probe, name: str, *, width: int = 100) -> str:
    lines = printed(probe, width=width).splitlines()
    [found] = [line.split(name, 1)[1] for line in lines if line.strip().startswith(name + " ")]
    return found.strip()


def test_a_whole_file_is_told_in_a_few_lines():
    lines = [line.rstrip() for line in printed(probe_of()).splitlines()]
    assert lines == [
        "films/a clip.mp4  video",
        "  length     1:00.0",
        "  picture    1920 x 1080, h264 in mp4",
        "  on disk    3.3 MB",
        "  frames     1,500, 25 fps",
        "  keyframes  30, every 2.0 s",
        "  digest     " + "ab" * 32,
    ]


def test_what_is_missing_is_told_with_what_to_do():
    probe = probe_of(declared_end=90_000)
    told = " ".join(printed(probe, width=300).split())
    assert "cut short 0:30.0 of 1:30.0 is missing (1:00.0 – 1:30.0)" in told
    assert "copy or download it again" in told
    assert (probe.lost, probe.declared_duration) == (30.0, 90.0)


def test_a_late_start_a_variable_rate_and_rare_keyframes_show():
    steps = [33, 83] * 100
    pts = [5000 + sum(steps[:n]) for n in range(len(steps) + 1)]
    probe = probe_of(pts, [5000, 6000, 7000, 8000])
    assert fact(probe, "starts at").startswith("0:05.0 of its own clock")
    assert fact(probe, "frames") == "201, variable, 12.05 to 30.3 fps"
    assert fact(probe, "keyframes") == "4, every 1.0 s, at most 8.6 s apart"
    assert fact(probe_of(keyframes=[0]), "keyframes").startswith("only the first")
    assert fact(probe_of([0, 40, 80], [0, 40, 80]), "keyframes") == "every frame"


def test_a_frame_that_stands_still_for_long_shows():
    pts = [n * 40 + (60_000 if n > 700 else 0) for n in range(1500)]
    assert fact(probe_of(pts), "frames") == "1,500, 25 fps, one of them for 60.0 s"


def test_an_image_has_no_length_and_a_set_no_rate():
    image = printed(probe_of([0], kind=MediaKind.IMAGE, taken_at="2026-05-01T12:30:00+02:00"))
    assert "image\n" in image
    assert "2026-05-01 12:30:00+02:00" in image
    for word in ("length", "frames", "keyframes"):
        assert word not in image
    album = printed(probe_of([0, 1000, 9000], kind=MediaKind.IMAGE_SET))
    assert "set of images\n" in album
    assert "0:09.0" in album
    assert "fps" not in album


def test_looks_are_told():
    probe = probe_of(looks=LOOKS)
    assert fact(probe, "cuts") == "2: 0:01.0, 0:20.0"
    assert fact(probe, "black") == "0:00.0 – 0:00.5"
    assert fact(probe, "frozen") == "none"
    assert fact(probe, "damaged") == "10 of 1,500 frames cannot be decoded"
    alike = fact(probe, "alike", width=300)
    assert alike.startswith("1,341 of 1,490 frames look like another, within 6 levels")
    assert alike.endswith("90% of the asks about every frame, 50% of those every 2 s")


def test_many_cuts_are_counted_and_the_first_are_named():
    probe = probe_of(looks=replace(LOOKS, cuts=list(range(1000, 41_000, 1000))))
    told = fact(probe, "cuts", width=300)
    assert told.startswith("40: 0:01.0, 0:02.0")
    assert told.endswith("0:08.0 …")
    assert probe.looks
    assert len(probe.looks.cuts) == 40


@pytest.mark.parametrize("encoding", ["ascii", "cp1252"])
def test_any_console_can_show_it(encoding: str):
    assert "?" not in printed(probe_of(declared_end=90_000, looks=LOOKS), encoding=encoding)


def test_a_hostile_name_cannot_reach_the_terminal():
    path = "films/\x1b[31mred\n.mp4"
    media_path = probe_of().model_copy(update={"path": path})
    assert "\x1b" not in printed(Probe.model_validate(media_path.model_dump()))


def test_the_document_goes_through_json_unchanged():
    probe = probe_of(looks=LOOKS, declared_end=None)
    assert Probe.model_validate(json.loads(probe.model_dump_json())) == probe
    assert probe.declared_duration is None
    assert probe.looks
    assert probe.looks.cuts == (1.0, 20.0)


@pytest.mark.parametrize(
    ("count", "told"),
    [
        (0, "0 bytes"), (999, "999 bytes"), (1000, "1.0 kB"), (184_682, "185 kB"),
        (999_600, "1.0 MB"), (2_811_553, "2.8 MB"), (12_345_678_901, "12.3 GB"),
        (5 * 10**15, "5000.0 TB"),
    ],
)  # fmt: skip
def test_sizes_are_short(count: int, told: str):
    assert format_bytes(count) == told
