"""How far a picture travels to an endpoint: this machine, this network, or anywhere.

The address decides, where a name leads is looked up when an endpoint joins a pool. A name server
that changes its mind afterwards is not noticed: whoever must exclude that names addresses.
"""

from __future__ import annotations

import asyncio
from ipaddress import IPv4Address, IPv6Address, ip_address
from urllib.parse import urlsplit

from sightline.values import Reach

_LOCAL_SUFFIXES = (
    ".local",
    ".lan",
    ".home",
    ".home.arpa",
    ".internal",
    ".intranet",
    ".localdomain",
)
"""Names that no public name server knows (RFC 6762, RFC 8375 and what routers hand out)."""


async def find_reach(url: str) -> Reach:
    """By the addresses that its host has, the furthest of them; by its name if it has none."""
    host = urlsplit(url).hostname or ""
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, None)
        return max((reach_of_address(str(one[4][0])) for one in found), key=list(Reach).index)
    except (OSError, ValueError):  # not to be found; none; or UnicodeError for no host at all
        return reach_of(url)


def reach_of(url: str) -> Reach:
    """By its host alone: an address by its range, a name by its form. In doubt `any`."""
    host = (urlsplit(url).hostname or "").rstrip(".").casefold()
    try:
        return reach_of_address(host)
    except ValueError:
        pass
    if host == "localhost" or host.endswith(".localhost"):
        return Reach.HOST
    if "." not in host or host.endswith(_LOCAL_SUFFIXES):
        return Reach.LAN
    return Reach.ANY


def reach_of_address(address: str) -> Reach:
    """Raises `ValueError` for what is no address."""
    known: IPv4Address | IPv6Address = ip_address(address.partition("%")[0])
    if isinstance(known, IPv6Address) and known.ipv4_mapped:
        known = known.ipv4_mapped
    if known.is_loopback:
        return Reach.HOST
    # Carrier-grade NAT (100.64.0.0/10) is no private network of its user's, nor does Python say so.
    return Reach.LAN if known.is_private or known.is_link_local else Reach.ANY
