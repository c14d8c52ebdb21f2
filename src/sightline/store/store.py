"""The store as the rest of Sightline sees it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Self

from sqlalchemy import Connection

from sightline.errors import RunTaken
from sightline.ports import Fact
from sightline.store import facts, library, presence, profiles, runs, signals, trust
from sightline.store.database import Database
from sightline.store.holds import PATIENCE_S, Held, Hold
from sightline.store.ledger import StoredLedger
from sightline.store.places import DatabaseUrl
from sightline.store.presence import PACE, Pace, Presence
from sightline.store.records import (
    Erased,
    LibraryItem,
    Results,
    RunRecord,
    StoredProfile,
    WorkerRecord,
)
from sightline.values import (
    Claim,
    FrameIndex,
    Media,
    Profile,
    Question,
    RunReport,
    SeenFile,
    Signals,
)


class Store:
    """A library: media, the answers about them, and the runs that asked.

    Close it with `aclose`, or use it as an async context manager. Every method raises
    `StoreError`, with the way out, when the database cannot do what is asked of it.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    @classmethod
    async def open(
        cls, at: Path | DatabaseUrl, *, roles: Sequence[str] = (), pace: Pace = PACE
    ) -> Self:
        """Open a library, creating or migrating its tables, and its file and folders, as needed.

        `roles` says to people what this process is for. `pace` is for tests, and the same for all
        processes of a library.

        Raises `StoreError` for what is no library, that cannot be reached or written, or that a
        newer version of Sightline wrote.
        """
        return cls(await Database.open(at, roles=roles, pace=pace))

    async def aclose(self) -> None:
        await self._database.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.aclose()

    @property
    def where(self) -> str:
        """Which library it is, for a person: never with a password."""
        return self._database.where

    # ---------------------------------------------------------------------------- workers

    @property
    def presence(self) -> Presence:
        """This process among those that use the library."""
        return self._database.presence

    async def workers(self) -> tuple[WorkerRecord, ...]:
        """The processes that use the library or lately did, oldest first.

        On SQLite only those that have roles or did a run; who of them died, `presence.look` finds.
        """
        return await self._database.read(presence.listing)

    async def hold(self, name: str) -> Hold | None:
        """Have something for this process alone, until it is released or the process dies.

        A name of letters, digits and dashes. None when another living process has it.
        """
        try:
            return await self._database.holds.take(name)
        except Held:
            return None

    @property
    def database(self) -> Database:
        """For the nouns that have functions of their own in this package."""
        return self._database

    # ------------------------------------------------------------------------------ media

    async def remember_media(self, media: Media, frames: FrameIndex, *, file: SeenFile) -> None:
        """Keep a media and its frame index, and that it was seen in this file.

        `file` must have been seen before it was read. Nothing is lost when the media was
        known: what was read of it anew replaces the old, and its answers stay.
        """
        await self._database.write(partial(library.remember, known=media, frames=frames, file=file))

    async def find_file(self, file: SeenFile) -> tuple[Media, FrameIndex] | None:
        """What is known of a file to which nothing has happened since it was read."""
        return await self._database.read(partial(library.find_file, file=file))

    async def remember_signals(self, media: Media, measured: Signals, *, part: str) -> None:
        """Keep what was measured of a part of a media's frames, in place of what there was."""
        await self._database.write(
            partial(signals.remember, digest=media.digest, measured=measured, part=part)
        )

    async def find_signals(self, media: Media, *, part: str) -> Signals | None:
        """What was measured of a part of a media's frames."""
        return await self._database.read(partial(signals.find, digest=media.digest, part=part))

    async def list_media(self) -> tuple[LibraryItem, ...]:
        """All media, in the order in which they were added."""
        return await self._database.read(library.listing)

    async def find_media(self, name: str | Path) -> LibraryItem | None:
        """By the path of a file, or by a digest or the beginning of one.

        Raises `InputError` when several media begin so.
        """
        return await self._database.read(partial(library.find, name=name))

    async def forget_file(self, path: Path) -> bool:
        """Forget that a media was seen in this file; all that is known about the media stays."""
        return await self._database.write(partial(library.forget_file, path=path))

    async def erase_media(self, digest: str) -> Erased:
        """Delete a media and everything derived from it.

        On SQLite no byte of it stays in the database. PostgreSQL shows it to nobody any more, but
        overwrites its bytes only as it needs their space, and its log and backups may keep them.
        """
        erased = await self._database.write(partial(library.erase, digest=digest))
        await self._database.scrub()
        return erased

    # ------------------------------------------------------------------------------- runs

    async def open_run(
        self,
        media: Media,
        recipe: str,
        *,
        parameters: Mapping[str, object],
        request: str,
        models: Sequence[str],
        settings: Mapping[str, object],
        claim: Claim | None = None,
        sample: Sequence[int] = (),
        hints: Sequence[int] = (),
    ) -> StoredLedger:
        """Begin a run, or go on with the one whose process died in the middle of this request.

        `parameters` and `settings` are JSON objects; `request` is the digest of all that decides
        what is asked and of whom. With a `claim` it is part of that job, and is written only while
        the claim holds. With the `sample` and `hints` of its footage its ledger can be read again
        later. Close the ledger when done.

        Raises `RunTaken` when a living process works on this request.
        """
        asked = runs.Request(
            media, recipe, parameters, request, models, settings, claim, sample, hints
        )
        try:
            hold, (run, media_id) = await self._database.holds.take_for(
                f"{media.digest[:16]}-{request}",
                partial(runs.begin, request=asked),
                patience_s=PATIENCE_S,
            )
        except Held as held:
            worker = await self._database.read(partial(runs.worker_on, request=asked))
            raise RunTaken(
                f"the same analysis is being done by {worker}. Wait for it to end, or stop it and "
                "run the command again: it goes on where that one stopped."
            ) from held
        return StoredLedger(
            self._database, run, media=media, media_id=media_id, hold=hold, claim=claim
        )

    async def reports_of(self, job: str, *, media: str | None = None) -> tuple[RunReport, ...]:
        """What the runs of a job have concluded so far, oldest first; `media` is a digest."""
        find = partial(runs.reports_of_job, job=job, media_digest=media)
        return await self._database.read(find)

    async def runs_of(self, media: Media) -> tuple[RunRecord, ...]:
        """All runs on a media, oldest first."""
        return await self._database.read(partial(runs.records_about, digest=media.digest))

    async def results(self, run_id: str) -> Results:
        """What a run concluded and took. Raises `InputError` when there is no such run."""
        return await self._database.read(partial(runs.results_of, run_id=run_id))

    async def facts_about(self, media: Media, question: Question) -> tuple[Fact, ...]:
        """Every answer to a question about a media that may be used, oldest first."""

        def read(connection: Connection) -> tuple[Fact, ...]:
            return tuple(facts.about(connection, media.digest, question))

        return await self._database.read(read)

    # -------------------------------------------------------------------------- endpoints

    async def remember_profile(self, endpoint: str, *, url: str, kind: str, found: Profile) -> None:
        """Keep what a probe measured, in place of an older profile of this endpoint and model.

        `url` is empty where the kind needs none.
        """
        probed = StoredProfile(endpoint, url, kind, found)
        await self._database.write(partial(profiles.remember, probed=probed))

    async def profiles(self) -> tuple[StoredProfile, ...]:
        """All of them, by endpoint; those of an older probe that meant other things left out."""
        return await self._database.read(profiles.listing)

    async def find_profile(self, name: str, *, url: str, model: str | None) -> Profile | None:
        """What was measured of an endpoint and model; with None that which was probed last.

        The same model at the same URL counts under another name too. Whether its weights are
        still the same, `Profile.fits` tells.
        """
        return await self._database.read(partial(profiles.find, name=name, url=url, model=model))

    async def forget_profile(
        self, name: str, *, url: str | None = None, model: str | None = None
    ) -> int:
        """Forget what was measured of an endpoint; returns how many profiles that were."""
        return await self._database.write(partial(profiles.forget, name=name, url=url, model=model))

    async def distrust(
        self,
        *,
        endpoint: str,
        since: datetime,
        until: datetime | None = None,
        at: datetime | None = None,
    ) -> int:
        """Use no answer any more that an endpoint gave in calls begun in [since, until).

        Returns how many answers that were; those that were distrusted before do not count.
        Nothing is deleted: `trust` takes it back, with the same `at` just this, and what was
        concluded from them stays until the runs are done again.
        """
        calls = trust.Calls(endpoint, since, until)
        return await self._database.write(partial(trust.distrust, calls=calls, at=at))

    async def trust(
        self,
        *,
        endpoint: str,
        since: datetime,
        until: datetime | None = None,
        at: datetime | None = None,
    ) -> int:
        """Use again what was distrusted of an endpoint, as `distrust` names it.

        Returns how many answers are used again. Where the same model has answered the same
        question anew in the meantime, the new answer stays in use.
        """
        calls = trust.Calls(endpoint, since, until)
        return await self._database.write(partial(trust.trust, calls=calls, at=at))

    async def count_distrusted(
        self,
        *,
        endpoint: str,
        since: datetime,
        until: datetime | None = None,
        undo: bool = False,
        at: datetime | None = None,
    ) -> int:
        """How many answers `distrust` would take out of use, or with `undo` `trust` bring back."""
        calls = trust.Calls(endpoint, since, until)
        return await self._database.read(partial(trust.count, calls=calls, undo=undo, at=at))
