"""Haven Player's `<video>.AI.json`: tags with time frames, and no room for what is unknown."""

from __future__ import annotations

import json

from sightline.exports.result import Result


def to_ai_json(result: Result) -> str:
    """The document as Haven Player reads it; `end` is always written.

    Shape: {"tags": {TAG: {"ai_model_name", "time_frames": [{"start", "end", "confidence"}]}}},
    times in seconds. A tag that was looked for and not seen has no time frames; one that
    is unknown somewhere and seen nowhere is left out, since that would call it absent.
    """
    models = ", ".join(
        dict.fromkeys(m for run in result.runs if run.recipe == "tagging" for m in run.models)
    )
    tags = {
        track.tag: {
            "ai_model_name": models,
            "time_frames": [
                {"start": span.start, "end": span.end, "confidence": span.confidence}
                for span in track.spans
            ],
        }
        for track in result.tags
        if track.spans or not track.unknown
    }
    return json.dumps({"tags": tags}, indent=2, ensure_ascii=False) + "\n"
