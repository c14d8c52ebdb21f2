"""The wall clock is set: nobody dies of it, and nobody takes what another one holds."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta, tzinfo
from pathlib import Path

import pytest
from worlds import QUICK

from sightline.store import DatabaseUrl, Store


@pytest.mark.parametrize("days", [-1, 1])
async def test_a_jump_of_the_clock_kills_nobody(
    store_location: Path | DatabaseUrl, monkeypatch: pytest.MonkeyPatch, days: int
) -> None:
    async with (
        await Store.open(store_location, roles=("worker",), pace=QUICK) as one,
        await Store.open(store_location, roles=("worker",), pace=QUICK) as two,
    ):
        held = await one.hold("rescue")
        assert held is not None
        await two.presence.look()

        class Jumped(datetime):
            @classmethod
            def now(cls, tz: tzinfo | None = None) -> datetime:
                return datetime.now(tz) + timedelta(days=days)

        for module in ("presence", "holds"):
            monkeypatch.setattr(f"sightline.store.{module}.datetime", Jumped)
        for _ in range(4):
            await asyncio.sleep(QUICK.beat_s)
            assert await two.presence.look() == []
            assert await one.presence.look() == []
        assert await two.hold("rescue") is None
        async with await Store.open(store_location, roles=("worker",), pace=QUICK) as three:
            assert [worker.state for worker in await three.workers()] == ["alive"] * 3
            assert await three.presence.look() == []
        assert one.presence.sure
        assert not one.presence.lost
        held.release()
