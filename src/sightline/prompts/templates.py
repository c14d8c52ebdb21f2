"""The questions that Sightline can ask, and the words in which it asks them.

A template is known by its name and version, and both are part of what identifies an answer. To
improve the wording, add a version and keep the old one: runs pin the one they were made with.

Every prompt puts the pictures first, each behind a line with its time, and the question last:
servers that cache the prefix then read a picture once, however many questions follow.
"""

from __future__ import annotations

from collections.abc import Sequence
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


def compose(questions: Sequence[Question]) -> Prompt:
    """One prompt for questions that travel together.

    Several questions may share a prompt only when all ask for a presence; what two of them ask
    alike is asked once. A question that expects text travels alone.
    """
    first = questions[0]
    match first.template, first.version:
        case "presence", 1:
            return _presence(list(dict.fromkeys(map(line, questions))))
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


def _presence(wordings: Sequence[str]) -> Prompt:  # as `line` gives them, each once
    listed = "\n".join(f"- {wording}" for wording in wordings)
    text = (
        "For each line below, how sure are you that it is visible in the picture, or true of it?\n"
        f"{listed}\n"
        "Answer with one JSON object: each line's exact text as the key, and as the value a "
        "number from 0.0 (certainly not) to 1.0 (certainly)."
    )
    schema: Schema = {
        "type": "object",
        "properties": {wording: {"type": "number", "enum": _LEVELS} for wording in wordings},
        "required": list(wordings),
        "additionalProperties": False,
    }
    # A grammar lets a model pad with white space, so leave room beyond the shortest reply.
    return Prompt(text, schema, 64 + sum(24 + len(wording) for wording in wordings))


def _answer(prompt: str, min_tokens: int, max_tokens: int) -> Prompt:
    text = plain_lines(prompt).strip()
    if min_tokens:
        # Few servers can enforce a minimum, so it is asked for in words: about 3 words, 4 tokens.
        text += f"\nAnswer in at least {max(1, min_tokens * 3 // 4)} words."
    return Prompt(text, None, max_tokens)
