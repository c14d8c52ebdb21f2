"""Answers questions about pictures from the code in them, as truthfully as it is told to be."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence

from sightline.testing.behaviour import Behaviour, Dress, Fault
from sightline.testing.chance import draw
from sightline.testing.code import Code
from sightline.testing.eyes import Sight

_SUM = re.compile(r"(\d+) \+ (\d+)")


class Witness:
    """One that has seen the videos of a vocabulary, and remembers what it was asked before."""

    def __init__(self, vocabulary: Sequence[str]) -> None:
        self._vocabulary = tuple(vocabulary)
        self._bits = {_fold(tag): bit for bit, tag in enumerate(vocabulary)}
        self._asked: Counter[tuple[int, int, str]] = Counter()

    def presence(self, seen: Code | Sight, wording: str, behaviour: Behaviour) -> float:
        """How sure it is that a tag is in a picture; 0.0 for one it has never heard of."""
        tag = _fold(wording)
        if behaviour.blind:
            return behaviour.guess(str(seen), tag)
        if isinstance(seen, Sight):
            return float(seen.shows(tag))
        return self._in_code(seen, tag, behaviour)

    def _in_code(self, code: Code, tag: str, behaviour: Behaviour) -> float:
        bit = self._bits.get(tag)
        if bit is None:
            return 0.0
        asked = (code.video, code.frame, tag)
        sample = self._asked[asked]
        self._asked[asked] += 1
        present = bool(code.mask >> bit & 1)
        return behaviour.probability(code, tag, present=present, sample=sample)

    def sentence(self, code: Code | Sight, label: str, behaviour: Behaviour) -> str:
        """What is to be seen in a picture, in words; of a card its number."""
        if isinstance(code, Sight):
            if behaviour.blind:
                return str(100 + draw(behaviour.seed, str(code)) % 900)
            return "?" if code.number is None else str(code.number)
        seen = [tag for tag in self._vocabulary if self.presence(code, tag, behaviour) >= 0.5]
        where = (
            f"{label.strip().rstrip(':')}, frame {code.frame}" if label else f"Frame {code.frame}"
        )
        return f"{where}: {', '.join(seen) or 'nothing of note'}."


def present_json(reply: Mapping[str, object], dress: Dress, *, fault: Fault | None = None) -> str:
    """A reply to a question about tags, as JSON and whatever the model says around it."""
    text = json.dumps(dict(reply), ensure_ascii=False)
    if fault is Fault.MALFORMED:
        return text[: len(text) * 2 // 3].rstrip("}") + ' "'
    if dress == "plain":
        return text
    fenced = f"```json\n{text}\n```"
    if dress == "fence":
        return fenced
    return f"Let me look at the picture closely.\n\n{fenced}\n\nI hope this helps!"


def worked_out(question: str) -> str:
    """The sum that a question about text alone wants; empty when it wants none."""
    found = _SUM.search(question)
    return str(int(found[1]) + int(found[2])) if found else ""


def left_out(tags: Sequence[str]) -> frozenset[str]:
    """The tags that `Fault.MISSING` leaves out of a reply."""
    return frozenset(tags[::2])


def _fold(wording: str) -> str:
    return " ".join(wording.casefold().split())
