"""Files that are sent: kept as they come, resumed where they were cut, read when they are complete.

Each has a folder of its own in the data folder. How much has come is the size of its file and
nothing else, so that it holds after a crash. One sender writes at a time: another takes its place
only when nothing of the first is on its way any more. Memory does not depend on the file's size.
"""

from __future__ import annotations

import asyncio
import errno
import shutil
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Generator, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from uuid import uuid4

from filelock import FileLock, Timeout

from sightline.errors import (
    Conflict,
    InputError,
    MediaError,
    NotFound,
    StoreError,
    StoreFull,
    TooLarge,
)
from sightline.services.library.cache import Cache
from sightline.services.library.parts import Writer, add, is_id, safe_name, swept, to_the_end
from sightline.services.library.room import BLOCK_BYTES, Room, ensure_allowed
from sightline.services.library.shelf import Shelf
from sightline.settings import Settings
from sightline.store import Store, shelf, uploads
from sightline.store.uploads import UploadRecord
from sightline.values.text import plain_line

EXPIRES = timedelta(hours=24)
"""A part to which nothing was added for so long is deleted."""
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_LATEST = 100


@dataclass(frozen=True, slots=True)
class Upload:
    """A file on its way in, or that came that way."""

    id: str
    name: str
    path: Path
    size_bytes: int | None
    """None where the sender has not said."""
    offset: int
    """Bytes that have come."""
    owner: str
    media: str | None
    """Digest, once it is complete and was read."""
    created_at: datetime
    expires_at: datetime | None
    """When it is deleted if nothing more comes; None for one that is in the library."""

    @property
    def complete(self) -> bool:
        return self.offset == self.size_bytes


class Uploads:
    """All uploads of an installation."""

    def __init__(
        self, settings: Callable[[], Settings], store: Store, shelf: Shelf, cache: Cache
    ) -> None:
        """`settings` gives those in force; `cache` makes room where a quota counts it too."""
        self._store = store
        self._shelf = shelf
        self._room = Room(settings, store, cache)
        self._writers: dict[str, Writer] = {}
        self._reading: dict[str, asyncio.Task[str]] = {}

    async def create(
        self, name: str, size_bytes: int | None, *, owner: str = "", most_bytes: int | None = None
    ) -> Upload:
        """Make ready for a file. Raises `TooLarge` beyond `most_bytes`, `StoreFull` where a quota
        or the disk has no room for it."""
        ensure_allowed(size_bytes or 0, most_bytes)
        await self._room.ensure(size_bytes or 0)
        made = uuid4().hex
        path = self._folder / made / safe_name(name)
        upload = UploadRecord(
            id=made,
            name=plain_line(name)[:1000] or path.name,
            path=path,
            size_bytes=size_bytes,
            owner=owner,
            media=None,
            created_at=datetime.now(UTC),
            ended_at=None,
        )

        def make() -> None:
            path.parent.mkdir(parents=True, mode=0o700)
            path.touch(0o600)

        with _explained(upload):
            await asyncio.to_thread(make)
        await self._store.database.write(partial(uploads.add, upload=upload))
        return await self.get(made)

    async def get(self, id: str) -> Upload:  # noqa: A002
        """As it is now. Raises `NotFound`, also for one that has expired."""
        record = None
        if is_id(id):
            record = await self._store.database.read(partial(uploads.find, id=id))
        if record is None:
            raise _unknown(id)
        return await asyncio.to_thread(_upload, record)

    async def append(self, upload: Upload, offset: int, chunks: AsyncIterator[bytes]) -> Upload:
        """Add what comes, from `offset` on, and keep it also where the sender is cut off.

        Raises `Conflict` when that is not where it goes on, or another sender has taken over;
        `TooLarge` for more than was announced, `StoreFull` where there is no room: what fitted is
        kept, and it goes on from there.
        """
        async with self._writing(upload.id) as writer:
            now = await self.get(upload.id)
            if now.offset != offset:
                raise Conflict(
                    f"{now.name}: {now.offset} bytes have come so far, so it goes on from there and"
                    f" not from {offset}."
                )
            if now.media is not None:
                return now
            try:
                async with asyncio.timeout(None) as patience:
                    writer.wait(patience)
                    await self._write(now, chunks)
            except TimeoutError:
                raise Conflict(f"{now.name}: another request goes on sending it.") from None
        return await self.get(upload.id)

    async def settle(self, upload: Upload) -> Upload:
        """Read a complete one and bring it into the library; another one as it is.

        Raises `MediaError` for what holds no picture: then nothing is left of it.
        """
        if upload.media is not None or not upload.complete:
            return upload
        reading = self._reading.get(upload.id)
        if reading is None:
            reading = self._reading[upload.id] = asyncio.create_task(self._read(upload))
            reading.add_done_callback(lambda done: self._forget(upload.id, done))
        media = await asyncio.shield(reading)
        return replace(upload, media=media, expires_at=None)

    async def receive(
        self,
        name: str,
        chunks: AsyncIterator[bytes],
        *,
        size_bytes: int | None = None,
        owner: str = "",
        most_bytes: int | None = None,
    ) -> Upload:
        """A whole file in one go; nothing is left of one that does not come whole.

        Raises as `create`, `append` and `settle` do.
        """
        upload = await self.create(name, size_bytes, owner=owner, most_bytes=most_bytes)
        try:
            if size_bytes is None:
                chunks = self._room.limited(chunks, most_bytes)
            upload = await self.append(upload, 0, chunks)
            return await self.settle(await self._whole(upload))
        except BaseException:
            with suppress(StoreError):
                await asyncio.shield(self._remove(upload.id))
            raise

    async def _whole(self, upload: Upload) -> Upload:
        """Its end has come. Raises `InputError` when that is too early."""
        if not upload.offset:
            raise MediaError(f"{upload.name} is empty (0 bytes)")
        if upload.size_bytes is None:
            size = partial(uploads.resize, id=upload.id, size_bytes=upload.offset)
            await self._store.database.write(size)
            return replace(upload, size_bytes=upload.offset)
        if not upload.complete:
            raise InputError(
                f"{upload.name}: {upload.offset} bytes have come and {upload.size_bytes} were"
                " announced: send it again."
            )
        return upload

    async def remove(self, upload: Upload) -> None:
        """Delete a part, ending whoever still writes to it. Raises `Conflict` for one that is in
        the library."""
        if upload.media is not None:
            raise Conflict(
                f"{upload.name} is in the library: DELETE /api/v1/media/{upload.media[:16]} erases"
                " it."
            )
        async with self._writing(upload.id):
            await self._remove(upload.id)

    async def drop(self, media: str) -> None:
        """Delete the files of a media that is erased."""
        for record in await self._store.database.read(partial(uploads.of_media, media=media)):
            await self._remove(record.id)

    async def latest(self, owner: str | None = None, *, limit: int = _LATEST) -> Sequence[Upload]:
        """Those in the library whose files are still there, the latest first; with None those of
        everybody."""
        found = partial(uploads.ended, owner=owner, limit=limit)
        records = await self._store.database.read(found)

        def there() -> list[Upload]:
            return [_upload(record) for record in records if record.path.exists()]

        return await asyncio.to_thread(there)

    async def tidy(self) -> int:
        """Delete parts to which nothing was added for a day, and folders that nobody knows; have
        the cache keep to a quota.

        Returns how many uploads went. Called now and then by whoever serves.
        """
        gone = 0
        records = await self._store.database.read(uploads.listing)
        # Without the folder its disk is away, and no upload is known to be lost.
        for record in records if await asyncio.to_thread(self._folder.is_dir) else ():
            if record.id not in self._writers and record.id not in self._reading:
                gone += await self._tidy(record)
        await self._room.tidy()
        known = {record.id for record in records}
        return gone + await asyncio.to_thread(
            partial(swept, self._folder, known, older_than=EXPIRES)
        )

    async def _tidy(self, record: UploadRecord) -> bool:
        """Whether it went."""
        try:
            upload = await asyncio.to_thread(_upload, record)
        except NotFound:  # somebody has deleted its file
            await self._remove(record.id)
            return True
        if upload.expires_at is None or upload.expires_at > datetime.now(UTC):
            return False
        if upload.complete:  # and nobody has waited for it to be read
            with suppress(MediaError):
                await self.settle(upload)
                return False
            return True
        await self._remove(upload.id)
        return True

    async def aclose(self) -> None:
        """Ends what is being read; it is read when it is asked for again."""
        tasks = list(self._reading.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    @property
    def _folder(self) -> Path:
        return self._room.folder

    def _forget(self, id: str, done: asyncio.Task[str]) -> None:  # noqa: A002
        self._reading.pop(id, None)
        if not done.cancelled():
            done.exception()  # heard, also where nobody waits for it any more

    async def _read(self, upload: Upload) -> str:
        try:
            shelved = await self._shelf.add(upload.path)
        except MediaError as error:
            await self._remove(upload.id)
            reason = str(error).replace(str(upload.path), upload.name)
            raise MediaError(f"{reason} (what was sent is deleted)") from error
        digest = shelved.media.digest
        await self._store.database.write(partial(uploads.end, id=upload.id, media=digest))
        if shelved.is_new:
            title = Path(upload.name.rpartition("/")[2]).stem or upload.name
            await self._store.database.write(partial(shelf.entitle, digest=digest, title=title))
            await self._shelf.tell(digest)
        return digest

    async def _remove(self, id: str) -> None:  # noqa: A002
        await self._store.database.write(partial(uploads.remove, id=id))
        await asyncio.to_thread(shutil.rmtree, self._folder / id, ignore_errors=True)

    @asynccontextmanager
    async def _writing(self, id: str) -> AsyncGenerator[Writer]:  # noqa: A002
        """Alone, in this process and among others. One who writes already has to leave: it is the
        same sender, whose connection broke without our hearing of it."""
        while before := self._writers.get(id):
            before.leave()
            await before.gone.wait()
        writer = self._writers[id] = Writer()
        lock = FileLock(self._folder / id / ".lock", mode=0o600, thread_local=False)
        try:
            try:
                await to_the_end(partial(lock.acquire, timeout=0))
            except Timeout as error:
                raise Conflict("This file is just being sent by another request.") from error
            except OSError as error:
                raise _unknown(id) from error
            yield writer
        finally:
            lock.release()
            del self._writers[id]
            writer.gone.set()

    async def _write(self, upload: Upload, chunks: AsyncIterator[bytes]) -> None:
        room = None if upload.size_bytes is None else upload.size_bytes - upload.offset
        waiting = bytearray()
        with _explained(upload):
            try:
                async for chunk in chunks:
                    waiting += chunk
                    if room is not None and len(waiting) > room:
                        break
                    if len(waiting) >= BLOCK_BYTES:
                        block, waiting = waiting, bytearray()
                        if room is not None:
                            room -= len(block)
                        await to_the_end(partial(add, upload.path, block))
            finally:
                fitting = waiting if room is None else waiting[:room]
                await to_the_end(partial(add, upload.path, fitting))
        if room is not None and len(waiting) > room:
            raise TooLarge(
                f"{upload.name}: more bytes come than the {upload.size_bytes} announced."
            )


def _upload(record: UploadRecord) -> Upload:
    try:
        status = record.path.stat()
    except OSError as error:
        raise _unknown(record.id) from error
    touched = datetime.fromtimestamp(status.st_mtime, UTC)
    return Upload(
        id=record.id,
        name=record.name,
        path=record.path,
        size_bytes=record.size_bytes,
        offset=status.st_size,
        owner=record.owner,
        media=record.media,
        created_at=record.created_at,
        expires_at=None if record.media else touched + EXPIRES,
    )


def _unknown(id: str) -> NotFound:  # noqa: A002
    return NotFound(
        f"There is no upload '{plain_line(id[:64])}': it was deleted, or nothing was added to it"
        " for a day. Begin again with POST /api/v1/uploads."
    )


@contextmanager
def _explained(upload: Upload | UploadRecord) -> Generator[None]:
    try:
        yield
    except OSError as error:
        if error.errno in _FULL:
            raise StoreFull(
                f"{upload.name}: no space is left for it. What has come is kept: free some, and it"
                " goes on where it stopped."
            ) from error
        if isinstance(error, FileNotFoundError):
            raise _unknown(upload.id) from error
        reason = error.strerror or str(error)
        raise StoreError(
            f"{upload.name} cannot be kept: {reason}. See that {upload.path.parent} can be written."
        ) from error
