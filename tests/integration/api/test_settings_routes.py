"""Settings, endpoints, tag sets and webhooks over HTTP: who may, what is told, what is refused."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncGenerator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import httpx
import pytest
from fastapi import FastAPI

from sightline import settings
from sightline.api.app import create_app
from sightline.errors import NotFound
from sightline.services.endpoints.upkeep import ErrandStage
from sightline.services.runs.deliveries import Deliveries
from sightline.services.server.access import Access, Scope
from sightline.services.server.preferences import Preferences
from sightline.services.services import Services
from sightline.services.tags.tagshelf import TagShelf
from sightline.store import DatabaseUrl, Store, deliveries
from sightline.values import EndpointUse

SECRET = "hunter2"
JOB = "job-1"


@pytest.fixture(autouse=True)
def empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.upper().startswith("SIGHTLINE_")]:
        monkeypatch.delenv(name)
    monkeypatch.delenv("OLLAMA_HOST", raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.chdir(tmp_path)


class OneJob:
    """Stands for `Jobs`."""

    async def get(self, name: str) -> object:
        if name != JOB:
            raise NotFound(f"There is no run '{name}'.")
        return SimpleNamespace(id=JOB)


@pytest.fixture
async def services(store_location: Path | DatabaseUrl) -> AsyncGenerator[Services]:
    async with await Store.open(store_location) as store:
        preferences = Preferences(store, settings.load())
        await preferences.reload()
        bundle = SimpleNamespace(
            store=store,
            access=Access(store.database, tries_per_minute=lambda: 100),
            jobs=OneJob(),
            preferences=preferences,
            tag_sets=TagShelf(store),
            deliveries=Deliveries(store, preferences),
            fleet=None,
        )
        yield cast("Services", bundle)
        await preferences.aclose()


@pytest.fixture
def app(services: Services) -> FastAPI:
    return create_app(services)


@pytest.fixture
async def client(app: FastAPI) -> AsyncGenerator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app, client=("127.0.0.1", 5555))
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8470") as client:
        yield client


async def test_settings_are_shown_and_changed(client: httpx.AsyncClient) -> None:
    changed = await client.patch(
        "/api/v1/settings", json={"attempts": 7, "webhooks": {"secret": SECRET}}
    )
    assert changed.status_code == 200
    shown = await client.get("/api/v1/settings")
    assert shown.json() == changed.json()
    by_name = {one["name"]: one for one in shown.json()["settings"]}
    assert (by_name["attempts"]["value"], by_name["attempts"]["origin"]) == (7, "database")
    assert by_name["webhooks.secret"]["value"] == "********"
    assert SECRET not in shown.text


async def test_each_setting_tells_what_it_may_be(client: httpx.AsyncClient) -> None:
    await client.post("/api/v1/endpoints", json={"name": "px", "kind": "pixels"})
    told = {one["name"]: one for one in (await client.get("/api/v1/settings")).json()["settings"]}

    def of(name: str) -> tuple[object, ...]:
        fields = ("kind", "optional", "unit", "at_least", "more_than", "at_most", "choices")
        return tuple(told[name][field] for field in fields)

    assert of("sharing") == ("boolean", False, None, None, None, None, [])
    assert of("jobs.at_once_everywhere") == ("integer", True, None, 1, None, 100_000, [])
    assert of("every_s") == ("duration", False, "s", None, 0, None, [])
    assert of("jobs.keep_days") == ("duration", True, "days", None, 0, 36_525, [])
    assert of("alike_audit") == ("number", False, None, 0, None, 1, [])
    assert of("server.cache_max_bytes")[:4] == ("bytes", False, "bytes", 0)
    assert of("egress") == ("choice", False, None, None, None, None, ["host", "lan", "any"])
    assert of("server.listen")[:2] == ("list", False)
    assert of("database_url")[:2] == ("secret", True)
    assert of("data_dir")[:2] == of("default_tags")[:2] == ("text", False)
    assert of("endpoints.px.slots") == ("integer", False, None, 1, None, 1024, ["learn"])
    assert of("endpoints.px.reach")[0:2] == ("choice", True)
    assert {one["group"] for one in told.values()} == set(settings.Group) - {"other"}
    assert (told["jobs.at_once"]["group"], told["hedge"]["group"]) == ("jobs", "models")
    assert all(one["description"] for one in told.values())


async def test_the_models_of_an_endpoint_are_told(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    await client.post("/api/v1/endpoints", json={"name": "px", "kind": "pixels"})
    told = (await client.get("/api/v1/endpoints/px/models")).json()
    assert [(one["name"], one["vision"]) for one in told["items"]] == [("pixels-1", True)]
    assert (told["endpoint"], told["total"], told["problem"]) == ("px", 1, "")
    await client.post("/api/v1/endpoints", json={"name": "gone", "url": "http://127.0.0.1:9/v1"})
    gone = (await client.get("/api/v1/endpoints/gone/models")).json()
    assert (gone["items"], gone["exact"]) == ([], False)
    assert gone["problem"].startswith("gone (http://127.0.0.1:9/v1)")
    assert (await client.get("/api/v1/endpoints/none/models")).status_code == 404

    async def never(kind: object, given: object) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr("sightline.endpoints.openai._OpenAIKind.models", never)
    monkeypatch.setattr("sightline.services.endpoints.endpoints.GLANCE_S", 0.01)
    late = (await client.get("/api/v1/endpoints/gone/models")).json()["problem"]
    assert late.startswith("gone (http://127.0.0.1:9/v1): does not answer within 0.01 s. Check")


async def test_what_cannot_be_changed_is_a_problem_in_words(
    client: httpx.AsyncClient, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SIGHTLINE_EVERY_S", "3")
    cases: list[tuple[object, int, str]] = [
        ({"every_s": 1}, 409, "SIGHTLINE_EVERY_S in the environment"),
        ({"data_dir": "/x"}, 409, "start again"),
        ({"attempts": "lots"}, 422, "attempts"),
        ({"\0": 1}, 422, "no text"),
        ({"endpoints": {}}, 409, "/api/v1/endpoints"),
    ]
    for changes, status, named in cases:
        answer = await client.patch("/api/v1/settings", json=changes)
        assert answer.status_code == status, changes
        assert answer.headers["content-type"] == "application/problem+json"
        assert named in answer.json()["detail"]


async def test_a_new_webhook_secret_is_told_once(
    client: httpx.AsyncClient, services: Services
) -> None:
    made = await client.post("/api/v1/settings/webhook-secret")
    assert made.json()["secret"] == await services.preferences.webhook_secret()
    assert made.json()["secret"] not in (await client.get("/api/v1/settings")).text


GUARDED = [
    ("GET", "/api/v1/settings", Scope.ADMIN),
    ("PATCH", "/api/v1/settings", Scope.ADMIN),
    ("POST", "/api/v1/settings/webhook-secret", Scope.ADMIN),
    ("GET", "/api/v1/endpoints", Scope.READ),
    ("POST", "/api/v1/endpoints", Scope.ADMIN),
    ("POST", "/api/v1/endpoints/discover", Scope.ADMIN),
    ("PATCH", "/api/v1/endpoints/desk", Scope.ADMIN),
    ("DELETE", "/api/v1/endpoints/desk", Scope.ADMIN),
    ("POST", "/api/v1/endpoints/desk/pause", Scope.OPERATE),
    ("POST", "/api/v1/endpoints/desk/test", Scope.OPERATE),
    ("GET", "/api/v1/endpoints/desk/models", Scope.OPERATE),
    ("POST", "/api/v1/endpoints/desk/probe", Scope.OPERATE),
    ("POST", "/api/v1/endpoints/desk/pull", Scope.ADMIN),
    ("POST", "/api/v1/endpoints/desk/distrust", Scope.ADMIN),
    ("POST", "/api/v1/endpoints/desk/trust", Scope.ADMIN),
    ("GET", "/api/v1/tag-sets", Scope.READ),
    ("PUT", "/api/v1/tag-sets/x", Scope.OPERATE),
    ("DELETE", "/api/v1/tag-sets/x", Scope.OPERATE),
    ("GET", f"/api/v1/runs/{JOB}/deliveries", Scope.OPERATE),
    ("POST", f"/api/v1/runs/{JOB}/deliveries/x/again", Scope.OPERATE),
]


async def test_each_route_wants_its_scope(app: FastAPI, services: Services) -> None:
    tokens = {scope: (await services.access.create(scope, scope))[0] for scope in Scope}
    far = httpx.ASGITransport(app, client=("203.0.113.9", 5555))
    async with httpx.AsyncClient(transport=far, base_url="http://127.0.0.1:8470") as client:
        for method, path, needed in GUARDED:
            assert (await client.request(method, path)).status_code == 401
            for scope, token in tokens.items():
                headers = {"authorization": f"Bearer {token}"}
                answer = await client.request(method, path, headers=headers)
                is_refused = answer.status_code == 403
                assert is_refused == (not scope.covers(needed)), (method, path, scope)


async def test_an_endpoint_is_added_changed_paused_and_taken_away(
    client: httpx.AsyncClient,
) -> None:
    new = {"name": "px", "kind": "pixels", "api_key": SECRET}
    added = await client.post("/api/v1/endpoints", json=new)
    assert added.status_code == 201
    assert (added.json()["state"], added.json()["made_in"]) == ("up", "")
    assert added.json()["has_key"] is True
    assert SECRET not in added.text
    assert (await client.post("/api/v1/endpoints", json=new)).status_code == 409

    changed = await client.patch("/api/v1/endpoints/px", json={"slots": 2, "weight": None})
    assert changed.json()["slots"] == 2
    paused = await client.post("/api/v1/endpoints/px/pause")
    assert (paused.json()["state"], paused.json()["paused"]) == ("paused", True)
    assert (await client.post("/api/v1/endpoints/px/resume")).json()["state"] == "up"
    listed = (await client.get("/api/v1/endpoints")).json()
    assert [one["name"] for one in listed["items"]] == ["px"]

    assert (await client.delete("/api/v1/endpoints/px")).status_code == 204
    for method, path in (
        ("GET", ""),
        ("PATCH", ""),
        ("DELETE", ""),
        ("POST", "/pause"),
        ("POST", "/test"),
        ("POST", "/probe"),
        ("GET", "/probe"),
    ):
        body: dict[str, int] | None = {} if method == "PATCH" else None
        answer = await client.request(method, f"/api/v1/endpoints/px{path}", json=body)
        assert answer.status_code == 404, (method, path)


async def test_what_runs_use_of_an_endpoint_is_told_where_they_are_done(
    client: httpx.AsyncClient, services: Services
) -> None:
    await client.post("/api/v1/endpoints", json={"name": "px", "kind": "pixels"})
    assert (await client.get("/api/v1/endpoints/px")).json()["use_now"] is None
    use = EndpointUse("px", "pixels", calls=3, failures={"EndpointDown": 1}, cost=0.5)
    cast("Any", services).fleet = SimpleNamespace(pool=SimpleNamespace(uses=(use,)))
    told = (await client.get("/api/v1/endpoints")).json()["items"][0]["use_now"]
    assert (told["calls"], told["failures"], told["cost"]) == (3, {"EndpointDown": 1}, 0.5)


async def test_an_endpoint_that_does_not_answer_is_down_and_its_test_says_why(
    client: httpx.AsyncClient,
) -> None:
    new = {"name": "gone", "url": "http://127.0.0.1:9/v1", "model": "m"}
    added = await client.post("/api/v1/endpoints", json=new)
    assert (added.status_code, added.json()["state"]) == (201, "down")
    tested = await client.post("/api/v1/endpoints/gone/test", json={})
    assert tested.status_code == 200
    assert "gone" in tested.json()["problem"]


@pytest.mark.parametrize(
    ("name", "which", "status", "said"),
    [
        ("px", {}, 422, "since"),
        ("px", {"since": "2020-05-01T14:30:00"}, 422, "timezone"),
        ("px", {"since": "0001-01-01T00:00:00+09:00"}, 422, "moment"),
        ("px", {"since": "9000-01-01T00:00:00Z"}, 422, "still to come"),
        ("px", {"since": "2020-05-02T00:00:00Z", "until": "2020-05-01T00:00:00Z"}, 422, "until"),
        ("gone", {"since": "2020-05-01T00:00:00Z"}, 404, "no endpoint 'gone'"),
        ("px", {"since": "2020-05-01T00:00:00Z"}, 200, '"answers":0'),
    ],
)
async def test_answers_are_distrusted_of_whom_and_when_that_can_be(
    client: httpx.AsyncClient, name: str, which: dict[str, str], status: int, said: str
) -> None:
    await client.post("/api/v1/endpoints", json={"name": "px", "kind": "pixels"})
    for act in ("distrust", "trust"):
        answer = await client.post(f"/api/v1/endpoints/{name}/{act}", json=which)
        assert (answer.status_code, said in answer.text) == (status, True), answer.text


async def test_a_probe_goes_on_by_itself(client: httpx.AsyncClient, services: Services) -> None:
    await client.post("/api/v1/endpoints", json={"name": "gone", "url": "http://127.0.0.1:9/v1"})
    assert (await client.get("/api/v1/endpoints/gone/probe")).status_code == 404
    begun = await client.post("/api/v1/endpoints/gone/probe")
    assert (begun.status_code, begun.json()["stage"]) == (202, ErrandStage.RUNNING)
    state = begun.json()
    while state["stage"] == "running":
        await asyncio.sleep(0.02)
        state = (await client.get("/api/v1/endpoints/gone/probe")).json()
    assert state["stage"] == "failed"
    assert state["problem"]
    assert state["ended_at"]
    pulled = await client.post("/api/v1/endpoints/gone/pull", json={"model": "x"})
    assert pulled.status_code == 409


async def test_tag_sets_are_kept_listed_and_given_out(client: httpx.AsyncClient) -> None:
    tags = {"tags": ["person", {"name": "car", "max_gap": "5%"}]}
    assert (await client.put("/api/v1/tag-sets/street", json=tags)).status_code == 201
    assert (await client.put("/api/v1/tag-sets/street", json=tags)).status_code == 200
    taken = await client.put(
        "/api/v1/tag-sets/from%20csv/file", json={"file_name": "x.csv", "text": "Tag\ndog\n"}
    )
    assert taken.status_code == 201
    listed = (await client.get("/api/v1/tag-sets", params={"limit": 1})).json()
    assert ([one["name"] for one in listed["items"]], listed["total"]) == (["from csv"], 2)
    file = await client.get("/api/v1/tag-sets/street/file")
    assert file.headers["content-type"] == "application/toml"
    assert "[[tags]]" in file.text
    assert (await client.get("/api/v1/tag-sets/none")).status_code == 404
    assert (await client.put("/api/v1/tag-sets/x", json={"tags": []})).status_code == 422
    assert (await client.delete("/api/v1/tag-sets/street")).status_code == 204


async def test_deliveries_are_listed_and_sent_again(
    client: httpx.AsyncClient, services: Services
) -> None:
    add = partial(
        deliveries.add, job=JOB, event="run.failed", url="https://a.example/x?key=1", body="{}"
    )
    name = await services.store.database.write(add)
    [claimed] = await services.store.database.write(partial(deliveries.claim, lease_s=60, most=5))
    tried = deliveries.Try(datetime.now(UTC).isoformat(), 410, "gone", 0.1)
    outcome = deliveries.Outcome(
        name, claimed.attempts, tried, deliveries.DeliveryState.FAILED, datetime.now(UTC)
    )
    await services.store.database.write(partial(deliveries.record, outcome=outcome))

    base = f"/api/v1/runs/{JOB}/deliveries"
    [one] = (await client.get(base)).json()["items"]
    assert (one["id"], one["state"], one["next_at"]) == (name, "failed", None)
    assert one["tries"][0]["status"] == 410
    again = await client.post(f"{base}/{name}/again")
    assert (again.status_code, again.json()["state"]) == (202, "waiting")
    assert (await client.post(f"{base}/nothing/again")).status_code == 404
    assert (await client.get("/api/v1/runs/other/deliveries")).status_code == 404
