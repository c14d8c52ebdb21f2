"""Three servers as one fleet, through the command: nothing lost, nothing wrong, nothing leaked."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from conftest import TAGS, Ran, Sightline
from sightline.testing.behaviour import Behaviour, Fault
from sightline.testing.endpoint import TruthfulEndpoint
from sightline.testing.video import Rendered

FRAMES = 60
EVERY = ("--every", "0.5s", "--no-sharing", "--tags", ",".join(TAGS))


class Fleet:
    """Truthful endpoints and the settings file that names them."""

    def __init__(self, sightline: Sightline, clip: Rendered, stack: ExitStack) -> None:
        self._sightline = sightline
        self._clip = clip
        self._stack = stack
        self._tables: dict[str, str] = {}
        self._file = sightline.home / "settings.toml"
        sightline.env["SIGHTLINE_CONFIG"] = str(self._file)

    def add(
        self, name: str, behaviour: Behaviour | None = None, **settings: str
    ) -> TruthfulEndpoint:
        server = TruthfulEndpoint(self._clip.truth, behaviour or Behaviour(latency_s=0.02))
        self._stack.enter_context(server)
        given = {"url": f'"{server.base_url}"', "model": '"truthful"', "slots": "2", **settings}
        lines = [f"{key} = {value}" for key, value in given.items()]
        self._tables[name] = "\n".join([f"[endpoints.{name}]", *lines])
        self.write()
        return server

    def write(self) -> None:
        self._file.write_text("\n".join(self._tables.values()) + "\n", encoding="utf-8")

    def change(self, name: str, before: str, after: str) -> None:
        assert before in self._tables[name]
        self._tables[name] = self._tables[name].replace(before, after)
        self.write()


@pytest.fixture
def fleet(sightline: Sightline, clip: Rendered) -> Iterator[Fleet]:
    with ExitStack() as stack:
        yield Fleet(sightline, clip, stack)


def assert_true(clip: Rendered, ran: Ran) -> None:
    """Every sampled frame is answered, and rightly."""
    assert ran.code == 0, ran.err
    result = ran.result
    for tag in result.tags:
        assert tag.unknown == ()
        for number in range(FRAMES):
            second = number / 2
            said = any(span.start <= second < span.end for span in tag.spans)
            assert said == (tag.tag in clip.truth.present(number * 5)), (tag.tag, second)
    (run,) = result.runs
    assert run.answered == FRAMES * len(TAGS)
    assert run.failed == 0
    assert sum(use.answered for use in run.uses) == run.answered


def test_all_three_are_asked_and_each_is_accounted_for(
    sightline: Sightline, clip: Rendered, fleet: Fleet
):
    servers = {name: fleet.add(name) for name in ("desk", "laptop", "gpu")}
    ran = sightline.analyze(clip.path, *EVERY)
    assert_true(clip, ran)
    (run,) = ran.result.runs
    assert run.endpoints == ("desk", "laptop", "gpu")
    for use in run.uses:
        assert use.calls == servers[use.endpoint].requests > 0
        assert servers[use.endpoint].peak_in_flight <= 2


@pytest.mark.parametrize(
    "fault", [Fault.REFUSE, Fault.ERROR, Fault.RATE_LIMIT, Fault.RESET, Fault.HTML]
)
def test_one_that_fails_costs_nothing_but_time(
    sightline: Sightline, clip: Rendered, fleet: Fleet, fault: Fault
):
    fleet.add("desk")
    fleet.add("laptop", Behaviour(latency_s=0.02, faults={fault: 1.0}))
    fleet.add("gpu")
    ran = sightline.analyze(clip.path, *EVERY)
    assert_true(clip, ran)
    uses = {use.endpoint: use for use in ran.result.runs[0].uses}
    assert uses["laptop"].answered == 0
    assert sum(uses["laptop"].failures.values()) == uses["laptop"].calls > 0


def test_one_that_hangs_loses_nothing(sightline: Sightline, clip: Rendered, fleet: Fleet):
    fleet.add("desk")
    fleet.add("laptop", Behaviour(faults={Fault.HANG: 1.0}), timeout_s="1")
    assert_true(clip, sightline.analyze(clip.path, *EVERY))


def test_a_fallback_is_asked_only_when_the_first_is_down(
    sightline: Sightline, clip: Rendered, fleet: Fleet
):
    first = fleet.add("first")
    spare = fleet.add("spare", use='"when_down"')
    assert_true(clip, sightline.analyze(clip.path, *EVERY))
    assert (first.requests, spare.requests) == (FRAMES, 0)
    first.behaviour = Behaviour(faults={Fault.REFUSE: 1.0})
    again = sightline.analyze(clip.path, *EVERY, "--data-dir", sightline.home / "other")
    assert_true(clip, again)
    assert spare.requests == FRAMES


def test_one_that_is_added_while_a_run_goes_on_is_asked(
    sightline: Sightline, clip: Rendered, fleet: Fleet
):
    first = fleet.add("first", Behaviour(latency_s=0.5), slots="1")
    with sightline.start("analyze", "--json", clip.path, *EVERY) as running:
        wait_for(lambda: first.requests > 2)
        second = fleet.add("second")
        out, err = running.communicate(timeout=100)
    assert second.requests > FRAMES // 2
    assert_true(clip, Ran(running.returncode, out, err))


def test_one_that_is_paused_while_a_run_goes_on_rests(
    sightline: Sightline, clip: Rendered, fleet: Fleet
):
    first = fleet.add("first", Behaviour(latency_s=0.3), paused="false")
    second = fleet.add("second", Behaviour(latency_s=0.3))
    with sightline.start("analyze", "--json", clip.path, *EVERY) as running:
        wait_for(lambda: first.requests > 1 and second.requests > 1)
        fleet.change("first", "paused = false", "paused = true")
        out, err = running.communicate(timeout=100)
    assert first.requests < second.requests
    assert_true(clip, Ran(running.returncode, out, err))


def test_one_that_is_down_at_the_start_joins_when_it_answers(
    sightline: Sightline, clip: Rendered, fleet: Fleet
):
    """Without a model in the settings it must be asked for its models first."""
    first = fleet.add("first", Behaviour(latency_s=0.4), slots="1")
    late = fleet.add("late", Behaviour(faults={Fault.REFUSE: 1.0}))
    fleet.change("late", 'model = "truthful"\n', "")
    with sightline.start("analyze", "--json", clip.path, *EVERY) as running:
        wait_for(lambda: first.requests > 1)
        late.behaviour = Behaviour(latency_s=0.02)
        out, err = running.communicate(timeout=100)
    assert "Not asked yet: late" in err
    assert late.log.answered()
    assert_true(clip, Ran(running.returncode, out, err))


def test_no_picture_leaves_the_network_by_itself(
    sightline: Sightline, clip: Rendered, fleet: Fleet
):
    near = fleet.add("near", Behaviour(faults={Fault.REFUSE: 1.0}))
    cloud = fleet.add("cloud", reach='"any"')
    ran = sightline.analyze(clip.path, *EVERY)
    assert ran.code == 1
    assert "cloud (any)" in ran.err
    assert (near.requests > 0, cloud.requests) == (True, 0)
    allowed = sightline.analyze(clip.path, *EVERY, "--egress", "any")
    assert_true(clip, allowed)
    assert cloud.requests == FRAMES


def test_a_cloud_alone_is_refused_with_the_way_out(
    sightline: Sightline, clip: Rendered, tmp_path: Path
):
    ran = sightline.analyze(clip.path, *EVERY, "--endpoint", "https://8.8.8.8/v1", "-m", "x")
    assert ran.code == 2
    assert "may not leave this network" in ran.err
    assert "--egress any" in ran.err


def test_three_at_once_survive_a_stop(sightline: Sightline, clip: Rendered, fleet: Fleet):
    servers = [fleet.add(name, Behaviour(latency_s=0.2)) for name in ("a", "b", "c")]
    with sightline.start("analyze", "--json", clip.path, *EVERY) as running:
        wait_for(lambda: sum(server.requests for server in servers) > 9)
        running.send_signal(signal.SIGINT)
        running.communicate(timeout=60)
    before = sum(server.requests for server in servers)
    assert_answered = sightline.analyze(clip.path, *EVERY)
    assert assert_answered.code == 0, assert_answered.err
    assert sum(server.requests for server in servers) <= FRAMES + 6
    assert sum(server.requests for server in servers) > before


def wait_for(condition: object) -> None:
    assert callable(condition)
    for _ in range(3000):
        if condition():
            return
        time.sleep(0.01)
    raise AssertionError("it did not come to that")
