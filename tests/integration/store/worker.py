"""A process that works on a run: `worker.py LIBRARY FOLDER REQUEST BATCHES`."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from worlds import QUICK, add, library_at, open_run, told

from sightline.store import Store


async def main(library: str, folder: Path, request: str, batches: int) -> None:
    async with await Store.open(library_at(library), pace=QUICK) as store:
        footage = await add(store, folder / "shared")
        ledger = await open_run(store, footage.media, request)
        done = len(await ledger.entries()) // 10
        for n in range(done, batches):
            await ledger.record(*told(range(10 * n, 10 * n + 10)))
            print(n + 1, flush=True)
        ledger.close()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], Path(sys.argv[2]), sys.argv[3], int(sys.argv[4])))
