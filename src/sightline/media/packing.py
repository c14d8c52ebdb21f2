"""How the messages of `media.wire` travel through a pipe.

A child that a hostile file has taken over can say what it likes. So nothing that comes from it is
run (no pickle), believed (every value is checked) or waited for without a bound on its size.
"""

from __future__ import annotations

import json
from array import array
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from fractions import Fraction
from itertools import islice
from operator import lt
from pathlib import Path
from typing import cast

from sightline.media.envelope import MAX_TEXT, Garbled, Head, Part, sealed
from sightline.media.fingerprints import PICTURE_BYTES
from sightline.media.rows import ROW_BYTES, pack_rows, unpack_rows
from sightline.media.wire import (
    Beat,
    Close,
    Convert,
    Converting,
    Done,
    Draw,
    Failed,
    Form,
    How,
    Leave,
    More,
    Open,
    Print,
    Printed,
    Probe,
    Probed,
    Read,
    Reply,
    Request,
    Rows,
)
from sightline.values import (
    Clock,
    FrameIndex,
    Jpeg,
    Media,
    MediaKind,
    PictureTransform,
    SeenFile,
    Sharing,
)

_INT64 = 8
_MAX_ROWS = 4096
_MOST_PRINTED = 1024


def pack(turn: int, message: Request | Reply) -> list[Part]:
    """What is written for a message, in parts."""
    head, body = _parts(message)
    return sealed(turn, {"": type(message).__name__, **head}, body)


def _parts(message: Request | Reply) -> tuple[dict[str, object], list[Part]]:
    match message:
        case Probe(file):
            return _file_head(file), []
        case Open(file, index, threads):
            head, body = _index_parts(index)
            return {**_file_head(file), **head, "threads": threads}, body
        case Read(frames, transform, jpeg, sharing):
            head: dict[str, object] = {
                "all": frames is None,
                "transform": transform and asdict(transform),
                "jpeg": asdict(jpeg),
                "sharing": sharing and asdict(sharing),
            }
            return head, [] if frames is None else [_packed(frames)]
        case Print(frames):
            return {}, [_packed(frames)]
        case Convert(target) | Draw(target):
            return {"target": str(target)}, []
        case More(pictures):
            return {"pictures": pictures}, []
        case Probed(media, index):
            head, body = _index_parts(index)
            return {**head, **_media_head(media)}, body
        case Rows(rows):
            return {"rows": len(rows)}, [pack_rows(rows)]
        case Printed(pictures):
            return {"held": [bool(one) for one in pictures]}, list(pictures)
        case Converting(how, form, done):
            return {"how": how.value, "form": form.value, "done": done}, []
        case Failed():
            return asdict(message), []
        case Leave() | Close() | Beat() | Done():
            return {}, []


def _file_head(file: SeenFile) -> dict[str, object]:
    # JSON keeps the lone surrogates that stand for bytes which are no text.
    return {
        "path": str(file.path),
        "file": [file.device, file.inode, file.size_bytes, file.mtime_ns, file.ctime_ns],
    }


def _media_head(media: Media) -> dict[str, object]:
    clock = media.clock
    fraction = [clock.time_base.numerator, clock.time_base.denominator]
    return {
        "digest": media.digest,
        "kind": media.kind.value,
        "time_base": fraction,
        "declared_end": media.declared_end,
        "width": media.width,
        "height": media.height,
        "container": media.container,
        "codec": media.codec,
        "size_bytes": media.size_bytes,
        "taken_at": media.taken_at,
    }


def _index_parts(index: FrameIndex) -> tuple[dict[str, object], list[Part]]:
    names = json.dumps(list(index.names)).encode() if index.names else b""
    counts: dict[str, object] = {
        "pts": len(index.pts),
        "keyframes": len(index.keyframes),
        "end": index.end,
    }
    return counts, [_packed(index.pts), _packed(index.keyframes), names]


def _packed(ticks: Sequence[int]) -> memoryview:
    if not isinstance(ticks, array) or ticks.typecode != "q":
        ticks = array("q", ticks)
    return memoryview(ticks).cast("B")


# ---------------------------------------------------------------------------------- unpacking


def unpack_request(head: Head, body: memoryview) -> Request:
    """What the child makes of a message."""
    match head.text(""):
        case "Probe":
            return Probe(_file(head))
        case "Open":
            return Open(_file(head), _index(head, body), head.whole("threads", 1, 1024))
        case "Read":
            return _read(head, body)
        case "Print":
            return Print(_ticks(body))
        case "Convert":
            return Convert(Path(head.text("target")))
        case "Draw":
            return Draw(Path(head.text("target")))
        case "More":
            return More(head.whole("pictures", 1, 1024))
        case "Leave":
            return Leave()
        case "Close":
            return Close()
        case name:
            raise Garbled(f"there is no request {name:.50}")


def unpack_reply(head: Head, body: memoryview) -> Reply:
    """What the parent makes of a message."""
    match head.text(""):
        case "Probed":
            index = _index(head, body)
            return Probed(_media(head, index), index)
        case "Rows":
            count = head.whole("rows", 0, _MAX_ROWS)
            if len(body) < count * ROW_BYTES:
                raise Garbled(f"{count} rows in {len(body)} bytes")
            try:
                return Rows(unpack_rows(count, body))
            except ValueError as error:
                raise Garbled(str(error)) from error
        case "Printed":
            return Printed(_small_pictures(head, body))
        case "Converting":
            how, form = head.text("how", 64), head.text("form", 64)
            if how not in set(How) or form not in set(Form):
                raise Garbled(f"there is no {how:.50} as {form:.50}")
            return Converting(How(how), Form(form), head.whole("done", 0, 1000))
        case "Beat":
            return Beat()
        case "Done":
            return Done()
        case "Failed":
            return Failed(head.text("why"), head.flag("fatal"))
        case name:
            raise Garbled(f"there is no reply {name:.50}")


def _read(head: Head, body: memoryview) -> Read:
    transform = sharing = None
    if not head.is_none("transform"):
        given = head.inner("transform")
        side = given.whole("longest_side", 1, 1 << 20)
        transform = PictureTransform(side, stamped=given.flag("stamped"))
    if not head.is_none("sharing"):
        given = head.inner("sharing")
        sharing = Sharing(given.number("within"), given.number("audit"))
    given = head.inner("jpeg")
    most = None if given.is_none("max_bytes") else given.whole("max_bytes", 1)
    jpeg = Jpeg(given.whole("quality", 1, 100), most)
    return Read(None if head.flag("all") else _ticks(body), transform, jpeg, sharing)


def _small_pictures(head: Head, body: memoryview) -> tuple[bytes, ...]:
    held = head.flags("held", _MOST_PRINTED)
    if len(body) != sum(held) * PICTURE_BYTES:
        raise Garbled("small pictures that are cut off")
    at = iter(range(0, len(body), PICTURE_BYTES))
    return tuple(
        bytes(body[(start := next(at)) : start + PICTURE_BYTES]) if one else b"" for one in held
    )


def _file(head: Head) -> SeenFile:
    unsigned = 2**64 - 1
    device, inode, size_bytes, mtime_ns, ctime_ns = head.wholes("file", 5, -(2**63), unsigned)
    return SeenFile(
        Path(head.text("path")),
        device=device,
        inode=inode,
        size_bytes=size_bytes,
        mtime_ns=mtime_ns,
        ctime_ns=ctime_ns,
    )


def _media(head: Head, index: FrameIndex) -> Media:
    numerator, denominator = head.wholes("time_base", 2, 1, 2**63 - 1)
    digest, kind = head.text("digest", 64), head.text("kind")
    if len(digest) != 64 or not set(digest) <= set("0123456789abcdef"):
        raise Garbled("a digest that is none")
    if kind not in set(MediaKind):
        raise Garbled(f"there is no kind {kind:.50}")
    return Media(
        digest=digest,
        kind=MediaKind(kind),
        clock=Clock(Fraction(numerator, denominator), index.pts[0]),
        end=index.end,
        declared_end=None if head.is_none("declared_end") else head.whole("declared_end"),
        width=head.whole("width", 1, 1 << 24),
        height=head.whole("height", 1, 1 << 24),
        container=_word(head, "container"),
        codec=_word(head, "codec"),
        frame_count=len(index),
        size_bytes=head.whole("size_bytes", 0),
        taken_at=None if head.is_none("taken_at") else _word(head, "taken_at"),
    )


def _word(head: Head, name: str) -> str:
    word = head.text(name, 64)
    if not word.isprintable():
        raise Garbled(f"'{name}' is not a word")
    return word


def _index(head: Head, body: memoryview) -> FrameIndex:
    most = len(body) // _INT64
    count, keys = head.whole("pts", 1, most), head.whole("keyframes", 0, most)
    pts_end, keys_end = count * _INT64, (count + keys) * _INT64
    if keys_end > len(body):
        raise Garbled("an index that is cut off")
    pts, keyframes = _ticks(body[:pts_end]), _ticks(body[pts_end:keys_end])
    if not _increases(pts) or not _increases(keyframes):
        raise Garbled("an index that is not in order")
    names = _names(bytes(body[keys_end:])) if keys_end < len(body) else ()
    if names and len(names) != count:
        raise Garbled("an index whose names are not as many as its frames")
    return FrameIndex(pts, keyframes, head.whole("end", pts[-1] + 1), names)


def _names(text: bytes) -> tuple[str, ...]:
    try:
        names: object = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise Garbled("names that are not JSON") from error
    if not isinstance(names, list):
        raise Garbled("names that are no list")
    listed = cast("list[object]", names)
    if not all(isinstance(name, str) and len(name) <= MAX_TEXT for name in listed):
        raise Garbled("a name that is no text")
    return tuple(cast("Iterable[str]", listed))


def _ticks(body: memoryview) -> array[int]:
    if len(body) % _INT64:
        raise Garbled("times that are cut off")
    ticks = array("q")
    ticks.frombytes(body)
    return ticks


def _increases(ticks: array[int]) -> bool:
    return all(map(lt, ticks, islice(ticks, 1, None)))
