"""How many calls this process may have in flight at an endpoint that other processes ask as well.

Whoever keeps the books for all processes (`services.endpoints.shares`) says how many, in `granted`.
It never says more than are this process's in those books, so that together they never open more
than the endpoint has slots. While this process cannot be sure that the others hold it for alive, it
may send nothing: by then what was granted may be another's. This is looked at when a call is begun,
and again when its bytes are about to leave.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING

from sightline.errors import EndpointError

if TYPE_CHECKING:
    from sightline.endpoints.pool.member import Member

_LOOK_AGAIN_S = 0.05

DECLARED_DEAD = (
    "this process was silent for so long that the others hold it for dead and may use its slots. "
    "Start it again: it goes on where it stopped."
)


class Lease:
    """Of one endpoint; several members have it together while one takes the place of another."""

    def __init__(self, *, sure: Callable[[], bool], lost: Callable[[], bool]) -> None:
        """`sure` and `lost` as of `store.presence.Presence`."""
        self._sure = sure
        self._lost = lost
        self.members: list[Member] = []
        self.granted = 0

    @property
    def in_flight(self) -> int:
        return sum(member.in_flight for member in self.members)

    def slots_of(self, member: Member) -> int:
        """How many of the calls may be this member's now."""
        if not self._sure():
            return 0
        return max(0, self.granted - self.in_flight + member.in_flight)

    async def certain(self) -> None:
        """Return when a call that has begun may be sent.

        Raises `EndpointError` when it never may, as its slot is another process's by now.
        """
        while not self._sure():
            if self._lost():
                raise EndpointError(DECLARED_DEAD)
            await asyncio.sleep(_LOOK_AGAIN_S)
