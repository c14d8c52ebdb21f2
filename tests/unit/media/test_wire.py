"""Messages come out as they went in, however the pipe cuts them; nothing else comes out at all."""

import json
import random
import struct
from array import array
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import pytest

from sightline.media import packing, wire
from sightline.media.envelope import MAX_BODY_BYTES, MAX_HEAD_BYTES, Garbled, Head, Incoming
from sightline.media.fingerprints import PICTURE_BYTES
from sightline.media.rows import Measures, Row
from sightline.values import (
    Alike,
    Clock,
    FrameIndex,
    FrameLost,
    Jpeg,
    Media,
    MediaKind,
    Picture,
    PictureTransform,
    SeenFile,
    Sharing,
)

INDEX = FrameIndex(array("q", [-(2**40), 0, 7]), array("q", [0]), 2**62)
FILE = SeenFile(
    Path("/videos/caf\udce9 日本.mp4"),
    device=2**63,
    inode=2**64 - 1,
    size_bytes=2**40,
    mtime_ns=-1,
    ctime_ns=2**62,
)
MEDIA = Media(
    digest="0123456789abcdef" * 4,
    kind=MediaKind.VIDEO,
    clock=Clock(Fraction(1001, 30_000), INDEX.pts[0]),
    end=INDEX.end,
    declared_end=2**62 + 1,
    width=1,
    height=100_000,
    container="mp4",
    codec="h264",
    frame_count=3,
    size_bytes=0,
    taken_at="2026-02-01T10:00:00+01:00",
)
MEASURES = Measures(0, 255, 0.0, 255.0, -3)
JPEG = b"\xff\xd8" + bytes(range(256)) * 300

REQUESTS: list[wire.Request] = [
    wire.Probe(FILE),
    wire.Open(FILE, INDEX, 2),
    wire.Open(FILE, FrameIndex(array("q", [1, 2]), array("q", [1]), 3, ("a.jpg", "caf\udce9")), 1),
    wire.Read(None, PictureTransform(512, stamped=True), Jpeg(90, 1000), Sharing(0.5, 0.25)),
    wire.Read(array("q", [-5, 2**60]), None),
    wire.Read(array("q"), PictureTransform()),
    wire.Print(array("q", [-5, 2**60])),
    wire.Draw(Path("/data/samples/caf\udce9.part")),
    wire.Convert(Path("/cache/日本/caf\udce9.part")),
    wire.More(4),
    wire.Leave(),
    wire.Close(),
]
REPLIES: list[wire.Reply] = [
    wire.Probed(MEDIA, INDEX),
    wire.Rows(
        [
            Row(-3, MEASURES, Picture(-3, JPEG, 1, 65_535)),
            Row(5, MEASURES, Picture(5, JPEG, 640, 480, alike=-3)),
            Row(6, MEASURES, Alike(6, -3)),
            Row(7, MEASURES, None),
            Row(2**62, None, FrameLost(2**62, "clip 日本.mp4: the frame at 0:01.0 is lost")),
        ]
    ),
    wire.Rows([]),
    wire.Printed((bytes(range(256)), b"", bytes(PICTURE_BYTES))),
    wire.Printed(()),
    wire.Converting(wire.How.REMUXED, wire.Form.WEBM, 1000),
    wire.Beat(),
    wire.Done(),
    wire.Failed("clip.mp4 cannot be read", fatal=True),
]


def packed(message: wire.Request | wire.Reply, turn: int = 1) -> bytes:
    return b"".join(bytes(part) for part in packing.pack(turn, message))


def unpacked(data: bytes) -> list[tuple[int, wire.Reply]]:
    return Incoming(packing.unpack_reply).feed(data)


@pytest.mark.parametrize("step", [1, 7, 100, 1 << 20])
@pytest.mark.parametrize(
    ("messages", "unpack"), [(REQUESTS, packing.unpack_request), (REPLIES, packing.unpack_reply)]
)
def test_what_goes_in_comes_out(
    step: int,
    messages: list[wire.Request | wire.Reply],
    unpack: Callable[[Head, memoryview], wire.Request | wire.Reply],
) -> None:
    data = b"".join(packed(message, turn) for turn, message in enumerate(messages))
    incoming = Incoming(unpack)
    came = [
        one
        for start in range(0, len(data), step)
        for one in incoming.feed(data[start : start + step])
    ]
    assert came == list(enumerate(messages))


def test_a_million_frames_in_eight_bytes_each() -> None:
    index = FrameIndex(
        array("q", range(1_000_000)), array("q", range(0, 1_000_000, 250)), 1_000_000
    )
    data = packed(wire.Open(FILE, index, 1))
    assert len(data) < 8.1e6
    ((_, came),) = Incoming(packing.unpack_request).feed(data)
    assert came == wire.Open(FILE, index, 1)


@pytest.mark.parametrize("held", [[True], [True] * 3, [1, 0], "yes", None, [False] * 2000], ids=str)
def test_small_pictures_that_are_not_as_many_as_they_say(held: object) -> None:
    with pytest.raises(Garbled):
        unpacked(altered(wire.Printed((bytes(PICTURE_BYTES), bytes(PICTURE_BYTES))), held=held))


@pytest.mark.parametrize("head", [MAX_HEAD_BYTES + 1, 2**32 - 1, 0])
@pytest.mark.parametrize("body", [MAX_BODY_BYTES + 1, 2**32 - 1])
def test_what_claims_too_much_is_not_waited_for(head: int, body: int) -> None:
    with pytest.raises(Garbled, match=f"a message of {head} "):
        unpacked(struct.pack("<IIQ", head, body, 1))


def altered(message: wire.Reply, **values: object) -> bytes:
    """The message with other values in its head."""
    data = packed(message)
    head_bytes, body_bytes, turn = struct.unpack_from("<IIQ", data)
    head = json.loads(data[16 : 16 + head_bytes]) | values
    text = json.dumps(head).encode()
    sizes = struct.pack("<IIQ", len(text), body_bytes, turn)
    return sizes + text + data[16 + head_bytes :]


PROBED = wire.Probed(MEDIA, INDEX)
CONVERTING = wire.Converting(wire.How.AS_IT_IS, wire.Form.MP4, 0)
ONE_ROW = wire.Rows([Row(1, MEASURES, Picture(1, JPEG, 2, 2))])


@pytest.mark.parametrize(
    ("message", "values"),
    [
        (PROBED, {"digest": "z" * 64}),
        (PROBED, {"digest": "00"}),
        (PROBED, {"kind": "sound"}),
        (PROBED, {"time_base": [1, 0]}),
        (PROBED, {"time_base": [1]}),
        (PROBED, {"time_base": [True, 1]}),
        (PROBED, {"width": 0}),
        (PROBED, {"height": -1}),
        (PROBED, {"width": 1.5}),
        (PROBED, {"codec": "h264\x1b[2J"}),
        (PROBED, {"container": 5}),
        (PROBED, {"end": 7}),
        (PROBED, {"pts": 0}),
        (PROBED, {"pts": 4}),
        (PROBED, {"pts": 2**62}),
        (PROBED, {"keyframes": 2}),
        (PROBED, {"keyframes": -1}),
        (PROBED, {"": "Pickled"}),
        (PROBED, {"": None}),
        (PROBED, {"size_bytes": None}),
        (wire.Failed("why", fatal=False), {"why": "x" * 50_000}),
        (wire.Failed("why", fatal=False), {"fatal": "no"}),
        (CONVERTING, {"how": "well"}),
        (CONVERTING, {"form": "text/html"}),
        (CONVERTING, {"done": 1001}),
        (ONE_ROW, {"rows": 2}),
        (ONE_ROW, {"rows": 0}),
        (ONE_ROW, {"rows": 10**9}),
    ],
)
def test_no_value_is_believed(message: wire.Reply, values: dict[str, object]) -> None:
    assert unpacked(altered(message)) == [(1, message)]
    with pytest.raises(Garbled):
        unpacked(altered(message, **values))


@pytest.mark.parametrize(
    "index",
    [
        FrameIndex([0, 0], [0], 5),
        FrameIndex([3, 2], [2], 5),
        FrameIndex([1, 2], [2, 1], 5),
        FrameIndex([1, 2], [1], 2),
        FrameIndex([1, 2], [1], 3, ("one",)),
    ],
)
def test_an_index_is_in_order(index: FrameIndex) -> None:
    with pytest.raises(Garbled):
        unpacked(packed(wire.Probed(MEDIA, index)))


@pytest.mark.parametrize(
    "row",
    [
        Row(1, Measures(0, 0, float("nan"), 0.0, 1), None),
        Row(1, Measures(0, 0, 0.0, float("inf"), 1), None),
        Row(1, Measures(0, 0, -1.0, 0.0, 1), None),
        Row(1, Measures(0, 0, 0.0, 256.0, 1), None),
        Row(1, Measures(0, 0, 0.0, 0.0, 2), None),
        Row(1, MEASURES, Picture(1, b"GIF89a", 2, 2)),
        Row(1, MEASURES, Picture(1, b"", 2, 2)),
        Row(1, MEASURES, Picture(1, JPEG, 0, 2)),
        Row(1, MEASURES, Picture(1, JPEG, 2, 70_000)),
    ],
)
def test_a_row_is_what_it_can_be(row: Row) -> None:
    with pytest.raises(Garbled):
        unpacked(packed(wire.Rows([row])))


def test_text_that_crosses_is_plain() -> None:
    lost = Row(1, None, FrameLost(1, "caf\udce9.mp4: \x1b[2J lost"))
    ((_, rows),) = unpacked(packed(wire.Rows([lost])))
    assert rows == wire.Rows([Row(1, None, FrameLost(1, "caf\ufffd.mp4: \ufffd[2J lost"))])


@pytest.mark.parametrize("message", [*REPLIES, *REQUESTS], ids=lambda one: type(one).__name__)
def test_damage_is_noticed_or_harmless(message: wire.Reply | wire.Request) -> None:
    """Whatever bytes come, there are sound messages, or `Garbled`, or a wait for more."""
    chance = random.Random(5)
    whole = packed(message)
    for _ in range(300):
        data = bytearray(whole)
        reach = chance.choice([16, min(len(data), 700), len(data)])
        for _ in range(chance.randint(1, 4)):
            data[chance.randrange(reach)] = chance.choice([0, 1, 34, 44, 48, 57, 127, 255])
        del data[chance.choice([len(data), chance.randrange(len(data))]) :]
        for unpack in (packing.unpack_reply, packing.unpack_request):
            try:
                came = Incoming(unpack).feed(bytes(data))
            except Garbled:
                continue
            for _, one in came:
                assert isinstance(one, wire.Reply | wire.Request)
                if isinstance(one, wire.Rows):
                    assert all(isinstance(row, Row) for row in one.rows)
