"""A tag: what to look for, and how its answers become spans."""

from __future__ import annotations

import math
from dataclasses import dataclass

from sightline.errors import InputError
from sightline.values.text import plain

_LINE_BREAKS = "\n\u2028\u2029"


@dataclass(frozen=True, slots=True)
class Tag:
    """Only `wording` reaches the model; everything else is applied to stored answers.

    Raises `InputError` for what no tag can be, so that it is told before the first call.
    """

    name: str
    """What spans are called."""
    wording: str
    """What the model is asked to look for; the name unless its author says it better."""
    threshold: float = 0.5
    """A frame with at least this probability counts as showing the tag; 0 to 1."""
    max_gap_s: float = 0.0
    """Spans at most this far apart become one, unless something between them is unknown."""
    min_length_s: float = 0.0
    """Shorter spans are left out."""

    def __post_init__(self) -> None:
        check_line("a tag", self.name)
        check_line("the wording of a tag", self.wording)
        if not 0 <= self.threshold <= 1:
            raise InputError(f"the threshold of the tag {self.name!r} must be from 0 to 1")
        for what, seconds in (("max_gap_s", self.max_gap_s), ("min_length_s", self.min_length_s)):
            if not 0 <= seconds < math.inf:
                raise InputError(
                    f"{what} of the tag {self.name!r} must be 0 seconds or more, and have an end"
                )

    @classmethod
    def named(cls, name: str) -> Tag:
        return cls(name, name)


def check_words(what: str, text: str) -> None:
    """Raises `InputError` for words that cannot be put to a model."""
    if not text.strip():
        raise InputError(f"{what} is empty: say what to look for")
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise InputError(
            f"{what} is not UTF-8 text: {text!a}. Check the encoding that the terminal uses"
        ) from error


def check_line(what: str, text: str) -> None:
    """Words on one line: models are shown tags as a list, one a line."""
    check_words(what, text)
    if plain(text) != text or "\t" in text or any(end in text for end in _LINE_BREAKS):
        raise InputError(f"{what} holds a line break or a control character: {text!a}")
