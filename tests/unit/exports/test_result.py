"""The result document: seconds from the first frame, nothing unknown left out, a pinned shape."""

from __future__ import annotations

import json

import pytest
from pydantic import ValidationError

from sightline.exports.haven import to_ai_json
from sightline.exports.result import Result, to_json, to_result
from sightline.testing.results import MEDIA, description, report, result, span, unknown
from sightline.values import Analysis, MediaKind, RunState, Track


def test_times_are_seconds_from_the_first_frame():
    made = result(Track("car", (span(1500, 4000, doubt=250),), (unknown(50_000, 60_000),)))
    (car,) = made.tags
    (found,) = car.spans
    assert (found.start, found.end, found.confidence) == (1.5, 4.0, 0.75)
    assert (found.start_range, found.end_range) == ((1.25, 1.75), (3.75, 4.25))
    (lost,) = car.unknown
    assert (lost.start, lost.end, lost.reason, lost.detail) == (50, 60, "failed", "it broke")
    assert (made.media.duration, made.media.lost) == (60, 0)


def test_what_a_tag_set_says_of_a_tag_is_told():
    made = result(
        Track("sit", (), (), category="pose", threshold=0.6, required="undecided", markers=False),
        Track("car", (), ()),
    )
    sit, car = made.tags
    assert (sit.category, sit.threshold, sit.required) == ("pose", 0.6, "undecided")
    assert not sit.markers
    assert (car.category, car.threshold, car.required, car.markers) == (None, None, None, True)


def test_what_is_missing_at_the_end_is_told():
    assert result(declared_end=95_000).media.lost == 30


def test_a_description_has_its_text_or_the_reason_why_not():
    made = result(description(0, 2000, "A car."), description(2000, 4000, None))
    told, lost = made.descriptions
    assert (told.text, told.unknown, told.frames) == ("A car.", None, (0,))
    assert lost.text is None
    assert lost.unknown
    assert lost.unknown.detail == "it broke"


def test_descriptions_are_in_order_by_prompt_and_time():
    made = result(
        description(0, 60_000, "Yes.", prompt="Why?"),
        description(4000, 6000, "c"),
        description(0, 2000, "a"),
        description(2000, 4000, "b"),
    )
    assert [one.text for one in made.descriptions] == ["a", "b", "c", "Yes."]


def test_the_accounting_is_exact():
    (run,) = result(state=RunState.PARTIAL, note="1 of 9 asks failed: it broke").runs
    assert (run.asked, run.answered, run.failed, run.calls, run.planned) == (9, 8, 1, 3, 9)
    assert (run.endpoints, run.models, run.elapsed) == (("desk",), ("vl-3b",), 1.235)
    assert (run.state, run.note) == ("partial", "1 of 9 asks failed: it broke")


@pytest.mark.parametrize(
    ("states", "whole"),
    [
        ([RunState.COMPLETE, RunState.COMPLETE], "complete"),
        ([RunState.FAILED, RunState.FAILED], "failed"),
        ([RunState.COMPLETE, RunState.FAILED], "partial"),
        ([RunState.COMPLETE, RunState.PARTIAL], "partial"),
        ([RunState.PARTIAL, RunState.INTERRUPTED], "interrupted"),
    ],
)
def test_the_whole_is_no_better_than_its_parts(states: list[RunState], whole: str):
    reports = tuple(report([], state=state) for state in states)
    assert to_result(Analysis(MEDIA, "film.mp4", reports)).state == whole


@pytest.mark.parametrize("path", ["film.mp4", "spaß 猫.mp4", "b\udce9te.mp4", "a\nb\x01.mp4"])
def test_a_document_survives_its_file(path: str):
    made = result(
        Track("straße 猫", (span(0, 1000),), (unknown(1000, 2000, detail='"quoted"\n'),)),
        description(0, 2000, "ein Süßes\u2028"),
        path=path,
    )
    text = to_json(made)
    assert text.endswith("}\n")
    assert Result.model_validate_json(text.encode("utf-8")) == made
    assert json.loads(made.model_dump_json(ensure_ascii=True)) == json.loads(text)


def test_what_others_wrote_breaks_no_file_and_no_terminal():
    """A lone surrogate is in a file's name or a server's JSON, an escape in a model's words."""
    bad, good = "b\udce9 \ud800 \x1b[2J \x9b1m", "b\ufffd \ufffd \ufffd[2J \ufffd1m"
    made = result(
        Track(bad, (), (unknown(0, 1000, detail=bad),)),
        description(0, 2000, bad, prompt=bad),
        note=bad,
        path="b\udce9te\x9b2J.mp4",
    )
    (tag,), (told,), (run,) = made.tags, made.descriptions, made.runs
    assert {tag.tag, tag.unknown[0].detail, told.text, told.prompt, run.note} == {good}
    assert made.media.path == "b\ufffdte\ufffd2J.mp4"
    assert Result.model_validate_json(to_json(made).encode("utf-8")) == made
    json.loads(to_ai_json(made).encode("utf-8"))


def test_the_shape_is_pinned():
    """Within a version fields are only added: one that goes or changes its name needs version 2."""
    document = json.loads(to_json(result(Track("car", (span(0, 1),), (unknown(1, 2),)))))
    assert document["format"] == "sightline.result"
    assert document["version"] == 1
    assert document.keys() >= {
        "made_by", "made_at", "state", "media", "tags", "descriptions", "runs",
    }  # fmt: skip
    assert document["media"].keys() >= {
        "path", "digest", "kind", "duration", "width", "height", "frame_count", "container",
        "codec", "lost",
    }  # fmt: skip
    (tag,) = document["tags"]
    assert tag.keys() >= {"tag", "spans", "unknown"}
    assert tag["spans"][0].keys() >= {"start", "end", "start_range", "end_range", "confidence"}
    assert tag["unknown"][0].keys() >= {"start", "end", "reason", "detail"}
    assert document["runs"][0].keys() >= {
        "id", "recipe", "state", "note", "endpoints", "models", "frames_sampled",
        "frames_decoded", "planned", "asked", "calls", "answered", "reused", "failed",
        "unsupported", "tokens_in", "tokens_out", "elapsed",
    }  # fmt: skip


def test_another_version_is_not_taken_for_this_one():
    document = json.loads(to_json(result()))
    with pytest.raises(ValidationError, match="version"):
        Result.model_validate(document | {"version": 2})


def test_an_image_is_one():
    assert result(kind=MediaKind.IMAGE).media.kind == "image"
