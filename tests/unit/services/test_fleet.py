"""The pool keeps up with its settings: nobody is lost on the way, and no run fails for a change."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from sightline.endpoints.pool import Exchange
from sightline.errors import EndpointDown, SettingsError
from sightline.ports import Given, Shown
from sightline.prompts import templates
from sightline.services.endpoints import fleet as room
from sightline.services.endpoints.fleet import Choice, Fleet
from sightline.settings import EndpointSettings, Settings
from sightline.testing.fakes import FakeEndpoint
from sightline.values import (
    Answer,
    Ask,
    AskId,
    Picture,
    Presence,
    Profile,
    Question,
    ServedModel,
)

PROFILE = Profile("seen", datetime.now(UTC), canaries_right=8, canaries_asked=8, pictures=8)


class FakeKind:
    """Endpoints that say yes; those in `down` cannot be reached."""

    def __init__(self) -> None:
        self.made: list[tuple[Given, FakeEndpoint]] = []
        self.down: set[str] = set()

    def url(self, given: Given) -> str | None:
        return given.settings.url

    async def connect(self, given: Given) -> FakeEndpoint:
        await asyncio.sleep(0)
        if given.name in self.down:
            raise EndpointDown(f"{given.name}: nothing listens there")
        model = given.model or given.settings.model or "seen"
        endpoint = FakeEndpoint(yes, name=given.name, model=model)
        self.made.append((given, endpoint))
        return endpoint

    async def models(self, given: Given) -> Sequence[ServedModel]:
        return ()


def yes(frames: tuple[int, ...], question: Question) -> Presence:
    return Presence(1.0)


def given(name: str, **settings: object) -> Given:
    return Given(name, EndpointSettings(url="http://127.0.0.1:1/v1", model="m", **settings))  # pyright: ignore[reportArgumentType]


@pytest.fixture
def kind(monkeypatch: pytest.MonkeyPatch) -> FakeKind:
    made = FakeKind()

    def find_kind(name: str, *, setting: str = "") -> FakeKind:
        return made

    monkeypatch.setattr(room, "find_kind", find_kind)
    monkeypatch.setattr(room, "_LOOK_EVERY_S", 0.001)
    monkeypatch.setattr(room, "_KNOCK_EVERY_S", 0.0)
    return made


class Desk:
    """A run at the fleet's pool, and the settings that it follows."""

    def __init__(self, *first: Given, profile: Profile | None = None) -> None:
        self._news: list[tuple[Choice, Settings] | SettingsError] = []
        self._heard: asyncio.Queue[Exchange] = asyncio.Queue()
        self._looked = asyncio.Event()

        async def find(name: str, url: str, model: str | None) -> Profile | None:
            return profile

        self.fleet = Fleet(Choice(first), Settings(), profiles=find, again=self._again)

    def _again(self) -> tuple[Choice, Settings] | None:
        self._looked.set()
        news = self._news.pop(0) if self._news else None
        if isinstance(news, SettingsError):
            raise news
        return news

    async def change(self, *wanted: Given) -> None:
        self._news.append((Choice(wanted), Settings()))
        await self.settle()

    async def spoil(self) -> None:
        self._news.append(SettingsError("slots: not a number"))
        await self.settle()

    async def settle(self) -> None:
        """Let the fleet look at its settings a few times."""
        for _ in range(5):
            self._looked.clear()
            await self._looked.wait()

    @asynccontextmanager
    async def open(self) -> AsyncGenerator[None]:
        await self.fleet.connect()
        following = asyncio.create_task(self.fleet.follow())
        lane = self.fleet.pool.lane(keep=self._heard.put, stop=asyncio.Event())
        async with asyncio.TaskGroup() as tasks:
            lane.begin(tasks)
            self._lane = lane
            yield
            lane.cancel()
        following.cancel()
        await asyncio.gather(following, return_exceptions=True)
        await self.fleet.aclose()

    async def put(self, number: int) -> None:
        shown = [Shown(Picture(number, b"", 1, 1), 0.0)]
        await self._lane.put(shown, [Ask(AskId(number), (number,), templates.presence("car"))])

    async def heard(self) -> str:
        """Who answered."""
        ((_, outcome),) = (await self._heard.get()).outcomes
        assert isinstance(outcome, Answer), outcome
        return outcome.endpoint

    @property
    def silent(self) -> bool:
        return self._heard.empty()


async def test_a_changed_endpoint_is_replaced_and_the_run_goes_on(kind: FakeKind):
    desk = Desk(given("desk", slots=1))
    async with desk.open():
        await desk.put(1)
        assert await desk.heard() == "desk"
        await desk.change(given("desk", slots=3))
        await desk.put(2)
        assert await desk.heard() == "desk"
    (_, old), (now, new) = kind.made
    assert now.settings.slots == 3
    assert (len(old.exchanges), len(new.exchanges)) == (1, 1)
    assert old.closed


async def test_a_changed_endpoint_that_cannot_be_reached_stays_as_it_was(kind: FakeKind):
    desk = Desk(given("desk"))
    async with desk.open():
        kind.down.add("desk")
        await desk.change(given("desk", slots=9))
        await desk.put(1)
        assert await desk.heard() == "desk"
    assert len(kind.made) == 1


async def test_pausing_the_only_one_makes_asks_wait_and_fails_none(kind: FakeKind):
    desk = Desk(given("desk"))
    async with desk.open():
        await desk.change(given("desk", paused=True))
        await desk.put(1)
        await desk.settle()
        assert desk.silent
        await desk.change(given("desk"))
        assert await desk.heard() == "desk"
    assert len(kind.made) == 1


async def test_one_that_is_changed_and_paused_at_once_rests(kind: FakeKind):
    desk = Desk(given("desk"))
    async with desk.open():
        await desk.change(given("desk", paused=True, slots=7))
        await desk.put(1)
        await desk.settle()
        assert desk.silent
        await desk.change(given("desk", slots=7))
        assert await desk.heard() == "desk"


async def test_settings_that_cannot_be_used_change_nothing_and_are_told(
    kind: FakeKind, caplog: pytest.LogCaptureFixture
):
    desk = Desk(given("desk"))
    async with desk.open():
        await desk.spoil()
        assert "slots: not a number" in caplog.text
        await desk.change(given("desk"), given("laptop"))
        assert [member.name for member in desk.fleet.pool.members] == ["desk", "laptop"]


async def test_one_that_was_down_joins_when_it_answers(kind: FakeKind):
    kind.down.add("late")
    desk = Desk(given("desk"), given("late"))
    async with desk.open():
        assert [member.name for member in desk.fleet.pool.members] == ["desk"]
        kind.down.clear()
        await desk.settle()
        assert [member.name for member in desk.fleet.pool.members] == ["desk", "late"]


@pytest.mark.parametrize(("model", "fits"), [("seen", True), ("another", False)])
async def test_a_profile_counts_for_the_model_that_it_is_of(kind: FakeKind, model: str, fits: bool):
    """Also where the server chooses the model: the adapter learns of the profile afterwards."""
    chosen = given("desk")
    free = replace(chosen, settings=chosen.settings.model_copy(update={"model": None}))
    desk = Desk(free, profile=replace(PROFILE, model=model))
    async with desk.open():
        (member,) = desk.fleet.pool.members
        assert (member.terms.profile is not None) == fits
    last, _ = kind.made[-1]
    assert (last.profile is not None) == fits
