"""A model's own probability of its yes against its no, from the log-probabilities of its tokens.

A verdict is one of two words at one place of the reply. What the model would have said there
instead is among the likeliest tokens for that place: those that begin a yes are summed, and those
that begin a no, and nothing else counts. Where that cannot be told, there is no probability, and
the word itself has to do.
"""

from __future__ import annotations

import json
import math
import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate

from sightline.prompts.templates import line
from sightline.values import Question


@dataclass(frozen=True, slots=True)
class Token:
    """One token of a reply."""

    text: bytes
    """It may be a part of a character."""
    logprob: float
    likeliest: tuple[tuple[bytes, float], ...]
    """The tokens with the highest log-probability in its place, itself mostly among them."""


_STRING = re.compile(
    r'("(?:[^"\\]|\\.)*+(?:"|\\?\Z))(?:\s*+:\s*+(?:"(yes|no)"|(\{)))?', re.IGNORECASE | re.DOTALL
)
"""A JSON string, and where it is the key of a verdict or of an object, that too."""
_BEFORE_A_WORD = b" \t\r\n\"':,{"
_WORD = re.compile(rb"[A-Za-z]+")

_Place = tuple[int | None, str]
"""A picture's number, None when all are meant, and a wording."""


def likelihoods(
    questions: Sequence[Question],
    reply: str,
    tokens: Sequence[Token],
    *,
    pictures: Sequence[int] = (),
) -> list[float | None]:
    """P(yes) / (P(yes) + P(no)) for each question, 0.0 to 1.0, as the reply's tokens tell it.

    `reply` is the whole reply to `templates.compose(questions, pictures=pictures, verdicts=True)`;
    `tokens` may hold more than it, such as a thought. None where there is no such place in the
    reply or more than one, or where its tokens do not tell.
    """
    whole = b"".join(token.text for token in tokens)
    start = whole.rfind(reply.encode(errors="replace"))
    if not tokens or start < 0:
        return [None] * len(questions)
    ends = list(accumulate(len(token.text) for token in tokens))
    found: dict[_Place, float | None] = {}
    for place, at in _verdicts(reply, in_pictures=bool(pictures)):
        offset = start + len(reply[:at].encode(errors="replace"))
        number = bisect_right(ends, offset)
        token = tokens[number]
        before = token.text[: len(token.text) - (ends[number] - offset)]
        found[place] = None if place in found else _yes_share(token, before)
    numbers: Sequence[int | None] = pictures or [None] * len(questions)
    return [
        found.get((number, line(question)))
        for number, question in zip(numbers, questions, strict=True)
    ]


def _verdicts(reply: str, *, in_pictures: bool) -> Iterator[tuple[_Place, int]]:
    """Each verdict and where its word begins, in characters, thoughts left out."""
    picture: int | None = None
    for match in _STRING.finditer(reply, max(reply.rfind("</think>"), 0)):
        key, word, brace = match.groups()
        if word is None and brace is None:
            continue
        try:
            said: str = json.loads(key)
        except ValueError:
            continue
        if brace:
            picture = int(said) if in_pictures and said.isdecimal() else None
        else:
            yield (picture, said), match.start(2)


def _yes_share(token: Token, before: bytes) -> float | None:
    """`before` is what stands in the token in front of the word."""
    likeliest = dict(token.likeliest)
    if not likeliest:
        return None
    least = math.exp(min(0.0, *likeliest.values()))
    sums = {b"yes": 0.0, b"no": 0.0}
    for text, logprob in ({token.text: token.logprob} | likeliest).items():
        word = _WORD.match(text.removeprefix(before).lstrip(_BEFORE_A_WORD))
        begun = word[0].lower() if word else b""
        for verdict in sums:
            if begun and verdict.startswith(begun):
                sums[verdict] += math.exp(min(logprob, 0.0))
    yes, no = sums.values()
    # A side that is not listed may be anything up to the least that is.
    if min(yes, no) == 0.0 and max(yes, no) <= least:
        return None
    return yes / (yes + no)
