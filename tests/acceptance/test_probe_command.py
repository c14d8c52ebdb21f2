"""`sightline probe`: what a file holds, told truly to a person and to a program."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path

import pytest

from conftest import Ran, Sightline
from sightline.exports.probe import Probe
from sightline.testing.damage import cut_short, write_noise
from sightline.testing.truth import random_truth
from sightline.testing.video import Encoding, Rendered, render


def probes(ran: Ran) -> list[Probe]:
    return [Probe.model_validate(json.loads(line)) for line in ran.out.splitlines()]


def test_a_person_reads_what_is_in_it(sightline: Sightline, clip: Rendered):
    ran = sightline.run("probe", clip.path, COLUMNS="120")
    assert ran.code == 0, ran.err
    said = [line.rstrip() for line in ran.out.splitlines()]
    assert said[0] == f"{clip.path}  video"
    assert said[1:3] == ["  length     0:30.0", "  picture    320 x 180, h264 in mp4"]
    assert "  frames     300, 10 fps" in said
    assert "  keyframes  6, every 5.0 s" in said
    assert ran.err == ""
    assert not sightline.data_dir.exists()


@pytest.mark.parametrize("suffix", [".mp4", ".mkv"])
def test_a_program_reads_every_fact(sightline: Sightline, tmp_path: Path, suffix: str):
    truth = random_truth(4, duration_s=12, rate=25)
    encoding = Encoding(
        gop=75, b_frames=2, rotation=90, start_s=Fraction(5), pixel_aspect=Fraction(4, 3)
    )
    film = render(truth, tmp_path / f"late{suffix}", encoding=encoding)
    ran = sightline.run("probe", "--json", film.path)
    assert ran.code == 0, ran.err
    [probe] = probes(ran)
    width, height = truth.size
    assert (probe.kind, probe.frame_count, probe.codec) == ("video", 300, "h264")
    # The stored picture lies on its side, and its pixels are wider than high.
    assert (probe.width, probe.height) == (width, round(height * 4 / 3))
    assert probe.duration == pytest.approx(12, abs=0.002)
    assert probe.starts_at == pytest.approx(5, abs=0.1)
    assert probe.frame_rate
    assert (probe.frame_rate.mean, probe.frame_rate.steady) == (25.0, True)
    assert probe.keyframes.count == len(film.keyframes)
    assert probe.size_bytes == film.path.stat().st_size
    assert probe.lost == 0
    assert probe.looks is None


def test_one_bad_file_does_not_spoil_the_others(
    sightline: Sightline, clip: Rendered, tmp_path: Path
):
    noise = write_noise(tmp_path / "noise.mp4", seed=1)
    ran = sightline.run("probe", "--json", clip.path, noise, "gone.mp4", clip.path)
    assert ran.code == 2
    assert [Path(probe.path) for probe in probes(ran)] == [clip.path, clip.path]
    assert "noise.mp4 is not a video or image" in ran.err
    assert "gone.mp4: there is no such file" in ran.err
    assert "Traceback" not in ran.err


def test_a_file_that_was_cut_short_says_how_much_is_missing(sightline: Sightline, tmp_path: Path):
    film = render(
        random_truth(1, duration_s=20), tmp_path / "film.mp4", encoding=Encoding(faststart=True)
    )
    short = cut_short(film.path, tmp_path / "short.mp4", keep=0.6)
    ran = sightline.run("probe", short, COLUMNS="200")
    assert ran.code == 0, ran.err
    assert "of 0:20.0 is missing" in ran.out
    assert "copy or download it again" in ran.out
    [probe] = probes(sightline.run("probe", "--json", short))
    assert 1 < probe.lost < 19
    assert probe.duration + probe.lost == pytest.approx(20)


def test_signals_tell_cuts_and_what_sharing_saves(sightline: Sightline, tmp_path: Path):
    truth = random_truth(11, duration_s=20, mean_scene_s=4)
    film = render(truth, tmp_path / "film.mp4", variant="visible")
    ran = sightline.run("probe", "--signals", "--json", film.path)
    assert ran.code == 0, ran.err
    [probe] = probes(ran)
    assert probe.looks
    assert probe.looks.frames == truth.frame_count
    assert list(probe.looks.cuts) == [round(film.times_s[cut], 6) for cut in truth.cuts]
    alike = probe.looks.alike
    assert len(truth.cuts) < alike.different < alike.frames == 200
    assert alike.every_different <= alike.every_frames == 10
    told = sightline.run("probe", "--signals", film.path)
    assert told.code == 0
    assert " cuts " in told.out
    assert "sharing saves" in told.out


def test_names_that_no_terminal_can_hold_are_made_plain(sightline: Sightline, clip: Rendered):
    hostile = sightline.cwd / "\x1b[31mred.mp4"
    hostile.write_bytes(clip.path.read_bytes())
    ran = sightline.run("probe", hostile.name)
    assert ran.code == 0, ran.err
    assert "\x1b[31m" not in ran.out
    [probe] = probes(sightline.run("probe", "--json", hostile.name))
    assert probe.path == "\N{REPLACEMENT CHARACTER}[31mred.mp4"
