"""What a run would take, by what the store knows, on both databases."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest

from sightline.endpoints.pixels import PixelsEndpoint
from sightline.endpoints.pool import Member, Pool, Terms
from sightline.errors import NotFound
from sightline.media.files import look
from sightline.ports import Arrived
from sightline.prompts import templates
from sightline.services.library.measures import ALL
from sightline.services.planning.estimates import Estimate, Estimates
from sightline.services.planning.rates import EdgesBy
from sightline.services.runs.specs import RunSpec
from sightline.settings import EndpointSettings, Settings
from sightline.store import DatabaseUrl, Store
from sightline.testing.fakes import FakeEndpoint, make_footage
from sightline.values import (
    Answer,
    Ask,
    AskId,
    Call,
    Footage,
    Method,
    Presence,
    Price,
    Profile,
    Question,
    Reach,
    RunState,
    Signals,
    Span,
    Track,
    Turn,
    Unknown,
    UnknownReason,
    Usage,
)

FOOTAGE = make_footage(60, 10, every_s=2.0, name="long")
OTHER = make_footage(30, 10, every_s=2.0, name="short")
CAR = templates.presence("car")


def yes(frames: tuple[int, ...], question: Question) -> Presence:
    return Presence(1.0)


@pytest.fixture
async def store(store_location: Path | DatabaseUrl, tmp_path: Path) -> AsyncGenerator[Store]:
    async with await Store.open(store_location) as store:
        for footage in (FOOTAGE, OTHER):
            path = tmp_path / f"{footage.media.digest[:8]}.mp4"
            await asyncio.to_thread(path.touch)
            file = await asyncio.to_thread(look, path)
            await store.remember_media(footage.media, footage.frames, file=file)
        yield store


def settings(**more: object) -> Settings:
    return Settings.model_construct(data_dir=Path("/nowhere"), endpoints={}, **more)  # pyright: ignore[reportArgumentType]


async def told(
    store: Store,
    pool: Pool | None,
    *footages: Footage,
    given: Settings | None = None,
    also: Mapping[str, object] | None = None,
    **spec: object,
) -> Estimate:
    estimates = Estimates(store, lambda: given or settings(), pool)
    digests = [footage.media.digest for footage in footages or (FOOTAGE,)]
    return await estimates.of(RunSpec.read({**spec, **(also or {})}).request(), digests)


async def answer(store: Store, frames: Sequence[int], *, model: str = "scripted") -> None:
    """There are answers about these frames of the long one: is there a car?"""
    call = Call(uuid4().hex, "fake", model, datetime.now(UTC), 0.5, Usage(1000, 10), "{}")
    ledger = await store.open_run(
        FOOTAGE.media, "tagging", parameters={}, request=call.id, models=[model], settings={}
    )
    asks = [Ask(AskId(number), (pts,), CAR) for number, pts in enumerate(frames)]
    told = Answer(Presence(1.0), model, "fake", Method.SCHEMA, 1, call.id)
    await ledger.record([Arrived(ask, told) for ask in asks], [call])
    ledger.close()


async def test_answers_of_accepted_models_are_known(store: Store) -> None:
    pool = Pool.of(FakeEndpoint(yes))
    await answer(store, FOOTAGE.sample[:10])
    await answer(store, FOOTAGE.sample[10:20], model="another")
    await answer(store, FOOTAGE.frames.pts[1:9])  # of frames that would not be asked about
    one = await told(store, pool, tags=["car", "dog"], sharing=False)
    assert (one.frames, one.asks, one.known, one.calls) == (30, 60, 10, 30)
    assert (await told(store, pool, tags=["car"], sharing=False)).calls == 20
    assert (await told(store, pool, tags=["car"], longest_side=64)).known == 0
    anybody = await told(store, None, tags=["car"])
    assert anybody.known == 20


async def test_the_pace_is_that_of_late_and_the_cost_by_tokens(store: Store) -> None:
    await answer(store, FOOTAGE.sample[:5])
    member = Member(FakeEndpoint(yes, slots=2), Terms(price=Price(1000.0, 100.0)))
    one = await told(store, Pool([member]), tags=["dog"], sharing=False)
    assert one.calls == 30
    assert one.seconds == pytest.approx(30 * 0.5 / 2)
    assert one.cost == pytest.approx(30 * (1000 * 1000 + 10 * 100) / 1e6)
    profile = Profile("scripted", datetime.now(UTC), 8, 8, answers_per_s=60.0, tags_per_call=4)
    probed = Member(FakeEndpoint(yes), Terms(profile=profile))
    one = await told(store, Pool([probed]), tags=list("abcdef"), sharing=False)
    assert (one.calls, one.seconds) == (60, pytest.approx(60 / 15))


async def test_many_media_are_told_by_their_length(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    pool = Pool.of(FakeEndpoint(yes))
    await answer(store, FOOTAGE.sample[:10])
    wanted = {"tags": ["car", "dog"], "describe": True, "ask": "What?", "sharing": False}
    exact = await told(store, pool, FOOTAGE, OTHER, also=wanted)
    monkeypatch.setattr("sightline.services.planning.estimates._MOST_NEAR", 1)
    assert await told(store, pool, FOOTAGE, OTHER, also=wanted) == exact
    monkeypatch.setattr("sightline.services.planning.estimates._MOST_NEAR", 0)
    assert await told(store, pool, FOOTAGE, OTHER, also=wanted) == exact
    assert exact.frames == 30 + 15 + 8 + 8
    assert exact.calls == 30 + 15 + 30 + 15 + 2


async def test_frames_that_look_alike_share_where_that_was_measured(store: Store) -> None:
    pool = Pool.of(FakeEndpoint(yes))
    assert (await told(store, pool, tags=["car"])).less
    pts = FOOTAGE.frames.pts
    flat = [0.0] * len(pts)
    alike = [pts[n - n % 100] for n in range(len(pts))]  # ten seconds each
    within = settings().alike_within
    measured = Signals(pts, [0] * len(pts), [0] * len(pts), flat, flat, alike, within)
    await store.remember_signals(FOOTAGE.media, measured, part=ALL)
    one = await told(store, pool, given=settings(alike_audit=0.0), tags=["car"])
    assert (one.alike, one.calls, one.less, one.more) == (24, 6, False, False)
    everything = await told(store, pool, given=settings(alike_audit=1.0), tags=["car"])
    assert (everything.alike, everything.calls) == (0, 30)
    other = await told(store, pool, given=settings(alike_within=1.0), tags=["car"])
    assert (other.alike, other.less) == (0, True)


async def test_moments_and_scenes(store: Store) -> None:
    pool = Pool.of(FakeEndpoint(yes))
    some = await told(store, pool, tags=["car"], sampling={"at": [1, 2.5]})
    assert (some.frames, some.calls, some.less) == (2, 2, False)
    guess = await told(store, pool, tags=["car"], sampling={"scenes": True})
    assert (guess.more, guess.less) == (True, True)
    assert guess.frames > 0
    repeated = await told(store, pool, tags=["car"], repeats=3, sharing=False)
    assert (repeated.asks, repeated.calls) == (90, 90)
    capped = await told(store, pool, tags=["car"], sharing=False, budget={"calls": 7})
    assert capped.calls == 7
    with pytest.raises(NotFound):
        await told(store, pool, make_footage(name="erased"), tags=["car"])


@pytest.mark.parametrize(
    ("terms", "spec", "words"),
    [
        (None, {}, "No endpoint is there"),
        (Terms(), {"endpoints": ["other"]}, "There are: fake"),
        (Terms(), {"model": "other"}, "There are: fake"),
        (Terms(reach=Reach.ANY), {"egress": "lan"}, r"may not leave this network.*fake \(any\)"),
        (Terms(profile=Profile("m", datetime.now(UTC), 0, 8)), {}, "fake told .* wrongly"),
    ],
)
async def test_why_it_cannot_be_begun(
    store: Store, terms: Terms | None, spec: dict[str, object], words: str
) -> None:
    members = [] if terms is None else [Member(FakeEndpoint(yes), terms)]
    one = await told(store, Pool(members), also=spec, tags=["car"])
    with pytest.raises(AssertionError, match=words):
        raise AssertionError(one.problem)
    assert (one.endpoints, one.seconds, one.asks) == ((), None, 30)


async def test_what_no_endpoint_can_tell_is_named_and_not_counted(store: Store) -> None:
    wanted = {"tags": ["car", "red"], "describe": True, "ask": "What?", "sharing": False}
    pixels = PixelsEndpoint()
    alone = await told(store, Pool.of(pixels), also=wanted)
    assert (alone.asks, alone.calls, alone.untold) == (60, 60, ("car",))
    assert alone.shortfall.startswith("pixels cannot tell car or answer a question in words")
    assert alone.problem == ""
    both = await told(store, Pool.of(pixels, FakeEndpoint(yes)), also=wanted)
    assert (both.asks, both.untold, both.shortfall) == (91, (), "")
    shares = {one.name: one.calls for one in both.endpoints}
    assert shares["fake"] >= 31  # the car and the question are its own
    assert shares["pixels"] > 0
    given = settings().model_copy(update={"endpoints": {"px": EndpointSettings(kind="pixels")}})
    away = await told(store, None, given=given, also=wanted)
    assert (away.asks, away.untold) == (60, ("car",))
    nothing = await told(store, Pool.of(pixels), tags=["car"])
    assert (nothing.asks, nothing.calls, nothing.seconds) == (0, 0, 0.0)


async def test_what_pixels_cannot_tell_goes_to_those_behind(store: Store) -> None:
    first, later = Member(PixelsEndpoint()), Member(FakeEndpoint(yes), Terms(turn=Turn.WHEN_DOWN))
    one = await told(store, Pool([first, later]), tags=["car", "red"], sharing=False)
    assert [(share.name, share.calls) for share in one.endpoints] == [("pixels", 30), ("fake", 30)]


async def found(store: Store, tag: str, *moments: float, unknown_s: float = 0.0) -> None:
    """A run found this tag for a second at each of these moments of the long one, in seconds."""
    media, ticks = FOOTAGE.media, FOOTAGE.media.clock.ticks
    spans = [(ticks(at), ticks(at + 1)) for at in moments]
    track = Track(
        tag,
        tuple(Span(start, end, start, start, end, end, 1.0) for start, end in spans),
        (Unknown(0, ticks(unknown_s), UnknownReason.UNSUPPORTED, "no"),) if unknown_s else (),
    )
    ledger = await store.open_run(
        media, "tagging", parameters={}, request=uuid4().hex, models=["m"], settings={}
    )
    await ledger.finish(RunState.COMPLETE, [track], "")
    ledger.close()


async def test_edges_are_as_many_as_past_runs_found(store: Store) -> None:
    pool = Pool.of(FakeEndpoint(yes))
    wanted = {"tags": ["car"], "precision": "frame", "sharing": False}
    guess = await told(store, pool, also=wanted)
    assert guess.edges is EdgesBy.GUESS
    edge = guess.calls - 30
    await found(store, "car", unknown_s=59.0)  # says nothing of how often it comes
    assert (await told(store, pool, also=wanted)).edges is EdgesBy.GUESS
    await found(store, "dog", 0.0, 10.0)  # an edge that is the media's own is none
    other = await told(store, pool, also=wanted)
    assert (other.edges, other.calls) == (EdgesBy.LIBRARY, 30 + 3 * edge)
    await found(store, "car", 10.0, 20.0, 30.0)
    own = await told(store, pool, also=wanted)
    assert (own.edges, own.calls) == (EdgesBy.TAGS, 30 + 6 * edge)
    assert (await told(store, pool, tags=["car"])).edges is None


async def test_where_another_process_asks_the_settings_tell(store: Store) -> None:
    desk = EndpointSettings(kind="openai", url="http://127.0.0.1:1/v1", model="seen", slots=2)
    given = settings().model_copy(update={"endpoints": {"desk": desk}})
    profile = Profile("seen", datetime.now(UTC), 8, 8, answers_per_s=10.0)
    await store.remember_profile("desk", url=desk.url or "", kind="openai", found=profile)
    one = await told(store, None, given=given, tags=["car"], sharing=False)
    assert (one.problem, one.calls, one.seconds) == ("", 30, pytest.approx(3.0))
    assert [(each.name, each.model, each.per_s) for each in one.endpoints] == [
        ("desk", "seen", 10.0)
    ]
