"""What must hold of every route there is, also of those that nobody has written yet."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any, cast

from fastapi import FastAPI

from sightline.api import document
from sightline.api.app import create_app
from sightline.api.paths import is_guarded, system_of
from sightline.api.routes import page
from sightline.services.services import Services

OPEN = {
    ("GET", "/api/v1/health"),
    ("HEAD", "/api/v1/health"),
    ("GET", "/api/v1/openapi.json"),
    ("GET", "/api/docs"),
    *(("GET", address) for address in page.ADDRESSES),
    ("GET", "/assets/{name}"),
    ("GET", "/icon.svg"),
    ("GET", "/login"),
    ("POST", "/api/v1/session"),
}


def app() -> FastAPI:
    nothing = SimpleNamespace(database=None)
    services = SimpleNamespace(store=nothing, access=nothing, preferences=nothing)
    return create_app(cast("Services", services))


def routes(router: Any) -> Iterator[tuple[str, str]]:
    """Method and path of each, those of included routers too; `WEBSOCKET` for such."""
    for route in router.routes:
        if (below := getattr(route, "original_router", None)) is not None:
            yield from routes(below)
            continue
        for method in sorted(getattr(route, "methods", None) or {"WEBSOCKET"}):
            yield method, route.path


def test_all_but_a_few_need_a_caller() -> None:
    found = set(routes(app().router))
    assert len(found) > 20
    assert {one for one in found if not is_guarded(one[1], one[0])} == OPEN


def test_each_is_ours_or_of_a_system_that_is_known() -> None:
    for method, path in routes(app().router):
        ours = path.startswith("/api/v1/") or (method, path) in OPEN
        assert ours or system_of(path) is not None, path


def test_the_document_says_of_every_operation_what_it_answers_and_who_may_ask() -> None:
    made = document.openapi(app())
    schemas = made["components"]["schemas"]
    assert "Problem" in schemas
    assert "HTTPValidationError" not in schemas
    seen = 0
    for path, operations in made["paths"].items():
        for method, operation in operations.items():
            seen += 1
            assert operation["tags"], path
            assert {"401", "403", "422", "503"} <= set(operation["responses"]), path
            problem = operation["responses"]["422"]["content"]
            assert list(problem) == ["application/problem+json"], path
            is_open = (method.upper(), path) in OPEN
            assert (operation["security"] == []) is is_open, path
    assert seen > 20
