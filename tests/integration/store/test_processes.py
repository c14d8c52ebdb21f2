"""Several processes on one library, and what is left when one is killed."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest
from worlds import QUICK, as_text, open_run

from sightline.errors import RunTaken
from sightline.store import DatabaseUrl, Store
from sightline.testing.fakes import make_footage

WORKER = Path(__file__).with_name("worker.py")


def start(
    library: Path | DatabaseUrl, folder: Path, *, request: str = "r", batches: int
) -> subprocess.Popen[str]:
    """A process that says `N` when `record` has returned for the N-th time."""
    arguments = [as_text(library), str(folder), request, str(batches)]
    return subprocess.Popen(
        [sys.executable, str(WORKER), *arguments], stdout=subprocess.PIPE, text=True
    )


async def test_what_was_recorded_survives_a_kill(
    tmp_path: Path, store_location: Path | DatabaseUrl
) -> None:
    media = make_footage(name="shared").media
    kept = 0
    for attempt, more in ((1, 3), (3, 1), (5, 7)):  # each look below is an attempt as well
        with start(store_location, tmp_path, batches=10_000) as worker:
            assert worker.stdout is not None
            said = [int(worker.stdout.readline()) for _ in range(more)]
            async with await Store.open(store_location, pace=QUICK) as store:
                with pytest.raises(RunTaken, match=f"process {worker.pid} on"):
                    await open_run(store, media)
            worker.send_signal(signal.SIGKILL)
            said += [int(line) for line in worker.stdout]
        assert said[0] == kept + 1, "it goes on where the last one was killed"
        async with await Store.open(store_location, pace=QUICK) as store:
            (record,) = await store.runs_of(media)
            assert record.run.attempt == attempt
            ledger = await open_run(store, media)
            entries = await ledger.entries()
            ledger.close()
        assert [entry.seq for entry in entries] == list(range(1, len(entries) + 1))
        kept, part = divmod(len(entries), 10)
        assert part == 0, "a record is kept whole or not at all"
        assert kept - said[-1] in (0, 1), "only the one in flight may be unheard of"


async def test_processes_share_a_library_from_its_first_moment(
    tmp_path: Path, empty_location: Path | DatabaseUrl
) -> None:
    workers = [start(empty_location, tmp_path, request=f"r{n}", batches=15) for n in range(4)]
    for worker in workers:
        said, _ = worker.communicate()
        assert (worker.returncode, said.split()[-1]) == (0, "15")
    async with await Store.open(empty_location) as store:
        records = await store.runs_of(make_footage(name="shared").media)
        assert len(records) == 4
        results = [await store.results(record.run.id) for record in records]
        assert [result.answered for result in results] == [150] * 4
        assert sum(result.calls for result in results) == 60
        paid = sum(result.answered - result.reused for result in results)
        assert paid == 150, "each ask has one fact, whoever was first"
        assert sorted(w.state for w in await store.workers() if w.id != store.presence.id) == (
            ["gone"] * 4
        )
    if isinstance(empty_location, Path):
        assert not list(empty_location.with_name("library.db.locks").iterdir())
