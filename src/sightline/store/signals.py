"""What was measured of the frames of a media, so that it is measured once."""

from __future__ import annotations

from array import array

from sqlalchemy import Connection, RowMapping, delete, select

from sightline.errors import StoreError
from sightline.store import coding
from sightline.store.library import id_of
from sightline.store.tables import media, signals
from sightline.values import SIGNALS_VERSION, Signals


def remember(connection: Connection, digest: str, *, measured: Signals, part: str) -> None:
    """Keep the signals of a part of the frames, in place of those there were."""
    media_id = id_of(connection, digest)
    if media_id is None:
        raise StoreError(f"media {digest[:16]} is not in the library: add it first.")
    mine = signals.c.media_id == media_id, signals.c.part == part
    connection.execute(delete(signals).where(*mine))
    connection.execute(
        signals.insert().values(
            media_id=media_id,
            part=part,
            version=SIGNALS_VERSION,
            alike_within=measured.alike_within,
            pts=coding.pack(measured.pts),
            brightness=coding.pack_levels(measured.brightness),
            sharpness=coding.pack_levels(measured.sharpness),
            motion=coding.pack_levels(measured.motion),
            change=coding.pack_levels(measured.change),
            alike=coding.pack(measured.alike),
        )
    )


def find(connection: Connection, digest: str, *, part: str) -> Signals | None:
    """Those of a part of the frames, if they mean what this version means by them."""
    found = connection.execute(
        select(signals)
        .join(media)
        .where(
            media.c.digest == digest,
            signals.c.part == part,
            signals.c.version == SIGNALS_VERSION,
        )
    )
    row = found.mappings().first()
    return None if row is None else _signals(row)


def _signals(of: RowMapping) -> Signals:
    return Signals(
        pts=coding.unpack(of[signals.c.pts]),
        brightness=array("B", map(round, coding.unpack_levels(of[signals.c.brightness]))),
        sharpness=array("B", map(round, coding.unpack_levels(of[signals.c.sharpness]))),
        motion=coding.unpack_levels(of[signals.c.motion]),
        change=coding.unpack_levels(of[signals.c.change]),
        alike=coding.unpack(of[signals.c.alike]),
        alike_within=of[signals.c.alike_within],
    )
