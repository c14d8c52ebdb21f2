"""URLs, keys and the words for what goes wrong on the way to a server."""

from __future__ import annotations

import socket

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, SecretStr

from sightline.endpoints.http import (
    HeardText,
    Server,
    base_url,
    parse,
    retry_after_s,
    secret,
    shorten,
)
from sightline.errors import SettingsError


@pytest.mark.parametrize(
    ("given_url", "url"),
    [
        ("http://127.0.0.1:1234", "http://127.0.0.1:1234/v1"),
        ("http://127.0.0.1:1234/", "http://127.0.0.1:1234/v1"),
        ("http://127.0.0.1:1234/v1", "http://127.0.0.1:1234/v1"),
        (" http://127.0.0.1:1234/v1/ ", "http://127.0.0.1:1234/v1"),
        ("http://desk.lan/v1/chat/completions", "http://desk.lan/v1"),
        ("http://desk.lan/v1/models", "http://desk.lan/v1"),
        ("https://example.com/v1beta/openai/", "https://example.com/v1beta/openai"),
        ("http://[::1]:8080", "http://[::1]:8080/v1"),
        ("HTTP://Desk.lan", "http://desk.lan/v1"),
    ],
)
def test_a_base_url_is_taken_in_any_usual_form(given_url: str, url: str) -> None:
    assert base_url(given_url, setting="s") == url


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("127.0.0.1:1234", "did you mean http://127.0.0.1:1234"),
        ("localhost:1234", "did you mean"),
        ("ftp://desk", "not an http"),
        ("file:///etc/passwd", "not an http"),
        ("http://", "not an http"),
        ("", "not an http"),
        ("http://desk:99999", "not a URL"),
        ("http://desk:port", "not a URL"),
        ("http://desk/v1?key=1", "must end before"),
        ("http://[::1", "not a URL"),
    ],
)
def test_what_is_no_base_url_is_refused_by_name(url: str, words: str) -> None:
    with pytest.raises(SettingsError, match=r"endpoints\.desk\.url") as caught:
        base_url(url, setting="endpoints.desk.url")
    assert words in str(caught.value)


@pytest.mark.parametrize("url", ["http://me:hidden@desk", "https://hidden@desk/v1", "me:hidden@d"])
def test_a_password_in_a_url_is_refused_and_not_shown(url: str) -> None:
    with pytest.raises(SettingsError) as caught:
        base_url(url, setting="s")
    assert "hidden" not in str(caught.value)


def test_a_key_loses_white_space_and_an_empty_one_is_none() -> None:
    key = secret(" sk-1\n", setting="s")
    assert key is not None
    assert key.get_secret_value() == "sk-1"
    assert secret("  ", setting="s") is None


@pytest.mark.parametrize("key", ["sk\n2", "sk 2", "schlüssel", "\x00"])
def test_a_key_that_cannot_travel_is_refused_and_not_shown(key: str) -> None:
    with pytest.raises(SettingsError) as caught:
        secret(key, setting="endpoints.desk.api_key")
    assert key not in str(caught.value)
    assert "endpoints.desk.api_key" in str(caught.value)


@given(st.text())
def test_retry_after_never_fails_and_is_never_negative(text: str) -> None:
    wait = retry_after_s(text)
    assert wait is None or 0 <= wait < float("inf")


def test_an_unknown_host_is_told_as_such() -> None:
    try:
        try:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        except OSError as inner:
            raise ConnectionError("failed") from inner
    except ConnectionError as exc:
        error = Server("desk", "http://desk.lan/v1").unreachable(exc)
    assert "host name is not known" in str(error)


def test_a_page_of_html_is_told_by_its_title() -> None:
    assert shorten("<!doctype html><html><head><title> Log\nin </title>") == (
        "an HTML page, 'Log\\nin'"
    )
    assert len(shorten("word " * 1000)) == 300


KEY = "sk-very-secret-0123456789"


@pytest.mark.parametrize("before", [*range(270, 300), 3980])
def test_no_part_of_a_key_is_left_where_a_quote_ends(before: int) -> None:
    server = Server("desk", "http://desk.lan/v1", SecretStr(KEY))
    said = "x" * before + " " + KEY
    for error in (
        server.refusal(500, {}, said),
        server.refusal(307, {"location": f"http://{said.replace(' ', '.')}/"}, ""),
        server.unreachable(OSError(said)),
    ):
        assert "sk-" not in str(error)
        assert len(str(error)) < 400


def test_what_a_server_says_cannot_rewrite_a_terminal() -> None:
    server = Server("desk", "http://desk.lan/v1")
    told = str(server.refusal(500, {}, "\x1b[2Jbad \ud800 thing\r\n\u202edesrever\x9b"))
    assert told.isprintable()
    told.encode()


@pytest.mark.parametrize("location", ["http://[", "", "/login", "http://\x9b2J.lan/"])
def test_a_redirect_to_anywhere_is_told(location: str) -> None:
    told = str(Server("desk", "http://desk.lan/v1").refusal(302, {"location": location}, ""))
    assert "which is not followed" in told
    assert told.isprintable()


class Named(BaseModel):
    name: HeardText


@pytest.mark.parametrize(
    ("body", "name"),
    [
        (b'{"name": "a \\ud83d\\ude97"}', "a 🚗"),
        (b'{"name": "a \\ud83d b"}', "a \ufffd b"),
        (b'{"name": "a \\u001b[2J\\r\\nb"}', "a \ufffd[2J\nb"),
        (b'{"name": "a \xff b"}', "a \ufffd b"),
    ],
)
def test_what_a_body_says_is_valid_text(body: bytes, name: str) -> None:
    assert parse(Named, body) == Named(name=name)


@pytest.mark.parametrize(
    "body", [b"", b"[]", b'{"name": 1}', b"[" * 100_000, b'{"name":' * 500 + b"1" + b"}" * 500]
)
def test_a_body_of_another_form_is_none(body: bytes) -> None:
    assert parse(Named, body) is None
