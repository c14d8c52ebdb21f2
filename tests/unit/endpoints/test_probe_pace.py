"""Finding out how many calls run at once, with an endpoint that does nothing but take time."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime

import pytest

from sightline.endpoints.probing.cards import card
from sightline.endpoints.probing.marking import Marks, mark, mark_all, presence_sheet, sum_sheet
from sightline.endpoints.probing.pace import Pace, Sheets, find_batch, find_pace
from sightline.errors import BadReply, EndpointDown, EndpointError, RateLimited, RequestRejected
from sightline.ports import Reply, Shown
from sightline.values import (
    Answer,
    Ask,
    AskFailed,
    Call,
    Jpeg,
    Method,
    Presence,
    UnknownReason,
    Usage,
)

CALL = Call("c", "lab", "m", datetime.now(UTC), 0.0, Usage(), "")


def is_true(ask: Ask) -> bool:
    return dict(card(ask.frames[0]).statements)[str(ask.question["tag"])] if ask.frames else False


def said(probability: float) -> Answer:
    return Answer(Presence(probability), "m", "lab", Method.SCHEMA, 1, "c")


class Lab:
    """Knows all answers to single questions; `slots` of its calls run at once."""

    name, model, jpeg = "lab", "m", Jpeg()

    def __init__(
        self,
        slots: int,
        *,
        takes_s: float = 0.03,
        most: int | None = None,
        raises: EndpointError | None = None,
    ) -> None:
        self.slots = slots
        self.calls = 0
        self._free = asyncio.Semaphore(slots)
        self._takes_s = takes_s
        self._most = most
        self._raises = raises
        self._inside = 0

    async def answer(self, shown: Sequence[Shown], asks: Sequence[Ask]) -> Reply:
        self.calls += 1
        self._inside += 1
        try:
            if self._raises and (self._most is None or self._inside > self._most):
                raise self._raises
            async with self._free:
                await asyncio.sleep(self._takes_s)
        finally:
            self._inside -= 1
        return Reply(CALL, tuple(map(self.outcome, asks)))

    def outcome(self, ask: Ask) -> Answer | AskFailed:
        return said(float(is_true(ask)))

    async def aclose(self) -> None: ...


@pytest.mark.parametrize("slots", [1, 2, 4])
async def test_as_many_calls_as_run_at_once_are_found(slots: int) -> None:
    lab = Lab(slots)
    pace = await find_pace(lab, Sheets(presence_sheet), most=8)
    assert pace.parallel == slots
    assert (pace.marks.right, pace.marks.asked) == (lab.calls, lab.calls)


async def test_no_more_than_wanted_are_tried() -> None:
    pace = await find_pace(Lab(64, takes_s=0.01), Sheets(presence_sheet), most=2)
    assert pace.parallel <= 2


@pytest.mark.parametrize("error", [RateLimited("slow down"), EndpointDown("503")])
async def test_where_more_calls_are_turned_away_is_the_limit(error: EndpointError) -> None:
    lab = Lab(64, most=2, raises=error)
    pace = await find_pace(lab, Sheets(presence_sheet), most=16)
    assert pace.parallel == 2
    assert pace.marks.share == 1.0


async def test_one_that_fails_alone_raises() -> None:
    with pytest.raises(EndpointDown, match="gone"):
        await find_pace(Lab(4, raises=EndpointDown("gone")), Sheets(presence_sheet), most=4)


@pytest.mark.parametrize("error", [BadReply("?"), RequestRejected("no")])
async def test_what_cannot_be_read_is_wrong_and_not_trouble(error: EndpointError) -> None:
    marks = await mark(Lab(1, raises=error), presence_sheet(0, tags=4))
    assert (marks.right, marks.asked) == (0, 4)


async def test_what_it_says_is_beyond_it_does_not_count() -> None:
    class Modest(Lab):
        def outcome(self, ask: Ask) -> Answer | AskFailed:
            if "number" in str(ask.question["tag"]):
                return AskFailed(UnknownReason.UNSUPPORTED, "not me")
            if "circle" in str(ask.question["tag"]):
                return AskFailed(UnknownReason.FAILED, "nothing usable")
            return super().outcome(ask)

    sheet = presence_sheet(0, tags=16)
    tags = [str(ask.question["tag"]) for ask in sheet.asks]
    marks = await mark(Modest(1), sheet)
    assert marks.asked == 16 - sum("number" in tag for tag in tags)
    assert marks.right == marks.asked - sum("circle" in tag for tag in tags)


async def test_marks_of_calls_at_once_are_all_counted() -> None:
    marks = await mark_all(Lab(8, takes_s=0.001), [presence_sheet(n) for n in range(40)], at_once=8)
    assert (marks.right, marks.asked, len(marks.latencies_s)) == (40, 40, 40)
    assert marks.elapsed_s > 0


async def test_a_sum_is_marked_by_its_number() -> None:
    marks = await mark(Lab(1, takes_s=0), sum_sheet(0))
    assert (marks.right, marks.asked) == (0, 1)


class Batches(Lab):
    """Right about so many asks of a call, and wrong about the others."""

    def __init__(self, most_tags: int, most_frames: int) -> None:
        super().__init__(1, takes_s=0.1)  # so long that a busy machine is no matter beside it
        self._sizes = most_tags, most_frames

    async def answer(self, shown: Sequence[Shown], asks: Sequence[Ask]) -> Reply:
        await asyncio.sleep(self._takes_s)
        frames = len(shown)
        good = len(asks) // frames <= self._sizes[0] and frames <= self._sizes[1]
        return Reply(CALL, tuple(said(float(is_true(ask)) if good else 1.0) for ask in asks))


@pytest.mark.parametrize(
    ("most_tags", "most_frames", "pictures", "found"),
    [(16, 4, 4, (16, 4)), (4, 1, 4, (4, 1)), (16, 4, 2, (16, 2)), (1, 1, 8, (1, 1))],
)
async def test_the_largest_batch_without_a_mistake_is_found(
    most_tags: int, most_frames: int, pictures: int, found: tuple[int, int]
) -> None:
    alone = Pace(1, 10.0, 0.1, Marks(12, 12))
    batch = await find_batch(Batches(most_tags, most_frames), alone, pictures=pictures)
    assert (batch.tags, batch.frames) == found
    assert batch.answers_per_s >= alone.answers_per_s


async def test_a_batch_that_is_rejected_is_not_used() -> None:
    lab = Lab(1, takes_s=0.001, raises=RequestRejected("too long"))
    batch = await find_batch(lab, Pace(1, 9.0, 0.1, Marks(12, 12)), pictures=4)
    assert (batch.tags, batch.frames, batch.answers_per_s) == (1, 1, 9.0)
