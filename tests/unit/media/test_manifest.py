"""What a manifest says, line by line, and the clock that follows from the moments in it."""

import json
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sightline.errors import MediaError
from sightline.media.manifest import Entry, read_manifest
from sightline.media.moments import Moment, arrange, moment_in_name, parse_moment

SECOND = 1_000_000


def parse(text: str, name: str = "list.json") -> list[Entry]:
    return read_manifest(Path(name), text.encode())


def refusal(text: str, name: str = "list.json") -> str:
    with pytest.raises(MediaError) as refused:
        parse(text, name)
    assert str(refused.value).startswith(name)
    return str(refused.value)


BERLIN = timezone(timedelta(hours=2))
NOON = datetime(2025, 8, 10, 12, tzinfo=BERLIN)


def test_the_three_forms_say_the_same() -> None:
    array = """[
        {"path": "a b.jpg", "id": "one", "time": "2025-08-10T12:00:00+02:00"},
        {"path": "deep/b.jpg",
         "id": 2}, "c,d.jpg"
    ]"""
    lines = (
        '{"path": "a b.jpg", "id": "one", "time": "2025-08-10T12:00:00+02:00"}\n\n'
        '{"path": "deep/b.jpg", "id": 2}\r\n"c,d.jpg"'
    )
    table = (
        'id,path,time\r\none,a b.jpg,2025-08-10T12:00:00+02:00\r\n2,deep/b.jpg,\r\n,"c,d.jpg",\r\n'
    )
    for name, text, numbers in (
        ("list.json", array, (2, 3, 4)),
        ("list.JSON", '\N{BYTE ORDER MARK}{"images":\n' + array + "}", (3, 4, 5)),
        ("list.jsonl", lines, (1, 3, 4)),
        ("list.ndjson", lines, (1, 3, 4)),
        ("list.csv", table, (2, 3, 4)),
    ):
        assert parse(text, name) == [
            Entry("a b.jpg", numbers[0], "one", NOON),
            Entry("deep/b.jpg", numbers[1], "2"),
            Entry("c,d.jpg", numbers[2]),
        ]


def test_a_cell_may_hold_several_lines() -> None:
    rows = parse('path,id\n"two\nlines.jpg",a\nnext.jpg,b\n', "list.csv")
    assert [(row.path, row.line) for row in rows] == [("two\nlines.jpg", 2), ("next.jpg", 4)]


@pytest.mark.parametrize(
    ("name", "text", "reason"),
    [
        ("list.json", "", "line 1: is not JSON"),
        ("list.json", '[\n{"path": "a.jpg"},\n{"path" "b.jpg"}]', "line 3: is not JSON"),
        ("list.jsonl", '"a.jpg"\n{"path": }', "line 2: is not JSON"),
        ("list.json", "[" * 100_000, "line 1: is not JSON"),
        ("list.json", "9" * 10_000, "line 1: is not JSON"),
        ("list.json", "[]", "lists no picture"),
        ("list.jsonl", "\n\n", "lists no picture"),
        ("list.csv", "path,id\n", "lists no picture"),
        ("list.csv", "", "line 1: must name the columns"),
        ("list.csv", "file,time\na.jpg,1\n", "line 1: must name the columns"),
        ("list.csv", "path,path\na.jpg,1\n", "line 1: names a column twice"),
        ("list.csv", "path,id\na.jpg,1\nb.jpg\n", "line 3: has 1 columns, not 2"),
        ("list.csv", 'path,id\na.jpg,1\n"b.jpg,2\n', "line 3: is not CSV"),
        ("list.csv", "path,timestamp\na.jpg,1\n", "line 2: 'timestamp' is not known"),
        ("list.json", '{"pictures": []}', "line 1: must be a list of pictures"),
        ("list.json", '{"images": {"path": "a.jpg"}}', "line 1: must be a list of pictures"),
        ("list.json", '{"images": ["a.jpg"], "fps": 3}', "and no more"),
        ("list.json", '["a.jpg",\n7]', "line 2: must be a path, or an object"),
        ("list.json", '["a.jpg",\n\n{"file": "b.jpg"}]', "line 3: 'file' is not known"),
        ("list.json", '["a.jpg",\n{"id": "b"}]', "line 2: has no path"),
        ("list.json", '["a.jpg",\n""]', "line 2: has no path"),
        ("list.json", '["a.jpg",\n"b\\u0000.jpg"]', "line 2: has no path"),
        ("list.json", '["a.jpg",\n"/etc/b.jpg"]', "line 2: /etc/b.jpg must be relative"),
        ("list.json", '["a.jpg",\n"C:\\\\b.jpg"]', "must be relative"),
        ("list.json", '["a.jpg",\n"../b.jpg"]', "line 2: ../b.jpg must not lead out"),
        ("list.json", '["a.jpg",\n"c/../../b.jpg"]', "must not lead out"),
        ("list.json", '["a.jpg",\n"..\\\\b.jpg"]', "must not lead out"),
        ("list.json", '[{"path": "a.jpg", "id": ""}]', "line 1: its id must be text"),
        ("list.json", '[{"path": "a.jpg", "id": "a\\nb"}]', "line 1: its id must be text"),
        ("list.json", '[{"path": "a.jpg", "id": "\\ud800"}]', "line 1: its id must be text"),
        ("list.json", '[{"path": "a.jpg", "id": true}]', "line 1: its id must be text"),
        ("list.json", '[{"path": "a.jpg", "time": "noon"}]', "line 1: 'noon' is no time"),
        ("list.json", '[{"path": "a.jpg", "time": true}]', "line 1: 'True' is no time"),
        ("list.json", '[{"path": "a.jpg", "time": NaN}]', "line 1: 'nan' is no time"),
        ("list.json", '[{"path": "a.jpg", "time": 1e99}]', "is no time"),
        ("list.json", '[{"path": "a.jpg", "time": "2025-02-30T00:00"}]', "is no time"),
        (
            "list.json",
            '[{"path": "a.jpg", "time": 1},\n{"path": "b.jpg", "time": "2025-08-10T12:00"}]',
            "line 2: its time is a date without a zone, that of line 1 a number of seconds",
        ),
        (
            "list.csv",
            "path,time\na.jpg,2025-08-10T12:00Z\nb.jpg,2025-08-10T12:00\n",
            "line 3: its time is a date without a zone, that of line 2 a date with a zone",
        ),
    ],
)
def test_what_does_not_fit_is_refused_with_its_line(name: str, text: str, reason: str) -> None:
    assert reason in refusal(text, name)


def test_text_that_is_not_utf_8_is_refused_with_its_line() -> None:
    with pytest.raises(MediaError, match="line 2: is not UTF-8"):
        read_manifest(Path("list.csv"), b"path\ncaf\xe9.jpg\n")


def test_half_a_character_is_refused_with_its_line() -> None:
    with pytest.raises(MediaError, match=r"line 2: a.\.jpg holds half a"):
        read_manifest(Path("list.json"), b'["whole.jpg",\n "a\\ud800.jpg"]')


def read(name: str, content: bytes) -> list[Entry] | str:
    """What it holds, or what is wrong with it."""
    try:
        return read_manifest(Path(name), content)
    except MediaError as error:
        return str(error).partition(name)[2]


@given(st.binary(max_size=200), st.sampled_from(["a.json", "a.jsonl", "a.csv"]))
def test_anything_gives_entries_or_one_clear_error(content: bytes, name: str) -> None:
    assert read(name, content)


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(["path", "id", "time", "images", "x"]), inner)
    ),
    max_leaves=12,
)


@given(anything, st.sampled_from([None, 0, 1, 3]))
def test_any_json_gives_entries_or_one_clear_error(value: object, indent: int | None) -> None:
    assert read("list.json", json.dumps(value, indent=indent).encode())


inside = st.text(st.characters(codec="utf-8", exclude_characters=".:\0"), min_size=1, max_size=6)
"""What leads to no drive, and not out of the folder."""


@given(st.lists(inside, min_size=1, max_size=6), st.data())
def test_every_item_is_found_on_its_line(paths: list[str], data: st.DataObject) -> None:
    text, lines = "[", list[int]()
    for path in paths:
        gap = data.draw(st.text(" \n\t\r", max_size=3))
        text += gap
        lines.append(text.count("\n") + 1)
        text += json.dumps({"path": "x" + path, "id": path.encode().hex()})
        text += data.draw(st.text(" \n", max_size=2)) + ","
    entries = read_manifest(Path("a.json"), (text[:-1] + "]").encode())
    assert [entry.line for entry in entries] == lines


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("12.5", Decimal("12.5")),
        ("-3", Decimal(-3)),
        ("20250810", Decimal(20250810)),
        ("2025-08-10", datetime(2025, 8, 10)),  # noqa: DTZ001
        (" 2025-08-10 12:00:00+02:00 ", NOON),
        ("20250810T120000+0200", NOON),
    ],
)
def test_times_as_people_write_them(text: str, moment: Moment) -> None:
    assert parse_moment(text) == moment


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("photo_photo_req_1754816076435_617bqy2_20250810_165440.jpg", "2025-08-10T16:54:40"),
        ("IMG_20250810_165440.jpg", "2025-08-10T16:54:40"),
        ("IMG-20250810-165440-0001.jpg", "2025-08-10T16:54:40"),
        ("PXL_20250810_165440123.MP.jpg", "2025-08-10T16:54:40.123000"),
        ("2025-08-10 16.54.40.png", "2025-08-10T16:54:40"),
        ("2025-08-10 16.54.40-1.png", "2025-08-10T16:54:40"),
        ("Screenshot 2025-08-10 at 16.54.40.png", "2025-08-10T16:54:40"),
        ("door_2025-08-10T16:54:40Z.jpg", "2025-08-10T16:54:40+00:00"),
        ("2025-08-10T16-54-40.jpg", "2025-08-10T16:54:40"),
        ("2025-08-10T165440.250+02:00.jpg", "2025-08-10T16:54:40.250000+02:00"),
        ("2025.08.10_16-54-40.jpg", "2025-08-10T16:54:40"),
        ("99999999_999999_20250810_165440.jpg", "2025-08-10T16:54:40"),
        ("1754816076435.jpg", None),
        ("20250810165440.jpg", None),
        ("20250810.jpg", None),
        ("IMG_1234.jpg", None),
        ("20251310_165440.jpg", None),
        ("20250230_165440.jpg", None),
        ("120250810_165440.jpg", None),
        ("20250810_1654401.jpg", None),
        ("2025-0810_165440.jpg", None),
    ],
)
def test_times_in_names(name: str, told: str | None) -> None:
    found = moment_in_name(name)
    assert (found and found.isoformat()) == told


def at(*seconds: float | None) -> list[Moment | None]:
    return [None if second is None else Decimal(str(second)) for second in seconds]


def test_pictures_are_put_in_the_order_of_time() -> None:
    line = arrange(at(30, 10, 20.000001))
    assert list(line.order) == [1, 2, 0]
    assert list(line.pts) == [0, 10 * SECOND + 1, 20 * SECOND]
    assert line.end == 30 * SECOND + 1
    assert line.taken_at is None


def test_pictures_of_one_moment_stay_as_listed_one_tick_apart() -> None:
    line = arrange(at(5, 1, 5, 5, 5.000001, 9))
    assert list(line.order) == [1, 0, 2, 3, 4, 5]
    four = 4 * SECOND
    assert list(line.pts) == [0, four, four + 1, four + 2, four + 3, 8 * SECOND]
    assert line.end == 12 * SECOND


def test_pictures_without_a_moment_stay_behind_the_one_before() -> None:
    line = arrange(at(None, 7, None, None, 3, None))
    assert list(line.order) == [4, 5, 0, 1, 2, 3]
    four = 4 * SECOND
    assert list(line.pts) == [0, 1, four, four + 1, four + 2, four + 3]


def test_without_any_moment_they_are_a_second_apart() -> None:
    line = arrange([None] * 3)
    assert (list(line.order), list(line.pts), line.end) == (
        [0, 1, 2],
        [0, SECOND, 2 * SECOND],
        3 * SECOND,
    )


def test_one_picture_lasts_a_second() -> None:
    assert arrange(at(12)).end == SECOND


def test_zones_count_where_all_have_one() -> None:
    utc = datetime.fromisoformat("2025-08-10T10:30:00+00:00")
    line = arrange([utc, NOON])
    assert (list(line.order), list(line.pts)) == ([1, 0], [0, 1800 * SECOND])
    assert line.taken_at == "2025-08-10T12:00:00+02:00"
    naive = datetime.fromisoformat("2025-08-10T11:00:00")
    line = arrange([NOON, utc, naive])
    assert (list(line.order), line.taken_at) == ([1, 2, 0], "2025-08-10T10:30:00+00:00")


@given(st.lists(st.none() | st.decimals(-1e11, 1e11, places=6), min_size=1, max_size=30))
def test_no_two_share_a_time_and_none_is_lost(moments: list[Moment | None]) -> None:
    line = arrange(moments)
    assert sorted(line.order) == list(range(len(moments)))
    assert line.pts[0] == 0
    assert all(before < after for before, after in zip(line.pts, line.pts[1:], strict=False))
    assert line.end > line.pts[-1]
