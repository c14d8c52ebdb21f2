"""How well spans that were found agree with the truth: pure arithmetic on seconds, no I/O.

`evaluate` takes the truth and the result of any number of videos and returns `Scores`. The measures
are those of the field: mean average precision as ActivityNet defines it (`precision`), one-to-one
span F1 and boundary errors (`matching`), segmental F1 (`matching`), frame precision and recall
(`frames`). Each is told twice: over all time, where what is unknown was not found, and over known
time, from which the unknown is cut; and beside them stands the share of time that is known.
"""

from sightline.evaluation.measures import (
    SEGMENTAL_OVERLAPS,
    SPAN_TIOUS,
    Boundary,
    Measures,
)
from sightline.evaluation.precision import MAP_TIOUS
from sightline.evaluation.scores import Scores, TagScores, evaluate
from sightline.evaluation.spans import Segment, Spent, Stretch, TagSpans, VideoSpans

__all__ = [
    "MAP_TIOUS",
    "SEGMENTAL_OVERLAPS",
    "SPAN_TIOUS",
    "Boundary",
    "Measures",
    "Scores",
    "Segment",
    "Spent",
    "Stretch",
    "TagScores",
    "TagSpans",
    "VideoSpans",
    "evaluate",
]
