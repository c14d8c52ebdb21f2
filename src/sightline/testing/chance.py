"""Chance that does not depend on what happened before: each draw is a hash of its own names.

Unlike a random generator it gives the same draw whatever the order or number of other draws, so
that a test with a thousand requests in flight has one outcome for one seed.
"""

from __future__ import annotations

import hashlib

_BITS = 64

Name = str | int


def draw(*names: Name) -> int:
    """A uniform integer of 64 bits, the same for the same names for ever."""
    text = "\x1f".join(str(name) for name in names)
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=_BITS // 8).digest(), "big")


def chance(*names: Name) -> float:
    """A uniform number in [0, 1)."""
    # 53 bits are what a float holds: with all 64 the largest draws would round up to 1.0.
    return (draw(*names) >> (_BITS - 53)) / (1 << 53)
