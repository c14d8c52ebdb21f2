"""Settings set over the API: which place wins, what cannot be changed, and what is never told."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import AsyncGenerator, Mapping, Sequence
from functools import partial
from pathlib import Path

import pytest

from sightline import settings
from sightline.errors import Conflict, InputError, NotFound, SettingsError
from sightline.services.server import preferences as service
from sightline.services.server.origins import MASK, Origin, Setting
from sightline.services.server.preferences import Preferences
from sightline.store import DatabaseUrl, Store, preferences
from sightline.values import JobEvent

SECRET = "hunter2"


@pytest.fixture(autouse=True)
def empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.upper().startswith("SIGHTLINE_")]:
        monkeypatch.delenv(name)
    monkeypatch.delenv("OLLAMA_HOST", raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.chdir(tmp_path)


@pytest.fixture
async def store(store_location: Path | DatabaseUrl) -> AsyncGenerator[Store]:
    async with await Store.open(store_location) as store:
        yield store


def write(name: str, text: str) -> None:
    Path(name).write_text(text, encoding="utf-8")


async def nowhere(host: str, port: int) -> Sequence[str]:
    raise OSError("no such name")


async def begin(store: Store, *, attempts: int | None = None) -> Preferences:
    said = {"attempts": attempts}
    loaded = settings.load(attempts=attempts)
    own = Preferences(store, loaded, command_line=said, resolve=nowhere)
    await own.reload()
    return own


@pytest.fixture
async def own(store: Store) -> Preferences:
    return await begin(store)


async def shown(own: Preferences, name: str) -> Setting:
    [one] = [one for one in await own.view() if one.name == name]
    return one


# ------------------------------------------------------------------------------ which place wins


async def test_the_database_wins_over_the_file_and_yields_to_the_rest(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    write("sightline.toml", "attempts = 11\n")
    own = await begin(store)
    assert own.settings.attempts == 11
    assert (await shown(own, "attempts")).origin is Origin.FILE

    await own.change({"attempts": 12})
    assert own.settings.attempts == 12
    assert (await shown(own, "attempts")).origin is Origin.DATABASE

    write(".env", "SIGHTLINE_ATTEMPTS=13\n")
    await own.reload()
    assert own.settings.attempts == 13
    one = await shown(own, "attempts")
    assert (one.origin, one.place) == (Origin.DOTENV, "SIGHTLINE_ATTEMPTS in .env")

    monkeypatch.setenv("SIGHTLINE_ATTEMPTS", "14")
    own = await begin(store)
    assert own.settings.attempts == 14
    one = await shown(own, "attempts")
    assert (one.origin, one.place) == (
        Origin.ENVIRONMENT,
        "SIGHTLINE_ATTEMPTS in the environment",
    )

    own = await begin(store, attempts=15)
    assert own.settings.attempts == 15
    one = await shown(own, "attempts")
    assert one.origin is Origin.COMMAND_LINE
    assert "command line" in one.fixed


async def test_null_goes_back_to_what_the_other_places_say(own: Preferences) -> None:
    await own.change({"jobs": {"at_once": 2, "rescues": 9}, "every_s": 5})
    assert (own.settings.jobs.at_once, own.settings.every_s) == (2, 5.0)
    await own.change({"jobs": {"at_once": None}, "every_s": None})
    assert (own.settings.jobs.at_once, own.settings.every_s) == (4, 2.0)
    assert own.settings.jobs.rescues == 9


async def test_other_names_stand_below_the_database(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OLLAMA_HOST", "box")
    own = await begin(store)
    assert list(own.settings.endpoints) == ["ollama"]
    assert (await own.endpoints.homes())["ollama"]
    await own.endpoints.add("desk", {"url": "http://127.0.0.1:1/v1"})
    assert list(own.settings.endpoints) == ["desk"]


async def test_every_setting_is_shown_with_what_it_means(own: Preferences) -> None:
    await own.endpoints.add("desk", {"url": "http://127.0.0.1:1/v1"})
    found = {one.name: one for one in await own.view()}
    assert {"data_dir", "server.listen", "jobs.at_once", "endpoints.desk.url"} <= found.keys()
    assert all(one.description for one in found.values())
    json.dumps([one.value for one in found.values()] + [one.default for one in found.values()])
    assert found["jobs.at_once"].default == 4
    secrets = {name for name, one in found.items() if one.secret}
    assert secrets == {"database_url", "webhooks.secret", "api_key", "endpoints.desk.api_key"}


# ------------------------------------------------------------------------ what cannot be changed


async def test_what_the_environment_fixes_is_refused_with_its_variable(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SIGHTLINE_JOBS", '{"at_once": 3}')
    own = await begin(store)
    with pytest.raises(Conflict, match="SIGHTLINE_JOBS in the environment"):
        await own.change({"jobs": {"at_once": 5}})
    await own.change({"jobs": {"rescues": 5}})
    assert (own.settings.jobs.at_once, own.settings.jobs.rescues) == (3, 5)


@pytest.mark.parametrize(
    "values",
    [
        {"data_dir": "/elsewhere"},
        {"database_url": "postgresql://x/y"},
        {"server": {"listen": ["0.0.0.0:80"]}},
    ],
)
async def test_what_needs_a_restart_is_refused_in_words(
    own: Preferences, values: Mapping[str, object]
) -> None:
    with pytest.raises(Conflict, match="start again"):
        await own.change(values)


@pytest.mark.parametrize(
    ("values", "named"),
    [
        ({"attempts": 0, "every_s": -1}, r"every_s: .*\n.*attempts: "),
        ({"jobs": {"at_onse": 1}}, "jobs.at_onse: there is no such setting"),
        ({"nonsense": 1}, "nonsense: there is no such setting"),
        ({"jobs": 5}, "jobs: "),
        ({"endpoint": "nobody"}, "no endpoint 'nobody'"),
        ({"default_tags": "a\0b"}, "no text"),
        ({"default_tags": "\ud83d"}, "no text"),
        ({"\ud83d": 1}, "no text"),
        ({"jobs": {"keep_days": float("inf")}}, "a number"),
        ({"webhooks": {"attempts": float("nan")}}, "a number"),
        ({"jobs": {"at_once_everywhere": 10**30}}, "jobs.at_once_everywhere"),
        ({"a": {"a": {"a": {"a": {"a": {"a": {"a": {"a": {"a": {"a": 1}}}}}}}}}}, "nested"),
    ],
)
async def test_what_cannot_be_used_is_named_and_nothing_is_changed(
    own: Preferences, store: Store, values: Mapping[str, object], named: str
) -> None:
    with pytest.raises(InputError, match=named):
        await own.change({"hedge": 0.5, **values})
    assert own.settings.hedge == 0.0
    assert (await store.database.read(preferences.read)).tree == {}


async def test_endpoints_are_not_changed_with_the_others(own: Preferences) -> None:
    with pytest.raises(Conflict, match="/api/v1/endpoints"):
        await own.change({"endpoints": {"desk": {"slots": 2}}})


# ---------------------------------------------------------------------------------- many at once


async def test_another_process_sees_a_change(store: Store, own: Preferences) -> None:
    other = await begin(store)
    before = other.settings
    assert not await other.reload()
    await own.change({"attempts": 7})
    assert await other.reload()
    assert other.settings.attempts == 7
    assert other.settings is not before


async def test_whoever_follows_needs_not_ask(
    store: Store, own: Preferences, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "LOOK_EVERY_S", 0.01)
    other = await begin(store)
    following = asyncio.create_task(other.follow())
    write("sightline.toml", "attempts = nonsense\n")
    await asyncio.sleep(0.1)  # it outlives what it cannot use
    write("sightline.toml", "every_s = 9\n")
    await own.change({"attempts": 7})
    while (other.settings.attempts, other.settings.every_s) != (7, 9.0):  # noqa: ASYNC110
        await asyncio.sleep(0.01)
    following.cancel()
    await asyncio.gather(following, return_exceptions=True)


async def test_changes_at_the_same_time_are_all_kept(store: Store) -> None:
    several = [await begin(store) for _ in range(4)]
    values: list[Mapping[str, object]] = [
        {"attempts": 7},
        {"every_s": 7},
        {"jobs": {"rescues": 7}},
        {"jobs": {"at_once": 7}},
    ]
    await asyncio.gather(*(one.change(value) for one, value in zip(several, values, strict=True)))
    loaded = (await begin(store)).settings
    assert loaded.attempts == loaded.every_s == loaded.jobs.rescues == loaded.jobs.at_once == 7


async def test_a_file_that_breaks_leaves_the_settings_as_they_were(own: Preferences) -> None:
    await own.change({"attempts": 7})
    write("sightline.toml", "attempts = nonsense\n")
    with pytest.raises(SettingsError):
        await own.reload()
    assert own.settings.attempts == 7
    assert not await own.reload()  # it is told once
    write("sightline.toml", "every_s = 9\n")
    assert await own.reload()
    assert (own.settings.attempts, own.settings.every_s) == (7, 9.0)


async def test_listeners_are_told_names_and_no_values(store: Store) -> None:
    told: list[tuple[str, Mapping[str, object]]] = []

    class Ears:
        async def tell(self, kind: str, data: Mapping[str, object]) -> None:
            told.append((kind, data))

    own = Preferences(store, settings.load(), events=Ears())  # type: ignore[arg-type]
    await own.change({"webhooks": {"secret": SECRET}})
    assert told == [("settings", {"changed": ["webhooks.secret"]})]
    assert JobEvent.__annotations__["kind"]


# --------------------------------------------------------------------------------------- secrets


async def test_a_secret_is_written_and_never_told(own: Preferences) -> None:
    await own.change({"webhooks": {"secret": SECRET}})
    assert await own.webhook_secret() == SECRET
    one = await shown(own, "webhooks.secret")
    assert (one.value, one.secret) == (MASK, True)
    assert SECRET not in repr(await own.view())
    assert SECRET not in repr(own.settings)


async def test_a_made_secret_is_found_though_the_settings_cannot_be_read(
    own: Preferences,
) -> None:
    write("sightline.toml", "attempts = nonsense\n")
    assert await own.webhook_secret() == await own.webhook_secret()


async def test_a_masked_secret_that_comes_back_changes_nothing(own: Preferences) -> None:
    await own.change({"webhooks": {"secret": SECRET}})
    await own.change({"webhooks": {"secret": MASK, "attempts": 3}})
    assert await own.webhook_secret() == SECRET
    assert own.settings.webhooks.attempts == 3


async def test_a_key_of_the_environment_goes_to_an_endpoint_of_the_database(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The owner wrote both; only the current folder's files are anybody's."""
    own = await begin(store)
    await own.endpoints.add("desk", {"url": "https://a.example/v1"})
    monkeypatch.setenv("SIGHTLINE_ENDPOINTS__DESK__API_KEY", SECRET)
    own = await begin(store)
    own.settings.check_key("desk")
    assert own.settings.endpoints["desk"].api_key
    assert (await own.endpoints.homes())["desk"] == ""
    await own.endpoints.change("desk", {"slots": 2})
    with pytest.raises(Conflict, match="SIGHTLINE_ENDPOINTS__DESK__API_KEY"):
        await own.endpoints.change("desk", {"url": "https://b.example/v1", "api_key": "mine"})


async def test_a_url_of_this_folder_still_gets_no_key_of_the_database(
    store: Store, own: Preferences
) -> None:
    await own.change({"api_key": SECRET})
    write("sightline.toml", 'endpoint = "http://thief.example/v1"\n')
    await own.reload()
    with pytest.raises(SettingsError, match="would go to"):
        own.settings.check_key()


async def test_a_key_does_not_move_with_its_url(own: Preferences) -> None:
    await own.endpoints.add("desk", {"url": "https://a.example/v1", "api_key": SECRET})
    for key in ({}, {"api_key": MASK}):
        with pytest.raises(SettingsError, match=r"Give endpoints\.desk\.api_key"):
            await own.endpoints.change("desk", {"url": "https://b.example/v1", **key})
    await own.endpoints.change("desk", {"url": "https://a.example/v2"})
    await own.endpoints.change("desk", {"url": "https://b.example/v1", "api_key": "another"})
    await own.endpoints.change("desk", {"url": "https://c.example/v1", "api_key": None})
    assert own.settings.endpoints["desk"].api_key is None


# ------------------------------------------------------------------------------------- endpoints


async def test_endpoints_come_and_go(own: Preferences) -> None:
    await own.endpoints.add("desk", {"url": "http://127.0.0.1:11434", "slots": 2})
    desk = own.settings.endpoints["desk"]
    assert (desk.kind, desk.slots) == ("ollama", 2)
    with pytest.raises(Conflict, match="already"):
        await own.endpoints.add("desk", {})
    await own.endpoints.change("desk", {"slots": None, "model": "m"})
    assert (own.settings.endpoints["desk"].slots, own.settings.endpoints["desk"].model) == (4, "m")
    await own.endpoints.pause("desk", paused=True)
    assert own.settings.endpoints["desk"].paused
    await own.change({"endpoint": "desk"})
    await own.endpoints.remove("desk")
    assert own.settings.endpoints == {}
    assert own.settings.endpoint is None
    with pytest.raises(NotFound):
        await own.endpoints.remove("desk")


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("Desk", {}),
        ("a__b", {}),
        ("../etc", {}),
        ("a", {"kind": "telepathy"}),
        ("a", {"url": "nonsense"}),
        ("a", {"slots": 0}),
        ("a", {"price_in": float("inf")}),
        ("a", {"url": "http://me:secret@host/v1"}),
        ("a", {"keep_alive": "\0"}),
    ],
)
async def test_an_endpoint_that_cannot_be_is_refused(
    own: Preferences, name: str, values: Mapping[str, object]
) -> None:
    with pytest.raises(InputError):
        await own.endpoints.add(name, values)
    assert own.settings.endpoints == {}


async def test_the_service_that_hands_out_a_clouds_keys_is_no_endpoint(store: Store) -> None:
    looked: list[str] = []

    async def look(host: str, port: int) -> Sequence[str]:
        looked.append(host)
        return {"meta.example": ["169.254.169.254"]}.get(host, [host])

    own = Preferences(store, settings.load(), resolve=look)
    for url in ("http://169.254.169.254/v1", "http://meta.example/v1", "http://[fd00:ec2::254]/"):
        with pytest.raises(InputError, match="own keys"):
            await own.endpoints.add("desk", {"url": url})
        with pytest.raises(InputError, match="own keys"):
            await own.change({"endpoint": url})
    await own.endpoints.add("near", {"url": "http://169.254.3.4/v1"})
    await own.endpoints.add("here", {"url": "http://127.0.0.1:1/v1"})
    assert len(looked) == 8


async def test_an_endpoint_of_the_file_is_changed_there_but_can_be_paused(store: Store) -> None:
    write("sightline.toml", '[endpoints.desk]\nurl = "http://127.0.0.1:1/v1"\n')
    own = await begin(store)
    for act in (
        partial(own.endpoints.change, "desk", {"slots": 2}),
        partial(own.endpoints.remove, "desk"),
    ):
        with pytest.raises(Conflict, match=r"sightline\.toml makes the endpoint 'desk'"):
            await act()
    await own.endpoints.pause("desk", paused=True)
    assert own.settings.endpoints["desk"].paused
    await own.endpoints.pause("desk", paused=False)
    assert not own.settings.endpoints["desk"].paused
    # What is left of a pause makes no endpoint of its own when the file forgets it.
    await own.endpoints.pause("desk", paused=True)
    write("sightline.toml", "")
    await own.reload()
    assert own.settings.endpoints == {}
    await own.endpoints.add("desk", {"url": "http://127.0.0.1:2/v1"})
    assert not own.settings.endpoints["desk"].paused


async def test_one_that_another_place_says_to_use_is_not_taken_away(store: Store) -> None:
    own = await begin(store)
    await own.endpoints.add("desk", {"kind": "pixels"})
    write("sightline.toml", 'endpoint = "desk"\n')
    await own.reload()
    with pytest.raises(Conflict, match=r"sightline\.toml names 'desk'"):
        await own.endpoints.remove("desk")


async def test_an_endpoint_of_the_environment_names_its_variable(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SIGHTLINE_ENDPOINTS__DESK__URL", "http://127.0.0.1:1/v1")
    monkeypatch.setenv("SIGHTLINE_ENDPOINTS__DESK__PAUSED", "true")
    own = await begin(store)
    assert (await own.endpoints.homes())["desk"] == (
        "SIGHTLINE_ENDPOINTS__DESK__URL in the environment"
    )
    with pytest.raises(Conflict, match="SIGHTLINE_ENDPOINTS__DESK__PAUSED"):
        await own.endpoints.pause("desk", paused=False)
