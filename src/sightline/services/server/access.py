"""Who may come in: tokens, sessions made from them, and what each may do.

One installation is one trust domain: whoever has a token has what its scope says, of everything.
A token is shown once; what is kept is its digest. Tokens are 256 random bits, so that a plain
SHA-256 of one tells nothing of it and nobody guesses one; that tries are counted spares the
database. Whether a request counts as local, and which pages may send one, is decided where
requests are: in `api.gate`.
"""

from __future__ import annotations

import hashlib
import secrets
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import partial
from typing import Literal, Protocol

from sqlalchemy import Connection

from sightline.errors import Conflict, InputError, NotFound, Refused, StoreError
from sightline.store import access as stored
from sightline.store.access import TokenRecord
from sightline.store.database import Database

PREFIX = "sl_"
SESSION_LASTS = timedelta(days=30)

KNOWN_FOR_S = 10.0
"""How long a look-up counts: a token that another process revokes works so long yet."""
UNKNOWN_FOR_S = 60.0
"""And one that found nothing: no token is ever made that was tried before."""
_REMEMBERED = 4096
_USED_EVERY = timedelta(hours=1)
_MINUTE_S = 60.0
_NAME_MAX = 200


class Scope(StrEnum):
    """What a caller may do; each includes those before it."""

    READ = "read"
    """Look and listen."""
    OPERATE = "operate"
    """Add media, start and stop runs."""
    ADMIN = "admin"
    """Settings, endpoints, tokens."""

    @property
    def rank(self) -> int:
        return list(Scope).index(self)

    def covers(self, wanted: Scope) -> bool:
        return self.rank >= wanted.rank


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks, as far as that matters."""

    scope: Scope
    how: Literal["local", "network", "token", "session"]
    """What let it in: this machine, a trusted network, a token, a session made from one."""
    token: str | None = None
    """Id of the token."""

    @property
    def local(self) -> bool:
        """Came from this machine, by a socket that only this machine can reach."""
        return self.how == "local"


class Unknown(Refused):
    """The token is not known here: it was mistyped, revoked, or its time is over."""


class TooManyTries(Refused):
    """Too many tokens were tried."""

    def __init__(self, retry_after_s: float) -> None:
        wait = max(1, round(retry_after_s))
        super().__init__(
            f"Too many wrong tokens were tried from this address. Try again in {wait} s."
        )
        self.retry_after_s = wait


@dataclass(frozen=True, slots=True)
class Session:
    """What a log-in gives."""

    secret: str
    """For the cookie."""
    caller: Caller
    expires_at: datetime


class Access:
    """The tokens and sessions of an installation.

    `tries_per_minute`: wrong tokens that one address may try, as the settings now say.
    """

    def __init__(
        self,
        database: Database,
        *,
        tries_per_minute: Callable[[], int],
        clock: Callable[[], float] = time.monotonic,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._database = database
        self._now = now
        self._clock = clock
        self._known = _Remembered(clock)
        self._tries = _Tries(tries_per_minute, clock)

    @staticmethod
    def is_token(text: str) -> bool:
        """Whether it may be one of ours: other clients send keys of their own."""
        return text.startswith(PREFIX)

    async def name_of(self, caller: Caller | None) -> str:
        """Who that is, for people: what its token is called, or where it comes from."""
        if caller is None or caller.token is None:
            return "the network" if caller and not caller.local else "this machine"
        names = {token.id: token.name for token in await self.list()}
        return names.get(caller.token, "a token that was revoked")

    # --------------------------------------------------------------------------- coming in

    async def by_token(self, token: str, *, address: str) -> Caller:
        """Raises `Unknown`, or `TooManyTries` where that was so too often from this address."""
        digest = _digest(token)
        found = self._known.get(digest)
        if found is None:
            if not self._known.was_good(digest):
                self._tries.check(address)
            found = await self._look_up(digest, stored.find_token)
            if not found.scope:
                self._tries.count(address)
        if not found.scope:
            raise Unknown
        return Caller(found.scope, "token", found.token)

    async def by_session(self, secret: str) -> Caller | None:
        """None for one that has ended."""
        digest = _digest(secret)
        found = self._known.get(digest) or await self._look_up(digest, stored.find_session)
        return Caller(found.scope, "session", found.token) if found.scope else None

    async def log_in(self, token: str, *, address: str) -> Session:
        """Exchange a token for a session that is kept in a cookie. Raises as `by_token` does."""
        caller = await self.by_token(token, address=address)
        if caller.token is None:
            raise Unknown
        secret, now = secrets.token_urlsafe(32), self._now()
        expires_at = now + SESSION_LASTS
        await self._database.write(
            partial(
                stored.add_session,
                digest=_digest(secret),
                token=caller.token,
                now=now,
                expires_at=expires_at,
            )
        )
        return Session(secret, Caller(caller.scope, "session", caller.token), expires_at)

    async def log_out(self, secret: str) -> None:
        """End a session; nothing happens when it has ended."""
        await self._database.write(partial(stored.remove_session, digest=_digest(secret)))
        self._known.doubt_all()

    # ------------------------------------------------------------------------------ tokens

    async def create(
        self, name: str, scope: Scope, *, expires_at: datetime | None = None
    ) -> tuple[str, TokenRecord]:
        """A new token, to be shown once, and what is kept of it."""
        token, record = self._made(name, scope, expires_at)
        await self._database.write(partial(stored.add_token, token=record, digest=_digest(token)))
        return token, record

    async def first(self) -> str | None:
        """An admin's token where there is none at all; None where there is one."""
        token, record = self._made("made by the first start", Scope.ADMIN, None)
        made = await self._database.write(
            partial(stored.add_first_token, token=record, digest=_digest(token))
        )
        return token if made else None

    async def list(self) -> Sequence[TokenRecord]:
        """All tokens, the newest first."""
        return await self._database.read(stored.token_list)

    async def revoke(self, token: str) -> None:
        """By its id; its sessions end with it. At once in this process, elsewhere within 10 s.

        Raises `NotFound`.
        """
        removed = await self._database.write(partial(stored.remove_token, token=token))
        self._known.doubt_all()
        if not removed:
            raise NotFound(f"There is no token '{token}'. 'sightline token list' shows them.")

    # ------------------------------------------------------------------------------- inside

    def _made(
        self, name: str, scope: Scope, expires_at: datetime | None
    ) -> tuple[str, TokenRecord]:
        name = " ".join(name.split())
        if not name or len(name) > _NAME_MAX:
            raise InputError(f"A token needs a name of 1 to {_NAME_MAX} characters.")
        now = self._now()
        if expires_at is not None:
            try:
                expires_at = expires_at.astimezone(UTC)
            except OverflowError:
                raise InputError("A token can end in the year 9999 at the latest.") from None
            if expires_at <= now:
                raise Conflict("The token's time would be over before it began.")
        token = PREFIX + secrets.token_urlsafe(32)
        return token, TokenRecord(secrets.token_hex(4), name, scope, now, expires_at)

    async def _look_up(self, digest: str, find: _Find) -> _Found:
        now, generation = self._now(), self._known.generation
        record = await self._database.read(partial(find, digest=digest, now=now))
        found = _Found() if record is None else _Found(Scope(record.scope), record.id)
        self._known.put(digest, found, generation=generation)
        if record and (record.used_at is None or now - record.used_at > _USED_EVERY):
            with suppress(StoreError):  # a full disk must not lock anybody out
                await self._database.write(partial(stored.note_use, token=record.id, now=now))
        return found


@dataclass(frozen=True, slots=True)
class _Found:
    """What a look-up brought; no scope when there was nothing."""

    scope: Scope | None = None
    token: str | None = None


class _Find(Protocol):
    def __call__(
        self, connection: Connection, digest: str, *, now: datetime
    ) -> TokenRecord | None: ...


class _Remembered:
    """Look-ups of late, by digest, so that whoever asks often costs the database nothing."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._entries: OrderedDict[str, tuple[_Found, float]] = OrderedDict()
        self.generation = 0

    def get(self, digest: str) -> _Found | None:
        entry = self._entries.get(digest)
        return entry[0] if entry and self._clock() < entry[1] else None

    def was_good(self, digest: str) -> bool:
        """True also when that was longer ago: it is no guess then."""
        entry = self._entries.get(digest)
        return entry is not None and entry[0].scope is not None

    def put(self, digest: str, found: _Found, *, generation: int) -> None:
        """Nothing when all was put in doubt since `generation`: the look-up is older than that."""
        if generation != self.generation:
            return
        lasts = KNOWN_FOR_S if found.scope else UNKNOWN_FOR_S
        self._entries[digest] = found, self._clock() + lasts
        self._entries.move_to_end(digest)
        if len(self._entries) > _REMEMBERED:
            self._entries.popitem(last=False)

    def doubt_all(self) -> None:
        """Look all of them up again."""
        self.generation += 1
        for digest, (found, _) in self._entries.items():
            self._entries[digest] = found, float("-inf")


class _Tries:
    """Wrong tokens of the last minute, by address."""

    def __init__(self, most: Callable[[], int], clock: Callable[[], float]) -> None:
        self._most = most
        self._clock = clock
        self._at: OrderedDict[str, list[float]] = OrderedDict()

    def check(self, address: str) -> None:
        """Raises `TooManyTries` while that many are less than a minute old."""
        now = self._clock()
        recent = [at for at in self._at.get(address, ()) if now - at < _MINUTE_S]
        if len(recent) >= self._most():
            raise TooManyTries(recent[-self._most()] + _MINUTE_S - now)

    def count(self, address: str) -> None:
        now = self._clock()
        recent = [at for at in self._at.get(address, ()) if now - at < _MINUTE_S]
        self._at[address] = [*recent, now]
        self._at.move_to_end(address)
        if len(self._at) > _REMEMBERED:
            self._at.popitem(last=False)


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()
