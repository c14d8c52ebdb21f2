"""Haven's `.AI.json`, key for key as its client reads it."""

from __future__ import annotations

import json
from typing import Any

from sightline.exports.haven import to_ai_json, to_haven
from sightline.testing.results import description, result, span, unknown
from sightline.values import Track


def document(*findings: Any) -> Any:
    return json.loads(to_ai_json(result(*findings)))


def test_the_exact_shape():
    found = Track("car", (span(1500, 4000, confidence=0.93), span(9000, 9500)), ())
    assert document(found, Track("dog", (), ())) == {
        "tags": {
            "car": {
                "ai_model_name": "vl-3b",
                "time_frames": [
                    {"start": 1.5, "end": 4.0, "confidence": 0.93},
                    {"start": 9.0, "end": 9.5, "confidence": 0.75},
                ],
            },
            "dog": {"ai_model_name": "vl-3b", "time_frames": []},
        }
    }


def test_what_is_unknown_is_not_called_absent():
    seen = Track("car", (span(0, 1000),), (unknown(1000, 60_000),))
    unseen = Track("dog", (), (unknown(50_000, 60_000),))
    assert document(seen, unseen)["tags"].keys() == {"car"}


def test_without_tags_there_are_none():
    assert document(description(0, 1000, "A car.")) == {"tags": {}}


def test_names_stay_readable():
    assert '"straße 猫"' in to_ai_json(result(Track("straße 猫", (span(0, 1),), ())))


# ----------------------------------------------------------------------------- the engine's form


def engine(*findings: Any) -> Any:
    return json.loads(to_haven(result(*findings)))


def test_the_exact_shape_of_the_engine():
    sit = Track("sit", (span(0, 2000, confidence=0.9),), (), category="pose", threshold=0.6)
    car = Track("car", (span(1500, 4000), span(9000, 9500)), ())
    model = {"frame_interval": 15, "version": 1, "ai_model_id": 0, "file_name": "vl-3b"}
    assert engine(sit, car, Track("dog", (), ())) == {
        "json_result": {
            "schema_version": 1,
            "metadata": {
                "duration": 60,
                "models": {
                    "pose": {**model, "threshold": 0.6},
                    "tags": {**model, "threshold": 0.5},
                },
            },
            "timespans": {
                "pose": {"sit": [{"start": 0, "end": 2, "confidence": 0.9}]},
                "tags": {
                    "car": [
                        {"start": 1.5, "end": 4, "confidence": 0.75},
                        {"start": 9, "end": 9.5, "confidence": 0.75},
                    ],
                    "dog": [],
                },
            },
        },
        "video_tag_info": {
            "video_duration": 60,
            "video_tags": {"pose": ["sit"], "tags": ["car"]},
            "tag_totals": {"pose": {"sit": 2}, "tags": {"car": 3, "dog": 0}},
            "tag_timespans": {
                "pose": {"sit": [{"start": 0, "end": 2, "totalConfidence": 0.9}]},
                "tags": {
                    "car": [
                        {"start": 1.5, "end": 4, "totalConfidence": 0.75},
                        {"start": 9, "end": 9.5, "totalConfidence": 0.75},
                    ],
                    "dog": [],
                },
            },
        },
    }


def test_the_whole_video_gets_what_is_seen_for_long_enough():
    seen = (span(0, 2000),)
    found = engine(
        Track("met", seen, (), required="met"),
        Track("no", seen, (), required="not met"),
        Track("maybe", seen, (unknown(2000, 3000),), required="undecided"),
        Track("off", seen, (), required="off"),
    )
    assert found["video_tag_info"]["video_tags"] == {"tags": ["met"]}
    assert found["json_result"]["timespans"]["tags"].keys() == {"met", "no", "maybe", "off"}


def test_no_markers_are_made_where_none_are_wanted():
    found = engine(Track("car", (span(0, 2000),), (), markers=False))
    assert found["video_tag_info"]["tag_timespans"] == {}
    assert found["json_result"]["timespans"]["tags"]["car"]
    assert found["video_tag_info"]["video_tags"] == {"tags": ["car"]}


def test_the_engine_s_form_calls_nothing_unknown_absent():
    found = engine(Track("dog", (), (unknown(50_000, 60_000),)))
    assert found["json_result"]["timespans"] == {}
