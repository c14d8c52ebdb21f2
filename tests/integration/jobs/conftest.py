from __future__ import annotations

from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from sightline.services.runs.events import Events
from sightline.services.runs.jobs import Jobs
from sightline.store import DatabaseUrl, Store
from sightline.testing.jobs import FakeQueue


@pytest.fixture
async def store(store_location: Path | DatabaseUrl) -> AsyncGenerator[Store]:
    async with await Store.open(store_location, roles=("worker",)) as store:
        yield store


@pytest.fixture
def queue() -> FakeQueue:
    return FakeQueue()


@pytest.fixture
async def services(store: Store, queue: FakeQueue) -> AsyncGenerator[Jobs]:
    events = Events(store)
    jobs = Jobs(store, queue, events)
    yield jobs
    await jobs.aclose()
    await events.aclose()
