"""Frames that look alike share an answer, and nothing is lost by it."""

from fractions import Fraction
from pathlib import Path

import pytest

from conftest import Ran, Sightline
from sightline.exports.result import RunDocument
from sightline.testing.behaviour import Behaviour
from sightline.testing.endpoint import TruthfulEndpoint
from sightline.testing.truth import TAGS, Truth, random_truth
from sightline.testing.video import Encoding, Rendered, render

SIZE = (640, 360)
LOSSY = Encoding(options=(("preset", "veryfast"), ("crf", "26")), gop=100, b_frames=2)


def slides(seconds: int = 96, rate: int = 10) -> Truth:
    """Six slides of 16 s; a tag's square appears on some, which is all that changes within one."""
    count = seconds * rate
    return Truth(
        rate=Fraction(rate),
        frame_count=count,
        size=SIZE,
        tags=TAGS[:4],
        events={
            TAGS[0]: ((0, 5 * rate), (40 * rate, 41 * rate)),
            TAGS[2]: ((20 * rate, 70 * rate), (90 * rate, count)),
        },
        cuts=tuple(range(16 * rate, count, 16 * rate)),
        seed=3,
    )


def find(sightline: Sightline, clip: Rendered, server: TruthfulEndpoint, *options: str) -> Ran:
    tags = ",".join(clip.truth.tags)
    return sightline.analyze(
        clip.path, "--tags", tags, *options, "--endpoint", server.base_url, "--model", "truthful"
    )


def counts(ran: Ran) -> RunDocument:
    (run,) = ran.result.runs
    return run


@pytest.fixture(scope="module")
def talk(tmp_path_factory: pytest.TempPathFactory) -> Rendered:
    path = tmp_path_factory.mktemp("talk") / "talk.mp4"
    return render(slides(), path, variant="visible", encoding=LOSSY)


def test_slides_take_twenty_times_fewer_asks_and_give_the_same_spans(
    tmp_path: Path, talk: Rendered
) -> None:
    with TruthfulEndpoint(talk.truth) as server:
        plain = find(Sightline(tmp_path / "a"), talk, server, "--all-frames", "--no-sharing")
        asked = len(server.log.lines)
        shared = find(Sightline(tmp_path / "b"), talk, server, "--all-frames")
        asked_sharing = len(server.log.lines) - asked
    assert (plain.code, shared.code) == (0, 0), shared.err
    assert shared.result.tags == plain.result.tags
    for tag in shared.result.tags:
        true = [talk.clock.seconds(edge) for span in talk.spans(tag.tag) for edge in span]
        found = [edge for span in tag.spans for edge in (span.start, span.end)]
        assert found == pytest.approx(true)
    assert asked == counts(plain).planned
    assert asked_sharing * 20 <= asked
    run = counts(shared)
    assert run.answered == asked_sharing
    assert run.answered + run.shared == run.planned == run.frames_sampled * 4
    assert run.frames_shared > 0.9 * run.frames_sampled
    assert run.audited > 0
    assert run.disagreed == 0


def test_a_busy_video_loses_no_span(tmp_path: Path) -> None:
    truth = random_truth(11, duration_s=25, tags=TAGS[:4], size=SIZE)
    busy = render(truth, tmp_path / "busy.mp4", variant="hidden", encoding=LOSSY)
    with TruthfulEndpoint(truth) as server:
        plain = find(Sightline(tmp_path / "a"), busy, server, "--every", "0.5", "--no-sharing")
        shared = find(Sightline(tmp_path / "b"), busy, server, "--every", "0.5")
    assert shared.result.tags == plain.result.tags
    assert counts(shared).shared == 0


def test_a_second_run_measures_nothing_again(sightline: Sightline, talk: Rendered) -> None:
    with TruthfulEndpoint(talk.truth) as server:
        first = find(sightline, talk, server, "--every", "0.5")
        again = find(sightline, talk, server, "--every", "0.5")
    assert again.result.tags == first.result.tags
    assert counts(first).frames_decoded == counts(first).frames_sampled
    assert counts(again).frames_decoded == 0
    assert counts(again).shared > 0
    assert counts(again).shared + counts(again).reused == counts(again).planned


def test_sharing_is_a_setting(sightline: Sightline, talk: Rendered) -> None:
    with TruthfulEndpoint(talk.truth) as server:
        off = sightline.analyze(
            talk.path, "--tags", talk.truth.tags[0], "--every", "1", "--endpoint", server.base_url,
            SIGHTLINE_SHARING="false",
        )  # fmt: skip
        strict = sightline.analyze(
            talk.path, "--tags", talk.truth.tags[2], "--every", "1", "--endpoint", server.base_url,
            SIGHTLINE_ALIKE_AUDIT="1",
        )  # fmt: skip
    assert counts(off).shared == 0
    assert counts(strict).shared == 0
    assert counts(strict).audited > 0


def test_a_model_that_sees_what_measures_do_not_is_found_out(
    sightline: Sightline, talk: Rendered
) -> None:
    """A model that changes its mind from frame to frame shows in the audits."""
    with TruthfulEndpoint(talk.truth, Behaviour(wrong=0.4, seed=5)) as server:
        ran = sightline.run(
            "analyze", talk.path, "--tags", ",".join(talk.truth.tags), "--all-frames",
            "--endpoint", server.base_url,
            SIGHTLINE_ALIKE_AUDIT="0.2",
        )  # fmt: skip
    assert ran.code == 0, ran.err
    assert "differed" in ran.out
    assert "--no-sharing" in ran.out
