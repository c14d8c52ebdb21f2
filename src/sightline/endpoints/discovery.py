"""Finds model servers on this machine, for a person who configured none.

Only the usual ports of 127.0.0.1 are tried, all at once. Where nothing listens that costs a
refused connection each: nothing of HTTP is imported before a port has answered.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sightline.errors import EndpointDown, EndpointError, Unauthorized

if TYPE_CHECKING:
    from sightline.endpoints.catalog import Kind
    from sightline.values import ServedModel

USUAL_PORTS: Mapping[str, int] = {
    "LM Studio": 1234,
    "Ollama": 11434,
    "vLLM": 8000,
    "llama.cpp": 8080,
}
"""By the names in `catalog.Kind`, in the order of preference."""

_CONNECT_S = 0.3
"""On loopback a port that is open accepts in well under a millisecond."""
_REPLY_S = 3.0
_WHOLE_S = 10.0
"""For a server that never stops talking."""
_MAX_BYTES = 1 << 20

_HOW = {
    "LM Studio": "in LM Studio download a model marked with an eye, such as Qwen2.5-VL",
    "Ollama": "run `ollama pull qwen2.5vl:3b`",
    "vLLM": "start it with `vllm serve Qwen/Qwen2.5-VL-3B-Instruct`",
    "llama.cpp": "start it with `llama-server -hf ggml-org/SmolVLM2-2.2B-Instruct-GGUF`",
}


@dataclass(frozen=True, slots=True)
class Discovered:
    """A model server that was found, even one of no use as it is."""

    kind: Kind
    name: str
    """For settings and messages: lower case, no spaces."""
    url: str
    """Base URL, with `/v1`."""
    models: tuple[ServedModel, ...]
    problem: str = ""
    """Why its models could not be listed; empty when they were."""


@dataclass(frozen=True, slots=True)
class Choice:
    """The server and model to use."""

    server: Discovered
    model: ServedModel


async def discover(ports: Mapping[str, int] = USUAL_PORTS) -> tuple[Discovered, ...]:
    """The model servers of this machine, in the order of `ports`; anything else is left out."""
    found = await asyncio.gather(*(_probe(kind, port) for kind, port in ports.items()))
    return tuple(server for server in found if server is not None)


def choose(discovered: Sequence[Discovered]) -> Choice | None:
    """What to use: a model that sees before one that does not say, never one known to be blind."""
    choices = [
        Choice(server, model)
        for server in discovered
        for model in server.models
        if model.vision is not False
    ]
    return min(choices, key=lambda choice: choice.model.rank, default=None)


def report(discovered: Sequence[Discovered], choice: Choice | None) -> tuple[str, ...]:
    """What was found and chosen, in lines for a person; how to get a model when there is none."""
    lines = [
        f"On the usual port of {server.kind} something answers, but {server.problem}"
        if server.problem
        else f"Found {server.kind} at {server.url}: {_offer(server)}."
        for server in discovered
    ]
    if choice is not None:
        unsure = "" if choice.model.vision else ", though it does not say whether that model sees"
        lines.append(f"Using {choice.model.name} of {choice.server.kind}{unsure}.")
    elif discovered:
        steps = " or ".join(_HOW[kind] for kind in dict.fromkeys(str(d.kind) for d in discovered))
        lines.append(f"None of it can look at pictures yet. To get a model that can: {steps}.")
    else:
        tried = ", ".join(f"{kind} {port}" for kind, port in USUAL_PORTS.items())
        lines.append(f"No model server listens on this machine's usual ports ({tried}).")
        lines.append(
            "To get one: install Ollama (https://ollama.com), then "
            f"{_HOW['Ollama']}; or name a server with its URL and model."
        )
    return tuple(lines)


def _offer(server: Discovered) -> str:
    sight = {True: "sees", False: "text only", None: "may see"}
    named = [f"{model.name} ({sight[model.vision]})" for model in server.models[:5]]
    more = len(server.models) - len(named)
    return ", ".join([*named, f"{more} more"] if more else named) or "no model is loaded"


async def _probe(kind_name: str, port: int) -> Discovered | None:
    if not await _listens(port):
        return None
    # Not before a port has answered: they bring the HTTP client with them.
    from sightline.endpoints.catalog import Kind, survey  # noqa: PLC0415
    from sightline.endpoints.http import Server  # noqa: PLC0415

    kind = Kind(kind_name)
    name = kind.casefold().replace(" ", "-")
    server = Server(name, f"http://127.0.0.1:{port}/v1")
    async with server.client(slots=4, timeout_s=_REPLY_S, max_bytes=_MAX_BYTES) as client:
        try:
            async with asyncio.timeout(_WHOLE_S):
                catalog = await survey(client, server, kind)
        except TimeoutError:
            return Discovered(kind, name, server.url, (), problem=str(server.unlisted(_WHOLE_S)))
        except (EndpointDown, Unauthorized) as exc:  # still loading, or it wants a key
            return Discovered(kind, name, server.url, (), problem=str(exc))
        except EndpointError:
            return None  # something else lives on this port
    return Discovered(catalog.kind, name, server.url, catalog.models)


async def _listens(port: int) -> bool:
    with contextlib.suppress(OSError):  # a TimeoutError is one
        async with asyncio.timeout(_CONNECT_S):
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()
        return True
    return False
