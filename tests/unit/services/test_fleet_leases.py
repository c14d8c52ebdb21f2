"""Which endpoints of a fleet share their slots with other processes, and under which name."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from pathlib import Path

import pytest
from sqlalchemy import Connection, select

from sightline.endpoints.pool.member import Member
from sightline.ports import Given
from sightline.services.endpoints.fleet import Choice, Fleet
from sightline.settings import EndpointSettings, Settings
from sightline.store.database import Database
from sightline.store.worktables import endpoint_states
from sightline.values import Profile, Reach


def given(name: str, **settings: object) -> Given:
    url = "http://gpu.example:1/v1"
    return Given(name, EndpointSettings.model_validate({"url": url, "model": "m", **settings}))


@pytest.fixture
async def database(tmp_path: Path) -> AsyncGenerator[Database]:
    one = await Database.open(tmp_path / "library.db", roles=("worker",))
    yield one
    await one.aclose()


async def no_profile(name: str, url: str, model: str | None) -> Profile | None:
    return None


def fleet(*chosen: Given, database: Database | None) -> Fleet:
    return Fleet(
        Choice(chosen),
        Settings(egress=Reach.ANY),
        profiles=no_profile,
        again=lambda: None,
        database=database,
    )


async def leased(fleet: Fleet) -> dict[str, Member]:
    await fleet.connect()
    return {member.name: member for member in fleet.pool.members}


async def test_without_a_database_nobody_shares():
    one = fleet(given("gpu", reach="lan"), database=None)
    members = await leased(one)
    assert members["gpu"].lease is None
    assert members["gpu"].slots == 4
    await one.aclose()


async def test_a_server_is_shared_and_an_engine_of_this_process_is_not(database: Database):
    pixels = Given("pixels", EndpointSettings(kind="pixels"))
    one = fleet(given("gpu", reach="lan"), pixels, database=database)
    members = await leased(one)
    assert members["pixels"].lease is None
    assert members["pixels"].slots > 0
    assert members["gpu"].lease is not None
    assert members["gpu"].slots == 0, "nothing is granted before there is something to ask"
    assert members["gpu"].most == 4
    await one.aclose()


async def test_the_same_server_under_two_names_is_one_and_another_model_another(
    database: Database,
):
    twins = given("gpu", reach="lan"), given("same", reach="lan")
    one = fleet(*twins, given("other", reach="lan", model="n"), database=database)
    members = await leased(one)
    assert members["gpu"].lease is members["same"].lease
    assert members["gpu"].lease is not members["other"].lease
    await one.aclose()


async def test_a_fleet_that_asks_nothing_tells_the_database_nothing(database: Database):
    one = fleet(given("gpu", reach="lan"), database=database)
    await leased(one)
    await one.aclose()

    def names(connection: Connection) -> list[str]:
        return list(connection.scalars(select(endpoint_states.c.endpoint)))

    assert await database.read(names) == []
