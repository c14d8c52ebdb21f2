"""What a run would take, told before it is begun: asked again and again while somebody types.

Nobody is asked and no file is opened. Some media are looked at closely, question by question; what
is said of the others follows from their length. What cannot be known beforehand (where edges are,
which frames look alike) follows from past runs, is guessed or left out, and is said to be so. What
no endpoint can answer is not counted, but named.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

from sqlalchemy import Connection

from sightline.endpoints.pool import Pool
from sightline.errors import InputError, NotFound
from sightline.media.sampling import Policy, Scenes, sample, to_measure
from sightline.ports import Recipe
from sightline.recipes.answering import Answering
from sightline.recipes.tagging import Tagging
from sightline.services.library.measures import ALL, SAMPLED, part_of
from sightline.services.planning.abilities import Part, parts_of, untold
from sightline.services.planning.kept import Kept
from sightline.services.planning.loads import (
    Known,
    Load,
    Looks,
    add_edges,
    ask,
    asks_of,
    frames_of,
    guessed,
    limit,
    questions_of,
)
from sightline.services.planning.rates import UNKNOWN, EdgesBy, Rates
from sightline.services.planning.speeds import Share, Speeds, divided
from sightline.services.runs.requests import AnalysisRequest, thinned
from sightline.settings import Settings
from sightline.store import Store, estimates, shelf, signals
from sightline.store.facts import pack_frames
from sightline.values import FrameIndex, Media, Sharing

CLOSELY = 25_000
"""Questions about media that are looked at one by one, all together; the first media has as many
as it has, up to `MOST_CLOSELY`."""
MOST_CLOSELY = 100_000
_MOST_NEAR = 4
"""Media that are looked at one by one: to unpack the times of an hour's frames takes 10 ms."""
_INDEXES = 2 * _MOST_NEAR
_SAMPLES = 64


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a run would take; as `api.models.estimates` describes it."""

    media: int
    unread: int
    frames: int
    asks: int
    known: int
    alike: int
    calls: int
    more: bool
    less: bool
    seconds: float | None
    cost: float | None
    endpoints: tuple[Share, ...]
    edges: EdgesBy | None
    untold: tuple[str, ...]
    shortfall: str
    problem: str


@dataclass(slots=True)
class _Told:
    """What has been counted so far."""

    loads: list[Load] = field(default_factory=list[Load])
    frames: int = 0
    more: bool = False
    less: bool = False
    rates: Rates = UNKNOWN

    def add(self, loads: Sequence[Load], most: int | None) -> None:
        """Those of one run."""
        limit(loads, most)
        self.loads.extend(loads)


class Estimates:
    """What runs would take."""

    def __init__(self, store: Store, settings: Callable[[], Settings], pool: Pool | None) -> None:
        self._store = store
        self._settings = settings
        self._speeds = Speeds(store, settings, pool)
        self._indexes = Kept[str, FrameIndex](_INDEXES)
        self._samples = Kept[tuple[str, str], Sequence[int]](_SAMPLES)

    async def of(
        self, request: AnalysisRequest, media: Sequence[str], *, unread: int = 0
    ) -> Estimate:
        """Of a run over these media, by digest, and `unread` files of which nothing is known.

        Raises `NotFound`.
        """
        speeds, problem = await self._speeds.of(request)
        settings = self._settings()
        wanted = list(request.recipes(settings, longest_side=self._speeds.longest_side))
        plan = _Plan(
            request,
            settings,
            [_Planned(parts_of(recipe, speeds), policy, most) for recipe, policy, most in wanted],
            self._speeds.models(request),
        )
        told = await self._store.database.read(partial(self._count, plan=plan, digests=media))
        calls, seconds, cost, shares = divided(told.loads, speeds)
        tags, shortfall = untold([recipe for recipe, _, _ in wanted], speeds)
        return Estimate(
            media=len(media) + unread,
            unread=unread,
            frames=told.frames,
            asks=sum(load.asks for load in told.loads),
            known=sum(load.known for load in told.loads),
            alike=sum(load.alike for load in told.loads),
            calls=calls,
            more=told.more or request.searches or request.doubt,
            less=told.less and calls > 0,
            seconds=seconds,
            cost=cost,
            endpoints=shares,
            edges=_edges(plan, told),
            untold=tags,
            shortfall=shortfall,
            problem=problem,
        )

    # ------------------------------------------------------------------------------- the counting

    def _count(self, connection: Connection, plan: _Plan, digests: Sequence[str]) -> _Told:
        told = _Told()
        if plan.request.searches:
            told.rates = Rates(estimates.changes(connection))
        found = estimates.media_in(connection, digests)
        if gone := [digest for digest in digests if digest not in found]:
            raise NotFound(f"There is no media '{gone[0][:16]}' in the library any more.")
        counts = estimates.counts(connection, list(found), plan.digests)
        left = MOST_CLOSELY
        far: list[Media] = []
        near: list[tuple[Load, Recipe]] = []
        looked = 0
        for media in found.values():
            asks = sum(
                asks_of(part.recipe, frames_of(one.policy, media))
                for one in plan.runs
                for part in one.parts
            )
            if (
                looked >= _MOST_NEAR
                or asks > left
                or (index := self._index(connection, media)) is None
            ):
                far.append(media)
                continue
            left = min(left, CLOSELY) - asks
            looked += 1
            known = counts.get(media.digest, {})
            seen: dict[tuple[str, int | None], int] = {}
            for one in plan.runs:
                close = _Close(connection, plan, media, index, told, known)
                sample = self._sample(close, one.policy, one.most)
                loads = [close.load(part, one.policy, sample) for part in one.parts]
                near.extend(zip(loads, (part.recipe for part in one.parts), strict=True))
                for load in loads:
                    seen[repr(one.policy), one.most] = load.frames
                told.add(loads, plan.request.budget.calls)
            told.frames += sum(seen.values())
        for media in far:
            told.frames += _from_afar(plan, media, counts.get(media.digest, {}), near, told)
        return told

    def _index(self, connection: Connection, media: Media) -> FrameIndex | None:
        def find() -> FrameIndex | None:
            return shelf.index_of(connection, media.digest)

        return self._indexes.get(media.digest, find)

    def _sample(self, close: _Close, policy: Policy, most: int | None) -> Sequence[int]:
        """The frames that the policy chooses; none where only a guess can be made."""
        found = self._samples.get((close.media.digest, repr(policy)), lambda: close.sample(policy))
        return thinned(found, most) if found else ()


@dataclass(frozen=True, slots=True)
class _Planned:
    """One run over each media."""

    parts: Sequence[Part]
    policy: Policy
    most: int | None
    """Frames that it takes."""


@dataclass(frozen=True, slots=True)
class _Plan:
    """What would be done with each media."""

    request: AnalysisRequest
    settings: Settings
    runs: Sequence[_Planned]
    models: frozenset[str] | None

    @property
    def parts(self) -> list[Part]:
        return [part for one in self.runs for part in one.parts]

    @property
    def digests(self) -> list[str]:
        """Of all questions."""
        return [one.digest for part in self.parts for one in questions_of(part.recipe)]


@dataclass(slots=True)
class _Close:
    """One media, looked at closely."""

    connection: Connection
    plan: _Plan
    media: Media
    index: FrameIndex
    told: _Told
    counts: Mapping[str, int]

    def sample(self, policy: Policy) -> Sequence[int] | None:
        """None where nobody has measured what it chooses by."""
        wanted = to_measure(policy, self.index)
        measured = None
        if wanted is not None:
            part = part_of(wanted, self.index)
            measured = signals.find(self.connection, self.media.digest, part=part)
            if measured is None:
                return None
        try:
            return sample(policy, self.index, self.media.clock, measured)
        except InputError:  # a moment outside this media, which its run will tell
            return None

    def load(self, part: Part, policy: Policy, chosen: Sequence[int]) -> Load:
        load = self._load(part.recipe, policy, chosen)
        load.by = part.by
        return load

    def _load(self, recipe: Recipe, policy: Policy, chosen: Sequence[int]) -> Load:
        if not chosen:
            self.told.more |= isinstance(policy, Scenes)
            self.told.less |= isinstance(policy, Scenes)
            frames = frames_of(policy, self.media)
            return guessed(recipe, frames, self.media, rates=self.told.rates)
        sharing = self.plan.request.sharing_for(policy, self.plan.settings)
        if len(self.index) < 2 or isinstance(recipe, Answering):
            sharing = None
        load = Load(frames=len(chosen))
        known = self._known(recipe)
        if isinstance(recipe, Answering):
            load.asks = 1
            (question,) = questions_of(recipe)
            load.known = int(pack_frames(chosen) in known.get((question.digest, 0), ()))
            load.single = 1 - load.known
            return load
        groups = self._groups(sharing)
        if sharing is not None:
            self.told.less |= any(pts not in groups for pts in chosen)
        ask(load, recipe, chosen, known, Looks(groups, sharing))
        add_edges(load, recipe, self.media, self.told.rates)
        return load

    def _known(self, recipe: Recipe) -> Known:
        asked = [one.digest for one in questions_of(recipe) if self.counts.get(one.digest)]
        known: defaultdict[tuple[str, int], set[str]] = defaultdict(set)
        transform = getattr(recipe, "transform", None)
        if not asked or transform is None:
            return known
        for one in estimates.answered(
            self.connection, self.media.digest, asked=asked, transform=transform.key
        ):
            if self.plan.models is None or one.model in self.plan.models:
                known[one.question, one.sample].update(one.frames)
        return known

    def _groups(self, sharing: Sharing | None) -> Mapping[int, int]:
        """Of each measured frame the one that stands for those that look like it."""
        if sharing is None:
            return {}
        for part in (ALL, SAMPLED):
            found = estimates.looks(
                self.connection, self.media.digest, part=part, within=sharing.within
            )
            if found:
                return dict(zip(*found, strict=True))
        return {}


# ------------------------------------------------------------------------------------- from afar


def _from_afar(
    plan: _Plan,
    media: Media,
    counts: Mapping[str, int],
    near: Sequence[tuple[Load, Recipe]],
    told: _Told,
) -> int:
    """Count a media by its length, and as those that were looked at; returns its frames."""
    seen: dict[tuple[str, int | None], int] = {}
    for one in plan.runs:
        loads: list[Load] = []
        frames = frames_of(one.policy, media)
        frames = frames if one.most is None else min(frames, one.most)
        sharing = plan.request.sharing_for(one.policy, plan.settings)
        for part in one.parts:
            recipe = part.recipe
            alike = [load for load, other in near if type(other) is type(recipe)]
            asked = sum(load.asks - load.known for load in alike)
            shared = sum(load.alike for load in alike) / asked if asked else 0.0
            load = guessed(recipe, frames, media, counts=counts, shared=shared, rates=told.rates)
            load.by = part.by
            told.less |= sharing is not None and not isinstance(recipe, Answering)
            told.more |= isinstance(one.policy, Scenes)
            seen[repr(one.policy), one.most] = frames
            loads.append(load)
        told.add(loads, plan.request.budget.calls)
    return sum(seen.values())


def _edges(plan: _Plan, told: _Told) -> EdgesBy | None:
    """By what the edges were reckoned; None where none are counted."""
    if not any(load.edges for load in told.loads):
        return None
    tags = [
        tag for part in plan.parts if isinstance(part.recipe, Tagging) for tag in part.recipe.tags
    ]
    return told.rates.by(tag.name for tag in tags)
