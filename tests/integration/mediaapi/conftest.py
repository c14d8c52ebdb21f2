"""A library and its server."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from pathlib import Path

import pytest
from httpx import AsyncClient
from media_server import LibraryHere, opened, served

from sightline.testing.truth import random_truth
from sightline.testing.video import Encoding, render


@pytest.fixture
def videos(tmp_path: Path) -> Path:
    """A folder that is allowed."""
    folder = tmp_path / "videos"
    folder.mkdir()
    return folder


@pytest.fixture
async def library(tmp_path: Path, videos: Path) -> AsyncGenerator[LibraryHere]:
    async with opened(tmp_path / "data", folders=[videos]) as library:
        yield library


@pytest.fixture
async def client(library: LibraryHere) -> AsyncGenerator[AsyncClient]:
    async with served(library) as client:
        yield client


@pytest.fixture(scope="session")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three seconds that every browser plays; 10 frames a second."""
    path = tmp_path_factory.mktemp("clips") / "clip.mp4"
    truth = random_truth(3, duration_s=3, tags=("car",))
    return render(truth, path, encoding=Encoding(gop=10)).path


@pytest.fixture(scope="session")
def content(clip: Path) -> bytes:
    """Of the clip."""
    return clip.read_bytes()


@pytest.fixture(scope="session")
def old_clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same length, as no browser plays it."""
    path = tmp_path_factory.mktemp("clips") / "old.avi"
    truth = random_truth(4, duration_s=3, tags=("car",))
    return render(truth, path, encoding=Encoding(codec="mpeg4", options=(), audio_s=3)).path
