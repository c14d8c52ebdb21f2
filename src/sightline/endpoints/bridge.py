"""Lets an SDK that speaks through `httpx` use the client that `Server.client` makes.

`httpx2`, which our clients and the other SDKs use, is a fork of `httpx` with classes of its own. As
this transport is all that such an SDK can send through, every guarantee of `endpoints.http` holds
for it: connections, headers, sizes and time-outs are those of our client.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator

import httpx
import httpx2

from sightline.endpoints.http import said_in


class Refused(Exception):
    """The server answered with a status other than 2xx; an SDK would lose its headers."""

    def __init__(self, status: int, headers: httpx2.Headers, said: str) -> None:
        super().__init__(f"HTTP {status}")
        self.status = status
        self.headers = headers
        self.said = said
        """The server's own words, maybe empty."""


class Bridge(httpx.AsyncBaseTransport):
    """Sends each request through `client`, which it closes with itself.

    What the client raises comes through as it is, and a status other than 2xx as `Refused`.
    """

    def __init__(self, client: httpx2.AsyncClient) -> None:
        self._client = client

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        sent = self._client.build_request(
            request.method,
            str(request.url),
            headers=request.headers.multi_items(),
            content=await request.aread(),
        )
        response = await self._client.send(sent, stream=True)
        if not response.is_success:
            try:
                await response.aread()
            finally:
                await response.aclose()
            raise Refused(response.status_code, response.headers, _said(response))
        return httpx.Response(
            response.status_code,
            headers=response.headers.multi_items(),
            stream=_Body(response),
        )

    async def aclose(self) -> None:
        await self._client.aclose()


class _Body(httpx.AsyncByteStream):
    def __init__(self, response: httpx2.Response) -> None:
        self._response = response

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for piece in self._response.aiter_raw():
            yield piece

    async def aclose(self) -> None:
        await self._response.aclose()


def _said(response: httpx2.Response) -> str:
    try:
        return said_in(json.loads(response.content))
    except (ValueError, RecursionError):
        return response.text
