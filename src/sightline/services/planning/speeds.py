"""Who would be asked by a run that is not begun yet, how fast they are, and what a call costs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from sightline.endpoints.kinds import find_kind
from sightline.endpoints.pool import Member, Pool, Terms
from sightline.endpoints.pool.member import Standing
from sightline.ports import Choosy, Endpoint, EndpointKind, Given
from sightline.services.endpoints.fleet import reach_of_given, terms_of
from sightline.services.planning.loads import Load
from sightline.services.runs.requests import AnalysisRequest
from sightline.settings import Settings
from sightline.store import Store, estimates
from sightline.values import Price, Question, Reach

_SLOTS = 2
"""Of an endpoint that is to learn how many it has, before it has."""


CanTell = Callable[[Question], bool]


def tells_all(question: Question) -> bool:
    """Of an endpoint that says nothing else."""
    del question
    return True


@dataclass(frozen=True, slots=True)
class Asked:
    """An endpoint that a run may ask."""

    name: str
    model: str | None
    terms: Terms
    slots: int
    usual_s: float | None
    """Of a call, of late; None where none was made in this process's life."""
    can_tell: CanTell = tells_all


@dataclass(frozen=True, slots=True)
class Speed:
    """What is known of an endpoint before it is asked."""

    name: str
    model: str | None
    batch: tuple[int, int]
    """Most tags and most frames in one call."""
    calls_per_s: float | None
    call_s: float | None
    price: Price
    tokens: tuple[float, float] | None
    """In and out, of a call of late."""
    tier: int = 0
    """Lower ones are asked first."""
    can_tell: CanTell = tells_all
    """What it would not refuse, as far as that is known."""

    def cost(self, calls: float) -> float | None:
        """None where it cannot be told."""
        if not (self.price.tokens_in or self.price.tokens_out):
            return 0.0
        if self.tokens is None:
            return 0.0 if not calls else None
        tokens_in, tokens_out = (each * calls for each in self.tokens)
        return self.price.of(round(tokens_in), round(tokens_out))


@dataclass(frozen=True, slots=True)
class Share:
    """What an endpoint would have of a run."""

    name: str
    model: str | None
    calls: int
    per_s: float | None
    """Answers."""


class Speeds:
    """The endpoints as a run would find them."""

    def __init__(self, store: Store, settings: Callable[[], Settings], pool: Pool | None) -> None:
        """Without a `pool`, another process asks: then the settings and profiles tell."""
        self._store = store
        self._settings = settings
        self._pool = pool

    @property
    def longest_side(self) -> int | None:
        """Pixels of the pictures that all of them take; None: any."""
        if self._pool is not None:
            return self._pool.longest_side
        sides = [one.longest_side for one in self._settings().endpoints.values()]
        return min((side for side in sides if side is not None), default=None)

    def models(self, request: AnalysisRequest) -> frozenset[str] | None:
        """Whose answers a run would accept; None: that cannot be told here."""
        if self._pool is None:
            return None
        named = request.endpoints or None
        return frozenset(self._pool.models_of(endpoints=named, model=request.model))

    async def of(self, request: AnalysisRequest) -> tuple[tuple[Speed, ...], str]:
        """Those that may be asked, and why none may be; empty where one may."""
        everybody = await self._everybody(request)
        egress = request.egress or self._settings().egress
        named = [one for one in everybody if _is_named(one, request)]
        near = [one for one in named if egress.allows(one.terms.reach)]
        good = [one for one in near if not one.terms.quarantined]
        seeing = [one for one in good if one.terms.role.takes(pictures=True)]
        if not seeing:
            return (), _nobody(everybody, named, near, good, egress=egress)
        return tuple([await self._speed(one) for one in seeing]), ""

    async def _everybody(self, request: AnalysisRequest) -> list[Asked]:
        if self._pool is not None:
            return [_of_member(one) for one in self._pool.members if _is_there(one)]
        settings = self._settings()
        profiles = await self._store.profiles()
        found: list[Asked] = []
        for name, own in settings.endpoints.items():
            if own.paused:
                continue
            given = Given(name, own, model=request.model)
            kind = find_kind(own.kind, setting=f"endpoints.{name}.kind")
            url = kind.url(given) or ""
            model = own.model or request.model
            profile = next(
                (
                    one.profile
                    for one in profiles
                    if (one.endpoint == name or (url and one.url == url))
                    and model in (None, one.profile.model)
                ),
                None,
            )
            given = Given(name, own, model=model, profile=profile)
            terms = terms_of(given, settings, await reach_of_given(given))
            slots = own.slots if isinstance(own.slots, int) else _SLOTS
            asked = profile.model if profile else model
            found.append(Asked(name, asked, terms, slots, None, _ability(kind)))
        return found

    async def _speed(self, one: Asked) -> Speed:
        lately = None
        if one.model is not None:
            find = partial(estimates.lately, endpoint=one.name, model=one.model)
            lately = await self._store.database.read(find)
        profile, batch = one.terms.profile, one.terms.batch
        call_s = one.usual_s or (lately and lately.latency_s)
        per_s = one.slots / call_s if call_s else None
        if one.usual_s is None and profile is not None and profile.answers_per_s > 0:
            per_s = profile.answers_per_s / (profile.tags_per_call * profile.frames_per_call)
            call_s = profile.latency_s or call_s
        tokens = lately.tokens if lately else None
        return Speed(
            one.name,
            one.model,
            batch,
            per_s,
            call_s,
            one.terms.price,
            tokens,
            one.terms.tier,
            one.can_tell,
        )


def _is_there(member: Member) -> bool:
    return member.standing is Standing.USED and member.gave_up is None


def _of_member(member: Member) -> Asked:
    usual_s, slots = member.tally.latencies.usual_s, max(1, member.slots)
    able = _ability(member.endpoint)
    return Asked(member.name, member.endpoint.model, member.terms, slots, usual_s, able)


def _ability(one: Endpoint | EndpointKind) -> CanTell:
    return one.can_tell if isinstance(one, Choosy) else tells_all


def _is_named(one: Asked, request: AnalysisRequest) -> bool:
    named = not request.endpoints or one.name in request.endpoints
    return named and (request.model is None or one.model in (None, request.model))


def _nobody(
    everybody: Sequence[Asked],
    named: Sequence[Asked],
    near: Sequence[Asked],
    good: Sequence[Asked],
    *,
    egress: Reach,
) -> str:
    """Why no endpoint may be asked, and what to do about it."""
    if not everybody:
        return (
            "No endpoint is there to be asked: add one, start the server of one, or resume one "
            "that is paused."
        )
    names = ", ".join(one.name for one in everybody)
    if not named:
        return f"None of the endpoints that were chosen is there. There are: {names}."
    if not near:
        far = ", ".join(f"{one.name} ({one.terms.reach})" for one in named)
        where = "machine" if egress is Reach.HOST else "network"
        return (
            f"Pictures may not leave this {where}, and that is where they would go: {far}. Allow "
            "it for this run, or choose another endpoint."
        )
    if not good:
        wrong = ", ".join(one.name for one in near)
        return (
            f"{wrong} told the probe's own pictures wrongly and is not asked. Choose another "
            "model, or trust it all the same in its settings."
        )
    return f"None of these looks at pictures: {', '.join(one.name for one in good)}."


# ------------------------------------------------------------------------------------ the division


@dataclass(slots=True)
class _Taken:
    """What an endpoint has of the work so far."""

    speed: Speed
    calls: float = 0.0
    busy_s: float = 0.0
    asks: int = 0
    """All that it might answer,"""
    alone: int = 0
    """and in how many calls, had it nobody beside it."""

    @property
    def share(self) -> Share:
        per_s, batch = self.speed.calls_per_s, self.speed.batch
        if per_s is not None:
            per_s *= self.asks / self.alone if self.alone else batch[0] * batch[1]
        return Share(self.speed.name, self.speed.model, round(self.calls), per_s)


def divided(
    loads: Sequence[Load], speeds: Sequence[Speed]
) -> tuple[int, float | None, float | None, tuple[Share, ...]]:
    """Calls, seconds, cost and what each endpoint has of it.

    Each works at its own pace until all is done that it can do; what few can do they do first. One
    whose pace is not known is taken to be as quick as the others are on average.
    """
    if not speeds:
        return sum(load.calls((8, 1)) for load in loads), None, None, ()
    groups: dict[frozenset[str], list[Load]] = {}
    for load in loads:
        groups.setdefault(load.by or frozenset(speed.name for speed in speeds), []).append(load)
    everybody = {speed.name: _Taken(speed) for speed in speeds}
    timed = True
    for names in sorted(groups, key=len):
        timed &= _give(
            groups[names], [everybody[speed.name] for speed in speeds if speed.name in names]
        )
    taken = [one for name, one in everybody.items() if any(name in names for names in groups)]
    numbers = [round(one.calls) for one in taken]
    seconds = None
    if not any(one.alone for one in taken):
        seconds = 0.0
    elif timed:
        called = (one.speed.call_s for one in taken if one.alone)
        shortest = min((call_s for call_s in called if call_s), default=0.0)
        seconds = max(shortest, *(one.busy_s for one in taken))
    costs = [one.speed.cost(number) for one, number in zip(taken, numbers, strict=True)]
    known_costs = [cost for cost in costs if cost is not None]
    cost = sum(known_costs) if len(known_costs) == len(costs) else None
    return sum(numbers), seconds, cost, tuple(one.share for one in taken)


def _give(loads: Sequence[Load], able: Sequence[_Taken]) -> bool:
    """Divide what these can do among them; whether it is known how long that takes."""
    alone = [sum(load.calls(one.speed.batch) for load in loads) for one in able]
    for one, calls in zip(able, alone, strict=True):
        one.alone += calls
        one.asks += sum(load.left for load in loads)
    if not any(alone):
        return True
    known = [
        one.speed.calls_per_s / calls if one.speed.calls_per_s and calls else None
        for one, calls in zip(able, alone, strict=True)
    ]
    told = [pace for pace in known if pace is not None]
    usual = sum(told) / len(told) if told else 1.0
    paces = [pace or usual for pace in known]
    end_s = _end([one.busy_s for one in able], paces)
    for one, pace, calls in zip(able, paces, alone, strict=True):
        one.calls += calls * pace * max(0.0, end_s - one.busy_s)
        one.busy_s = max(one.busy_s, end_s)
    return bool(told)


def _end(begins: Sequence[float], paces: Sequence[float]) -> float:
    """When one piece of work is done by several, each from when it is free, at its own pace."""
    pace = ahead = 0.0
    end = 0.0
    for begin, own in sorted(zip(begins, paces, strict=True)):
        if pace and end <= begin:
            break
        pace += own
        ahead += own * begin
        end = (1 + ahead) / pace
    return end
