"""The endpoints as people look after them over the API: added, changed, tried and measured.

They are kept in the database. One that another place makes (a file, the environment) is changed
there, and the answer names the place; it can be paused here all the same. What takes long, a probe
or the download of a model, goes on by itself, and whoever asked looks how far it is.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from sightline.errors import Conflict, InputError, NotFound, SightlineError
from sightline.ports import Given
from sightline.services.endpoints.endpoints import Endpoints, Tested, kind_of, unknown
from sightline.services.endpoints.standing import Standing
from sightline.services.server.origins import Origin
from sightline.settings import PREFIX, Settings
from sightline.store import Store
from sightline.values import ServedModel

if TYPE_CHECKING:
    from sightline.endpoints.discovery import Discovered
    from sightline.services.server.preferences import Preferences

log = logging.getLogger(__name__)

_FRESH_S = 2.0
"""For so long a look at all endpoints counts: many pages may be open, and each look asks them."""
_TOLD = 20
"""Lines of an errand that are kept."""


@dataclass(frozen=True, slots=True)
class Said:
    """What an endpoint said in calls that began in [since, until)."""

    since: datetime
    until: datetime | None = None
    """None for all since then."""
    at: datetime | None = None
    """When it is distrusted; of what is used again, only what was distrusted at this moment."""


class ErrandKind(StrEnum):
    """What takes long."""

    PROBE = "probe"
    PULL = "pull"


class ErrandStage(StrEnum):
    """How far an errand is."""

    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


@dataclass(slots=True)
class Errand:
    """Something that takes long, as it stands. It is of this process and ends with it."""

    kind: ErrandKind
    endpoint: str
    model: str | None
    began_at: datetime
    stage: ErrandStage = ErrandStage.RUNNING
    told: list[str] = field(default_factory=list[str])
    """What it said of late, the latest last."""
    done: float | None = None
    """0.0 to 1.0; None where that cannot be told."""
    problem: str = ""
    """Why it failed."""
    ended_at: datetime | None = None

    def tell(self, line: str) -> None:
        if self.told[-1:] != [line]:
            self.told = [*self.told, line][-_TOLD:]


class Upkeep:
    """The endpoints of the settings in force."""

    def __init__(self, preferences: Preferences, store: Store) -> None:
        self._preferences = preferences
        self._store = store
        self._errands: dict[tuple[ErrandKind, str], Errand] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._looked: tuple[float, Settings, tuple[Standing, ...]] | None = None
        self._looking = asyncio.Lock()

    async def aclose(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    @property
    def _settings(self) -> Settings:
        return self._preferences.settings

    # ----------------------------------------------------------------------------- as they are

    async def standings(self) -> tuple[Standing, ...]:
        """All of them, each asked for its models; a look of the last seconds counts too."""
        async with self._looking:
            now, loaded = time.monotonic(), self._settings
            if self._looked and self._looked[1] is loaded and now - self._looked[0] < _FRESH_S:
                return self._looked[2]
            standings = await self._endpoints().standings()
            self._looked = time.monotonic(), loaded, standings
            return standings

    async def standing(self, name: str) -> Standing:
        """Raises `NotFound`."""
        self._ensure_known(name)
        return await self._endpoints().standing(name)

    async def models(self, name: str) -> Sequence[ServedModel]:
        """What it offers now, the most fitting first. Raises `NotFound`, `SettingsError` or
        `EndpointError`."""
        self._ensure_known(name)
        return sorted(await self._endpoints().models(name), key=lambda model: model.rank)

    async def homes(self) -> Mapping[str, str]:
        """For each endpoint the place that makes it; empty for one that is changed here."""
        places = await self._preferences.places()
        return {name: places.home_of_endpoint(name) for name in self._settings.endpoints}

    async def discover(self) -> tuple[Discovered, ...]:
        """Model servers on the usual ports of this machine."""
        from sightline.endpoints import discovery  # noqa: PLC0415

        return await discovery.discover()

    # -------------------------------------------------------------------------------- changing

    async def add(self, name: str, values: Mapping[str, object]) -> None:
        """Raises `Conflict` when there is one of that name, `InputError` for what cannot be."""
        if name in self._settings.endpoints:
            raise Conflict(f"There is an endpoint '{name}' already. Choose another name.")
        given = {key: value for key, value in values.items() if value is not None}
        if "kind" not in given:
            given["kind"] = kind_of(str(given.get("url") or ""))
        given.setdefault("paused", False)  # also where a pause of another's of this name is left
        await self._merge(name, given)

    async def change(self, name: str, values: Mapping[str, object]) -> None:
        """Change what is named; None sets it back. Raises `Conflict` when it is made elsewhere."""
        self._ensure_known(name)
        if home := (await self.homes())[name]:
            raise Conflict(f"{home} makes the endpoint '{name}': change it there.")
        kind = {"kind": "openai"} if values.get("kind", "") is None else {}
        await self._merge(name, {**values, **kind})

    async def remove(self, name: str) -> None:
        """Take it away; what it answered is kept. Raises `Conflict` when it is made elsewhere."""
        self._ensure_known(name)
        if home := (await self.homes())[name]:
            raise Conflict(f"{home} makes the endpoint '{name}': take it out there.")
        values: dict[str, object] = {"endpoints": {name: None}}
        if self._settings.endpoint == name:
            origin, place = (await self._preferences.places()).origin("endpoint")
            if origin is not Origin.DATABASE:
                raise Conflict(f"{place} names '{name}' as the endpoint to use: change that first.")
            values["endpoint"] = None
        await self._preferences.merge(values)
        await self._endpoints().forget(name)

    async def pause(self, name: str, *, paused: bool) -> None:
        """Ask it no more, or again; runs under way heed it. Raises `Conflict` when the
        environment decides."""
        self._ensure_known(name)
        if self._settings.endpoints[name].paused != paused:
            await self._merge(name, {"paused": paused})

    async def _merge(self, name: str, values: Mapping[str, object]) -> None:
        await self._preferences.merge({"endpoints": {name: dict(values)}})

    # ---------------------------------------------------------------------------- what they said

    async def distrust(
        self, name: str, said: Said, *, undo: bool = False, dry_run: bool = False
    ) -> int:
        """Use no answer any more that it gave then, or with `undo` use them again.

        Returns how many that were, or with `dry_run` would be. Of one that was taken away, too, as
        its answers are kept. Raises `NotFound` when nothing of that name is known, `InputError`
        for what is no stretch of time that has begun.
        """
        if said.since > datetime.now(UTC):
            raise InputError(f"since: {said.since.isoformat()} is still to come.")
        if said.until is not None and said.until <= said.since:
            raise InputError(f"until: {said.until.isoformat()} is not after since.")
        changed = await self._endpoints().distrust(
            name, since=said.since, until=said.until, undo=undo, dry_run=dry_run, at=said.at
        )
        if not changed:
            self._ensure_known(name)
        return changed

    # ------------------------------------------------------------------------------------ asked

    async def test(self, name: str, *, model: str | None = None) -> Tested:
        """Ask one question whose answer is known. Raises `NotFound`, `SettingsError` or
        `EndpointError`."""
        self._ensure_known(name)
        return await self._endpoints().test(name, model=model)

    def probe(self, name: str, *, model: str | None = None) -> Errand:
        """Begin to measure what it can do. Raises `Conflict` while that goes on."""
        self._ensure_known(name)
        errand = self._new(ErrandKind.PROBE, name, model)
        return self._begin(errand, lambda: self._probe(errand))

    def pull(self, name: str, model: str) -> Errand:
        """Begin to have Ollama download a model. Raises `Conflict` while that goes on."""
        self._ensure_known(name)
        if self._settings.endpoints[name].kind != "ollama":
            raise Conflict(f"'{name}' is not of kind ollama: only Ollama downloads when asked.")
        errand = self._new(ErrandKind.PULL, name, model)
        return self._begin(errand, lambda: self._pull(errand, model))

    def errand(self, kind: ErrandKind, name: str) -> Errand:
        """The latest of its kind. Raises `NotFound`."""
        self._ensure_known(name)
        if found := self._errands.get((kind, name)):
            return found
        raise NotFound(f"No {kind} of '{name}' was begun since this server started.")

    def _new(self, kind: ErrandKind, name: str, model: str | None) -> Errand:
        known = self._errands.get((kind, name))
        if known and known.stage is ErrandStage.RUNNING:
            raise Conflict(f"A {kind} of '{name}' is going on. Wait for it to end.")
        return Errand(kind, name, model, datetime.now(UTC))

    def _begin(self, errand: Errand, work: Callable[[], Awaitable[None]]) -> Errand:
        self._errands[errand.kind, errand.endpoint] = errand
        task = asyncio.create_task(self._run(errand, work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return errand

    async def _run(self, errand: Errand, work: Callable[[], Awaitable[None]]) -> None:
        stage, problem = ErrandStage.FAILED, "It was stopped, as the server was."
        try:
            await work()
            stage, problem, errand.done = ErrandStage.DONE, "", 1.0
        except SightlineError as error:
            problem = str(error)
        except Exception:
            problem = "A fault of Sightline's own; the log has it."
            log.exception("the %s of %s failed", errand.kind, errand.endpoint)
        finally:
            errand.stage, errand.problem = stage, problem
            errand.ended_at = datetime.now(UTC)
            self._looked = None

    async def _probe(self, errand: Errand) -> None:
        await self._endpoints().probe(errand.endpoint, model=errand.model, tell=errand.tell)

    async def _pull(self, errand: Errand, model: str) -> None:
        async with aclosing(self._endpoints().pull(errand.endpoint, model)) as steps:
            async for step in steps:
                errand.tell(step.status)
                if step.completed is not None and step.total:
                    errand.done = step.completed / step.total

    # ------------------------------------------------------------------------------------ parts

    def _ensure_known(self, name: str) -> None:
        if name not in self._settings.endpoints:
            raise NotFound(str(unknown(name, self._settings)))

    def _endpoints(self) -> Endpoints:
        loaded = self._settings

        def named(name: str) -> Given:
            loaded.check_key(name)
            key = f"{PREFIX}ENDPOINTS__{name.upper()}__API_KEY"
            return Given(name, loaded.endpoints[name], key_setting=key)

        return Endpoints(loaded, self._store, named=named)
