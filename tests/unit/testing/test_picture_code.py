"""The code must survive what a product does to pictures, and must not give answers away."""

from __future__ import annotations

import random
from dataclasses import replace

import numpy as np
import pytest
import simplejpeg
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from sightline.testing.code import Code, draw_code, read_code, read_jpeg
from sightline.testing.drawing import Variant, picture
from sightline.testing.truth import TAGS, Truth, random_truth

NONCE = b"12345"
CODE = Code(video=0xABCD, frame=123_456, scene=789, mask=0b1010_0101)


def coded(code: Code, nonce: bytes, width: int = 256, height: int = 144) -> NDArray[np.uint8]:
    luma = np.full((height, width), 120, np.uint8)
    draw_code(luma, code, nonce=nonce)
    return luma


def jpeg(luma: NDArray[np.uint8], quality: int = 70) -> bytes:
    return simplejpeg.encode_jpeg(luma[:, :, np.newaxis], quality=quality, colorspace="GRAY")


@given(
    code=st.builds(
        Code,
        video=st.integers(0, 2**16 - 1),
        frame=st.integers(0, 2**24 - 1),
        scene=st.integers(0, 2**16 - 1),
        mask=st.integers(0, 2**24 - 1),
    ),
    nonce=st.binary(min_size=5, max_size=5),
)
def test_any_code_comes_back(code: Code, nonce: bytes) -> None:
    assert read_jpeg(jpeg(coded(code, nonce))) == code


@pytest.mark.parametrize(
    "size", [(320, 180), (180, 320), (256, 256), (640, 480), (128, 72), (1080, 1920), (700, 200)]
)
@pytest.mark.parametrize("quality", [40, 70, 95])
def test_every_shape_of_picture_holds_a_code(size: tuple[int, int], quality: int) -> None:
    assert read_jpeg(jpeg(coded(CODE, NONCE, *size), quality)) == CODE


def test_a_damaged_code_is_unreadable_and_never_another() -> None:
    rng = random.Random(1)
    for _ in range(300):
        luma = coded(CODE, rng.randbytes(5))
        for cell in rng.sample(range(160), rng.randint(1, 6)):
            row, column = divmod(cell, 32)
            block = luma[104 + 8 * row : 112 + 8 * row, 8 * column : 8 * column + 8]
            block[:] = 250 - block
        assert read_code(luma) is None


def test_an_inverted_code_is_unreadable() -> None:
    assert read_code(255 - coded(CODE, NONCE)) is None


@pytest.mark.parametrize("noise", [0, 60, 255])
def test_pictures_without_a_code_are_unreadable(noise: int) -> None:
    rng = np.random.default_rng(2)
    for _ in range(100):
        luma = rng.integers(0, noise + 1, (144, 256), np.uint8)
        assert read_code(luma) is None
        assert read_jpeg(jpeg(luma)) is None


def test_two_blended_frames_are_unreadable() -> None:
    one = coded(CODE, b"aaaaa").astype(int)
    other = coded(replace(CODE, frame=7), b"bbbbb").astype(int)
    assert read_code(((one + other) // 2).astype(np.uint8)) is None


def test_what_is_no_jpeg_is_unreadable() -> None:
    assert read_jpeg(b"") is None
    assert read_jpeg(b"\x89PNG and so on") is None


def test_a_picture_too_small_for_a_code_is_refused() -> None:
    with pytest.raises(ValueError, match="100×60"):
        coded(CODE, NONCE, 100, 60)


def differences(truth: Truth, variant: Variant) -> dict[bool, list[float]]:
    """Mean absolute luma difference of consecutive frames without a cut between them, sorted by
    whether the tags changed."""
    found: dict[bool, list[float]] = {True: [], False: []}
    height = truth.size[1]
    before = picture(truth, 0, variant)[:height].astype(int)
    for frame in range(1, truth.frame_count):
        now = picture(truth, frame, variant)[:height].astype(int)
        if truth.scene(frame) == truth.scene(frame - 1):
            changed = truth.mask(frame) != truth.mask(frame - 1)
            found[changed].append(float(np.abs(now - before).mean()))
        before = now
    return found


def test_hidden_frames_differ_as_much_whether_or_not_the_tags_change() -> None:
    found = differences(random_truth(7, duration_s=180, tags=TAGS[:12]), "hidden")
    changed, same = np.array(found[True]), np.array(found[False])
    assert len(changed) > 100
    error = np.sqrt(changed.var() / len(changed) + same.var() / len(same))
    assert abs(changed.mean() - same.mean()) < 3.5 * error
    # Nor is there a threshold: the extremes of one kind lie within the other's.
    assert same.min() <= changed.min()
    assert changed.max() <= same.max()


def test_no_cell_of_a_hidden_code_follows_a_tag() -> None:
    truth = random_truth(8, duration_s=120, tags=TAGS[:4])
    height, width = truth.size[1], truth.size[0]
    frames = [picture(truth, n)[:height] for n in range(truth.frame_count)]
    cells = np.array([luma[height - 45 :: 10, 5:width:10].ravel() > 125 for luma in frames])
    present = np.array([truth.mask(n) & 1 for n in range(truth.frame_count)]) == 1
    assert cells.shape[1] == 160
    correlation = [np.corrcoef(cell, present)[0, 1] for cell in cells.T]
    # Of 160 independent cells, the largest is under 4.5 standard errors but once in 900 times.
    assert np.abs(correlation).max() < 4.5 / np.sqrt(truth.frame_count)


def test_visible_frames_change_with_the_tags_and_rest_between() -> None:
    truth = replace(random_truth(9), events={"car": ((50, 90),), "dog": ((100, 120),)}, cuts=(200,))
    found = differences(truth, "visible")
    assert min(found[True]) > 0.5
    assert max(found[False]) == 0.0


def test_a_moving_tag_moves_while_its_code_stays() -> None:
    truth = replace(random_truth(9), events={"person": ((50, 90),)}, cuts=())
    one, other = picture(truth, 52, "visible"), picture(truth, 60, "visible")
    assert not np.array_equal(one[:60], other[:60])
    assert np.array_equal(one[135:180], other[135:180])
    code = read_code(other[:180])
    assert code == Code(truth.video, frame=50, scene=0, mask=0b10)
