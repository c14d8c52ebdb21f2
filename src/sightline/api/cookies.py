"""The cookie that a browser is known by.

Browsers keep cookies by host and not by port, so its name has the port: two servers on one
machine do not log each other's visitors out.
"""

from __future__ import annotations

from starlette.responses import Response

from sightline.api.arrivals import host_and_port
from sightline.services.server.access import SESSION_LASTS


def cookie_name(host: str) -> str:
    """For the server that is called by this Host."""
    named = host_and_port(host)
    return f"sightline-{named[1]}" if named and named[1] else "sightline"


def session_of(header: str, *, host: str) -> str | None:
    """The secret in a `Cookie` header."""
    if not header:
        return None
    name = cookie_name(host)
    for part in header.split(";"):
        key, _, value = part.strip().partition("=")
        if key == name and value:
            return value.strip('"')
    return None


def set_session(response: Response, secret: str, *, host: str, secure: bool) -> None:
    """Scripts do not see it, and other sites' pages send it with nothing but a plain link."""
    response.set_cookie(
        cookie_name(host),
        secret,
        max_age=int(SESSION_LASTS.total_seconds()),
        path="/",
        httponly=True,
        samesite="lax",
        secure=secure,
    )


def clear_session(response: Response, *, host: str, secure: bool) -> None:
    response.delete_cookie(
        cookie_name(host), path="/", httponly=True, samesite="lax", secure=secure
    )
