"""A process that works on a run: `worker.py LIBRARY REQUEST BATCHES`."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from worlds import add, open_run, told

from sightline.store import Store


async def main(library: Path, request: str, batches: int) -> None:
    async with await Store.open(library) as store:
        footage = await add(store, library.with_name("shared"))
        ledger = await open_run(store, footage.media, request)
        done = len(await ledger.entries()) // 10
        for n in range(done, batches):
            await ledger.record(*told(range(10 * n, 10 * n + 10)))
            print(n + 1, flush=True)
        ledger.close()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])))
