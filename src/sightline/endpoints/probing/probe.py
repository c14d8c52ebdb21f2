"""One probe of one endpoint, from the first question to its profile."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from sightline.endpoints.probing.abilities import Abilities, find_abilities
from sightline.endpoints.probing.cards import DETAIL_PX
from sightline.endpoints.probing.marking import mark_all, presence_sheet, said_about, sum_sheet
from sightline.endpoints.probing.pace import Batch, Pace, Sheets, find_batch, find_pace
from sightline.endpoints.probing.sight import Reach, count_pictures, find_detail
from sightline.errors import BadReply, RequestRejected
from sightline.ports import Endpoint, EndpointKind, Given
from sightline.values import Method, Profile, Role

Tell = Callable[[str], None]

_ENOUGH_CANARIES = 24
"""Asked where the first ones leave a doubt: one who guesses gets 18 of 24 right once in a hundred
times, one who always says yes gets 12."""


async def probe(
    given: Given,
    kind: EndpointKind,
    *,
    told: Tell,
    most_pictures: int = 16,
    most_parallel: int = 16,
) -> Profile:
    """Measure what an endpoint and its model can do; `told` hears a line for each finding.

    A model that answers one call at a time takes about 40 of them (of 5 s each: some 4 minutes):
    1 to wake it, 4 in the server's protocol, 12 for speed and canaries (12 more where those leave a
    doubt), 5 for the number of pictures, 4 for detail, up to 12 for batches. One that answers 16 at
    once takes about 200, in less time. Where the canaries are answered wrongly, the rest is spared.
    Each call has the endpoint's own `timeout_s`.

    Raises `EndpointError` when it cannot be asked or fails in the middle, `SettingsError` as
    `EndpointKind.connect` does. What it merely cannot do is told by the profile.
    """
    given = replace(given, profile=None)
    async with _connected(kind, given) as endpoint:
        model = endpoint.model
        sees = given.settings.role is not Role.LANGUAGE and await _takes_pictures(endpoint)
    if not sees:
        told("It takes no pictures: asked about text alone.")
    url = kind.url(given)
    if url is not None:  # an engine of our own has but one
        given = replace(given, model=model)
    abilities = await find_abilities(given, url=url, model=model, pictures=sees)
    fingerprint = await _fingerprint(kind, given, model)
    examined = await _examine(
        kind,
        given,
        abilities or Abilities(),
        model=model,
        sees=sees,
        most_parallel=most_parallel,
        told=told,
    )
    pace, known = examined.pace, examined.abilities
    if abilities is None:
        known = replace(known, schema="honoured" if _held(pace) else "ignored")
    _tell_abilities(known, told)
    profile = Profile(
        model,
        datetime.now(UTC),
        canaries_right=pace.marks.right,
        canaries_asked=pace.marks.asked,
        pictures=int(sees),
        schema=known.schema,
        json_object=known.json_object,
        logprobs=known.logprobs,
        streaming=known.streaming,
        context_tokens=known.context_tokens,
        parallel=pace.parallel,
        latency_s=pace.latency_s,
        answers_per_s=pace.answers_per_s,
        fingerprint=fingerprint,
    )
    if not sees:
        return profile
    if profile.wrong:
        told("It answers wrongly about pictures that leave no doubt: nothing more is measured.")
        return profile
    async with _connected(kind, _as_measured(given, profile, slots=most_parallel)) as endpoint:
        reach = await count_pictures(endpoint, most=most_pictures)
        told(_pictures_line(reach))
        side = await find_detail(endpoint)
        told(
            f"Detail comes through in pictures of up to {side} pixels."
            if side
            else f"Digits of {DETAIL_PX} pixels cannot be read at all."
        )
        # One that has silently lost or mixed up pictures is not trusted with several.
        several = 1 if reach.overflow in {"dropped", "reordered"} else reach.pictures
        batch = await find_batch(endpoint, pace, pictures=several)
        told(_batch_line(batch, pace))
    return replace(
        profile,
        pictures=reach.pictures,
        overflow=reach.overflow,
        longest_side=side,
        tags_per_call=batch.tags,
        frames_per_call=batch.frames,
        answers_per_s=batch.answers_per_s,
    )


@dataclass(frozen=True, slots=True)
class _Examined:
    pace: Pace
    abilities: Abilities
    """Those that are of use."""


async def _examine(
    kind: EndpointKind,
    given: Given,
    abilities: Abilities,
    *,
    model: str,
    sees: bool,
    most_parallel: int,
    told: Tell,
) -> _Examined:
    """Speed and canaries, asked as they will be; once more without what makes it answer wrongly."""
    trial = Profile(
        model,
        datetime.now(UTC),
        0,
        0,
        schema=abilities.schema,
        json_object=abilities.json_object,
        logprobs=abilities.logprobs,
    )
    async with _connected(kind, _as_measured(given, trial, slots=most_parallel)) as endpoint:
        sheets = Sheets(presence_sheet if sees else sum_sheet)
        pace = await find_pace(endpoint, sheets, most=most_parallel)
        short = _ENOUGH_CANARIES - pace.marks.asked
        if short > 0 and 0.5 <= pace.marks.share < 1:
            more = await mark_all(endpoint, sheets.deal(short), at_once=pace.parallel)
            pace = replace(pace, marks=pace.marks + more)
    told(
        f"{pace.marks.right} of {pace.marks.asked} canaries right; {pace.latency_s:.2g} s a call, "
        f"{pace.parallel} at once, {pace.answers_per_s:.3g} answers a second."
    )
    if abilities.logprobs and pace.marks.share < 0.75:
        told("With log-probabilities it answers wrongly; tried again without.")
        plain = replace(abilities, logprobs=False)
        other = await _examine(
            kind, given, plain, model=model, sees=sees, most_parallel=most_parallel, told=told
        )
        if other.pace.marks.share >= 0.75:
            return other
    return _Examined(pace, abilities)


@asynccontextmanager
async def _connected(kind: EndpointKind, given: Given) -> AsyncGenerator[Endpoint]:
    endpoint = await kind.connect(given)
    try:
        yield endpoint
    finally:
        await endpoint.aclose()


def _as_measured(given: Given, profile: Profile, *, slots: int) -> Given:
    settings = given.settings.model_copy(update={"slots": slots})
    return replace(given, settings=settings, profile=profile)


async def _takes_pictures(endpoint: Endpoint) -> bool:
    """Also wakes the model, which a server may have to load first.

    False where a request with a picture is rejected and one without is answered.
    """
    sheet = presence_sheet(999)
    try:
        await endpoint.answer(sheet.shown, sheet.asks)
    except BadReply:
        return True
    except RequestRejected:
        question = sum_sheet(0).asks[0].question
        try:
            return not await said_about(endpoint, (), question)
        except (BadReply, RequestRejected):
            return True
    return True


async def _fingerprint(kind: EndpointKind, given: Given, model: str) -> str:
    served = await kind.models(given)
    return next((one.fingerprint for one in served if one.name == model), "")


def _held(pace: Pace) -> bool:
    return Method.SCHEMA in pace.marks.methods


def _tell_abilities(known: Abilities, told: Tell) -> None:
    has = {
        "JSON objects": known.json_object,
        "log-probabilities": known.logprobs,
        "streaming": known.streaming,
    }
    listed = ", ".join(f"{what}: {'yes' if there else 'no'}" for what, there in has.items())
    context = f", context: {known.context_tokens} tokens" if known.context_tokens else ""
    told(f"JSON schemas: {known.schema}, {listed}{context}.")


def _pictures_line(reach: Reach) -> str:
    fate = {
        "rejected": "more are rejected",
        "dropped": "of more some are silently lost",
        "reordered": "more are not seen in order",
        "": "more were not tried",
    }
    return f"Pictures in one request: {reach.pictures}; {fate[reach.overflow]}."


def _batch_line(batch: Batch, pace: Pace) -> str:
    return (
        f"Best batch: tags {batch.tags}, frames {batch.frames}: {batch.answers_per_s:.3g} answers "
        f"a second, of {pace.answers_per_s:.3g} one by one."
    )
