"""Sockets to be served on, and in words why there are none."""

from __future__ import annotations

import errno
import os
import socket
import sys
from collections.abc import Sequence
from ipaddress import ip_address

from sightline.errors import SettingsError

Address = tuple[str, int]

_ABSENT = {errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT}


def listen(addresses: Sequence[str]) -> list[socket.socket]:
    """Sockets bound to each `HOST:PORT`; a name is all its addresses, as localhost is two.

    Raises `SettingsError` for one that cannot be had. Close them when done.
    """
    bound: list[socket.socket] = []
    try:
        for address in addresses:
            bound += _bind(address, taken=[addresses_of(one) for one in bound])
    except BaseException:
        for one in bound:
            one.close()
        raise
    return bound


def addresses_of(bound: socket.socket) -> Address:
    """Where a socket listens: the port that was given, where it was asked for as 0."""
    host, port, *_ = bound.getsockname()
    return host, port


def is_everywhere(host: str) -> bool:
    """Whether it stands for all addresses of this machine."""
    return ip_address(host.partition("%")[0]).is_unspecified


def own_names() -> tuple[str, ...]:
    """By which others in the network may call this machine."""
    name = socket.gethostname().lower().rstrip(".")
    return (name, f"{name.partition('.')[0]}.local") if name else ()


def url_of(address: Address) -> str:
    """For a person; all addresses together go by the machine's name."""
    host, port = address
    if is_everywhere(host):
        host = next(iter(own_names()), host)
    return f"http://[{host}]:{port}/" if ":" in host else f"http://{host}:{port}/"


def _bind(address: str, *, taken: Sequence[Address]) -> list[socket.socket]:
    host, _, port_text = address.rpartition(":")
    host, port = host.strip("[]"), int(port_text)
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except (socket.gaierror, UnicodeError) as error:
        raise SettingsError(
            f"Cannot listen on {address}: there is no host of that name. Give an address of this "
            f"machine, as in --listen 127.0.0.1:{port}, or 0.0.0.0:{port} for all of them."
        ) from error
    bound: list[socket.socket] = []
    absent: OSError | None = None
    for family, _, _, _, where in sorted(found):
        chosen = addresses_of(bound[0])[1] if bound and not port else port
        if (where[0], chosen) in taken:
            continue
        try:
            bound.append(_open(family, (str(where[0]), chosen, *where[2:])))
        except OSError as error:
            if error.errno not in _ABSENT:
                for one in bound:
                    one.close()
                own = any(number == port for _, number in taken)
                raise SettingsError(_why(address, error, port=port, own=own)) from error
            absent = error
    if absent and not bound:
        raise SettingsError(_why(address, absent, port=port, own=False)) from absent
    return bound


def _open(family: int, where: tuple[str | int, ...]) -> socket.socket:
    # asyncio turns Nagle's algorithm off only for sockets that say they are TCP; with it, an answer
    # on a connection that is kept waits 40 ms for an acknowledgement.
    opened = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        if os.name == "posix" and sys.platform != "cygwin":
            # A server that was just stopped leaves its address in TIME_WAIT.
            opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            # [::] beside 0.0.0.0, each for its own kind: which clients are local stays plain.
            opened.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        opened.bind(where)
        # Only this finds a port that another socket listens on with SO_REUSEADDR, too.
        opened.listen(1)
    except BaseException:
        opened.close()
        raise
    return opened


def _why(address: str, error: OSError, *, port: int, own: bool) -> str:
    match error.errno:
        case errno.EADDRINUSE if own:
            why = "another --listen with this port is there already. Leave one of them out."
        case errno.EADDRINUSE:
            why = (
                "another program listens there, perhaps a Sightline that runs already. Stop that "
                f"one, or choose another port, as in --listen 127.0.0.1:{port + 1}."
            )
        case errno.EACCES:
            why = "the system does not allow it: ports below 1024 are for the administrator."
        case code if code in _ABSENT:
            why = (
                "that is no address of this machine. Give one that is, or 0.0.0.0 "
                f"for all of them, as in --listen 0.0.0.0:{port}."
            )
        case _:
            why = f"{error.strerror or error}."
    return f"Cannot listen on {address}: {why}"
