"""Runs survive their processes: every one ends as if nobody had killed, stopped or frozen any."""

from __future__ import annotations

import random
import resource
import time
from collections.abc import Generator
from pathlib import Path

import pytest

from sightline.testing.behaviour import Behaviour
from sightline.testing.endpoint import TruthfulEndpoint
from sightline.testing.house import Findings, House, Program, make_films, until
from sightline.testing.postgres import RunningPostgres, running_postgres
from sightline.testing.siege import Siege, asked_again
from sightline.testing.video import Rendered

TAGS = ("car", "person", "dog", "bicycle", "umbrella")
CALLS = 40
"""About each film."""
Found = dict[Path, Findings]


@pytest.fixture(scope="module")
def films(tmp_path_factory: pytest.TempPathFactory) -> list[Rendered]:
    return make_films(tmp_path_factory.mktemp("films"), 9, duration_s=20, tags=TAGS)


@pytest.fixture(scope="module")
def undisturbed(films: list[Rendered], tmp_path_factory: pytest.TempPathFactory) -> Found:
    """What is found in each film when nothing happens."""
    folder = tmp_path_factory.mktemp("undisturbed")
    with TruthfulEndpoint(films[0].truth) as server, new_house(folder, films, server) as house:
        house.serve()
        runs = [house.ask(film.path, TAGS) for film in films]
        assert {run["state"] for run in house.wait(runs)} == {"complete"}
        assert asked_again(server.log.lines) == 0
        found = [house.findings(run) for run in runs]
    assert all(len(one.answers) == CALLS * len(TAGS) and one.spans for one in found)
    return {film.path: one for film, one in zip(films, found, strict=True)}


@pytest.fixture
def database(postgres: RunningPostgres, migrated_database: str) -> Generator[str]:
    url = postgres.create_database(like=migrated_database)
    yield url
    postgres.drop_database(url)


def new_house(
    folder: Path,
    films: list[Rendered],
    server: TruthfulEndpoint,
    *,
    slots: int = 4,
    rescues: int = 1000,
    database_url: str | None = None,
) -> House:
    return House(
        folder,
        films=films[0].path.parent,
        endpoint=server.base_url,
        slots=slots,
        database_url=database_url,
        SIGHTLINE_JOBS__RESCUES=str(rescues),
    )


def wait_for_asks(server: TruthfulEndpoint, count: int) -> None:
    """So many more than now."""
    enough = server.requests + count
    until(
        lambda: server.requests >= enough, within_s=60, what=lambda: f"{server.requests} requests"
    )


def wait_for_story(house: House, run: str, words: str) -> None:
    """Until one of its lines has them."""
    until(
        lambda: any(words in line["what"] for line in house.run(run)["story"]),
        within_s=60,
        what=lambda: f"{words!r} in the story of {house.run(run)}",
    )


# ---------------------------------------------------------------------------------------- killed


@pytest.mark.timeout(300)
def test_one_server_on_sqlite_killed_ten_times(
    films: list[Rendered], undisturbed: Found, tmp_path: Path
) -> None:
    siege = Siege(random.Random(1))
    with (
        TruthfulEndpoint(films[0].truth, Behaviour(latency_s=0.2)) as server,
        new_house(tmp_path / "house", films, server) as house,
    ):
        first = house.serve()
        runs = [house.ask(film.path, TAGS) for film in films]
        siege.kill(first)
        siege.alone(house, 9, working_s=2.0)
        ended = house.wait(runs)
        found = [house.findings(run) for run in runs]
        lines = list(server.log.lines)
    assert found == [undisturbed[film.path] for film in films]
    assert sum(run["rescues"] for run in ended) > 2, "hardly anybody was killed at work"
    assert asked_again(lines) <= 4 * len(siege.killed)


@pytest.mark.timeout(300)
def test_three_workers_on_postgresql_killed_ten_times(
    films: list[Rendered], undisturbed: Found, tmp_path: Path, database: str
) -> None:
    siege = Siege(random.Random(2))
    slots = 10
    with (
        TruthfulEndpoint(films[0].truth, Behaviour(latency_s=0.5)) as server,
        new_house(tmp_path / "house", films, server, slots=slots, database_url=database) as house,
    ):
        house.serve("--no-worker")
        workers = [house.start("worker") for _ in range(3)]
        runs = [house.ask(film.path, TAGS) for film in films]
        wait_for_asks(server, 5)
        siege.among(house, workers, 10, every_s=1.5)
        ended = house.wait(runs)
        found = [house.findings(run) for run in runs]
        lines = list(server.log.lines)
        peak = server.peak_working
    assert found == [undisturbed[film.path] for film in films]
    assert siege.rescues_s(ended), "nobody was killed at work"
    assert asked_again(lines) <= slots * len(siege.killed)
    # A killed worker's calls end with it, but its share of the slots is kept free until it is dead.
    assert peak <= slots


@pytest.mark.timeout(300)
def test_a_run_that_kills_its_worker_is_failed_with_its_story(
    films: list[Rendered], tmp_path: Path
) -> None:
    with (
        TruthfulEndpoint(films[0].truth, Behaviour(latency_s=0.3)) as server,
        new_house(tmp_path / "house", films, server, rescues=1) as house,
    ):
        program = house.serve()
        run = house.ask(films[0].path, TAGS)
        pids: list[int] = []
        while True:
            wait_for_asks(server, 1)
            pids.append(program.pid)
            program.kill()
            program = house.serve()
            if len(pids) == 2:
                break
        (failed,) = house.wait([run])
        assert failed["state"] == "failed"
        assert "Its worker died 2 times" in failed["note"]
        assert all(f"-{pid}-" in failed["note"] for pid in pids)
        assert sum("fell silent" in line["what"] for line in failed["story"]) == 2
        # It is a person's to have it tried once more.
        house.post(f"runs/{run}/retry")
        (ended,) = house.wait([run])
        assert ended["state"] == "complete"


# ---------------------------------------------------------------------------------------- frozen


@pytest.mark.timeout(300)
def test_a_worker_that_was_frozen_changes_nothing_when_it_goes_on(
    films: list[Rendered], undisturbed: Found, tmp_path: Path, database: str
) -> None:
    film = films[0]
    with (
        TruthfulEndpoint(film.truth, Behaviour(latency_s=0.5)) as server,
        new_house(tmp_path / "house", films, server, database_url=database) as house,
    ):
        house.serve("--no-worker")
        frozen = house.work()
        run = house.ask(film.path, TAGS)
        wait_for_asks(server, 8)
        frozen.freeze()
        house.work()
        (ended,) = house.wait([run])
        before = ended, house.findings(run), sorted(kept(house, run))
        assert ended["rescues"] == 1
        assert any(f"-{frozen.pid}-" in line["what"] for line in ended["story"])
        frozen.thaw()
        frozen.wait_for("the others hold it for dead")
        # It goes on, with replies to what it asked before; what it makes of them counts no more.
        time.sleep(2)
        assert frozen.runs
        assert (house.run(run), house.findings(run), sorted(kept(house, run))) == before
        assert before[1] == undisturbed[film.path]
        assert asked_again(server.log.lines) <= 4


def kept(house: House, run: str) -> list[tuple[str, int]]:
    """Recipe and place of each line of the run's ledger."""
    page = house.get(f"runs/{run}/answers", limit=500)
    return [(item["recipe"], item["seq"]) for item in page["items"]]


# ------------------------------------------------------------------------------------- cancelled


@pytest.mark.timeout(120)
def test_cancel_lets_no_ask_out_and_frees_the_slots(films: list[Rendered], tmp_path: Path) -> None:
    with (
        TruthfulEndpoint(films[0].truth, Behaviour(latency_s=0.3)) as server,
        new_house(tmp_path / "house", films, server) as house,
    ):
        house.serve()
        run = house.ask(films[0].path, TAGS)
        wait_for_asks(server, 6)
        house.post(f"runs/{run}/cancel")
        cancelled_at = time.time()
        (ended,) = house.wait([run])
        until(
            lambda: server.in_flight == 0, within_s=30, what=lambda: f"{server.in_flight} in flight"
        )
        time.sleep(1.5)
        late = [line for line in server.log.lines if line.received_at > cancelled_at + 0.5]
        assert ended["state"] == "cancelled"
        assert late == []
        assert server.requests < CALLS
        other = house.ask(films[1].path, TAGS)
        assert house.wait([other])[0]["state"] == "complete"
        assert server.peak_in_flight == 4


# -------------------------------------------------------------------------------------- in need


@pytest.mark.timeout(300)
def test_postgresql_away_for_some_seconds(
    films: list[Rendered], undisturbed: Found, tmp_path: Path
) -> None:
    with (
        TruthfulEndpoint(films[0].truth, Behaviour(latency_s=0.3)) as server,
        running_postgres() as postgres,
        new_house(
            tmp_path / "house", films, server, database_url=postgres.create_database()
        ) as house,
    ):
        house.serve()
        house.work()
        runs = [house.ask(film.path, TAGS) for film in films[:4]]
        wait_for_asks(server, 12)
        postgres.stop()
        time.sleep(6)
        assert server.requests < 4 * CALLS
        postgres.start()
        until(house.is_well, within_s=60, what=lambda: "a server that is well again")
        ended = house.wait(runs)
        found = [house.findings(run) for run in runs]
        lines = list(server.log.lines)
    assert {run["state"] for run in ended} == {"complete"}
    assert [run["rescues"] for run in ended] == [0] * 4
    assert found == [undisturbed[film.path] for film in films[:4]]
    # What was in flight when it went is told to it when it is back.
    assert asked_again(lines) <= 4


@pytest.mark.timeout(300)
def test_a_full_disk(films: list[Rendered], undisturbed: Found, tmp_path: Path) -> None:
    with (
        TruthfulEndpoint(films[0].truth, Behaviour(latency_s=0.1)) as server,
        new_house(tmp_path / "house", films, server) as house,
    ):
        program = house.serve()
        run = house.ask(films[0].path, TAGS)
        wait_for_asks(server, 8)
        fill_the_disk(program, house)
        program.wait_for("no space is left")
        assert program.runs
        room = resource.RLIM_INFINITY
        resource.prlimit(program.pid, resource.RLIMIT_FSIZE, (room, room))
        (ended,) = house.wait([run])
        found = house.findings(run)
    assert ended["state"] == "complete"
    assert found == undisturbed[films[0].path]


def fill_the_disk(program: Program, house: House) -> None:
    """The nearest to it that needs no file system of its own: no file of it may grow."""
    largest = max(path.stat().st_size for path in house.data_dir.glob("*.db-wal"))
    room = resource.RLIM_INFINITY
    resource.prlimit(program.pid, resource.RLIMIT_FSIZE, (largest, room))
