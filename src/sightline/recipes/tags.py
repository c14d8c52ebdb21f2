"""A tag: what to look for, and how its answers become spans."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from sightline.errors import InputError
from sightline.values import Media, MediaKind
from sightline.values.text import plain

_LINE_BREAKS = "\n\u2028\u2029"

LONGEST_WORDING = 1000
"""Characters: a model is shown all tags of a call at once, and repeats each in its answer."""


@dataclass(frozen=True, slots=True)
class Share:
    """A length that grows with the video."""

    of_video: float
    """0.0 to 1.0."""

    def __str__(self) -> str:
        return f"{self.of_video:.6%}".rstrip("%").rstrip("0").rstrip(".") + "%"


Length = float | Share
"""Seconds, or a share of the video."""


@dataclass(frozen=True, slots=True)
class TagMeasures:
    """The numbers of a tag for one media, lengths in its ticks."""

    threshold: float
    max_gap: int
    min_length: int
    required: int | None
    """None: no length is required, or it is not to be looked at."""


@dataclass(frozen=True, slots=True)
class Tag:
    """Only `wording` reaches the model; everything else is applied to stored answers.

    Raises `InputError` for what no tag can be, so that it is told before the first call.
    """

    name: str
    """What spans are called."""
    wording: str
    """Exactly what the model is asked to look for, examples included (`worded` makes it); the name
    unless its author says it better."""
    threshold: float = 0.5
    """A frame with at least this probability counts as showing the tag; 0 to 1."""
    max_gap_s: Length = 0.0
    """Spans at most this far apart become one, unless something between them is unknown."""
    min_length_s: Length = 0.0
    """Shorter spans are left out."""
    required_s: Length | None = None
    """Seen for less than this in all, the video as a whole does not get the tag."""
    image_threshold: float | None = None
    """Counts in place of `threshold` for images and image sets; None: the same."""
    category: str | None = None
    """What it is listed under."""
    exclusive: bool = False
    """No two exclusive tags of its category hold at once (`recipes.rules`)."""
    markers: bool = True
    """False: no markers are to be made of its spans, which are told all the same."""
    whole: bool = True
    """False: the video as a whole never gets the tag, however long it is seen."""

    def __post_init__(self) -> None:
        check_line("a tag", self.name)
        check_line("the wording of a tag", self.wording)
        for what, number in (
            ("threshold", self.threshold),
            ("image_threshold", self.image_threshold),
        ):
            if number is not None and not 0 <= number <= 1:
                raise InputError(f"the {what} of the tag {self.name!r} must be from 0 to 1")
        for what, length in (
            ("max_gap_s", self.max_gap_s),
            ("min_length_s", self.min_length_s),
            ("required_s", self.required_s),
        ):
            if length is not None:
                self._check_length(what, length)
        if self.category is not None:
            check_line(f"the category of the tag {self.name!r}", self.category)
        elif self.exclusive:
            raise InputError(
                f"the tag {self.name!r} is exclusive and has no category: name the category whose "
                "tags exclude each other"
            )

    def _check_length(self, what: str, length: Length) -> None:
        if isinstance(length, Share):
            if not 0 <= length.of_video <= 1:
                raise InputError(f"{what} of the tag {self.name!r} must be from 0% to 100%")
        elif not 0 <= length < math.inf:
            raise InputError(
                f"{what} of the tag {self.name!r} must be 0 seconds or more, and have an end"
            )

    @classmethod
    def named(cls, name: str) -> Tag:
        return cls(name, name)

    def on(self, media: Media) -> TagMeasures:
        """Its numbers for this media; a single image has no time, so that lengths do not count."""
        threshold = self.threshold
        if media.kind is not MediaKind.VIDEO and self.image_threshold is not None:
            threshold = self.image_threshold
        if media.kind is MediaKind.IMAGE:
            return TagMeasures(threshold, 0, 0, None)
        required = None if self.required_s is None else _ticks(self.required_s, media)
        return TagMeasures(
            threshold,
            _ticks(self.max_gap_s, media),
            _ticks(self.min_length_s, media),
            required if self.whole else None,
        )


def _ticks(length: Length, media: Media) -> int:
    if isinstance(length, Share):
        return media.clock.ticks(length.of_video * (media.duration_s + media.lost_s))
    return media.clock.ticks(length)


def worded(description: str, *, positive: Sequence[str] = (), negative: Sequence[str] = ()) -> str:
    """The wording of a description or question with examples of what counts and what does not.

    Part of what identifies answers: another text here means that every tag with examples is asked
    anew. Raises `InputError` for what is longer than `LONGEST_WORDING`.
    """
    examples: list[str] = []
    if positive:
        examples.append(f"such as: {'; '.join(positive)}")
    if negative:
        examples.append(f"{'but ' if positive else ''}not: {'; '.join(negative)}")
    wording = f"{description} ({', '.join(examples)})" if examples else description
    if len(wording) > LONGEST_WORDING:
        raise InputError(
            f"the wording {plain(wording[:40])!r}… has {len(wording)} characters with its "
            f"examples, and may have {LONGEST_WORDING}: give fewer or shorter ones"
        )
    return wording


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
