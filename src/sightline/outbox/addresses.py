"""To which addresses a message may be sent that a person asked for over the network.

A URL that somebody names must not turn this server into their way to what only it can reach:
itself, its network, or the service that hands a cloud machine its keys. IPv6 has several ways to
write an IPv4 address; each is judged by the address that it leads to.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable, Sequence
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from httpx import URL, InvalidURL

from sightline.errors import InputError

Address = IPv4Address | IPv6Address
Resolve = Callable[[str, int], Awaitable[Sequence[str]]]
"""The addresses of a host and port. Raises `OSError` when it has none."""

LONGEST_URL = 2000

_METADATA = frozenset(
    map(
        ip_address,
        (
            "169.254.169.254",  # most clouds
            "fd00:ec2::254",  # EC2
            "fd20:ce::254",  # Google
            "169.254.170.2",  # ECS tasks
            "169.254.170.23",  # EKS pods
            "fd00:ec2::23",
            "100.100.100.200",  # Alibaba
            "192.0.0.192",  # Oracle, older machines
            "168.63.129.16",  # Azure's host
        ),
    )
)
"""Where clouds hand out the machine's own credentials: never a receiver."""

_NAT64 = ip_network("64:ff9b::/96")  # RFC 6052
_NAT64_LOCAL = ip_network("64:ff9b:1::/48")  # RFC 8215
_COMPATIBLE = ip_network("::/96")  # RFC 4291, 2.5.5.1, long out of use
_ISATAP = (0x00005EFE, 0x02005EFE)  # RFC 5214
_RELAYS = ip_network("192.88.99.0/24")  # RFC 7526
_SHARED = ip_network("100.64.0.0/10")  # RFC 6598, carrier-grade NAT


def why_not(address: Address, *, private: bool) -> str | None:
    """Why nothing may be sent there; None where it may. `private`: this network is fine."""
    ways = _ways(address)
    if any(one in _METADATA for one in ways):
        return "it is where a cloud hands out this machine's own keys"
    for one in ways:
        if one.is_multicast or one.is_unspecified or one == IPv4Address("255.255.255.255"):
            return "it is no address of one receiver"
        if one.is_loopback:
            near = "it is this machine"
        elif _is_of_a_network(one):
            near = "it is an address of a private network"
        elif not one.is_global or one.is_reserved or one in _RELAYS or one in _NAT64_LOCAL:
            near = "it is set aside for special use"
        else:
            continue
        if not private:
            return near
    return None


def is_metadata(address: Address) -> bool:
    """Whether a cloud hands out credentials there."""
    return any(one in _METADATA for one in _ways(address))


def _is_of_a_network(address: Address) -> bool:
    return (
        address.is_link_local
        or address in _SHARED
        or (isinstance(address, IPv6Address) and address.is_site_local)
        or (address.is_private and not address.is_reserved)
    )


def _ways(address: Address) -> tuple[Address, ...]:
    """The addresses at which a packet for this one may arrive."""
    if isinstance(address, IPv4Address):
        return (address,)
    inner = address.ipv4_mapped
    if inner is None and address in _NAT64:
        inner = IPv4Address(int(address) & 0xFFFFFFFF)
    if inner is not None:
        return (inner,)
    if address.sixtofour is not None:
        return (address.sixtofour,)
    if address.teredo is not None:
        return (address, *address.teredo)
    low = IPv4Address(int(address) & 0xFFFFFFFF)
    if address in _COMPATIBLE and int(low) > 1:
        return (address, low)
    if (int(address) >> 32) & 0xFFFFFFFF in _ISATAP:
        return (address, low)
    return (address,)


async def resolve(host: str, port: int) -> Sequence[str]:
    """By the system's name service."""
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except UnicodeError as error:
        raise OSError(str(error)) from error
    return list(dict.fromkeys(str(one[4][0]) for one in found))


def read_url(text: str) -> URL:
    """Raises `InputError` for what is no address of a receiver on the web."""
    if len(text) > LONGEST_URL:
        raise InputError(f"the URL has more than {LONGEST_URL} characters")
    try:
        url = URL(text)
        port = url.port
    except (InvalidURL, ValueError) as error:
        raise InputError(f"this is not a URL: {error}") from error
    if url.scheme not in {"http", "https"} or not url.raw_host:
        raise InputError("a URL is needed that begins with http:// or https:// and names a host")
    if url.userinfo:
        raise InputError("the URL carries a user name or password: take them out")
    if port is not None and not 0 < port < 65536:
        raise InputError("the port in the URL is not one from 1 to 65535")
    return url


async def addresses_of(url: URL, *, private: bool, resolve: Resolve = resolve) -> list[Address]:
    """Where a receiver is, once looked up: to be connected to as they are, not by name again.

    Raises `InputError` when not every one of them may be sent to, `OSError` when there is none.
    """
    host = url.raw_host.decode("ascii")
    found = await resolve(host, url.port or (443 if url.scheme == "https" else 80))
    addresses: list[Address] = []
    for text in found:
        if "%" in text:  # of one network interface: it may be another's on another machine
            raise InputError(f"nothing is sent to {host}: {text} is an address of this link only")
        address = ip_address(text)
        if reason := why_not(address, private=private):
            way_out = "" if private or is_metadata(address) else _WAY_OUT
            named = host if text == host else f"{host} ({text})"
            raise InputError(f"nothing is sent to {named}: {reason}.{way_out}")
        addresses.append(address)
    if not addresses:
        raise OSError(f"{host} has no address")
    return addresses


_WAY_OUT = " To allow receivers on this machine and its networks set webhooks.private."
