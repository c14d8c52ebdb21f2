"""Makes a file playable in browsers, in a child process of its own for each.

Such a child may write, which those that look at frames may not, but no file larger than it was
told. It is killed when it makes no progress, and when nobody waits for it any more.
"""

from __future__ import annotations

import os
from collections.abc import AsyncGenerator, Sequence
from pathlib import Path

from sightline.media.child import DECODER, Child
from sightline.media.wire import Convert, Converting, Done, Open
from sightline.values import FrameIndex, SeenFile


class Converter:
    """Starts a child for each conversion; the caller bounds how many there are at once."""

    def __init__(
        self,
        *,
        memory_mb: int = 4096,
        stall_s: float = 60.0,
        cores: int | None = None,
        command: Sequence[str] = DECODER,
    ) -> None:
        """`memory_mb` bounds each child, `stall_s` how long one may make no progress."""
        self._memory_mb = memory_mb
        self._stall_s = stall_s
        self._cores = cores or os.cpu_count() or 1
        self._command = command

    async def convert(
        self, file: SeenFile, frames: FrameIndex, target: Path, *, most_bytes: int
    ) -> AsyncGenerator[Converting, None]:
        """Writes `target`, unless the file is played as it is, which the first item tells.

        Raises `MediaError` for a file that cannot be converted, and for what became of the child.
        What is left of `target` is the caller's to delete. Close the generator to stop.
        """
        command = (*self._command, str(max(1, most_bytes >> 20)))
        child = await Child.start(command, memory_mb=self._memory_mb, stall_s=self._stall_s)
        try:
            child.ask(Open(file, frames, self._cores))
            turn = child.ask(Convert(target))
            while not isinstance(reply := await child.reply(turn, file.path), Done):
                if not isinstance(reply, Converting):
                    raise child.misspoke(file.path, "an answer to another question")
                yield reply
        finally:
            child.kill()
            await child.gone()
