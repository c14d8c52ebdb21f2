"""The truthful endpoint reads a probe's cards from their pixels, and nothing else."""

from __future__ import annotations

from io import BytesIO

import numpy as np
import pytest
import simplejpeg
from PIL import Image

from sightline.endpoints.probing.cards import card, detail_card, number_card, number_of
from sightline.testing.code import Code
from sightline.testing.drawing import picture
from sightline.testing.eyes import Sight, look
from sightline.testing.truth import random_truth


@pytest.mark.parametrize("n", range(0, 120, 3))
def test_cards_are_read(n: int) -> None:
    drawn = card(n)
    sight = look(drawn.draw().jpeg)
    assert sight == Sight(drawn.figures, drawn.number)
    assert isinstance(sight, Sight)
    for wording, present in drawn.statements:
        assert sight.shows(wording) == present


@pytest.mark.parametrize("n", range(0, 900, 31))
def test_numbers_are_read_large_and_small(n: int) -> None:
    assert look(number_card(n).jpeg) == Sight((), number_of(n))
    assert look(detail_card(n, longest_side=512).jpeg) == Sight((), number_of(n))


@pytest.mark.parametrize("side", [1024, 1536, 2048])
def test_small_digits_are_a_blur_in_a_smaller_copy(side: int) -> None:
    jpeg = detail_card(3, longest_side=side).jpeg
    assert look(jpeg, downscale_to=side) == Sight((), number_of(3))
    assert look(jpeg, downscale_to=side * 3 // 4) == Sight((), None)
    assert look(card(3).draw().jpeg, downscale_to=256) == look(card(3).draw().jpeg)


def test_a_card_sent_on_in_worse_quality_is_read() -> None:
    image = Image.open(BytesIO(card(3).draw().jpeg)).resize((336, 252))
    buffer = BytesIO()
    image.save(buffer, "JPEG", quality=70)
    assert look(buffer.getvalue()) == Sight(card(3).figures, card(3).number)


@pytest.mark.parametrize("level", [0, 128, 250])
def test_a_picture_of_nothing_is_not_read(level: int) -> None:
    assert look(encoded(np.full((336, 448, 3), level, np.uint8))) is None


def test_noise_and_what_is_no_jpeg_are_not_read() -> None:
    rng = np.random.default_rng(1)
    assert look(encoded(rng.integers(0, 256, (336, 448, 3), np.uint8))) is None
    assert look(b"GIF89a") is None
    assert look(b"GIF89a", downscale_to=512) is None


@pytest.mark.parametrize("downscale_to", [None, 256])
def test_a_coded_picture_is_read_by_its_code(downscale_to: int | None) -> None:
    truth = random_truth(4, size=(512, 288))
    luma = picture(truth, 7)[:288]
    glimpse = look(encoded(np.stack([luma] * 3, axis=2)), downscale_to=downscale_to)
    assert glimpse == Code(truth.video, 7, truth.scene(7), truth.mask(7))


def encoded(rgb: np.ndarray[tuple[int, ...], np.dtype[np.uint8]]) -> bytes:
    return simplejpeg.encode_jpeg(np.ascontiguousarray(rgb), quality=90, colorspace="RGB")
