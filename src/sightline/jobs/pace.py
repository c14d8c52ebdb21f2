"""How often the queue is looked at: often while there is work, seldom while there is none."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from sightline.errors import StoreError
from sightline.ports import JobQueue

log = logging.getLogger(__name__)

_LOOK_EVERY_S = 0.5
_IDLE_AFTER_S = 5.0
"""Work often comes in bursts."""
_SAY_AGAIN_S = 10.0
"""Another worker that has fallen idle may have said otherwise."""


async def keep_pace(queue: JobQueue, busy: Callable[[], int]) -> None:
    """Goes on until it is cancelled; `busy` tells how much this process is working on."""
    loop = asyncio.get_running_loop()
    hurried, said_at, busy_at = True, loop.time(), loop.time()
    while True:
        await asyncio.sleep(_LOOK_EVERY_S)
        now = loop.time()
        if busy():
            busy_at = now
        wanted = now - busy_at < _IDLE_AFTER_S
        if wanted == hurried and (not wanted or now - said_at < _SAY_AGAIN_S):
            continue
        try:
            await queue.hurry(busy=wanted)
        except StoreError as error:
            log.info("The queue keeps its pace for now: %s", error)
            continue
        hurried, said_at = wanted, now
