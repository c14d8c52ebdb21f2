"""Stand-ins for the parts of a worker's surroundings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from sightline.values import Job, JobState, Progress


def a_job(*, members: int = 1, state: JobState = JobState.RUNNING, name: str = "j") -> Job:
    """One that nobody has stored."""
    return Job(
        id=name,
        number=1,
        title="cars",
        source="api",
        spec={"tags": [{"name": "car"}]},
        state=state,
        priority=100,
        members=members,
        progress=Progress(members=members),
        note="",
        story=(),
        created_at=datetime(2026, 1, 1, tzinfo=UTC),
    )


class FakeQueue:
    """`ports.JobQueue` in memory, with everything that was done to it on record."""

    def __init__(self) -> None:
        self.turns: dict[tuple[str, int], tuple[int, float]] = {}
        """Priority and delay of each that waits."""
        self.held: dict[str, list[tuple[str, int]]] = {}
        """What `begun` tells."""
        self.over: list[tuple[str, int]] = []
        self.rescued: list[tuple[str, int]] = []
        self.busy: bool | None = None

    async def enqueue(
        self, job: str, *, turn: int, priority: int, start_after_s: float = 0.0
    ) -> None:
        self.turns.setdefault((job, turn), (priority, start_after_s))

    async def withdraw(self, job: str, *, turn: int) -> None:
        self.turns.pop((job, turn), None)
        for held in self.held.values():
            if (job, turn) in held:
                held.remove((job, turn))
        self.over.append((job, turn))

    async def rescue(self, job: str, *, turn: int) -> None:
        self.rescued.append((job, turn))

    async def begun(self) -> Mapping[str, Sequence[tuple[str, int]]]:
        return {worker: tuple(turns) for worker, turns in self.held.items()}

    async def waiting(self, turns: Sequence[tuple[str, int]]) -> Sequence[tuple[str, int]]:
        held = [turn for turns in self.held.values() for turn in turns]
        return [turn for turn in turns if turn in self.turns or turn in held]

    async def hurry(self, *, busy: bool) -> None:
        self.busy = busy

    async def ended(self, *, most: int = 1000) -> Sequence[tuple[str, int]]:
        return self.over[:most]

    async def forget(self, turns: Sequence[tuple[str, int]]) -> None:
        self.over = [turn for turn in self.over if turn not in turns]
