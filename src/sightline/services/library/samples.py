"""The sample video of an installation: made when somebody first wants it, and then the same."""

from __future__ import annotations

import asyncio
import os
import secrets
from collections.abc import Awaitable, Callable
from pathlib import Path

from sightline.errors import MediaError, StoreError, StoreFull
from sightline.media.sample import draw_sample
from sightline.services.library.shelf import Shelf, Shelved
from sightline.settings import Settings

FOLDER = "samples"
"""In the data folder."""
NAME = "Sample scenes.mp4"


class Samples:
    """Brings the sample video into the library."""

    def __init__(
        self,
        settings: Callable[[], Settings],
        shelf: Shelf,
        *,
        draw: Callable[[Path], Awaitable[None]] = draw_sample,
    ) -> None:
        """`settings` gives those in force."""
        self._settings = settings
        self._shelf = shelf
        self._draw = draw
        self._drawing = asyncio.Lock()

    async def add(self) -> Shelved:
        """The same media each time, while its file is there.

        Raises `StoreFull` where the data folder takes no file, `StoreError` where it cannot be
        drawn.
        """
        path = self._settings().data_dir.absolute() / FOLDER / NAME
        async with self._drawing:
            if not await asyncio.to_thread(path.is_file):
                await self._make(path)
        return await self._shelf.add(path)

    async def _make(self, path: Path) -> None:
        part = path.with_name(f"{secrets.token_hex(8)}.part")
        try:
            await asyncio.to_thread(path.parent.mkdir, parents=True, exist_ok=True, mode=0o700)
            await self._draw(part)
            await asyncio.to_thread(os.replace, part, path)
        except OSError as error:
            raise StoreFull(
                f"The sample video cannot be written to {path.parent}: {error.strerror or error}. "
                "Free some disk, or see that the folder may be written."
            ) from error
        except MediaError as error:
            raise StoreError(f"The sample video cannot be made: {error}") from error
        finally:
            await asyncio.to_thread(part.unlink, missing_ok=True)
