"""The Python API: a result in three lines, blocking or not."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from contextlib import suppress
from functools import wraps
from pathlib import Path
from typing import ParamSpec, TypeVar

from sightline import settings, wiring
from sightline.errors import InputError
from sightline.exports.result import Result, to_result
from sightline.recipes.tags import Tag
from sightline.services.runs.requests import AnalysisRequest, budget_of, policy_of, precision_of
from sightline.services.tags.tagsets import parse_tags, unique
from sightline.values import Reach

P = ParamSpec("P")
T = TypeVar("T")


async def analyze_async(
    media: str | Path,
    *,
    tags: str | Sequence[str | Tag] = (),
    describe: bool = False,
    ask: str | None = None,
    every: str | float | None = None,
    frames: int | None = None,
    keyframes: bool = False,
    all_frames: bool = False,
    scenes: bool = False,
    motion: int | None = None,
    at: str | float | Sequence[str | float] | None = None,
    endpoint: str | None = None,
    model: str | None = None,
    egress: str | None = None,
    longest_side: int | None = None,
    max_tokens: int | None = None,
    min_tokens: int = 0,
    sharing: bool | None = None,
    precision: str | float | None = None,
    doubt: bool = False,
    repeats: int = 1,
    max_calls: int | None = None,
    max_time: str | float | None = None,
    max_cost: float | None = None,
    data_dir: str | Path | None = None,
) -> Result:
    """Find tags in a video or image, describe it, or answer a question about it.

    `tags` is a list, or a text such as "car, person"; with nothing to find, it is described. At
    most one of `every` (seconds, or "2s"), `frames`, `keyframes`, `all_frames`, `scenes` (one a
    shot), `motion` (so many, where most moves) and `at` (moments: 12.5, "12.5, 1:30" or a list)
    chooses the frames; a question gets 64 of them at most. Frames that look alike share an answer,
    unless `sharing` says otherwise than the settings. `precision` (seconds, or "frame") searches
    for the edges of tags; `doubt` hears doubtful answers again, `repeats` each of them.

    `endpoint` is a URL, a name from the settings, "pixels", or several with commas between; left
    out, all that the settings name or a server found on this machine. `egress` ("host", "lan" or
    "any") is how far pictures may travel. `max_calls`, `max_time` and `max_cost` limit each run;
    with `max_calls=0` only stored answers count.

    Answers are kept: the same call again asks nothing twice. What could not be found out is in
    the result as unknown, with the reason; `result.state` tells whether all is known.

    Raises `sightline.errors.InputError` for what cannot be used, `StoreError` when the library
    cannot be written, `EndpointError` when a model must be chosen and no server answers.
    """
    wanted = _tags(tags)
    request = AnalysisRequest(
        tags=wanted,
        describe=describe or not (wanted or ask),
        ask=ask,
        policy=policy_of(
            every=every,
            frames=frames,
            keyframes=keyframes,
            all_frames=all_frames,
            scenes=scenes,
            motion=motion,
            at=at,
        ),
        longest_side=longest_side,
        max_tokens=max_tokens,
        min_tokens=min_tokens,
        sharing=sharing,
        precision_s=precision_of(precision),
        doubt=doubt,
        repeats=repeats,
        budget=budget_of(calls=max_calls, money=max_cost, time=max_time),
    )
    loaded = settings.load(data_dir=data_dir)
    limit = _reach(egress)
    async with wiring.open_analyst(loaded, endpoint=endpoint, model=model, egress=limit) as analyst:
        return to_result(await analyst.analyze(Path(media), request))


def _blocking(work: Callable[P, Coroutine[object, object, T]]) -> Callable[P, T]:
    """The same for code without an event loop: it returns when the result is there."""

    @wraps(work)
    def run(*args: P.args, **kwargs: P.kwargs) -> T:
        with suppress(RuntimeError):
            asyncio.get_running_loop()
            raise InputError(
                "analyze() cannot wait inside a running event loop, as in a notebook or a web "
                "server: write `await analyze_async(...)` with the same arguments"
            )
        return asyncio.run(work(*args, **kwargs))

    return run


analyze = _blocking(analyze_async)


def _tags(tags: str | Sequence[str | Tag]) -> tuple[Tag, ...]:
    if isinstance(tags, str):
        return parse_tags(tags, "tags")
    named = [tag if isinstance(tag, Tag) else Tag.named(tag) for tag in tags]
    return unique(named, "tags") if named else ()


def _reach(egress: str | None) -> Reach | None:
    if egress is None:
        return None
    try:
        return Reach(egress)
    except ValueError:
        raise InputError(f"egress must be host, lan or any, not {egress!r}") from None
