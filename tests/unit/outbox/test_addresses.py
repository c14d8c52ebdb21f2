"""Where messages may go: no way of writing an address leads to what only this server can reach."""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import ip_address

import pytest

from sightline.errors import InputError
from sightline.outbox.addresses import addresses_of, is_metadata, read_url, resolve, why_not

PUBLIC = [
    "93.184.216.34",
    "8.8.8.8",
    "2606:2800:220:1:248:1893:25c8:1946",
    "::ffff:8.8.8.8",
    "64:ff9b::808:808",
    "2002:808:808::1",
]
OF_THIS_NETWORK = [
    "127.0.0.1",
    "127.9.9.9",
    "::1",
    "10.1.2.3",
    "172.16.0.1",
    "192.168.1.1",
    "169.254.3.4",
    "100.64.0.1",
    "fd12:3456::1",
    "fe80::1",
    "fec0::1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "2002:7f00:1::1",
    "2002:c0a8:101::1",
    "64:ff9b::7f00:1",
    "64:ff9b::a00:1",
    "64:ff9b:1::a00:1",
    "::127.0.0.1",
    "2a00::5efe:10.0.0.1",
]
NEVER = [
    "0.0.0.0",
    "::",
    "255.255.255.255",
    "224.0.0.1",
    "239.1.2.3",
    "ff02::1",
    "169.254.169.254",
    "fd00:ec2::254",
    "100.100.100.200",
    "168.63.129.16",
    "::ffff:169.254.169.254",
    "64:ff9b::a9fe:a9fe",
    "2002:a9fe:a9fe::1",
]
SPECIAL = ["192.0.2.1", "198.18.0.1", "240.0.0.1", "2001:db8::1", "192.88.99.1", "192.0.0.1"]


@pytest.mark.parametrize("address", PUBLIC)
def test_a_public_address_may_be_sent_to(address: str) -> None:
    assert why_not(ip_address(address), private=False) is None
    assert why_not(ip_address(address), private=True) is None


@pytest.mark.parametrize("address", OF_THIS_NETWORK)
def test_one_of_this_machine_or_network_only_when_that_is_allowed(address: str) -> None:
    assert why_not(ip_address(address), private=False)
    assert why_not(ip_address(address), private=True) is None


@pytest.mark.parametrize("address", NEVER)
def test_some_never(address: str) -> None:
    assert why_not(ip_address(address), private=False)
    assert why_not(ip_address(address), private=True)


@pytest.mark.parametrize("address", SPECIAL)
def test_what_is_set_aside_only_when_private_is_allowed(address: str) -> None:
    assert why_not(ip_address(address), private=False)


def test_metadata_is_known_in_every_form() -> None:
    assert is_metadata(ip_address("::ffff:169.254.169.254"))
    assert not is_metadata(ip_address("169.254.1.1"))


@pytest.mark.parametrize(
    "url",
    [
        "ftp://example.com/",
        "file:///etc/passwd",
        "example.com",
        "//example.com/x",
        "http:///x",
        "http://user:pass@example.com/",
        "http://example.com:0/",
        "http://example.com:99999/",
        "http://exa\0mple.com/",
        "http://example.com/\ud800",
        "http://example.com/" + "x" * 3000,
    ],
)
def test_what_is_no_url_of_a_receiver_is_refused(url: str) -> None:
    with pytest.raises(InputError):
        read_url(url)


@pytest.mark.parametrize("host", ["2130706433", "0x7f.1", "127.1", "localhost"])
async def test_other_ways_to_write_this_machine_are_seen_through(host: str) -> None:
    with pytest.raises(InputError, match="this machine"):
        await addresses_of(read_url(f"http://{host}/"), private=False, resolve=resolve)


async def test_one_address_among_many_that_may_not_is_enough_to_refuse() -> None:
    async def both(host: str, port: int) -> Sequence[str]:
        return ["93.184.216.34", "10.0.0.1"]

    with pytest.raises(InputError, match=r"example.com \(10.0.0.1\).*webhooks.private"):
        await addresses_of(read_url("https://example.com/"), private=False, resolve=both)


async def test_an_address_of_one_link_is_refused_even_where_private_ones_are_allowed() -> None:
    async def scoped(host: str, port: int) -> Sequence[str]:
        return ["fe80::1%eth0"]

    with pytest.raises(InputError, match="this link"):
        await addresses_of(read_url("https://example.com/"), private=True, resolve=scoped)
