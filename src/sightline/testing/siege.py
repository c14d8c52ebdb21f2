"""Kills the processes of a house at random moments while they work, and tells what came of it."""

from __future__ import annotations

import random
import re
import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime

from sightline.testing.asklog import LogLine
from sightline.testing.house import House, Program, Run

_SILENT = re.compile(r"(.+) fell silent")
_TAKEN = re.compile(r"(?:begun|taken up) by (.+)")


@dataclass(slots=True)
class Siege:
    """What was done to a house."""

    rng: random.Random
    killed: dict[int, float] = field(default_factory=dict[int, float])
    """When, in seconds since 1970, by process id."""
    begun: list[float] = field(default_factory=list[float])
    """When a server that works alone was started again."""

    def alone(
        self,
        house: House,
        kills: int,
        *,
        working_s: float,
        before_each: Callable[[], object] = lambda: None,
    ) -> None:
        """Kill a server that works alone and start it again, so often; the last one lives.

        It is killed at any moment up to `working_s` after it can be talked to, and one in five
        already while it starts.
        """
        for number in range(kills):
            self.begun.append(time.time())
            if number % 5 == 4:
                program = house.start("serve", "--listen", "127.0.0.1:0")
                time.sleep(self.rng.uniform(0.2, 3.0))
            else:
                program = house.serve()
                before_each()
                time.sleep(self.rng.uniform(0.0, working_s))
            self.kill(program)
        self.begun.append(time.time())
        house.serve()

    def among(
        self,
        house: House,
        workers: list[Program],
        kills: int,
        *,
        every_s: float,
        before_each: Callable[[], object] = lambda: None,
    ) -> None:
        """Kill one of these at a time and start another in its place, about every so often."""
        for _ in range(kills):
            before_each()
            time.sleep(self.rng.uniform(0.0, 2 * every_s))
            self.kill(workers.pop(self.rng.randrange(len(workers))))
            workers.append(house.start("worker"))

    def kill(self, program: Program) -> None:
        self.killed[program.pid] = time.time()
        program.kill()

    def rescues_s(self, runs: Iterable[Run]) -> list[float]:
        """Seconds from each kill until a run that the killed one was at was taken up again.

        Where nobody was left to do that, from the start of the process that did.
        """
        return [
            taken_at - max(self.killed[pid], *(at for at in self.begun if at < taken_at), 0.0)
            for run in runs
            for pid, taken_at in _rescues(run)
            if pid in self.killed
        ]


def asked_again(lines: Iterable[LogLine]) -> int:
    """Requests about a picture that had been asked about already."""
    requests = {(line.request, line.video, line.frame) for line in lines}
    times = Counter((video, frame) for _, video, frame in requests)
    return sum(count - 1 for count in times.values())


def _rescues(run: Run) -> list[tuple[int, float]]:
    """The process that died and when its run was taken up, in seconds since 1970."""
    found: list[tuple[int, float]] = []
    dead: int | None = None
    for line in run["story"]:
        if silent := _SILENT.fullmatch(line["what"]):
            dead = int(silent[1].rsplit("-", 2)[1])
        elif dead is not None and _TAKEN.fullmatch(line["what"]):
            found.append((dead, datetime.fromisoformat(line["at"]).timestamp()))
            dead = None
    return found
