"""Nothing that was answered is lost or asked again, however the process ends."""

import signal
import time
from collections import Counter
from pathlib import Path

import pytest

from conftest import TAGS, Sightline
from sightline.testing.asklog import LogLine
from sightline.testing.behaviour import Behaviour
from sightline.testing.endpoint import TruthfulEndpoint
from sightline.testing.video import Rendered

SLOTS = 4


def arguments(clip: Rendered, server: TruthfulEndpoint, *more: str) -> list[str | Path]:
    return [
        clip.path, "--tags", ",".join(TAGS), "--every", "0.5s", "--endpoint", server.base_url,
        "--model", "truthful", *more,
    ]  # fmt: skip


def pairs(lines: list[LogLine]) -> Counter[tuple[int | None, str | None]]:
    return Counter((line.frame, line.tag) for line in lines)


def wait_for_requests(server: TruthfulEndpoint, count: int) -> None:
    deadline = time.monotonic() + 60
    while server.requests < count:
        assert time.monotonic() < deadline, f"only {server.requests} requests came"
        time.sleep(0.005)


@pytest.mark.parametrize("after", [3, 17, 38])
def test_kill_in_mid_run_loses_no_answer_and_asks_none_again(
    sightline: Sightline, clip: Rendered, after: int
):
    with TruthfulEndpoint(clip.truth, Behaviour(latency_s=0.04, jitter_s=0.04)) as server:
        process = sightline.start("analyze", "--json", *arguments(clip, server))
        wait_for_requests(server, after)
        process.send_signal(signal.SIGKILL)
        process.communicate()
        first = server.requests
        ran = sightline.analyze(*arguments(clip, server))
        assert ran.code == 0, ran.err
        lines = list(server.log.lines)
    samples = 60 * len(TAGS)
    (run,) = ran.result.runs
    assert run.answered + run.reused == samples
    times = pairs(lines)
    assert len(times) == samples
    # By the endpoint's own log: what was asked twice is at most what was in flight.
    twice = {frame for (frame, _), count in times.items() if count > 1}
    assert len(twice) <= SLOTS
    assert max(times.values()) <= 2
    assert first < 60
    assert run.reused >= (after - SLOTS) * len(TAGS)
    whole = sightline.analyze(*arguments(clip, server), "--endpoint", "http://127.0.0.1:9/v1")
    assert whole.result.tags == ran.result.tags


def test_kill_again_and_again(sightline: Sightline, clip: Rendered):
    with TruthfulEndpoint(clip.truth, Behaviour(latency_s=0.03)) as server:
        for after in (8, 20, 31):
            process = sightline.start("analyze", "--json", *arguments(clip, server))
            wait_for_requests(server, after)
            process.kill()
            process.communicate()
        ran = sightline.analyze(*arguments(clip, server))
        asked = server.requests
    assert ran.code == 0, ran.err
    assert asked <= 60 + 3 * SLOTS


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_stop_ends_cleanly_says_so_and_the_same_command_goes_on(
    sightline: Sightline, clip: Rendered, number: signal.Signals
):
    with TruthfulEndpoint(clip.truth, Behaviour(latency_s=0.05)) as server:
        process = sightline.start("analyze", *arguments(clip, server))
        wait_for_requests(server, 15)
        process.send_signal(number)
        out, err = process.communicate(timeout=60)
        assert process.returncode == 130, err
        assert "Stopping; what was answered is kept" in err
        assert "Traceback" not in err
        assert "interrupted" in out
        assert "stopped before it was done; run it again to continue" in out
        ran = sightline.analyze(*arguments(clip, server))
        times = pairs(list(server.log.lines))
    assert ran.code == 0, ran.err
    # A stop lets calls in flight end, so that not one is asked twice.
    assert set(times.values()) == {1}
    assert len(times) == 60 * len(TAGS)


def test_the_same_command_again_asks_nothing(sightline: Sightline, clip: Rendered):
    with TruthfulEndpoint(clip.truth) as server:
        first = sightline.analyze(*arguments(clip, server))
        asked = server.requests
        again = sightline.analyze(*arguments(clip, server))
        assert server.requests == asked == 60
        wider = sightline.analyze(
            *arguments(clip, server)[:3], "--every", "0.25s", "--endpoint", server.base_url,
            "--model", "truthful",
        )  # fmt: skip
        assert server.requests == 120
    assert again.result.tags == first.result.tags
    assert again.result.runs[0].frames_decoded == 0
    assert wider.result.runs[0].reused == 60 * len(TAGS)


def test_a_moved_file_is_the_same_media(sightline: Sightline, clip: Rendered, tmp_path: Path):
    moved = tmp_path / "Ünter anderem Namen.mp4"
    with TruthfulEndpoint(clip.truth) as server:
        sightline.analyze(*arguments(clip, server))
        moved.write_bytes(clip.path.read_bytes())
        ran = sightline.analyze(moved, *arguments(clip, server)[1:])
        assert server.requests == 60
    assert ran.code == 0
    assert ran.result.media.path == str(moved)


def test_the_same_analysis_twice_at_once_is_refused_with_who_does_it(
    sightline: Sightline, clip: Rendered
):
    with TruthfulEndpoint(clip.truth, Behaviour(latency_s=0.4)) as server:
        process = sightline.start("analyze", "--json", *arguments(clip, server))
        wait_for_requests(server, 2)
        # It goes on with the next video, which is not there.
        ran = sightline.analyze(*arguments(clip, server), "gone.mp4")
        out, err = process.communicate(timeout=60)
    assert ran.code == 1
    assert f"process {process.pid}" in ran.err
    assert "gone.mp4: there is no such file" in ran.err
    assert process.returncode == 0, err
    assert out
