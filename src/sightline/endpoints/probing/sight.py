"""How many pictures of a request come through, in which order, and how finely they are seen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sightline.endpoints.probing.cards import detail_card, number_card, number_of
from sightline.endpoints.probing.marking import NUMBER, mark, presence_sheet, said_about
from sightline.errors import BadReply, EndpointDown, RequestRejected
from sightline.ports import Endpoint
from sightline.prompts.templates import answer
from sightline.values import Picture, Question
from sightline.values.endpoints import Overflow

SIDES = (512, 1024, 1536, 2048)
"""Pixels of the longer side of the pictures that are tried."""

_WHICH = (
    "Each picture shows one number. Write the numbers of all pictures in the order of the "
    "pictures, separated by commas. Write nothing else."
)
_SMALL = answer(
    "Somewhere in this picture there is a small number. Write that number and nothing else.",
    max_tokens=32,
)


@dataclass(frozen=True, slots=True)
class Reach:
    """How many pictures came through, and what became of more."""

    pictures: int
    overflow: Overflow = ""


async def count_pictures(endpoint: Endpoint, *, most: int) -> Reach:
    """Doubles the pictures of a request until some are lost, or up to `most`.

    One call for each size tried. 1, and no more, where the endpoint cannot say in words what it
    sees. Raises `EndpointError` when it answers nothing any more.
    """
    good, count = 1, 1
    while count <= most:
        heard = await _numbers(endpoint, count)
        if isinstance(heard, str):
            return Reach(good, heard if count > 1 else "")
        if (fate := _fate([number_of(n) for n in _cards(count)], heard)) != "":
            return Reach(good, fate if count > 1 else "")
        good, count = count, count * 2
    return Reach(good)


async def find_detail(endpoint: Endpoint, *, sides: Sequence[int] = SIDES) -> int | None:
    """The largest of `sides` at which a number of a few pixels can be read; None for none.

    One call for each, and one more, with another number, for the first that fails.
    Raises `EndpointError` when it answers nothing any more.
    """
    finest: int | None = None
    for n, side in enumerate(sides):
        for again in range(2):
            number = _FIRST_DETAIL + 2 * n + again
            said = await _said(endpoint, [detail_card(number, longest_side=side)], _SMALL)
            if said is not None and str(number_of(number)) in NUMBER.findall(said):
                finest = side
                break
        else:
            return finest
    return finest


_FIRST_DETAIL = 500
"""Cards of a kind start apart, so that no two of a probe bear the same number."""
_FIRST_NUMBER = 600


def _cards(count: int) -> range:
    """The cards of a request of this size: others than those of any other size."""
    return range(_FIRST_NUMBER + count, _FIRST_NUMBER + 2 * count)


async def _numbers(endpoint: Endpoint, count: int) -> list[int] | Overflow:
    """The numbers that it reads on so many pictures, or what became of the request."""
    pictures = [number_card(n) for n in _cards(count)]
    said = await _said(endpoint, pictures, answer(_WHICH, max_tokens=32 + 8 * count))
    if said is None:
        return "rejected"
    return [int(number) for number in NUMBER.findall(said) if len(number) == 3]


async def _said(endpoint: Endpoint, pictures: Sequence[Picture], question: Question) -> str | None:
    """What it says; None when it rejects the request, or breaks down over it and not otherwise."""
    try:
        return await said_about(endpoint, pictures, question)
    except BadReply:
        return ""
    except RequestRejected:
        return None
    except EndpointDown:
        await mark(endpoint, presence_sheet(0))  # raises when it is gone altogether
        return None


def _fate(shown: Sequence[int], heard: Sequence[int]) -> Overflow:
    """Empty when all pictures came through: one in ten may be misread, but not near an end."""
    if len(heard) == len(shown):
        misread = [n for n, (a, b) in enumerate(zip(shown, heard, strict=True)) if a != b]
        inside = all(2 <= n < len(shown) - 2 and heard[n] not in shown for n in misread)
        if inside and len(misread) <= len(shown) // 10:
            return ""
    if sorted(heard) == sorted(shown):
        return "reordered"
    return "dropped"
