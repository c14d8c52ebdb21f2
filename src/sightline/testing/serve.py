"""The truthful endpoint as a process: its command line."""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import fields
from pathlib import Path
from typing import get_args

from sightline.testing.behaviour import Behaviour, Dress, Fault
from sightline.testing.endpoint import TruthfulEndpoint
from sightline.testing.truth import Truth


def main(arguments: Sequence[str] | None = None) -> None:
    """Serve until interrupted; the first line printed is the URL."""
    parsed = _parser().parse_args(arguments)
    given = {
        field.name: getattr(parsed, field.name)
        for field in fields(Behaviour)
        if getattr(parsed, field.name, None) is not None
    }
    given["faults"] = dict(given.get("faults", ()))
    server = TruthfulEndpoint(
        Truth.from_json(parsed.truth.read_text(encoding="utf-8")),
        Behaviour(**given),
        host=parsed.host,
        port=parsed.port,
        log_file=parsed.log,
    )
    with suppress(KeyboardInterrupt):
        asyncio.run(_serve(server))


async def _serve(server: TruthfulEndpoint) -> None:
    async with server:
        sys.stdout.write(f"{server.url}\n")
        sys.stdout.flush()
        await asyncio.Event().wait()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m sightline.testing.serve",
        description="A server that sees what is in Sightline's test videos, with the APIs of "
        "OpenAI and Ollama.",
    )
    add = parser.add_argument
    add("--truth", type=Path, required=True, help="JSON of a Truth; gives the vocabulary")
    add("--host", default="127.0.0.1")
    add("--port", type=int, default=0, help="0 takes a free one")
    add("--log", type=Path, help="append a JSON line for each request, picture and tag")
    add("--seed", type=int)
    add("--latency", type=float, dest="latency_s", metavar="SECONDS")
    add("--jitter", type=float, dest="jitter_s", metavar="SECONDS")
    add("--slots", type=int, help="requests worked on at once")
    add(
        "--fault",
        type=_fault,
        action="append",
        dest="faults",
        metavar="NAME=RATE",
        help=f"NAME is one of {', '.join(Fault)}; may be repeated",
    )
    add("--wrong", type=float, metavar="RATE", help="of answers")
    add("--wrong-within", choices=("ask", "scene"))
    add("--doubt", type=float, help="how far probabilities stray from 0 and 1")
    add("--retry-after", type=float, dest="retry_after_s", metavar="SECONDS")
    add("--retry-after-form", choices=("seconds", "date"))
    add("--schema", choices=("honoured", "rejected", "ignored"))
    add("--dress", choices=get_args(Dress))
    add("--api-key")
    add("--weights", help="of the models: other ones have other fingerprints")
    add("--max-pictures", type=int, help="in one request")
    add("--overflow", choices=("reject", "drop_first", "drop_last"), help="of more than that")
    add("--reorders", action="store_true", default=None, help="pictures of one request")
    add("--downscale-to", type=int, metavar="PIXELS", help="looks at copies of this size")
    add("--logprobs", action="store_true", default=None, help="gives log-probabilities")
    add("--no-json-object", action="store_false", dest="json_object", default=None)
    add("--blind", choices=("yes", "chance"), help="answers without looking")
    add("--context", type=int, dest="context_tokens", metavar="TOKENS")
    add("--model", action="append", dest="models", type=str, help="may be repeated")
    return parser


def _fault(text: str) -> tuple[Fault, float]:
    name, _, rate = text.partition("=")
    return Fault(name), float(rate)


if __name__ == "__main__":
    main()
