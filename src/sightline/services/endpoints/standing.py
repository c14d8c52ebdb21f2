"""Where an endpoint stands: whether it would be asked, and if not why and what to do about it.

Pure: everything it judges by is given to it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from sightline.endpoints.egress import reach_of
from sightline.errors import SightlineError
from sightline.settings import EndpointSettings
from sightline.values import Profile, Reach, Role, ServedModel


class State(StrEnum):
    """What a person sees first of an endpoint; all but the first mean that it is not asked."""

    UP = "up"
    DOWN = "down"
    """It cannot be asked now: not reached, no key, no model."""
    PAUSED = "paused"
    """By a person."""
    QUARANTINED = "quarantined"
    """It answered questions about known pictures wrongly."""
    BARRED = "barred"
    """Pictures may not travel that far."""


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that a person should know, and what can be done about it."""

    what: str
    way_out: str = ""
    grave: bool = False
    """It keeps the endpoint from being asked, or its answers from being right."""


@dataclass(frozen=True, slots=True)
class Heard:
    """What an endpoint said when it was asked for its models: those, or an error."""

    models: tuple[ServedModel, ...] = ()
    error: SightlineError | None = None
    asked: bool = True
    """False for one that is paused: it is left in peace."""


@dataclass(frozen=True, slots=True)
class Standing:
    """One endpoint as it is now."""

    name: str
    settings: EndpointSettings
    state: State
    reach: Reach
    model: str | None
    """The one that would be asked; None when that cannot be told."""
    profile: Profile | None
    """What a probe measured of that model."""
    stale: bool
    """The profile speaks of other weights."""
    problems: tuple[Problem, ...]
    url: str | None = None
    """Where it is; None for one in this process."""


def reach_to(given: EndpointSettings, url: str | None) -> Reach:
    """How far its pictures travel: what a person says, else what the address tells."""
    return given.reach or (reach_of(url) if url else Reach.HOST)


def model_of(given: EndpointSettings, heard: Heard) -> str | None:
    """The configured model, else the server's best that can do what the endpoint is for."""
    if given.model or not heard.models:
        return given.model
    blind_too = given.role is Role.LANGUAGE
    able = [model for model in heard.models if blind_too or model.vision is not False]
    best = min(able, key=lambda model: model.rank, default=None)
    return best and best.name


def judge(
    name: str,
    given: EndpointSettings,
    heard: Heard,
    *,
    profile: Profile | None,
    egress: Reach,
    url: str | None,
    served: ServedModel | None,
) -> Standing:
    """`url` is where it is; `served` its model as the server lists it, if it does."""
    model = model_of(given, heard)
    reach = reach_to(given, url)
    stale = bool(
        profile
        and model
        and not profile.fits(model=model, fingerprint=served.fingerprint if served else "")
    )
    is_wrong = profile is not None and profile.wrong and not stale
    missing = _missing(name, given, heard, served)
    state = State.UP
    if given.paused:
        state = State.PAUSED
    elif not egress.allows(reach):
        state = State.BARRED
    elif heard.error is not None or missing:
        state = State.DOWN
    elif is_wrong and not given.trusted:
        state = State.QUARANTINED
    found = _Found(name, given, heard, state, reach, egress, profile, stale, missing)
    problems = tuple(_problems(found))
    return Standing(name, given, state, reach, model, profile, stale, problems, url)


@dataclass(frozen=True, slots=True)
class _Found:
    name: str
    given: EndpointSettings
    heard: Heard
    state: State
    reach: Reach
    egress: Reach
    profile: Profile | None
    stale: bool
    missing: Problem | None


def _problems(found: _Found) -> Iterator[Problem]:
    name, given, profile = found.name, found.given, found.profile
    if found.state is State.PAUSED:
        yield Problem("paused, so it is not asked", f"sightline endpoints resume {name}")
    if not found.egress.allows(found.reach):
        yield too_far(found.reach, egress=found.egress)
    if found.heard.error is not None:
        yield Problem(_without_name(found.name, str(found.heard.error)), grave=True)
    if found.missing:
        yield found.missing
    if profile is not None and profile.wrong and not found.stale:
        known = "known pictures" if profile.pictures else "questions"
        told = f"told {profile.canaries_right} of {profile.canaries_asked} {known} rightly"
        if given.trusted:
            yield Problem(f"{told}, and is asked all the same, as it is trusted")
        else:
            yield Problem(
                f"quarantined: it {told}",
                f"give it another model and `sightline endpoints probe {name}`; what it said "
                f"before: `sightline answers distrust --endpoint {name} --since TIME`",
                grave=True,
            )
    if found.state is not State.UP or given.kind == "pixels":
        return
    if profile is None:
        yield Problem("never probed, so it gets one picture at a time", _probe(name))
    elif found.stale:
        yield Problem("its model has changed since it was probed", _probe(name))
    elif given.slots != "learn" and profile.parallel >= 2 * given.slots:
        yield Problem(
            f"answers {profile.parallel} calls at once, but its slots allow {given.slots}",
            f'set endpoints.{name}.slots to {profile.parallel}, or to "learn"',
        )


def too_far(reach: Reach, *, egress: Reach) -> Problem:
    """Why pictures may not travel to it."""
    beyond = "this machine" if egress is Reach.HOST else "this network"
    return Problem(
        f'pictures would leave {beyond}, which egress = "{egress}" forbids: it gets none',
        f'allow it with egress = "{reach}" in the settings, or for one run with --egress {reach}',
        grave=True,
    )


def _missing(
    name: str, given: EndpointSettings, heard: Heard, served: ServedModel | None
) -> Problem | None:
    if not heard.asked or heard.error is not None or given.kind == "pixels":
        return None
    names = _listed([model.name for model in heard.models])
    if given.model and heard.models and served is None:
        pull = f"`sightline endpoints pull {name} {given.model}`, or " * (given.kind == "ollama")
        return Problem(
            f"has no model {given.model!r}; it offers {names}",
            f"{pull}set endpoints.{name}.model to one of these",
            grave=True,
        )
    if given.role is not Role.LANGUAGE:
        if served is not None and served.vision is False:
            return Problem(
                f"its model {served.name!r} cannot see pictures",
                f'set another model, or endpoints.{name}.role to "language"',
                grave=True,
            )
        if not given.model and heard.models and model_of(given, heard) is None:
            return Problem(
                f"none of its models can see pictures: {names}",
                f'load one that can, or set endpoints.{name}.role to "language"',
                grave=True,
            )
    if not heard.models and not given.model:
        return Problem("has no model", "load one there, or name one in its settings", grave=True)
    return None


def _listed(names: Sequence[str], most: int = 5) -> str:
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more


def _probe(name: str) -> str:
    return f"sightline endpoints probe {name}"


def _without_name(name: str, message: str) -> str:
    """Errors begin with the endpoint's name and URL, which a page has in front of them already."""
    _, ends, rest = message.partition("): ")
    return rest if ends and message.startswith(f"{name} (") else message
