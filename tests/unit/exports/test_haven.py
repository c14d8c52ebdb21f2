"""Haven's `.AI.json`, key for key as its client reads it."""

from __future__ import annotations

import json
from typing import Any

from sightline.exports.haven import to_ai_json
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
