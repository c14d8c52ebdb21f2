"""The questions that Sightline can ask, and the words in which it asks them.

A template is known by its name and version, and both are part of what identifies an answer. To
improve the wording, add a version and keep the old one: runs pin the one they were made with.

Every prompt puts the pictures first, each behind a line with its time, and the question last:
servers that cache the prefix then read a picture once, however many questions follow.

The words in which a question travels depend on what the endpoint can do and are not part of what
identifies it: a presence is asked for as a level from 0.0 to 1.0, or as a verdict, yes or no, where
the model's own probability of its word can be read; and several pictures may share a request, each
with its number and its own lines.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sightline.values import Question
from sightline.values.text import plain_line, plain_lines
from sightline.values.times import format_time

Schema = dict[str, object]


@dataclass(frozen=True, slots=True)
class Prompt:
    """What to say to a model about some pictures."""

    text: str
    """Follows the pictures."""
    schema: Schema | None
    """JSON schema of the answer; None for free text."""
    max_tokens: int


def presence(wording: str) -> Question:
    """Is this in the picture? `wording` is a tag's name or what its author says to look for."""
    return Question("presence", 1, (("tag", wording),), "presence")


def describe(*, max_tokens: int = 120) -> Question:
    """What is to be seen at this moment?"""
    return Question("describe", 1, (("max_tokens", max_tokens),), "text")


def answer(prompt: str, *, max_tokens: int = 250, min_tokens: int = 0) -> Question:
    """A person's own question, about all the pictures together."""
    parameters = (
        ("max_tokens", max_tokens),
        ("min_tokens", min_tokens),
        ("prompt", prompt),
    )
    return Question("answer", 1, parameters, "text")


def frame_line(seconds: float) -> str:
    """The text before each picture: small models place a moment better by it than by order."""
    return f"Frame at {format_time(seconds)}:"


def picture_line(number: int, seconds: float) -> str:
    """The text before each picture of several that are asked about one by one."""
    return f"Picture {number}, frame at {format_time(seconds)}:"


def compose(
    questions: Sequence[Question], *, pictures: Sequence[int] = (), verdicts: bool = False
) -> Prompt:
    """One prompt for questions that travel together.

    Several questions may share a prompt only when all ask for a presence; what two of them ask
    alike is asked once. A question that expects text travels alone.

    `pictures` numbers, from 1, the picture that each question is about; without it all are about
    all pictures together. `verdicts` asks for yes or no instead of a level.
    """
    first = questions[0]
    match first.template, first.version:
        case "presence", 1:
            if pictures:
                return _presences_by_picture(_by_picture(questions, pictures), verdicts=verdicts)
            return _presence(list(dict.fromkeys(map(line, questions))), verdicts=verdicts)
        case "describe", 1:
            return Prompt(
                "Describe what can be seen at this moment in one or two plain sentences: who or "
                "what is there, what is happening, where. Say only what is visible.",
                None,
                int(first["max_tokens"]),
            )
        case "answer", 1:
            return _answer(str(first["prompt"]), int(first["min_tokens"]), int(first["max_tokens"]))
        case name, version:
            raise ValueError(f"no template {name!r} version {version}")


def line(question: Question) -> str:
    """A presence's wording as it stands in the prompt and as the key of its answer: on one line."""
    return plain_line(str(question["tag"]))


# Listed one by one: llama.cpp's grammar ignores the bounds of a number and lets 2.5e9 pass.
_LEVELS = [tenths / 10 for tenths in range(11)]
_A_LEVEL: Schema = {"type": "number", "enum": _LEVELS}
_A_VERDICT: Schema = {"type": "string", "enum": ["yes", "no"]}
_LEVEL_IN_WORDS = "a number from 0.0 (certainly not) to 1.0 (certainly)."
_VERDICT_IN_WORDS = '"yes" or "no".'


def _presence(wordings: Sequence[str], *, verdicts: bool) -> Prompt:  # as `line` gives them
    how = "is it" if verdicts else "how sure are you that it is"
    text = (
        f"For each line below, {how} visible in the picture, or true of it?\n"
        f"{_listed(wordings)}\n"
        "Answer with one JSON object: each line's exact text as the key, and as the value "
        f"{_VERDICT_IN_WORDS if verdicts else _LEVEL_IN_WORDS}"
    )
    return Prompt(text, _object(wordings, _A_VERDICT if verdicts else _A_LEVEL), _room(wordings))


def _presences_by_picture(asked: Mapping[int, Sequence[str]], *, verdicts: bool) -> Prompt:
    how = "is it" if verdicts else "how sure are you that it is"
    first, *others = asked.values()
    if all(wordings == first for wordings in others):
        text = (
            f"For each of the {len(asked)} pictures, which are numbered, and each line below, "
            f"{how} visible in that picture, or true of it?\n"
            f"{_listed(first)}\n"
        )
    else:
        lists = "\n".join(f"Picture {n}:\n{_listed(wordings)}" for n, wordings in asked.items())
        text = (
            f"For each picture below and each line under it, {how} visible in that picture, or "
            f"true of it?\n{lists}\n"
        )
    text += (
        "Answer with one JSON object: each picture's number as the key, and as the value an object "
        "with the exact text of each of its lines as the key, and as the value "
        f"{_VERDICT_IN_WORDS if verdicts else _LEVEL_IN_WORDS}"
    )
    value = _A_VERDICT if verdicts else _A_LEVEL
    schema: Schema = {
        "type": "object",
        "properties": {str(n): _object(wordings, value) for n, wordings in asked.items()},
        "required": [str(n) for n in asked],
        "additionalProperties": False,
    }
    return Prompt(text, schema, sum(map(_room, asked.values())))


def _by_picture(questions: Sequence[Question], pictures: Sequence[int]) -> dict[int, list[str]]:
    """The wordings of each picture, each once, in the order of the pictures."""
    asked: dict[int, list[str]] = {number: [] for number in sorted(set(pictures))}
    for question, number in zip(questions, pictures, strict=True):
        if (wording := line(question)) not in asked[number]:
            asked[number].append(wording)
    return asked


def _listed(wordings: Sequence[str]) -> str:
    return "\n".join(f"- {wording}" for wording in wordings)


def _object(wordings: Sequence[str], value: Schema) -> Schema:
    return {
        "type": "object",
        "properties": dict.fromkeys(wordings, value),
        "required": list(wordings),
        "additionalProperties": False,
    }


def _room(wordings: Sequence[str]) -> int:
    """Tokens for the answer: a grammar lets a model pad with white space, so more than it needs."""
    return 64 + sum(24 + len(wording) for wording in wordings)


def _answer(prompt: str, min_tokens: int, max_tokens: int) -> Prompt:
    text = plain_lines(prompt).strip()
    if min_tokens:
        # Few servers can enforce a minimum, so it is asked for in words: about 3 words, 4 tokens.
        text += f"\nAnswer in at least {max(1, min_tokens * 3 // 4)} words."
    return Prompt(text, None, max_tokens)
