"""Haven's two documents, neither of which has room for what is unknown: Haven Player's
`<video>.AI.json`, and what its engine returns and its Stash connector reads.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TypeVar

from sightline.exports.result import Result, SpanDocument, TagDocument

T = TypeVar("T")

_NO_CATEGORY = "tags"
"""What tags without a category are listed under."""


def to_ai_json(result: Result) -> str:
    """The document as Haven Player reads it; `end` is always written.

    Shape: {"tags": {TAG: {"ai_model_name", "time_frames": [{"start", "end", "confidence"}]}}},
    times in seconds. A tag that was looked for and not seen has no time frames; one that
    is unknown somewhere and seen nowhere is left out, since that would call it absent.
    """
    models = _models(result)
    tags = {
        track.tag: {
            "ai_model_name": models,
            "time_frames": [
                {"start": span.start, "end": span.end, "confidence": span.confidence}
                for span in track.spans
            ],
        }
        for track in _told(result)
    }
    return json.dumps({"tags": tags}, indent=2, ensure_ascii=False) + "\n"


def to_haven(result: Result) -> str:
    """The document as the engine returns it: {"json_result": …, "video_tag_info": …}.

    `json_result` holds every span; `tag_timespans`, of which markers are made, leaves out tags
    whose author wants none. `video_tags` are those seen for as long as is required, or at all
    where no length is. What of a tag is unknown is left out as in `to_ai_json`. We have no
    numbers for their models: `version` is 1.0 and `ai_model_id` 0.
    """
    tags = _told(result)
    wanted = [tag for tag in tags if tag.markers]
    whole = [tag for tag in tags if tag.required == "met" or (not tag.required and tag.spans)]
    by_category = {_category(tag): tag for tag in reversed(tags)}
    document = {
        "json_result": {
            "schema_version": 1,
            "metadata": {
                "duration": result.media.duration,
                "models": {
                    category: {
                        "frame_interval": _interval(result),
                        "threshold": 0.5 if tag.threshold is None else tag.threshold,
                        "version": 1.0,
                        "ai_model_id": 0,
                        "file_name": _models(result),
                    }
                    for category, tag in reversed(by_category.items())
                },
            },
            "timespans": _listed(tags, lambda tag: [_frame(s, "confidence") for s in tag.spans]),
        },
        "video_tag_info": {
            "video_duration": result.media.duration,
            "video_tags": {
                category: list(named) for category, named in _listed(whole, lambda _: None).items()
            },
            "tag_totals": _listed(tags, lambda tag: round(sum(map(_length, tag.spans)), 6)),
            "tag_timespans": _listed(
                wanted, lambda tag: [_frame(s, "totalConfidence") for s in tag.spans]
            ),
        },
    }
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _models(result: Result) -> str:
    return ", ".join(
        dict.fromkeys(m for run in result.runs if run.recipe == "tagging" for m in run.models)
    )


def _told(result: Result) -> list[TagDocument]:
    """Those of which something can be said."""
    return [tag for tag in result.tags if tag.spans or not tag.unknown]


def _category(tag: TagDocument) -> str:
    return tag.category or _NO_CATEGORY


def _listed(tags: list[TagDocument], of: Callable[[TagDocument], T]) -> dict[str, dict[str, T]]:
    """By category and name."""
    listed: dict[str, dict[str, T]] = {}
    for tag in tags:
        listed.setdefault(_category(tag), {})[tag.tag] = of(tag)
    return listed


def _frame(span: SpanDocument, confidence: str) -> dict[str, float]:
    return {"start": span.start, "end": span.end, confidence: span.confidence}


def _length(span: SpanDocument) -> float:
    return span.end - span.start


def _interval(result: Result) -> float:
    """Mean seconds between the frames that were looked at."""
    frames = max((run.frames_sampled for run in result.runs if run.recipe == "tagging"), default=0)
    return round(result.media.duration / frames, 3) if frames else 0.0
