"""Chooses who decodes a file: by what it is, never by its name."""

from __future__ import annotations

from sightline.media.codec.formats import HEAD_BYTES, still_form
from sightline.media.codec.pictures import Pictures
from sightline.media.files import open_seen
from sightline.media.sets import is_set
from sightline.values import SeenFile

# Each kind brings libraries of its own, and a file is of one kind: they are loaded when needed.


def open_pictures(file: SeenFile, *, threads: int) -> Pictures:
    """`threads` is how many the decoder may have. Raises `MediaError` where there is no picture,
    and when it is not the file any more that was seen."""
    if is_set(file.path):
        from sightline.media.codec.sets import ImageSet  # noqa: PLC0415

        return ImageSet(file)
    with open_seen(file) as opened:
        head = opened.read(HEAD_BYTES)
    if still_form(head):
        from sightline.media.codec.stills import Stills  # noqa: PLC0415

        return Stills(file)
    from sightline.media.codec.decode import Film  # noqa: PLC0415

    return Film(file, threads=threads)
