"""What a path tells before any route is looked for: whose it is, and how it is to be guarded."""

from __future__ import annotations

import re
from enum import StrEnum

V1 = "/api/v1"
SESSION = f"{V1}/session"
HEALTH = f"{V1}/health"
OPENAPI = f"{V1}/openapi.json"
DOCS = "/api/docs"
LOGIN = "/login"
HOME = "/"
"""Where a log-in leads whom nothing else was wanted of."""

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
"""Methods that change nothing, but for `changes_state`."""

_OPEN = frozenset({HEALTH, OPENAPI, DOCS})


class System(StrEnum):
    """Another system whose clients we serve, in its own words."""

    HAVEN = "Haven Player"
    NODE = "VLM Node"
    CHRONICON = "Chronicon"


_SYSTEMS = {
    "/api/videos": System.HAVEN,
    "/api/jobs": System.HAVEN,
    "/api/config": System.HAVEN,
    f"{V1}/jobs": System.NODE,
    f"{V1}/ws": System.NODE,
    "/upload_video": System.CHRONICON,
    "/analyze": System.CHRONICON,
    "/results": System.CHRONICON,
    "/cancel": System.CHRONICON,
    "/decide_and_act": System.CHRONICON,
    "/health": System.CHRONICON,
    "/debug": System.CHRONICON,
}
"""Each path, and all below it."""

_GETS_THAT_ACT = ("/analyze", "/cancel")

_POSTS_THAT_LOOK = re.compile(rf"{V1}/media/(export|[^/]+/timeline/try)")
"""They ask for what is too long for a URL, and change nothing."""

_KIB = 1024
BODY_MAX_BYTES = _KIB**2
"""Of requests that are no uploads."""
_BODIES = {f"{V1}/runs": 16 * _KIB**2, f"{V1}/jobs": 16 * _KIB**2}
"""Of those that may name 10,000 files."""
_UPLOADS = (f"{V1}/uploads", "/upload_video")
_MEDIA = f"{V1}/media"


def system_of(path: str) -> System | None:
    """The system whose route this is; None for our own and for what nobody serves."""
    if path.startswith("/api/v1/"):
        key = "/".join(path.split("/", 4)[:4])
    elif path.startswith("/api/"):
        key = "/".join(path.split("/", 3)[:3])
    else:
        key = "/" + path.split("/", 2)[1] if "/" in path else path
    return _SYSTEMS.get(key)


def is_guarded(path: str, method: str) -> bool:
    """Whether a caller is needed: for everything but the page itself, its log-in and its health."""
    if path in _OPEN or (path == SESSION and method == "POST"):
        return False
    return path.startswith("/api/") or path == "/api" or system_of(path) is not None


def changes_state(path: str, method: str) -> bool:
    """True for what a foreign page must not be able to set off, some GETs included."""
    if method == "POST" and _POSTS_THAT_LOOK.fullmatch(path):
        return False
    return method not in SAFE or any(_is_below(path, one) for one in _GETS_THAT_ACT)


def body_limit(path: str, content_type: str) -> int | None:
    """Most bytes of a request's body; None where the route itself counts them, as they come."""
    if any(_is_below(path, one) for one in _UPLOADS):
        return None
    if path.rstrip("/") == _MEDIA and "json" not in content_type.lower():
        return None
    return _BODIES.get(path.rstrip("/"), BODY_MAX_BYTES)


def _is_below(path: str, parent: str) -> bool:
    return path == parent or path.startswith(f"{parent}/")
