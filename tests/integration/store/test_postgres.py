"""What is PostgreSQL's own: sessions, schemas, and writers that meet."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

from sqlalchemy import select
from worlds import add, open_run, told

from sightline.prompts.templates import presence
from sightline.store import DatabaseUrl, Store
from sightline.store.database import Database
from sightline.store.worktables import tokens
from sightline.testing.postgres import RunningPostgres


async def test_times_are_in_utc_whatever_the_server_keeps(
    postgres: RunningPostgres, postgres_url: str
) -> None:
    assert postgres.execute("SHOW timezone") == [("Asia/Kolkata",)]
    database = await Database.open(DatabaseUrl.parse(postgres_url))
    shown = await database.read(lambda c: c.exec_driver_sql("SHOW timezone").scalar_one())
    assert shown == "UTC"
    there = datetime(2026, 11, 21, 14, 30, tzinfo=timezone(timedelta(hours=-8)))
    token = {"id": "t", "name": "n", "digest": "d", "scope": "s", "created_at": there}
    await database.write(lambda c: c.execute(tokens.insert().values(token)).close())
    (back,) = await database.read(lambda c: c.scalars(select(tokens.c.created_at)).all())
    assert (back, back.tzinfo) == (there, UTC)
    await database.aclose()


async def test_a_schema_of_its_own(postgres: RunningPostgres, postgres_url: str) -> None:
    """In a database that others use too."""
    name = postgres_url.rsplit("/", 1)[1]
    postgres.execute("CREATE TABLE bookmarks (url TEXT)", database=name)
    postgres.execute("CREATE SCHEMA mine", database=name)
    url = DatabaseUrl.parse(f"{postgres_url}?options=-csearch_path%3Dmine")
    for _ in range(2):
        async with await Store.open(url) as store:
            assert await store.list_media() == ()
    found = postgres.execute(
        "SELECT schemaname FROM pg_tables WHERE tablename IN ('media', 'alembic_version')",
        database=name,
    )
    assert found == [("mine",)] * 2


async def test_two_writers_that_meet_are_both_kept(postgres_url: str, tmp_path: Path) -> None:
    """The same answers, in opposite order: without care, a deadlock."""
    async with await Store.open(DatabaseUrl.parse(postgres_url)) as store:
        media = (await add(store, tmp_path / "clip.mp4")).media
        ledgers = [await open_run(store, media, f"r{n}") for n in range(4)]
        for n in range(10):
            numbers = list(range(200 * n, 200 * n + 200))
            questions = [presence(f"tag {n} {m}") for m in (1, 2)]
            await asyncio.gather(
                *(
                    ledger.record(*told(order, question=question))
                    for ledger, order in zip(
                        ledgers, (numbers, numbers[::-1], numbers, numbers[::-1]), strict=True
                    )
                    for question in questions
                )
            )
        for ledger in ledgers:
            assert len(await ledger.entries()) == 4000
            ledger.close()
        assert len(await store.facts_about(media, presence("tag 3 1"))) == 200
