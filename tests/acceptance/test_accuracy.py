"""Against an endpoint that tells the truth, the result is the truth."""

from pathlib import Path
from typing import Literal

import pytest

from conftest import TAGS, Ran, Sightline
from sightline.exports.result import SpanDocument, TagDocument
from sightline.testing.behaviour import Behaviour, Dress
from sightline.testing.endpoint import TruthfulEndpoint
from sightline.testing.truth import random_truth
from sightline.testing.video import Encoding, Rendered, render, uneven_pts

INTERVAL_S = 1.0


def find_tags(sightline: Sightline, clip: Rendered, server: TruthfulEndpoint, *, every: str) -> Ran:
    wanted = ["--tags", ",".join(TAGS), "--every", every]
    return sightline.analyze(
        clip.path, *wanted, "--endpoint", server.base_url, "--model", "truthful"
    )


def assert_true_within_the_interval(tag: TagDocument, clip: Rendered) -> None:
    """Every event is found, none is invented, and each edge lies where it is said to lie."""
    assert tag.unknown == ()
    true = [(clip.clock.seconds(a), clip.clock.seconds(b)) for a, b in clip.spans(tag.tag)]
    assert len(tag.spans) == len(true), tag.tag
    for span, (start, end) in zip(tag.spans, true, strict=True):
        assert within(start, span.start_range), (tag.tag, span, start)
        assert within(end, span.end_range), (tag.tag, span, end)
        assert widest(span) <= INTERVAL_S + 1e-6


def within(second: float, bounds: tuple[float, float]) -> bool:
    return bounds[0] - 1e-6 <= second <= bounds[1] + 1e-6


def widest(span: SpanDocument) -> float:
    return max(b - a for a, b in (span.start_range, span.end_range))


@pytest.mark.parametrize("variant", ["hidden", "visible"])
@pytest.mark.parametrize("seed", [1, 2])
def test_every_span_is_found_and_none_invented(
    sightline: Sightline, tmp_path: Path, variant: Literal["hidden", "visible"], seed: int
):
    truth = random_truth(seed, duration_s=40, tags=TAGS, min_length_s=1.0, min_gap_s=1.2)
    clip = render(truth, tmp_path / "clip.mp4", variant=variant)
    with TruthfulEndpoint(truth) as server:
        ran = find_tags(sightline, clip, server, every="1s")
    assert ran.code == 0, ran.err
    assert [tag.tag for tag in ran.result.tags] == list(TAGS)
    for tag in ran.result.tags:
        assert_true_within_the_interval(tag, clip)


@pytest.mark.parametrize("suffix", [".mkv", ".mp4"])
def test_the_same_at_a_variable_frame_rate(sightline: Sightline, tmp_path: Path, suffix: str):
    truth = random_truth(5, duration_s=20, tags=TAGS, min_length_s=2.0, min_gap_s=2.5)
    pts = uneven_pts(truth)
    from fractions import Fraction

    encoding = Encoding(pts=pts, time_base=Fraction(1, 1000), b_frames=2)
    clip = render(truth, tmp_path / f"clip{suffix}", encoding=encoding)
    with TruthfulEndpoint(truth) as server:
        ran = find_tags(sightline, clip, server, every="0.5")
    assert ran.code == 0, ran.err
    for tag in ran.result.tags:
        assert_true_within_the_interval(tag, clip)


@pytest.mark.parametrize("dress", ["plain", "fence", "talk"])
@pytest.mark.parametrize("schema", ["rejected", "ignored"])
def test_a_server_without_schemas_gives_the_same_spans(
    sightline: Sightline, clip: Rendered, schema: Literal["rejected", "ignored"], dress: Dress
):
    behaviour = Behaviour(schema=schema, dress=dress)
    with TruthfulEndpoint(clip.truth, behaviour) as server:
        ran = find_tags(sightline, clip, server, every="1s")
    assert ran.code == 0, ran.err
    for tag in ran.result.tags:
        assert_true_within_the_interval(tag, clip)


def test_each_frame_is_described_and_the_whole_is_answered_with_times(
    sightline: Sightline, clip: Rendered
):
    with TruthfulEndpoint(clip.truth) as server:
        ran = sightline.analyze(
            clip.path, "--describe", "--ask", "What happens when?", "--frames", "5",
            "--endpoint", server.base_url,
        )  # fmt: skip
        lines = server.log.lines
    assert ran.code == 0, ran.err
    described = [d for d in ran.result.descriptions if not d.prompt]
    (answered,) = [d for d in ran.result.descriptions if d.prompt]
    assert len(described) == 5
    for one in described:
        frame = clip.frame_at(clip.clock.pts(one.start))
        for tag in TAGS:
            assert (tag in (one.text or "")) == (tag in clip.truth.present(frame))
    assert answered.prompt == "What happens when?"
    assert len(answered.frames) == 5
    # The model was told the time of every picture that it was shown.
    labels = [line.label for line in lines if line.request == lines[-1].request]
    assert len(labels) == 5
    assert all("Frame at 0:" in label for label in labels)
