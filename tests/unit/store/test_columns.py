"""Values on their way into any database and back."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from sqlalchemy.dialects.sqlite import dialect

from sightline.store.columns import FilePath, Instant, Words

SQLITE = dialect()


@pytest.mark.parametrize(
    "path",
    [
        Path("/videos/clip.mp4"),
        Path("/videos/Übung 🎬/a clip.mp4"),
        Path(os.fsdecode(b"/videos/caf\xe9\xff/\x80.mp4")),
        Path(os.fsdecode(b"/\xff.mp4")),
        Path("//def/clip.mp4"),  # POSIX lets a path begin with two slashes
        Path("/"),
    ],
    ids=repr,
)
def test_every_path_comes_back(path: Path) -> None:
    column = FilePath()
    stored = column.process_bind_param(path, SQLITE)
    assert stored is not None
    stored.encode()
    assert column.process_result_value(stored, SQLITE) == path


@pytest.mark.parametrize(
    ("said", "stored"),
    [
        ("plain", "plain"),
        ("Grüße 🚗\n", "Grüße 🚗\n"),
        ("half \ud83d", "half \ufffd"),
        ("nul \0 é", "nul \ufffd é"),
        ("nul \0", "nul \ufffd"),
        (None, None),
    ],
)
def test_words_are_mended_where_they_must_be(said: str | None, stored: str | None) -> None:
    assert Words().process_bind_param(said, SQLITE) == stored


def test_an_instant_keeps_its_moment() -> None:
    column = Instant()
    noon = datetime(2026, 11, 20, 12, 0, 0, 5, tzinfo=timezone(timedelta(hours=2)))
    stored = column.process_bind_param(noon, SQLITE)
    assert stored is not None
    assert column.process_result_value(stored.replace(tzinfo=None), SQLITE) == noon.astimezone(UTC)
