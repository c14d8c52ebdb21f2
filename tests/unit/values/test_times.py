from datetime import UTC, datetime, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sightline.errors import InputError
from sightline.values.times import format_time, parse_moment, parse_time


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("2s", Fraction(2)),
        ("500ms", Fraction(1, 2)),
        ("1m30s", Fraction(90)),
        ("1h2m3.5s", Fraction(7447, 2)),
        ("2min", Fraction(120)),
        ("0.1", Fraction(1, 10)),
        (" .5 ", Fraction(1, 2)),
        ("90", Fraction(90)),
        ("1m30", Fraction(90)),
        ("1:30", Fraction(90)),
        ("75:00", Fraction(4500)),
        ("1:02:03.4", Fraction(37234, 10)),
        ("0", Fraction(0)),
    ],
)
def test_a_time_is_read_exactly(text: str, seconds: Fraction) -> None:
    assert parse_time(text) == seconds


@pytest.mark.parametrize(
    "text", ["", " ", "-1", "-1s", "two", "1x", "1:60", "1:75:00", "1:2:3:4", "nan", "inf", "1e3"]
)
def test_what_is_no_time_is_named(text: str) -> None:
    with pytest.raises(InputError, match="is not a time") as refused:
        parse_time(text)
    assert f"'{text}'" in str(refused.value)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0:00.0"),
        (12.4, "0:12.4"),
        (59.96, "1:00.0"),
        (3599.99, "1:00:00.0"),
        (3723.4, "1:02:03.4"),
        (Fraction(1, 3), "0:00.3"),
        (-2, "-0:02.0"),
        (-0.01, "0:00.0"),
        (360000, "100:00:00.0"),
    ],
)
def test_a_time_is_written_one_way(seconds: float | Fraction, text: str) -> None:
    assert format_time(seconds) == text


@given(st.integers(min_value=0, max_value=10_000_000))
def test_what_is_written_can_be_read(tenths: int) -> None:
    assert parse_time(format_time(Fraction(tenths, 10))) == Fraction(tenths, 10)


NOW = datetime(2026, 5, 3, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2h", NOW - timedelta(hours=2)),
        (" 1h30m ago ", NOW - timedelta(minutes=90)),
        ("3d", NOW - timedelta(days=3)),
        ("1.5 days ago", NOW - timedelta(hours=36)),
        ("2026-05-01T14:30Z", datetime(2026, 5, 1, 14, 30, tzinfo=UTC)),
        ("2026-05-01T14:30+02:00", datetime(2026, 5, 1, 12, 30, tzinfo=UTC)),
        ("2026-05-01", datetime(2026, 5, 1).astimezone()),
    ],
)
def test_moments(text: str, moment: datetime):
    assert parse_moment(text, NOW) == moment


@pytest.mark.parametrize(
    "text", ["", "ago", "yesterday", "2", "-2h", "2026-13-01", "9e9d", "12:30"]
)
def test_what_is_no_moment_is_named(text: str):
    with pytest.raises(InputError, match=f"'{text}' is no moment"):
        parse_moment(text, NOW)
