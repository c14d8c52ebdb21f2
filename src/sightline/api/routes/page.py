"""The web page: the files that `make page` built, as strictly as browsers can be told to take them.

Each address of the page gets the same document, which then shows what the address names. Files
under `/assets` have a digest of their content in their names, so a browser keeps them for ever.
"""

from __future__ import annotations

import asyncio
import re
import secrets
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter
from fastapi import Path as PathParameter
from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection
from starlette.responses import FileResponse, HTMLResponse, Response

from sightline.api.paths import system_of

router = APIRouter(include_in_schema=False)

FOLDER = Path(__file__).parents[2] / "page"
ADDRESSES = (
    "/",
    "/media/{id}",
    "/runs",
    "/runs/{run}",
    "/compare",
    "/tag-sets",
    "/endpoints",
    "/system",
    "/settings",
    "/welcome",
)
"""Those of web/src/app/router.tsx."""
_OF_THE_PAGE = re.compile(
    "(?:{})".format("|".join(re.sub(r"\{\w+\}", r"[\\w%.~-]+", one) for one in ADDRESSES))
    + r"(?:\?[!-\[\]-~]*)?",
    re.ASCII,
)
"""An address of the page with what it holds: printable ASCII without blanks and backslashes."""
_LONGEST = 2000
"""Characters of an address that is led back to."""

_NONCE = "__NONCE__"
"""Stands in the built document where each response has a nonce of its own."""
_CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'nonce-{nonce}'; "
    "img-src 'self' data: blob:; media-src 'self' blob:; font-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
_FOR_EVER = "public, max-age=31536000, immutable"
_TYPES = {
    ".js": "text/javascript",
    ".css": "text/css",
    ".svg": "image/svg+xml",
    ".woff2": "font/woff2",
    ".png": "image/png",
}
"""Named here, as what a system takes them for differs."""

_NOT_BUILT = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Sightline</title></head><body>
<h1>Sightline is serving, without its page</h1>
<p>The page has not been built in this checkout. Run <code>make page</code> there, then load this
again. A released package has it built in.</p>
<p><a href="/api/docs">The API</a> is here.</p>
</body></html>
"""


def leads_here(address: str) -> bool:
    """Whether it is one of the page's own addresses, which nobody is harmed by being led to.

    Neither another site (`//evil`), nor a route of the API: some of those act on a GET.
    """
    return len(address) <= _LONGEST and _OF_THE_PAGE.fullmatch(address) is not None


def is_wanted(connection: HTTPConnection) -> bool:
    """Whether a person followed a link there, and should be told in words that it leads nowhere."""
    path: str = connection.scope["path"]
    accepts = connection.headers.get("accept", "")
    return "text/html" in accepts and not path.startswith("/api/") and system_of(path) is None


async def document(status: int = 200) -> Response:
    """The document that all of the page's addresses share."""
    try:
        built = await asyncio.to_thread((FOLDER / "index.html").read_text, encoding="utf-8")
    except FileNotFoundError:
        return HTMLResponse(_NOT_BUILT, status_code=503)
    nonce = secrets.token_urlsafe(16)
    headers = {
        "content-security-policy": _CSP.format(nonce=nonce),
        "cache-control": "no-store",  # another nonce each time, and the newest build at once
    }
    return HTMLResponse(built.replace(_NONCE, nonce), status, headers=headers)


async def _page() -> Response:
    return await document()


for address in ADDRESSES:
    router.add_api_route(address, _page, methods=["GET"])


@router.get("/assets/{name}")
async def asset(name: Annotated[str, PathParameter(pattern=r"^[\w.-]+$")]) -> Response:
    return _file(f"assets/{name}", cached=_FOR_EVER)


@router.get("/icon.svg")
async def icon() -> Response:
    return _file("icon.svg", cached="public, max-age=86400")


def _file(name: str, *, cached: str) -> Response:
    path = FOLDER / name
    form = _TYPES.get(path.suffix)
    if form is None or not path.is_file():
        raise HTTPException(404)
    return FileResponse(path, media_type=form, headers={"cache-control": cached})
