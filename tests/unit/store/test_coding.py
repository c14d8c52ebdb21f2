"""Frame indexes as bytes."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from sightline.store.coding import pack, unpack

TICKS = st.integers(-(2**61), 2**61)


@given(st.sets(TICKS).map(sorted))
def test_what_is_packed_comes_back(ticks: list[int]) -> None:
    assert list(unpack(pack(ticks))) == ticks


def test_an_hour_of_constant_rate_takes_next_to_nothing() -> None:
    assert len(pack(range(0, 108_000 * 3000, 3000))) < 2000
