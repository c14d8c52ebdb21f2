"""What a model says while it is still saying it: pieces of a reply, passed on as they come.

Put together they are the reply as `prompts.replies` reads it: without what the model thinks aloud
first, white space around it, or characters that nobody may be shown.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable

import httpx2

from sightline.endpoints.http import Server
from sightline.errors import BadReply
from sightline.prompts.replies import without_thought
from sightline.values.text import plain_lines

Hear = Callable[[str], None]
"""Called with each piece of a text, in order."""

_BEFORE, _AFTER = "<think>", "</think>"


class Voice:
    """Passes on what may be shown of a reply that grows."""

    def __init__(self, hear: Hear) -> None:
        self._hear = hear
        self._said: list[str] = []
        self._passed = ""

    @property
    def said(self) -> str:
        """All of it so far, as it came."""
        return "".join(self._said)

    def say(self, piece: str) -> None:
        self._said.append(piece)
        told = without_thought(plain_lines(self._settled()))
        # Where it does not go on from what was passed, that turned out to be a thought.
        new = told.removeprefix(self._passed)
        if new:
            self._passed = told
            self._hear(new)

    def end(self) -> None:
        """Nothing more is to come: what was held back, as it might have become a mark, is text."""
        told = without_thought(plain_lines(self.said))
        if told.startswith(self._passed) and (rest := told[len(self._passed) :]):
            self._hear(rest)

    def _settled(self) -> str:
        """Without a beginning of a mark at its end, or the half of a line end."""
        said = self.said
        for mark in (_BEFORE, _AFTER):
            for length in range(len(mark) - 1, 0, -1):
                if said.endswith(mark[:length]):
                    return said[:-length]
        return said.removesuffix("\r")


async def data_of(response: httpx2.Response) -> AsyncGenerator[str, None]:
    """The data of each event of a stream of server-sent events, as the HTML standard reads it.

    Names and ids of events are left out: those we listen to say in their data what they are.
    """
    data: list[str] = []
    async for line in response.aiter_lines():
        if not line:
            if data:
                yield "\n".join(data)
            data = []
        elif line.startswith("data:"):
            data.append(line.removeprefix("data:").removeprefix(" "))
    if data:
        yield "\n".join(data)


def broken_off(server: Server, why: str) -> BadReply:
    return server.bad_reply(f"it broke off in the middle of its answer: {server.quote(why)}")
