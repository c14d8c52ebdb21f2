"""Webhooks: none is lost, each is signed, and none goes where it must not."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import ssl
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest
from receiver import Receiver, receiving, say
from sqlalchemy import update

from sightline import settings
from sightline.errors import InputError, NotFound, StoreError
from sightline.outbox.addresses import resolve
from sightline.outbox.messages import run_message
from sightline.outbox.posting import KEPT, Heard, Poster
from sightline.services.runs import deliveries as service
from sightline.services.runs.deliveries import Deliveries, usual_wait
from sightline.services.server.preferences import Preferences
from sightline.store import DatabaseUrl, Store, deliveries
from sightline.store.deliveries import Delivery, DeliveryState
from sightline.store.worktables import deliveries as table

JOB = "job-1"


@pytest.fixture(autouse=True)
def empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.upper().startswith("SIGHTLINE_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("SIGHTLINE_WEBHOOKS__PRIVATE", "true")
    monkeypatch.chdir(tmp_path)


@pytest.fixture
async def store(store_location: Path | DatabaseUrl) -> AsyncGenerator[Store]:
    async with await Store.open(store_location) as store:
        yield store


@pytest.fixture
async def preferences(store: Store) -> Preferences:
    found = Preferences(store, settings.load())
    await found.reload()
    return found


@contextlib.asynccontextmanager
async def sending(
    store: Store, preferences: Preferences, *, look: Callable[..., object] = resolve
) -> AsyncGenerator[Deliveries]:
    own = Deliveries(store, preferences, resolve=look, wait=lambda _: 0.01)  # type: ignore[arg-type]
    task = asyncio.create_task(own.run())
    try:
        yield own
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def add(store: Store, url: str, run: Mapping[str, object] | None = None) -> str:
    body = run_message("run.completed", run or {"id": JOB}, at=datetime.now(UTC))
    keep = partial(deliveries.add, job=JOB, event="run.completed", url=url, body=body)
    return await store.database.write(keep)


async def ended(own: Deliveries) -> Delivery:
    while True:
        [only] = (await own.list(JOB)).items
        if only.state is not DeliveryState.WAITING:
            return only
        own.nudge()
        await asyncio.sleep(0.02)


async def test_a_message_arrives_signed_with_the_secret(
    store: Store, preferences: Preferences
) -> None:
    async with receiving() as receiver, sending(store, preferences) as own:
        name = await add(store, receiver.url, {"id": JOB, "title": "a car"})
        own.nudge()
        sent = await ended(own)
    [got] = receiver.got
    assert got.head == "POST /hook HTTP/1.1"
    assert got.headers["host"] == f"127.0.0.1:{receiver.port}"
    assert got.headers["content-type"] == "application/json"
    assert got.headers["webhook-id"] == name == sent.id
    secret = await preferences.webhook_secret()
    assert got.is_signed_with(secret)
    assert not got.is_signed_with("whsec_" + "A" * 44)
    assert json.loads(got.body)["data"] == {"id": JOB, "title": "a car"}
    assert (sent.state, sent.attempts, sent.log[0].status) == (DeliveryState.SENT, 1, 200)
    assert sent.ended_at is not None


async def test_the_secret_is_made_once_for_all_processes(
    store: Store, preferences: Preferences
) -> None:
    other = Preferences(store, settings.load())
    first, second = await asyncio.gather(preferences.webhook_secret(), other.webhook_secret())
    assert first == second
    assert await preferences.renew_webhook_secret() == await other.webhook_secret() != first


async def test_a_failure_is_tried_again_under_the_same_id(
    store: Store, preferences: Preferences
) -> None:
    def flaky(before: int) -> bytes:
        return say(500, "busy") if before == 0 else say(204)

    async with receiving(flaky) as receiver, sending(store, preferences) as own:
        await add(store, receiver.url)
        sent = await ended(own)
    assert [got.headers["webhook-id"] for got in receiver.got] == [sent.id, sent.id]
    assert receiver.got[0].body == receiver.got[1].body
    assert [(one.status, one.said) for one in sent.log] == [(500, "busy"), (204, "")]


@pytest.mark.parametrize(
    ("reply", "tries", "state"),
    [
        (say(410, "gone for good"), 1, DeliveryState.FAILED),
        (say(404), 3, DeliveryState.FAILED),
        (say(299), 1, DeliveryState.SENT),
        (say(302, location="http://127.0.0.1:1/"), 3, DeliveryState.FAILED),
        (b"nonsense\r\n\r\n", 3, DeliveryState.FAILED),
        (b"", 3, DeliveryState.FAILED),
        (b"HTTP/1.1 200 OK\r\ncontent-length: 999\r\n\r\ncut off", 1, DeliveryState.SENT),
    ],
)
async def test_what_counts_as_heard(
    store: Store,
    monkeypatch: pytest.MonkeyPatch,
    reply: bytes,
    tries: int,
    state: DeliveryState,
) -> None:
    monkeypatch.setenv("SIGHTLINE_WEBHOOKS__ATTEMPTS", "3")
    preferences = Preferences(store, settings.load())
    async with receiving(lambda _: reply) as receiver, sending(store, preferences) as own:
        await add(store, receiver.url)
        over = await ended(own)
    assert (over.state, len(over.log), len(receiver.got)) == (state, tries, tries)


async def test_a_redirect_to_a_private_address_is_not_followed(
    store: Store, preferences: Preferences
) -> None:
    async with receiving() as secret_place, sending(store, preferences) as own:
        moved = say(307, location=secret_place.url)

        def reply(before: int) -> bytes:
            return moved if before == 0 else say(410)

        async with receiving(reply) as receiver:
            await add(store, receiver.url)
            over = await ended(own)
    assert [one.status for one in over.log] == [307, 410]
    assert secret_place.got == []


async def test_only_the_beginning_of_a_reply_is_kept(
    store: Store, preferences: Preferences
) -> None:
    async with (
        receiving(lambda _: say(410, "é\0" * 100_000)) as receiver,
        sending(store, preferences) as own,
    ):
        await add(store, receiver.url)
        over = await ended(own)
    assert len(over.log[0].said) == KEPT
    assert over.log[0].said.startswith("é\ufffdé")


# --------------------------------------------------------------------------- where it may go


async def refused(
    store: Store, monkeypatch: pytest.MonkeyPatch, url: str, look: Callable[..., object] = resolve
) -> Delivery:
    monkeypatch.setenv("SIGHTLINE_WEBHOOKS__PRIVATE", "false")
    preferences = Preferences(store, settings.load())
    async with sending(store, preferences, look=look) as own:
        await add(store, url)
        return await ended(own)


async def test_a_private_address_is_refused_unless_allowed(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with receiving() as receiver:
        over = await refused(store, monkeypatch, receiver.url)
    assert over.state is DeliveryState.FAILED
    assert "webhooks.private" in over.log[0].said
    assert receiver.got == []


async def test_a_name_that_changes_its_mind_is_checked_again_when_it_is_sent(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """DNS rebinding: public when the run was asked for, private when it ends."""
    looks = 0

    async def turning(host: str, port: int) -> Sequence[str]:
        nonlocal looks
        looks += 1
        return ["93.184.216.34"] if looks == 1 else ["127.0.0.1"]

    async with receiving() as receiver:
        url = f"http://hooks.example:{receiver.port}/"
        monkeypatch.setenv("SIGHTLINE_WEBHOOKS__PRIVATE", "false")
        preferences = Preferences(store, settings.load())
        await Deliveries(store, preferences, resolve=turning).check(url)
        over = await refused(store, monkeypatch, url, turning)
    assert over.state is DeliveryState.FAILED
    assert "hooks.example (127.0.0.1)" in over.log[0].said
    assert receiver.got == []


async def test_a_try_goes_to_the_address_that_was_checked_and_looks_no_second_time() -> None:
    """The name exists nowhere but in the first look: whoever asked again would not find it."""
    looks: list[str] = []

    async def once(host: str, port: int) -> Sequence[str]:
        looks.append(host)
        return ["127.0.0.1"]

    async with receiving() as receiver, Poster(resolve=once) as poster:
        url = f"http://hooks.example:{receiver.port}/a?b=c#d"
        heard = await poster.post(url, "{}", headers={}, private=True)
    assert heard.taken
    assert looks == ["hooks.example"]
    [got] = receiver.got
    assert got.head == "POST /a?b=c HTTP/1.1"
    assert got.headers["host"] == f"hooks.example:{receiver.port}"


async def test_the_certificate_must_be_that_of_the_name() -> None:
    async def here(host: str, port: int) -> Sequence[str]:
        return ["127.0.0.1"]

    # Made for hooks.example with openssl req -x509; its key is worth nothing.
    made = Path(__file__).with_name("hooks.example.pem")
    serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    serving.load_cert_chain(made)
    trusting = ssl.create_default_context(cafile=made)
    async with receiving(tls=serving) as receiver:
        async with Poster(resolve=here, tls=trusting) as poster:
            url = f"https://hooks.example:{receiver.port}/"
            right = await poster.post(url, "{}", headers={}, private=True)
            other = url.replace("hooks", "other")
            wrong = await poster.post(other, "{}", headers={}, private=True)
        async with Poster(resolve=here) as poster:
            untrusted = await poster.post(url, "{}", headers={}, private=True)
    assert right.status == 200
    assert wrong.status is None
    assert "other.example" in wrong.said
    assert untrusted.status is None
    assert len(receiver.got) == 1


async def test_the_next_address_is_tried_where_one_does_not_answer() -> None:
    async def two(host: str, port: int) -> Sequence[str]:
        return ["127.0.0.2", "127.0.0.1"]

    async with receiving() as receiver, Poster(resolve=two) as poster:
        heard = await poster.post(
            f"http://hooks.example:{receiver.port}/", "{}", headers={}, private=True
        )
    assert heard.status == 200


async def test_a_proxy_of_the_environment_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    async with receiving() as proxy, receiving() as receiver:
        for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        async with Poster() as poster:
            heard = await poster.post(receiver.url, "{}", headers={}, private=True)
    assert heard.status == 200
    assert proxy.got == []


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/",
        "http://[::1]/",
        "http://169.254.169.254/latest/meta-data/",
        "http://10.0.0.1/",
        "node+http://127.0.0.1/",
        "gopher://example.com/",
        "javascript:alert(1)",
        "http://" + "a" * 2500,
    ],
)
async def test_a_url_is_refused_in_words_when_it_is_given(
    store: Store, monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    monkeypatch.setenv("SIGHTLINE_WEBHOOKS__PRIVATE", "false")
    with pytest.raises(InputError):
        await Deliveries(store, Preferences(store, settings.load())).check(url)


async def test_a_name_that_is_not_known_now_may_be_given(store: Store) -> None:
    async def nobody(host: str, port: int) -> Sequence[str]:
        raise OSError("unknown")

    own = Deliveries(store, Preferences(store, settings.load()), resolve=nobody)
    await own.check("https://later.example/hook")


# ----------------------------------------------------------------------------------- crashes


async def test_a_crash_between_claim_and_record_sends_it_again_under_the_same_id(
    store: Store, preferences: Preferences
) -> None:
    async with receiving() as receiver:
        name = await add(store, receiver.url)
        receiver.hold.clear()
        async with sending(store, preferences) as own:
            own.nudge()
            await receiver.until(1)
        # That sender is gone, in the middle of its try. Nobody else may try within its lease.
        claim = partial(deliveries.claim, lease_s=60, most=10)
        assert await store.database.write(claim) == ()
        await store.database.write(
            lambda connection: connection.execute(
                update(table).values(next_at=datetime(2020, 1, 1, tzinfo=UTC))
            )
        )
        receiver.hold.set()
        async with sending(store, preferences) as own:
            sent = await ended(own)
    assert [got.headers["webhook-id"] for got in receiver.got] == [name, name]
    assert (sent.attempts, len(sent.log)) == (2, 1)


async def test_a_database_that_is_away_is_waited_for(
    store: Store, preferences: Preferences, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "_WAIT_FOR_DATABASE_S", 0.01)
    away, read = 3, store.database.read

    async def reading(work: Callable[..., object]) -> object:
        nonlocal away
        if work is deliveries.next_due and away:
            away -= 1
            raise StoreError("the database cannot be reached")
        return await read(work)

    monkeypatch.setattr(store.database, "read", reading)
    async with receiving() as receiver, sending(store, preferences) as own:
        await add(store, receiver.url)
        assert (await ended(own)).state is DeliveryState.SENT
    assert away == 0


async def test_two_senders_share_messages_and_send_none_twice(
    store: Store, preferences: Preferences
) -> None:
    async with receiving() as receiver:
        for _ in range(30):
            await add(store, receiver.url)
        async with sending(store, preferences) as own, sending(store, preferences):
            while any(one.state is DeliveryState.WAITING for one in (await own.list(JOB)).items):
                own.nudge()
                await asyncio.sleep(0.02)
    ids = [got.headers["webhook-id"] for got in receiver.got]
    assert len(ids) == len(set(ids)) == 30


async def test_a_late_failure_does_not_undo_what_came_after(store: Store) -> None:
    await add(store, "http://x/")
    [first] = await store.database.write(partial(deliveries.claim, lease_s=0, most=1))
    [second] = await store.database.write(partial(deliveries.claim, lease_s=60, most=1))
    assert (first.attempts, second.attempts) == (1, 2)

    async def record(claimed: Delivery, state: DeliveryState) -> DeliveryState:
        tried = deliveries.Try(datetime.now(UTC).isoformat(), None, "", 0.0)
        outcome = deliveries.Outcome(claimed.id, claimed.attempts, tried, state, datetime.now(UTC))
        await store.database.write(partial(deliveries.record, outcome=outcome))
        found = await store.database.read(partial(deliveries.get, delivery=claimed.id))
        assert found
        return found.state

    assert await record(first, DeliveryState.FAILED) is DeliveryState.WAITING
    assert await record(second, DeliveryState.SENT) is DeliveryState.SENT
    assert await record(first, DeliveryState.FAILED) is DeliveryState.SENT


async def test_sending_again_by_hand(store: Store, preferences: Preferences) -> None:
    def reply(before: int) -> bytes:
        return say(410) if before == 0 else say(200)

    async with receiving(reply) as receiver, sending(store, preferences) as own:
        name = await add(store, receiver.url)
        assert (await ended(own)).state is DeliveryState.FAILED
        with pytest.raises(NotFound):
            await own.again(name, job="another")
        with pytest.raises(NotFound):
            await own.again("no\0such", job=JOB)
        await own.again(name, job=JOB)
        sent = await ended(own)
    assert sent.state is DeliveryState.SENT
    assert [one.status for one in sent.log] == [410, 200]
    assert receiver.got[0].headers["webhook-id"] == receiver.got[1].headers["webhook-id"]


def test_waits_grow_to_six_hours() -> None:
    waits = [usual_wait(failed) for failed in range(1, 12)]
    assert 4 <= waits[0] <= 6
    assert waits[:5] == sorted(waits[:5])
    assert max(waits) <= 1.2 * 6 * 3600
    assert min(waits[6:]) >= 0.8 * 6 * 3600


def test_a_reply_that_never_came_is_no_success() -> None:
    assert not Heard(None, "", 0.0).taken
    assert not Heard(None, "", 0.0).final
    assert Receiver(say).url
