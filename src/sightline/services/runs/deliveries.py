"""Telling other programs that a run has ended: messages signed, sent, and tried again.

A message is kept in the transaction that ends its job, so none is lost and none is told of what did
not happen; from then on nothing that a receiver does touches the job. Each is sent at least once:
after a crash in the middle of a try it goes out again, under the same id.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import partial

from sightline.errors import InputError, NotFound, SightlineError, StoreError
from sightline.outbox import addresses
from sightline.outbox.addresses import LONGEST_URL, Resolve, addresses_of, read_url
from sightline.outbox.messages import plain_url, sign
from sightline.outbox.posting import TIMEOUT_S, Heard, Poster
from sightline.services.runs.jobs import Page
from sightline.services.server.preferences import Preferences
from sightline.store import Store, deliveries
from sightline.store.deliveries import Delivery, DeliveryState, Outcome, Try

log = logging.getLogger(__name__)

LOOK_EVERY_S = 2.0
"""For messages of other processes; one's own are told by `nudge`."""
LEASE_S = 4 * TIMEOUT_S
"""How long a sender has a message for itself: well over one try, clocks that differ included."""
AT_ONCE = 8
"""Messages in flight: one slow receiver must not hold up the others."""
_FIRST_WAIT_S = 5.0
_WAIT_GROWS = 6.0
_LONGEST_WAIT_S = 6 * 3600.0
_JITTER = 0.2
_WAIT_FOR_DATABASE_S = 5.0
_WAIT_FOR_OTHERS_S = 0.2
"""Who are just claiming what is due."""

Wait = Callable[[int], float]
"""Seconds until the next try, after so many that failed."""


def usual_wait(failed: int) -> float:
    """5 s, 30 s, 3 min, 18 min, 2 h, then every 6 h; a fifth more or less, so that messages which
    failed together are not tried together."""
    wait = min(_LONGEST_WAIT_S, _FIRST_WAIT_S * _WAIT_GROWS ** (failed - 1))
    return wait * random.uniform(1 - _JITTER, 1 + _JITTER)  # noqa: S311  (not a secret)


class Deliveries:
    """The messages of an installation; any number of processes may `run` at once."""

    def __init__(
        self,
        store: Store,
        preferences: Preferences,
        *,
        resolve: Resolve = addresses.resolve,
        wait: Wait = usual_wait,
    ) -> None:
        self._store = store
        self._preferences = preferences
        self._resolve = resolve
        self._wait = wait
        self._news = asyncio.Event()
        self._sending: set[asyncio.Task[None]] = set()

    # ----------------------------------------------------------------------------- for people

    async def check(self, url: str) -> None:
        """Whether messages may go to this URL, as it is given for a run; `node+` may stand before.

        Raises `InputError` saying why not. It is looked at again whenever something is sent.
        """
        if len(url) > LONGEST_URL:
            raise InputError(f"the URL of the webhook has more than {LONGEST_URL} characters")
        to = read_url(plain_url(url))
        private = self._preferences.settings.webhooks.private
        with suppress(OSError):  # a name that is not there now may be when the run has ended
            async with asyncio.timeout(TIMEOUT_S):
                await addresses_of(to, private=private, resolve=self._resolve)

    async def list(self, job: str, *, offset: int = 0, limit: int = 50) -> Page[Delivery]:
        """Those of a job, the newest first."""
        read = partial(deliveries.listing, job=job, offset=offset, limit=limit)
        found, total = await self._store.database.read(read)
        return Page(tuple(found), total)

    async def again(self, delivery: str, *, job: str | None = None) -> Delivery:
        """Send one more time, now. Raises `NotFound`, also for one that is of another job."""
        found = None
        if "\0" not in delivery:
            found = await self._store.database.read(partial(deliveries.get, delivery=delivery))
        if found is None or job not in {None, found.job}:
            raise NotFound(f"There is no delivery '{delivery}' of this run.")
        sent = await self._store.database.write(partial(deliveries.again, delivery=delivery))
        if sent is None:
            raise NotFound(f"The delivery '{delivery}' was deleted.")
        self.nudge()
        return sent

    # -------------------------------------------------------------------------------- sending

    def nudge(self) -> None:
        """Look now: a message was added."""
        self._news.set()

    async def run(self) -> None:
        """Send what is due, until it is cancelled. What is in flight then is sent again later."""
        async with Poster(resolve=self._resolve) as poster:
            try:
                while True:
                    await self._step(poster)
            finally:
                for task in self._sending:
                    task.cancel()
                await asyncio.gather(*self._sending, return_exceptions=True)

    async def _step(self, poster: Poster) -> None:
        self._news.clear()
        try:
            free = AT_ONCE - len(self._sending)
            claim = partial(deliveries.claim, lease_s=LEASE_S, most=free)
            # Reading first: where nothing is due, which is nearly always, nothing is written.
            due = await self._store.database.read(deliveries.next_due) if free else None
            now = datetime.now(UTC)
            if due is not None and due <= now:
                claimed = await self._store.database.write(claim)
                for delivery in claimed:
                    task = asyncio.create_task(self._deliver(poster, delivery))
                    self._sending.add(task)
                    task.add_done_callback(self._ended)
                if claimed:
                    return
                due = now + timedelta(seconds=_WAIT_FOR_OTHERS_S)
            pause_s = min(LOOK_EVERY_S, (due - now).total_seconds()) if due else LOOK_EVERY_S
        except StoreError as error:
            log.warning("Webhooks wait for the database: %s", error)
            pause_s = _WAIT_FOR_DATABASE_S
        with suppress(TimeoutError):
            async with asyncio.timeout(pause_s):
                await self._news.wait()

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._sending.discard(task)
        self._news.set()

    async def _deliver(self, poster: Poster, delivery: Delivery) -> None:
        """Never raises: a message that fails here is due again when its lease has run out."""
        try:
            at = datetime.now(UTC)
            secret = await self._preferences.webhook_secret()
            own = self._preferences.settings.webhooks
            heard = await poster.post(
                plain_url(delivery.url),
                delivery.body,
                headers=sign(delivery.id, delivery.body, secret=secret, at=at),
                private=own.private,
            )
            outcome = self._judge(delivery, heard, at=at, attempts=own.attempts)
            await self._store.database.write(partial(deliveries.record, outcome=outcome))
        except SightlineError as error:
            log.warning("A webhook of %s is sent again later: %s", delivery.job, error)
        except Exception:
            log.exception("A webhook of %s is sent again later", delivery.job)

    def _judge(self, delivery: Delivery, heard: Heard, *, at: datetime, attempts: int) -> Outcome:
        state = DeliveryState.WAITING
        if heard.taken:
            state = DeliveryState.SENT
        elif heard.final or delivery.attempts >= attempts:
            state = DeliveryState.FAILED
        return Outcome(
            delivery.id,
            delivery.attempts,
            Try(at.isoformat(), heard.status, heard.said, round(heard.took_s, 3)),
            state,
            datetime.now(UTC) + timedelta(seconds=self._wait(delivery.attempts)),
        )
