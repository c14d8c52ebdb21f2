"""A small video to try things on, for whoever has none at hand: drawn and encoded in a child."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from sightline.media.child import DECODER, Child
from sightline.media.wire import Done, Draw

MOST_MB = 16
"""Ten times what the file takes."""


async def draw_sample(
    target: Path,
    *,
    memory_mb: int = 4096,
    stall_s: float = 60.0,
    command: Sequence[str] = DECODER,
) -> None:
    """Writes `target`, a minute in colours; what is left of it after an error is the caller's to
    delete.

    Raises `MediaError` for what became of the child.
    """
    child = await Child.start((*command, str(MOST_MB)), memory_mb=memory_mb, stall_s=stall_s)
    try:
        reply = await child.reply(child.ask(Draw(target)), target)
        if not isinstance(reply, Done):
            raise child.misspoke(target, "an answer to another question")
    finally:
        child.kill()
        await child.gone()
