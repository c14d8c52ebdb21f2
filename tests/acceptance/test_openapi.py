"""Every operation of the OpenAPI document, called as it allows and as it does not: a real server,
and schemathesis, which makes the requests and holds each answer against the document.
"""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Generator, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any, cast

import httpx
import pytest
import schemathesis
from schemathesis.engine import from_schema
from schemathesis.engine.events import FatalError, NonFatalError, ScenarioFinished
from schemathesis.hooks import unregister
from schemathesis.transport.requests import REQUESTS_TRANSPORT

from sightline.testing.endpoint import TruthfulEndpoint
from sightline.testing.house import House, make_films, until

Case = schemathesis.Case[Any]
Json = dict[str, Any]

pytestmark = pytest.mark.timeout(600)

OFFSETS = "application/offset+octet-stream"
WITHOUT_END = ("GET /api/v1/events", "GET /api/v1/runs/{run}/events")
"""Streams, which schemathesis would read for ever: they have a test of their own."""
ONLY_REFUSED = {
    "POST /api/v1/session": "a token of this installation is needed",
    "POST /api/v1/endpoints/{name}/pull": "Ollama is needed",
    "GET /api/v1/endpoints/{name}/pull": "Ollama is needed",
}
"""What no request that can be made up succeeds with."""
CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_schema_conformance",
    "response_headers_conformance",
    "allow_header_conformance",
    "unsupported_method",
    "missing_required_header",
)
CONFIG = {
    "seed": 1,
    "workers": 1,
    "continue-on-failure": True,
    "request-timeout": 30.0,
    "checks": {"enabled": False} | {name: {"enabled": True} for name in CHECKS},
    "generation": {
        "max-examples": 12,
        "deterministic": True,
        "database": "none",
        "no-shrink": True,
    },
    "phases": {"stateful": {"enabled": False}},
    "operations": [
        {
            # What is being made playable is not there yet: 503, with when to ask again.
            "include-path": "/api/v1/media/{id}/stream",
            "checks": {"not_a_server_error": {"expected-statuses": ["2xx", "3xx", "4xx", 503]}},
        }
    ],
}
NOWHERE = "http://127.0.0.1:9/"
_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")


@dataclass
class Calls:
    """What was asked of the server, and what was wrong with its answers."""

    document: Json
    url: str = ""
    statuses: dict[str, Counter[int]] = field(default_factory=lambda: defaultdict(Counter))
    wrong: dict[str, str] = field(default_factory=dict[str, str])
    """By operation and fault: how to see it again."""

    def hear(self, event: object) -> None:
        if isinstance(event, FatalError):
            raise event.exception
        if isinstance(event, NonFatalError):
            self.wrong[f"{event.label}: {event.value!r}"] = ""
        if not isinstance(event, ScenarioFinished):
            return
        label = str(event.label)
        for interaction in event.recorder.interactions.values():
            if interaction.response is None:
                self.wrong[f"{label}: no answer"] = ""
            else:
                self.statuses[label][interaction.response.status_code] += 1
        for checks in event.recorder.checks.values():
            for info in (check.failure_info for check in checks):
                if info is not None:
                    what = f"{label}: {info.failure.title}: {info.failure.message}"
                    self.wrong.setdefault(what, info.code_sample)


@dataclass(frozen=True)
class Usable:
    """What a request needs to lead somewhere."""

    path: Mapping[str, str] = field(default_factory=dict[str, str])
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    body: Json | None = None
    query: Mapping[str, str] = field(default_factory=dict[str, str])


def _make(house: House, film: Path) -> dict[str, Usable]:
    """By operation, or by the beginning of one."""
    run: Json = {"paths": [str(film)], "tags": ["car"], "sampling": {"frames": 2}}
    waiting: Json = run | {"start_at": "2100-01-01T00:00:00Z", "again": True}
    done = house.wait([house.post("runs", run | {"webhook": NOWHERE})["id"]])[0]["id"]
    to_cancel, to_pause, to_resume = (house.post("runs", waiting)["id"] for _ in range(3))
    house.post(f"runs/{to_resume}/pause")
    message = until(
        lambda: house.get(f"runs/{done}/deliveries")["items"],
        within_s=30,
        what=lambda: "its webhook",
    )[0]
    tus = {"Tus-Resumable": "1.0.0"}
    begun = httpx.post(
        f"{house.url}/api/v1/uploads", headers={**tus, "Upload-Length": "100"}
    ).headers["location"]
    upload = {"id": begun.rpartition("/")[2]}
    one = "/api/v1/runs/{run}"
    digest = house.get(f"runs/{done}/members")["items"][0]["media"]
    said = {"tag": "car", "start": 0.1, "end": 0.5}
    media, about = "/api/v1/media/{id}", {"id": digest}
    # Of another one, as the first may be erased and added again before it is its turn.
    other = {"id": house.post("media/sample")["id"]}
    correction = house.post(f"media/{other['id']}/corrections", said)["id"]
    reading: Json = {"tag": "car", "threshold": 0.4}
    truth, told = {"name": "truth"}, {"since": "2020-01-01T00:00:00Z", "dry_run": True}
    return {
        f"GET {media}": Usable(about),
        f"POST {media}/timeline/try": Usable(about, body=reading),
        f"PUT {media}/readings": Usable(about, body=reading),
        f"DELETE {media}/readings": Usable(about, query={"tag": "car"}),
        f"POST {media}/corrections": Usable(about, body=said),
        f"DELETE {media}/corrections/{{correction}}": Usable({**other, "correction": correction}),
        "POST /api/v1/media/export": Usable(body={"media": [digest]}),
        "POST /api/v1/media/scan": Usable(body={"folder": str(film.parent)}),
        "POST /api/v1/endpoints/{name}/distrust": Usable(truth, body=told),
        "POST /api/v1/endpoints/{name}/trust": Usable(truth, body=told),
        "POST /api/v1/runs": Usable(body=run),
        f"POST {one}/cancel": Usable({"run": to_cancel}),
        f"POST {one}/pause": Usable({"run": to_pause}),
        f"POST {one}/resume": Usable({"run": to_resume}),
        f"PUT {one}/priority": Usable({"run": to_pause}, body={"priority": 3}),
        f"POST {one}/deliveries/{{delivery}}/again": Usable(
            {"run": done, "delivery": message["id"]}
        ),
        f"POST {one}": Usable({"run": done}),
        f"GET {one}": Usable({"run": done}),
        "GET /api/v1/uploads/{id}": Usable(upload),
        "HEAD /api/v1/uploads/{id}": Usable(upload, tus),
        "PATCH /api/v1/uploads/{id}": Usable(upload, {**tus, "Upload-Offset": "0"}),
        "DELETE /api/v1/uploads/{id}": Usable(upload, tus),
    }


def _hints(usable: Mapping[str, Usable]) -> Callable[[object, Case, object], None]:
    """Makes some of the requests lead somewhere, and none beyond this machine."""
    turns: dict[str, Iterator[int]] = defaultdict(count)

    def before_call(context: object, case: Case, kwargs: object) -> None:
        case.body = _at_home(case.body)
        label = str(case.operation.label)
        known = [name for name in usable if label == name or label.startswith(f"{name}/")]
        if not known or case.method != label.split(maxsplit=1)[0] or next(turns[label]) % 8:
            return
        found = usable[max(known, key=len)]
        case.path_parameters = {**case.path_parameters, **found.path}
        case.headers.update(found.headers)
        case.query = {**case.query, **found.query}
        case.body = case.body if found.body is None else found.body

    return before_call


def _at_home(value: Any) -> Any:
    """With every URL in it made one of this machine, where nobody listens."""
    match value:
        case str():
            return NOWHERE if _URL.match(value) else value
        case dict():
            return {key: _at_home(one) for key, one in cast("Json", value).items()}
        case list():
            return [_at_home(one) for one in cast("list[Any]", value)]
        case _:
            return value


def _as_bytes(context: schemathesis.SerializationContext, value: Any) -> dict[str, Any]:
    body = value if isinstance(value, bytes) else str(value).encode("utf-8", "replace")
    return {"data": getattr(value, "data", body)}


@pytest.fixture(scope="module")
def calls(tmp_path_factory: pytest.TempPathFactory) -> Generator[Calls]:
    folder = tmp_path_factory.mktemp("openapi")
    film = make_films(folder / "films", 1, duration_s=1, tags=["car"])[0]
    with (
        TruthfulEndpoint(film.truth) as endpoint,
        House(
            folder,
            films=folder / "films",
            endpoint=endpoint.base_url,
            SIGHTLINE_PATIENCE_S="1",
            SIGHTLINE_EGRESS="host",
            SIGHTLINE_WEBHOOKS__PRIVATE="true",
            SIGHTLINE_SERVER__LOGINS_PER_MINUTE="100000",
        ) as house,
    ):
        server = house.serve()
        calls = _call_all(house.url, _make(house, film.path))
        yield calls
        assert server.runs, server.said
        assert "fault" not in server.said, server.said


def _call_all(url: str, usable: Mapping[str, Usable]) -> Calls:
    address = f"{url}/api/v1/openapi.json"
    calls = Calls(httpx.get(address).json(), url)
    config = schemathesis.Config.from_dict(CONFIG)
    schema = schemathesis.openapi.from_dict(calls.document, config=config)
    schema.config.update(base_url=url)
    schema = schema.exclude(path=[label.split()[1] for label in WITHOUT_END])
    hints = _hints(usable)
    schemathesis.hook("before_call")(hints)
    REQUESTS_TRANSPORT.serializer(OFFSETS)(_as_bytes)
    try:
        for event in from_schema(schema).execute():
            calls.hear(event)
    finally:
        unregister(hints)
        REQUESTS_TRANSPORT.unregister_serializer(OFFSETS)
    return calls


def test_every_answer_is_as_documented(calls: Calls) -> None:
    told = [f"{what}\n    {how}" for what, how in calls.wrong.items()]
    assert not told, "\n".join(told)


def test_no_operation_is_left_out(calls: Calls) -> None:
    documented = {
        f"{method.upper()} {path}"
        for path, operations in calls.document["paths"].items()
        for method in operations
    }
    assert set(calls.statuses) == documented - set(WITHOUT_END)
    assert set(WITHOUT_END) < documented


def test_each_is_asked_so_that_it_succeeds_too(calls: Calls) -> None:
    never = {
        label
        for label, statuses in calls.statuses.items()
        if not any(200 <= status < 300 for status in statuses)
    }
    assert never == set(ONLY_REFUSED), {one: calls.statuses[one] for one in never}


def test_tags_are_documented_as_names_and_as_tables(calls: Calls) -> None:
    schemas = calls.document["components"]["schemas"]
    for name in ("RunRequest", "TagSetFile-Input"):
        forms = schemas[name]["properties"]["tags"]["items"]["anyOf"]
        assert [form.get("type", "table") for form in forms] == ["string", "table"], name


@pytest.mark.parametrize("path", [one.removeprefix("GET ") for one in WITHOUT_END])
def test_streams_answer_as_documented(calls: Calls, path: str) -> None:
    answers = calls.document["paths"][path]["get"]["responses"]
    run = httpx.get(f"{calls.url}/api/v1/runs").json()["items"][0]["id"]
    url = calls.url + path.replace("{run}", run)
    with httpx.stream("GET", url, params={"after": 0}) as live:
        assert live.status_code == 200
        kind = live.headers["content-type"].partition(";")[0]
        assert list(answers["200"]["content"]) == [kind] == ["text/event-stream"]
        assert next(live.iter_lines()).startswith("retry:")
    refused = [(httpx.get(url, params={"after": "-1"}), "422"), (httpx.post(url), "405")]
    if "{run}" in path:
        refused.append((httpx.get(calls.url + path.replace("{run}", "none")), "404"))
    for response, status in refused:
        assert str(response.status_code) == status
        kind = response.headers["content-type"]
        assert kind == "application/problem+json"
        if status != "405":
            assert list(answers[status]["content"]) == [kind]
