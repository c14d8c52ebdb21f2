"""Where a server listens, and in words why it cannot."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Generator, Sequence
from contextlib import contextmanager

import pytest

from sightline.cli.listening import addresses_of, is_everywhere, listen, own_names, url_of
from sightline.errors import SettingsError


@contextmanager
def listening(*addresses: str) -> Generator[list[tuple[str, int]]]:
    bound = listen(addresses)
    try:
        yield [addresses_of(one) for one in bound]
    finally:
        for one in bound:
            one.close()


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def test_each_address_is_one_socket() -> None:
    with listening("127.0.0.1:0", "127.0.0.2:0") as bound:
        assert [host for host, _ in bound] == ["127.0.0.1", "127.0.0.2"]
        for address in bound:
            socket.create_connection(address, timeout=5).close()


def test_localhost_is_all_its_addresses_on_one_port() -> None:
    with listening("localhost:0") as bound:
        assert ("127.0.0.1", bound[0][1]) in bound
        assert len({port for _, port in bound}) == 1


def test_the_same_address_twice_is_one_socket() -> None:
    port = free_port()
    with listening(f"127.0.0.1:{port}", f"localhost:{port}", f"127.0.0.1:{port}") as bound:
        assert [one for one in bound if one[0] == "127.0.0.1"] == [("127.0.0.1", port)]


def test_an_ipv6_address_does_not_take_its_ipv4_twin() -> None:
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        with pytest.raises(SettingsError, match="no address of this machine"):
            listen(["[::1]:0"])
        return
    port = free_port()
    with listening(f"[::]:{port}", f"0.0.0.0:{port}") as bound:
        assert {host for host, _ in bound} == {"::", "0.0.0.0"}


@pytest.mark.parametrize(
    ("address", "says"),
    [
        ("192.0.2.1:8470", "no address of this machine"),
        ("x" * 64 + ".example:8470", "no host of that name"),
    ],
)
def test_an_address_that_is_not_ours_is_told_with_the_way_out(address: str, says: str) -> None:
    with pytest.raises(SettingsError, match=says) as refused:
        listen([address])
    assert address in str(refused.value)
    assert "--listen" in str(refused.value)


def test_a_port_that_is_taken_is_told_with_another_that_may_be_free() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(SettingsError, match=f"--listen 127.0.0.1:{port + 1}"):
            listen([f"127.0.0.1:{port}"])


def test_listens_that_overlap_are_told_apart_from_other_programs() -> None:
    port = free_port()
    with pytest.raises(SettingsError, match="another --listen"):
        listen([f"0.0.0.0:{port}", f"127.0.0.1:{port}"])
    with listening(f"127.0.0.1:{port}"):  # nothing is left behind
        pass


async def test_answers_do_not_wait_for_acknowledgements() -> None:
    told: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    def met(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        peer: socket.socket = writer.get_extra_info("socket")
        told.set_result(peer.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
        writer.close()

    (bound,) = listen(["127.0.0.1:0"])
    async with await asyncio.start_server(met, sock=bound):
        with socket.create_connection(addresses_of(bound)):
            assert await told


@pytest.mark.parametrize(
    ("address", "url"),
    [
        (("127.0.0.1", 8470), "http://127.0.0.1:8470/"),
        (("::1", 8470), "http://[::1]:8470/"),
        (("0.0.0.0", 80), f"http://{own_names()[0]}:80/"),
    ],
)
def test_a_person_is_shown_what_a_browser_takes(address: tuple[str, int], url: str) -> None:
    assert url_of(address) == url


def test_everywhere() -> None:
    hosts: Sequence[str] = ("0.0.0.0", "::", "127.0.0.1", "fe80::1%eth0")
    assert [is_everywhere(host) for host in hosts] == [True, True, False, False]
