"""The same bad servers for every kind that speaks HTTP: each a clear error naming the endpoint."""

from __future__ import annotations

import json
import logging
import socket
import traceback
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest
from pydantic import SecretStr
from scripted import Heard, Say, Script, ScriptedServer, serving

from sightline.endpoints import anthropic, ollama, openai
from sightline.errors import (
    EndpointDown,
    EndpointError,
    ModelMissing,
    RateLimited,
    RequestRejected,
    SettingsError,
    Unauthorized,
)
from sightline.ports import EndpointKind, Given, Shown
from sightline.prompts import templates
from sightline.settings import EndpointSettings
from sightline.values import Ask, AskId, Picture

KEY = "sk-very-secret-0123456789"
KINDS: Mapping[str, EndpointKind] = {
    "openai": openai.kind,
    "ollama": ollama.kind,
    "anthropic": anthropic.kind,
}
SHOWN = (Shown(Picture(0, b"\xff\xd8 not looked at \xff\xd9", 4, 4), 0.0),)
DESCRIBE = (Ask(AskId(0), (0,), templates.describe()),)

Use = Callable[[EndpointKind, Given], Awaitable[object]]


async def answer(kind: EndpointKind, given: Given) -> object:
    endpoint = await kind.connect(given)
    try:
        return await endpoint.answer(SHOWN, DESCRIBE)
    finally:
        await endpoint.aclose()


async def models(kind: EndpointKind, given: Given) -> object:
    return await kind.models(given)


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> EndpointKind:
    return KINDS[request.param]


@pytest.fixture(params=[answer, models])
def use(request: pytest.FixtureRequest) -> Use:
    return request.param


def given_at(server: ScriptedServer | str, **settings: Any) -> Given:
    url = server if isinstance(server, str) else f"http://127.0.0.1:{server.port}"
    fields: dict[str, Any] = {"model": "m", "api_key": SecretStr(KEY), "timeout_s": 20.0} | settings
    return Given("desk", EndpointSettings(url=url, **fields), key_setting="DESK_KEY")


def always(says: Say) -> Script:
    return lambda _: says


async def refused(use: Use, kind: EndpointKind, says: Say | Script, **settings: Any) -> str:
    """The message of the error, which always names the endpoint and never the key."""
    async with serving(always(says) if isinstance(says, Say) else says) as server:
        with pytest.raises(EndpointError) as caught:
            await use(kind, given_at(server, **settings))
    error = caught.value
    assert error.endpoint == "desk"
    assert str(error).startswith("desk (http://127.0.0.1:")
    assert len(str(error)) < 600
    assert KEY not in "".join(traceback.format_exception(error))
    return f"{type(error).__name__}: {error}"


# ---------------------------------------------------------------------------------- no connection


async def test_nothing_listens(use: Use, kind: EndpointKind) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        with pytest.raises(EndpointDown, match=r"^desk .*nothing listens there"):
            await use(kind, given_at(f"http://127.0.0.1:{unused.getsockname()[1]}"))


async def test_tls_towards_a_plain_server(use: Use, kind: EndpointKind) -> None:
    async with serving(lambda _: Say({})) as server:
        with pytest.raises(EndpointDown, match=r"^desk .*TLS failed"):
            await use(kind, given_at(f"https://127.0.0.1:{server.port}"))


@pytest.mark.parametrize("url", ["http://desk/v1?key=1", "http://desk/#x"])
async def test_a_url_that_cannot_be_used_is_a_settings_error(
    use: Use, kind: EndpointKind, url: str
) -> None:
    with pytest.raises(SettingsError, match="desk"):
        await use(kind, given_at(url))
    with pytest.raises(SettingsError, match="desk"):
        kind.url(given_at(url))


async def test_a_key_that_cannot_travel_is_a_settings_error(use: Use, kind: EndpointKind) -> None:
    with pytest.raises(SettingsError, match="DESK_KEY") as caught:
        await use(kind, given_at("http://127.0.0.1:9", api_key=SecretStr("sk\nhidden")))
    assert "hidden" not in str(caught.value)


async def test_the_connection_breaks(use: Use, kind: EndpointKind) -> None:
    said = await refused(use, kind, Say(b"{", break_off=True))
    assert said.startswith("EndpointDown: ")
    assert "the connection broke" in said


# -------------------------------------------------------------------------------- what is refused


@pytest.mark.parametrize(
    ("status", "error", "words"),
    [
        (401, Unauthorized, "set DESK_KEY"),
        (403, Unauthorized, "set DESK_KEY"),
        (413, RequestRejected, "HTTP 413"),
        (429, RateLimited, "slow down (429)"),
        (500, EndpointDown, "HTTP 500"),
        (503, EndpointDown, "HTTP 503"),
        (529, RateLimited, "overloaded (529)"),
    ],
)
async def test_each_status_has_its_error_with_the_servers_words(
    use: Use, kind: EndpointKind, status: int, error: type[EndpointError], words: str
) -> None:
    body = {"type": "error", "error": {"type": "some_error", "message": "so it is"}}
    said = await refused(use, kind, Say(body, status))
    assert said.startswith(f"{error.__name__}: ")
    assert words in said
    assert "so it is" in said


async def test_without_a_key_it_says_where_to_set_one(use: Use, kind: EndpointKind) -> None:
    said = await refused(use, kind, Say({"error": "no"}, 401), api_key=None)
    assert "wants an API key; set DESK_KEY" in said


@pytest.mark.parametrize("status", [429, 503, 529])
async def test_retry_after_is_read_in_both_forms(kind: EndpointKind, status: int) -> None:
    soon = format_datetime(datetime.now(UTC) + timedelta(seconds=90), usegmt=True)
    for header, least, most in (("2.5", 2.5, 2.5), (soon, 60, 90)):
        says = Say({"error": "later"}, status, {"retry-after": header})
        async with serving(always(says)) as server:
            with pytest.raises(EndpointError) as caught:
                await answer(kind, given_at(server))
        assert caught.value.retry
        assert least <= (caught.value.retry_after_s or -1) <= most


async def test_a_redirect_to_another_host_is_not_followed(use: Use, kind: EndpointKind) -> None:
    async with serving(lambda _: Say({})) as other:
        said = await refused(use, kind, Say(b"", 307, {"location": f"{other.url}/x"}))
    assert "redirects to http://127.0.0.1, which is not followed" in said
    assert other.heard == []


# ------------------------------------------------------------------------ replies that are no good


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"<html><title>Router</title>login</html>", ""),
        (b"pong", ""),
        (b"", ""),
        (b"[]", ""),
        (b"{}x", ""),
        (b"[" * 100_000, ""),
        (b" " * (50 << 20), "more than 8 MB"),
    ],
)
async def test_a_reply_that_is_not_of_the_protocol(
    use: Use, kind: EndpointKind, body: bytes, words: str
) -> None:
    said = await refused(use, kind, Say(body))
    assert said.startswith("BadReply: ")
    assert (words or "Check its URL") in said


async def test_a_page_of_html_is_told_by_its_title(kind: EndpointKind) -> None:
    said = await refused(answer, kind, Say(b"<html><title>Router</title>login</html>"))
    assert "an HTML page, 'Router'" in said


async def test_a_compressed_reply_is_refused_before_it_is_unpacked(
    use: Use, kind: EndpointKind
) -> None:
    said = await refused(use, kind, Say(b"x", headers={"content-encoding": "gzip"}))
    assert said.startswith("BadReply: ")
    assert "compressed" in said


@pytest.mark.parametrize("says", [Say(hang=True), Say(b"{", trickle=True)])
async def test_a_reply_that_never_ends(
    kind: EndpointKind, says: Say, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = await refused(answer, kind, says, timeout_s=0.3)
    assert said.startswith("EndpointDown: ")
    assert "timeout_s" in said
    for module in (openai, ollama, anthropic):
        monkeypatch.setattr(module, "_LIST_TIMEOUT_S", 0.3)
    said = await refused(models, kind, says)
    assert said.startswith("EndpointDown: ")


# -------------------------------------------------------------------------------- missing models


async def test_a_missing_model_names_those_that_are_there(kind: EndpointKind) -> None:
    def script(heard: Heard) -> Say:
        match heard.method, heard.path.partition("?")[0]:
            case "GET", "/v1/models":
                return Say({"data": [{"id": "llava"}, {"id": "qwen"}]})
            case "GET", "/api/tags":
                return Say({"models": [{"model": "llava"}, {"model": "qwen"}]})
            case _:
                return Say({"error": {"type": "not_found_error", "message": "model: m"}}, 404)

    said = await refused(answer, kind, script)
    assert said.startswith("ModelMissing: ")
    assert "it has no model 'm'. It offers llava, qwen." in said


async def test_a_404_of_something_else_says_to_check_the_url(kind: EndpointKind) -> None:
    said = await refused(answer, kind, Say(b"<html><title>Not here</title>", 404))
    assert said.startswith("ModelMissing: ")
    assert "Check its URL" in said


async def test_no_model_at_all_says_how_to_get_one(kind: EndpointKind) -> None:
    async with serving(lambda _: Say({"data": [], "models": []})) as server:
        with pytest.raises(ModelMissing, match="it has no model loaded") as caught:
            await kind.connect(given_at(server, model=None))
    assert caught.value.endpoint == "desk"


# --------------------------------------------------------------------------------------- the key


async def test_only_its_own_key_and_headers_leave(
    use: Use, kind: EndpointKind, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("OPENAI", "OLLAMA", "ANTHROPIC"):
        monkeypatch.setenv(f"{name}_API_KEY", "sk-of-someone-else")
        monkeypatch.setenv(f"{name}_CUSTOM_HEADERS", "X-Private: yes")
    monkeypatch.setenv("ANTHROPIC_AUTH_TOKEN", "token-of-someone-else")
    async with serving(lambda _: Say({}, 500)) as server:
        for key in (SecretStr(KEY), None):
            with pytest.raises(EndpointDown):
                await use(kind, given_at(server, api_key=key))
    keys: list[str | None] = []
    for heard in server.heard:
        headers = dict(heard.headers)
        keys.append(headers.pop("x-api-key", None) or headers.pop("authorization", None))
        assert not [name for name in headers if name.startswith(("x-", "openai", "auth"))]
        assert headers.keys() <= {
            *("accept", "accept-encoding", "anthropic-version", "connection", "content-length"),
            *("content-type", "host", "user-agent"),
        }
        assert "someone-else" not in json.dumps(heard.headers)
    assert KEY in str(keys[0])
    assert keys[-1] is None


@pytest.mark.parametrize("status", [200, 400, 401, 404, 500])
async def test_a_key_that_a_server_quotes_is_in_no_error_and_no_log(
    use: Use, kind: EndpointKind, status: int, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    await refused(use, kind, lambda heard: Say(f"bad {KEY} ".encode() * 9, status))
    assert KEY not in caplog.text
