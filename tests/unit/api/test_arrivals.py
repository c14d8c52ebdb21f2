"""Where a request came from, and whether another site may be behind it."""

from __future__ import annotations

import pytest
from starlette.types import Scope

from sightline.api.arrivals import (
    Arrival,
    address_of,
    foreign,
    host_and_port,
    is_known_host,
    is_local,
    is_same_origin,
    is_trusted,
    origin_of,
)

LOOPBACK = [("127.0.0.1", 8470)]
EVERYWHERE = [("0.0.0.0", 8470)]
BOTH = [("127.0.0.1", 8470), ("192.168.1.5", 8470)]


def scope(
    peer: str = "127.0.0.1",
    end: str = "127.0.0.1",
    port: int = 8470,
    method: str = "GET",
    path: str = "/api/v1/runs",
    kind: str = "http",
    **headers: str,
) -> Scope:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return {
        "type": kind,
        "method": method,
        "path": path,
        "query_string": b"",
        "client": (peer, 50_000),
        "server": (end, port),
        "headers": [(name.encode(), value.encode()) for name, value in named.items()],
    }


def arrival(**given: str) -> Arrival:
    return Arrival.of(scope(**given))  # pyright: ignore[reportArgumentType]


@pytest.mark.parametrize(
    ("bound", "peer", "end", "header", "local"),
    [
        (LOOPBACK, "127.0.0.1", "127.0.0.1", None, True),
        (None, "127.0.0.1", "127.0.0.1", None, True),
        ([("::1", 8470)], "::1", "::1", None, True),
        ([("127.0.0.1", 8470)], "127.9.9.9", "127.0.0.1", None, True),
        # Bound to all addresses: whoever comes over loopback may be a proxy for anybody.
        (EVERYWHERE, "127.0.0.1", "127.0.0.1", None, False),
        ([("::", 8470)], "::1", "::1", None, False),
        # Bound to both: each socket speaks for itself.
        (BOTH, "127.0.0.1", "127.0.0.1", None, True),
        (BOTH, "192.168.1.9", "192.168.1.5", None, False),
        (BOTH, "192.168.1.5", "192.168.1.5", None, False),
        # On another port than the one that is bound to loopback.
        ([("127.0.0.1", 9000), ("0.0.0.0", 8470)], "127.0.0.1", "127.0.0.1", None, False),
        (None, "192.168.1.9", "192.168.1.5", None, False),
        (LOOPBACK, "10.0.0.1", "127.0.0.1", None, False),
        (LOOPBACK, "127.0.0.1", "127.0.0.1", "x_forwarded_for", False),
        (LOOPBACK, "127.0.0.1", "127.0.0.1", "forwarded", False),
        (LOOPBACK, "127.0.0.1", "127.0.0.1", "x_real_ip", False),
        (LOOPBACK, "127.0.0.1", "127.0.0.1", "via", False),
        (LOOPBACK, "not an address", "127.0.0.1", None, False),
    ],
)
def test_local_is_who_comes_by_a_socket_of_this_machine(
    bound: list[tuple[str, int]] | None, peer: str, end: str, header: str | None, local: bool
) -> None:
    headers = {header: "127.0.0.1"} if header else {}
    assert is_local(arrival(peer=peer, end=end, **headers), bound) is local


@pytest.mark.parametrize(
    ("peer", "networks", "header", "trusted"),
    [
        ("192.168.1.7", ("192.168.1.0/24",), None, True),
        ("192.168.2.7", ("192.168.1.0/24",), None, False),
        ("192.168.2.7", ("192.168.1.0/24", "192.168.0.0/16"), None, True),
        ("fd00::5", ("fd00::/64",), None, True),
        ("::ffff:192.168.1.7", ("192.168.1.0/24",), None, True),
        ("192.168.1.7", ("fd00::/64",), None, False),
        ("192.168.1.7", ("192.168.1.0/24",), "x_forwarded_for", False),
        ("192.168.1.7", (), None, False),
    ],
)
def test_trusted_is_who_comes_from_a_trusted_network_himself(
    peer: str, networks: tuple[str, ...], header: str | None, trusted: bool
) -> None:
    headers = {header: "192.168.1.7"} if header else {}
    assert is_trusted(arrival(peer=peer, **headers), networks) is trusted


@pytest.mark.parametrize(
    ("host", "names", "wider", "known"),
    [
        ("localhost:8470", (), False, True),
        ("LOCALHOST", (), False, True),
        ("localhost.", (), False, True),
        ("127.0.0.1:1", (), False, True),
        ("[::1]:8470", (), False, True),
        ("evil.example", (), False, False),
        ("evil.example:8470", (), True, False),
        ("localhost.evil.example", (), True, False),
        ("127.0.0.1.evil.example", (), True, False),
        ("nas", ("nas",), False, True),
        ("NAS.local:8470", ("nas.local",), True, True),
        ("192.168.1.5:8470", (), False, False),
        ("192.168.1.5:8470", (), True, True),
        ("[fd00::5]:8470", (), True, True),
        ("", (), True, False),
        ("localhost:port", (), True, False),
        ("user@localhost", (), True, False),
        ("localhost/../evil", (), True, False),
        ("localhost#evil", (), True, False),
        ("[::1", (), True, False),
    ],
)
def test_a_host_counts_that_no_other_site_could_have_made_up(
    host: str, names: tuple[str, ...], wider: bool, known: bool
) -> None:
    assert is_known_host(arrival(host=host), names, wider=wider) is known


def test_the_address_that_a_request_came_to_is_a_host_of_ours() -> None:
    came = arrival(host="10.1.2.3:8470", end="10.1.2.3", peer="10.1.2.9")
    assert is_known_host(came, (), wider=False)


@pytest.mark.parametrize(
    ("origin", "host", "same"),
    [
        ("http://localhost:8470", "localhost:8470", True),
        ("http://LOCALHOST:8470", "localhost:8470", True),
        ("http://localhost:5173", "localhost:8470", False),
        ("http://127.0.0.1:8470", "localhost:8470", False),
        ("https://nas.example", "nas.example", True),
        ("https://nas.example", "nas.example:443", True),
        ("http://nas.example", "nas.example:443", False),
        ("https://nas.example.evil", "nas.example", False),
        ("null", "localhost:8470", False),
        ("file://", "localhost:8470", False),
        ("http://localhost:8470@evil.example", "localhost:8470", False),
        ("http://[::1]:8470", "[::1]:8470", True),
        ("chrome-extension://localhost:8470", "localhost:8470", False),
    ],
)
def test_same_origin(origin: str, host: str, same: bool) -> None:
    assert is_same_origin(origin, host) is same


BROWSER = "Mozilla/5.0 (X11; Linux x86_64) Gecko/20100101 Firefox/145.0"
OURS = "http://localhost:8470"


@pytest.mark.parametrize(
    ("method", "headers", "refused"),
    [
        ("POST", {}, False),  # no browser
        ("POST", {"origin": OURS}, False),
        ("POST", {"origin": "http://localhost:5173"}, False),  # listed
        ("POST", {"origin": "http://localhost:5174"}, True),
        ("POST", {"origin": "https://evil.example"}, True),
        ("POST", {"origin": "null"}, True),
        ("DELETE", {"origin": "http://localhost:8470.evil.example"}, True),
        ("WEBSOCKET", {}, False),
        ("WEBSOCKET", {"origin": OURS}, False),
        ("WEBSOCKET", {"origin": "https://evil.example"}, True),
        # GETs that act.
        ("GET", {}, False),
        ("GET", {"user_agent": "curl/8.5.0"}, False),
        ("GET", {"sec_fetch_site": "same-origin", "user_agent": BROWSER}, False),
        ("GET", {"sec_fetch_site": "none", "user_agent": BROWSER}, False),
        ("GET", {"sec_fetch_site": "cross-site", "user_agent": BROWSER}, True),
        ("GET", {"sec_fetch_site": "same-site", "user_agent": BROWSER}, True),
        ("GET", {"sec_fetch_site": "cross-site", "origin": "http://localhost:5173"}, False),
        ("GET", {"sec_fetch_site": "cross-site", "origin": "https://evil.example"}, True),
        # Plain HTTP beyond this machine: browsers leave Sec-Fetch-Site out.
        ("GET", {"user_agent": BROWSER}, True),
        ("GET", {"user_agent": BROWSER, "referer": f"{OURS}/"}, False),
        ("GET", {"user_agent": BROWSER, "referer": "http://localhost:5173/x"}, False),
        ("GET", {"user_agent": BROWSER, "referer": "https://evil.example/"}, True),
        ("GET", {"user_agent": BROWSER, "referer": "http://[evil"}, True),
    ],
)
def test_what_another_site_may_be_behind(
    method: str, headers: dict[str, str], refused: bool
) -> None:
    kind = "websocket" if method == "WEBSOCKET" else "http"
    came = arrival(method=method, kind=kind, host="localhost:8470", **headers)
    assert (foreign(came, ("http://localhost:5173",)) is not None) is refused


def test_a_header_that_must_be_one_and_is_two_is_told() -> None:
    given = scope(host="localhost")
    given["headers"] += [(b"host", b"evil.example")]
    assert Arrival.of(given).twice == "host"


def test_cookies_of_several_lines_are_joined() -> None:
    given = scope(cookie="a=1")
    given["headers"] += [(b"cookie", b"b=2")]
    assert Arrival.of(given).header("cookie") == "a=1; b=2"


def test_whoever_has_a_network_of_ipv6_is_one_address() -> None:
    assert origin_of(address_of("2001:db8::1")) == origin_of(address_of("2001:db8::ffff:2"))
    assert origin_of(address_of("2001:db8:0:1::1")) != origin_of(address_of("2001:db8::1"))
    assert origin_of(address_of("::ffff:10.0.0.1")) == "10.0.0.1"


def test_a_host_of_nonsense_is_none() -> None:
    assert host_and_port("[::1]x") is None
    assert host_and_port("localhost:99999") is None
