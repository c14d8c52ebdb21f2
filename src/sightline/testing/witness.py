"""Answers questions about pictures from the code in them, as truthfully as it is told to be."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence

from sightline.testing.behaviour import Behaviour, Dress, Fault
from sightline.testing.code import Code


class Witness:
    """One that has seen the videos of a vocabulary, and remembers what it was asked before."""

    def __init__(self, vocabulary: Sequence[str]) -> None:
        self._vocabulary = tuple(vocabulary)
        self._bits = {_fold(tag): bit for bit, tag in enumerate(vocabulary)}
        self._asked: Counter[tuple[int, int, str]] = Counter()

    def presence(self, code: Code, wording: str, behaviour: Behaviour) -> float:
        """How sure it is that a tag is in a picture; 0.0 for one it has never heard of."""
        tag = _fold(wording)
        bit = self._bits.get(tag)
        if bit is None:
            return 0.0
        asked = (code.video, code.frame, tag)
        sample = self._asked[asked]
        self._asked[asked] += 1
        present = bool(code.mask >> bit & 1)
        return behaviour.probability(code, tag, present=present, sample=sample)

    def sentence(self, code: Code, label: str, behaviour: Behaviour) -> str:
        """What is to be seen in a picture, in words."""
        seen = [tag for tag in self._vocabulary if self.presence(code, tag, behaviour) >= 0.5]
        where = (
            f"{label.strip().rstrip(':')}, frame {code.frame}" if label else f"Frame {code.frame}"
        )
        return f"{where}: {', '.join(seen) or 'nothing of note'}."


def present_json(reply: Mapping[str, float], dress: Dress, *, fault: Fault | None = None) -> str:
    """A reply to a question about tags, as JSON and whatever the model says around it."""
    if fault is Fault.MISSING:
        omitted = left_out(tuple(reply))
        reply = {tag: answer for tag, answer in reply.items() if tag not in omitted}
    text = json.dumps(dict(reply), ensure_ascii=False)
    if fault is Fault.MALFORMED:
        return text[: len(text) * 2 // 3].rstrip("}") + ' "'
    if dress == "plain":
        return text
    fenced = f"```json\n{text}\n```"
    if dress == "fence":
        return fenced
    return f"Let me look at the picture closely.\n\n{fenced}\n\nI hope this helps!"


def left_out(tags: Sequence[str]) -> frozenset[str]:
    """The tags that `Fault.MISSING` leaves out of a reply."""
    return frozenset(tags[::2])


def _fold(wording: str) -> str:
    return " ".join(wording.casefold().split())
