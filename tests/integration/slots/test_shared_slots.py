"""Three real processes on one endpoint and one PostgreSQL: what the endpoint itself saw of them."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Generator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from sightline.testing.behaviour import Behaviour, Fault
from sightline.testing.endpoint import TruthfulEndpoint
from sightline.testing.postgres import RunningPostgres, running_postgres
from sightline.testing.truth import random_truth

ASKER = Path(__file__).with_name("asker.py")
SLOTS = 10
TRUTH = random_truth(5, duration_s=10, size=(320, 180), tags=("car", "person"))
LATENCY_S = 0.2
_TROUBLE = "SELECT count(*) FROM endpoint_states WHERE open_until IS NOT NULL"

pytestmark = pytest.mark.timeout(300)
PATIENCE_S = 60.0
"""How long something may take that is to happen; it fails a test and never delays one."""


@dataclass(frozen=True)
class State:
    """What a process tells of itself."""

    lost: bool
    granted: int
    in_flight: int
    answered: int
    unknown: int
    calls: int
    breaker: str
    hearsay: bool


class Asker:
    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        self.first = self._hear()

    def tell(self, word: str) -> State:
        assert self._process.stdin
        self._process.stdin.write(f"{word}\n")
        self._process.stdin.flush()
        return self._hear()

    def look(self) -> State:
        return self.tell("look")

    def signal(self, number: signal.Signals) -> None:
        self._process.send_signal(number)

    def _hear(self) -> State:
        assert self._process.stdout
        line = self._process.stdout.readline()
        assert line, "the process has ended"
        return State(**json.loads(line))


class House:
    """An endpoint and those who ask it."""

    def __init__(
        self, postgres: RunningPostgres, database: str, folder: Path, stack: ExitStack
    ) -> None:
        self.postgres = postgres
        self._database = database
        self._truth = folder / "truth.json"
        self._truth.write_text(TRUTH.to_json(), "utf-8")
        self._stack = stack
        self.server = TruthfulEndpoint(TRUTH, Behaviour(latency_s=LATENCY_S))
        stack.enter_context(self.server)

    def is_in_trouble(self) -> bool:
        """Whether all are told to leave the endpoint alone."""
        name = self._database.rsplit("/", 1)[1]
        return self.postgres.execute(_TROUBLE, database=name) == [(1,)]

    def start(self) -> Asker:
        return self._stack.enter_context(self._running())

    @contextmanager
    def _running(self) -> Generator[Asker]:
        arguments = [ASKER, self._database, self.server.base_url, str(SLOTS), self._truth]
        pipe = subprocess.PIPE
        process = subprocess.Popen([sys.executable, *arguments], stdin=pipe, stdout=pipe, text=True)
        with process:
            try:
                yield Asker(process)
            finally:
                process.kill()


@pytest.fixture
def house(postgres: RunningPostgres, migrated_database: str, tmp_path: Path) -> Generator[House]:
    url = postgres.create_database(like=migrated_database)
    with ExitStack() as stack:
        yield House(postgres, url, tmp_path, stack)
    postgres.drop_database(url)


def until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not true():
        assert time.monotonic() < deadline, "it did not come to pass"
        time.sleep(0.02)


def granted(*askers: Asker) -> list[int]:
    return sorted(asker.look().granted for asker in askers)


def test_together_they_never_fill_more_than_its_slots_and_all_of_them(house: House):
    askers = [house.start() for _ in range(3)]
    for asker in askers:
        asker.tell("work")
    until(lambda: granted(*askers) == [3, 3, 4])
    until(lambda: house.server.in_flight == SLOTS)
    assert askers[0].tell("rest").in_flight == 0
    until(lambda: granted(*askers) == [0, 5, 5])
    askers[1].tell("rest")
    until(lambda: granted(*askers) == [0, 0, SLOTS])
    until(lambda: house.server.in_flight == SLOTS)
    askers[1].tell("work")
    until(lambda: granted(*askers) == [0, 5, 5])
    for asker in askers:
        state = asker.tell("rest")
        assert (state.unknown, state.in_flight) == (0, 0)
        assert state.answered > 0
    until(lambda: granted(*askers) == [0, 0, 0])
    assert house.server.peak_in_flight == SLOTS


def test_one_that_was_stopped_sends_nothing_when_it_wakes(house: House):
    askers = [house.start() for _ in range(3)]
    for asker in askers:
        asker.tell("work")
    until(lambda: granted(*askers) == [3, 3, 4])
    stopped, *others = askers
    until(lambda: house.server.in_flight == SLOTS)  # so none of its calls is on its way out
    stopped.signal(signal.SIGSTOP)
    until(lambda: granted(*others) == [5, 5])
    until(lambda: house.server.in_flight == SLOTS)
    before = [asker.look().answered for asker in others]
    until(lambda: house.server.in_flight == SLOTS)
    stopped.signal(signal.SIGCONT)
    until(lambda: stopped.look().lost)
    until(lambda: all(a.look().answered > b + 50 for a, b in zip(others, before, strict=True)))
    until(lambda: granted(*others) == [5, 5])
    until(lambda: stopped.look().granted == 0)
    assert house.server.peak_in_flight == SLOTS


def test_one_that_is_killed_leaves_its_slots_to_the_others(house: House):
    first, second = house.start(), house.start()
    first.tell("work")
    second.tell("work")
    until(lambda: granted(first, second) == [5, 5])
    first.signal(signal.SIGKILL)
    until(lambda: granted(second) == [SLOTS])
    assert house.server.peak_in_flight == SLOTS


def test_a_breaker_that_opens_in_one_is_heard_of_by_all(house: House):
    one, other = house.start(), house.start()
    one.tell("work")
    until(lambda: one.look().answered > 0)
    house.server.behaviour = Behaviour(faults={Fault.REFUSE: 1.0})
    until(house.is_in_trouble)
    other.tell("work")
    until(lambda: other.look().breaker != "closed")
    calls = other.look().calls
    assert calls < 5, "it has not had to find out by itself"
    house.server.behaviour = Behaviour(latency_s=0.01)
    until(lambda: one.look().breaker == other.look().breaker == "closed")
    until(lambda: other.look().answered > 0)


@pytest.fixture
def lonely(tmp_path: Path) -> Generator[House]:
    """With a database that may be stopped."""
    with running_postgres() as server, ExitStack() as stack:
        yield House(server, server.create_database(), tmp_path, stack)


def test_without_the_database_each_goes_on_with_what_it_has_for_as_long_as_it_is_sure(
    lonely: House,
):
    one, other = lonely.start(), lonely.start()
    one.tell("work")
    other.tell("work")
    until(lambda: granted(one, other) == [5, 5])
    lonely.postgres.stop()
    answered = one.look().answered
    until(lambda: one.look().answered > answered + 20)

    def together() -> int:
        return one.look().answered + other.look().answered

    def are_silent() -> bool:
        before = together()
        time.sleep(0.5)  # between two calls nothing is in flight, either
        return lonely.server.in_flight == 0 and together() == before

    until(are_silent)
    answered = together()
    time.sleep(1)
    assert together() == answered
    lonely.postgres.start()
    until(lambda: together() > answered + 20)
    until(lambda: granted(one, other) == [5, 5])
    assert not one.look().lost
    assert not other.look().lost
    assert lonely.server.peak_in_flight == SLOTS
