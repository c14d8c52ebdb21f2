"""The pictures of a probe: known beyond doubt, and never twice the same."""

from __future__ import annotations

from collections import Counter
from io import BytesIO

import pytest
from PIL import Image

from sightline.endpoints.probing.cards import (
    CARD_SIZE,
    DETAIL_PX,
    card,
    detail_card,
    number_card,
    number_of,
)
from sightline.endpoints.probing.marking import presence_sheet, sum_sheet


def test_a_card_is_the_same_each_time_and_like_no_other() -> None:
    drawn = [card(n).draw() for n in range(40)] + [number_card(n) for n in range(40)]
    assert len({picture.jpeg for picture in drawn}) == 80
    assert card(7).draw() == card(7).draw()
    assert (drawn[3].width, drawn[3].height) == CARD_SIZE == Image.open(_file(drawn[3].jpeg)).size


def test_numbers_have_three_digits_and_do_not_repeat() -> None:
    numbers = [number_of(n) for n in range(900)]
    assert sorted(numbers) == list(range(100, 1000))


@pytest.mark.parametrize("n", range(60))
def test_of_a_cards_statements_every_second_is_true(n: int) -> None:
    drawn = card(n)
    (colour, shape), (other_colour, other_shape) = drawn.figures
    assert colour != other_colour
    assert shape != other_shape
    assert [present for _, present in drawn.statements] == [True, False] * 8
    assert len({wording for wording, _ in drawn.statements}) == 16
    true = {wording for wording, present in drawn.statements if present}
    assert {colour, shape, other_colour, other_shape, f"the number {drawn.number}"} < true
    seen = {colour, shape, other_colour, other_shape, str(drawn.number)}
    for wording, present in drawn.statements:
        if not present:
            assert not seen & set(wording.split())


def test_single_questions_are_balanced_and_of_all_sorts() -> None:
    sheets = [presence_sheet(n) for n in range(24)]
    assert Counter(bool(sheet.right[0]) for sheet in sheets) == {True: 12, False: 12}
    assert len({sheet.shown[0].picture.jpeg for sheet in sheets}) == 24
    wordings = {str(sheet.asks[0].question["tag"]) for sheet in sheets}
    assert len(wordings) > 12
    assert any(wording.startswith("the number") for wording in wordings)


def test_a_batch_asks_each_card_its_own_things() -> None:
    sheet = presence_sheet(3, tags=4, frames=2)
    shown = [one.picture.pts for one in sheet.shown]
    assert shown == [6, 7]
    assert [ask.frames for ask in sheet.asks] == [(6,)] * 4 + [(7,)] * 4
    assert sum(bool(right) for right in sheet.right) == 4
    assert [ask.id for ask in sheet.asks] == list(range(8))


def test_sums_are_about_no_picture() -> None:
    sheet = sum_sheet(5)
    assert (sheet.shown, sheet.asks[0].frames) == ((), ())
    assert sheet.right == [11 + 35 + 12 + 25]


@pytest.mark.parametrize("side", [512, 1024, 2048])
def test_the_digits_of_a_detail_card_are_small_at_any_size(side: int) -> None:
    picture = detail_card(5, longest_side=side)
    assert (picture.width, picture.height) == (side, side * 9 // 16)
    ink = Image.open(_file(picture.jpeg)).convert("L").point([255] * 128 + [0] * 128)
    left, top, right, bottom = ink.getbbox() or (0, 0, 0, 0)
    assert DETAIL_PX - 2 <= bottom - top <= DETAIL_PX
    assert right - left <= 4 * DETAIL_PX
    assert (left // 512, top // 512) == ((right - 1) // 512, (bottom - 1) // 512)


def _file(jpeg: bytes) -> BytesIO:
    return BytesIO(jpeg)
