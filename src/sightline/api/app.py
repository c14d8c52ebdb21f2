"""The server's application: its routes, and the frame around them.

It has no life of its own: `wiring` opens the services before it is served and closes them after.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import replace

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.middleware.gzip import DEFAULT_EXCLUDED_CONTENT_TYPES, GZipMiddleware
from starlette.requests import HTTPConnection
from starlette.responses import Response
from starlette.routing import Match, Route, Router

from sightline.api import live
from sightline.api.arrivals import Address
from sightline.api.compat import chronicon, haven, node, node_ws
from sightline.api.gate import Gate
from sightline.api.problems import PROBLEMS, trouble_of
from sightline.api.routes import (
    deliveries,
    endpoints,
    footage,
    media,
    page,
    pages,
    runs,
    session,
    settings,
    system,
    tagsets,
    timeline,
    tokens,
    uploads,
)
from sightline.api.shapes import respond
from sightline.errors import SightlineError
from sightline.services.server.condition import RecentTroubles, Surveyor
from sightline.services.server.pulse import Pulse
from sightline.services.services import Services
from sightline.settings import ServerSettings
from sightline.version import __version__

_ANY_ROUTE = (400, 401, 403, 413, 414, 421, 422, 429, 500, 503)
"""What the gate, the reading of a request or an outage may answer with on any path."""

_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")

_MODULES = (
    *(page, pages, session, system, tokens, media, footage, timeline, uploads, runs, live),
    *(deliveries, endpoints, settings, tagsets),
    *(haven, node, node_ws, chronicon),
)
"""What serves routes; of two that fit a request, the first counts."""

_PACKED_ALREADY = (*DEFAULT_EXCLUDED_CONTENT_TYPES, "application/octet-stream", "image/*")


def create_app(
    services: Services,
    *,
    bound: Sequence[Address] | None = None,
    names: Sequence[str] = (),
    troubles: RecentTroubles | None = None,
) -> FastAPI:
    """The application over services that are open.

    `bound`: the addresses that the server listens on; None in tests, where each connection tells.
    `names`: those of this machine by which it may be called, beside localhost. `troubles`: what
    keeps the last warnings of this process.
    """

    def server() -> ServerSettings:
        return services.preferences.settings.server

    app = FastAPI(
        title="Sightline",
        version=__version__,
        summary="Watch video with vision-language models: exact, honest, never loses work.",
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        responses=PROBLEMS(*_ANY_ROUTE),
    )
    app.state.services = services
    app.state.stopping = asyncio.Event()
    app.state.surveyor = Surveyor(services.store)
    app.state.troubles = troubles
    pulse = app.state.pulse = Pulse(services.store.database)
    for kind in (SightlineError, HTTPException, RequestValidationError):
        app.add_exception_handler(kind, _on_error)
    app.add_middleware(
        GZipMiddleware,
        minimum_size=1024,
        compresslevel=5,
        exclude_content_types=_PACKED_ALREADY,
    )
    app.add_middleware(
        Gate,
        access=services.access,
        server=server,
        bound=bound,
        names=names,
        pulse=pulse,
    )
    for module in _MODULES:
        app.include_router(module.router)
    return app


async def _on_error(connection: HTTPConnection, error: Exception) -> Response:
    if connection.scope["type"] == "websocket":
        raise error  # the gate refuses it: nothing else can before it is open
    path: str = connection.scope["path"]
    trouble = trouble_of(error, path)
    if trouble.status == 404 and page.is_wanted(connection):
        return await page.document(404)
    if trouble.status == 405:
        # The framework names the methods of one route; a path may have several.
        trouble = replace(trouble, headers={"Allow": ", ".join(_methods_at(connection))})
    return respond(path, trouble)


def _methods_at(connection: HTTPConnection) -> list[str]:
    """Of the routes that name the path most closely: `endpoints/discover` is no `endpoints/{name}`,
    though its pattern fits."""
    app: FastAPI = connection.app
    found: dict[int, set[str]] = {}
    for route in _routes(app.router):
        if route.matches(connection.scope)[0] is not Match.NONE:
            found.setdefault(len(route.param_convertors), set()).update(route.methods or ())
    closest = found[min(found)] if found else set[str]()
    return [method for method in _METHODS if method in closest]


def _routes(router: Router) -> Iterator[Route]:
    """Also of the routers that are included, which the framework keeps as they are."""
    for route in router.routes:
        if isinstance(route, Route):
            yield route
        elif isinstance(inner := getattr(route, "original_router", None), Router):
            yield from _routes(inner)
