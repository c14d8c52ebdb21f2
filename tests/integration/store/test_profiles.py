"""What was measured of endpoints, and answers that are not to be used because of who gave them."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine, inspect, update
from worlds import add, open_run, told

from sightline.ports import Arrived
from sightline.prompts.templates import presence
from sightline.store import DatabaseUrl, Store, StoredLedger, StoredProfile, schema, trust
from sightline.store.database import Database
from sightline.store.tables import endpoint_profiles
from sightline.values import (
    PROFILE_VERSION,
    Answer,
    Ask,
    AskId,
    Call,
    FactKey,
    Media,
    Presence,
    Profile,
)

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
URL = "http://desk.lan:1234/v1"
PROFILE = Profile(
    "a model",
    NOON,
    canaries_right=7,
    canaries_asked=8,
    pictures=4,
    overflow="dropped",
    longest_side=1024,
    schema="honoured",
    logprobs=True,
    parallel=3,
    latency_s=0.25,
    answers_per_s=11.5,
    tags_per_call=8,
    fingerprint="sha256:1",
)


@pytest.fixture
async def database(store_location: Path | DatabaseUrl) -> AsyncGenerator[Database]:
    database = await Database.open(store_location)
    yield database
    await database.aclose()


@pytest.fixture
def store(database: Database) -> Store:
    return Store(database)


async def keep(store: Store, profile: Profile, name: str = "desk", url: str = URL) -> None:
    await store.remember_profile(name, url=url, kind="openai", found=profile)


async def test_a_profile_comes_back_as_it_was(store: Store) -> None:
    await keep(store, PROFILE)
    assert await store.find_profile("desk", url=URL, model="a model") == PROFILE
    assert await store.profiles() == (StoredProfile("desk", URL, "openai", PROFILE),)


async def test_a_new_profile_replaces_that_of_the_same_model_only(store: Store) -> None:
    later = replace(PROFILE, probed_at=NOON + timedelta(days=1), parallel=9)
    other = replace(PROFILE, model="other")
    for profile in (PROFILE, other, later):
        await keep(store, profile)
    assert [one.profile for one in await store.profiles()] == [later, other]
    assert await store.find_profile("desk", url=URL, model=None) == later
    assert await store.find_profile("desk", url=URL, model="other") == other
    assert await store.find_profile("desk", url=URL, model="third") is None


async def test_a_server_is_known_under_another_name_too(store: Store) -> None:
    mine = replace(PROFILE, probed_at=NOON - timedelta(days=1), parallel=2)
    await keep(store, mine)
    await keep(store, PROFILE, name="desk.lan:1234")
    assert await store.find_profile("den", url=URL, model="a model") == PROFILE
    assert await store.find_profile("desk", url=URL, model="a model") == mine
    assert await store.find_profile("desk", url=URL + "2", model="a model") is None


async def test_without_a_url_only_the_name_tells(store: Store) -> None:
    await keep(store, PROFILE, name="cloud", url="")
    assert await store.find_profile("cloud", url="", model="a model") == PROFILE
    assert await store.find_profile("other", url="", model="a model") is None


async def test_profiles_are_forgotten(store: Store) -> None:
    for name, model in (("desk", "a"), ("desk", "b"), ("den", "a")):
        await keep(store, replace(PROFILE, model=model), name=name)
    assert await store.forget_profile("desk", model="a") == 1
    assert await store.forget_profile("desk", url="http://elsewhere/v1") == 0
    assert await store.forget_profile("desk") == 1
    assert await store.forget_profile("desk") == 0
    assert [one.endpoint for one in await store.profiles()] == ["den"]


async def test_what_an_older_probe_measured_or_nobody_understands_is_left_out(
    store: Store, database: Database
) -> None:
    await keep(store, replace(PROFILE, version=PROFILE_VERSION - 1))
    await keep(store, replace(PROFILE, model="b"))
    strange = update(endpoint_profiles).values(profile={"model": 1})
    strange = strange.where(endpoint_profiles.c.model == "b")
    await database.write(lambda connection: connection.execute(strange).close())
    assert await store.profiles() == ()
    assert await store.find_profile("desk", url=URL, model=None) is None


async def test_a_library_without_profiles_is_migrated_and_back(tmp_path: Path) -> None:
    path = tmp_path / "library.db"
    async with await Store.open(path) as store:
        await keep(store, PROFILE)
        media = (await add(store, tmp_path / "clip.mp4")).media
        ledger = await open_run(store, media)
        await ledger.record(*told([1, 2, 3]))
        ledger.close()
    engine = create_engine(f"sqlite:///{path}")
    with engine.begin() as connection:
        config = Config(attributes={"connection": connection})
        config.set_main_option("script_location", str(schema.MIGRATIONS))
        command.downgrade(config, "0002")
        assert not inspect(connection).has_table("endpoint_profiles")
    engine.dispose()
    async with await Store.open(path) as store:
        assert await store.profiles() == ()
        await keep(store, PROFILE)
        ledger = await open_run(store, media)
        assert len(await ledger.entries()) == 3
        ledger.close()


# ------------------------------------------------------------------------------- distrusting


def answers(
    numbers: Sequence[int], probability: float, *, endpoint: str = "lab", at: datetime = NOON
) -> tuple[list[Arrived], list[Call]]:
    arrived, (call,) = told(numbers, Presence(probability))
    mine = [
        replace(one, outcome=replace(one.outcome, endpoint=endpoint))
        for one in arrived
        if isinstance(one.outcome, Answer)
    ]
    return mine, [replace(call, endpoint=endpoint, started_at=at)]


async def usable(ledger: StoredLedger, media: Media, numbers: Sequence[int]) -> dict[int, float]:
    asks = [Ask(AskId(number), (number,), presence("car")) for number in numbers]
    keys: dict[FactKey, int] = {ask.key(media): ask.id for ask in asks}
    found = await ledger.facts(asks)
    return {
        keys[key]: fact.answer.value.probability
        for key, fact in found.items()
        if isinstance(fact.answer.value, Presence)
    }


async def test_what_an_endpoint_said_in_a_time_is_distrusted_and_trusted_again(
    store: Store, tmp_path: Path
) -> None:
    media = (await add(store, tmp_path / "clip.mp4")).media
    ledger = await open_run(store, media)
    for n in range(4):
        await ledger.record(*answers([n], 0.5, at=NOON + timedelta(hours=n)))
    await ledger.record(*answers([9], 0.5, endpoint="other", at=NOON + timedelta(hours=2)))
    numbers = [0, 1, 2, 3, 9]
    since, until = NOON + timedelta(hours=1), NOON + timedelta(hours=3)
    assert await store.distrust(endpoint="lab", since=since, until=until) == 2
    assert set(await usable(ledger, media, numbers)) == {0, 3, 9}
    assert await store.distrust(endpoint="lab", since=since) == 1
    assert set(await usable(ledger, media, numbers)) == {0, 9}
    assert await store.distrust(endpoint="lab", since=since) == 0
    assert await store.trust(endpoint="lab", since=NOON) == 3
    assert set(await usable(ledger, media, numbers)) == set(numbers)
    assert await store.trust(endpoint="lab", since=NOON) == 0
    ledger.close()


async def test_a_question_whose_answer_is_distrusted_may_be_answered_anew(
    store: Store, tmp_path: Path
) -> None:
    media = (await add(store, tmp_path / "clip.mp4")).media
    ledger = await open_run(store, media)
    await ledger.record(*answers([1, 2], 0.1))
    assert await store.distrust(endpoint="lab", since=NOON) == 2
    await ledger.record(*answers([1], 0.9, endpoint="other"))
    assert await usable(ledger, media, [1, 2]) == {1: 0.9}
    # The new answer stays; only the question without one gets its old one back.
    assert await store.trust(endpoint="lab", since=NOON) == 1
    assert await usable(ledger, media, [1, 2]) == {1: 0.9, 2: 0.1}
    ledger.close()


async def test_what_was_distrusted_at_once_is_taken_back_alone_and_runs_tell_how_many(
    store: Store, tmp_path: Path
) -> None:
    media = (await add(store, tmp_path / "clip.mp4")).media
    ledger = await open_run(store, media)
    await ledger.record(*answers([1, 2], 0.5))
    await ledger.record(*answers([3], 0.5, at=NOON + timedelta(hours=1)))
    first, second = NOON + timedelta(hours=2), NOON + timedelta(hours=3, microseconds=7)

    async def told_of() -> dict[str, int]:
        of = partial(trust.by_run, digest=media.digest, run_ids=[ledger.run.id, "no run"])
        return await store.database.read(of)

    assert await told_of() == {}
    assert await store.distrust(endpoint="lab", since=NOON + timedelta(hours=1), at=first) == 1
    assert await store.distrust(endpoint="lab", since=NOON, at=second) == 2
    assert await told_of() == {ledger.run.id: 3}
    in_doubt = await store.count_distrusted(endpoint="lab", since=NOON, undo=True, at=second)
    assert in_doubt == await store.trust(endpoint="lab", since=NOON, at=second) == 2
    assert set(await usable(ledger, media, [1, 2, 3])) == {1, 2}
    assert await told_of() == {ledger.run.id: 1}
    assert await store.trust(endpoint="lab", since=NOON, at=first) == 1
    assert await told_of() == {}
    ledger.close()


async def test_of_several_distrusted_answers_the_latest_comes_back(
    store: Store, tmp_path: Path
) -> None:
    media = (await add(store, tmp_path / "clip.mp4")).media
    ledger = await open_run(store, media)
    for probability in (0.1, 0.2, 0.3):
        await ledger.record(*answers([1], probability))
        assert await store.distrust(endpoint="lab", since=NOON) == 1
    assert await store.trust(endpoint="lab", since=NOON) == 1
    assert await usable(ledger, media, [1]) == {1: 0.3}
    ledger.close()
