"""The endpoints that a person has set up, as a pool that keeps up with their settings.

Whoever is added, changed, paused or removed in the settings while runs go on is so in the pool
within `_LOOK_EVERY_S`; one that could not be reached joins when it answers.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from sightline.endpoints.egress import find_reach
from sightline.endpoints.kinds import find_kind
from sightline.endpoints.pool import Member, Pool, Retries, Terms
from sightline.errors import EndpointError, SettingsError, SightlineError
from sightline.ports import Given
from sightline.settings import Settings
from sightline.values import Price, Profile, Reach

if TYPE_CHECKING:
    from sightline.services.endpoints.shares import Leases
    from sightline.store.database import Database

log = logging.getLogger(__name__)

_LOOK_EVERY_S = 1.0
"""A look costs two `stat`."""
_KNOCK_EVERY_S = 2.0
"""At an endpoint that was not there."""

Profiles = Callable[[str, str, str | None], Awaitable[Profile | None]]
"""What a probe measured of the endpoint of this name, URL and model, if any did."""


@dataclass(frozen=True, slots=True)
class Choice:
    """The endpoints to use, and what a person should know about how they were chosen."""

    given: tuple[Given, ...]
    story: tuple[str, ...] = ()


def retries_of(settings: Settings) -> Retries:
    return Retries(
        attempts=settings.attempts,
        patience_s=settings.patience_s,
        deadline_s=settings.deadline_s,
    )


async def reach_of_given(given: Given) -> Reach:
    """How far pictures travel to it, as its owner says or its address tells."""
    if given.settings.reach is not None:
        return given.settings.reach
    url = find_kind(given.settings.kind).url(given)
    return Reach.HOST if url is None else await find_reach(url)


def terms_of(given: Given, settings: Settings, reach: Reach) -> Terms:
    own, profile = given.settings, given.profile
    return Terms(
        weight=own.weight,
        turn=own.use,
        role=own.role,
        reach=reach,
        learn=own.slots == "learn",
        trusted=own.trusted,
        price=Price(own.price_in, own.price_out),
        profile=profile,
        tags_per_call=settings.tags_per_call,
        longest_side=own.longest_side,
    )


class Fleet:
    """A pool and where it comes from. `connect` it, `follow` it while runs go on, `aclose` it."""

    def __init__(
        self,
        choice: Choice,
        settings: Settings,
        *,
        profiles: Profiles,
        again: Callable[[], tuple[Choice, Settings] | None],
        database: Database | None = None,
    ) -> None:
        """`again` gives what was chosen anew since it was last called; None when nothing was.

        With a `database`, slots are shared with all processes that use it.

        Raises `SettingsError` when not one of the endpoints may be asked.
        """
        self._settings = settings
        self._profiles = profiles
        self._again = again
        self._wanted: dict[str, Given] = {given.name: given for given in choice.given}
        self._in: dict[str, Given] = {}
        """Those in the pool, as they were given when they joined."""
        self._closing: set[asyncio.Task[None]] = set()
        self.pool = Pool((), retries=retries_of(settings), hedge=settings.hedge)
        self._leases: Leases | None = None
        if database is not None:
            from sightline.services.endpoints.shares import Leases  # noqa: PLC0415  (loads the database's)

            self._leases = Leases(database, self.pool)
        self.story = choice.story

    async def connect(self, *, needed: bool = True) -> None:
        """Raises the `EndpointError` of the first when not one of them can be reached.

        Unless one is `needed` at once: then those that are away, or too far, may join later.
        """
        if needed:
            await self._ensure_near_enough()
        problems = await self._join(list(self._wanted.values()))
        if needed and not self._in and problems:
            raise problems[0]
        asked = [
            f"Asking {member.endpoint.model} at {url}"
            for member in self.pool.members
            if (url := self._url(self._in[member.name])) is not None
        ]
        left_out = [f"Not asked yet: {problem}" for problem in problems]
        wrong = [
            f"{member.name} is not asked: it told {member.terms.profile.canaries_right} of the "
            f"probe's {member.terms.profile.canaries_asked} pictures rightly. Probe it again, or "
            "set trusted."
            for member in self.pool.members
            if member.terms.profile and member.terms.quarantined
        ]
        self.story = (*self.story, *asked, *left_out, *wrong)
        if needed and wrong and not any(member.usable for member in self.pool.members):
            raise SettingsError("\n".join(wrong))

    async def follow(self) -> None:
        """Goes on until it is cancelled."""
        knock_at = 0.0
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(_LOOK_EVERY_S)
            try:
                if chosen := self._again():
                    choice, self._settings = chosen
                    self._wanted = {given.name: given for given in choice.given}
                    await self._adapt()
                if self._absent() and loop.time() >= knock_at:
                    await self._join(self._absent())
                    knock_at = loop.time() + _KNOCK_EVERY_S
            except SightlineError as error:
                log.warning("The settings have changed but cannot be used: %s", error)

    def _absent(self) -> list[Given]:
        """Those that are wanted and not in; one that is paused has time."""
        return [
            given
            for name, given in self._wanted.items()
            if name not in self._in and not given.settings.paused
        ]

    async def aclose(self) -> None:
        for task in self._closing:
            task.cancel()
        await asyncio.gather(*self._closing, return_exceptions=True)
        if self._leases:
            await self._leases.aclose()
        await self.pool.aclose()

    async def _adapt(self) -> None:
        for name, given in list(self._in.items()):
            wanted = self._wanted.get(name)
            if wanted is None:
                self._drop(name)
                continue
            if _without_pause(wanted) != _without_pause(given):
                await self._change(wanted)
            if name in self._in:
                (self.pool.pause if wanted.settings.paused else self.pool.resume)(name)
        await self._join(self._absent())

    def _drop(self, name: str) -> None:
        del self._in[name]
        self._close(self.pool.drop(name))

    async def _change(self, wanted: Given) -> None:
        """Take the new one in place of the old; where it cannot be reached, the old one stays."""
        reach = await reach_of_given(wanted)
        if not self._settings.egress.allows(reach):
            self._drop(wanted.name)
            return
        try:
            member = await self._connect(wanted, reach)
        except EndpointError as error:
            log.warning("%s stays as it was: %s", wanted.name, error)
            return
        self._close(self.pool.replace(member))
        self._in[wanted.name] = wanted

    async def _join(self, given: Sequence[Given]) -> list[EndpointError]:
        problems: list[EndpointError] = []
        for one in given:
            reach = await reach_of_given(one)
            if not self._settings.egress.allows(reach):
                continue
            try:
                member = await self._connect(one, reach)
            except EndpointError as error:
                problems.append(error)
                continue
            self.pool.add(member)
            self._in[one.name] = one
        return problems

    async def _connect(self, given: Given, reach: Reach) -> Member:
        kind = find_kind(given.settings.kind, setting=f"endpoints.{given.name}.kind")
        model = given.model or given.settings.model
        if model is None:  # a profile is of one model, so the server's choice must be known first
            endpoint = await kind.connect(given)
            model = endpoint.model
            profile = await self._profile(given, model)
            if profile is not None:
                await endpoint.aclose()
                endpoint = await kind.connect(replace(given, model=model, profile=profile))
        else:
            profile = await self._profile(given, model)
            endpoint = await kind.connect(replace(given, profile=profile))
        terms = terms_of(replace(given, profile=profile), self._settings, reach)
        member, url = Member(endpoint, terms), kind.url(given)
        if self._leases and url is not None:
            self._leases.join(member, kind=given.settings.kind, url=url)
        return member

    async def _profile(self, given: Given, model: str) -> Profile | None:
        profile = await self._profiles(given.name, self._url(given) or "", model)
        return profile if profile is not None and profile.fits(model=model) else None

    def _close(self, member: Member) -> None:
        """When its calls have ended."""
        task = asyncio.create_task(member.close())
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)

    def _url(self, given: Given) -> str | None:
        return find_kind(given.settings.kind).url(given)

    async def _ensure_near_enough(self) -> None:
        """Raises `SettingsError` when all of them are further away than pictures may travel."""
        egress = self._settings.egress
        reaches = {name: await reach_of_given(given) for name, given in self._wanted.items()}
        far = {name: reach for name, reach in reaches.items() if not egress.allows(reach)}
        if not far:
            return
        where = {Reach.HOST: "this machine", Reach.LAN: "this network"}[egress]
        names = ", ".join(f"{name} ({reach})" for name, reach in far.items())
        if len(far) == len(reaches):
            needed = Reach.ANY if Reach.ANY in far.values() else Reach.LAN
            raise SettingsError(
                f"Pictures may not leave {where} (egress {egress}), and that is where they would "
                f"go: {names}. To allow it say --egress {needed}, or set egress in the settings."
            )
        self.story = (*self.story, f"Not asked, as pictures may not leave {where}: {names}.")


def _without_pause(given: Given) -> Given:
    return replace(given, settings=given.settings.model_copy(update={"paused": False}))
