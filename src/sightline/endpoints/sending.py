"""The last look before the bytes of a request leave: may they still?

Between the decision to ask and the sending lie milliseconds in which a process may be stopped for
minutes (a laptop's lid, a paused container). What was right then may be wrong by now, so the HTTP
client looks once more.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Generator
from contextlib import contextmanager
from contextvars import ContextVar

_look: ContextVar[Callable[[], Awaitable[None]] | None] = ContextVar("last_look", default=None)


@contextmanager
def last_look(look: Callable[[], Awaitable[None]] | None) -> Generator[None]:
    """Every request sent within awaits `look` first, which raises when it may not be sent."""
    if look is None:
        yield
        return
    token = _look.set(look)
    try:
        yield
    finally:
        _look.reset(token)


async def look_once_more() -> None:
    look = _look.get()
    if look is not None:
        await look()
