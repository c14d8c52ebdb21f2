"""Texts while models give them, from the worker to whoever reads along."""

from __future__ import annotations

import asyncio
import threading

from sightline.services.runs.live import Heard, LiveTexts

BEGIN = Heard("", anew=True, model="one")


def drained(pieces: asyncio.Queue[Heard]) -> list[Heard]:
    return [pieces.get_nowait() for _ in range(pieces.qsize())]


async def test_readers_hear_their_own_job_in_order() -> None:
    live = LiveTexts()
    with live.listening("a") as a, live.listening("b") as b, live.telling("a") as teller:
        teller.begin("one")
        teller.hear("A ")
        teller.hear("car")
        await asyncio.sleep(0)
        assert drained(a) == [BEGIN, Heard("A "), Heard("car")]
        assert drained(b) == []


async def test_whoever_comes_later_hears_the_answer_from_its_beginning() -> None:
    live = LiveTexts()
    with live.telling("a") as teller:
        teller.begin("gone")
        teller.hear("lost")
        teller.begin("one")
        teller.hear("A ")
        with live.listening("a") as pieces:
            teller.hear("car")
            await asyncio.sleep(0)
            assert drained(pieces) == [BEGIN, Heard("A "), Heard("car")]


async def test_a_text_is_wanted_where_somebody_listens_or_is_about_to() -> None:
    live = LiveTexts()
    with live.telling("a") as teller, live.telling("b") as other:
        assert not teller.wanted
        with live.listening("a"):
            assert teller.wanted
            assert not other.wanted
        assert not teller.wanted
        live.expect()
        assert other.wanted


async def test_nothing_is_kept_when_nobody_is_left() -> None:
    live = LiveTexts()
    with live.telling("a") as teller:
        teller.hear("old")
    with live.listening("a") as pieces, live.telling("a"):
        await asyncio.sleep(0)
        assert drained(pieces) == []


async def test_work_in_another_thread_is_heard_here() -> None:
    live = LiveTexts()

    def work() -> None:
        with live.telling("a") as teller:
            for number in range(100):
                teller.hear(str(number))

    with live.listening("a") as pieces:
        thread = threading.Thread(target=work)
        thread.start()
        async with asyncio.timeout(30):
            heard = [(await pieces.get()).piece for _ in range(100)]
        thread.join()
    assert heard == [str(number) for number in range(100)]
