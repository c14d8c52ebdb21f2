"""How far away an endpoint is."""

import pytest

from sightline.endpoints.egress import find_reach, reach_of, reach_of_address
from sightline.values import Reach


@pytest.mark.parametrize(
    ("url", "reach"),
    [
        ("http://127.0.0.1:1234/v1", Reach.HOST),
        ("http://[::1]:8000", Reach.HOST),
        ("http://localhost:11434", Reach.HOST),
        ("http://LOCALHOST.:11434", Reach.HOST),
        ("http://192.168.1.4:8000/v1", Reach.LAN),
        ("http://10.0.0.9", Reach.LAN),
        ("http://[fe80::1]:3", Reach.LAN),
        ("http://[::ffff:10.0.0.1]", Reach.LAN),
        ("http://gpu:8000", Reach.LAN),
        ("http://gpu.local", Reach.LAN),
        ("http://8.8.8.8", Reach.ANY),
        ("http://100.64.1.2", Reach.ANY),
        ("http://[::ffff:8.8.8.8]", Reach.ANY),
        ("https://api.openai.com/v1", Reach.ANY),
        ("https://local.evil.example", Reach.ANY),
        ("https://localhost.evil.example", Reach.ANY),
        ("https://192.168.1.4.evil.example", Reach.ANY),
    ],
)
def test_by_its_url(url: str, reach: Reach):
    assert reach_of(url) is reach


async def test_where_a_name_leads_counts_and_not_how_it_looks(monkeypatch: pytest.MonkeyPatch):
    led: dict[str, list[str]] = {
        "gpu.corp.example": ["10.1.2.3"],
        "sly.local": ["10.0.0.1", "8.8.8.8"],
    }

    async def look_up(_: object, host: str, port: object) -> list[object]:
        if host not in led:
            raise OSError("no such name")
        return [(0, 0, 0, "", (address, 0)) for address in led[host]]

    monkeypatch.setattr("asyncio.base_events.BaseEventLoop.getaddrinfo", look_up)
    assert await find_reach("https://gpu.corp.example/v1") is Reach.LAN
    assert await find_reach("http://sly.local") is Reach.ANY
    assert await find_reach("http://unknown.local") is Reach.LAN
    assert await find_reach("https://unknown.example") is Reach.ANY


def test_what_is_no_address_is_refused():
    with pytest.raises(ValueError, match="gpu"):
        reach_of_address("gpu")


def test_a_limit_allows_what_is_nearer():
    assert Reach.LAN.allows(Reach.HOST)
    assert Reach.LAN.allows(Reach.LAN)
    assert not Reach.LAN.allows(Reach.ANY)
