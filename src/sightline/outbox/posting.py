"""One message posted to one receiver.

Its name is looked up once, every address is checked, and the connection is made to a checked
address: a name that leads elsewhere at the next look leads nowhere. The certificate is still that
of the name. Nothing is followed, no proxy of the environment is used, no connection is kept, and
of the reply only the beginning is read.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from ssl import SSLContext
from types import TracebackType
from typing import Self

import httpx

from sightline.errors import InputError
from sightline.outbox.addresses import Address, Resolve, addresses_of, read_url, resolve
from sightline.version import __version__

TIMEOUT_S = 15.0
"""For all of it: looking up, connecting, sending, hearing."""
KEPT = 500
"""Characters of a reply that are kept, for a person who looks why it was refused."""
_READ_BYTES = 2048
_READ_S = 2.0


@dataclass(frozen=True, slots=True)
class Heard:
    """What came of one try."""

    status: int | None
    """Of HTTP; None when there was no reply."""
    said: str
    """The beginning of the reply, or why there was none."""
    took_s: float
    refused: bool = False
    """It may not be sent there at all."""

    @property
    def taken(self) -> bool:
        return self.status is not None and 200 <= self.status < 300

    @property
    def final(self) -> bool:
        """Another try would come to the same."""
        return self.refused or self.status == 410


class Poster:
    """Posts messages. Close it with `aclose`, or use it as an async context manager."""

    def __init__(self, *, resolve: Resolve = resolve, tls: SSLContext | None = None) -> None:
        self._resolve = resolve
        self._client = httpx.AsyncClient(
            verify=tls or _tls(),
            follow_redirects=False,
            trust_env=False,
            timeout=TIMEOUT_S,
            # A kept connection would serve another name at the same address, unchecked.
            limits=httpx.Limits(max_keepalive_connections=0),
        )

    async def aclose(self) -> None:
        await self._client.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.aclose()

    async def post(
        self, url: str, body: str, *, headers: Mapping[str, str], private: bool
    ) -> Heard:
        """Never raises for what the receiver or the network does. Not followed: redirects."""
        began = time.monotonic()
        status: int | None = None
        refused = False
        try:
            async with asyncio.timeout(TIMEOUT_S):
                status, said = await self._post(url, body.encode(), headers, private=private)
        except InputError as error:
            refused, said = True, str(error)
        except TimeoutError:
            said = f"no reply within {TIMEOUT_S:g} s"
        except (OSError, httpx.HTTPError, httpx.InvalidURL) as error:
            said = str(error) or type(error).__name__
        return Heard(status, said[:KEPT], time.monotonic() - began, refused)

    async def _post(
        self, url: str, body: bytes, headers: Mapping[str, str], *, private: bool
    ) -> tuple[int, str]:
        to = read_url(url)
        addresses = await addresses_of(to, private=private, resolve=self._resolve)
        for address in addresses[:-1]:
            try:
                return await self._to(address, to, body, headers)
            except (httpx.ConnectError, httpx.ConnectTimeout):
                continue
        return await self._to(addresses[-1], to, body, headers)

    async def _to(
        self, address: Address, url: httpx.URL, body: bytes, headers: Mapping[str, str]
    ) -> tuple[int, str]:
        request = self._client.build_request(
            "POST",
            url.copy_with(host=str(address), fragment=None),
            content=body,
            headers={
                **headers,
                "host": url.netloc.decode("ascii"),
                "content-type": "application/json",
                "accept-encoding": "identity",
                "user-agent": f"Sightline/{__version__}",
            },
            extensions={"sni_hostname": url.raw_host.decode("ascii")},
        )
        response = await self._client.send(request, stream=True)
        try:
            return response.status_code, await _beginning(response)
        finally:
            await response.aclose()


async def _beginning(response: httpx.Response) -> str:
    begun = b""
    # It has answered: that counts, and not how it hangs up.
    with suppress(httpx.HTTPError, TimeoutError):
        async with asyncio.timeout(_READ_S):
            async for piece in response.aiter_raw():
                begun += piece
                if len(begun) >= _READ_BYTES:
                    break
    words = begun[:_READ_BYTES].decode("utf-8", errors="replace")
    return "".join(c if c.isprintable() or c == "\n" else "\ufffd" for c in words)[:KEPT]


@cache
def _tls() -> SSLContext:
    return httpx.create_ssl_context()
