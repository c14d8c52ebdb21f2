"""The search for edges and its budget, as a person meets them."""

from __future__ import annotations

import pytest

from conftest import Sightline
from sightline.testing.behaviour import Behaviour
from sightline.testing.endpoint import TruthfulEndpoint
from sightline.testing.truth import Truth, random_truth
from sightline.testing.video import Rendered, render

TAGS = ("car", "person", "dog")


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Rendered:
    truth = random_truth(7, duration_s=40, tags=TAGS, min_length_s=3, min_gap_s=3)
    return render(truth, tmp_path_factory.mktemp("film") / "film.mp4", variant="visible")


def arguments(film: Rendered, server: TruthfulEndpoint, *more: str) -> list[str]:
    return [
        *(str(film.path), "--tags", ",".join(TAGS), "--endpoint", server.base_url),
        *("--model", "truthful", "--every", "2s", "--precision", "frame", *more),
    ]


def spans(truth: Truth, tag: str) -> list[tuple[float, float]]:
    return [(round(start, 4), round(end, 4)) for start, end in truth.spans(tag)]


def test_edges_are_exact_for_fewer_calls_than_frames(sightline: Sightline, film: Rendered):
    with TruthfulEndpoint(film.truth) as server:
        ran = sightline.analyze(*arguments(film, server))
        requests = server.requests
    assert ran.code == 0, ran.err
    for tag in ran.result.tags:
        found = [(round(s.start, 4), round(s.end, 4)) for s in tag.spans]
        assert found == spans(film.truth, tag.tag)
    (run,) = ran.result.runs
    assert run.unseen <= 1.9
    assert requests < film.truth.frame_count / 3


def test_without_a_call_what_is_stored_is_told_again(sightline: Sightline, film: Rendered):
    with TruthfulEndpoint(film.truth) as server:
        first = sightline.analyze(*arguments(film, server))
        asked = server.requests
        again = sightline.analyze(*arguments(film, server, "--max-calls", "0"))
        assert server.requests == asked
    assert again.code == 0, again.err
    assert again.result.tags == first.result.tags


def test_a_budget_ends_the_asking_and_the_next_one_goes_on(sightline: Sightline, film: Rendered):
    with TruthfulEndpoint(film.truth, Behaviour(latency_s=0.01)) as server:
        first = sightline.analyze(*arguments(film, server, "--max-calls", "12"))
        assert first.code == 3, first.err
        assert server.requests == 12
        reasons = {one.reason for tag in first.result.tags for one in tag.unknown}
        assert reasons == {"budget"}
        ran, turns = first, 0
        while ran.code == 3 and (turns := turns + 1) < 15:
            ran = sightline.analyze(*arguments(film, server, "--max-calls", "12"))
            assert server.requests <= 12 * (turns + 1)
        assert ran.code == 0, ran.err
    for tag in ran.result.tags:
        assert [(round(s.start, 4), round(s.end, 4)) for s in tag.spans] == spans(
            film.truth, tag.tag
        )
