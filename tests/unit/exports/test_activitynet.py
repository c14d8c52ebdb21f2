"""ActivityNet's two forms: key for key, there and back, and what is unknown on the way."""

from __future__ import annotations

import json

import pytest
from pydantic import ValidationError

from sightline.evaluation import Segment, Spent, TagSpans, VideoSpans
from sightline.exports.activitynet import (
    Annotations,
    Detections,
    says_unknown,
    spans_of_annotations,
    spans_of_detections,
    to_annotations,
    to_detections,
)
from sightline.exports.spans import spans_of
from sightline.testing.results import result, span, unknown
from sightline.values import Track
from sightline.version import __version__

SEEN = Track("car", (span(1500, 4000, confidence=0.93),), ())
BLIND = Track("dog", (), (unknown(50_000, 60_000),))


def test_a_result_as_spans():
    told = spans_of(result(SEEN, BLIND, path="C:\\films\\summer.2019.mp4"))
    assert told == VideoSpans(
        "summer.2019",
        {
            "car": TagSpans((Segment(1.5, 4.0, 0.93),)),
            "dog": TagSpans(unknown=((50.0, 60.0),)),
        },
        duration_s=60.0,
        frame_rate=25.0,
        spent=Spent(calls=3, asked=9),
    )


def test_annotations_key_for_key():
    assert json.loads(to_annotations([spans_of(result(SEEN))])) == {
        "version": f"sightline {__version__}",
        "taxonomy": [],
        "database": {
            "film": {
                "duration": 60.0,
                "subset": "validation",
                "fps": 25.0,
                "annotations": [{"segment": [1.5, 4.0], "label": "car"}],
            }
        },
    }


def test_detections_key_for_key():
    assert json.loads(to_detections([spans_of(result(SEEN, BLIND))])) == {
        "version": f"sightline {__version__}",
        "external_data": {"used": False, "details": ""},
        "results": {"film": [{"label": "car", "score": 0.93, "segment": [1.5, 4.0]}]},
        "unknown": {"film": [{"label": "dog", "segment": [50.0, 60.0]}]},
    }


def test_there_and_back():
    spans = spans_of(result(SEEN, BLIND))
    assert says_unknown([spans])
    [truth] = spans_of_annotations(Annotations.model_validate_json(to_annotations([spans])))
    [found] = spans_of_detections(Detections.model_validate_json(to_detections([spans])))
    assert found.tags == spans.tags
    assert truth.tags["dog"] == spans.tags["dog"]
    assert truth.tags["car"].segments == (Segment(1.5, 4.0),)
    assert (truth.duration_s, truth.frame_rate) == (60.0, 25.0)
    assert truth.unlisted_absent


def test_one_subset_of_the_annotations():
    entry: dict[str, object] = {"duration": 10, "annotations": []}
    document = Annotations.model_validate(
        {"database": {"a": {**entry, "subset": "training"}, "b": {**entry, "subset": "validation"}}}
    )
    assert [v.video for v in spans_of_annotations(document)] == ["a", "b"]
    assert [v.video for v in spans_of_annotations(document, subset="validation")] == ["b"]


@pytest.mark.parametrize(
    "annotation",
    [
        {"label": "car"},
        {"segment": [1, 2]},
        {"label": "car", "segment": [1]},
        {"label": "car", "segment": [2, 1]},
        {"label": "car", "segment": [1, float("inf")]},
    ],
)
def test_what_is_no_annotation_is_refused(annotation: object):
    with pytest.raises(ValidationError):
        Annotations.model_validate({"database": {"a": {"annotations": [annotation]}}})
