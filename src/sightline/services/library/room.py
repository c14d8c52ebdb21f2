"""How much may still come in: what one may send, what a quota allows, what the disk has left."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator, Callable
from pathlib import Path

from sightline.errors import StoreError, StoreFull, TooLarge
from sightline.services.library.cache import Cache
from sightline.services.library.folders import UPLOADS
from sightline.settings import Settings
from sightline.store import Store, uploads

BLOCK_BYTES = 1 << 20
"""What is sent is written in blocks of so much."""
_LOOK_AFTER_BYTES = 16 * BLOCK_BYTES
"""Of a file whose size nobody has said, before it is seen again whether there is room."""


def ensure_allowed(size_bytes: int, most_bytes: int | None) -> None:
    """Raises `TooLarge` for more than one may send."""
    if most_bytes is not None and size_bytes > most_bytes:
        raise TooLarge(
            f"The file is larger than the {most_bytes:,} bytes that may be sent. The setting"
            " server.upload_max_bytes raises that, or add it by its path."
        )


class Room:
    """The folder of uploads and what fits into it; the cache makes way, where a quota counts it."""

    def __init__(self, settings: Callable[[], Settings], store: Store, cache: Cache) -> None:
        """`settings` gives those in force."""
        self._settings = settings
        self._store = store
        self._cache = cache

    @property
    def folder(self) -> Path:
        return self._settings().data_dir / UPLOADS

    async def ensure(self, size_bytes: int) -> None:
        """For so many more bytes. Raises `StoreFull` where the quota or the disk has none."""
        quota = self._settings().jobs.disk_quota_bytes
        if quota is not None:
            left = quota - await self._store.database.read(uploads.promised) - size_bytes
            if left < 0:
                raise StoreFull(
                    f"There is no room for {size_bytes:,} more bytes within the quota of"
                    f" {quota:,}. Delete some uploads, or raise jobs.disk_quota_bytes."
                )
            if await self._cache.used_bytes() > left:
                await self._cache.trim(left)
        free_bytes = await self._free_bytes()
        if size_bytes > free_bytes:
            raise StoreFull(
                f"There is no room for {size_bytes:,} more bytes: the disk has {free_bytes:,} left."
                " Free some, or choose another place with --data-dir."
            )

    async def limited(
        self, chunks: AsyncIterator[bytes], most_bytes: int | None
    ) -> AsyncIterator[bytes]:
        """What comes of a file whose size nobody has said, held against the limits on its way."""
        came = checked = 0
        async for chunk in chunks:
            came += len(chunk)
            ensure_allowed(came, most_bytes)
            if came - checked > _LOOK_AFTER_BYTES:
                await self.ensure(came)
                checked = came
            yield chunk

    async def tidy(self) -> None:
        """Have the cache keep to a quota."""
        quota = self._settings().jobs.disk_quota_bytes
        if quota is not None:
            left = max(0, quota - await self._store.database.read(uploads.promised))
            await self._cache.trim(min(left, self._cache.most_bytes))

    async def _free_bytes(self) -> int:
        folder = self.folder

        def free() -> int:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            return shutil.disk_usage(folder).free

        try:
            return await asyncio.to_thread(free)
        except OSError as error:
            raise StoreError(f"{folder} cannot be used: {error.strerror or error}") from error
