"""Pieces of a reply, passed on while it grows."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import pytest

from sightline.endpoints.voice import Voice
from sightline.prompts.replies import without_thought
from sightline.values.text import plain_lines


def heard(said: str, cuts: Sequence[int]) -> str:
    pieces: list[str] = []
    voice = Voice(pieces.append)
    edges = [0, *cuts, len(said)]
    for start, end in pairwise(edges):
        voice.say(said[start:end])
    voice.end()
    assert voice.said == said
    return "".join(pieces)


@pytest.mark.parametrize(
    "said",
    [
        "A car.",
        "  A car.\n\n",
        "<think>Is it a car? a < b </thin </think>\n\nA car.",
        "<think></think>A car, 1 < 2, <b>big</b>.",
        "A line\r\nand another\rand one more",
        "A bell \x07 and \u202e an override",
        "",
        "   ",
        "<think>never done",
        "A car. <",
        "A car. <think",
    ],
)
def test_the_pieces_are_the_answer_however_it_is_cut(said: str) -> None:
    whole = without_thought(plain_lines(said))
    assert heard(said, range(1, len(said))) == whole
    for cut in range(len(said) + 1):
        assert heard(said, [cut]) == whole


def test_what_can_be_said_is_said_at_once() -> None:
    pieces: list[str] = []
    voice = Voice(pieces.append)
    for piece in ("<think>hm", "</think>", " A", " red", " car"):
        voice.say(piece)
    assert pieces == ["A", " red", " car"]
