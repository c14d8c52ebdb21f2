"""Reads what models say, strictly where a schema was promised and tolerantly where not.

Tolerant never means guessing: a reply that does not say whether a tag is there gives no answer
for that tag.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from typing import cast

from sightline.errors import BadReply
from sightline.prompts.templates import line
from sightline.values import Presence, Question, Text, Value

PARSER = 1
"""Version of this module's reading, stored with every answer."""

_YES = {"yes", "true", "present", "visible"}
_NO = {"no", "false", "absent", "none", "not visible", "not present"}
_VERDICTS = ("present", "visible", "detected", "found", "answer", "value")
_NUMBERS = ("confidence", "score")
_FENCE = re.compile(r"```(?:json)?(.*?)```", re.DOTALL | re.IGNORECASE)
_PICTURE = re.compile(r"^(?:picture|image|frame)[ _]*")
_MEMBER = re.compile(r'\s*[{,]\s*("(?:[^"\\]|\\.)*+")\s*:\s*')
_DEEPEST = 3
"""Objects in an object that may say how sure a model is; deeper nesting is a model that loops."""


def read(
    questions: Sequence[Question], reply: str, *, pictures: Sequence[int] = (), cut: bool = False
) -> list[Value | None]:
    """The value of each question in a reply to `templates.compose(questions, pictures=pictures)`.

    None where the reply does not say. `cut` tells that the model ran out of tokens.
    Raises `BadReply`, which does not quote the reply, when nothing at all can be read.
    """
    body = without_thought(reply)
    if not body:
        raise BadReply("the reply is empty")
    if questions[0].expects == "text":
        return [Text(body, cut)]
    wordings = [line(question) for question in questions]
    alike = Counter(map(_fold, set(wordings)))
    documents = list(_find_objects(body))
    if pictures and not documents and (members := _whole_members(body)):
        documents = [members]
    for document in documents:
        sources = [_of_picture(document, number) for number in pictures]
        read = [
            _probability(_look_up(source, wording, exactly=alike[_fold(wording)] > 1))
            for source, wording in zip(sources or [document] * len(wordings), wordings, strict=True)
        ]
        if any(probability is not None for probability in read):
            return [None if probability is None else Presence(probability) for probability in read]
    if documents:
        raise BadReply("the reply names none of the tags it was asked for")
    if len(questions) == 1 and (probability := _probability(body.rstrip(".!"))) is not None:
        return [Presence(probability)]
    wanted = "was cut off before its JSON ended" if cut else "is not the JSON it was asked for"
    raise BadReply(f"the reply {wanted}")


def without_thought(reply: str) -> str:
    """What a reply says once the model has done thinking aloud."""
    return reply.rpartition("</think>")[2].partition("<think>")[0].strip()


def _of_picture(document: Mapping[str, object], number: int) -> Mapping[str, object]:
    """What a reply about several pictures says of one, under its number; empty when not once."""
    found = [
        cast("Mapping[str, object]", value)
        for key, value in document.items()
        if isinstance(value, Mapping) and _PICTURE.sub("", _fold(key)) == str(number)
    ]
    return found[0] if len(found) == 1 else {}


def _whole_members(body: str) -> Mapping[str, object]:
    """What stands whole in a JSON object that was cut off, as far as it goes on without a gap."""
    decoder, members = json.JSONDecoder(), dict[str, object]()
    at = body.find("{")
    while at >= 0 and (key := _MEMBER.match(body, at)):
        with suppress(ValueError, RecursionError):
            value, at = decoder.raw_decode(body, key.end())
            members[json.loads(key[1])] = value
            continue
        break
    return members


def _look_up(document: Mapping[str, object], wording: str, *, exactly: bool) -> object:
    """The value under the key `wording`, or else under one spelled like it.

    None when two keys could be meant; `exactly` when such a key could mean another wording.
    """
    if wording in document or exactly:
        return document.get(wording)
    alike = [value for key, value in document.items() if _fold(key) == _fold(wording)]
    return alike[0] if len(alike) == 1 else None


def _fold(wording: str) -> str:
    return " ".join(wording.casefold().strip(" .:-\"'").split())


def _find_objects(body: str) -> Iterator[Mapping[str, object]]:
    """The JSON objects in a reply that may be fenced or wrapped in talk, likeliest first."""
    decoder = json.JSONDecoder()
    for text in (*_FENCE.findall(body), body):
        depth = 0
        for brace in re.finditer("[{}]", text):
            # An object inside one that cannot be read says something else than it seems to.
            if brace[0] == "{" and depth == 0:
                with suppress(ValueError, RecursionError):
                    document: dict[str, object] = decoder.raw_decode(text, brace.start())[0]
                    yield document
                    # Some models wrap the answer: {"result": {...}}.
                    (inner, *others) = document.values() or [None]
                    if isinstance(inner, dict) and not others:
                        yield cast("dict[str, object]", inner)
            depth = depth + 1 if brace[0] == "{" else max(0, depth - 1)


def _probability(value: object, depth: int = 0) -> float | None:
    """0.0 to 1.0 from what models write: numbers, percentages, yes and no, small objects."""
    if isinstance(value, bool):
        return float(value)
    if isinstance(value, int | float):
        return float(value) if 0 <= value <= 1 else None
    if isinstance(value, str):
        return _probability_in_words(value.strip().casefold())
    if isinstance(value, Mapping) and depth < _DEEPEST:
        return _probability_in_fields(cast("Mapping[str, object]", value), depth + 1)
    return None


def _probability_in_fields(fields: Mapping[str, object], depth: int) -> float | None:
    """From an object such as {"present": true, "confidence": 0.9}.

    "Confidence" is in the verdict beside it, if there is one: 0.9 sure of a no is no 0.9.
    """
    verdicts = {_verdict(fields[name]) for name in _VERDICTS if name in fields} - {None}
    if verdicts == {False}:
        return 0.0
    numbers = [fields[name] for name in _NUMBERS if name in fields]
    sure = next((p for n in numbers if (p := _probability(n, depth)) is not None), None)
    if verdicts == {True}:
        return 1.0 if sure is None else sure
    given = _probability(fields.get("probability"), depth)
    others = [value for value in fields.values() if _verdict(value) is not None]
    return sure if given is None and not others else given


def _verdict(value: object) -> bool | None:
    if isinstance(value, bool):
        return value
    said = value.strip().casefold() if isinstance(value, str) else ""
    return True if said in _YES else False if said in _NO else None


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
