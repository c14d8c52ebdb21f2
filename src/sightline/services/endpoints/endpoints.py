"""The endpoints that a person has: shown as they are now, tested, probed, added and taken away."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from pydantic import ValidationError

from sightline.endpoints.kinds import find_kind
from sightline.errors import EndpointDown, SettingsError, SightlineError
from sightline.ports import Endpoint, Given, Shown
from sightline.prompts import templates
from sightline.services.endpoints.standing import Heard, Standing, judge, model_of
from sightline.settings import EndpointSettings, Settings, problem_of
from sightline.store import Store, events
from sightline.store.events import Happened
from sightline.values import (
    Answer,
    Ask,
    AskFailed,
    AskId,
    Presence,
    Profile,
    Role,
    ServedModel,
)
from sightline.values.text import plain_line

if TYPE_CHECKING:
    from sightline.endpoints.ollama import PullProgress

TIMELINE = "timeline"
"""The kind of event that tells that timelines have changed: without a media, any of them."""
GLANCE_S = 4.0
"""How long the page waits for any one endpoint; they are asked all at once."""
_CARDS = 1000

Tell = Callable[[str], None]


def _unheard(said: str) -> None:
    del said


@dataclass(frozen=True, slots=True)
class Tested:
    """What came of one question."""

    model: str
    question: str
    said: str
    """The answer, or why there is none."""
    right: bool | None
    """None when it cannot be told."""
    latency_s: float


class Endpoints:
    """The endpoints of these settings, and what the store knows of them."""

    def __init__(self, settings: Settings, store: Store, *, named: Callable[[str], Given]) -> None:
        """`named` gives the endpoint of a name or URL; raises `SettingsError` when there is none
        or its key must not be sent there."""
        self._settings = settings
        self._store = store
        self._named = named

    # ------------------------------------------------------------------------------ as they are

    async def standings(self) -> tuple[Standing, ...]:
        """All that are configured, each asked for its models at the same time."""
        return tuple(await asyncio.gather(*map(self.standing, self._settings.endpoints)))

    async def standing(self, name: str) -> Standing:
        """One as it is now. Raises `SettingsError` when there is none of that name."""
        if name not in self._settings.endpoints:
            raise unknown(name, self._settings)
        given = self._settings.endpoints[name]
        url, heard = given.url, Heard(asked=False)
        try:
            url = find_kind(given.kind, setting=f"endpoints.{name}.kind").url(Given(name, given))
            if not given.paused:
                heard = Heard(tuple(await self.models(name)))
        except SightlineError as error:
            heard = Heard(error=error)
        model = model_of(given, heard)
        profile = await self._store.find_profile(name, url=url or "", model=model)
        served = find_served(model, heard.models)
        egress = self._settings.egress
        return judge(name, given, heard, profile=profile, egress=egress, url=url, served=served)

    async def models(self, name: str) -> Sequence[ServedModel]:
        """What it offers, as it says now.

        Raises `SettingsError` where it must not be asked, and `EndpointError`, with its name and
        the way out, where it does not tell.
        """
        given = self._named(name)
        kind = find_kind(given.settings.kind)
        try:
            async with asyncio.timeout(GLANCE_S):
                return await kind.models(given)
        except TimeoutError:
            late = f"does not answer within {GLANCE_S:g} s. Check its address and the network."
            raise EndpointDown(f"{name} ({kind.url(given)}): {late}", endpoint=name) from None

    async def forget(self, name: str) -> None:
        """Forget what probes measured of it."""
        await self._store.forget_profile(name)

    # --------------------------------------------------------------------------- asked by hand

    async def test(
        self, named: str, *, model: str | None = None, kind: str | None = None
    ) -> Tested:
        """Ask one question whose answer is known, about a picture drawn for it.

        Raises `SettingsError` or `EndpointError` when it cannot be asked.
        """
        given = self._given(named, model, kind)
        async with aclosing(await find_kind(given.settings.kind).connect(given)) as endpoint:
            if given.settings.role is Role.LANGUAGE:
                return await _greet(endpoint)
            return await _show_card(endpoint)

    async def probe(
        self,
        named: str,
        *,
        model: str | None = None,
        kind: str | None = None,
        tell: Tell = _unheard,
    ) -> tuple[Given, Profile]:
        """Measure what it can do, and keep that. Raises as `test`."""
        from sightline.endpoints.probing import probe  # noqa: PLC0415  (it draws pictures)

        given = self._given(named, model, kind)
        asked = find_kind(given.settings.kind)
        profile = await probe(given, asked, told=tell)
        url, kind = asked.url(given) or "", given.settings.kind
        await self._store.remember_profile(given.name, url=url, kind=kind, found=profile)
        return given, profile

    async def pull(self, name: str, model: str) -> AsyncGenerator[PullProgress]:
        """Have an Ollama server download a model. Raises `EndpointError` with its reason."""
        from sightline.endpoints.ollama import OllamaKind  # noqa: PLC0415  (brings its SDK)

        given = self._given(name, None, None)
        kind = find_kind(given.settings.kind)
        if not isinstance(kind, OllamaKind):
            raise SettingsError(
                f"{name} is of kind {given.settings.kind}: only Ollama downloads models when asked"
            )
        async with aclosing(kind.pull(given, model)) as steps:
            async for step in steps:
                yield step

    def _given(self, named: str, model: str | None, kind: str | None) -> Given:
        given = replace(self._named(named), model=model)
        if "://" not in named:
            return given
        kind = kind or kind_of(named)
        return replace(given, settings=given.settings.model_copy(update={"kind": kind}))

    # ---------------------------------------------------------------------------- what they said

    async def distrust(
        self,
        name: str,
        *,
        since: datetime,
        until: datetime | None,
        undo: bool,
        dry_run: bool,
        at: datetime | None = None,
    ) -> int:
        """Use no answer any more that it gave in [since, until), or with `undo` use them again.

        `at` goes on record as the moment; with `undo` only what was distrusted then comes back.
        Returns how many answers that were, or with `dry_run` would be.
        """
        if dry_run:
            return await self._store.count_distrusted(
                endpoint=name, since=since, until=until, undo=undo, at=at
            )
        act = self._store.trust if undo else self._store.distrust
        changed = await act(endpoint=name, since=since, until=until, at=at)
        if changed:
            # Told from here, as it may be done where no server is: every open page hears of it.
            happened = [Happened(TIMELINE, {})]
            await self._store.database.write(partial(events.keep, happened=happened))
        return changed


def unknown(name: str, settings: Settings) -> SettingsError:
    """There is no endpoint of that name."""
    known = ", ".join(settings.endpoints) or "none"
    return SettingsError(
        f"There is no endpoint '{name}'. Configured: {known}. Name one of them, or give a URL such "
        "as http://127.0.0.1:1234/v1."
    )


def checked(values: Mapping[str, object]) -> EndpointSettings:
    """Raises `SettingsError`, naming each value that is not usable."""
    try:
        return EndpointSettings.model_validate(values)
    except ValidationError as error:
        problems = map(problem_of, error.errors(include_input=False))
        raise SettingsError("\n".join(problems)) from None


def kind_of(url: str) -> str:
    """What a URL looks like, for a person who did not say."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return "openai"
    if host == "api.anthropic.com":
        return "anthropic"
    return "ollama" if port == 11434 and not parts.path.strip("/") else "openai"


def find_served(model: str | None, models: Sequence[ServedModel]) -> ServedModel | None:
    """The model as the server lists it: by its name, else by one that may mean the same."""
    from sightline.endpoints.catalog import alike  # noqa: PLC0415  (brings the HTTP client)

    if model is None:
        return None
    exact = (one for one in models if one.name == model)
    return next(exact, None) or next((one for one in models if alike(one.name, model)), None)


async def _show_card(endpoint: Endpoint) -> Tested:
    from sightline.endpoints.probing.cards import card  # noqa: PLC0415  (it draws pictures)

    # Another one each time: a server that remembers its answers is no use as a witness.
    shown = card(secrets.randbelow(_CARDS))
    picture = await asyncio.to_thread(shown.draw)
    pair = 2 * secrets.randbelow(len(shown.statements) // 2)
    claims = shown.statements[pair : pair + 2]  # one is true, so always saying yes will not do
    asks = [
        Ask(AskId(number), (picture.pts,), templates.presence(wording))
        for number, (wording, _) in enumerate(claims)
    ]
    reply = await endpoint.answer([Shown(picture, 0.0)], asks)
    figures = " and ".join(f"a {colour} {shape}" for colour, shape in shown.figures)
    wordings = " or ".join(wording for wording, _ in claims)
    question = f"Is there {wordings}? The picture shows {figures} above {shown.number}."
    told = [_told(outcome) for outcome in reply.outcomes]
    said = "; ".join(
        f"{wording}: {words}" for (wording, _), (words, _) in zip(claims, told, strict=True)
    )
    right = all(yes is true for (_, true), (_, yes) in zip(claims, told, strict=True))
    return Tested(endpoint.model, question, said, right, reply.call.latency_s)


async def _greet(endpoint: Endpoint) -> Tested:
    prompt = "Answer with one word: what colour is a clear sky at noon?"
    ask = Ask(AskId(0), (), templates.answer(prompt, max_tokens=20), independent=False)
    reply = await endpoint.answer([], [ask])
    [outcome] = reply.outcomes
    said, _ = _told(outcome)
    right = False if isinstance(outcome, AskFailed) else None
    return Tested(endpoint.model, prompt, said, right, reply.call.latency_s)


def _told(outcome: Answer | AskFailed) -> tuple[str, bool | None]:
    """An outcome in words, and whether it is a yes; None when it is neither yes nor no."""
    if isinstance(outcome, AskFailed):
        return outcome.detail, None
    if isinstance(outcome.value, Presence):
        yes = outcome.value.probability >= 0.5
        return f"{'yes' if yes else 'no'} ({outcome.value.probability:.2f})", yes
    return plain_line(outcome.value.text), None
