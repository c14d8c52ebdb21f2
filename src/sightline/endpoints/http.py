"""How a server is reached over HTTP, and how its troubles are told to a person.

Guarantees, whichever SDK speaks through the client made here:
- the key goes to the named server and nowhere else: no redirect is followed, and of the headers
  that SDKs add (about this machine, or from environment variables meant for a vendor's cloud)
  only those in `_SENT` and `Server.also_sent` leave;
- no reply takes more memory than `MAX_REPLY_BYTES`;
- no message holds the key or a part of it, more than `_QUOTED_CHARS` of what a server said, or a
  character that a terminal would obey.
"""

from __future__ import annotations

import json
import math
import re
import socket
import ssl
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import partial
from ipaddress import ip_address
from typing import Annotated, Any, Literal, TypeVar, cast
from urllib.parse import urlsplit

import httpx2
from pydantic import AfterValidator, BaseModel, SecretStr

from sightline.endpoints.sending import look_once_more
from sightline.errors import (
    BadReply,
    EndpointDown,
    EndpointError,
    ModelMissing,
    RateLimited,
    RequestRejected,
    SettingsError,
    Unauthorized,
)
from sightline.values.text import plain, plain_line, plain_lines

HeardLine = Annotated[str, AfterValidator(plain_line)]
"""A name, as a server gives it."""
HeardText = Annotated[str, AfterValidator(plain_lines)]
"""What a server or its model says, as valid Unicode without control characters."""
_Document = TypeVar("_Document", bound=BaseModel)

MAX_REPLY_BYTES = 8 << 20
"""An answer is a few hundred bytes and a long list of models some hundred kilobytes."""

LEARNING_SLOTS = 64
"""Connections for an endpoint whose slots are found out: more than any server at home can use."""

_QUOTED_CHARS = 300
"""Of a server's own words in a message, with a list of its models as well."""
_LOOKED_AT_CHARS = 4000
"""For what to quote: a page of HTML has its title at the start."""

_CONNECT_S = 10.0
"""A host that is there accepts within a round trip; the rest of a timeout is for the model."""

_WAITING = (ssl.SSLWantReadError, ssl.SSLWantWriteError)
"""Not failures: they stand in the context of any time-out over TLS."""

_WORDS_IN = ("message", "detail", "error")

_SENT = frozenset(
    {
        "accept",
        "accept-encoding",
        "authorization",
        "connection",
        "content-length",
        "content-type",
        "host",
        "transfer-encoding",
        "user-agent",
    }
)


@dataclass(frozen=True, slots=True)
class Server:
    """One server: where it is, the key it wants, and the words for what goes wrong with it."""

    name: str
    url: str
    """Base URL as `base_url` returns it."""
    api_key: SecretStr | None = field(default=None, repr=False)
    key_setting: str = "api_key"
    """Where a person sets the key, for messages."""
    key_header: str = "authorization"
    """That one as `Bearer`; any other holds the key alone."""
    also_sent: frozenset[str] = frozenset()
    """Further headers that its protocol needs, in lower case."""

    def client(
        self, *, slots: int, timeout_s: float, max_bytes: int = MAX_REPLY_BYTES
    ) -> httpx2.AsyncClient:
        """A client with one kept-alive connection for each slot; the caller closes it.

        Proxies and certificates of the environment count, except for a server on this machine.
        """
        local = _is_this_machine(urlsplit(self.url).hostname or "")
        # Reading the authorities' certificates costs more CPU than a call: only where TLS is used.
        # An empty context trusts nobody, so nothing is weaker for it.
        plain = self.url.startswith("http:")
        verify = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT) if plain else True
        return _Client(
            verify=verify,
            trust_env=not local,
            follow_redirects=False,
            timeout=httpx2.Timeout(timeout_s, connect=min(_CONNECT_S, timeout_s)),
            limits=httpx2.Limits(max_connections=slots, max_keepalive_connections=slots),
            event_hooks={
                "request": [self._only_ours, _last_look],
                "response": [partial(self._cap, max_bytes)],
            },
        )

    async def _only_ours(self, request: httpx2.Request) -> None:
        sent = _SENT | self.also_sent
        for header in [name for name in request.headers if name not in sent]:
            del request.headers[header]
        # A compressed body could unpack to a thousand times what was counted.
        request.headers["accept-encoding"] = "identity"
        request.headers.pop("authorization", None)
        if self.api_key is not None:
            key = self.api_key.get_secret_value()
            bearer = self.key_header == "authorization"
            request.headers[self.key_header] = f"Bearer {key}" if bearer else key

    async def _cap(self, max_bytes: int, response: httpx2.Response) -> None:
        if response.headers.get("content-encoding", "identity") != "identity":
            raise self.bad_reply("it sent a compressed reply, which it was asked not to")
        assert isinstance(response.stream, httpx2.AsyncByteStream)  # noqa: S101
        too_big = self.bad_reply(f"it sent more than {max_bytes >> 20} MB in one reply")
        response.stream = _Capped(response.stream, max_bytes, too_big)

    # ------------------------------------------------------------------------------- troubles

    def tell(self, text: str) -> str:
        """`text` as a message about this server, with its key masked."""
        return self._mask(f"{self.name} ({self.url}): {text}")

    def quote(self, said: str) -> str:
        """A server's words for use in a message.

        The key is masked before they are shortened, or a part of it could be left at the end.
        """
        return shorten(self._mask(said))

    def _mask(self, text: str) -> str:
        key = self.api_key.get_secret_value() if self.api_key else ""
        return text.replace(key, "***") if key else text

    def cause(self, exc: Exception) -> Exception | None:
        """For `raise … from`: a vendor's error, unless it quotes the key, as tracebacks show it."""
        key = self.api_key.get_secret_value() if self.api_key else ""
        return None if key and key in str(exc) else exc

    def bad_reply(self, text: str) -> BadReply:
        return BadReply(self.tell(text), endpoint=self.name)

    def model_missing(self, text: str) -> ModelMissing:
        return ModelMissing(self.tell(text), endpoint=self.name)

    def too_slow(self, timeout_s: float) -> EndpointDown:
        text = (
            f"no whole reply within {timeout_s:g} s. It may be overloaded (lower its slots) or "
            "the model slow (raise its timeout_s)."
        )
        return EndpointDown(self.tell(text), endpoint=self.name)

    def unlisted(self, timeout_s: float) -> EndpointDown:
        text = f"no whole list of its models within {timeout_s:g} s. It may be overloaded."
        return EndpointDown(self.tell(text), endpoint=self.name)

    def unreachable(self, exc: BaseException) -> EndpointError:
        """The connection could not be made, or broke; `exc` is what the HTTP client raised.

        What our own hooks raised, and an SDK took for a broken connection, comes out again.
        """
        for cause in _causes(exc):
            if isinstance(cause, EndpointError):
                return cause
        text = _connection_trouble(exc, self.quote)
        return EndpointDown(self.tell(text), endpoint=self.name)

    def refusal(self, status: int, headers: Mapping[str, str], said: str) -> EndpointError:
        """A reply whose status is not 2xx; `said` is the server's own message, maybe empty."""
        said = self.quote(said)
        quoted = f": {said}" if said else "."
        wait = retry_after_s(headers.get("retry-after", ""))
        if status in {401, 403}:
            missing = self.api_key is None
            what = "it wants an API key" if missing else f"it refused the API key ({status})"
            text = f"{what}; set {self.key_setting}{quoted}"
            return Unauthorized(self.tell(text), endpoint=self.name)
        if status in {429, 529}:
            what = "it asks to slow down" if status == 429 else "it is overloaded"
            text = f"{what} ({status}){quoted}"
            return RateLimited(self.tell(text), endpoint=self.name, retry_after_s=wait)
        if status >= 500 or status == 408:
            text = f"it failed with HTTP {status}{quoted}"
            return EndpointDown(self.tell(text), endpoint=self.name, retry_after_s=wait)
        if 300 <= status < 400:
            where = self.quote(_site(headers.get("location", ""))) or "another path"
            text = f"it redirects to {where}, which is not followed; set its own URL instead."
            return RequestRejected(self.tell(text), endpoint=self.name)
        text = f"it rejected the request (HTTP {status}){quoted}"
        return RequestRejected(self.tell(text), endpoint=self.name)


async def _last_look(_request: httpx2.Request) -> None:
    await look_once_more()


class _Client(httpx2.AsyncClient):
    """Sends a request once more when the connection that it was kept for had been closed meanwhile.

    A server may close a kept-alive connection just as the next request is on its way (RFC 9112,
    section 9.5), and llama.cpp and `transformers serve` do so after an error without saying so.
    That says nothing about the server's health, so it is not told as a failure. A request that
    fails on a connection of its own, or whose reply has begun, is never repeated.
    """

    async def send(
        self, request: httpx2.Request, *, stream: bool = False, **options: Any
    ) -> httpx2.Response:
        seen: set[str] = set()

        async def trace(event: str, info: Mapping[str, object]) -> None:
            del info
            seen.add(event)

        request.extensions = {**request.extensions, "trace": trace}
        try:
            return await super().send(request, stream=stream, **options)
        except (httpx2.ReadError, httpx2.WriteError, httpx2.RemoteProtocolError):
            if not seen.isdisjoint(_OF_ITS_OWN):
                raise
            return await super().send(request, stream=stream, **options)


_OF_ITS_OWN = {"connection.connect_tcp.started", "http11.receive_response_headers.complete"}
"""After one of these a failure is of this request."""


class _Capped(httpx2.AsyncByteStream):
    """A reply's body that ends in an error when it grows past a size."""

    def __init__(self, body: httpx2.AsyncByteStream, max_bytes: int, too_big: BadReply) -> None:
        self._body = body
        self._left = max_bytes
        self._too_big = too_big

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for piece in self._body:
            self._left -= len(piece)
            if self._left < 0:
                raise self._too_big
            yield piece

    async def aclose(self) -> None:
        await self._body.aclose()


def base_url(text: str, *, setting: str) -> str:
    """The URL below which `/chat/completions` and `/models` are, without a slash at its end.

    A bare host gets `/v1`, as every server has it; any other path is left as it is given.
    Raises `SettingsError`, naming `setting`, and never shows a password that was in the URL.
    """
    text = text.strip()
    try:
        parts = urlsplit(text)
        host, port = parts.hostname, parts.port
    except ValueError as exc:
        raise SettingsError(f"{setting}: this is not a URL: {exc}") from exc
    if "@" in text:
        raise SettingsError(
            f"{setting}: the URL carries a user name or password. Take them out and set the API "
            "key instead."
        )
    if parts.scheme not in {"http", "https"} or not host:
        hint = "" if "://" in text else f"; did you mean http://{text}?"
        raise SettingsError(f"{setting}: {text!r} is not an http:// or https:// URL{hint}")
    if parts.query or parts.fragment:
        raise SettingsError(f"{setting}: the URL of {host} must end before any ? or #")
    path = parts.path.rstrip("/")
    path = path.removesuffix("/chat/completions").removesuffix("/models") or "/v1"
    name = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{name}{f':{port}' if port else ''}{path}"


def root_url(text: str, *, setting: str) -> str:
    """As `base_url`, for a protocol whose paths bring their own `/v1` or `/api`."""
    url = base_url(text, setting=setting).removesuffix("/messages").removesuffix("/chat")
    return url.removesuffix("/v1").removesuffix("/api")


def connections(slots: int | Literal["learn"]) -> int:
    """How many exchanges may be in flight at most."""
    return LEARNING_SLOTS if slots == "learn" else slots


def said_in(body: object) -> str:
    """The server's own words in the body of an error, wherever it puts them."""
    said = body
    for _ in range(3):
        if not isinstance(said, Mapping):
            break
        fields = cast("Mapping[str, object]", said)
        said = next((fields[key] for key in _WORDS_IN if fields.get(key)), None)
        if said is None:
            return json.dumps(fields) if fields else ""
    return said if isinstance(said, str) else json.dumps(said) if said else ""


def secret(key: str, *, setting: str) -> SecretStr | None:
    """An API key without the white space that copying brings; None when nothing is left.

    Raises `SettingsError`, without showing the key, when it cannot go into an HTTP header.
    """
    key = key.strip()
    if not (key.isascii() and key.isprintable()) or " " in key:
        raise SettingsError(f"{setting}: the API key holds a character that no key can hold")
    return SecretStr(key) if key else None


def retry_after_s(text: str) -> float | None:
    """Seconds to wait, from a Retry-After header in either form; None when it says nothing."""
    try:
        wait = float(text)
    except ValueError:
        try:
            until = parsedate_to_datetime(text)
        except ValueError:
            return None
        wait = (until.replace(tzinfo=until.tzinfo or UTC) - datetime.now(UTC)).total_seconds()
    return max(0.0, wait) if math.isfinite(wait) else None


def parse(document: type[_Document], body: bytes) -> _Document | None:
    """A reply's body as `document`; None when it is not one.

    Read by way of `json`, as Pydantic's own parser takes a lone surrogate for an error.
    """
    try:
        text = json.dumps(json.loads(body.decode(errors="replace")), ensure_ascii=False)
        return document.model_validate_json(plain(text))
    except (ValueError, RecursionError):
        return None


def shorten(text: str, limit: int = _QUOTED_CHARS) -> str:
    """A server's words on one line; a page of HTML by its title only."""
    text = text[:_LOOKED_AT_CHARS]
    if text.lstrip().startswith("<"):
        title = re.search(r"<title>(.*?)</title>", text, re.DOTALL | re.IGNORECASE)
        text = f"an HTML page, {title.group(1).strip()!r}" if title else "an HTML page"
    flat = plain_line(text)
    return flat if len(flat) <= limit else flat[: limit - 1] + "…"


def _site(url: str) -> str:
    """Scheme and host of a URL; empty when it has none."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    return f"{parts.scheme}://{parts.hostname}" if parts.hostname else ""


def _is_this_machine(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def _connection_trouble(exc: BaseException, quote: Callable[[str], str]) -> str:
    causes = list(_causes(exc))
    for cause in causes:
        if isinstance(cause, ssl.SSLError) and not isinstance(cause, _WAITING):
            return (
                f"TLS failed ({quote(cause.reason or str(cause))}). A server without TLS has an "
                "http:// URL; for a private certificate set SSL_CERT_FILE."
            )
        if isinstance(cause, socket.gaierror):
            return "its host name is not known. Check the URL."
        if isinstance(cause, ConnectionRefusedError):
            return "nothing listens there. Start the server, or correct its URL."
    if any(isinstance(cause, httpx2.ConnectTimeout) for cause in causes):
        return "the host does not accept the connection in time. Check the URL and the network."
    if any(isinstance(cause, httpx2.TimeoutException) for cause in causes):
        return "it stopped answering. It may be overloaded: lower its slots or raise its timeout_s."
    # What libraries stumble over inside says nothing to a person.
    told = [cause for cause in causes if isinstance(cause, OSError | httpx2.HTTPError)] or causes
    return f"the connection broke ({quote(str(told[-1])) or type(told[-1]).__name__})."


def _causes(exc: BaseException) -> list[BaseException]:
    found: list[BaseException] = []
    ahead: list[BaseException | None] = [exc]
    while ahead:
        cause = ahead.pop(0)
        if cause is None or cause in found:
            continue
        found.append(cause)
        ahead += [cause.__cause__, cause.__context__]
        if isinstance(cause, BaseExceptionGroup):
            ahead += cast("BaseExceptionGroup[BaseException]", cause).exceptions
    return found
