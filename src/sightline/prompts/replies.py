"""Reads what models say, strictly where a schema was promised and tolerantly where not.

Tolerant never means guessing: a reply that does not say whether a tag is there gives no answer
for that tag.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import cast

from sightline.errors import BadReply
from sightline.values import Presence, Question, Text, Value

PARSER = 1
"""Version of this module's reading, stored with every answer."""

_YES = {"yes", "true", "present", "visible"}
_NO = {"no", "false", "absent", "none", "not visible", "not present"}
_NUMBERS = ("probability", "confidence", "score")
_FENCE = re.compile(r"```(?:json)?\s*(.*?)```", re.DOTALL)
_THOUGHT = re.compile(r"<think>.*?</think>", re.DOTALL)


def read(questions: Sequence[Question], reply: str, *, cut: bool = False) -> list[Value | None]:
    """The value of each question in a reply to `templates.compose(questions)`.

    None where the reply does not say. `cut` tells that the model ran out of tokens.
    Raises `BadReply` when nothing at all can be read.
    """
    body = _THOUGHT.sub("", reply).strip()
    if not body:
        raise BadReply("the reply is empty")
    if questions[0].expects == "text":
        return [Text(body, cut)]
    document = _find_object(body)
    if document is None:
        if len(questions) == 1 and (probability := _probability(body.rstrip(".!"))) is not None:
            return [Presence(probability)]
        wanted = "was cut off before its JSON ended" if cut else "is not the JSON it was asked for"
        raise BadReply(f"the reply {wanted}: {_shorten(reply)}")
    by_wording = {_fold(key): value for key, value in document.items()}
    values: list[Value | None] = []
    for question in questions:
        probability = _probability(by_wording.get(_fold(str(question["tag"]))))
        values.append(None if probability is None else Presence(probability))
    if all(value is None for value in values):
        raise BadReply(f"the reply names none of the tags it was asked for: {_shorten(reply)}")
    return values


def _fold(wording: str) -> str:
    return " ".join(wording.casefold().strip(" .:-\"'").split())


def _find_object(body: str) -> Mapping[str, object] | None:
    """The first JSON object in a reply that may be fenced or wrapped in talk."""
    fenced = _FENCE.search(body)
    text = fenced.group(1) if fenced else body
    decoder = json.JSONDecoder()
    for start in (match.start() for match in re.finditer(r"\{", text)):
        try:
            document, _ = decoder.raw_decode(text, start)
        except (ValueError, RecursionError):
            continue
        return cast("Mapping[str, object]", document)
    return None


def _probability(value: object) -> float | None:
    """0.0 to 1.0 from what models write: numbers, percentages, yes and no, small objects."""
    if isinstance(value, bool):
        return float(value)
    if isinstance(value, int | float):
        return float(value) if 0 <= value <= 1 else None
    if isinstance(value, str):
        return _probability_in_words(value.strip().casefold())
    if isinstance(value, Mapping):
        fields = cast("Mapping[str, object]", value)
        present = fields.get("present")
        if present is False:
            return 0.0
        return next(
            (p for name in _NUMBERS if (p := _probability(fields.get(name))) is not None),
            1.0 if present is True else None,
        )
    return None


def _probability_in_words(text: str) -> float | None:
    if text in _YES:
        return 1.0
    if text in _NO:
        return 0.0
    number = text.removesuffix("%")
    try:
        return _probability(float(number) / 100 if number != text else float(number))
    except ValueError:
        return None


def _shorten(text: str, limit: int = 120) -> str:
    flat = " ".join(text.split())
    return repr(flat if len(flat) <= limit else flat[: limit - 1] + "…")
