"""Where a request came from, by what it says and by the socket it came in through.

Pure rules: `api.gate` applies them. Only the socket is believed; what a proxy says (`Forwarded`,
`X-Forwarded-For` and their like) serves one purpose: such a request is from somewhere else.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from urllib.parse import urlsplit

from starlette.types import Scope

Address = tuple[str, int]
IP = IPv4Address | IPv6Address

_FORWARDED = frozenset(
    {
        b"forwarded",
        b"via",
        b"x-forwarded-for",
        b"x-forwarded-host",
        b"x-forwarded-proto",
        b"x-forwarded-server",
        b"x-real-ip",
        b"cf-connecting-ip",
        b"true-client-ip",
    }
)
_KEPT = frozenset(
    {
        b"host",
        b"origin",
        b"referer",
        b"sec-fetch-site",
        b"user-agent",
        b"authorization",
        b"cookie",
        b"content-type",
        b"content-length",
        b"access-control-request-method",
        b"access-control-request-headers",
    }
)
_LOCALHOST = frozenset({"localhost", "127.0.0.1", "::1"})
_HOST = re.compile(r"(?P<name>[a-zA-Z0-9._-]+|\[[0-9a-fA-F:.]+\])(?::(?P<port>[0-9]{1,5}))?")
_DEFAULT_PORTS = {"http": 80, "https": 443, "ws": 80, "wss": 443}


@dataclass(frozen=True, slots=True)
class Arrival:
    """One request or WebSocket, before anything is done about it."""

    method: str
    """`WEBSOCKET` for one of those."""
    path: str
    peer: IP | None
    """None when the server could not tell."""
    end: Address | None
    """Our own end of the connection."""
    headers: dict[bytes, bytes]
    """Those that matter here."""
    twice: str = ""
    """A header that must be there once, and is not."""
    forwarded: bool = False
    """A proxy sent it on for somebody."""
    is_tls: bool = False

    @classmethod
    def of(cls, scope: Scope) -> Arrival:
        kept: dict[bytes, bytes] = {}
        twice, forwarded = "", False
        for name, value in scope["headers"]:
            if name in _KEPT:
                if name in kept and name in {b"host", b"origin", b"authorization"}:
                    twice = name.decode()
                # Cookies may come in several lines (RFC 9113, 8.2.3).
                kept[name] = kept[name] + b"; " + value if name in kept else value
            elif name in _FORWARDED:
                forwarded = True
        client, server = scope.get("client"), scope.get("server")
        end = (server[0], server[1]) if server and server[1] is not None else None
        method = scope["method"] if scope["type"] == "http" else "WEBSOCKET"
        peer = address_of(client[0]) if client else None
        is_tls = scope.get("scheme") in {"https", "wss"}
        return cls(method, scope["path"], peer, end, kept, twice, forwarded, is_tls)

    def header(self, name: str) -> str:
        """Empty when it is not there."""
        return self.headers.get(name.encode(), b"").decode("latin-1")

    @property
    def is_from_browser(self) -> bool:
        return self.header("user-agent").startswith("Mozilla/")


@lru_cache(maxsize=4096)
def address_of(text: str) -> IP | None:
    """An IP address; one of IPv4 as such also where IPv6 carries it."""
    try:
        found = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    return getattr(found, "ipv4_mapped", None) or found


def origin_of(peer: IP | None) -> str:
    """Whom to count log-ins against: an address, or the /64 that one subscriber has of IPv6."""
    if isinstance(peer, IPv6Address):
        return str(IPv6Network((peer, 64), strict=False))
    return str(peer)


# -------------------------------------------------------------------------------------- rules


def is_loopback(text: str) -> bool:
    found = address_of(text)
    return found is not None and found.is_loopback


def is_local(arrival: Arrival, bound: Sequence[Address] | None) -> bool:
    """Sent by a program of this machine to a socket that only this machine can reach.

    `bound`: what the server listens on. None (in tests): whatever the connection says.
    """
    if arrival.forwarded or arrival.peer is None or not arrival.peer.is_loopback:
        return False
    end = arrival.end
    if end is None or not is_loopback(end[0]):
        return False
    return bound is None or any(
        port == end[1] and address_of(host) == address_of(end[0]) for host, port in bound
    )


def is_trusted(arrival: Arrival, networks: tuple[str, ...]) -> bool:
    """Sent from one of these networks, and not by a proxy there for somebody else."""
    if arrival.forwarded or arrival.peer is None:
        return False
    return any(arrival.peer in _network(one) for one in networks)


@lru_cache(maxsize=256)
def _network(text: str) -> IPv4Network | IPv6Network:
    return ip_network(text)


@lru_cache(maxsize=1024)
def host_and_port(host: str) -> tuple[str, int | None] | None:
    """Of a Host header or the like, in lower case; None for what cannot be one."""
    found = _HOST.fullmatch(host)
    if found is None:
        return None
    name, port = found["name"].lower().strip("[]").rstrip("."), found["port"]
    if not name or (port and int(port) > 65535):
        return None
    return name, int(port) if port else None


def is_known_host(arrival: Arrival, names: Collection[str], *, wider: bool) -> bool:
    """Whether a browser that means this server would name it so.

    A page of another site cannot make its own name count, though it may lead here (DNS
    rebinding). An address has no name that could be led elsewhere, so where the server is bound
    `wider` than this machine, each address counts.
    """
    named = host_and_port(arrival.header("host"))
    if named is None:
        return False
    host = named[0]
    if host in _LOCALHOST or host in names:
        return True
    if arrival.end and address_of(host) == address_of(arrival.end[0]) is not None:
        return True
    return wider and address_of(host) is not None


def is_same_origin(origin: str, host: str) -> bool:
    """Whether a page of `origin` is this server's own.

    The scheme is not compared: a proxy that adds TLS takes it away from what comes here.
    """
    try:
        scheme = urlsplit(origin).scheme
    except ValueError:
        return False
    theirs, ours = host_and_port(origin.partition("://")[2]), host_and_port(host)
    if theirs is None or ours is None or scheme not in _DEFAULT_PORTS:
        return False
    default = _DEFAULT_PORTS[scheme]
    return (theirs[0], theirs[1] or default) == (ours[0], ours[1] or default)


def foreign(arrival: Arrival, origins: Collection[str]) -> str | None:
    """Why this may be another site's doing; None when it is not.

    Browsers name the page that sends it in `Origin`, but not for a GET that a picture or a link
    sets off; then `Sec-Fetch-Site` tells, and where that is left out too (plain HTTP beyond this
    machine) `Referer`. Programs that are no browsers send none of them.
    """
    origin, host = arrival.header("origin"), arrival.header("host")
    if origin:
        if origin in origins or is_same_origin(origin, host):
            return None
        return f"a page of {origin} sent it"
    site = arrival.header("sec-fetch-site")
    if site:
        return None if site in {"same-origin", "none"} else "a page of another site sent it"
    if arrival.method not in {"GET", "HEAD"} or not arrival.is_from_browser:
        return None
    came = arrival.header("referer")
    if not came:
        return "a browser sent it and does not say from which page"
    try:
        parts = urlsplit(came)
    except ValueError:
        return "a page sent it whose address cannot be read"
    page = f"{parts.scheme}://{parts.netloc}"
    if page in origins or is_same_origin(page, host):
        return None
    return f"a page of {page} sent it"
