"""Runs work that has nothing to save when it is stopped: it is cancelled, its files are closed."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Coroutine
from contextlib import suppress

from sightline.values import RunState

INTERRUPTED = RunState.INTERRUPTED.exit_code


def run_cancellable(work: Coroutine[object, object, int]) -> int:
    """The exit code of the work; that of an interruption after Ctrl-C or SIGTERM.

    The work sees a `CancelledError`, so that a decoder is not left behind; a second Ctrl-C ends
    the program at once.
    """

    async def watched() -> int:
        task = asyncio.current_task()
        if task is not None:
            with suppress(NotImplementedError):  # the loops of Windows
                asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
        return await work

    try:
        return asyncio.run(watched())
    except (KeyboardInterrupt, asyncio.CancelledError):
        return INTERRUPTED
